//! Whether the process lives (`/healthz`), whether it can serve (`/readyz`), and which version it is (`/version`). The
//! look at the stores is kept for a second, so that asking often costs them nothing (C72).

use super::AppState;
use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use vestibule_domain::health::{self, Health};

/// How long a look at the stores stays true.
const FRESH: Duration = Duration::from_secs(1);

/// The last look at the stores.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Option<(Instant, Health)>>);

impl Recent {
    /// Looks, unless somebody did within the last second; callers who wait share one look.
    async fn look(&self, state: &AppState) -> Health {
        let mut last = self.0.lock().await;
        if let Some((at, health)) = *last
            && at.elapsed() < FRESH
        {
            return health;
        }
        let health = health::check(&state.domain).await;
        *last = Some((Instant::now(), health));
        health
    }
}

/// The process lives.
pub async fn live() -> Response {
    axum::Json(json!({ "status": "ok" })).into_response()
}

/// The process can serve: 200, or 503 while it stops or a store is away.
pub async fn ready(Extension(state): Extension<Arc<AppState>>) -> Response {
    if state.stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, axum::Json(json!({ "status": "stopping" })))
            .into_response();
    }
    let health = state.health.look(&state).await;
    // Without Redis the site goes on: a balancer must not take every server away for it.
    let (code, status) = if health.ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let mut stores = json!({ "status": status, "database": health.database, "migrated": health.migrated });
    if let Some(redis) = health.redis {
        stores["redis"] = redis.into();
        if health.ready() && !redis {
            stores["status"] = "degraded".into();
        }
    }
    (code, axum::Json(stores)).into_response()
}

/// Name and version of the package.
pub async fn version() -> Response {
    axum::Json(json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") }))
        .into_response()
}
