//! `key list` and `key show`, and how a key looks on a terminal.

use super::{Named, find, manage, users};
use crate::cli::{Failure, house::House, output};
use clap::{Args, builder::PossibleValuesParser};
use vestibule_domain::keys;
use vestibule_model::Timestamp;
use vestibule_model::keys::{ApiKey, KeyFilter, KeyState, OwnedKey};
use vestibule_model::listing::Page;

/// Which keys to list.
#[derive(Args, Debug)]
#[command(after_help = "Example: key list ada@example.org --state active")]
pub(crate) struct List {
    /// E-mail address, user name or id of their owner
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only those in this state
    #[arg(long, value_parser = PossibleValuesParser::new(KeyState::ALL.map(KeyState::name)))]
    state: Option<String>,
    /// At most so many, 1 to 100
    #[arg(long, value_name = "COUNT", default_value = "50")]
    limit: String,
    /// Go on where a list ended that told of this cursor
    #[arg(long)]
    cursor: Option<String>,
}

/// Lists keys.
pub(super) fn list(house: &House, list: List) -> Result<(), Failure> {
    let page = Page::parse(Some(&list.limit), list.cursor.as_deref(), None)?;
    let state = list.state.as_deref().and_then(KeyState::named);
    let listed = house.with_domain(|domain| async move {
        let owner = match &list.account {
            Some(called) => Some(users::find(&domain, called).await?.id),
            None => None,
        };
        let filter = KeyFilter { owner, state, begins_with: None };
        Ok(keys::all(&domain, &manage()?, &filter, &page).await?)
    })?;
    house.output.data(&listed, |listed| {
        let heading = ["KEY", "NAME", "OWNER", "STATE", "MADE", "LAST USED", "ENDS"];
        output::table(&heading, listed.items.iter().map(row))
    })?;
    if let Some(next) = listed.next.filter(|_| !house.output.is_json()) {
        house.output.say(&format!("there are more: --cursor {next}"));
    }
    Ok(())
}

fn row(one: &OwnedKey) -> Vec<String> {
    vec![
        one.key.begins_with.clone(),
        one.key.name.as_str().to_owned(),
        one.owner_email.as_str().to_owned(),
        one.key.state.name().to_owned(),
        day(Some(one.key.created_at)),
        day(one.key.last_used_at),
        day(one.key.expires_at),
    ]
}

fn day(at: Option<Timestamp>) -> String {
    at.map_or_else(
        || "never".to_owned(),
        |at| at.to_string().split('T').next().unwrap_or_default().to_owned(),
    )
}

/// Shows one key.
pub(super) fn show(house: &House, named: &Named) -> Result<(), Failure> {
    let key = house.with_domain(|domain| async move { find(&domain, &named.which).await })?;
    house.output.data(&key, told)
}

/// A key on a terminal.
pub(super) fn told(key: &ApiKey) -> String {
    let or_never = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let or = |items: &[String], none: &str| if items.is_empty() { none.to_owned() } else { items.join(" ") };
    let state = match key.revoked {
        Some(why) => format!("{} ({})", key.state.name(), why.name()),
        None => key.state.name().to_owned(),
    };
    output::record([
        ("id", key.id.to_string()),
        ("begins", key.begins_with.clone()),
        ("name", key.name.as_str().to_owned()),
        ("owner", key.owner.to_string()),
        ("state", state),
        ("scopes", or(&key.scopes, "none")),
        ("may", if key.read_only { "read" } else { "read and change" }.to_owned()),
        ("networks", or(&key.networks, "any")),
        ("made", key.created_at.to_string()),
        ("rotated", or_never(key.rotated_at)),
        (
            "old secret",
            key.previous_until.map_or_else(|| "over".to_owned(), |until| format!("until {until}")),
        ),
        ("ends", or_never(key.expires_at)),
        ("last used", or_never(key.last_used_at)),
        ("from", key.last_used_address.clone().unwrap_or_default()),
        ("revoked", or_never(key.revoked_at)),
    ])
}
