//! SQL of the outbox for administrators: which mails there are, and trying one again or stopping it.

use crate::db::{Db, Tx};
use crate::{error::Internal, sql};
use uuid::Uuid;
use vestibule_model::listing::MOST_COUNTED;
use vestibule_model::mail::OutboxFilter;
use vestibule_model::{Result, Timestamp, UserId};

/// A mail without what it says.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::mail) struct Row {
    pub(in crate::mail) id: Uuid,
    pub(in crate::mail) kind: String,
    pub(in crate::mail) recipient: String,
    pub(in crate::mail) user_id: Option<UserId>,
    pub(in crate::mail) status: String,
    pub(in crate::mail) attempts: i64,
    pub(in crate::mail) created_at: Timestamp,
    pub(in crate::mail) due_at: Timestamp,
    pub(in crate::mail) useless_after: Option<Timestamp>,
    pub(in crate::mail) finished_at: Option<Timestamp>,
    pub(in crate::mail) failure: Option<String>,
    pub(in crate::mail) failure_detail: Option<String>,
}

macro_rules! rows {
    ($db:expr, $leads:literal, $filter:expr, $below:expr, $most:expr) => {
        sql!(
            $db,
            fetch_all as Row,
            concat!(
                "select id, kind, recipient, user_id, status, attempts, created_at, due_at, useless_after, finished_at,
                        failure, failure_detail
                 from outbox where ",
                $leads,
                " created_at <= $1 and (created_at < $1 or id < $2) and (status = $3 or $3 is null)
                   and (lower(recipient) = lower($4) or $4 is null)
                 order by created_at desc, id desc limit $5"
            ),
            $below.0,
            $below.1,
            $filter.status.map(vestibule_model::mail::MailStatus::name),
            $filter.recipient.as_deref(),
            $most
        )
        .await
    };
}

macro_rules! number {
    ($db:expr, $leads:literal, $filter:expr) => {
        sql!(
            $db,
            fetch_one as (i64,),
            concat!(
                "select count(*) from (select 1 from outbox where ",
                $leads,
                " (status = $1 or $1 is null) and (lower(recipient) = lower($2) or $2 is null) limit $3) as counted"
            ),
            $filter.status.map(vestibule_model::mail::MailStatus::name),
            $filter.recipient.as_deref(),
            i64::try_from(MOST_COUNTED).unwrap_or(i64::MAX)
        )
        .await
    };
}

/// Mails that fit, newest first, at most `most`, below a place.
pub(in crate::mail) async fn rows(
    db: &Db,
    filter: &OutboxFilter,
    below: (Timestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>> {
    match filter {
        OutboxFilter { recipient: Some(_), .. } => {
            rows!(db, "lower(recipient) = lower($4) and", filter, below, most)
        }
        OutboxFilter { status: Some(_), .. } => rows!(db, "status = $3 and", filter, below, most),
        _ => rows!(db, "", filter, below, most),
    }
    .internal()
}

/// How many mails fit, counted up to the most that is counted.
pub(in crate::mail) async fn number(db: &Db, filter: &OutboxFilter) -> Result<i64> {
    let counted = match filter {
        OutboxFilter { recipient: Some(_), .. } => number!(db, "lower(recipient) = lower($2) and", filter),
        OutboxFilter { status: Some(_), .. } => number!(db, "status = $1 and", filter),
        _ => number!(db, "", filter),
    };
    Ok(counted.internal()?.0)
}

/// One mail, as `tx` sees it.
pub(in crate::mail) async fn row(tx: &mut Tx, id: Uuid) -> Result<Option<Row>> {
    sql!(
        tx,
        fetch_optional as Row,
        "select id, kind, recipient, user_id, status, attempts, created_at, due_at, useless_after, finished_at,
                failure, failure_detail
         from outbox where id = $1",
        id
    )
    .await
    .internal()
}

/// Makes a mail due now that waits or was given up; whether it did, and nobody sends it at this moment.
pub(in crate::mail) async fn retry(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update outbox set status = 'queued', due_at = $2, claim = null, leased_until = null, finished_at = null
         where id = $1 and status in ('queued', 'dead') and (leased_until is null or leased_until <= $2)",
        id,
        now
    );
    Ok(written.await.internal()? == 1)
}

/// Makes every mail due now that was given up; how many.
pub(in crate::mail) async fn retry_dead(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    sql!(
        tx,
        execute,
        "update outbox set status = 'queued', due_at = $1, claim = null, leased_until = null, finished_at = null
         where status = 'dead' and (leased_until is null or leased_until <= $1)",
        now
    )
    .await
    .internal()
}

/// Stops a mail that waits or was given up, and erases what it says; whether it did, and nobody sends it at this moment.
pub(in crate::mail) async fn cancel(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update outbox set status = 'expired', message = null, name = null, finished_at = $2
         where id = $1 and status in ('queued', 'dead') and (leased_until is null or leased_until <= $2)",
        id,
        now
    );
    Ok(written.await.internal()? == 1)
}
