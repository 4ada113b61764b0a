//! A display name: what a person wants to be called. It is not unique and never identifies anyone.

use super::text;
use crate::Problem;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 1 to 80 characters of one line, trimmed; no control characters and none that reorder, hide or
/// pile up; something to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String, max_length = 80))]
pub struct Name(String);

impl Name {
    /// Parses what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::TooLong`] or [`Problem::ForbiddenCharacter`].
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let typed = typed.trim();
        if !text::shows(typed) {
            return Err(Problem::Required);
        }
        if typed.chars().count() > 80 {
            return Err(Problem::TooLong { max: 80 });
        }
        text::check(typed, false)?;
        Ok(Self(typed.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|problem| problem.code())
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_world_are_taken_and_tricks_are_not() {
        for good in ["Ada", "Zoë Öztürk", "李小龍", "O'Neil-Smith", "<b>Bob</b>"] {
            assert!(Name::parse(good).is_ok(), "{good}");
        }
        assert_eq!(Name::parse(" \t"), Err(Problem::Required));
        assert_eq!(Name::parse("a\nb"), Err(Problem::ForbiddenCharacter));
        assert_eq!(Name::parse("a\u{202e}b"), Err(Problem::ForbiddenCharacter));
        assert_eq!(Name::parse("\u{3164}\u{200d}"), Err(Problem::Required));
        assert_eq!(Name::parse(&format!("Z{}", "\u{351}".repeat(20))), Err(Problem::ForbiddenCharacter));
        assert_eq!(Name::parse(&"x".repeat(81)), Err(Problem::TooLong { max: 80 }));
    }
}
