//! A user name: the unique handle under which a person may be found. Letter case is kept for show and ignored when
//! names are compared.

use crate::Problem;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 3 to 32 ASCII letters, digits, `-`, `_` or `.`; begins with a letter, ends with a letter or digit, no two signs in a
/// row, and none of the names the site keeps for itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String, min_length = 3, max_length = 32))]
pub struct Username(String);

/// Names that could be taken for the site itself or for one of its addresses.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "admin",
    "administrator",
    "anonymous",
    "api",
    "auth",
    "contact",
    "everyone",
    "help",
    "hostmaster",
    "info",
    "login",
    "logout",
    "mail",
    "me",
    "moderator",
    "news",
    "nobody",
    "noreply",
    "no-reply",
    "null",
    "official",
    "operator",
    "owner",
    "postmaster",
    "register",
    "root",
    "security",
    "setup",
    "settings",
    "site",
    "staff",
    "status",
    "support",
    "system",
    "undefined",
    "user",
    "users",
    "vestibule",
    "webmaster",
    "www",
];

impl Username {
    /// Parses what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::TooShort`], [`Problem::TooLong`], [`Problem::Malformed`] or
    /// [`Problem::Reserved`].
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let text = typed.trim();
        match text.chars().count() {
            0 => return Err(Problem::Required),
            1 | 2 => return Err(Problem::TooShort { min: 3 }),
            3..=32 => {}
            _ => return Err(Problem::TooLong { max: 32 }),
        }
        let sign = |c: char| matches!(c, '-' | '_' | '.');
        let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || sign(c))
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && !text.ends_with(sign)
            && !text.as_bytes().windows(2).any(|pair| sign(pair[0].into()) && sign(pair[1].into()));
        if !fits {
            return Err(Problem::Malformed);
        }
        if RESERVED.contains(&text.to_ascii_lowercase().as_str()) {
            return Err(Problem::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the name is compared by.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl TryFrom<String> for Username {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|problem| problem.code())
    }
}

impl From<Username> for String {
    fn from(name: Username) -> Self {
        name.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_hold() {
        for good in ["ada", "Ada.Lovelace", "a-b_c", "x12"] {
            assert!(Username::parse(good).is_ok(), "{good}");
        }
        for (bad, problem) in [
            ("", Problem::Required),
            ("ab", Problem::TooShort { min: 3 }),
            ("1ab", Problem::Malformed),
            ("a--b", Problem::Malformed),
            ("ab.", Problem::Malformed),
            ("a b", Problem::Malformed),
            ("аdа", Problem::Malformed),
            ("Root", Problem::Reserved),
        ] {
            assert_eq!(Username::parse(bad), Err(problem), "{bad}");
        }
        assert_eq!(Username::parse(&"x".repeat(33)), Err(Problem::TooLong { max: 32 }));
    }
}
