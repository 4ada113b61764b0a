//! Pools and transactions of the two engines.

use crate::audit::Trail;
use crate::changes::{self, Generation};
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Transaction, postgres::PgConnectOptions};
use std::{path::PathBuf, str::FromStr, time::Duration};

/// Both name their `synchronous`, because they share the one connection that writes.
const SQLITE_KEPT: &str = "PRAGMA synchronous = FULL; BEGIN IMMEDIATE";
const SQLITE_LIGHT: &str = "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE";

/// A connection pool to one of the two engines. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file. Readers run beside one writer (WAL), so that no write ever meets `SQLITE_BUSY` inside the process.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that read.
        readers: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// An open write transaction. Dropped without [`commit`](Tx::commit), it leaves no trace.
pub struct Tx {
    pub(super) open: Open,
    announced: Option<Generation>,
    trail: Trail,
    after_commit: Vec<Box<dyn FnOnce() + Send>>,
}

pub(super) enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Where a statement runs; made by `sql!` alone.
#[derive(Debug)]
pub enum On<'a> {
    /// In a SQLite transaction.
    SqliteTx(&'a mut SqliteConnection),
    /// On a SQLite reader.
    SqlitePool(&'a SqlitePool),
    /// In a Postgres transaction.
    PostgresTx(&'a mut PgConnection),
    /// On a Postgres connection.
    PostgresPool(&'a PgPool),
}

impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        counted();
        match db {
            Db::Sqlite { readers, .. } => Self::SqlitePool(readers),
            Db::Postgres(pool) => Self::PostgresPool(pool),
        }
    }
}

impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        counted();
        match &mut tx.open {
            Open::Sqlite(tx) => Self::SqliteTx(&mut *tx),
            Open::Postgres(tx) => Self::PostgresTx(&mut *tx),
        }
    }
}

/// Tells tests that the database is asked once more.
fn counted() {
    #[cfg(feature = "testing")]
    crate::testing::count_statement();
}

impl Db {
    /// Opens the SQLite file at `path`, making it when it is absent. WAL with `synchronous=FULL`: what was acknowledged,
    /// a revocation above all, survives a loss of power.
    /// Work waits no longer than `patience` for a connection.
    pub(crate) async fn open_sqlite(path: &PathBuf, patience: Duration) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // 16 MiB between two checkpoints: the same few pages are written again and again.
            .pragma("wal_autocheckpoint", "4096")
            .busy_timeout(Duration::from_secs(5));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(patience)
            .test_before_acquire(false) // a file does not hang up
            .connect_with(options.clone())
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(patience)
            .test_before_acquire(false)
            .connect_with(options.create_if_missing(false).pragma("query_only", "on"))
            .await?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Connects to the Postgres server that `url` names. A statement that runs longer than 30 s is stopped.
    /// Work waits no longer than `patience` for a connection.
    pub(crate) async fn open_postgres(url: &str, patience: Duration) -> sqlx::Result<Self> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("vestibule")
            .options([("statement_timeout", "30s"), ("lock_timeout", "5s")]);
        let pool =
            PgPoolOptions::new().max_connections(10).acquire_timeout(patience).connect_with(options).await?;
        Ok(Self::Postgres(pool))
    }

    /// Opens a write transaction; on SQLite `BEGIN IMMEDIATE`, so that it never has to upgrade and fail.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        self.begin_as(SQLITE_KEPT, "BEGIN").await
    }

    /// Opens a write transaction that does not wait for the disk: other connections see it at once and a crash of the
    /// program cannot undo it, but a loss of power within the next moment may. For counts alone.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin_light(&self) -> sqlx::Result<Tx> {
        self.begin_as(SQLITE_LIGHT, "BEGIN; SET LOCAL synchronous_commit = off").await
    }

    async fn begin_as(&self, sqlite: &'static str, postgres: &'static str) -> sqlx::Result<Tx> {
        counted();
        let open = match self {
            Self::Sqlite { writer, .. } => Open::Sqlite(writer.begin_with(sqlite).await?),
            Self::Postgres(pool) => Open::Postgres(pool.begin_with(postgres).await?),
        };
        Ok(Tx { open, announced: None, trail: Trail::default(), after_commit: Vec::new() })
    }

    /// The engine's name: `sqlite` or `postgres`.
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Lets running statements finish and closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Keeps what was written, then runs what waits for it.
    ///
    /// # Errors
    /// When the database could not promise to keep it. What waits runs even then: it only makes caches look again, and a
    /// commit whose answer was lost may have happened.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        std::mem::take(&mut self.trail).write(&mut self).await?;
        let announced = self.announced.take();
        if announced.is_some() {
            // The last statement of all: every announcing transaction locks this row, and must wait for nothing after it.
            changes::write(&mut self).await?;
        }
        let done = match self.open {
            Open::Sqlite(tx) => tx.commit().await,
            Open::Postgres(tx) => tx.commit().await,
        };
        if let Some(generation) = announced {
            generation.advance();
        }
        for after in self.after_commit {
            after();
        }
        done
    }

    /// What is written to the audit trail when this transaction is committed.
    pub(crate) fn trail(&mut self) -> &mut Trail {
        &mut self.trail
    }

    /// Says that something cached may no longer be true once this transaction is over (see [`crate::changes`]).
    pub(crate) fn announce(&mut self, generation: &Generation) {
        self.announced.get_or_insert_with(|| generation.clone());
    }

    /// Runs `action` once the transaction is over.
    pub(crate) fn after_commit(&mut self, action: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(action));
    }

    /// Whether this is a transaction on Postgres, for the few statements that only it knows.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.open, Open::Postgres(_))
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_postgres() { "Tx(postgres)" } else { "Tx(sqlite)" })
    }
}
