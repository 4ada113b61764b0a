//! How much a request may bring. A body is read here, whole and bounded in size and time, before any handler runs, so
//! that an endless body is refused alike on every route, by whatever framework the route is served (C69). Called by
//! `guard.rs` and by the router's fallback.

use axum::body::Body;
use axum::extract::Request;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use std::time::Duration;
use vestibule_model::{Error, Result};

/// Longest address in bytes.
const MAX_URI: usize = 8 * 1024;

/// Most bytes of all names and values of headers.
const MAX_HEADERS: usize = 32 * 1024;

/// Bodies of routes that take more than this are handed on as a bounded stream instead of being held in memory.
const MAX_HELD: usize = 1024 * 1024;

/// Refuses what can be refused before a byte of the body is read.
///
/// # Errors
/// [`Error::RequestTooLarge`], [`Error::BodyTooLarge`], or [`Error::UnsupportedMediaType`] for a compressed body (C72).
pub fn check_head(request: &Parts, body_limit: usize) -> Result<()> {
    let uri = &request.uri;
    if uri.path().len() + uri.query().map_or(0, str::len) > MAX_URI {
        return Err(Error::RequestTooLarge);
    }
    let headers: usize = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers > MAX_HEADERS {
        return Err(Error::RequestTooLarge);
    }
    if declared_length(&request.headers).is_some_and(|length| length > body_limit as u64) {
        return Err(Error::BodyTooLarge);
    }
    let encodings = request.headers.get_all(CONTENT_ENCODING);
    if encodings.iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Error::UnsupportedMediaType);
    }
    Ok(())
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What `reading` brings, if it is done within `patience`.
///
/// # Errors
/// [`Error::RequestTimeout`], or those of the reading.
pub async fn within<T>(patience: Duration, reading: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(patience, reading).await.map_err(|_| Error::RequestTimeout)?
}

/// The bytes of a body that was bounded by [`read_body`] and not held.
///
/// # Errors
/// [`Error::BodyTooLarge`], or [`Error::Malformed`] when the connection breaks.
pub async fn whole(request: Request) -> Result<Vec<u8>> {
    let read = request.into_body().collect().await;
    Ok(read.map_err(|cause| too_large_or_broken(&cause))?.to_bytes().into())
}

/// Longest time for the answer to a request whose body was let in by [`read_body`]: where the body is not held, its arrival
/// is part of it.
pub fn patience_with(body_limit: usize, patience: Duration) -> Duration {
    if body_limit > MAX_HELD { patience * 2 } else { patience }
}

/// Reads the body, at most `limit` bytes within `patience`, and puts it back whole.
///
/// # Errors
/// [`Error::BodyTooLarge`], [`Error::RequestTimeout`], or [`Error::Malformed`] when the connection breaks.
pub async fn read_body(request: Request, limit: usize, patience: Duration) -> Result<Request> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let bounded = Limited::new(body, limit);
    if limit > MAX_HELD {
        return Ok(Request::from_parts(parts, Body::new(bounded)));
    }
    let collected =
        tokio::time::timeout(patience, bounded.collect()).await.map_err(|_| Error::RequestTimeout)?;
    let bytes = collected.map_err(|cause| too_large_or_broken(&*cause))?.to_bytes();
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Both of the above, for what no route answers.
///
/// # Errors
/// As [`check_head`] and [`read_body`].
pub async fn take(request: Request, limit: usize, patience: Duration) -> Result<Request> {
    let (parts, body) = request.into_parts();
    check_head(&parts, limit)?;
    read_body(Request::from_parts(parts, body), limit, patience).await
}

/// What a failure of reading a body means.
pub(crate) fn too_large_or_broken(cause: &(dyn std::error::Error + 'static)) -> Error {
    let mut next = Some(cause);
    while let Some(error) = next {
        if error.is::<LengthLimitError>() {
            return Error::BodyTooLarge;
        }
        next = error.source();
    }
    Error::Malformed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(body: Body) -> Request {
        Request::post("/").body(body).unwrap()
    }

    #[tokio::test]
    async fn a_body_is_taken_up_to_its_limit() {
        let read = read_body(post(Body::from("1234")), 4, Duration::from_secs(1)).await.unwrap();
        assert_eq!(read.into_body().collect().await.unwrap().to_bytes(), "1234");
        assert_eq!(
            read_body(post(Body::from("12345")), 4, Duration::from_secs(1)).await.err(),
            Some(Error::BodyTooLarge)
        );
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_not_waited_for() {
        let never = Body::new(Never);
        assert_eq!(
            read_body(post(never), 4, Duration::from_millis(50)).await.err(),
            Some(Error::RequestTimeout)
        );
    }

    struct Never;

    impl hyper::body::Body for Never {
        type Data = axum::body::Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<std::result::Result<hyper::body::Frame<Self::Data>, Self::Error>>>
        {
            std::task::Poll::Pending
        }
    }

    #[test]
    fn heads_are_judged_before_bodies() {
        let request = |name: &str, value: &str| {
            Request::post("/").header(name, value).body(Body::empty()).unwrap().into_parts().0
        };
        assert_eq!(check_head(&request("content-length", "11"), 10), Err(Error::BodyTooLarge));
        assert_eq!(check_head(&request("content-length", "10"), 10), Ok(()));
        assert_eq!(check_head(&request("content-encoding", "gzip"), 10), Err(Error::UnsupportedMediaType));
        let long =
            Request::get(format!("/?{}", "a".repeat(9000))).body(Body::empty()).unwrap().into_parts().0;
        assert_eq!(check_head(&long, 10), Err(Error::RequestTooLarge));
        assert_eq!(check_head(&request("x-long", &"a".repeat(MAX_HEADERS)), 10), Err(Error::RequestTooLarge));
        assert_eq!(check_head(&request("x-long", &"a".repeat(MAX_HEADERS - 6)), 10), Ok(()));
    }
}
