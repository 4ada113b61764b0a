//! Registering, confirming, signing in and recovering over REST. Rules live in `domain::accounts` and `domain::auth`.

use crate::http::extract::{Caller, Json, SignedIn};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, accounts, auth};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::{EmailForm, RefreshForm, ResetForm, SignInForm, TokenForm, TokenPair};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints
        .route(Policy::anyone("auth").tagged("register").free(), routes!(register))
        .route(Policy::anyone("auth").free(), routes!(verify))
        .route(Policy::anyone("auth").tagged("resend").free(), routes!(resend_verification))
        .route(Policy::anyone("auth").tagged("sign-in").free(), routes!(login))
        .route(Policy::anyone("auth").tagged("refresh").free(), routes!(refresh))
        .route(Policy::signed_in("auth").free().while_blocked(), routes!(logout))
        .route(Policy::signed_in("auth").free().while_blocked(), routes!(logout_all))
        .route(Policy::anyone("auth").tagged("recovery").free(), routes!(forgot_password))
        .route(Policy::anyone("auth").free(), routes!(reset_password))
}

/// Registers a new account.
///
/// The answer is the same whether the address is new or known; a mail says the rest.
#[utoipa::path(
    post,
    path = "/auth/register",
    request_body(content = RegisterForm, example = json!({
        "email": "ada@example.org", "password": "correct horse battery staple", "name": "Ada Lovelace", "username": "ada"
    })),
    responses(
        (status = 202, description = "A mail is on its way."),
        (status = 403, description = "Registration is closed (`registration_closed`)."),
    )
)]
pub(crate) async fn register(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Json(form): Json<RegisterForm>,
) -> Answer<StatusCode> {
    accounts::register(&domain, form, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Confirms an address by the token of a mailed link.
#[utoipa::path(
    post,
    path = "/auth/verify",
    request_body(content = TokenForm, example = json!({"token": "Zk1qN0VwX2c4a2ZQb0Jh"})),
    responses(
        (status = 204, description = "The address is confirmed."),
        (status = 410, description = "The token is unknown, used or expired."),
    )
)]
pub(crate) async fn verify(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Json(form): Json<TokenForm>,
) -> Answer<StatusCode> {
    accounts::verify(&domain, &form.token, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends the verification link again.
///
/// The answer is the same whether there is anything to send.
#[utoipa::path(
    post,
    path = "/auth/verify/resend",
    request_body(content = EmailForm, example = json!({"email": "ada@example.org"})),
    responses((status = 202, description = "If the address waits for confirmation, a mail is on its way."))
)]
pub(crate) async fn resend_verification(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Json(form): Json<EmailForm>,
) -> Answer<StatusCode> {
    accounts::resend_verification(&domain, &form.email, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Signs in: e-mail and password for an access token and a refresh token.
#[utoipa::path(
    post,
    path = "/auth/login",
    request_body(content = SignInForm, example = json!({
        "email": "ada@example.org", "password": "correct horse battery staple"
    })),
    responses(
        (status = 200, description = "Signed in.", body = TokenPair, example = json!({
            "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2ln", "token_type": "Bearer",
            "expires_in": 900, "refresh_token": "cl9leGFtcGxlX29ubHk", "refresh_expires_in": 2_592_000
        })),
        (status = 401, description = "E-mail and password do not belong together, or the address is not confirmed yet (`bad_credentials`)."),
        (status = 403, description = "After too many failures the password must be set anew (`password_locked`). Or the password is right, and the person is banned (`banned`, with `reason` and `until`) or the account has ended (`account_expired`)."),
        (status = 429, description = "Too many attempts in a row; `Retry-After` says when the next is heard."),
    )
)]
pub(crate) async fn login(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Json(form): Json<SignInForm>,
) -> Answer<Json<TokenPair>> {
    Ok(Json(auth::issue_tokens(&domain, form, &client).await?))
}

/// Exchanges a refresh token for a new pair.
///
/// Each refresh token works once. One that comes a second time ends its whole family.
#[utoipa::path(
    post,
    path = "/auth/refresh",
    request_body(content = RefreshForm, example = json!({"refresh_token": "cl9leGFtcGxlX29ubHk"})),
    responses(
        (status = 200, description = "A new pair.", body = TokenPair, example = json!({
            "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2ln", "token_type": "Bearer",
            "expires_in": 900, "refresh_token": "bmV3X2V4YW1wbGVfb25seQ", "refresh_expires_in": 2_592_000
        })),
        (status = 401, description = "The token is unknown, used, expired or revoked."),
    )
)]
pub(crate) async fn refresh(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Json(form): Json<RefreshForm>,
) -> Answer<Json<TokenPair>> {
    Ok(Json(auth::refresh(&domain, &form.refresh_token, &client).await?))
}

/// Ends the session of the access token: it and its refresh token are dead from the next request on.
#[utoipa::path(post, path = "/auth/logout", responses((status = 204, description = "Signed out.")))]
pub(crate) async fn logout(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
) -> Answer<StatusCode> {
    auth::sign_out(&domain, &person, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends every session of the person, browsers included.
#[utoipa::path(post, path = "/auth/logout-all", responses((status = 204, description = "Signed out everywhere.")))]
pub(crate) async fn logout_all(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
) -> Answer<StatusCode> {
    auth::sign_out_everywhere(&domain, &person, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mails a link that sets a new password.
///
/// The answer is the same whether there is such an account.
#[utoipa::path(
    post,
    path = "/auth/password/forgot",
    request_body(content = EmailForm, example = json!({"email": "ada@example.org"})),
    responses((status = 202, description = "If the address has an account, a mail is on its way."))
)]
pub(crate) async fn forgot_password(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Json(form): Json<EmailForm>,
) -> Answer<StatusCode> {
    auth::forgot(&domain, &form.email, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sets a new password by the token of a mailed link, and ends every session.
#[utoipa::path(
    post,
    path = "/auth/password/reset",
    request_body(content = ResetForm, example = json!({
        "token": "Zk1qN0VwX2c4a2ZQb0Jh", "password": "another correct horse battery"
    })),
    responses(
        (status = 204, description = "The new password holds."),
        (status = 410, description = "The token is unknown, used or expired."),
    )
)]
pub(crate) async fn reset_password(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Json(form): Json<ResetForm>,
) -> Answer<StatusCode> {
    auth::reset(&domain, &form.token, &form.password, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
