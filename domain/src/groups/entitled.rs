//! Who may change a group: those who hold all that it gives. Looked at inside the transaction that changes it, so that
//! rights which were withdrawn since the request began give nothing any more. Called by [`super`]'s parts, and by how long
//! a group's sign-ins last.

use super::{rights_in, store};
use crate::Actor;
use crate::db::Tx;
use std::borrow::Cow;
use vestibule_model::groups::{ADMIN, ManageGroups, Permission};
use vestibule_model::{Error, Result};

/// Refuses unless `by` may change the group called `name` as `tx` sees it.
///
/// # Errors
/// [`Error::NotAllowed`], naming a permission that is lacking; `admin` for the group of administrators.
pub(crate) async fn entitled(tx: &mut Tx, by: &Actor, name: &str) -> Result<()> {
    let gives = if name == ADMIN {
        vec![ADMIN.to_owned()]
    } else {
        store::permissions_by_group(&mut *tx, name).await?
    };
    holds_all(tx, by, &gives).await
}

/// Refuses unless `by` holds every one of `permissions`, and may still manage groups at all.
///
/// # Errors
/// As [`entitled`].
pub(super) async fn holds_all(tx: &mut Tx, by: &Actor, permissions: &[String]) -> Result<()> {
    let lacking = |name: &str| Err(Error::NotAllowed { permission: Cow::Owned(name.to_owned()) });
    let wanted = || [ManageGroups::NAME].into_iter().chain(permissions.iter().map(String::as_str));
    // What the credential may do comes first: it can be less than what its owner may.
    if let Some(name) = wanted().find(|name| !by.holds(name)) {
        return lacking(name);
    }
    let Actor::Person(person) = by else { return Ok(()) };
    let now = rights_in(tx, person.user).await?;
    if now.groups.contains(ADMIN) {
        return Ok(());
    }
    match wanted().find(|name| !now.permissions.contains(*name)) {
        Some(name) => lacking(name),
        None => Ok(()),
    }
}
