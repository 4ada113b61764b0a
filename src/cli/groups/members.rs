//! `group members`: who belongs to a group.

use super::{manage, no_group};
use crate::cli::{Failure, house::House, output};
use clap::Args;
use vestibule_domain::groups;
use vestibule_model::UserId;
use vestibule_model::groups::GroupMember;

/// Whose members, and which of them.
#[derive(Args, Debug)]
#[command(after_help = "Example: group members staff --limit 100")]
pub(crate) struct Members {
    /// The group's name
    name: String,
    /// Most people to list
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Go on after this account, by its id
    #[arg(long, value_name = "ID")]
    after: Option<UserId>,
}

pub(super) fn list(house: &House, which: &Members) -> Result<(), Failure> {
    let members = house.with_domain(|domain| async move {
        let members =
            groups::members(&domain, &manage()?, &which.name, which.after, i64::from(which.limit)).await;
        members.map_err(|error| no_group(&which.name, error))
    })?;
    let row = |one: &GroupMember| {
        vec![one.id.to_string(), one.email.clone(), one.name.clone(), one.since.to_string()]
    };
    house
        .output
        .data(&members, |members| output::table(&["ID", "E-MAIL", "NAME", "SINCE"], members.iter().map(row)))
}
