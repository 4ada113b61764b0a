//! What one page leaves for the next: the outcome of a form. Travels in the encrypted form-state cookie (see `cookies`),
//! never in an address. Holds no password and no token: only named, short, printable values. The one secret that ever passes
//! through it is a new API key, on its way to the page that shows it once.

use crate::text::{Notice, field_sentence_for, sentence};
use serde::{Deserialize, Serialize};
use vestibule_model::{Error, Timestamp};

/// The outcome of a form, read once by the page at `page`. The default is nothing at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    page: String,
    /// Why the form was not taken.
    pub error: Option<Error>,
    /// What was done.
    pub notice: Option<Notice>,
    values: Vec<(String, String)>,
    /// What waits for another page meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting: Option<Box<Flash>>,
}

/// A flash with the moment it was sealed, as it stands in the cookie.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) at: Timestamp,
    pub(super) flash: Flash,
}

/// Most bytes kept of all that was typed: a whole profile, whatever letters it is written in.
const MOST_BYTES: usize = 7_000;
/// The value that names the part of the page it is for; no control of a form is called so.
const PART: &str = "#";
/// Most values kept; no form has more fields that come back.
const MOST_VALUES: usize = 64;

impl Flash {
    /// For `page`: `notice` was done.
    pub fn done(page: &str, notice: Notice) -> Self {
        Self { page: without_query(page), notice: Some(notice), ..Self::default() }
    }

    /// For the `part` of `page` with that id: `notice` was done.
    pub fn done_at(page: &str, part: &str, notice: Notice) -> Self {
        Self { notice: Some(notice), ..Self::carrying(page, &[(PART, part)]) }
    }

    /// What was done at the `part` of the page with that id.
    pub fn notice_at(&self, part: &str) -> Option<Notice> {
        self.notice.filter(|_| self.value(PART) == part)
    }

    /// What was done, unless a part of the page tells it.
    pub fn notice_on_top(&self) -> Option<Notice> {
        self.notice.filter(|_| self.value(PART).is_empty())
    }

    /// For `page`: `error` stopped the form that held `values`.
    pub fn failed(page: &str, error: Error, values: &[(&str, &str)]) -> Self {
        Self { error: Some(error), ..Self::carrying(page, values) }
    }

    /// For `page`: nothing happened but that `values` were typed.
    pub fn carrying(page: &str, values: &[(&str, &str)]) -> Self {
        let mut room = MOST_BYTES;
        let kept = values.iter().take(MOST_VALUES);
        let kept = kept.map(|(name, value)| ((*name).to_owned(), printable(value, &mut room)));
        Self { page: without_query(page), values: kept.collect(), ..Self::default() }
    }

    /// The same, and `other` goes on waiting for its own page; of what waits for the same one only what was behind it does.
    #[must_use]
    pub(super) fn before(mut self, other: Option<Self>) -> Self {
        self.waiting =
            other.and_then(|other| if other.page == self.page { other.waiting } else { Some(other.into()) });
        self
    }

    /// What waits for another page.
    pub(super) fn waiting(&self) -> Option<&Self> {
        self.waiting.as_deref()
    }

    /// Whether it was left for the page at `path`.
    pub fn is_for(&self, path: &str) -> bool {
        self.page == path
    }

    /// What was typed into `field`; empty when nothing was.
    pub fn value(&self, field: &str) -> String {
        let found = self.values.iter().find(|(name, _)| name == field);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// What was typed into `field`; nothing when the form was not sent, so that what is saved is shown.
    pub fn typed(&self, field: &str) -> Option<String> {
        self.values.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone())
    }

    /// The same without what was typed, and with nothing behind it.
    pub(super) fn without_values(&self) -> Self {
        Self { values: Vec::new(), waiting: None, ..self.clone() }
    }

    /// The sentence beside `field`, when something is wrong with it.
    pub fn problem(&self, field: &str) -> Option<String> {
        match &self.error {
            Some(Error::Invalid { fields }) => fields
                .iter()
                .find(|found| control(&found.field) == field)
                .map(|found| field_sentence_for(field, &found.problem)),
            Some(error @ Error::WrongPassword) if field == "password" => Some(sentence(error)),
            _ => None,
        }
    }

    /// Whether the form was not taken.
    pub fn failed_at_all(&self) -> bool {
        self.error.is_some()
    }
}

fn without_query(address: &str) -> String {
    address.split('?').next().unwrap_or_default().to_owned()
}

/// What is printable of a value, lines among it, as far as there is `room`.
fn printable(value: &str, room: &mut usize) -> String {
    let mut kept = String::new();
    for character in value.chars().filter(|c| !c.is_control() || *c == '\n') {
        // As JSON writes it.
        let bytes = if matches!(character, '"' | '\\' | '\n') { 2 } else { character.len_utf8() };
        if bytes > *room {
            break;
        }
        *room -= bytes;
        kept.push(character);
    }
    kept
}

/// The control of a form for the field that an error names: `links/0` is `links[0]`.
pub(crate) fn control(field: &str) -> String {
    match field.split_once('/') {
        Some((list, item)) => format!("{list}[{item}]"),
        None => field.to_owned(),
    }
}
