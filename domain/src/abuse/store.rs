//! SQL of scores. Called by the files of [`super`] alone.

use super::ledger::Noted;
use super::score::Score;
use super::subject::Subject;
use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use std::collections::HashMap;
use vestibule_model::abuse::Offences;
use vestibule_model::{Result, Timestamp, UserId};

/// What is known of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) subject: Subject,
    pub(super) score: Score,
    pub(super) first_at: Timestamp,
    pub(super) offences: Offences,
    pub(super) last_path: Option<String>,
    /// Automatic blocks that are remembered.
    pub(super) blocks: u64,
    /// When the last of them was imposed.
    pub(super) blocked_at: Option<Timestamp>,
    /// When the block of an account ends.
    pub(super) blocked_until: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Kept {
    subject: String,
    score: i64,
    changed_at: Timestamp,
    first_at: Timestamp,
    offences: String,
    last_path: Option<String>,
    blocks: i64,
    blocked_at: Option<Timestamp>,
    blocked_until: Option<Timestamp>,
}

impl Kept {
    fn row(self) -> Option<Row> {
        Some(Row {
            subject: Subject::named(&self.subject)?,
            score: Score { thousandths: self.score, at: self.changed_at },
            first_at: self.first_at,
            offences: serde_json::from_str(&self.offences).unwrap_or_default(),
            last_path: self.last_path,
            blocks: self.blocks.unsigned_abs(),
            blocked_at: self.blocked_at,
            blocked_until: self.blocked_until,
        })
    }
}

impl Row {
    /// A subject that did nothing yet.
    pub(super) fn of(subject: Subject, noted: &Noted) -> Self {
        Self {
            subject,
            score: Score { thousandths: 0, at: noted.first },
            first_at: noted.first,
            offences: Offences::new(),
            last_path: None,
            blocks: 0,
            blocked_at: None,
            blocked_until: None,
        }
    }
}

pub(super) async fn one(on: impl Into<On<'_>>, subject: Subject) -> Result<Option<Row>> {
    let on = on.into();
    let row = sql!(
        on,
        fetch_optional as Kept,
        "select subject, score, changed_at, first_at, offences, last_path, blocks, blocked_at, blocked_until
         from abuse_scores where subject = $1",
        subject.to_string()
    );
    Ok(row.await.internal()?.and_then(Kept::row))
}

/// Whether it was written; not when what is there is not `before`. Who was forgiven meanwhile stays so.
pub(super) async fn put(tx: &mut Tx, before: Option<&Row>, row: &Row) -> Result<bool> {
    match before {
        Some(before) => replace(tx, before, row).await,
        None => insert(tx, row).await,
    }
}

async fn insert(tx: &mut Tx, row: &Row) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "insert into abuse_scores (subject, user_id, score, changed_at, first_at, offences, last_path, blocks,
                                   blocked_at, blocked_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (subject) do nothing",
        row.subject.to_string(),
        row.subject.user(),
        row.score.thousandths,
        row.score.at,
        row.first_at,
        serde_json::to_string(&row.offences).unwrap_or_default(),
        row.last_path.as_deref(),
        i64::try_from(row.blocks).unwrap_or(i64::MAX),
        row.blocked_at,
        row.blocked_until
    );
    Ok(written.await.internal()? > 0)
}

async fn replace(tx: &mut Tx, before: &Row, row: &Row) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update abuse_scores set score = $2, changed_at = $3, first_at = $4, offences = $5, last_path = $6, blocks = $7,
                                 blocked_at = $8, blocked_until = $9
         where subject = $1 and score = $10 and changed_at = $11",
        row.subject.to_string(),
        row.score.thousandths,
        row.score.at,
        row.first_at,
        serde_json::to_string(&row.offences).unwrap_or_default(),
        row.last_path.as_deref(),
        i64::try_from(row.blocks).unwrap_or(i64::MAX),
        row.blocked_at,
        row.blocked_until,
        before.score.thousandths,
        before.score.at
    );
    Ok(written.await.internal()? > 0)
}

/// A name for the moment in which somebody was forgiven last.
pub(super) async fn forgiven(db: &Db) -> Result<Option<String>> {
    let row = sql!(db, fetch_optional as (String,), "select value from facts where name = 'abuse_forgiven'");
    Ok(row.await.internal()?.map(|(value,)| value))
}

pub(super) async fn set_forgiven(tx: &mut Tx, moment: &str) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into facts (name, value) values ('abuse_forgiven', $1)
         on conflict (name) do update set value = excluded.value",
        moment
    )
    .await
    .internal()?;
    Ok(())
}

/// Whether there was one.
pub(super) async fn delete(tx: &mut Tx, subject: Subject) -> Result<bool> {
    let gone = sql!(tx, execute, "delete from abuse_scores where subject = $1", subject.to_string());
    Ok(gone.await.internal()? > 0)
}

/// Accounts that are blocked at `now`, and until when.
pub(super) async fn blocked(db: &Db, now: Timestamp) -> Result<HashMap<UserId, Timestamp>> {
    let rows = sql!(
        db,
        fetch_all as (UserId, Timestamp),
        "select user_id, blocked_until from abuse_scores where blocked_until > $1 and user_id is not null",
        now
    );
    Ok(rows.await.internal()?.into_iter().collect())
}

/// Those that offended last first, behind the one called `after` of that moment.
pub(super) async fn list(db: &Db, after: &(i64, String), most: i64) -> Result<Vec<Row>> {
    let rows = sql!(
        db,
        fetch_all as Kept,
        "select subject, score, changed_at, first_at, offences, last_path, blocks, blocked_at, blocked_until
         from abuse_scores
         where changed_at < $1 or (changed_at = $1 and subject < $2)
         order by changed_at desc, subject desc limit $3",
        after.0,
        &after.1,
        most
    );
    Ok(rows.await.internal()?.into_iter().filter_map(Kept::row).collect())
}

/// Forgets who did nothing since `quiet`, and of those who were blocked who did nothing since `remembered`.
pub(super) async fn sweep(tx: &mut Tx, quiet: Timestamp, remembered: Timestamp) -> Result<u64> {
    sql!(
        tx,
        execute,
        "delete from abuse_scores
         where changed_at < $1 and (blocks = 0 or changed_at < $2)
           and (blocked_until is null or blocked_until < $1)",
        quiet,
        remembered
    )
    .await
    .internal()
}
