//! `user ban` and `user unban`: bans of people, by whoever can run the program on the data itself. They hold in a running
//! server from its next request on.

use super::{Named, find, shown::told};
use crate::cli::lifetimes::moment;
use crate::cli::{Failure, house::House};
use clap::Args;
use vestibule_domain::{Actor, Client, bans};
use vestibule_model::Error;
use vestibule_model::bans::BanForm;

/// Whom to ban, why and for how long.
#[derive(Args, Debug)]
#[command(after_help = "Example: user ban ada@example.org --reason \"Spam in profiles\" --for 7d")]
pub(crate) struct Ban {
    #[command(flatten)]
    named: Named,
    /// Why, in words that the person is shown
    #[arg(long)]
    reason: String,
    /// Lift the ban after so long: 12h, 7d, 90d
    #[arg(long = "for", value_name = "SPAN", conflicts_with = "until")]
    span: Option<String>,
    /// Lift the ban at this moment: 2026-12-24, or 2026-12-24T18:00:00Z
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// A note on the person that is written with it, for administrators
    #[arg(long)]
    note: Option<String>,
}

/// Bans somebody.
pub(super) fn ban(house: &House, given: Ban) -> Result<(), Failure> {
    let Ban { named, reason, span, until, note } = given;
    let (account, ban) = house.with_domain(|domain| async move {
        let account = find(&domain, &named.account).await?;
        let typed = until.or(span);
        let until = typed.map(|typed| moment(&typed, domain.now())).transpose()?;
        let by = Actor::Operator.allow()?;
        let form = BanForm { reason, until, note };
        let ban = bans::impose(&domain, &by, account.id, form, &Client::local()).await?;
        Ok((find(&domain, &account.id.to_string()).await?, ban))
    })?;
    let until = ban.until.map_or_else(|| "until it is lifted".to_owned(), |until| format!("until {until}"));
    house.output.say(&format!("banned {until}; every session has ended"));
    house.output.data(&account, told)
}

/// Lifts a ban.
pub(super) fn unban(house: &House, named: &Named) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let account = find(&domain, &named.account).await?;
        let by = Actor::Operator.allow()?;
        match bans::lift(&domain, &by, account.id, &Client::local()).await {
            Err(Error::NotFound) => return Err(Failure::NotBanned(named.account.clone())),
            lifted => lifted?,
        }
        find(&domain, &account.id.to_string()).await
    })?;
    house.output.say("the ban is lifted");
    house.output.data(&account, told)
}
