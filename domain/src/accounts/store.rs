//! SQL of accounts. Called by [`super`] alone.

mod endings;
mod exports;
pub(super) mod list;
mod notes;
mod nudges;
mod passwords;
mod terms;

pub(super) use endings::{Ending, count_notices, ending, leaving, set_deactivated, set_deletion, set_expiry};
pub(super) use exports::{
    ExportRow, Finished, claim_export, delete_exports, export_part, exports, give_export_up, insert_export,
    insert_export_part, next_export, set_export_ready,
};
pub(super) use notes::{count_notes, delete_note, insert_note, notes};
pub(super) use nudges::{dismiss, dismissed};
pub(super) use passwords::{
    clear_password, drop_password, history, insert_history, passwords_replaced, prune_history, set_hash,
    set_password,
};

pub(super) use terms::{
    Named, delete_terms, edition, insert_terms, named, named_after, set_edition, set_name_key,
};

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use vestibule_model::accounts::Register;
use vestibule_model::{Email, Name, Result, Timestamp, UserId, Username};

/// A whole account. It never leaves the domain.
#[derive(sqlx::FromRow)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) email: Email,
    pub(crate) name: Name,
    pub(crate) username: Option<Username>,
    pub(crate) password_hash: Option<String>,
    pub(crate) password_changed_at: Option<Timestamp>,
    pub(crate) email_verified_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_sign_in_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) deletion_due_at: Option<Timestamp>,
    pub(crate) deactivated_at: Option<Timestamp>,
}

pub(super) async fn by_id(on: impl Into<On<'_>>, id: UserId) -> Result<Option<User>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as User,
        "select id, email, name, username, password_hash, password_changed_at, email_verified_at, created_at,
                last_sign_in_at, expires_at, deletion_due_at, deactivated_at
         from users where id = $1",
        id
    )
    .await
    .internal()
}

pub(super) async fn by_email(on: impl Into<On<'_>>, key: &str) -> Result<Option<User>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as User,
        "select id, email, name, username, password_hash, password_changed_at, email_verified_at, created_at,
                last_sign_in_at, expires_at, deletion_due_at, deactivated_at
         from users where email_canonical = $1",
        key
    )
    .await
    .internal()
}

pub(super) async fn by_username(db: &Db, key: &str) -> Result<Option<User>> {
    sql!(
        db,
        fetch_optional as User,
        "select id, email, name, username, password_hash, password_changed_at, email_verified_at, created_at,
                last_sign_in_at, expires_at, deletion_due_at, deactivated_at
         from users where username_canonical = $1",
        key
    )
    .await
    .internal()
}

/// A pattern that finds `text` anywhere; what `like` would take for a wildcard is literal (C58).
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// What somebody is called.
pub(super) type Called = (UserId, Name, Email);

/// Ids of one statement.
pub(super) const CALLED: usize = 20;

/// What at most [`CALLED`] people are called, of those who are there.
pub(super) async fn called(db: &Db, ids: &[UserId]) -> Result<Vec<Called>> {
    let id = |place: usize| ids.get(place).copied();
    sql!(
        db,
        fetch_all as Called,
        "select id, name, email from users
         where id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                      $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        id(0),
        id(1),
        id(2),
        id(3),
        id(4),
        id(5),
        id(6),
        id(7),
        id(8),
        id(9),
        id(10),
        id(11),
        id(12),
        id(13),
        id(14),
        id(15),
        id(16),
        id(17),
        id(18),
        id(19)
    )
    .await
    .internal()
}

pub(super) async fn username_exists(tx: &mut Tx, key: &str) -> Result<bool> {
    let found =
        sql!(tx, fetch_optional as (UserId,), "select id from users where username_canonical = $1", key);
    Ok(found.await.internal()?.is_some())
}

/// An account to be written.
pub(super) struct NewUser<'a> {
    pub(super) id: UserId,
    pub(super) values: &'a Register,
    pub(super) key: &'a str,
    /// Nothing for somebody who is invited to choose a password.
    pub(super) hash: Option<&'a str>,
    pub(super) verified_at: Option<Timestamp>,
    /// Whether the user name is held from now on, or wished for.
    pub(super) holds_name: bool,
    pub(super) now: Timestamp,
}

/// Whether it was written; not when its address or user name is taken.
pub(super) async fn insert(tx: &mut Tx, new: &NewUser<'_>) -> Result<bool> {
    let name = new.values.username.as_ref();
    let (held, wished) = if new.holds_name { (name, None) } else { (None, name) };
    let written = sql!(
        tx,
        execute,
        "insert into users (id, email, email_canonical, name, username, username_canonical, password_hash,
                            password_changed_at, email_verified_at, created_at, updated_at, username_wish)
         values ($1, $2, $3, $4, $5, $6, $7, $11, $9, $8, $8, $10)
         on conflict do nothing",
        new.id,
        &new.values.email,
        new.key,
        &new.values.name,
        held,
        held.map(Username::canonical),
        new.hash,
        new.now,
        new.verified_at,
        wished,
        new.hash.map(|_| new.now),
    );
    Ok(written.await.internal()? > 0)
}

pub(super) async fn set_verified(tx: &mut Tx, id: UserId, key: &str, now: Timestamp) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update users set email_verified_at = coalesce(email_verified_at, $3), updated_at = $3
         where id = $1 and email_canonical = $2",
        id,
        key,
        now
    );
    Ok(written.await.internal()? > 0)
}

/// Takes the user name that was wished for.
pub(super) async fn take_wish(tx: &mut Tx, id: UserId) -> Result<Option<Username>> {
    let wish = sql!(
        &mut *tx,
        fetch_optional as (Username,),
        "select username_wish from users where id = $1 and username_wish is not null",
        id
    );
    let Some((wish,)) = wish.await.internal()? else { return Ok(None) };
    sql!(tx, execute, "update users set username_wish = null where id = $1", id).await.internal()?;
    Ok(Some(wish))
}

/// Whether the account holds the name from now on; not when somebody else does, be it since a moment ago.
pub(super) async fn hold_username(tx: &mut Tx, id: UserId, name: &Username) -> Result<bool> {
    let key = name.canonical();
    // A unique index that refuses ends a transaction of Postgres; a savepoint is what it falls back to.
    sql!(&mut *tx, execute, "savepoint username").await.internal()?;
    let held = sql!(
        &mut *tx,
        execute,
        "update users set username = $2, username_canonical = $3
         where id = $1 and not exists (select 1 from users as other where other.username_canonical = $3)",
        id,
        name,
        key.as_str()
    );
    match held.await {
        Ok(rows) => {
            sql!(tx, execute, "release savepoint username").await.internal()?;
            Ok(rows > 0)
        }
        Err(cause)
            if cause.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) =>
        {
            sql!(tx, execute, "rollback to savepoint username").await.internal()?;
            Ok(false)
        }
        Err(cause) => Err(cause).internal(),
    }
}

pub(super) async fn set_signed_in(
    tx: &mut Tx,
    id: UserId,
    hash: &str,
    now: Timestamp,
) -> Result<Option<SignedIn>> {
    sql!(
        tx,
        fetch_optional as SignedIn,
        "update users set last_sign_in_at = $3
         where id = $1 and password_hash = $2 and (expires_at is null or expires_at > $3)
         returning deletion_due_at, deactivated_at",
        id,
        hash,
        now
    )
    .await
    .internal()
}

pub(super) async fn set_signed_in_vouched(
    tx: &mut Tx,
    id: UserId,
    now: Timestamp,
) -> Result<Option<SignedIn>> {
    sql!(
        tx,
        fetch_optional as SignedIn,
        "update users set last_sign_in_at = $2
         where id = $1 and (expires_at is null or expires_at > $2)
         returning deletion_due_at, deactivated_at",
        id,
        now
    )
    .await
    .internal()
}

/// An account whose owner just signed in.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct SignedIn {
    /// When it was going to be erased.
    pub(super) deletion_due_at: Option<Timestamp>,
    /// Since when it slept.
    pub(super) deactivated_at: Option<Timestamp>,
}

/// Notes when a person was there last, for people who were made up.
pub(super) async fn set_seen(tx: &mut Tx, id: UserId, at: Timestamp) -> Result<()> {
    sql!(tx, execute, "update users set last_sign_in_at = $2 where id = $1", id, at).await.internal()?;
    Ok(())
}

/// Whether it was written; not when the address belongs to somebody else.
pub(super) async fn set_email(
    tx: &mut Tx,
    id: UserId,
    email: &Email,
    key: &str,
    now: Timestamp,
) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update users set email = $2, email_canonical = $3, email_verified_at = $4, updated_at = $4 where id = $1",
        id,
        email,
        key,
        now
    );
    match written.await {
        Err(sqlx::Error::Database(cause)) if cause.is_unique_violation() => Ok(false),
        written => Ok(written.internal()? > 0),
    }
}

pub(super) async fn unverify(tx: &mut Tx, id: UserId) -> Result<()> {
    sql!(tx, execute, "update users set email_verified_at = null where id = $1", id).await.internal()?;
    Ok(())
}

pub(super) async fn set_name(tx: &mut Tx, id: UserId, name: &Name, now: Timestamp) -> Result<()> {
    sql!(tx, execute, "update users set name = $2, updated_at = $3 where id = $1", id, name, now)
        .await
        .internal()?;
    Ok(())
}

/// Whether it was written; not when it is somebody else's. Where two take one name at once, the unique index decides, and
/// the loser's transaction is over.
pub(super) async fn set_username(
    tx: &mut Tx,
    id: UserId,
    name: Option<&Username>,
    now: Timestamp,
) -> Result<bool> {
    let key = name.map(Username::canonical);
    let written = sql!(
        tx,
        execute,
        "update users set username = $2, username_canonical = $3, updated_at = $4 where id = $1",
        id,
        name,
        key,
        now
    );
    match written.await {
        Err(sqlx::Error::Database(cause)) if cause.is_unique_violation() => Ok(false),
        done => done.internal().map(|rows| rows > 0),
    }
}

/// A write that changes nothing: it holds the row until the transaction is over, on both engines.
pub(super) async fn lock(tx: &mut Tx, id: UserId) -> Result<()> {
    sql!(tx, execute, "update users set updated_at = updated_at where id = $1", id).await.internal()?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, id: UserId) -> Result<bool> {
    Ok(sql!(tx, execute, "delete from users where id = $1", id).await.internal()? > 0)
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn c58_wildcards_in_a_search_are_literal() {
        assert_eq!(contains(" A%_b\\ "), r"%a\%\_b\\%");
    }
}
