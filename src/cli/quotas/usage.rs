//! `usage`: what somebody used; counting anew, and giving more.

use super::people::key;
use super::{manage, no_quota, shown};
use crate::cli::users::find;
use crate::cli::{Failure, house::House, prompt};
use clap::{Args, Subcommand};
use vestibule_domain::{Client, quotas};
use vestibule_model::quotas::GrantForm;

/// What to do with usage.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show how somebody stands with every quota, and what they used in 30 days
    Show(Account),
    /// Begin somebody's count anew, of one quota or of all, and lift a block
    Reset(Reset),
    /// Give somebody units beside what they may spend in the window that runs
    Grant(Grant),
}

/// Whom.
#[derive(Args, Debug)]
pub(crate) struct Account {
    /// E-mail address, user name or id
    #[arg(value_name = "ACCOUNT")]
    account: String,
}

/// Whose count.
#[derive(Args, Debug)]
#[command(after_help = "Example: usage reset ada@example.org daily")]
pub(crate) struct Reset {
    #[command(flatten)]
    whom: Account,
    /// The quota; every one unless it is given
    #[arg(value_name = "QUOTA")]
    quota: Option<String>,
    /// The count of the API key with this id
    #[arg(long = "of", value_name = "ID")]
    of: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Whom, and how much.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: usage grant ada@example.org daily 500 --reason \"Our mistake used them up\""
)]
pub(crate) struct Grant {
    #[command(flatten)]
    whom: Account,
    /// The quota
    #[arg(value_name = "QUOTA")]
    quota: String,
    /// How many units
    #[arg(value_name = "UNITS")]
    units: u64,
    /// Why
    #[arg(long)]
    reason: String,
    /// For the API key with this id
    #[arg(long = "of", value_name = "ID")]
    of: Option<String>,
}

/// Runs a `usage` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::Show(whom) => show(house, &whom),
        Command::Reset(given) => reset(house, &given),
        Command::Grant(given) => grant(house, given),
    }
}

fn show(house: &House, whom: &Account) -> Result<(), Failure> {
    let usage = house.with_domain(|domain| async move {
        let user = find(&domain, &whom.account).await?.id;
        Ok(quotas::usage_of(&domain, &manage()?, user).await?)
    })?;
    house.output.data(&usage, shown::usage)
}

fn reset(house: &House, given: &Reset) -> Result<(), Failure> {
    let called = &given.whom.account;
    if !given.yes {
        let what = given.quota.as_deref().unwrap_or("every quota");
        prompt::sure(house.output, &format!("Count {what} anew for {called}?"))?;
    }
    let key = key(given.of.as_deref())?;
    house.with_domain(|domain| async move {
        let user = find(&domain, called).await?.id;
        let whom = (user, key, given.quota.as_deref());
        Ok(quotas::reset(&domain, &manage()?, whom, &Client::local()).await?)
    })?;
    house.output.say("it is counted anew");
    Ok(())
}

fn grant(house: &House, given: Grant) -> Result<(), Failure> {
    let key = key(given.of.as_deref())?;
    let form = GrantForm { units: given.units, reason: given.reason };
    house.with_domain(|domain| async move {
        let user = find(&domain, &given.whom.account).await?.id;
        quotas::grant(&domain, &manage()?, (user, key, &given.quota), form, &Client::local())
            .await
            .map_err(|error| no_quota(&given.quota, error))
    })?;
    house.output.say("granted");
    Ok(())
}
