//! The worker that empties the outbox: claims, sends side by side, and writes down what became of each letter.

use super::{
    backoff, store,
    store::{Claim, Claimed},
    transport::{Failure, FailureKind},
};
use crate::{Domain, metrics, notices};
use std::{pin::pin, time::Duration};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vestibule_model::Result;

/// How often the outbox is looked at when no bell rang: for what another process queued, and for what is due again.
const POLL: Duration = Duration::from_secs(2);

/// How often a server that was away is asked whether it is back, so that waiting mail leaves within a minute of it.
const LOOK_AGAIN: Duration = Duration::from_secs(20);

/// The failed attempt at a letter after which administrators are told: half an hour after the first.
const WORTH_TELLING: u32 = 6;

/// How often finished rows are forgotten.
const TIDY: Duration = Duration::from_hours(1);

/// How long letters that are being sent may still take when the process is to stop.
const GRACE: Duration = Duration::from_secs(3);

/// See [`work`](super::work).
pub(super) async fn run(domain: &Domain, stop: &CancellationToken) {
    let [mut again, mut tidy] = [LOOK_AGAIN, TIDY].map(interval);
    for timer in [&mut again, &mut tidy] {
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    while !stop.is_cancelled() {
        // Causes are logged where they arise; the outbox is looked at again whatever happened.
        let _ = deliver_due(domain, stop).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = domain.post().bell.notified() => {}
            () = sleep(POLL) => {}
            _ = again.tick() => { let _ = stop.run_until_cancelled(look_again(domain)).await; }
            _ = tidy.tick() => { let _ = store::forget(domain).await; }
        }
    }
}

/// Sends what is due, batch by batch, until nothing is or `stop`; the number of letters that left.
pub(super) async fn deliver_due(domain: &Domain, stop: &CancellationToken) -> Result<usize> {
    let mut left = 0;
    while !stop.is_cancelled() && store::is_due(domain).await? {
        let claim = store::claim(domain).await?;
        left += deliver(domain, claim, stop).await?;
    }
    Ok(left)
}

/// See [`look_again`](super::look_again).
pub(super) async fn look_again(domain: &Domain) -> Result<()> {
    if store::is_waiting_for_server(domain).await? && domain.post().transport.is_reachable().await {
        let count = store::server_is_back(domain).await?;
        tracing::info!(count, "the mail server is back; waiting mail leaves now");
    }
    Ok(())
}

/// Sends the rows of one claim side by side.
async fn deliver(domain: &Domain, claim: Claim, stop: &CancellationToken) -> Result<usize> {
    let mut sending = JoinSet::new();
    for row in claim.rows {
        let domain = domain.clone();
        sending.spawn(async move {
            let outcome = send(&domain, &row).await;
            (row, outcome)
        });
    }
    let mut out_of_time = pin!(async {
        stop.cancelled().await;
        sleep(GRACE).await;
    });
    let mut left = 0;
    loop {
        tokio::select! {
            biased;
            done = sending.join_next() => match done {
                Some(Ok((row, outcome))) => left += usize::from(settle(domain, claim.id, &row, outcome).await?),
                // The lease of a letter whose task panicked runs out, and it is tried again then.
                Some(Err(cause)) => tracing::error!(%cause, "sending a mail stopped unexpectedly"),
                None => return Ok(left),
            },
            () = &mut out_of_time => break,
        }
    }
    sending.shutdown().await;
    let count = store::hand_back(domain, claim.id).await?;
    tracing::info!(count, "mail that was being sent is handed back");
    Ok(left)
}

async fn send(domain: &Domain, row: &Claimed) -> Result<(), Failure> {
    let post = domain.post();
    let letter =
        post.letterhead.seal(row).map_err(|detail| Failure { kind: FailureKind::Unwritable, detail })?;
    post.transport.send(letter).await.map(drop)
}

/// Writes down what became of a letter; whether it left.
async fn settle(domain: &Domain, claim: Uuid, row: &Claimed, outcome: Result<(), Failure>) -> Result<bool> {
    let Err(failure) = outcome else {
        store::sent(domain, claim, row).await?;
        metrics::mailed("sent");
        tracing::debug!(mail = %row.id, attempt = row.attempts, "mail sent");
        return Ok(true);
    };
    let attempts = u32::try_from(row.attempts).unwrap_or(u32::MAX);
    let mut jitter = [0];
    domain.random().fill(&mut jitter);
    let next =
        backoff::next(row.created_at, domain.now(), attempts, jitter[0]).filter(|_| failure.kind.passes());
    // What a server said about a letter may name its recipient; only what stands between us and the server is logged.
    let cause = (failure.kind == FailureKind::Unreachable).then_some(failure.detail.as_str());
    if let Some(due) = next {
        tracing::warn!(mail = %row.id, attempts, failure = failure.kind.name(), cause, next = %due, "mail not sent yet");
        store::postpone(domain, claim, row, &failure, due).await?;
        metrics::mailed("postponed");
        if attempts == WORTH_TELLING {
            notices::mail_failed(domain, failure.kind.name()).await?;
        }
    } else {
        tracing::error!(mail = %row.id, attempts, failure = failure.kind.name(), cause, "mail given up");
        store::give_up(domain, claim, row, &failure).await?;
        metrics::mailed("given_up");
        notices::mail_failed(domain, failure.kind.name()).await?;
    }
    Ok(false)
}
