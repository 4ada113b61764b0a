//! The outermost layer: gives a request its id and its caller, and every answer its final form. An error becomes a
//! problem document or, for a browser's navigation, the styled error page, here and nowhere else.

use super::{AppState, Refusal, actor, client, guard, headers, pages, problem};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, Method, StatusCode};
use std::any::Any;
use std::sync::Arc;
use vestibule_app::server::Site;
use vestibule_domain::Client;
use vestibule_model::Error;

/// Takes a request in and sees its answer out.
pub async fn arrive(State(state): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    let id = headers::request_id(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let page = !state.is_api(&path) && guard::accepts_page(request.headers());
    let audience = if page { Audience::Browser(cookies(request.headers())) } else { Audience::Program };
    introduce(&state, &id, &mut request);
    let span = tracing::info_span!("request", id);
    let response = tracing::Instrument::instrument(next.run(request), span).await;
    let mut response = told(&state, response, &id, audience).await;
    headers::finish(&state, &path, &id, response.headers_mut());
    note(&method, &path, response.status(), &id);
    response
}

/// Puts what pages, server functions and handlers ask for into the request.
fn introduce(state: &Arc<AppState>, id: &str, request: &mut Request) {
    let peer = client::peer(request.extensions());
    let client = Client {
        address: client::address(peer, request.headers(), &state.options.trusted_proxies),
        user_agent: client::user_agent(request.headers()),
        request_id: Some(id.to_owned()),
    };
    let site =
        Site { domain: state.domain.clone(), secure_cookies: state.secure_cookies, dev_mail: state.dev_mail };
    let extensions = request.extensions_mut();
    extensions.insert(client);
    extensions.insert(site);
    extensions.insert(Arc::clone(state));
}

/// Who reads an error.
enum Audience {
    /// A program: a problem document.
    Program,
    /// A browser's navigation, with the cookies it sent: a page.
    Browser(HeaderMap),
}

fn cookies(headers: &HeaderMap) -> HeaderMap {
    headers.get_all(COOKIE).iter().map(|cookie| (COOKIE, cookie.clone())).collect()
}

/// Writes an error's text, now that id and audience are known.
async fn told(state: &AppState, mut response: Response, id: &str, audience: Audience) -> Response {
    let Some(error) = error_of(&mut response, id) else { return response };
    let now = state.domain.now();
    let mut told = match audience {
        Audience::Program => problem::as_json(&error, id, now),
        Audience::Browser(cookies) => {
            // Only for the page's header: whoever cannot be found out is shown none.
            let actor = actor::by_cookie(state, &cookies).await.ok();
            let mut told = pages::error(&state.domain, actor, &error, id);
            problem::add_headers(told.headers_mut(), &error, now);
            told
        }
    };
    for (name, value) in response.headers() {
        if ![CONTENT_LENGTH, CONTENT_TYPE].contains(name) && !told.headers().contains_key(name) {
            told.headers_mut().append(name, value.clone());
        }
    }
    told
}

/// The error an answer stands for: the one a handler refused with, or what a framework's bare status means.
fn error_of(response: &mut Response, id: &str) -> Option<Error> {
    if let Some(Refusal(error)) = response.extensions_mut().remove::<Refusal>() {
        return Some(error);
    }
    let status = response.status();
    let content = response.headers().get(CONTENT_TYPE).and_then(|content| content.to_str().ok());
    let bare = content.is_none_or(|content| content.starts_with("text/plain"));
    ((status.is_client_error() || status.is_server_error()) && bare).then(|| problem::by_status(status, id))
}

/// One line a request. Never the query: tokens of mailed links stand there.
fn note(method: &Method, path: &str, status: StatusCode, id: &str) {
    let status = status.as_u16();
    if status >= 500 {
        tracing::warn!(%method, path, status, id, "answered");
    } else {
        tracing::debug!(%method, path, status, id, "answered");
    }
}

/// What a panic of a handler becomes: logged once, answered as [`Error::Internal`].
#[expect(clippy::needless_pass_by_value, reason = "the signature that CatchPanicLayer asks for")]
pub fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text =
        cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    let id = headers::request_id(&http::HeaderMap::new());
    tracing::error!(id, cause = text.unwrap_or("no text"), "a handler panicked");
    Refusal(Error::Internal { id }).into_response()
}
