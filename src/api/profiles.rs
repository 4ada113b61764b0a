//! Profiles and pictures over REST. Rules live in `domain::profiles`.

use crate::http::etag::{Expected, Known, tagged, unless_known};
use crate::http::extract::{Caller, Json, SignedIn};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use crate::http::{AppState, avatars};
use axum::Extension;
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION};
use std::sync::Arc;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::profiles::{self, Found};
use vestibule_domain::{Actor, Domain};
use vestibule_model::accounts::Me;
use vestibule_model::profiles::{MOST_PICTURE_BYTES, ProfileForm, Public};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints
        .route(Policy::signed_in("me").keys(), routes!(change_me))
        .route(Policy::signed_in("me").keys(), routes!(my_avatar, remove_avatar))
        .route(Policy::signed_in("me").keys().body_limit(MOST_PICTURE_BYTES), routes!(set_avatar))
        .route(Policy::anyone("profiles"), routes!(profile))
        .route(Policy::anyone("profiles"), routes!(profile_avatar))
}

/// Changes the profile of the person who asks: what is absent stays, `null` takes it away, and all of it happens or
/// nothing. With `If-Match`, only where nothing was changed since.
#[utoipa::path(
    patch,
    path = "/me",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of `GET /me` that was read before.")),
    request_body(content = ProfileForm, example = json!({
        "username": "ada", "bio": "Writes programs for machines that are not built yet.", "links": ["https://example.org"],
        "language": "en-GB", "time_zone": null, "visibility": {"profile": "public", "time_zone": "signed_in"}
    })),
    responses(
        (status = 200, description = "The account as it is now; `ETag` names this state.", body = Me, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "email": "ada@example.org",
            "email_verified_at": "2026-11-23T05:20:11Z", "name": "Ada Lovelace", "username": "ada", "groups": ["member"],
            "permissions": [], "created_at": "2026-11-23T05:18:19Z", "password_changed_at": "2026-11-23T05:18:19Z",
            "expires_at": null, "bio": "Writes programs for machines that are not built yet.",
            "links": ["https://example.org/"], "avatar": null, "language": "en-GB", "time_zone": null,
            "visibility": {"profile": "public", "name": "public", "avatar": "public", "bio": "public", "links": "public",
                "email": "private", "language": "private", "time_zone": "signed_in", "joined": "signed_in", "search": "public"},
            "fields": {}, "username_settled_until": null
        })),
        (status = 412, description = "Something was changed since the state that `If-Match` names; nothing was done."),
        (status = 422, description = "A field does not fit; `errors` names it. `taken` and `too_soon` are of user names."),
    )
)]
pub(crate) async fn change_me(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Expected(tags): Expected,
    Json(form): Json<ProfileForm>,
) -> Answer<Response> {
    let me = profiles::change(&domain, &person, form, tags.as_deref(), &client).await?;
    Ok(tagged(&profiles::tag(&me), Json(me)))
}

/// The picture of the person who asks.
#[utoipa::path(
    get,
    path = "/me/avatar",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of a picture that is there already.")),
    responses(
        (status = 200, description = "256 by 256 pixels.", content_type = "image/jpeg"),
        (status = 304, description = "It is the picture that `If-None-Match` names."),
        (status = 404, description = "There is none."),
    )
)]
pub(crate) async fn my_avatar(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
    known: Known,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    Ok(avatars::shown(profiles::own_avatar(&domain, &person, &known.0).await?, query.as_deref()))
}

/// Gives the person who asks a picture: JPEG, PNG, WebP or GIF, at most 5 MiB and 25 megapixels. It is cut to a square, made
/// small and written anew; nothing but its pixels is kept.
#[utoipa::path(
    put,
    path = "/me/avatar",
    request_body(content = inline(String), content_type = "image/*", description = "The picture. Its format is read from the bytes."),
    responses(
        (status = 204, description = "It is the person's picture now."),
        (status = 415, description = "It is compressed once more (`Content-Encoding`)."),
        (status = 422, description = "`not_a_picture` or `picture_too_large`."),
    )
)]
pub(crate) async fn set_avatar(
    Extension(state): Extension<Arc<AppState>>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    request: Request,
) -> Answer<StatusCode> {
    avatars::receive(&state, &person, &client, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the picture of the person who asks away.
#[utoipa::path(
    delete,
    path = "/me/avatar",
    responses((status = 204, description = "There is no picture, whether there was one or not."))
)]
pub(crate) async fn remove_avatar(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
) -> Answer<StatusCode> {
    profiles::remove_avatar(&domain, &person, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the caller may see of the person with this user name. A former name leads to the present one.
#[utoipa::path(
    get,
    path = "/profiles/{username}",
    params(
        ("username" = String, Path, description = "The user name, in any letter case."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer that is there already."),
    ),
    responses(
        (status = 200, description = "The profile; what the caller may not see is absent.", body = Public, example = json!({
            "username": "ada", "name": "Ada Lovelace", "avatar": "mR2c8Qv1x0aYz5Kd", "links": ["https://example.org/"]
        })),
        (status = 304, description = "It is as in the answer that `If-None-Match` names."),
        (status = 308, description = "The person goes by the name in `Location` now."),
        (status = 404, description = "There is no such profile, or the caller may not see it: nothing tells which."),
    )
)]
pub(crate) async fn profile(
    State(domain): State<Domain>,
    Extension(actor): Extension<Actor>,
    Path(username): Path<String>,
    known: Known,
) -> Answer<Response> {
    let mut response = match profiles::find(&domain, &actor, &username).await? {
        Found::Profile(public) => {
            unless_known(&known, &profiles::public_tag(&public), || Json(&*public).into_response())
        }
        Found::Moved(to) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, to.as_str())]).into_response(),
    };
    // Kept by whoever asked, and asked for again each time: what its owner hides is hidden at once.
    response.headers_mut().insert(CACHE_CONTROL, http::HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// The picture of the person with this user name.
#[utoipa::path(
    get,
    path = "/profiles/{username}/avatar",
    params(
        ("username" = String, Path, description = "The user name, present or former, in any letter case."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of a picture that is there already."),
    ),
    responses(
        (status = 200, description = "256 by 256 pixels.", content_type = "image/jpeg"),
        (status = 304, description = "It is the picture that `If-None-Match` names."),
        (status = 404, description = "There is no such picture, or the caller may not see it: nothing tells which."),
    )
)]
pub(crate) async fn profile_avatar(
    State(domain): State<Domain>,
    Extension(actor): Extension<Actor>,
    Path(username): Path<String>,
    known: Known,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let found = profiles::avatar_of(&domain, &actor, &username, &known.0).await?;
    Ok(avatars::of_another(found, query.as_deref()))
}
