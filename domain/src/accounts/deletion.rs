//! Leaving: asking for one's deletion, the grace in which signing in takes it back, and the erasure. Called by pages, REST
//! and CLI, by `auth` at every sign-in and by the hourly job. What each table loses stands in `erase`.

use super::erase::erase;
use super::{User, email, hold_for, store};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::mail::{self, Message};
use crate::{Actor, Allowed, Client, Domain, Person, auth, error::Internal, groups, sessions};
use vestibule_model::error::Conflict;
use vestibule_model::groups::ManageAccounts;
use vestibule_model::{Email, Error, Problem, Result, Secret, Timestamp, UserId, Username, links as pages};

/// What became of a request to delete an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// It is erased: the site grants no grace.
    Erased,
    /// It will be erased then, unless its owner signs in before.
    Due(Timestamp),
}

/// Asks for the deletion of one's own account. Every session and token ends at once; after the grace of the setting
/// `accounts.deletion_grace` the account is erased.
///
/// # Errors
/// [`Error::WrongPassword`], [`Error::TooManyAttempts`], or
/// [`Conflict::LastAdmin`] for the only administrator.
pub async fn delete_own(
    domain: &Domain,
    person: &Person,
    password: &Secret,
    client: &Client,
) -> Result<Leaving> {
    let user = store::by_id(domain.db(), person.user).await?.ok_or(Error::BadToken)?;
    auth::prove(domain, person, &user, ("password", password), client).await?;
    let mut tx = domain.begin().await?;
    groups::keep_an_admin_without(domain, &mut tx, user.id).await?;
    let found = email::as_proven(&mut tx, &user).await?;
    leave(domain, tx, found, &Actor::Person(person.clone()), client).await
}

/// As [`delete_own`], by somebody who typed which account they mean: its e-mail address or its user name. Nobody deletes an
/// account by one click too many, and the password is asked of whoever knows what they do.
///
/// # Errors
/// As [`delete_own`], and [`Error::Invalid`] where `typed` names another account or none; no password is counted then.
pub async fn delete_named(
    domain: &Domain,
    person: &Person,
    typed: &str,
    password: &Secret,
    client: &Client,
) -> Result<Leaving> {
    check_called((&person.account.email, person.account.username.as_ref()), typed)?;
    delete_own(domain, person, password, client).await
}

/// Whether `typed` calls the account of this address and user name, by the one or the other.
///
/// # Errors
/// [`Error::Invalid`] of `confirm`.
pub fn check_called((email, username): (&Email, Option<&Username>), typed: &str) -> Result<()> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(Error::invalid("confirm", Problem::Required));
    }
    let by_email = super::key_of(typed).is_ok_and(|key| super::canonical(email).is_ok_and(|own| own == key));
    let by_name = || {
        let own = username.map(Username::canonical);
        Username::parse(typed).is_ok_and(|name| own == Some(name.canonical()))
    };
    if by_email || by_name() { Ok(()) } else { Err(Error::invalid("confirm", Problem::Malformed)) }
}

/// Begins the deletion of somebody's account, as if they had asked for it themselves.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::LastAdmin`], [`Conflict::OwnAccount`]: one's own is left by its own page, with the
/// password.
pub async fn ask_deletion(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<Leaving> {
    let mut tx = domain.begin().await?;
    let found = held_for(domain, &mut tx, by.by(), user).await?;
    leave(domain, tx, found, by.by(), client).await
}

/// Erases an account for good, without a grace.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::LastAdmin`], [`Conflict::OwnAccount`] as for [`ask_deletion`].
pub async fn delete(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    let found = held_for(domain, &mut tx, by.by(), user).await?;
    erase(domain, &mut tx, &found, by.by(), client).await?;
    tx.commit().await.internal()
}

/// Erases every account whose grace is over; how many. One that cannot be erased now does not keep the others.
///
/// # Errors
/// None but those of the database.
pub async fn erase_due(domain: &Domain) -> Result<usize> {
    let mut erased = 0;
    for user in store::leaving(domain.db(), domain.now()).await? {
        match erase_one(domain, user).await {
            Ok(true) => erased += 1,
            Ok(false) => {}
            Err(error @ Error::Conflict { .. }) => {
                tracing::warn!(%user, code = error.code(), "an account that was to be erased stays for now");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(erased)
}

async fn erase_one(domain: &Domain, user: UserId) -> Result<bool> {
    let mut tx = domain.begin().await?;
    // Whoever asked for it was allowed to then.
    let found = match held(domain, &mut tx, &Actor::Operator, user).await {
        // Somebody signed in, or another node was faster.
        Ok(found) if found.deletion_due_at.is_none_or(|due| domain.now() < due) => return Ok(false),
        Err(Error::NotFound) => return Ok(false),
        found => found?,
    };
    erase(domain, &mut tx, &found, &Actor::Anonymous, &Client::local()).await?;
    tx.commit().await.internal()?;
    Ok(true)
}

/// Takes somebody's deletion back while its grace lasts; a mail tells them. Nobody is signed in by it.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person, or one whose deletion nobody asked for; [`Error::NotAllowed`] for an
/// administrator's when asked by somebody who is none.
pub async fn cancel_deletion(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    let found = hold_for(&mut tx, by.by(), user).await?;
    let message = Message::DeletionTakenBack { login_link: domain.page(pages::LOGIN), at: domain.now() };
    if !take_back(domain, &mut tx, &found, (&found.email, message), by.by(), client).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await.internal()
}

/// Takes a deletion back as part of `tx`, of a sign-in or of whoever gets their address back; whether there was one. A mail
/// to `email` tells of it.
pub(crate) async fn cancel(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    email: &Email,
    client: &Client,
) -> Result<bool> {
    let message = Message::DeletionCancelled { forgot_link: domain.page(pages::FORGOT), at: domain.now() };
    take_back(domain, tx, user, (email, message), &Actor::Anonymous, client).await
}

async fn take_back(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    (to, message): (&Email, Message),
    by: &Actor,
    client: &Client,
) -> Result<bool> {
    if !store::set_deletion(tx, user.id, None, domain.now()).await? {
        return Ok(false);
    }
    mail::enqueue(domain, tx, to, Some(&user.name), message, None).await?;
    events::emit(domain, tx, by, client, Event::DeletionCancelled { user: user.id }).await?;
    tx.announce(domain.generation());
    Ok(true)
}

/// Begins the deletion, or erases where there is no grace. Nothing is erased while a former address can still take the
/// account back: whoever took it over must not end it before its owner reads that mail.
async fn leave(domain: &Domain, mut tx: Tx, found: User, by: &Actor, client: &Client) -> Result<Leaving> {
    let (user, now) = (found.id, domain.now());
    let undoable = email::undoable_until(domain, &mut tx, user).await?;
    let grace = domain.rules().accounts.deletion_grace;
    if grace.is_zero() && undoable.is_none() {
        erase(domain, &mut tx, &found, by, client).await?;
        tx.commit().await.internal()?;
        return Ok(Leaving::Erased);
    }
    if let Some(due) = found.deletion_due_at {
        // Asked twice at once: the first one's day holds, and nothing is told again.
        return Ok(Leaving::Due(due));
    }
    let due = undoable.map_or(now.after(grace), |until| until.max(now.after(grace)));
    store::set_deletion(&mut tx, user, Some(due), now).await?;
    auth::links::void(&mut tx, user).await?;
    sessions::end_all(domain, &mut tx, user, "deletion asked").await?;
    let message = Message::DeletionAsked { login_link: domain.page(pages::LOGIN), until: due };
    mail::enqueue(domain, &mut tx, &found.email, Some(&found.name), message, Some(due)).await?;
    events::emit(domain, &mut tx, by, client, Event::DeletionAsked { user, due_at: due }).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()?;
    Ok(Leaving::Due(due))
}

/// As [`held`], for somebody who manages the accounts of others; nobody does it to themselves.
pub(super) async fn held_for(domain: &Domain, tx: &mut Tx, by: &Actor, user: UserId) -> Result<User> {
    match by {
        Actor::Person(person) if person.user == user => Err(Error::Conflict { what: Conflict::OwnAccount }),
        _ => held(domain, tx, by, user).await,
    }
}

/// The account as it is once nobody else can change it, unless it is the last administrator's.
async fn held(domain: &Domain, tx: &mut Tx, by: &Actor, user: UserId) -> Result<User> {
    groups::keep_an_admin_without(domain, tx, user).await?;
    hold_for(tx, by, user).await
}
