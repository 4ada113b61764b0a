//! What stands under `/.well-known/`, and the collector of content-security reports. No decision is made here.

use super::AppState;
use axum::Extension;
use axum::body::Bytes;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use std::sync::Arc;
use std::time::Duration;
use vestibule_domain::auth;

/// How long a `security.txt` is good (RFC 9116 2.5.5 recommends less than a year).
const SECURITY_TXT_LIFE: Duration = Duration::from_hours(180 * 24);

/// The keys that sign access tokens (RFC 7517).
pub async fn jwks(Extension(state): Extension<Arc<AppState>>) -> Response {
    let headers = [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, auth::jwks(&state.domain).to_string()).into_response()
}

/// Where a password is changed (W3C "A Well-Known URL for Changing Passwords").
pub async fn change_password() -> Redirect {
    Redirect::to(vestibule_app::paths::PASSWORD)
}

/// Whom to tell of a security problem (RFC 9116).
pub async fn security_txt(Extension(state): Extension<Arc<AppState>>) -> Response {
    let (site, expires) = (state.domain.public_url(), state.domain.now().after(SECURITY_TXT_LIFE));
    let contact = &state.options.contact;
    let text = format!(
        "Contact: mailto:{contact}\nExpires: {expires}\nPreferred-Languages: en\n\
         Canonical: {site}/.well-known/security.txt\n"
    );
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "public, max-age=86400")], text)
        .into_response()
}

/// Notes what a page's content security policy stopped. Only the directive and the origins are kept: addresses may hold
/// tokens.
pub async fn csp_report(body: Bytes) -> StatusCode {
    let report: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let report = report.get("csp-report").unwrap_or(&report);
    let word = |name: &str| {
        let text = report.get(name).and_then(|value| value.as_str()).unwrap_or("?");
        let bare = text.split(['?', '#']).next().unwrap_or("?");
        bare.chars().filter(|c| !c.is_control()).take(200).collect::<String>()
    };
    let (directive, blocked, page) = (word("violated-directive"), word("blocked-uri"), word("document-uri"));
    tracing::info!(directive, blocked, page, "a content security policy was violated");
    StatusCode::NO_CONTENT
}
