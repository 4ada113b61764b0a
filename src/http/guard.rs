//! The guard at every route: what must hold before a handler runs, in the order of DESIGN 3. It is put there by
//! `policy.rs`, which knows no other way to mount a route, so none can be without it; `guarded.rs` is the layer.

use super::guarded::Answering;
use super::policy::Family;
use super::allowance::{self, Paid};
use super::{AppState, Refusal, actor, arrival, client, cross_site, limits, proof};
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::Route;
use http::header::{ACCEPT, CONTENT_TYPE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tower::Service;
use vestibule_app::server::cookies;
use vestibule_domain::endpoints::{Policy, Proof, Who};
use vestibule_domain::quotas::{self, Caller, Refused};
use vestibule_domain::{Actor, auth, endpoints};
use vestibule_model::{Error, Result, links};

/// What a route states, and where it stands.
pub struct Gate {
    /// What the route states about itself.
    pub policy: Policy,
    /// Which credential it knows.
    pub family: Family,
    /// What every request needs.
    pub state: Arc<AppState>,
    /// What its calls spend of quotas.
    pub(super) quotas: quotas::Route,
}

/// Body size → site of origin → credential and state of the account → permission → recent proof → body → quota → handler.
/// `known`: what came out as far as nothing had to be waited for.
pub(super) async fn stand(
    gate: Arc<Gate>,
    mut route: Route,
    mut parts: Parts,
    body: Body,
    known: Result<Option<Actor>>,
) -> Response {
    let patience = gate.state.options.request_timeout;
    let admitted = match known {
        Ok(Some(actor)) => Ok(actor),
        Ok(None) => gate.admit(&parts).await,
        Err(error) => Err(error),
    };
    let (renewed, actor) = match admitted {
        Ok(actor) => (gate.renewed_cookie(&actor, &parts), actor),
        Err(Error::SignInFirst) if gate.shows_login(&parts) => return to_login(&parts).into_response(),
        Err(Error::ProveAgain) if gate.shows_login(&parts) => {
            return proof::ask(&gate, Request::from_parts(parts, body)).await;
        }
        Err(error) => return Refusal(error).into_response(),
    };
    let address = gate.address(&parts);
    parts.extensions.insert(actor.clone());
    let mut request =
        match limits::read_body(Request::from_parts(parts, body), gate.policy.body_limit, patience).await {
            Ok(request) => request,
            Err(error) => return Refusal(error).into_response(),
        };
    let spent = match gate.spend(&actor, address).await {
        Ok(spent) => spent,
        Err(refused) => return allowance::refusal(refused),
    };
    if let Some(spent) = &spent {
        request.extensions_mut().insert(Arc::clone(spent));
    }
    let answer = Answering::new(route.call(request), gate.patience()).await;
    allowance::told(with_renewed(answer, renewed), spent.as_deref())
}

/// What is answered when a handler takes too long.
pub(super) fn too_late() -> Response {
    Refusal(Error::Unavailable).into_response()
}

/// The answer, with the cookie that was renewed where it is a plain page.
pub(super) fn with_renewed(mut answer: Response, renewed: Option<HeaderValue>) -> Response {
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
    /// The gate of a route of `family` that states `policy`.
    pub(super) fn new(policy: Policy, family: Family, state: Arc<AppState>) -> Self {
        Self { policy, family, state, quotas: quotas::Route::of(policy) }
    }

    /// Spends what the call costs, where nothing must be waited for.
    pub(super) fn try_spend(&self, actor: &Actor, request: &Parts) -> Option<Result<Paid, Refused>> {
        let caller = Caller { actor, address: self.address_of(actor, request) };
        let done = quotas::try_spend(&self.state.domain, &self.quotas, caller)?;
        Some(done.map(allowance::paid))
    }

    /// Spends what the call costs.
    async fn spend(&self, actor: &Actor, address: Option<IpAddr>) -> Result<Paid, Refused> {
        let caller = Caller { actor, address };
        if let Some(done) = quotas::try_spend(&self.state.domain, &self.quotas, caller) {
            return done.map(allowance::paid);
        }
        quotas::spend(&self.state.domain, &self.quotas, caller).await.map(allowance::paid)
    }

    /// The caller's address, where quotas ask for it.
    fn address_of(&self, actor: &Actor, request: &Parts) -> Option<IpAddr> {
        let asked = quotas::asks_for_address(&self.state.domain, &self.quotas, actor);
        asked.then(|| self.address(request)).flatten()
    }

    /// Longest time for the answer.
    pub(super) fn patience(&self) -> Duration {
        limits::patience_with(self.policy.body_limit, self.state.options.request_timeout)
    }

    /// Puts what pages and server functions ask for into their requests.
    pub(super) fn introduce(&self, request: &mut Parts) {
        if matches!(self.family, Family::Page | Family::Function) {
            if let Some(client) = arrival::caller(request) {
                request.extensions.insert(client);
            }
            request.extensions.insert(self.state.site());
        }
    }

    /// Lets in who is known already; `None` where the database must be asked who it is.
    pub(super) fn admit_known(&self, request: &Parts) -> Result<Option<Actor>> {
        limits::check_head(request, self.policy.body_limit)?;
        let by_cookie = matches!(self.family, Family::Page | Family::Function);
        if by_cookie {
            cross_site::check(&request.method, &request.headers, &self.state.origin)?;
        }
        if self.policy.who == Who::Loopback && !self.is_local(request) {
            return Err(Error::NotFound);
        }
        self.known_actor(request).map(|actor| self.let_in(request, actor)).transpose()
    }

    /// Finds out who asks, and lets them in.
    async fn admit(&self, request: &Parts) -> Result<Actor> {
        self.let_in(request, self.actor(request).await?)
    }

    fn let_in(&self, request: &Parts, actor: Actor) -> Result<Actor> {
        check_key(&self.policy, &request.method, &actor)
            .and_then(|()| allow(self.policy.who, &actor))
            .and_then(|()| endpoints::check(&self.state.domain, &self.policy, &actor))
            .map_err(|refused| if self.policy.hidden { Error::NotFound } else { refused })?;
        if let (Proof::Recent | Proof::RecentFor(_), Actor::Person(person)) = (self.policy.proof, &actor) {
            auth::check_proof(&self.state.domain, person)?;
        }
        Ok(actor)
    }

    /// The session cookie again, for a browser that stays signed in for ever: it would not keep it for so long. Pages
    /// alone bring it, because what they answer to changes no session.
    pub(super) fn renewed_cookie(&self, actor: &Actor, request: &Parts) -> Option<HeaderValue> {
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

    /// Who asks, where that is known without waiting.
    fn known_actor(&self, request: &Parts) -> Option<Actor> {
        match self.family {
            Family::Plain => Some(Actor::Anonymous),
            Family::Page | Family::Function => actor::known_by_cookie(&self.state, &request.headers),
            Family::Api => {
                let address = || self.address(request);
                actor::known_by_header(&self.state, &request.headers, &request.uri, address)
            }
        }
    }

    fn address(&self, request: &Parts) -> Option<IpAddr> {
        let peer = client::peer(&request.extensions);
        client::address(peer, &request.headers, &self.state.options.trusted_proxies)
    }

    /// Who asks. Where anyone may, a credential that is no longer good must not lock its owner out of signing in again
    /// or refreshing, so there it counts as none.
    async fn actor(&self, request: &Parts) -> Result<Actor> {
        match self.family {
            Family::Plain => Ok(Actor::Anonymous),
            Family::Page | Family::Function => actor::by_cookie(&self.state, &request.headers).await,
            Family::Api => {
                let address = self.address(request);
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
