//! The HTML of a mail with sample values, for the sandboxed frame of `/admin/mail/templates`: no script, nothing loaded, an
//! origin of its own. Real mails are never served.

use super::extract::Permitted;
use super::problem::Answer;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use vestibule_domain::{Domain, mail};
use vestibule_model::Error;
use vestibule_model::groups::ManageMail;

/// Where it is.
pub(crate) const PATH: &str = "/admin/mail/templates/{name}/html";

const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; \
     base-uri 'none'; form-action 'none'";

/// Answers the frame.
pub(crate) async fn html(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ManageMail>,
    Path(name): Path<String>,
) -> Answer<Response> {
    let all = mail::of_site(&domain, &may)?;
    let one = all.into_iter().find(|one| one.name == name).ok_or(Error::NotFound)?;
    let headers = [(CONTENT_SECURITY_POLICY, POLICY), (X_FRAME_OPTIONS, "SAMEORIGIN")];
    Ok((headers, Html(one.html)).into_response())
}
