//! SQL of notices: choices, known devices, and when administrators were last told. Called by the files of [`super`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use vestibule_model::{Result, Timestamp, UserId};

pub(super) async fn choice(on: impl Into<On<'_>>, user: UserId, notice: &str) -> Result<Option<bool>> {
    let on = on.into();
    let row = sql!(
        on,
        fetch_optional as (i64,),
        "select wanted from notice_choices where user_id = $1 and notice = $2",
        user,
        notice
    );
    Ok(row.await.internal()?.map(|(wanted,)| wanted != 0))
}

pub(super) async fn choices(db: &Db, user: UserId) -> Result<Vec<(String, bool)>> {
    let rows = sql!(
        db,
        fetch_all as (String, i64),
        "select notice, wanted from notice_choices where user_id = $1",
        user
    );
    Ok(rows.await.internal()?.into_iter().map(|(notice, wanted)| (notice, wanted != 0)).collect())
}

pub(super) async fn set_choice(
    tx: &mut Tx,
    user: UserId,
    notice: &str,
    wanted: bool,
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into notice_choices (user_id, notice, wanted, changed_at) values ($1, $2, $3, $4)
         on conflict (user_id, notice) do update set wanted = excluded.wanted, changed_at = excluded.changed_at",
        user,
        notice,
        i64::from(wanted),
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// How many marks the person has, and how many of them are among these two.
pub(super) async fn marks(tx: &mut Tx, user: UserId, cookie: &str, place: &str) -> Result<(i64, i64)> {
    sql!(
        tx,
        fetch_one as (i64, i64),
        "select count(*), count(case when mark in ($2, $3) then 1 end) from known_devices where user_id = $1",
        user,
        cookie,
        place
    )
    .await
    .internal()
}

pub(super) async fn has_mark(db: &Db, user: UserId, mark: &str) -> Result<bool> {
    let found = sql!(
        db,
        fetch_optional as (String,),
        "select mark from known_devices where user_id = $1 and mark = $2",
        user,
        mark
    );
    Ok(found.await.internal()?.is_some())
}

pub(super) async fn remember(
    tx: &mut Tx,
    user: UserId,
    cookie: &str,
    place: &str,
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into known_devices (user_id, mark, last_seen_at) values ($1, $2, $4), ($1, $3, $4)
         on conflict (user_id, mark) do update set last_seen_at = excluded.last_seen_at",
        user,
        cookie,
        place,
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// Forgets all but the `keep` marks seen last; none that was seen `now`, or the mark of this sign-in could be among those.
pub(super) async fn prune_marks(tx: &mut Tx, user: UserId, keep: i64, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        execute,
        "delete from known_devices where user_id = $1 and last_seen_at < $3 and mark not in
             (select mark from known_devices where user_id = $1 order by last_seen_at desc, mark limit $2)",
        user,
        keep,
        now
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn forget_marks_of(tx: &mut Tx, user: UserId) -> Result<()> {
    sql!(tx, execute, "delete from known_devices where user_id = $1", user).await.internal()?;
    Ok(())
}

pub(super) async fn forget_marks(tx: &mut Tx, horizon: Timestamp) -> Result<u64> {
    sql!(tx, execute, "delete from known_devices where last_seen_at < $1", horizon).await.internal()
}

/// Whether `name` may be told now, because it was not since `horizon`; it counts as told then.
pub(super) async fn claim_telling(
    tx: &mut Tx,
    name: &str,
    horizon: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "insert into notices_told (name, told_at) values ($1, $3)
         on conflict (name) do update set told_at = excluded.told_at where notices_told.told_at <= $2",
        name,
        horizon,
        now
    );
    Ok(written.await.internal()? > 0)
}

pub(super) async fn devices_seen(db: &Db, user: UserId) -> Result<Vec<Timestamp>> {
    let rows = sql!(
        db,
        fetch_all as (Timestamp,),
        "select last_seen_at from known_devices where user_id = $1 order by last_seen_at",
        user
    );
    Ok(rows.await.internal()?.into_iter().map(|(at,)| at).collect())
}
