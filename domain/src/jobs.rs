//! Chores that nobody asks for: the hourly broom. Started by the server. Nothing depends on it for its correctness: every end
//! is checked when a thing is used.

use crate::{Domain, auth, error::Internal, sessions};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vestibule_model::Result;

const EVERY: Duration = Duration::from_hours(1);

/// Sweeps every hour until `stop`.
pub async fn work(domain: Domain, stop: CancellationToken) {
    let mut hour = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hour.tick() => {}
        }
        match sweep(&domain).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "swept what had ended"),
            Err(error) => tracing::warn!(code = error.code(), "could not sweep; trying again in an hour"),
        }
    }
}

/// Forgets what ended: links, tombstones of sessions, old counts of attempts. The number of rows that went.
///
/// # Errors
/// None but those of the database.
pub async fn sweep(domain: &Domain) -> Result<u64> {
    let mut tx = domain.begin().await?;
    let links = auth::links::sweep(domain, &mut tx).await?;
    let sessions = sessions::sweep(domain, &mut tx).await?;
    let attempts = auth::sweep_attempts(domain, &mut tx).await?;
    tx.commit().await.internal()?;
    Ok(links + sessions + attempts)
}
