//! What happened to one's own account, over REST. Rules live in `domain::audit`.

use crate::http::Refusal;
use crate::http::extract::{Json, SignedIn};
use crate::http::history;
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::response::Response;
use http::request::Parts;
use serde::Deserialize;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, audit};
use vestibule_model::events::OwnEvents;
use vestibule_model::{Error, Problem};

/// Events of an answer where none are asked for.
const PAGE: u32 = 50;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints
        .route(Policy::signed_in("me"), routes!(my_events))
        .route(Policy::signed_in("me"), routes!(my_events_table))
}

/// Which events are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    after: Option<String>,
    limit: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let read: Result<Query<Self>, QueryRejection> = Query::from_request_parts(parts, state).await;
        read.map(|Query(asked)| asked).map_err(|_| Error::Malformed.into())
    }
}

/// What happened to the account of the person who asks, newest first.
///
/// Sign-ins, failed ones among them, changes of password and address, ended sessions, bans and everything else that changed
/// the account. The names in `event` are those of the audit trail; a program must expect new ones.
#[utoipa::path(
    get,
    path = "/me/events",
    params(
        ("kind" = Option<String>, Query, description = "Only events of this group: `sign_ins`, `security`, `profile`, `account`, `administration` or `other`.", example = "sign_ins"),
        ("from" = Option<String>, Query, description = "Only what happened then or later: a day (`2026-11-01`) in the time zone of the profile, or a moment (RFC 3339).", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Only what happened until the end of that day, or before that moment.", example = "2026-11-23"),
        ("after" = Option<String>, Query, description = "`next` of the page before this one.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b13"),
        ("limit" = Option<u32>, Query, description = "Most events of the answer, 1 to 100; 50 where it is absent.", minimum = 1, maximum = 100, example = 50),
    ),
    responses(
        (status = 200, description = "The events; `next` names the next, older page.", body = OwnEvents, example = json!({
            "items": [{
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b14", "at": "2026-11-23T05:20:11Z", "event": "signed_in",
                "by": "anonymous", "device": "Firefox on Linux", "address": "192.0.2.7", "group": null, "fields": [],
                "reason": null, "until": null
            }],
            "next": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b14"
        })),
        (status = 422, description = "`after` is none of this person's events (`unknown`), `limit` no number from 1 to 100 or `from` or `to` neither day nor moment (`malformed`), or `kind` no group (`not_offered`)."),
    )
)]
pub(crate) async fn my_events(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
    asked: Asked,
) -> Answer<Json<OwnEvents>> {
    let limit = asked.limit.as_deref().map_or(Ok(PAGE), str::parse);
    let limit = limit.map_err(|_| Error::invalid("limit", Problem::Malformed))?;
    let sought = history::sought(&person, &asked.kind, &asked.from, &asked.to)?;
    Ok(Json(audit::own_events(&domain, &person, sought, asked.after.as_deref(), limit).await?))
}

/// All that happened to the account of the person who asks, newest first, as a table.
///
/// CSV (RFC 4180) with a line of headings. However much it is, it is read and sent a page at a time. A cell that a
/// spreadsheet would take for a formula begins with an apostrophe.
#[utoipa::path(
    get,
    path = "/me/events.csv",
    params(
        ("kind" = Option<String>, Query, description = "As at `GET /me/events`.", example = "sign_ins"),
        ("from" = Option<String>, Query, description = "As at `GET /me/events`.", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "As at `GET /me/events`.", example = "2026-11-23"),
    ),
    responses(
        (status = 200, description = "The table, as an attachment.", body = String, content_type = "text/csv", example = json!(
            "at,event,what,by,device,address,group,fields,reason,until,id\r\n2026-11-23T05:20:11Z,signed_in,Signed in.,anonymous,Firefox on Linux,192.0.2.7,,,,,0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b14\r\n"
        )),
        (status = 422, description = "As at `GET /me/events`."),
    )
)]
pub(crate) async fn my_events_table(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
    asked: history::Filter,
) -> Answer<Response> {
    let sought = asked.sought(&person)?;
    Ok(history::file(domain, person, sought, history::Form::Csv).await?)
}
