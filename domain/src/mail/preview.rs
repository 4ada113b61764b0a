//! What operators look at before anybody gets it: every mail with sample values, and one real letter to see that mail
//! arrives. The command line needs no database for it; the page shows the same and sends by the outbox.

use super::{
    Message, letter::Body, letter::Letterhead, letterhead, samples, store::Claimed, transport::Transport,
};
use crate::error::{Internal, hidden};
use crate::events::{self, Event};
use crate::{Allowed, Client, Domain, Options};
use std::time::Duration;
use uuid::Uuid;
use vestibule_model::groups::ManageMail;
use vestibule_model::{Email, Error, notices::Notice};

/// A mail as its reader would see it, filled with sample values.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Preview {
    /// The name of its templates.
    pub name: &'static str,
    /// The notice it is, by the name under which its reader finds it among their notifications; nothing for mail that was
    /// asked for.
    pub notice: Option<&'static str>,
    /// Whether its reader can switch it off: a notice that does not concern their safety.
    pub optional: bool,
    /// Its subject.
    pub subject: String,
    /// Its text part.
    pub text: String,
    /// Its HTML part.
    pub html: String,
}

/// Every mail there is, by the site's own templates where it has some.
///
/// # Errors
/// A sentence that names the setting, or the file and the line, that does not fit.
pub fn previews(options: &Options) -> Result<Vec<Preview>, String> {
    let head = letterhead(options)?;
    samples::all().iter().map(|message| preview(&head, message)).collect()
}

/// Every mail there is, as this site writes it.
///
/// # Errors
/// [`Error::Internal`] when a template cannot be filled; the log says why.
pub fn of_site(domain: &Domain, by: &Allowed<ManageMail>) -> Result<Vec<Preview>, Error> {
    let _ = by;
    let head = &domain.post().letterhead;
    let all = samples::all();
    all.iter().map(|message| preview(head, message).map_err(|cause| hidden(&cause))).collect()
}

/// Sends the mail called `kind`, filled with sample values, to the person who asks, by the outbox.
///
/// # Errors
/// [`Error::NotFound`] for no such mail, [`Error::SignInFirst`] for the command line, which has no address.
pub async fn send_sample(
    domain: &Domain,
    by: &Allowed<ManageMail>,
    kind: &str,
    client: &Client,
) -> Result<(), Error> {
    let person = by.by().person()?;
    let message = samples::all().into_iter().find(|message| message.kind() == kind).ok_or(Error::NotFound)?;
    let mut tx = domain.begin().await?;
    let useless_after = Some(domain.now().after(SAMPLE));
    let (to, name) = (&person.account.email, Some(&person.account.name));
    super::enqueue(domain, &mut tx, to, name, message, useless_after).await?;
    let event = Event::TestMailSent { user: person.user, kind: kind.to_owned() };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.commit().await.internal()
}

/// How long a sample is tried for.
const SAMPLE: Duration = Duration::from_hours(1);

fn preview(head: &Letterhead, message: &Message) -> Result<Preview, String> {
    let parts = head.render(&samples::filled(head, message, Some("Ada Lovelace")))?;
    let (name, notice) = (message.kind(), message.notice().map(Notice::name));
    let optional = message.notice().is_some_and(|notice| !notice.is_security());
    Ok(Preview { name, notice, optional, subject: parts.subject, text: parts.text, html: parts.html })
}

/// Sends one letter to `to` now, past the outbox, by the way the settings name; what the other side said to it.
///
/// # Errors
/// A sentence of ours, or the other side's own words.
pub async fn send_test(options: &Options, to: &Email) -> Result<String, String> {
    let head = letterhead(options)?;
    let transport = Transport::open(&options.delivery)?;
    let now = options.clock.now();
    let body = Body { message: Message::Test { at: now }, unsubscribe: None, about: Vec::new() };
    let mut random = [0; 16];
    options.random.fill(&mut random);
    let row = Claimed {
        id: Uuid::from_bytes(random),
        recipient: to.as_str().to_owned(),
        name: None,
        message: serde_json::to_string(&body).map_err(|cause| cause.to_string())?,
        attempts: 1,
        created_at: now,
        useless_after: None,
        time_zone: None,
    };
    let sent = transport.send(head.seal(&row)?).await;
    sent.map_err(|failure| format!("{}: {}", failure.kind.name(), failure.detail))
}
