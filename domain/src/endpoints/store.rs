//! SQL of the rules that were set at run time. Called by [`super`]'s parts alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use std::collections::BTreeMap;
use vestibule_model::endpoints::{Asks, Rule};
use vestibule_model::{Result, Timestamp};

#[derive(sqlx::FromRow)]
struct Row {
    tag: String,
    asks: String,
    name: Option<String>,
}

impl Row {
    /// A row that a newer program wrote is none of ours.
    fn rule(self) -> Option<(String, Rule)> {
        let asks = match (self.asks.as_str(), self.name) {
            ("signed_in", None) => Asks::SignedIn,
            ("permission", Some(name)) => Asks::Permission(name),
            ("group", Some(name)) => Asks::Group(name),
            _ => return None,
        };
        Some((self.tag, Rule { asks }))
    }
}

/// Every rule, by tag.
pub(super) async fn all(db: &Db) -> Result<BTreeMap<String, Rule>> {
    let rows = sql!(db, fetch_all as Row, "select tag, asks, name from endpoint_rules order by tag");
    Ok(rows.await.internal()?.into_iter().filter_map(Row::rule).collect())
}

pub(super) async fn one(on: impl Into<On<'_>>, tag: &str) -> Result<Option<Rule>> {
    let on = on.into();
    let row =
        sql!(on, fetch_optional as Row, "select tag, asks, name from endpoint_rules where tag = $1", tag);
    Ok(row.await.internal()?.and_then(Row::rule).map(|(_, rule)| rule))
}

pub(super) async fn set(tx: &mut Tx, tag: &str, rule: &Rule, now: Timestamp) -> Result<()> {
    let (asks, name) = match &rule.asks {
        Asks::SignedIn => ("signed_in", None),
        Asks::Permission(name) => ("permission", Some(name.as_str())),
        Asks::Group(name) => ("group", Some(name.as_str())),
    };
    sql!(
        tx,
        execute,
        "insert into endpoint_rules (tag, asks, name, changed_at) values ($1, $2, $3, $4)
         on conflict (tag) do update set asks = excluded.asks, name = excluded.name, changed_at = excluded.changed_at",
        tag,
        asks,
        name,
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// Whether there was one.
pub(super) async fn clear(tx: &mut Tx, tag: &str) -> Result<bool> {
    let gone = sql!(tx, execute, "delete from endpoint_rules where tag = $1", tag);
    Ok(gone.await.internal()? > 0)
}

/// Whether a rule asks for this group.
pub(super) async fn asks_for_group(tx: &mut Tx, group: &str) -> Result<bool> {
    let found = sql!(
        tx,
        fetch_optional as (String,),
        "select tag from endpoint_rules where asks = 'group' and name = $1 limit 1",
        group
    );
    Ok(found.await.internal()?.is_some())
}
