//! API keys: what a program shows instead of signing in. A key speaks for its owner, never does more than they may now, and
//! neither makes keys nor changes the account's security. Called by the page `/account/keys`, REST and the CLI; what
//! administrators do stands in `keys/manage.rs`, the look-up on every request in `keys/authenticate.rs`.
//!
//! A key is one row for who it is, and one for each secret it is known by: two while a rotation overlaps.

mod authenticate;
mod cache;
mod expiry;
mod format;
mod leaks;
mod manage;
mod networks;
mod scan;
mod store;

pub use authenticate::{by_secret, has_form, known_by_secret};
pub(crate) use cache::Keyring;
pub use expiry::tell_expiring;
pub use format::{is_prefix, named};
pub use leaks::report;
pub use manage::{all, change_of, create_for, find, list_of, owner_named, revoke_of, rotate_of};
pub use scan::{Found, Scanner};

use crate::accounts::{self, User};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::mail::Message;
use crate::{Actor, Client, Domain, Person, error::Internal, groups, notices};
use std::collections::BTreeSet;
use std::time::Duration;
use vestibule_model::error::{Conflict, Problems};
use vestibule_model::groups::ADMIN;
use vestibule_model::keys::{ApiKey, KeyChange, KeyForm, KeyState, NewKey, NewSecret, Revoked, RotateForm};
use vestibule_model::{Error, KeyId, Problem, Result, Secret, Timestamp, UserId, links as pages};

/// How long the row of a key that is over is kept, to answer questions about it.
const TOMBSTONE: Duration = Duration::from_hours(90 * 24);
/// Most keys that a list of one person's shows, of those that stand and of those that were revoked.
const MOST: (i64, i64) = (200, 20);

/// The keys of the person who asks: those that stand, then those that were revoked lately; newest first.
///
/// # Errors
/// [`Error::KeyNotTaken`] when a key asks.
pub async fn list(domain: &Domain, person: &Person) -> Result<Vec<ApiKey>> {
    by_session(person)?;
    of(domain, person.user).await
}

async fn of(domain: &Domain, user: UserId) -> Result<Vec<ApiKey>> {
    let now = domain.now();
    let standing = store::standing(domain.db(), user, now, MOST.0).await?;
    let revoked = store::revoked(domain.db(), user, MOST.1).await?;
    Ok(standing.into_iter().chain(revoked).map(|row| row.view(now)).collect())
}

/// One key of the person who asks.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's (C50), [`Error::KeyNotTaken`] when a key asks.
pub async fn show(domain: &Domain, person: &Person, key: KeyId) -> Result<ApiKey> {
    by_session(person)?;
    let now = domain.now();
    let row = store::by_id(domain.db(), key, now).await?.filter(|row| row.user_id == person.user);
    row.map(|row| row.view(now)).ok_or(Error::NotFound)
}

/// The permissions that a key of the person who asks may be given now, sorted by name.
pub fn scopes_of(domain: &Domain, person: &Person) -> Vec<vestibule_model::groups::PermissionInfo> {
    let all = groups::permissions(domain);
    let held = |name: &str| person.groups.contains(ADMIN) || person.permissions.contains(name);
    all.into_iter().filter(|permission| held(permission.name)).collect()
}

/// Makes a key for the person who asks; a mail tells them. Its secret is answered here and kept nowhere.
///
/// # Errors
/// [`Error::Invalid`] ([`Problem::NotOffered`] for a scope that is none of theirs), [`Conflict::KeyLimit`],
/// [`Error::KeyNotTaken`] when a key asks.
pub async fn create(domain: &Domain, person: &Person, form: KeyForm, client: &Client) -> Result<NewSecret> {
    by_session(person)?;
    let new = form.parse(domain.now())?;
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, person.user).await?;
    let owner = accounts::by_id_in(&mut tx, person.user).await?.ok_or(Error::BadToken)?;
    make(domain, tx, &owner, new, &Actor::Person(person.clone()), client).await
}

/// Changes name, networks or whether a key is taken.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::NotFound`] for a key that was revoked or is somebody else's; [`Error::KeyNotTaken`] when a key
/// asks.
pub async fn change(
    domain: &Domain,
    person: &Person,
    key: KeyId,
    form: &KeyChange,
    client: &Client,
) -> Result<ApiKey> {
    by_session(person)?;
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, person.user).await?;
    alter(domain, tx, (person.user, key), form, &Actor::Person(person.clone()), client).await
}

/// Gives a key a new secret. The one until now goes on holding for the overlap, and so does every other that still held,
/// but for no longer than it would have. A mail tells the owner.
///
/// # Errors
/// [`Error::Invalid`], [`Conflict::KeyLimit`] where the key had ended, and as [`change`].
pub async fn rotate(
    domain: &Domain,
    person: &Person,
    key: KeyId,
    form: RotateForm,
    client: &Client,
) -> Result<NewSecret> {
    by_session(person)?;
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, person.user).await?;
    let owner = accounts::by_id_in(&mut tx, person.user).await?.ok_or(Error::BadToken)?;
    renew(domain, tx, (&owner, key), form, &Actor::Person(person.clone()), client).await
}

/// Revokes a key for good, on every node from the next request on.
///
/// # Errors
/// [`Error::NotFound`] for one that was revoked before or is somebody else's; [`Error::KeyNotTaken`] when a key asks.
pub async fn revoke(domain: &Domain, person: &Person, key: KeyId, client: &Client) -> Result<()> {
    by_session(person)?;
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, person.user).await?;
    let by = Actor::Person(person.clone());
    end(domain, &mut tx, (person.user, key), Revoked::Owner, &by, client).await?;
    tx.commit().await.internal()
}

/// A key makes, changes and lists no keys, whatever it may otherwise.
fn by_session(person: &Person) -> Result<()> {
    if person.key.is_some() { Err(Error::KeyNotTaken) } else { Ok(()) }
}

/// Makes a key of `owner`, whose account `tx` holds.
async fn make(
    domain: &Domain,
    mut tx: Tx,
    owner: &User,
    new: NewKey,
    by: &Actor,
    client: &Client,
) -> Result<NewSecret> {
    let now = domain.now();
    let networks = networks::written(&networks::parse(&new.networks)?);
    check_scopes(domain, &mut tx, owner.id, &new.scopes).await?;
    check_count(domain, &mut tx, owner.id, now).await?;
    let (id, prefix) = (KeyId(domain.new_id()), domain.rules().keys.prefix.as_str());
    let row = store::New { id, user: owner.id, prefix, values: &new, networks: &networks, now };
    store::insert(&mut tx, &row).await?;
    let secret = mint(domain, &mut tx, prefix, id).await?;
    let (scopes, read_only, expires_at) = (new.scopes, new.read_only, new.expires_at);
    let event = Event::KeyCreated { user: owner.id, key: id, scopes, read_only, expires_at };
    tell_made(domain, &mut tx, owner, &format::beginning(prefix, id), false, client).await?;
    events::emit(domain, &mut tx, by, client, event).await?;
    finished(domain, tx, id, secret).await
}

/// The key as it is now, beside its new secret; the end of `tx`.
async fn finished(domain: &Domain, mut tx: Tx, id: KeyId, secret: Secret) -> Result<NewSecret> {
    let now = domain.now();
    let row = store::by_id(&mut tx, id, now).await?.ok_or(Error::NotFound)?;
    tx.commit().await.internal()?;
    Ok(NewSecret { secret, key: row.view(now) })
}

async fn mint(domain: &Domain, tx: &mut Tx, prefix: &str, key: KeyId) -> Result<Secret> {
    let secret = format::mint(domain.random(), prefix, key);
    let hash = domain.keyring().hash(secret.expose()).text();
    store::insert_secret(tx, domain.new_id(), key, &hash, domain.now()).await?;
    Ok(secret)
}

/// Whether everything a key is to be allowed is something that its owner may now.
async fn check_scopes(domain: &Domain, tx: &mut Tx, owner: UserId, scopes: &[String]) -> Result<()> {
    if scopes.is_empty() {
        return Ok(());
    }
    let rights = groups::rights_in(tx, owner).await?;
    let known: BTreeSet<_> = groups::permissions(domain).into_iter().map(|one| one.name).collect();
    let mut problems = Problems::default();
    for (index, scope) in scopes.iter().enumerate() {
        let held = rights.groups.contains(ADMIN) || rights.permissions.contains(scope);
        if !held || !known.contains(scope.as_str()) {
            problems.add(format!("scopes/{index}"), Problem::NotOffered);
        }
    }
    problems.check()
}

async fn check_count(domain: &Domain, tx: &mut Tx, owner: UserId, now: Timestamp) -> Result<()> {
    let most = i64::from(domain.rules().keys.per_person);
    if store::count(tx, owner, now).await? >= most {
        return Err(Error::Conflict { what: Conflict::KeyLimit });
    }
    Ok(())
}

async fn tell_made(
    domain: &Domain,
    tx: &mut Tx,
    owner: &User,
    key: &str,
    rotated: bool,
    client: &Client,
) -> Result<()> {
    let message = Message::KeyMade {
        key: key.to_owned(),
        rotated,
        keys_link: domain.page(pages::KEYS),
        at: domain.now(),
        address: client.address.map(|address| address.to_string()),
    };
    notices::tell(domain, tx, owner, message).await
}

/// A key of `user` that was not revoked, as `tx` sees it.
async fn standing(domain: &Domain, tx: &mut Tx, (user, key): (UserId, KeyId)) -> Result<store::Row> {
    let row = store::by_id(tx, key, domain.now()).await?;
    row.filter(|row| row.user_id == user && row.revoked_at.is_none()).ok_or(Error::NotFound)
}

async fn alter(
    domain: &Domain,
    mut tx: Tx,
    of: (UserId, KeyId),
    form: &KeyChange,
    by: &Actor,
    client: &Client,
) -> Result<ApiKey> {
    let (now, (user, key)) = (domain.now(), of);
    let row = standing(domain, &mut tx, of).await?;
    let name = form.check()?.filter(|name| *name != row.name);
    let networks = form.networks.as_deref().map(networks::parse).transpose()?;
    let networks = networks.map(|networks| networks::written(&networks)).filter(|new| *new != row.networks);
    let enabled = form.enabled.filter(|enabled| *enabled == row.disabled_at.is_some());
    let mut fields = Vec::new();
    if let Some(name) = &name {
        store::set_name(&mut tx, key, name).await?;
        fields.push("name".to_owned());
    }
    if let Some(networks) = &networks {
        store::set_networks(&mut tx, key, networks).await?;
        fields.push("networks".to_owned());
    }
    if let Some(enabled) = enabled {
        store::set_disabled(&mut tx, key, (!enabled).then_some(now)).await?;
        fields.push(if enabled { "enabled" } else { "disabled" }.to_owned());
    }
    if fields.is_empty() {
        return Ok(row.view(now));
    }
    events::emit(domain, &mut tx, by, client, Event::KeyChanged { user, key, fields }).await?;
    let row = store::by_id(&mut tx, key, now).await?.ok_or(Error::NotFound)?;
    tx.announce(domain.generation());
    tx.commit().await.internal()?;
    Ok(row.view(now))
}

async fn renew(
    domain: &Domain,
    mut tx: Tx,
    (owner, key): (&User, KeyId),
    form: RotateForm,
    by: &Actor,
    client: &Client,
) -> Result<NewSecret> {
    let now = domain.now();
    let asked = form.parse(now)?;
    let row = standing(domain, &mut tx, (owner.id, key)).await?;
    if row.state(now) == KeyState::Expired {
        check_count(domain, &mut tx, owner.id, now).await?;
    }
    let span = row.expires_at.map(|end| end.since(row.rotated_at.unwrap_or(row.created_at)));
    let expires_at = asked.expires_at.unwrap_or(span.map(|span| now.after(span)));
    let overlap = [Some(now.after(asked.overlap)), row.expires_at, expires_at];
    let until = overlap.into_iter().flatten().min().unwrap_or(now);
    store::end_secrets(&mut tx, key, until).await?;
    store::set_rotated(&mut tx, key, expires_at, now).await?;
    let secret = mint(domain, &mut tx, &row.prefix, key).await?;
    tell_made(domain, &mut tx, owner, &format::beginning(&row.prefix, key), true, client).await?;
    let event = Event::KeyRotated { user: owner.id, key, until, expires_at };
    events::emit(domain, &mut tx, by, client, event).await?;
    tx.announce(domain.generation());
    finished(domain, tx, key, secret).await
}

/// Revokes a key of `user` as part of `tx`, which holds the account.
async fn end(
    domain: &Domain,
    tx: &mut Tx,
    (user, key): (UserId, KeyId),
    reason: Revoked,
    by: &Actor,
    client: &Client,
) -> Result<()> {
    standing(domain, tx, (user, key)).await?;
    if !store::revoke(tx, key, reason, domain.now()).await? {
        return Err(Error::NotFound);
    }
    events::emit(domain, tx, by, client, Event::KeyRevoked { user, key, reason }).await?;
    tx.announce(domain.generation());
    Ok(())
}

/// Revokes every key of a person as part of `tx`, which holds the account: what somebody else may have made is over.
pub(crate) async fn end_all(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    reason: Revoked,
    client: &Client,
) -> Result<()> {
    if store::revoke_all(tx, user, reason, domain.now()).await? > 0 {
        events::emit(domain, tx, &Actor::Anonymous, client, Event::KeysRevoked { user, reason }).await?;
        tx.announce(domain.generation());
    }
    Ok(())
}

/// What a person calls their keys, those that are over among them while they are kept.
pub(crate) async fn names_of(
    domain: &Domain,
    user: UserId,
) -> Result<std::collections::BTreeMap<KeyId, String>> {
    Ok(store::names(domain.db(), user).await?.into_iter().collect())
}

/// Whether a key is a person's.
pub(crate) async fn is_of(tx: &mut Tx, key: KeyId, user: UserId) -> Result<bool> {
    store::is_of(tx, key, user).await
}

/// The keys of a person, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    store::of_person(domain.db(), user).await
}

/// Forgets keys that were over long ago, and secrets whose overlap is.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    let now = domain.now();
    store::delete_over(tx, now.before(TOMBSTONE), now).await
}
