//! SQL of groups. Called by [`super`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use std::collections::BTreeSet;
use vestibule_model::{Result, Timestamp, UserId, groups::Group};

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

pub(super) async fn members_but(tx: &mut Tx, group: &str, user: UserId, now: Timestamp) -> Result<i64> {
    let (count,) = sql!(
        tx,
        fetch_one as (i64,),
        // Who leaves, or will, or sleeps, or is banned, cannot be counted on.
        "select count(*) from group_members m join users u on u.id = m.user_id
         where m.group_name = $1 and m.user_id <> $2 and u.deletion_due_at is null and u.expires_at is null
           and u.deactivated_at is null
           and not exists (select 1 from bans b where b.user_id = u.id and b.ended_at is null
                           and (b.until is null or b.until > $3))",
        group,
        user,
        now
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

/// Whether there is such a group.
pub(super) async fn touch(tx: &mut Tx, group: &str, now: Timestamp) -> Result<bool> {
    let touched = sql!(tx, execute, "update groups set changed_at = $2 where name = $1", group, now);
    Ok(touched.await.internal()? > 0)
}

pub(super) async fn exists(on: impl Into<On<'_>>, group: &str) -> Result<bool> {
    let on = on.into();
    let found = sql!(on, fetch_optional as (i64,), "select changed_at from groups where name = $1", group);
    Ok(found.await.internal()?.is_some())
}

pub(super) async fn all(db: &Db) -> Result<Vec<Group>> {
    let rows = sql!(
        db,
        fetch_all as (String, String, i64),
        "select g.name, g.about, count(m.user_id) from groups g
         left join group_members m on m.group_name = g.name
         group by g.name, g.about order by g.name"
    );
    let group = |(name, about, members)| Group { name, about, members };
    Ok(rows.await.internal()?.into_iter().map(group).collect())
}

/// Whether it was written; not when the name is taken.
pub(super) async fn insert(tx: &mut Tx, name: &str, about: &str, now: Timestamp) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "insert into groups (name, about, changed_at) values ($1, $2, $3) on conflict (name) do nothing",
        name,
        about,
        now
    );
    Ok(written.await.internal()? > 0)
}

pub(super) async fn delete(tx: &mut Tx, name: &str) -> Result<()> {
    sql!(tx, execute, "delete from groups where name = $1", name).await.internal()?;
    Ok(())
}

/// In one order for everyone.
pub(super) async fn members(tx: &mut Tx, group: &str) -> Result<Vec<UserId>> {
    let rows = sql!(
        tx,
        fetch_all as (UserId,),
        "select user_id from group_members where group_name = $1 order by user_id",
        group
    );
    Ok(rows.await.internal()?.into_iter().map(|(user,)| user).collect())
}

pub(super) async fn groups_of(on: impl Into<On<'_>>, user: UserId) -> Result<BTreeSet<String>> {
    let on = on.into();
    let rows =
        sql!(on, fetch_all as (String,), "select group_name from group_members where user_id = $1", user);
    Ok(rows.await.internal()?.into_iter().map(|(name,)| name).collect())
}

pub(super) async fn permissions_of(on: impl Into<On<'_>>, user: UserId) -> Result<BTreeSet<String>> {
    let on = on.into();
    let rows = sql!(
        on,
        fetch_all as (String,),
        "select distinct p.permission from group_permissions p
         join group_members m on m.group_name = p.group_name
         where m.user_id = $1",
        user
    );
    Ok(rows.await.internal()?.into_iter().map(|(name,)| name).collect())
}

pub(super) async fn memberships(db: &Db, user: UserId) -> Result<Vec<(String, Timestamp)>> {
    sql!(
        db,
        fetch_all as (String, Timestamp),
        "select group_name, since from group_members where user_id = $1 order by group_name",
        user
    )
    .await
    .internal()
}
