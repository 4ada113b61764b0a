//! SQL of the ledger. Every step is one guarded statement, so that no two servers ever take the same unit.

use super::super::decide::{MOST_BLOCK, PART};
use super::super::ledger::{Claim, Row, Want};
use super::super::till::{Rest, Taken};
use super::super::windows::Span;
use crate::db::{Db, On, Tx};
use crate::{Domain, error::Internal, sql};
use vestibule_model::{Result, Timestamp, UserId};

/// Somebody's window, as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in super::super) struct Kept {
    pub(in super::super) quota: String,
    pub(in super::super) subject: String,
    pub(in super::super) window_start: Timestamp,
    pub(in super::super) ends_at: Timestamp,
    pub(in super::super) taken: i64,
    pub(in super::super) block: i64,
    pub(in super::super) granted: i64,
    pub(in super::super) blocked_until: Option<Timestamp>,
    pub(in super::super) told: i64,
}

impl Kept {
    pub(in super::super) fn taken(&self, block: u64) -> Taken {
        Taken {
            span: Span { start: self.window_start, end: self.ends_at },
            in_all: number(self.taken),
            block,
            granted: number(self.granted),
            blocked_until: self.blocked_until,
            told: self.told,
        }
    }
}

fn number(kept: i64) -> u64 {
    u64::try_from(kept).unwrap_or_default()
}

fn kept(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// See [`super::super::ledger::take`]. The arithmetic is that of `decide::block`.
pub(in super::super) async fn take(tx: &mut Tx, row: &Row, want: &Want) -> Result<Taken> {
    // Less than a call costs: only what was granted to a window that runs can help.
    let runs = |kept: &Kept| kept.ends_at > want.now && kept.granted > 0;
    if want.first() < want.cost && !one(&mut *tx, row).await?.as_ref().is_some_and(runs) {
        return refused(tx, row, want).await;
    }
    let taken = sql!(
        &mut *tx,
        fetch_optional as Kept,
        "insert into quota_ledger as l (quota, subject, user_id, window_start, ends_at, taken, block, granted, told)
         values ($1, $2, $3, $4, $5, $6, $6, 0, 0)
         on conflict (quota, subject) do update set
            taken = case when l.ends_at <= $7 then excluded.taken
                when $8 + l.granted - l.taken <= $9 then $8 + l.granted
                when ($10 + l.granted - l.taken) / $11 <= $9 then l.taken + $9
                when ($10 + l.granted - l.taken) / $11 > $12 then
                    case when $8 + l.granted - l.taken < $12 then $8 + l.granted else l.taken + $12 end
                when ($10 + l.granted - l.taken) / $11 > $8 + l.granted - l.taken then $8 + l.granted
                else l.taken + ($10 + l.granted - l.taken) / $11 end,
            block = case when l.ends_at <= $7 then excluded.taken
                when $8 + l.granted - l.taken <= $9 then $8 + l.granted - l.taken
                when ($10 + l.granted - l.taken) / $11 <= $9 then $9
                when ($10 + l.granted - l.taken) / $11 > $12 then
                    case when $8 + l.granted - l.taken < $12 then $8 + l.granted - l.taken else $12 end
                when ($10 + l.granted - l.taken) / $11 > $8 + l.granted - l.taken then $8 + l.granted - l.taken
                else ($10 + l.granted - l.taken) / $11 end,
            window_start = case when l.ends_at <= $7 then excluded.window_start else l.window_start end,
            ends_at = case when l.ends_at <= $7 then excluded.ends_at else l.ends_at end,
            granted = case when l.ends_at <= $7 then 0 else l.granted end,
            blocked_until = case when l.ends_at <= $7 then null else l.blocked_until end,
            told = case when l.ends_at <= $7 then 0 else l.told end
         where (l.ends_at <= $7 or l.taken + $13 <= $8 + l.granted)
            and (l.blocked_until is null or l.blocked_until <= $14)
         returning quota, subject, window_start, ends_at, taken, block, granted, blocked_until, told",
        row.quota.as_str(),
        row.subject.as_str(),
        row.user,
        want.opening.start,
        want.opening.end,
        kept(want.first()),
        want.now,
        kept(want.ceiling),
        kept(want.need),
        kept(want.limit),
        kept(PART),
        kept(MOST_BLOCK.max(want.need)),
        kept(want.cost),
        want.lifted
    )
    .await
    .internal()?;
    match taken {
        Some(taken) => Ok(taken.taken(number(taken.block))),
        None => refused(tx, row, want).await,
    }
}

/// How somebody stands who gets nothing.
async fn refused(tx: &mut Tx, row: &Row, want: &Want) -> Result<Taken> {
    let holds =
        |kept: &Kept| kept.ends_at > want.now || kept.blocked_until.is_some_and(|until| until > want.lifted);
    let now = one(tx, row).await?.filter(holds);
    let nothing = Taken { span: want.opening, in_all: 0, block: 0, granted: 0, blocked_until: None, told: 0 };
    Ok(now.map_or(nothing, |kept| kept.taken(0)))
}

/// Somebody's row.
pub(in super::super) async fn one(on: impl Into<On<'_>>, row: &Row) -> Result<Option<Kept>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as Kept,
        "select quota, subject, window_start, ends_at, taken, block, granted, blocked_until, told
         from quota_ledger where quota = $1 and subject = $2",
        row.quota.as_str(),
        row.subject.as_str()
    )
    .await
    .internal()
}

/// Every row of a person and their keys.
pub(in super::super) async fn of_person(db: &Db, user: UserId) -> Result<Vec<Kept>> {
    sql!(
        db,
        fetch_all as Kept,
        "select quota, subject, window_start, ends_at, taken, block, granted, blocked_until, told
         from quota_ledger where user_id = $1 order by quota, subject",
        user
    )
    .await
    .internal()
}

/// See [`super::super::ledger::hand_back`].
pub(in super::super) async fn hand_back(domain: &Domain, rests: &[(Row, Rest)]) -> Result<()> {
    let mut tx = domain.begin().await?;
    for (row, rest) in rests {
        sql!(
            &mut tx,
            execute,
            "update quota_ledger set taken = taken - $4
             where quota = $1 and subject = $2 and window_start = $3 and taken >= $4",
            row.quota.as_str(),
            row.subject.as_str(),
            rest.start,
            kept(rest.units)
        )
        .await
        .internal()?;
    }
    tx.commit().await.internal()
}

/// Refuses everything of somebody's until then, once in a window that runs; whether that was not so already.
pub(in super::super) async fn block(
    tx: &mut Tx,
    row: &Row,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let changed = sql!(
        tx,
        execute,
        "update quota_ledger set blocked_until = $3
         where quota = $1 and subject = $2 and blocked_until is null and ends_at > $4",
        row.quota.as_str(),
        row.subject.as_str(),
        until,
        now
    );
    Ok(changed.await.internal()? > 0)
}

/// Takes it upon the caller to tell that so much is spent; one of many at once.
pub(in super::super) async fn claim_telling(tx: &mut Tx, row: &Row, claim: Claim) -> Result<bool> {
    let changed = sql!(
        tx,
        execute,
        "update quota_ledger set told = $4 where quota = $1 and subject = $2 and window_start = $3 and told < $4",
        row.quota.as_str(),
        row.subject.as_str(),
        claim.start,
        claim.percent
    );
    Ok(changed.await.internal()? > 0)
}

/// Begins somebody's window anew, with nothing spent and nothing blocked. What servers still hold of the one before is not
/// counted into this one: it is told by its beginning.
pub(in super::super) async fn reset(tx: &mut Tx, row: &Row, now: Timestamp) -> Result<bool> {
    let changed = sql!(
        tx,
        execute,
        "update quota_ledger set taken = 0, granted = 0, blocked_until = null, told = 0,
            window_start = case when window_start < $3 then $3 else window_start + 1 end
         where quota = $1 and subject = $2",
        row.quota.as_str(),
        row.subject.as_str(),
        now
    );
    Ok(changed.await.internal()? > 0)
}

/// Adds units for the window that runs, or for the one that opens now; lifts a block.
pub(in super::super) async fn grant(
    tx: &mut Tx,
    row: &Row,
    opening: Span,
    units: u64,
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into quota_ledger as l (quota, subject, user_id, window_start, ends_at, taken, block, granted, told)
         values ($1, $2, $3, $4, $5, 0, 0, $6, 0)
         on conflict (quota, subject) do update set
            taken = case when l.ends_at <= $7 then 0 else l.taken end,
            granted = case when l.ends_at <= $7 then excluded.granted else l.granted + excluded.granted end,
            told = 0,
            blocked_until = null,
            window_start = case when l.ends_at <= $7 then excluded.window_start else l.window_start end,
            ends_at = case when l.ends_at <= $7 then excluded.ends_at else l.ends_at end",
        row.quota.as_str(),
        row.subject.as_str(),
        row.user,
        opening.start,
        opening.end,
        kept(units),
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// Forgets what was counted under a quota that counts anew, or is gone. No name has an `@`, and `A` comes after it.
pub(in super::super) async fn forget(tx: &mut Tx, quota: &str) -> Result<()> {
    let (first, end) = (format!("{quota}@"), format!("{quota}A"));
    sql!(tx, execute, "delete from quota_ledger where quota >= $1 and quota < $2", first, end)
        .await
        .internal()?;
    Ok(())
}

/// Forgets windows that are long over.
pub(in super::super) async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let gone = sql!(
        tx,
        execute,
        "delete from quota_ledger where ends_at < $1 and (blocked_until is null or blocked_until < $1)",
        before
    );
    gone.await.internal()
}
