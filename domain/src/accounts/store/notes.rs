//! SQL of notes on people. Called by `accounts::notes` alone.

use crate::db::{Db, Tx};
use crate::{error::Internal, sql};
use uuid::Uuid;
use vestibule_model::listing::MOST_COUNTED;
use vestibule_model::people::Note;
use vestibule_model::values::NoteId;
use vestibule_model::{Result, UserId};

pub(in crate::accounts) async fn notes(db: &Db, user: UserId, before: Uuid, most: i64) -> Result<Vec<Note>> {
    sql!(
        db,
        fetch_all as Note,
        "select n.id, n.author_id as author, n.written_at, n.text,
                (select u.name from users u where u.id = n.author_id) as author_name
         from user_notes n where n.user_id = $1 and n.id < $2 order by n.id desc limit $3",
        user,
        before,
        most
    )
    .await
    .internal()
}

pub(in crate::accounts) async fn count_notes(db: &Db, user: UserId) -> Result<u64> {
    let most = i64::try_from(MOST_COUNTED).unwrap_or(i64::MAX);
    let counted = sql!(
        db,
        fetch_one as (i64,),
        "select count(*) from (select id from user_notes where user_id = $1 limit $2) as counted",
        user,
        most
    );
    Ok(u64::try_from(counted.await.internal()?.0).unwrap_or(0))
}

pub(in crate::accounts) async fn insert_note(tx: &mut Tx, user: UserId, note: &Note) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into user_notes (id, user_id, author_id, written_at, text) values ($1, $2, $3, $4, $5)",
        note.id,
        user,
        note.author,
        note.written_at,
        &note.text
    )
    .await
    .internal()?;
    Ok(())
}

pub(in crate::accounts) async fn delete_note(tx: &mut Tx, user: UserId, note: NoteId) -> Result<bool> {
    let gone = sql!(tx, execute, "delete from user_notes where id = $1 and user_id = $2", note, user);
    Ok(gone.await.internal()? > 0)
}
