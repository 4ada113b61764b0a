//! Mail: messages as values, rendered from templates, kept in an outbox inside the transaction of their cause, sent by a
//! worker that tries again. Areas call [`enqueue`] in their own transaction; the server runs [`work`]; nobody else sends.
//! No request ever waits for SMTP, and no text of a mail is written outside `templates/mail`.

mod backoff;
#[cfg(feature = "testing")]
mod captured;
pub mod folder;
mod letter;
mod message;
pub mod outbox;
mod preview;
mod samples;
mod smtp;
mod store;
mod templates;
mod transport;
mod wording;
mod worker;

#[cfg(feature = "testing")]
pub use captured::Captured;
pub use folder::Letter;
pub use message::Message;
pub use preview::{Preview, of_site, previews, send_sample, send_test};

use crate::{Domain, Options, db::Tx};
use letter::Letterhead;
use std::{path::PathBuf, sync::Arc};
use store::Trace;
use templates::Templates;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use transport::Transport;
use vestibule_model::{Email, Name, Result, Timestamp, UserId};

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
        Ok(Self {
            letterhead: letterhead(options)?,
            transport: Transport::open(&options.delivery)?,
            bell: Arc::default(),
        })
    }
}

/// The folder of a site's own templates.
fn template_folder(options: &Options) -> PathBuf {
    options.data_dir.join("templates").join("mail")
}

fn letterhead(options: &Options) -> Result<Letterhead, String> {
    let templates = Templates::own(&template_folder(options))?;
    Letterhead::new(&options.mail_from, &options.site_name, &options.public_url, templates)
}

/// Whether the mail settings and the site's own templates fit: the sender is an address, an SMTP URL is one that never
/// sends in the clear over a network, and no template promises less than ours. Connects nowhere and needs no runtime; for
/// `config check` and `doctor`.
///
/// # Errors
/// A sentence that names the setting, or the file and the line, that does not fit, and never a password.
pub fn check(options: &Options) -> Result<(), String> {
    letterhead(options)?;
    match &options.delivery {
        Delivery::Smtp(url) => smtp::check(url),
        Delivery::Folder(_) => Ok(()),
        #[cfg(feature = "testing")]
        Delivery::Captured(_) => Ok(()),
    }
}

/// A letter for the outbox.
pub(crate) struct Outgoing<'a> {
    /// Whom it goes to.
    pub(crate) to: &'a Email,
    /// What the person is called.
    pub(crate) name: Option<&'a Name>,
    /// What it says.
    pub(crate) message: Message,
    /// When it is dropped instead of sent.
    pub(crate) useless_after: Option<Timestamp>,
    /// Where its reader stops mails of this kind, if they may.
    pub(crate) unsubscribe: Option<String>,
    /// Whose account it is about, when the address is not, or no longer, that account's.
    pub(crate) owner: Option<UserId>,
    /// Whose addresses it names, or named when it was written, beside its owner's: while it waits it goes with any of them.
    pub(crate) about: &'a [UserId],
}

/// The newest fifty mails to somebody, for administrators who look at the account.
///
/// # Errors
/// None but those of the database.
pub async fn newest_to(
    domain: &Domain,
    _by: &crate::Allowed<vestibule_model::groups::ViewAccounts>,
    user: vestibule_model::UserId,
) -> Result<Vec<vestibule_model::people::LetterTo>> {
    store::newest_to(domain.db(), user, 50).await
}

/// Puts a message into the outbox, inside the transaction of its cause, and wakes the worker when that is committed. It
/// is not sent after `useless_after`, but dropped. For mail that goes to whoever holds an address; what a person is told
/// about their account goes by [`notices::tell`](crate::notices::tell), which knows what they chose.
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
    let letter = Outgoing { to, name, message, useless_after, unsubscribe: None, owner: None, about: &[] };
    post(domain, tx, letter).await
}

/// As [`enqueue`], with all there is to say about a letter.
///
/// # Errors
/// As [`enqueue`].
pub(crate) async fn post(domain: &Domain, tx: &mut Tx, letter: Outgoing<'_>) -> Result<()> {
    store::insert(domain, tx, letter, Trace::Kept).await?;
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
    let useless_after = Some(useless_after);
    let letter = Outgoing { to, name, message, useless_after, unsubscribe: None, owner: None, about: &[] };
    store::insert(domain, tx, letter, Trace::None).await?;
    ring(domain, tx);
    Ok(())
}

fn ring(domain: &Domain, tx: &mut Tx) {
    // The worker need not wait for its next look at the outbox.
    let bell = domain.post().bell.clone();
    tx.after_commit(move || bell.notify_one());
}

/// Forgets as part of `tx` every mail to a person who goes, and every mail that tells others of an address of theirs,
/// present or former, and has not left yet.
pub(crate) async fn forget_person(tx: &mut Tx, user: UserId, email: &Email) -> Result<()> {
    store::delete_of_person(tx, user, email).await
}

/// What was mailed to a person, oldest first, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    store::of_person(domain.db(), user).await
}

/// How many letters wait after a failure, and how many were given up, as `tx` sees it.
pub(crate) async fn stuck(tx: &mut Tx) -> Result<(i64, i64)> {
    store::stuck(tx).await
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
