//! SQL of the list of people. Each statement walks one index from where the page begins: the order's own, or that of the few
//! who can be on the list at all. What else narrows the list is looked up for each person by a key, as a subquery with a
//! scalar answer, so that Postgres never reads a whole table for it. Called by `accounts::list` alone.
//!
//! All statements take the same twelve values first: now, state, group, four ranges of words (from, below), limit. An
//! empty text narrows nothing.

use super::super::list::Wanted;
use crate::db::Db;
use crate::{error::Internal, sql};
use vestibule_model::accounts::AccountStatus;
use vestibule_model::bans::{Ban, Reason};
use vestibule_model::{Email, Name, Result, Timestamp, UserId, Username};

/// A person on the list.
#[derive(Clone, sqlx::FromRow)]
pub(in crate::accounts) struct Found {
    pub(in crate::accounts) id: UserId,
    pub(in crate::accounts) email: Email,
    pub(in crate::accounts) name: Name,
    pub(in crate::accounts) username: Option<Username>,
    pub(in crate::accounts) email_canonical: String,
    pub(in crate::accounts) name_key: String,
    pub(in crate::accounts) email_verified_at: Option<Timestamp>,
    pub(in crate::accounts) created_at: Timestamp,
    pub(in crate::accounts) last_sign_in_at: Option<Timestamp>,
    pub(in crate::accounts) expires_at: Option<Timestamp>,
    pub(in crate::accounts) deletion_due_at: Option<Timestamp>,
    pub(in crate::accounts) deactivated_at: Option<Timestamp>,
    group_names: Option<String>,
    ban_reason: Option<Reason>,
    ban_author: Option<UserId>,
    ban_since: Option<Timestamp>,
    ban_until: Option<Timestamp>,
    /// The word by which the person was found; empty where no word was walked along.
    pub(in crate::accounts) term: String,
}

impl Found {
    /// Names of the person's groups, sorted.
    pub(in crate::accounts) fn groups(&self) -> Vec<String> {
        let names = self.group_names.as_deref().unwrap_or_default();
        let mut names: Vec<String> =
            names.split(' ').filter(|name| !name.is_empty()).map(Into::into).collect();
        names.sort_unstable();
        names
    }

    /// The ban that holds.
    pub(in crate::accounts) fn ban(&self) -> Option<Ban> {
        let (reason, since) = (self.ban_reason.clone()?, self.ban_since?);
        Some(Ban { reason, author: self.ban_author, since, until: self.ban_until })
    }
}

/// What a person on the list is shown with; `$term` is the word by which they were found.
macro_rules! columns {
    ($term:literal) => {
        concat!(
            "select u.id, u.email, u.name, u.username, u.email_canonical, u.name_key, u.email_verified_at,
                    u.created_at, u.last_sign_in_at, u.expires_at, u.deletion_due_at, u.deactivated_at, ",
            $term,
            " as term,
             (select string_agg(m.group_name, ' ') from group_members m where m.user_id = u.id) as group_names,
             (select b.reason from bans b where b.user_id = u.id and b.ended_at is null
                                            and (b.until is null or b.until > $1)) as ban_reason,
             (select b.author_id from bans b where b.user_id = u.id and b.ended_at is null
                                               and (b.until is null or b.until > $1)) as ban_author,
             (select b.since from bans b where b.user_id = u.id and b.ended_at is null
                                           and (b.until is null or b.until > $1)) as ban_since,
             (select b.until from bans b where b.user_id = u.id and b.ended_at is null
                                           and (b.until is null or b.until > $1)) as ban_until "
        )
    };
}

/// What narrows the list, looked up for one person. `is not null` tells Postgres to expect that most fit: it then walks the
/// order's index until the page is full, and does not read everybody to sort the few it would expect otherwise.
macro_rules! fits {
    () => {
        " and ($2 = '' or case when $2 = case
               when (select 1 from bans b where b.user_id = u.id and b.ended_at is null
                                            and (b.until is null or b.until > $1)) is not null then 'banned'
               when u.deletion_due_at is not null then 'leaving'
               when u.expires_at <= $1 then 'ended'
               when u.deactivated_at is not null then 'deactivated'
               when u.email_verified_at is null then 'unconfirmed'
               else 'active' end then 1 end is not null)
          and ($3 = '' or (select 1 from group_members m
                           where m.user_id = u.id and m.group_name = $3) is not null)
          and ($4 = '' or (select 1 from user_terms t where t.user_id = u.id
                                                        and t.term >= $4 and t.term < $5 limit 1) is not null)
          and ($6 = '' or (select 1 from user_terms t where t.user_id = u.id
                                                        and t.term >= $6 and t.term < $7 limit 1) is not null)
          and ($8 = '' or (select 1 from user_terms t where t.user_id = u.id
                                                        and t.term >= $8 and t.term < $9 limit 1) is not null)
          and ($10 = '' or (select 1 from user_terms t where t.user_id = u.id
                                                         and t.term >= $10 and t.term < $11 limit 1) is not null) "
    };
}

/// Runs a statement with the values that all of them take first, and `$place` behind them.
macro_rules! narrowed {
    ($db:expr, $fetch:ident as $what:ty, $text:expr, $wanted:expr, $limit:expr $(, $place:expr)*) => {
        sql!(
            $db,
            $fetch as $what,
            $text,
            $wanted.now,
            $wanted.state(),
            $wanted.group(),
            $wanted.word(0).0,
            $wanted.word(0).1,
            $wanted.word(1).0,
            $wanted.word(1).1,
            $wanted.word(2).0,
            $wanted.word(2).1,
            $wanted.word(3).0,
            $wanted.word(3).1,
            $limit
            $(, $place)*
        )
        .await
        .internal()
    };
}

macro_rules! people {
    ($db:expr, $wanted:expr, $limit:expr, $term:literal, $walk:literal, $order:literal $(, $place:expr)*) => {
        narrowed!(
            $db,
            fetch_all as Found,
            concat!(columns!($term), $walk, fits!(), $order, " limit $12"),
            $wanted,
            $limit
            $(, $place)*
        )
    };
}

/// Everybody, in the order of making, from behind `after` on.
pub(in crate::accounts) async fn oldest(
    db: &Db,
    w: &Wanted,
    limit: i64,
    after: UserId,
) -> Result<Vec<Found>> {
    people!(db, w, limit, "''", "from users u where u.id > $13", "order by u.id", after)
}

/// Everybody, against the order of making.
pub(in crate::accounts) async fn newest(
    db: &Db,
    w: &Wanted,
    limit: i64,
    after: UserId,
) -> Result<Vec<Found>> {
    people!(db, w, limit, "''", "from users u where u.id < $13", "order by u.id desc", after)
}

/// By name.
pub(in crate::accounts) async fn by_name(
    db: &Db,
    w: &Wanted,
    limit: i64,
    (key, id): (&str, UserId),
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where (u.name_key, u.id) > ($13, $14)",
        "order by u.name_key, u.id",
        key,
        id
    )
}

/// By name, backwards.
pub(in crate::accounts) async fn by_name_back(
    db: &Db,
    w: &Wanted,
    limit: i64,
    (key, id): (&str, UserId),
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where (u.name_key, u.id) < ($13, $14)",
        "order by u.name_key desc, u.id desc",
        key,
        id
    )
}

/// By address.
pub(in crate::accounts) async fn by_email(db: &Db, w: &Wanted, limit: i64, key: &str) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where u.email_canonical > $13",
        "order by u.email_canonical",
        key
    )
}

/// By address, backwards.
pub(in crate::accounts) async fn by_email_back(
    db: &Db,
    w: &Wanted,
    limit: i64,
    key: &str,
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where u.email_canonical < $13",
        "order by u.email_canonical desc",
        key
    )
}

/// By the last sign-in, never first.
pub(in crate::accounts) async fn by_sign_in(
    db: &Db,
    w: &Wanted,
    limit: i64,
    (at, id): (Timestamp, UserId),
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where coalesce(u.last_sign_in_at, 0) >= $13
          and (coalesce(u.last_sign_in_at, 0), u.id) > ($13, $14)",
        "order by coalesce(u.last_sign_in_at, 0), u.id",
        at,
        id
    )
}

/// By the last sign-in, the latest first.
pub(in crate::accounts) async fn by_sign_in_back(
    db: &Db,
    w: &Wanted,
    limit: i64,
    (at, id): (Timestamp, UserId),
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where coalesce(u.last_sign_in_at, 0) <= $13
          and (coalesce(u.last_sign_in_at, 0), u.id) < ($13, $14)",
        "order by coalesce(u.last_sign_in_at, 0) desc, u.id desc",
        at,
        id
    )
}

/// By the word that was found: each person once, by the first of their words in the range. The place is within it.
pub(in crate::accounts) async fn by_word(
    db: &Db,
    w: &Wanted,
    limit: i64,
    (term, id): (&str, UserId),
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "x.term",
        "from user_terms x join users u on u.id = x.user_id
         where x.term < $5 and (x.term, x.user_id) > ($13, $14)
           and (select 1 from user_terms f where f.user_id = x.user_id
                                             and f.term >= $4 and f.term < x.term limit 1) is null",
        "order by x.term, x.user_id",
        term,
        id
    )
}

/// By the word that was found, backwards. The place is within the range.
pub(in crate::accounts) async fn by_word_back(
    db: &Db,
    w: &Wanted,
    limit: i64,
    (term, id): (&str, UserId),
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "x.term",
        "from user_terms x join users u on u.id = x.user_id
         where x.term >= $4 and (x.term, x.user_id) < ($13, $14)
           and (select 1 from user_terms f where f.user_id = x.user_id
                                             and f.term >= $4 and f.term < x.term limit 1) is null",
        "order by x.term desc, x.user_id desc",
        term,
        id
    )
}

/// A group's members, the newest account first.
pub(in crate::accounts) async fn members(
    db: &Db,
    w: &Wanted,
    limit: i64,
    after: UserId,
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from group_members g join users u on u.id = g.user_id where g.group_name = $3 and g.user_id < $13",
        "order by g.user_id desc",
        after
    )
}

/// Those with a ban, the newest account first.
pub(in crate::accounts) async fn banned(
    db: &Db,
    w: &Wanted,
    limit: i64,
    after: UserId,
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from bans g join users u on u.id = g.user_id where g.ended_at is null and g.user_id < $13",
        "order by g.user_id desc",
        after
    )
}

/// Those whose address waits to be confirmed, the newest account first.
pub(in crate::accounts) async fn unconfirmed(
    db: &Db,
    w: &Wanted,
    limit: i64,
    after: UserId,
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where u.email_verified_at is null and u.id < $13",
        "order by u.id desc",
        after
    )
}

/// Those who leave, the newest account first.
pub(in crate::accounts) async fn leaving(
    db: &Db,
    w: &Wanted,
    limit: i64,
    after: UserId,
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where u.deletion_due_at is not null and u.id < $13",
        "order by u.id desc",
        after
    )
}

/// Those whose account has an end, the newest account first.
pub(in crate::accounts) async fn ending(
    db: &Db,
    w: &Wanted,
    limit: i64,
    after: UserId,
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where u.expires_at is not null and u.id < $13",
        "order by u.id desc",
        after
    )
}

/// Those whose account sleeps, the newest account first.
pub(in crate::accounts) async fn asleep(
    db: &Db,
    w: &Wanted,
    limit: i64,
    after: UserId,
) -> Result<Vec<Found>> {
    people!(
        db,
        w,
        limit,
        "''",
        "from users u where u.deactivated_at is not null and u.id < $13",
        "order by u.id desc",
        after
    )
}

macro_rules! how_many {
    ($db:expr, $wanted:expr, $limit:expr, $walk:literal $(, $place:expr)*) => {
        narrowed!(
            $db,
            fetch_one as (i64,),
            concat!("select count(*) from (select 1 ", $walk, fits!(), " limit $12) as counted"),
            $wanted,
            $limit
            $(, $place)*
        )
    };
}

/// How many there are, up to `most`.
pub(in crate::accounts) async fn counted(db: &Db, w: &Wanted, most: i64) -> Result<u64> {
    let first = UserId(uuid::Uuid::nil());
    let (count,) = match w.status() {
        Some(AccountStatus::Banned) => {
            how_many!(
                db,
                w,
                most,
                "from bans g join users u on u.id = g.user_id where g.ended_at is null and g.user_id > $13",
                first
            )
        }
        Some(AccountStatus::Leaving) => {
            how_many!(db, w, most, "from users u where u.deletion_due_at is not null and u.id > $13", first)
        }
        Some(AccountStatus::Ended) => {
            how_many!(db, w, most, "from users u where u.expires_at is not null and u.id > $13", first)
        }
        Some(AccountStatus::Deactivated) => {
            how_many!(db, w, most, "from users u where u.deactivated_at is not null and u.id > $13", first)
        }
        _ if !w.word(0).0.is_empty() => how_many!(
            db,
            w,
            most,
            "from user_terms x join users u on u.id = x.user_id where x.term >= $4 and x.term < $5
               and (select 1 from user_terms f where f.user_id = x.user_id
                                                 and f.term >= $4 and f.term < x.term limit 1) is null"
        ),
        _ if !w.group().is_empty() => {
            how_many!(
                db,
                w,
                most,
                "from group_members g join users u on u.id = g.user_id where g.group_name = $3"
            )
        }
        Some(AccountStatus::Unconfirmed) => {
            how_many!(db, w, most, "from users u where u.email_verified_at is null and u.id > $13", first)
        }
        Some(AccountStatus::Active) | None => how_many!(db, w, most, "from users u where u.id > $13", first),
    }?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The person called `id`, where they fit.
pub(in crate::accounts) async fn the_one(db: &Db, w: &Wanted, id: UserId) -> Result<Vec<Found>> {
    people!(db, w, 1_i64, "''", "from users u where u.id = $13", "", id)
}
