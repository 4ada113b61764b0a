//! SQL of the chain: where it ends, its rows in order, and the counts that are written with it.

use super::super::seal::Head;
use super::Kept;
use crate::db::{Db, Tx};
use crate::sql;
use uuid::Uuid;
use vestibule_model::Timestamp;

/// Locks the head until the transaction is over, and reads it.
pub(in super::super) async fn lock(tx: &mut Tx) -> sqlx::Result<Head> {
    sql!(
        tx,
        fetch_one as Head,
        "update audit_chain set seq = seq where id = 1
         returning seq, seal, kept_after, kept_after_seal, broken, proof"
    )
    .await
}

/// Writes the head.
pub(in super::super) async fn save(tx: &mut Tx, head: &Head) -> sqlx::Result<()> {
    sql!(
        tx,
        execute,
        "update audit_chain set seq = $1, seal = $2, kept_after = $3, kept_after_seal = $4, broken = $5, proof = $6
         where id = 1",
        head.seq,
        &head.seal,
        head.kept_after,
        &head.kept_after_seal,
        head.broken,
        &head.proof
    )
    .await?;
    Ok(())
}

/// Writes the head of a database that has none; whether it had none.
pub(in super::super) async fn begin(tx: &mut Tx, head: &Head) -> sqlx::Result<bool> {
    let rows = sql!(
        tx,
        execute,
        "insert into audit_chain (id, seq, seal, kept_after, kept_after_seal, broken, proof)
         values (1, $1, $2, $3, $4, $5, $6) on conflict (id) do nothing",
        head.seq,
        &head.seal,
        head.kept_after,
        &head.kept_after_seal,
        head.broken,
        &head.proof
    );
    Ok(rows.await? == 1)
}

/// The head; nothing in a database that never had one, or lost it.
pub(in super::super) async fn head(db: &Db) -> sqlx::Result<Option<Head>> {
    sql!(
        db,
        fetch_optional as Head,
        "select seq, seal, kept_after, kept_after_seal, broken, proof from audit_chain where id = 1"
    )
    .await
}

/// The place and the seal of the last row that has one.
pub(in super::super) async fn last(tx: &mut Tx) -> sqlx::Result<Option<(i64, Vec<u8>)>> {
    sql!(
        tx,
        fetch_optional as (i64, Vec<u8>),
        "select seq, seal from audit where seq is not null and seal is not null order by seq desc limit 1"
    )
    .await
}

/// The greatest place of a row.
pub(in super::super) async fn end(db: &Db) -> sqlx::Result<i64> {
    let row = sql!(db, fetch_one as (i64,), "select coalesce(max(seq), 0) from audit");
    Ok(row.await?.0)
}

/// The next rows behind the place `after`.
pub(in super::super) async fn behind(db: &Db, after: i64) -> sqlx::Result<Vec<Kept>> {
    sql!(
        db,
        fetch_all as Kept,
        "select id, at, actor, actor_id, session_id, key_id, event, subject_id, detail, request_id, address, seq, salt, seal,
                redacted
         from audit where seq > $1 order by seq limit 1000",
        after
    )
    .await
}

/// Rows without a place in what is kept of the chain: nobody put them there.
pub(in super::super) async fn outside(db: &Db, kept_after: i64) -> sqlx::Result<Vec<(Uuid,)>> {
    sql!(
        db,
        fetch_all as (Uuid,),
        "select id from audit where seq is null or seq <= $1 limit 100",
        kept_after
    )
    .await
}

/// Rows of before there was a chain, the oldest first, behind the last of the page before.
pub(in super::super) async fn unsealed(tx: &mut Tx, at: Timestamp, id: Uuid) -> sqlx::Result<Vec<Kept>> {
    sql!(
        tx,
        fetch_all as Kept,
        "select id, at, actor, actor_id, session_id, key_id, event, subject_id, detail, request_id, address, seq, salt, seal,
                redacted
         from audit where seq is null and at >= $1 and (at > $1 or id > $2) order by at, id limit 1000",
        at,
        id
    )
    .await
}

/// Gives a row of before there was a chain its place.
pub(in super::super) async fn seal(
    tx: &mut Tx,
    id: Uuid,
    seq: i64,
    salt: &[u8],
    seal: &[u8],
) -> sqlx::Result<()> {
    sql!(tx, execute, "update audit set seq = $2, salt = $3, seal = $4 where id = $1", id, seq, salt, seal)
        .await?;
    Ok(())
}

/// Takes away the rows up to a place; how many.
pub(in super::super) async fn remove(tx: &mut Tx, through: i64) -> sqlx::Result<u64> {
    sql!(tx, execute, "delete from audit where seq <= $1", through).await
}

/// Counts `more` of something in an hour.
pub(in super::super) async fn count(tx: &mut Tx, name: &str, hour: i64, more: i64) -> sqlx::Result<()> {
    sql!(
        tx,
        execute,
        "insert into counts (name, hour, count) values ($1, $2, $3)
         on conflict (name, hour) do update set count = counts.count + excluded.count",
        name,
        hour,
        more
    )
    .await?;
    Ok(())
}
