//! The audit trail: one row for every change of state, written in its transaction.

use crate::{Actor, Client, Domain, db::Tx, events::Event};
use vestibule_model::Result;

/// Writes the row of `event`.
pub(crate) async fn record(domain: &Domain, tx: &mut Tx, by: &Actor, client: &Client, event: &Event) -> Result<()> { todo!() }
