//! `user list`: accounts, newest first.

use super::shown::username;
use super::view;
use crate::cli::{Failure, house::House, output};
use clap::Args;
use serde::Serialize;
use vestibule_domain::accounts::{self, Filter};
use vestibule_model::UserId;
use vestibule_model::accounts::Account;

/// What to list.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Part of an address, name or user name
    search: Option<String>,
    /// Only accounts with a confirmed address
    #[arg(long, conflicts_with = "unverified")]
    verified: bool,
    /// Only accounts without one
    #[arg(long)]
    unverified: bool,
    /// At most so many, 1 to 100
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Go on after the account with this id
    #[arg(long, value_name = "ID")]
    after: Option<UserId>,
}

/// A page of accounts as `--json` tells it; `next` goes into `--after`.
#[derive(Serialize)]
struct Page {
    items: Vec<Account>,
    next: Option<UserId>,
}

/// Lists accounts.
pub(super) fn list(house: &House, list: List) -> Result<(), Failure> {
    let verified = match (list.verified, list.unverified) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let filter = Filter { search: list.search, verified, after: list.after, limit: list.limit };
    let items =
        house.with_domain(|domain| async move { Ok(accounts::list(&domain, &view()?, &filter).await?) })?;
    let full = u32::try_from(items.len()).is_ok_and(|count| count == list.limit);
    let next = items.last().filter(|_| full).map(|last| last.id);
    let page = Page { items, next };
    house.output.data(&page, |page| {
        let heading = ["E-MAIL", "NAME", "USER NAME", "GROUPS", "STATUS", "MADE", "ID"];
        output::table(&heading, page.items.iter().map(row))
    })?;
    if let Some(next) = page.next.filter(|_| !house.output.is_json()) {
        house.output.say(&format!("there may be more: --after {next}"));
    }
    Ok(())
}

fn row(account: &Account) -> Vec<String> {
    vec![
        account.email.as_str().to_owned(),
        account.name.as_str().to_owned(),
        username(account),
        account.groups.join(", "),
        account.status.name().to_owned(),
        account.created_at.to_string().split('T').next().unwrap_or_default().to_owned(),
        account.id.to_string(),
    ]
}
