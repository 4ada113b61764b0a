//! `group`: groups, what their members may do and how long their sign-ins last. Works beside a running server.

mod change;
mod members;
mod permissions;
mod shown;

pub(crate) use change::known;

use super::lifetimes::{Lifetimes, label};
use super::{Failure, house::House, output, prompt};
use clap::{Args, Subcommand};
use serde::Serialize;
use vestibule_domain::sessions::lifetimes;
use vestibule_domain::{Actor, Allowed, Client, groups};
use vestibule_model::Error;
use vestibule_model::groups::ManageGroups;
use vestibule_model::sessions::LifetimeKind;

/// What to do with groups.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List groups
    List,
    /// Show one group
    Show(Named),
    /// Make a group
    Create(change::Create),
    /// Give a group other words, or exactly these permissions
    Set(change::Set),
    /// Let the members of a group do more
    Grant(change::Adjust),
    /// Let the members of a group do less
    Withdraw(change::Adjust),
    /// Delete a group; its members stay, without what they had by it
    Delete(Delete),
    /// List who belongs to a group
    Members(members::Members),
    /// Show, or set, how long sign-ins of a group's members last; the longest of a person's groups counts
    Lifetimes(Set),
    /// List every permission, and which groups hold it
    Permissions,
}

/// Which group.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// The group's name
    name: String,
}

/// What to delete.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// The group's name
    name: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Whose lifetimes to set.
#[derive(Args, Debug)]
#[command(after_help = "Example: group lifetimes premium --remembered forever")]
pub(crate) struct Set {
    /// The group's name
    name: String,
    #[command(flatten)]
    lifetimes: Lifetimes,
}

/// Runs a `group` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::List => shown::list(house),
        Command::Show(named) => shown::show(house, &named.name),
        Command::Create(new) => change::create(house, new),
        Command::Set(set) => change::set(house, set),
        Command::Grant(more) => change::grant(house, &more),
        Command::Withdraw(less) => change::withdraw(house, &less),
        Command::Delete(delete) => remove(house, &delete),
        Command::Members(which) => members::list(house, &which),
        Command::Lifetimes(set) => set_lifetimes(house, &set),
        Command::Permissions => permissions::list(house),
    }
}

fn remove(house: &House, delete: &Delete) -> Result<(), Failure> {
    let name = &delete.name;
    if !delete.yes {
        prompt::sure(house.output, &format!("Delete the group {name}?"))?;
    }
    house.with_domain(|domain| async move {
        groups::delete(&domain, &manage()?, name, &Client::local())
            .await
            .map_err(|error| no_group(name, error))
    })?;
    house.output.say(&format!("group {name} deleted"));
    Ok(())
}

/// A group's lifetimes as they are told.
#[derive(Serialize)]
struct Shown {
    group: String,
    lifetimes: lifetimes::Set,
}

fn set_lifetimes(house: &House, set: &Set) -> Result<(), Failure> {
    let (name, change) = (&set.name, set.lifetimes.change());
    let now = house.with_domain(|domain| async move {
        if !change.is_empty() {
            lifetimes::set_for_group(&domain, &manage()?, name, &change, &Client::local())
                .await
                .map_err(|error| no_group(name, error))?;
        }
        lifetimes::of_group(&domain, &manage()?, name).await.map_err(|error| no_group(name, error))
    })?;
    let shown = Shown { group: name.clone(), lifetimes: now };
    house.output.data(&shown, |shown| {
        output::record(LifetimeKind::ALL.map(|kind| {
            let set = shown.lifetimes.get(&kind);
            (label(kind), set.map_or_else(|| "as everybody else".to_owned(), ToString::to_string))
        }))
    })
}

pub(crate) fn manage() -> Result<Allowed<ManageGroups>, Error> {
    Actor::Operator.allow()
}

/// What a refusal means where a group was named.
pub(crate) fn no_group(name: &str, error: Error) -> Failure {
    match error {
        Error::NotFound => Failure::NoGroup(name.to_owned()),
        other => Failure::Refused(other),
    }
}
