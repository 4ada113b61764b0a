//! `user reset`: a link that sets a new password, mailed to the account's own address. Nobody is told a password here.

use super::{Named, find, manage};
use crate::cli::{Failure, house::House};
use vestibule_domain::{Client, auth};

/// Mails the link.
pub(super) fn reset(house: &House, named: &Named) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let account = find(&domain, &named.account).await?;
        auth::send_reset(&domain, &manage()?, account.id, &Client::local()).await?;
        Ok(account)
    })?;
    let email = account.email.as_str();
    house.output.say(&format!("a link to set a new password is on its way to {email}"));
    Ok(())
}
