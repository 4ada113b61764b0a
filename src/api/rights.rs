//! What somebody may do and why, and the groups they belong to, over REST. Rules live in `domain::groups`.

use super::users::account;
use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::Asked;
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, groups};
use vestibule_model::groups::{EffectiveRights, ManageGroups, Permission, ViewAccounts};
use vestibule_model::listing::Page;
use vestibule_model::{Error, Problem};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints
        .route(Policy::permitted(ManageGroups::NAME, "users"), routes!(join_group, leave_group))
        .route(Policy::permitted(ViewAccounts::NAME, "users"), routes!(rights))
}

/// Puts somebody into a group.
///
/// What it gives holds from their next request on. Nobody puts anyone into a group that gives more than they hold
/// themselves.
#[utoipa::path(
    put,
    path = "/users/{id}/groups/{group}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("group" = String, Path, description = "The group's name.", example = "staff"),
    ),
    responses(
        (status = 204, description = "They belong to it, whether they did before or not."),
        (status = 404, description = "There is no such account, or no such group."),
    )
)]
pub(crate) async fn join_group(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageGroups>,
    Path((id, group)): Path<(String, String)>,
) -> Answer<StatusCode> {
    groups::join(&domain, &may, account(&id)?, &group, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes somebody out of a group.
#[utoipa::path(
    delete,
    path = "/users/{id}/groups/{group}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("group" = String, Path, description = "The group's name.", example = "staff"),
    ),
    responses(
        (status = 204, description = "They do not belong to it, whether they did before or not."),
        (status = 404, description = "There is no such group."),
        (status = 409, description = "It is the last administrator (`last_admin`)."),
    )
)]
pub(crate) async fn leave_group(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageGroups>,
    Path((id, group)): Path<(String, String)>,
) -> Answer<StatusCode> {
    groups::leave(&domain, &may, account(&id)?, &group, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What to tell of somebody's rights.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    permission: Option<String>,
}

/// What somebody may do, and through which of their groups.
#[utoipa::path(
    get,
    path = "/users/{id}/rights",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("permission" = Option<String>, Query, description = "Whether they hold this one.", example = "accounts:view"),
    ),
    responses(
        (status = 200, description = "Every permission that is held; the one that was asked for, held or not.",
            body = EffectiveRights, example = json!({
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "status": "active", "groups": ["member", "staff"],
                "permissions": [{"permission": "accounts:view", "about": "See every account.", "held": true,
                    "through": ["staff"]}]
            })),
        (status = 404, description = "There is no such account."),
        (status = 422, description = "Nobody declares the permission that was asked for (`not_offered`)."),
    )
)]
pub(crate) async fn rights(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAccounts>,
    Path(id): Path<String>,
    asked: Asked<About>,
) -> Answer<Json<EffectiveRights>> {
    if asked.page != Page::default() {
        return Err(Error::invalid("limit", Problem::Unknown).into());
    }
    Ok(Json(groups::of_person(&domain, &may, account(&id)?, asked.filter.permission.as_deref()).await?))
}
