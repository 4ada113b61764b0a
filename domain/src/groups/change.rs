//! Making, changing and deleting groups. Called by REST, pages and the CLI.

use super::entitled::{entitled, holds_all};
use super::{fixed, permissions, show, store, tag, whole};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::sessions::lifetimes::{self, Change as Lifetimes};
use crate::{Allowed, Client, Domain, endpoints, error::Internal, quotas};
use std::collections::BTreeSet;
use vestibule_model::error::{Conflict, Problems};
use vestibule_model::groups::{ADMIN, Group, GroupForm, MEMBER, ManageGroups, NewGroup, Part, group_name};
use vestibule_model::{Error, Name, Problem, Result};

/// Makes a group.
///
/// # Errors
/// [`Error::Invalid`], [`Conflict::GroupTaken`]; [`Error::NotAllowed`] for a permission that `by` does not hold.
pub async fn create(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    new: NewGroup,
    client: &Client,
) -> Result<Group> {
    let mut problems = Problems::default();
    problems.take("name", group_name(&new.name));
    let form = GroupForm {
        about: Some(new.about.filter(|about| !about.trim().is_empty()).unwrap_or_else(|| new.name.clone())),
        permissions: Some(new.permissions),
        lifetimes: new.lifetimes.into_iter().map(|(kind, lifetime)| (kind, Some(lifetime))).collect(),
    };
    let wish = parse(domain, form, &mut problems);
    problems.check()?;
    let (name, about) = (new.name.as_str(), wish.about.as_deref().unwrap_or(&new.name));
    let mut tx = domain.begin().await?;
    if !store::insert(&mut tx, name, about, domain.now()).await? {
        return Err(Error::Conflict { what: Conflict::GroupTaken });
    }
    let event = Event::GroupCreated { group: new.name.clone() };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    let change = Wish { about: None, ..wish };
    write(domain, &mut tx, by, name, change, client).await?;
    tx.commit().await.internal()?;
    show(domain, by, name).await
}

/// Changes a group; what holds already is no change. `expected`: tags of the state it is to be changed from (see
/// [`tag`]), any when absent.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`], [`Error::ChangedMeanwhile`]; [`Error::NotAllowed`] for a permission of the
/// group, or one to be given, that `by` does not hold; [`Conflict::BuiltInGroup`] and [`Conflict::FromSettings`] for what
/// cannot be changed.
pub async fn change(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    name: &str,
    form: GroupForm,
    expected: Option<&[String]>,
    client: &Client,
) -> Result<Group> {
    let mut problems = Problems::default();
    let wish = parse(domain, form, &mut problems);
    problems.check()?;
    let mut tx = held(domain, by, name).await?;
    let before = seen_in(domain, &mut tx, name).await?;
    if expected.is_some_and(|tags| !tags.contains(&tag(&before))) {
        return Err(Error::ChangedMeanwhile);
    }
    let wish = wish.without_what_holds(&before);
    if let Some(part) = fixed(domain, name).into_iter().find(|part| wish.touches(*part)) {
        let built_in = name == ADMIN && part == Part::Permissions;
        let what = if built_in { Conflict::BuiltInGroup } else { Conflict::FromSettings };
        return Err(Error::Conflict { what });
    }
    let changed = write(domain, &mut tx, by, name, wish, client).await?;
    // Also where nothing was: what follows asks another connection, and must not hold two.
    if changed {
        tx.commit().await.internal()?;
    } else {
        drop(tx);
    }
    show(domain, by, name).await
}

/// Lets the members of a group do more; what they may already is no change.
///
/// # Errors
/// As [`change`].
pub async fn grant(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    name: &str,
    more: &[String],
    client: &Client,
) -> Result<Group> {
    let plus = |now: &mut BTreeSet<String>| now.extend(more.iter().cloned());
    adjust(domain, by, name, more, plus, client).await
}

/// Lets the members of a group do less; what they may not is no change.
///
/// # Errors
/// As [`change`].
pub async fn withdraw(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    name: &str,
    less: &[String],
    client: &Client,
) -> Result<Group> {
    let minus = |now: &mut BTreeSet<String>| now.retain(|one| !less.contains(one));
    adjust(domain, by, name, less, minus, client).await
}

/// As [`change`], of the permissions that the group has when it is done: two who grant at once both count.
async fn adjust(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    name: &str,
    named: &[String],
    new: impl FnOnce(&mut BTreeSet<String>),
    client: &Client,
) -> Result<Group> {
    let mut tx = held(domain, by, name).await?;
    let before = seen_in(domain, &mut tx, name).await?;
    // A permission whose extension is gone can still be taken away.
    let unknown = |one: &&String| !is_known(domain, one) && !before.permissions.contains(one);
    if named.iter().any(|one| unknown(&one)) {
        return Err(Error::invalid("permissions", Problem::NotOffered));
    }
    let mut permissions: BTreeSet<String> = before.permissions.iter().cloned().collect();
    new(&mut permissions);
    let wish = Wish { permissions: Some(permissions), ..Wish::default() }.without_what_holds(&before);
    if wish.permissions.is_some() && fixed(domain, name).contains(&Part::Permissions) {
        let what = if name == ADMIN { Conflict::BuiltInGroup } else { Conflict::FromSettings };
        return Err(Error::Conflict { what });
    }
    let changed = write(domain, &mut tx, by, name, wish, client).await?;
    // Also where nothing was: what follows asks another connection, and must not hold two.
    if changed {
        tx.commit().await.internal()?;
    } else {
        drop(tx);
    }
    show(domain, by, name).await
}

/// Deletes a group. What its members held by it ends at once, their sessions' longer lives included.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::BuiltInGroup`] for the administrators' and the members' own,
/// [`Conflict::FromSettings`] for one that the settings declare, [`Conflict::GroupInRule`] while endpoints ask for it or
/// quotas name it;
/// [`Error::NotAllowed`] for one that gives what `by` does not hold.
pub async fn delete(domain: &Domain, by: &Allowed<ManageGroups>, name: &str, client: &Client) -> Result<()> {
    if [ADMIN, MEMBER].contains(&name) {
        return Err(Error::Conflict { what: Conflict::BuiltInGroup });
    }
    if domain.rules().groups.contains_key(name) {
        return Err(Error::Conflict { what: Conflict::FromSettings });
    }
    let mut tx = held(domain, by, name).await?;
    if endpoints::asks_for_group(domain, &mut tx, name).await? {
        return Err(Error::Conflict { what: Conflict::GroupInRule });
    }
    let signed_in = lifetimes::members_signed_in(&mut tx, name).await?;
    store::delete(&mut tx, name).await?;
    for user in signed_in {
        lifetimes::cap(domain, &mut tx, user).await?;
    }
    // Asked late: whoever gives somebody more holds the account before the version of quotas.
    if quotas::names_group(domain, &mut tx, name).await? {
        return Err(Error::Conflict { what: Conflict::GroupInRule });
    }
    let event = Event::GroupDeleted { group: name.to_owned() };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()
}

/// A transaction that holds the group, for somebody who may change it.
async fn held(domain: &Domain, by: &Allowed<ManageGroups>, name: &str) -> Result<Tx> {
    let mut tx = domain.begin().await?;
    if !super::hold(domain, &mut tx, name).await? {
        return Err(Error::NotFound);
    }
    entitled(&mut tx, by.by(), name).await?;
    Ok(tx)
}

/// The group as `tx` sees it; its members are not counted.
pub(super) async fn seen_in(domain: &Domain, tx: &mut Tx, name: &str) -> Result<Group> {
    let row = store::one(&mut *tx, name, 0).await?.ok_or(Error::NotFound)?;
    let permissions = store::permissions_by_group(&mut *tx, name).await?;
    let lifetimes = lifetimes::of_group_in(tx, name).await?;
    Ok(whole(domain, row, permissions, lifetimes))
}

/// What is to be changed; what is absent stays.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub(super) about: Option<String>,
    pub(super) permissions: Option<BTreeSet<String>>,
    pub(super) lifetimes: Lifetimes,
}

impl Wish {
    /// The rest, once what holds already is left out.
    pub(super) fn without_what_holds(self, before: &Group) -> Self {
        let same = |now: &BTreeSet<String>| now.iter().eq(&before.permissions);
        let lifetimes = self.lifetimes.into_iter();
        Self {
            about: self.about.filter(|about| *about != before.about),
            permissions: self.permissions.filter(|now| !same(now)),
            lifetimes: lifetimes.filter(|(kind, new)| before.lifetimes.get(kind) != new.as_ref()).collect(),
        }
    }

    fn touches(&self, part: Part) -> bool {
        match part {
            Part::About => self.about.is_some(),
            Part::Permissions => self.permissions.is_some(),
            Part::Lifetimes => !self.lifetimes.is_empty(),
        }
    }
}

fn is_known(domain: &Domain, permission: &str) -> bool {
    permissions(domain).iter().any(|known| known.name == permission)
}

/// The wish that a form is; notes what does not fit.
fn parse(domain: &Domain, form: GroupForm, problems: &mut Problems) -> Wish {
    let about = form.about.and_then(|about| problems.take("about", Name::parse(&about)));
    if form.permissions.as_ref().is_some_and(|wanted| wanted.iter().any(|one| !is_known(domain, one))) {
        problems.add("permissions", Problem::NotOffered);
    }
    for (kind, lifetime) in &form.lifetimes {
        if lifetime.is_some_and(|one| !one.is_sensible()) {
            problems.add(format!("lifetimes/{}", kind.name()), Problem::Malformed);
        }
    }
    Wish {
        about: about.map(|about| about.to_string()),
        permissions: form.permissions.map(|all| all.into_iter().collect()),
        lifetimes: form.lifetimes,
    }
}

/// Writes what is wished, as part of `tx`, which holds the group; whether that was anything.
async fn write(
    domain: &Domain,
    tx: &mut Tx,
    by: &Allowed<ManageGroups>,
    name: &str,
    wish: Wish,
    client: &Client,
) -> Result<bool> {
    let before = seen_in(domain, tx, name).await?;
    let wish = wish.without_what_holds(&before);
    if let Some(after) = &wish.permissions {
        let granted: Vec<_> = after.iter().filter(|one| !before.permissions.contains(one)).cloned().collect();
        holds_all(tx, by.by(), &granted).await?;
    }
    let events = put(domain, tx, &before, wish).await?;
    let any = !events.is_empty();
    for event in events {
        events::emit(domain, tx, by.by(), client, event).await?;
    }
    Ok(any)
}

/// Writes what is wished, as part of `tx`, and tells what was changed.
pub(super) async fn put(domain: &Domain, tx: &mut Tx, before: &Group, wish: Wish) -> Result<Vec<Event>> {
    let (name, mut events) = (&before.name, Vec::new());
    if let Some(after) = wish.about {
        store::set_about(tx, name, &after).await?;
        events.push(Event::GroupChanged { group: name.clone(), before: before.about.clone(), after });
    }
    if let Some(after) = wish.permissions {
        for gone in before.permissions.iter().filter(|one| !after.contains(*one)) {
            store::withdraw(tx, name, gone).await?;
        }
        for new in after.iter().filter(|one| !before.permissions.contains(one)) {
            store::grant(tx, name, new).await?;
        }
        let (before, after) = (before.permissions.clone(), after.into_iter().collect());
        events.push(Event::GroupPermissionsChanged { group: name.clone(), before, after });
        tx.announce(domain.generation());
    }
    if !wish.lifetimes.is_empty() {
        let after = lifetimes::put_for_group(domain, tx, name, &wish.lifetimes).await?;
        let before = before.lifetimes.clone();
        events.push(Event::GroupLifetimesChanged { group: name.clone(), before, after });
    }
    Ok(events)
}
