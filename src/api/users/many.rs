//! The same done to many people over REST. Rules live in `domain::accounts`.

use crate::http::extract::{Caller, Json, Permitted};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::routes;
use vestibule_domain::Domain;
use vestibule_domain::accounts;
use vestibule_domain::endpoints::Policy;
use vestibule_model::UserId;
use vestibule_model::groups::{Permission, ViewAccounts};
use vestibule_model::listing::Listed;
use vestibule_model::people::ManyForm;

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints.route(Policy::permitted(ViewAccounts::NAME, "users"), routes!(do_to_many))
}

/// What became of one of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Became {
    /// The person.
    #[schema(value_type = String)]
    user: UserId,
    /// Whether it was done.
    done: bool,
    /// The code of the problem, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

/// Does the same to up to 100 people, each as if they were asked one after the other: what is refused for one is done to the
/// others all the same. `ban` takes `reason` and perhaps `until`; `join` and `leave` take `group`. It needs the permission of
/// what is done to one: `accounts:ban` for `ban` and `unban`, `groups:manage` for `join` and `leave`, otherwise
/// `accounts:manage`.
#[utoipa::path(
    post,
    path = "/users/many",
    request_body(content = ManyForm, example = json!({
        "do": "ban", "users": ["0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12"],
        "reason": "Spam in profiles"
    })),
    responses(
        (status = 200, description = "What became of each.", body = Listed<Became>, example = json!({
            "items": [
                {"user": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "done": true},
                {"user": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b12", "done": false, "code": "own_account"}
            ],
            "next": null
        })),
        (status = 422, description = "Nobody, more than 100, or a field that does not fit what is to be done."),
    )
)]
pub(crate) async fn do_to_many(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ViewAccounts>,
    Json(form): Json<ManyForm>,
) -> Answer<Json<Listed<Became>>> {
    let outcomes = accounts::do_to_many(&domain, &may, form, &client).await?;
    let told = outcomes.into_iter().map(|one| Became {
        user: one.user,
        done: one.error.is_none(),
        code: one.error.map(|error| error.code().to_owned()),
    });
    Ok(Json(Listed::whole(told.collect())))
}
