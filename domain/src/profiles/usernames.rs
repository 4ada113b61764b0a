//! User names over time. A name that was given up leads to its owner and is given to nobody else, so that no stranger
//! takes over the links to a person; names of erased accounts stay kept from everybody.

use super::{store, write::Edit};
use crate::db::Tx;
use crate::{Domain, accounts};
use vestibule_model::{Error, Problem, Result, Timestamp, UserId, Username};

/// Whether the name `key` was somebody's who is not `user`. Asked after the name was written: who gives it up at the same
/// time holds the row until their transaction is over, and what they wrote is seen by then.
pub(crate) async fn is_kept_from(tx: &mut Tx, key: &str, user: UserId) -> Result<bool> {
    Ok(store::former_owner(tx, key).await?.is_some_and(|owner| owner != Some(user)))
}

/// Keeps the present name of an account that is about to be erased from everybody, as part of `tx`.
pub(crate) async fn reserve_username(
    domain: &Domain,
    tx: &mut Tx,
    username: Option<&Username>,
) -> Result<()> {
    match username {
        Some(name) => store::keep_name(tx, &name.canonical(), None, domain.now()).await,
        None => Ok(()),
    }
}

/// From when on a name that was changed at `changed` may be changed again.
pub(super) fn settled_until(domain: &Domain, changed: Option<Timestamp>) -> Option<Timestamp> {
    changed.map(|at| at.after(domain.rules().accounts.username_change_every))
}

/// Gives the person of `edit` the name `wanted`, or none; whether it is another one and not only another spelling.
pub(super) async fn rename(edit: &mut Edit<'_>, wanted: Option<&Username>) -> Result<bool> {
    let (domain, user) = (edit.domain, edit.before.id);
    let old = edit.before.username.as_ref().map(Username::canonical);
    let new = wanted.map(Username::canonical);
    if old == new {
        accounts::set_username(edit.tx, user, wanted, domain.now()).await?;
        return Ok(false);
    }
    let own_again = match &new {
        Some(key) => store::former_owner(edit.tx, key).await? == Some(Some(user)),
        None => false,
    };
    let now = domain.now();
    let settled = edit.before.profile.username_settled_until;
    if let Some(until) = settled.filter(|until| edit.by_owner() && !own_again && now < *until) {
        return Err(Error::invalid("username", Problem::TooSoon { until }));
    }
    let taken = || Error::invalid("username", Problem::Taken);
    if !accounts::set_username(edit.tx, user, wanted, now).await? {
        return Err(taken());
    }
    if let Some(key) = &new {
        if is_kept_from(edit.tx, key, user).await? {
            return Err(taken());
        }
        store::forget_name(edit.tx, key).await?;
    }
    if let Some(key) = &old {
        store::keep_name(edit.tx, key, Some(user), now).await?;
        store::set_renamed(edit.tx, user, now).await?;
    }
    Ok(true)
}
