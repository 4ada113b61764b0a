//! `provider`: by whose sign-in people sign in here, how much each is used, and whether it works. Which there are stands in
//! the settings (`config example` shows them).

use super::{Failure, house::House, output};
use clap::{Args, Subcommand};
use vestibule_domain::{Actor, Allowed, social};
use vestibule_model::Error;
use vestibule_model::groups::ManageProviders;
use vestibule_model::social::{AdminProvider, Check, ProviderFailure, ProviderReport};

/// What to do with providers.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List every provider, what holds for it and how much it is used
    List,
    /// Try whether a provider answers, publishes its keys and knows this site
    Test(Named),
}

/// Which provider.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: provider test google\n\nExits with 1 where something is not as it should be."
)]
pub(crate) struct Named {
    /// Its name in the settings
    name: String,
}

/// Runs a `provider` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::List => list(house),
        Command::Test(named) => test(house, &named.name),
    }
}

fn manage() -> Result<Allowed<ManageProviders>, Error> {
    Actor::Operator.allow()
}

fn list(house: &House) -> Result<(), Failure> {
    let all = house.with_domain(|domain| async move { Ok(social::all(&domain, &manage()?).await?) })?;
    house.output.data(&all.items, |all| {
        let columns = [
            "PROVIDER",
            "SPEAKS",
            "ISSUER",
            "SIGN-UP",
            "ACCOUNTS",
            "SIGN-UPS 30D",
            "SIGN-INS 30D",
            "FAILED LAST",
        ];
        output::table(&columns, all.iter().map(row))
    })
}

fn row(one: &AdminProvider) -> Vec<String> {
    let name = if one.enabled { one.name.clone() } else { format!("{} (off)", one.name) };
    vec![
        name,
        one.kind.label().to_owned(),
        one.issuer.clone(),
        sign_up(one),
        one.identities.to_string(),
        one.sign_ups_30_days.to_string(),
        one.sign_ins_30_days.to_string(),
        one.last_failure.map_or_else(String::new, |last| format!("{} {}", last.at, last.failure.name())),
    ]
}

/// Who may sign up by it.
fn sign_up(one: &AdminProvider) -> String {
    match (one.registration, one.allowed_domains.as_slice()) {
        (false, _) => "closed".to_owned(),
        (true, []) => "open".to_owned(),
        (true, domains) => domains.join(","),
    }
}

fn test(house: &House, name: &str) -> Result<(), Failure> {
    let report = house.with_domain(|domain| async move {
        social::test(&domain, &manage()?, name).await.map_err(|error| match error {
            Error::NotFound => {
                Failure::Input(format!("There is no provider {name}; `provider list` lists them."))
            }
            other => Failure::Refused(other),
        })
    })?;
    house.output.data(&report, told)?;
    if report.passed { Ok(()) } else { Err(Failure::Found) }
}

fn told(report: &ProviderReport) -> String {
    let found = |check: &Check| check.failure.map_or("as it should be", ProviderFailure::about).to_owned();
    let rows = report.checks.iter().map(|check| vec![check.name.label().to_owned(), found(check)]);
    output::table(&["LOOKED AT", "FOUND"], rows)
}
