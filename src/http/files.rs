//! Files of the built site: script, style, fonts, icons. They are served as they lie, compressed beforehand where the
//! build did so; an address with no file is `NotFound` and never a page.

use super::{AppState, Refusal, limits};
use axum::Extension;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, VARY};
use http::{HeaderValue, Method};
use std::sync::Arc;
use tower::ServiceExt;
use tower_http::services::ServeDir;
use vestibule_domain::endpoints::BODY_LIMIT;
use vestibule_model::Error;

/// Answers what no route answers: a file, or `NotFound`. The body is bounded like everywhere (C69).
pub async fn or_not_found(Extension(state): Extension<Arc<AppState>>, request: Request) -> Response {
    let patience = state.options.request_timeout;
    let request = match limits::take(request, BODY_LIMIT, patience).await {
        Ok(request) => request,
        Err(error) => return Refusal(error).into_response(),
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path().to_owned();
    if !reads || state.is_api(&path) || path.starts_with("/fn/") || path.contains("/.") {
        return Refusal(Error::NotFound).into_response();
    }
    file(&state, &path, request).await
}

/// What a method that a route does not have is answered with.
pub async fn wrong_method(Extension(state): Extension<Arc<AppState>>, request: Request) -> Refusal {
    let read = limits::take(request, BODY_LIMIT, state.options.request_timeout).await;
    Refusal(read.err().unwrap_or(Error::MethodNotAllowed))
}

async fn file(state: &AppState, path: &str, request: Request) -> Response {
    let site = &state.options.site;
    let marked = request.uri().query().is_some_and(|query| query.starts_with("v="));
    let folder = ServeDir::new(&*site.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let Ok(response) = folder.oneshot(request).await;
    let mut response = response.map(axum::body::Body::new);
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        return Refusal(Error::NotFound).into_response();
    }
    let built = path.starts_with(&site.site_pkg_dir_route_base());
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(freshness(built, marked || site.hash_files)));
    response.headers_mut().insert(VARY, HeaderValue::from(ACCEPT_ENCODING));
    response
}

/// A file whose address holds its fingerprint never changes; a built file without one is asked for again each time (and answered
/// by 304); what lies beside them changes rarely.
fn freshness(built: bool, marked: bool) -> &'static str {
    match (built, marked) {
        (true, true) => "public, max-age=31536000, immutable",
        (true, false) => "public, no-cache",
        (false, _) => "public, max-age=86400",
    }
}
