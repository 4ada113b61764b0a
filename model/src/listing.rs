//! Lists that are read a page at a time: what a caller asks for and what the answer looks like, the same for every list of
//! the product and of a project. Pages are found by the place where the last one ended, never by counting from the start.
//! Cursors are made and opened by `domain::listing` alone; nothing here looks into one.

use crate::error::Problems;
use crate::{Problem, Result};
use serde::{Deserialize, Serialize};

/// Most things of a page.
pub const MOST: u32 = 100;

/// Most things that are counted for [`Listed::total`]: counting more would read more than anybody looks at.
pub const MOST_COUNTED: u64 = 10_000;

/// Most characters of a cursor.
pub const LONGEST_CURSOR: usize = 2_000;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Listed<T> {
    /// What is on this page.
    pub items: Vec<T>,
    /// What `cursor` says for the next page; null on the last one.
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>, required = true))]
    pub next: Option<Cursor>,
    /// How many there are on all pages, counted up to 10,000; present where `total=true` asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// The page before this one, for lists that can be walked back; for pages that people see.
    #[serde(skip)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub previous: Option<Cursor>,
}

impl<T> Listed<T> {
    /// All there is, on one page.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None, total: None, previous: None }
    }

    /// The same page of other things.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listed<U> {
        Listed {
            items: self.items.into_iter().map(change).collect(),
            next: self.next,
            total: self.total,
            previous: self.previous,
        }
    }
}

/// A place in a list: text that only the server can read, good for the list, filter and order it was given out for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String))]
pub struct Cursor(String);

impl Cursor {
    /// Takes what has the form of a cursor.
    ///
    /// # Errors
    /// [`Problem::Malformed`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let fits = !text.is_empty()
            && text.len() <= LONGEST_CURSOR
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if fits { Ok(Self(text.to_owned())) } else { Err(Problem::Malformed) }
    }

    /// The text, fit for an address as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Cursor {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|problem| problem.code())
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.0
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many things a page has at most: 1 to [`MOST`], 50 where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// A limit.
    ///
    /// # Errors
    /// [`Problem::Malformed`] for what is not from 1 to [`MOST`].
    pub fn new(count: u32) -> Result<Self, Problem> {
        if (1..=MOST).contains(&count) { Ok(Self(count)) } else { Err(Problem::Malformed) }
    }

    /// As a count.
    pub fn get(self) -> usize {
        self.0 as usize
    }

    /// What a statement asks for: one more than is shown, because that one tells whether there is a next page.
    pub fn and_one(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// Which page of a list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many things.
    pub limit: Limit,
    /// Where the page begins; nothing for the first one.
    pub cursor: Option<Cursor>,
    /// Whether to count all there are.
    pub total: bool,
}

impl Page {
    /// Reads the three parameters that every list takes.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with each of them that does not fit.
    pub fn parse(limit: Option<&str>, cursor: Option<&str>, total: Option<&str>) -> Result<Self> {
        let mut problems = Problems::default();
        let count = |text: &str| text.parse().map_err(|_| Problem::Malformed).and_then(Limit::new);
        let limit = limit.and_then(|text| problems.take("limit", count(text)));
        let cursor = cursor.and_then(|text| problems.take("cursor", Cursor::parse(text)));
        let total =
            total.and_then(|text| problems.take("total", text.parse().map_err(|_| Problem::Malformed)));
        problems.check()?;
        Ok(Self { limit: limit.unwrap_or_default(), cursor, total: total.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn what_every_list_takes_is_read_and_every_problem_told() {
        assert_eq!(Page::parse(None, None, None), Ok(Page::default()));
        let page = Page::parse(Some("100"), Some("aB3-_"), Some("true")).unwrap();
        assert_eq!((page.limit.get(), page.limit.and_one(), page.total), (100, 101, true));
        assert_eq!(page.cursor.unwrap().as_str(), "aB3-_");
        let Err(Error::Invalid { fields }) = Page::parse(Some("0"), Some(""), Some("yes")) else {
            panic!("taken")
        };
        assert_eq!(
            fields.iter().map(|field| field.field.as_ref()).collect::<Vec<_>>(),
            ["limit", "cursor", "total"]
        );
        for bad in ["101", "-1", "5.5", "", " 5", "4294967297"] {
            assert!(Page::parse(Some(bad), None, None).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_words_are_cursors() {
        for bad in ["", "a b", "a%", "a=", "ä", "a\n", &"a".repeat(2_001)] {
            assert_eq!(Cursor::parse(bad), Err(Problem::Malformed), "{bad:?}");
        }
        assert!(serde_json::from_str::<Cursor>(r#""<b>""#).is_err());
    }

    #[test]
    fn the_wire_form_has_a_total_only_where_one_was_asked_for() {
        let page = Listed::whole(vec![1]);
        assert_eq!(serde_json::to_string(&page).unwrap(), r#"{"items":[1],"next":null}"#);
        let page = Listed { total: Some(1), next: Some(Cursor::parse("x").unwrap()), ..page };
        assert_eq!(serde_json::to_string(&page).unwrap(), r#"{"items":[1],"next":"x","total":1}"#);
    }
}
