//! What Prometheus is told of the domain: the name of every figure, and the one place that counts it. No label takes more
//! values than there are events, rules and chores; none names a person, an address or a key. Counting goes through the
//! crate `metrics`: where a process installs no recorder it costs next to nothing. The server's own figures stand in its
//! `http/metrics.rs`.

use crate::db::Db;
use crate::statistics::{self, Standing};
use crate::{Domain, secrets};
use metrics::{Counter, counter, gauge, histogram};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use vestibule_model::{Error, Result, Secret};

/// Longest wait for the database and for Redis when the figures are read: whoever reads them wants the others most then.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a figure behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until the process starts anew.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How often something took how long, in seconds.
    Histogram,
}

/// A figure.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// What Prometheus calls it.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
}

const fn metric(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind, labels, help }
}

const EVENTS: &str = "vestibule_events_total";
const SIGN_INS: &str = "vestibule_sign_ins_total";
const KEY_USES: &str = "vestibule_key_uses_total";
const LIMIT_DECISIONS: &str = "vestibule_limit_decisions_total";
const QUOTA_DECISIONS: &str = "vestibule_quota_decisions_total";
const OFFENCES: &str = "vestibule_offences_total";
const MAILS: &str = "vestibule_mails_total";
const MAIL_QUEUE: &str = "vestibule_mail_queue";
const HASHES: &str = "vestibule_password_hash_seconds";
const HASHES_REFUSED: &str = "vestibule_password_hashes_refused_total";
const HASHES_WAITING: &str = "vestibule_password_hashes_waiting";
const STATEMENTS: &str = "vestibule_db_statement_seconds";
const CONNECTIONS: &str = "vestibule_db_connections";
const CHORES: &str = "vestibule_job_seconds";
const CHORES_FAILED: &str = "vestibule_job_failures_total";
const ACCOUNTS: &str = "vestibule_accounts";
const REDIS_UP: &str = "vestibule_redis_up";
const CHANGES: &str = "vestibule_revocations_total";

/// The figures of the domain, by name.
pub const METRICS: &[Metric] = &[
    metric(ACCOUNTS, Kind::Gauge, &[], "Accounts that were made and not deleted."),
    metric(
        CONNECTIONS,
        Kind::Gauge,
        &["pool", "state"],
        "Connections to the database that are used or idle.",
    ),
    metric(STATEMENTS, Kind::Histogram, &[], "How long statements took, the wait for a connection included."),
    metric(EVENTS, Kind::Counter, &["event"], "Changes of state, by the names of the audit trail."),
    metric(CHORES_FAILED, Kind::Counter, &["job"], "Chores that were not done; they are tried again."),
    metric(CHORES, Kind::Histogram, &["job"], "How long chores took."),
    metric(KEY_USES, Kind::Counter, &["outcome"], "API keys that came with a request: ok, or why not."),
    metric(
        LIMIT_DECISIONS,
        Kind::Counter,
        &["decision", "limit"],
        "What rate limits decided: allowed, refused, or shadow for what one on trial would have refused.",
    ),
    metric(MAIL_QUEUE, Kind::Gauge, &["state"], "Mails that wait (queued) or were given up (dead)."),
    metric(MAILS, Kind::Counter, &["outcome"], "Tries to send a mail: sent, postponed or given_up."),
    metric(OFFENCES, Kind::Counter, &["offence"], "What abuse control counted against callers."),
    metric(HASHES, Kind::Histogram, &[], "How long passwords were hashed or compared, the wait included."),
    metric(HASHES_REFUSED, Kind::Counter, &[], "Passwords for which there was no turn."),
    metric(HASHES_WAITING, Kind::Gauge, &[], "Passwords that wait for their turn."),
    metric(
        QUOTA_DECISIONS,
        Kind::Counter,
        &["decision", "quota"],
        "What quotas decided: allowed, refused, or shadow for what one on trial would have refused.",
    ),
    metric(REDIS_UP, Kind::Gauge, &[], "Whether Redis answers: 1 or 0; absent where the settings name none."),
    metric(CHANGES, Kind::Counter, &[], "How often something cached was declared untrue in this process."),
    metric(
        SIGN_INS,
        Kind::Counter,
        &["kind", "outcome"],
        "Sign-ins by password (browser, api) and by providers: ok, or why not.",
    ),
];

/// Makes figures be there before anything is counted that an alert waits for: what grows is seen from its beginning then.
pub fn begin() {
    for kind in ["browser", "api"] {
        for outcome in ["ok", "bad_credentials"] {
            counter!(SIGN_INS, "kind" => kind, "outcome" => outcome).increment(0);
        }
    }
    counter!(HASHES_REFUSED).increment(0);
}

/// A change of state was written.
pub(crate) fn happened(event: &'static str) {
    counter!(EVENTS, "event" => event).increment(1);
}

/// Somebody tried to sign in. `kind`: `browser` or `api` with a password, `provider` without one.
pub(crate) fn signed_in<T>(kind: &'static str, outcome: &Result<T>) {
    counter!(SIGN_INS, "kind" => kind, "outcome" => word(outcome)).increment(1);
}

/// An API key came with a request that had to be looked up.
pub(crate) fn key_used<T>(outcome: &Result<T>) {
    counter!(KEY_USES, "outcome" => word(outcome)).increment(1);
}

/// As [`key_used`], of a key that was known and holds.
pub(crate) fn known_key_used() {
    counter!(KEY_USES, "outcome" => "ok").increment(1);
}

fn word<T>(outcome: &Result<T>) -> &'static str {
    outcome.as_ref().map_or_else(Error::code, |_| "ok")
}

/// Something was held against a caller.
pub(crate) fn offence(name: &'static str) {
    counter!(OFFENCES, "offence" => name).increment(1);
}

/// A mail was tried.
pub(crate) fn mailed(outcome: &'static str) {
    counter!(MAILS, "outcome" => outcome).increment(1);
}

/// What was cached is untrue.
pub(crate) fn revoked() {
    counter!(CHANGES).increment(1);
}

/// A password was hashed, or there was no turn for it.
pub(crate) async fn hashing<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let begun = Instant::now();
    let done = work.await;
    match &done {
        Err(Error::Busy { .. }) => counter!(HASHES_REFUSED).increment(1),
        _ => histogram!(HASHES).record(begun.elapsed()),
    }
    done
}

/// A chore was done, or not.
pub(crate) async fn chore<T>(job: &'static str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let begun = Instant::now();
    let done = work.await;
    histogram!(CHORES, "job" => job).record(begun.elapsed());
    // Also where it did not fail: what was never counted is not there to be looked at.
    counter!(CHORES_FAILED, "job" => job).increment(u64::from(done.is_err()));
    done
}

/// Measures a statement until it is dropped. Made by `sql!` alone.
#[doc(hidden)]
#[derive(Debug)]
pub struct Running(Instant);

impl Running {
    /// It begins now.
    #[doc(hidden)]
    pub fn begin() -> Self {
        Self(Instant::now())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        histogram!(STATEMENTS).record(self.0.elapsed());
    }
}

/// What a limit or a quota decided, counted without looking its name up for each call.
#[derive(Clone, Debug)]
pub(crate) struct Decisions {
    pub(crate) allowed: Counter,
    pub(crate) refused: Counter,
    pub(crate) shadow: Counter,
}

impl Decisions {
    /// Those of the rate limit `name`.
    pub(crate) fn of_limit(name: &Arc<str>) -> Self {
        let one = |decision| counter!(LIMIT_DECISIONS, "limit" => Arc::clone(name), "decision" => decision);
        Self { allowed: one("allowed"), refused: one("refused"), shadow: one("shadow") }
    }

    /// Those of the quota `name`.
    pub(crate) fn of_quota(name: &Arc<str>) -> Self {
        let one = |decision| counter!(QUOTA_DECISIONS, "quota" => Arc::clone(name), "decision" => decision);
        Self { allowed: one("allowed"), refused: one("refused"), shadow: one("shadow") }
    }
}

/// Looks at what is not counted as it happens: queues, pools and stores. Called before the figures are read; it asks the
/// database three short questions, and what cannot be asked keeps its last value.
pub async fn look(domain: &Domain) {
    let connections = |pool: &'static str, size: u32, idle: usize| {
        let used = usize::try_from(size).unwrap_or(0).saturating_sub(idle);
        gauge!(CONNECTIONS, "pool" => pool, "state" => "used").set(figure(used));
        gauge!(CONNECTIONS, "pool" => pool, "state" => "idle").set(figure(idle));
    };
    match domain.db() {
        Db::Sqlite { writer, readers } => {
            connections("writer", writer.size(), writer.num_idle());
            connections("readers", readers.size(), readers.num_idle());
        }
        Db::Postgres(pool) => connections("postgres", pool.size(), pool.num_idle()),
    }
    gauge!(HASHES_WAITING).set(figure(domain.hasher().waiting()));
    let (redis, standing) = tokio::join!(redis(domain), timeout(PATIENCE, statistics::standing(domain)));
    if let Some(answers) = redis {
        gauge!(REDIS_UP).set(f64::from(u8::from(answers)));
    }
    if let Ok(Ok(Standing { people, mails_waiting, mails_stuck })) = standing {
        gauge!(ACCOUNTS).set(rounded(people));
        gauge!(MAIL_QUEUE, "state" => "queued").set(rounded(mails_waiting));
        gauge!(MAIL_QUEUE, "state" => "dead").set(rounded(mails_stuck));
    }
}

/// Whether `given` is the token `expected`. Their hashes are compared, so that no time tells how much of it is right.
pub fn is_token(expected: &Secret, given: &str) -> bool {
    secrets::hash(expected.expose()) == secrets::hash(given)
}

async fn redis(domain: &Domain) -> Option<bool> {
    Some(timeout(PATIENCE, domain.redis()?.answers()).await.unwrap_or(false))
}

fn figure(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn rounded(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}
