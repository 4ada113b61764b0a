//! `group create`, `set`, `grant` and `withdraw`.

use super::{manage, no_group, shown};
use crate::cli::{Failure, house::House};
use clap::Args;
use vestibule_domain::{Client, Domain, groups};
use vestibule_model::groups::{GroupForm, NewGroup};

/// What to make.
#[derive(Args, Debug)]
#[command(after_help = "Example: group create premium --about \"People who pay\"")]
pub(crate) struct Create {
    /// Its name: small letters, digits and hyphens; it never changes
    name: String,
    /// What it is for
    #[arg(long)]
    about: Option<String>,
    /// A permission of its members; repeatable, or several with commas between them
    #[arg(long = "permission", value_name = "PERMISSION", value_delimiter = ',')]
    permissions: Vec<String>,
}

/// What to set.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: group set staff --about \"People who work here\" --permissions accounts:view"
)]
pub(crate) struct Set {
    /// The group's name
    name: String,
    /// What it is for
    #[arg(long)]
    about: Option<String>,
    /// Everything its members may do from now on, with commas between; "" for nothing
    #[arg(long, value_name = "PERMISSIONS", value_delimiter = ',')]
    permissions: Option<Vec<String>>,
}

/// What to grant, or withdraw.
#[derive(Args, Debug)]
#[command(after_help = "Example: group grant staff accounts:view accounts:ban")]
pub(crate) struct Adjust {
    /// The group's name
    name: String,
    /// Permissions; `group permissions` lists them
    #[arg(required = true, value_name = "PERMISSION")]
    permissions: Vec<String>,
}

pub(super) fn create(house: &House, new: Create) -> Result<(), Failure> {
    let Create { name, about, permissions } = new;
    let said = format!("group {name} created");
    let group = house.with_domain(|domain| async move {
        known(&domain, &permissions)?;
        let new = NewGroup { name, about, permissions, ..NewGroup::default() };
        Ok(groups::create(&domain, &manage()?, new, &Client::local()).await?)
    })?;
    house.output.say(&said);
    house.output.data(&group, shown::told)
}

pub(super) fn set(house: &House, set: Set) -> Result<(), Failure> {
    let Set { name, about, permissions } = set;
    if about.is_none() && permissions.is_none() {
        return Err(Failure::Usage("nothing to set: give --about, --permissions or both".into()));
    }
    let permissions =
        permissions.map(|all| all.into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>());
    let group = house.with_domain(|domain| async move {
        known(&domain, permissions.iter().flatten())?;
        let form = GroupForm { about, permissions, ..GroupForm::default() };
        let changed = groups::change(&domain, &manage()?, &name, form, None, &Client::local()).await;
        changed.map_err(|error| no_group(&name, error))
    })?;
    house.output.data(&group, shown::told)
}

pub(super) fn grant(house: &House, more: &Adjust) -> Result<(), Failure> {
    let group = house.with_domain(|domain| async move {
        known(&domain, &more.permissions)?;
        let granted =
            groups::grant(&domain, &manage()?, &more.name, &more.permissions, &Client::local()).await;
        granted.map_err(|error| no_group(&more.name, error))
    })?;
    house.output.data(&group, shown::told)
}

pub(super) fn withdraw(house: &House, less: &Adjust) -> Result<(), Failure> {
    let group = house.with_domain(|domain| async move {
        let withdrawn =
            groups::withdraw(&domain, &manage()?, &less.name, &less.permissions, &Client::local()).await;
        withdrawn.map_err(|error| no_group(&less.name, error))
    })?;
    house.output.data(&group, shown::told)
}

/// Names the nearest permission where one was mistyped.
pub(crate) fn known<'a>(domain: &Domain, typed: impl IntoIterator<Item = &'a String>) -> Result<(), Failure> {
    let all = groups::permissions(domain);
    let is_none = |one: &&String| all.iter().all(|permission| permission.name != one.as_str());
    let Some(wrong) = typed.into_iter().find(is_none) else { return Ok(()) };
    let near = groups::nearest(wrong, all.iter().map(|permission| permission.name));
    let hint = near.map_or_else(
        || "`group permissions` lists them all".to_owned(),
        |near| format!("did you mean {near}?"),
    );
    Err(Failure::Input(format!("There is no permission called {wrong}; {hint}")))
}
