//! What somebody used, over REST: one's own, and others' for whoever manages quotas. Rules live in `domain::quotas`. One's
//! own costs nothing, so that it can be looked at when nothing is left.

use super::quotas::key_id;
use super::users::account;
use crate::http::extract::{Caller, Json, Permitted, SignedIn};
use crate::http::listing::query;
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, quotas};
use vestibule_model::groups::{ManageQuotas, Permission};
use vestibule_model::quotas::{Decides, GrantForm, UsageView};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = Policy::permitted(ManageQuotas::NAME, "quotas");
    endpoints
        .route(Policy::signed_in("me").keys().free(), routes!(my_usage))
        .route(manage, routes!(usage_of_user))
        .route(manage, routes!(reset_usage))
        .route(manage, routes!(grant_usage))
        .route(manage, routes!(quota_that_decides))
}

/// What the person who asks used: how they stand with every quota, and the last 30 days by day, key and tag.
///
/// Asking costs nothing. Numbers of the days are written every few seconds.
#[utoipa::path(
    get,
    path = "/me/usage",
    responses((status = 200, description = "What was used, and what is left.", body = UsageView, example = json!({
        "quotas": [{
            "quota": "daily", "tag": "api", "counted_by": "person", "per": "day", "mode": "enforce", "limit": 100_000,
            "decided": {"by": "default"}, "granted": 0, "used": 812, "resets_at": "2026-11-24T00:00:00Z",
            "blocked_until": null, "key": null
        }],
        "days": [{"day": "2026-11-23", "calls": 812, "refused": 0}],
        "keys": [{"key": null, "name": null, "calls": 812, "refused": 0}],
        "tags": [{"tag": "me", "calls": 812, "refused": 0}]
    })))
)]
pub(crate) async fn my_usage(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
) -> Answer<Json<UsageView>> {
    Ok(Json(quotas::own_usage(&domain, &person).await?))
}

/// What somebody used, as they see it themselves.
#[utoipa::path(
    get,
    path = "/users/{id}/usage",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 200, description = "What was used, and what is left.", body = UsageView, example = json!({
            "quotas": [{
                "quota": "daily", "tag": "api", "counted_by": "person", "per": "day", "mode": "enforce", "limit": 200_000,
                "decided": {"by": "group", "group": "premium"}, "granted": 500, "used": 812,
                "resets_at": "2026-11-24T00:00:00Z", "blocked_until": null, "key": null
            }],
            "days": [{"day": "2026-11-23", "calls": 812, "refused": 0}],
            "keys": [{"key": null, "name": null, "calls": 812, "refused": 0}],
            "tags": [{"tag": "me", "calls": 812, "refused": 0}]
        })),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn usage_of_user(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageQuotas>,
    Path(id): Path<String>,
) -> Answer<Json<UsageView>> {
    Ok(Json(quotas::usage_of(&domain, &may, account(&id)?).await?))
}

/// Which key's count is meant; the person's own unless one is named.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfKey {
    key: Option<String>,
}

/// Begins somebody's count of a quota anew, and lifts a block.
#[utoipa::path(
    delete,
    path = "/users/{id}/usage/{quota}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("quota" = String, Path, description = "The quota's name.", example = "daily"),
        ("key" = Option<String>, Query, description = "The count of this API key of theirs."),
    ),
    responses(
        (status = 204, description = "Nothing is spent."),
        (status = 404, description = "There is no such account, key or quota, or nothing was counted."),
    )
)]
pub(crate) async fn reset_usage(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageQuotas>,
    Path((id, quota)): Path<(String, String)>,
    RawQuery(asked): RawQuery,
) -> Answer<StatusCode> {
    let of: OfKey = query(asked.as_deref().unwrap_or_default())?;
    let key = of.key.as_deref().map(key_id).transpose()?;
    quotas::reset(&domain, &may, (account(&id)?, key, Some(&quota)), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives somebody units beside what they may spend in the window that runs, and lifts a block.
#[utoipa::path(
    post,
    path = "/users/{id}/usage/{quota}/grants",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("quota" = String, Path, description = "The quota's name.", example = "daily"),
        ("key" = Option<String>, Query, description = "For this API key of theirs."),
    ),
    request_body(content = GrantForm, example = json!({"units": 500, "reason": "Our mistake used them up"})),
    responses(
        (status = 204, description = "They may spend so much more until the window ends."),
        (status = 404, description = "There is no such account, key or quota."),
    )
)]
pub(crate) async fn grant_usage(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageQuotas>,
    Path((id, quota)): Path<(String, String)>,
    RawQuery(asked): RawQuery,
    Json(form): Json<GrantForm>,
) -> Answer<StatusCode> {
    let of: OfKey = query(asked.as_deref().unwrap_or_default())?;
    let key = of.key.as_deref().map(key_id).transpose()?;
    quotas::grant(&domain, &may, (account(&id)?, key, &quota), form, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfEndpoint {
    method: String,
    path: String,
}

/// The rule that decides when somebody calls an endpoint: every quota that a call spends from, and how they stand.
#[utoipa::path(
    get,
    path = "/users/{id}/quota-decision",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("method" = String, Query, description = "The endpoint's method.", example = "GET"),
        ("path" = String, Query, description = "An address of it.", example = "/api/v1/me"),
    ),
    responses(
        (status = 200, description = "The quotas, and the one that would refuse.", body = Decides, example = json!({
            "method": "GET", "path": "/api/v1/me", "tags": ["me", "api"], "free": false,
            "quotas": [{
                "quota": "daily", "tag": "api", "counted_by": "person", "per": "day", "mode": "enforce", "limit": 100_000,
                "decided": {"by": "default"}, "granted": 0, "used": 812, "resets_at": "2026-11-24T00:00:00Z",
                "blocked_until": null, "key": null
            }],
            "refused_by": null
        })),
        (status = 404, description = "There is no such account, or nothing answers at that address."),
    )
)]
pub(crate) async fn quota_that_decides(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageQuotas>,
    Path(id): Path<String>,
    RawQuery(asked): RawQuery,
) -> Answer<Json<Decides>> {
    let of: OfEndpoint = query(asked.as_deref().unwrap_or_default())?;
    Ok(Json(quotas::decides(&domain, &may, account(&id)?, (&of.method, &of.path)).await?))
}
