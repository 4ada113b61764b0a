//! The guard at every route: what must hold before a handler runs, in the order of DESIGN 3. It is put there by
//! `policy.rs`, which knows no other way to mount a route, so none can be without it.

use super::policy::Family;
use super::{AppState, Refusal, actor, client, cross_site, limits, proof};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{ACCEPT, CONTENT_TYPE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::borrow::Cow;
use std::sync::Arc;
use vestibule_app::server::cookies;
use vestibule_domain::endpoints::{Policy, Proof, Who};
use vestibule_domain::{Actor, Client, auth};
use vestibule_model::{Error, Result, links};

/// What a route states, and where it stands.
#[derive(Clone)]
pub struct Gate {
    /// What the route states about itself.
    pub policy: Policy,
    /// Which credential it knows.
    pub family: Family,
    /// What every request needs.
    pub state: Arc<AppState>,
}

/// Body size → site of origin → credential and state of the account → permission → recent proof → body → handler.
pub async fn stand(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let patience = gate.state.options.request_timeout;
    let (mut parts, body) = request.into_parts();
    let renewed = match gate.admit(&parts).await {
        Ok(actor) => {
            let renewed = gate.renewed_cookie(&actor, &parts);
            parts.extensions.insert(actor);
            renewed
        }
        Err(Error::SignInFirst) if gate.shows_login(&parts) => return to_login(&parts).into_response(),
        Err(Error::ProveAgain) if gate.shows_login(&parts) => {
            return proof::ask(&gate, Request::from_parts(parts, body)).await;
        }
        Err(error) => return Refusal(error).into_response(),
    };
    let request =
        match limits::read_body(Request::from_parts(parts, body), gate.policy.body_limit, patience).await {
            Ok(request) => request,
            Err(error) => return Refusal(error).into_response(),
        };
    let patience = limits::patience_with(gate.policy.body_limit, patience);
    let mut answer = tokio::time::timeout(patience, next.run(request))
        .await
        .unwrap_or_else(|_| Refusal(Error::Unavailable).into_response());
    if let Some(cookie) = renewed.filter(|_| is_plain_page(&answer)) {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    answer
}

/// Whether the answer is a page that brings no cookie: a picture is kept by browsers for long, and an answer that brings one
/// may end the session whose cookie would come with it.
fn is_plain_page(answer: &Response) -> bool {
    let headers = answer.headers();
    let html = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    answer.status() == StatusCode::OK && html && !headers.contains_key(SET_COOKIE)
}

impl Gate {
    async fn admit(&self, request: &Parts) -> Result<Actor> {
        limits::check_head(request, self.policy.body_limit)?;
        let by_cookie = matches!(self.family, Family::Page | Family::Function);
        if by_cookie {
            cross_site::check(&request.method, &request.headers, &self.state.origin)?;
        }
        if self.policy.who == Who::Loopback && !self.is_local(request) {
            return Err(Error::NotFound);
        }
        let actor = self.actor(request).await?;
        check_key(&self.policy, &request.method, &actor)?;
        allow(self.policy.who, &actor)?;
        if let (Proof::Recent | Proof::RecentFor(_), Actor::Person(person)) = (self.policy.proof, &actor) {
            auth::check_proof(&self.state.domain, person)?;
        }
        Ok(actor)
    }

    /// The session cookie again, for a browser that stays signed in for ever: it would not keep it for so long. Pages
    /// alone bring it, because what they answer to changes no session.
    fn renewed_cookie(&self, actor: &Actor, request: &Parts) -> Option<HeaderValue> {
        let endless = matches!(actor, Actor::Person(person) if person.endless);
        if self.family != Family::Page || !endless {
            return None;
        }
        let secret = cookies::session_secret(&request.headers, self.state.secure_cookies)?;
        let cookie = cookies::renewed_session(secret, self.state.secure_cookies);
        HeaderValue::from_str(&cookie.to_string()).ok()
    }

    fn is_local(&self, request: &Parts) -> bool {
        self.state.dev_mail && client::is_local(client::peer(&request.extensions), &request.headers)
    }

    /// Who asks. Where anyone may, a credential that is no longer good must not lock its owner out of signing in again
    /// or refreshing, so there it counts as none.
    async fn actor(&self, request: &Parts) -> Result<Actor> {
        match self.family {
            Family::Plain => Ok(Actor::Anonymous),
            Family::Page | Family::Function => actor::by_cookie(&self.state, &request.headers).await,
            Family::Api => {
                let address = request.extensions.get::<Client>().and_then(|client| client.address);
                match actor::by_header(&self.state, &request.headers, &request.uri, address).await {
                    Err(Error::BadToken) if self.policy.who == Who::Anyone => Ok(Actor::Anonymous),
                    found => found,
                }
            }
        }
    }

    /// Whether a stranger is led to the sign-in page instead of being told of an error.
    fn shows_login(&self, request: &Parts) -> bool {
        matches!(self.family, Family::Page | Family::Function) && accepts_page(&request.headers)
    }
}

/// What an API key may nowhere, and what one that only reads may not (RFC 9110 9.2.1).
fn check_key(policy: &Policy, method: &Method, actor: &Actor) -> Result<()> {
    let Actor::Person(person) = actor else { return Ok(()) };
    match &person.key {
        Some(_) if !policy.takes_keys() => Err(Error::KeyNotTaken),
        Some(key) if key.read_only && !method.is_safe() => Err(Error::KeyReadOnly),
        _ => Ok(()),
    }
}

fn allow(who: Who, actor: &Actor) -> Result<()> {
    match (who, actor) {
        (Who::SignedIn | Who::Permitted(_), Actor::Anonymous) => Err(Error::SignInFirst),
        (Who::Permitted(name), actor) if !actor.holds(name) => {
            Err(Error::NotAllowed { permission: Cow::Borrowed(name) })
        }
        (Who::Anyone | Who::Loopback | Who::SignedIn | Who::Permitted(_), _) => Ok(()),
    }
}

/// Whether the caller would rather see a page than a document: a browser's navigation.
pub fn accepts_page(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Leads to the sign-in page, and back afterwards when it was a page that was asked for.
fn to_login(request: &Parts) -> Redirect {
    if request.method != Method::GET {
        return Redirect::to(links::LOGIN);
    }
    let wanted = request.uri.path_and_query().map_or("/", |path| path.as_str());
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
    Redirect::to(&format!("{}?{query}", links::LOGIN))
}
