//! SQL of the numbers.

use crate::db::Db;
use crate::{error::Internal, sql};
use vestibule_model::Result;
use vestibule_model::listing::MOST_COUNTED;

/// What was counted from one hour on and before another: name, hour, count.
pub(super) async fn between(db: &Db, from: i64, to: i64) -> Result<Vec<(String, i64, i64)>> {
    sql!(
        db,
        fetch_all as (String, i64, i64),
        "select name, hour, count from counts
         where name in ('set_up', 'registered', 'account_created', 'invited', 'account_deleted', 'active', 'signed_in',
                        'sign_in_failed', 'banned', 'key_created', 'mail_queued', 'mail_sent', 'mail_failed')
           and hour >= $1 and hour < $2",
        from,
        to
    )
    .await
    .internal()
}

/// How many accounts were made and not deleted.
pub(super) async fn people(db: &Db) -> Result<i64> {
    let row = sql!(
        db,
        fetch_one as (i64,),
        "select cast(coalesce(sum(case when name = 'account_deleted' then -count else count end), 0) as bigint)
         from counts where name in ('set_up', 'registered', 'account_created', 'invited', 'account_deleted')"
    );
    Ok(row.await.internal()?.0)
}

/// How many mails of a status there are, counted up to the most that is counted.
pub(super) async fn mails(db: &Db, status: &str) -> Result<i64> {
    let row = sql!(
        db,
        fetch_one as (i64,),
        "select count(*) from (select 1 from outbox where status = $1 limit $2) as counted",
        status,
        i64::try_from(MOST_COUNTED).unwrap_or(i64::MAX)
    );
    Ok(row.await.internal()?.0)
}
