//! SQL of the words by which people are found. Called by `accounts::terms` alone.

use crate::db::{Db, Tx};
use crate::{error::Internal, sql};
use vestibule_model::{Email, Name, Result, UserId, Username};

/// What the words of a person come from.
#[derive(sqlx::FromRow)]
pub(in crate::accounts) struct Named {
    pub(in crate::accounts) id: UserId,
    pub(in crate::accounts) email: Email,
    pub(in crate::accounts) email_canonical: String,
    pub(in crate::accounts) name: Name,
    pub(in crate::accounts) username: Option<Username>,
}

pub(in crate::accounts) async fn named(tx: &mut Tx, id: UserId) -> Result<Option<Named>> {
    sql!(
        tx,
        fetch_optional as Named,
        "select id, email, email_canonical, name, username from users where id = $1",
        id
    )
    .await
    .internal()
}

pub(in crate::accounts) async fn named_after(tx: &mut Tx, after: UserId, most: i64) -> Result<Vec<Named>> {
    sql!(
        tx,
        fetch_all as Named,
        "select id, email, email_canonical, name, username from users where id > $1 order by id limit $2",
        after,
        most
    )
    .await
    .internal()
}

pub(in crate::accounts) async fn delete_terms(tx: &mut Tx, user: UserId) -> Result<()> {
    sql!(tx, execute, "delete from user_terms where user_id = $1", user).await.internal()?;
    Ok(())
}

/// At most [`MOST`](super::super::terms::MOST) of them, of which there is at least one.
pub(in crate::accounts) async fn insert_terms(tx: &mut Tx, user: UserId, terms: &[String]) -> Result<()> {
    // What is not filled repeats the first one, and is left out as a repetition.
    let term = |place: usize| terms.get(place).or(terms.first()).map_or("", String::as_str);
    sql!(
        tx,
        execute,
        "insert into user_terms (user_id, term)
         values ($1, $2), ($1, $3), ($1, $4), ($1, $5), ($1, $6), ($1, $7), ($1, $8), ($1, $9),
                ($1, $10), ($1, $11), ($1, $12), ($1, $13), ($1, $14), ($1, $15), ($1, $16), ($1, $17)
         on conflict do nothing",
        user,
        term(0),
        term(1),
        term(2),
        term(3),
        term(4),
        term(5),
        term(6),
        term(7),
        term(8),
        term(9),
        term(10),
        term(11),
        term(12),
        term(13),
        term(14),
        term(15)
    )
    .await
    .internal()?;
    Ok(())
}

pub(in crate::accounts) async fn set_name_key(tx: &mut Tx, user: UserId, key: &str) -> Result<()> {
    sql!(tx, execute, "update users set name_key = $2 where id = $1", user, key).await.internal()?;
    Ok(())
}

/// Which edition of the words the database has.
pub(in crate::accounts) async fn edition(db: &Db) -> Result<Option<String>> {
    let found = sql!(db, fetch_optional as (String,), "select value from facts where name = 'search_terms'");
    Ok(found.await.internal()?.map(|(edition,)| edition))
}

/// Notes which edition of the words is written.
pub(in crate::accounts) async fn set_edition(tx: &mut Tx, edition: &str) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into facts (name, value) values ('search_terms', $1)
         on conflict (name) do update set value = excluded.value",
        edition
    )
    .await
    .internal()?;
    Ok(())
}
