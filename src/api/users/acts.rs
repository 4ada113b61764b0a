//! What is done to somebody over REST: confirming, another address, an end, a link to a new password, sessions. Rules live in
//! `domain::accounts`, `auth` and `sessions`.

use super::account;
use crate::http::extract::{Caller, Json, Permitted};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::routes;
use vestibule_domain::accounts::{self, Which, email};
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, auth, sessions};
use vestibule_model::groups::{ManageAccounts, Permission, ViewAccounts};
use vestibule_model::listing::Listed;
use vestibule_model::people::ReaddressForm;
use vestibule_model::sessions::Session;
use vestibule_model::{Error, SessionId, Timestamp};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = || Policy::permitted(ManageAccounts::NAME, "users");
    endpoints
        .route(manage(), routes!(verify_user))
        .route(manage(), routes!(readdress_user))
        .route(manage(), routes!(set_expiry))
        .route(manage(), routes!(send_password_reset))
        .route(Policy::permitted(ViewAccounts::NAME, "users"), routes!(sessions_of_user))
        .route(manage(), routes!(end_sessions_of_user))
        .route(manage(), routes!(end_session_of_user))
}

/// Counts somebody's address as confirmed, without a mail.
#[utoipa::path(
    post,
    path = "/users/{id}/verify",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 204, description = "It is confirmed."),
        (status = 404, description = "There is no such account."),
        (status = 409, description = "`already_verified`."),
    )
)]
pub(crate) async fn verify_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    accounts::mark_verified(&domain, &may, account(&id)?, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives somebody another address. Both addresses are told, and everybody is signed out.
#[utoipa::path(
    put,
    path = "/users/{id}/email",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    request_body(content = ReaddressForm, example = json!({"email": "ada.new@example.org", "verified": false})),
    responses(
        (status = 204, description = "The address is the account's; unless `verified`, a mail brings the link that confirms it."),
        (status = 404, description = "There is no such account."),
        (status = 409, description = "`email_taken`: the address belongs to another account."),
    )
)]
pub(crate) async fn readdress_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path(id): Path<String>,
    Json(form): Json<ReaddressForm>,
) -> Answer<StatusCode> {
    email::replace(&domain, &may, account(&id)?, &form.email, form.verified, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// When an account ends.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpiryForm {
    /// When; null for never. A moment that is over ends it now.
    #[schema(required = true)]
    #[serde(deserialize_with = "Option::deserialize")]
    expires_at: Option<Timestamp>,
}

/// Sets when somebody's account ends, or that it does not.
#[utoipa::path(
    put,
    path = "/users/{id}/expiry",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    request_body(content = ExpiryForm, example = json!({"expires_at": "2027-01-01T00:00:00Z"})),
    responses(
        (status = 204, description = "It ends then."),
        (status = 404, description = "There is no such account."),
        (status = 409, description = "`last_admin`: it is the last administrator's."),
    )
)]
pub(crate) async fn set_expiry(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path(id): Path<String>,
    Json(form): Json<ExpiryForm>,
) -> Answer<StatusCode> {
    accounts::set_expiry(&domain, &may, account(&id)?, form.expires_at, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mails somebody a link that sets a new password. Nobody sets another person's password.
#[utoipa::path(
    post,
    path = "/users/{id}/password-reset",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 202, description = "The mail is on its way."),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn send_password_reset(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    auth::send_reset(&domain, &may, account(&id)?, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Where somebody is signed in, the session used last first.
#[utoipa::path(
    get,
    path = "/users/{id}/sessions",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 200, description = "The live sessions; `next` is always null.", body = Listed<Session>, example = json!({
            "items": [{
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b13", "kind": "browser", "current": false,
                "device": "Firefox on Linux", "name": null, "address": "192.0.2.7", "created_at": "2026-11-23T05:18:19Z",
                "last_seen_at": "2026-11-23T05:21:00Z", "expires_at": "2026-12-23T05:18:19Z"
            }],
            "next": null
        })),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn sessions_of_user(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAccounts>,
    Path(id): Path<String>,
) -> Answer<Json<Listed<Session>>> {
    let id = account(&id)?;
    accounts::show(&domain, &may, &Which::Id(id)).await?;
    Ok(Json(Listed::whole(sessions::list_of(&domain, &may, id).await?)))
}

/// Signs somebody out everywhere.
#[utoipa::path(
    delete,
    path = "/users/{id}/sessions",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 204, description = "Every session and token of theirs ended."),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn end_sessions_of_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    sessions::end_all_of(&domain, &may, account(&id)?, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs somebody out of one session.
#[utoipa::path(
    delete,
    path = "/users/{id}/sessions/{session}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("session" = String, Path, description = "The session's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b13"),
    ),
    responses(
        (status = 204, description = "It ended."),
        (status = 404, description = "There is no such account, or none of its sessions is called so."),
    )
)]
pub(crate) async fn end_session_of_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path((id, session)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let session: SessionId = session.parse().map_err(|_| Error::NotFound)?;
    sessions::end_of(&domain, &may, account(&id)?, session, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
