//! Numbers about the site over REST. Rules live in `domain::statistics`.

use crate::http::extract::{Json, Permitted};
use crate::http::listing::query;
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::State;
use http::Uri;
use serde::Deserialize;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, statistics};
use vestibule_model::groups::{Permission, ViewStatistics};
use vestibule_model::statistics::{Range, Statistics};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints.route(Policy::permitted(ViewStatistics::NAME, "statistics"), routes!(read_statistics))
}

/// Which numbers are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    range: Option<Range>,
}

/// How many people there are, and what happened how often.
///
/// Days begin in UTC, and the last step is not over yet. What is counted names nobody.
#[utoipa::path(
    get,
    path = "/statistics",
    params(("range" = Option<Range>, Query, description = "How far back: `24h` by the hour, `7d` (where nothing is said), `30d` or `90d` by the day.", example = "24h")),
    responses(
        (status = 200, description = "The numbers.", body = Statistics, example = json!({
            "range": "7d", "from": "2026-11-17T00:00:00Z", "step_hours": 24, "people": 4711, "mails_waiting": 2,
            "mails_stuck": 0,
            "figures": [{"measure": "registrations", "values": [3, 5, 2, 0, 4, 6, 1], "sum": 21, "before": 18}]
        })),
        (status = 422, description = "There is no such range (`not_offered`)."),
    )
)]
pub(crate) async fn read_statistics(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewStatistics>,
    uri: Uri,
) -> Answer<Json<Statistics>> {
    let wanted: Wanted = query(uri.query().unwrap_or_default())?;
    Ok(Json(statistics::read(&domain, &may, wanted.range.unwrap_or_default()).await?))
}
