//! Bans of addresses and networks over REST; bans of people are in `users/bans.rs`. Rules live in `domain::bans`.

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
use std::sync::Arc;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, bans};
use vestibule_model::bans::{AddressBan, AddressBanForm, AddressBansQuery};
use vestibule_model::groups::{ManageBans, Permission};
use vestibule_model::listing::Listed;
use vestibule_model::values::BanId;
use vestibule_model::{Error, Result};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = Policy::permitted(ManageBans::NAME, "bans");
    endpoints.route(manage, routes!(list_bans, ban_address)).route(manage, routes!(one_ban, lift_ban))
}

/// The ban that an address of the API names.
fn ban(id: &str) -> Result<BanId> {
    id.parse().map_err(|_| Error::NotFound)
}

/// Bans of addresses and networks, over or not, the newest first.
#[utoipa::path(
    get,
    path = "/bans",
    params(PageQuery, AddressBansQuery),
    responses(
        (status = 200, description = "The bans; `next` names the page of older ones.", body = Listed<AddressBan>, example = json!({
            "items": [{
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b31", "network": "203.0.113.0/24",
                "reason": "Scans for open doors", "author": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12",
                "automatic": false, "evidence": null, "since": "2026-11-23T05:18:19Z",
                "until": "2026-11-30T05:18:19Z", "ended_at": null, "ending": null, "lifted_by": null
            }],
            "next": null
        })),
        (status = 422, description = "A parameter does not fit; `errors` names it."),
    )
)]
pub(crate) async fn list_bans(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageBans>,
    Asked { page, filter }: Asked<AddressBansQuery>,
) -> Answer<Json<Listed<AddressBan>>> {
    Ok(Json(bans::list_networks(&domain, &may, &filter, &page).await?))
}

/// Bans an address or network, or gives the ban of this very network another reason and end.
///
/// It holds on every node from the next request on. Whoever is banned is told no reason.
#[utoipa::path(
    post,
    path = "/bans",
    request_body(content = AddressBanForm, example = json!({
        "network": "203.0.113.0/24", "reason": "Scans for open doors", "until": "2026-11-30T05:18:19Z"
    })),
    responses(
        (status = 201, description = "The ban that holds; `Location` names it.", body = AddressBan, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b31", "network": "203.0.113.0/24",
            "reason": "Scans for open doors", "author": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12",
            "automatic": false, "evidence": null, "since": "2026-11-23T05:18:19Z",
            "until": "2026-11-30T05:18:19Z", "ended_at": null, "ending": null, "lifted_by": null
        })),
        (status = 409, description = "It is where the caller asks from (`own_address`)."),
        (status = 412, description = "Somebody else banned it otherwise at this moment (`changed_meanwhile`)."),
        (status = 422, description = "A field does not fit: `reserved` of `network` for this machine, trusted proxies \
            and what the settings keep out of bans."),
    )
)]
pub(crate) async fn ban_address(
    State(domain): State<Domain>,
    Extension(state): Extension<Arc<AppState>>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageBans>,
    Json(form): Json<AddressBanForm>,
) -> Answer<Response> {
    let ban = bans::ban_network(&domain, &may, form, &client).await?;
    let place = format!("{}/bans/{}", state.options.api_root, ban.id);
    Ok((StatusCode::CREATED, [(LOCATION, place)], Json(ban)).into_response())
}

/// One ban of an address or network, with what an automatic one was imposed for.
#[utoipa::path(
    get,
    path = "/bans/{id}",
    params(("id" = String, Path, description = "The ban's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b31")),
    responses(
        (status = 200, description = "The ban.", body = AddressBan, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b31", "network": "203.0.113.7/32",
            "reason": "Too much went wrong from there", "author": null, "automatic": true,
            "evidence": {
                "score": 124, "block_at": 120, "offences": {"sign_in_failed": 38, "absent": 10},
                "first_at": "2026-11-23T05:11:02Z", "last_path": "/wp-login.php", "nth": 1
            },
            "since": "2026-11-23T05:18:19Z", "until": "2026-11-23T05:33:19Z", "ended_at": null, "ending": null,
            "lifted_by": null
        })),
        (status = 404, description = "There is no such ban."),
    )
)]
pub(crate) async fn one_ban(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageBans>,
    Path(id): Path<String>,
) -> Answer<Json<AddressBan>> {
    Ok(Json(bans::show_network(&domain, &may, ban(&id)?).await?))
}

/// Lifts a ban of an address or network that holds.
#[utoipa::path(
    delete,
    path = "/bans/{id}",
    params(("id" = String, Path, description = "The ban's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b31")),
    responses(
        (status = 204, description = "The ban is lifted."),
        (status = 404, description = "There is no such ban, or it is over."),
    )
)]
pub(crate) async fn lift_ban(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageBans>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    bans::lift_network(&domain, &may, ban(&id)?, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
