//! What Vestibule knows and decides: every rule and all SQL.
//!
//! Server functions, REST handlers and CLI commands each make one call into this crate. Public functions take
//! [`&Domain`](Domain) and the actor's proof; functions that take part in another's transaction take `&mut Tx`. Nothing
//! here knows HTTP, a page or the environment: clock, randomness and settings are arguments.

pub mod abuse;
pub mod accounts;
pub mod actor;
pub mod audit;
pub mod auth;
pub mod bans;
pub mod calendar;
pub mod changes;
pub mod clock;
pub mod db;
pub mod endpoints;
pub mod error;
pub mod events;
pub mod extension;
pub mod groups;
pub mod health;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod listing;
pub mod mail;
pub mod metrics;
pub mod notices;
pub mod profiles;
pub mod quotas;
pub mod random;
pub mod redis;
pub mod rules;
pub mod secrets;
pub mod sessions;
pub mod social;
pub mod statistics;
#[cfg(feature = "testing")]
pub mod testing;

mod domain;

/// For `sql!` in other crates.
#[doc(hidden)]
pub use inventory;

pub use actor::{Actor, Allowed, Client, KeyGrant, Person};
pub use domain::{Domain, OpenError, Options};
pub use extension::Extension;
pub use vestibule_model::{Error, Result};
