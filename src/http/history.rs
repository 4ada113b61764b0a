//! What happened to one's own account, as a file: a table or JSON, for browsers (links on `/account/security`) and programs
//! (`GET /me/events.csv`). However long it is, one page of it lies in memory at a time. What is found is decided in
//! `vestibule_domain::audit`.

use super::Refusal;
use super::extract::SignedIn;
use super::problem::Answer;
use crate::csv;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::request::Parts;
use serde::Deserialize;
use vestibule_app::text::event_sentence;
use vestibule_domain::audit::{self, MOST_EVENTS, Sought};
use vestibule_domain::calendar::Zone;
use vestibule_domain::{Domain, Person};
use vestibule_model::events::{By, OwnEvent, OwnEvents};
use vestibule_model::{Error, Result, Timestamp};

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A table.
    Csv,
    /// An array of the objects that `GET /me/events` gives.
    Json,
}

/// Which events the address asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

impl Filter {
    pub(crate) fn sought(&self, person: &Person) -> Result<Sought> {
        sought(person, &self.kind, &self.from, &self.to)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Filter {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Refusal> {
        let read: std::result::Result<Query<Self>, QueryRejection> = Query::try_from_uri(&parts.uri);
        read.map(|Query(filter)| filter).map_err(|_| Error::Malformed.into())
    }
}

/// What is looked for; days are those of the person's own time zone.
///
/// # Errors
/// As [`Sought::read`].
pub(crate) fn sought(person: &Person, kind: &str, from: &str, to: &str) -> Result<Sought> {
    Sought::read(kind, from, to, &Zone::named(person.account.profile.time_zone.as_deref()))
}

/// The table, for a browser.
pub(crate) async fn table(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
    filter: Filter,
) -> Answer<Response> {
    let sought = filter.sought(&person)?;
    Ok(file(domain, person, sought, Form::Csv).await?)
}

/// The JSON, for a browser.
pub(crate) async fn json(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
    filter: Filter,
) -> Answer<Response> {
    let sought = filter.sought(&person)?;
    Ok(file(domain, person, sought, Form::Json).await?)
}

/// The answer with the file. Its first page is read before anything is answered, so that a status is true; if a later one
/// cannot be read, the answer breaks off instead of looking whole.
///
/// # Errors
/// Those of [`audit::own_events`].
pub(crate) async fn file(domain: Domain, person: Person, sought: Sought, form: Form) -> Result<Response> {
    let first = audit::own_events(&domain, &person, sought, None, MOST_EVENTS).await?;
    let (name, content) = match form {
        Form::Csv => ("csv", csv::CONTENT),
        Form::Json => ("json", "application/json"),
    };
    let day = domain.now().to_string();
    let day = day.split('T').next().unwrap_or_default();
    let disposition = format!("attachment; filename=\"my-history-{day}.{name}\"");
    let reading = Reading { domain, person, sought, form, place: Place::At(first, true) };
    let body = Body::from_stream(stream::try_unfold(reading, Reading::next));
    Ok(([(CONTENT_TYPE, content.to_owned()), (CONTENT_DISPOSITION, disposition)], body).into_response())
}

/// How far the file is written.
struct Reading {
    domain: Domain,
    person: Person,
    sought: Sought,
    form: Form,
    place: Place,
}

enum Place {
    /// This page was read and not written; whether it is the first.
    At(OwnEvents, bool),
    /// What is older than this event was not read.
    After(String),
    /// All was written.
    End,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>> {
        let (page, first) = match std::mem::replace(&mut self.place, Place::End) {
            Place::End => return Ok(None),
            Place::At(page, first) => (page, first),
            Place::After(id) => {
                let page = audit::own_events(&self.domain, &self.person, self.sought, Some(&id), MOST_EVENTS)
                    .await?;
                (page, false)
            }
        };
        let written = match self.form {
            Form::Csv => as_lines(&page.items, first),
            Form::Json => as_json(&page.items, first, page.next.is_none())?,
        };
        self.place = page.next.map_or(Place::End, Place::After);
        Ok(Some((written, self)))
    }
}

/// The headings of the table: fields of an event, and what it says in words.
const HEADINGS: [&str; 11] =
    ["at", "event", "what", "by", "device", "address", "group", "fields", "reason", "until", "id"];

fn as_lines(events: &[OwnEvent], first: bool) -> Vec<u8> {
    let headings = first.then(|| HEADINGS.map(str::to_owned));
    csv::lines(headings.into_iter().chain(events.iter().map(cells))).into_bytes()
}

fn cells(event: &OwnEvent) -> [String; 11] {
    let by = match event.by {
        By::You => "you",
        By::Anonymous => "anonymous",
        By::Person => "person",
        By::Operator => "operator",
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        event.at.to_string(),
        event.event.clone(),
        event_sentence(event),
        by.to_owned(),
        text(&event.device),
        text(&event.address),
        text(&event.group),
        event.fields.join(" "),
        text(&event.reason),
        event.until.as_ref().map(Timestamp::to_string).unwrap_or_default(),
        event.id.clone(),
    ]
}

/// A part of an array, one event a line.
fn as_json(events: &[OwnEvent], first: bool, last: bool) -> Result<Vec<u8>> {
    let mut text = if first { "[".to_owned() } else { String::new() };
    for (place, event) in events.iter().enumerate() {
        text.push_str(if first && place == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(event).map_err(|_| Error::Unavailable)?);
    }
    if last {
        text.push_str("\n]\n");
    }
    Ok(text.into_bytes())
}
