//! `user email` and `user notifications`: where a person's mail goes, and which.

use super::{Named, find, manage, shown::told, view};
use crate::cli::{Failure, house::House, output};
use clap::Args;
use vestibule_domain::accounts::{self, Which};
use vestibule_domain::{Client, notices};
use vestibule_model::notices::{NoticeChoice, NoticesForm};

/// Another address.
#[derive(Args, Debug)]
pub(crate) struct Readdress {
    #[command(flatten)]
    named: Named,
    /// The new address
    #[arg(value_name = "EMAIL")]
    email: String,
    /// Count it as confirmed; without this it is mailed a link
    #[arg(long)]
    verified: bool,
}

/// What a person is told by mail.
#[derive(Args, Debug)]
#[command(after_help = "Example: user notifications ada@example.org --off welcome")]
pub(crate) struct Notifications {
    #[command(flatten)]
    named: Named,
    /// Switch a notice on; can be repeated
    #[arg(long, value_name = "NOTICE")]
    on: Vec<String>,
    /// Switch a notice off; can be repeated
    #[arg(long, value_name = "NOTICE")]
    off: Vec<String>,
}

/// Gives an account another address.
pub(super) fn readdress(house: &House, change: &Readdress) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let account = find(&domain, &change.named.account).await?;
        let (id, client) = (account.id, Client::local());
        accounts::email::replace(&domain, &manage()?, id, &change.email, change.verified, &client).await?;
        find(&domain, &id.to_string()).await
    })?;
    house.output.say(if change.verified {
        "the address was changed"
    } else {
        "the address was changed; a link to confirm it is on its way"
    });
    house.output.data(&account, told)
}

/// Shows what a person is told by mail, after changing it.
pub(super) fn choose(house: &House, choice: Notifications) -> Result<(), Failure> {
    let wanted = NoticesForm { on: choice.on, off: choice.off }.wanted()?;
    let all = house.with_domain(|domain| async move {
        let which = Which::Id(find(&domain, &choice.named.account).await?.id);
        let client = Client::local();
        Ok(if wanted.is_empty() {
            notices::choices_of(&domain, &view()?, &which).await?
        } else {
            notices::choose_for(&domain, &manage()?, &which, &wanted, &client).await?
        })
    })?;
    house.output.data(&all, |all| {
        let state = |one: &NoticeChoice| match (one.security, one.on) {
            (true, _) => "always",
            (_, true) => "on",
            (_, false) => "off",
        };
        let row = |one: &NoticeChoice| vec![one.name.clone(), state(one).to_owned(), one.about.clone()];
        output::table(&["NOTICE", "SENT", "ABOUT"], all.iter().map(row))
    })
}
