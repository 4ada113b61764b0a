//! SQL of the audit trail. Called by [`super`] and its parts alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule_model::{KeyId, Result, SessionId, Timestamp, UserId};

pub(super) struct Row<'a> {
    pub(super) id: Uuid,
    pub(super) at: Timestamp,
    pub(super) actor: &'static str,
    pub(super) actor_id: Option<UserId>,
    pub(super) session_id: Option<SessionId>,
    pub(super) key_id: Option<KeyId>,
    pub(super) event: &'static str,
    pub(super) subject_id: Option<UserId>,
    pub(super) detail: &'a str,
    pub(super) request_id: Option<&'a str>,
    pub(super) address: Option<String>,
}

pub(super) async fn insert(tx: &mut Tx, row: &Row<'_>) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into audit (id, at, actor, actor_id, session_id, event, subject_id, detail, request_id, address,
                            key_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        row.id,
        row.at,
        row.actor,
        row.actor_id,
        row.session_id,
        row.event,
        row.subject_id,
        row.detail,
        row.request_id,
        row.address.as_deref(),
        row.key_id,
    )
    .await
    .internal()?;
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

/// Rows that are looked at at once.
const PAGE: i64 = 1000;

/// Forgets from where a person acted, or somebody unknown did with their account. Where somebody else acted stays; it is
/// not the person's.
pub(super) async fn forget_places(tx: &mut Tx, user: UserId) -> Result<()> {
    sql!(
        tx,
        execute,
        "update audit set session_id = null, key_id = null, request_id = null, address = null
         where (subject_id = $1 or actor_id = $1) and (actor_id is null or actor_id = $1)",
        user
    )
    .await
    .internal()?;
    Ok(())
}

/// The details of a person's rows, a page at a time, after the row `after`.
pub(super) async fn details(tx: &mut Tx, user: UserId, after: Option<Uuid>) -> Result<Vec<(Uuid, String)>> {
    sql!(
        tx,
        fetch_all as (Uuid, String),
        "select id, detail from audit where (subject_id = $1 or actor_id = $1) and id > $2 order by id limit $3",
        user,
        after.unwrap_or(Uuid::nil()),
        PAGE
    )
    .await
    .internal()
}

pub(super) async fn set_detail(tx: &mut Tx, id: Uuid, detail: &str) -> Result<()> {
    sql!(tx, execute, "update audit set detail = $2 where id = $1", id, detail).await.internal()?;
    Ok(())
}

/// Puts `pseudonym` in the place of a person.
pub(super) async fn replace_person(tx: &mut Tx, user: UserId, pseudonym: UserId) -> Result<()> {
    sql!(
        tx,
        execute,
        "update audit set detail = replace(detail, $3, $4),
                          actor_id = case when actor_id = $1 then $2 else actor_id end,
                          subject_id = case when subject_id = $1 then $2 else subject_id end
         where subject_id = $1 or actor_id = $1",
        user,
        pseudonym,
        user.to_string(),
        pseudonym.to_string()
    )
    .await
    .internal()?;
    Ok(())
}
