//! Groups and permissions: who may do what, and why. Called by the areas that read a person's rights.

mod store;

use crate::db::{Db, Tx};
use crate::events::{self, Event};
use crate::sessions::lifetimes;
use crate::{Allowed, Client, Domain, error::Internal};
use std::collections::BTreeSet;
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ADMIN, Group, MEMBER, ManageGroups, PERMISSIONS, PermissionInfo, group_name};
use vestibule_model::{Error, Name, Result, UserId};

/// A person's groups and the permissions that follow from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rights {
    pub(crate) groups: BTreeSet<String>,
    pub(crate) permissions: BTreeSet<String>,
}

/// Every permission that exists: the product's and its extensions', sorted by name.
pub fn permissions(domain: &Domain) -> Vec<PermissionInfo> {
    let mut all = PERMISSIONS.to_vec();
    all.extend(domain.extensions().iter().flat_map(|extension| extension.permissions()));
    all.sort_unstable_by_key(|permission| permission.name);
    all
}

/// Every group, sorted by name.
///
/// # Errors
/// None but those of the database.
pub async fn list(domain: &Domain, _by: &Allowed<ManageGroups>) -> Result<Vec<Group>> {
    store::all(domain.db()).await
}

/// Makes a group without permissions.
///
/// # Errors
/// [`Error::Invalid`] for a name that is none, [`Conflict::GroupTaken`].
pub async fn create(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    name: &str,
    about: &str,
    client: &Client,
) -> Result<()> {
    group_name(name).map_err(|problem| Error::invalid("name", problem))?;
    let about = Name::parse(about).map_err(|problem| Error::invalid("about", problem))?;
    let mut tx = domain.begin().await?;
    if !store::insert(&mut tx, name, about.as_str(), domain.now()).await? {
        return Err(Error::Conflict { what: Conflict::GroupTaken });
    }
    let event = Event::GroupCreated { group: name.to_owned() };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.commit().await.internal()
}

/// Deletes a group. What its members held by it ends at once, their sessions' longer lives included.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::BuiltInGroup`] for the administrators' and the members' own.
pub async fn delete(domain: &Domain, by: &Allowed<ManageGroups>, name: &str, client: &Client) -> Result<()> {
    if [ADMIN, MEMBER].contains(&name) {
        return Err(Error::Conflict { what: Conflict::BuiltInGroup });
    }
    let mut tx = domain.begin().await?;
    if !hold(domain, &mut tx, name).await? {
        return Err(Error::NotFound);
    }
    let members = store::members(&mut tx, name).await?;
    store::delete(&mut tx, name).await?;
    for user in members {
        lifetimes::cap(domain, &mut tx, user).await?;
    }
    let event = Event::GroupDeleted { group: name.to_owned() };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()
}

/// Whether there is a group of this name.
pub(crate) async fn exists(db: &Db, name: &str) -> Result<bool> {
    store::exists(db, name).await
}

/// Makes every other transaction that changes this group wait for `tx`; whether there is one.
pub(crate) async fn hold(domain: &Domain, tx: &mut Tx, name: &str) -> Result<bool> {
    store::touch(tx, name, domain.now()).await
}

/// Puts a person into a group; nothing happens when they belong to it.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person or group; [`Error::NotAllowed`] when somebody who is no administrator would make
/// one.
pub async fn join(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    user: UserId,
    group: &str,
    client: &Client,
) -> Result<()> {
    check_admin(by, group)?;
    let mut tx = domain.begin().await?;
    if store::insert_member(&mut tx, user, group, domain.now()).await? {
        lifetimes::cap(domain, &mut tx, user).await?;
        let event = Event::GroupJoined { user, group: group.to_owned() };
        events::emit(domain, &mut tx, by.by(), client, event).await?;
        tx.announce(domain.generation());
    } else if !store::is_member(&mut tx, user, group).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await.internal()
}

/// Takes a person out of a group; nothing happens when they do not belong to it.
///
/// # Errors
/// [`Error::NotFound`] for an unknown group, [`Error::NotAllowed`] as for [`join`], [`Conflict::LastAdmin`] when the site would
/// be left without an administrator.
pub async fn leave(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    user: UserId,
    group: &str,
    client: &Client,
) -> Result<()> {
    check_admin(by, group)?;
    let mut tx = domain.begin().await?;
    if group == ADMIN {
        keep_an_admin_without(domain, &mut tx, user).await?;
    }
    if store::delete_member(&mut tx, user, group).await? {
        lifetimes::cap(domain, &mut tx, user).await?;
        let event = Event::GroupLeft { user, group: group.to_owned() };
        events::emit(domain, &mut tx, by.by(), client, event).await?;
        tx.announce(domain.generation());
    } else if !store::exists(&mut tx, group).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await.internal()
}

/// Whoever is no administrator makes nobody one, and takes it from nobody.
fn check_admin(by: &Allowed<ManageGroups>, group: &str) -> Result<()> {
    if group == ADMIN && !by.by().holds(ADMIN) {
        return Err(Error::NotAllowed { permission: ADMIN.into() });
    }
    Ok(())
}

/// Makes the person a member of `group` as part of `tx`.
pub(crate) async fn enroll(domain: &Domain, tx: &mut Tx, user: UserId, group: &str) -> Result<()> {
    store::insert_member(tx, user, group, domain.now()).await.map(drop)
}

/// Refuses when nobody but `user` administers the site. It locks the group for the rest of `tx`, so that two
/// administrators who withdraw each other at once cannot both succeed (C55).
pub(crate) async fn keep_an_admin_without(domain: &Domain, tx: &mut Tx, user: UserId) -> Result<()> {
    store::touch(tx, ADMIN, domain.now()).await?;
    let is_one = store::is_member(tx, user, ADMIN).await?;
    if is_one && store::members_but(tx, ADMIN, user, domain.now()).await? == 0 {
        return Err(Error::Conflict { what: Conflict::LastAdmin });
    }
    Ok(())
}

/// Whether `user` administers the site, as `tx` sees it.
pub(crate) async fn is_admin(tx: &mut Tx, user: UserId) -> Result<bool> {
    store::is_member(tx, user, ADMIN).await
}

/// Whether anyone administers the site. It locks the group for the rest of `tx`.
pub(crate) async fn has_admin(domain: &Domain, tx: &mut Tx) -> Result<bool> {
    store::touch(tx, ADMIN, domain.now()).await?;
    store::has_members(tx, ADMIN).await
}

/// Whether anyone administers the site, for those who only ask.
pub(crate) async fn has_admin_now(db: &Db) -> Result<bool> {
    store::has_members(db, ADMIN).await
}

/// Who belongs to `group`, as `tx` sees it.
pub(crate) async fn members_of(tx: &mut Tx, group: &str) -> Result<Vec<UserId>> {
    store::members(tx, group).await
}

/// What `user` may do.
pub(crate) async fn rights(db: &Db, user: UserId) -> Result<Rights> {
    Ok(Rights {
        groups: store::groups_of(db, user).await?,
        permissions: store::permissions_of(db, user).await?,
    })
}

/// The groups of a person, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let rows = store::memberships(domain.db(), user).await?;
    Ok(rows.into_iter().map(|(name, since)| serde_json::json!({ "name": name, "since": since })).collect())
}

/// What `user` may do, as `tx` sees it.
pub(crate) async fn rights_in(tx: &mut Tx, user: UserId) -> Result<Rights> {
    Ok(Rights {
        groups: store::groups_of(&mut *tx, user).await?,
        permissions: store::permissions_of(tx, user).await?,
    })
}
