//! From a row of the outbox to the bytes that leave: addresses, headers, both parts. Nothing a person typed can begin a
//! header of its own here (RUSTSEC-2021-0069, CVE-2015-9097).

use super::{
    Message,
    store::Claimed,
    templates::{Parts, Templates},
    wording,
};
use lettre::{
    Address,
    address::Envelope,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use std::time::{Duration, SystemTime};
use vestibule_model::{Timestamp, UserId};

/// What every letter of the site has in common.
pub(super) struct Letterhead {
    /// The sender, under the site's name unless the setting gives one.
    sender: Mailbox,
    /// What the site calls itself, on one line.
    pub(super) site: String,
    /// Where people reach it.
    pub(super) site_url: String,
    /// The site's own templates; ours when it has none.
    templates: Option<Templates>,
}

/// What a row of the outbox keeps of a letter: erased as a whole once it was sent.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Body {
    /// What it says.
    #[serde(flatten)]
    pub(super) message: Message,
    /// Where its reader stops mails of this kind, if they may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unsubscribe: Option<String>,
    /// Whose addresses it names beside its owner's. Their ids stand here, because an address may be a former one by the
    /// time its person goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) about: Vec<UserId>,
}

/// A letter ready to leave.
#[derive(Debug)]
pub(super) struct Sealed {
    /// Its name in a folder: the time it was written and the id of its row; the same on every try.
    pub(super) id: String,
    /// From and to, as SMTP is told.
    pub(super) envelope: Envelope,
    /// Headers and parts.
    pub(super) bytes: Vec<u8>,
}

impl Letterhead {
    /// Reads the sender from the setting `mail.from`: an address, or `Name <address>`.
    pub(super) fn new(
        from: &str,
        site_name: &str,
        public_url: &str,
        templates: Option<Templates>,
    ) -> Result<Self, String> {
        let site = one_line(site_name);
        let refused = "mail.from must be an address, as in `Example <no-reply@example.org>`";
        let typed: Mailbox = from.trim().parse().map_err(|_| refused.to_owned())?;
        let email = address(typed.email.user(), typed.email.domain()).ok_or(refused)?;
        let name = typed.name.map_or_else(|| site.clone(), |name| one_line(&name));
        Ok(Self { sender: Mailbox::new(Some(name), email), site, site_url: public_url.to_owned(), templates })
    }

    /// That of a site which exists in samples alone.
    pub(super) fn sample() -> Self {
        Self::new("no-reply@example.org", "Example", "https://example.org", None).expect("this is an address")
    }

    /// The words of a page.
    pub(super) fn render(&self, page: &wording::Page) -> Result<Parts, String> {
        match &self.templates {
            Some(own) => own.render(page),
            None => Templates::ours()?.render(page),
        }
    }

    /// Writes the letter of a row.
    pub(super) fn seal(&self, row: &Claimed) -> Result<Sealed, String> {
        let body: Body = serde_json::from_str(&row.message).map_err(|cause| cause.to_string())?;
        let page = wording::page(self, row, &body.message, body.unsubscribe.clone());
        let parts = self.render(&page)?;
        let (local, domain) = row.recipient.rsplit_once('@').ok_or("the recipient is no address")?;
        let to = address(local, domain).ok_or("the recipient is no address")?;
        let name = row.name.as_deref().and_then(wording::harmless_name).map(one_line);
        let mut letter = lettre::Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(name, to))
            .subject(parts.subject)
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(row.created_at.0.try_into().unwrap_or(0)))
            // The same on every try, so that a mail which arrives twice is seen as one (RFC 5322 3.6.4).
            .message_id(Some(format!("<{}@{}>", row.id, self.sender.email.domain())))
            // Keeps holiday notices from answering (RFC 3834 5).
            .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()));
        if let Some(link) = body.unsubscribe {
            // One click in a mail program stops mails of this kind (RFC 2369 3.2, RFC 8058 3.1).
            letter = letter
                .raw_header(raw("List-Unsubscribe", format!("<{}>", one_line(&link))))
                .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        let letter = letter
            .multipart(
                MultiPart::alternative()
                    .boundary(format!("part-{}", row.id.simple()))
                    .singlepart(SinglePart::plain(parts.text))
                    .singlepart(SinglePart::html(parts.html)),
            )
            .map_err(|cause| cause.to_string())?;
        Ok(Sealed { id: file_name(row), envelope: letter.envelope().clone(), bytes: letter.formatted() })
    }
}

/// An address whose domain is written in ASCII (RFC 5891), which every mail server takes.
fn address(local: &str, domain: &str) -> Option<Address> {
    Address::new(local, idna::domain_to_ascii(domain).ok()?).ok()
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// The text without line breaks and other control characters.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// `20261123T054100250000-<id>`: sorts by time.
fn file_name(row: &Claimed) -> String {
    let micros = row.created_at.0.rem_euclid(1_000_000);
    let second = Timestamp::from_seconds(row.created_at.seconds()).to_string();
    let digits: String = second.chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    format!("{digits}{micros:06}-{}", row.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::folder::read;
    use uuid::Uuid;
    use vestibule_model::Name;

    pub(super) fn row(message: &Message) -> Claimed {
        Claimed {
            id: Uuid::from_u128(0x019a_ade5_0000_7000_8000_0000_0000_0001),
            recipient: "ada@example.org".to_owned(),
            name: Some("Ada Lovelace".to_owned()),
            message: serde_json::to_string(message).unwrap(),
            attempts: 1,
            created_at: Timestamp::parse("2026-11-23T05:41:00.25Z").unwrap(),
            useless_after: Timestamp::parse("2026-11-24T05:41:00.25Z"),
            time_zone: None,
        }
    }

    fn head(site: &str) -> Letterhead {
        Letterhead::new("no-reply@example.org", site, "https://example.org", None).unwrap()
    }

    fn headers(sealed: &Sealed) -> String {
        let text = String::from_utf8(sealed.bytes.clone()).unwrap();
        text.split_once("\r\n\r\n").unwrap().0.to_owned()
    }

    #[test]
    fn the_headers_are_these() {
        let sealed = head("Example").seal(&row(&Message::AccountDeleted)).unwrap();
        insta::assert_snapshot!(headers(&sealed).replace("\r\n", "\n"), @r#"
        From: Example <no-reply@example.org>
        To: "Ada Lovelace" <ada@example.org>
        Subject: Your account at Example was deleted
        Date: Mon, 23 Nov 2026 05:41:00 +0000
        Message-ID: <019aade5-0000-7000-8000-000000000001@example.org>
        Auto-Submitted: auto-generated
        MIME-Version: 1.0
        Content-Type: multipart/alternative;
         boundary="part-019aade5000070008000000000000001"
        "#);
        assert_eq!(sealed.id, "20261123T054100250000-019aade5-0000-7000-8000-000000000001");
    }

    #[test]
    fn the_same_row_gives_the_same_bytes() {
        let row = row(&Message::Reset { link: "https://example.org/reset?token=x".to_owned() });
        assert_eq!(head("Example").seal(&row).unwrap().bytes, head("Example").seal(&row).unwrap().bytes);
    }

    #[test]
    fn c60_nothing_typed_begins_a_header_or_ends_the_mail() {
        let hostile =
            "x\r\nBcc: eve@example.org\r\n\r\nbody\r\n.\r\nMAIL FROM:<eve@example.org>\u{2028}y\rz\0";
        let mut row = row(&Message::Verify {
            link: format!("https://example.org/verify?token={hostile}"),
            provider: None,
        });
        row.name = Some(hostile.to_owned());
        let letterhead =
            Letterhead::new("a <no-reply@example.org>", hostile, "https://example.org", None).unwrap();
        let sealed = letterhead.seal(&row).unwrap();
        let names: Vec<_> = headers(&sealed)
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap_or_default().to_owned())
            .collect();
        let expected =
            ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
        assert_eq!(names, expected);
        let text = String::from_utf8(sealed.bytes.clone()).unwrap();
        assert!(!text.contains('\0') && !text.replace("\r\n", "").contains(['\r', '\n']));
        assert_eq!(sealed.envelope.to().len(), 1);
        row.recipient = "ada@example.org\r\nRCPT TO:<eve@example.org>".to_owned();
        assert!(head("Example").seal(&row).is_err());
        assert!(Name::parse(hostile).is_err());
    }

    #[test]
    fn domains_beyond_ascii_are_written_in_ascii() {
        let mut row = row(&Message::AccountDeleted);
        row.recipient = "ada@Bücher.example".to_owned();
        let sealed = head("Bücher & Söhne").seal(&row).unwrap();
        assert_eq!(sealed.envelope.to()[0].to_string(), "ada@xn--bcher-kva.example");
        let letter = read("1", &sealed.bytes).unwrap();
        assert_eq!(letter.subject, "Your account at Bücher & Söhne was deleted");
        assert_eq!(letter.to, "ada@xn--bcher-kva.example");
    }

    #[test]
    fn a_sender_that_is_no_address_is_refused() {
        let from = |text: &str| Letterhead::new(text, "Example", "https://example.org", None);
        for bad in ["", "nobody", "a@b@c", "a b@example.org", "x\r\nBcc: y@example.org", "<>"] {
            assert!(from(bad).is_err(), "{bad:?}");
        }
        for good in ["no-reply@example.org", "Example <no-reply@example.org>", "vestibule@localhost"] {
            assert!(from(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_can_be_switched_off_says_so_to_mail_programs() {
        let mut row = row(&Message::Welcome { account_link: "https://example.org/account".to_owned() });
        assert!(!headers(&head("Example").seal(&row).unwrap()).contains("List-Unsubscribe"));
        row.message =
            row.message.replace('}', r#","unsubscribe":"https://example.org/unsubscribe?token=x"}"#);
        let headers = headers(&head("Example").seal(&row).unwrap());
        assert!(
            headers.contains("List-Unsubscribe: <https://example.org/unsubscribe?token=x>\r\n"),
            "{headers}"
        );
        assert!(headers.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{headers}");
    }

    #[test]
    fn a_row_of_another_version_is_refused_and_not_half_written() {
        let mut row = row(&Message::AccountDeleted);
        row.message = r#"{"message":"fax"}"#.to_owned();
        assert!(head("Example").seal(&row).is_err());
    }
}
