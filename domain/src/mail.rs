//! Mail: messages as values, rendered from templates, kept in an outbox inside the transaction of their cause, sent by a
//! worker that tries again.

use crate::{Domain, Options, db::Tx};
use tokio_util::sync::CancellationToken;
use vestibule_model::{Email, Name, Result, Timestamp};

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Message {
    /// Confirm your address: a link.
    Verify {
        /// Where the button leads.
        link: String,
    },
    /// You registered again, and have an account already.
    AlreadyRegistered {
        /// Sign-in page.
        login_link: String,
        /// Page that asks for a reset link.
        forgot_link: String,
    },
    /// You registered again before confirming: choose a password to finish.
    FinishRegistration {
        /// Where the button leads: sets a password and confirms the address.
        link: String,
    },
    /// A link to set a new password.
    Reset {
        /// Where the button leads.
        link: String,
    },
    /// Your password was changed.
    PasswordChanged {
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// When it happened.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
    },
    /// Too many wrong passwords: sign-in by password is off until it is reset.
    PasswordLocked {
        /// Page that asks for a reset link.
        forgot_link: String,
    },
    /// A consumed refresh token came back: the session it belonged to was ended.
    TokenReused {
        /// Page that asks for a reset link.
        forgot_link: String,
        /// When it happened.
        at: Timestamp,
    },
    /// Your account is gone.
    AccountDeleted,
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// By SMTP: a URL that lettre understands (`smtps://user:pass@host`, `smtp://host:587?tls=required`).
    Smtp(vestibule_model::Secret),
    /// As `.eml` files in a folder, for development.
    Folder(std::path::PathBuf),
}

/// Puts a message into the outbox, inside the transaction of its cause. It is not sent after `useless_after`.
pub(crate) async fn enqueue(domain: &Domain, tx: &mut Tx, to: &Email, name: Option<&Name>, message: Message, useless_after: Option<Timestamp>) -> Result<()> { todo!() }

/// Sends due mail until `stop`; then hands back what it had claimed.
pub async fn work(domain: Domain, stop: CancellationToken) { todo!() }

/// Sends what is due now, once; the number of mails that left.
pub async fn deliver_due(domain: &Domain) -> Result<usize> { todo!() }

/// What sends mail: made once when the domain is opened, after its settings were checked.
pub(crate) struct Post;

impl Post {
    /// # Errors
    /// A sentence that names the setting that does not fit.
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        let _ = options;
        Ok(Self)
    }
}
