//! The list of people: search, filters, order, a page at a time. Called by `/admin/users`, REST and the command line.
//!
//! No list reads more than it must. In the order of making, every filter has an index of its own to walk along, and a search
//! walks along the words. In any other order, those whom the narrowest filter leaves are read and sorted here where they are
//! few; where they are many, the order's own index is walked and what does not fit is passed over, which does not take long
//! because many fit.

use super::store::list::{self as store, Found};
use super::terms::folded;
use crate::db::Db;
use crate::listing::{List, Start};
use crate::{Allowed, Domain};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use uuid::Uuid;
use vestibule_model::accounts::{Account, AccountStatus};
use vestibule_model::groups::ViewAccounts;
use vestibule_model::listing::{Listed, MOST_COUNTED, Page};
use vestibule_model::people::{MOST_WORDS, PeopleQuery, Search, Sort};
use vestibule_model::{Error, Problem, Result, Timestamp, UserId};

/// Most people who are read to be sorted. About where walking an order past those who do not fit becomes the shorter way on
/// a site of 100,000.
const FEW: i64 = 500;

/// Greater than every folded text.
const LAST: char = '\u{10ffff}';

/// What is asked of the list, made ready for its statements.
#[derive(Serialize)]
pub(super) struct Wanted {
    #[serde(skip)]
    pub(super) now: Timestamp,
    id: Option<UserId>,
    status: Option<AccountStatus>,
    group: Option<String>,
    /// Where the words that are looked for begin, and where they end; the longest first.
    words: Vec<(String, String)>,
    sort: Option<Sort>,
}

impl Wanted {
    fn of(domain: &Domain, query: &PeopleQuery) -> Result<Self> {
        let search = Search::parse(query.search.as_deref().unwrap_or_default());
        let search = search.map_err(|problem| Error::invalid("search", problem))?;
        let mut words: Vec<String> = search.words.iter().map(|word| folded(word)).collect();
        words.retain(|word| !word.is_empty());
        if words.len() < search.words.len() {
            return Err(Error::invalid("search", Problem::ForbiddenCharacter));
        }
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        debug_assert!(words.len() <= MOST_WORDS);
        let words = words.into_iter().map(|word| (word.clone(), format!("{word}{LAST}"))).collect();
        let group = search.group.or_else(|| query.group.clone()).filter(|group| !group.is_empty());
        let status = search.status.or(query.status);
        Ok(Self { now: domain.now(), id: search.id, status, group, words, sort: query.sort })
    }

    pub(super) fn state(&self) -> &'static str {
        self.status.map_or("", AccountStatus::name)
    }

    pub(super) fn status(&self) -> Option<AccountStatus> {
        self.status
    }

    pub(super) fn group(&self) -> &str {
        self.group.as_deref().unwrap_or_default()
    }

    pub(super) fn word(&self, place: usize) -> (&str, &str) {
        self.words.get(place).map_or(("", ""), |(from, below)| (from, below))
    }

    /// Whether the words that are found order the list: nothing else narrows it, and no order was asked for.
    fn by_word(&self) -> bool {
        !self.words.is_empty() && self.status.is_none() && self.group.is_none() && self.sort.is_none()
    }
}

/// What orders a person: of these, the list's order takes one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Key {
    /// Name, address or word.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
    /// The last sign-in.
    #[serde(default)]
    at: i64,
    id: Uuid,
}

/// In which direction of an order a page is walked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Made { down: bool },
    Name { down: bool },
    Email { down: bool },
    SignIn { down: bool },
    Word { down: bool },
}

impl Way {
    /// The list's own order, or against it.
    fn of(wanted: &Wanted, backwards: bool) -> Self {
        if wanted.by_word() {
            return Self::Word { down: backwards };
        }
        match wanted.sort.unwrap_or(Sort::Newest) {
            Sort::Newest => Self::Made { down: !backwards },
            Sort::Oldest => Self::Made { down: backwards },
            Sort::Name => Self::Name { down: backwards },
            Sort::NameBack => Self::Name { down: !backwards },
            Sort::Email => Self::Email { down: backwards },
            Sort::EmailBack => Self::Email { down: !backwards },
            Sort::SignedInLately => Self::SignIn { down: !backwards },
            Sort::SignedInLongAgo => Self::SignIn { down: backwards },
        }
    }

    fn down(self) -> bool {
        match self {
            Self::Made { down }
            | Self::Name { down }
            | Self::Email { down }
            | Self::SignIn { down }
            | Self::Word { down } => down,
        }
    }

    fn key(self, person: &Found) -> Key {
        let (text, at) = match self {
            Self::Made { .. } => (String::new(), 0),
            Self::Name { .. } => (person.name_key.clone(), 0),
            Self::Email { .. } => (person.email_canonical.clone(), 0),
            Self::SignIn { .. } => (String::new(), person.last_sign_in_at.map_or(0, |at| at.0)),
            Self::Word { .. } => (person.term.clone(), 0),
        };
        Key { text, at, id: person.id.0 }
    }

    /// Before everybody.
    fn edge(self, wanted: &Wanted) -> Key {
        if let Self::Word { down } = self {
            let (from, below) = wanted.word(0);
            let (text, id) = if down { (below, Uuid::max()) } else { (from, Uuid::nil()) };
            return Key { text: text.to_owned(), at: 0, id };
        }
        if self.down() {
            Key { text: LAST.to_string(), at: i64::MAX, id: Uuid::max() }
        } else {
            Key { text: String::new(), at: -1, id: Uuid::nil() }
        }
    }

    /// Whether `key` comes after `place`.
    fn is_after(self, key: &Key, place: &Key) -> bool {
        key.cmp(place) == if self.down() { Ordering::Less } else { Ordering::Greater }
    }
}

/// A page of people.
///
/// # Errors
/// [`Error::Invalid`] of `search` and `cursor`.
pub async fn list(
    domain: &Domain,
    _by: &Allowed<ViewAccounts>,
    query: &PeopleQuery,
    page: &Page,
) -> Result<Listed<Account>> {
    let wanted = Wanted::of(domain, query)?;
    let list = List::new(domain, "users", &wanted);
    let start: Start<Key> = list.start(page)?;
    let way = Way::of(&wanted, start.backwards);
    let place = start.key.clone().unwrap_or_else(|| way.edge(&wanted));
    let rows = rows(domain.db(), &wanted, way, &place, page.limit.and_one()).await?;
    let listed = list.page_from(page, &start, rows, |person| way.key(person));
    let mut listed = listed.map(|person| account(person, wanted.now));
    if page.total {
        listed.total = Some(count(domain.db(), &wanted).await?);
    }
    Ok(listed)
}

async fn rows(db: &Db, wanted: &Wanted, way: Way, place: &Key, limit: i64) -> Result<Vec<Found>> {
    if let Some(id) = wanted.id {
        let mut one = store::the_one(db, wanted, id).await?;
        one.retain(|person| way.is_after(&way.key(person), place));
        return Ok(one);
    }
    match way {
        Way::Word { .. } => return walk(db, wanted, way, place, limit).await,
        Way::Made { down: true } => return narrow(db, wanted, limit, UserId(place.id)).await,
        _ => {}
    }
    if is_narrow(wanted) {
        let few = few(db, wanted).await?;
        if few.len() <= usize::try_from(FEW).unwrap_or(usize::MAX) {
            return Ok(sorted(few, way, place, limit));
        }
    }
    walk(db, wanted, way, place, limit).await
}

/// Whether anything but the order is asked for that an index of its own answers.
fn is_narrow(wanted: &Wanted) -> bool {
    let by_state = wanted.status.is_some_and(|status| status != AccountStatus::Active);
    by_state || wanted.group.is_some() || !wanted.words.is_empty()
}

/// One more than [`FEW`] at most of those who fit, in any order.
async fn few(db: &Db, wanted: &Wanted) -> Result<Vec<Found>> {
    let rare =
        matches!(wanted.status, Some(AccountStatus::Banned | AccountStatus::Leaving | AccountStatus::Ended));
    if !rare && !wanted.words.is_empty() {
        return store::by_word(db, wanted, FEW + 1, (wanted.word(0).0, UserId(Uuid::nil()))).await;
    }
    narrow(db, wanted, FEW + 1, UserId(Uuid::max())).await
}

fn sorted(people: Vec<Found>, way: Way, place: &Key, limit: i64) -> Vec<Found> {
    let mut keyed: Vec<_> = people.into_iter().map(|person| (way.key(&person), person)).collect();
    keyed.retain(|(key, _)| way.is_after(key, place));
    keyed.sort_by(|(one, _), (other, _)| if way.down() { other.cmp(one) } else { one.cmp(other) });
    keyed.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    keyed.into_iter().map(|(_, person)| person).collect()
}

/// The newest first, along the index of the narrowest filter.
async fn narrow(db: &Db, wanted: &Wanted, limit: i64, after: UserId) -> Result<Vec<Found>> {
    match wanted.status {
        Some(AccountStatus::Banned) => store::banned(db, wanted, limit, after).await,
        Some(AccountStatus::Leaving) => store::leaving(db, wanted, limit, after).await,
        Some(AccountStatus::Ended) => store::ending(db, wanted, limit, after).await,
        Some(AccountStatus::Deactivated) => store::asleep(db, wanted, limit, after).await,
        _ if wanted.group.is_some() => store::members(db, wanted, limit, after).await,
        Some(AccountStatus::Unconfirmed) => store::unconfirmed(db, wanted, limit, after).await,
        Some(AccountStatus::Active) | None => store::newest(db, wanted, limit, after).await,
    }
}

/// Along the index of the order.
async fn walk(db: &Db, wanted: &Wanted, way: Way, place: &Key, limit: i64) -> Result<Vec<Found>> {
    let (text, id, at) = (place.text.as_str(), UserId(place.id), Timestamp(place.at));
    match way {
        Way::Made { down: true } => store::newest(db, wanted, limit, id).await,
        Way::Made { down: false } => store::oldest(db, wanted, limit, id).await,
        Way::Name { down: true } => store::by_name_back(db, wanted, limit, (text, id)).await,
        Way::Name { down: false } => store::by_name(db, wanted, limit, (text, id)).await,
        Way::Email { down: true } => store::by_email_back(db, wanted, limit, text).await,
        Way::Email { down: false } => store::by_email(db, wanted, limit, text).await,
        Way::SignIn { down: true } => store::by_sign_in_back(db, wanted, limit, (at, id)).await,
        Way::SignIn { down: false } => store::by_sign_in(db, wanted, limit, (at, id)).await,
        Way::Word { down: true } => store::by_word_back(db, wanted, limit, (text, id)).await,
        Way::Word { down: false } => store::by_word(db, wanted, limit, (text, id)).await,
    }
}

/// How many there are, up to [`MOST_COUNTED`].
async fn count(db: &Db, wanted: &Wanted) -> Result<u64> {
    let most = i64::try_from(MOST_COUNTED).unwrap_or(i64::MAX);
    if let Some(id) = wanted.id {
        return Ok(store::the_one(db, wanted, id).await?.len() as u64);
    }
    store::counted(db, wanted, most).await
}

/// When what happened to an account that decides its state.
#[expect(clippy::struct_field_names, reason = "the columns they are read from")]
pub(super) struct Times {
    pub(super) verified_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) deletion_due_at: Option<Timestamp>,
    pub(super) deactivated_at: Option<Timestamp>,
}

impl Times {
    /// The state of the account; the statements of the list say the same.
    pub(super) fn status(&self, banned: bool, now: Timestamp) -> AccountStatus {
        if banned {
            AccountStatus::Banned
        } else if self.deletion_due_at.is_some() {
            AccountStatus::Leaving
        } else if self.expires_at.is_some_and(|end| end <= now) {
            AccountStatus::Ended
        } else if self.deactivated_at.is_some() {
            AccountStatus::Deactivated
        } else if self.verified_at.is_none() {
            AccountStatus::Unconfirmed
        } else {
            AccountStatus::Active
        }
    }
}

fn account(person: Found, now: Timestamp) -> Account {
    let (ban, groups) = (person.ban(), person.groups());
    let times = Times {
        verified_at: person.email_verified_at,
        expires_at: person.expires_at,
        deletion_due_at: person.deletion_due_at,
        deactivated_at: person.deactivated_at,
    };
    Account {
        status: times.status(ban.is_some(), now),
        id: person.id,
        email: person.email,
        name: person.name,
        username: person.username,
        groups,
        email_verified_at: person.email_verified_at,
        created_at: person.created_at,
        last_sign_in_at: person.last_sign_in_at,
        expires_at: person.expires_at,
        deletion_due_at: person.deletion_due_at,
        ban,
    }
}
