//! The guard at every route: what must hold before a handler runs, in the order of DESIGN 3. It is put there by
//! `policy.rs`, which knows no other way to mount a route, so none can be without it; `guarded.rs` is the layer.

use super::allowance::Telling;
use super::guarded::Answering;
use super::metrics::Figures;
use super::policy::Family;
use super::{AppState, Refusal, actor, arrival, client, cross_site, limits, proof};
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::Route;
use http::header::{ACCEPT, CONTENT_TYPE, SET_COOKIE};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tower::Service;
use vestibule_app::server::cookies;
use vestibule_domain::endpoints::{Policy, Proof, Who};
use vestibule_domain::limits::{Bookmark, Caller, Counting};
use vestibule_domain::quotas::{self, Refused, Spent};
use vestibule_domain::{Actor, abuse, auth, endpoints};
use vestibule_model::abuse::Offence;
use vestibule_model::limits::{Decision, Standing};
use vestibule_model::{Error, Result, links};

/// What a route states, and where it stands.
pub struct Gate {
    /// What the route states about itself.
    pub policy: Policy,
    /// Which credential it knows.
    pub family: Family,
    /// The limits that concern the route.
    pub(super) limits: Bookmark,
    /// The quotas that its calls spend from.
    pub(super) quotas: quotas::Route,
    /// What it answered so far.
    pub(super) figures: Arc<Figures>,
    /// What every request needs.
    pub state: Arc<AppState>,
}

/// How far a request came.
pub(super) enum Step {
    /// A store must be asked whether its address calls too often.
    Limits,
    /// The database must be asked who it is.
    Credential,
    /// A store must be asked whether its person calls too often.
    PersonalLimits(Actor),
    /// It may pass.
    Admitted(Actor),
}

/// A request before its gate.
pub(super) struct Passage {
    /// Its way past the limits, where there are any.
    pub(super) counting: Option<Counting>,
    /// How far it came without waiting, or why it may not pass.
    pub(super) step: Result<Step>,
}

/// Body size → site of origin → limits of the address → credential and state of the account → permission → recent proof →
/// limits of the person → body → quotas → handler. `passage`: what came out as far as nothing had to be waited for.
pub(super) async fn stand(
    gate: Arc<Gate>,
    mut route: Route,
    parts: Parts,
    body: Body,
    passage: Passage,
) -> Response {
    let Passage { mut counting, step } = passage;
    let admitted = match step {
        Ok(step) => gate.admit(&parts, &mut counting, step).await,
        Err(error) => Err(error),
    };
    let address = Gate::address(&parts);
    let Arrival { actor, renewed, mut request } = match arrive(&gate, parts, body, admitted).await {
        Ok(arrival) => arrival,
        Err(answer) => return with_telling(*answer, gate.telling(counting, Vec::new())),
    };
    match gate.spend(&actor, address).await {
        Ok(spent) => {
            let telling = gate.settle(counting, spent, request.extensions_mut());
            let answer = Answering::new(route.call(request), gate.patience()).await;
            with_telling(with_renewed(answer, renewed), telling)
        }
        Err(refused) => gate.refusal(counting, refused),
    }
}

/// A request that may pass, with its body.
struct Arrival {
    actor: Actor,
    renewed: Option<HeaderValue>,
    request: Request,
}

/// Reads the body of a request that was let in; what is answered where it was not.
async fn arrive(
    gate: &Arc<Gate>,
    mut parts: Parts,
    body: Body,
    admitted: Result<Actor>,
) -> Result<Arrival, Box<Response>> {
    let patience = gate.state.options.request_timeout;
    let refusal = |error| Box::new(Refusal(error).into_response());
    let actor = match admitted {
        Ok(actor) => actor,
        Err(Error::SignInFirst) if gate.shows_login(&parts) => {
            return Err(Box::new(to_login(&parts).into_response()));
        }
        Err(Error::ProveAgain) if gate.shows_login(&parts) => {
            return Err(Box::new(proof::ask(gate, Request::from_parts(parts, body)).await));
        }
        Err(error) => return Err(refusal(error)),
    };
    let renewed = gate.renewed_cookie(&actor, &parts);
    parts.extensions.insert(actor.clone());
    let request = Request::from_parts(parts, body);
    let request = limits::read_body(request, gate.policy.body_limit, patience).await.map_err(refusal)?;
    Ok(Arrival { actor, renewed, request })
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

/// The answer, with what limits tell.
pub(super) fn with_telling(mut answer: Response, telling: Option<Telling>) -> Response {
    if let Some(telling) = telling {
        telling.write(answer.headers_mut());
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
    /// Longest time for the answer.
    pub(super) fn patience(&self) -> Duration {
        limits::patience_with(self.policy.body_limit, self.state.options.request_timeout)
    }

    /// Puts what limits and quotas decided into the request, for its handler; what the answer tells of it. Where a call
    /// costs more than one unit its handler finds what was spent, as an `Arc<Spent>`, and may say what it really cost.
    pub(super) fn settle(
        &self,
        counting: Option<Counting>,
        mut spent: Spent,
        extensions: &mut Extensions,
    ) -> Option<Telling> {
        let standings = std::mem::take(&mut spent.standings);
        if self.policy.cost > 1 {
            extensions.insert(Arc::new(spent));
        }
        let decision = decided(counting, standings)?;
        let telling = Telling::new(&decision, self.state.domain.rules().limits.headers);
        extensions.insert(decision);
        telling
    }

    /// What the answer to a request tells of limits and quotas that reaches no handler.
    fn telling(&self, counting: Option<Counting>, standings: Vec<Standing>) -> Option<Telling> {
        Telling::new(&decided(counting, standings)?, self.state.domain.rules().limits.headers)
    }

    /// What is answered where a quota refused.
    pub(super) fn refusal(&self, counting: Option<Counting>, refused: Refused) -> Response {
        let telling = self.telling(counting, refused.standing.into_iter().collect());
        with_telling(Refusal(refused.error).into_response(), telling)
    }

    /// Spends what the call costs, where nothing must be waited for.
    pub(super) fn try_spend(&self, actor: &Actor, request: &Parts) -> Option<Result<Spent, Refused>> {
        let caller = quotas::Caller { actor, address: Self::address(request) };
        quotas::try_spend(&self.state.domain, &self.quotas, caller)
    }

    /// Spends what the call costs.
    async fn spend(&self, actor: &Actor, address: Option<IpAddr>) -> Result<Spent, Refused> {
        quotas::spend(&self.state.domain, &self.quotas, quotas::Caller { actor, address }).await
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

    /// Lets a request come as far as it can without waiting.
    pub(super) fn pass_at_once(&self, request: &Parts) -> Passage {
        if let Err(error) = self.check_head(request) {
            return Passage { counting: None, step: Err(error) };
        }
        let mut counting = Counting::begin(&self.state.domain, &self.limits);
        let step = self.step_at_once(request, &mut counting);
        Passage { counting, step }
    }

    fn step_at_once(&self, request: &Parts, counting: &mut Option<Counting>) -> Result<Step> {
        let domain = &self.state.domain;
        if let Some(counting) = counting {
            match counting.try_early(domain, Caller::new(Self::address(request), None)) {
                Some(decided) => decided?,
                None => return Ok(Step::Limits),
            }
        }
        let Some(actor) = self.known_actor(request) else { return Ok(Step::Credential) };
        self.let_in(&actor, request)?;
        if let Some(counting) = counting {
            match counting.try_late(domain, Caller::new(Self::address(request), Some(&actor))) {
                Some(decided) => decided?,
                None => return Ok(Step::PersonalLimits(actor)),
            }
        }
        Ok(Step::Admitted(actor))
    }

    fn check_head(&self, request: &Parts) -> Result<()> {
        limits::check_head(request, self.policy.body_limit)?;
        let by_cookie = matches!(self.family, Family::Page | Family::Function);
        if by_cookie {
            cross_site::check(&request.method, &request.headers, &self.state.origin)?;
        }
        if self.policy.who == Who::Loopback && !self.is_local(request) {
            return Err(Error::NotFound);
        }
        Ok(())
    }

    /// Goes on where something must be waited for.
    async fn admit(&self, request: &Parts, counting: &mut Option<Counting>, step: Step) -> Result<Actor> {
        let (domain, address) = (&self.state.domain, Self::address(request));
        if let (Step::Limits, Some(counting)) = (&step, counting.as_mut()) {
            counting.early(domain, Caller::new(address, None)).await?;
        }
        let actor = match step {
            Step::Admitted(actor) => return Ok(actor),
            Step::PersonalLimits(actor) => actor,
            Step::Limits | Step::Credential => {
                let actor = self.actor(request).await?;
                self.let_in(&actor, request)?;
                actor
            }
        };
        if let Some(counting) = counting {
            counting.late(domain, Caller::new(address, Some(&actor))).await?;
        }
        Ok(actor)
    }

    fn let_in(&self, actor: &Actor, request: &Parts) -> Result<()> {
        if let Actor::Person(person) = actor
            && self.policy.is_kept_from_blocked()
        {
            abuse::check_person(&self.state.domain, person.user)?;
        }
        check_key(&self.policy, &request.method, actor)
            .and_then(|()| allow(self.policy.who, actor))
            .and_then(|()| endpoints::check(&self.state.domain, &self.policy, actor))
            .map_err(|refused| {
                if let Actor::Person(person) = actor
                    && !self.is_lured(request)
                {
                    abuse::note_person(&self.state.domain, person, Offence::Refused);
                }
                if self.policy.hidden { Error::NotFound } else { refused }
            })?;
        if let (Proof::Recent | Proof::RecentFor(_), Actor::Person(person)) = (self.policy.proof, actor) {
            auth::check_proof(&self.state.domain, person)?;
        }
        Ok(())
    }

    /// Whether another site's page may have sent a browser here, with the cookie it has: that is not its person's doing.
    fn is_lured(&self, request: &Parts) -> bool {
        matches!(self.family, Family::Page | Family::Function) && cross_site::is_foreign(&request.headers)
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
                let address = || Self::address(request);
                actor::known_by_header(&self.state, &request.headers, &request.uri, address)
            }
        }
    }

    fn address(request: &Parts) -> Option<IpAddr> {
        request.extensions.get::<arrival::Arrived>()?.address
    }

    /// Who asks. Where anyone may, a credential that is no longer good must not lock its owner out of signing in again
    /// or refreshing, so there it counts as none.
    async fn actor(&self, request: &Parts) -> Result<Actor> {
        match self.family {
            Family::Plain => Ok(Actor::Anonymous),
            Family::Page | Family::Function => actor::by_cookie(&self.state, &request.headers).await,
            Family::Api => {
                let address = Self::address(request);
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

/// One decision of limits and quotas together; nothing where there is none.
fn decided(counting: Option<Counting>, standings: Vec<Standing>) -> Option<Arc<Decision>> {
    if counting.is_none() && standings.is_empty() {
        return None;
    }
    let mut decision = counting.map(Counting::into_decision).unwrap_or_default();
    decision.standings.extend(standings);
    Some(Arc::new(decision))
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
