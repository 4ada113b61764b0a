//! `group list` and `group show`: groups on a terminal.

use super::{manage, no_group};
use crate::cli::{Failure, house::House, lifetimes::label, output};
use vestibule_domain::groups;
use vestibule_model::groups::Group;

pub(super) fn list(house: &House) -> Result<(), Failure> {
    let all = house.with_domain(|domain| async move { Ok(groups::list(&domain, &manage()?).await?) })?;
    let row = |group: &Group| {
        let (permissions, kind) = (group.permissions.len().to_string(), kind(group).to_owned());
        vec![group.name.clone(), group.members_shown(), permissions, kind, group.about.clone()]
    };
    house.output.data(&all, |all| {
        output::table(&["NAME", "MEMBERS", "PERMISSIONS", "KIND", "ABOUT"], all.iter().map(row))
    })
}

/// What is special about a group.
fn kind(group: &Group) -> &'static str {
    match group {
        Group { default: true, .. } => "default",
        Group { from_settings: true, .. } => "settings",
        Group { protected: true, .. } => "protected",
        _ => "",
    }
}

pub(super) fn show(house: &House, name: &str) -> Result<(), Failure> {
    let group = house.with_domain(|domain| async move {
        groups::show(&domain, &manage()?, name).await.map_err(|error| no_group(name, error))
    })?;
    house.output.data(&group, told)
}

/// A group on a terminal.
pub(super) fn told(group: &Group) -> String {
    let lifetimes =
        group.lifetimes.iter().map(|(kind, one)| format!("{}={one}", label(*kind).replace(' ', "_")));
    let fixed: Vec<_> = group.fixed.iter().map(|part| format!("{part:?}").to_lowercase()).collect();
    output::record([
        ("name", group.name.clone()),
        ("about", group.about.clone()),
        ("kind", kind(group).to_owned()),
        ("members", group.members_shown()),
        ("permissions", group.permissions.join(", ")),
        ("lifetimes", lifetimes.collect::<Vec<_>>().join(", ")),
        ("fixed", fixed.join(", ")),
    ])
}
