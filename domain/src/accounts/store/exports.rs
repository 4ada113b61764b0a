//! SQL of copies of one's own data. Called by [`super::super::exports`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use vestibule_model::exports::{DataExport, ExportStatus};
use vestibule_model::values::ExportId;
use vestibule_model::{Result, Timestamp, UserId};

/// A copy, without its parts.
#[derive(sqlx::FromRow)]
pub(in crate::accounts) struct ExportRow {
    pub(in crate::accounts) id: ExportId,
    pub(in crate::accounts) user_id: UserId,
    pub(in crate::accounts) asked_at: Timestamp,
    pub(in crate::accounts) claimed_at: Option<Timestamp>,
    pub(in crate::accounts) tries: i64,
    pub(in crate::accounts) ready_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    pub(in crate::accounts) bytes: Option<i64>,
}

impl ExportRow {
    pub(in crate::accounts) fn is_waiting(&self) -> bool {
        self.ready_at.is_none() && self.failed_at.is_none()
    }

    /// Whether its time is not over.
    pub(in crate::accounts) fn is_kept(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// As its owner sees it.
    pub(in crate::accounts) fn view(&self) -> DataExport {
        let status = match (self.ready_at, self.failed_at) {
            (Some(_), _) => ExportStatus::Ready,
            (None, Some(_)) => ExportStatus::Failed,
            (None, None) => ExportStatus::Waiting,
        };
        DataExport {
            id: self.id,
            status,
            asked_at: self.asked_at,
            ready_at: self.ready_at,
            expires_at: self.expires_at,
            bytes: self.bytes,
        }
    }
}

/// A person's copies, newest first.
pub(in crate::accounts) async fn exports(on: impl Into<On<'_>>, user: UserId) -> Result<Vec<ExportRow>> {
    let on = on.into();
    sql!(
        on,
        fetch_all as ExportRow,
        "select id, user_id, asked_at, claimed_at, tries, ready_at, failed_at, expires_at, bytes from exports
         where user_id = $1 order by asked_at desc, id desc",
        user
    )
    .await
    .internal()
}

pub(in crate::accounts) async fn insert_export(
    tx: &mut Tx,
    id: ExportId,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    sql!(tx, execute, "insert into exports (id, user_id, asked_at) values ($1, $2, $3)", id, user, now)
        .await
        .internal()?;
    Ok(())
}

/// The copy that waits longest and is written by nobody, or by somebody who claimed it before `stale`.
pub(in crate::accounts) async fn next_export(db: &Db, stale: Timestamp) -> Result<Option<ExportRow>> {
    sql!(
        db,
        fetch_optional as ExportRow,
        "select id, user_id, asked_at, claimed_at, tries, ready_at, failed_at, expires_at, bytes from exports
         where ready_at is null and failed_at is null and (claimed_at is null or claimed_at <= $1)
         order by asked_at limit 1",
        stale
    )
    .await
    .internal()
}

/// Claims a copy that was claimed at `before` last; whether nobody was faster.
pub(in crate::accounts) async fn claim_export(
    tx: &mut Tx,
    id: ExportId,
    before: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let claimed = sql!(
        tx,
        execute,
        "update exports set claimed_at = $3, tries = tries + 1
         where id = $1 and ready_at is null and failed_at is null and claimed_at is not distinct from $2",
        id,
        before,
        now
    );
    Ok(claimed.await.internal()? > 0)
}

/// A copy that was written.
pub(in crate::accounts) struct Finished {
    pub(in crate::accounts) claimed_at: Option<Timestamp>,
    pub(in crate::accounts) ready_at: Timestamp,
    pub(in crate::accounts) expires_at: Timestamp,
    pub(in crate::accounts) bytes: i64,
}

/// Whether it was still this node's to write.
pub(in crate::accounts) async fn set_export_ready(
    tx: &mut Tx,
    id: ExportId,
    ready: &Finished,
) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update exports set ready_at = $3, expires_at = $4, bytes = $5
         where id = $1 and ready_at is null and failed_at is null and claimed_at = $2",
        id,
        ready.claimed_at,
        ready.ready_at,
        ready.expires_at,
        ready.bytes
    );
    Ok(written.await.internal()? > 0)
}

pub(in crate::accounts) async fn give_export_up(
    tx: &mut Tx,
    id: ExportId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "update exports set failed_at = $2, expires_at = $3 where id = $1 and ready_at is null and failed_at is null",
        id,
        now,
        expires_at
    )
    .await
    .internal()?;
    Ok(())
}

pub(in crate::accounts) async fn insert_export_part(
    tx: &mut Tx,
    id: ExportId,
    place: i64,
    content: &[u8],
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into export_parts (export_id, place, content) values ($1, $2, $3)",
        id,
        place,
        content
    )
    .await
    .internal()?;
    Ok(())
}

pub(in crate::accounts) async fn export_part(db: &Db, id: ExportId, place: i64) -> Result<Option<Vec<u8>>> {
    let row = sql!(
        db,
        fetch_optional as (Vec<u8>,),
        "select content from export_parts where export_id = $1 and place = $2",
        id,
        place
    );
    Ok(row.await.internal()?.map(|(content,)| content))
}

/// Deletes what expired; its parts go with it.
pub(in crate::accounts) async fn delete_exports(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    sql!(tx, execute, "delete from exports where expires_at <= $1", now).await.internal()
}
