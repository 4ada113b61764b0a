//! What Prometheus reads at `/metrics`: the figures of the domain, and those of HTTP, which are counted here. Routes are named
//! as they were mounted and methods as they are known, so that no caller invents a label. Read by whoever knows the token of
//! the settings, at an address of its own where the settings name one, and without either where the site is developed.

use super::{AppState, Refusal, arrival::Arrived, client};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use metrics::{Histogram, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use vestibule_domain::metrics::{Kind, METRICS as OF_DOMAIN, Metric, begin, is_token, look};
use vestibule_model::Error;

const REQUESTS: &str = "vestibule_http_request_duration_seconds";
const IN_FLIGHT: &str = "vestibule_http_requests_in_flight";
const BUILD: &str = "vestibule_build_info";

/// The figures of HTTP.
const OF_HTTP: &[Metric] = &[
    Metric {
        name: BUILD,
        kind: Kind::Gauge,
        labels: &["engine", "version"],
        help: "Always 1; which version runs on which database.",
    },
    Metric {
        name: REQUESTS,
        kind: Kind::Histogram,
        labels: &["method", "route", "status"],
        help: "How long requests took, by the route's template; `none` where no route answers.",
    },
    Metric { name: IN_FLIGHT, kind: Kind::Gauge, labels: &[], help: "Requests that are being answered." },
];

/// Upper ends of the histograms, in seconds.
const BUCKETS: [f64; 13] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// How often what was measured is put into the histograms, whether anybody reads them or not.
const UPKEEP: Duration = Duration::from_secs(5);

/// Every figure, in the order of their names.
pub fn all() -> Vec<Metric> {
    let mut all = [OF_DOMAIN, OF_HTTP].concat();
    all.sort_by_key(|one| one.name);
    all
}

/// The process's recorder, installed when it is first asked for; nothing where the project installed one of its own, which
/// then hears of everything.
pub(crate) fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER.get_or_init(install).as_ref()
}

fn install() -> Option<PrometheusHandle> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &BUCKETS);
    let recorder = builder.expect("there are buckets").build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    for one in all() {
        match one.kind {
            Kind::Counter => describe_counter!(one.name, one.help),
            Kind::Gauge => describe_gauge!(one.name, one.help),
            Kind::Histogram => describe_histogram!(one.name, one.help),
        }
    }
    begin();
    Some(handle)
}

/// Keeps the histograms small until `stop`.
pub(crate) async fn keep_up(stop: CancellationToken) {
    let Some(recorder) = recorder() else { return };
    let mut tick = tokio::time::interval(UPKEEP);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        recorder.run_upkeep();
    }
}

/// What a route answered so far.
#[derive(Debug)]
pub(crate) struct Figures {
    route: Arc<str>,
    known: RwLock<Vec<(&'static str, StatusCode, Histogram)>>,
}

impl Figures {
    /// Those of the route that is mounted at `route`.
    pub(crate) fn of(route: &str) -> Self {
        Self { route: route.into(), known: RwLock::default() }
    }

    /// Those of requests that no route answers.
    pub(super) fn of_none() -> &'static Self {
        static NONE: LazyLock<Figures> = LazyLock::new(|| Figures::of("none"));
        &NONE
    }

    /// A request was answered.
    pub(super) fn answered(&self, method: &Method, status: StatusCode, took: Duration) {
        let method = word(method);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, figure)) = known.iter().find(|one| (one.0, one.1) == (method, status)) {
            return figure.record(took);
        }
        drop(known);
        let route = Arc::clone(&self.route);
        let figure = histogram!(REQUESTS, "method" => method, "route" => route, "status" => status.as_str().to_owned());
        figure.record(took);
        self.known.write().unwrap_or_else(PoisonError::into_inner).push((method, status, figure));
    }
}

/// A method as a label.
fn word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// A request that is being answered, however that ends.
pub(super) struct InFlight;

impl InFlight {
    pub(super) fn begin() -> Self {
        gauge!(IN_FLIGHT).increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}

/// `GET /metrics`.
pub(super) async fn read(
    Extension(state): Extension<Arc<AppState>>,
    Extension(arrived): Extension<Arrived>,
    headers: HeaderMap,
) -> Response {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match (given, &state.options.metrics_token) {
        (Some(given), Some(token)) if is_token(token, given) => told(&state).await,
        (Some(_), Some(_)) => Refusal(Error::BadToken).into_response(),
        // A proxy on this machine may look like nobody but a reader on it: elsewhere it takes the token.
        (None, _) if state.at_home && client::is_local(arrived.peer, &headers) => told(&state).await,
        _ => Refusal(Error::NotFound).into_response(),
    }
}

/// The figures as Prometheus reads them (text format 0.0.4).
async fn told(state: &AppState) -> Response {
    let Some(recorder) = recorder() else { return Refusal(Error::NotFound).into_response() };
    look(&state.domain).await;
    let engine = state.domain.db().engine();
    gauge!(BUILD, "engine" => engine, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, recorder.render()).into_response()
}

/// Answers `/metrics` at an address of its own, and nothing else, until `stop`. Whoever reaches it may read.
pub(crate) async fn serve_apart(listener: TcpListener, state: Arc<AppState>, stop: CancellationToken) {
    let answer = get(move || {
        let state = Arc::clone(&state);
        async move { told(&state).await }
    });
    let program = Router::new().route("/metrics", answer);
    let served = axum::serve(listener, program).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(cause) = served {
        tracing::error!(%cause, "the listener of /metrics ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_somebody_made_up_is_no_label() {
        assert_eq!(word(&Method::from_bytes(b"BREW").unwrap()), "other");
        assert_eq!(word(&Method::PATCH), "PATCH");
    }

    #[test]
    fn names_are_told_once_and_fit_together() {
        let all = all();
        assert!(all.is_sorted_by(|one, next| one.name < next.name), "a name is there twice");
        for one in all {
            assert!(one.name.starts_with("vestibule_") && one.help.ends_with('.'), "{}", one.name);
            assert_eq!(one.name.ends_with("_total"), one.kind == Kind::Counter, "{}", one.name);
            assert_eq!(one.name.ends_with("_seconds"), one.kind == Kind::Histogram, "{}", one.name);
            assert!(one.labels.is_sorted(), "{}", one.name);
        }
    }
}
