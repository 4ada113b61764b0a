//! Whether the house can serve: asked by `/readyz` and `vestibule doctor`.

use crate::Domain;

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
pub async fn check(domain: &Domain) -> Health { todo!() }
