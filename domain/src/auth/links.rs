//! One-time links: a 256-bit token that is mailed or printed, stored as a hash, bound to purpose, person and exact address,
//! and consumed by one statement in the transaction of its effect (ASVS 6.4, 6.5; C10, C11, C14). Called by the areas
//! that mail links.

use super::store;
use crate::{Domain, accounts, db::Tx, secrets};
use std::time::Duration;
use vestibule_model::{Email, Error, Result, Secret, UserId};

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Confirms an address.
    Verify,
    /// Sets a new password.
    Reset,
    /// Makes the first administrator.
    Setup,
}

impl Purpose {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Setup => "setup",
        }
    }

    fn lifetime(self, domain: &Domain) -> Duration {
        let rules = &domain.rules().links;
        match self {
            Self::Verify => rules.verify,
            Self::Reset => rules.reset,
            Self::Setup => rules.setup,
        }
    }
}

/// A link that was consumed.
pub(crate) struct Link {
    /// Whom it belongs to; nobody for the first administrator's.
    pub(crate) user: Option<UserId>,
    /// The address it was mailed to.
    pub(crate) email: Email,
}

/// Makes a link as part of `tx`; the person's older ones for the same purpose die with it.
pub(crate) async fn issue(
    domain: &Domain,
    tx: &mut Tx,
    purpose: Purpose,
    owner: Option<(UserId, &Email)>,
) -> Result<Secret> {
    issue_for(domain, tx, purpose, owner, purpose.lifetime(domain)).await
}

/// As [`issue`], good for `lifetime`.
pub(crate) async fn issue_for(
    domain: &Domain,
    tx: &mut Tx,
    purpose: Purpose,
    owner: Option<(UserId, &Email)>,
    lifetime: Duration,
) -> Result<Secret> {
    let token = secrets::mint(domain.random());
    let now = domain.now();
    if let Some((user, _)) = owner {
        accounts::hold(tx, user).await?;
    }
    store::delete_links(tx, purpose.name(), owner.map(|(user, _)| user)).await?;
    let link = store::NewLink {
        token_hash: &secrets::hash(token.expose()),
        purpose: purpose.name(),
        user: owner.map(|(user, _)| user),
        email: owner.map_or("", |(_, email)| email.as_str()),
        now,
        expires_at: now.after(lifetime),
    };
    store::insert_link(tx, &link).await?;
    Ok(token)
}

/// Writes a link that nobody holds, so that an unknown address costs what a known one does.
pub(crate) async fn decoy(domain: &Domain, tx: &mut Tx) -> Result<()> {
    let now = domain.now();
    let token_hash = secrets::hash(secrets::mint(domain.random()).expose());
    let link = store::NewLink {
        token_hash: &token_hash,
        purpose: "reset",
        user: None,
        email: "",
        now,
        expires_at: now,
    };
    store::insert_link(tx, &link).await
}

/// Uses a link up as part of `tx`.
///
/// # Errors
/// [`Error::LinkDead`] when it is unknown, used or expired.
pub(crate) async fn consume(domain: &Domain, tx: &mut Tx, purpose: Purpose, token: &Secret) -> Result<Link> {
    if !secrets::is_token(token.expose()) {
        return Err(Error::LinkDead);
    }
    let hash = secrets::hash(token.expose());
    let alive =
        store::live_link(&mut *tx, &hash, purpose.name(), domain.now()).await?.ok_or(Error::LinkDead)?;
    if let Some(user) = alive.user_id {
        accounts::hold(tx, user).await?;
    }
    let row = store::use_link(tx, &hash, purpose.name(), domain.now()).await?.ok_or(Error::LinkDead)?;
    Ok(Link { user: row.user_id, email: row.email })
}

/// Whose link this is, without using it up.
pub(super) async fn peek(domain: &Domain, purpose: Purpose, token: &Secret) -> Result<Option<Link>> {
    if !secrets::is_token(token.expose()) {
        return Ok(None);
    }
    let hash = secrets::hash(token.expose());
    let row = store::live_link(domain.db(), &hash, purpose.name(), domain.now()).await?;
    Ok(row.map(|row| Link { user: row.user_id, email: row.email }))
}

/// Kills every link of a person as part of `tx`, and with them the new address that waits to be confirmed.
pub(crate) async fn void(tx: &mut Tx, user: UserId) -> Result<()> {
    accounts::hold(tx, user).await?;
    accounts::email::void(tx, user).await?;
    store::delete_all_links(tx, user).await
}

/// The links of a person, for their own eyes.
pub(super) async fn of_person(domain: &Domain, user: UserId) -> Result<Vec<serde_json::Value>> {
    store::links_of(domain.db(), user).await
}

/// Forgets links that ended. They are dead without it: a link's end is checked when it is used.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    store::delete_ended_links(tx, domain.now()).await
}

/// Whether a link's token would work now, without using it up (for the page behind it).
///
/// # Errors
/// None but those of the database.
pub async fn link_works(domain: &Domain, purpose: Purpose, token: &Secret) -> Result<bool> {
    Ok(peek(domain, purpose, token).await?.is_some())
}
