//! The outbox over REST. Rules live in `domain::mail::outbox`.

use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use http::StatusCode;
use utoipa_axum::routes;
use vestibule_domain::Domain;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::mail::outbox;
use vestibule_model::groups::{ManageMail, Permission};
use vestibule_model::listing::Listed;
use vestibule_model::mail::{OutboxFilter, OutboxMail};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let policy = Policy::permitted(ManageMail::NAME, "mail");
    endpoints
        .route(policy, routes!(list_outbox))
        .route(policy, routes!(retry_mail))
        .route(policy, routes!(cancel_mail))
}

/// Mails that wait, left, failed or were dropped, newest first.
///
/// What a mail says is not told: it may hold a link that lets somebody in. Rows are kept for thirty days after they are done.
#[utoipa::path(
    get,
    path = "/outbox",
    params(PageQuery, OutboxFilter),
    responses(
        (status = 200, description = "The mails.", body = Listed<OutboxMail>, example = json!({
            "items": [{
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b16", "kind": "verify", "recipient": "ada@example.org",
                "user": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "status": "queued", "attempts": 2,
                "created_at": "2026-11-23T05:20:11Z", "next_try_at": "2026-11-23T05:22:11Z",
                "useless_after": "2026-11-24T05:20:11Z", "finished_at": null, "failure": "unreachable",
                "failure_detail": "connection refused"
            }],
            "next": null
        })),
        (status = 422, description = "A filter or the cursor does not fit."),
    )
)]
pub(crate) async fn list_outbox(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageMail>,
    Asked { page, filter }: Asked<OutboxFilter>,
) -> Answer<Json<Listed<OutboxMail>>> {
    Ok(Json(outbox::list(&domain, &may, &filter, &page).await?))
}

/// Tries a mail again now that waits or was given up.
#[utoipa::path(
    post,
    path = "/outbox/{id}/retry",
    params(("id" = String, Path, description = "The mail's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b16")),
    responses(
        (status = 202, description = "It is tried in a moment."),
        (status = 404, description = "There is no such mail."),
        (status = 409, description = "It was sent, is being sent, or is of no more use (`mail_done`)."),
    )
)]
pub(crate) async fn retry_mail(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageMail>,
    Caller(client): Caller,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    outbox::retry(&domain, &may, &id, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Stops a mail that waits or was given up; what it says is erased.
#[utoipa::path(
    post,
    path = "/outbox/{id}/cancel",
    params(("id" = String, Path, description = "The mail's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b16")),
    responses(
        (status = 204, description = "It will not be sent."),
        (status = 404, description = "There is no such mail."),
        (status = 409, description = "It was sent, is being sent, or is of no more use (`mail_done`)."),
    )
)]
pub(crate) async fn cancel_mail(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageMail>,
    Caller(client): Caller,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    outbox::cancel(&domain, &may, &id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
