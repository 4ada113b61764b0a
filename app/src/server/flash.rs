//! What one page leaves for the next: the outcome of a form. Travels in the encrypted form-state cookie (see `cookies`),
//! never in an address. Holds no password and no token: only named, short, printable values.

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

/// Most bytes kept of one typed value: four a character of the longest name, and more than any address.
const MOST_BYTES: usize = 320;
/// Most values kept; no form has more fields that come back.
const MOST_VALUES: usize = 4;

impl Flash {
    /// For `page`: `notice` was done.
    pub fn done(page: &str, notice: Notice) -> Self {
        Self { page: without_query(page), notice: Some(notice), ..Self::default() }
    }

    /// For `page`: `error` stopped the form that held `values`.
    pub fn failed(page: &str, error: Error, values: &[(&str, &str)]) -> Self {
        Self { error: Some(error), ..Self::carrying(page, values) }
    }

    /// For `page`: nothing happened but that `values` were typed.
    pub fn carrying(page: &str, values: &[(&str, &str)]) -> Self {
        let kept =
            values.iter().take(MOST_VALUES).map(|(name, value)| ((*name).to_owned(), printable(value)));
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

    /// The sentence beside `field`, when something is wrong with it.
    pub fn problem(&self, field: &str) -> Option<String> {
        match &self.error {
            Some(Error::Invalid { fields }) => fields
                .iter()
                .find(|found| found.field == field)
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

fn printable(value: &str) -> String {
    let mut kept = String::new();
    for character in value.chars().filter(|c| !c.is_control()) {
        if kept.len() + character.len_utf8() > MOST_BYTES {
            break;
        }
        kept.push(character);
    }
    kept
}
