//! Keys that were found where others can read them. Whoever holds a whole key may report it: they could use it as well, and
//! reporting does nothing but end it. Called by `POST /keys/leaks`, which scanners of secrets use without a credential of
//! their own, and by `vestibule keys scan --report`.

use super::{format, store};
use crate::events::{self, Event};
use crate::mail::Message;
use crate::{Actor, Client, Domain, accounts, error::Internal, notices};
use vestibule_model::keys::Revoked;
use vestibule_model::{Error, Problem, Result, Secret, links as pages};

/// Revokes a key that was found; its owner and administrators are told by mail. Nothing happens to one that is unknown or
/// was revoked before, and nobody is told whether it was good.
///
/// # Errors
/// [`Error::Invalid`] for what is no key.
pub async fn report(domain: &Domain, key: &Secret, by: &Actor, client: &Client) -> Result<()> {
    let text = key.expose().trim();
    if format::parse(text).is_none() {
        return Err(Error::invalid("key", Problem::Malformed));
    }
    let hash = domain.keyring().hash(text).text();
    let Some((key, user)) = store::owner_of_secret(domain.db(), &hash, domain.now()).await? else {
        return Ok(());
    };
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, user).await?;
    // Of many who report it at once the first one ends it and tells of it.
    if !store::revoke(&mut tx, key, Revoked::Leaked, domain.now()).await? {
        return Ok(());
    }
    if let Some(owner) = accounts::by_id_in(&mut tx, user).await?
        && let Some(row) = store::by_id(&mut tx, key, domain.now()).await?
    {
        let message = Message::KeyLeaked {
            key: format::beginning(&row.prefix, key),
            keys_link: domain.page(pages::KEYS),
            at: domain.now(),
        };
        notices::tell(domain, &mut tx, &owner, message).await?;
        let event = Event::KeyLeaked { user, key, begins_with: format::beginning(&row.prefix, key) };
        events::emit(domain, &mut tx, by, client, event).await?;
    }
    tx.announce(domain.generation());
    tx.commit().await.internal()
}
