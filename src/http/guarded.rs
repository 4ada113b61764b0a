//! The guard as a layer: what stands between the router and a handler. Most requests have no body and are made by nobody or
//! by somebody who is known already; for those everything is settled before the handler is called, and no future of the
//! guard's own is made. What must be waited for is `guard.rs`'s, which also decides everything. Put there by `policy.rs`.

use super::allowance::Telling;
use super::guard::{self, Gate, Passage, Step};
use super::metrics::Figures;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{Route, future::RouteFuture};
use http::HeaderValue;
use http::request::Parts;
use hyper::body::Body as _;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tower::{Layer, Service};

/// Puts a gate before routes.
#[derive(Clone)]
pub(super) struct Guard(Arc<Gate>);

impl Guard {
    pub(super) fn at(gate: Gate) -> Self {
        Self(Arc::new(gate))
    }
}

impl Layer<Route> for Guard {
    type Service = Guarded;

    fn layer(&self, route: Route) -> Guarded {
        Guarded { gate: Arc::clone(&self.0), route }
    }
}

/// A route behind its gate.
#[derive(Clone)]
pub(super) struct Guarded {
    gate: Arc<Gate>,
    route: Route,
}

impl Service<Request> for Guarded {
    type Response = Response;
    type Error = Infallible;
    type Future = Counted;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Counted {
        Counted { passing: self.pass(request), figures: Some(Arc::clone(&self.gate.figures)) }
    }
}

impl Guarded {
    fn pass(&mut self, request: Request) -> Passing {
        let (mut parts, body) = request.into_parts();
        self.gate.introduce(&mut parts);
        let Passage { counting, step } = self.gate.pass_at_once(&parts);
        match step {
            Ok(Step::Admitted(actor)) if body.is_end_stream() => match self.gate.try_spend(&actor, &parts) {
                Some(Ok(spent)) => {
                    let telling = self.gate.settle(counting, spent, &mut parts.extensions);
                    let renewed = self.gate.renewed_cookie(&actor, &parts);
                    parts.extensions.insert(actor);
                    let request = Request::from_parts(parts, body);
                    let answer = Answering::new(self.route.call(request), self.gate.patience());
                    Passing::Known { answer, renewed, telling }
                }
                Some(Err(refused)) => Passing::Refused(Some(self.gate.refusal(counting, refused))),
                None => self.waiting(parts, body, Passage { counting, step: Ok(Step::Admitted(actor)) }),
            },
            step => self.waiting(parts, body, Passage { counting, step }),
        }
    }

    fn waiting(&self, parts: Parts, body: Body, passage: Passage) -> Passing {
        let (gate, route) = (Arc::clone(&self.gate), self.route.clone());
        Passing::Waiting(Box::pin(guard::stand(gate, route, parts, body, passage)))
    }
}

/// A request on its way through a gate, whose answer carries what it is counted by (`arrival.rs` counts it).
pub(super) struct Counted {
    passing: Passing,
    figures: Option<Arc<Figures>>,
}

impl Future for Counted {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut answer = ready!(Pin::new(&mut this.passing).poll(context));
        if let (Ok(answer), Some(figures)) = (&mut answer, this.figures.take()) {
            answer.extensions_mut().insert(figures);
        }
        Poll::Ready(answer)
    }
}

/// A request on its way through a gate.
#[expect(clippy::large_enum_variant, reason = "the large one is the common one, and what it saves is a box")]
pub(super) enum Passing {
    /// It was let through at once.
    Known {
        /// What the route answers.
        answer: Answering,
        /// What a plain page brings along (see [`Gate::renewed_cookie`]).
        renewed: Option<HeaderValue>,
        /// What limits tell.
        telling: Option<Telling>,
    },
    /// A quota refuses it; nothing once that was answered.
    Refused(Option<Response>),
    /// Something must be waited for, or it is refused.
    Waiting(Pin<Box<dyn Future<Output = Response> + Send>>),
}

impl Future for Passing {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Known { answer, renewed, telling } => {
                let answer = ready!(Pin::new(answer).poll(context));
                let answer = guard::with_telling(answer, telling.take());
                Poll::Ready(Ok(guard::with_renewed(answer, renewed.take())))
            }
            Self::Refused(answer) => answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer))),
            Self::Waiting(waiting) => waiting.as_mut().poll(context).map(Ok),
        }
    }
}

/// What a route answers, if it does so in time. The clock starts when the answer is not there at once: most are, and
/// setting an alarm for them would cost more than many of them do.
pub(super) struct Answering {
    running: RouteFuture<Infallible>,
    patience: Duration,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Answering {
    pub(super) fn new(running: RouteFuture<Infallible>, patience: Duration) -> Self {
        Self { running, patience, alarm: None }
    }
}

impl Future for Answering {
    type Output = Response;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        let this = self.get_mut();
        if let Poll::Ready(Ok(answer)) = Pin::new(&mut this.running).poll(context) {
            return Poll::Ready(answer);
        }
        let alarm = this.alarm.get_or_insert_with(|| Box::pin(sleep(this.patience)));
        alarm.as_mut().poll(context).map(|()| guard::too_late())
    }
}
