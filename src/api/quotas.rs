//! Quotas over REST: what they say, what single people may spend, and what a proposed one would have done. Rules live in
//! `domain::quotas`.

use super::users::account;
use crate::http::AppState;
use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, quotas};
use vestibule_model::groups::{ManageQuotas, Permission};
use vestibule_model::listing::Listed;
use vestibule_model::quotas::{OverrideForm, OverrideView, QuotaForm, QuotaView, Simulated};
use vestibule_model::{Error, KeyId};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = Policy::permitted(ManageQuotas::NAME, "quotas");
    endpoints
        .route(manage, routes!(all_quotas, make_quota))
        .route(manage, routes!(one_quota, change_quota, delete_quota))
        .route(manage, routes!(simulate_quota))
        .route(manage, routes!(overrides_of_user))
        .route(manage, routes!(override_quota, take_override))
        .route(manage, routes!(override_quota_of_key, take_override_of_key))
}

/// Every quota: what the program states, what the settings say, and what was set at run time.
#[utoipa::path(
    get,
    path = "/quotas",
    params(PageQuery),
    responses((status = 200, description = "A page of them, by name.", body = Listed<QuotaView>, example = json!({
        "items": [{
            "name": "daily", "tag": "api", "by": "person", "per": "day", "window": "calendar", "zone": "UTC",
            "limit": 100_000, "groups": {"premium": "unlimited"}, "cost": 1, "at_limit": "refuse",
            "slow": {"beyond_percent": 20, "first_ms": 100, "most_ms": 5000, "waiting": 5}, "mode": "enforce",
            "notify": true, "from": "program", "locked": false, "endpoints": 92, "overrides": 0
        }], "next": null
    })))
)]
pub(crate) async fn all_quotas(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageQuotas>,
    asked: Asked,
) -> Answer<Json<Listed<QuotaView>>> {
    Ok(Json(quotas::page(&domain, &may, &asked.page).await?))
}

/// Makes a quota. It holds from the next request on, on every server within two seconds.
#[utoipa::path(
    post,
    path = "/quotas",
    request_body(content = QuotaForm, example = json!({
        "name": "exports", "tag": "me", "per": "month", "limit": 20, "groups": {"premium": 500}, "mode": "shadow"
    })),
    responses(
        (status = 201, description = "The quota; `Location` is its address.", body = QuotaView, example = json!({
            "name": "exports", "tag": "me", "by": "person", "per": "month", "window": "calendar", "zone": "UTC",
            "limit": 20, "groups": {"premium": 500}, "cost": 1, "at_limit": "refuse",
            "slow": {"beyond_percent": 20, "first_ms": 100, "most_ms": 5000, "waiting": 5}, "mode": "shadow",
            "notify": true, "from": "run_time", "locked": false, "endpoints": 31, "overrides": 0
        })),
        (status = 409, description = "There is one of this name (`quota_taken`)."),
        (status = 422, description = "A field does not fit; `not_offered` is a tag, group, zone or word that there is not."),
    )
)]
pub(crate) async fn make_quota(
    State(domain): State<Domain>,
    Extension(state): Extension<Arc<AppState>>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageQuotas>,
    Json(form): Json<QuotaForm>,
) -> Answer<Response> {
    let made = quotas::create(&domain, &may, form, &client).await?;
    let place =
        format!("{}/quotas/{}", state.options.api_root, made.quota.name.as_deref().unwrap_or_default());
    Ok((StatusCode::CREATED, [(LOCATION, place)], Json(made)).into_response())
}

/// One quota.
#[utoipa::path(
    get,
    path = "/quotas/{name}",
    params(("name" = String, Path, description = "The quota's name.", example = "daily")),
    responses(
        (status = 200, description = "What it says, and where that was said.", body = QuotaView, example = json!({
            "name": "daily", "tag": "api", "by": "person", "per": "day", "window": "calendar", "zone": "UTC",
            "limit": 100_000, "groups": {}, "cost": 1, "at_limit": "refuse",
            "slow": {"beyond_percent": 20, "first_ms": 100, "most_ms": 5000, "waiting": 5}, "mode": "enforce",
            "notify": true, "from": "program", "locked": false, "endpoints": 92, "overrides": 0
        })),
        (status = 404, description = "There is no such quota."),
    )
)]
pub(crate) async fn one_quota(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageQuotas>,
    Path(name): Path<String>,
) -> Answer<Json<QuotaView>> {
    Ok(Json(quotas::show(&domain, &may, &name).await?))
}

/// Changes a quota: what is left out stays.
///
/// Another `by`, `per`, `window` or `zone` begins everybody's count anew.
#[utoipa::path(
    patch,
    path = "/quotas/{name}",
    params(("name" = String, Path, description = "The quota's name.", example = "daily")),
    request_body(content = QuotaForm, example = json!({"limit": 50_000, "mode": "enforce"})),
    responses(
        (status = 200, description = "What it says now.", body = QuotaView, example = json!({
            "name": "daily", "tag": "api", "by": "person", "per": "day", "window": "calendar", "zone": "UTC",
            "limit": 50_000, "groups": {}, "cost": 1, "at_limit": "refuse",
            "slow": {"beyond_percent": 20, "first_ms": 100, "most_ms": 5000, "waiting": 5}, "mode": "enforce",
            "notify": true, "from": "run_time", "locked": false, "endpoints": 92, "overrides": 0
        })),
        (status = 404, description = "There is no such quota."),
        (status = 409, description = "The settings say what holds (`from_settings`)."),
        (status = 422, description = "A field does not fit; `not_offered` is a tag, group, zone or word that there is not."),
    )
)]
pub(crate) async fn change_quota(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageQuotas>,
    Path(name): Path<String>,
    Json(form): Json<QuotaForm>,
) -> Answer<Json<QuotaView>> {
    Ok(Json(quotas::change(&domain, &may, &name, form, &client).await?))
}

/// Deletes a quota that was made at run time, with its counts and overrides; of one that the program states, takes back
/// what was changed.
#[utoipa::path(
    delete,
    path = "/quotas/{name}",
    params(("name" = String, Path, description = "The quota's name.", example = "exports")),
    responses(
        (status = 204, description = "It is gone, or as the program states it."),
        (status = 404, description = "There is no such quota."),
        (status = 409, description = "The settings say what holds (`from_settings`), or the program states it and nothing \
            was changed (`quota_of_program`): switch it off by `mode`."),
    )
)]
pub(crate) async fn delete_quota(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageQuotas>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    quotas::clear(&domain, &may, &name, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A quota to try out, and on how many days.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proposal {
    /// The quota; one that exists is taken as it is, with what is said here.
    quota: QuotaForm,
    /// How many days are looked back at, 1 to 35.
    #[serde(default = "week")]
    days: u32,
}

const fn week() -> u32 {
    7
}

/// Replays recorded usage against a proposed quota, and says who would have been refused. Nothing is changed.
#[utoipa::path(
    post,
    path = "/quotas/simulation",
    request_body(content = Proposal, example = json!({
        "quota": {"name": "proposed", "tag": "api", "per": "day", "limit": 1000}, "days": 7
    })),
    responses((status = 200, description = "What it would have done.", body = Simulated, example = json!({
        "since": "2026-11-16T05:18:19Z", "until": "2026-11-23T05:18:19Z", "callers": 12, "calls": 40231, "refused": 312,
        "who": [{
            "who": "ada@example.org", "user": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "limit": 1000, "calls": 7312,
            "refused": 312, "most": 1000, "first_refused_at": "2026-11-20T16:00:00Z"
        }]
    })))
)]
pub(crate) async fn simulate_quota(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageQuotas>,
    Json(asked): Json<Proposal>,
) -> Answer<Json<Simulated>> {
    Ok(Json(quotas::simulate(&domain, &may, asked.quota, asked.days).await?))
}

/// What somebody, and their API keys, may spend in place of what quotas say.
#[utoipa::path(
    get,
    path = "/users/{id}/quotas",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 200, description = "All of it; there are never so many that they come in pages.",
            body = Listed<OverrideView>, example = json!({"items": [{
                "quota": "daily", "user": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "key": null, "limit": "unlimited",
                "expires_at": "2026-12-31T00:00:00Z", "reason": "Moves their archive",
                "author": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12", "created_at": "2026-11-23T05:18:19Z"
            }], "next": null})),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn overrides_of_user(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageQuotas>,
    Path(id): Path<String>,
) -> Answer<Json<Listed<OverrideView>>> {
    let user = account(&id)?;
    quotas::usage_of(&domain, &may, user).await?;
    Ok(Json(Listed::whole(quotas::overrides_of(&domain, &may, user).await?)))
}

/// Says what somebody may spend in place of what a quota says.
///
/// It goes before what their groups may. It holds on every server within two seconds.
#[utoipa::path(
    put,
    path = "/users/{id}/quotas/{quota}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("quota" = String, Path, description = "The quota's name.", example = "daily"),
    ),
    request_body(content = OverrideForm, example = json!({
        "limit": 20_000, "expires_at": "2026-12-31T00:00:00Z", "reason": "Moves their archive"
    })),
    responses(
        (status = 200, description = "What holds.", body = OverrideView, example = json!({
            "quota": "daily", "user": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "key": null, "limit": "unlimited",
            "expires_at": "2026-12-31T00:00:00Z", "reason": "Moves their archive",
            "author": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12", "created_at": "2026-11-23T05:18:19Z"
        })),
        (status = 404, description = "There is no such account or quota."),
    )
)]
pub(crate) async fn override_quota(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageQuotas>,
    Path((id, quota)): Path<(String, String)>,
    Json(form): Json<OverrideForm>,
) -> Answer<Json<OverrideView>> {
    let whom = (account(&id)?, None, quota.as_str());
    Ok(Json(quotas::set_override(&domain, &may, whom, form, &client).await?))
}

/// Takes back what was said for somebody.
#[utoipa::path(
    delete,
    path = "/users/{id}/quotas/{quota}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("quota" = String, Path, description = "The quota's name.", example = "daily"),
    ),
    responses(
        (status = 204, description = "They may spend what the quota says."),
        (status = 404, description = "There is no such account, or nothing was said for them."),
    )
)]
pub(crate) async fn take_override(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageQuotas>,
    Path((id, quota)): Path<(String, String)>,
) -> Answer<StatusCode> {
    quotas::take_override(&domain, &may, (account(&id)?, None, &quota), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says what one of somebody's API keys may spend, where the quota counts keys for themselves.
#[utoipa::path(
    put,
    path = "/users/{id}/keys/{key}/quotas/{quota}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("key" = String, Path, description = "The key's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15"),
        ("quota" = String, Path, description = "The quota's name.", example = "daily"),
    ),
    request_body(content = OverrideForm, example = json!({"limit": 500, "reason": "A test of theirs"})),
    responses(
        (status = 200, description = "What holds.", body = OverrideView, example = json!({
            "quota": "daily", "user": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "key": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15",
            "limit": 500, "expires_at": null, "reason": "A test of theirs",
            "author": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12", "created_at": "2026-11-23T05:18:19Z"
        })),
        (status = 404, description = "There is no such account, key or quota."),
    )
)]
pub(crate) async fn override_quota_of_key(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageQuotas>,
    Path((id, key, quota)): Path<(String, String, String)>,
    Json(form): Json<OverrideForm>,
) -> Answer<Json<OverrideView>> {
    let whom = (account(&id)?, Some(key_id(&key)?), quota.as_str());
    Ok(Json(quotas::set_override(&domain, &may, whom, form, &client).await?))
}

/// Takes back what was said for one of somebody's API keys.
#[utoipa::path(
    delete,
    path = "/users/{id}/keys/{key}/quotas/{quota}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("key" = String, Path, description = "The key's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15"),
        ("quota" = String, Path, description = "The quota's name.", example = "daily"),
    ),
    responses(
        (status = 204, description = "The key may spend what the quota says."),
        (status = 404, description = "There is no such account or key, or nothing was said for it."),
    )
)]
pub(crate) async fn take_override_of_key(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageQuotas>,
    Path((id, key, quota)): Path<(String, String, String)>,
) -> Answer<StatusCode> {
    let whom = (account(&id)?, Some(key_id(&key)?), quota.as_str());
    quotas::take_override(&domain, &may, whom, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn key_id(text: &str) -> Result<KeyId, Error> {
    text.parse().map_err(|_| Error::NotFound)
}
