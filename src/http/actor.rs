//! Who asks. One family of routes knows one kind of credential: pages and server functions the session cookie, the REST
//! API the headers `Authorization` (RFC 6750 2.1) and `X-API-Key`. What the other family would read is never looked at. Called by
//! `guard.rs`; whether a credential is good is decided in `vestibule_domain::auth`.

use super::AppState;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header::AUTHORIZATION};
use std::net::IpAddr;
use vestibule_app::server::cookies;
use vestibule_domain::{Actor, auth, keys};
use vestibule_model::{Error, Result};

/// Longest bearer token that is looked at (security reference 2.7).
const MAX_TOKEN: usize = 8 * 1024;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Names under which clients put a credential into an address; it would end in logs and histories.
const TOKEN_PARAMETERS: &[&str] = &["access_token", "api_key", "token"];

/// The person behind the session cookie; a cookie that is unknown, malformed or ended is nobody.
///
/// # Errors
/// What the domain answers when it cannot look.
pub async fn by_cookie(state: &AppState, headers: &HeaderMap) -> Result<Actor> {
    let Some(secret) = cookies::session_secret(headers, state.secure_cookies) else {
        return Ok(Actor::Anonymous);
    };
    Ok(auth::by_cookie(&state.domain, &secret).await?.map_or(Actor::Anonymous, Actor::Person))
}

/// As [`by_cookie`], where nothing must be waited for; `None` tells nothing.
pub fn known_by_cookie(state: &AppState, headers: &HeaderMap) -> Option<Actor> {
    match cookies::session_secret(headers, state.secure_cookies) {
        Some(secret) => auth::known_by_cookie(&state.domain, &secret).map(Actor::Person),
        None => Some(Actor::Anonymous),
    }
}

/// As [`by_header`], where nothing must be waited for; `None` tells nothing, not even whether there is an error.
pub fn known_by_header(
    state: &AppState,
    headers: &HeaderMap,
    uri: &Uri,
    address: impl FnOnce() -> Option<IpAddr>,
) -> Option<Actor> {
    let person = match credential(headers, uri).ok()? {
        Credential::None => return Some(Actor::Anonymous),
        Credential::Bearer(key) | Credential::Key(key) if keys::has_form(key) => {
            keys::known_by_secret(&state.domain, key, address())
        }
        Credential::Bearer(token) => auth::known_by_access_token(&state.domain, token),
        Credential::Key(_) | Credential::Unknown => None,
    };
    person.map(Actor::Person)
}

/// The person behind `Authorization: Bearer` or `X-API-Key`, who asks from `address`; nobody without a credential.
///
/// # Errors
/// [`Error::TwoCredentials`], [`Error::Malformed`] for one in the address, [`Error::BadToken`] for any that is not good,
/// [`Error::KeyNetwork`] for an API key that may not be used from there.
pub async fn by_header(
    state: &AppState,
    headers: &HeaderMap,
    uri: &Uri,
    address: Option<IpAddr>,
) -> Result<Actor> {
    let person = match credential(headers, uri)? {
        Credential::None => return Ok(Actor::Anonymous),
        Credential::Bearer(key) if keys::has_form(key) => {
            keys::by_secret(&state.domain, key, address).await?
        }
        Credential::Key(key) => keys::by_secret(&state.domain, key, address).await?,
        Credential::Bearer(token) => auth::by_access_token(&state.domain, token).await?,
        Credential::Unknown => return Err(Error::BadToken),
    };
    Ok(Actor::Person(person))
}

/// What came as a credential.
#[derive(Debug, PartialEq, Eq)]
pub enum Credential<'a> {
    /// Nothing.
    None,
    /// An access token or an API key.
    Bearer(&'a str),
    /// An API key.
    Key(&'a str),
    /// Something of a kind that is not known here.
    Unknown,
}

/// Finds the one credential of an API request.
///
/// # Errors
/// [`Error::TwoCredentials`] for more than one, [`Error::Malformed`] for one in the address.
pub fn credential<'a>(headers: &'a HeaderMap, uri: &Uri) -> Result<Credential<'a>> {
    let (authorization, key) = (only(headers, &AUTHORIZATION)?, only(headers, &X_API_KEY)?);
    let in_address = uri.query().is_some_and(|query| {
        url::form_urlencoded::parse(query.as_bytes())
            .any(|(name, _)| TOKEN_PARAMETERS.contains(&name.as_ref()))
    });
    match (authorization, key, in_address) {
        (None, None, false) => Ok(Credential::None),
        (None, None, true) => Err(Error::Malformed),
        (None, Some(header), false) => Ok(header.to_str().map_or(Credential::Unknown, Credential::Key)),
        (Some(header), None, false) => {
            Ok(bearer(header.as_bytes()).map_or(Credential::Unknown, Credential::Bearer))
        }
        _ => Err(Error::TwoCredentials),
    }
}

/// The value of a header that may come once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Error::TwoCredentials),
        (value, None) => Ok(value),
    }
}

/// The token of `Bearer <b64token>`; the scheme in any letter case (RFC 9110 11.1).
fn bearer(value: &[u8]) -> Option<&str> {
    let value = std::str::from_utf8(value).ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let valid = scheme.eq_ignore_ascii_case("bearer")
        && (1..=MAX_TOKEN).contains(&token.len())
        && token.bytes().fold(true, |fits, byte| fits & in_b64token(byte));
    valid.then_some(token)
}

/// Looked at for every byte, one as another, so that a processor looks at many at once.
fn in_b64token(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // `-`, `.`, `/` and the digits stand in a row.
    let digit = byte.wrapping_sub(b'-') <= b'9' - b'-';
    let others = [b'_', b'~', b'+', b'='].map(|other| u8::from(byte == other));
    others.into_iter().fold(u8::from(letter) | u8::from(digit), |fits, other| fits | other) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_of_the_signs_of_rfc_6750() {
        let signs = (0..=u8::MAX).filter(|byte| in_b64token(*byte)).collect::<Vec<_>>();
        let all = "+-./0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
        assert_eq!(signs, all.as_bytes());
    }

    fn found(headers: &[(&'static str, &'static str)], uri: &'static str) -> Result<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        credential(&map, &Uri::from_static(uri)).map(|credential| format!("{credential:?}"))
    }

    #[test]
    fn one_credential_is_found_and_two_are_refused() {
        assert_eq!(found(&[], "/api/v1/me"), Ok("None".into()));
        assert_eq!(found(&[("authorization", "bearer a.b-c")], "/"), Ok(r#"Bearer("a.b-c")"#.into()));
        assert_eq!(found(&[("x-api-key", "k")], "/"), Ok(r#"Key("k")"#.into()));
        let two = Err(Error::TwoCredentials);
        assert_eq!(found(&[("authorization", "Bearer a"), ("x-api-key", "k")], "/"), two);
        assert_eq!(found(&[("authorization", "Bearer a"), ("authorization", "Bearer b")], "/"), two);
        assert_eq!(found(&[("authorization", "Bearer a")], "/?access_token=b"), two);
    }

    #[test]
    fn a_credential_in_the_address_is_refused() {
        assert_eq!(found(&[], "/api/v1/me?access_token=a"), Err(Error::Malformed));
        assert_eq!(found(&[], "/api/v1/me?limit=1&%61ccess_token=a"), Err(Error::Malformed));
    }

    #[test]
    fn what_is_no_bearer_token_is_unknown() {
        for value in
            ["Bearer", "Bearer ", "Bearer  a", "Bearer a b", "Basic YTpi", "Bearer a,b", "Token a", ""]
        {
            assert_eq!(found(&[("authorization", value)], "/"), Ok("Unknown".into()), "{value}");
        }
    }
}
