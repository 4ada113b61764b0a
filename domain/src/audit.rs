//! The audit trail: one row for every change of state, written in its transaction. Called by [`crate::events`] alone.
//! Rows are never changed.

mod store;

use crate::{Actor, Client, Domain, db::Tx, error, events::Event};
use vestibule_model::Result;

/// Writes the row of `event`.
pub(crate) async fn record(
    domain: &Domain,
    tx: &mut Tx,
    by: &Actor,
    client: &Client,
    event: &Event,
) -> Result<()> {
    let (actor, actor_id, session_id) = match by {
        Actor::Anonymous => ("anonymous", None, None),
        Actor::Person(person) => ("person", Some(person.user), Some(person.session)),
        Actor::Operator => ("operator", None, None),
    };
    let detail = serde_json::to_string(event).map_err(|cause| error::hidden(&cause))?;
    let row = store::Row {
        id: domain.new_id(),
        at: domain.now(),
        actor,
        actor_id,
        session_id,
        event: event.name(),
        subject_id: event.subject(),
        detail: &detail,
        request_id: client.request_id.as_deref(),
        address: client.address.map(|address| address.to_string()),
    };
    store::insert(tx, &row).await
}
