//! Every template as its reader sees it: the text part whole, the HTML part reduced to its words and links.

use super::*;
use crate::mail::{Message, letter::Letterhead, store::Claimed, wording};
use uuid::Uuid;
use vestibule_model::Timestamp;

fn samples() -> Vec<Message> {
    let at = Timestamp::parse("2026-11-23T05:41:00Z").unwrap();
    let forgot_link = "https://example.org/forgot".to_owned();
    let link =
        |page: &str| format!("https://example.org/{page}?token=NmtCc1h0U2VjcmV0VG9rZW4tZm9yLXRlc3Rz_-AbCdE");
    vec![
        Message::Verify { link: link("verify") },
        Message::AlreadyRegistered {
            login_link: "https://example.org/login".to_owned(),
            forgot_link: forgot_link.clone(),
        },
        Message::FinishRegistration { link: link("reset") },
        Message::Reset { link: link("reset") },
        Message::PasswordChanged {
            forgot_link: forgot_link.clone(),
            at,
            address: Some("192.0.2.7".to_owned()),
        },
        Message::PasswordLocked { forgot_link: forgot_link.clone() },
        Message::TokenReused { forgot_link: forgot_link.clone(), at },
        Message::AccountExpiring { at },
        Message::DeletionAsked { login_link: "https://example.org/login".to_owned(), until: at },
        Message::DeletionCancelled { forgot_link, at },
        Message::AccountDeleted,
    ]
}

fn page(site: &str, name: Option<&str>, message: &Message) -> Page {
    let created_at = Timestamp::parse("2026-11-23T05:41:00Z").unwrap();
    let row = Claimed {
        id: Uuid::nil(),
        recipient: "ada@example.org".to_owned(),
        name: name.map(str::to_owned),
        message: String::new(),
        attempts: 1,
        created_at,
        useless_after: Some(created_at.after(std::time::Duration::from_hours(24))),
    };
    let head = Letterhead::new("no-reply@example.org", site, "https://example.org").unwrap();
    wording::page(&head, &row, message)
}

/// The words of an HTML page; a link shows where it leads in brackets, unless that is its text.
fn words(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html.split_once("<body").unwrap().1;
    rest = rest.split_once('>').unwrap().1;
    let mut target = None;
    while let Some((text, after)) = rest.split_once('<') {
        out.push_str(text);
        let (tag, after) = after.split_once('>').unwrap();
        if let Some(href) = tag.split_once("href=\"").filter(|_| tag.starts_with("a ")) {
            target = Some((out.len(), href.1.split('"').next().unwrap().to_owned()));
        } else if tag == "/a" {
            let (from, href) = target.take().unwrap();
            if out[from..].trim() != href {
                out.extend([" [", &href, "]"]);
            }
        } else if tag == "/div" || tag == "/td" {
            out.push('\n');
        }
        rest = after;
    }
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n").replace("&#x2f;", "/")
}

#[test]
fn every_message_reads_well() {
    for message in samples() {
        let page = page("Example", Some("Ada"), &message);
        let (text, html) = render(message.kind(), &page).unwrap();
        let shown = format!("Subject: {}\n\n{text}\n=== HTML ===\n{}\n", page.subject, words(&html));
        insta::assert_snapshot!(message.kind(), shown);
    }
}

#[test]
fn nothing_is_left_unfilled_and_no_line_is_too_long() {
    for message in samples() {
        for name in [None, Some("Ada")] {
            let (text, html) = render(message.kind(), &page("Example", name, &message)).unwrap();
            for part in [&text, &html] {
                assert!(!part.contains("{{") && !part.contains("{%") && !part.contains("none,"), "{part}");
                assert!(!part.contains("undefined"), "{part}");
            }
            assert!(
                text.lines().all(|line| line.chars().count() <= 78 || line.starts_with("https://")),
                "{text}"
            );
            assert!(text.ends_with('\n') && !text.contains("\n\n\n"), "{text:?}");
        }
    }
}

#[test]
fn opening_a_mail_fetches_nothing_and_it_suits_the_dark() {
    for message in samples() {
        let (_, html) = render(message.kind(), &page("Example", Some("Ada"), &message)).unwrap();
        for fetched in ["<img", "<link", "@import", "url(", "<script", "fonts.g"] {
            assert!(!html.contains(fetched), "{fetched} in {html}");
        }
        assert!(
            html.contains(r#"name="color-scheme" content="light dark""#)
                && html.contains("prefers-color-scheme: dark")
        );
        assert!(html.contains(r#"lang="en""#), "{html}");
    }
}

#[test]
fn c06_c59_what_people_typed_is_inert_in_mails() {
    let hostile = r#"</td><a href='x'>"&{{ 7*7 }}<mj-raw>"#;
    for message in samples() {
        let (_, html) =
            render(message.kind(), &page(hostile, Some(r#"<b onload=x>"&{{ site }}"#), &message)).unwrap();
        assert!(
            !html.contains("<a href='x'>") && !html.contains("<b onload") && !html.contains("<mj-raw"),
            "{html}"
        );
        assert!(html.contains("&lt;b onload=x&gt;&quot;&amp;{{ site }}"), "{html}");
        assert!(html.contains("{{ 7*7 }}") && !html.contains("49"), "{html}");
    }
}
