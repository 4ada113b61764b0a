//! The audit trail: one row for every change of state, written in its transaction. Written by [`crate::events`] alone; read
//! here by the people the rows are about.
//! Rows are never changed, but for an account that is erased: then they lead to nobody.

mod own;
mod store;

pub use own::{MOST_EVENTS, Sought, newest_of, own_events};

use crate::{Actor, Client, Domain, db::Tx, error, events::Event};
use vestibule_model::{Result, UserId};

/// What of a row's detail stays when its account is erased; everything else may tell of a person.
const IMPERSONAL: &[&str] = &["event", "user", "session", "group", "due_at", "expires_at", "until"];

/// Events that are about no person, so that all of their detail stays.
const ABOUT_NOBODY: &[&str] = &[
    "group_changed",
    "group_permissions_changed",
    "group_lifetimes_changed",
    "endpoint_rule_set",
    "endpoint_rule_cleared",
];

/// Replaces a person by `pseudonym` in every row about them or by them, as part of `tx`, and takes out of these rows what
/// tells where they were. However many rows there are, few statements are run and few rows are held in memory.
pub(crate) async fn pseudonymise(tx: &mut Tx, user: UserId, pseudonym: UserId) -> Result<()> {
    store::forget_places(tx, user).await?;
    let mut last = None;
    loop {
        let page = store::details(tx, user, last).await?;
        let Some((id, _)) = page.last() else { break };
        last = Some(*id);
        for (id, detail) in page {
            if let Some(left) = without_personal(&detail) {
                store::set_detail(tx, id, &left).await?;
            }
        }
    }
    store::replace_person(tx, user, pseudonym).await
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

/// Writes the row of `event`.
pub(crate) async fn record(
    domain: &Domain,
    tx: &mut Tx,
    by: &Actor,
    client: &Client,
    event: &Event,
) -> Result<()> {
    let (actor, actor_id, session_id) = match by {
        Actor::Anonymous => ("anonymous", None, None),
        Actor::Person(person) => {
            ("person", Some(person.user), Some(person.session).filter(|_| person.key.is_none()))
        }
        Actor::Operator => ("operator", None, None),
    };
    let key_id = by.person().ok().and_then(|person| person.key.as_ref()).map(|key| key.id);
    let detail = serde_json::to_string(event).map_err(|cause| error::hidden(&cause))?;
    let row = store::Row {
        id: domain.new_id(),
        at: domain.now(),
        actor,
        actor_id,
        session_id,
        key_id,
        event: event.name(),
        subject_id: event.subject(),
        detail: &detail,
        request_id: client.request_id.as_deref(),
        address: client.address.map(|address| address.to_string()),
    };
    store::insert(tx, &row).await
}

#[cfg(test)]
mod tests {
    use super::without_personal;

    #[test]
    fn what_may_tell_of_a_person_is_taken_out() {
        let detail = r#"{"event":"x","user":"u","group":"staff","email":"ada@example.org","old":["Ada"]}"#;
        assert_eq!(without_personal(detail).unwrap(), r#"{"event":"x","group":"staff","user":"u"}"#);
        assert_eq!(without_personal(r#"{"event":"x","user":"u"}"#), None);
        let of_a_group = r#"{"event":"group_changed","group":"staff","before":"a","after":"b"}"#;
        assert_eq!(without_personal(of_a_group), None, "it tells of nobody");
        assert_eq!(without_personal("nonsense").unwrap(), "{}");
    }
}
