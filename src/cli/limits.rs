//! `limits` (or `limit`): rate limits, by whoever can run the program on the data itself. What changes here holds in a
//! running server within a second.

use super::endpoints::with_endpoints;
use super::{Failure, house::House, output, prompt, users};
use clap::{Args, Subcommand};
use vestibule_domain::{Actor, Allowed, Client, limits};
use vestibule_model::Error;
use vestibule_model::groups::ManageLimits;
use vestibule_model::limits::{By, LimitForm, LimitView, Mode, OnStoreError, ResetForm};

/// What to do with rate limits.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List every limit
    List,
    /// Show one limit
    Show(Named),
    /// Set a limit, or what is to differ of one; it holds from the next request on
    Set(Box<Set>),
    /// Take back what was set for a limit
    Clear(Named),
    /// Forget what was counted: of somebody, of an address, or of everybody
    Reset(Reset),
}

/// Which limit.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// Its name
    name: String,
}

/// What to set.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: limits set api --most 600 --per 1m --burst 100\n         limits set search --tag search --by address --most 5 --per 10s --mode shadow"
)]
pub(crate) struct Set {
    /// Its name
    name: String,
    /// A tag of endpoints it concerns; may come several times
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// By what calls are told apart; may come several times, and means every combination then
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(By::ALL.iter().map(|one| one.name())))]
    by: Vec<String>,
    /// How many calls
    #[arg(long)]
    most: Option<u64>,
    /// In which time: 10s, 1m, 1d
    #[arg(long, value_name = "SPAN")]
    per: Option<String>,
    /// How many at once
    #[arg(long)]
    burst: Option<u64>,
    /// Whether no window of this length may ever hold more; for at most 100 calls
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true")]
    strict: Option<bool>,
    /// Whether it refuses, only counts and is logged, or does nothing
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(Mode::ALL.iter().map(|one| one.name())))]
    mode: Option<String>,
    /// What holds while Redis or the database is away
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(OnStoreError::ALL.iter().map(|one| one.name())))]
    on_store_error: Option<String>,
}

/// Whose counts to forget.
#[derive(Args, Debug)]
#[command(after_help = "Example: limits reset sign_in --address 192.0.2.7")]
pub(crate) struct Reset {
    /// Its name
    name: String,
    /// E-mail address, user name or id of somebody
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "address")]
    user: Option<String>,
    /// An IPv4 or IPv6 address
    #[arg(long)]
    address: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Runs a `limits` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::List => list(house),
        Command::Show(named) => show(house, &named.name),
        Command::Set(set) => self::set(house, *set),
        Command::Clear(named) => clear(house, &named.name),
        Command::Reset(reset) => self::reset(house, &reset),
    }
}

fn manage() -> Result<Allowed<ManageLimits>, Error> {
    Actor::Operator.allow()
}

fn list(house: &House) -> Result<(), Failure> {
    let all = with_endpoints(house, |domain| async move { Ok(limits::all(&domain, &manage()?)) })?;
    house.output.data(&all, |all| {
        output::table(&["LIMIT", "ALLOWS", "BY", "TAGS", "MODE", "FROM", "COUNTED IN"], all.iter().map(row))
    })
}

fn row(view: &LimitView) -> Vec<String> {
    let list = |items: &Option<Vec<String>>| items.as_deref().unwrap_or_default().join(",");
    vec![
        view.name.clone(),
        allows(&view.limit),
        list(&view.limit.by),
        list(&view.limit.tags),
        view.limit.mode.clone().unwrap_or_default(),
        view.from.name().replace('_', " "),
        view.counted_in.clone(),
    ]
}

/// `600 per 1m, 100 at once`.
fn allows(limit: &LimitForm) -> String {
    let most = limit.most.unwrap_or_default();
    let rule = format!("{most} per {}", limit.per.as_deref().unwrap_or_default());
    match (limit.strict, limit.burst) {
        (Some(true), _) => format!("{rule}, strictly"),
        (_, Some(burst)) if burst != most => format!("{rule}, {burst} at once"),
        _ => rule,
    }
}

fn show(house: &House, name: &str) -> Result<(), Failure> {
    let view = with_endpoints(house, |domain| async move {
        limits::show(&domain, &manage()?, name).map_err(|error| no_limit(name, error))
    })?;
    house.output.data(&view, told)
}

fn told(view: &LimitView) -> String {
    let list = |items: &Option<Vec<String>>| items.as_deref().unwrap_or_default().join(" ");
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    output::record([
        ("name", view.name.clone()),
        ("allows", allows(&view.limit)),
        ("by", list(&view.limit.by)),
        ("tags", list(&view.limit.tags)),
        ("endpoints", view.endpoints.to_string()),
        ("mode", text(&view.limit.mode)),
        ("without store", text(&view.limit.on_store_error)),
        ("counted in", view.counted_in.clone()),
        ("from", view.from.name().replace('_', " ")),
        ("stated", view.stated.as_ref().map_or_else(|| "the same".to_owned(), allows)),
    ])
}

fn set(house: &House, set: Set) -> Result<(), Failure> {
    let some = |items: Vec<String>| (!items.is_empty()).then_some(items);
    let form = LimitForm {
        tags: some(set.tag),
        by: some(set.by),
        most: set.most,
        per: set.per,
        burst: set.burst,
        strict: set.strict,
        mode: set.mode,
        on_store_error: set.on_store_error,
    };
    let view = with_endpoints(house, |domain| async move {
        Ok(limits::set(&domain, &manage()?, &set.name, &form, &Client::local()).await?)
    })?;
    house.output.say(&format!("the limit {} allows {}", view.name, allows(&view.limit)));
    house.output.data(&view, told)
}

fn clear(house: &House, name: &str) -> Result<(), Failure> {
    house.with_domain(|domain| async move {
        let done = limits::clear(&domain, &manage()?, name, &Client::local()).await;
        done.map_err(|error| match error {
            Error::NotFound => Failure::Input(format!("Nothing was set for the limit {name}.")),
            other => Failure::Refused(other),
        })
    })?;
    house.output.say(&format!("what was set for the limit {name} is taken back"));
    Ok(())
}

fn reset(house: &House, reset: &Reset) -> Result<(), Failure> {
    let name = &reset.name;
    if !reset.yes && reset.user.is_none() && reset.address.is_none() {
        prompt::sure(house.output, &format!("Forget everybody's counts of the limit {name}?"))?;
    }
    house.with_domain(|domain| async move {
        let user = match &reset.user {
            Some(called) => Some(users::find(&domain, called).await?.id),
            None => None,
        };
        let form = ResetForm {
            everybody: user.is_none() && reset.address.is_none(),
            user,
            address: reset.address.clone(),
        };
        let done = limits::reset(&domain, &manage()?, name, &form, &Client::local()).await;
        done.map_err(|error| no_limit(name, error))
    })?;
    house.output.say("what was counted is forgotten");
    Ok(())
}

fn no_limit(name: &str, error: Error) -> Failure {
    match error {
        Error::NotFound => Failure::Input(format!("There is no limit {name}; `limits list` lists them.")),
        other => Failure::Refused(other),
    }
}
