//! SQL of groups. Called by [`super`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use std::collections::BTreeSet;
use vestibule_model::{Result, Timestamp, UserId};

/// Whether the person was added; not when they or the group do not exist, or they belong to it.
pub(super) async fn insert_member(tx: &mut Tx, user: UserId, group: &str, now: Timestamp) -> Result<bool> {
    let added = sql!(
        tx,
        execute,
        "insert into group_members (user_id, group_name, since)
         select u.id, g.name, $3 from users u cross join groups g where u.id = $1 and g.name = $2
         on conflict (user_id, group_name) do nothing",
        user,
        group,
        now,
    )
    .await
    .internal()?;
    Ok(added > 0)
}

pub(super) async fn delete_member(tx: &mut Tx, user: UserId, group: &str) -> Result<bool> {
    let gone =
        sql!(tx, execute, "delete from group_members where user_id = $1 and group_name = $2", user, group);
    Ok(gone.await.internal()? > 0)
}

pub(super) async fn is_member(tx: &mut Tx, user: UserId, group: &str) -> Result<bool> {
    let found = sql!(
        tx,
        fetch_optional as (i64,),
        "select since from group_members where user_id = $1 and group_name = $2",
        user,
        group
    );
    Ok(found.await.internal()?.is_some())
}

pub(super) async fn members_but(tx: &mut Tx, group: &str, user: UserId) -> Result<i64> {
    let (count,) = sql!(
        tx,
        fetch_one as (i64,),
        "select count(*) from group_members where group_name = $1 and user_id <> $2",
        group,
        user
    )
    .await
    .internal()?;
    Ok(count)
}

pub(super) async fn has_members(on: impl Into<On<'_>>, group: &str) -> Result<bool> {
    let on = on.into();
    let found = sql!(
        on,
        fetch_optional as (i64,),
        "select since from group_members where group_name = $1 limit 1",
        group
    );
    Ok(found.await.internal()?.is_some())
}

pub(super) async fn touch(tx: &mut Tx, group: &str, now: Timestamp) -> Result<()> {
    sql!(tx, execute, "update groups set changed_at = $2 where name = $1", group, now).await.internal()?;
    Ok(())
}

pub(super) async fn groups_of(db: &Db, user: UserId) -> Result<BTreeSet<String>> {
    let rows =
        sql!(db, fetch_all as (String,), "select group_name from group_members where user_id = $1", user);
    Ok(rows.await.internal()?.into_iter().map(|(name,)| name).collect())
}

pub(super) async fn permissions_of(db: &Db, user: UserId) -> Result<BTreeSet<String>> {
    let rows = sql!(
        db,
        fetch_all as (String,),
        "select distinct p.permission from group_permissions p
         join group_members m on m.group_name = p.group_name
         where m.user_id = $1",
        user
    );
    Ok(rows.await.internal()?.into_iter().map(|(name,)| name).collect())
}
