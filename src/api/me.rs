//! One's own account over REST. Rules live in `domain::accounts`.

use crate::http::extract::{Caller, Json, SignedIn};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, accounts};
use vestibule_model::accounts::{DeleteForm, Me};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints.route(Policy::signed_in("me"), routes!(me, delete_me))
}

/// The account of the person who asks.
#[utoipa::path(
    get,
    path = "/me",
    responses((status = 200, description = "The account.", body = Me, example = json!({
        "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "email": "ada@example.org",
        "email_verified_at": "2026-11-23T05:20:11Z", "name": "Ada Lovelace", "username": "ada", "groups": ["member"],
        "permissions": [], "created_at": "2026-11-23T05:18:19Z", "password_changed_at": "2026-11-23T05:18:19Z"
    })))
)]
pub(crate) async fn me(State(domain): State<Domain>, SignedIn(person): SignedIn) -> Answer<Json<Me>> {
    Ok(Json(accounts::me(&domain, &person).await?))
}

/// Deletes the account of the person who asks, for good.
#[utoipa::path(
    delete,
    path = "/me",
    request_body(content = DeleteForm, example = json!({"password": "correct horse battery staple"})),
    responses(
        (status = 204, description = "The account is gone."),
        (status = 403, description = "The password is wrong."),
        (status = 409, description = "This is the last administrator."),
        (status = 429, description = "Too many attempts in a row; `Retry-After` says when the next is heard."),
    )
)]
pub(crate) async fn delete_me(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Json(form): Json<DeleteForm>,
) -> Answer<StatusCode> {
    accounts::delete_own(&domain, &person, &form.password, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
