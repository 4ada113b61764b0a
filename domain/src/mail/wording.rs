//! What the templates are filled with, and how times and spans are said. Pure. Every value is text; a template escapes it.

use super::{Message, letter::Letterhead, store::Claimed};
use crate::calendar::Zone;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use vestibule_model::Timestamp;

/// The values that a template may name; `None` is there to be asked for by `{% if … %}`.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// What every template and both layouts may name; subject and preheader are made of the rest.
pub(super) const COMMON: [&str; 7] =
    ["subject", "preheader", "site", "site_url", "name", "lifetime", "unsubscribe"];

/// A message, ready for its templates.
#[derive(Debug)]
pub(super) struct Page {
    /// The name of its templates.
    pub(super) kind: &'static str,
    /// What they are filled with, but for subject and preheader, which are made of the rest.
    pub(super) values: Values,
}

/// Fills the page of a row.
pub(super) fn page(head: &Letterhead, row: &Claimed, message: &Message, unsubscribe: Option<String>) -> Page {
    let mut values = of(message, &Zone::named(row.time_zone.as_deref()));
    let common = [
        ("site", Some(head.site.clone())),
        ("site_url", Some(head.site_url.clone())),
        ("name", row.name.as_deref().and_then(harmless_name).map(str::to_owned)),
        ("lifetime", row.useless_after.map(|end| in_words(end.since(row.created_at)))),
        ("unsubscribe", unsubscribe),
    ];
    values.extend(common.map(|(name, value)| (name.to_owned(), value)));
    Page { kind: message.kind(), values }
}

/// The fields of a message under their own names: a template is filled with exactly what the message carries, its times
/// as clocks in `zone` show them.
fn of(message: &Message, zone: &Zone) -> Values {
    let Ok(Value::Object(fields)) = serde_json::to_value(message) else { return Values::new() };
    let own = fields.into_iter().filter(|(name, _)| name != "message");
    own.map(|(name, value)| (name.clone(), in_text(&name, value, zone))).collect()
}

fn in_text(name: &str, value: Value, zone: &Zone) -> Option<String> {
    match value {
        // A template asks `{% if … %}`, and any text would be a yes.
        Value::Null | Value::Bool(false) => None,
        Value::String(text) if is_time(name) => {
            Some(Timestamp::parse(&text).map_or(text, |at| zone.in_full(at)))
        }
        // Its owner called it so, or somebody who was there as them.
        Value::String(text) if name == "device" && looks_like_link(&text) => None,
        Value::String(text) => Some(text),
        Value::Array(items) => {
            let items = items.into_iter().filter_map(|item| in_text("", item, zone));
            Some(items.collect::<Vec<_>>().join(", "))
        }
        other => Some(other.to_string()),
    }
}

/// Whether the field of this name holds a time, which is said in words.
fn is_time(name: &str) -> bool {
    matches!(name, "at" | "until")
}

/// Whether the field of this name holds a link that the mail must show.
pub(super) fn is_link(name: &str) -> bool {
    name == "link" || name.ends_with("_link")
}

/// The name to greet with, unless it could pass for an advertisement: mail programs make links of bare addresses, so
/// that whoever registers another's address under the name `win-big.example` would have us send their link
/// (CVE-2024-41953).
pub(super) fn harmless_name(name: &str) -> Option<&str> {
    (!looks_like_link(name) && name.chars().count() <= 40).then_some(name)
}

/// Whether a mail program may make a link of it.
fn looks_like_link(text: &str) -> bool {
    let mut labels = text.split('.');
    labels.next();
    text.contains(['/', '@', '\\'])
        || text.to_ascii_lowercase().contains("www.")
        || labels.any(|label| label.chars().take_while(|c| c.is_alphanumeric() || *c == '-').count() >= 2)
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
    fn moments_are_told_in_the_readers_zone() {
        let at = Timestamp::parse("2026-07-03T05:41:59.9Z").unwrap();
        let said = |zone| of(&Message::EmailTakenBack { at }, &Zone::named(zone))["at"].clone().unwrap();
        assert_eq!(said(None), "3 July 2026, 05:41 UTC");
        assert_eq!(said(Some("Europe/London")), "3 July 2026, 06:41 (Europe/London)");
    }

    #[test]
    fn c59_a_device_whose_name_could_be_a_link_is_not_named() {
        let at = Timestamp::from_seconds(0);
        for (name, said) in [("Work laptop", Some("Work laptop")), ("win-big.example", None)] {
            let message = Message::TokenReused { forgot_link: String::new(), device: Some(name.into()), at };
            assert_eq!(of(&message, &Zone::utc())["device"].as_deref(), said);
        }
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
