//! What becomes of a browser whose last proof of the password is too old: it is led to the page `/prove` and goes on
//! afterwards where it was. What was typed into a form, but for passwords, waits sealed in the form-state cookie. Called by
//! `guard.rs`; whether a proof is recent is decided in `vestibule_domain::auth`.

use super::guard::Gate;
use super::policy::Family;
use super::{Refusal, limits};
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header::SET_COOKIE};
use http_body_util::{BodyExt, Collected};
use vestibule_app::paths;
use vestibule_app::server::{Flash, Site, cookies};
use vestibule_domain::endpoints::Proof;
use vestibule_model::Error;

/// Leads to the page that asks for the password.
pub(super) async fn ask(gate: &Gate, request: Request) -> Response {
    if is_prefetch(request.headers()) {
        // A redirect fetched ahead would be shown again after the proof was given.
        return Refusal(Error::ProveAgain).into_response();
    }
    let page = match gate.policy.proof {
        Proof::RecentFor(page) => page.to_owned(),
        _ if gate.family == Family::Page => address(request.uri()),
        _ => paths::ACCOUNT.to_owned(),
    };
    let held = if gate.family == Family::Function { hold(gate, request, &page).await } else { Vec::new() };
    let mut answer = Redirect::to(&paths::with_query(paths::PROVE, "next", &page)).into_response();
    for cookie in held {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    answer
}

fn address(uri: &http::Uri) -> String {
    uri.path_and_query().map_or_else(|| paths::ACCOUNT.to_owned(), |address| address.as_str().to_owned())
}

/// The cookies that keep what was typed for the form's page; none where nothing was typed.
async fn hold(gate: &Gate, request: Request, page: &str) -> Vec<HeaderValue> {
    let patience = gate.state.options.request_timeout;
    let Ok(request) = limits::read_body(request, gate.policy.body_limit, patience).await else {
        return Vec::new();
    };
    let (Parts { extensions, .. }, body) = request.into_parts();
    let typed = typed(&body.collect().await.map(Collected::to_bytes).unwrap_or_default());
    let Some(site) = extensions.get::<Site>().filter(|_| !typed.is_empty()) else { return Vec::new() };
    let values: Vec<_> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let cookies = cookies::flash(site, &Flash::carrying(page, &values));
    cookies.iter().filter_map(|cookie| HeaderValue::from_str(&cookie.to_string()).ok()).collect()
}

/// The fields of a form that may be kept: whatever is called a password, a secret or a token is not.
fn typed(body: &[u8]) -> Vec<(String, String)> {
    let secret = |name: &str| ["password", "secret", "token"].iter().any(|word| name.contains(word));
    let fields = url::form_urlencoded::parse(body).filter(|(name, _)| !secret(&name.to_ascii_lowercase()));
    fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Whether a browser fetches ahead of a click (speculation rules).
fn is_prefetch(headers: &HeaderMap) -> bool {
    headers.get("sec-purpose").is_some_and(|purpose| purpose.as_bytes().starts_with(b"prefetch"))
}

#[cfg(test)]
mod tests {
    use super::typed;

    #[test]
    fn what_was_typed_is_kept_but_for_secrets() {
        let body = b"username=ada&current_password=a&NewPassword=b&token=c&bio=d%26e";
        let kept = typed(body);
        let kept: Vec<_> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(kept, [("username", "ada"), ("bio", "d&e")]);
    }
}
