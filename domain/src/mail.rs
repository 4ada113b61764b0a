//! Mail: messages as values, rendered from templates, kept in an outbox inside the transaction of their cause, sent by a
//! worker that tries again. Areas call [`enqueue`] in their own transaction; the server runs [`work`]; nobody else sends.
//! No request ever waits for SMTP, and no text of a mail is written outside `templates/mail`.

mod backoff;
#[cfg(feature = "testing")]
mod captured;
pub mod folder;
mod letter;
mod smtp;
mod store;
mod templates;
mod transport;
mod wording;
mod worker;

#[cfg(feature = "testing")]
pub use captured::Captured;
pub use folder::Letter;

use crate::{Domain, Options, db::Tx};
use letter::Letterhead;
use std::sync::Arc;
use store::Trace;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use transport::Transport;
use vestibule_model::{Email, Name, Result, Timestamp, UserId};

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
    /// Your account is about to end.
    AccountExpiring {
        /// When it ends.
        at: Timestamp,
    },
    /// Your account will be erased, unless you sign in before.
    DeletionAsked {
        /// Sign-in page.
        login_link: String,
        /// Until when signing in takes it back.
        until: Timestamp,
    },
    /// You signed in, so that your account stays.
    DeletionCancelled {
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// When it happened.
        at: Timestamp,
    },
    /// Your account is gone.
    AccountDeleted,
}

impl Message {
    /// Its name: that of its templates, and the `kind` of its row in the outbox.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Verify { .. } => "verify",
            Self::AlreadyRegistered { .. } => "already_registered",
            Self::FinishRegistration { .. } => "finish_registration",
            Self::Reset { .. } => "reset",
            Self::PasswordChanged { .. } => "password_changed",
            Self::PasswordLocked { .. } => "password_locked",
            Self::TokenReused { .. } => "token_reused",
            Self::AccountExpiring { .. } => "account_expiring",
            Self::DeletionAsked { .. } => "deletion_asked",
            Self::DeletionCancelled { .. } => "deletion_cancelled",
            Self::AccountDeleted => "account_deleted",
        }
    }
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// By SMTP: `smtps://user:password@host`, `smtp://user:password@host:587?tls=required`, or plain `smtp://127.0.0.1:1025`
    /// on this machine alone. User name and password are percent-encoded (RFC 3986).
    Smtp(vestibule_model::Secret),
    /// As `.eml` files in a folder, for development.
    Folder(std::path::PathBuf),
    /// Into memory, for tests.
    #[cfg(feature = "testing")]
    Captured(Captured),
}

/// What sends, made once for a domain: the checked transport, the letterhead, and the bell that wakes the worker.
pub(crate) struct Post {
    transport: Transport,
    letterhead: Letterhead,
    bell: Arc<Notify>,
}

impl Post {
    /// Checks the settings and prepares the transport, without connecting anywhere. Needs a tokio runtime.
    ///
    /// # Errors
    /// A sentence, as [`check`] gives.
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        templates::check()?;
        Ok(Self {
            letterhead: Letterhead::new(&options.mail_from, &options.site_name, &options.public_url)?,
            transport: Transport::open(&options.delivery)?,
            bell: Arc::default(),
        })
    }
}

/// Whether the mail settings fit: the sender is an address, and an SMTP URL is one that never sends in the clear over a
/// network. Connects nowhere and needs no runtime; for `config check`.
///
/// # Errors
/// A sentence that names the setting that does not fit, and never a password.
pub fn check(delivery: &Delivery, from: &str) -> Result<(), String> {
    templates::check()?;
    Letterhead::new(from, "", "")?;
    match delivery {
        Delivery::Smtp(url) => smtp::check(url),
        Delivery::Folder(_) => Ok(()),
        #[cfg(feature = "testing")]
        Delivery::Captured(_) => Ok(()),
    }
}

/// Puts a message into the outbox, inside the transaction of its cause, and wakes the worker when that is committed. It
/// is not sent after `useless_after`, but dropped.
///
/// # Errors
/// [`Error::Internal`](crate::Error::Internal) and [`Error::Unavailable`](crate::Error::Unavailable) only.
pub(crate) async fn enqueue(
    domain: &Domain,
    tx: &mut Tx,
    to: &Email,
    name: Option<&Name>,
    message: Message,
    useless_after: Option<Timestamp>,
) -> Result<()> {
    store::insert(domain, tx, to, name, &message, useless_after, Trace::Kept).await?;
    ring(domain, tx);
    Ok(())
}

/// As [`enqueue`], for somebody who has no account any more: the row goes once the mail has left, or is of no more use,
/// so that nobody finds the address afterwards.
///
/// # Errors
/// As [`enqueue`].
pub(crate) async fn enqueue_traceless(
    domain: &Domain,
    tx: &mut Tx,
    to: &Email,
    name: Option<&Name>,
    message: Message,
    useless_after: Timestamp,
) -> Result<()> {
    store::insert(domain, tx, to, name, &message, Some(useless_after), Trace::None).await?;
    ring(domain, tx);
    Ok(())
}

fn ring(domain: &Domain, tx: &mut Tx) {
    // The worker need not wait for its next look at the outbox.
    let bell = domain.post().bell.clone();
    tx.after_commit(move || bell.notify_one());
}

/// Forgets as part of `tx` every mail to a person who goes, and every mail that tells others of their address and has not
/// left yet.
pub(crate) async fn forget_person(tx: &mut Tx, user: UserId, email: &Email) -> Result<()> {
    store::delete_of_person(tx, user, email).await
}

/// What was mailed to a person, oldest first, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    store::of_person(domain.db(), user).await
}

/// Sends due mail until `stop`: at once when something was put into the outbox, and otherwise every two seconds. On
/// `stop`, what is being sent gets a few seconds to finish; the rest is handed back for another process to send.
pub async fn work(domain: Domain, stop: CancellationToken) {
    worker::run(&domain, &stop).await;
}

/// Sends what is due now, once; the number of mails that left.
///
/// # Errors
/// [`Error::Internal`](crate::Error::Internal) and [`Error::Unavailable`](crate::Error::Unavailable) when the outbox
/// cannot be read. A mail that could not be sent is no error: it is tried again later.
pub async fn deliver_due(domain: &Domain) -> Result<usize> {
    worker::deliver_due(domain, &CancellationToken::new()).await
}

/// Asks a mail server that was away whether it is back; if so, what waits for it is due now. Called by the worker.
///
/// # Errors
/// As [`deliver_due`].
pub async fn look_again(domain: &Domain) -> Result<()> {
    worker::look_again(domain).await
}

#[cfg(test)]
mod tests {
    use crate::accounts;
    use crate::testing::{Engine, TestDomain};
    use std::time::Duration;
    use tokio::time::timeout;
    use vestibule_model::accounts::RegisterForm;

    /// Whether the bell rang since it was last heard.
    async fn rang(t: &TestDomain) -> bool {
        timeout(Duration::ZERO, t.domain.post().bell.notified()).await.is_ok()
    }

    #[tokio::test]
    async fn a_queued_letter_rings_for_the_worker_once_it_is_committed() {
        let t = TestDomain::on(Engine::Sqlite).await.expect("SQLite is always there");
        assert!(!rang(&t).await);
        let form = RegisterForm {
            email: "ada@example.org".into(),
            password: "tangerine ladder sings quietly".into(),
            name: "Ada".into(),
            ..RegisterForm::default()
        };
        accounts::register(&t.domain, form, &crate::Client::local()).await.expect("registration is open");
        assert!(rang(&t).await);
        assert!(!rang(&t).await);
    }
}
