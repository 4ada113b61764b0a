//! Copies of one's own data that are prepared in the background: asked for, written by whichever node comes first, taken
//! by their owner, and deleted after a while. The file lies in the database, in parts, so that every node can give it out
//! and it goes with its account. Called by the page `/account/data`, by REST and by the chores (`jobs.rs`). What stands in
//! it is decided in `export`.

use super::store::{self, ExportRow};
use super::{by_id_in, export, hold};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::mail::Message;
use crate::{Actor, Client, Domain, Person, error::Internal, notices};
use std::time::Duration;
use vestibule_model::error::Conflict;
use vestibule_model::exports::{DataExport, ExportStatus};
use vestibule_model::values::ExportId;
use vestibule_model::{Error, Result, Timestamp, UserId, links as pages};

/// Copies that somebody may ask for within [`DAY`].
pub const MOST_A_DAY: usize = 3;
const DAY: Duration = Duration::from_hours(24);

/// After which a node that has not finished is taken for gone, and another one begins anew.
const PATIENCE: Duration = Duration::from_mins(10);

/// How often it is tried to write a copy before it is given up.
const TRIES: i64 = 5;

/// Bytes of a part.
const PART: u32 = 256 * 1024;

/// A copy that can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    id: ExportId,
    /// Its bytes.
    pub bytes: i64,
    /// When it was written.
    pub ready_at: Timestamp,
}

/// Asks for a copy of everything about the person who asks. One at a time: while one is not written yet, that one is
/// answered.
///
/// # Errors
/// [`Error::TooManyAttempts`] where [`MOST_A_DAY`] were asked for within a day.
pub async fn ask(domain: &Domain, person: &Person, client: &Client) -> Result<DataExport> {
    let (user, now) = (person.user, domain.now());
    let mut tx = domain.begin().await?;
    hold(&mut tx, user).await?;
    let all = store::exports(&mut tx, user).await?;
    if let Some(waiting) = all.iter().find(|one| one.is_waiting()) {
        return Ok(waiting.view());
    }
    let lately: Vec<_> = all.iter().filter(|one| now < one.asked_at.after(DAY)).collect();
    if lately.len() >= MOST_A_DAY {
        let oldest = lately.iter().map(|one| one.asked_at).min().unwrap_or(now);
        return Err(Error::TooManyAttempts { retry_at: oldest.after(DAY) });
    }
    let id = ExportId(domain.new_id());
    store::insert_export(&mut tx, id, user, now).await?;
    let event = Event::ExportAsked { user };
    events::emit(domain, &mut tx, &Actor::Person(person.clone()), client, event).await?;
    tx.commit().await.internal()?;
    Ok(DataExport {
        id,
        status: ExportStatus::Waiting,
        asked_at: now,
        ready_at: None,
        expires_at: None,
        bytes: None,
    })
}

/// The copies of the person who asks, newest first.
///
/// # Errors
/// None but those of the database.
pub async fn list(domain: &Domain, person: &Person) -> Result<Vec<DataExport>> {
    let rows = store::exports(domain.db(), person.user).await?;
    Ok(rows.into_iter().filter(|row| row.is_kept(domain.now())).map(|row| row.view()).collect())
}

/// Opens a copy of the person who asks, to be read by [`part`]; the trail says that it was taken.
///
/// # Errors
/// [`Error::NotFound`] for one that is somebody else's, deleted or not there at all, and one that could not be written;
/// [`Conflict::ExportWaiting`] for one that is not written yet.
pub async fn open(domain: &Domain, person: &Person, id: ExportId, client: &Client) -> Result<ExportFile> {
    let mut tx = domain.begin().await?;
    let rows = store::exports(&mut tx, person.user).await?;
    let row =
        rows.into_iter().find(|row| row.id == id && row.is_kept(domain.now())).ok_or(Error::NotFound)?;
    if row.is_waiting() {
        return Err(Error::Conflict { what: Conflict::ExportWaiting });
    }
    let (Some(ready_at), Some(bytes)) = (row.ready_at, row.bytes) else { return Err(Error::NotFound) };
    let event = Event::DataExported { user: person.user };
    events::emit(domain, &mut tx, &Actor::Person(person.clone()), client, event).await?;
    tx.commit().await.internal()?;
    Ok(ExportFile { id, bytes, ready_at })
}

/// The part of a copy at this place, from 0 on; nothing behind its end.
///
/// # Errors
/// [`Error::NotFound`] where the copy was deleted meanwhile, so that what was read is not whole.
pub async fn part(domain: &Domain, file: &ExportFile, place: u32) -> Result<Option<Vec<u8>>> {
    let parts = (file.bytes + i64::from(PART) - 1) / i64::from(PART);
    if i64::from(place) >= parts {
        return Ok(None);
    }
    store::export_part(domain.db(), file.id, i64::from(place)).await?.ok_or(Error::NotFound).map(Some)
}

/// Writes the copies that were asked for; how many. One that cannot be written does not keep the others, and is tried
/// again later.
///
/// # Errors
/// None but those of the database.
pub async fn write_due(domain: &Domain) -> Result<usize> {
    let mut written = 0;
    while let Some(row) = claim(domain).await? {
        match write(domain, &row).await {
            Ok(true) => written += 1,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(export = %row.id, code = error.code(), "a copy of somebody's data was not written");
            }
        }
    }
    Ok(written)
}

/// Deletes the copies whose time is over, as part of `tx`; how many.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    store::delete_exports(tx, domain.now()).await
}

/// Which copies a person asked for, for their own eyes.
pub(super) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let rows = store::exports(domain.db(), user).await?;
    let views = rows.iter().map(ExportRow::view).collect::<Vec<_>>();
    serde_json::to_value(views).map_err(|cause| crate::error::hidden(&cause))
}

/// Takes the next copy that waits upon this node; given up are those that were tried too often.
async fn claim(domain: &Domain) -> Result<Option<ExportRow>> {
    let now = domain.now();
    loop {
        let Some(mut next) = store::next_export(domain.db(), now.before(PATIENCE)).await? else {
            return Ok(None);
        };
        let mut tx = domain.begin().await?;
        let expires_at = now.after(domain.rules().accounts.export_kept);
        if next.tries >= TRIES {
            store::give_export_up(&mut tx, next.id, now, expires_at).await?;
            tx.commit().await.internal()?;
            continue;
        }
        let mine = store::claim_export(&mut tx, next.id, next.claimed_at, now).await?;
        tx.commit().await.internal()?;
        if mine {
            next.claimed_at = Some(now);
            return Ok(Some(next));
        }
    }
}

/// Writes a copy that this node claimed, and tells its owner; whether it did. Nothing is written where the account went, or
/// where this took so long that another node began anew.
async fn write(domain: &Domain, row: &ExportRow) -> Result<bool> {
    let document = match export::document(domain, row.user_id).await {
        Err(Error::BadToken) => return Ok(false),
        document => document?,
    };
    let text = serde_json::to_string_pretty(&document).map_err(|cause| crate::error::hidden(&cause))?;
    drop(document);
    let now = domain.now();
    let expires_at = now.after(domain.rules().accounts.export_kept);
    let mut tx = domain.begin().await?;
    hold(&mut tx, row.user_id).await?;
    let Some(user) = by_id_in(&mut tx, row.user_id).await? else { return Ok(false) };
    let bytes = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let ready = store::Finished { claimed_at: row.claimed_at, ready_at: now, expires_at, bytes };
    if !store::set_export_ready(&mut tx, row.id, &ready).await? {
        return Ok(false);
    }
    for (place, part) in (0..).zip(text.as_bytes().chunks(PART as usize)) {
        store::insert_export_part(&mut tx, row.id, place, part).await?;
    }
    let message = Message::ExportReady {
        data_link: domain.page(pages::DATA),
        forgot_link: domain.page(pages::FORGOT),
        until: expires_at,
    };
    notices::tell_until(domain, &mut tx, &user, message, Some(expires_at)).await?;
    let event = Event::ExportReady { user: row.user_id };
    events::emit(domain, &mut tx, &Actor::Anonymous, &Client::local(), event).await?;
    tx.commit().await.internal()?;
    Ok(true)
}
