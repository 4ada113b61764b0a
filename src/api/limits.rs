//! Rate limits over REST. What they decide lives in `domain::limits`.

use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use http::StatusCode;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, limits};
use vestibule_model::groups::{ManageLimits, Permission};
use vestibule_model::limits::{LimitForm, LimitView, ResetForm};
use vestibule_model::listing::Listed;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = Policy::permitted(ManageLimits::NAME, "limits");
    endpoints
        .route(manage, routes!(all_limits))
        .route(manage, routes!(limit, set_limit, clear_limit))
        .route(manage, routes!(reset_limit))
}

/// Every rate limit: those of the program, of the settings, and those that were set at run time.
#[utoipa::path(
    get,
    path = "/limits",
    params(PageQuery),
    responses((status = 200, description = "A page of them, by name.", body = Listed<LimitView>, example = json!({
        "items": [{
            "name": "api", "tags": ["api"], "by": ["person"], "most": 1200, "per": "1m", "burst": 600,
            "strict": false, "mode": "enforce", "on_store_error": "local", "from": "program", "locked": false,
            "stated": null, "endpoints": 98, "counted_in": "memory"
        }], "next": null
    })))
)]
pub(crate) async fn all_limits(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageLimits>,
    asked: Asked,
) -> Answer<Json<Listed<LimitView>>> {
    Ok(Json(limits::page(&domain, &may, &asked.page)?))
}

/// One rate limit.
#[utoipa::path(
    get,
    path = "/limits/{name}",
    params(("name" = String, Path, description = "Its name.", example = "api")),
    responses(
        (status = 200, description = "The limit as it holds.", body = LimitView, example = json!({
            "name": "sign_in", "tags": ["sign-in"], "by": ["address"], "most": 60, "per": "10m", "strict": true,
            "mode": "enforce", "on_store_error": "local", "from": "program", "locked": false, "stated": null,
            "endpoints": 2, "counted_in": "database"
        })),
        (status = 404, description = "There is no such limit."),
    )
)]
pub(crate) async fn limit(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageLimits>,
    Path(name): Path<String>,
) -> Answer<Json<LimitView>> {
    Ok(Json(limits::show(&domain, &may, &name)?))
}

/// Sets a rate limit. What is left out stays as the program states it; a limit of a new name needs `tags`, `by`, `most` and
/// `per`.
///
/// It holds from the next request on, on every node within two seconds. Try `"mode": "shadow"` first: it counts and is
/// logged, and refuses nobody.
#[utoipa::path(
    put,
    path = "/limits/{name}",
    params(("name" = String, Path, description = "Its name.", example = "api")),
    request_body(content = LimitForm, example = json!({"most": 600, "per": "1m", "burst": 100})),
    responses(
        (status = 200, description = "The limit as it holds.", body = LimitView, example = json!({
            "name": "api", "tags": ["api"], "by": ["person"], "most": 600, "per": "1m", "burst": 100,
            "strict": false, "mode": "enforce", "on_store_error": "local", "from": "run_time", "locked": false,
            "stated": {"tags": ["api"], "by": ["person"], "most": 1200, "per": "1m", "burst": 600, "strict": false,
                "mode": "enforce", "on_store_error": "local"},
            "endpoints": 98, "counted_in": "memory"
        })),
        (status = 409, description = "The settings say what holds (`from_settings`)."),
    )
)]
pub(crate) async fn set_limit(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageLimits>,
    Path(name): Path<String>,
    Json(form): Json<LimitForm>,
) -> Answer<Json<LimitView>> {
    Ok(Json(limits::set(&domain, &may, &name, &form, &client).await?))
}

/// Takes back what was set for a rate limit: it holds as the program states it, or is gone.
#[utoipa::path(
    delete,
    path = "/limits/{name}",
    params(("name" = String, Path, description = "Its name.", example = "api")),
    responses(
        (status = 204, description = "Nothing is set any more."),
        (status = 404, description = "Nothing was set."),
        (status = 409, description = "The settings say what holds (`from_settings`)."),
    )
)]
pub(crate) async fn clear_limit(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageLimits>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    limits::clear(&domain, &may, &name, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets what a rate limit counted: of one person, of one address, or of everybody.
#[utoipa::path(
    post,
    path = "/limits/{name}/reset",
    params(("name" = String, Path, description = "Its name.", example = "sign_in")),
    request_body(content = ResetForm, example = json!({"address": "192.0.2.7"})),
    responses(
        (status = 204, description = "It is forgotten."),
        (status = 404, description = "There is no such limit."),
        (status = 422, description = "Nobody is named, or more than one; for everybody say `everybody`."),
    )
)]
pub(crate) async fn reset_limit(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageLimits>,
    Path(name): Path<String>,
    Json(form): Json<ResetForm>,
) -> Answer<StatusCode> {
    limits::reset(&domain, &may, &name, &form, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
