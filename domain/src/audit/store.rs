//! SQL of the audit trail. Called by [`super`] alone.

use crate::db::{On, Tx};
use crate::{error::Internal, sql};
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule_model::{Result, SessionId, Timestamp, UserId};

pub(super) struct Row<'a> {
    pub(super) id: Uuid,
    pub(super) at: Timestamp,
    pub(super) actor: &'static str,
    pub(super) actor_id: Option<UserId>,
    pub(super) session_id: Option<SessionId>,
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
        "insert into audit (id, at, actor, actor_id, session_id, event, subject_id, detail, request_id, address)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
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
    )
    .await
    .internal()?;
    Ok(())
}

/// A row, as far as it concerns a person.
#[derive(sqlx::FromRow)]
pub(super) struct OfPerson {
    pub(super) id: Uuid,
    at: Timestamp,
    actor: String,
    pub(super) actor_id: Option<UserId>,
    pub(super) subject_id: Option<UserId>,
    event: String,
    pub(super) detail: String,
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
        "select id, at, actor, actor_id, subject_id, event, detail, address from audit
         where subject_id = $1 or actor_id = $1 order by at, id",
        user
    )
    .await
    .internal()
}

/// Writes a row anew. Where somebody else acted, from where stays; it is not the erased person's.
pub(super) async fn rewrite(
    tx: &mut Tx,
    id: Uuid,
    (actor, subject): (Option<UserId>, Option<UserId>),
    detail: &str,
    by_another: bool,
) -> Result<()> {
    sql!(
        &mut *tx,
        execute,
        "update audit set actor_id = $2, subject_id = $3, detail = $4 where id = $1",
        id,
        actor,
        subject,
        detail
    )
    .await
    .internal()?;
    if !by_another {
        sql!(
            tx,
            execute,
            "update audit set session_id = null, request_id = null, address = null where id = $1",
            id
        )
        .await
        .internal()?;
    }
    Ok(())
}
