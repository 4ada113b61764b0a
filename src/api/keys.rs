//! API keys over REST: one's own, others' for administrators, and reporting one that was found. Rules live in
//! `domain::keys`. None of these addresses takes a key, but the one that reports a leak.

use super::users::account;
use crate::http::extract::{Caller, Json, Permitted, SignedIn};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use crate::http::{AppState, Refusal};
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION};
use std::sync::Arc;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Actor, Domain, keys};
use vestibule_model::groups::{ManageKeys, Permission};
use vestibule_model::keys::{
    ApiKey, KeyChange, KeyFilter, KeyForm, LeakForm, NewSecret, OwnedKey, RotateForm,
};
use vestibule_model::listing::Listed;
use vestibule_model::{Error, KeyId};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let managed = Policy::permitted(ManageKeys::NAME, "keys").no_keys();
    endpoints
        .route(Policy::signed_in("keys").while_blocked(), routes!(my_keys))
        .route(Policy::signed_in("keys").proven(), routes!(make_key))
        .route(Policy::signed_in("keys").while_blocked(), routes!(my_key, revoke_key))
        .route(Policy::signed_in("keys").proven(), routes!(change_key))
        .route(Policy::signed_in("keys").proven(), routes!(rotate_key))
        .route(managed, routes!(all_keys))
        .route(managed, routes!(keys_of_user))
        .route(managed, routes!(revoke_key_of_user))
        .route(Policy::anyone("keys"), routes!(report_leak))
}

/// The API keys of the person who asks, newest first: those that stand, then the last ones that were revoked.
#[utoipa::path(
    get,
    path = "/me/keys",
    responses((status = 200, description = "The keys, without their secrets; there are never so many that they come in pages.",
        body = Listed<ApiKey>, example = json!({"items": [{
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "owner": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11",
            "begins_with": "vst_02QZ9wDcNq5bRm0tKxJvLf", "name": "Nightly backup", "scopes": ["accounts:view"],
            "read_only": true, "networks": ["192.0.2.0/24"], "state": "active", "created_at": "2026-11-23T05:18:19Z",
            "expires_at": "2027-02-21T05:18:19Z", "rotated_at": null, "previous_until": null,
            "last_used_at": "2026-11-23T05:20:11Z", "last_used_address": "192.0.2.7", "revoked_at": null, "revoked": null
        }], "next": null})))
)]
pub(crate) async fn my_keys(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
) -> Answer<Json<Listed<ApiKey>>> {
    Ok(Json(Listed::whole(keys::list(&domain, &person).await?)))
}

/// Makes an API key for the person who asks.
///
/// The answer holds the key itself, this once. It may do what its scopes name and its owner may now; without scopes, what
/// every member may. It never makes keys, and never changes the account's security.
#[utoipa::path(
    post,
    path = "/me/keys",
    request_body(content = KeyForm, example = json!({
        "name": "Nightly backup", "scopes": ["accounts:view"], "read_only": true, "networks": ["192.0.2.0/24"],
        "expires_in_days": 90
    })),
    responses(
        (status = 201, description = "The key; `Location` is its address. Keep `secret`: it is shown never again.",
            body = NewSecret, example = json!({
                "secret": "vst_02QZ9wDcNq5bRm0tKxJvLf_h0Wk2TsVb7nPqXz4LmRy8CdFg3J5K1aEXAMPL",
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "owner": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11",
                "begins_with": "vst_02QZ9wDcNq5bRm0tKxJvLf", "name": "Nightly backup", "scopes": ["accounts:view"],
                "read_only": true, "networks": ["192.0.2.0/24"], "state": "active",
                "created_at": "2026-11-23T05:18:19Z", "expires_at": "2027-02-21T05:18:19Z", "rotated_at": null,
                "previous_until": null, "last_used_at": null, "last_used_address": null, "revoked_at": null,
                "revoked": null
            })),
        (status = 409, description = "The person has as many keys as one may have (`key_limit`)."),
        (status = 422, description = "A field does not fit; `not_offered` is a scope that its owner does not hold."),
    )
)]
pub(crate) async fn make_key(
    State(domain): State<Domain>,
    Extension(state): Extension<Arc<AppState>>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Json(form): Json<KeyForm>,
) -> Answer<Response> {
    Ok(shown_once(&state, keys::create(&domain, &person, form, &client).await?))
}

/// The answer that holds a secret: nobody on the way may keep it (RFC 9111 5.2.2.5).
fn shown_once(state: &AppState, new: NewSecret) -> Response {
    let place = format!("{}/me/keys/{}", state.options.api_root, new.key.id);
    let headers = [(LOCATION, place), (CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::CREATED, headers, Json(new)).into_response()
}

/// One API key of the person who asks.
#[utoipa::path(
    get,
    path = "/me/keys/{id}",
    params(("id" = String, Path, description = "The key's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15")),
    responses(
        (status = 200, description = "The key, without its secret.", body = ApiKey, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "owner": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11",
            "begins_with": "vst_02QZ9wDcNq5bRm0tKxJvLf", "name": "Nightly backup", "scopes": [], "read_only": true,
            "networks": [], "state": "disabled", "created_at": "2026-11-23T05:18:19Z", "expires_at": null,
            "rotated_at": "2026-11-24T05:18:19Z", "previous_until": "2026-11-25T05:18:19Z", "last_used_at": null,
            "last_used_address": null, "revoked_at": null, "revoked": null
        })),
        (status = 404, description = "No key of this person has that id."),
    )
)]
pub(crate) async fn my_key(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
) -> Answer<Json<ApiKey>> {
    Ok(Json(keys::show(&domain, &person, key(&id)?).await?))
}

/// Changes an API key of the person who asks: its name, its networks, whether it is taken. What is absent stays.
///
/// Scopes and end never change; that takes another key, or a rotation.
#[utoipa::path(
    patch,
    path = "/me/keys/{id}",
    params(("id" = String, Path, description = "The key's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15")),
    request_body(content = KeyChange, example = json!({"name": "Backup of the shop", "enabled": false})),
    responses(
        (status = 200, description = "The key as it is now.", body = ApiKey, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "owner": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11",
            "begins_with": "vst_02QZ9wDcNq5bRm0tKxJvLf", "name": "Backup of the shop", "scopes": [], "read_only": true,
            "networks": [], "state": "disabled", "created_at": "2026-11-23T05:18:19Z", "expires_at": null,
            "rotated_at": null, "previous_until": null, "last_used_at": null, "last_used_address": null,
            "revoked_at": null, "revoked": null
        })),
        (status = 404, description = "No key of this person has that id, or it was revoked."),
    )
)]
pub(crate) async fn change_key(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
    Json(form): Json<KeyChange>,
) -> Answer<Json<ApiKey>> {
    Ok(Json(keys::change(&domain, &person, key(&id)?, &form, &client).await?))
}

/// Revokes an API key of the person who asks, for good.
#[utoipa::path(
    delete,
    path = "/me/keys/{id}",
    params(("id" = String, Path, description = "The key's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15")),
    responses(
        (status = 204, description = "The key is refused from now on, on every server."),
        (status = 404, description = "No key of this person has that id, or it was revoked before."),
    )
)]
pub(crate) async fn revoke_key(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    keys::revoke(&domain, &person, key(&id)?, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an API key of the person who asks a new secret; the one until now goes on holding for the overlap.
///
/// The key stays who it is: id, name, scopes, networks. Unless an end is said, it gets as long as it was given before.
#[utoipa::path(
    post,
    path = "/me/keys/{id}/rotate",
    params(("id" = String, Path, description = "The key's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15")),
    request_body(content = RotateForm, example = json!({"overlap_hours": 24})),
    responses(
        (status = 201, description = "The key with its new secret, this once; `Location` is the key's address.",
            body = NewSecret, example = json!({
                "secret": "vst_02QZ9wDcNq5bRm0tKxJvLf_u7Yb1HsQe9kPvXz2LmRt5CdFg8J3K6aEXAMPL",
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "owner": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11",
                "begins_with": "vst_02QZ9wDcNq5bRm0tKxJvLf", "name": "Nightly backup", "scopes": [], "read_only": true,
                "networks": [], "state": "active", "created_at": "2026-11-23T05:18:19Z",
                "expires_at": "2027-02-22T05:18:19Z", "rotated_at": "2026-11-24T05:18:19Z",
                "previous_until": "2026-11-25T05:18:19Z", "last_used_at": null, "last_used_address": null,
                "revoked_at": null, "revoked": null
            })),
        (status = 404, description = "No key of this person has that id, or it was revoked."),
        (status = 409, description = "The key had ended, and the person has as many as one may have (`key_limit`)."),
    )
)]
pub(crate) async fn rotate_key(
    State(domain): State<Domain>,
    Extension(state): Extension<Arc<AppState>>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
    Json(form): Json<RotateForm>,
) -> Answer<Response> {
    Ok(shown_once(&state, keys::rotate(&domain, &person, key(&id)?, form, &client).await?))
}

/// The API keys of everyone, newest first; with `state=expired`, the last to end first.
///
/// A key that was found somewhere is looked up by its beginning or its id. The whole key never belongs into an address;
/// `POST /keys/leaks` takes it.
#[utoipa::path(
    get,
    path = "/keys",
    params(PageQuery, KeyFilter),
    responses(
        (status = 200, description = "The keys, without their secrets.", body = Listed<OwnedKey>, example = json!({"items": [{
            "owner_email": "ada@example.org",
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "owner": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11",
            "begins_with": "vst_02QZ9wDcNq5bRm0tKxJvLf", "name": "Nightly backup", "scopes": [], "read_only": true,
            "networks": [], "state": "active", "created_at": "2026-11-23T05:18:19Z", "expires_at": null,
            "rotated_at": null, "previous_until": null, "last_used_at": null, "last_used_address": null,
            "revoked_at": null, "revoked": null
        }], "next": null})),
        (status = 422, description = "A filter or the cursor does not fit; `begins_with` is a whole key."),
    )
)]
pub(crate) async fn all_keys(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageKeys>,
    Asked { page, filter }: Asked<KeyFilter>,
) -> Answer<Json<Listed<OwnedKey>>> {
    Ok(Json(keys::all(&domain, &may, &filter, &page).await?))
}

/// The API keys of somebody, newest first.
#[utoipa::path(
    get,
    path = "/users/{id}/keys",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 200, description = "The keys, without their secrets.", body = Listed<ApiKey>, example = json!({"items": [{
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "owner": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11",
            "begins_with": "vst_02QZ9wDcNq5bRm0tKxJvLf", "name": "Nightly backup", "scopes": [], "read_only": true,
            "networks": [], "state": "revoked", "created_at": "2026-11-23T05:18:19Z", "expires_at": null,
            "rotated_at": null, "previous_until": null, "last_used_at": null, "last_used_address": null,
            "revoked_at": "2026-11-24T05:18:19Z", "revoked": "leaked"
        }], "next": null})),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn keys_of_user(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageKeys>,
    Path(id): Path<String>,
) -> Answer<Json<Listed<ApiKey>>> {
    Ok(Json(Listed::whole(keys::list_of(&domain, &may, account(&id)?).await?)))
}

/// Revokes an API key of somebody, for good.
#[utoipa::path(
    delete,
    path = "/users/{id}/keys/{key}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("key" = String, Path, description = "The key's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15"),
    ),
    responses(
        (status = 204, description = "The key is refused from now on, on every server."),
        (status = 404, description = "That account has no such key, or it was revoked before."),
    )
)]
pub(crate) async fn revoke_key_of_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageKeys>,
    Path((id, name)): Path<(String, String)>,
) -> Answer<StatusCode> {
    keys::revoke_of(&domain, &may, (account(&id)?, key(&name)?), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reports an API key that was found where others can read it.
///
/// A key that is good is revoked at once, and its owner and administrators are told. Anyone who holds a whole key may report
/// it: they could use it as well. The answer is the same for a key that is unknown or was revoked before.
#[utoipa::path(
    post,
    path = "/keys/leaks",
    request_body(content = LeakForm, example = json!({
        "key": "vst_02QZ9wDcNq5bRm0tKxJvLf_h0Wk2TsVb7nPqXz4LmRy8CdFg3J5K1aEXAMPL"
    })),
    responses(
        (status = 202, description = "If it was a key that is good, it is one no more."),
        (status = 422, description = "It is no key: its form or its checksum is wrong."),
    )
)]
pub(crate) async fn report_leak(
    State(domain): State<Domain>,
    Caller(client): Caller,
    actor: Option<Extension<Actor>>,
    Json(form): Json<LeakForm>,
) -> Answer<StatusCode> {
    let by = actor.map_or(Actor::Anonymous, |Extension(actor)| actor);
    keys::report(&domain, &form.key, &by, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

/// The key that an address names; what is no id is nobody's.
fn key(id: &str) -> Result<KeyId, Refusal> {
    id.parse().map_err(|_| Error::NotFound.into())
}
