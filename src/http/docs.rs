//! The OpenAPI document and the page that shows it, both from this origin: nothing is loaded from elsewhere.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;
use vestibule_model::Error;

use super::Refusal;

/// Where the document is.
pub const DOCUMENT: &str = "/api/openapi.json";
/// Where the page is.
pub const PAGE: &str = "/docs/api/";

/// Swagger UI needs its own files and pictures inside its style sheet; nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config =
        Config::new([DOCUMENT]).use_base_layout().try_it_out_enabled(true).display_request_duration(true);
    Arc::new(config.persist_authorization(false).filter(false))
});

/// The address without the slash at its end.
pub async fn to_page() -> Redirect {
    Redirect::permanent(PAGE)
}

/// The page itself.
pub async fn page() -> Response {
    asset("")
}

/// A file of the page.
pub async fn file(Path(name): Path<String>) -> Response {
    asset(&name)
}

fn asset(name: &str) -> Response {
    let Ok(Some(file)) = utoipa_swagger_ui::serve(name, Arc::clone(&CONFIG)) else {
        return Refusal(Error::NotFound).into_response();
    };
    let mut response = (StatusCode::OK, file.bytes.into_owned()).into_response();
    let headers = response.headers_mut();
    if let Ok(content) = HeaderValue::from_str(&file.content_type) {
        headers.insert(CONTENT_TYPE, content);
    }
    if file.gzpipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    response
}
