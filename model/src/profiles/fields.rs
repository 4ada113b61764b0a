//! Fields that a project declares: what they are and what fits into them. Plain data, so that sign-up, profile, REST and
//! command line are made of the same list. Addresses (`FieldKind::Url`) are judged by the domain, which can read them.

use crate::{Problem, Timestamp, values::bio_lines, values::text};
use serde::{Deserialize, Serialize};

/// Most characters of a [`FieldKind::Text`].
const MOST_TEXT: u32 = 200;
/// Most characters of a [`FieldKind::LongText`].
const MOST_LONG_TEXT: u32 = 2_000;
/// The largest number that every client reads exactly (RFC 8259 6).
const MOST_NUMBER: u64 = 9_007_199_254_740_991;

/// A field that a project adds to every account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserField {
    /// The stable name on the wire: `a-z`, digits and `_`, beginning with a letter, at most 40 characters.
    pub name: &'static str,
    /// What a person reads beside it.
    pub label: &'static str,
    /// What fits into it.
    pub kind: FieldKind,
    /// Whether a person must fill it in: at sign-up, and in the profile.
    pub required: bool,
    /// Who may see it.
    pub see: MaySee,
    /// Who may change it.
    pub edit: MayEdit,
}

/// What fits into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One line, at most 200 characters.
    Text,
    /// Several lines, at most 2,000 characters.
    LongText,
    /// A whole number.
    Number,
    /// Yes or no.
    Bool,
    /// A day: `2026-11-23`.
    Date,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// An http or https address.
    Url,
}

/// Who may see a declared field. What is open is still seen by those alone who may see the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaySee {
    /// Everyone.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// The person, and administrators.
    Private,
    /// Administrators alone.
    Administrators,
}

/// Who may change a declared field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayEdit {
    /// The person, and administrators.
    Owner,
    /// Administrators alone.
    Administrators,
}

/// The value of a declared field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum FieldValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// Everything else.
    Text(String),
}

impl std::fmt::Display for FieldValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

impl UserField {
    /// An optional field that its owner and administrators see and its owner fills in.
    pub const fn new(name: &'static str, label: &'static str, kind: FieldKind) -> Self {
        Self { name, label, kind, required: false, see: MaySee::Private, edit: MayEdit::Owner }
    }

    /// A person must fill it in.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// `who` may see it.
    #[must_use]
    pub const fn seen_by(mut self, who: MaySee) -> Self {
        self.see = who;
        self
    }

    /// `who` may change it.
    #[must_use]
    pub const fn edited_by(mut self, who: MayEdit) -> Self {
        self.edit = who;
        self
    }

    /// What was typed for it, read as what it is; nothing for a blank.
    ///
    /// # Errors
    /// The problem, when it does not fit.
    pub fn read(&self, typed: &str) -> Result<Option<FieldValue>, Problem> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let value = match self.kind {
            FieldKind::Number => typed.parse().map(FieldValue::Number).map_err(|_| Problem::Malformed)?,
            FieldKind::Bool => typed.parse().map(FieldValue::Bool).map_err(|_| Problem::Malformed)?,
            _ => FieldValue::Text(typed.to_owned()),
        };
        self.fits(value).map(Some)
    }

    /// The value in the form in which it is kept.
    ///
    /// # Errors
    /// The problem, when it does not fit.
    pub fn fits(&self, value: FieldValue) -> Result<FieldValue, Problem> {
        match (self.kind, value) {
            (FieldKind::Bool, FieldValue::Bool(value)) => Ok(FieldValue::Bool(value)),
            (FieldKind::Number, FieldValue::Number(number)) if number.unsigned_abs() <= MOST_NUMBER => {
                Ok(FieldValue::Number(number))
            }
            (FieldKind::Number, FieldValue::Number(_)) => Err(Problem::Malformed),
            (FieldKind::Bool | FieldKind::Number, _) | (_, FieldValue::Bool(_) | FieldValue::Number(_)) => {
                Err(Problem::WrongType)
            }
            (_, FieldValue::Text(typed)) => self.text(&typed).map(FieldValue::Text),
        }
    }

    fn text(&self, typed: &str) -> Result<String, Problem> {
        let line = typed.trim();
        match self.kind {
            FieldKind::LongText => return bio_lines(typed, MOST_LONG_TEXT),
            FieldKind::Choice(words) if words.contains(&line) => {}
            FieldKind::Choice(_) => return Err(Problem::NotOffered),
            FieldKind::Date if !is_day(line) => return Err(Problem::Malformed),
            _ if !text::shows(line) => return Err(Problem::Required),
            _ if line.chars().count() > MOST_TEXT as usize => {
                return Err(Problem::TooLong { max: MOST_TEXT });
            }
            _ => text::check(line, false)?,
        }
        Ok(line.to_owned())
    }
}

/// Whether it is a day of the calendar (RFC 3339 full-date).
fn is_day(text: &str) -> bool {
    text.len() == 10 && Timestamp::parse(&format!("{text}T00:00:00Z")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: FieldKind, typed: &str) -> Result<Option<String>, Problem> {
        let field = UserField::new("field", "Field", kind);
        field.read(typed).map(|value| value.map(|value| value.to_string()))
    }

    #[test]
    fn what_is_typed_is_read_as_what_it_is() {
        for (kind, typed, kept) in [
            (FieldKind::Text, " a ", "a"),
            (FieldKind::LongText, "a\r\nb", "a\nb"),
            (FieldKind::Number, "-7", "-7"),
            (FieldKind::Bool, "true", "true"),
            (FieldKind::Date, "2024-02-29", "2024-02-29"),
            (FieldKind::Choice(&["red", "blue"]), "blue", "blue"),
        ] {
            assert_eq!(read(kind, typed), Ok(Some(kept.to_owned())), "{kind:?}");
            assert_eq!(read(kind, "  "), Ok(None), "{kind:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (kind, typed, problem) in [
            (FieldKind::Text, "a\nb", Problem::ForbiddenCharacter),
            (FieldKind::Text, "a\u{202e}b", Problem::ForbiddenCharacter),
            (FieldKind::Number, "1.5", Problem::Malformed),
            (FieldKind::Number, "9007199254740992", Problem::Malformed),
            (FieldKind::Number, "-9223372036854775808", Problem::Malformed),
            (FieldKind::Bool, "yes", Problem::Malformed),
            (FieldKind::Date, "2023-02-29", Problem::Malformed),
            (FieldKind::Date, "23.11.2026", Problem::Malformed),
            (FieldKind::Choice(&["red"]), "green", Problem::NotOffered),
        ] {
            assert_eq!(read(kind, typed), Err(problem), "{kind:?} {typed}");
        }
        let long = "x".repeat(201);
        assert_eq!(read(FieldKind::Text, &long), Err(Problem::TooLong { max: 200 }));
        let number = UserField::new("n", "N", FieldKind::Number);
        assert_eq!(number.fits(FieldValue::Text("7".into())), Err(Problem::WrongType));
    }
}
