//! Causes become [`Error::Internal`] here, and are logged once under its id.

use vestibule_model::Error;

/// Turns a cause into an answer without its text.
pub trait Internal<T> {
    /// Logs the cause under a fresh id and answers with that id alone.
    ///
    /// # Errors
    /// [`Error::Internal`] in place of the cause; [`Error::Unavailable`] when the database is away.
    fn internal(self) -> Result<T, Error>;
}
