//! SQL of sessions. Called by [`super`] alone. Every write is conditional on `ended_at is null`.

mod lifetimes;

pub(super) use lifetimes::{
    LiveSpan, all_group_lifetimes, group_lifetimes, lifetimes_about, live_spans, members_with_sessions,
    set_group_lifetime, set_spans, set_user_lifetime, user_lifetimes,
};

use super::device;
use super::lifetimes::from_micros;
use crate::db::{Db, Tx};
use crate::error::{Internal, hidden};
use crate::sql;
use vestibule_model::sessions::{Session, SessionKind};
use vestibule_model::values::DeviceName;
use vestibule_model::{Result, SessionId, Timestamp, UserId};

pub(super) struct New<'a> {
    pub(super) id: SessionId,
    pub(super) user: UserId,
    pub(super) kind: &'static str,
    pub(super) token_hash: Option<String>,
    pub(super) now: Timestamp,
    pub(super) idle_micros: Option<i64>,
    pub(super) expires_at: Option<Timestamp>,
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
    pub(super) idle_micros: Option<i64>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) remembered: i64,
}

/// A session that is alive, as a transaction that goes on with it sees it.
#[derive(sqlx::FromRow)]
pub(crate) struct Alive {
    pub(crate) user_id: UserId,
    pub(crate) idle_micros: Option<i64>,
    pub(crate) expires_at: Option<Timestamp>,
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
        "select id, user_id, proved_at, last_seen_at, idle_micros, expires_at, remembered from sessions
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
        "select id, user_id, proved_at, last_seen_at, idle_micros, expires_at, remembered from sessions
         where id = $1 and ended_at is null",
        id
    )
    .await
    .internal()
}

/// The session, unless it or its account is over.
pub(super) async fn alive(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<Option<Alive>> {
    sql!(
        tx,
        fetch_optional as Alive,
        "select s.user_id, s.idle_micros, s.expires_at from sessions s join users u on u.id = s.user_id
         where s.id = $1 and s.ended_at is null and (s.expires_at is null or s.expires_at > $2)
           and (s.idle_micros is null or s.last_seen_at + s.idle_micros > $2)
           and (u.expires_at is null or u.expires_at > $2)",
        id,
        now
    )
    .await
    .internal()
}

/// A renewed proof under a new token.
#[derive(sqlx::FromRow)]
pub(super) struct Renewed {
    pub(super) expires_at: Option<Timestamp>,
    pub(super) remembered: i64,
}

/// Notes a proof; the cookie's token is replaced where the session has one. Nothing when the session is over.
pub(super) async fn set_proved(
    tx: &mut Tx,
    id: SessionId,
    token_hash: Option<&str>,
    now: Timestamp,
) -> Result<Option<Renewed>> {
    sql!(
        tx,
        fetch_optional as Renewed,
        "update sessions set proved_at = $3, token_hash = $2, last_seen_at = $3
         where id = $1 and ended_at is null and (expires_at is null or expires_at > $3)
         returning expires_at, remembered",
        id,
        token_hash,
        now
    )
    .await
    .internal()
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

/// Notes that a person is active today; whether they were not yet.
pub(super) async fn set_active(tx: &mut Tx, user: UserId, day: i64) -> Result<bool> {
    let noted =
        sql!(tx, execute, "update users set active_day = $2 where id = $1 and active_day < $2", user, day);
    Ok(noted.await.internal()? == 1)
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
    name: Option<DeviceName>,
    user_agent: Option<String>,
    address: Option<String>,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    idle_micros: Option<i64>,
    expires_at: Option<Timestamp>,
}

impl Live {
    /// Whether it was used lately enough.
    pub(super) fn is_awake(&self, now: Timestamp) -> bool {
        from_micros(self.idle_micros).end(self.last_seen_at).is_none_or(|end| now < end)
    }

    /// As its owner sees it, whose session `asking` is.
    pub(super) fn view(self, asking: Option<SessionId>) -> Session {
        Session {
            current: asking == Some(self.id),
            id: self.id,
            kind: if self.kind == "api" { SessionKind::Api } else { SessionKind::Browser },
            device: device::name(self.user_agent.as_deref()),
            name: self.name,
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
        "select id, kind, name, user_agent, address, created_at, last_seen_at, idle_micros, expires_at from sessions
         where user_id = $1 and ended_at is null and (expires_at is null or expires_at > $2)",
        user,
        now
    )
    .await
    .internal()
}

/// Name and program of the device behind a session.
pub(super) async fn device(tx: &mut Tx, id: SessionId) -> Result<Option<(Option<String>, Option<String>)>> {
    sql!(
        tx,
        fetch_optional as (Option<String>, Option<String>),
        "select name, user_agent from sessions where id = $1",
        id
    )
    .await
    .internal()
}

/// Calls the device of a live session so; whether it was called otherwise before.
pub(super) async fn set_name(tx: &mut Tx, id: SessionId, name: Option<&DeviceName>) -> Result<bool> {
    let changed = sql!(
        tx,
        execute,
        "update sessions set name = $2 where id = $1 and ended_at is null and name is distinct from $2",
        id,
        name
    );
    Ok(changed.await.internal()? > 0)
}

pub(super) async fn delete_ended(tx: &mut Tx, horizon: Timestamp) -> Result<u64> {
    sql!(tx, execute, "delete from sessions where ended_at < $1 or expires_at < $1", horizon).await.internal()
}

/// A session as its owner's copy of everything tells it.
#[derive(sqlx::FromRow, serde::Serialize)]
struct OfPerson {
    id: SessionId,
    kind: String,
    name: Option<String>,
    user_agent: Option<String>,
    address: Option<String>,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    proved_at: Timestamp,
    expires_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    end_reason: Option<String>,
}

/// Names and programs of a person's sessions that were opened no later than `to` and used no earlier than `from`.
pub(super) async fn agents(
    db: &Db,
    user: UserId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(SessionId, Option<String>, Option<String>)>> {
    sql!(
        db,
        fetch_all as (SessionId, Option<String>, Option<String>),
        "select id, name, user_agent from sessions where user_id = $1 and last_seen_at >= $2 and created_at <= $3",
        user,
        from,
        to
    )
    .await
    .internal()
}

pub(super) async fn of_person(db: &Db, user: UserId) -> Result<serde_json::Value> {
    let rows = sql!(
        db,
        fetch_all as OfPerson,
        "select id, kind, name, user_agent, address, created_at, last_seen_at, proved_at, expires_at, ended_at,
                end_reason
         from sessions where user_id = $1 order by created_at, id",
        user
    );
    serde_json::to_value(rows.await.internal()?).map_err(|cause| hidden(&cause))
}
