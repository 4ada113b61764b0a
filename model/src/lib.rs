//! The words both sides speak.
//!
//! Values that cannot be wrong, the forms people send, the views they are shown, the one closed [`Error`] and the names
//! of permissions. The browser, the server and a third party's client may all hold this crate, so it knows no database
//! (but for column types behind the feature `sqlx`), no runtime and no page.

pub mod abuse;
pub mod accounts;
pub mod audit;
pub mod auth;
pub mod bans;
pub mod endpoints;
pub mod error;
pub mod events;
pub mod exports;
pub mod groups;
pub mod host;
pub mod keys;
pub mod limits;
pub mod links;
pub mod listing;
pub mod mail;
pub mod notices;
pub mod people;
pub mod profiles;
pub mod quotas;
pub mod secret;
pub mod sessions;
pub mod social;
pub mod statistics;
pub mod values;

pub use error::{Error, FieldError, Problem};
pub use secret::Secret;
pub use values::{Email, KeyId, Name, SessionId, Timestamp, UserId, Username};

/// What a fallible function of any floor answers with.
pub type Result<T, E = Error> = std::result::Result<T, E>;
