//! Which accounts elsewhere open which account here: connected by who is signed in and showed it a moment ago, taken away
//! unless nothing else would be left. Called by [`super`]; [`end_all`] by areas that empty an account.

use super::arrive::Told;
use super::book::Entry;
use super::provider::{Tokens, Vouched};
use super::{pending, seal, store};
use crate::accounts;
use crate::auth::check_proof;
use crate::db::Tx;
use crate::error::Internal;
use crate::events::{self, Event};
use crate::mail::Message;
use crate::{Actor, Allowed, Client, Domain, Person, notices, sessions};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::social::{Identities, Identity};
use vestibule_model::{Error, Result, Secret, UserId, links as pages};

/// Writes as part of `tx` that an identity opens an account; not when it opens one already, or the account has another one
/// of the provider. One that `waits` opens nothing before the address of the account is confirmed.
pub(super) async fn insert(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    user: UserId,
    vouched: &Vouched,
    waits: bool,
) -> Result<bool> {
    let tokens = tokens(domain, entry, vouched);
    store::delete_waiting(tx, entry.provider.issuer(), &vouched.subject).await?;
    let row = store::NewIdentity { waits, ..row(domain, entry, user, vouched, tokens.as_deref()) };
    store::insert(tx, &row).await
}

/// Notes as part of `tx` that an identity was used; not when it opens the account no longer.
pub(super) async fn used(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    user: UserId,
    vouched: &Vouched,
) -> Result<bool> {
    let tokens = tokens(domain, entry, vouched);
    store::used(tx, &row(domain, entry, user, vouched, tokens.as_deref())).await
}

fn row<'a>(
    domain: &Domain,
    entry: &'a Entry,
    user: UserId,
    vouched: &'a Vouched,
    tokens: Option<&'a str>,
) -> store::NewIdentity<'a> {
    store::NewIdentity {
        id: domain.new_id(),
        user,
        provider: entry.provider.name(),
        issuer: entry.provider.issuer(),
        subject: &vouched.subject,
        email: vouched.email.as_deref(),
        name: vouched.name.as_deref(),
        tokens,
        waits: false,
        now: domain.now(),
    }
}

/// The provider's tokens as they are kept, where they are.
fn tokens(domain: &Domain, entry: &Entry, vouched: &Vouched) -> Option<String> {
    let tokens = vouched.tokens.as_ref().filter(|_| entry.keeps_tokens())?;
    Some(seal::seal(domain, "tokens", &bound(entry.provider.issuer(), &vouched.subject), tokens))
}

/// What kept tokens are bound to.
fn bound(issuer: &str, subject: &str) -> String {
    format!("{issuer} {subject}")
}

pub(super) async fn kept_tokens(domain: &Domain, user: UserId, provider: &str) -> Result<Option<Tokens>> {
    let kept = store::tokens(domain.db(), user, provider).await?;
    Ok(kept.and_then(|(issuer, subject, sealed)| {
        seal::open(domain, "tokens", &bound(&issuer, &subject), &sealed)
    }))
}

/// Connects an identity with the account of who is signed in, as part of `tx`; not when somebody else was first.
///
/// # Errors
/// [`Error::BadToken`] when the session ended; [`Error::ProveAgain`].
pub(super) async fn link(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    by: &Person,
    vouched: &Vouched,
    client: &Client,
) -> Result<bool> {
    check_proof(domain, by)?;
    accounts::hold(tx, by.user).await?;
    if sessions::alive(domain, tx, by.session).await?.is_none() {
        return Err(Error::BadToken);
    }
    if !insert(domain, tx, entry, by.user, vouched, false).await? {
        return Ok(false);
    }
    let event = Event::IdentityLinked { user: by.user, provider: entry.provider.name().to_owned() };
    events::emit(domain, tx, &Actor::Person(by.clone()), client, event).await?;
    tell_linked(domain, tx, entry, by.user, client).await?;
    Ok(true)
}

/// Tells the owner of an account as part of `tx` that an account elsewhere opens it from now on.
pub(super) async fn tell_linked(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    user: UserId,
    client: &Client,
) -> Result<()> {
    let message = Message::IdentityLinked {
        provider: entry.provider.label().to_owned(),
        security_link: domain.page(pages::SECURITY),
        at: domain.now(),
        address: client.address.map(|address| address.to_string()),
    };
    tell(domain, tx, user, message).await
}

pub(super) async fn connect(
    domain: &Domain,
    token: &Secret,
    by: &Person,
    client: &Client,
) -> Result<(String, String)> {
    let (row, vouched) = pending::read(domain, token).await?;
    let entry = domain.providers().offered(&row.provider)?;
    let mut tx = domain.begin().await?;
    // Whoever uses this browser next is not who came back to it: it is for the owner of the address alone.
    let told = Told::of(&vouched).filter(|_| vouched.email_verified && pending::is_conflict(&row));
    let told = told.ok_or(Error::WrongIdentity)?;
    if !accounts::holds_address(domain, &mut tx, by.user, &told.key).await? {
        return Err(Error::WrongIdentity);
    }
    let (issuer, name) = (entry.provider.issuer(), entry.provider.name());
    let conflict = |what| Err(Error::Conflict { what });
    match store::opens(&mut tx, issuer, &vouched.subject).await? {
        Some(owner) if owner == by.user => {}
        Some(_) => return conflict(Conflict::IdentityTaken),
        None => {
            let theirs = store::of_person(&mut tx, by.user).await?;
            if theirs.iter().any(|one| one.provider == name) {
                return conflict(Conflict::ProviderLinked);
            }
            if !link(domain, &mut tx, entry, by, &vouched, client).await? {
                return conflict(Conflict::IdentityTaken);
            }
        }
    }
    if !pending::used_up(&mut tx, token).await? {
        return Err(Error::FlowDead);
    }
    tx.commit().await.internal()?;
    Ok((entry.provider.label().to_owned(), row.next))
}

pub(super) async fn unlink(domain: &Domain, by: &Person, provider: &str, client: &Client) -> Result<()> {
    check_proof(domain, by)?;
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, by.user).await?;
    let user = accounts::by_id_in(&mut tx, by.user).await?.ok_or(Error::BadToken)?;
    let theirs = store::of_person(&mut tx, by.user).await?;
    if !theirs.iter().any(|one| one.provider == provider) {
        return Err(Error::NotFound);
    }
    let another = theirs.iter().any(|one| one.provider != provider && is_usable(domain, one));
    if user.password_hash.is_none() && !another {
        return Err(Error::Conflict { what: Conflict::LastWayIn });
    }
    forget(domain, &mut tx, (by.user, provider), &Actor::Person(by.clone()), client).await?;
    // Whoever came in by it is out.
    sessions::end_all_but(domain, &mut tx, by.user, by.session, "account elsewhere disconnected").await?;
    tx.commit().await.internal()
}

pub(super) async fn remove(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    provider: &str,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    accounts::hold_for(&mut tx, by.by(), user).await?;
    forget(domain, &mut tx, (user, provider), by.by(), client).await?;
    sessions::end_all(domain, &mut tx, user, "account elsewhere disconnected").await?;
    tx.commit().await.internal()
}

/// Takes an identity away as part of `tx`, which holds the account; its owner is told.
async fn forget(
    domain: &Domain,
    tx: &mut Tx,
    (user, provider): (UserId, &str),
    by: &Actor,
    client: &Client,
) -> Result<()> {
    if !store::delete(tx, user, provider).await? {
        return Err(Error::NotFound);
    }
    store::delete_underway(tx, user).await?;
    let event = Event::IdentityUnlinked { user, provider: provider.to_owned() };
    events::emit(domain, tx, by, client, event).await?;
    let message = Message::IdentityUnlinked {
        provider: domain.providers().label(provider),
        security_link: domain.page(pages::SECURITY),
        at: domain.now(),
        address: by.person().ok().filter(|by| by.user == user).and(client.address).map(|at| at.to_string()),
    };
    tell(domain, tx, user, message).await
}

async fn tell(domain: &Domain, tx: &mut Tx, user: UserId, message: Message) -> Result<()> {
    match accounts::by_id_in(tx, user).await? {
        Some(user) => notices::tell(domain, tx, &user, message).await,
        None => Ok(()),
    }
}

/// Takes every identity of a person away as part of `tx`, which holds the account, and what they have under way: somebody
/// else may have connected them.
pub(crate) async fn end_all(domain: &Domain, tx: &mut Tx, user: UserId, client: &Client) -> Result<()> {
    store::delete_underway(tx, user).await?;
    for identity in store::of_person(&mut *tx, user).await? {
        store::delete(tx, user, &identity.provider).await?;
        let event = Event::IdentityUnlinked { user, provider: identity.provider };
        events::emit(domain, tx, &Actor::Anonymous, client, event).await?;
    }
    Ok(())
}

/// Whether an identity opens its account: its provider is offered, and is who it was.
pub(super) fn is_usable(domain: &Domain, one: &store::IdentityRow) -> bool {
    domain.providers().offered(&one.provider).is_ok_and(|entry| entry.provider.issuer() == one.issuer)
}

/// Whether an account elsewhere opens this account, as `tx` sees it.
pub(crate) async fn opens(tx: &mut Tx, user: UserId) -> Result<bool> {
    Ok(!store::of_person(tx, user).await?.is_empty())
}

/// What people call the provider whose account opens this one as soon as its address is confirmed, as `tx` sees it.
pub(crate) async fn waiting_for(domain: &Domain, tx: &mut Tx, user: UserId) -> Result<Option<String>> {
    let theirs = store::of_person(tx, user).await?;
    Ok(theirs.first().map(|one| domain.providers().label(&one.provider)))
}

pub(super) async fn identities(domain: &Domain, user: UserId) -> Result<Identities> {
    let rows = store::of_person(domain.db(), user).await?;
    let view = |row: store::IdentityRow| Identity {
        label: domain.providers().label(&row.provider),
        usable: is_usable(domain, &row),
        provider: row.provider,
        issuer: row.issuer,
        subject: row.subject,
        email: row.email,
        name: row.name,
        linked_at: row.linked_at,
        last_used_at: row.last_used_at,
    };
    Ok(Identities { items: rows.into_iter().map(view).collect(), next: None })
}

pub(super) async fn of_user(
    domain: &Domain,
    _by: &Allowed<ViewAccounts>,
    user: UserId,
) -> Result<Identities> {
    accounts::by_id(domain.db(), user).await?.ok_or(Error::NotFound)?;
    identities(domain, user).await
}

/// The identities of a person, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let identities = identities(domain, user).await?.items;
    serde_json::to_value(identities).map_err(|cause| crate::error::hidden(&cause))
}
