//! Bans of people over REST. Rules live in `domain::bans`.

use super::account;
use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use http::StatusCode;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, bans};
use vestibule_model::bans::{Ban, BanForm, BanRecord, BansQuery};
use vestibule_model::groups::{BanAccounts, Permission, ViewAccounts};
use vestibule_model::listing::Listed;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints
        .route(Policy::permitted(BanAccounts::NAME, "users"), routes!(ban_user, unban_user))
        .route(Policy::permitted(ViewAccounts::NAME, "bans"), routes!(banned_people))
}

/// Bans of people, over or not, the newest first.
#[utoipa::path(
    get,
    path = "/bans/people",
    params(PageQuery, BansQuery),
    responses(
        (status = 200, description = "The bans; `next` names the page of older ones.", body = Listed<BanRecord>, example = json!({
            "items": [{
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b21", "user": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11",
                "name": "Ada Lovelace", "reason": "Spam in profiles", "author": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12",
                "since": "2026-11-23T05:18:19Z", "until": "2026-11-30T05:18:19Z", "ended_at": null, "ending": null
            }],
            "next": null
        })),
        (status = 422, description = "A parameter does not fit; `errors` names it."),
    )
)]
pub(crate) async fn banned_people(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAccounts>,
    Asked { page, filter }: Asked<BansQuery>,
) -> Answer<Json<Listed<BanRecord>>> {
    Ok(Json(bans::list(&domain, &may, &filter, &page).await?))
}

/// Bans somebody, or gives the ban that holds another reason and end.
///
/// Every session and token of theirs ends at once, and a mail tells them why and until when.
#[utoipa::path(
    put,
    path = "/users/{id}/ban",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    request_body(content = BanForm, example = json!({"reason": "Spam in profiles", "until": "2026-11-30T05:18:19Z"})),
    responses(
        (status = 200, description = "The ban that holds.", body = Ban, example = json!({
            "reason": "Spam in profiles", "author": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12",
            "since": "2026-11-23T05:18:19Z", "until": "2026-11-30T05:18:19Z"
        })),
        (status = 404, description = "There is no such account."),
        (status = 409, description = "It is one's own account (`own_account`), or the last administrator's (`last_admin`)."),
    )
)]
pub(crate) async fn ban_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<BanAccounts>,
    Path(id): Path<String>,
    Json(form): Json<BanForm>,
) -> Answer<Json<Ban>> {
    Ok(Json(bans::impose(&domain, &may, account(&id)?, form, &client).await?))
}

/// Lifts the ban that holds.
///
/// A mail tells the person; they sign in anew.
#[utoipa::path(
    delete,
    path = "/users/{id}/ban",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 204, description = "The ban is lifted."),
        (status = 404, description = "There is no such account, or it is not banned."),
    )
)]
pub(crate) async fn unban_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<BanAccounts>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    bans::lift(&domain, &may, account(&id)?, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
