//! Chores that nobody waits for. Every second: handing back what was taken of quotas and is not spent. Every few seconds:
//! writing recorded usage, and copies of people's data. Every minute: telling of bans that ended
//! by themselves. Every hour: the broom, notices before an account ends, and erasing those whose grace is over. Started by
//! the server. No right depends on them: every end is checked when a thing is used.

use crate::metrics::chore;
use crate::{
    Domain, abuse, accounts, audit, auth, bans, error::Internal, keys, limits, notices, quotas, sessions,
    social,
};
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use vestibule_model::Result;

const AT_ONCE: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_secs(5);
const OFTEN: Duration = Duration::from_mins(1);
const EVERY: Duration = Duration::from_hours(1);

/// Does the chores until `stop`.
pub async fn work(domain: Domain, stop: CancellationToken) {
    let [mut second, mut soon, mut minute, mut hour] =
        [AT_ONCE, SOON, OFTEN, EVERY].map(tokio::time::interval);
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    soon.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return leave(&domain).await,
            _ = second.tick() => {
                quietly("handed back", chore("hand_back", quotas::hand_back_idle(&domain)).await);
                continue;
            }
            _ = soon.tick() => {
                quietly("wrote recorded usage", chore("write_usage", quotas::flush(&domain)).await);
                told("wrote copies of people's data", chore("write_exports", accounts::exports::write_due(&domain)).await);
                continue;
            }
            _ = minute.tick() => {
                told("told people that their bans are over", chore("lapse_bans", bans::lapse(&domain)).await);
                told("wrote down that bans of addresses are over", chore("lapse_address_bans", bans::lapse_networks(&domain)).await);
                continue;
            }
            _ = hour.tick() => {}
        }
        told("swept what had ended", chore("sweep", sweep(&domain)).await);
        told(
            "took away audit rows that are not kept any longer",
            chore("retain_audit", audit::retain(&domain)).await,
        );
        told(
            "told people that their accounts end",
            chore("tell_expiring", accounts::tell_expiring(&domain)).await,
        );
        told(
            "told people that API keys end",
            chore("tell_expiring_keys", keys::tell_expiring(&domain)).await,
        );
        told(
            "erased accounts whose owners had asked for it",
            chore("erase_accounts", accounts::erase_due(&domain)).await,
        );
    }
}

/// Leaves nothing behind in memory that others could use: leases, and usage that is not written yet.
async fn leave(domain: &Domain) {
    quietly("handed back", quotas::hand_back_all(domain).await);
    quietly("wrote recorded usage", quotas::flush(domain).await);
}

/// Logs a chore that was not done; one that was is done again in a moment, and no news.
fn quietly<N>(chore: &str, done: Result<N>) {
    if let Err(error) = done {
        tracing::warn!(code = error.code(), "not {chore}; trying again later");
    }
}

/// Logs what a chore did.
fn told<N: Copy + Default + PartialEq + std::fmt::Display>(chore: &str, done: Result<N>) {
    match done {
        Ok(count) if count == N::default() => {}
        Ok(count) => tracing::info!(%count, "{chore}"),
        Err(error) => tracing::warn!(code = error.code(), "not {chore}; trying again later"),
    }
}

/// Forgets what ended: links, tombstones of sessions, old counts of attempts, devices, changes of address, API keys, copies
/// of data, recorded usage, offences, blocks of addresses. The number of rows that went.
///
/// # Errors
/// None but those of the database.
pub async fn sweep(domain: &Domain) -> Result<u64> {
    let mut tx = domain.begin().await?;
    let links = auth::links::sweep(domain, &mut tx).await?;
    let sessions = sessions::sweep(domain, &mut tx).await?;
    let attempts = auth::sweep_attempts(domain, &mut tx).await?;
    let devices = notices::forget_devices(domain, &mut tx).await?;
    let changes = accounts::email::sweep(domain, &mut tx).await?;
    let keys = keys::sweep(domain, &mut tx).await?;
    let exports = accounts::exports::sweep(domain, &mut tx).await?;
    let counts = limits::sweep(domain, &mut tx).await?;
    let usage = quotas::sweep(domain, &mut tx).await?;
    let offences = abuse::sweep(domain, &mut tx).await?;
    let blocks = bans::sweep(domain, &mut tx).await?;
    let journeys = social::sweep(domain, &mut tx).await?;
    tx.commit().await.internal()?;
    Ok(journeys
        + counts
        + links
        + sessions
        + attempts
        + devices
        + changes
        + keys
        + exports
        + usage
        + offences
        + blocks)
}
