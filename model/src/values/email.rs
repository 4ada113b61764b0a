//! An e-mail address as a person types it. What it is compared by (its canonical form) is made in `domain::accounts`,
//! because IDNA tables must not reach the browser.

use crate::Problem;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One mailbox, at most 254 characters (RFC 5321 4.5.3.1), an ASCII dot-atom local part of at most 64, no comments,
/// quotes, lists or control characters. The domain has at least two labels, or is `localhost`; letters outside ASCII
/// are allowed in it and only there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String, format = Email, max_length = 254))]
pub struct Email(String);

/// Longest address in characters.
const MAX: usize = 254;

impl Email {
    /// Parses what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::TooLong`] or [`Problem::Malformed`].
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let text = typed.trim();
        if text.is_empty() {
            return Err(Problem::Required);
        }
        if text.chars().count() > MAX {
            return Err(Problem::TooLong { max: 254 });
        }
        let (local, domain) = text.rsplit_once('@').ok_or(Problem::Malformed)?;
        if !local_part_fits(local) || !domain_fits(domain) {
            return Err(Problem::Malformed);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

fn local_part_fits(local: &str) -> bool {
    let atom = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&c);
    local.len() <= 64 && local.split('.').all(|label| !label.is_empty() && label.bytes().all(atom))
}

fn domain_fits(domain: &str) -> bool {
    let letter =
        |c: char| if c.is_ascii() { c.is_ascii_alphanumeric() || c == '-' } else { c.is_alphanumeric() };
    let label_fits = |label: &str| {
        !label.is_empty()
            && label.chars().count() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(letter)
    };
    domain == "localhost" || (domain.contains('.') && domain.split('.').all(label_fits))
}

impl TryFrom<String> for Email {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|problem| problem.code())
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_addresses_are_taken() {
        for good in [
            "ada@example.org",
            " Ada.Lovelace+x@Example.ORG ",
            "o'neil@b-c.de",
            "a@bücher.example",
            "root@localhost",
        ] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn c05_c06_lists_comments_quotes_and_control_characters_are_refused() {
        let bad = [
            "a@b.c,d@e.f",
            "a@b.c d@e.f",
            "a@b.c;d@e.f",
            "\"a b\"@c.de",
            "a(b)@c.de",
            "<a@b.cd>",
            "a@b.cd\r\nBcc: x@y.zz",
            "a\0@b.cd",
            "a@b",
            "a@",
            "@b.cd",
            "a..b@c.de",
            ".a@b.cd",
            "a@-b.cd",
            "a@b..cd",
            "a@[127.0.0.1]",
            "a@b.cd\u{202e}",
            "mıke@example.org",
            "a@b@c.de",
        ];
        for address in bad {
            assert!(Email::parse(address).is_err(), "{address:?}");
        }
        assert_eq!(Email::parse("  "), Err(Problem::Required));
        assert_eq!(
            Email::parse(&format!("{}@{}.org", "a".repeat(60), "b".repeat(200))),
            Err(Problem::TooLong { max: 254 })
        );
    }

    proptest! {
        #[test]
        fn what_is_taken_holds_exactly_one_at_and_no_space(text in ".{0,40}@.{0,40}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
                prop_assert!(!email.as_str().contains(|c: char| c.is_whitespace() || c.is_control() || c == ','));
            }
        }
    }
}
