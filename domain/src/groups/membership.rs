//! Who belongs to a group. Called by REST, pages and the CLI; its rules about administrators by every area that could
//! leave a site without one.

use super::entitled::entitled;
use super::store;
use crate::db::{Db, Tx};
use crate::events::{self, Event};
use crate::sessions::lifetimes;
use crate::{Allowed, Client, Domain, error::Internal};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ADMIN, GroupMember, ManageGroups};
use vestibule_model::{Error, Result, UserId};

/// Puts a person into a group; nothing happens when they belong to it.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person or group; [`Error::NotAllowed`] when the group gives more than `by` holds:
/// nobody but an administrator makes one.
pub async fn join(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    user: UserId,
    group: &str,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    if !super::hold(domain, &mut tx, group).await? {
        return Err(Error::NotFound);
    }
    entitled(&mut tx, by.by(), group).await?;
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
    let mut tx = domain.begin().await?;
    if !super::hold(domain, &mut tx, group).await? {
        return Err(Error::NotFound);
    }
    entitled(&mut tx, by.by(), group).await?;
    if group == ADMIN {
        keep_an_admin_without(domain, &mut tx, user).await?;
    }
    if store::delete_member(&mut tx, user, group).await? {
        lifetimes::cap(domain, &mut tx, user).await?;
        let event = Event::GroupLeft { user, group: group.to_owned() };
        events::emit(domain, &mut tx, by.by(), client, event).await?;
        tx.announce(domain.generation());
    }
    tx.commit().await.internal()
}

/// At most `limit` of those who belong to a group, by id, after the one called `after`.
///
/// # Errors
/// [`Error::NotFound`] for an unknown group.
pub async fn members(
    domain: &Domain,
    _by: &Allowed<ManageGroups>,
    group: &str,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<GroupMember>> {
    if !store::exists(domain.db(), group).await? {
        return Err(Error::NotFound);
    }
    store::page_of_members(domain.db(), group, after, limit).await
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
    // Where an address must be confirmed, whoever did not confirm theirs cannot sign in.
    let confirmed = domain.rules().accounts.verification_required;
    if is_one && !store::has_admin_but(tx, user, confirmed, domain.now()).await? {
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

/// Who belongs to `group`, as `tx` sees it.
pub(crate) async fn members_of(tx: &mut Tx, group: &str) -> Result<Vec<UserId>> {
    store::members(tx, group).await
}
