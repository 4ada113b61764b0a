//! The one way in which lists are read a page at a time, for the product's areas and for a project's own: a cursor names the
//! place where a page ended (the values that order the list, and the id), so that a page costs the same wherever it
//! stands and neither skips nor repeats anything while the list changes. Called by the areas that list; it runs no
//! statement itself.
//!
//! A cursor is encrypted and authenticated under a key of the site, and bound to its list, filter and order: names and
//! addresses in it reach no log, and one that was edited, made up or taken from another list is refused (C57).

use crate::Domain;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use vestibule_model::listing::{Cursor, Listed, Page};
use vestibule_model::{Error, Problem, Result};

/// Bytes of the random number before what is encrypted (NIST SP 800-38D 8.2.2).
const NONCE: usize = 12;

/// What every cursor begins with.
const MARK: char = 'c';

/// A list as one caller asked for it.
pub struct List<'a> {
    domain: &'a Domain,
    name: &'static str,
    /// Name, filter and order: what a cursor is bound to.
    question: Vec<u8>,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start<K> {
    /// Beside the thing with this key; nothing at the list's very end.
    pub key: Option<K>,
    /// Whether the list is walked against its order, for the page before.
    pub backwards: bool,
}

/// What stands inside a cursor.
#[derive(Serialize, Deserialize)]
struct Place<K> {
    k: K,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    b: bool,
}

impl<'a> List<'a> {
    /// The list called `name`, unique in a program (a project's begin with the project's own name), as `question` wants it:
    /// everything that says what is on the list and in which order, and nothing else.
    pub fn new(domain: &'a Domain, name: &'static str, question: &impl Serialize) -> Self {
        let mut bound = name.as_bytes().to_vec();
        bound.push(0);
        // What cannot be written as JSON would be a map with keys that are no text; those are not questions.
        bound.extend(serde_json::to_vec(question).expect("a question can be written as JSON"));
        Self { domain, name, question: bound }
    }

    /// After which thing the page begins; nothing for the first page.
    ///
    /// # Errors
    /// [`Error::Invalid`] of `cursor` for one that this site did not give out for this very list.
    pub fn after<K: DeserializeOwned>(&self, page: &Page) -> Result<Option<K>> {
        Ok(self.start(page)?.key)
    }

    /// Where the page begins, in a list that can be walked both ways.
    ///
    /// # Errors
    /// As [`after`](Self::after).
    pub fn start<K: DeserializeOwned>(&self, page: &Page) -> Result<Start<K>> {
        let Some(cursor) = &page.cursor else { return Ok(Start { key: None, backwards: false }) };
        let place: Option<Place<K>> = self.open(cursor);
        let place = place.ok_or_else(|| Error::invalid("cursor", Problem::Malformed))?;
        Ok(Start { key: Some(place.k), backwards: place.b })
    }

    /// The page made of `rows`, of which there is one more than the limit where the list goes on; `key` is what orders them.
    pub fn page<T, K: Serialize>(&self, page: &Page, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Listed<T> {
        let more = rows.len() > page.limit.get();
        rows.truncate(page.limit.get());
        let next = rows.last().filter(|_| more).map(|last| self.seal(&Place { k: key(last), b: false }));
        Listed { items: rows, next, total: None, previous: None }
    }

    /// As [`page`](Self::page), in a list that can be walked both ways: `rows` in the order in which they were met from
    /// `start` on.
    pub fn page_from<T, K: Serialize>(
        &self,
        page: &Page,
        start: &Start<K>,
        mut rows: Vec<T>,
        key: impl Fn(&T) -> K,
    ) -> Listed<T> {
        let more = rows.len() > page.limit.get();
        rows.truncate(page.limit.get());
        if start.backwards {
            rows.reverse();
        }
        let (before, behind) = if start.backwards { (more, true) } else { (start.key.is_some(), more) };
        let seal = |row: &T, b| self.seal(&Place { k: key(row), b });
        let previous = rows.first().filter(|_| before).map(|first| seal(first, true));
        let next = rows.last().filter(|_| behind).map(|last| seal(last, false));
        Listed { items: rows, next, total: None, previous }
    }

    /// A page of `all`, which are few and ordered by `key`: what is known without the database, or is as good as that.
    ///
    /// # Errors
    /// As [`after`](Self::after).
    pub fn page_of_all<T>(&self, page: &Page, all: Vec<T>, key: impl Fn(&T) -> &String) -> Result<Listed<T>> {
        let total = page.total.then_some(all.len() as u64);
        let after: Option<String> = self.after(page)?;
        let is_behind = |one: &T| after.as_ref().is_none_or(|after| key(one) > after);
        let rows = all.into_iter().filter(is_behind).take(page.limit.get() + 1).collect();
        Ok(Listed { total, ..self.page(page, rows, |one| key(one).clone()) })
    }

    fn cipher(&self) -> Aes256Gcm {
        let key: [u8; 32] = self.domain.master().derive(&format!("list/{}", self.name));
        Aes256Gcm::new(&Key::<Aes256Gcm>::from(key))
    }

    fn seal<K: Serialize>(&self, place: &Place<K>) -> Cursor {
        let plain = serde_json::to_vec(place).expect("a key can be written as JSON");
        let mut nonce = [0; NONCE];
        self.domain.random().fill(&mut nonce);
        let payload = Payload { msg: &plain, aad: &self.question };
        let sealed =
            self.cipher().encrypt(&Nonce::from(nonce), payload).expect("a key is shorter than 64 GiB");
        // A letter before it: no command line takes it for an option.
        let text = format!("{MARK}{}", URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()));
        Cursor::parse(&text).expect("the keys of a list are short")
    }

    fn open<K: DeserializeOwned>(&self, cursor: &Cursor) -> Option<Place<K>> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str().strip_prefix(MARK)?).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: &self.question };
        let plain = self.cipher().decrypt(&Nonce::from(*nonce), payload).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}
