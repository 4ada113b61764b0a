//! SQL of links, attempts and refresh tokens. Called by the files of [`super`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use serde_json::{Value, json};
use vestibule_model::values::TokenId;
use vestibule_model::{Email, Result, SessionId, Timestamp, UserId};

pub(super) struct NewLink<'a> {
    pub(super) token_hash: &'a str,
    pub(super) purpose: &'static str,
    pub(super) user: Option<UserId>,
    pub(super) email: &'a str,
    pub(super) now: Timestamp,
    pub(super) expires_at: Timestamp,
}

#[derive(sqlx::FromRow)]
pub(super) struct LinkRow {
    pub(super) user_id: Option<UserId>,
    pub(super) email: Email,
}

pub(super) async fn insert_link(tx: &mut Tx, link: &NewLink<'_>) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into links (token_hash, purpose, user_id, email, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        link.token_hash,
        link.purpose,
        link.user,
        link.email,
        link.now,
        link.expires_at,
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn use_link(
    tx: &mut Tx,
    hash: &str,
    purpose: &str,
    now: Timestamp,
) -> Result<Option<LinkRow>> {
    sql!(
        tx,
        fetch_optional as LinkRow,
        "update links set used_at = $3
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3
         returning user_id, email",
        hash,
        purpose,
        now
    )
    .await
    .internal()
}

pub(super) async fn live_link(
    on: impl Into<On<'_>>,
    hash: &str,
    purpose: &str,
    now: Timestamp,
) -> Result<Option<LinkRow>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as LinkRow,
        "select user_id, email from links
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3",
        hash,
        purpose,
        now
    )
    .await
    .internal()
}

pub(super) async fn delete_links(tx: &mut Tx, purpose: &str, user: Option<UserId>) -> Result<()> {
    match user {
        Some(user) => {
            sql!(tx, execute, "delete from links where purpose = $1 and user_id = $2", purpose, user)
                .await
                .internal()?
        }
        None => sql!(tx, execute, "delete from links where purpose = $1 and user_id is null", purpose)
            .await
            .internal()?,
    };
    Ok(())
}

pub(super) async fn delete_all_links(tx: &mut Tx, user: UserId) -> Result<()> {
    sql!(tx, execute, "delete from links where user_id = $1", user).await.internal()?;
    Ok(())
}

pub(super) async fn delete_ended_links(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    sql!(tx, execute, "delete from links where expires_at <= $1 or used_at is not null", now).await.internal()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Attempts {
    pub(super) failures: i64,
    pub(super) blocked_until: Timestamp,
}

pub(super) async fn attempts(tx: &mut Tx, subject: &str) -> Result<Attempts> {
    let row = sql!(
        tx,
        fetch_optional as Attempts,
        "select failures, blocked_until from attempts where subject = $1",
        subject
    );
    Ok(row.await.internal()?.unwrap_or(Attempts { failures: 0, blocked_until: Timestamp(0) }))
}

/// Whether it was written; not when what is there is not `so_far`.
pub(super) async fn set_attempts(
    tx: &mut Tx,
    subject: &str,
    so_far: Attempts,
    next: Attempts,
    now: Timestamp,
) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "insert into attempts (subject, failures, last_at, blocked_until) values ($1, $3, $4, $5)
         on conflict (subject) do update set failures = excluded.failures, last_at = excluded.last_at,
                                             blocked_until = excluded.blocked_until
         where attempts.failures = $2 and attempts.blocked_until = $6",
        subject,
        so_far.failures,
        next.failures,
        now,
        next.blocked_until,
        so_far.blocked_until
    );
    Ok(written.await.internal()? > 0)
}

pub(super) async fn uncount_attempt(tx: &mut Tx, subject: &str) -> Result<()> {
    sql!(
        tx,
        execute,
        "update attempts set failures = failures - 1 where subject = $1 and failures > 0",
        subject
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn delete_attempts(tx: &mut Tx, subject: &str) -> Result<()> {
    sql!(tx, execute, "delete from attempts where subject = $1", subject).await.internal()?;
    Ok(())
}

pub(super) async fn delete_old_attempts(tx: &mut Tx, horizon: Timestamp, hard_stop: i64) -> Result<u64> {
    sql!(tx, execute, "delete from attempts where last_at < $1 and failures < $2", horizon, hard_stop)
        .await
        .internal()
}

#[cfg(feature = "testing")]
pub(super) async fn sum_attempts(db: &crate::db::Db) -> Result<i64> {
    let (sum,) =
        sql!(db, fetch_one as (i64,), "select cast(coalesce(sum(failures), 0) as bigint) from attempts")
            .await
            .internal()?;
    Ok(sum)
}

/// Forgets the counts of names that have no account.
pub(super) async fn delete_unknown_attempts(tx: &mut Tx, horizon: Timestamp) -> Result<u64> {
    sql!(tx, execute, "delete from attempts where subject like 'unknown:%' and last_at < $1", horizon)
        .await
        .internal()
}

#[derive(sqlx::FromRow)]
pub(super) struct RefreshRow {
    pub(super) id: TokenId,
    pub(super) session_id: SessionId,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) used_at: Option<Timestamp>,
}

pub(super) struct NewRefresh<'a> {
    pub(super) id: TokenId,
    pub(super) session: SessionId,
    pub(super) parent: Option<TokenId>,
    pub(super) token_hash: &'a str,
    pub(super) now: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
}

pub(super) async fn refresh_token(tx: &mut Tx, hash: &str) -> Result<Option<RefreshRow>> {
    sql!(
        tx,
        fetch_optional as RefreshRow,
        "select id, session_id, expires_at, used_at from refresh_tokens where token_hash = $1",
        hash
    )
    .await
    .internal()
}

/// Whether this call used it up.
pub(super) async fn use_refresh_token(tx: &mut Tx, id: TokenId, now: Timestamp) -> Result<bool> {
    let used = sql!(
        tx,
        execute,
        "update refresh_tokens set used_at = $2 where id = $1 and used_at is null",
        id,
        now
    );
    Ok(used.await.internal()? > 0)
}

pub(super) async fn insert_refresh_token(tx: &mut Tx, new: &NewRefresh<'_>) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into refresh_tokens (id, session_id, parent_id, token_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        new.id,
        new.session,
        new.parent,
        new.token_hash,
        new.now,
        new.expires_at,
    )
    .await
    .internal()?;
    Ok(())
}

/// A link as its owner's copy of everything tells it.
#[derive(sqlx::FromRow)]
struct LinkOfPerson {
    purpose: String,
    email: String,
    created_at: Timestamp,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
}

pub(super) async fn links_of(db: &Db, user: UserId) -> Result<Vec<Value>> {
    let rows = sql!(
        db,
        fetch_all as LinkOfPerson,
        "select purpose, email, created_at, expires_at, used_at from links where user_id = $1 order by created_at",
        user
    );
    let told = |link: LinkOfPerson| {
        json!({
            "purpose": link.purpose,
            "email": link.email,
            "created_at": link.created_at,
            "expires_at": link.expires_at,
            "used_at": link.used_at,
        })
    };
    Ok(rows.await.internal()?.into_iter().map(told).collect())
}

pub(super) async fn failures(db: &Db, subject: &str) -> Result<Option<(i64, Timestamp)>> {
    sql!(
        db,
        fetch_optional as (i64, Timestamp),
        "select failures, last_at from attempts where subject = $1",
        subject
    )
    .await
    .internal()
}
