//! Groups and permissions: who may do what, and why. Called by the areas that read a person's rights.

mod store;

use crate::db::{Db, Tx};
use crate::events::{self, Event};
use crate::{Allowed, Client, Domain, error::Internal};
use std::collections::BTreeSet;
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ADMIN, ManageGroups, PERMISSIONS, PermissionInfo};
use vestibule_model::{Error, Result, UserId};

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

/// Puts a person into a group; nothing happens when they belong to it.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person or group.
pub async fn join(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    user: UserId,
    group: &str,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    if store::insert_member(&mut tx, user, group, domain.now()).await? {
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
/// [`Conflict::LastAdmin`] when the site would be left without an administrator.
pub async fn leave(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    user: UserId,
    group: &str,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    if group == ADMIN {
        keep_an_admin_without(domain, &mut tx, user).await?;
    }
    if store::delete_member(&mut tx, user, group).await? {
        let event = Event::GroupLeft { user, group: group.to_owned() };
        events::emit(domain, &mut tx, by.by(), client, event).await?;
        tx.announce(domain.generation());
    }
    tx.commit().await.internal()
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
    if is_one && store::members_but(tx, ADMIN, user).await? == 0 {
        return Err(Error::Conflict { what: Conflict::LastAdmin });
    }
    Ok(())
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

/// What `user` may do.
pub(crate) async fn rights(db: &Db, user: UserId) -> Result<Rights> {
    Ok(Rights {
        groups: store::groups_of(db, user).await?,
        permissions: store::permissions_of(db, user).await?,
    })
}
