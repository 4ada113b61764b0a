//! `user restore`: an account that is to be erased stays after all.

use super::{Named, find, manage, shown::told};
use crate::cli::{Failure, house::House};
use vestibule_domain::{Client, accounts};
use vestibule_model::Error;

/// Takes a deletion in its grace back.
pub(super) fn restore(house: &House, named: &Named) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let account = find(&domain, &named.account).await?;
        match accounts::cancel_deletion(&domain, &manage()?, account.id, &Client::local()).await {
            Err(Error::NotFound) => return Err(Failure::NotLeaving(named.account.clone())),
            cancelled => cancelled?,
        }
        find(&domain, &account.id.to_string()).await
    })?;
    house.output.say("the account stays; a mail tells its owner");
    house.output.data(&account, told)
}
