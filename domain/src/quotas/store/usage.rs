//! SQL of recorded usage.

use crate::db::{Db, Tx};
use crate::{error::Internal, sql};
use vestibule_model::{Result, UserId};

/// What somebody called in an hour, on endpoints with these tags.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(in super::super) struct Called {
    pub(in super::super) who: String,
    /// Hours since 1970.
    pub(in super::super) hour: i64,
    /// With single spaces between them.
    pub(in super::super) tags: String,
    pub(in super::super) calls: i64,
    /// Of the calls, those that a quota in shadow would have refused.
    pub(in super::super) beyond: i64,
    pub(in super::super) refused: i64,
}

/// Adds to an hour; of somebody whose account is gone, to none.
pub(in super::super) async fn add(tx: &mut Tx, row: &Called, user: Option<UserId>) -> Result<()> {
    let (who, tags) = (row.who.as_str(), row.tags.as_str());
    match user {
        Some(user) => sql!(
            tx,
            execute,
            "insert into quota_usage as u (who, hour, tags, user_id, calls, beyond, refused)
             select cast($1 as text), cast($2 as bigint), cast($3 as text), users.id, cast($4 as bigint),
                cast($5 as bigint), cast($6 as bigint)
             from users where users.id = $7
             on conflict (who, hour, tags)
             do update set calls = u.calls + excluded.calls, beyond = u.beyond + excluded.beyond,
                refused = u.refused + excluded.refused",
            who,
            row.hour,
            tags,
            row.calls,
            row.beyond,
            row.refused,
            user
        )
        .await
        .internal()?,
        None => sql!(
            tx,
            execute,
            "insert into quota_usage as u (who, hour, tags, calls, beyond, refused) values ($1, $2, $3, $4, $5, $6)
             on conflict (who, hour, tags)
             do update set calls = u.calls + excluded.calls, beyond = u.beyond + excluded.beyond,
                refused = u.refused + excluded.refused",
            who,
            row.hour,
            tags,
            row.calls,
            row.beyond,
            row.refused
        )
        .await
        .internal()?,
    };
    Ok(())
}

/// The hours of a person and their keys from `since` on, the oldest first.
pub(in super::super) async fn of_person(db: &Db, user: UserId, since: i64) -> Result<Vec<Called>> {
    sql!(
        db,
        fetch_all as Called,
        "select who, hour, tags, calls, beyond, refused from quota_usage
         where user_id = $1 and hour >= $2 order by hour, who, tags",
        user,
        since
    )
    .await
    .internal()
}

/// Everybody's hours from `since` on, after the one named, by who it was.
pub(in super::super) async fn page(
    db: &Db,
    (since, until): (i64, i64),
    after: (&str, i64, &str),
    count: i64,
) -> Result<Vec<OfOwner>> {
    sql!(
        db,
        fetch_all as OfOwner,
        "select who, hour, tags, user_id, calls, refused from quota_usage
         where (who, hour, tags) > ($1, $2, $3) and hour >= $4 and hour < $5 order by who, hour, tags limit $6",
        after.0,
        after.1,
        after.2,
        since,
        until,
        count
    )
    .await
    .internal()
}

/// An hour, and whose it is.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in super::super) struct OfOwner {
    pub(in super::super) who: String,
    pub(in super::super) hour: i64,
    pub(in super::super) tags: String,
    pub(in super::super) user_id: Option<UserId>,
    pub(in super::super) calls: i64,
    pub(in super::super) refused: i64,
}

/// Forgets hours before this one.
pub(in super::super) async fn sweep(tx: &mut Tx, before: i64) -> Result<u64> {
    let gone = sql!(tx, execute, "delete from quota_usage where hour < $1", before);
    gone.await.internal()
}
