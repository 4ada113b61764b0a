//! `user invite`: an account without a password, and the mail that brings the link to set one.

use super::manage;
use super::shown::told;
use crate::cli::lifetimes::moment;
use crate::cli::{Failure, house::House};
use clap::Args;
use vestibule_domain::{Client, accounts};
use vestibule_model::people::NewPersonForm;

/// Whom to invite.
#[derive(Args, Debug)]
#[command(after_help = "Example: user invite ada@example.org --name \"Ada Lovelace\"")]
pub(crate) struct Invite {
    /// Their address
    email: String,
    /// What they are called
    #[arg(long)]
    name: String,
    /// A unique handle
    #[arg(long)]
    username: Option<String>,
    /// When the account ends: a day, a time, or a span from now on, as 90d
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
}

/// Invites somebody.
pub(super) fn invite(house: &House, whom: Invite) -> Result<(), Failure> {
    let Invite { email, name, username, expires } = whom;
    let account = house.with_domain(|domain| async move {
        let expires_at = expires.map(|typed| moment(&typed, domain.now())).transpose()?;
        let form = NewPersonForm { email, name, username, expires_at, ..NewPersonForm::default() };
        Ok(accounts::invite(&domain, &manage()?, form, &Client::local()).await?)
    })?;
    house.output.say("invited; the mail brings a link that is good for a week");
    house.output.data(&account, told)
}
