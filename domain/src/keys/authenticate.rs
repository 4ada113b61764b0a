//! Who holds an API key: asked on every request that brings one. A string that is none costs no statement, and a key that
//! was seen in this generation none either. Whatever is wrong with a key, the answer is the same. Called by `http/actor.rs`.

use super::cache::{Hash, State};
use super::{format, store};
use crate::{Domain, Person, abuse, accounts, bans, error::Internal, groups, metrics};
use std::net::IpAddr;
use std::time::Duration;
use vestibule_model::abuse::Offence;
use vestibule_model::{Error, Result};

/// How often at most a key's last use is written down.
const USED_EVERY: Duration = Duration::from_mins(1);

/// Whether `text` has the form of an API key, its checksum included.
pub fn has_form(text: &str) -> bool {
    format::parse(text).is_some()
}

/// As [`by_secret`], where nothing must be waited for: a key that was seen in this generation, holds, may be used from there,
/// and whose use was written down lately. `None` tells nothing.
pub fn known_by_secret(domain: &Domain, text: &str, address: Option<IpAddr>) -> Option<Person> {
    if !has_form(text) {
        return None;
    }
    let now = domain.now();
    let generation = domain.generation().now();
    let state = domain.keyring().look(&domain.keyring().hash(text), generation)?;
    let at_hand =
        state.is_alive(now) && state.is_taken_from(address) && now.since(state.last_used()) < USED_EVERY;
    at_hand.then(|| {
        metrics::known_key_used();
        state.person()
    })
}

/// Who the key `text`, which came from `address`, speaks for.
///
/// # Errors
/// [`Error::BadToken`] when it is none, unknown, switched off, revoked or over, or its owner's account is over, banned,
/// leaving, asleep or not confirmed; [`Error::KeyNetwork`] for a good one that may not be used from there.
pub async fn by_secret(domain: &Domain, text: &str, address: Option<IpAddr>) -> Result<Person> {
    let holder = holder(domain, text, address).await;
    metrics::key_used(&holder);
    holder
}

async fn holder(domain: &Domain, text: &str, address: Option<IpAddr>) -> Result<Person> {
    if !has_form(text) {
        return Err(Error::BadToken);
    }
    let now = domain.now();
    let hash = domain.keyring().hash(text);
    let generation = domain.generation().now();
    let state = if let Some(state) = domain.keyring().look(&hash, generation) {
        state
    } else {
        let state = load(domain, &hash, address).await?.ok_or(Error::BadToken)?;
        domain.keyring().keep(hash, generation, state)
    };
    if !state.is_alive(now) {
        return Err(Error::BadToken);
    }
    if !state.is_taken_from(address) {
        return Err(Error::KeyNetwork);
    }
    if now.since(state.last_used()) >= USED_EVERY && state.claim_used(now) {
        let mut tx = domain.begin().await?;
        let address = address.map(|address| address.to_string());
        store::set_used(&mut tx, state.id, address.as_deref(), now).await?;
        tx.commit().await.internal()?;
    }
    Ok(state.person())
}

async fn load(domain: &Domain, hash: &Hash, address: Option<IpAddr>) -> Result<Option<State>> {
    let Some(row) = store::by_secret(domain.db(), &hash.text()).await? else { return Ok(None) };
    if !row.is_live() {
        // Whoever holds one that leaked found it. Any other may stand in a program that nobody told yet.
        if row.leaked() {
            abuse::note(domain, address, Offence::KeyRevoked, None);
        }
        return Ok(None);
    }
    let Some(user) = accounts::by_id(domain.db(), row.user_id).await? else { return Ok(None) };
    let unconfirmed = domain.rules().accounts.verification_required && user.email_verified_at.is_none();
    // A ban takes a key away for as long as it holds; its end gives it back, as it does the way to sign in.
    let banned = bans::in_force(domain.db(), user.id, domain.now()).await?.is_some();
    if unconfirmed || banned || user.deletion_due_at.is_some() || user.deactivated_at.is_some() {
        return Ok(None);
    }
    let rights = groups::rights(domain.db(), user.id).await?;
    let Some(account) = accounts::whole(domain, user.id, &rights).await? else { return Ok(None) };
    Ok(Some(State::new(&row, accounts::Own::new(account), rights)))
}
