//! The audit trail over REST. Rules live in `domain::audit`.

use crate::http::extract::{Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, audit};
use vestibule_model::audit::{Entry, Filter, Verdict};
use vestibule_model::groups::{Permission, ViewAudit};
use vestibule_model::listing::Listed;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let policy = Policy::permitted(ViewAudit::NAME, "audit");
    endpoints
        .route(policy, routes!(list_audit))
        .route(policy, routes!(read_audit))
        .route(policy, routes!(verify_audit))
}

/// What happened on the site, newest first.
///
/// Every change of state is one row, written in the transaction of the change. A program must expect kinds of events that it
/// does not know.
#[utoipa::path(
    get,
    path = "/audit",
    params(PageQuery, Filter),
    responses(
        (status = 200, description = "The rows.", body = Listed<Entry>, example = json!({
            "items": [{
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b14", "seq": 4711, "at": "2026-11-23T05:20:11Z",
                "event": "banned", "by": "person", "actor": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12",
                "actor_name": "Grace Hopper", "session": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15", "key": null,
                "subject": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "subject_name": "Ada Lovelace",
                "changes": [{"field": "reason", "before": null, "after": "Spam in profiles"}],
                "detail": {"reason": "Spam in profiles"}, "request_id": "0198c7a13a527cc4", "address": "192.0.2.7",
                "redacted": false
            }],
            "next": null
        })),
        (status = 422, description = "A filter or the cursor does not fit."),
    )
)]
pub(crate) async fn list_audit(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAudit>,
    Asked { page, filter }: Asked<Filter>,
) -> Answer<Json<Listed<Entry>>> {
    Ok(Json(audit::list(&domain, &may, &filter, &page).await?))
}

/// One row.
#[utoipa::path(
    get,
    path = "/audit/{id}",
    params(("id" = String, Path, description = "The row's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b14")),
    responses(
        (status = 200, description = "The row.", body = Entry, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b14", "seq": 4711, "at": "2026-11-23T05:20:11Z",
            "event": "signed_in", "by": "anonymous", "actor": null, "actor_name": null, "session": null, "key": null,
            "subject": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "subject_name": "Ada Lovelace", "changes": [],
            "detail": {"session": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b15"}, "request_id": "0198c7a13a527cc4",
            "address": "192.0.2.7", "redacted": false
        })),
        (status = 404, description = "There is no such row."),
    )
)]
pub(crate) async fn read_audit(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAudit>,
    Path(id): Path<String>,
) -> Answer<Json<Entry>> {
    Ok(Json(audit::find(&domain, &may, &id).await?))
}

/// Where the chain of rows ends.
///
/// Note `head` elsewhere from time to time: `vestibule audit verify --expect <head>` then also finds an end that was cut off.
/// The walk along the whole chain is the command's alone.
#[utoipa::path(
    get,
    path = "/audit/chain",
    responses(
        (status = 200, description = "Its state, as far as it can be told without a walk.", body = Verdict, example = json!({
            "rows": 4711, "kept_after": 0, "head": "4711:GtyIZJ3Xbhh5RnK2Tz0ONX0aBBGe0wLTi1W5HZyTl-8", "faults": [],
            "more_faults": false
        })),
    )
)]
pub(crate) async fn verify_audit(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAudit>,
) -> Answer<Json<Verdict>> {
    Ok(Json(audit::state(&domain, &may).await?))
}
