//! One's own account over REST. Rules live in `domain::accounts`.

use crate::http::data;
use crate::http::etag::{Known, unless_known_as};
use crate::http::extract::{Caller, Json, SignedIn};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, accounts, auth, sessions};
use vestibule_model::accounts::{DeactivateForm, DeleteForm, Me};
use vestibule_model::auth::{PasswordForm, ProveForm};
use vestibule_model::sessions::{Session, SessionForm};
use vestibule_model::{Error, SessionId};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints
        .route(Policy::signed_in("me").keys(), routes!(me))
        .route(Policy::signed_in("me"), routes!(delete_me))
        .route(Policy::signed_in("me"), routes!(deactivate_me))
        .route(Policy::signed_in("me").while_blocked(), routes!(change_password))
        .route(Policy::signed_in("me"), routes!(prove))
        .route(Policy::signed_in("me").proven(), routes!(export))
        .route(Policy::signed_in("me").while_blocked(), routes!(my_sessions, end_other_sessions))
        .route(Policy::signed_in("me").while_blocked(), routes!(name_session, end_session))
}

/// The account of the person who asks.
#[utoipa::path(
    get,
    path = "/me",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer that is there already.")),
    responses((status = 304, description = "It is as in the answer that `If-None-Match` names."),
        (status = 200, description = "The account; `ETag` names its state, for `If-Match`.", body = Me, example = json!({
        "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "email": "ada@example.org",
        "email_verified_at": "2026-11-23T05:20:11Z", "name": "Ada Lovelace", "username": "ada", "groups": ["member"],
        "permissions": [], "created_at": "2026-11-23T05:18:19Z", "password_changed_at": "2026-11-23T05:18:19Z",
        "expires_at": null, "bio": "Writes programs.",
        "links": ["https://example.org/"], "avatar": "mR2c8Qv1x0aYz5Kd", "language": "en-GB", "time_zone": "Europe/London",
        "visibility": {"profile": "private", "name": "public", "avatar": "public", "bio": "public", "links": "public",
            "email": "private", "language": "private", "time_zone": "private", "joined": "signed_in", "search": "public"},
        "fields": {}, "username_settled_until": null
    })))
)]
pub(crate) async fn me(SignedIn(person): SignedIn, known: Known) -> Response {
    let written = person.account.written();
    unless_known_as(&known, &written.etag, || {
        let mut answer = Response::new(Body::from(written.json.clone()));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer
    })
}

/// Asks for the deletion of the account of the person who asks.
///
/// Every session and token ends at once. The account is erased after the site's grace (14 days unless it says otherwise);
/// signing in before that takes the deletion back. A mail says until when.
#[utoipa::path(
    delete,
    path = "/me",
    request_body(content = DeleteForm, example = json!({"password": "correct horse battery staple"})),
    responses(
        (status = 204, description = "Every session has ended, and the account will be erased."),
        (status = 403, description = "The password is wrong (`wrong_password`), or locked (`password_locked`)."),
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

/// Deactivates the account of the person who asks.
///
/// Every session and token ends at once, others do not see the account any more, and no mail comes that could be switched
/// off. Nothing is lost: signing in, here or in a browser, makes it active again. Mails tell of both.
#[utoipa::path(
    post,
    path = "/me/deactivate",
    request_body(content = DeactivateForm, example = json!({"password": "correct horse battery staple"})),
    responses(
        (status = 204, description = "Every session has ended, and the account sleeps."),
        (status = 403, description = "The password is wrong (`wrong_password`), or locked (`password_locked`)."),
        (status = 409, description = "This is the last administrator."),
        (status = 429, description = "Too many attempts in a row; `Retry-After` says when the next is heard."),
    )
)]
pub(crate) async fn deactivate_me(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Json(form): Json<DeactivateForm>,
) -> Answer<StatusCode> {
    accounts::deactivate_own(&domain, &person, &form.password, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the password again.
///
/// For ten minutes (setting `sessions.proof`) the tokens of this sign-in pass at endpoints that answer `prove_again`.
#[utoipa::path(
    post,
    path = "/me/prove",
    request_body(content = ProveForm, example = json!({"password": "correct horse battery staple"})),
    responses(
        (status = 204, description = "The proof counts, also for tokens that are refreshed."),
        (status = 403, description = "The password is wrong (`wrong_password`), or locked (`password_locked`)."),
        (status = 429, description = "Too many attempts in a row; `Retry-After` says when the next is heard."),
    )
)]
pub(crate) async fn prove(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Json(form): Json<ProveForm>,
) -> Answer<StatusCode> {
    auth::prove_again(&domain, &person, &form.password, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everything this site keeps about the person who asks, as a file.
///
/// It holds no secrets, hashes or tokens. What stands in it grows with the site: new fields may come at any time.
#[utoipa::path(
    get,
    path = "/me/export",
    responses((
        status = 200,
        description = "The document, as an attachment.",
        body = Object,
        content_type = "application/json",
        example = json!({
            "site": "Vestibule", "exported_at": "2026-11-23T05:20:11Z",
            "account": {"email": "ada@example.org", "name": "Ada Lovelace", "created_at": "2026-11-23T05:18:19Z"},
            "groups": [{"name": "member", "since": "2026-11-23T05:18:19Z"}]
        })
    ))
)]
pub(crate) async fn export(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
) -> Answer<Response> {
    Ok(data::file(&domain, &person, &client).await?)
}

/// Replaces the password of the person who asks.
///
/// Every other session ends, those of programs among them, unless `end_other_sessions` is `false`.
#[utoipa::path(
    post,
    path = "/me/password",
    request_body(content = PasswordForm, example = json!({
        "current_password": "correct horse battery staple", "new_password": "seven grey herons over water",
        "end_other_sessions": true
    })),
    responses(
        (status = 204, description = "The new password holds, and a mail says so and what became of the other sessions."),
        (status = 403, description = "The current password is wrong (`wrong_password`), or locked (`password_locked`)."),
        (status = 422, description = "The new password is not taken: `used_before`, `too_short` and others say why."),
        (status = 429, description = "Too many attempts in a row; `Retry-After` says when the next is heard."),
    )
)]
pub(crate) async fn change_password(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Json(form): Json<PasswordForm>,
) -> Answer<StatusCode> {
    auth::change_password(&domain, &person, form, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The live sessions of the person who asks, this one first.
#[utoipa::path(
    get,
    path = "/me/sessions",
    responses((status = 200, description = "The sessions; there are never so many that they come in pages.",
        body = Sessions, example = json!({"items": [{
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12", "kind": "browser", "current": true,
            "device": "Firefox on Linux", "name": "Work laptop", "address": "192.0.2.7",
            "created_at": "2026-11-23T05:18:19Z",
            "last_seen_at": "2026-11-23T05:20:11Z", "expires_at": "2026-11-24T05:18:19Z"
        }], "next": null})))
)]
pub(crate) async fn my_sessions(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
) -> Answer<Json<Sessions>> {
    Ok(Json(Sessions { items: sessions::list(&domain, &person).await?, next: None }))
}

/// A list of sessions, in the form of every list of this API.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Sessions {
    /// The sessions.
    items: Vec<Session>,
    /// Always null: the list is whole.
    next: Option<String>,
}

/// Ends every session of the person who asks but the one that asks.
#[utoipa::path(
    delete,
    path = "/me/sessions",
    responses((status = 204, description = "Only the session that asked is left."))
)]
pub(crate) async fn end_other_sessions(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
) -> Answer<StatusCode> {
    sessions::end_others(&domain, &person, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Calls the device of one session of the person who asks by a name of their own, or takes the name away.
///
/// Nothing is decided by the name. It stands in the lists of sessions and events, and in mails about the session.
#[utoipa::path(
    patch,
    path = "/me/sessions/{id}",
    params(("id" = String, Path, description = "The session's id, from `GET /me/sessions`.")),
    request_body(content = SessionForm, example = json!({"name": "Work laptop"})),
    responses(
        (status = 200, description = "The session as it is now.", body = Session, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12", "kind": "browser", "current": true,
            "device": "Firefox on Linux", "name": "Work laptop", "address": "192.0.2.7",
            "created_at": "2026-11-23T05:18:19Z", "last_seen_at": "2026-11-23T05:20:11Z",
            "expires_at": "2026-11-24T05:18:19Z"
        })),
        (status = 404, description = "No live session of this person has that id."),
        (status = 422, description = "The name is not taken: `required`, `too_long` and `forbidden_character` say why."),
    )
)]
pub(crate) async fn name_session(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
    Json(form): Json<SessionForm>,
) -> Answer<Json<Session>> {
    let id: SessionId = id.parse().map_err(|_| Error::NotFound)?;
    Ok(Json(sessions::rename(&domain, &person, id, form, &client).await?))
}

/// Ends one session of the person who asks.
#[utoipa::path(
    delete,
    path = "/me/sessions/{id}",
    params(("id" = String, Path, description = "The session's id, from `GET /me/sessions`.")),
    responses(
        (status = 204, description = "The session has ended; its tokens are dead."),
        (status = 404, description = "No live session of this person has that id."),
    )
)]
pub(crate) async fn end_session(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    let id: SessionId = id.parse().map_err(|_| Error::NotFound)?;
    sessions::end_own(&domain, &person, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
