//! What operators look at before anybody gets it: every mail with sample values, and one real letter to see that mail
//! arrives. Called by the command line; needs no database.

use super::{
    Message, letter::Body, letter::Letterhead, letterhead, samples, store::Claimed, transport::Transport,
};
use crate::Options;
use uuid::Uuid;
use vestibule_model::{Email, notices::Notice};

/// A mail as its reader would see it, filled with sample values.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Preview {
    /// The name of its templates.
    pub name: &'static str,
    /// The notice it is, by the name under which its reader finds it among their notifications; nothing for mail that was
    /// asked for.
    pub notice: Option<&'static str>,
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

fn preview(head: &Letterhead, message: &Message) -> Result<Preview, String> {
    let parts = head.render(&samples::filled(head, message, Some("Ada Lovelace")))?;
    let (name, notice) = (message.kind(), message.notice().map(Notice::name));
    Ok(Preview { name, notice, subject: parts.subject, text: parts.text, html: parts.html })
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
