//! SQL of rate limits: what was set at run time, and what was counted. Called by [`super`]'s parts alone.

use super::decide::{Draw, Gcra, KEPT, Log, Outcome};
use super::key::text;
use super::memory::Bucket;
use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use vestibule_model::limits::LimitForm;
use vestibule_model::{Result, Timestamp};

/// One hour in microseconds: rows are known to be over by the hour, so that counting seldom touches an index.
const HOUR: i64 = 3_600_000_000;

/// The full hour at which what holds until `until` tells nothing any more.
fn gone_at(until: i64) -> i64 {
    until.div_euclid(HOUR).saturating_add(1).saturating_mul(HOUR)
}

/// What was set at run time, by name. A row that a newer program wrote is none of ours.
pub(super) async fn all(db: &Db) -> Result<Vec<(String, LimitForm)>> {
    let rows = sql!(db, fetch_all as (String, String), "select name, form from limits order by name");
    let read = |(name, form): (String, String)| Some((name, serde_json::from_str(&form).ok()?));
    Ok(rows.await.internal()?.into_iter().filter_map(read).collect())
}

pub(super) async fn one(tx: &mut Tx, name: &str) -> Result<Option<LimitForm>> {
    let row = sql!(tx, fetch_optional as (String,), "select form from limits where name = $1", name);
    Ok(row.await.internal()?.and_then(|(form,)| serde_json::from_str(&form).ok()))
}

pub(super) async fn set(tx: &mut Tx, name: &str, form: &LimitForm, now: Timestamp) -> Result<()> {
    let form = serde_json::to_string(form).unwrap_or_default();
    sql!(
        tx,
        execute,
        "insert into limits (name, form, changed_at) values ($1, $2, $3)
         on conflict (name) do update set form = excluded.form, changed_at = excluded.changed_at",
        name,
        form,
        now
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn clear(tx: &mut Tx, name: &str) -> Result<()> {
    sql!(tx, execute, "delete from limits where name = $1", name).await.internal()?;
    Ok(())
}

/// Whose counts were forgotten, and when: a bucket's, or all of a limit.
pub(super) async fn resets(db: &Db) -> Result<Vec<(String, String, i64)>> {
    sql!(db, fetch_all as (String, String, i64), "select name, bucket, at from limit_resets").await.internal()
}

pub(super) async fn reset(tx: &mut Tx, name: &str, bucket: Option<Bucket>, now: Timestamp) -> Result<()> {
    sql!(
        &mut *tx,
        execute,
        "insert into limit_resets (name, bucket, at) values ($1, $2, $3)
         on conflict (name, bucket) do update set
           at = case when excluded.at > limit_resets.at then excluded.at else limit_resets.at + 1 end",
        name,
        bucket.map(text).unwrap_or_default(),
        now
    )
    .await
    .internal()?;
    if let Some(bucket) = bucket.map(text) {
        sql!(&mut *tx, execute, "delete from limit_buckets where bucket = $1", &bucket).await.internal()?;
        sql!(&mut *tx, execute, "delete from limit_logs where bucket = $1", &bucket).await.internal()?;
    }
    Ok(())
}

/// Forgets counts that tell nothing any more, and resets of buckets that every server heard of.
pub(super) async fn sweep(tx: &mut Tx, now: Timestamp, heard: Timestamp) -> Result<u64> {
    let buckets = sql!(&mut *tx, execute, "delete from limit_buckets where gone_at < $1", now);
    let buckets = buckets.await.internal()?;
    let logs = sql!(&mut *tx, execute, "delete from limit_logs where gone_at < $1", now).await.internal()?;
    let resets = sql!(tx, execute, "delete from limit_resets where at < $1 and bucket <> ''", heard);
    Ok(buckets + logs + resets.await.internal()?)
}

/// Draws `want` calls, or one where the bucket is less than half full, in one statement: `decide.rs` in SQL, held against
/// it by a test. `on`: on Postgres its pool (the table is unlogged, so that nobody waits for the disk), else a transaction.
pub(super) async fn draw(
    on: impl Into<On<'_>>,
    bucket: Bucket,
    gcra: &Gcra,
    want: i64,
    now: Timestamp,
) -> Result<Option<Draw>> {
    let on = on.into();
    let first = gcra.draw(None, want, now);
    let row = sql!(
        on,
        fetch_optional as (i64, i64),
        "insert into limit_buckets (bucket, tat, drawn, gone_at)
         values ($1, cast($2 as bigint), cast($3 as bigint), $4)
         on conflict (bucket) do update set
           tat = case when cast($8 as bigint) > 1 and 2 * ((case when limit_buckets.tat > cast($9 as bigint)
                 then limit_buckets.tat else cast($9 as bigint) end)
               + cast($6 as bigint) * cast($8 as bigint) - cast($5 as bigint)) <= cast($7 as bigint)
             then (case when limit_buckets.tat > cast($9 as bigint) then limit_buckets.tat else cast($9 as bigint) end)
               + cast($6 as bigint) * cast($8 as bigint)
             else (case when limit_buckets.tat > cast($5 as bigint) then limit_buckets.tat else cast($5 as bigint) end)
               + cast($6 as bigint) end,
           drawn = case when cast($8 as bigint) > 1 and 2 * ((case when limit_buckets.tat > cast($9 as bigint)
                 then limit_buckets.tat else cast($9 as bigint) end)
               + cast($6 as bigint) * cast($8 as bigint) - cast($5 as bigint)) <= cast($7 as bigint)
             then cast($8 as bigint) else 1 end,
           gone_at = excluded.gone_at
         where (case when limit_buckets.tat > cast($5 as bigint) then limit_buckets.tat else cast($5 as bigint) end)
             + cast($6 as bigint) - cast($5 as bigint) <= cast($7 as bigint)
         returning tat, drawn",
        text(bucket),
        first.tat,
        first.drawn,
        gone_at(gcra.latest(now)),
        now,
        gcra.interval,
        gcra.horizon,
        want,
        now.0.saturating_add(KEPT)
    );
    Ok(row.await.internal()?.map(|(tat, drawn)| Draw { tat, drawn }))
}

/// The moment of a bucket that refused.
pub(super) async fn moment(on: impl Into<On<'_>>, bucket: Bucket) -> Result<Option<i64>> {
    let on = on.into();
    let row =
        sql!(on, fetch_optional as (i64,), "select tat from limit_buckets where bucket = $1", text(bucket));
    Ok(row.await.internal()?.map(|(tat,)| tat))
}

/// Brings a moment back that is too far ahead, because the limit was wider or the clock was set back: who waits as told
/// is let through.
pub(super) async fn bring_back(on: impl Into<On<'_>>, bucket: Bucket, from: i64, latest: i64) -> Result<()> {
    let on = on.into();
    let back = sql!(
        on,
        execute,
        "update limit_buckets set tat = $3 where bucket = $1 and tat = $2",
        text(bucket),
        from,
        latest
    );
    back.await.internal().map(drop)
}

/// Counts a call, if the window has room for it. The row is held until the transaction is over.
pub(super) async fn count(tx: &mut Tx, bucket: Bucket, log: &Log, now: Timestamp) -> Result<Outcome> {
    let (bucket, gone_at) = (text(bucket), gone_at(now.0.saturating_add(log.per)));
    let (hits,) = sql!(
        &mut *tx,
        fetch_one as (String,),
        "insert into limit_logs (bucket, hits, gone_at) values ($1, '', $2)
         on conflict (bucket) do update set gone_at = excluded.gone_at returning hits",
        &bucket,
        gone_at
    )
    .await
    .internal()?;
    let mut hits: Vec<i64> = hits.split(',').filter_map(|hit| hit.parse().ok()).collect();
    // Of a clock that was set back: what is known of them is kept, or they would keep people out until it is there again.
    let ahead = hits.iter().any(|hit| *hit > now.0);
    let outcome = log.count(&mut hits, now);
    if outcome.allowed || ahead {
        let hits: Vec<String> = hits.iter().map(ToString::to_string).collect();
        let hits = hits.join(",");
        sql!(tx, execute, "update limit_logs set hits = $2 where bucket = $1", &bucket, hits)
            .await
            .internal()?;
    }
    Ok(outcome)
}
