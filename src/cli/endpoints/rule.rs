//! `endpoints rule`: what the endpoints of a tag ask for beyond what each asks for itself.

use super::{asked_for, manage, with_endpoints};
use crate::cli::groups::known;
use crate::cli::{Failure, house::House, output};
use clap::{Args, Subcommand};
use vestibule_domain::{Client, endpoints};
use vestibule_model::Error;
use vestibule_model::endpoints::{RuleForm, RuleOrigin, RuleTrouble, RuleWho, TagView};

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List every tag, and the rule that holds for its endpoints
    List,
    /// Set the rule of a tag; it holds from the next request on
    Set(Set),
    /// Take the rule of a tag back
    Clear(Tag),
}

/// Which tag.
#[derive(Args, Debug)]
pub(crate) struct Tag {
    /// The tag
    tag: String,
}

/// What to set.
#[derive(Args, Debug)]
#[command(after_help = "Example: endpoints rule set profiles --signed-in")]
pub(crate) struct Set {
    /// The tag
    tag: String,
    #[command(flatten)]
    asks: Asks,
}

/// What to ask for: one thing.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Asks {
    /// Whoever is signed in
    #[arg(long)]
    signed_in: bool,
    /// Whoever holds this permission
    #[arg(long, value_name = "PERMISSION")]
    permission: Option<String>,
    /// Whoever belongs to this group, and administrators
    #[arg(long = "in-group", value_name = "GROUP")]
    group: Option<String>,
}

pub(super) fn run(house: &House, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List => list(house),
        Command::Set(set) => self::set(house, set),
        Command::Clear(tag) => clear(house, &tag.tag),
    }
}

fn list(house: &House) -> Result<(), Failure> {
    let tags =
        with_endpoints(house, |domain| async move { Ok(endpoints::tags(&domain, &manage()?).await?) })?;
    house.output.data(&tags, |tags| {
        output::table(&["TAG", "ENDPOINTS", "ASKS FOR", "FROM", "TROUBLE"], tags.iter().map(row))
    })
}

fn row(view: &TagView) -> Vec<String> {
    let from = match view.from {
        Some(RuleOrigin::Settings) => "settings",
        Some(RuleOrigin::RunTime) => "run time",
        None => "",
    };
    let asks = view.rule.as_ref().map(asked_for).unwrap_or_default();
    let trouble = view.trouble.map_or("", trouble);
    vec![view.tag.clone(), view.endpoints.to_string(), asks, from.to_owned(), trouble.to_owned()]
}

fn trouble(trouble: RuleTrouble) -> &'static str {
    match trouble {
        RuleTrouble::MatchesNothing => "no endpoint has it",
        RuleTrouble::LocksSignIn => "locks sign-in",
        RuleTrouble::NeverMet => "nobody can meet it",
        RuleTrouble::UnknownPermission => "no such permission",
        RuleTrouble::UnknownGroup => "no such group",
    }
}

fn set(house: &House, set: &Set) -> Result<(), Failure> {
    let form = RuleForm {
        who: set.asks.signed_in.then_some(RuleWho::SignedIn),
        permission: set.asks.permission.clone(),
        group: set.asks.group.clone(),
    };
    let view = with_endpoints(house, |domain| async move {
        known(&domain, &set.asks.permission)?;
        let done = endpoints::set(&domain, &manage()?, &set.tag, form, &Client::local()).await;
        done.map_err(|error| no_tag(&set.tag, error))
    })?;
    house.output.say(&format!(
        "the endpoints of {} ask for: {}",
        view.tag,
        view.rule.as_ref().map(asked_for).unwrap_or_default()
    ));
    house.output.data(&view, |_| String::new())
}

fn clear(house: &House, tag: &str) -> Result<(), Failure> {
    with_endpoints(house, |domain| async move {
        endpoints::clear(&domain, &manage()?, tag, &Client::local()).await.map_err(|error| match error {
            Error::NotFound => Failure::Input(format!("No rule was set for the tag {tag}.")),
            other => Failure::Refused(other),
        })
    })?;
    house.output.say(&format!("the endpoints of {tag} ask for what each asks for itself"));
    Ok(())
}

fn no_tag(tag: &str, error: Error) -> Failure {
    match error {
        Error::NotFound => {
            Failure::Input(format!("No endpoint has the tag {tag}; `endpoints rule list` lists them."))
        }
        other => Failure::Refused(other),
    }
}
