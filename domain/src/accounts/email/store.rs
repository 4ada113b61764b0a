//! SQL of changes of address. Called by [`super`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use uuid::Uuid;
use vestibule_model::{Email, Result, Timestamp, UserId};

/// A change that is asked for. An address comes with what it is compared by.
pub(super) struct NewChange<'a> {
    pub(super) id: Uuid,
    pub(super) user: UserId,
    pub(super) old: (&'a Email, &'a str),
    pub(super) new: (&'a Email, &'a str),
    pub(super) confirm_hash: &'a str,
    pub(super) confirm_until: Timestamp,
}

#[derive(sqlx::FromRow)]
pub(super) struct Change {
    pub(super) user_id: UserId,
    pub(super) confirmed_at: Option<Timestamp>,
    pub(super) old_email: Email,
    pub(super) old_canonical: String,
    pub(super) new_email: Email,
    pub(super) new_canonical: String,
}

pub(super) async fn insert(tx: &mut Tx, new: &NewChange<'_>) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into email_changes (id, user_id, old_email, old_canonical, new_email, new_canonical, confirm_hash,
                                    confirm_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.user,
        new.old.0,
        new.old.1,
        new.new.0,
        new.new.1,
        new.confirm_hash,
        new.confirm_until,
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn pending(on: impl Into<On<'_>>, hash: &str, now: Timestamp) -> Result<Option<Change>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as Change,
        "select user_id, confirmed_at, old_email, old_canonical, new_email, new_canonical from email_changes
         where confirm_hash = $1 and confirmed_at is null and confirm_until > $2",
        hash,
        now
    )
    .await
    .internal()
}

/// Uses the token up and arms the one that takes the change back.
pub(super) async fn confirm(
    tx: &mut Tx,
    hash: &str,
    user: UserId,
    now: Timestamp,
    undo_hash: Option<&str>,
    undo_until: Timestamp,
) -> Result<Option<Change>> {
    sql!(
        tx,
        fetch_optional as Change,
        "update email_changes set confirmed_at = $3, undo_hash = $4, undo_until = $5
         where confirm_hash = $1 and user_id = $2 and confirmed_at is null and confirm_until > $3
         returning user_id, confirmed_at, old_email, old_canonical, new_email, new_canonical",
        hash,
        user,
        now,
        undo_hash,
        undo_until
    )
    .await
    .internal()
}

pub(super) async fn undoable(on: impl Into<On<'_>>, hash: &str, now: Timestamp) -> Result<Option<Change>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as Change,
        "select user_id, confirmed_at, old_email, old_canonical, new_email, new_canonical from email_changes
         where undo_hash = $1 and undo_until > $2",
        hash,
        now
    )
    .await
    .internal()
}

/// Uses the way back up.
pub(super) async fn undo(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<Option<Change>> {
    sql!(
        tx,
        fetch_optional as Change,
        "update email_changes set undo_hash = null where undo_hash = $1 and undo_until > $2
         returning user_id, confirmed_at, old_email, old_canonical, new_email, new_canonical",
        hash,
        now
    )
    .await
    .internal()
}

/// Forgets the change that was confirmed at `since`, those confirmed after it, and the one that waits.
pub(super) async fn delete_since(tx: &mut Tx, user: UserId, since: Option<Timestamp>) -> Result<()> {
    sql!(
        tx,
        execute,
        "delete from email_changes where user_id = $1 and (confirmed_at is null or confirmed_at >= $2)",
        user,
        since
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn delete_pending(tx: &mut Tx, user: UserId) -> Result<()> {
    sql!(tx, execute, "delete from email_changes where user_id = $1 and confirmed_at is null", user)
        .await
        .internal()?;
    Ok(())
}

pub(super) async fn delete_all(tx: &mut Tx, user: UserId) -> Result<()> {
    sql!(tx, execute, "delete from email_changes where user_id = $1", user).await.internal()?;
    Ok(())
}

/// Who other than `user` may still take this address back.
pub(super) async fn reserved_by(
    tx: &mut Tx,
    key: &str,
    user: UserId,
    now: Timestamp,
) -> Result<Option<UserId>> {
    let found = sql!(
        tx,
        fetch_optional as (UserId,),
        "select user_id from email_changes
         where old_canonical = $1 and user_id <> $2 and undo_hash is not null and undo_until > $3 limit 1",
        key,
        user,
        now
    );
    Ok(found.await.internal()?.map(|(owner,)| owner))
}

pub(super) async fn undoable_until(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Option<Timestamp>> {
    let found = sql!(
        tx,
        fetch_one as (Option<Timestamp>,),
        "select max(undo_until) from email_changes
         where user_id = $1 and undo_hash is not null and undo_until > $2",
        user,
        now
    );
    Ok(found.await.internal()?.0)
}

pub(super) async fn delete_ended(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    sql!(
        tx,
        execute,
        "delete from email_changes
         where (confirmed_at is null and confirm_until <= $1)
            or (confirmed_at is not null and (undo_hash is null or undo_until <= $1))",
        now
    )
    .await
    .internal()
}

/// A change of address as its owner's copy of everything tells it.
#[derive(sqlx::FromRow, serde::Serialize)]
pub(super) struct OfPerson {
    old_email: Email,
    new_email: Email,
    confirmed_at: Option<Timestamp>,
    confirm_until: Timestamp,
    undo_until: Option<Timestamp>,
}

pub(super) async fn of_person(db: &Db, user: UserId) -> Result<Vec<OfPerson>> {
    sql!(
        db,
        fetch_all as OfPerson,
        "select old_email, new_email, confirmed_at, confirm_until, undo_until from email_changes
         where user_id = $1 and confirmed_at is not null order by id",
        user
    )
    .await
    .internal()
}
