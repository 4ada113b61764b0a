//! Notes on people over REST. Rules live in `domain::accounts`.

use super::account;
use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, accounts};
use vestibule_model::Error;
use vestibule_model::groups::{ManageAccounts, Permission, ViewAccounts};
use vestibule_model::listing::Listed;
use vestibule_model::people::{Note, NoteForm};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = || Policy::permitted(ManageAccounts::NAME, "users");
    endpoints
        .route(Policy::permitted(ViewAccounts::NAME, "users"), routes!(notes))
        .route(manage(), routes!(write_note))
        .route(manage(), routes!(remove_note))
}

/// The notes on somebody, the newest first.
#[utoipa::path(
    get,
    path = "/users/{id}/notes",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        PageQuery,
    ),
    responses(
        (status = 200, description = "The notes; `next` names the page of older ones.", body = Listed<Note>, example = json!({
            "items": [{
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b31", "author": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12",
                "author_name": "Grace Hopper", "written_at": "2026-11-23T05:18:19Z",
                "text": "Asked by phone for another address."
            }],
            "next": null
        })),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn notes(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAccounts>,
    Path(id): Path<String>,
    Asked { page, .. }: Asked,
) -> Answer<Json<Listed<Note>>> {
    Ok(Json(accounts::notes(&domain, &may, account(&id)?, &page).await?))
}

/// Writes a note on somebody. It is for administrators, and part of the copy of everything that the person gets.
#[utoipa::path(
    post,
    path = "/users/{id}/notes",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    request_body(content = NoteForm, example = json!({"text": "Asked by phone for another address."})),
    responses(
        (status = 201, description = "The note; `Location` names it.", body = Note, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b31", "author": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12",
            "author_name": "Grace Hopper", "written_at": "2026-11-23T05:18:19Z",
            "text": "Asked by phone for another address."
        })),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn write_note(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path(id): Path<String>,
    request: http::request::Parts,
    Json(form): Json<NoteForm>,
) -> Answer<Response> {
    let note = accounts::note(&domain, &may, account(&id)?, form, &client).await?;
    let location = format!("{}/{}", request.uri.path().trim_end_matches('/'), note.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(note)).into_response())
}

/// Takes a note away.
#[utoipa::path(
    delete,
    path = "/users/{id}/notes/{note}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("note" = String, Path, description = "The note's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b31"),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "There is no such account, or no such note on it."),
    )
)]
pub(crate) async fn remove_note(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path((id, note)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let note = note.parse().map_err(|_| Error::NotFound)?;
    accounts::remove_note(&domain, &may, account(&id)?, note, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
