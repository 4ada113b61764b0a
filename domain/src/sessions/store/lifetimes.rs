//! SQL of lifetimes: what was set for groups and people, and the sessions it changes. Called by [`super::super`] alone.

use crate::db::{Db, On, Tx};
use crate::sessions::lifetimes::micros;
use crate::{error::Internal, sql};
use vestibule_model::sessions::Lifetime;
use vestibule_model::{Result, SessionId, Timestamp, UserId};

/// The ends of a session that runs.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(in crate::sessions) struct LiveSpan {
    pub(in crate::sessions) id: SessionId,
    pub(in crate::sessions) kind: String,
    pub(in crate::sessions) remembered: i64,
    pub(in crate::sessions) created_at: Timestamp,
    pub(in crate::sessions) idle_micros: Option<i64>,
    pub(in crate::sessions) expires_at: Option<Timestamp>,
}

pub(in crate::sessions) async fn live_spans(tx: &mut Tx, user: UserId) -> Result<Vec<LiveSpan>> {
    sql!(
        tx,
        fetch_all as LiveSpan,
        "select id, kind, remembered, created_at, idle_micros, expires_at from sessions
         where user_id = $1 and ended_at is null",
        user
    )
    .await
    .internal()
}

pub(in crate::sessions) async fn set_spans(tx: &mut Tx, session: &LiveSpan) -> Result<()> {
    sql!(
        tx,
        execute,
        "update sessions set idle_micros = $2, expires_at = $3 where id = $1 and ended_at is null",
        session.id,
        session.idle_micros,
        session.expires_at
    )
    .await
    .internal()?;
    Ok(())
}

/// Members of a group who are signed in anywhere, in one order for everyone.
pub(in crate::sessions) async fn members_with_sessions(tx: &mut Tx, group: &str) -> Result<Vec<UserId>> {
    let rows = sql!(
        tx,
        fetch_all as (UserId,),
        "select distinct m.user_id from group_members m join sessions s on s.user_id = m.user_id
         where m.group_name = $1 and s.ended_at is null
         order by m.user_id",
        group
    );
    Ok(rows.await.internal()?.into_iter().map(|(user,)| user).collect())
}

/// What the groups of a person say: group, kind, span.
pub(in crate::sessions) async fn lifetimes_about(
    on: impl Into<On<'_>>,
    user: UserId,
) -> Result<Vec<(Option<String>, String, Option<i64>)>> {
    let on = on.into();
    sql!(
        on,
        fetch_all as (Option<String>, String, Option<i64>),
        "select l.group_name, l.kind, l.span from group_lifetimes l
         join group_members m on m.group_name = l.group_name
         where m.user_id = $1
         union all select null, kind, span from user_lifetimes where user_id = $1",
        user
    )
    .await
    .internal()
}

/// What was set for a person: kind, span.
pub(in crate::sessions) async fn user_lifetimes(
    on: impl Into<On<'_>>,
    user: UserId,
) -> Result<Vec<(String, Option<i64>)>> {
    let on = on.into();
    sql!(
        on,
        fetch_all as (String, Option<i64>),
        "select kind, span from user_lifetimes where user_id = $1 order by kind",
        user
    )
    .await
    .internal()
}

/// What was set for a group: kind, span.
pub(in crate::sessions) async fn group_lifetimes(
    on: impl Into<On<'_>>,
    group: &str,
) -> Result<Vec<(String, Option<i64>)>> {
    let on = on.into();
    sql!(
        on,
        fetch_all as (String, Option<i64>),
        "select kind, span from group_lifetimes where group_name = $1",
        group
    )
    .await
    .internal()
}

/// What was set for groups: group, kind, span.
pub(in crate::sessions) async fn all_group_lifetimes(db: &Db) -> Result<Vec<(String, String, Option<i64>)>> {
    let all = sql!(
        db,
        fetch_all as (String, String, Option<i64>),
        "select group_name, kind, span from group_lifetimes"
    );
    all.await.internal()
}

/// Sets a person's lifetime of one kind; nothing takes it back.
pub(in crate::sessions) async fn set_user_lifetime(
    tx: &mut Tx,
    user: UserId,
    kind: &str,
    lifetime: Option<Lifetime>,
) -> Result<()> {
    match lifetime {
        Some(lifetime) => sql!(
            tx,
            execute,
            "insert into user_lifetimes (user_id, kind, span) values ($1, $2, $3)
             on conflict (user_id, kind) do update set span = excluded.span",
            user,
            kind,
            micros(lifetime)
        )
        .await
        .internal()?,
        None => sql!(tx, execute, "delete from user_lifetimes where user_id = $1 and kind = $2", user, kind)
            .await
            .internal()?,
    };
    Ok(())
}

/// Sets a group's lifetime of one kind, as [`set_user_lifetime`].
pub(in crate::sessions) async fn set_group_lifetime(
    tx: &mut Tx,
    group: &str,
    kind: &str,
    lifetime: Option<Lifetime>,
) -> Result<()> {
    match lifetime {
        Some(lifetime) => sql!(
            tx,
            execute,
            "insert into group_lifetimes (group_name, kind, span) values ($1, $2, $3)
             on conflict (group_name, kind) do update set span = excluded.span",
            group,
            kind,
            micros(lifetime)
        )
        .await
        .internal()?,
        None => {
            sql!(tx, execute, "delete from group_lifetimes where group_name = $1 and kind = $2", group, kind)
                .await
                .internal()?
        }
    };
    Ok(())
}
