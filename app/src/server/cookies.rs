//! Names and attributes of every cookie, and the sealed form-state cookie. Read by `src/http/actor.rs` (the session) and
//! by pages and actions (form state). Nothing else may set a cookie.

use super::{Flash, Site, flash::Sealed};
use cookie::{Cookie, CookieJar, Key, SameSite, time::Duration};
use http::{HeaderMap, header};
use std::borrow::Cow;
use vestibule_domain::auth::NewSession;
use vestibule_model::social::provider_name;
use vestibule_model::{Secret, Timestamp};

/// The longest that browsers keep a cookie (RFC 6265bis 5.5); what lasts longer is renewed by `src/http/guard.rs`.
const LONGEST_SECONDS: i64 = 400 * 24 * 3_600;

/// How long the way to a provider and back may take.
const JOURNEY_SECONDS: i64 = 600;
/// How long a sign-in at a provider waits for what it still needs.
const PENDING_SECONDS: i64 = 900;

/// How long it is remembered by which way a browser signed in.
const LAST_METHOD_SECONDS: i64 = 365 * 24 * 3_600;

/// What the password is called among the ways in; no provider can be called so.
pub const BY_PASSWORD: &str = "password";

/// How long a form's outcome waits to be read.
const FLASH_SECONDS: i64 = 300;

/// Most bytes of form state in one cookie: encrypted and encoded it stays under the 4,096 that browsers take.
const PIECE: usize = 2_800;
/// Most cookies of form state; together they are less than half of the headers that the server takes.
const MOST_PIECES: usize = 4;

/// The session cookie's name. The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain` (RFC 6265bis 4.1.3).
pub const fn session_name(secure: bool) -> &'static str {
    if secure { "__Host-session" } else { "session" }
}

/// The form-state cookie's name.
pub const fn flash_name(secure: bool) -> &'static str {
    if secure { "__Host-form" } else { "form" }
}

/// The name of the cookie by which a browser is known at its next sign-in. It goes nowhere but there, so that it cannot
/// carry `__Host-`, which asks for `Path=/`.
pub const fn device_name(secure: bool) -> &'static str {
    if secure { "__Secure-device" } else { "device" }
}

/// The value of the request's session cookie, when there is exactly one and it can be one of ours: 1 to 128 characters
/// of base64url.
pub fn session_secret(headers: &HeaderMap, secure: bool) -> Option<String> {
    let value = only_value(headers, session_name(secure))?;
    let ours = (1..=128).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    ours.then_some(value)
}

/// The cookie that keeps a browser signed in. It ends with the window unless the person asked to be remembered.
pub fn session(new: &NewSession, now: Timestamp, secure: bool) -> Cookie<'static> {
    let mut cookie = plain(session_name(secure), new.secret.expose().to_owned(), secure);
    if new.remembered {
        let left = new.expires_at.and_then(|end| i64::try_from(end.since(now).as_secs()).ok());
        cookie.set_max_age(Duration::seconds(left.unwrap_or(LONGEST_SECONDS).min(LONGEST_SECONDS)));
    }
    cookie
}

/// The cookie of a browser that stays signed in for ever, again: no browser keeps one for longer than 400 days.
pub fn renewed_session(secret: String, secure: bool) -> Cookie<'static> {
    let mut cookie = plain(session_name(secure), secret, secure);
    cookie.set_max_age(Duration::seconds(LONGEST_SECONDS));
    cookie
}

/// By what the browser was known at an earlier sign-in.
pub fn device_mark(headers: &HeaderMap, secure: bool) -> Option<Secret> {
    only_value(headers, device_name(secure)).map(Secret::new)
}

/// The cookies by which the browser is known at its next sign-in, kept as long as browsers keep one: one for the password,
/// one for providers.
pub fn device(mark: &Secret, secure: bool) -> [Cookie<'static>; 2] {
    [crate::paths::actions::SIGN_IN, crate::paths::PROVIDERS].map(|path| {
        let mut cookie = plain(device_name(secure), mark.expose().to_owned(), secure);
        cookie.set_path(path);
        cookie.set_max_age(Duration::seconds(LONGEST_SECONDS));
        cookie
    })
}

/// The name of the cookie that a browser carries to a provider and back.
const fn browser_name(secure: bool) -> &'static str {
    if secure { "__Host-flow" } else { "flow" }
}

/// What binds a journey to a provider to this browser.
pub fn browser_mark(headers: &HeaderMap, secure: bool) -> Option<Secret> {
    only_value(headers, browser_name(secure)).map(Secret::new)
}

/// Binds the journeys of the next minutes to this browser; all of its tabs share it. `Lax`, because the way back begins at
/// the provider's site.
pub fn keep_browser_mark(mark: &Secret, secure: bool) -> Cookie<'static> {
    let mut cookie = plain(browser_name(secure), mark.expose().to_owned(), secure);
    cookie.set_max_age(Duration::seconds(JOURNEY_SECONDS));
    cookie
}

/// The name of the cookie that names the sign-in at a provider which waits for something more.
const fn pending_name(secure: bool) -> &'static str {
    if secure { "__Host-pending" } else { "pending" }
}

/// Which sign-in at a provider waits for this browser.
pub fn pending(headers: &HeaderMap, secure: bool) -> Option<Secret> {
    only_value(headers, pending_name(secure)).map(Secret::new)
}

/// Lets a sign-in at a provider wait for this browser.
pub fn keep_pending(pending: &Secret, secure: bool) -> Cookie<'static> {
    let mut cookie = plain(pending_name(secure), pending.expose().to_owned(), secure);
    cookie.set_max_age(Duration::seconds(PENDING_SECONDS));
    cookie
}

/// Lets none wait any more.
pub fn clear_pending(secure: bool) -> Cookie<'static> {
    cleared(pending_name(secure), secure)
}

/// The name of the cookie that says by which way this browser signed in last. It is no secret and decides nothing.
const LAST_METHOD: &str = "vestibule_last_method";

/// By which way this browser signed in last: a provider's name, or [`BY_PASSWORD`].
pub fn last_method(headers: &HeaderMap) -> Option<String> {
    only_value(headers, LAST_METHOD).filter(|name| name == BY_PASSWORD || provider_name(name).is_ok())
}

/// Remembers by which way this browser signed in. It goes to the sign-in page alone, so that every other page stays the
/// same for strangers.
pub fn keep_last_method(name: &str, secure: bool) -> Cookie<'static> {
    let mut cookie = plain(LAST_METHOD, name.to_owned(), secure);
    cookie.set_path(crate::paths::LOGIN);
    cookie.set_max_age(Duration::seconds(LAST_METHOD_SECONDS));
    cookie
}

/// Takes the session cookie away.
pub fn clear_session(secure: bool) -> Cookie<'static> {
    cleared(session_name(secure), secure)
}

/// Takes the form-state cookies away that the request brought.
pub fn clear_flash(secure: bool, headers: &HeaderMap) -> Vec<Cookie<'static>> {
    let brought = (0..MOST_PIECES).map(|at| piece_name(secure, at));
    brought.filter(|name| only_value(headers, name).is_some()).map(|name| cleared(name, secure)).collect()
}

/// The sealed form-state cookies: one, unless much was typed.
pub fn flash(site: &Site, flash: &Flash) -> Vec<Cookie<'static>> {
    seal(&site.domain.derive_key("form-state"), site.secure_cookies, flash, site.domain.now())
}

/// The form state the request brings, if it is whole, ours and not too old.
pub fn open_flash(site: &Site, headers: &HeaderMap) -> Option<Flash> {
    // The key is derived only for the few requests that bring the cookie at all.
    only_value(headers, flash_name(site.secure_cookies))?;
    open(&site.domain.derive_key("form-state"), site.secure_cookies, headers, site.domain.now())
}

/// The name of the piece of form state at `at`.
fn piece_name(secure: bool, at: usize) -> String {
    let name = flash_name(secure);
    if at == 0 { name.to_owned() } else { format!("{name}{at}") }
}

fn seal(key: &[u8; 64], secure: bool, flash: &Flash, now: Timestamp) -> Vec<Cookie<'static>> {
    let text =
        |flash: &Flash| serde_json::to_string(&Sealed { at: now, flash: flash.clone() }).unwrap_or_default();
    let whole = text(flash);
    let mut pieces = pieces(&whole);
    let least = text(&flash.without_values());
    if pieces.len() > MOST_PIECES {
        pieces = self::pieces(&least);
        pieces.truncate(MOST_PIECES);
    }
    let count = pieces.len();
    let sealed = pieces.into_iter().enumerate();
    sealed.map(|(at, piece)| seal_piece(key, secure, at, &format!("{count}.{}.{piece}", now.0))).collect()
}

fn seal_piece(key: &[u8; 64], secure: bool, at: usize, text: &str) -> Cookie<'static> {
    let name = piece_name(secure, at);
    let mut jar = CookieJar::new();
    jar.private_mut(&Key::from(key)).add(Cookie::new(name.clone(), text.to_owned()));
    let value = jar.get(&name).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    let mut cookie = plain(name, value, secure);
    cookie.set_max_age(Duration::seconds(FLASH_SECONDS));
    cookie
}

/// Cuts a text between characters into pieces of at most [`PIECE`] bytes.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while rest.len() > PIECE {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

fn open(key: &[u8; 64], secure: bool, headers: &HeaderMap, now: Timestamp) -> Option<Flash> {
    // Every piece says how many there are and when they were sealed, so that those of two forms never mix.
    let (mark, mut text) = open_piece(key, secure, headers, 0)?;
    let count: usize = mark.split_once('.')?.0.parse().ok()?;
    for at in 1..count.min(MOST_PIECES) {
        let (same, piece) = open_piece(key, secure, headers, at)?;
        if same != mark {
            return None;
        }
        text.push_str(&piece);
    }
    let sealed: Sealed = serde_json::from_str(&text).ok()?;
    let age = now.seconds().saturating_sub(sealed.at.seconds());
    (0..=FLASH_SECONDS).contains(&age).then_some(sealed.flash)
}

/// The mark and the text of a piece.
fn open_piece(key: &[u8; 64], secure: bool, headers: &HeaderMap, at: usize) -> Option<(String, String)> {
    let name = piece_name(secure, at);
    let mut jar = CookieJar::new();
    jar.add_original(Cookie::new(name.clone(), only_value(headers, &name)?));
    let plain = jar.private(&Key::from(key)).get(&name)?;
    let mut parts = plain.value().splitn(3, '.');
    let (count, at, text) = (parts.next()?, parts.next()?, parts.next()?);
    Some((format!("{count}.{at}"), text.to_owned()))
}

fn plain(name: impl Into<Cow<'static, str>>, value: String, secure: bool) -> Cookie<'static> {
    Cookie::build((name.into(), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .build()
}

fn cleared(name: impl Into<Cow<'static, str>>, secure: bool) -> Cookie<'static> {
    let mut cookie = plain(name, String::new(), secure);
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// The value of the cookie called `name`; nothing when it is absent or there twice, because then somebody else set one.
/// What stands in other cookies does not matter: a neighbouring site may have put any bytes there.
fn only_value(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs =
        headers.get_all(header::COOKIE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let named = pairs.filter_map(|pair| pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    let ours = named.collect::<Vec<_>>();
    let [value] = ours.as_slice() else { return None };
    std::str::from_utf8(value).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use vestibule_model::{Error, Problem};

    const KEY: [u8; 64] = [7; 64];

    fn state() -> Flash {
        Flash::failed(
            "/register?next=/x",
            Error::invalid("email", Problem::Malformed),
            &[("email", "\u{1}é\"; Path=/<b>")],
        )
    }

    fn sent_back(cookies: &[Cookie<'_>]) -> HeaderMap {
        let pairs = cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value()));
        let line = format!("a=b; {}", pairs.collect::<Vec<_>>().join("; "));
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&line).unwrap())])
    }

    #[test]
    fn form_state_comes_back_whole_within_five_minutes() {
        let now = Timestamp::from_seconds(1_000);
        for secure in [true, false] {
            let cookies = seal(&KEY, secure, &state(), now);
            assert_eq!(cookies.len(), 1);
            let back = open(&KEY, secure, &sent_back(&cookies), Timestamp::from_seconds(1_300)).unwrap();
            assert_eq!(back, state());
            assert!(back.is_for("/register"));
            assert_eq!(back.value("email"), "é\"; Path=/<b>");
            assert_eq!(open(&KEY, secure, &sent_back(&cookies), Timestamp::from_seconds(1_301)), None);
        }
    }

    #[test]
    fn form_state_that_was_touched_is_nothing() {
        let now = Timestamp::from_seconds(1_000);
        let cookie = seal(&KEY, true, &state(), now).remove(0);
        assert!(!cookie.value().contains("register"));
        for at in 0..cookie.value().len() {
            let mut touched = cookie.value().to_owned().into_bytes();
            touched[at] = if touched[at] == b'A' { b'B' } else { b'A' };
            let touched = Cookie::new("__Host-form", String::from_utf8(touched).unwrap());
            assert_eq!(open(&KEY, true, &sent_back(&[touched]), now), None, "byte {at}");
        }
        assert_eq!(open(&[8; 64], true, &sent_back(std::slice::from_ref(&cookie)), now), None);
        let renamed = Cookie::new("form", cookie.value().to_owned());
        assert_eq!(open(&KEY, false, &sent_back(&[renamed]), now), None);
    }

    #[test]
    fn form_state_fits_into_a_cookie_whatever_was_typed() {
        let long = "\u{7}\"\\😀".repeat(30_000);
        let values: Vec<_> = ["a", "b", "c", "d", "e"].iter().map(|name| (*name, long.as_str())).collect();
        let fields = ["email", "name", "password", "username"];
        let fields = fields.map(|field| vestibule_model::FieldError {
            field: field.into(),
            problem: Problem::TooLong { max: 256 },
        });
        let flash = Flash::failed("/register", Error::Invalid { fields: fields.into() }, &values);
        let cookies = seal(&KEY, true, &flash, Timestamp(0));
        assert!(
            (2..=MOST_PIECES).contains(&cookies.len())
                && cookies.iter().all(|cookie| cookie.to_string().len() < 4_096)
        );
        assert_eq!(open(&KEY, true, &sent_back(&cookies), Timestamp(0)), Some(flash.clone()));
        let other = seal(&KEY, true, &flash, Timestamp(1));
        assert_eq!(open(&KEY, true, &sent_back(&[cookies[0].clone(), other[1].clone()]), Timestamp(0)), None);
        assert_eq!(clear_flash(true, &sent_back(&cookies)).len(), cookies.len());
        let bio = "Zwölf Zeilen\n".repeat(40);
        let kept = seal(&KEY, true, &Flash::carrying("/account/profile", &[("bio", &bio)]), Timestamp(0));
        assert_eq!(open(&KEY, true, &sent_back(&kept), Timestamp(0)).unwrap().value("bio"), bio);
    }

    #[test]
    fn cookies_carry_every_attribute() {
        let new = NewSession {
            secret: Secret::new("s3cret"),
            expires_at: Some(Timestamp::from_seconds(90)),
            remembered: false,
            deletion_cancelled: false,
            reactivated: false,
            device: None,
        };
        let known = device(&Secret::new("d3vice"), true).map(|cookie| cookie.to_string());
        let line = |path| {
            format!("__Secure-device=d3vice; HttpOnly; SameSite=Lax; Secure; Path={path}; Max-Age=34560000")
        };
        assert_eq!(known, ["/fn/auth/sign-in", "/auth"].map(line));
        let line = session(&new, Timestamp(0), true).to_string();
        assert_eq!(line, "__Host-session=s3cret; HttpOnly; SameSite=Lax; Secure; Path=/");
        let remembered = NewSession { remembered: true, ..new };
        let line = session(&remembered, Timestamp(0), false).to_string();
        assert_eq!(line, "session=s3cret; HttpOnly; SameSite=Lax; Path=/; Max-Age=90");
        let endless =
            session(&NewSession { expires_at: None, ..remembered }, Timestamp(0), false).to_string();
        assert!(endless.ends_with("; Max-Age=34560000"), "{endless}");
        let flow = keep_browser_mark(&Secret::new("m4rk"), true).to_string();
        assert_eq!(flow, "__Host-flow=m4rk; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600");
        let waits = keep_pending(&Secret::new("p3nding"), false).to_string();
        assert_eq!(waits, "pending=p3nding; HttpOnly; SameSite=Lax; Path=/; Max-Age=900");
        assert_eq!(
            clear_session(true).to_string(),
            "__Host-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"
        );
    }

    #[test]
    fn the_last_way_in_is_a_word_of_ours_or_none() {
        let line = keep_last_method("google", true).to_string();
        assert_eq!(
            line,
            "vestibule_last_method=google; HttpOnly; SameSite=Lax; Secure; Path=/login; Max-Age=31536000"
        );
        let read = |line: &str| last_method(&HeaderMap::from_iter([(header::COOKIE, line.parse().unwrap())]));
        assert_eq!(read("vestibule_last_method=google").as_deref(), Some("google"));
        assert_eq!(read("a=b; vestibule_last_method=password").as_deref(), Some(BY_PASSWORD));
        for line in [
            "vestibule_last_method=<b>",
            "vestibule_last_method=",
            "vestibule_last_method=a;vestibule_last_method=b",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn a_session_cookie_that_is_doubled_or_malformed_is_none() {
        let read = |line: &str| {
            session_secret(&HeaderMap::from_iter([(header::COOKIE, line.parse().unwrap())]), true)
        };
        assert_eq!(read("a=b; __Host-session=abc-_1").as_deref(), Some("abc-_1"));
        for line in [
            "session=abc",
            "__Host-session=a; __Host-session=b",
            "__Host-session=",
            "__Host-session=a b",
            "x__Host-session=a",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(read("tossed=\u{e9}; __Host-session=abc").as_deref(), Some("abc"));
    }
}
