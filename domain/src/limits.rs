//! Rate limits: what protects the service from too many calls in a short time. A limit concerns the endpoints of its tags and
//! tells callers apart by person, key, address, network, group or not at all. The guard asks [`Counting`] for every request;
//! administrators see and change limits here. A quota is an allowance, and another area's.

mod book;
mod counting;
mod decide;
mod declared;
mod key;
mod memory;
mod redis;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use book::{Book, faults, reload};
pub use book::{Bookmark, Policies};
pub use counting::Counting;
pub use key::Caller;

use crate::accounts::{self, Which};
use crate::db::Tx;
use crate::endpoints::Endpoint;
use crate::events::{self, Event};
use crate::{Allowed, Client, Domain, Extension, error::Internal, groups, listing, rules::Rules};
use counting::Place;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ADMIN, ManageLimits, ViewAccounts};
use vestibule_model::limits::{By, Limit, LimitForm, LimitView, ResetForm};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::{Error, Problem, Result, UserId};

/// Resets of single counts are known everywhere after so long.
const HEARD: Duration = Duration::from_hours(1);

/// What keeps the limits of settings and extensions from being, a sentence each.
pub fn check(rules: &Rules, extensions: &[Arc<dyn Extension>]) -> Vec<String> {
    faults(&rules.limits, extensions)
}

/// Every limit, by name.
pub fn all(domain: &Domain, _by: &Allowed<ManageLimits>) -> Vec<LimitView> {
    let (book, catalog) = (domain.limit_book(), domain.endpoints());
    let in_force = book.in_force();
    let view = |held: &book::Held| {
        let name = held.limit.name.to_string();
        let stated = book.stated.get(&name).filter(|stated| **stated != held.limit);
        let concerns = |tag: &str| held.limit.tags.iter().any(|one| one == tag);
        LimitView {
            limit: LimitForm::from(&held.limit),
            from: held.from,
            locked: book.settings.contains_key(&name),
            stated: stated.map(LimitForm::from),
            endpoints: catalog.endpoints().iter().filter(|one| one.counted_tags().any(concerns)).count(),
            counted_in: Place::of(domain, &held.limit.rule.into()).name().to_owned(),
            name,
        }
    };
    in_force.limits.values().map(view).collect()
}

/// A page of the limits, by name.
///
/// # Errors
/// [`Error::Invalid`] for a cursor that is none.
pub fn page(domain: &Domain, by: &Allowed<ManageLimits>, page: &Page) -> Result<Listed<LimitView>> {
    listing::List::new(domain, "limits", &()).page_of_all(page, all(domain, by), |view| &view.name)
}

/// One limit.
///
/// # Errors
/// [`Error::NotFound`].
pub fn show(domain: &Domain, by: &Allowed<ManageLimits>, name: &str) -> Result<LimitView> {
    all(domain, by).into_iter().find(|view| view.name == name).ok_or(Error::NotFound)
}

/// Sets a limit; what `form` leaves out stays as the program states it. It holds from the next request on, on every node
/// within two seconds. What was counted goes on counting.
///
/// # Errors
/// [`Error::Invalid`], [`Conflict::FromSettings`] where the settings say what holds.
pub async fn set(
    domain: &Domain,
    by: &Allowed<ManageLimits>,
    name: &str,
    form: &LimitForm,
    client: &Client,
) -> Result<LimitView> {
    put(domain, by, (name, false), form, client).await
}

/// As [`set`], of a limit that there is not yet: whoever adds one changes none unseen.
///
/// # Errors
/// As [`set`]; [`Problem::Taken`] of `name`.
pub async fn add(
    domain: &Domain,
    by: &Allowed<ManageLimits>,
    name: &str,
    form: &LimitForm,
    client: &Client,
) -> Result<LimitView> {
    put(domain, by, (name, true), form, client).await
}

async fn put(
    domain: &Domain,
    by: &Allowed<ManageLimits>,
    (name, new): (&str, bool),
    form: &LimitForm,
    client: &Client,
) -> Result<LimitView> {
    let book = domain.limit_book();
    let taken = || Error::invalid("name", Problem::Taken);
    if new && (book.stated.contains_key(name) || book.settings.contains_key(name)) {
        return Err(taken());
    }
    refuse_locked(domain, name)?;
    let limit = form.parse(name, book.stated.get(name))?;
    check_tags(domain, &limit)?;
    let mut tx = held(domain).await?;
    let before = store::one(&mut tx, name).await?;
    if new && before.is_some() {
        return Err(taken());
    }
    if before.as_ref() == Some(form) {
        drop(tx);
    } else {
        store::set(&mut tx, name, form, domain.now()).await?;
        let event = Event::LimitSet { limit: name.to_owned(), before, after: form.clone() };
        events::emit(domain, &mut tx, by.by(), client, event).await?;
        tx.announce(domain.generation());
        tx.commit().await.internal()?;
        reload(domain).await?;
    }
    show(domain, by, name)
}

/// Takes back what was set for a limit at run time: then it holds as the program states it, or is gone.
///
/// # Errors
/// [`Error::NotFound`] where nothing was set, [`Conflict::FromSettings`] where the settings say what holds.
pub async fn clear(domain: &Domain, by: &Allowed<ManageLimits>, name: &str, client: &Client) -> Result<()> {
    refuse_locked(domain, name)?;
    let mut tx = held(domain).await?;
    let before = store::one(&mut tx, name).await?.ok_or(Error::NotFound)?;
    store::clear(&mut tx, name).await?;
    let event = Event::LimitCleared { limit: name.to_owned(), before };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()?;
    reload(domain).await
}

/// Forgets what was counted: of one person, of one address, or of everybody.
///
/// # Errors
/// [`Error::NotFound`] for no such limit, [`Error::Invalid`] unless exactly one is named, for an address that is none, or
/// where the limit does not tell callers apart by what was named alone.
pub async fn reset(
    domain: &Domain,
    by: &Allowed<ManageLimits>,
    name: &str,
    form: &ResetForm,
    client: &Client,
) -> Result<()> {
    if form.user.is_none() && form.address.is_none() && !form.everybody {
        return Err(Error::invalid("user", Problem::Required));
    }
    if form.everybody && (form.user.is_some() || form.address.is_some()) {
        return Err(Error::invalid("everybody", Problem::TooMany { max: 1 }));
    }
    // Counts are named by when all of a limit were last forgotten, which another process may have done just now.
    reload(domain).await?;
    let in_force = domain.limit_book().in_force();
    let held = in_force.limits.get(name).ok_or(Error::NotFound)?;
    let address = form.address.as_deref().map(str::trim);
    let address: Option<IpAddr> = match address.map(str::parse) {
        Some(Err(_)) => return Err(Error::invalid("address", Problem::Malformed)),
        Some(Ok(address)) => Some(address),
        None => None,
    };
    let buckets = match (form.user, address) {
        (Some(_), Some(_)) => return Err(Error::invalid("address", Problem::TooMany { max: 1 })),
        (None, None) => None,
        (user, address) => Some(buckets(domain, held, user, address)?),
    };
    forget(domain, by, name, form, buckets, client).await
}

/// What is odd about the limits that hold: those of a tag that no endpoint has, each as a sentence.
pub fn troubles(domain: &Domain) -> Vec<String> {
    let (in_force, catalog) = (domain.limit_book().in_force(), domain.endpoints());
    let tags: BTreeSet<&str> = catalog.endpoints().iter().flat_map(Endpoint::counted_tags).collect();
    let odd = |limit: &Limit, tag: &String| {
        let near = groups::nearest(tag, tags.iter().copied());
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        format!("limit {}: no endpoint has the tag {tag}{near}", limit.name)
    };
    let all = in_force.limits.values().map(|held| &held.limit);
    all.flat_map(|limit| {
        limit.tags.iter().filter(|tag| !tags.contains(tag.as_str())).map(move |tag| odd(limit, tag))
    })
    .collect()
}

/// Whom an administrator means by what they typed; nobody where nothing was.
///
/// # Errors
/// [`Error::Invalid`] where there is nobody like that; [`Error::NotAllowed`] for whoever may not see accounts and names one
/// by anything but its id.
pub async fn person(domain: &Domain, by: &Allowed<ManageLimits>, typed: &str) -> Result<Option<UserId>> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    match Which::named(typed) {
        Which::Id(id) => Ok(Some(id)),
        which => {
            let sees = by.by().allow::<ViewAccounts>()?;
            let found = accounts::show(domain, &sees, &which).await;
            let nobody = |error| match error {
                Error::NotFound | Error::Invalid { .. } => Error::invalid("user", Problem::Unknown),
                other => other,
            };
            Ok(Some(found.map_err(nobody)?.id))
        }
    }
}

/// The counts of a person or an address, where that alone names them: one for each tag that has an own one.
fn buckets(
    domain: &Domain,
    held: &book::Held,
    user: Option<UserId>,
    address: Option<IpAddr>,
) -> Result<Vec<memory::Bucket>> {
    let by = &held.limit.by;
    let named = |one: &By| match one {
        By::Person | By::Tag => true,
        By::Key => address.is_some(),
        By::Address | By::Network | By::Group => user.is_none(),
        By::Everyone => false,
    };
    if !by.iter().all(named) || by.iter().all(|one| *one == By::Tag) {
        let field = if user.is_some() { "user" } else { "address" };
        return Err(Error::invalid(field, Problem::NotOffered));
    }
    let own = by.contains(&By::Tag);
    let tags = held.limit.tags.iter().map(|tag| own.then_some(tag.as_str()));
    let tags: Vec<Option<&str>> = if own { tags.collect() } else { vec![None] };
    let key = &domain.limit_book().key;
    let one = |tag: Option<&str>| {
        let id = key::limit_id(&held.limit.name, held.forgotten_at, tag);
        match user {
            Some(user) => key::bucket_of(key, &id, by, user),
            None => key::bucket(key, &id, by, Caller { address, person: None }),
        }
    };
    Ok(tags.into_iter().map(one).collect())
}

async fn forget(
    domain: &Domain,
    by: &Allowed<ManageLimits>,
    name: &str,
    form: &ResetForm,
    buckets: Option<Vec<memory::Bucket>>,
    client: &Client,
) -> Result<()> {
    let now = domain.now();
    let mut tx = held(domain).await?;
    match &buckets {
        None => store::reset(&mut tx, name, None, now).await?,
        Some(buckets) => {
            for bucket in buckets {
                store::reset(&mut tx, name, Some(*bucket), now).await?;
            }
        }
    }
    let event = Event::LimitReset { limit: name.to_owned(), user: form.user, address: form.address.clone() };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.announce(domain.generation());
    // Before it is written down: where Redis is away, nothing was done.
    if let Some(server) = domain.redis() {
        for bucket in buckets.iter().flatten() {
            redis::forget(server, *bucket).await.map_err(|_| Error::Unavailable)?;
        }
    }
    tx.commit().await.internal()?;
    reload(domain).await
}

/// A transaction that changes limits; one at a time, so that each knows what was before.
async fn held(domain: &Domain) -> Result<Tx> {
    let mut tx = domain.begin().await?;
    groups::hold(domain, &mut tx, ADMIN).await?;
    Ok(tx)
}

fn refuse_locked(domain: &Domain, name: &str) -> Result<()> {
    if domain.limit_book().settings.contains_key(name) {
        return Err(Error::Conflict { what: Conflict::FromSettings });
    }
    Ok(())
}

/// Every tag must be that of an endpoint, as far as endpoints are known.
fn check_tags(domain: &Domain, limit: &Limit) -> Result<()> {
    let catalog = domain.endpoints();
    let known = |tag: &String| catalog.endpoints().iter().any(|one| one.counted_tags().any(|own| own == tag));
    if catalog.endpoints().is_empty() || limit.tags.iter().all(known) {
        return Ok(());
    }
    Err(Error::invalid("tags", Problem::NotOffered))
}

/// Forgets counts that tell nothing any more. The number of rows that went.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    domain.limit_book().sweep(domain.now());
    store::sweep(tx, domain.now(), domain.now().before(HEARD)).await
}
