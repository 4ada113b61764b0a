//! The only place that knows two databases: the pools, the transaction and the `sql!` macro. Every store speaks one SQL
//! text to both; dialects differ only in `migrations/`. No rule lives here.

mod engine;
mod migrate;
mod statement;

pub use engine::{Db, On, Tx};
pub use migrate::{MigrationStatus, migrations};
pub(crate) use migrate::{applied_versions, known_migrations, run as run_migrations};
pub use statement::{Statement, statements};
