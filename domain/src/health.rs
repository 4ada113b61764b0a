//! Whether the house can serve: asked by `/readyz` and `vestibule doctor`. It reads and never repairs.

use crate::{Domain, db};
use std::time::Duration;

/// What is well and what is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// The database answers.
    pub database: bool,
    /// Its schema is the one this program knows.
    pub migrated: bool,
}

impl Health {
    /// Whether requests can be served.
    pub fn ready(self) -> bool {
        self.database && self.migrated
    }
}

/// Looks now. Takes at most two seconds.
pub async fn check(domain: &Domain) -> Health {
    let looked = tokio::time::timeout(Duration::from_secs(2), db::migrations(domain.db())).await;
    match looked {
        Ok(Ok(migrations)) => Health { database: true, migrated: migrations.iter().all(|one| one.applied) },
        Ok(Err(sqlx::migrate::MigrateError::VersionMissing(_))) => Health { database: true, migrated: false },
        Ok(Err(_)) | Err(_) => Health { database: false, migrated: false },
    }
}
