//! `user admin`: makes somebody an administrator, or one no more.

use super::{Named, find, shown};
use crate::cli::{Failure, groups as command, house::House};
use clap::Subcommand;
use vestibule_domain::{Client, groups};
use vestibule_model::groups::ADMIN;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make somebody an administrator: they hold every permission
    Grant(Named),
    /// Make somebody an administrator no more; the last one stays
    Withdraw(Named),
}

pub(super) fn run(house: &House, admin: &Admin) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let (Admin::Grant(named) | Admin::Withdraw(named)) = admin;
        let (user, by) = (find(&domain, &named.account).await?.id, command::manage()?);
        match admin {
            Admin::Grant(_) => groups::join(&domain, &by, user, ADMIN, &Client::local()).await?,
            Admin::Withdraw(_) => groups::leave(&domain, &by, user, ADMIN, &Client::local()).await?,
        }
        find(&domain, &user.to_string()).await
    })?;
    house.output.data(&account, shown::told)
}
