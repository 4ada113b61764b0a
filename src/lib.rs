//! .
pub mod config;
mod logging;
