//! The HTML of a mail in the developers' mailbox, inside a sandbox: it is what a stranger may have written. Served to the
//! machine itself alone; the guard sees to that. The mailbox's pages are the app's.

use super::{Answer, AppState};
use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use std::sync::Arc;
use vestibule_domain::mail::folder;
use vestibule_model::Error;

/// No script, nothing loaded, its own origin; links open outside of the frame.
const POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; \
     default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; \
     form-action 'none'";

/// The letter's HTML.
///
/// # Errors
/// [`Error::NotFound`] when there is no such letter, or it is text alone.
pub async fn html(Extension(state): Extension<Arc<AppState>>, Path(id): Path<String>) -> Answer<Response> {
    let letter = folder::find(&state.domain, &id).await?;
    let html = letter.and_then(|letter| letter.html).ok_or(Error::NotFound)?;
    let headers = [(CONTENT_SECURITY_POLICY, POLICY), (X_FRAME_OPTIONS, "SAMEORIGIN")];
    Ok((headers, axum::response::Html(html)).into_response())
}
