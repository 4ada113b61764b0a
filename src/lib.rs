//! Vestibule: the server, its commands and its settings.
pub mod config;
mod logging;
