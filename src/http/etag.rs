//! Conditional requests (RFC 9110 13): which tags a caller holds, and answers that carry one. Called by handlers whose
//! answers have a tag; what a tag is of is decided in the domain.

use super::Refusal;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use vestibule_model::{Error, Result};

/// Most tags of one header that are looked at.
const MOST: usize = 16;

/// The tags of `If-None-Match`, compared weakly (RFC 9110 13.1.2); none when it is absent or `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(pub Vec<String>);

/// The tags of `If-Match`, compared strongly (RFC 9110 13.1.1), so that a weak one never matches; nothing when it is
/// absent, or `*`, which asks only that there is something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected(pub Option<Vec<String>>);

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Refusal> {
        // What cannot be read asks for nothing: the answer is whole.
        let tags = tags(&parts.headers, &IF_NONE_MATCH).unwrap_or_default().unwrap_or_default();
        Ok(Self(tags.into_iter().map(|(tag, _)| tag).collect()))
    }
}

impl<S: Sync> FromRequestParts<S> for Expected {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Refusal> {
        let strong = |tags: Vec<(String, bool)>| {
            tags.into_iter().filter(|(_, weak)| !weak).map(|(tag, _)| tag).collect()
        };
        Ok(Self(tags(&parts.headers, &IF_MATCH)?.map(strong)))
    }
}

/// The tags of a header and whether each is weak; nothing for an absent one and for `*`.
///
/// # Errors
/// [`Error::Malformed`] for what is no list of tags.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Vec<(String, bool)>>> {
    let mut tags = Vec::new();
    for line in headers.get_all(name) {
        let line = line.to_str().map_err(|_| Error::Malformed)?.trim();
        if line == "*" {
            return Ok(None);
        }
        // Our own tags hold no comma; one that does is not ours and is found as none.
        for tag in line.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            let (weak, quoted) = tag.strip_prefix("W/").map_or((false, tag), |rest| (true, rest));
            let bare =
                quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(Error::Malformed)?;
            tags.push((bare.to_owned(), weak));
        }
    }
    tags.truncate(MOST);
    Ok(headers.contains_key(name).then_some(tags))
}

/// Puts the strong tag `tag` on an answer.
pub fn tagged(tag: &str, answer: impl IntoResponse) -> Response {
    with_etag(HeaderValue::from_str(&format!("\"{tag}\"")).ok(), answer.into_response())
}

fn with_etag(etag: Option<HeaderValue>, mut answer: Response) -> Response {
    if let Some(etag) = etag {
        answer.headers_mut().insert(ETAG, etag);
    }
    answer
}

/// As [`unless_known`], of a tag that was written for many answers: `etag` is the tag in quotes.
pub fn unless_known_as(known: &Known, etag: &Bytes, make: impl FnOnce() -> Response) -> Response {
    let held = known
        .0
        .iter()
        .any(|one| etag.strip_prefix(b"\"").and_then(|tag| tag.strip_suffix(b"\"")) == Some(one.as_bytes()));
    let answer = if held { StatusCode::NOT_MODIFIED.into_response() } else { make() };
    with_etag(HeaderValue::from_maybe_shared(etag.clone()).ok(), answer)
}

/// The answer that `make` gives, or 304 where the caller holds it already.
pub fn unless_known(known: &Known, tag: &str, make: impl FnOnce() -> Response) -> Response {
    let answer =
        if known.0.iter().any(|one| one == tag) { StatusCode::NOT_MODIFIED.into_response() } else { make() };
    tagged(tag, answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&'static str]) -> Result<Option<Vec<(String, bool)>>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_MATCH, HeaderValue::from_static(line));
        }
        tags(&headers, &IF_MATCH)
    }

    #[test]
    fn lists_of_tags_are_read_and_nonsense_is_not() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["*"]), Ok(None));
        assert_eq!(
            read(&["\"a\", W/\"b\"", "\"c\""]),
            Ok(Some(vec![("a".into(), false), ("b".into(), true), ("c".into(), false)]))
        );
        assert_eq!(read(&[""]), Ok(Some(Vec::new())));
        for bad in ["a", "\"a", "W/a", "\"a\" \"b\",c"] {
            assert_eq!(read(&[bad]), Err(Error::Malformed), "{bad}");
        }
    }
}
