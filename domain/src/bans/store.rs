//! SQL of bans. Called by [`super`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use uuid::Uuid;
use vestibule_model::bans::{Ban, BanRecord, BansQuery, NewBan};
use vestibule_model::{Result, Timestamp, UserId};

/// The ban that holds at `now`.
pub(super) async fn in_force(on: impl Into<On<'_>>, user: UserId, now: Timestamp) -> Result<Option<Ban>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as Ban,
        "select reason, author_id as author, since, until from bans
         where user_id = $1 and ended_at is null and (until is null or until > $2)",
        user,
        now
    )
    .await
    .internal()
}

/// People whose bans have ended by themselves and were not yet written down as over, the first to end first.
pub(super) async fn lapsed(on: impl Into<On<'_>>, now: Timestamp) -> Result<Vec<UserId>> {
    let on = on.into();
    let rows = sql!(
        on,
        fetch_all as (UserId,),
        "select user_id from bans where ended_at is null and until <= $1 order by until, user_id limit 100",
        now
    );
    Ok(rows.await.internal()?.into_iter().map(|(user,)| user).collect())
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: Uuid,
    user: UserId,
    new: &NewBan,
    author: Option<UserId>,
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into bans (id, user_id, reason, author_id, since, until) values ($1, $2, $3, $4, $5, $6)",
        id,
        user,
        &new.reason,
        author,
        now,
        new.until
    )
    .await
    .internal()?;
    Ok(())
}

/// Ends the ban that is not over, whatever its own end; whether there was one.
pub(super) async fn end(tx: &mut Tx, user: UserId, ending: &str, now: Timestamp) -> Result<bool> {
    let ended = sql!(
        tx,
        execute,
        "update bans set ended_at = $3, ending = $2 where user_id = $1 and ended_at is null",
        user,
        ending,
        now
    );
    Ok(ended.await.internal()? > 0)
}

/// Ends the ban whose own end has come; whether there was one.
pub(super) async fn end_lapsed(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<bool> {
    let ended = sql!(
        tx,
        execute,
        "update bans set ended_at = until, ending = 'lapsed'
         where user_id = $1 and ended_at is null and until <= $2",
        user,
        now
    );
    Ok(ended.await.internal()? > 0)
}

/// A ban, over or not, without its author.
#[derive(sqlx::FromRow)]
pub(super) struct Past {
    reason: String,
    since: Timestamp,
    until: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    ending: Option<String>,
}

impl Past {
    pub(super) fn for_person(self) -> serde_json::Value {
        serde_json::json!({
            "reason": self.reason,
            "since": self.since,
            "until": self.until,
            "ended_at": self.ended_at,
            "ending": self.ending,
        })
    }
}

/// Every ban of a person, oldest first.
pub(super) async fn history(on: impl Into<On<'_>>, user: UserId) -> Result<Vec<Past>> {
    let on = on.into();
    sql!(
        on,
        fetch_all as Past,
        "select reason, since, until, ended_at, ending from bans where user_id = $1 order by since, id",
        user
    )
    .await
    .internal()
}

/// Bans, the newest first, before the one called `before`.
pub(super) async fn records(
    db: &Db,
    query: &BansQuery,
    before: Uuid,
    most: i64,
    now: Timestamp,
) -> Result<Vec<BanRecord>> {
    let standing = query.standing.unwrap_or(false);
    let rows = match query.user {
        Some(user) => {
            sql!(
            db,
            fetch_all as BanRecord,
            "select b.id, b.user_id as \"user\", u.name, b.reason, b.author_id as author, b.since, b.until,
                        b.ended_at, b.ending
                 from bans b join users u on u.id = b.user_id
                 where b.user_id = $1 and b.id < $2
                   and ($3 = 0 or (b.ended_at is null and (b.until is null or b.until > $5)))
                 order by b.id desc limit $4",
            user,
            before,
            i64::from(standing),
            most,
            now
        )
            .await
        }
        None if standing => {
            sql!(
            db,
            fetch_all as BanRecord,
            "select b.id, b.user_id as \"user\", u.name, b.reason, b.author_id as author, b.since, b.until,
                        b.ended_at, b.ending
                 from bans b join users u on u.id = b.user_id
                 where b.ended_at is null and b.id < $1 and (b.until is null or b.until > $3)
                 order by b.id desc limit $2",
            before,
            most,
            now
        )
            .await
        }
        None => {
            sql!(
            db,
            fetch_all as BanRecord,
            "select b.id, b.user_id as \"user\", u.name, b.reason, b.author_id as author, b.since, b.until,
                        b.ended_at, b.ending
                 from bans b join users u on u.id = b.user_id
                 where b.id < $1 order by b.id desc limit $2",
            before,
            most
        )
            .await
        }
    };
    rows.internal()
}
