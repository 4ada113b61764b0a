//! Schema history. The package's own table `_vestibule_migrations` leaves `_sqlx_migrations` to a project. Called when a
//! domain is opened and by `vestibule db`.

use super::Db;
use crate::sql;
use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migration, Migrator};
use std::collections::BTreeSet;

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

const TABLE: &str = "_vestibule_migrations";

/// One migration, and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MigrationStatus {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Whether it was applied.
    pub applied: bool,
}

fn migrator(db: &Db) -> Migrator {
    let mut migrator = match db {
        Db::Sqlite { .. } => copy(&SQLITE),
        Db::Postgres(_) => copy(&POSTGRES),
    };
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

fn copy(of: &Migrator) -> Migrator {
    Migrator { migrations: of.migrations.clone(), ..Migrator::DEFAULT }
}

/// Applies what is missing, under the engine's migration lock: two servers that start at once migrate once.
///
/// # Errors
/// When an applied migration was changed or is unknown to this program, or the database refuses.
pub(crate) async fn run(db: &Db) -> Result<(), MigrateError> {
    let migrator = migrator(db);
    match db {
        Db::Sqlite { writer, .. } => migrator.run(writer).await,
        Db::Postgres(pool) => migrator.run(pool).await,
    }
}

/// Every migration of this program, for a database that has none of them; both engines know the same ones.
pub(crate) fn known_migrations() -> Vec<MigrationStatus> {
    SQLITE.iter().map(|migration| status(migration, &[])).collect()
}

fn status(migration: &Migration, applied: &[AppliedMigration]) -> MigrationStatus {
    MigrationStatus {
        version: migration.version,
        name: migration.description.to_string(),
        applied: applied.iter().any(|one| one.version == migration.version),
    }
}

/// The versions that a migrated database has; reads only.
///
/// # Errors
/// When the database does not answer, or was never migrated.
pub(crate) async fn applied_versions(db: &Db) -> sqlx::Result<BTreeSet<i64>> {
    let rows = sql!(db, fetch_all as (i64,), "select version from _vestibule_migrations").await?;
    Ok(rows.into_iter().map(|(version,)| version).collect())
}

/// Every migration of this program, and whether the database has it.
///
/// # Errors
/// When the database does not answer, or holds a migration that this program does not know.
pub async fn migrations(db: &Db) -> Result<Vec<MigrationStatus>, MigrateError> {
    let migrator = migrator(db);
    let applied = match db {
        Db::Sqlite { writer, .. } => {
            let mut connection = writer.acquire().await?;
            connection.ensure_migrations_table(TABLE).await?;
            connection.list_applied_migrations(TABLE).await?
        }
        Db::Postgres(pool) => {
            let mut connection = pool.acquire().await?;
            connection.ensure_migrations_table(TABLE).await?;
            connection.list_applied_migrations(TABLE).await?
        }
    };
    for known in &applied {
        if !migrator.version_exists(known.version) {
            return Err(MigrateError::VersionMissing(known.version));
        }
    }
    Ok(migrator.iter().map(|migration| status(migration, &applied)).collect())
}
