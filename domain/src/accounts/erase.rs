//! Erasure: what each table loses when an account goes. Afterwards no table holds its address, its name or its id; its user
//! name stays, as nobody's, so that no stranger takes it over. A test searches a dump of every table for them. Called by
//! [`super::deletion`] alone.

use super::{User, canonical, store};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::mail::{self, Message};
use crate::{Actor, Client, Domain, audit, auth, profiles, sessions};
use std::time::Duration;
use vestibule_model::{Error, Result, UserId};

/// How long the last mail is tried for.
const LAST_MAIL: Duration = Duration::from_hours(7 * 24);

/// Erases `user` as part of `tx`, which holds the account.
///
/// Extensions hear of it by [`Event::AccountDeleted`], with the account's true id and while its row is still there, and
/// erase in the same transaction what they keep.
pub(super) async fn erase(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    by: &Actor,
    client: &Client,
) -> Result<()> {
    sessions::end_all(domain, tx, user.id, "account deleted").await?;
    events::emit(domain, tx, by, client, Event::AccountDeleted { user: user.id }).await?;
    // A pseudonym that is kept nowhere else: the rows of one person stay together, and lead to nobody.
    audit::pseudonymise(domain, tx, user.id, UserId(domain.new_id()));
    auth::forget_person(domain, tx, user.id, canonical(&user.email).ok().as_deref()).await?;
    mail::forget_person(tx, user.id, &user.email).await?;
    profiles::reserve_username(domain, tx, user.username.as_ref()).await?;
    // What refers to the account goes with its row: sessions and tokens, links, former passwords, groups, profile.
    if !store::delete(tx, user.id).await? {
        return Err(Error::NotFound);
    }
    let useless_after = domain.now().after(LAST_MAIL);
    mail::enqueue_traceless(domain, tx, &user.email, Some(&user.name), Message::AccountDeleted, useless_after)
        .await
}
