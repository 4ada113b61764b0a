//! `endpoints`: every address this program answers, with its policy and the rules that ask for more. Without a database
//! only what the settings say is known.

mod rule;

use super::{Failure, house::House};
use crate::http::manifest::Misfits;
use crate::http::router;
use clap::{Args, Subcommand};
use std::path::Path;
use vestibule_domain::endpoints::{self, Catalog};
use vestibule_domain::{Actor, Allowed, Domain};
use vestibule_model::Error;
use vestibule_model::endpoints::{EndpointView, RuleForm, RuleInForce, RuleOrigin};
use vestibule_model::groups::ManageEndpoints;

/// What to list, or to do.
#[derive(Args, Debug)]
#[command(after_help = "Example: endpoints --tag profiles")]
pub(crate) struct Endpoints {
    /// Only those with this tag
    #[arg(long)]
    tag: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do with endpoints.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List tags, or set what the endpoints of one ask for beyond what each asks for itself
    Rule {
        #[command(subcommand)]
        command: rule::Command,
    },
}

/// Lists endpoints, or runs a command about them.
pub(crate) fn run(house: &House, asked: Endpoints) -> Result<(), Failure> {
    if let Some(Command::Rule { command }) = asked.command {
        return rule::run(house, &command);
    }
    let views = views(house, asked.tag.as_deref())?;
    house.output.data(&views, |views| views.iter().map(line).collect())
}

/// The addresses of this program.
///
/// # Errors
/// [`Failure::Endpoints`] where they do not fit together.
pub(crate) fn catalog(house: &House, api_root: &str) -> Result<Catalog, Failure> {
    let misfits = |misfits: Misfits| Failure::Endpoints(misfits.to_string());
    Ok(router::collect(&house.vestibule, api_root).map_err(misfits)?.catalog())
}

/// Does `work` with a domain that knows what the program answers.
///
/// # Errors
/// As [`House::with_domain`], and [`catalog`].
pub(crate) fn with_endpoints<T, F>(house: &House, work: impl FnOnce(Domain) -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let catalog = catalog(house, &house.settings()?.settings.api.root)?;
    house.with_domain(|domain| {
        domain.publish(catalog);
        work(domain)
    })
}

fn views(house: &House, tag: Option<&str>) -> Result<Vec<EndpointView>, Failure> {
    let settings = house.settings()?.settings;
    let file = settings.database_url();
    // A list of addresses makes no database.
    if file.expose().strip_prefix("sqlite://").is_some_and(|path| !Path::new(path).exists()) {
        let rules = settings.domain_options(Vec::new(), false).rules.endpoints;
        return Ok(endpoints::by_settings(&catalog(house, &settings.api.root)?, &rules, tag));
    }
    with_endpoints(house, |domain| async move { Ok(endpoints::all(&domain, &manage()?, tag)) })
}

pub(crate) fn manage() -> Result<Allowed<ManageEndpoints>, Error> {
    Actor::Operator.allow()
}

/// An endpoint on a line: as in the manifest, and what its rules ask for.
fn line(view: &EndpointView) -> String {
    let mut who = match (view.who.as_str(), &view.permission) {
        (_, Some(permission)) => format!("may {permission}"),
        ("signed_in", None) => "signed in".to_owned(),
        ("this_machine", None) => "this machine".to_owned(),
        (who, None) => who.to_owned(),
    };
    if view.proven {
        who.push_str(", proven");
    }
    let (method, path, tags, kib) = (&view.method, &view.path, view.tags.join(","), view.body_limit / 1024);
    let rules: Vec<_> = view.rules.iter().map(told).collect();
    let rules = if rules.is_empty() { String::new() } else { format!("  and {}", rules.join(" and ")) };
    format!("{method:<6} {path:<34} {who:<24} {tags:<10} {kib:>4} KiB  {}{rules}\n", view.credential)
}

fn told(rule: &RuleInForce) -> String {
    let from = if rule.from == RuleOrigin::Settings { "settings, " } else { "" };
    let idle = if rule.tightens { "" } else { ", asked for already" };
    format!("{} ({from}tag {}{idle})", asked_for(&rule.rule), rule.tag)
}

/// What a rule asks for, in words.
pub(crate) fn asked_for(rule: &RuleForm) -> String {
    match (&rule.permission, &rule.group) {
        (Some(permission), _) => format!("may {permission}"),
        (None, Some(group)) => format!("group {group}"),
        (None, None) => "signed in".to_owned(),
    }
}
