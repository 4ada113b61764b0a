//! Causes become [`Error::Internal`] here, and are logged once under its id. Called wherever the domain meets a database,
//! a file or a library. Nothing that is not a code may leave through it.

use crate::random::{Random, SystemRandom};
use std::fmt::{Debug, Display};
use vestibule_model::Error;

/// Turns a cause into an answer without its text.
pub trait Internal<T> {
    /// Logs the cause under a fresh id and answers with that id alone.
    ///
    /// # Errors
    /// [`Error::Internal`] in place of the cause; [`Error::Unavailable`] when the database is away.
    fn internal(self) -> Result<T, Error>;
}

impl<T> Internal<T> for Result<T, sqlx::Error> {
    fn internal(self) -> Result<T, Error> {
        self.map_err(|cause| if is_away(&cause) { unavailable(&cause) } else { hidden(&cause) })
    }
}

/// Logs `cause` and hides it behind an id.
pub(crate) fn hidden<C: Display + Debug>(cause: &C) -> Error {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    let id = format!("{:016x}", u64::from_be_bytes(bytes));
    tracing::error!(error_id = %id, cause = %cause, "internal error");
    Error::Internal { id }
}

fn unavailable(cause: &sqlx::Error) -> Error {
    tracing::error!(cause = %cause, "the database is away");
    Error::Unavailable
}

/// Whether the database cannot be reached (57P: it stops) or could not be had in time (55P03, and `SQLITE_BUSY`: another
/// process holds the lock), as opposed to having refused a statement.
fn is_away(cause: &sqlx::Error) -> bool {
    matches!(
        cause,
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed
    ) || cause
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code.starts_with("57P") || code == "55P03" || code == "5")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_holds_an_id_and_not_the_cause() {
        let answer = hidden(&"secret table name");
        let Error::Internal { id } = &answer else { panic!("{answer:?}") };
        assert_eq!(id.len(), 16);
        assert!(!format!("{answer:?}").contains("secret"));
    }

    #[test]
    fn a_database_that_is_away_is_told_apart() {
        assert_eq!(Err::<(), _>(sqlx::Error::PoolTimedOut).internal(), Err(Error::Unavailable));
        assert!(matches!(Err::<(), _>(sqlx::Error::RowNotFound).internal(), Err(Error::Internal { .. })));
    }
}
