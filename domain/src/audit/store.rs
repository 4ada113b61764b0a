//! SQL of the audit trail: its rows, and what their people see of them. Called by [`super`] and its parts alone.

pub(super) mod chain;
pub(super) mod lists;

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule_model::{KeyId, Result, SessionId, Timestamp, UserId};

/// A row as it happened.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) at: Timestamp,
    /// `anonymous`, `person` or `operator`.
    pub(super) actor: String,
    pub(super) event: String,
    #[sqlx(flatten)]
    pub(super) personal: Personal,
}

/// What of a row may tell of people.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Personal {
    pub(super) actor_id: Option<UserId>,
    pub(super) session_id: Option<SessionId>,
    pub(super) key_id: Option<KeyId>,
    pub(super) subject_id: Option<UserId>,
    pub(super) detail: String,
    pub(super) request_id: Option<String>,
    pub(super) address: Option<String>,
}

/// A row as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Kept {
    #[sqlx(flatten)]
    pub(super) row: Row,
    /// Its place in the chain; nothing in a row of before there was one.
    pub(super) seq: Option<i64>,
    pub(super) salt: Option<Vec<u8>>,
    pub(super) seal: Option<Vec<u8>>,
    /// Set when its person was erased.
    pub(super) redacted: Option<Vec<u8>>,
}

/// Writes a row with its place, salt and seal.
pub(super) async fn insert(tx: &mut Tx, row: &Row, chained: (i64, &[u8], &[u8])) -> sqlx::Result<()> {
    let (personal, (seq, salt, seal)) = (&row.personal, chained);
    sql!(
        tx,
        execute,
        "insert into audit (id, at, actor, actor_id, session_id, event, subject_id, detail, request_id, address, key_id,
                            seq, salt, seal)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        row.id,
        row.at,
        &row.actor,
        personal.actor_id,
        personal.session_id,
        &row.event,
        personal.subject_id,
        &personal.detail,
        personal.request_id.as_deref(),
        personal.address.as_deref(),
        personal.key_id,
        seq,
        salt,
        seal,
    )
    .await?;
    Ok(())
}

/// A row, as far as it concerns a person.
#[derive(sqlx::FromRow)]
pub(super) struct OfPerson {
    at: Timestamp,
    actor: String,
    actor_id: Option<UserId>,
    event: String,
    address: Option<String>,
}

impl OfPerson {
    pub(super) fn for_person(self, user: UserId) -> Value {
        let by_another = self.actor_id.is_some_and(|actor| actor != user);
        let by = if self.actor_id == Some(user) { "you" } else { self.actor.as_str() };
        let address = self.address.filter(|_| !by_another);
        json!({ "at": self.at, "event": self.event, "by": by, "address": address })
    }
}

pub(super) async fn of_person(on: impl Into<On<'_>>, user: UserId) -> Result<Vec<OfPerson>> {
    let on = on.into();
    sql!(
        on,
        fetch_all as OfPerson,
        "select at, actor, actor_id, event, address from audit
         where subject_id = $1 or actor_id = $1 order by at, id",
        user
    )
    .await
    .internal()
}

/// What orders rows.
#[derive(sqlx::FromRow)]
struct At {
    at: Timestamp,
    id: Uuid,
}

/// Where a page of a person's rows begins.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// At the newest one.
    Newest,
    /// Below a row.
    Below(Timestamp, Uuid),
}

/// The place below one of the rows about a person; nothing when there is no such row.
pub(super) async fn place(db: &Db, user: UserId, id: Uuid) -> Result<Option<Place>> {
    let row = sql!(
        db,
        fetch_optional as At,
        "select at, id from audit where id = $1 and subject_id = $2",
        id,
        user
    );
    Ok(row.await.internal()?.map(|row| Place::Below(row.at, row.id)))
}

/// A row about a person.
#[derive(sqlx::FromRow)]
pub(super) struct About {
    pub(super) id: Uuid,
    pub(super) at: Timestamp,
    pub(super) actor: String,
    pub(super) actor_id: Option<UserId>,
    pub(super) session_id: Option<SessionId>,
    pub(super) event: String,
    pub(super) detail: String,
    pub(super) address: Option<String>,
}

/// Which rows about a person.
pub(super) struct Which<'a> {
    /// From then on.
    pub(super) from: Timestamp,
    /// Before that moment.
    pub(super) before: Timestamp,
    /// Names of events, each with a comma before and behind; all events where it is empty.
    pub(super) events: &'a str,
    /// Whether those are the events to leave out.
    pub(super) except: bool,
}

/// The rows about a person, newest first.
pub(super) async fn about(
    db: &Db,
    user: UserId,
    which: &Which<'_>,
    place: Place,
    most: i64,
) -> Result<Vec<About>> {
    let (at, id) = match place {
        Place::Newest => (Timestamp(i64::MAX), Uuid::max()),
        Place::Below(at, id) => (at, id),
    };
    sql!(
        db,
        fetch_all as About,
        "select id, at, actor, actor_id, session_id, event, detail, address from audit
         where subject_id = $1 and at <= $2 and (at < $2 or id < $3) and at >= $5 and at < $6
           and ($7 = '' or (case when $7 like '%,' || event || ',%' then 0 else 1 end) = $8)
         order by at desc, id desc limit $4",
        user,
        at,
        id,
        most,
        which.from,
        which.before,
        which.events,
        i64::from(which.except)
    )
    .await
    .internal()
}

/// Some of the rows about a person, or of those by them.
pub(super) async fn of_user(tx: &mut Tx, user: UserId) -> sqlx::Result<Vec<Kept>> {
    let about = sql!(
        &mut *tx,
        fetch_all as Kept,
        "select id, at, actor, actor_id, session_id, key_id, event, subject_id, detail, request_id, address, seq, salt, seal,
                redacted
         from audit where subject_id = $1 limit 1000",
        user
    )
    .await?;
    if !about.is_empty() {
        return Ok(about);
    }
    sql!(
        tx,
        fetch_all as Kept,
        "select id, at, actor, actor_id, session_id, key_id, event, subject_id, detail, request_id, address, seq, salt, seal,
                redacted
         from audit where actor_id = $1 limit 1000",
        user
    )
    .await
}

/// Writes what stands in a row whose person was erased.
pub(super) async fn rewrite(tx: &mut Tx, kept: &Kept) -> sqlx::Result<()> {
    let personal = &kept.row.personal;
    sql!(
        tx,
        execute,
        "update audit set actor_id = $2, session_id = $3, subject_id = $4, detail = $5, request_id = $6, address = $7,
                          salt = $8, redacted = $9, key_id = $10
         where id = $1",
        kept.row.id,
        personal.actor_id,
        personal.session_id,
        personal.subject_id,
        &personal.detail,
        personal.request_id.as_deref(),
        personal.address.as_deref(),
        kept.salt.as_deref(),
        kept.redacted.as_deref(),
        personal.key_id,
    )
    .await?;
    Ok(())
}
