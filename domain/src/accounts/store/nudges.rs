//! SQL of what people put away. Called by [`mod@super::super::nudges`] alone.

use crate::db::{Db, Tx};
use crate::{error::Internal, sql};
use vestibule_model::{Result, Timestamp, UserId};

/// What a person put away, and when.
pub(in crate::accounts) async fn dismissed(db: &Db, user: UserId) -> Result<Vec<(String, Timestamp)>> {
    sql!(
        db,
        fetch_all as (String, Timestamp),
        "select nudge, dismissed_at from dismissed_nudges where user_id = $1 order by nudge",
        user
    )
    .await
    .internal()
}

/// Puts one away; whether it was there.
pub(in crate::accounts) async fn dismiss(
    tx: &mut Tx,
    user: UserId,
    nudge: &str,
    now: Timestamp,
) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "insert into dismissed_nudges (user_id, nudge, dismissed_at) values ($1, $2, $3) on conflict do nothing",
        user,
        nudge,
        now
    );
    Ok(written.await.internal()? > 0)
}
