//! Endpoints, their tags and the rules of tags over REST. Rules live in `domain::endpoints`.

use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, endpoints};
use vestibule_model::endpoints::{EndpointView, RuleForm, TagView};
use vestibule_model::groups::{ManageEndpoints, Permission};
use vestibule_model::listing::Listed;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = Policy::permitted(ManageEndpoints::NAME, "endpoints");
    endpoints
        .route(manage, routes!(all_endpoints))
        .route(manage, routes!(endpoint_tags))
        .route(manage, routes!(endpoint_tag, set_endpoint_rule, clear_endpoint_rule))
}

/// Which endpoints to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfTag {
    tag: Option<String>,
}

/// Every address that the program answers: its policy, its tags, and the rules that ask for more.
///
/// All rules of all tags of an endpoint are asked for, beside its own policy: a rule only tightens.
#[utoipa::path(
    get,
    path = "/endpoints",
    params(PageQuery, ("tag" = Option<String>, Query, description = "Only those with this tag.", example = "profiles")),
    responses((status = 200, description = "A page of them, by address and method.", body = Listed<EndpointView>,
        example = json!({"items": [{
            "method": "GET", "path": "/api/v1/profiles/{username}", "who": "anyone", "permission": null,
            "tags": ["profiles"], "body_limit": 65536, "credential": "bearer", "proven": false,
            "rules": [{"tag": "profiles", "rule": {"who": "signed_in"}, "from": "run_time", "tightens": true}]
        }], "next": null})))
)]
pub(crate) async fn all_endpoints(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageEndpoints>,
    asked: Asked<OfTag>,
) -> Answer<Json<Listed<EndpointView>>> {
    Ok(Json(endpoints::page(&domain, &may, asked.filter.tag.as_deref(), &asked.page)?))
}

/// Every tag, and the rule that holds for its endpoints.
#[utoipa::path(
    get,
    path = "/endpoints/tags",
    params(PageQuery),
    responses((status = 200, description = "A page of them, by name.", body = Listed<TagView>, example = json!({
        "items": [{
            "tag": "profiles", "rule": {"who": "signed_in"}, "from": "run_time", "locked": false, "shadowed": null,
            "trouble": null, "endpoints": 8
        }], "next": null
    })))
)]
pub(crate) async fn endpoint_tags(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageEndpoints>,
    asked: Asked,
) -> Answer<Json<Listed<TagView>>> {
    Ok(Json(endpoints::page_of_tags(&domain, &may, &asked.page).await?))
}

/// One tag.
#[utoipa::path(
    get,
    path = "/endpoints/tags/{tag}",
    params(("tag" = String, Path, description = "The tag.", example = "profiles")),
    responses(
        (status = 200, description = "The tag, and the rule that holds.", body = TagView, example = json!({
            "tag": "profiles", "rule": {"who": "signed_in"}, "from": "run_time", "locked": false, "shadowed": null,
            "trouble": null, "endpoints": 8
        })),
        (status = 404, description = "No endpoint has this tag."),
    )
)]
pub(crate) async fn endpoint_tag(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageEndpoints>,
    Path(tag): Path<String>,
) -> Answer<Json<TagView>> {
    Ok(Json(endpoints::show(&domain, &may, &tag).await?))
}

/// Sets what the endpoints of a tag ask for, beyond what each asks for itself: one of `who`, `permission` and `group`.
///
/// It holds from the next request on, on every node. Administrators pass every rule.
#[utoipa::path(
    put,
    path = "/endpoints/tags/{tag}",
    params(("tag" = String, Path, description = "The tag.", example = "profiles")),
    request_body(content = RuleForm, example = json!({"who": "signed_in"})),
    responses(
        (status = 200, description = "The tag, and the rule that holds.", body = TagView, example = json!({
            "tag": "profiles", "rule": {"who": "signed_in"}, "from": "run_time", "locked": false, "shadowed": null,
            "trouble": null, "endpoints": 8
        })),
        (status = 404, description = "No endpoint has this tag."),
        (status = 409, description = "The settings say what holds (`from_settings`); nobody could sign in any more \
            (`locks_sign_in`); or some of the endpoints know no sign-in (`never_met`)."),
    )
)]
pub(crate) async fn set_endpoint_rule(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageEndpoints>,
    Path(tag): Path<String>,
    Json(form): Json<RuleForm>,
) -> Answer<Json<TagView>> {
    Ok(Json(endpoints::set(&domain, &may, &tag, form, &client).await?))
}

/// Takes back what was set for a tag: its endpoints ask for what each asks for itself.
#[utoipa::path(
    delete,
    path = "/endpoints/tags/{tag}",
    params(("tag" = String, Path, description = "The tag.", example = "profiles")),
    responses(
        (status = 204, description = "There is no rule any more."),
        (status = 404, description = "None was set."),
        (status = 409, description = "The settings say what holds (`from_settings`)."),
    )
)]
pub(crate) async fn clear_endpoint_rule(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageEndpoints>,
    Path(tag): Path<String>,
) -> Answer<StatusCode> {
    endpoints::clear(&domain, &may, &tag, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
