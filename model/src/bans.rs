//! Bans of people as forms and views: what an administrator says, and what the banned person is told; bans of addresses are in
//! `bans/addresses.rs`. Rules that need data live in `domain::bans`.

mod addresses;

pub use addresses::{AddressBan, AddressBanForm, AddressBansQuery, LONGEST_NETWORK, NewAddressBan};

use crate::error::Problems;
use crate::people::Remark;
use crate::{Name, Problem, Result, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Most characters of a [`Reason`].
pub const LONGEST_REASON: u32 = 300;

/// Why somebody is banned, in words that they are shown: 1 to 300 characters of one line, trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String, max_length = 300))]
pub struct Reason(String);

impl Reason {
    /// Parses what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::TooLong`] or [`Problem::ForbiddenCharacter`].
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let text = typed.trim();
        if text.is_empty() {
            return Err(Problem::Required);
        }
        if text.chars().count() > LONGEST_REASON as usize {
            return Err(Problem::TooLong { max: LONGEST_REASON });
        }
        if text
            .chars()
            .any(|c| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        {
            return Err(Problem::ForbiddenCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|problem| problem.code())
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reasons that are offered where one is typed, unless the site has its own.
pub const REASONS: [&str; 6] = [
    "Spam in profiles",
    "Harassment of other people",
    "Passing for somebody else",
    "Abuse of the service",
    "The account seems to be in somebody else's hands",
    "More than one account",
];

/// A request to ban somebody (`PUT /users/{id}/ban`, `vestibule user ban`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct BanForm {
    /// Why, in words that the person is shown.
    #[cfg_attr(feature = "utoipa", schema(max_length = 300, example = "Spam in profiles"))]
    pub reason: String,
    /// When the ban ends by itself; without it, when somebody lifts it.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// A note on the person that is written with it, for administrators.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(max_length = 2000, example = "Third time this month."))]
    pub note: Option<String>,
}

/// A [`BanForm`] whose every field fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBan {
    /// Why.
    pub reason: Reason,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// What is noted on the person.
    pub note: Option<Remark>,
}

impl BanForm {
    /// Checks every field at `now`.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with each field that does not fit.
    pub fn parse(self, now: Timestamp) -> Result<NewBan> {
        let mut problems = Problems::default();
        let reason = problems.take("reason", Reason::parse(&self.reason));
        if self.until.is_some_and(|until| until <= now) {
            problems.add("until", Problem::Past);
        }
        let note = self.note.as_deref().filter(|typed| !typed.trim().is_empty());
        let note = note.and_then(|typed| problems.take("note", Remark::parse(typed)));
        problems.check()?;
        reason.map(|reason| NewBan { reason, until: self.until, note }).ok_or(crate::Error::Malformed)
    }
}

/// A ban that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct Ban {
    /// Why, in words that the person is shown.
    pub reason: Reason,
    /// Who imposed it; nothing for the command line.
    pub author: Option<UserId>,
    /// When it was imposed.
    pub since: Timestamp,
    /// When it ends by itself; nothing while somebody must lift it.
    pub until: Option<Timestamp>,
}

/// How a ban ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(rename_all = "snake_case", type_name = "text"))]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Somebody lifted it.
    Lifted,
    /// Its end came.
    Lapsed,
    /// Another one took its place.
    Replaced,
}

/// A ban, over or not, as the history of bans tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct BanRecord {
    /// Its id, a UUID.
    pub id: uuid::Uuid,
    /// Who is, or was, banned.
    pub user: UserId,
    /// What that person is called.
    pub name: Name,
    /// Why, in words that they were shown.
    pub reason: Reason,
    /// Who imposed it; nothing for the command line, or once that account is gone.
    pub author: Option<UserId>,
    /// When it was imposed.
    pub since: Timestamp,
    /// When it ends by itself; nothing while somebody must lift it.
    pub until: Option<Timestamp>,
    /// When it ended, if that was written down already.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub ending: Option<Ending>,
}

/// Which bans are listed (`GET /bans/people`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "utoipa", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct BansQuery {
    /// Only those of this person.
    #[cfg_attr(feature = "utoipa", param(value_type = Option<String>))]
    pub user: Option<UserId>,
    /// `true`: only those that were not written down as over.
    pub standing: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        assert_eq!(Reason::parse(" Spam ").unwrap().as_str(), "Spam");
        assert_eq!(Reason::parse(" \t"), Err(Problem::Required));
        assert_eq!(Reason::parse(&"a".repeat(301)), Err(Problem::TooLong { max: 300 }));
        for bad in ["a\nb", "a\0b", "a\u{202e}b", "a\u{2029}b"] {
            assert_eq!(Reason::parse(bad), Err(Problem::ForbiddenCharacter), "{bad:?}");
        }
        assert!(serde_json::from_str::<Reason>(r#""""#).is_err());
    }

    #[test]
    fn a_ban_ends_in_the_future_or_not_by_itself() {
        let now = Timestamp::from_seconds(1_000);
        let form = |reason: &str, until| BanForm { reason: reason.into(), until, note: None }.parse(now);
        assert_eq!(form("Spam", None).unwrap().until, None);
        assert!(form("Spam", Some(Timestamp(now.0 + 1))).is_ok());
        assert_eq!(form("Spam", Some(now)), Err(Error::invalid("until", Problem::Past)));
        let Err(Error::Invalid { fields }) = form("", Some(Timestamp(0))) else { panic!("taken") };
        assert_eq!(fields.len(), 2);
    }
}
