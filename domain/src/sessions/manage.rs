//! What operators and administrators do with the sessions of others: see them, end one, end all. Called by the CLI; each
//! function demands the proof of its permission.

use super::{end_all, end_one, live};
use crate::events::{self, Event};
use crate::{Allowed, Client, Domain, accounts, error::Internal};
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::sessions::Session;
use vestibule_model::{Result, SessionId, UserId};

/// Why such a session ended, as its owner's copy of everything tells it.
const REASON: &str = "ended by an administrator";

/// The live sessions of somebody, the one used last first.
///
/// # Errors
/// None but those of the database; an unknown person has none.
pub async fn list_of(domain: &Domain, _by: &Allowed<ViewAccounts>, user: UserId) -> Result<Vec<Session>> {
    live(domain, user, None).await
}

/// Ends one session of somebody.
///
/// # Errors
/// [`NotFound`](vestibule_model::Error::NotFound) for a session that is somebody else's, over, or not there at all; [`NotAllowed`](vestibule_model::Error::NotAllowed) for an
/// administrator's when asked by somebody who is none.
pub async fn end_of(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    session: SessionId,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    accounts::hold_for(&mut tx, by.by(), user).await?;
    end_one(domain, &mut tx, (user, session), REASON, by.by(), client).await?;
    tx.commit().await.internal()
}

/// Ends every session of somebody; how many there were.
///
/// # Errors
/// [`NotFound`](vestibule_model::Error::NotFound); [`NotAllowed`](vestibule_model::Error::NotAllowed) for an administrator when asked by somebody who is none.
pub async fn end_all_of(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<u64> {
    let mut tx = domain.begin().await?;
    accounts::hold_for(&mut tx, by.by(), user).await?;
    let ended = end_all(domain, &mut tx, user, REASON).await?;
    events::emit(domain, &mut tx, by.by(), client, Event::SignedOutEverywhere { user }).await?;
    tx.commit().await.internal()?;
    Ok(ended)
}
