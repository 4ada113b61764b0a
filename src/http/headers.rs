//! Headers that every answer carries, and the content security policies (security reference 2.6). Written by
//! `arrival.rs` after everything else; a route that needs another value sets its own and keeps it.

use super::AppState;
use super::request_id::{REQUEST_ID, RequestId};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
};
use http::header::{X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS, X_XSS_PROTECTION};
use http::{HeaderMap, HeaderValue};
use leptos::config::{LeptosOptions, ReloadWSProtocol};
use std::sync::LazyLock;
use vestibule_model::links;

/// The policy of whatever is no page: nothing may be loaded, nothing may frame it.
const CLOSED: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), \
     fullscreen=(self), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     publickey-credentials-get=(self), usb=(), xr-spatial-tracking=()";

/// Headers of every answer, unless the route set its own.
const ALWAYS: [(HeaderName, &str); 9] = [
    (CONTENT_SECURITY_POLICY, CLOSED),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (X_XSS_PROTECTION, "0"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (REFERRER_POLICY, "same-origin"),
];

/// [`ALWAYS`] as a map with room for what routes add: cloned for every answer, which is cheaper than nine insertions.
static COMPLETE: LazyLock<HeaderMap> = LazyLock::new(|| {
    let mut headers = HeaderMap::with_capacity(24);
    headers.extend(ALWAYS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers
});

/// Two years (OWASP HTTP headers; ASVS 3.4.1 asks for one).
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// Completes the headers of an answer to a request for `path`.
pub fn finish(state: &AppState, path: &str, request_id: &RequestId, headers: &mut HeaderMap) {
    let own = std::mem::replace(headers, COMPLETE.clone());
    if [links::VERIFY, links::RESET, links::SETUP].contains(&path) {
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    headers.extend(own);
    if state.secure_cookies {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    if let Some(id) = request_id.header() {
        headers.insert(REQUEST_ID, id);
    }
}

/// The policy of a page whose scripts carry `nonce`. `frames`: whether it shows frames of this site.
pub fn page_policy(nonce: &str, frames: bool, reload: Option<&str>) -> Option<HeaderValue> {
    let frame = if frames { "frame-src 'self'; " } else { "" };
    let reload = reload.map(|socket| format!(" {socket}")).unwrap_or_default();
    let text = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'{reload}; \
         manifest-src 'self'; {frame}form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
         report-uri /csp-report"
    );
    HeaderValue::from_str(&text).ok()
}

/// The nonce that a [`page_policy`] allows scripts by.
pub fn nonce_of(policy: &HeaderValue) -> Option<&str> {
    let (_, rest) = policy.to_str().ok()?.split_once("script-src 'nonce-")?;
    rest.split_once('\'').map(|(nonce, _)| nonce)
}

/// The socket through which `cargo leptos watch` reloads pages; nothing outside of it.
#[expect(
    clippy::disallowed_methods,
    reason = "leptos itself decides by this variable whether a page opens the socket"
)]
pub fn reload_socket(site: &LeptosOptions) -> Option<String> {
    std::env::var_os("LEPTOS_WATCH")?;
    let scheme = match site.reload_ws_protocol {
        ReloadWSProtocol::WS => "ws",
        ReloadWSProtocol::WSS => "wss",
    };
    let port = site.reload_external_port.unwrap_or(site.reload_port);
    Some(format!("{scheme}://localhost:{port} {scheme}://127.0.0.1:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_runs_only_scripts_with_its_nonce() {
        let policy = page_policy("abc", false, None).unwrap();
        let text = policy.to_str().unwrap();
        assert!(text.contains("script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval';"));
        assert!(
            !text.contains("unsafe-inline") && !text.contains("frame-src") && !text.contains("'unsafe-eval'")
        );
        assert!(page_policy("a\nb", false, None).is_none());
        assert_eq!(nonce_of(&policy), Some("abc"));
        assert_eq!(nonce_of(&HeaderValue::from_static(CLOSED)), None);
    }
}
