//! Spans of time as people write them: `90s`, `15m`, `30d`. Used by the settings alone; the rest of the program holds
//! `Duration`.

use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
use std::{borrow::Cow, time::Duration};
use vestibule_model::sessions::Lifetime;

/// The span written as `text`.
///
/// # Errors
/// A sentence that says what is expected; it does not repeat the text.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "expected a span of time such as \"90s\", \"15m\", \"12h\" or \"30d\"".into())
}

/// `span` in the largest unit that divides it.
pub(crate) fn print(span: Duration) -> String {
    Lifetime::Span(span).to_string()
}

pub(crate) fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&print(*span))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse(&Cow::<'de, str>::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        for text in ["0s", "1s", "90s", "15m", "12h", "30d", "400d", "250ms"] {
            assert_eq!(print(parse(text).unwrap()), text);
        }
        assert_eq!(print(parse("60m").unwrap()), "1h");
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in
            ["", "15", "-1s", "1 fortnight", "99999999999999999999d", "9223372036854775807d", "1e9s", "NaNs"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
