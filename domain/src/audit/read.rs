//! The trail for administrators: a page of it, one row, and all of it as a file. Called by REST, the page and the command
//! line. What people see of their own rows is in [`super::own`].

use super::store::lists;
use crate::error::Internal;
use crate::events::{self, Event};
use crate::listing::List;
use crate::{Allowed, Client, Domain};
use serde_json::{Map, Value};
use uuid::Uuid;
use vestibule_model::audit::{Changed, Doer, Entry, Filter};
use vestibule_model::groups::ViewAudit;
use vestibule_model::listing::{Listed, Page};
use vestibule_model::{Error, Result, Timestamp};

/// Rows that an export reads at once.
const BATCH: i64 = 500;

/// Rows that fit `filter`, newest first.
///
/// # Errors
/// [`Error::Invalid`] of `cursor` for one of another list.
pub async fn list(
    domain: &Domain,
    by: &Allowed<ViewAudit>,
    filter: &Filter,
    page: &Page,
) -> Result<Listed<Entry>> {
    let _ = by;
    let list = List::new(domain, "audit", filter);
    let below = list.after::<(Timestamp, Uuid)>(page)?.unwrap_or_else(|| start(filter));
    let rows = lists::rows(domain.db(), filter, below, page.limit.and_one()).await.internal()?;
    let mut listed = list.page(page, rows, |row| (row.at, row.id));
    if page.total {
        let count = lists::number(domain.db(), filter).await.internal()?;
        listed.total = Some(u64::try_from(count).unwrap_or(0));
    }
    Ok(listed.map(entry))
}

/// One row.
///
/// # Errors
/// [`Error::NotFound`] where there is none of this id.
pub async fn find(domain: &Domain, by: &Allowed<ViewAudit>, id: &str) -> Result<Entry> {
    let _ = by;
    let id = Uuid::parse_str(id).map_err(|_| Error::NotFound)?;
    let row = lists::row(domain.db(), id).await.internal()?;
    row.map(entry).ok_or(Error::NotFound)
}

/// All rows that fit, newest first, a batch at a time: rows that come meanwhile are not among them, but for the one that
/// says that they were taken.
pub struct Export {
    domain: Domain,
    filter: Filter,
    below: Option<(Timestamp, Uuid)>,
}

/// Begins an export.
///
/// # Errors
/// None but those of the database.
pub async fn export(
    domain: &Domain,
    by: &Allowed<ViewAudit>,
    filter: Filter,
    client: &Client,
) -> Result<Export> {
    let below = Some(if filter.to.is_some() { start(&filter) } else { (domain.now(), Uuid::max()) });
    let mut tx = domain.begin().await?;
    events::emit(domain, &mut tx, by.by(), client, Event::AuditExported).await?;
    tx.commit().await.internal()?;
    Ok(Export { domain: domain.clone(), filter, below })
}

impl Export {
    /// The next rows; none when all were given.
    ///
    /// # Errors
    /// None but those of the database.
    pub async fn next(&mut self) -> Result<Vec<Entry>> {
        let Some(below) = self.below else { return Ok(Vec::new()) };
        let rows = lists::rows(self.domain.db(), &self.filter, below, BATCH).await.internal()?;
        self.below = rows.last().map(|row| (row.at, row.id));
        Ok(rows.into_iter().map(entry).collect())
    }
}

/// Above the newest row that is wanted.
fn start(filter: &Filter) -> (Timestamp, Uuid) {
    // No id is below the smallest, so that a row at the very moment is not wanted.
    filter.to.map_or((Timestamp(i64::MAX), Uuid::max()), |to| (to, Uuid::nil()))
}

fn entry(row: lists::Found) -> Entry {
    let detail = serde_json::from_str::<Value>(&row.detail).ok();
    let mut detail = match detail {
        Some(Value::Object(detail)) => detail,
        _ => Map::new(),
    };
    let changes = changes(&mut detail);
    detail.retain(|name, value| !matches!(name.as_str(), "event" | "user") && !value.is_null());
    Entry {
        id: row.id.to_string(),
        seq: row.seq,
        at: row.at,
        event: row.event,
        by: match row.actor.as_str() {
            "person" => Doer::Person,
            "operator" => Doer::Operator,
            _ => Doer::Anonymous,
        },
        actor: row.actor_id,
        actor_name: row.actor_name,
        session: row.session_id.map(|id| id.to_string()),
        key: row.key_id.map(|id| id.to_string()),
        subject: row.subject_id,
        subject_name: row.subject_name,
        changes,
        detail: Value::Object(detail),
        request_id: row.request_id,
        address: row.address,
        redacted: row.redacted.is_some(),
    }
}

/// What was changed, taken out of `detail`: each value under its name, or the one value that this kind of event changes.
fn changes(detail: &mut Map<String, Value>) -> Vec<Changed> {
    let pair = |value: &Value, part: &str| value.get(part).cloned().unwrap_or(Value::Null);
    let mut changes = Vec::new();
    if let Some(Value::Object(listed)) = detail.remove("changes") {
        changes.extend(listed.iter().map(|(field, value)| Changed {
            field: field.clone(),
            before: pair(value, "before"),
            after: pair(value, "after"),
        }));
    }
    if detail.contains_key("before") || detail.contains_key("after") {
        let [before, after] = ["before", "after"].map(|part| detail.remove(part).unwrap_or(Value::Null));
        split(before, after, &mut changes);
    }
    changes
}

/// Two objects are told part by part.
fn split(before: Value, after: Value, changes: &mut Vec<Changed>) {
    let object = |value: &Value| value.is_object() || value.is_null();
    if !(object(&before) && object(&after)) {
        changes.push(Changed { field: String::new(), before, after });
        return;
    }
    let empty = Map::new();
    let (old, new) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let mut names = old.keys().chain(new.keys()).collect::<Vec<_>>();
    names.sort();
    names.dedup();
    for name in names {
        let [before, after] = [old, new].map(|side| side.get(name).cloned().unwrap_or(Value::Null));
        if before != after {
            changes.push(Changed { field: name.clone(), before, after });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_changed_is_told_part_by_part() {
        let Value::Object(mut detail) = json!({
            "group": "staff",
            "changes": {"reason": {"before": "a", "after": "b"}},
            "before": {"idle": 1, "overall": 2}, "after": {"idle": 1, "remembered": 3}
        }) else {
            panic!("an object")
        };
        let told = changes(&mut detail);
        let told: Vec<_> = told.iter().map(|one| (one.field.as_str(), &one.before, &one.after)).collect();
        assert_eq!(
            told,
            [
                ("reason", &json!("a"), &json!("b")),
                ("overall", &json!(2), &Value::Null),
                ("remembered", &Value::Null, &json!(3))
            ]
        );
        assert_eq!(Value::Object(detail), json!({"group": "staff"}));
        let Value::Object(mut words) = json!({"before": "a", "after": "b"}) else { panic!("an object") };
        assert_eq!(
            changes(&mut words),
            [Changed { field: String::new(), before: json!("a"), after: json!("b") }]
        );
    }
}
