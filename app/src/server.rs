//! The one place where pages and server functions touch the request and the answer: who asks, of which domain, and what
//! goes back besides HTML. Exists on the server alone. No rule is decided here and no HTML is made.

pub mod cookies;
mod flash;
pub mod policy;
pub mod system;

pub use flash::Flash;
pub(crate) use flash::control;

use crate::{text::Notice, text::sentence};
use http::{HeaderName, HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::use_context;
use leptos::reactive::owner::with_context;
use leptos_axum::ResponseOptions;
use std::sync::Arc;
use vestibule_domain::calendar::Zone;
use vestibule_domain::{Actor, Client, Domain};
use vestibule_model::limits::Decision;
use vestibule_model::{Error, Result};

/// What `src/http` puts into every request's extensions for pages and server functions.
#[derive(Clone)]
pub struct Site {
    /// Everything that is known and decided.
    pub domain: Domain,
    /// Whether cookies carry `Secure` and the `__Host-` prefix: true unless people reach the site by http on loopback.
    pub secure_cookies: bool,
    /// Whether the development mailbox is shown.
    pub dev_mail: bool,
    /// What the program around the app tells of itself.
    pub system: std::sync::Arc<system::System>,
}

/// Where the REST API begins, without a slash at the end; put into the requests of pages by `src/http`.
#[derive(Clone, Debug)]
pub struct ApiRoot(pub String);

/// Where the REST API begins.
pub fn api_root() -> String {
    request(|parts| parts.extensions.get::<ApiRoot>().map(|root| root.0.clone()))
        .flatten()
        .unwrap_or_default()
}

/// Reads the request without copying it; nothing where there is none.
fn request<R>(read: impl FnOnce(&Parts) -> R) -> Option<R> {
    with_context(read)
}

/// The site, or nothing while the list of routes is made (there is no request then).
pub fn try_site() -> Option<Site> {
    request(|parts| parts.extensions.get::<Site>().cloned())?
}

/// The site.
///
/// # Errors
/// [`Error::Unavailable`] outside a request.
pub fn site() -> Result<Site> {
    try_site().ok_or(Error::Unavailable)
}

/// Who asks; nobody in particular outside a request.
pub fn actor() -> Actor {
    request(|parts| parts.extensions.get::<Actor>().cloned()).flatten().unwrap_or(Actor::Anonymous)
}

/// The time zone that times are told in: that of the profile of who asks, else UTC.
pub fn zone() -> Zone {
    let name = |actor: &Actor| match actor {
        Actor::Person(person) => person.account.profile.time_zone.clone(),
        _ => None,
    };
    let name = request(|parts| parts.extensions.get::<Actor>().and_then(name)).flatten();
    Zone::named(name.as_deref())
}

/// Where the request comes from.
pub fn client() -> Client {
    request(|parts| parts.extensions.get::<Client>().cloned()).flatten().unwrap_or_else(Client::local)
}

/// What rate limits and quotas decided about the request; nothing where none concern it.
pub fn decision() -> Option<Arc<Decision>> {
    request(|parts| parts.extensions.get::<Arc<Decision>>().cloned()).flatten()
}

/// The value of `name` in the page's address; empty when it is not there.
pub fn query(name: &str) -> String {
    let read = |parts: &Parts| {
        let mut pairs = parts.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| decode(value))
    };
    request(read).flatten().unwrap_or_default()
}

/// Every value of `name` in the page's address, in order.
pub fn queries(name: &str) -> Vec<String> {
    let read = |parts: &Parts| {
        let pairs = parts.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| decode(value)).collect()
    };
    request(read).unwrap_or_default()
}

/// Undoes percent-encoding and `+`; bytes that are no UTF-8 become replacement characters.
fn decode(value: &str) -> String {
    let bytes = value.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (byte, escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(escaped)) => {
                plain.push(escaped);
                at += 2;
            }
            (b'+', _) => plain.push(b' '),
            _ => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Answers with `303 See Other`. `path` is one of ours, or was through [`crate::paths::next_page`].
pub fn see_other(path: &str) {
    let (Some(options), Ok(location)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path))
    else {
        return;
    };
    options.set_status(StatusCode::SEE_OTHER);
    options.insert_header(header::LOCATION, location);
}

/// Answers with the status of `error`.
pub fn set_error_status(error: &Error) {
    if let Some(options) = use_context::<ResponseOptions>() {
        options.set_status(StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    }
}

/// Sets a response header.
pub fn set_header(name: HeaderName, value: &'static str) {
    if let Some(options) = use_context::<ResponseOptions>() {
        options.insert_header(name, HeaderValue::from_static(value));
    }
}

/// By what this browser was known at an earlier sign-in.
pub fn device_mark(site: &Site) -> Option<vestibule_model::Secret> {
    request(|parts| cookies::device_mark(&parts.headers, site.secure_cookies)).flatten()
}

/// By which way this browser signed in last: a provider's name, or the password.
pub fn last_method() -> Option<String> {
    request(|parts| cookies::last_method(&parts.headers)).flatten()
}

/// Which sign-in at a provider waits for this browser.
///
/// # Errors
/// [`Error::FlowDead`] when none does.
pub fn pending(site: &Site) -> Result<vestibule_model::Secret> {
    let found = request(|parts| cookies::pending(&parts.headers, site.secure_cookies)).flatten();
    found.ok_or(Error::FlowDead)
}

/// Signs this browser in: it keeps the session, and what it is known by next time.
pub fn keep_session(site: &Site, session: &vestibule_domain::auth::NewSession) {
    set_cookie(&cookies::session(session, site.domain.now(), site.secure_cookies));
    if let Some(device) = &session.device {
        set_cookies(&cookies::device(device, site.secure_cookies));
    }
}

/// Keeps the page's own address, which carries a token, out of every `Referer`.
pub fn keep_address_private() {
    set_header(header::REFERRER_POLICY, "no-referrer");
}

/// Adds a `Set-Cookie`.
pub fn set_cookie(cookie: &cookie::Cookie<'_>) {
    let (Some(options), Ok(value)) =
        (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie.to_string()))
    else {
        return;
    };
    options.append_header(header::SET_COOKIE, value);
}

fn set_cookies(cookies: &[cookie::Cookie<'_>]) {
    cookies.iter().for_each(set_cookie);
}

/// Answers that the page is at `path` now (RFC 9110 15.4.9).
pub fn moved_to(path: &str) {
    see_other(path);
    if let Some(options) = use_context::<ResponseOptions>() {
        options.set_status(StatusCode::PERMANENT_REDIRECT);
    }
}

/// Sends a form's sender on to `path`, which says `notice` once.
///
/// # Errors
/// None in practice; the type is a server function's.
pub fn form_done(site: &Site, path: &str, notice: Option<Notice>) -> Result<(), FnError> {
    if let Some(notice) = notice {
        set_cookies(&cookies::flash(site, &Flash::done(path, notice)));
    }
    see_other(path);
    Ok(())
}

/// As [`form_done`], for one of several forms on the page: the answer leads to the `part` of the page with that id, and the
/// notice is shown there.
///
/// # Errors
/// None in practice; the type is a server function's.
pub fn form_done_at(site: &Site, (path, part): (&str, &str), notice: Notice) -> Result<(), FnError> {
    set_cookies(&cookies::flash(site, &Flash::done_at(path, part, notice)));
    see_other(&format!("{path}#{part}"));
    Ok(())
}

/// Sends a form's sender on to `path`, which shows the typed `values` once.
///
/// # Errors
/// None in practice; the type is a server function's.
pub fn form_sent(site: &Site, path: &str, values: &[(&str, &str)]) -> Result<(), FnError> {
    set_cookies(&cookies::flash(site, &Flash::carrying(path, values)));
    see_other(path);
    Ok(())
}

/// Sends a form's sender back to the form at `address` (path and query), which shows `error` and the typed `values`
/// once. Passwords never belong into `values`.
///
/// # Errors
/// None in practice; the type is a server function's.
pub fn form_failed(site: &Site, address: &str, error: Error, values: &[(&str, &str)]) -> Result<(), FnError> {
    set_cookies(&cookies::flash(site, &Flash::failed(address, error, values)));
    see_other(address);
    Ok(())
}

/// Leads a form's sender to the proof that it takes who they are, and from there back to `path`, which shows the typed
/// `values`.
///
/// # Errors
/// None in practice; the type is a server function's.
pub fn form_unproven(site: &Site, path: &str, values: &[(&str, &str)]) -> Result<(), FnError> {
    set_cookies(&cookies::flash(site, &Flash::carrying(path, values)));
    see_other(&crate::paths::with_query(crate::paths::PROVE, "next", path));
    Ok(())
}

/// As [`form_failed`], for a form that stands between another one and its page: what was typed there goes on waiting.
///
/// # Errors
/// None in practice; the type is a server function's.
pub fn form_failed_between(site: &Site, address: &str, error: Error) -> Result<(), FnError> {
    let waiting = request(|parts| cookies::open_flash(site, &parts.headers)).flatten();
    set_cookies(&cookies::flash(site, &Flash::failed(address, error, &[]).before(waiting)));
    see_other(address);
    Ok(())
}

/// What was left for the page at `path` by the form or page before it; taken, so that a reload shows the page anew.
pub fn take_flash(path: &str) -> Flash {
    let read = || {
        let site = try_site()?;
        let flash = request(|parts| cookies::open_flash(&site, &parts.headers))??;
        if !flash.is_for(path) {
            return None;
        }
        if let Some(waiting) = flash.waiting() {
            set_cookies(&cookies::flash(&site, waiting));
        } else {
            let clear = |parts: &Parts| cookies::clear_flash(site.secure_cookies, &parts.headers);
            set_cookies(&request(clear).unwrap_or_default());
        }
        Some(flash)
    };
    read().unwrap_or_default()
}

/// The error of a server function as it leaves: the body is the wire form of [`Error`] and nothing else. `src/http`
/// reads it back and answers with the styled page.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct FnError(pub Error);

impl std::fmt::Display for FnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&sentence(&self.0))
    }
}

impl From<Error> for FnError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl server_fn::error::FromServerFnError for FnError {
    type Encoder = server_fn::codec::JsonEncoding;

    /// Causes carry the caller's own words, so only their kind is kept.
    fn from_server_fn_error(cause: server_fn::error::ServerFnErrorErr) -> Self {
        use server_fn::error::ServerFnErrorErr as Cause;
        Self(match cause {
            Cause::Args(_) | Cause::MissingArg(_) | Cause::Deserialization(_) => Error::Malformed,
            _ => Error::Unavailable,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn query_values_are_decoded_and_broken_escapes_kept() {
        for (raw, plain) in [
            ("a%20b+c", "a b c"),
            ("%", "%"),
            ("%2", "%2"),
            ("%zz", "%zz"),
            ("%C3%A9", "é"),
            ("%ff", "\u{fffd}"),
        ] {
            assert_eq!(decode(raw), plain, "{raw}");
        }
    }
}
