//! SQL of the list of all API keys: one statement for each state, so that each walks an index of its own and none looks at
//! keys that are not shown. Called by [`super::super::manage`] through [`super`] alone.

use super::Row;
use crate::db::Db;
use crate::error::Internal;
use crate::sql;
use vestibule_model::keys::KeyState;
use vestibule_model::{Email, KeyId, Result, Timestamp, UserId};

/// A key and whose it is.
#[derive(sqlx::FromRow)]
pub(in crate::keys) struct Owned {
    #[sqlx(flatten)]
    pub(in crate::keys) row: Row,
    pub(in crate::keys) owner_email: Email,
}

/// Keys of everyone, newest first, below the id `below`; those that ended are ordered by their end instead.
pub(in crate::keys) async fn all(
    db: &Db,
    state: Option<KeyState>,
    (end, below): (Timestamp, KeyId),
    now: Timestamp,
    most: i64,
) -> Result<Vec<Owned>> {
    match state {
        None => every(db, below, now, most).await,
        Some(KeyState::Active) => active(db, below, now, most).await,
        Some(KeyState::Disabled) => disabled(db, below, now, most).await,
        Some(KeyState::Revoked) => revoked(db, below, now, most).await,
        Some(KeyState::Expired) => expired(db, (end, below), now, most).await,
    }
}

/// What is shown of a key and its owner; `$2` is now.
macro_rules! shown {
    () => {
        "select k.id, k.user_id, k.prefix, k.name, k.scopes, k.networks, k.read_only, k.created_at, k.expires_at,
                k.rotated_at, k.last_used_at, k.last_used_address, k.disabled_at, k.revoked_at, k.revoke_reason,
                (select max(s.until) from api_key_secrets s where s.key_id = k.id and s.until > $2) as previous_until,
                u.email as owner_email
         from api_keys k join users u on u.id = k.user_id "
    };
}

async fn every(db: &Db, below: KeyId, now: Timestamp, most: i64) -> Result<Vec<Owned>> {
    sql!(
        db,
        fetch_all as Owned,
        concat!(shown!(), "where k.id < $1 order by k.id desc limit $3"),
        below,
        now,
        most
    )
    .await
    .internal()
}

async fn active(db: &Db, below: KeyId, now: Timestamp, most: i64) -> Result<Vec<Owned>> {
    sql!(
        db,
        fetch_all as Owned,
        concat!(shown!(), "where k.revoked_at is null and k.disabled_at is null and (k.expires_at is null or k.expires_at > $2)
           and k.id < $1 order by k.id desc limit $3"),
        below,
        now,
        most
    )
    .await
    .internal()
}

async fn disabled(db: &Db, below: KeyId, now: Timestamp, most: i64) -> Result<Vec<Owned>> {
    sql!(
        db,
        fetch_all as Owned,
        concat!(shown!(), "where k.revoked_at is null and k.disabled_at is not null and (k.expires_at is null or k.expires_at > $2)
           and k.id < $1 order by k.id desc limit $3"),
        below,
        now,
        most
    )
    .await
    .internal()
}

async fn revoked(db: &Db, below: KeyId, now: Timestamp, most: i64) -> Result<Vec<Owned>> {
    sql!(
        db,
        fetch_all as Owned,
        concat!(shown!(), "where k.revoked_at is not null and k.id < $1 order by k.id desc limit $3"),
        below,
        now,
        most
    )
    .await
    .internal()
}

async fn expired(db: &Db, (end, below): (Timestamp, KeyId), now: Timestamp, most: i64) -> Result<Vec<Owned>> {
    sql!(
        db,
        fetch_all as Owned,
        concat!(
            shown!(),
            "where k.revoked_at is null and k.expires_at <= $3 and (k.expires_at < $3 or k.id < $1)
         order by k.expires_at desc, k.id desc limit $4"
        ),
        below,
        now,
        end.min(now),
        most
    )
    .await
    .internal()
}

/// The keys of a person, newest first, below the id `below`.
pub(in crate::keys) async fn of_owner(
    db: &Db,
    (owner, state): (UserId, Option<KeyState>),
    below: KeyId,
    now: Timestamp,
    most: i64,
) -> Result<Vec<Owned>> {
    sql!(
        db,
        fetch_all as Owned,
        concat!(
            shown!(),
            "where k.user_id = $4 and k.id < $1
           and case when $5 = '' then 1
                    when k.revoked_at is not null then case when $5 = 'revoked' then 1 else 0 end
                    when k.expires_at <= $2 then case when $5 = 'expired' then 1 else 0 end
                    when k.disabled_at is not null then case when $5 = 'disabled' then 1 else 0 end
                    when $5 = 'active' then 1 else 0 end = 1
         order by k.id desc limit $3"
        ),
        below,
        now,
        most,
        owner,
        state.map_or("", KeyState::name)
    )
    .await
    .internal()
}

/// How many keys there are in a state, or in all; counted up to `most`.
pub(in crate::keys) async fn count_all(
    db: &Db,
    state: Option<KeyState>,
    now: Timestamp,
    most: i64,
) -> Result<i64> {
    let row = match state {
        None => {
            sql!(
                db,
                fetch_one as (i64,),
                "select count(*) from (select 1 as one from api_keys limit $1) as some_keys",
                most
            )
            .await
        }
        Some(KeyState::Revoked) => {
            sql!(
                db,
                fetch_one as (i64,),
                "select count(*) from
                 (select 1 as one from api_keys where revoked_at is not null limit $1) as some_keys",
                most
            )
            .await
        }
        Some(KeyState::Expired) => {
            sql!(
                db,
                fetch_one as (i64,),
                "select count(*) from
                 (select 1 as one from api_keys where revoked_at is null and expires_at <= $2 limit $1) as some_keys",
                most,
                now
            )
            .await
        }
        Some(KeyState::Disabled) => {
            sql!(
                db,
                fetch_one as (i64,),
                "select count(*) from
                 (select 1 as one from api_keys where revoked_at is null and disabled_at is not null
                     and (expires_at is null or expires_at > $2) limit $1) as some_keys",
                most,
                now
            )
            .await
        }
        Some(KeyState::Active) => {
            sql!(
                db,
                fetch_one as (i64,),
                "select count(*) from
                 (select 1 as one from api_keys where revoked_at is null and disabled_at is null
                     and (expires_at is null or expires_at > $2) limit $1) as some_keys",
                most,
                now
            )
            .await
        }
    };
    Ok(row.internal()?.0)
}
