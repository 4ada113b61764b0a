//! SQL of sign-ins elsewhere. Called by [`super`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use uuid::Uuid;
use vestibule_model::listing::MOST_COUNTED;
use vestibule_model::{Result, Timestamp, UserId};

/// An account elsewhere.
#[derive(sqlx::FromRow)]
pub(super) struct IdentityRow {
    pub(super) provider: String,
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    pub(super) linked_at: Timestamp,
    pub(super) last_used_at: Option<Timestamp>,
}

/// An account elsewhere that is to open one here.
pub(super) struct NewIdentity<'a> {
    pub(super) id: Uuid,
    pub(super) user: UserId,
    pub(super) provider: &'a str,
    pub(super) issuer: &'a str,
    pub(super) subject: &'a str,
    pub(super) email: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) tokens: Option<&'a str>,
    /// Whether it opens nothing before the address of the account is confirmed.
    pub(super) waits: bool,
    pub(super) now: Timestamp,
}

/// Whose account an identity opens; nobody's while it waits.
pub(super) async fn opens(on: impl Into<On<'_>>, issuer: &str, subject: &str) -> Result<Option<UserId>> {
    let on = on.into();
    let row = sql!(
        on,
        fetch_optional as (UserId,),
        "select user_id from identities join users on users.id = user_id
         where issuer = $1 and subject = $2 and (waits = 0 or email_verified_at is not null)",
        issuer,
        subject
    );
    Ok(row.await.internal()?.map(|(user,)| user))
}

/// Whose account an identity is to open once its address is confirmed.
pub(super) async fn waits(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<UserId>> {
    let row = sql!(
        tx,
        fetch_optional as (UserId,),
        "select user_id from identities join users on users.id = user_id
         where issuer = $1 and subject = $2 and waits = 1 and email_verified_at is null",
        issuer,
        subject
    );
    Ok(row.await.internal()?.map(|(user,)| user))
}

/// Forgets that an identity waits: it was brought again, for another account.
pub(super) async fn delete_waiting(tx: &mut Tx, issuer: &str, subject: &str) -> Result<()> {
    sql!(
        tx,
        execute,
        "delete from identities where issuer = $1 and subject = $2 and waits = 1 and exists
             (select 1 from users where users.id = user_id and email_verified_at is null)",
        issuer,
        subject
    )
    .await
    .internal()?;
    Ok(())
}

/// Whether it was written; not when it opens an account already, or the account has another one of the provider.
pub(super) async fn insert(tx: &mut Tx, new: &NewIdentity<'_>) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "insert into identities (id, user_id, provider, issuer, subject, email, name, linked_at, tokens, waits)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict do nothing",
        new.id,
        new.user,
        new.provider,
        new.issuer,
        new.subject,
        new.email,
        new.name,
        new.now,
        new.tokens,
        i64::from(new.waits)
    );
    Ok(written.await.internal()? > 0)
}

/// Notes that an identity was used, and what the provider said of it.
pub(super) async fn used(tx: &mut Tx, new: &NewIdentity<'_>) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update identities set last_used_at = $4, email = $5, name = $6, tokens = coalesce($7, tokens), waits = 0
         where issuer = $1 and subject = $2 and user_id = $3",
        new.issuer,
        new.subject,
        new.user,
        new.now,
        new.email,
        new.name,
        new.tokens
    );
    Ok(written.await.internal()? > 0)
}

pub(super) async fn of_person(on: impl Into<On<'_>>, user: UserId) -> Result<Vec<IdentityRow>> {
    let on = on.into();
    sql!(
        on,
        fetch_all as IdentityRow,
        "select provider, issuer, subject, email, name, linked_at, last_used_at from identities
         where user_id = $1 order by provider",
        user
    )
    .await
    .internal()
}

/// Whose account elsewhere it is, and the tokens that are kept of it.
pub(super) async fn tokens(
    db: &Db,
    user: UserId,
    provider: &str,
) -> Result<Option<(String, String, String)>> {
    sql!(
        db,
        fetch_optional as (String, String, String),
        "select issuer, subject, tokens from identities
         where user_id = $1 and provider = $2 and tokens is not null",
        user,
        provider
    )
    .await
    .internal()
}

pub(super) async fn delete(tx: &mut Tx, user: UserId, provider: &str) -> Result<bool> {
    let gone =
        sql!(tx, execute, "delete from identities where user_id = $1 and provider = $2", user, provider);
    Ok(gone.await.internal()? > 0)
}

/// How many accounts a provider opens, counted up to the most that is counted.
pub(super) async fn count(db: &Db, provider: &str) -> Result<i64> {
    let row = sql!(
        db,
        fetch_one as (i64,),
        "select count(*) from (select 1 from identities where provider = $1 limit $2) as counted",
        provider,
        i64::try_from(MOST_COUNTED).unwrap_or(i64::MAX)
    );
    Ok(row.await.internal()?.0)
}

/// What was counted of a name since an hour.
pub(super) async fn counted(db: &Db, name: &str, from: i64) -> Result<i64> {
    let row = sql!(
        db,
        fetch_one as (i64,),
        "select cast(coalesce(sum(count), 0) as bigint) from counts where name = $1 and hour >= $2",
        name,
        from
    );
    Ok(row.await.internal()?.0)
}

/// A journey that begins.
pub(super) struct NewFlow<'a> {
    pub(super) state_hash: &'a str,
    pub(super) provider: &'a str,
    pub(super) purpose: &'a str,
    pub(super) browser_hash: Option<&'a str>,
    pub(super) user: Option<UserId>,
    pub(super) next: &'a str,
    pub(super) remember: bool,
    pub(super) sealed: &'a str,
    pub(super) now: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// A journey that ends.
#[derive(sqlx::FromRow)]
pub(super) struct FlowRow {
    pub(super) provider: String,
    pub(super) purpose: String,
    pub(super) browser_hash: Option<String>,
    pub(super) user_id: Option<UserId>,
    pub(super) next: String,
    pub(super) remember: i64,
    pub(super) sealed: String,
    pub(super) expires_at: Timestamp,
}

pub(super) async fn insert_flow(tx: &mut Tx, new: &NewFlow<'_>) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into social_flows (state_hash, provider, purpose, browser_hash, user_id, next, remember, sealed,
                                   created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.state_hash,
        new.provider,
        new.purpose,
        new.browser_hash,
        new.user,
        new.next,
        i64::from(new.remember),
        new.sealed,
        new.now,
        new.expires_at
    )
    .await
    .internal()?;
    Ok(())
}

/// Forgets all but the `keep` newest journeys of a browser.
pub(super) async fn prune_flows(tx: &mut Tx, browser_hash: &str, keep: i64) -> Result<()> {
    sql!(
        tx,
        execute,
        "delete from social_flows where browser_hash = $1 and state_hash not in
             (select state_hash from social_flows where browser_hash = $1
              order by created_at desc, state_hash desc limit $2)",
        browser_hash,
        keep
    )
    .await
    .internal()?;
    Ok(())
}

/// A journey, and with it that it is not over: of many who ask at once, one is told.
pub(super) async fn take_flow(tx: &mut Tx, state_hash: &str) -> Result<Option<FlowRow>> {
    sql!(
        tx,
        fetch_optional as FlowRow,
        "delete from social_flows where state_hash = $1
         returning provider, purpose, browser_hash, user_id, next, remember, sealed, expires_at",
        state_hash
    )
    .await
    .internal()
}

/// What waits for somebody.
#[derive(sqlx::FromRow)]
pub(super) struct PendingRow {
    pub(super) provider: String,
    pub(super) needs: String,
    pub(super) next: String,
    pub(super) remember: i64,
    pub(super) sealed: String,
    pub(super) expires_at: Timestamp,
}

pub(super) async fn insert_pending(tx: &mut Tx, token_hash: &str, row: &PendingRow) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into social_pending (token_hash, provider, needs, next, remember, sealed, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        token_hash,
        &row.provider,
        &row.needs,
        &row.next,
        row.remember,
        &row.sealed,
        row.expires_at
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn pending(
    on: impl Into<On<'_>>,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<PendingRow>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as PendingRow,
        "select provider, needs, next, remember, sealed, expires_at from social_pending
         where token_hash = $1 and expires_at > $2",
        token_hash,
        now
    )
    .await
    .internal()
}

/// Whether it was there: of many who use it at once, one does.
pub(super) async fn take_pending(tx: &mut Tx, token_hash: &str) -> Result<bool> {
    let gone = sql!(tx, execute, "delete from social_pending where token_hash = $1", token_hash);
    Ok(gone.await.internal()? > 0)
}

pub(super) async fn insert_code(
    tx: &mut Tx,
    code_hash: &str,
    (user, provider): (UserId, &str),
    challenge: &str,
    expires_at: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into native_codes (code_hash, user_id, provider, challenge, expires_at)
         values ($1, $2, $3, $4, $5)",
        code_hash,
        user,
        provider,
        challenge,
        expires_at
    )
    .await
    .internal()?;
    Ok(())
}

/// A code of a native app, once: whose, by which provider, bound to what, and its end.
pub(super) async fn take_code(
    tx: &mut Tx,
    code_hash: &str,
) -> Result<Option<(UserId, String, String, Timestamp)>> {
    sql!(
        tx,
        fetch_optional as (UserId, String, String, Timestamp),
        "delete from native_codes where code_hash = $1 returning user_id, provider, challenge, expires_at",
        code_hash
    )
    .await
    .internal()
}

/// Forgets what somebody has under way: journeys, and codes of native apps.
pub(super) async fn delete_underway(tx: &mut Tx, user: UserId) -> Result<()> {
    sql!(&mut *tx, execute, "delete from social_flows where user_id = $1", user).await.internal()?;
    sql!(tx, execute, "delete from native_codes where user_id = $1", user).await.internal()?;
    Ok(())
}

/// Forgets what ended; the number of rows that went.
pub(super) async fn delete_ended(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let flows = sql!(&mut *tx, execute, "delete from social_flows where expires_at <= $1", now);
    let flows = flows.await.internal()?;
    let pending = sql!(&mut *tx, execute, "delete from social_pending where expires_at <= $1", now);
    let pending = pending.await.internal()?;
    let codes = sql!(tx, execute, "delete from native_codes where expires_at <= $1", now).await.internal()?;
    Ok(flows + pending + codes)
}

/// Notes that a provider could not be used.
pub(super) async fn note_failure(tx: &mut Tx, provider: &str, failure: &str, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into provider_failures (provider, failure, at) values ($1, $2, $3)
         on conflict (provider) do update set failure = excluded.failure, at = excluded.at",
        provider,
        failure,
        now
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn failures(db: &Db) -> Result<Vec<(String, String, Timestamp)>> {
    sql!(db, fetch_all as (String, String, Timestamp), "select provider, failure, at from provider_failures")
        .await
        .internal()
}
