//! SQL of API keys. Called by [`super`] and its parts alone.

mod all;

pub(super) use all::{Owned, all, count_all, of_owner};

use super::format;
use crate::db::{Db, On, Tx};
use crate::error::{Internal, hidden};
use crate::sql;
use uuid::Uuid;
use vestibule_model::keys::{ApiKey, KeyState, NewKey, Revoked};
use vestibule_model::{KeyId, Name, Result, Timestamp, UserId};

/// A key that is known by a secret, whatever became of it.
#[derive(sqlx::FromRow)]
pub(super) struct Known {
    pub(super) id: KeyId,
    pub(super) user_id: UserId,
    pub(super) scopes: String,
    pub(super) networks: String,
    pub(super) read_only: i64,
    pub(super) expires_at: Option<Timestamp>,
    /// The end of the secret, while another one takes its place.
    pub(super) until: Option<Timestamp>,
    pub(super) last_used_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    revoke_reason: Option<String>,
}

impl Known {
    /// Whether it was neither revoked nor switched off.
    pub(super) fn is_live(&self) -> bool {
        self.revoked_at.is_none() && self.disabled_at.is_none()
    }

    /// Whether it was revoked because it was found where others can read it.
    pub(super) fn leaked(&self) -> bool {
        self.revoked_at.is_some()
            && self.revoke_reason.as_deref().and_then(Revoked::named) == Some(Revoked::Leaked)
    }
}

pub(super) async fn by_secret(db: &Db, hash: &str) -> Result<Option<Known>> {
    sql!(
        db,
        fetch_optional as Known,
        "select k.id, k.user_id, k.scopes, k.networks, k.read_only, k.expires_at, s.until, k.last_used_at,
                k.disabled_at, k.revoked_at, k.revoke_reason
         from api_key_secrets s join api_keys k on k.id = s.key_id
         where s.secret_hash = $1",
        hash
    )
    .await
    .internal()
}

pub(super) async fn set_used(tx: &mut Tx, id: KeyId, address: Option<&str>, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        execute,
        "update api_keys set last_used_at = $2, last_used_address = $3
         where id = $1 and (last_used_at is null or last_used_at < $2)",
        id,
        now,
        address
    )
    .await
    .internal()?;
    Ok(())
}

/// A key as it is kept, without its secrets.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: KeyId,
    pub(super) user_id: UserId,
    pub(super) prefix: String,
    pub(super) name: Name,
    scopes: String,
    pub(super) networks: String,
    read_only: i64,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) rotated_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    last_used_address: Option<String>,
    pub(super) disabled_at: Option<Timestamp>,
    pub(super) revoked_at: Option<Timestamp>,
    revoke_reason: Option<String>,
    previous_until: Option<Timestamp>,
}

impl Row {
    pub(super) fn state(&self, now: Timestamp) -> KeyState {
        match self {
            Self { revoked_at: Some(_), .. } => KeyState::Revoked,
            Self { expires_at: Some(end), .. } if *end <= now => KeyState::Expired,
            Self { disabled_at: Some(_), .. } => KeyState::Disabled,
            _ => KeyState::Active,
        }
    }

    /// As its owner sees it.
    pub(super) fn view(self, now: Timestamp) -> ApiKey {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let state = self.state(now);
        ApiKey {
            id: self.id,
            owner: self.user_id,
            begins_with: format::beginning(&self.prefix, self.id),
            name: self.name,
            scopes: words(&self.scopes),
            read_only: self.read_only != 0,
            networks: words(&self.networks),
            state,
            created_at: self.created_at,
            expires_at: self.expires_at,
            rotated_at: self.rotated_at,
            previous_until: self.previous_until.filter(|_| state != KeyState::Revoked),
            last_used_at: self.last_used_at,
            last_used_address: self.last_used_address,
            revoked_at: self.revoked_at,
            revoked: self.revoke_reason.as_deref().and_then(Revoked::named),
        }
    }
}

pub(super) async fn by_id(on: impl Into<On<'_>>, id: KeyId, now: Timestamp) -> Result<Option<Row>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as Row,
        "select k.id, k.user_id, k.prefix, k.name, k.scopes, k.networks, k.read_only, k.created_at, k.expires_at,
                k.rotated_at, k.last_used_at, k.last_used_address, k.disabled_at, k.revoked_at, k.revoke_reason,
                (select max(s.until) from api_key_secrets s where s.key_id = k.id and s.until > $2) as previous_until
         from api_keys k where k.id = $1",
        id,
        now
    )
    .await
    .internal()
}

/// The keys of a person that were not revoked, newest first.
pub(super) async fn standing(db: &Db, user: UserId, now: Timestamp, most: i64) -> Result<Vec<Row>> {
    sql!(
        db,
        fetch_all as Row,
        "select k.id, k.user_id, k.prefix, k.name, k.scopes, k.networks, k.read_only, k.created_at, k.expires_at,
                k.rotated_at, k.last_used_at, k.last_used_address, k.disabled_at, k.revoked_at, k.revoke_reason,
                (select max(s.until) from api_key_secrets s where s.key_id = k.id and s.until > $2) as previous_until
         from api_keys k where k.user_id = $1 and k.revoked_at is null order by k.id desc limit $3",
        user,
        now,
        most
    )
    .await
    .internal()
}

/// The keys of a person that were revoked, newest first.
pub(super) async fn revoked(db: &Db, user: UserId, most: i64) -> Result<Vec<Row>> {
    sql!(
        db,
        fetch_all as Row,
        "select id, user_id, prefix, name, scopes, networks, read_only, created_at, expires_at, rotated_at,
                last_used_at, last_used_address, disabled_at, revoked_at, revoke_reason, revoked_at as previous_until
         from api_keys where user_id = $1 and revoked_at is not null order by id desc limit $2",
        user,
        most
    )
    .await
    .internal()
}

/// Keys of a person that are not over at `now`.
pub(super) async fn count(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<i64> {
    let row = sql!(
        tx,
        fetch_one as (i64,),
        "select count(*) from api_keys
         where user_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)",
        user,
        now
    );
    Ok(row.await.internal()?.0)
}

/// A key to be written.
pub(super) struct New<'a> {
    pub(super) id: KeyId,
    pub(super) user: UserId,
    pub(super) prefix: &'a str,
    pub(super) values: &'a NewKey,
    pub(super) networks: &'a str,
    pub(super) now: Timestamp,
}

pub(super) async fn insert(tx: &mut Tx, new: &New<'_>) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into api_keys (id, user_id, prefix, name, scopes, networks, read_only, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id,
        new.user,
        new.prefix,
        &new.values.name,
        new.values.scopes.join(" "),
        new.networks,
        i64::from(new.values.read_only),
        new.now,
        new.values.expires_at
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn insert_secret(
    tx: &mut Tx,
    id: Uuid,
    key: KeyId,
    hash: &str,
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into api_key_secrets (id, key_id, secret_hash, created_at) values ($1, $2, $3, $4)",
        id,
        key,
        hash,
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// Lets every secret of a key end at `until`, unless it ends before.
pub(super) async fn end_secrets(tx: &mut Tx, key: KeyId, until: Timestamp) -> Result<()> {
    sql!(
        tx,
        execute,
        "update api_key_secrets set until = $2 where key_id = $1 and (until is null or until > $2)",
        key,
        until
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn set_rotated(
    tx: &mut Tx,
    id: KeyId,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "update api_keys set rotated_at = $3, expires_at = $2, expiry_notices = 0 where id = $1",
        id,
        expires_at,
        now
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn set_name(tx: &mut Tx, id: KeyId, name: &Name) -> Result<()> {
    sql!(tx, execute, "update api_keys set name = $2 where id = $1", id, name).await.internal()?;
    Ok(())
}

pub(super) async fn set_networks(tx: &mut Tx, id: KeyId, networks: &str) -> Result<()> {
    sql!(tx, execute, "update api_keys set networks = $2 where id = $1", id, networks).await.internal()?;
    Ok(())
}

pub(super) async fn set_disabled(tx: &mut Tx, id: KeyId, at: Option<Timestamp>) -> Result<()> {
    sql!(tx, execute, "update api_keys set disabled_at = $2 where id = $1", id, at).await.internal()?;
    Ok(())
}

/// Revokes a key; whether it was not revoked before.
pub(super) async fn revoke(tx: &mut Tx, id: KeyId, reason: Revoked, now: Timestamp) -> Result<bool> {
    let revoked = sql!(
        tx,
        execute,
        "update api_keys set revoked_at = $3, revoke_reason = $2 where id = $1 and revoked_at is null",
        id,
        reason.name(),
        now
    );
    Ok(revoked.await.internal()? > 0)
}

/// Revokes every key of a person; how many were not revoked before.
pub(super) async fn revoke_all(tx: &mut Tx, user: UserId, reason: Revoked, now: Timestamp) -> Result<u64> {
    sql!(
        tx,
        execute,
        "update api_keys set revoked_at = $3, revoke_reason = $2 where user_id = $1 and revoked_at is null",
        user,
        reason.name(),
        now
    )
    .await
    .internal()
}

/// The key that a secret is of, whatever became of it, unless the secret itself has ended.
pub(super) async fn owner_of_secret(db: &Db, hash: &str, now: Timestamp) -> Result<Option<(KeyId, UserId)>> {
    sql!(
        db,
        fetch_optional as (KeyId, UserId),
        "select k.id, k.user_id from api_key_secrets s join api_keys k on k.id = s.key_id
         where s.secret_hash = $1 and (s.until is null or s.until > $2) and k.revoked_at is null",
        hash,
        now
    )
    .await
    .internal()
}

/// A key that ends soon.
#[derive(sqlx::FromRow)]
pub(super) struct Ending {
    pub(super) id: KeyId,
    pub(super) user_id: UserId,
    pub(super) expires_at: Timestamp,
    pub(super) since: Timestamp,
    pub(super) expiry_notices: i64,
}

/// Keys in use that end between two moments and of which not everything was told, the first to end first.
pub(super) async fn ending(db: &Db, from: Timestamp, to: Timestamp, notices: i64) -> Result<Vec<Ending>> {
    sql!(
        db,
        fetch_all as Ending,
        "select id, user_id, expires_at, coalesce(rotated_at, created_at) as since, expiry_notices from api_keys
         where expires_at > $1 and expires_at <= $2 and expiry_notices < $3 and revoked_at is null
           and disabled_at is null
         order by expires_at, id",
        from,
        to,
        notices
    )
    .await
    .internal()
}

/// Notes that `due` notices were written for a key; not when another node was faster or the end was moved.
pub(super) async fn count_notices(tx: &mut Tx, ending: &Ending, due: i64) -> Result<bool> {
    let counted = sql!(
        tx,
        execute,
        "update api_keys set expiry_notices = $3
         where id = $1 and expires_at = $2 and expiry_notices < $3 and revoked_at is null",
        ending.id,
        ending.expires_at,
        due
    );
    Ok(counted.await.internal()? > 0)
}

/// Forgets keys that were revoked or ended before `horizon`, and secrets whose overlap is over.
pub(super) async fn delete_over(tx: &mut Tx, horizon: Timestamp, now: Timestamp) -> Result<u64> {
    let revoked = sql!(&mut *tx, execute, "delete from api_keys where revoked_at < $1", horizon);
    let revoked = revoked.await.internal()?;
    let ended = sql!(&mut *tx, execute, "delete from api_keys where expires_at < $1", horizon);
    let ended = ended.await.internal()?;
    let secrets = sql!(tx, execute, "delete from api_key_secrets where until < $1", now);
    Ok(revoked + ended + secrets.await.internal()?)
}

/// A key as its owner's copy of everything tells it.
#[derive(sqlx::FromRow, serde::Serialize)]
struct OfPerson {
    id: KeyId,
    name: Name,
    scopes: String,
    networks: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    rotated_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    last_used_address: Option<String>,
    disabled_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    revoke_reason: Option<String>,
}

pub(super) async fn of_person(db: &Db, user: UserId) -> Result<serde_json::Value> {
    let rows = sql!(
        db,
        fetch_all as OfPerson,
        "select id, name, scopes, networks, created_at, expires_at, rotated_at, last_used_at, last_used_address,
                disabled_at, revoked_at, revoke_reason
         from api_keys where user_id = $1 order by id",
        user
    );
    serde_json::to_value(rows.await.internal()?).map_err(|cause| hidden(&cause))
}

/// Every key of a person with its name.
pub(super) async fn names(db: &Db, user: UserId) -> Result<Vec<(KeyId, String)>> {
    sql!(
        db,
        fetch_all as (KeyId, String),
        "select id, name from api_keys where user_id = $1 order by id",
        user
    )
    .await
    .internal()
}

/// Whether a key is a person's.
pub(super) async fn is_of(tx: &mut Tx, key: KeyId, user: UserId) -> Result<bool> {
    let found = sql!(
        tx,
        fetch_optional as (KeyId,),
        "select id from api_keys where id = $1 and user_id = $2",
        key,
        user
    );
    Ok(found.await.internal()?.is_some())
}
