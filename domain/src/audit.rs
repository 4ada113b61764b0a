//! The audit trail: one row for every change of state, written in its transaction. Written by [`crate::events`] alone; read
//! here by administrators and by the people the rows are about.
//! Rows are never changed, but for an account that is erased: then they lead to nobody. They form a chain that shows when
//! anybody else changes one ([`chain`]).

mod chain;
mod own;
mod read;
mod seal;
mod store;
mod trail;

pub(crate) use chain::begin as begin_chain;
pub use chain::{Noted, retain, state, verify};
pub use own::{MOST_EVENTS, Sought, newest_of, own_events};
pub use read::{Export, export, find, list};
pub(crate) use seal::Sealer;
pub(crate) use trail::Trail;

use crate::events::{Changes, Event};
use crate::{Actor, Client, Domain, db::Tx, error};
use vestibule_model::audit::Doer;
use vestibule_model::{Result, UserId};

/// What of a row's detail stays when its account is erased; everything else may tell of a person.
const IMPERSONAL: &[&str] =
    &["event", "user", "session", "group", "due_at", "expires_at", "until", "mail", "kind"];

/// Events that are about no person ([`Event::subject`] has none, ever), so that all of their detail stays.
const ABOUT_NOBODY: &[&str] = &[
    "audit_exported",
    "audit_trimmed",
    "mail_retried",
    "mail_cancelled",
    "people_seeded",
    "address_banned",
    "address_unbanned",
    "group_lifetimes_changed",
    "group_created",
    "group_changed",
    "group_permissions_changed",
    "group_deleted",
    "endpoint_rule_set",
    "endpoint_rule_cleared",
    "limit_set",
    "limit_cleared",
    "quota_set",
    "quota_cleared",
];

/// Replaces a person by `pseudonym` in every row about them or by them, once `tx` is committed, and takes out of these rows
/// what tells where they were. However many rows there are, few are held in memory. The chain goes on to hold: each such row
/// keeps the commitment it was sealed with, and a mark that it was we who took something out.
pub(crate) fn pseudonymise(domain: &Domain, tx: &mut Tx, user: UserId, pseudonym: UserId) {
    tx.trail().erase(domain.sealer(), user, pseudonym);
}

/// A row's detail without what may tell of a person; nothing when there is nothing of that in it.
fn without_personal(detail: &str) -> Option<String> {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_str(detail) else {
        return Some("{}".to_owned());
    };
    if fields.get("event").and_then(|event| event.as_str()).is_some_and(|name| ABOUT_NOBODY.contains(&name)) {
        return None;
    }
    let before = fields.len();
    fields.retain(|name, _| IMPERSONAL.contains(&name.as_str()));
    (fields.len() < before).then(|| serde_json::Value::Object(fields).to_string())
}

/// The rows about a person or by them, oldest first, for their own eyes: who else acted is told by kind alone.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let rows = store::of_person(domain.db(), user).await?;
    Ok(rows.into_iter().map(|row| row.for_person(user)).collect())
}

/// Notes the row of `event`, with the values it changed; it is written when `tx` is committed.
pub(crate) fn record(
    domain: &Domain,
    tx: &mut Tx,
    by: &Actor,
    client: &Client,
    event: &Event,
    changes: Changes,
) -> Result<()> {
    let (actor, actor_id, session_id) = match by {
        Actor::Anonymous => (Doer::Anonymous, None, None),
        Actor::Person(person) => {
            (Doer::Person, Some(person.user), Some(person.session).filter(|_| person.key.is_none()))
        }
        Actor::Operator => (Doer::Operator, None, None),
    };
    let key_id = by.person().ok().and_then(|person| person.key.as_ref()).map(|key| key.id);
    let mut detail = serde_json::to_value(event).map_err(|cause| error::hidden(&cause))?;
    if let (Some(changes), Some(fields)) = (changes.told(), detail.as_object_mut()) {
        fields.insert("changes".to_owned(), changes);
    }
    let personal = store::Personal {
        actor_id,
        session_id,
        key_id,
        subject_id: event.subject(),
        detail: detail.to_string(),
        request_id: client.request_id.clone(),
        address: client.address.map(|address| address.to_string()),
    };
    let (id, at) = (domain.new_id(), domain.now());
    let (actor, event) = (actor.name().to_owned(), event.name());
    let mut salt = [0; seal::SALT];
    domain.random().fill(&mut salt);
    let row = store::Row { id, at, actor, event: event.to_owned(), personal };
    tx.trail().note(domain.sealer(), row, salt);
    tx.trail().count(event, at);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ABOUT_NOBODY, without_personal};
    use std::collections::BTreeSet;

    #[test]
    fn what_may_tell_of_a_person_is_taken_out() {
        let detail = r#"{"event":"x","user":"u","group":"staff","email":"ada@example.org","old":["Ada"]}"#;
        assert_eq!(without_personal(detail).unwrap(), r#"{"event":"x","group":"staff","user":"u"}"#);
        assert_eq!(without_personal(r#"{"event":"x","user":"u"}"#), None);
        let of_a_group = r#"{"event":"group_changed","group":"staff","before":"a","after":"b"}"#;
        assert_eq!(without_personal(of_a_group), None, "it tells of nobody");
        assert_eq!(without_personal("nonsense").unwrap(), "{}");
        let of_a_quota = r#"{"event":"quota_set","quota":"mail","before":null,"after":{"limits":{}}}"#;
        assert_eq!(without_personal(of_a_quota), None, "erasing who set it takes nothing of what was set");
    }

    /// `QuotaSet` as `quota_set`.
    fn in_snake_case(variant: &str) -> String {
        let lower = |letter: char| {
            let (gap, letter) = (if letter.is_uppercase() { "_" } else { "" }, letter.to_ascii_lowercase());
            format!("{gap}{letter}")
        };
        variant.chars().map(lower).collect::<String>().trim_start_matches('_').to_owned()
    }

    #[test]
    fn what_is_about_nobody_is_every_event_without_a_subject() {
        let source = include_str!("events.rs");
        let (_, subject) = source.split_once("pub fn subject(&self)").unwrap();
        let (_, rest) = subject.split_once("=> *user,").unwrap();
        let (without, _) = rest.split_once("=> None").unwrap();
        let variants = without.split("Self::").skip(1);
        let variants = variants.map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap());
        let expected: BTreeSet<_> = variants.map(in_snake_case).collect();
        let stated: BTreeSet<_> = ABOUT_NOBODY.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(stated, expected);
    }
}
