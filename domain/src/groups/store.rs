//! SQL of groups. Called by [`super`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use std::collections::BTreeSet;
use vestibule_model::{Result, Timestamp, UserId, groups::GroupMember};

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

/// Whether somebody other than `user` administers the site and can be counted on: who leaves, or will, or sleeps, or is
/// banned, cannot, and where addresses must be confirmed, who did not.
pub(super) async fn has_admin_but(
    tx: &mut Tx,
    user: UserId,
    confirmed: bool,
    now: Timestamp,
) -> Result<bool> {
    let found = sql!(
        tx,
        fetch_optional as (i64,),
        "select m.since from group_members m join users u on u.id = m.user_id
         where m.group_name = 'admin' and m.user_id <> $1 and u.deletion_due_at is null and u.expires_at is null
           and u.deactivated_at is null and ($3 = 0 or u.email_verified_at is not null)
           and not exists (select 1 from bans b where b.user_id = u.id and b.ended_at is null
                           and (b.until is null or b.until > $2))
         limit 1",
        user,
        now,
        i64::from(confirmed)
    );
    Ok(found.await.internal()?.is_some())
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

/// A group, and how many belong to it, counted no further than was asked.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) members: i64,
}

pub(super) async fn all(on: impl Into<On<'_>>, most: i64) -> Result<Vec<Row>> {
    let on = on.into();
    sql!(
        on,
        fetch_all as Row,
        "select g.name, g.about,
                (select count(*) from (select 1 from group_members m where m.group_name = g.name limit $1) counted)
                as members
         from groups g order by g.name",
        most
    )
    .await
    .internal()
}

pub(super) async fn one(on: impl Into<On<'_>>, group: &str, most: i64) -> Result<Option<Row>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as Row,
        "select g.name, g.about,
                (select count(*) from (select 1 from group_members m where m.group_name = g.name limit $2) counted)
                as members
         from groups g where g.name = $1",
        group,
        most
    )
    .await
    .internal()
}

/// Every grant: group and permission, in this order.
pub(super) async fn grants(db: &Db) -> Result<Vec<(String, String)>> {
    let all = sql!(
        db,
        fetch_all as (String, String),
        "select group_name, permission from group_permissions order by group_name, permission"
    );
    all.await.internal()
}

/// What the groups of a person give: permission and group.
pub(super) async fn grants_of(db: &Db, user: UserId) -> Result<Vec<(String, String)>> {
    sql!(
        db,
        fetch_all as (String, String),
        "select p.permission, p.group_name from group_permissions p
         join group_members m on m.group_name = p.group_name
         where m.user_id = $1 order by p.permission, p.group_name",
        user
    )
    .await
    .internal()
}

/// What a group gives, sorted.
pub(super) async fn permissions_by_group(on: impl Into<On<'_>>, group: &str) -> Result<Vec<String>> {
    let on = on.into();
    let rows = sql!(
        on,
        fetch_all as (String,),
        "select permission from group_permissions where group_name = $1 order by permission",
        group
    );
    Ok(rows.await.internal()?.into_iter().map(|(name,)| name).collect())
}

pub(super) async fn grant(tx: &mut Tx, group: &str, permission: &str) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into group_permissions (group_name, permission) values ($1, $2)
         on conflict (group_name, permission) do nothing",
        group,
        permission
    )
    .await
    .internal()?;
    Ok(())
}

pub(super) async fn withdraw(tx: &mut Tx, group: &str, permission: &str) -> Result<()> {
    let gone = sql!(
        tx,
        execute,
        "delete from group_permissions where group_name = $1 and permission = $2",
        group,
        permission
    );
    gone.await.internal()?;
    Ok(())
}

pub(super) async fn set_about(tx: &mut Tx, group: &str, about: &str) -> Result<()> {
    sql!(tx, execute, "update groups set about = $2 where name = $1", group, about).await.internal()?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Member {
    id: UserId,
    email: String,
    name: String,
    since: Timestamp,
}

/// Members by id, after the one called `after`.
pub(super) async fn page_of_members(
    db: &Db,
    group: &str,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<GroupMember>> {
    let rows = sql!(
        db,
        fetch_all as Member,
        "select u.id, u.email, u.name, m.since from group_members m join users u on u.id = m.user_id
         where m.group_name = $1 and m.user_id > $2 order by m.user_id limit $3",
        group,
        after.unwrap_or(UserId(uuid::Uuid::nil())),
        limit
    );
    let member = |row: Member| GroupMember { id: row.id, email: row.email, name: row.name, since: row.since };
    Ok(rows.await.internal()?.into_iter().map(member).collect())
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
