//! What happened to one's own account, newest first, for the person it belongs to: their way to notice that somebody else was
//! there. Called by `/account`, `/account/security` and REST. What administrators see of the trail is not here.

use super::store::{self, Place};
use crate::calendar::Zone;
use crate::{Allowed, Domain, Person, sessions};
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;
use vestibule_model::error::Problems;
use vestibule_model::events::{By, EventGroup, OwnEvent, OwnEvents};
use vestibule_model::groups::ViewAccounts;
use vestibule_model::profiles::{MaySee, UserField};
use vestibule_model::{Error, Problem, Result, SessionId, Timestamp, UserId};

/// Most events of one page.
pub const MOST_EVENTS: u32 = 100;

/// What of an event's details its owner is told.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    session: Option<SessionId>,
    group: Option<String>,
    fields: Vec<String>,
    reason: Option<String>,
    until: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
}

/// Which of one's own events are looked for; by default all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Of this group.
    pub kind: Option<EventGroup>,
    /// That happened then or later.
    pub from: Option<Timestamp>,
    /// That happened earlier than that.
    pub before: Option<Timestamp>,
}

impl Sought {
    /// Reads what was typed: the name of a group, and the days in `zone` (`2026-11-23`), both included, or moments (RFC
    /// 3339), of which `to` is not included. What is empty looks for everything.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming `kind` ([`Problem::NotOffered`]), `from` and `to` ([`Problem::Malformed`]).
    pub fn read(kind: &str, from: &str, to: &str, zone: &Zone) -> Result<Self> {
        let mut problems = Problems::default();
        let group = EventGroup::parse(kind);
        if group.is_none() && !kind.is_empty() {
            problems.add("kind", Problem::NotOffered);
        }
        let mut moment = |field: &'static str, typed: &str| {
            let span = zone.span_of_day(typed).or_else(|| Timestamp::parse(typed).map(|at| (at, at)));
            if span.is_none() && !typed.is_empty() {
                problems.add(field, Problem::Malformed);
            }
            span
        };
        let from = moment("from", from).map(|(begin, _)| begin);
        let before = moment("to", to).map(|(_, end)| end);
        problems.check()?;
        Ok(Self { kind: group, from, before })
    }

    /// Names of the events to look for, and whether they are to be left out instead.
    fn events(self) -> (String, bool) {
        let Some(group) = self.kind else { return (String::new(), false) };
        let except = group == EventGroup::Other;
        let named: Vec<&str> = match group {
            EventGroup::Other => EventGroup::ALL.into_iter().flat_map(EventGroup::kinds).copied().collect(),
            group => group.kinds().to_vec(),
        };
        (format!(",{},", named.join(",")), except)
    }
}

/// The newest events about the person who asks, of those `sought`, at most `limit` (1 to [`MOST_EVENTS`]); those before the
/// one called `after`, when there is one.
///
/// # Errors
/// [`Error::Invalid`] for a `limit` out of range, and for an `after` that is none of their events.
pub async fn own_events(
    domain: &Domain,
    person: &Person,
    sought: Sought,
    after: Option<&str>,
    limit: u32,
) -> Result<OwnEvents> {
    if !(1..=MOST_EVENTS).contains(&limit) {
        return Err(Error::invalid("limit", Problem::Malformed));
    }
    let place = match after {
        None => Place::Newest,
        Some(id) => place(domain, person.user, id).await?.ok_or(Error::invalid("after", Problem::Unknown))?,
    };
    let (events, except) = sought.events();
    let which = store::Which {
        from: sought.from.unwrap_or(Timestamp(i64::MIN)),
        before: sought.before.unwrap_or(Timestamp(i64::MAX)),
        events: &events,
        except,
    };
    let mut rows = store::about(domain.db(), person.user, &which, place, i64::from(limit) + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let devices = match (rows.last(), rows.first()) {
        (Some(oldest), Some(newest)) => {
            sessions::devices(domain, person.user, (oldest.at, newest.at)).await?
        }
        _ => HashMap::new(),
    };
    let mut items: Vec<_> = rows.into_iter().map(|row| told(row, person.user, &devices)).collect();
    for item in &mut items {
        item.fields.retain(|field| !is_for_administrators(domain, field));
    }
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(OwnEvents { items, next })
}

/// The newest events about somebody, at most `limit` (1 to [`MOST_EVENTS`]), as their owner is told of them, for administrators
/// who look at the account.
///
/// # Errors
/// None but those of the database.
pub async fn newest_of(
    domain: &Domain,
    _by: &Allowed<ViewAccounts>,
    user: UserId,
    limit: u32,
) -> Result<Vec<OwnEvent>> {
    let which =
        store::Which { from: Timestamp(i64::MIN), before: Timestamp(i64::MAX), events: "", except: false };
    let limit = i64::from(limit.clamp(1, MOST_EVENTS));
    let rows = store::about(domain.db(), user, &which, Place::Newest, limit).await?;
    let devices = match (rows.last(), rows.first()) {
        (Some(oldest), Some(newest)) => sessions::devices(domain, user, (oldest.at, newest.at)).await?,
        _ => HashMap::new(),
    };
    Ok(rows.into_iter().map(|row| told(row, user, &devices)).collect())
}

/// Whether a changed field is one that its person must not know of.
fn is_for_administrators(domain: &Domain, field: &str) -> bool {
    let declared = field.strip_prefix("fields/");
    let hidden = |known: &&UserField| known.see == MaySee::Administrators;
    domain.user_fields().iter().filter(hidden).any(|known| declared == Some(known.name))
}

async fn place(domain: &Domain, user: UserId, id: &str) -> Result<Option<Place>> {
    match Uuid::parse_str(id) {
        Ok(id) => store::place(domain.db(), user, id).await,
        Err(_) => Ok(None),
    }
}

fn told(row: store::About, user: UserId, devices: &HashMap<SessionId, String>) -> OwnEvent {
    let detail: Detail = serde_json::from_str(&row.detail).unwrap_or_default();
    let by = match (row.actor_id, row.actor.as_str()) {
        (Some(actor), _) if actor == user => By::You,
        (_, "person") => By::Person,
        (_, "operator") => By::Operator,
        _ => By::Anonymous,
    };
    let own = matches!(by, By::You | By::Anonymous);
    let session = row.session_id.or(detail.session).filter(|_| own);
    OwnEvent {
        id: row.id.to_string(),
        at: row.at,
        event: row.event,
        by,
        device: session.and_then(|session| devices.get(&session).cloned()),
        address: row.address.filter(|_| own),
        group: detail.group,
        fields: detail.fields,
        reason: detail.reason,
        until: detail.until.or(detail.expires_at).or(detail.due_at),
    }
}
