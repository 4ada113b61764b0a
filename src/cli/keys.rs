//! `key` (or `keys`): API keys, by whoever can run the program on the data itself. What changes here holds in a running
//! server from its next request on. One file for making, one for looking, one for finding keys where they should not be.

mod made;
mod scan;
mod shown;

use super::{Failure, house::House, prompt, users};
use clap::{Args, Subcommand};
use vestibule_domain::{Actor, Allowed, Client, Domain, keys};
use vestibule_model::Error;
use vestibule_model::groups::ManageKeys;
use vestibule_model::keys::{ApiKey, KeyChange};

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key for somebody, and print it, this once; a mail tells them
    Create(made::Create),
    /// List the keys of everyone, or of somebody, newest first
    List(shown::List),
    /// Show one key
    Show(Named),
    /// Give a key a new secret, and print it, this once; the old one can go on holding
    Rotate(made::Rotate),
    /// Let a key be taken again that was switched off
    Enable(Named),
    /// Switch a key off, until it is enabled again
    Disable(Named),
    /// End a key for good
    Revoke(Revoke),
    /// Find keys in files, folders or standard input; exit code 1 where there is one
    Scan(scan::Scan),
}

/// Which key.
#[derive(Args, Debug)]
pub(crate) struct Named {
    #[arg(value_name = "KEY", help = "Its id, or how it begins: vst_02QZ9wDcNq5bRm0tKxJvLf")]
    which: String,
}

/// Which key to end.
#[derive(Args, Debug)]
pub(crate) struct Revoke {
    #[command(flatten)]
    named: Named,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Runs a `key` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(new) => made::create(house, new),
        Command::List(list) => shown::list(house, list),
        Command::Show(named) => shown::show(house, &named),
        Command::Rotate(rotate) => made::rotate(house, &rotate),
        Command::Enable(named) => switch(house, &named, true),
        Command::Disable(named) => switch(house, &named, false),
        Command::Revoke(given) => revoke(house, &given),
        Command::Scan(what) => scan::scan(house, &what),
    }
}

fn switch(house: &House, named: &Named, enabled: bool) -> Result<(), Failure> {
    let key = house.with_domain(|domain| async move {
        let found = find(&domain, &named.which).await?;
        let form = KeyChange { enabled: Some(enabled), ..KeyChange::default() };
        let of = (found.owner, found.id);
        keys::change_of(&domain, &manage()?, of, &form, &Client::local())
            .await
            .map_err(|error| no_key(&named.which, error))
    })?;
    house.output.say(if enabled { "the key is enabled" } else { "the key is disabled" });
    house.output.data(&key, shown::told)
}

fn revoke(house: &House, given: &Revoke) -> Result<(), Failure> {
    let which = &given.named.which;
    if !given.yes {
        prompt::sure(house.output, &format!("Revoke the key {which}?"))?;
    }
    let key = house.with_domain(|domain| async move {
        let found = find(&domain, which).await?;
        let of = (found.owner, found.id);
        keys::revoke_of(&domain, &manage()?, of, &Client::local())
            .await
            .map_err(|error| no_key(which, error))?;
        find(&domain, which).await
    })?;
    house.output.say("the key is revoked");
    house.output.data(&key, shown::told)
}

fn manage() -> Result<Allowed<ManageKeys>, Error> {
    Actor::Operator.allow()
}

/// The key called so.
async fn find(domain: &Domain, called: &str) -> Result<ApiKey, Failure> {
    let id = keys::named(called).ok_or_else(|| Failure::NoKey(called.to_owned()))?;
    keys::find(domain, &manage()?, id).await.map_err(|error| no_key(called, error))
}

/// What a refusal means where a key was named.
fn no_key(called: &str, error: Error) -> Failure {
    match error {
        Error::NotFound => Failure::NoKey(called.to_owned()),
        other => Failure::Refused(other),
    }
}
