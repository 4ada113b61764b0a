//! Passwords as the account keeps them: the hash that holds, and those that were used before. Called by `auth`, which
//! judges and hashes them, and by what shows a person their own data.

use super::store::{self, User};
use crate::Domain;
use crate::db::Tx;
use vestibule_model::{Result, Timestamp, UserId};

/// Replaces the hash `old` of a password by one of today's cost, as part of `tx`.
pub(crate) async fn rehash(tx: &mut Tx, user: UserId, old: &str, new: &str) -> Result<bool> {
    store::set_hash(tx, user, old, new).await
}

/// Sets a new password as part of `tx`, if `old` still is the one that holds; the former one goes into the history.
pub(crate) async fn set_password(domain: &Domain, tx: &mut Tx, user: &User, hash: &str) -> Result<bool> {
    let old = user.password_hash.as_deref();
    if !store::set_password(tx, user.id, old, hash, domain.now()).await? {
        return Ok(false);
    }
    if let Some(old) = old {
        store::insert_history(tx, domain.new_id(), user.id, old, domain.now()).await?;
    }
    store::prune_history(tx, user.id, domain.rules().passwords.history).await?;
    Ok(true)
}

/// Takes the password of an account away as part of `tx`; it goes into the history, so that it is not taken again.
pub(super) async fn retire_password(domain: &Domain, tx: &mut Tx, user: &User) -> Result<()> {
    if let Some(old) = &user.password_hash {
        store::insert_history(tx, domain.new_id(), user.id, old, domain.now()).await?;
        store::clear_password(tx, user.id).await?;
        store::prune_history(tx, user.id, domain.rules().passwords.history).await?;
    }
    Ok(())
}

/// The hash that holds and those of the former passwords that are refused, newest first.
pub(crate) async fn used_hashes(domain: &Domain, user: &User) -> Result<Vec<String>> {
    let former = store::history(domain.db(), user.id, domain.rules().passwords.history).await?;
    Ok(user.password_hash.iter().cloned().chain(former).collect())
}

/// When the former passwords that are still known of were replaced, oldest first.
pub(crate) async fn passwords_replaced(domain: &Domain, user: UserId) -> Result<Vec<Timestamp>> {
    store::passwords_replaced(domain.db(), user).await
}
