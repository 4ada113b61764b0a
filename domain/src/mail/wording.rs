//! The lines of a mail that stand outside its templates (subject and preheader), and what the templates are filled with.
//! Pure.

use super::{Message, letter::Letterhead, store::Claimed};
use std::time::Duration;
use vestibule_model::Timestamp;

/// What a template may name. Everything is text; a template escapes it.
#[derive(Debug)]
pub(super) struct Page {
    /// The subject.
    pub(super) subject: String,
    /// What a mail program shows behind the subject.
    pub(super) preheader: String,
    /// The site's name.
    pub(super) site: String,
    /// The site's address.
    pub(super) site_url: String,
    /// Who is greeted.
    pub(super) name: Option<String>,
    /// How long the link works, as in `24 hours`.
    pub(super) lifetime: Option<String>,
    /// Where the button leads.
    pub(super) link: Option<String>,
    /// Page that asks for a reset link.
    pub(super) forgot_link: Option<String>,
    /// When it happened, as in `23 November 2026, 05:41 UTC`.
    pub(super) at: Option<String>,
    /// From where.
    pub(super) address: Option<String>,
}

/// Fills the page of a row.
pub(super) fn page(head: &Letterhead, row: &Claimed, message: &Message) -> Page {
    let (subject, preheader) = lines(&head.site, message);
    let mut page = Page {
        subject,
        preheader,
        site: head.site.clone(),
        site_url: head.site_url.clone(),
        name: row.name.as_deref().and_then(harmless_name).map(str::to_owned),
        lifetime: row.useless_after.map(|end| in_words(end.since(row.created_at))),
        link: None,
        forgot_link: None,
        at: None,
        address: None,
    };
    match message {
        Message::Verify { link } | Message::FinishRegistration { link } | Message::Reset { link } => {
            page.link = Some(link.clone());
        }
        Message::AlreadyRegistered { login_link, forgot_link } => {
            page.link = Some(login_link.clone());
            page.forgot_link = Some(forgot_link.clone());
        }
        Message::PasswordChanged { forgot_link, at, address } => {
            page.link = Some(forgot_link.clone());
            page.at = Some(moment(*at));
            page.address.clone_from(address);
        }
        Message::PasswordLocked { forgot_link } => page.link = Some(forgot_link.clone()),
        Message::TokenReused { forgot_link, at } => {
            page.link = Some(forgot_link.clone());
            page.at = Some(moment(*at));
        }
        Message::AccountExpiring { at } => page.at = Some(moment(*at)),
        Message::DeletionAsked { login_link, until } => {
            page.link = Some(login_link.clone());
            page.at = Some(moment(*until));
        }
        Message::DeletionCancelled { forgot_link, at } => {
            page.link = Some(forgot_link.clone());
            page.at = Some(moment(*at));
        }
        Message::AccountDeleted => {}
    }
    page
}

/// Subject and preheader.
fn lines(site: &str, message: &Message) -> (String, String) {
    match message {
        Message::Verify { .. } => (
            format!("Confirm your e-mail address for {site}"),
            "One step is left before you can sign in.".to_owned(),
        ),
        Message::AlreadyRegistered { .. } => (
            format!("You already have an account at {site}"),
            "Someone tried to register with your e-mail address. Nothing was changed.".to_owned(),
        ),
        Message::FinishRegistration { .. } => (
            format!("Finish creating your account at {site}"),
            "Choose a password; this also confirms your e-mail address.".to_owned(),
        ),
        Message::Reset { .. } => (
            format!("Set a new password for {site}"),
            "If you did not ask for this, you can ignore it.".to_owned(),
        ),
        Message::PasswordChanged { .. } => (
            format!("Your password for {site} was changed"),
            "If this was you, there is nothing to do.".to_owned(),
        ),
        Message::PasswordLocked { .. } => (
            format!("Your password for {site} no longer works"),
            "There were too many wrong passwords in a row. Set a new one to sign in.".to_owned(),
        ),
        Message::TokenReused { .. } => (
            format!("A session of your account at {site} was ended"),
            "Its credentials were used twice, so somebody else may have a copy.".to_owned(),
        ),
        Message::AccountExpiring { .. } => (
            format!("Your account at {site} is about to end"),
            "After that day you can no longer sign in.".to_owned(),
        ),
        Message::DeletionAsked { .. } => (
            format!("Your account at {site} will be deleted"),
            "You can still keep it: sign in before the day it is erased.".to_owned(),
        ),
        Message::DeletionCancelled { .. } => (
            format!("Your account at {site} stays"),
            "Signing in took back the deletion that was asked for.".to_owned(),
        ),
        Message::AccountDeleted => {
            (format!("Your account at {site} was deleted"), "This is the last message about it.".to_owned())
        }
    }
}

/// The name to greet with, unless it could pass for an advertisement: mail programs make links of bare addresses, so
/// that whoever registers another's address under the name `win-big.example` would have us send their link
/// (CVE-2024-41953).
pub(super) fn harmless_name(name: &str) -> Option<&str> {
    let looks_like_link = name.contains(['/', '@', '\\']) || name.to_ascii_lowercase().contains("www.");
    let mut labels = name.split('.');
    labels.next();
    let has_domain =
        labels.any(|label| label.chars().take_while(|c| c.is_alphanumeric() || *c == '-').count() >= 2);
    (!looks_like_link && !has_domain && name.chars().count() <= 40).then_some(name)
}

/// `30 minutes`, `1 hour`, `24 hours`, `3 days`; rounded down, so that no more is promised than is kept.
fn in_words(span: Duration) -> String {
    // A letter is written an instant after its link was made: that instant must not cost an hour.
    let minutes = ((span.as_secs() + 30) / 60).max(1);
    let (count, unit) = match minutes {
        0..120 if minutes != 60 => (minutes, "minute"),
        0..2_880 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// `23 November 2026, 05:41 UTC`.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{}, {} UTC", at.day(), text.get(11..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_like_speech_and_promise_no_more_than_is_kept() {
        let said = [30, 59, 60, 90, 120, 24 * 60 - 1, 24 * 60, 72 * 60]
            .map(|minutes| in_words(Duration::from_secs(minutes * 60)));
        assert_eq!(
            said,
            ["30 minutes", "59 minutes", "1 hour", "90 minutes", "2 hours", "23 hours", "24 hours", "3 days"]
        );
        assert_eq!(in_words(Duration::from_secs(0)), "1 minute");
        assert_eq!(in_words(Duration::from_micros(24 * 3_600 * 1_000_000 - 1)), "24 hours");
    }

    #[test]
    fn moments_read_like_speech() {
        assert_eq!(moment(Timestamp::parse("2026-02-03T05:41:59.9Z").unwrap()), "3 February 2026, 05:41 UTC");
    }

    #[test]
    fn c59_names_that_a_mail_program_would_link_are_not_said() {
        for good in ["Ada Lovelace", "Dr. Ada", "J.R.R. Tolkien", "Zoë Öztürk", "<b>Bob", "Sammy Davis Jr."]
        {
            assert_eq!(harmless_name(good), Some(good));
        }
        for bad in [
            "win-big.example",
            "http://evil",
            "www.x",
            "ada@example.org",
            "see xn--p1ai.xn--p1ai/now",
            &"x".repeat(41),
        ] {
            assert_eq!(harmless_name(bad), None, "{bad}");
        }
    }
}
