//! `user resend`: the link that confirms an address, mailed anew.

use super::{Named, find, manage};
use crate::cli::{Failure, house::House};
use vestibule_domain::{Client, accounts};

/// Mails the link.
pub(super) fn resend(house: &House, named: &Named) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let account = find(&domain, &named.account).await?;
        accounts::resend_verification_to(&domain, &manage()?, account.id, &Client::local()).await?;
        Ok(account)
    })?;
    let email = account.email.as_str();
    house.output.say(&format!("a link to confirm the address is on its way to {email}"));
    Ok(())
}
