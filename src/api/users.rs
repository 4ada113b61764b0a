//! People over REST, for administrators: the list, and one of them. What is done to one stands in `acts.rs`, bans and notes
//! in files of their own. Rules live in `domain::accounts`.

mod acts;
mod bans;
mod many;
mod notes;

use crate::http::etag::{Expected, tagged};
use crate::http::extract::{Caller, Json, Permitted};
use crate::http::listing::{Asked, PageQuery};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde::Deserialize;
use utoipa_axum::routes;
use vestibule_domain::accounts::{self, NewAccount, Which};
use vestibule_domain::endpoints::Policy;
use vestibule_domain::profiles::{self, Picture};
use vestibule_domain::{Allowed, Domain};
use vestibule_model::accounts::{Account, RegisterForm};
use vestibule_model::groups::{ManageAccounts, Permission, ViewAccounts};
use vestibule_model::listing::Listed;
use vestibule_model::people::{NewPersonForm, PeopleQuery, PersonView};
use vestibule_model::profiles::ProfileForm;
use vestibule_model::{Error, Problem, UserId};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let endpoints = endpoints
        .route(Policy::permitted(ViewAccounts::NAME, "users"), routes!(users))
        .route(Policy::permitted(ManageAccounts::NAME, "users"), routes!(create_user))
        .route(Policy::permitted(ViewAccounts::NAME, "users"), routes!(user))
        .route(Policy::permitted(ManageAccounts::NAME, "users"), routes!(change_user, delete_user));
    many::routes(notes::routes(bans::routes(acts::routes(endpoints))))
}

/// The account that an address names; what is no id is nobody's.
pub(super) fn account(id: &str) -> Result<UserId, Error> {
    id.parse().map_err(|_| Error::NotFound)
}

/// People, searched, narrowed and ordered.
#[utoipa::path(
    get,
    path = "/users",
    params(PageQuery, PeopleQuery),
    responses(
        (status = 200, description = "The people; `next` names the next page.", body = Listed<Account>, example = json!({
            "items": [{
                "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "email": "ada@example.org", "name": "Ada Lovelace",
                "username": "ada", "status": "active", "groups": ["member"], "email_verified_at": "2026-11-23T05:20:11Z",
                "created_at": "2026-11-23T05:18:19Z", "last_sign_in_at": "2026-11-23T05:21:00Z", "expires_at": null,
                "deletion_due_at": null, "ban": null
            }],
            "next": null
        })),
        (status = 422, description = "A parameter does not fit; `errors` names it."),
    )
)]
pub(crate) async fn users(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAccounts>,
    Asked { page, filter }: Asked<PeopleQuery>,
) -> Answer<Json<Listed<Account>>> {
    Ok(Json(accounts::list(&domain, &may, &filter, &page).await?))
}

/// Makes an account for somebody. Without a password it is an invitation: a mail brings a link, good for a week, that sets
/// one and confirms the address.
#[utoipa::path(
    post,
    path = "/users",
    request_body(content = NewPersonForm, example = json!({"email": "ada@example.org", "name": "Ada Lovelace"})),
    responses(
        (status = 201, description = "The account; `Location` names it.", body = Account, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "email": "ada@example.org", "name": "Ada Lovelace",
            "username": null, "status": "unconfirmed", "groups": ["member"], "email_verified_at": null,
            "created_at": "2026-11-23T05:18:19Z", "last_sign_in_at": null, "expires_at": null,
            "deletion_due_at": null, "ban": null
        })),
        (status = 409, description = "`email_taken`: the address belongs to another account."),
    )
)]
pub(crate) async fn create_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    request: http::request::Parts,
    Json(form): Json<NewPersonForm>,
) -> Answer<Response> {
    let made = match form.password.clone() {
        None => accounts::invite(&domain, &may, form, &client).await?,
        Some(_) if form.expires_at.is_some_and(|end| end <= domain.now()) => {
            return Err(Error::invalid("expires_at", Problem::Past).into());
        }
        Some(password) => {
            let NewPersonForm { email, name, username, verified, expires_at, fields, .. } = form;
            let form = RegisterForm { email, password, name, username, fields };
            let new = NewAccount { form, verified, admin: false, expires_at };
            accounts::create(&domain, &may, new, &client).await?
        }
    };
    let location = format!("{}/{}", request.uri.path().trim_end_matches('/'), made.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(made)).into_response())
}

/// Somebody, whole. `ETag` names the state that `PATCH` changes.
#[utoipa::path(
    get,
    path = "/users/{id}",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 200, description = "The person.", body = PersonView, example = json!({
            "id": "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "email": "ada@example.org", "name": "Ada Lovelace",
            "username": "ada", "status": "active", "groups": ["member"], "email_verified_at": "2026-11-23T05:20:11Z",
            "created_at": "2026-11-23T05:18:19Z", "last_sign_in_at": "2026-11-23T05:21:00Z", "expires_at": null,
            "deletion_due_at": null, "ban": null, "bio": null, "links": [], "avatar": null, "language": "en-GB",
            "time_zone": null, "visibility": {"profile": "public"}, "fields": {}, "username_settled_until": null
        })),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn user(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAccounts>,
    Path(id): Path<String>,
) -> Answer<Response> {
    whole(&domain, &may, account(&id)?).await
}

async fn whole(domain: &Domain, may: &Allowed<ViewAccounts>, id: UserId) -> Answer<Response> {
    let account = accounts::show(domain, may, &Which::Id(id)).await?;
    let (profile, tag) = profiles::shown(domain, may, id).await?;
    Ok(tagged(&tag, Json(PersonView { account, profile })))
}

/// Changes what an account says of its owner: what is absent stays, `null` takes it away, and all of it happens or nothing.
/// No declared field is closed to administrators. With `If-Match`, only where nothing was changed since.
#[utoipa::path(
    patch,
    path = "/users/{id}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of `GET /users/{id}` that was read before."),
    ),
    request_body(content = ProfileForm, example = json!({"name": "Ada King", "username": null})),
    responses(
        (status = 204, description = "It is changed; `ETag` names this state."),
        (status = 404, description = "There is no such account."),
        (status = 412, description = "Something was changed since the state that `If-Match` names; nothing was done."),
    )
)]
pub(crate) async fn change_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path(id): Path<String>,
    Expected(tags): Expected,
    Json(form): Json<ProfileForm>,
) -> Answer<Response> {
    let id = account(&id)?;
    let tag = profiles::revise(&domain, &may, id, (form, Picture::Kept), tags.as_deref(), &client).await?;
    Ok(tagged(&tag, StatusCode::NO_CONTENT))
}

/// How an account is to be deleted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grace {
    /// `true`: after the grace of the site, as if its owner had asked for it; signing in takes it back.
    grace: Option<bool>,
}

/// Deletes somebody's account: for good and at once, or after the grace of the site.
#[utoipa::path(
    delete,
    path = "/users/{id}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        Grace,
    ),
    responses(
        (status = 204, description = "It is erased, or its deletion has begun; every session ended."),
        (status = 404, description = "There is no such account."),
        (status = 409, description = "It is one's own account (`own_account`), or the last administrator's (`last_admin`)."),
    )
)]
pub(crate) async fn delete_user(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path(id): Path<String>,
    Asked { filter, .. }: Asked<Grace>,
) -> Answer<StatusCode> {
    let id = account(&id)?;
    if filter.grace == Some(true) {
        accounts::ask_deletion(&domain, &may, id, &client).await?;
    } else {
        accounts::delete(&domain, &may, id, &client).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
