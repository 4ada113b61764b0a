//! Abuse control over REST: who offended, and undoing what the program did about it. Rules live in `domain::abuse`.

use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use http::StatusCode;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, abuse};
use vestibule_model::abuse::Suspect;
use vestibule_model::groups::{ManageBans, Permission};
use vestibule_model::listing::Listed;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = Policy::permitted(ManageBans::NAME, "bans");
    endpoints.route(manage, routes!(suspects)).route(manage, routes!(suspect, forgive))
}

/// Addresses and accounts that offended, the last one first.
#[utoipa::path(
    get,
    path = "/abuse",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of them.", body = Listed<Suspect>, example = json!({
            "items": [{
                "subject": "203.0.113.7/32", "user": null, "score": 81,
                "offences": {"sign_in_failed": 20, "probed": 2}, "first_at": "2026-11-23T05:11:02Z",
                "last_at": "2026-11-23T05:18:19Z", "last_path": "/wp-login.php", "bearing": "delayed",
                "delay_ms": 1208, "blocked_until": null, "blocks": 0
            }],
            "next": null
        })),
        (status = 422, description = "A parameter does not fit; `errors` names it."),
    )
)]
pub(crate) async fn suspects(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageBans>,
    asked: Asked,
) -> Answer<Json<Listed<Suspect>>> {
    Ok(Json(abuse::list(&domain, &may, &asked.page).await?))
}

/// What an address or account did, and what is done about it.
#[utoipa::path(
    get,
    path = "/abuse/{subject}",
    params(("subject" = String, Path, description = "An address, or an account's id.", example = "203.0.113.7")),
    responses(
        (status = 200, description = "What is known.", body = Suspect, example = json!({
            "subject": "203.0.113.7/32", "user": null, "score": 0, "offences": {},
            "first_at": "2026-11-23T05:18:19Z", "last_at": "2026-11-23T05:18:19Z", "last_path": "/wp-login.php",
            "bearing": "blocked", "delay_ms": 0, "blocked_until": "2026-11-23T05:33:19Z", "blocks": 1
        })),
        (status = 404, description = "It is neither, or did nothing that is remembered."),
    )
)]
pub(crate) async fn suspect(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageBans>,
    Path(subject): Path<String>,
) -> Answer<Json<Suspect>> {
    Ok(Json(abuse::show(&domain, &may, &subject).await?))
}

/// Forgets what an address or account did, and undoes what the program did about it.
///
/// A block that the program imposed is lifted; a ban that somebody imposed stays. An account's owner gets fresh attempts at
/// the password.
#[utoipa::path(
    delete,
    path = "/abuse/{subject}",
    params(("subject" = String, Path, description = "An address, or an account's id.", example = "203.0.113.7")),
    responses(
        (status = 204, description = "It is forgotten."),
        (status = 404, description = "It is neither, or there is nothing to forget."),
    )
)]
pub(crate) async fn forgive(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageBans>,
    Path(subject): Path<String>,
) -> Answer<StatusCode> {
    abuse::forgive(&domain, &may, &subject, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
