//! The outbox for those who look after mail: which mails wait, left and failed, trying one again, stopping one. Called by
//! REST, the page and the command line. What a mail says never leaves here: it may hold a link that lets somebody in.

use super::store::outbox::{self as store, Row};
use crate::db::Tx;
use crate::error::Internal;
use crate::events::{self, Event};
use crate::listing::List;
use crate::{Allowed, Client, Domain};
use uuid::Uuid;
use vestibule_model::error::Conflict;
use vestibule_model::groups::ManageMail;
use vestibule_model::listing::{Listed, Page};
use vestibule_model::mail::{MailStatus, OutboxFilter, OutboxMail};
use vestibule_model::{Error, Result, Timestamp};

/// Mails that fit, newest first.
///
/// # Errors
/// [`Error::Invalid`] of `cursor` for one of another list.
pub async fn list(
    domain: &Domain,
    by: &Allowed<ManageMail>,
    filter: &OutboxFilter,
    page: &Page,
) -> Result<Listed<OutboxMail>> {
    let _ = by;
    let list = List::new(domain, "outbox", filter);
    let below = list.after::<(Timestamp, Uuid)>(page)?.unwrap_or((Timestamp(i64::MAX), Uuid::max()));
    let rows = store::rows(domain.db(), filter, below, page.limit.and_one()).await?;
    let mut listed = list.page(page, rows, |row| (row.created_at, row.id));
    if page.total {
        listed.total = u64::try_from(store::number(domain.db(), filter).await?).ok();
    }
    Ok(listed.map(mail))
}

/// Tries a mail again now that waits or was given up; the worker is woken.
///
/// # Errors
/// [`Error::NotFound`] where there is none, [`Conflict::MailDone`] for one that was sent or is of no more use, or is being
/// sent at this moment.
pub async fn retry(domain: &Domain, by: &Allowed<ManageMail>, id: &str, client: &Client) -> Result<()> {
    let mut tx = domain.begin().await?;
    let row = find(&mut tx, id).await?;
    if !store::retry(&mut tx, row.id, domain.now()).await? {
        return Err(done());
    }
    let event = Event::MailRetried { mail: Some(row.id), kind: Some(row.kind), count: 1 };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    super::ring(domain, &mut tx);
    tx.commit().await.internal()
}

/// Tries every mail again now that was given up; how many.
///
/// # Errors
/// None but those of the database.
pub async fn retry_failed(domain: &Domain, by: &Allowed<ManageMail>, client: &Client) -> Result<u64> {
    let mut tx = domain.begin().await?;
    let count = store::retry_dead(&mut tx, domain.now()).await?;
    if count == 0 {
        return Ok(0);
    }
    let event = Event::MailRetried { mail: None, kind: None, count };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    super::ring(domain, &mut tx);
    tx.commit().await.internal()?;
    Ok(count)
}

/// Stops a mail that waits or was given up. What it says is erased.
///
/// # Errors
/// As [`retry`].
pub async fn cancel(domain: &Domain, by: &Allowed<ManageMail>, id: &str, client: &Client) -> Result<()> {
    let mut tx = domain.begin().await?;
    let row = find(&mut tx, id).await?;
    if !store::cancel(&mut tx, row.id, domain.now()).await? {
        return Err(done());
    }
    let event = Event::MailCancelled { mail: row.id, kind: row.kind };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.commit().await.internal()
}

async fn find(tx: &mut Tx, id: &str) -> Result<Row> {
    let id = Uuid::parse_str(id).map_err(|_| Error::NotFound)?;
    store::row(tx, id).await?.ok_or(Error::NotFound)
}

const fn done() -> Error {
    Error::Conflict { what: Conflict::MailDone }
}

fn mail(row: Row) -> OutboxMail {
    let status = row.status.parse().unwrap_or(MailStatus::Dead);
    // A template that cannot be filled is told of with what it was filled with, which may be a link.
    let unwritable = row.failure.as_deref() == Some("unwritable");
    OutboxMail {
        id: row.id.to_string(),
        kind: row.kind,
        recipient: row.recipient,
        user: row.user_id,
        status,
        attempts: row.attempts,
        created_at: row.created_at,
        next_try_at: (status == MailStatus::Queued).then_some(row.due_at),
        useless_after: row.useless_after,
        finished_at: row.finished_at,
        failure: row.failure,
        failure_detail: row.failure_detail.filter(|detail| !unwritable && !detail.contains("token=")),
    }
}
