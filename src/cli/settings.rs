//! `config`: the settings as they are, checked by the same code that the server starts with.

use super::endpoints::catalog;
use super::{Failure, house::House, output};
use crate::config::{self, Shown};
use crate::server::ServeError;
use clap::Subcommand;
use serde::Serialize;
use vestibule_domain::endpoints::{self, Known};
use vestibule_domain::{OpenError, Options, auth, groups, mail};
use vestibule_model::endpoints::RuleOrigin;

/// What to do with the settings.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Command {
    /// Check the settings; exit code 78 when one is wrong
    Check,
    /// Show every setting; secrets are hidden
    Show {
        /// Show where each value came from
        #[arg(long)]
        origin: bool,
    },
    /// Print a settings file with every setting, its default and its meaning
    Example,
}

#[derive(Serialize)]
struct Checked {
    ok: bool,
    /// The file that was read, if there was one.
    file: Option<String>,
}

/// Runs a `config` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::Check => check(house),
        Command::Show { origin } => show(house, origin),
        Command::Example => output::text(&config::example()),
    }
}

fn check(house: &House) -> Result<(), Failure> {
    let loaded = house.settings()?;
    let options = loaded.settings.domain_options(house.vestibule.extensions.clone(), false);
    let faults = groups::check_declared(&options.rules, &options.extensions);
    if !faults.is_empty() {
        return Err(OpenError::Groups(faults).into());
    }
    let faults = vestibule_domain::limits::check(&options.rules, &options.extensions);
    if !faults.is_empty() {
        return Err(OpenError::Limits(faults).into());
    }
    let faults = vestibule_domain::social::faults(&options.rules.social, &options.extensions);
    if !faults.is_empty() {
        return Err(OpenError::Providers(faults).into());
    }
    let faults = rule_faults(house, &loaded.settings.api.root, &options)?;
    if !faults.is_empty() {
        return Err(Failure::Serve(ServeError::Rules(faults)));
    }
    mail::check(&options).map_err(OpenError::Mail)?;
    auth::check_blocklist(&options.rules.passwords)?;
    let file = loaded.file.map(|path| path.display().to_string());
    if house.output.is_json() {
        return house.output.data(&Checked { ok: true, file }, |_| String::new());
    }
    house.output.say(&match file {
        Some(file) => format!("the settings are fine (with {file})"),
        None => "the settings are fine (there is no settings file)".to_owned(),
    });
    Ok(())
}

/// What keeps the rules of the settings from being. Groups that were made at run time cannot be known here.
fn rule_faults(house: &House, api_root: &str, options: &Options) -> Result<Vec<String>, Failure> {
    let all = groups::permissions_of(&options.extensions);
    let known = Known { permissions: all.iter().map(|one| one.name.to_owned()).collect(), groups: None };
    let catalog = catalog(house, api_root)?;
    let faults = endpoints::faults(&catalog, &options.rules.endpoints, RuleOrigin::Settings, &known);
    Ok(faults.iter().map(ToString::to_string).collect())
}

fn show(house: &House, origin: bool) -> Result<(), Failure> {
    let shown = house.settings()?.shown();
    house.output.data(&shown, |shown| {
        let value = |one: &Shown| match &one.value {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "(not set)".to_owned(),
        };
        if origin {
            let rows = shown.iter().map(|one| vec![one.key.clone(), value(one), one.origin.clone()]);
            return output::table(&["SETTING", "VALUE", "FROM"], rows);
        }
        output::table(&["SETTING", "VALUE"], shown.iter().map(|one| vec![one.key.clone(), value(one)]))
    })
}
