//! What a person calls one of their devices. Nobody but its owner and administrators sees it; it decides nothing.

use super::text;
use crate::Problem;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 1 to 64 characters of one line, trimmed; held to the same characters as a [`Name`](super::Name).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String, max_length = 64))]
pub struct DeviceName(String);

impl DeviceName {
    /// Most characters.
    pub const MAX: u32 = 64;

    /// Parses what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::TooLong`] or [`Problem::ForbiddenCharacter`].
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let typed = typed.trim();
        if !text::shows(typed) {
            return Err(Problem::Required);
        }
        if typed.chars().count() > Self::MAX as usize {
            return Err(Problem::TooLong { max: Self::MAX });
        }
        text::check(typed, false)?;
        Ok(Self(typed.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DeviceName {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|problem| problem.code())
    }
}

impl From<DeviceName> for String {
    fn from(name: DeviceName) -> Self {
        name.0
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_called_as_people_like_and_tricks_are_refused() {
        for good in ["Work laptop", "Zoës Telefon", "寝室のiPad", "<b>=1+1</b>", &"x".repeat(64)] {
            assert!(DeviceName::parse(good).is_ok(), "{good}");
        }
        assert_eq!(DeviceName::parse("  Phone ").map(String::from), Ok("Phone".to_owned()));
        for (bad, problem) in [
            ("", Problem::Required),
            (" \u{3164}", Problem::Required),
            ("a\nb", Problem::ForbiddenCharacter),
            ("a\u{202e}b", Problem::ForbiddenCharacter),
            (&"x".repeat(65), Problem::TooLong { max: 64 }),
        ] {
            assert_eq!(DeviceName::parse(bad), Err(problem), "{bad:?}");
        }
    }
}
