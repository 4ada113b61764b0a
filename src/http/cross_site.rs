//! Writes that another site caused are stopped here, before the handler reads a byte (security reference 2.5; DESIGN
//! D17). Asked by `guard.rs` for every route that a browser's cookie can authenticate; the REST API needs it not, since
//! it ignores cookies. Also what another site's page asks for behind its visitor's back, which `arrival.rs` answers to nobody.

use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use vestibule_model::{Error, Result};

/// Who caused a request, as a browser says.
const SITE: &str = "sec-fetch-site";

/// Whether a request with this method may change something.
pub fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Lets a write pass only from the site itself: `Sec-Fetch-Site: same-origin`; where a browser does not say, `Origin`
/// equal to the site's own; neither: refused.
///
/// # Errors
/// [`Error::CrossSite`].
pub fn check(method: &Method, headers: &HeaderMap, own_origin: &str) -> Result<()> {
    if !is_write(method) {
        return Ok(());
    }
    let ours = match single(headers, SITE) {
        Seen::Once(site) => site == b"same-origin",
        Seen::Never => {
            matches!(single(headers, ORIGIN.as_str()), Seen::Once(origin) if origin == own_origin.as_bytes())
        }
        Seen::Often => false,
    };
    if ours { Ok(()) } else { Err(Error::CrossSite) }
}

/// Whether a page of another site, or of a sister of this one, caused the request, as browsers say (Fetch Metadata).
pub fn is_foreign(headers: &HeaderMap) -> bool {
    matches!(single(headers, SITE), Seen::Once(b"cross-site" | b"same-site"))
}

/// Whether such a page asks behind its visitor's back: for a picture, a script or a frame, or ahead of time, and not to be
/// left for it. What a page must be given leave for first (CORS, Fetch 4.9) is not: whoever gave it answers for it.
pub fn is_embedded(method: &Method, headers: &HeaderMap) -> bool {
    is_foreign(headers) && !is_visit(headers) && !took_leave(method, headers)
}

fn is_visit(headers: &HeaderMap) -> bool {
    let framed = matches!(
        single(headers, "sec-fetch-dest"),
        Seen::Once(b"iframe" | b"frame" | b"fencedframe" | b"embed" | b"object") | Seen::Often
    );
    let early = headers.contains_key("sec-purpose") || headers.contains_key("purpose");
    matches!(single(headers, "sec-fetch-mode"), Seen::Once(b"navigate")) && !framed && !early
}

fn took_leave(method: &Method, headers: &HeaderMap) -> bool {
    let free = [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS].contains(method);
    let json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    !free || json || headers.contains_key(AUTHORIZATION) || headers.contains_key("x-api-key")
}

/// Whether an answer says by itself that pages of other sites may have or show it. None of the product's does; a project's
/// may.
pub fn is_for_others(answer: &Response) -> bool {
    let own = |name: &str, usual: &[u8]| {
        answer.headers().get(name).is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(usual))
    };
    let framed = |policy: &HeaderValue| {
        policy
            .to_str()
            .is_ok_and(|text| text.contains("frame-ancestors") && !text.contains("frame-ancestors 'none'"))
    };
    answer.status() == StatusCode::SWITCHING_PROTOCOLS
        || answer.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN)
        || own("cross-origin-resource-policy", b"same-origin")
        || own(X_FRAME_OPTIONS.as_str(), b"deny")
        || answer.headers().get(CONTENT_SECURITY_POLICY).is_some_and(framed)
}

enum Seen<'a> {
    Never,
    Once(&'a [u8]),
    Often,
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Seen<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Seen::Never,
        (Some(value), None) => Seen::Once(value.as_bytes()),
        _ => Seen::Often,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn passes(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        check(method, &map, "https://id.example").is_ok()
    }

    #[test]
    fn only_the_site_itself_may_write() {
        let post = Method::POST;
        assert!(passes(&post, &[("sec-fetch-site", "same-origin")]));
        assert!(passes(&post, &[("origin", "https://id.example")]));
        for headers in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://id.example")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            &[("origin", "https://id.example.evil.example")],
            &[("origin", "http://id.example")],
            &[("origin", "https://id.example:8443")],
            &[("origin", "null")],
            &[("origin", "https://id.example"), ("origin", "https://evil.example")],
        ] {
            assert!(!passes(&post, headers), "{headers:?}");
        }
    }

    fn embedded(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_embedded(method, &pairs.collect())
    }

    #[test]
    fn what_a_page_does_behind_its_visitors_back_is_told_from_a_visit() {
        let (get, foreign) = (Method::GET, ("sec-fetch-site", "cross-site"));
        for headers in [
            &[foreign, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")][..],
            &[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")],
            &[foreign],
            &[foreign, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
            &[foreign, ("sec-fetch-mode", "navigate"), ("sec-purpose", "prefetch")],
        ] {
            assert!(embedded(&get, headers), "{headers:?}");
        }
        assert!(embedded(&Method::OPTIONS, &[foreign, ("sec-fetch-mode", "cors")]));
        for headers in [
            &[][..],
            &[foreign, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")],
            &[foreign, ("sec-fetch-mode", "navigate")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "no-cors")],
            &[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")],
            &[foreign, foreign, ("sec-fetch-mode", "no-cors")],
            &[foreign, ("sec-fetch-mode", "cors"), ("authorization", "Bearer x")],
            &[foreign, ("sec-fetch-mode", "cors"), ("content-type", "application/json")],
        ] {
            assert!(!embedded(&get, headers), "{headers:?}");
        }
        assert!(!embedded(&Method::DELETE, &[foreign, ("sec-fetch-mode", "cors")]));
    }

    #[test]
    fn an_answer_is_for_others_when_it_says_so() {
        let says = |name: &'static str, value: &'static str| {
            let mut answer = Response::new(axum::body::Body::empty());
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
            is_for_others(&answer)
        };
        assert!(!is_for_others(&Response::new(axum::body::Body::empty())));
        assert!(
            says("cross-origin-resource-policy", "cross-origin") && says("access-control-allow-origin", "*")
        );
        assert!(
            says("x-frame-options", "SAMEORIGIN")
                && says("content-security-policy", "frame-ancestors https://a.example")
        );
        assert!(
            !says("x-frame-options", "DENY") && !says("content-security-policy", "frame-ancestors 'none'")
        );
        assert!(!says("cross-origin-resource-policy", "same-origin"));
    }

    #[test]
    fn reading_is_free() {
        assert!(passes(&Method::GET, &[("sec-fetch-site", "cross-site")]));
        assert!(!passes(&Method::DELETE, &[("sec-fetch-site", "cross-site")]));
        assert!(!passes(&Method::from_bytes(b"PURGE").unwrap(), &[]));
    }
}
