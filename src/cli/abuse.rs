//! `abuse`: what addresses and accounts did, what the program did about it by itself, and undoing that; by whoever can run
//! the program on the data itself.

use super::{Failure, house::House, output, users};
use clap::{Args, Subcommand};
use std::net::IpAddr;
use vestibule_domain::{Actor, Allowed, Client, Domain, abuse};
use vestibule_model::Error;
use vestibule_model::abuse::{Bearing, Suspect, told as offences};
use vestibule_model::groups::ManageBans;
use vestibule_model::listing::Page;

/// What to do about abuse.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List who offended, the last one first
    List(List),
    /// Show what an address or account did, and what is done about it
    Show(Named),
    /// Forget what an address or account did, and lift the block that the program imposed for it
    Forgive(Named),
}

/// How many to list.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// At most so many, 1 to 100
    #[arg(long, value_name = "COUNT", default_value = "50")]
    limit: String,
    /// Go on where a list ended that told of this cursor
    #[arg(long)]
    cursor: Option<String>,
}

/// Whom.
#[derive(Args, Debug)]
#[command(after_help = "Example: abuse forgive 203.0.113.7")]
pub(crate) struct Named {
    #[arg(value_name = "WHO", help = "An address, or an account's e-mail address, user name or id")]
    who: String,
}

/// Runs an `abuse` command.
pub(crate) fn run(house: &House, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(asked) => list(house, asked),
        Command::Show(named) => show(house, named),
        Command::Forgive(named) => forgive(house, named),
    }
}

fn list(house: &House, asked: &List) -> Result<(), Failure> {
    let page = Page::parse(Some(&asked.limit), asked.cursor.as_deref(), None)?;
    let listed =
        house.with_domain(|domain| async move { Ok(abuse::list(&domain, &manage()?, &page).await?) })?;
    house.output.data(&listed, |listed| {
        output::table(&["WHO", "SCORE", "NOW", "LAST", "OFFENCES"], listed.items.iter().map(row))
    })?;
    if let Some(next) = listed.next.filter(|_| !house.output.is_json()) {
        house.output.say(&format!("there are more: --cursor {next}"));
    }
    Ok(())
}

fn row(one: &Suspect) -> Vec<String> {
    vec![
        one.subject.clone(),
        one.score.to_string(),
        bearing(one),
        one.last_at.to_string(),
        offences(&one.offences),
    ]
}

fn bearing(one: &Suspect) -> String {
    match (one.bearing, one.blocked_until) {
        (Bearing::Blocked, Some(until)) => format!("blocked until {until}"),
        (Bearing::Blocked, None) => "blocked".to_owned(),
        (Bearing::Delayed, _) => format!("answers come {} ms late", one.delay_ms),
        (Bearing::Clear, _) => String::new(),
    }
}

fn show(house: &House, named: &Named) -> Result<(), Failure> {
    let found = house.with_domain(|domain| async move {
        let subject = subject(&domain, &named.who).await?;
        abuse::show(&domain, &manage()?, &subject).await.map_err(|error| nothing(&named.who, error))
    })?;
    house.output.data(&found, told)
}

fn forgive(house: &House, named: &Named) -> Result<(), Failure> {
    house.with_domain(|domain| async move {
        let subject = subject(&domain, &named.who).await?;
        let done = abuse::forgive(&domain, &manage()?, &subject, &Client::local()).await;
        done.map_err(|error| nothing(&named.who, error))
    })?;
    house.output.say(&format!("what {} did is forgotten", named.who));
    Ok(())
}

fn manage() -> Result<Allowed<ManageBans>, Error> {
    Actor::Operator.allow()
}

/// An address as it is, or the id of the account called so.
async fn subject(domain: &Domain, called: &str) -> Result<String, Failure> {
    let bare = called.split('/').next().unwrap_or_default();
    if bare.parse::<IpAddr>().is_ok() {
        return Ok(called.to_owned());
    }
    Ok(users::find(domain, called).await?.id.to_string())
}

/// What a refusal means where somebody was named.
fn nothing(called: &str, error: Error) -> Failure {
    match error {
        Error::NotFound => Failure::NoOffence(called.to_owned()),
        other => Failure::Refused(other),
    }
}

/// An address or account on a terminal.
fn told(one: &Suspect) -> String {
    output::record([
        ("who", one.subject.clone()),
        ("score", one.score.to_string()),
        ("offences", offences(&one.offences)),
        ("first", one.first_at.to_string()),
        ("last", one.last_at.to_string()),
        ("path", one.last_path.clone().unwrap_or_default()),
        ("now", bearing(one)),
        ("blocks", one.blocks.to_string()),
    ])
}
