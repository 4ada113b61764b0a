//! Whether the house can serve: asked by `/readyz` and the start page. It reads and never repairs.

use crate::{Domain, db};
use std::time::Duration;

/// What is well and what is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// The database answers.
    pub database: bool,
    /// Its schema is the one this program knows.
    pub migrated: bool,
    /// Redis answers; nothing where the settings name none. Without it the site goes on, with stricter limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redis: Option<bool>,
}

impl Health {
    /// Whether requests can be served.
    pub fn ready(self) -> bool {
        self.database && self.migrated
    }
}

/// Looks now. Takes at most two seconds, and nothing of the writer's time.
pub async fn check(domain: &Domain) -> Health {
    let (database, redis) = tokio::join!(database(domain), redis(domain));
    Health { redis, ..database }
}

async fn redis(domain: &Domain) -> Option<bool> {
    Some(domain.redis()?.answers().await)
}

async fn database(domain: &Domain) -> Health {
    let looked = tokio::time::timeout(Duration::from_secs(2), db::applied_versions(domain.db())).await;
    let Ok(Ok(applied)) = looked else { return Health { database: false, migrated: false, redis: None } };
    let known = db::known_migrations().into_iter().map(|one| one.version);
    Health { database: true, migrated: known.eq(applied), redis: None }
}
