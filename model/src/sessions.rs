//! Sessions as their owner sees them (`GET /me/sessions`, page `/account/sessions`). Rules live in `domain::sessions`.

use crate::{SessionId, Timestamp};
use serde::{Deserialize, Serialize};

/// What kind of sign-in a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A browser, known by its cookie.
    Browser,
    /// A program, known by its tokens.
    Api,
}

/// One sign-in that is alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// What kind of sign-in it is.
    pub kind: SessionKind,
    /// Whether it is the session that asks.
    pub current: bool,
    /// Browser and system, as far as the program told: `Firefox on Linux`.
    pub device: String,
    /// The address it was opened from, if known.
    pub address: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
}
