//! `group permissions`: every permission there is, and which groups hold it.

use super::manage;
use crate::cli::{Failure, house::House, output};
use vestibule_domain::groups;
use vestibule_model::groups::PermissionView;

pub(super) fn list(house: &House) -> Result<(), Failure> {
    let all = house
        .with_domain(|domain| async move { Ok(groups::permission_views(&domain, &manage()?).await?) })?;
    let row = |one: &PermissionView| {
        vec![one.name.clone(), one.declared_by.clone(), one.groups.join(", "), one.about.clone()]
    };
    house.output.data(&all, |all| {
        output::table(&["PERMISSION", "DECLARED BY", "GROUPS", "ALLOWS"], all.iter().map(row))
    })
}
