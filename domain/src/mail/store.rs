//! The SQL of the outbox. A row is queued in the transaction of its cause, claimed by one worker for a while (a lease, so
//! that a worker which died gives nothing away), and then sent, expired or dead.

pub(super) mod outbox;

use super::{
    Outgoing,
    letter::Body,
    transport::{Failure, FailureKind},
};
use crate::{
    Domain, accounts,
    db::{Db, Tx},
    error::{Internal, hidden},
    sql,
};
use std::time::Duration;
use uuid::Uuid;
use vestibule_model::people::LetterTo;
use vestibule_model::{Email, Name, Result, Timestamp, UserId};

/// How long a claim holds: longer than sending one letter and asking why it failed can take.
const LEASE: Duration = Duration::from_mins(3);

/// Letters claimed, and sent side by side, at once.
const BATCH: i64 = 8;

/// How long a row is kept once nothing more will happen to it.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// A row that this worker alone may send now.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Claimed {
    pub(super) id: Uuid,
    pub(super) recipient: String,
    pub(super) name: Option<String>,
    pub(super) message: String,
    /// Tries, this one included.
    pub(super) attempts: i64,
    pub(super) created_at: Timestamp,
    pub(super) useless_after: Option<Timestamp>,
    /// Where its reader lives: the time zone of their profile.
    pub(super) time_zone: Option<String>,
}

/// Rows claimed together.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) id: Uuid,
    pub(super) rows: Vec<Claimed>,
}

/// What stays of a mail once nothing more will happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trace {
    /// That it was sent, and to whom.
    Kept,
    /// Nothing.
    None,
}

/// Queues a letter.
pub(super) async fn insert(domain: &Domain, tx: &mut Tx, letter: Outgoing<'_>, trace: Trace) -> Result<()> {
    let body =
        Body { message: letter.message, unsubscribe: letter.unsubscribe, about: letter.about.to_vec() };
    let text = serde_json::to_string(&body).map_err(|cause| hidden(&cause))?;
    sql!(
        &mut *tx,
        execute,
        "insert into outbox (id, kind, recipient, name, message, status, attempts, created_at, due_at, useless_after,
                             user_id, traceless)
         values ($1, $2, $3, $4, $5, 'queued', 0, $6, $6, $7,
                 coalesce($10, (select id from users where email_canonical = $8)), $9)",
        domain.new_id(),
        body.message.kind(),
        letter.to.as_str(),
        letter.name.map(Name::as_str),
        &text,
        domain.now(),
        letter.useless_after,
        accounts::canonical(letter.to).ok(),
        i64::from(trace == Trace::None),
        letter.owner,
    )
    .await
    .internal()?;
    tx.trail().count("mail_queued", domain.now());
    Ok(())
}

/// Whether a worker has anything to do now. Reads only, so that an idle worker never takes the writer's turn.
pub(super) async fn is_due(domain: &Domain) -> Result<bool> {
    let row = sql!(
        domain.db(),
        fetch_optional as (Uuid,),
        "select id from outbox
         where ((status = 'queued' and due_at <= $1) or (status in ('queued', 'dead') and useless_after <= $1))
           and (leased_until is null or leased_until <= $1)
         limit 1",
        domain.now(),
    );
    Ok(row.await.internal()?.is_some())
}

/// Drops what is of no more use, and claims what is due.
pub(super) async fn claim(domain: &Domain) -> Result<Claim> {
    let (now, id) = (domain.now(), domain.new_id());
    let mut tx = domain.begin().await?;
    sql!(
        &mut tx,
        execute,
        "update outbox set status = 'expired', message = null, name = null, finished_at = $1
         where status in ('queued', 'dead') and useless_after <= $1 and (leased_until is null or leased_until <= $1)",
        now,
    )
    .await
    .internal()?;
    delete_traceless(&mut tx).await?;
    let mut rows = sql!(
        &mut tx,
        fetch_all as Claimed,
        // The lease is asked for twice: a second worker waits for the first one's row, then finds it leased.
        "update outbox set claim = $1, leased_until = $2, attempts = attempts + 1
         where id in (select id from outbox
                      where status = 'queued' and due_at <= $3 and (leased_until is null or leased_until <= $3)
                      order by due_at, id limit $4)
           and status = 'queued' and (leased_until is null or leased_until <= $3)
         returning id, recipient, name, message, attempts, created_at, useless_after,
                   (select p.time_zone from profiles p where p.user_id = outbox.user_id) as time_zone",
        id,
        now.after(LEASE),
        now,
        BATCH,
    )
    .await
    .internal()?;
    tx.commit().await.internal()?;
    rows.sort_by_key(|row| row.id);
    Ok(Claim { id, rows })
}

/// The letter left: its message is erased.
pub(super) async fn sent(domain: &Domain, claim: Uuid, row: &Claimed) -> Result<()> {
    let mut tx = domain.begin().await?;
    sql!(
        &mut tx,
        execute,
        "update outbox set status = 'sent', message = null, name = null, claim = null, leased_until = null,
                           failure = null, failure_detail = null, finished_at = $1
         where id = $2 and claim = $3",
        domain.now(),
        row.id,
        claim,
    )
    .await
    .internal()?;
    tx.trail().count("mail_sent", domain.now());
    delete_traceless(&mut tx).await?;
    tx.commit().await.internal()
}

/// The letter did not leave, and will be tried again at `due`.
pub(super) async fn postpone(
    domain: &Domain,
    claim: Uuid,
    row: &Claimed,
    failure: &Failure,
    due: Timestamp,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    sql!(
        &mut tx,
        execute,
        "update outbox set due_at = $1, claim = null, leased_until = null, failure = $2, failure_detail = $3
         where id = $4 and claim = $5",
        due,
        failure.kind.name(),
        &failure.detail,
        row.id,
        claim,
    )
    .await
    .internal()?;
    tx.commit().await.internal()
}

/// The letter did not leave, and is not tried again by itself. It is kept for an administrator, until it is of no use.
pub(super) async fn give_up(domain: &Domain, claim: Uuid, row: &Claimed, failure: &Failure) -> Result<()> {
    let mut tx = domain.begin().await?;
    sql!(
        &mut tx,
        execute,
        "update outbox set status = 'dead', claim = null, leased_until = null, failure = $1, failure_detail = $2,
                           finished_at = $3
         where id = $4 and claim = $5",
        failure.kind.name(),
        &failure.detail,
        domain.now(),
        row.id,
        claim,
    )
    .await
    .internal()?;
    tx.trail().count("mail_failed", domain.now());
    tx.commit().await.internal()
}

/// What of this claim was neither sent nor failed may be sent by another worker at once, as if never tried.
pub(super) async fn hand_back(domain: &Domain, claim: Uuid) -> Result<u64> {
    let mut tx = domain.begin().await?;
    let count = sql!(
        &mut tx,
        execute,
        "update outbox set claim = null, leased_until = null, attempts = attempts - 1
         where claim = $1 and status = 'queued'",
        claim,
    )
    .await
    .internal()?;
    tx.commit().await.internal()?;
    Ok(count)
}

/// How many letters wait after a failure, and how many were given up.
pub(super) async fn stuck(tx: &mut Tx) -> Result<(i64, i64)> {
    sql!(
        tx,
        fetch_one as (i64, i64),
        "select count(case when status = 'queued' and failure is not null then 1 end),
                count(case when status = 'dead' then 1 end)
         from outbox",
    )
    .await
    .internal()
}

/// Whether letters wait for a server that could not be reached.
pub(super) async fn is_waiting_for_server(domain: &Domain) -> Result<bool> {
    let row = sql!(
        domain.db(),
        fetch_optional as (Uuid,),
        "select id from outbox where status = 'queued' and failure = $1 and due_at > $2 limit 1",
        FailureKind::Unreachable.name(),
        domain.now(),
    );
    Ok(row.await.internal()?.is_some())
}

/// The server is back: what waited for it is due now. The number of letters.
pub(super) async fn server_is_back(domain: &Domain) -> Result<u64> {
    let now = domain.now();
    let mut tx = domain.begin().await?;
    let count = sql!(
        &mut tx,
        execute,
        "update outbox set due_at = $1 where status = 'queued' and failure = $2 and due_at > $1",
        now,
        FailureKind::Unreachable.name(),
    )
    .await
    .internal()?;
    tx.commit().await.internal()?;
    Ok(count)
}

/// Forgets finished mails to people who have no account any more.
async fn delete_traceless(tx: &mut Tx) -> Result<()> {
    sql!(tx, execute, "delete from outbox where traceless = 1 and status in ('sent', 'expired')")
        .await
        .internal()?;
    Ok(())
}

/// Forgets mails to a person, and those waiting for others that name the present address or were written about the person.
/// Both stand between quotes in the message, so that nobody else's address that ends alike is meant.
pub(super) async fn delete_of_person(tx: &mut Tx, user: UserId, email: &Email) -> Result<()> {
    sql!(
        tx,
        execute,
        r"delete from outbox
          where user_id = $1 or lower(recipient) = lower($2)
             or lower(message) like lower($3) escape '\' or lower(message) like lower($4) escape '\'",
        user,
        email.as_str(),
        accounts::pattern_of(&format!("\"{}\"", email.as_str())),
        accounts::pattern_of(&format!("\"{user}\"")),
    )
    .await
    .internal()?;
    Ok(())
}

/// A mail as the person it went to sees it.
#[derive(sqlx::FromRow, serde::Serialize)]
struct ToPerson {
    kind: String,
    recipient: String,
    status: String,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
}

/// Mails to a person. One that asks a new address to confirm itself is left out: it exists only where that address was
/// nobody's, which is nothing to tell.
pub(super) async fn of_person(db: &Db, user: UserId) -> Result<serde_json::Value> {
    let rows = sql!(
        db,
        fetch_all as ToPerson,
        "select kind, recipient, status, created_at, finished_at from outbox
         where user_id = $1 and kind <> 'email_confirm' order by created_at, id",
        user
    );
    serde_json::to_value(rows.await.internal()?).map_err(|cause| hidden(&cause))
}

/// The newest mails to a person.
pub(super) async fn newest_to(db: &Db, user: UserId, most: i64) -> Result<Vec<LetterTo>> {
    sql!(
        db,
        fetch_all as LetterTo,
        "select kind, recipient, status, created_at, finished_at from outbox
         where user_id = $1 order by created_at desc, id desc limit $2",
        user,
        most
    )
    .await
    .internal()
}

/// Forgets rows that were finished long ago.
pub(super) async fn forget(domain: &Domain) -> Result<u64> {
    let span = i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX);
    let before = Timestamp(domain.now().0.saturating_sub(span));
    let mut tx = domain.begin().await?;
    let count = sql!(
        &mut tx,
        execute,
        "delete from outbox where status in ('sent', 'expired') and finished_at < $1",
        before,
    )
    .await
    .internal()?;
    tx.commit().await.internal()?;
    Ok(count)
}
