//! Copies of one's own data that are prepared in the background, over REST. Rules live in `domain::accounts::exports`.

use crate::http::AppState;
use crate::http::data;
use crate::http::extract::{Caller, Json, SignedIn};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use std::sync::Arc;
use utoipa_axum::routes;
use vestibule_domain::Domain;
use vestibule_domain::accounts::exports;
use vestibule_domain::endpoints::Policy;
use vestibule_model::Error;
use vestibule_model::exports::DataExport;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints
        .route(Policy::signed_in("me"), routes!(my_exports))
        .route(Policy::signed_in("me").proven(), routes!(ask_export))
        .route(Policy::signed_in("me").proven(), routes!(take_export))
}

/// A list of copies, in the form of every list of this API.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Exports {
    /// The copies.
    items: Vec<DataExport>,
    /// Always null: the list is whole.
    next: Option<String>,
}

/// The copies of their data that the person who asks has asked for, newest first.
#[utoipa::path(
    get,
    path = "/me/exports",
    responses((status = 200, description = "The copies; there are never so many that they come in pages.",
        body = Exports, example = json!({"items": [{
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "status": "ready", "asked_at": "2026-11-23T05:18:19Z",
            "ready_at": "2026-11-23T05:18:21Z", "expires_at": "2026-11-30T05:18:21Z", "bytes": 18230
        }], "next": null})))
)]
pub(crate) async fn my_exports(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
) -> Answer<Json<Exports>> {
    Ok(Json(Exports { items: exports::list(&domain, &person).await?, next: None }))
}

/// Asks for a copy of everything this site keeps about the person who asks.
///
/// It is written in the background, and a mail says when it is there. While one is not written yet, another request is
/// answered with that one. It is the document of `GET /me/export`.
#[utoipa::path(
    post,
    path = "/me/exports",
    responses(
        (status = 202, description = "It will be written; `Location` is where it will be.", body = DataExport, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "status": "waiting", "asked_at": "2026-11-23T05:18:19Z",
            "ready_at": null, "expires_at": null, "bytes": null
        })),
        (status = 429, description = "Three were asked for within a day; `Retry-After` says when the next may be."),
    )
)]
pub(crate) async fn ask_export(
    State(domain): State<Domain>,
    Extension(state): Extension<Arc<AppState>>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
) -> Answer<Response> {
    let asked = exports::ask(&domain, &person, &client).await?;
    let location = format!("{}/me/exports/{}", state.options.api_root, asked.id);
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(asked)).into_response())
}

/// Takes a copy that was written, as a file.
#[utoipa::path(
    get,
    path = "/me/exports/{id}",
    params(("id" = String, Path, description = "The copy's id, from `GET /me/exports`.")),
    responses(
        (status = 200, description = "The document, as an attachment.", body = Object, content_type = "application/json",
            example = json!({"site": "Vestibule", "exported_at": "2026-11-23T05:18:20Z", "account": {"email": "ada@example.org"}})),
        (status = 404, description = "There is no such copy, or its time is over."),
        (status = 409, description = "It is not written yet (`export_waiting`)."),
    )
)]
pub(crate) async fn take_export(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
) -> Answer<Response> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    Ok(data::prepared_file(domain, &person, id, &client).await?)
}
