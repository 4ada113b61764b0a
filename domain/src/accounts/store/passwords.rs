//! SQL of passwords and of those that were used before. Called by [`super::super`] alone.

use crate::db::{Db, Tx};
use crate::{error::Internal, sql};
use uuid::Uuid;
use vestibule_model::{Result, Timestamp, UserId};

pub(in crate::accounts) async fn set_hash(tx: &mut Tx, id: UserId, old: &str, new: &str) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update users set password_hash = $3 where id = $1 and password_hash = $2",
        id,
        old,
        new
    );
    Ok(written.await.internal()? > 0)
}

/// Whether it was written; not when another password was set in the meantime.
pub(in crate::accounts) async fn set_password(
    tx: &mut Tx,
    id: UserId,
    old: Option<&str>,
    hash: &str,
    now: Timestamp,
) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update users set password_hash = $2, password_changed_at = $3, updated_at = $3
         where id = $1 and coalesce(password_hash, '') = $4",
        id,
        hash,
        now,
        old.unwrap_or_default()
    );
    Ok(written.await.internal()? > 0)
}

/// Takes the password of an account away.
pub(in crate::accounts) async fn clear_password(tx: &mut Tx, id: UserId) -> Result<()> {
    sql!(tx, execute, "update users set password_hash = null, password_changed_at = null where id = $1", id)
        .await
        .internal()?;
    Ok(())
}

/// Takes the password of an account away whose address nobody confirmed and that nobody ever signed in to.
pub(in crate::accounts) async fn drop_password(tx: &mut Tx, id: UserId) -> Result<()> {
    sql!(
        tx,
        execute,
        "update users set password_hash = null, password_changed_at = null
         where id = $1 and email_verified_at is null and last_sign_in_at is null",
        id
    )
    .await
    .internal()?;
    Ok(())
}

pub(in crate::accounts) async fn insert_history(
    tx: &mut Tx,
    id: Uuid,
    user: UserId,
    hash: &str,
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into password_history (id, user_id, password_hash, replaced_at) values ($1, $2, $3, $4)",
        id,
        user,
        hash,
        now
    )
    .await
    .internal()?;
    Ok(())
}

pub(in crate::accounts) async fn history(db: &Db, user: UserId, most: u32) -> Result<Vec<String>> {
    let rows = sql!(
        db,
        fetch_all as (String,),
        "select password_hash from password_history where user_id = $1 order by replaced_at desc, id desc limit $2",
        user,
        i64::from(most)
    );
    Ok(rows.await.internal()?.into_iter().map(|(hash,)| hash).collect())
}

pub(in crate::accounts) async fn passwords_replaced(db: &Db, user: UserId) -> Result<Vec<Timestamp>> {
    let rows = sql!(
        db,
        fetch_all as (Timestamp,),
        "select replaced_at from password_history where user_id = $1 order by replaced_at",
        user
    );
    Ok(rows.await.internal()?.into_iter().map(|(at,)| at).collect())
}

/// Forgets all but the `keep` newest.
pub(in crate::accounts) async fn prune_history(tx: &mut Tx, user: UserId, keep: u32) -> Result<()> {
    sql!(
        tx,
        execute,
        "delete from password_history where user_id = $1 and id not in
             (select id from password_history where user_id = $1 order by replaced_at desc, id desc limit $2)",
        user,
        i64::from(keep)
    )
    .await
    .internal()?;
    Ok(())
}
