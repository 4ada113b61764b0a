//! How a revocation reaches every cache of every process.
//!
//! What a cache holds about sessions and accounts is true only for the generation it was read in. A transaction that ends
//! or changes one says so ([`Tx::announce`]); once it is over, this process counts its generation up before anyone is answered.
//! Other processes learn of it by `LISTEN`/`NOTIFY` with polling behind it (Postgres) or by looking at the version every
//! quarter of a second (SQLite). A read that began before the change carries the old generation and is never believed after it.

use crate::db::{Db, On, Tx};
use crate::{Domain, bans, endpoints, limits, metrics, quotas, sql};
use sqlx::postgres::PgListener;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vestibule_model::Result;

const CHANNEL: &str = "vestibule_changes";
const SQLITE_POLL: Duration = Duration::from_millis(250);
const POSTGRES_POLL: Duration = Duration::from_secs(1);

/// Counts how often something was revoked or changed, as far as this process knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Generation(Arc<AtomicU64>);

impl Generation {
    /// The present generation. Read it before the data whose truth it vouches for.
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Makes everything read so far untrue.
    pub(crate) fn advance(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        metrics::revoked();
    }
}

/// Writes the announcement of `tx`. Called by its commit alone.
pub(crate) async fn write(tx: &mut Tx) -> sqlx::Result<()> {
    sql!(&mut *tx, execute, "update state_version set version = version + 1").await?;
    if let On::PostgresTx(connection) = tx.into() {
        // Only Postgres has it; SQLite's processes look at the version.
        sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(connection).await?;
    }
    Ok(())
}

/// Watches what other processes announce, until `stop`.
pub async fn watch(domain: Domain, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = follow(&domain) => {}
    }
}

async fn follow(domain: &Domain) {
    // What was announced since the domain was opened is not known: the first look takes everything for changed.
    let mut known = None;
    let mut signal = Signal::of(domain).await;
    loop {
        signal.wait().await;
        let seen = version(domain).await;
        // An unknown version means the database is away: nothing cached is believed until it answers again.
        if seen.is_none() || seen != known {
            domain.generation().advance();
            // Rules that could not be read are read at the next look.
            known = seen;
            if seen.is_some() && reload(domain).await.is_err() {
                known = None;
            }
        }
    }
}

/// Reads anew what lies in memory whole.
async fn reload(domain: &Domain) -> Result<()> {
    bans::reload(domain).await?;
    endpoints::reload(domain).await?;
    limits::reload(domain).await?;
    quotas::reload(domain).await
}
async fn version(domain: &Domain) -> Option<i64> {
    let row = sql!(domain.db(), fetch_one as (i64,), "select version from state_version").await;
    row.ok().map(|(version,)| version)
}

/// What tells that it may be worth looking.
enum Signal {
    Tick(tokio::time::Interval),
    Notice(Box<PgListener>),
}

impl Signal {
    async fn of(domain: &Domain) -> Self {
        if let Db::Postgres(pool) = domain.db()
            && let Ok(mut listener) = PgListener::connect_with(pool).await
            && listener.listen(CHANNEL).await.is_ok()
        {
            return Self::Notice(Box::new(listener));
        }
        Self::Tick(tokio::time::interval(SQLITE_POLL))
    }

    async fn wait(&mut self) {
        match self {
            Self::Tick(interval) => {
                interval.tick().await;
            }
            Self::Notice(listener) => {
                // The listener reconnects by itself; the time limit is the polling behind it.
                if let Ok(Err(_)) = tokio::time::timeout(POSTGRES_POLL, listener.recv()).await {
                    tokio::time::sleep(POSTGRES_POLL).await;
                }
            }
        }
    }
}
