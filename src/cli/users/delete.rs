//! `user delete`: for good, or with the grace that its owner would have.

use super::{Named, find, manage};
use crate::cli::{Failure, house::House, prompt};
use clap::Args;
use vestibule_domain::Client;
use vestibule_domain::accounts::{self, Leaving};

/// Which account to delete.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    #[command(flatten)]
    named: Named,
    /// Do not erase it at once: the person may take it back by signing in, for as long as the settings say
    #[arg(long)]
    grace: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Deletes an account.
pub(super) fn delete(house: &House, which: &Delete) -> Result<(), Failure> {
    let (called, grace) = (&which.named.account, which.grace);
    if !which.yes {
        let question = if grace { "Begin the deletion of" } else { "Delete for good" };
        prompt::sure(house.output, &format!("{question} the account {called}?"))?;
    }
    let (account, leaving) = house.with_domain(|domain| async move {
        let account = find(&domain, called).await?;
        let leaving = if grace {
            accounts::ask_deletion(&domain, &manage()?, account.id, &Client::local()).await?
        } else {
            accounts::delete(&domain, &manage()?, account.id, &Client::local()).await?;
            Leaving::Erased
        };
        Ok((account, leaving))
    })?;
    let email = account.email.as_str();
    house.output.say(&match leaving {
        Leaving::Erased => format!("deleted {email}"),
        Leaving::Due(due) => format!("{email} will be erased at {due}, unless they sign in before"),
    });
    Ok(())
}
