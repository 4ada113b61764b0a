//! Accounts that end on a day: setting it, and telling the person before. That an account is over is no event: every use
//! of a session compares the clock with it. Called by the CLI and by the hourly job.

use super::{hold_for, store};
use crate::events::{self, Changes, Event};
use crate::mail::{self, Message};
use crate::{Actor, Allowed, Client, Domain, error::Internal, groups};
use std::time::Duration;
use vestibule_model::groups::ManageAccounts;
use vestibule_model::{Result, Timestamp, UserId};

/// How long before the end the person is told, once each.
const NOTICES: [Duration; 2] = [Duration::from_hours(7 * 24), Duration::from_hours(24)];

/// Sets when an account ends; `None` takes the end away. A moment that is past ends it now. The notices before the end
/// begin anew.
///
/// # Errors
/// [`Error::NotFound`](vestibule_model::Error::NotFound), [`Conflict::LastAdmin`](vestibule_model::error::Conflict::LastAdmin) for the only administrator.
pub async fn set_expiry(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    expires_at: Option<Timestamp>,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    if expires_at.is_some() {
        groups::keep_an_admin_without(domain, &mut tx, user).await?;
    }
    let before = hold_for(&mut tx, by.by(), user).await?.expires_at;
    store::set_expiry(&mut tx, user, expires_at, domain.now()).await?;
    let changes = Changes::default().of("expires_at", &before, &expires_at);
    let event = Event::ExpirySet { user, expires_at };
    events::emit_changes(domain, &mut tx, by.by(), client, event, changes).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()
}

/// Mails everyone whose account ends within a week, and again within a day; how many mails. Each is written once,
/// however often and wherever this runs; of two that became due while no server ran, only the later one is written.
///
/// # Errors
/// None but those of the database.
pub async fn tell_expiring(domain: &Domain) -> Result<usize> {
    let now = domain.now();
    let mut told = 0;
    for ending in store::ending(domain.db(), now, now.after(NOTICES[0])).await? {
        let due = notices_due(ending.expires_at.since(now));
        if due > ending.expiry_notices && tell(domain, &ending, due).await? {
            told += 1;
        }
    }
    Ok(told)
}

/// How many of the notices should have been written when an account still has `left`.
fn notices_due(left: Duration) -> i64 {
    NOTICES.iter().map(|before| i64::from(left <= *before)).sum()
}

async fn tell(domain: &Domain, ending: &store::Ending, due: i64) -> Result<bool> {
    let mut tx = domain.begin().await?;
    if !store::count_notices(&mut tx, ending, due).await? {
        return Ok(false);
    }
    let message = Message::AccountExpiring { at: ending.expires_at };
    let useless_after = Some(ending.expires_at);
    mail::enqueue(domain, &mut tx, &ending.email, Some(&ending.name), message, useless_after).await?;
    let event = Event::ExpiryTold { user: ending.id };
    events::emit(domain, &mut tx, &Actor::Anonymous, &Client::local(), event).await?;
    tx.commit().await.internal()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_and_a_day_before() {
        let hours = |count: u64| notices_due(Duration::from_hours(count));
        assert_eq!([169, 168, 100, 25, 24, 1, 0].map(hours), [0, 1, 1, 1, 2, 2, 2]);
    }
}
