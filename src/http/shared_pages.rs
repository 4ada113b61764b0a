//! Pages that look the same to every stranger: one rendering serves many, each with a nonce of its own. A stranger asks
//! without a cookie and without a query, so that nothing in the page can be about anyone. Called by `pages.rs` for pages
//! whose policy says so; holds nothing else.

use super::headers;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, COOKIE, SET_COOKIE};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt;
use leptos::nonce::Nonce;
use moka::sync::Cache;
use std::sync::Arc;
use std::time::Duration;
use vestibule_domain::Actor;

/// Pages that are kept; a page of a project may have as many addresses as it likes.
const KEPT: u64 = 256;
/// How long a rendering is served: a setting that changes what strangers see shows within this time.
const LIFETIME: Duration = Duration::from_mins(1);

/// The renderings that are kept, by path.
#[derive(Clone)]
pub(crate) struct SharedPages(Cache<String, Arc<Rendering>>);

/// A page without its nonces: they stand between the pieces.
struct Rendering {
    headers: HeaderMap,
    pieces: Vec<Bytes>,
}

impl SharedPages {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(KEPT).time_to_live(LIFETIME).build())
    }

    /// The page at `path`, if it is kept, under a new nonce.
    pub(crate) fn page(&self, path: &str) -> Option<Response> {
        self.0.get(path)?.answer()
    }

    /// Keeps what was rendered for a stranger, and hands it on. What is no plain page is not kept.
    pub(crate) async fn keep(&self, path: &str, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let Some(nonce) = nonce_of_page(&parts) else { return Response::from_parts(parts, body) };
        let Ok(body) = body.collect().await else { return Response::new(Body::empty()) };
        let bytes = body.to_bytes();
        let mut headers = parts.headers.clone();
        headers.remove(CONTENT_SECURITY_POLICY);
        let rendering = Rendering { headers, pieces: pieces(&bytes, nonce.as_bytes()) };
        self.0.insert(path.to_owned(), Arc::new(rendering));
        Response::from_parts(parts, Body::from(bytes))
    }
}

/// Whether nothing in the request tells its maker from anyone else.
pub(crate) fn is_from_stranger(request: &Request) -> bool {
    request.method() == Method::GET
        && request.uri().query().is_none()
        && !request.headers().contains_key(COOKIE)
        && !matches!(request.extensions().get(), Some(Actor::Person(_)))
}

/// The nonce of an answer that is a page and nothing but a page.
fn nonce_of_page(answer: &http::response::Parts) -> Option<String> {
    let plain = answer.status == StatusCode::OK && !answer.headers.contains_key(SET_COOKIE);
    let policy = answer.headers.get(CONTENT_SECURITY_POLICY).filter(|_| plain)?;
    headers::nonce_of(policy).map(str::to_owned)
}

fn pieces(page: &Bytes, nonce: &[u8]) -> Vec<Bytes> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    let mut at = 0;
    while let Some(window) = page.get(at..at + nonce.len()) {
        if window == nonce {
            pieces.push(page.slice(begin..at));
            at += nonce.len();
            begin = at;
        } else {
            at += 1;
        }
    }
    pieces.push(page.slice(begin..));
    pieces
}

impl Rendering {
    fn answer(&self) -> Option<Response> {
        let nonce = Nonce::new();
        let length = self.pieces.iter().map(|piece| piece.len() + nonce.len()).sum();
        let mut page = Vec::with_capacity(length);
        for (place, piece) in self.pieces.iter().enumerate() {
            if place > 0 {
                page.extend_from_slice(nonce.as_bytes());
            }
            page.extend_from_slice(piece);
        }
        let mut response = Response::new(Body::from(page));
        *response.headers_mut() = self.headers.clone();
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, headers::page_policy(&nonce, false, None)?);
        Some(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn page(nonce: &str) -> Response {
        let mut response = Response::new(Body::from(format!("<script nonce=\"{nonce}\">1</script>{nonce}")));
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, headers::page_policy(nonce, false, None).unwrap());
        response
    }

    async fn text(response: Response) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn each_answer_has_a_nonce_of_its_own() {
        let pages = SharedPages::new();
        assert!(pages.page("/").is_none());
        let first = text(pages.keep("/", page("AAAAAAAA")).await).await;
        assert_eq!(first, "<script nonce=\"AAAAAAAA\">1</script>AAAAAAAA");
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let answer = pages.page("/").unwrap();
            let nonce = headers::nonce_of(&answer.headers()[CONTENT_SECURITY_POLICY]).unwrap().to_owned();
            assert_eq!(text(answer).await, format!("<script nonce=\"{nonce}\">1</script>{nonce}"));
            assert!(seen.insert(nonce));
        }
    }

    #[tokio::test]
    async fn only_plain_pages_are_kept() {
        let pages = SharedPages::new();
        let mut sets_cookie = page("AAAAAAAA");
        sets_cookie.headers_mut().insert(SET_COOKIE, HeaderValue::from_static("a=b"));
        let mut refused = page("AAAAAAAA");
        *refused.status_mut() = StatusCode::NOT_FOUND;
        for (path, response) in
            [("/cookie", sets_cookie), ("/refused", refused), ("/bare", Response::new(Body::from("x")))]
        {
            let before = response.status();
            assert_eq!(pages.keep(path, response).await.status(), before);
            assert!(pages.page(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_stranger_brings_nothing() {
        let get = |uri: &str, cookie: Option<&str>| {
            let mut request = Request::get(uri).body(Body::empty()).unwrap();
            if let Some(cookie) = cookie {
                request.headers_mut().insert(COOKIE, cookie.parse().unwrap());
            }
            is_from_stranger(&request)
        };
        assert!(get("/login", None));
        assert!(!get("/login?next=/account", None) && !get("/login", Some("theme=dark")));
        assert!(!is_from_stranger(&Request::head("/login").body(Body::empty()).unwrap()));
    }
}
