//! SQL of accounts that end: on their day, or because their owner leaves. Called by [`super::super`] alone.

use crate::db::{Db, Tx};
use crate::{error::Internal, sql};
use vestibule_model::{Email, Name, Result, Timestamp, UserId};

/// Whether there is such an account.
pub(in crate::accounts) async fn set_expiry(
    tx: &mut Tx,
    id: UserId,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update users set expires_at = $2, expiry_notices = 0, updated_at = $3 where id = $1",
        id,
        expires_at,
        now
    );
    Ok(written.await.internal()? > 0)
}

/// An account that ends soon.
#[derive(sqlx::FromRow)]
pub(in crate::accounts) struct Ending {
    pub(in crate::accounts) id: UserId,
    pub(in crate::accounts) email: Email,
    pub(in crate::accounts) name: Name,
    pub(in crate::accounts) expires_at: Timestamp,
    pub(in crate::accounts) expiry_notices: i64,
}

/// Those that end after `now` and no later than `until`, and stay until then.
pub(in crate::accounts) async fn ending(db: &Db, now: Timestamp, until: Timestamp) -> Result<Vec<Ending>> {
    sql!(
        db,
        fetch_all as Ending,
        "select id, email, name, expires_at, expiry_notices from users
         where expires_at > $1 and expires_at <= $2 and deletion_due_at is null
         order by expires_at, id",
        now,
        until
    )
    .await
    .internal()
}

/// Whether this call counted the notices up to `due`; not when another one did, or the account was given another end.
pub(in crate::accounts) async fn count_notices(tx: &mut Tx, ending: &Ending, due: i64) -> Result<bool> {
    let counted = sql!(
        tx,
        execute,
        "update users set expiry_notices = $3 where id = $1 and expires_at = $2 and expiry_notices < $3",
        ending.id,
        ending.expires_at,
        due
    );
    Ok(counted.await.internal()? > 0)
}

/// Sets when an account will be erased, or takes that back; whether it changed anything.
pub(in crate::accounts) async fn set_deletion(
    tx: &mut Tx,
    id: UserId,
    due: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let written = match due {
        Some(due) => {
            sql!(
                tx,
                execute,
                "update users set deletion_due_at = $2, updated_at = $3
                 where id = $1 and deletion_due_at is null",
                id,
                due,
                now
            )
            .await
        }
        None => {
            sql!(
                tx,
                execute,
                "update users set deletion_due_at = null, updated_at = $2
                 where id = $1 and deletion_due_at is not null",
                id,
                now
            )
            .await
        }
    };
    Ok(written.internal()? > 0)
}

/// Puts an account to sleep at `since`, or wakes it; whether it changed anything.
pub(in crate::accounts) async fn set_deactivated(
    tx: &mut Tx,
    id: UserId,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let written = match since {
        Some(since) => sql!(
            tx,
            execute,
            "update users set deactivated_at = $2, updated_at = $3 where id = $1 and deactivated_at is null",
            id,
            since,
            now
        )
        .await,
        None => {
            sql!(
                tx,
                execute,
                "update users set deactivated_at = null, updated_at = $2
                 where id = $1 and deactivated_at is not null",
                id,
                now
            )
            .await
        }
    };
    Ok(written.internal()? > 0)
}

/// Those whose grace is over.
pub(in crate::accounts) async fn leaving(db: &Db, now: Timestamp) -> Result<Vec<UserId>> {
    let rows = sql!(
        db,
        fetch_all as (UserId,),
        "select id from users where deletion_due_at <= $1 order by deletion_due_at, id",
        now
    );
    Ok(rows.await.internal()?.into_iter().map(|(id,)| id).collect())
}
