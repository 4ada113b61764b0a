//! Telling of API keys that are about to end. That a key is over is no event: every use compares the clock with its end.
//! Called by the hourly job.

use super::store;
use crate::events::{self, Event};
use crate::mail::Message;
use crate::{Actor, Client, Domain, accounts, error::Internal, notices};
use std::time::Duration;
use vestibule_model::{KeyId, Result, Timestamp, links as pages};

/// How long before the end the owner is told, once each.
const NOTICES: [Duration; 2] = [Duration::from_hours(7 * 24), Duration::from_hours(24)];

/// Mails everyone who has a key that ends within a week, and again within a day; how many mails. A key that was made for
/// hardly longer than that is not told of. Each mail is written once, however often and wherever this runs.
///
/// # Errors
/// None but those of the database.
pub async fn tell_expiring(domain: &Domain) -> Result<usize> {
    let now = domain.now();
    let mut told = 0;
    for ending in store::ending(domain.db(), now, now.after(NOTICES[0]), 2).await? {
        let due = notices_due(ending.expires_at.since(now), ending.expires_at.since(ending.since));
        told += usize::from(due > ending.expiry_notices && tell(domain, &ending, due).await?);
    }
    Ok(told)
}

/// How many of the notices should have been written when a key that lives for `whole` still has `left`. One that is worth
/// nothing, because the key is not twice as old as it, counts only with the next one.
fn notices_due(left: Duration, whole: Duration) -> i64 {
    let due =
        |(index, before): (usize, &Duration)| (left <= *before && whole >= *before * 2).then_some(index + 1);
    NOTICES.iter().enumerate().filter_map(due).max().and_then(|count| i64::try_from(count).ok()).unwrap_or(0)
}

async fn tell(domain: &Domain, ending: &store::Ending, due: i64) -> Result<bool> {
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, ending.user_id).await?;
    if !store::count_notices(&mut tx, ending, due).await? {
        return Ok(false);
    }
    let Some(owner) = accounts::by_id_in(&mut tx, ending.user_id).await? else { return Ok(false) };
    let message = Message::KeyExpiring {
        key: begins_with(domain, &mut tx, ending.id).await?,
        keys_link: domain.page(pages::KEYS),
        at: ending.expires_at,
    };
    notices::tell_until(domain, &mut tx, &owner, message, Some(useless_after(ending))).await?;
    let event = Event::KeyExpiryTold { user: owner.id, key: ending.id };
    events::emit(domain, &mut tx, &Actor::Anonymous, &Client::local(), event).await?;
    tx.commit().await.internal()?;
    Ok(true)
}

fn useless_after(ending: &store::Ending) -> Timestamp {
    ending.expires_at
}

async fn begins_with(domain: &Domain, tx: &mut crate::db::Tx, id: KeyId) -> Result<String> {
    let row = store::by_id(tx, id, domain.now()).await?;
    Ok(row.map(|row| super::format::beginning(&row.prefix, id)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_and_a_day_before_and_not_of_keys_that_were_made_for_hardly_longer() {
        let days = |count: u64| Duration::from_hours(24 * count);
        let due = |left: u64, whole: u64| notices_due(days(left), days(whole));
        assert_eq!([due(8, 90), due(7, 90), due(2, 90), due(1, 90)], [0, 1, 1, 2]);
        assert_eq!([due(7, 7), due(2, 7), due(1, 7)], [0, 0, 2]);
        assert_eq!(due(1, 1), 0);
    }
}
