//! Writes that another site caused are stopped here, before the handler reads a byte (security reference 2.5; DESIGN
//! D17). Asked by `guard.rs` for every route that a browser's cookie can authenticate; the REST API needs it not, since
//! it ignores cookies.

use http::{HeaderMap, Method, header::ORIGIN};
use vestibule_model::{Error, Result};

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
    let ours = match single(headers, "sec-fetch-site") {
        Seen::Once(site) => site == b"same-origin",
        Seen::Never => {
            matches!(single(headers, ORIGIN.as_str()), Seen::Once(origin) if origin == own_origin.as_bytes())
        }
        Seen::Often => false,
    };
    if ours { Ok(()) } else { Err(Error::CrossSite) }
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

    #[test]
    fn reading_is_free() {
        assert!(passes(&Method::GET, &[("sec-fetch-site", "cross-site")]));
        assert!(!passes(&Method::DELETE, &[("sec-fetch-site", "cross-site")]));
        assert!(!passes(&Method::from_bytes(b"PURGE").unwrap(), &[]));
    }
}
