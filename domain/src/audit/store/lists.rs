//! SQL of the trail as administrators read it: a page of rows, how many there are, one row. Each statement leads with the
//! filter that leaves least, so that every one walks an index and none the table; the other filters are looked at on the way.

use crate::db::Db;
use crate::sql;
use uuid::Uuid;
use vestibule_model::audit::Filter;
use vestibule_model::listing::MOST_COUNTED;
use vestibule_model::{KeyId, SessionId, Timestamp, UserId};

/// A row with what its accounts are called now.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in super::super) struct Found {
    pub(in super::super) id: Uuid,
    pub(in super::super) seq: Option<i64>,
    pub(in super::super) at: Timestamp,
    pub(in super::super) actor: String,
    pub(in super::super) actor_id: Option<UserId>,
    pub(in super::super) actor_name: Option<String>,
    pub(in super::super) session_id: Option<SessionId>,
    pub(in super::super) key_id: Option<KeyId>,
    pub(in super::super) event: String,
    pub(in super::super) subject_id: Option<UserId>,
    pub(in super::super) subject_name: Option<String>,
    pub(in super::super) detail: String,
    pub(in super::super) request_id: Option<String>,
    pub(in super::super) address: Option<String>,
    pub(in super::super) redacted: Option<Vec<u8>>,
}

macro_rules! rows {
    ($on:expr, $leads:literal, $filter:expr, $below:expr, $most:expr) => {
        sql!(
            $on,
            fetch_all as Found,
            concat!(
                "select a.id, a.seq, a.at, a.actor, a.actor_id, doer.name as actor_name, a.session_id, a.key_id, a.event,
                        a.subject_id, whom.name as subject_name, a.detail, a.request_id, a.address, a.redacted
                 from audit a left join users doer on doer.id = a.actor_id left join users whom on whom.id = a.subject_id
                 where ",
                $leads,
                " a.at <= $1 and (a.at < $1 or a.id < $2) and a.at >= $3
                   and (a.actor_id = $4 or $4 is null) and (a.subject_id = $5 or $5 is null)
                   and (a.event = $6 or $6 is null) and (a.request_id = $7 or $7 is null)
                   and (a.address = $8 or $8 is null)
                 order by a.at desc, a.id desc limit $9"
            ),
            $below.0,
            $below.1,
            $filter.from.unwrap_or(Timestamp(i64::MIN)),
            $filter.actor,
            $filter.subject,
            $filter.event.as_deref(),
            $filter.request_id.as_deref(),
            $filter.address.as_deref(),
            $most
        )
        .await
    };
}

macro_rules! number {
    ($on:expr, $leads:literal, $filter:expr) => {
        sql!(
            $on,
            fetch_one as (i64,),
            concat!(
                "select count(*) from (select 1 from audit a where ",
                $leads,
                " a.at < $1 and a.at >= $2
                   and (a.actor_id = $3 or $3 is null) and (a.subject_id = $4 or $4 is null)
                   and (a.event = $5 or $5 is null) and (a.request_id = $6 or $6 is null)
                   and (a.address = $7 or $7 is null) limit $8) as counted"
            ),
            $filter.to.unwrap_or(Timestamp(i64::MAX)),
            $filter.from.unwrap_or(Timestamp(i64::MIN)),
            $filter.actor,
            $filter.subject,
            $filter.event.as_deref(),
            $filter.request_id.as_deref(),
            $filter.address.as_deref(),
            i64::try_from(MOST_COUNTED).unwrap_or(i64::MAX)
        )
        .await
    };
}

/// Rows that fit, newest first, at most `most`, below a place.
pub(in super::super) async fn rows(
    db: &Db,
    filter: &Filter,
    below: (Timestamp, Uuid),
    most: i64,
) -> sqlx::Result<Vec<Found>> {
    match filter {
        Filter { request_id: Some(_), .. } => rows!(db, "a.request_id = $7 and", filter, below, most),
        Filter { subject: Some(_), .. } => rows!(db, "a.subject_id = $5 and", filter, below, most),
        Filter { actor: Some(_), .. } => rows!(db, "a.actor_id = $4 and", filter, below, most),
        Filter { address: Some(_), .. } => rows!(db, "a.address = $8 and", filter, below, most),
        Filter { event: Some(_), .. } => rows!(db, "a.event = $6 and", filter, below, most),
        _ => rows!(db, "", filter, below, most),
    }
}

/// How many rows fit, counted up to the most that is counted.
pub(in super::super) async fn number(db: &Db, filter: &Filter) -> sqlx::Result<i64> {
    let (count,) = match filter {
        Filter { request_id: Some(_), .. } => number!(db, "a.request_id = $6 and", filter),
        Filter { subject: Some(_), .. } => number!(db, "a.subject_id = $4 and", filter),
        Filter { actor: Some(_), .. } => number!(db, "a.actor_id = $3 and", filter),
        Filter { address: Some(_), .. } => number!(db, "a.address = $7 and", filter),
        Filter { event: Some(_), .. } => number!(db, "a.event = $5 and", filter),
        _ => number!(db, "", filter),
    }?;
    Ok(count)
}

/// One row.
pub(in super::super) async fn row(db: &Db, id: Uuid) -> sqlx::Result<Option<Found>> {
    sql!(
        db,
        fetch_optional as Found,
        "select a.id, a.seq, a.at, a.actor, a.actor_id, doer.name as actor_name, a.session_id, a.key_id, a.event,
                a.subject_id, whom.name as subject_name, a.detail, a.request_id, a.address, a.redacted
         from audit a left join users doer on doer.id = a.actor_id left join users whom on whom.id = a.subject_id
         where a.id = $1",
        id
    )
    .await
}
