//! The same asked of many people at once: each in a transaction of their own, as if they were asked one after the other, and
//! what became of each is told. Called by the list of `/admin/users`, REST and the command line; what is done, and who may,
//! stands where it is done to one.

use super::{delete, mark_verified, store};
use crate::{Allowed, Client, Domain, bans, groups, sessions};
use std::collections::BTreeSet;
use vestibule_model::groups::ViewAccounts;
use vestibule_model::people::{Deed, MOST_AT_ONCE, ManyForm, Outcome};
use vestibule_model::{Email, Error, Name, Result, UserId};

/// Does to each of the people of `form` what it says. Whoever sees people may ask; what is done takes its own permission
/// ([`DeedKind::permission`](vestibule_model::people::DeedKind::permission)).
///
/// # Errors
/// [`Error::Invalid`] for a form that does not fit, [`Error::NotAllowed`] without the permission. What is refused for one of
/// them is told in their [`Outcome`].
pub async fn do_to_many(
    domain: &Domain,
    by: &Allowed<ViewAccounts>,
    form: ManyForm,
    client: &Client,
) -> Result<Vec<Outcome>> {
    let (deed, users) = form.parse(domain.now())?;
    let actor = by.by();
    match deed {
        Deed::Ban(form) => {
            let may = actor.allow()?;
            each(users, async |user| bans::impose(domain, &may, user, form.clone(), client).await.map(drop))
                .await
        }
        Deed::Unban => {
            let may = actor.allow()?;
            each(users, async |user| bans::lift(domain, &may, user, client).await).await
        }
        Deed::Verify => {
            let may = actor.allow()?;
            each(users, async |user| mark_verified(domain, &may, user, client).await.map(drop)).await
        }
        Deed::SignOut => {
            let may = actor.allow()?;
            each(users, async |user| sessions::end_all_of(domain, &may, user, client).await.map(drop)).await
        }
        Deed::Join(group) => {
            let may = actor.allow()?;
            each(users, async |user| groups::join(domain, &may, user, &group, client).await).await
        }
        Deed::Leave(group) => {
            let may = actor.allow()?;
            each(users, async |user| groups::leave(domain, &may, user, &group, client).await).await
        }
        Deed::Delete => {
            let may = actor.allow()?;
            each(users, async |user| delete(domain, &may, user, client).await).await
        }
    }
}

/// Does `one` to each of `people`.
async fn each<F>(people: BTreeSet<UserId>, one: impl Fn(UserId) -> F) -> Result<Vec<Outcome>>
where
    F: Future<Output = Result<()>>,
{
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

/// What each of `users` is called, of those who are there, in the order of their ids; nobody beyond the first hundred.
///
/// # Errors
/// None but those of the database.
pub async fn called(
    domain: &Domain,
    _by: &Allowed<ViewAccounts>,
    users: &[UserId],
) -> Result<Vec<(UserId, Name, Email)>> {
    let users = &users[..users.len().min(MOST_AT_ONCE)];
    let mut all = Vec::with_capacity(users.len());
    for some in users.chunks(store::CALLED) {
        all.extend(store::called(domain.db(), some).await?);
    }
    all.sort_by_key(|(id, _, _)| *id);
    all.dedup_by_key(|(id, _, _)| *id);
    Ok(all)
}
