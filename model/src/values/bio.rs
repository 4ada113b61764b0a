//! What a person says of themselves: plain text. Nothing in it is ever read as markup, and no link is made of it.

use super::text;
use crate::Problem;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 1 to 500 characters in lines, trimmed; no control characters and none that reorder, hide or pile up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String, max_length = 500))]
pub struct Bio(String);

impl Bio {
    /// Most characters.
    pub const MAX: u32 = 500;

    /// Parses what was typed. Line ends become line feeds, as forms send both kinds; white space around it is dropped.
    ///
    /// # Errors
    /// [`Problem::Required`] for nothing to see, [`Problem::TooLong`] or [`Problem::ForbiddenCharacter`].
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        lines(typed, Self::MAX).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text of several lines, at most `max` characters.
pub(crate) fn lines(typed: &str, max: u32) -> Result<String, Problem> {
    let plain = typed.replace("\r\n", "\n").replace('\r', "\n");
    let plain = plain.trim();
    if !text::shows(plain) {
        return Err(Problem::Required);
    }
    if plain.chars().count() > max as usize {
        return Err(Problem::TooLong { max });
    }
    text::check(plain, true)?;
    Ok(plain.to_owned())
}

impl TryFrom<String> for Bio {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|problem| problem.code())
    }
}

impl From<Bio> for String {
    fn from(bio: Bio) -> Self {
        bio.0
    }
}

impl fmt::Display for Bio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_and_tricks_are_not() {
        assert_eq!(Bio::parse(" a\r\nb\rc\n ").unwrap().as_str(), "a\nb\nc");
        assert_eq!(Bio::parse("</textarea><script>").unwrap().as_str(), "</textarea><script>");
        assert_eq!(Bio::parse("\r\n "), Err(Problem::Required));
        assert_eq!(Bio::parse("a\u{202e}b"), Err(Problem::ForbiddenCharacter));
        assert_eq!(Bio::parse(&"é".repeat(501)), Err(Problem::TooLong { max: 500 }));
        assert!(Bio::parse(&"é".repeat(500)).is_ok());
    }
}
