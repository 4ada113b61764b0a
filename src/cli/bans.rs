//! `user ban` and `user unban`: bans of people, by whoever can run the program on the data itself. They hold in a running
//! server from its next request on.

use super::{Failure, house::House, users};
use crate::config;
use clap::Args;
use vestibule_domain::{Actor, Client, bans};
use vestibule_model::bans::BanForm;
use vestibule_model::{Error, Timestamp};

/// Whom to ban, why and for how long.
#[derive(Args, Debug)]
#[command(after_help = "Example: user ban ada@example.org --reason \"Spam in profiles\" --for 7d")]
pub(crate) struct Ban {
    #[command(flatten)]
    named: users::Named,
    /// Why, in words that the person is shown
    #[arg(long)]
    reason: String,
    /// Lift the ban after so long: 12h, 7d, 90d
    #[arg(long = "for", value_name = "SPAN", conflicts_with = "until")]
    span: Option<String>,
    /// Lift the ban at this moment: 2026-12-24, or 2026-12-24T18:00:00Z
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

/// Bans somebody.
pub(crate) fn ban(house: &House, given: Ban) -> Result<(), Failure> {
    let Ban { named, reason, span, until } = given;
    let until = until.map(|text| moment(&text)).transpose()?;
    let span = span.map(|text| config::parse_span(&text)).transpose().map_err(Failure::Input)?;
    let (account, ban) = house.with_domain(|domain| async move {
        let account = users::find(&domain, named.called()).await?;
        let until = until.or_else(|| span.map(|span| domain.now().after(span)));
        let by = Actor::Operator.allow()?;
        let form = BanForm { reason, until };
        let ban = bans::impose(&domain, &by, account.id, form, &Client::local()).await?;
        Ok((users::find(&domain, &account.id.to_string()).await?, ban))
    })?;
    let until = ban.until.map_or_else(|| "until it is lifted".to_owned(), |until| format!("until {until}"));
    house.output.say(&format!("banned {until}; every session has ended"));
    house.output.data(&account, users::told)
}

/// Lifts a ban.
pub(crate) fn unban(house: &House, named: &users::Named) -> Result<(), Failure> {
    let account = house.with_domain(|domain| async move {
        let account = users::find(&domain, named.called()).await?;
        let by = Actor::Operator.allow()?;
        match bans::lift(&domain, &by, account.id, &Client::local()).await {
            Err(Error::NotFound) => return Err(Failure::NotBanned(named.called().to_owned())),
            lifted => lifted?,
        }
        users::find(&domain, &account.id.to_string()).await
    })?;
    house.output.say("the ban is lifted");
    house.output.data(&account, users::told)
}

/// A moment, or the beginning of a day in UTC.
fn moment(text: &str) -> Result<Timestamp, Failure> {
    let read = Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")));
    read.ok_or_else(|| {
        Failure::Input(
            "--until: expected a day such as 2026-12-24 or a moment such as 2026-12-24T18:00:00Z".into(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc() {
        assert_eq!(moment("2026-12-24").unwrap(), moment("2026-12-24T00:00:00Z").unwrap());
        assert_eq!(moment("2026-12-24T01:00:00+01:00").unwrap(), moment("2026-12-24").unwrap());
        for bad in ["", "tomorrow", "2026-13-01", "24.12.2026", "2026-12-24T"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }
}
