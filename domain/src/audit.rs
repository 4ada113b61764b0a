//! The audit trail: one row for every change of state, written in its transaction. Called by [`crate::events`] alone.
//! Rows are never changed, but for an account that is erased: then they lead to nobody.

mod store;

use crate::{Actor, Client, Domain, db::Tx, error, events::Event};
use vestibule_model::{Result, UserId};

/// What of a row's detail stays when its account is erased; everything else may tell of a person.
const IMPERSONAL: &[&str] = &["event", "user", "session", "group", "due_at", "expires_at", "until"];

/// Replaces a person by `pseudonym` in every row about them or by them, as part of `tx`, and takes out of these rows what
/// tells where they were.
pub(crate) async fn pseudonymise(tx: &mut Tx, user: UserId, pseudonym: UserId) -> Result<()> {
    for row in store::of_person(&mut *tx, user).await? {
        let replaced = |id: Option<UserId>| if id == Some(user) { Some(pseudonym) } else { id };
        let by_another = row.actor_id.is_some_and(|actor| actor != user);
        let detail = impersonal(&row.detail, user, pseudonym);
        let ids = (replaced(row.actor_id), replaced(row.subject_id));
        store::rewrite(tx, row.id, ids, &detail, by_another).await?;
    }
    Ok(())
}

/// A row's detail without what may tell of the person.
fn impersonal(detail: &str, user: UserId, pseudonym: UserId) -> String {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_str(detail) else {
        return "{}".to_owned();
    };
    fields.retain(|name, _| IMPERSONAL.contains(&name.as_str()));
    let text = serde_json::Value::Object(fields).to_string();
    text.replace(&user.to_string(), &pseudonym.to_string())
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
        Actor::Person(person) => ("person", Some(person.user), Some(person.session)),
        Actor::Operator => ("operator", None, None),
    };
    let detail = serde_json::to_string(event).map_err(|cause| error::hidden(&cause))?;
    let row = store::Row {
        id: domain.new_id(),
        at: domain.now(),
        actor,
        actor_id,
        session_id,
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
    use super::impersonal;
    use uuid::Uuid;
    use vestibule_model::UserId;

    #[test]
    fn what_may_tell_of_a_person_is_taken_out() {
        let (user, pseudonym) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let detail = format!(
            r#"{{"event":"x","user":"{user}","group":"staff","email":"ada@example.org","old":["Ada"]}}"#
        );
        let left = impersonal(&detail, user, pseudonym);
        assert_eq!(left, format!(r#"{{"event":"x","group":"staff","user":"{pseudonym}"}}"#));
        assert_eq!(impersonal("nonsense", user, pseudonym), "{}");
    }
}
