//! The same asked of many people at once: each in a transaction of their own, as if they were asked one after the other, and
//! what became of each is told. Called by the list of `/admin/users` and the command line; what is done, and who may,
//! stands where it is done to one.

use super::{delete, mark_verified, store};
use crate::{Allowed, Client, Domain, bans, groups, sessions};
use std::collections::BTreeSet;
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{BanAccounts, ManageAccounts, ManageGroups, ViewAccounts};
use vestibule_model::people::{Outcome, check_many};
use vestibule_model::{Email, Error, Name, Result, UserId};

/// Does `one` to each of `users` once, in one order for everybody.
async fn each<F>(users: &[UserId], one: impl Fn(UserId) -> F) -> Result<Vec<Outcome>>
where
    F: Future<Output = Result<()>>,
{
    let people: BTreeSet<UserId> = users.iter().copied().collect();
    check_many(&people.iter().copied().collect::<Vec<_>>())?;
    let mut outcomes = Vec::with_capacity(people.len());
    for user in people {
        match one(user).await {
            // What stops one of them this way stops all: nobody waits a hundred times for a database that is away.
            Err(error @ (Error::Unavailable | Error::Internal { .. })) if outcomes.is_empty() => {
                return Err(error);
            }
            done => outcomes.push(Outcome { user, error: done.err() }),
        }
    }
    Ok(outcomes)
}

/// What each of `users` is called, of those who are there; at most 100, in the order of their ids.
///
/// # Errors
/// [`Error::Invalid`] for none, or more than 100.
pub async fn called(
    domain: &Domain,
    _by: &Allowed<ViewAccounts>,
    users: &[UserId],
) -> Result<Vec<(UserId, Name, Email)>> {
    check_many(users)?;
    let mut all = Vec::with_capacity(users.len());
    for some in users.chunks(store::CALLED) {
        all.extend(store::called(domain.db(), some).await?);
    }
    all.sort_by_key(|(id, _, _)| *id);
    all.dedup_by_key(|(id, _, _)| *id);
    Ok(all)
}

/// Bans each of them.
///
/// # Errors
/// [`Error::Invalid`] for none, more than 100, or a ban that does not fit.
pub async fn ban_many(
    domain: &Domain,
    by: &Allowed<BanAccounts>,
    users: &[UserId],
    form: &BanForm,
    client: &Client,
) -> Result<Vec<Outcome>> {
    form.clone().parse(domain.now())?;
    each(users, async |user| bans::impose(domain, by, user, form.clone(), client).await.map(drop)).await
}

/// Lifts the ban of each of them.
///
/// # Errors
/// [`Error::Invalid`] for none, or more than 100.
pub async fn unban_many(
    domain: &Domain,
    by: &Allowed<BanAccounts>,
    users: &[UserId],
    client: &Client,
) -> Result<Vec<Outcome>> {
    each(users, async |user| bans::lift(domain, by, user, client).await).await
}

/// Counts the address of each of them as confirmed.
///
/// # Errors
/// As [`unban_many`].
pub async fn verify_many(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    users: &[UserId],
    client: &Client,
) -> Result<Vec<Outcome>> {
    each(users, async |user| mark_verified(domain, by, user, client).await.map(drop)).await
}

/// Ends every session of each of them.
///
/// # Errors
/// As [`unban_many`].
pub async fn sign_out_many(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    users: &[UserId],
    client: &Client,
) -> Result<Vec<Outcome>> {
    each(users, async |user| sessions::end_all_of(domain, by, user, client).await.map(drop)).await
}

/// Erases the account of each of them for good.
///
/// # Errors
/// As [`unban_many`].
pub async fn delete_many(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    users: &[UserId],
    client: &Client,
) -> Result<Vec<Outcome>> {
    each(users, async |user| delete(domain, by, user, client).await).await
}

/// Puts each of them into a group.
///
/// # Errors
/// As [`unban_many`].
pub async fn join_many(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    users: &[UserId],
    group: &str,
    client: &Client,
) -> Result<Vec<Outcome>> {
    each(users, async |user| groups::join(domain, by, user, group, client).await).await
}

/// Takes each of them out of a group.
///
/// # Errors
/// As [`unban_many`].
pub async fn leave_many(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    users: &[UserId],
    group: &str,
    client: &Client,
) -> Result<Vec<Outcome>> {
    each(users, async |user| groups::leave(domain, by, user, group, client).await).await
}
