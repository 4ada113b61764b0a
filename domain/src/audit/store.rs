//! SQL of the audit trail. Called by [`super`] alone.

use crate::{db::Tx, error::Internal, sql};
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
