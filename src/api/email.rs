//! Another address over REST. Rules live in `domain::accounts::email`.

use crate::http::extract::{Caller, Json, SignedIn};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, accounts::email};
use vestibule_model::accounts::EmailChangeForm;
use vestibule_model::auth::TokenForm;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints
        .route(Policy::signed_in("me"), routes!(change_email))
        .route(Policy::signed_in("me"), routes!(confirm_email))
        .route(Policy::anyone("auth"), routes!(undo_email))
}

/// Asks for another address for the person who asks.
///
/// The new address is mailed a token that confirms it; the address that holds is told. The answer is the same whether the
/// new address is free or belongs to somebody. A newer wish, a new password and any other change void the token.
#[utoipa::path(
    post,
    path = "/me/email",
    request_body(content = EmailChangeForm, example = json!({
        "email": "ada.new@example.org", "password": "correct horse battery staple"
    })),
    responses(
        (status = 202, description = "If the address is free, a mail is on its way there."),
        (status = 403, description = "The password is wrong (`wrong_password`), or locked (`password_locked`)."),
        (status = 429, description = "Too many attempts in a row; `Retry-After` says when the next is heard."),
    )
)]
pub(crate) async fn change_email(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Json(form): Json<EmailChangeForm>,
) -> Answer<StatusCode> {
    email::request(&domain, &person, form, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Confirms the new address by the token that was mailed there.
///
/// Only the account that asked for it can; every other session of it ends.
#[utoipa::path(
    post,
    path = "/me/email/confirm",
    request_body(content = TokenForm, example = json!({"token": "Zk1qN0VwX2c4a2ZQb0Jh"})),
    responses(
        (status = 204, description = "The new address holds. Every other session has ended."),
        (status = 409, description = "The address became somebody else's meanwhile."),
        (status = 410, description = "The token is unknown, used, expired or another account's."),
    )
)]
pub(crate) async fn confirm_email(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Json(form): Json<TokenForm>,
) -> Answer<StatusCode> {
    email::confirm(&domain, &person, &form.token, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a change of address back by the token that was mailed to the former address.
///
/// That address holds again, every session ends, and a mail brings a token that sets a new password.
#[utoipa::path(
    post,
    path = "/auth/email/undo",
    request_body(content = TokenForm, example = json!({"token": "Zk1qN0VwX2c4a2ZQb0Jh"})),
    responses(
        (status = 204, description = "The former address holds again."),
        (status = 410, description = "The token is unknown, used or expired."),
    )
)]
pub(crate) async fn undo_email(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Json(form): Json<TokenForm>,
) -> Answer<StatusCode> {
    email::undo(&domain, &form.token, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
