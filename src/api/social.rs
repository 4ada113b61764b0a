//! Sign-ins at providers over REST: which there are, a native app's way in, and which accounts elsewhere open whose. Rules
//! live in `domain::social`.

use crate::http::extract::{Caller, Json, Permitted, SignedIn};
use crate::http::policy::Endpoints;
use crate::http::problem::Answer;
use axum::extract::{Path, State};
use http::StatusCode;
use utoipa_axum::routes;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Domain, social};
use vestibule_model::auth::TokenPair;
use vestibule_model::groups::{ManageAccounts, ManageProviders, Permission, ViewAccounts};
use vestibule_model::social::{
    AdminProviders, Identities, NativeExchange, NativeStart, NativeStarted, ProviderReport, Providers,
};
use vestibule_model::{Error, UserId};

pub(super) fn routes(endpoints: Endpoints) -> Endpoints {
    let manage = Policy::permitted(ManageProviders::NAME, "providers");
    endpoints
        .route(Policy::anyone("auth").free(), routes!(providers))
        .route(Policy::anyone("auth").tagged("social").free(), routes!(start))
        .route(Policy::anyone("auth").tagged("social").free(), routes!(exchange))
        .route(Policy::signed_in("me"), routes!(identities))
        .route(Policy::signed_in("me").proven(), routes!(unlink))
        .route(manage, routes!(all_providers))
        .route(manage, routes!(test_provider))
        .route(Policy::permitted(ViewAccounts::NAME, "users"), routes!(identities_of))
        .route(Policy::permitted(ManageAccounts::NAME, "users"), routes!(remove_identity))
}

/// By whose sign-in people sign in here.
#[utoipa::path(
    get,
    path = "/auth/providers",
    responses((status = 200, description = "The providers that are offered.", body = Providers, example = json!({
        "items": [{"name": "google", "label": "Google", "registration": true}], "next": null
    })))
)]
pub(crate) async fn providers(State(domain): State<Domain>) -> Answer<Json<Providers>> {
    Ok(Json(Providers { items: social::offered(&domain), next: None }))
}

/// Begins the sign-in of a native app at a provider (RFC 8252).
///
/// The app opens the address in the browser of the system. It is opened itself at `redirect_uri`, with `code` and `state`,
/// or with `error`: `access_denied`, `interaction_required` where the person must do something on this site first,
/// `temporarily_unavailable` or `server_error`.
#[utoipa::path(
    post,
    path = "/auth/providers/{provider}/start",
    params(("provider" = String, Path, description = "The provider's name.", example = "google")),
    request_body(content = NativeStart, example = json!({
        "redirect_uri": "com.example.app:/signed-in",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "state": "af0ifjsldkj"
    })),
    responses(
        (status = 200, description = "Where the person is sent.", body = NativeStarted, example = json!({
            "authorization_url": "https://accounts.google.com/o/oauth2/v2/auth?response_type=code", "expires_in": 600
        })),
        (status = 404, description = "No such provider is offered."),
        (status = 422, description = "The address is not among the setting `social.native_redirects`, or the challenge is none."),
        (status = 502, description = "What the provider answered does not hold (`provider_misbehaved`)."),
        (status = 503, description = "The provider cannot be reached (`provider_away`)."),
    )
)]
pub(crate) async fn start(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Path(provider): Path<String>,
    Json(form): Json<NativeStart>,
) -> Answer<Json<NativeStarted>> {
    Ok(Json(social::start_native(&domain, &provider, form, &client).await?))
}

/// Exchanges the code of a native app for tokens; it works once, for a minute.
#[utoipa::path(
    post,
    path = "/auth/providers/token",
    request_body(content = NativeExchange, example = json!({
        "code": "Zk1qN0VwX2c4a2ZQb0JhR1l6d0N4b3VtTnJwTHNWdFE",
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    })),
    responses(
        (status = 200, description = "Signed in.", body = TokenPair, example = json!({
            "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2ln", "token_type": "Bearer",
            "expires_in": 900, "refresh_token": "Zk1qN0VwX2c4a2ZQb0JhR1l6d0N4b3VtTnJwTHNWdFE", "refresh_expires_in": 2_592_000
        })),
        (status = 403, description = "The account has ended, is banned, or its address is not confirmed."),
        (status = 410, description = "The code is unknown, used or over, or the verifier is not its own (`flow_dead`)."),
    )
)]
pub(crate) async fn exchange(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Json(form): Json<NativeExchange>,
) -> Answer<Json<TokenPair>> {
    Ok(Json(social::exchange(&domain, &form, &client).await?))
}

/// The accounts elsewhere that open the account of the person who asks.
#[utoipa::path(
    get,
    path = "/me/identities",
    responses((status = 200, description = "They are.", body = Identities, example = json!({
        "items": [{
            "provider": "google", "label": "Google", "issuer": "https://accounts.google.com", "subject": "110169484474386276334",
            "email": "ada@example.org", "name": "Ada Lovelace", "linked_at": "2026-11-23T05:18:19Z",
            "last_used_at": "2026-11-23T05:18:19Z", "usable": true
        }],
        "next": null
    })))
)]
pub(crate) async fn identities(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
) -> Answer<Json<Identities>> {
    Ok(Json(social::identities(&domain, &person).await?))
}

/// Makes an account elsewhere open the account of the person who asks no longer.
#[utoipa::path(
    delete,
    path = "/me/identities/{provider}",
    params(("provider" = String, Path, description = "The provider's name.", example = "google")),
    responses(
        (status = 204, description = "It does not, and a mail says so."),
        (status = 404, description = "None of this provider opens it."),
        (status = 409, description = "Nothing else would open the account (`last_way_in`)."),
    )
)]
pub(crate) async fn unlink(
    State(domain): State<Domain>,
    Caller(client): Caller,
    SignedIn(person): SignedIn,
    Path(provider): Path<String>,
) -> Answer<StatusCode> {
    social::unlink(&domain, &person, &provider, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every provider, with what is counted of it.
#[utoipa::path(
    get,
    path = "/providers",
    responses((status = 200, description = "They are.", body = AdminProviders, example = json!({
        "items": [{
            "name": "google", "label": "Google", "kind": "oidc", "issuer": "https://accounts.google.com", "enabled": true,
            "registration": true, "allowed_domains": [], "groups": [], "keep_tokens": false,
            "callback_url": "https://accounts.example.org/auth/google/callback", "identities": 12,
            "sign_ups_30_days": 3, "sign_ins_30_days": 41, "last_failure": null
        }],
        "next": null
    })))
)]
pub(crate) async fn all_providers(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageProviders>,
) -> Answer<Json<AdminProviders>> {
    Ok(Json(social::all(&domain, &may).await?))
}

/// Tries a provider: what it tells of itself, its keys, its addresses, and whether it knows this site.
#[utoipa::path(
    post,
    path = "/providers/{provider}/test",
    params(("provider" = String, Path, description = "The provider's name.", example = "google")),
    responses(
        (status = 200, description = "What was looked at.", body = ProviderReport, example = json!({
            "provider": "google", "passed": false,
            "checks": [{"name": "discovery", "failure": null}, {"name": "keys", "failure": null},
                       {"name": "addresses", "failure": null}, {"name": "client", "failure": "client_refused"}]
        })),
        (status = 404, description = "There is no such provider."),
    )
)]
pub(crate) async fn test_provider(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageProviders>,
    Path(provider): Path<String>,
) -> Answer<Json<ProviderReport>> {
    Ok(Json(social::test(&domain, &may, &provider).await?))
}

fn account(id: &str) -> Result<UserId, Error> {
    id.parse().map_err(|_| Error::NotFound)
}

/// The accounts elsewhere that open somebody's account.
#[utoipa::path(
    get,
    path = "/users/{id}/identities",
    params(("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    responses(
        (status = 200, description = "They are.", body = Identities, example = json!({"items": [], "next": null})),
        (status = 404, description = "There is no such account."),
    )
)]
pub(crate) async fn identities_of(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAccounts>,
    Path(id): Path<String>,
) -> Answer<Json<Identities>> {
    Ok(Json(social::of_user(&domain, &may, account(&id)?).await?))
}

/// Makes an account elsewhere open somebody's account no longer.
#[utoipa::path(
    delete,
    path = "/users/{id}/identities/{provider}",
    params(
        ("id" = String, Path, description = "The account's id.", example = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ("provider" = String, Path, description = "The provider's name.", example = "google"),
    ),
    responses(
        (status = 204, description = "It does not, and a mail tells its owner."),
        (status = 404, description = "There is no such account, or none of this provider opens it."),
    )
)]
pub(crate) async fn remove_identity(
    State(domain): State<Domain>,
    Caller(client): Caller,
    Permitted(may): Permitted<ManageAccounts>,
    Path((id, provider)): Path<(String, String)>,
) -> Answer<StatusCode> {
    social::remove(&domain, &may, account(&id)?, &provider, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
