//! Groups and permissions over REST, for those who manage them. Rules live in `domain::groups`.

use crate::http::AppState;
use crate::http::etag::{Expected, tagged};
use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use std::sync::Arc;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, groups};
use vestibule_model::groups::{Group, GroupForm, ManageGroups, NewGroup, Permission, PermissionView};
use vestibule_model::listing::Listed;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = Policy::permitted(ManageGroups::NAME, "groups");
    endpoints
        .route(manage, routes!(all_groups, create_group))
        .route(manage, routes!(group, change_group, delete_group))
        .route(manage, routes!(all_permissions))
}

/// Every group.
#[utoipa::path(
    get,
    path = "/groups",
    params(PageQuery),
    responses((status = 200, description = "A page of them, by name.", body = Listed<Group>, example = json!({"items": [{
        "name": "staff", "about": "People who work here", "members": 12, "more_members": false,
        "permissions": ["accounts:view"], "lifetimes": {"idle": "2h"}, "default": false, "protected": false,
        "from_settings": false, "fixed": []
    }], "next": null})))
)]
pub(crate) async fn all_groups(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageGroups>,
    asked: Asked,
) -> Answer<Json<Listed<Group>>> {
    Ok(Json(groups::page(&domain, &may, &asked.page).await?))
}

/// Makes a group.
///
/// Nobody gives what they do not hold: a permission that the caller lacks is refused.
#[utoipa::path(
    post,
    path = "/groups",
    request_body(content = NewGroup, example = json!({
        "name": "staff", "about": "People who work here", "permissions": ["accounts:view"], "lifetimes": {"idle": "2h"}
    })),
    responses(
        (status = 201, description = "The group; `Location` is its address.", body = Group, example = json!({
            "name": "staff", "about": "People who work here", "members": 0, "more_members": false,
            "permissions": ["accounts:view"], "lifetimes": {"idle": "2h"}, "default": false, "protected": false,
            "from_settings": false, "fixed": []
        })),
        (status = 409, description = "There is one of this name (`group_taken`)."),
    )
)]
pub(crate) async fn create_group(
    State(domain): State<Domain>,
    Extension(state): Extension<Arc<AppState>>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageGroups>,
    Json(new): Json<NewGroup>,
) -> Answer<Response> {
    let group = groups::create(&domain, &may, new, &client).await?;
    let place = format!("{}/groups/{}", state.options.api_root, group.name);
    Ok((StatusCode::CREATED, [(LOCATION, place)], shown(group)).into_response())
}

/// One group.
#[utoipa::path(
    get,
    path = "/groups/{name}",
    params(("name" = String, Path, description = "The group's name.", example = "staff")),
    responses(
        (status = 200, description = "The group; `ETag` names the state of what can be changed about it.", body = Group,
            example = json!({
                "name": "staff", "about": "People who work here", "members": 12, "more_members": false,
                "permissions": ["accounts:view"], "lifetimes": {"idle": "2h"}, "default": false, "protected": false,
                "from_settings": false, "fixed": []
            })),
        (status = 404, description = "There is no such group."),
    )
)]
pub(crate) async fn group(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageGroups>,
    Path(name): Path<String>,
) -> Answer<Response> {
    Ok(shown(groups::show(&domain, &may, &name).await?))
}

/// Changes a group: what is absent stays, and all of it happens or nothing.
///
/// It holds from the next request of its members on. Nobody changes a group that gives what they do not hold, and nobody
/// gives what they do not hold: both are refused with 403.
#[utoipa::path(
    patch,
    path = "/groups/{name}",
    params(
        ("name" = String, Path, description = "The group's name.", example = "staff"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the state that it is changed from."),
    ),
    request_body(content = GroupForm, example = json!({
        "permissions": ["accounts:ban", "accounts:view"], "lifetimes": {"idle": null}
    })),
    responses(
        (status = 200, description = "The group as it is now; `ETag` names this state.", body = Group, example = json!({
            "name": "staff", "about": "People who work here", "members": 12, "more_members": false,
            "permissions": ["accounts:ban", "accounts:view"], "lifetimes": {}, "default": false, "protected": false,
            "from_settings": false, "fixed": []
        })),
        (status = 404, description = "There is no such group."),
        (status = 409, description = "The product (`built_in_group`) or the settings (`from_settings`) say what this is."),
        (status = 412, description = "It was changed since the state that `If-Match` names; nothing was done."),
    )
)]
pub(crate) async fn change_group(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageGroups>,
    Path(name): Path<String>,
    Expected(tags): Expected,
    Json(form): Json<GroupForm>,
) -> Answer<Response> {
    Ok(shown(groups::change(&domain, &may, &name, form, tags.as_deref(), &client).await?))
}

/// Deletes a group. What its members held by it ends at once.
#[utoipa::path(
    delete,
    path = "/groups/{name}",
    params(("name" = String, Path, description = "The group's name.", example = "staff")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "There is no such group."),
        (status = 409, description = "The product needs it (`built_in_group`), the settings declare it \
            (`from_settings`), or endpoints ask for it (`group_in_rule`)."),
    )
)]
pub(crate) async fn delete_group(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageGroups>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    groups::delete(&domain, &may, &name, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every permission, who declared it and which groups hold it.
#[utoipa::path(
    get,
    path = "/permissions",
    params(PageQuery),
    responses((status = 200, description = "A page of them, by name.", body = Listed<PermissionView>, example = json!({
        "items": [{
            "name": "accounts:view", "about": "See every account.", "declared_by": "vestibule",
            "groups": ["admin", "staff"]
        }], "next": null
    })))
)]
pub(crate) async fn all_permissions(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageGroups>,
    asked: Asked,
) -> Answer<Json<Listed<PermissionView>>> {
    Ok(Json(groups::page_of_permissions(&domain, &may, &asked.page).await?))
}

fn shown(group: Group) -> Response {
    tagged(&groups::tag(&group), Json(group))
}
