//! `ban`: bans of addresses and networks, by whoever can run the program on the data itself. They hold in a running server
//! from its next request on. Bans of people are `user ban`.

use super::lifetimes::moment;
use super::{Failure, house::House, output};
use clap::{Args, Subcommand};
use vestibule_domain::{Actor, Allowed, Client, Domain, bans};
use vestibule_model::abuse;
use vestibule_model::bans::{AddressBan, AddressBanForm, AddressBansQuery, Ending};
use vestibule_model::groups::ManageBans;
use vestibule_model::listing::Page;
use vestibule_model::values::BanId;
use vestibule_model::{Error, Timestamp};

/// What to do with bans of addresses.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List bans of addresses and networks: those that hold, or all with --all
    List(List),
    /// Ban an address or network
    Add(Add),
    /// Show a ban, and what an automatic one was imposed for
    Show(Named),
    /// Lift a ban
    Lift(Named),
}

/// Which bans to list.
#[derive(Args, Debug)]
#[command(after_help = "Example: ban list --address 203.0.113.7")]
pub(crate) struct List {
    /// Those that are over too
    #[arg(long)]
    all: bool,
    /// Only those around this address, or around or inside this network
    #[arg(long, value_name = "NETWORK")]
    address: Option<String>,
    /// Only those that the program imposed by itself
    #[arg(long)]
    automatic: bool,
    /// At most so many, 1 to 100
    #[arg(long, value_name = "COUNT", default_value = "50")]
    limit: String,
    /// Go on where a list ended that told of this cursor
    #[arg(long)]
    cursor: Option<String>,
}

/// What to ban, why and for how long.
#[derive(Args, Debug)]
#[command(after_help = "Example: ban add 203.0.113.0/24 --reason \"Scans for open doors\" --for 7d")]
pub(crate) struct Add {
    /// An address, or a network such as 203.0.113.0/24 or `2001:db8::/32`; of an IPv6 address its /64, unless /128 follows
    network: String,
    /// Why; whoever is banned is not told
    #[arg(long)]
    reason: String,
    /// Lift the ban after so long: 12h, 7d, 90d
    #[arg(long = "for", value_name = "SPAN", conflicts_with = "until")]
    span: Option<String>,
    /// Lift the ban at this moment: 2026-12-24, or 2026-12-24T18:00:00Z
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

/// Which ban.
#[derive(Args, Debug)]
pub(crate) struct Named {
    #[arg(value_name = "BAN", help = "Its network, as `ban list` shows it, or its id")]
    which: String,
}

/// Runs a `ban` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::List(asked) => list(house, asked),
        Command::Add(new) => add(house, new),
        Command::Show(named) => show(house, &named),
        Command::Lift(named) => lift(house, &named),
    }
}

fn list(house: &House, asked: List) -> Result<(), Failure> {
    let page = Page::parse(Some(&asked.limit), asked.cursor.as_deref(), None)?;
    let query = AddressBansQuery {
        address: asked.address,
        standing: (!asked.all).then_some(true),
        automatic: asked.automatic.then_some(true),
    };
    let listed = house.with_domain(|domain| async move {
        Ok(bans::list_networks(&domain, &manage()?, &query, &page).await?)
    })?;
    house.output.data(&listed, |listed| {
        output::table(&["NETWORK", "SINCE", "UNTIL", "ENDED", "BY", "REASON"], listed.items.iter().map(row))
    })?;
    if let Some(next) = listed.next.filter(|_| !house.output.is_json()) {
        house.output.say(&format!("there are more: --cursor {next}"));
    }
    Ok(())
}

fn row(ban: &AddressBan) -> Vec<String> {
    vec![
        ban.network.clone(),
        ban.since.to_string(),
        until(ban.until),
        ended(ban),
        if ban.automatic { "the program" } else { "a person" }.to_owned(),
        ban.reason.to_string(),
    ]
}

fn until(until: Option<Timestamp>) -> String {
    until.map_or_else(|| "lifted".to_owned(), |until| until.to_string())
}

fn ended(ban: &AddressBan) -> String {
    match (ban.ended_at, ban.ending) {
        (None, _) => String::new(),
        (Some(at), Some(Ending::Lifted)) => format!("lifted {at}"),
        (Some(at), Some(Ending::Replaced)) => format!("replaced {at}"),
        (Some(at), _) => format!("by itself {at}"),
    }
}

fn add(house: &House, new: Add) -> Result<(), Failure> {
    let ban = house.with_domain(|domain| async move {
        let typed = new.until.or(new.span);
        let until = typed.map(|typed| moment(&typed, domain.now())).transpose()?;
        let form = AddressBanForm { network: new.network, reason: new.reason, until };
        Ok(bans::ban_network(&domain, &manage()?, form, &Client::local()).await?)
    })?;
    let until = ban.until.map_or_else(|| "until it is lifted".to_owned(), |until| format!("until {until}"));
    house.output.say(&format!("{} is banned {until}", ban.network));
    house.output.data(&ban, told)
}

fn show(house: &House, named: &Named) -> Result<(), Failure> {
    let ban = house.with_domain(|domain| async move { find(&domain, &named.which).await })?;
    house.output.data(&ban, told)
}

fn lift(house: &House, named: &Named) -> Result<(), Failure> {
    let ban = house.with_domain(|domain| async move {
        let found = find(&domain, &named.which).await?;
        let lifted = bans::lift_network(&domain, &manage()?, found.id, &Client::local()).await;
        lifted.map_err(|error| no_ban(&named.which, error))?;
        find(&domain, &found.id.to_string()).await
    })?;
    house.output.say(&format!("{} is not banned any more", ban.network));
    house.output.data(&ban, told)
}

fn manage() -> Result<Allowed<ManageBans>, Error> {
    Actor::Operator.allow()
}

/// The ban with this id, or the one that holds for this network.
async fn find(domain: &Domain, called: &str) -> Result<AddressBan, Failure> {
    let found = match called.parse::<BanId>() {
        Ok(id) => bans::show_network(domain, &manage()?, id).await,
        Err(_) => bans::standing_on(domain, &manage()?, called).await,
    };
    found.map_err(|error| no_ban(called, error))
}

/// What a refusal means where a ban was named.
fn no_ban(called: &str, error: Error) -> Failure {
    match error {
        Error::NotFound => Failure::NoBan(called.to_owned()),
        other => Failure::Refused(other),
    }
}

/// A ban on a terminal.
fn told(ban: &AddressBan) -> String {
    let evidence = ban.evidence.as_ref().map(|evidence| {
        let path = evidence.last_path.as_ref().map(|path| format!("; last probe {path}")).unwrap_or_default();
        format!(
            "score {} of {}: {} since {}{path}",
            evidence.score,
            evidence.block_at,
            abuse::told(&evidence.offences),
            evidence.first_at
        )
    });
    output::record([
        ("id", ban.id.to_string()),
        ("network", ban.network.clone()),
        ("reason", ban.reason.to_string()),
        (
            "by",
            if ban.automatic {
                "the program".to_owned()
            } else {
                ban.author.map_or_else(String::new, |id| id.to_string())
            },
        ),
        ("evidence", evidence.unwrap_or_default()),
        ("since", ban.since.to_string()),
        ("until", until(ban.until)),
        ("ended", ended(ban)),
    ])
}
