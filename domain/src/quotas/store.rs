//! SQL of quotas and overrides; the ledger's and that of recorded usage stand beside it. Called by [`super`]'s parts alone.

pub(super) mod ledger;
pub(super) mod usage;

use super::book::Kept;
use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use vestibule_model::quotas::{Allowance, OverrideForm, OverrideView, Quota};
use vestibule_model::{KeyId, Result, Timestamp, UserId};

/// The version of everything here that is kept in memory.
pub(super) async fn version(db: &Db) -> Result<i64> {
    let row = sql!(db, fetch_one as (i64,), "select version from quota_version where one = 1");
    Ok(row.await.internal()?.0)
}

/// Counts the version up, and says which it is now. One who does so waits for the other, so that each knows what was before
/// it.
pub(super) async fn advance(tx: &mut Tx) -> Result<i64> {
    let row = sql!(
        tx,
        fetch_one as (i64,),
        "update quota_version set version = version + 1 where one = 1 returning version"
    );
    Ok(row.await.internal()?.0)
}

/// A quota as it is kept. One that a newer program wrote is none of ours.
fn read((body, since): (String, i64)) -> Option<Kept> {
    Some(Kept { quota: serde_json::from_str(&body).ok()?, since })
}

/// Every quota that was set.
pub(super) async fn all(on: impl Into<On<'_>>) -> Result<Vec<Kept>> {
    let on = on.into();
    let rows = sql!(on, fetch_all as (String, i64), "select body, since from quotas order by name");
    Ok(rows.await.internal()?.into_iter().filter_map(read).collect())
}

pub(super) async fn one(tx: &mut Tx, name: &str) -> Result<Option<Kept>> {
    let row =
        sql!(tx, fetch_optional as (String, i64), "select body, since from quotas where name = $1", name);
    Ok(row.await.internal()?.and_then(read))
}

pub(super) async fn set(tx: &mut Tx, quota: &Quota, since: i64, now: Timestamp) -> Result<()> {
    let body = serde_json::to_string(quota).expect("a quota can be written as JSON");
    sql!(
        tx,
        execute,
        "insert into quotas (name, body, since, changed_at) values ($1, $2, $3, $4)
         on conflict (name)
         do update set body = excluded.body, since = excluded.since, changed_at = excluded.changed_at",
        quota.name.as_str(),
        body,
        since,
        now
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn clear(tx: &mut Tx, name: &str) -> Result<bool> {
    let gone = sql!(tx, execute, "delete from quotas where name = $1", name);
    Ok(gone.await.internal()? > 0)
}

#[derive(sqlx::FromRow)]
struct OverrideRow {
    quota: String,
    user_id: UserId,
    key_id: Option<KeyId>,
    units: Option<i64>,
    expires_at: Option<Timestamp>,
    reason: String,
    author_id: Option<UserId>,
    created_at: Timestamp,
}

fn allowance(units: Option<i64>) -> Allowance {
    units.map_or(Allowance::Unlimited, |units| Allowance::Units(u64::try_from(units).unwrap_or_default()))
}

fn units(allowance: Allowance) -> Option<i64> {
    allowance.units().map(|units| i64::try_from(units).unwrap_or(i64::MAX))
}

impl From<OverrideRow> for OverrideView {
    fn from(row: OverrideRow) -> Self {
        Self {
            quota: row.quota,
            user: row.user_id,
            key: row.key_id,
            limit: allowance(row.units),
            expires_at: row.expires_at,
            reason: row.reason,
            author: row.author_id,
            created_at: row.created_at,
        }
    }
}

/// What holds for somebody in place of what a quota says, and until when.
pub(super) async fn override_of(
    on: impl Into<On<'_>>,
    quota: &str,
    subject: &str,
    now: Timestamp,
) -> Result<Option<(Allowance, Option<Timestamp>)>> {
    let on = on.into();
    let row = sql!(
        on,
        fetch_optional as (Option<i64>, Option<Timestamp>),
        "select units, expires_at from quota_overrides where quota = $1 and subject = $2 and (expires_at is null or expires_at > $3)",
        quota,
        subject,
        now
    );
    Ok(row.await.internal()?.map(|(units, end)| (allowance(units), end)))
}

/// Forgets overrides that have ended; how many there were.
pub(super) async fn lapsed(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let gone = sql!(
        tx,
        execute,
        "delete from quota_overrides where expires_at is not null and expires_at <= $1",
        now
    );
    gone.await.internal()
}

pub(super) async fn overrides_of(db: &Db, user: UserId) -> Result<Vec<OverrideView>> {
    let rows = sql!(
        db,
        fetch_all as OverrideRow,
        "select quota, user_id, key_id, units, expires_at, reason, author_id, created_at
         from quota_overrides where user_id = $1 order by quota, subject",
        user
    );
    Ok(rows.await.internal()?.into_iter().map(OverrideView::from).collect())
}

/// Every override of a quota that holds: who, by the ledger's word, and how much.
pub(super) async fn overrides(db: &Db, quota: &str, now: Timestamp) -> Result<Vec<(String, Allowance)>> {
    let rows = sql!(
        db,
        fetch_all as (String, Option<i64>),
        "select subject, units from quota_overrides
         where quota = $1 and (expires_at is null or expires_at > $2) order by subject",
        quota,
        now
    );
    Ok(rows.await.internal()?.into_iter().map(|(subject, units)| (subject, allowance(units))).collect())
}

pub(super) async fn count_overrides(db: &Db, now: Timestamp) -> Result<Vec<(String, i64)>> {
    let rows = sql!(
        db,
        fetch_all as (String, i64),
        "select quota, count(*) from quota_overrides where expires_at is null or expires_at > $1 group by quota",
        now
    );
    rows.await.internal()
}

/// For whom an override is.
pub(super) struct For<'a> {
    pub(super) quota: &'a str,
    pub(super) subject: &'a str,
    pub(super) user: UserId,
    pub(super) key: Option<KeyId>,
}

pub(super) async fn set_override(
    tx: &mut Tx,
    whom: &For<'_>,
    form: &OverrideForm,
    author: Option<UserId>,
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into quota_overrides (quota, subject, user_id, key_id, units, expires_at, reason, author_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (quota, subject) do update set units = excluded.units, expires_at = excluded.expires_at,
            reason = excluded.reason, author_id = excluded.author_id, created_at = excluded.created_at",
        whom.quota,
        whom.subject,
        whom.user,
        whom.key,
        units(form.limit),
        form.expires_at,
        form.reason.as_str(),
        author,
        now
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn take_override(tx: &mut Tx, quota: &str, subject: &str) -> Result<bool> {
    let gone =
        sql!(tx, execute, "delete from quota_overrides where quota = $1 and subject = $2", quota, subject);
    Ok(gone.await.internal()? > 0)
}

/// Forgets what was said for single people under a quota that is gone.
pub(super) async fn forget(tx: &mut Tx, quota: &str) -> Result<()> {
    sql!(tx, execute, "delete from quota_overrides where quota = $1", quota).await.internal()?;
    Ok(())
}
