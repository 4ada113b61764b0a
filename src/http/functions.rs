//! Server functions (`/fn/…`): what forms post to. Called after the guard; hands the request to Leptos without the two
//! headers by which Leptos would redirect to another site's page or put an error into an address (D8; C63).

use super::Refusal;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION, REFERER};
use vestibule_model::Error;

/// Most bytes of an encoded error.
const MAX_ERROR: usize = 64 * 1024;

/// Runs the server function at the request's address.
pub async fn call(mut request: Request) -> Response {
    if !is_form(request.headers()) {
        return Refusal(Error::UnsupportedMediaType).into_response();
    }
    request.headers_mut().remove(REFERER);
    request.headers_mut().remove(ACCEPT);
    let response = leptos_axum::handle_server_fns_with_context(|| {}, request).await.into_response();
    let (status, moved) = (response.status(), response.headers().contains_key(LOCATION));
    if moved || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    Refusal(error_in(response).await).into_response()
}

/// Browsers send `text/plain` across sites without asking first, and nothing here is written that way.
fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(kind), None) = (types.next(), types.next()) else { return false };
    let essence =
        kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    ["application/x-www-form-urlencoded", "application/json", "multipart/form-data"]
        .contains(&essence.as_str())
}

/// The error a server function ended with: it leaves in its wire form.
async fn error_in(response: Response) -> Error {
    let body = to_bytes(response.into_body(), MAX_ERROR).await.unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or(Error::Malformed)
}
