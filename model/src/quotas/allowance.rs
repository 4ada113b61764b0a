//! How much somebody may spend: a number of units, or without end. "Unlimited" is said, never meant by a large number or by
//! an empty field.

use crate::Problem;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// How many units somebody may spend in a window. The greater of two is the more generous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Allowance {
    /// So many; 0 closes what the quota counts.
    Units(u64),
    /// As many as they like. They are counted all the same.
    Unlimited,
}

/// Most units of an allowance: 10 to the power of 15, so that every sum of them is exact wherever JSON is read.
const MOST: u64 = 1_000_000_000_000_000;

impl Allowance {
    /// Reads `1000`, `1 000`, `1,000` or `unlimited`, and what [`in_words`](Self::in_words) says.
    ///
    /// # Errors
    /// The problem with it.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::Required);
        }
        if text.eq_ignore_ascii_case("unlimited") {
            return Ok(Self::Unlimited);
        }
        let digits: String =
            text.chars().filter(|c| !matches!(c, ' ' | ',' | '_' | '\u{a0}' | '\u{202f}')).collect();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::Malformed);
        }
        digits
            .parse()
            .ok()
            .filter(|units| *units <= MOST)
            .map(Self::Units)
            .ok_or(Problem::TooMany { max: u32::MAX })
    }

    /// `100 000` or `unlimited`, for people.
    pub fn in_words(self) -> String {
        self.units().map_or_else(|| self.to_string(), grouped)
    }

    /// The units; nothing for an allowance without end.
    pub const fn units(self) -> Option<u64> {
        match self {
            Self::Units(units) => Some(units),
            Self::Unlimited => None,
        }
    }
}

/// `12 345`, for people: digits in threes, with narrow spaces between them that do not break.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(feature = "utoipa")]
impl utoipa::PartialSchema for Allowance {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
        let units = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["unlimited"]));
        let about = "A number of units, or `unlimited`.";
        OneOfBuilder::new().item(units).item(word).description(Some(about)).into()
    }
}

#[cfg(feature = "utoipa")]
impl utoipa::ToSchema for Allowance {}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Units(units) => units.fmt(f),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

impl Serialize for Allowance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Units(units) => serializer.serialize_u64(*units),
            Self::Unlimited => serializer.serialize_str("unlimited"),
        }
    }
}

impl<'de> Deserialize<'de> for Allowance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl de::Visitor<'_> for Read {
            type Value = Allowance;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or `unlimited`")
            }

            fn visit_u64<E: de::Error>(self, units: u64) -> Result<Allowance, E> {
                let wrong = || E::invalid_value(de::Unexpected::Unsigned(units), &self);
                (units <= MOST).then_some(Allowance::Units(units)).ok_or_else(wrong)
            }

            fn visit_i64<E: de::Error>(self, units: i64) -> Result<Allowance, E> {
                match u64::try_from(units) {
                    Ok(units) => self.visit_u64(units),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Signed(units), &self)),
                }
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Allowance, E> {
                Allowance::parse(text).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_the_word_are_read_and_nothing_else() {
        for (text, allowance) in [
            ("0", Allowance::Units(0)),
            ("100000", Allowance::Units(100_000)),
            (" 100 000 ", Allowance::Units(100_000)),
            ("100,000", Allowance::Units(100_000)),
            ("Unlimited", Allowance::Unlimited),
        ] {
            assert_eq!(Allowance::parse(text), Ok(allowance), "{text}");
        }
        let large = Allowance::Units(1_234_567);
        assert_eq!(Allowance::parse(&large.in_words()), Ok(large), "what is read on a page can be typed");
        for bad in ["", ",", "-1", "1.5", "many", "1e6", "99999999999999999999"] {
            assert!(Allowance::parse(bad).is_err(), "{bad}");
            assert!(serde_json::from_str::<Allowance>(&format!("{bad:?}")).is_err(), "{bad}");
        }
        assert_eq!(serde_json::from_str::<Allowance>("7").unwrap(), Allowance::Units(7));
        assert_eq!(
            serde_json::to_string(&[Allowance::Units(7), Allowance::Unlimited]).unwrap(),
            r#"[7,"unlimited"]"#
        );
        assert!(serde_json::from_str::<Allowance>("-7").is_err());
    }

    #[test]
    fn large_numbers_are_grouped() {
        let said = ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"];
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), said);
        assert_eq!(Allowance::Unlimited.in_words(), "unlimited");
    }

    #[test]
    fn the_more_generous_is_the_greater() {
        assert!(Allowance::Unlimited > Allowance::Units(u64::MAX));
        assert!(Allowance::Units(2) > Allowance::Units(1));
    }
}
