//! Groups and permissions: who may do what, and why. Called by REST, pages, the CLI, and the areas that read a person's
//! rights.
//!
//! One rule stands over all that is changed here: a group belongs to those who hold all of what it gives. Whoever lacks one
//! of its permissions changes nothing about it, puts nobody into it and takes nobody out, so that a permission to manage
//! groups is no way to any other.

mod change;
mod declared;
mod entitled;
mod membership;
mod rights;
mod store;

pub use change::{change, create, delete, grant, withdraw};
pub use declared::{check as check_declared, declare};
pub use membership::{join, leave, members};
pub use rights::of_person;

pub(crate) use membership::{enroll, has_admin, has_admin_now, keep_an_admin_without, members_of};

use crate::db::{Db, Tx};
use crate::{Allowed, Domain, Extension, listing, secrets};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vestibule_model::groups::{
    ADMIN, Group, MEMBER, MOST_COUNTED, ManageGroups, PERMISSIONS, Part, PermissionInfo, PermissionView,
};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::{Error, Result, UserId};

/// A person's groups and the permissions that follow from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rights {
    pub(crate) groups: BTreeSet<String>,
    pub(crate) permissions: BTreeSet<String>,
}

/// Every permission that exists: the product's and its extensions', sorted by name.
pub fn permissions(domain: &Domain) -> Vec<PermissionInfo> {
    permissions_of(domain.extensions())
}

/// Every permission that exists where these extensions are.
pub fn permissions_of(extensions: &[Arc<dyn Extension>]) -> Vec<PermissionInfo> {
    let mut all = PERMISSIONS.to_vec();
    all.extend(extensions.iter().flat_map(|extension| extension.permissions()));
    all.sort_unstable_by_key(|permission| permission.name);
    all
}

/// Of `known`, the name most like `typed`; nothing when none is near.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(name, typed);
    let best = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.45).then_some(best)
}

/// Every permission with who declared it and the groups that hold it, sorted by name.
///
/// # Errors
/// None but those of the database.
pub async fn permission_views(domain: &Domain, _by: &Allowed<ManageGroups>) -> Result<Vec<PermissionView>> {
    let mut holders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (group, permission) in store::grants(domain.db()).await? {
        holders.entry(permission).or_default().push(group);
    }
    let view = |permission: PermissionInfo| {
        let mut groups = holders.remove(permission.name).unwrap_or_default();
        groups.retain(|group| group != ADMIN);
        groups.push(ADMIN.to_owned());
        groups.sort_unstable();
        PermissionView {
            name: permission.name.to_owned(),
            about: permission.about.to_owned(),
            declared_by: declarer(domain, permission.name).to_owned(),
            groups,
        }
    };
    Ok(permissions(domain).into_iter().map(view).collect())
}

/// Who declared a permission: its area, where that is an extension's name.
fn declarer<'a>(domain: &'a Domain, permission: &str) -> &'a str {
    let area = permission.split(':').next();
    let by = domain.extensions().iter().find(|extension| Some(extension.name()) == area);
    by.map_or("vestibule", |extension| extension.name())
}

/// Every group, sorted by name.
///
/// # Errors
/// None but those of the database.
pub async fn list(domain: &Domain, _by: &Allowed<ManageGroups>) -> Result<Vec<Group>> {
    let db = domain.db();
    let (rows, grants) = (store::all(db, MOST_COUNTED + 1).await?, store::grants(db).await?);
    let lifetimes = crate::sessions::lifetimes::of_groups(domain).await?;
    let whole = |row: store::Row| {
        let theirs = grants.iter().filter(|(group, _)| *group == row.name);
        let permissions = theirs.map(|(_, permission)| permission.clone()).collect();
        let lifetimes = lifetimes.get(&row.name).cloned().unwrap_or_default();
        whole(domain, row, permissions, lifetimes)
    };
    Ok(rows.into_iter().map(whole).collect())
}

/// A page of groups, by name.
///
/// # Errors
/// [`Error::Invalid`] for a cursor that is none.
pub async fn page(domain: &Domain, by: &Allowed<ManageGroups>, page: &Page) -> Result<Listed<Group>> {
    let all = list(domain, by).await?;
    listing::List::new(domain, "groups", &()).page_of_all(page, all, |group| &group.name)
}

/// A page of permissions, by name.
///
/// # Errors
/// As [`page`].
pub async fn page_of_permissions(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    page: &Page,
) -> Result<Listed<PermissionView>> {
    let all = permission_views(domain, by).await?;
    listing::List::new(domain, "permissions", &()).page_of_all(page, all, |permission| &permission.name)
}

/// One group.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show(domain: &Domain, by: &Allowed<ManageGroups>, name: &str) -> Result<Group> {
    let db = domain.db();
    let row = store::one(db, name, MOST_COUNTED + 1).await?.ok_or(Error::NotFound)?;
    let permissions = store::permissions_by_group(db, name).await?;
    let lifetimes = crate::sessions::lifetimes::of_group(domain, by, name).await?;
    Ok(whole(domain, row, permissions, lifetimes))
}

/// A name for the state of what can be changed about a group, for `If-Match`. Who belongs to it is no part of that.
pub fn tag(group: &Group) -> String {
    let state = serde_json::json!([group.about, group.permissions, group.lifetimes]);
    secrets::hash(&state.to_string()).chars().take(32).collect()
}

fn whole(
    domain: &Domain,
    row: store::Row,
    mut permissions: Vec<String>,
    lifetimes: crate::sessions::lifetimes::Set,
) -> Group {
    if row.name == ADMIN {
        permissions = self::permissions(domain).iter().map(|known| known.name.to_owned()).collect();
    }
    let from_settings = domain.rules().groups.contains_key(&row.name);
    Group {
        about: row.about,
        members: row.members.min(MOST_COUNTED),
        more_members: row.members > MOST_COUNTED,
        permissions,
        lifetimes,
        default: row.name == MEMBER,
        protected: from_settings || [ADMIN, MEMBER].contains(&row.name.as_str()),
        from_settings,
        fixed: fixed(domain, &row.name),
        name: row.name,
    }
}

/// What of a group cannot be changed: the product or the settings say what it is.
fn fixed(domain: &Domain, name: &str) -> Vec<Part> {
    let declared = domain.rules().groups.get(name);
    let stated = |part: &Part| match (part, declared) {
        (Part::Permissions, _) if name == ADMIN => true,
        (Part::About, Some(declared)) => declared.about.is_some(),
        (Part::Permissions, Some(declared)) => declared.permissions.is_some(),
        (Part::Lifetimes, Some(declared)) => !declared.lifetimes.is_empty(),
        (_, None) => false,
    };
    [Part::About, Part::Permissions, Part::Lifetimes].into_iter().filter(stated).collect()
}

/// The name of every group.
pub(crate) async fn names(domain: &Domain) -> Result<BTreeSet<String>> {
    let rows = store::all(domain.db(), 0).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The names of all groups, as `tx` sees them.
pub(crate) async fn names_in(tx: &mut Tx) -> Result<BTreeSet<String>> {
    let rows = store::all(tx, 0).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Whether there is a group of this name.
pub(crate) async fn exists(db: &Db, name: &str) -> Result<bool> {
    store::exists(db, name).await
}

/// Makes every other transaction that changes this group wait for `tx`; whether there is one.
pub(crate) async fn hold(domain: &Domain, tx: &mut Tx, name: &str) -> Result<bool> {
    store::touch(tx, name, domain.now()).await
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
