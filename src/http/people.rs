//! The list of people as a file (CSV, RFC 4180), for administrators in a browser. It takes the filters of the list's page.

use super::extract::Permitted;
use super::listing::Asked;
use super::problem::Answer;
use crate::csv;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use vestibule_domain::{Domain, accounts};
use vestibule_model::accounts::Account;
use vestibule_model::groups::ViewAccounts;
use vestibule_model::listing::{Limit, MOST, Page};
use vestibule_model::people::PeopleQuery;

/// Most people of one file.
const MOST_ROWS: usize = 10_000;

const HEADING: [&str; 10] = [
    "id",
    "email",
    "confirmed_at",
    "name",
    "username",
    "status",
    "groups",
    "created_at",
    "last_sign_in_at",
    "expires_at",
];

/// Answers a browser.
pub(crate) async fn file(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAccounts>,
    Asked { filter, .. }: Asked<PeopleQuery>,
) -> Answer<Response> {
    let mut rows = vec![HEADING.map(str::to_owned)];
    let mut page = Page { limit: Limit::new(MOST).unwrap_or_default(), ..Page::default() };
    for _ in 0..MOST_ROWS / MOST as usize {
        let listed = accounts::list(&domain, &may, &filter, &page).await?;
        rows.extend(listed.items.iter().map(row));
        if listed.next.is_none() {
            break;
        }
        page.cursor = listed.next;
    }
    let day = domain.now().to_string();
    let day = day.split('T').next().unwrap_or_default();
    let disposition = format!("attachment; filename=\"people-{day}.csv\"");
    let headers = [(CONTENT_TYPE, csv::CONTENT.to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, csv::lines(rows)).into_response())
}

fn row(person: &Account) -> [String; 10] {
    let time = |at: Option<vestibule_model::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    [
        person.id.to_string(),
        person.email.to_string(),
        time(person.email_verified_at),
        person.name.to_string(),
        person.username.as_ref().map(ToString::to_string).unwrap_or_default(),
        person.status.name().to_owned(),
        person.groups.join(" "),
        person.created_at.to_string(),
        time(person.last_sign_in_at),
        time(person.expires_at),
    ]
}
