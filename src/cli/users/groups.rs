//! `user groups`: what somebody belongs to.

use super::{Named, find};
use crate::cli::{Failure, groups as command, house::House};
use clap::Args;
use vestibule_domain::{Client, groups};

/// Whose groups.
#[derive(Args, Debug)]
#[command(after_help = "Example: user groups ada@example.org --join premium --leave trial")]
pub(crate) struct Groups {
    #[command(flatten)]
    named: Named,
    /// Put the person into this group; repeatable
    #[arg(long, value_name = "GROUP")]
    join: Vec<String>,
    /// Take the person out of this group; repeatable
    #[arg(long, value_name = "GROUP")]
    leave: Vec<String>,
}

/// Shows a person's groups, after putting them into some and taking them out of others.
pub(super) fn set(house: &House, set: &Groups) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let (user, by) = (find(&domain, &set.named.account).await?.id, command::manage()?);
        for name in &set.join {
            let joined = groups::join(&domain, &by, user, name, &Client::local()).await;
            joined.map_err(|error| command::no_group(name, error))?;
        }
        for name in &set.leave {
            let left = groups::leave(&domain, &by, user, name, &Client::local()).await;
            left.map_err(|error| command::no_group(name, error))?;
        }
        find(&domain, &user.to_string()).await
    })?;
    house.output.data(&account.groups, |groups| groups.join("\n"))
}
