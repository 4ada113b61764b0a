//! The outermost floor: gives a request its id and its caller, and every answer its final form. An error becomes a
//! problem document or, for a browser's navigation, the styled error page, here and nowhere else. Requests from banned
//! addresses end here.

use super::metrics::{Figures, InFlight};
use super::request_id::RequestId;
use super::{AppState, Refusal, actor, client, cross_site, guard, headers, offences, pages, problem};
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, Method, StatusCode};
use std::any::Any;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::time::Instant;
use tower::Service;
use vestibule_domain::{abuse, bans};
use vestibule_model::Error;

/// The whole program as one function from a request to its answer. Cheap to clone.
#[derive(Clone)]
pub struct Program {
    routes: Router,
    state: Arc<AppState>,
}

/// What is known of a request from its first moment on; every request carries it.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// The address at the other end of the connection, unmapped; nothing where there is no connection.
    pub peer: Option<IpAddr>,
    /// The caller's address (see `client.rs`).
    pub address: Option<IpAddr>,
    /// The request's id.
    pub id: RequestId,
}

impl Program {
    pub(super) fn new(routes: Router, state: Arc<AppState>) -> Self {
        Self { routes, state }
    }

    /// Takes a request in and sees its answer out. `peer`: the other end of the connection.
    ///
    /// # Errors
    /// None.
    pub async fn answer(
        mut self,
        peer: Option<SocketAddr>,
        mut request: Request,
    ) -> Result<Response, Infallible> {
        let (_flight, begun) = (InFlight::begin(), Instant::now());
        let id = RequestId::of(request.headers());
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let page = !self.state.is_api(uri.path()) && guard::accepts_page(request.headers());
        let audience = if page { Audience::Browser(cookies(request.headers())) } else { Audience::Program };
        let peer = peer.map(|peer| peer.ip().to_canonical());
        let trusted = &self.state.options.trusted_proxies;
        let address = client::address(peer, request.headers(), trusted);
        if let Some(peer) = peer.filter(|peer| client::is_unnamed_proxy(*peer, request.headers(), trusted)) {
            abuse::spare(&self.state.domain, peer);
        }
        let embedded = cross_site::is_embedded(&method, request.headers());
        let extensions = request.extensions_mut();
        extensions.insert(Arrived { peer, address, id });
        extensions.insert(Arc::clone(&self.state));
        // Before anything else is looked at, and whatever was asked for.
        let banned = address.and_then(|address| bans::on_address(&self.state.domain, address));
        let mut response = match banned {
            Some(held) => Refusal(bans::refusal_of(held)).into_response(),
            None => self.run_in_time(id, address, request).await,
        };
        let figures = response.extensions_mut().remove::<Arc<Figures>>();
        // A browser keeps it from the page that asked. So does this, or whoever says that they are one would look around
        // without it being held against them.
        if embedded && banned.is_none() && !cross_site::is_for_others(&response) {
            response = Refusal(Error::CrossSite).into_response();
        }
        let error = error_of(&mut response, id.as_str());
        let offence = offences::of(error.as_ref(), response.status(), uri.path());
        if let Some(offence) = offence.filter(|_| !embedded) {
            abuse::note(&self.state.domain, address, offence, Some(uri.path()));
        }
        if let Some(error) = error {
            response = Box::pin(told(&self.state, response, error, id, audience)).await;
        }
        headers::finish(&self.state, uri.path(), &id, response.headers_mut());
        note(&method, uri.path(), response.status(), id.as_str());
        let figures = figures.as_deref().unwrap_or_else(|| Figures::of_none());
        figures.answered(&method, response.status(), begun.elapsed());
        Ok(response)
    }
}

impl Program {
    /// What the routes answer; later, where too much came from `address` before.
    async fn run_in_time(&mut self, id: RequestId, address: Option<IpAddr>, request: Request) -> Response {
        if let Some(address) = address
            && !abuse::delay(&self.state.domain, address).is_zero()
            && let Err(error) = Box::pin(abuse::hold_back(&self.state.domain, address)).await
        {
            return Refusal(error).into_response();
        }
        run(&mut self.routes, id, request).await
    }
}

/// For whoever wants a tower service: the program behind a router's fallback. The peer is that of the router's
/// [`ConnectInfo`], if it has one.
impl From<Program> for Router {
    fn from(program: Program) -> Self {
        Self::new().fallback_service(tower::service_fn(move |request: Request| {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
            program.clone().answer(peer, request)
        }))
    }
}

/// What the routes answer. A panic ends its request, not the process; what is logged meanwhile carries the id.
async fn run(routes: &mut Router, id: RequestId, request: Request) -> Response {
    let mut running = routes.call(request);
    poll_fn(|context| {
        let poll = AssertUnwindSafe(|| Pin::new(&mut running).poll(context));
        match id.during(|| catch_unwind(poll)) {
            Ok(polled) => polled.map(|Ok(response)| response),
            Err(cause) => Poll::Ready(panicked(&*cause, id)),
        }
    })
    .await
}

/// Who reads an error.
enum Audience {
    /// A program: a problem document.
    Program,
    /// A browser's navigation, with the cookies it sent: a page.
    Browser(HeaderMap),
}

fn cookies(headers: &HeaderMap) -> HeaderMap {
    headers.get_all(COOKIE).iter().map(|cookie| (COOKIE, cookie.clone())).collect()
}

/// Writes an error's text, now that id and audience are known.
async fn told(
    state: &AppState,
    response: Response,
    error: Error,
    id: RequestId,
    audience: Audience,
) -> Response {
    let now = state.domain.now();
    let mut told = match audience {
        Audience::Program => problem::as_json(&error, id.as_str(), now),
        Audience::Browser(cookies) => {
            // Only for the page's header: whoever cannot be found out is shown none, and nobody is looked for among the banned.
            let banned = matches!(error, Error::AddressBanned { .. });
            let actor = if banned { None } else { actor::by_cookie(state, &cookies).await.ok() };
            let mut told = pages::error(&state.domain, actor, &error, id.as_str());
            problem::add_headers(told.headers_mut(), &error, now);
            told
        }
    };
    for (name, value) in response.headers() {
        if ![CONTENT_LENGTH, CONTENT_TYPE].contains(name) && !told.headers().contains_key(name) {
            told.headers_mut().append(name, value.clone());
        }
    }
    told
}

/// The error an answer stands for: the one a handler refused with, or what a framework's bare status means.
fn error_of(response: &mut Response, id: &str) -> Option<Error> {
    if let Some(Refusal(error)) = response.extensions_mut().remove::<Refusal>() {
        return Some(error);
    }
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let content = response.headers().get(CONTENT_TYPE).and_then(|content| content.to_str().ok());
    let bare = content.is_none_or(|content| content.starts_with("text/plain"));
    bare.then(|| problem::by_status(status, id))
}

/// One line a request. Never the query: tokens of mailed links stand there.
fn note(method: &Method, path: &str, status: StatusCode, id: &str) {
    let status = status.as_u16();
    if status >= 500 {
        tracing::warn!(%method, path, status, id, "answered");
    } else {
        tracing::debug!(%method, path, status, id, "answered");
    }
}

/// What a panic of a handler becomes: logged once, answered as [`Error::Internal`].
fn panicked(cause: &(dyn Any + Send), id: RequestId) -> Response {
    let text =
        cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    let id = id.as_str().to_owned();
    tracing::error!(id, cause = text.unwrap_or("no text"), "a handler panicked");
    Refusal(Error::Internal { id }).into_response()
}

/// The caller of a request, as the domain knows one.
pub(super) fn caller(request: &http::request::Parts) -> Option<vestibule_domain::Client> {
    let arrived = request.extensions.get::<Arrived>()?;
    Some(vestibule_domain::Client {
        address: arrived.address,
        user_agent: client::user_agent(&request.headers),
        request_id: Some(arrived.id.as_str().to_owned()),
    })
}
