//! What handlers ask for: a JSON body that fits, the person who asks, the proof of a permission, the caller. Each refusal
//! is an [`Error`] of the product, never a sentence of a framework.

use super::{Refusal, arrival, limits};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::{DeserializeOwned, Visitor};
use serde_path_to_error::Segment;
use std::sync::Arc;
use vestibule_domain::{Actor, Allowed, Client, Person};
use vestibule_model::groups::Permission;
use vestibule_model::limits::Decision;
use vestibule_model::{Error, FieldError, Problem, Result};

/// A JSON body, in and out. Taken only as `application/json` (C65); unknown fields are refused by the forms themselves.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> std::result::Result<Self, Refusal> {
        check_content_type(request.headers())?;
        let bytes =
            Bytes::from_request(request, state).await.map_err(|cause| limits::too_large_or_broken(&cause))?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<()> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(first), None) = (types.next(), types.next()) else { return Err(Error::UnsupportedMediaType) };
    if is_json(first) { Ok(()) } else { Err(Error::UnsupportedMediaType) }
}

/// `application/json`, with no parameter but `charset=utf-8` (RFC 8259 8.1).
fn is_json(value: &HeaderValue) -> bool {
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| {
            let plain = parameter.to_ascii_lowercase().replace('"', "");
            plain.is_empty() || plain == "charset=utf-8"
        })
}

/// Reads a form from JSON.
///
/// # Errors
/// [`Error::Malformed`] for what is no JSON, [`Error::Invalid`] naming the field that does not fit.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Named(&mut deserializer)).map_err(|error| {
        if error.inner().is_data() {
            told(error.path(), &error.inner().to_string())
        } else {
            Error::Malformed
        }
    })?;
    deserializer.end().map_err(|_| Error::Malformed)?;
    Ok(value)
}

/// Serde would take a JSON array for a struct, its fields by position; a form is an object and nothing else.
struct Named<'a, 'b>(&'a mut serde_json::Deserializer<serde_json::de::SliceRead<'b>>);

impl<'de> serde::Deserializer<'de> for Named<'_, 'de> {
    type Error = serde_json::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Self::Error> {
        self.0.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// What serde found wrong, as the problem of a field; `text` is what it says of what stands at `path`.
pub(super) fn told(path: &serde_path_to_error::Path, text: &str) -> Error {
    let named =
        |prefix: &str| text.strip_prefix(prefix).and_then(|rest| rest.split_once('`')).map(|(name, _)| name);
    let (problem, name) = if let Some(name) = named("unknown field `") {
        (Problem::Unknown, Some(name))
    } else if let Some(name) = named("missing field `") {
        (Problem::Required, Some(name))
    } else if let Some(name) = named("duplicate field `") {
        (Problem::Malformed, Some(name))
    } else if text.starts_with("invalid type") {
        (Problem::WrongType, None)
    } else if text.starts_with("unknown variant `") {
        (Problem::NotOffered, None)
    } else {
        (Problem::Malformed, None)
    };
    Error::Invalid { fields: vec![FieldError { field: field(path, name).into(), problem }] }
}

/// Where the field is, as the inside of a JSON pointer (RFC 6901). A name that a caller made up is repeated only when it
/// is a plain word, so that nothing secret or hostile comes back.
fn field(path: &serde_path_to_error::Path, name: Option<&str>) -> String {
    let mut segments = Vec::new();
    for segment in path {
        match segment {
            Segment::Map { key } => segments.push(key.clone()),
            Segment::Seq { index } => segments.push(index.to_string()),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    if let Some(name) = name
        && segments.last().is_none_or(|last| last != name)
    {
        segments.push(name.to_owned());
    }
    segments.retain(|name| {
        name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
    });
    segments.join("/")
}

/// The person who asks; the route's policy is [`SignedIn`](vestibule_domain::endpoints::Who::SignedIn) or stricter.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Person);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Refusal> {
        let actor = parts.extensions.get::<Actor>().ok_or(Error::SignInFirst)?;
        Ok(Self(actor.person()?.clone()))
    }
}

/// The proof that the caller holds `P`.
#[derive(Clone, Debug)]
pub struct Permitted<P: Permission>(pub Allowed<P>);

impl<P: Permission, S: Sync> FromRequestParts<S> for Permitted<P> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Refusal> {
        let actor = parts.extensions.get::<Actor>().ok_or(Error::SignInFirst)?;
        Ok(Self(actor.allow::<P>()?))
    }
}

/// What rate limits and quotas decided about the request; nothing was where none concern it.
#[derive(Clone, Debug)]
pub struct Allowance(pub Arc<Decision>);

impl<S: Sync> FromRequestParts<S> for Allowance {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Arc<Decision>>().cloned().unwrap_or_default()))
    }
}

/// Where the request comes from.
#[derive(Clone, Debug)]
pub struct Caller(pub Client);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Self::Rejection> {
        Ok(Self(arrival::caller(parts).unwrap_or_else(Client::local)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::auth::SignInForm;

    fn refused(body: &[u8]) -> Error {
        parse::<SignInForm>(body).unwrap_err()
    }

    fn field_of(body: &str) -> (String, Problem) {
        let Error::Invalid { fields } = refused(body.as_bytes()) else {
            panic!("{body}: not a field's problem")
        };
        (fields[0].field.to_string(), fields[0].problem.clone())
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        let deep = format!("{{\"email\":{}", "[".repeat(500));
        assert!(
            matches!(refused(deep.as_bytes()), Error::Invalid { .. }),
            "refused at the first bracket, not read"
        );
        for body in ["", "{", "nonsense", "{\"email\":\"a\",\"password\":\"b\"} x", "{'a':1}"] {
            assert_eq!(refused(body.as_bytes()), Error::Malformed, "{body}");
        }
        assert_eq!(refused(b"{\"email\":\"\xff\",\"password\":\"b\"}"), Error::Malformed);
        assert_eq!(refused(&[0xff, 0xfe, b'{', 0, b'}', 0]), Error::Malformed);
    }

    #[test]
    fn what_does_not_fit_names_its_field() {
        assert_eq!(field_of(r#"{"email":"a"}"#), ("password".into(), Problem::Required));
        assert_eq!(field_of(r#"{"email":5,"password":"b"}"#), ("email".into(), Problem::WrongType));
        assert_eq!(field_of(r#"{"email":["a"],"password":"b"}"#), ("email".into(), Problem::WrongType));
        assert_eq!(
            field_of(r#"{"email":"a","password":"b","admin":true}"#),
            ("admin".into(), Problem::Unknown)
        );
        assert_eq!(
            field_of(r#"{"email":"a","email":"c","password":"b"}"#),
            ("email".into(), Problem::Malformed)
        );
        assert_eq!(field_of(r#"["a","b"]"#), (String::new(), Problem::WrongType));
        assert_eq!(field_of("null").1, Problem::WrongType);
    }

    #[test]
    fn hostile_field_names_do_not_come_back() {
        assert_eq!(field_of(r#"{"<script>":"a"}"#), (String::new(), Problem::Unknown));
    }

    #[test]
    fn only_json_is_json() {
        for good in
            ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
        {
            assert!(is_json(&HeaderValue::from_static(good)), "{good}");
        }
        for bad in
            ["text/plain", "application/json; charset=utf-16", "application/jsonp", "application/x-json", ""]
        {
            assert!(!is_json(&HeaderValue::from_static(bad)), "{bad}");
        }
    }
}
