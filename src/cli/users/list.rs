//! `user list`: people, searched, narrowed and ordered, a page at a time.

use super::shown::username;
use super::view;
use crate::cli::{Failure, house::House, output};
use clap::Args;
use vestibule_domain::accounts;
use vestibule_model::accounts::{Account, AccountStatus};
use vestibule_model::listing::{Cursor, Limit, Page};
use vestibule_model::people::{PeopleQuery, Sort};

/// What to list.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Beginnings of words of a name, user name or address, or a whole id; `is:banned` and `group:pro` narrow it too
    search: Option<String>,
    /// Only accounts in this state: active, unconfirmed, deactivated, ended, leaving or banned
    #[arg(long, value_parser = state)]
    status: Option<AccountStatus>,
    /// Only members of this group
    #[arg(long)]
    group: Option<String>,
    /// `created`, `name`, `email` or `last_sign_in`; with a - before it the greatest first
    #[arg(long, allow_hyphen_values = true, value_parser = sort)]
    sort: Option<Sort>,
    /// At most so many, 1 to 100
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Go on where the page before ended: the `next` of that page
    #[arg(long)]
    cursor: Option<String>,
    /// Count all there are, up to 10,000
    #[arg(long)]
    total: bool,
}

fn state(typed: &str) -> Result<AccountStatus, String> {
    AccountStatus::parse(typed)
        .map_err(|_| format!("must be one of {}", AccountStatus::ALL.map(AccountStatus::name).join(", ")))
}

fn sort(typed: &str) -> Result<Sort, String> {
    Sort::parse(typed).map_err(|_| format!("must be one of {}", Sort::ALL.map(Sort::name).join(", ")))
}

/// Lists accounts.
pub(super) fn list(house: &House, list: List) -> Result<(), Failure> {
    let malformed = |problem| vestibule_model::Error::invalid("cursor", problem);
    let cursor = list.cursor.as_deref().map(Cursor::parse).transpose().map_err(malformed)?;
    let page = Page { limit: Limit::new(list.limit).unwrap_or_default(), cursor, total: list.total };
    let query = PeopleQuery { search: list.search, status: list.status, group: list.group, sort: list.sort };
    let listed = house
        .with_domain(|domain| async move { Ok(accounts::list(&domain, &view()?, &query, &page).await?) })?;
    house.output.data(&listed, |page| {
        let heading =
            ["E-MAIL", "CONFIRMED", "NAME", "USER NAME", "GROUPS", "STATUS", "MADE", "LAST SIGN-IN", "ID"];
        output::table(&heading, page.items.iter().map(row))
    })?;
    if house.output.is_json() {
        return Ok(());
    }
    if let Some(total) = listed.total {
        house.output.say(&format!("{total} in all"));
    }
    if let Some(next) = &listed.next {
        house.output.say(&format!("there are more: --cursor {next}"));
    }
    Ok(())
}

fn row(account: &Account) -> Vec<String> {
    let day =
        |at: vestibule_model::Timestamp| at.to_string().split('T').next().unwrap_or_default().to_owned();
    vec![
        account.email.as_str().to_owned(),
        if account.email_verified_at.is_some() { "yes" } else { "no" }.to_owned(),
        account.name.as_str().to_owned(),
        username(account),
        account.groups.join(", "),
        account.status.name().to_owned(),
        day(account.created_at),
        account.last_sign_in_at.map_or_else(|| "never".to_owned(), day),
        account.id.to_string(),
    ]
}
