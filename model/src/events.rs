//! What happened to one's own account, for its owner's eyes (`GET /me/events`, page `/account/security`). Rows are written by
//! `domain::audit`; in words they are told by `vestibule_app::text`.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Who did something, as far as the owner of the account is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The owner of the account, or whoever was signed in as them.
    You,
    /// Somebody who was not signed in: at a sign-in, or by a link from a mail.
    Anonymous,
    /// Another person: an administrator.
    Person,
    /// Whoever runs the site, at the command line.
    Operator,
}

/// Something that happened to one's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct OwnEvent {
    /// Its id, a UUID.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// The name of its kind, as in the audit trail: `signed_in`, `password_changed`. New ones may come at any time.
    pub event: String,
    /// Who did it.
    pub by: By,
    /// Browser and system it was done with, where that is still known: for a month after the sign-in ended.
    pub device: Option<String>,
    /// The network address it was done from; nothing when somebody else did it.
    pub address: Option<String>,
    /// The group it is about.
    pub group: Option<String>,
    /// Names of the parts that were changed.
    pub fields: Vec<String>,
    /// The reason that was given.
    pub reason: Option<String>,
    /// Until when it holds, or when it comes.
    pub until: Option<Timestamp>,
}

/// A page of what happened, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct OwnEvents {
    /// What happened.
    pub items: Vec<OwnEvent>,
    /// What `after` says for the next, older page; null on the last one.
    pub next: Option<String>,
}
