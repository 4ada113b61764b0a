//! What the forms about groups do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]
#![expect(clippy::too_many_arguments, reason = "one for each field of the form")]

use super::form::Typed;
use crate::server::{self, FnError, Site, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::accounts::{self, Which};
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Actor, groups};
use vestibule_model::groups::{ManageGroups, NewGroup, Permission, ViewAccounts};
use vestibule_model::sessions::LifetimeKind;
use vestibule_model::{Error, Problem, Result as Checked, UserId};

policy!(paths::actions::CREATE_GROUP, Policy::permitted(ManageGroups::NAME, "groups"));

/// Makes a group.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no groups.
#[server(prefix = "/fn", endpoint = "groups/create")]
pub async fn create_group(
    #[server(default)] name: String,
    #[server(default)] about: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let by = actor.allow()?;
    let new = NewGroup { name: name.trim().to_owned(), about: Some(about.clone()), ..NewGroup::default() };
    match groups::create(&site.domain, &by, new, &server::client()).await {
        Ok(group) => form_done(&site, &paths::admin_group(&group.name), Some(Notice::GroupMade)),
        Err(error) => form_failed(&site, paths::ADMIN_GROUPS, error, &[("name", &name), ("about", &about)]),
    }
}

policy!(paths::actions::CHANGE_GROUP, Policy::permitted(ManageGroups::NAME, "groups"));

/// Changes a group as it was reviewed, from the state that was seen then.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no groups.
#[server(prefix = "/fn", endpoint = "groups/change")]
pub async fn change_group(
    #[server(default)] group: String,
    #[server(default)] tag: String,
    #[server(default)] about: String,
    #[server(default)] permissions: String,
    #[server(default)] idle: String,
    #[server(default)] overall: String,
    #[server(default)] remembered: String,
    #[server(default)] refresh_idle: String,
    #[server(default)] refresh_overall: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let lifetimes =
        LifetimeKind::ALL.into_iter().zip([idle, overall, remembered, refresh_idle, refresh_overall]);
    let permissions = permissions.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect();
    let typed = Typed { about, permissions, lifetimes: lifetimes.collect() };
    let by = actor.allow()?;
    let done = async {
        let change = typed.change(&groups::show(&site.domain, &by, &group).await?)?;
        groups::change(&site.domain, &by, &group, change, Some(&[tag]), &server::client()).await
    };
    let Err(refused) = done.await else {
        return form_done(&site, &paths::admin_group(&group), Some(Notice::GroupSaved));
    };
    // What was typed is looked at once more, beside the group as it is now.
    match groups::show(&site.domain, &by, &group).await {
        Ok(now) => {
            let review = typed.review(&now.name, &groups::tag(&now));
            form_failed(&site, &review, refused, &[("about", &typed.about)])
        }
        Err(_) => answer(&site, &group, Err(refused), Notice::GroupSaved),
    }
}

policy!(paths::actions::DELETE_GROUP, Policy::permitted(ManageGroups::NAME, "groups"));

/// Deletes a group whose name was typed.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no groups.
#[server(prefix = "/fn", endpoint = "groups/delete")]
pub async fn delete_group(
    #[server(default)] group: String,
    #[server(default)] confirm_name: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let by = actor.allow()?;
    if confirm_name.trim() != group {
        let problem = if confirm_name.trim().is_empty() { Problem::Required } else { Problem::Malformed };
        return answer(&site, &group, Err(Error::invalid("confirm_name", problem)), Notice::GroupDeleted);
    }
    match groups::delete(&site.domain, &by, &group, &server::client()).await {
        Ok(()) => form_done(&site, paths::ADMIN_GROUPS, Some(Notice::GroupDeleted)),
        Err(error) => answer(&site, &group, Err(error), Notice::GroupDeleted),
    }
}

policy!(paths::actions::JOIN_GROUP, Policy::permitted(ManageGroups::NAME, "groups"));

/// Puts somebody into a group; `back`: whether the form stands on their own page.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no groups.
#[server(prefix = "/fn", endpoint = "groups/join")]
pub async fn join_group(
    #[server(default)] group: String,
    #[server(default)] person: String,
    #[server(default)] back: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let joined = async {
        if group.trim().is_empty() {
            return Err(Error::invalid("group", Problem::Required));
        }
        let user = named(&site, &actor, &person).await?;
        groups::join(&site.domain, &actor.allow()?, user, &group, &server::client()).await
    };
    let joined = joined.await;
    match (back.as_str(), person.parse::<UserId>()) {
        ("person", Ok(user)) => answer_at(&site, &paths::admin_user(user), joined, Notice::GroupJoined, &[]),
        _ => {
            answer_at(&site, &paths::admin_group(&group), joined, Notice::GroupJoined, &[("person", &person)])
        }
    }
}

policy!(paths::actions::LEAVE_GROUP, Policy::permitted(ManageGroups::NAME, "groups"));

/// Takes somebody out of a group; `back`: whether the form stands on their own page.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no groups.
#[server(prefix = "/fn", endpoint = "groups/leave")]
pub async fn leave_group(
    #[server(default)] group: String,
    #[server(default)] person: String,
    #[server(default)] back: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let by = actor.allow()?;
    let Ok(user) = person.parse::<UserId>() else {
        return answer(&site, &group, Err(Error::NotFound), Notice::GroupLeft);
    };
    let left = groups::leave(&site.domain, &by, user, &group, &server::client()).await;
    if back == "person" {
        return answer_at(&site, &paths::admin_user(user), left, Notice::GroupLeft, &[]);
    }
    answer(&site, &group, left, Notice::GroupLeft)
}

/// Who is meant: whoever may not look at accounts names them by id alone, so that trying addresses tells nothing.
async fn named(site: &Site, actor: &Actor, called: &str) -> Checked<UserId> {
    let called = called.trim();
    if let Ok(id) = called.parse() {
        return Ok(id);
    }
    let unknown = || Error::invalid("person", Problem::NotOffered);
    if called.is_empty() {
        return Err(Error::invalid("person", Problem::Required));
    }
    if !actor.holds(ViewAccounts::NAME) {
        return Err(unknown());
    }
    match accounts::show(&site.domain, &actor.allow()?, &Which::named(called)).await {
        Ok(account) => Ok(account.id),
        Err(Error::NotFound | Error::Invalid { .. }) => Err(unknown()),
        Err(error) => Err(error),
    }
}

fn answer(site: &Site, group: &str, done: Checked<()>, notice: Notice) -> Result<(), FnError> {
    answer_at(site, &paths::admin_group(group), done, notice, &[])
}

fn answer_at(
    site: &Site,
    address: &str,
    done: Checked<()>,
    notice: Notice,
    typed: &[(&str, &str)],
) -> Result<(), FnError> {
    match done {
        Ok(()) => form_done(site, address, Some(notice)),
        Err(error) => form_failed(site, address, error, typed),
    }
}
