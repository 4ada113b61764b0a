//! SQL of sessions. Called by [`super`] alone. Every write is conditional on `ended_at is null`.

use super::device;
use crate::db::{Db, Tx};
use crate::{error::Internal, sql};
use vestibule_model::sessions::{Session, SessionKind};
use vestibule_model::{Result, SessionId, Timestamp, UserId};

pub(super) struct New<'a> {
    pub(super) id: SessionId,
    pub(super) user: UserId,
    pub(super) kind: &'static str,
    pub(super) token_hash: Option<String>,
    pub(super) now: Timestamp,
    pub(super) idle_micros: i64,
    pub(super) expires_at: Timestamp,
    pub(super) remembered: bool,
    pub(super) address: Option<String>,
    pub(super) user_agent: Option<&'a str>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: SessionId,
    pub(super) user_id: UserId,
    pub(super) proved_at: Timestamp,
    pub(super) last_seen_at: Timestamp,
    pub(super) idle_micros: i64,
    pub(super) expires_at: Timestamp,
}

pub(super) async fn insert(tx: &mut Tx, new: &New<'_>) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into sessions (id, user_id, kind, token_hash, created_at, last_seen_at, proved_at, idle_micros,
                               expires_at, remembered, address, user_agent)
         values ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8, $9, $10)",
        new.id,
        new.user,
        new.kind,
        new.token_hash.as_deref(),
        new.now,
        new.idle_micros,
        new.expires_at,
        i64::from(new.remembered),
        new.address.as_deref(),
        new.user_agent,
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn by_hash(db: &Db, hash: &str) -> Result<Option<Row>> {
    sql!(
        db,
        fetch_optional as Row,
        "select id, user_id, proved_at, last_seen_at, idle_micros, expires_at from sessions
         where token_hash = $1 and ended_at is null",
        hash
    )
    .await
    .internal()
}

pub(super) async fn by_id(db: &Db, id: SessionId) -> Result<Option<Row>> {
    sql!(
        db,
        fetch_optional as Row,
        "select id, user_id, proved_at, last_seen_at, idle_micros, expires_at from sessions
         where id = $1 and ended_at is null",
        id
    )
    .await
    .internal()
}

pub(super) async fn alive(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<Option<UserId>> {
    let row = sql!(
        tx,
        fetch_optional as (UserId,),
        "select user_id from sessions where id = $1 and ended_at is null and expires_at > $2",
        id,
        now
    );
    Ok(row.await.internal()?.map(|(user,)| user))
}

pub(super) async fn set_seen(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        execute,
        "update sessions set last_seen_at = $2 where id = $1 and ended_at is null and last_seen_at < $2",
        id,
        now
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn end(tx: &mut Tx, id: SessionId, reason: &str, now: Timestamp) -> Result<bool> {
    let ended = sql!(
        tx,
        execute,
        "update sessions set ended_at = $3, end_reason = $2 where id = $1 and ended_at is null",
        id,
        reason,
        now
    );
    Ok(ended.await.internal()? > 0)
}

pub(super) async fn end_all(tx: &mut Tx, user: UserId, reason: &str, now: Timestamp) -> Result<u64> {
    sql!(
        tx,
        execute,
        "update sessions set ended_at = $3, end_reason = $2 where user_id = $1 and ended_at is null",
        user,
        reason,
        now
    )
    .await
    .internal()
}

pub(super) async fn end_all_but(
    tx: &mut Tx,
    user: UserId,
    kept: SessionId,
    reason: &str,
    now: Timestamp,
) -> Result<u64> {
    sql!(
        tx,
        execute,
        "update sessions set ended_at = $4, end_reason = $3 where user_id = $1 and id <> $2 and ended_at is null",
        user,
        kept,
        reason,
        now
    )
    .await
    .internal()
}

/// A session with what its owner is shown of it.
#[derive(sqlx::FromRow)]
pub(super) struct Live {
    id: SessionId,
    kind: String,
    user_agent: Option<String>,
    address: Option<String>,
    created_at: Timestamp,
    pub(super) last_seen_at: Timestamp,
    idle_micros: i64,
    expires_at: Timestamp,
}

impl Live {
    /// How long it may stay unused, in microseconds.
    pub(super) fn idle(&self) -> u128 {
        u128::try_from(self.idle_micros).unwrap_or(0)
    }

    pub(super) fn view(self, current: SessionId) -> Session {
        Session {
            current: self.id == current,
            id: self.id,
            kind: if self.kind == "api" { SessionKind::Api } else { SessionKind::Browser },
            device: device::name(self.user_agent.as_deref()),
            address: self.address,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
            expires_at: self.expires_at,
        }
    }
}

pub(super) async fn live(db: &Db, user: UserId, now: Timestamp) -> Result<Vec<Live>> {
    sql!(
        db,
        fetch_all as Live,
        "select id, kind, user_agent, address, created_at, last_seen_at, idle_micros, expires_at from sessions
         where user_id = $1 and ended_at is null and expires_at > $2",
        user,
        now
    )
    .await
    .internal()
}

pub(super) async fn delete_ended(tx: &mut Tx, horizon: Timestamp) -> Result<u64> {
    sql!(tx, execute, "delete from sessions where ended_at < $1 or expires_at < $1", horizon).await.internal()
}
