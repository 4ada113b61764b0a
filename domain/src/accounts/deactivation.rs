//! Sleeping: an account that its owner deactivates is seen by nobody and does nothing until they sign in again. Nothing of it
//! is lost. Called by pages, REST and CLI, and by `auth` at every sign-in. It is not a way to keep somebody out: that is a ban.

use super::{User, deletion, email, hold_for, store};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::mail::Message;
use crate::{Actor, Allowed, Client, Domain, Person, auth, error::Internal, groups, notices, sessions};
use vestibule_model::groups::ManageAccounts;
use vestibule_model::{Error, Result, Secret, UserId, links as pages};

/// Deactivates one's own account. Every session and token ends at once, links die, others do not see it any more, and no mail
/// comes that could be switched off. Signing in makes it active again.
///
/// # Errors
/// [`Error::WrongPassword`], [`Error::TooManyAttempts`], or
/// [`Conflict::LastAdmin`](vestibule_model::error::Conflict::LastAdmin) for the only administrator.
pub async fn deactivate_own(
    domain: &Domain,
    person: &Person,
    password: &Secret,
    client: &Client,
) -> Result<()> {
    let user = store::by_id(domain.db(), person.user).await?.ok_or(Error::BadToken)?;
    auth::prove(domain, person, &user, ("password", password), client).await?;
    let mut tx = domain.begin().await?;
    groups::keep_an_admin_without(domain, &mut tx, user.id).await?;
    let found = email::as_proven(&mut tx, &user).await?;
    sleep(domain, tx, found, &Actor::Person(person.clone()), client).await
}

/// Deactivates somebody's account, as if they had done it themselves; a mail tells them.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::LastAdmin`](vestibule_model::error::Conflict::LastAdmin),
/// [`Conflict::OwnAccount`](vestibule_model::error::Conflict::OwnAccount); [`Error::NotAllowed`] for somebody who may what
/// `by` may not.
pub async fn deactivate(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    let found = deletion::held_for(domain, &mut tx, by.by(), user).await?;
    sleep(domain, tx, found, by.by(), client).await
}

/// Makes somebody's account active again; a mail tells them. Nobody is signed in by it.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person, or one whose account is active; [`Error::NotAllowed`] for an administrator's
/// when asked by somebody who is none.
pub async fn reactivate(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    let found = hold_for(&mut tx, by.by(), user).await?;
    if !wake(domain, &mut tx, &found, by.by(), client).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await.internal()
}

/// Makes the account of somebody who signs in active again, as part of `tx`; whether it slept.
pub(super) async fn wake(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    by: &Actor,
    client: &Client,
) -> Result<bool> {
    let now = domain.now();
    if !store::set_deactivated(tx, user.id, None, now).await? {
        return Ok(false);
    }
    let message = Message::Reactivated { forgot_link: domain.page(pages::FORGOT), at: now };
    notices::tell(domain, tx, user, message).await?;
    events::emit(domain, tx, by, client, Event::Reactivated { user: user.id }).await?;
    tx.announce(domain.generation());
    Ok(true)
}

async fn sleep(domain: &Domain, mut tx: Tx, found: User, by: &Actor, client: &Client) -> Result<()> {
    let (user, now) = (found.id, domain.now());
    if !store::set_deactivated(&mut tx, user, Some(now), now).await? {
        // Asked twice at once: nothing is told again.
        return Ok(());
    }
    auth::links::void(&mut tx, user).await?;
    sessions::end_all(domain, &mut tx, user, "deactivated").await?;
    let message = Message::Deactivated { login_link: domain.page(pages::LOGIN), at: now };
    notices::tell(domain, &mut tx, &found, message).await?;
    events::emit(domain, &mut tx, by, client, Event::Deactivated { user }).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()
}
