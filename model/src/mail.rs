//! The outbox as administrators see it (`GET /outbox`, page `/admin/mail`, `vestibule mail outbox`). What a mail says is not
//! here: it may hold a link that lets somebody in.

use crate::{Problem, Result, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailStatus {
    /// It waits to be sent, for the first time or again.
    Queued,
    /// The mail server took it.
    Sent,
    /// It was of no more use before it could be sent, or an administrator stopped it.
    Expired,
    /// It could not be sent, and is not tried again by itself.
    Dead,
}

impl MailStatus {
    /// All of them, as pages list them.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Dead, Self::Sent, Self::Expired];

    /// Its name on the wire and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Expired => "expired",
            Self::Dead => "dead",
        }
    }
}

impl std::str::FromStr for MailStatus {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|status| status.name() == text).ok_or(Problem::NotOffered)
    }
}

/// A mail in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct OutboxMail {
    /// Its id, a UUID.
    pub id: String,
    /// Which mail it is, as `vestibule mail preview` lists them.
    pub kind: String,
    /// Whom it goes to.
    pub recipient: String,
    /// The account it is about.
    pub user: Option<UserId>,
    /// What became of it.
    pub status: MailStatus,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next; null when it is not.
    pub next_try_at: Option<Timestamp>,
    /// When it is of no more use.
    pub useless_after: Option<Timestamp>,
    /// When it was sent, given up or dropped.
    pub finished_at: Option<Timestamp>,
    /// Why it did not leave: `unreachable`, `deferred`, `rejected` or `unwritable`.
    pub failure: Option<String>,
    /// What the other side said.
    pub failure_detail: Option<String>,
}

/// Which mails are wanted: those that fit every part that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct OutboxFilter {
    /// What became of it.
    pub status: Option<MailStatus>,
    /// The whole address it goes to, in any letter case.
    pub recipient: Option<String>,
}
