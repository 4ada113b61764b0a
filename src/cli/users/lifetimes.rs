//! `user lifetimes` and `user expire`: how long a person's sign-ins last, and when their account ends.

use super::{Named, find, manage, shown::told, view};
use crate::cli::lifetimes::{Lifetimes, label, moment, told as told_lifetime};
use crate::cli::{Failure, house::House, output};
use clap::Args;
use vestibule_domain::{Client, accounts, sessions::lifetimes};

/// Whose lifetimes.
#[derive(Args, Debug)]
#[command(after_help = "Example: user lifetimes ada@example.org --idle 8h --remembered forever")]
pub(crate) struct Own {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    lifetimes: Lifetimes,
}

/// When an account ends.
#[derive(Args, Debug)]
#[command(after_help = "Example: user expire ada@example.org --in 90d")]
#[group(id = "when", required = true, multiple = false, args = ["at", "within", "never"])]
pub(crate) struct Expire {
    #[command(flatten)]
    named: Named,
    /// At this day (its first moment in UTC) or time
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// So long from now on
    #[arg(long = "in", id = "within", value_name = "SPAN")]
    within: Option<String>,
    /// Not at all
    #[arg(long)]
    never: bool,
}

/// Shows how long a person's sign-ins last, after setting it.
pub(super) fn set(house: &House, set: &Own) -> Result<(), Failure> {
    let change = set.lifetimes.change();
    let all = house.with_domain(|domain| async move {
        let user = find(&domain, &set.named.account).await?.id;
        if !change.is_empty() {
            lifetimes::set_for_person(&domain, &manage()?, user, &change, &Client::local()).await?;
        }
        Ok(lifetimes::of_person(&domain, &view()?, user).await?)
    })?;
    house.output.data(&all, |all| output::record(all.iter().map(|one| (label(one.kind), told_lifetime(one)))))
}

/// Sets when an account ends.
pub(super) fn expire(house: &House, when: &Expire) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let account = find(&domain, &when.named.account).await?;
        let typed = when.at.as_deref().or(when.within.as_deref());
        let expires_at = typed.map(|typed| moment(typed, domain.now())).transpose()?;
        accounts::set_expiry(&domain, &manage()?, account.id, expires_at, &Client::local()).await?;
        find(&domain, &account.id.to_string()).await
    })?;
    house.output.data(&account, told)
}
