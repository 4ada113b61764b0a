//! The API keys of others, for administrators and operators. Whoever is no administrator leaves administrators' keys alone.
//! Called by REST, the admin pages and the CLI.

use super::{alter, end, format, make, renew, store};
use crate::accounts::Which;
use crate::listing::List;
use crate::{Actor, Allowed, Client, Domain, accounts, error::Internal};
use vestibule_model::groups::ManageKeys;
use vestibule_model::keys::{
    ApiKey, KeyChange, KeyFilter, KeyForm, KeyState, NewSecret, OwnedKey, Revoked, RotateForm,
};
use vestibule_model::listing::{Listed, MOST_COUNTED, Page};
use vestibule_model::{Error, KeyId, Problem, Result, Timestamp, UserId};

/// The keys of everyone, newest first; those that ended, the last to end first.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list, or a whole key where only its beginning belongs.
pub async fn all(
    domain: &Domain,
    _by: &Allowed<ManageKeys>,
    filter: &KeyFilter,
    page: &Page,
) -> Result<Listed<OwnedKey>> {
    let now = domain.now();
    let list = List::new(domain, "keys", filter);
    let start = list.after::<(i64, KeyId)>(page)?;
    let (end, below) = start.unwrap_or((i64::MAX, KeyId(uuid::Uuid::max())));
    let (db, most) = (domain.db(), page.limit.and_one());
    let rows = match (&filter.begins_with, filter.owner) {
        (Some(part), owner) => {
            let key = part_of(part)?;
            let fits = |one: &OwnedKey| {
                owner.is_none_or(|owner| one.key.owner == owner)
                    && filter.state.is_none_or(|state| one.key.state == state)
            };
            return Ok(Listed::whole(owned(domain, key).await?.into_iter().filter(fits).collect()));
        }
        (None, Some(owner)) => store::of_owner(db, (owner, filter.state), below, now, most).await?,
        (None, None) => store::all(db, filter.state, (Timestamp(end), below), now, most).await?,
    };
    let key = |one: &store::Owned| {
        let by_end = filter.state == Some(KeyState::Expired) && filter.owner.is_none();
        (one.row.expires_at.filter(|_| by_end).map_or(i64::MAX, |end| end.0), one.row.id)
    };
    let mut listed = list.page(page, rows, key).map(|one| told(one, now));
    if page.total {
        let most = i64::try_from(MOST_COUNTED).unwrap_or(i64::MAX);
        let total = match filter.owner {
            // A person has few.
            Some(owner) => {
                let newest = KeyId(uuid::Uuid::max());
                let all = store::of_owner(db, (owner, filter.state), newest, now, most).await?;
                i64::try_from(all.len()).unwrap_or(most)
            }
            None => store::count_all(db, filter.state, now, most).await?,
        };
        listed.total = u64::try_from(total).ok();
    }
    Ok(listed)
}

/// Whose keys are meant by an e-mail address, a user name or an id; nobody's where nothing is said.
///
/// # Errors
/// [`Error::NotFound`] for nobody.
pub async fn owner_named(domain: &Domain, _by: &Allowed<ManageKeys>, called: &str) -> Result<Option<UserId>> {
    let called = called.trim();
    if called.is_empty() {
        return Ok(None);
    }
    match accounts::meant(domain.db(), &Which::named(called)).await {
        Ok(Some(owner)) => Ok(Some(owner.id)),
        Ok(None) | Err(Error::Invalid { .. }) => Err(Error::NotFound),
        Err(error) => Err(error),
    }
}

/// The id that a part of a key names.
fn part_of(part: &str) -> Result<Option<KeyId>> {
    if format::parse(part.trim()).is_some() {
        // It stands in an address, and so in logs by now.
        return Err(Error::invalid("begins_with", Problem::Malformed));
    }
    Ok(format::named(part))
}

async fn owned(domain: &Domain, key: Option<KeyId>) -> Result<Option<OwnedKey>> {
    let now = domain.now();
    let Some(key) = key else { return Ok(None) };
    let Some(row) = store::by_id(domain.db(), key, now).await? else { return Ok(None) };
    let owner = accounts::by_id(domain.db(), row.user_id).await?;
    Ok(owner.map(|owner| OwnedKey { owner_email: owner.email, key: row.view(now) }))
}

fn told(one: store::Owned, now: Timestamp) -> OwnedKey {
    OwnedKey { owner_email: one.owner_email, key: one.row.view(now) }
}

/// The keys of somebody, as [`list`](super::list).
///
/// # Errors
/// [`Error::NotFound`] for an unknown person.
pub async fn list_of(domain: &Domain, _by: &Allowed<ManageKeys>, user: UserId) -> Result<Vec<ApiKey>> {
    accounts::by_id(domain.db(), user).await?.ok_or(Error::NotFound)?;
    super::of(domain, user).await
}

/// A key, whosever it is: for whoever found one, and for operators.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(domain: &Domain, _by: &Allowed<ManageKeys>, key: KeyId) -> Result<ApiKey> {
    let now = domain.now();
    store::by_id(domain.db(), key, now).await?.map(|row| row.view(now)).ok_or(Error::NotFound)
}

/// Makes a key for somebody, who is told by mail. It can do no more than they may. For operators alone: an administrator who
/// could do it would hold a key that speaks for another.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NotAllowed`] for anyone but an operator, and as [`create`](super::create).
pub async fn create_for(
    domain: &Domain,
    by: &Allowed<ManageKeys>,
    user: UserId,
    form: KeyForm,
    client: &Client,
) -> Result<NewSecret> {
    operator(by)?;
    let new = form.parse(domain.now())?;
    let mut tx = domain.begin().await?;
    let owner = accounts::hold_for(&mut tx, by.by(), user).await?;
    make(domain, tx, &owner, new, by.by(), client).await
}

/// Changes a key of somebody, as [`change`](super::change).
///
/// # Errors
/// [`Error::NotAllowed`] for an administrator's when asked by somebody who is none, and as [`change`](super::change).
pub async fn change_of(
    domain: &Domain,
    by: &Allowed<ManageKeys>,
    of: (UserId, KeyId),
    form: &KeyChange,
    client: &Client,
) -> Result<ApiKey> {
    let mut tx = domain.begin().await?;
    accounts::hold_for(&mut tx, by.by(), of.0).await?;
    alter(domain, tx, of, form, by.by(), client).await
}

/// Gives a key of somebody a new secret; for operators alone, as [`create_for`].
///
/// # Errors
/// As [`create_for`] and [`rotate`](super::rotate).
pub async fn rotate_of(
    domain: &Domain,
    by: &Allowed<ManageKeys>,
    (user, key): (UserId, KeyId),
    form: RotateForm,
    client: &Client,
) -> Result<NewSecret> {
    operator(by)?;
    let mut tx = domain.begin().await?;
    let owner = accounts::hold_for(&mut tx, by.by(), user).await?;
    renew(domain, tx, (&owner, key), form, by.by(), client).await
}

/// Revokes a key of somebody for good, on every node from the next request on.
///
/// # Errors
/// [`Error::NotFound`] for a key that was revoked before or is not theirs; [`Error::NotAllowed`] for an administrator's when
/// asked by somebody who is none.
pub async fn revoke_of(
    domain: &Domain,
    by: &Allowed<ManageKeys>,
    of: (UserId, KeyId),
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    accounts::hold_for(&mut tx, by.by(), of.0).await?;
    let reason = match by.by() {
        Actor::Person(person) if person.user == of.0 => Revoked::Owner,
        _ => Revoked::Administrator,
    };
    end(domain, &mut tx, of, reason, by.by(), client).await?;
    tx.commit().await.internal()
}

fn operator(by: &Allowed<ManageKeys>) -> Result<()> {
    match by.by() {
        Actor::Operator => Ok(()),
        _ => Err(Error::NotAllowed { permission: "operator".into() }),
    }
}
