//! What somebody is told of their quota, and the block after it was spent. Called by [`super::spend()`] alone.

use super::book::Rule;
use super::ledger::{self, Claim, Row};
use super::till::Taken;
use super::windows;
use crate::error::Internal;
use crate::events::{self, Event};
use crate::mail::Message;
use crate::{Actor, Client, Domain, accounts, notices};
use std::time::Duration;
use vestibule_model::quotas::{Allowance, By, Mode, TOLD_AT, grouped};
use vestibule_model::{Result, Timestamp, links as pages};

/// Tells a person that so much of their quota is spent, once in a window for each step.
pub(super) async fn tell(
    domain: &Domain,
    rule: &Rule,
    row: &Row,
    (allowance, taken): (Allowance, &Taken),
) -> Result<()> {
    let personal = matches!(rule.quota.by, By::Person | By::Key) && rule.quota.notify;
    let (Some(user), Some(units), Mode::Enforce, true) =
        (row.user, allowance.units(), rule.quota.mode, personal)
    else {
        return Ok(());
    };
    let limit = units.saturating_add(taken.granted);
    let reached = |percent: &&u8| u128::from(taken.in_all) * 100 >= u128::from(limit) * u128::from(**percent);
    let Some(percent) = TOLD_AT.iter().rev().find(reached).filter(|_| limit > 0) else { return Ok(()) };
    let known = taken.told >= i64::from(*percent);
    if known {
        return Ok(());
    }
    let mut tx = domain.begin().await?;
    let Some(person) = accounts::by_id_in(&mut tx, user).await? else { return Ok(()) };
    let until = (taken.span.end != windows::FAR).then_some(taken.span.end);
    let usage_link = domain.page(pages::USAGE);
    let quota = rule.quota.name.clone();
    let message = if *percent >= 100 {
        Message::QuotaSpent { quota, limit: grouped(limit), until, usage_link }
    } else {
        Message::QuotaNear { quota, percent: *percent, limit: grouped(limit), until, usage_link }
    };
    notices::tell(domain, &mut tx, &person, message).await?;
    // Last, because Redis takes nothing back with a transaction; whoever was told already is not told again.
    let claim = Claim { start: taken.span.start, percent: i64::from(*percent), before: taken.told };
    if !ledger::claim_telling(domain, &mut tx, row, claim).await? {
        return Ok(());
    }
    let done = tx.commit().await.internal();
    if done.is_err() {
        ledger::leave_telling(domain, row, claim).await?;
    }
    done
}

/// Refuses everything of somebody's for a time, where the quota says so, once in a window; until when.
pub(super) async fn block(
    domain: &Domain,
    rule: &Rule,
    row: &Row,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let Some(seconds) = rule.quota.block_for_s else { return Ok(None) };
    let until = now.after(Duration::from_secs(u64::from(seconds)));
    let mut tx = domain.begin().await?;
    let event = Event::QuotaBlocked { user: row.user, quota: rule.quota.name.clone(), until };
    events::emit(domain, &mut tx, &Actor::Anonymous, &Client::local(), event).await?;
    // Last, because Redis takes nothing back with a transaction.
    if !ledger::block(domain, &mut tx, row, until).await? {
        return Ok(None);
    }
    let done = tx.commit().await.internal();
    if done.is_err() {
        ledger::unblock(domain, row, until).await?;
    }
    done.map(|()| Some(until))
}
