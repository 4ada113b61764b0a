//! What a person is told by mail, over REST. Rules live in `domain::notices`.

use crate::http::extract::{Caller, Json, SignedIn};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::State;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, notices};
use vestibule_model::notices::{NoticeChoice, NoticesForm};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints.route(Policy::signed_in("me"), routes!(my_notices, choose_notices))
}

/// A list of notices, in the form of every list of this API.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Notices {
    /// The notices.
    items: Vec<NoticeChoice>,
    /// Always null: the list is whole.
    next: Option<String>,
}

/// What the person who asks is told of by mail, and what not.
#[utoipa::path(
    get,
    path = "/me/notifications",
    responses(
        (status = 200, description = "The notices; those for administrators only where the person is one.", body = Notices, example = json!({
            "items": [{
                "name": "welcome", "about": "A welcome, once your address is confirmed.", "audience": "person",
                "security": false, "on": true
            }],
            "next": null
        }))
    )
)]
pub(crate) async fn my_notices(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
) -> Answer<Json<Notices>> {
    Ok(Json(Notices { items: notices::choices(&domain, &person).await?, next: None }))
}

/// Switches notices on and off, by name. Those that are not named stay as they are.
#[utoipa::path(
    patch,
    path = "/me/notifications",
    request_body(content = NoticesForm, example = json!({"on": ["profile_updated"], "off": ["welcome"]})),
    responses(
        (status = 200, description = "The notices as they are now.", body = Notices, example = json!({
            "items": [{
                "name": "welcome", "about": "A welcome, once your address is confirmed.", "audience": "person",
                "security": false, "on": true
            }],
            "next": null
        })),
        (status = 422, description = "A name is `unknown`, or of a security notice, which is `always_on`."),
    )
)]
pub(crate) async fn choose_notices(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Json(form): Json<NoticesForm>,
) -> Answer<Json<Notices>> {
    let items = notices::choose(&domain, &person, &form.wanted()?, &client).await?;
    Ok(Json(Notices { items, next: None }))
}
