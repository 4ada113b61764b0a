//! The way to a provider and back, as browsers go it. The button of a page posts here; what comes back is decided in
//! `vestibule_domain::social`, and leads on to a page. What a provider says of an error is a stranger's text: it is shown to
//! nobody. Mounted by `router.rs`.

use super::extract::Caller;
use super::problem::Answer;
use super::{AppState, headers};
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::header::{CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use leptos::nonce::Nonce;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vestibule_app::server::{Flash, Site, cookies};
use vestibule_app::text::Notice;
use vestibule_app::{Frame, going_page, paths};
use vestibule_domain::social::{self, Back, Callback, Came, Lost, Start};
use vestibule_domain::{Actor, Client, Domain, Person, auth};
use vestibule_model::social::{Purpose, StartForm};
use vestibule_model::{Error, Result, Secret};

/// What a provider sends back (RFC 6749 4.1.2, RFC 9207); everything else it says is left out.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Sent {
    #[serde(default)]
    state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
}

/// Takes a browser to a provider: by a page that leads on, since the content security policy lets forms lead nowhere but here.
pub(crate) async fn start(
    State(domain): State<Domain>,
    Extension(state): Extension<Arc<AppState>>,
    (Extension(site), Extension(actor)): (Extension<Site>, Extension<Actor>),
    Caller(client): Caller,
    Path(provider): Path<String>,
    headers: HeaderMap,
    form: std::result::Result<Form<StartForm>, FormRejection>,
) -> Answer<Response> {
    let Form(form) = form.map_err(|_| Error::Malformed)?;
    let next = if form.next.is_empty() { "" } else { paths::next_page(&form.next) };
    let browser = cookies::browser_mark(&headers, site.secure_cookies);
    let start = Start {
        purpose: form.purpose,
        next,
        remember: form.remember == "true",
        by: actor.person().ok(),
        browser: browser.as_ref(),
    };
    match social::start(&domain, &provider, start, &client).await {
        Ok(started) => {
            let mut answer = going(&domain, &state, actor, &started.label, &started.url);
            put(&mut answer, &[cookies::keep_browser_mark(&started.browser, site.secure_cookies)]);
            Ok(answer)
        }
        Err(error @ Error::NotFound) => Err(error.into()),
        Err(error) => {
            let lost = Lost { purpose: Some(form.purpose), next: next.to_owned(), ..Lost::from(error) };
            Ok(turned_back(&site, &actor, &lost))
        }
    }
}

fn going(domain: &Domain, state: &AppState, actor: Actor, label: &str, url: &str) -> Response {
    let nonce = Nonce::new();
    let open = domain.rules().accounts.registration_open;
    let frame = Frame { site_name: domain.site_name(), nonce: &nonce, actor: Some(actor), open };
    let mut answer = Html(going_page(frame, label, url)).into_response();
    if let Some(policy) = headers::page_policy(&nonce, false, state.reload.as_deref()) {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    quiet(answer)
}

/// Nobody is told the address of this answer: it holds what the provider sent.
fn quiet(mut answer: Response) -> Response {
    answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

/// A browser that comes back.
pub(crate) async fn come_back(
    State(domain): State<Domain>,
    Extension(site): Extension<Site>,
    Extension(actor): Extension<Actor>,
    Caller(client): Caller,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let sent: Sent = serde_urlencoded::from_str(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let browser = cookies::browser_mark(&headers, site.secure_cookies);
    let device = cookies::device_mark(&headers, site.secure_cookies);
    let back = Back { browser: browser.as_ref(), by: actor.person().ok(), device: device.as_ref() };
    let callback = Callback { state: sent.state, code: sent.code, error: sent.error, iss: sent.iss };
    let came = social::come_back(&domain, &provider, callback, back, &client).await;
    let answer = match came {
        Ok(came) => arrived(&site, actor.person().ok(), came, &client).await?,
        Err(lost) => turned_back(&site, &actor, &lost),
    };
    Ok(quiet(answer))
}

/// A provider that sends its answer as a form (OAuth 2.0 Form Post Response Mode): such a request comes without the cookies of
/// this site, and touches nothing. The browser brings the same to the address above, with them.
pub(crate) async fn posted_back(
    Path(provider): Path<String>,
    form: std::result::Result<Form<Sent>, FormRejection>,
) -> Answer<Response> {
    let sent = form.map(|Form(sent)| sent).unwrap_or_default();
    let query = serde_urlencoded::to_string(&sent).map_err(|_| Error::Malformed)?;
    Ok(quiet(Redirect::to(&format!("{}/callback?{query}", paths::provider(&provider))).into_response()))
}

async fn arrived(site: &Site, before: Option<&Person>, came: Came, client: &Client) -> Result<Response> {
    let secure = site.secure_cookies;
    Ok(match came {
        Came::SignedIn { session, next, provider, new: _ } => {
            // The cookie is about to be replaced: nobody could end the session that it names after that (C15).
            if let Some(before) = before {
                auth::sign_out(&site.domain, before, client).await?;
            }
            let woke = match (session.deletion_cancelled, session.reactivated) {
                (true, _) => Some(Notice::DeletionCancelled),
                (false, true) => Some(Notice::Reactivated),
                (false, false) => None,
            };
            let mut answer = to(if woke.is_some() { "" } else { &next }, paths::ACCOUNT);
            if let Some(notice) = woke {
                put(&mut answer, &cookies::flash(site, &Flash::done(paths::ACCOUNT, notice)));
            }
            put(&mut answer, &[cookies::session(&session, site.domain.now(), secure)]);
            if let Some(device) = &session.device {
                put(&mut answer, &cookies::device(device, secure));
            }
            put(&mut answer, &[cookies::keep_last_method(&provider, secure)]);
            answer
        }
        Came::Linked { next, already, .. } => {
            let notice = if already { Notice::IdentityKnown } else { Notice::IdentityLinked };
            let page = if next.is_empty() { paths::IDENTITIES } else { paths::next_page(&next) };
            let mut answer = Redirect::to(page).into_response();
            put(&mut answer, &cookies::flash(site, &Flash::done(page, notice)));
            answer
        }
        Came::Proved { session, next } => {
            let mut answer = to(&next, paths::ACCOUNT);
            if let Some(session) = session {
                put(&mut answer, &[cookies::session(&session, site.domain.now(), secure)]);
            }
            answer
        }
        Came::Finish { pending } => {
            let mut answer = Redirect::to(paths::FINISH).into_response();
            put(&mut answer, &[cookies::keep_pending(&pending, secure)]);
            answer
        }
        Came::Native { url } => to_app(&url),
    })
}

/// Back to where the journey began, which says why nothing came of it.
fn turned_back(site: &Site, actor: &Actor, lost: &Lost) -> Response {
    if let Some(url) = &lost.native {
        return to_app(url);
    }
    let known = actor.person().is_ok();
    let page = match lost.purpose {
        Some(Purpose::Link) => paths::IDENTITIES,
        Some(Purpose::Prove) if known => paths::PROVE,
        None if known => paths::IDENTITIES,
        Some(Purpose::SignIn | Purpose::Prove) | None => paths::LOGIN,
    };
    match &lost.error {
        Error::SignInFirst => to(&paths::with_query(paths::LOGIN, "next", page), paths::LOGIN),
        Error::ProveAgain => to(&paths::with_query(paths::PROVE, "next", page), paths::PROVE),
        error => {
            let address = paths::with_query(page, "next", &lost.next);
            let mut answer = Redirect::to(&address).into_response();
            put(&mut answer, &cookies::flash(site, &Flash::failed(page, error.clone(), &[])));
            answer
        }
    }
}

/// On to a page of this site.
fn to(next: &str, usual: &str) -> Response {
    let ours = next.starts_with(paths::LOGIN) || next.starts_with(paths::PROVE);
    let page = match next {
        "" => usual,
        next if ours => next,
        next => paths::next_page(next),
    };
    Redirect::to(page).into_response()
}

/// On to a native app: an address that the settings name, with what we added.
fn to_app(url: &str) -> Response {
    match HeaderValue::from_str(url) {
        Ok(location) => (StatusCode::FOUND, [(LOCATION, location)]).into_response(),
        Err(_) => Redirect::to(paths::LOGIN).into_response(),
    }
}

fn put(answer: &mut Response, cookies: &[cookie::Cookie<'static>]) {
    for cookie in cookies {
        if let Ok(line) = HeaderValue::from_str(&cookie.to_string()) {
            answer.headers_mut().append(SET_COOKIE, line);
        }
    }
}
