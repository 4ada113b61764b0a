//! `user deactivate` and `user reactivate`: an account that sleeps as if its owner had wished it, and one that is woken
//! without their signing in. Keeping somebody out is `user ban`.

use super::{Named, find, manage, shown::told};
use crate::cli::{Failure, house::House, prompt};
use clap::Args;
use vestibule_domain::{Client, accounts};
use vestibule_model::Error;

/// Which account to deactivate.
#[derive(Args, Debug)]
pub(crate) struct Deactivate {
    #[command(flatten)]
    named: Named,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Deactivates an account.
pub(super) fn deactivate(house: &House, which: &Deactivate) -> Result<(), Failure> {
    let called = &which.named.account;
    if !which.yes {
        prompt::sure(house.output, &format!("Deactivate the account {called}?"))?;
    }
    let account = house.with_domain(|domain| async move {
        let id = find(&domain, called).await?.id;
        accounts::deactivate(&domain, &manage()?, id, &Client::local()).await?;
        find(&domain, &id.to_string()).await
    })?;
    house.output.say("the account is deactivated, until its owner signs in; a mail tells them");
    house.output.data(&account, told)
}

/// Makes an account active again.
pub(super) fn reactivate(house: &House, named: &Named) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let id = find(&domain, &named.account).await?.id;
        match accounts::reactivate(&domain, &manage()?, id, &Client::local()).await {
            Err(Error::NotFound) => return Err(Failure::NotDeactivated(named.account.clone())),
            woken => woken?,
        }
        find(&domain, &id.to_string()).await
    })?;
    house.output.say("the account is active again; a mail tells its owner");
    house.output.data(&account, told)
}
