//! What a person may do, and why. Called by REST, pages and `explain`.

use super::{permissions, store};
use crate::accounts::{self, Which};
use crate::{Allowed, Domain};
use vestibule_model::groups::{ADMIN, EffectiveRights, Right, ViewAccounts};
use vestibule_model::{Error, Problem, Result, UserId};

/// What a person may do, and through which of their groups; of the permission called `asked` alone, held or not, when one
/// is.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person, [`Error::Invalid`] for a permission that nobody declares.
pub async fn of_person(
    domain: &Domain,
    by: &Allowed<ViewAccounts>,
    user: UserId,
    asked: Option<&str>,
) -> Result<EffectiveRights> {
    let known = permissions(domain);
    if asked.is_some_and(|asked| known.iter().all(|permission| permission.name != asked)) {
        return Err(Error::invalid("permission", Problem::NotOffered));
    }
    let account = accounts::show(domain, by, &Which::Id(user)).await?;
    let granted = store::grants_of(domain.db(), user).await?;
    let is_admin = account.groups.iter().any(|group| group == ADMIN);
    let right = |name: &str, about: &str| {
        let by_grant = granted.iter().filter(|(permission, group)| permission == name && group != ADMIN);
        let mut through: Vec<_> = by_grant.map(|(_, group)| group.clone()).collect();
        through.extend(is_admin.then(|| ADMIN.to_owned()));
        through.sort_unstable();
        Right { permission: name.to_owned(), about: about.to_owned(), held: !through.is_empty(), through }
    };
    let rights = known.iter().map(|permission| right(permission.name, permission.about));
    let wanted = |right: &Right| asked.map_or(right.held, |asked| asked == right.permission);
    Ok(EffectiveRights {
        id: user,
        status: account.status,
        permissions: rights.filter(wanted).collect(),
        groups: account.groups,
    })
}
