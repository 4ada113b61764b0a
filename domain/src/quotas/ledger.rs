//! The ledger: what everybody took, over all servers. In the database, or in Redis where one is set. Each takes and hands
//! back by one guarded step, and the arithmetic is that of `decide.rs`. Called by [`super`]'s parts alone.

mod redis;
#[cfg(test)]
mod tests;

use super::book::{InForce, Rule};
use super::decide::{self, UNLIMITED};
use super::store::{self, ledger::Kept};
use super::till::{Rest, Subject, Taken};
use super::windows::{self, Span};
use crate::db::Tx;
use crate::{Domain, error::Internal, keys};
use std::collections::BTreeSet;
use std::net::IpAddr;
use vestibule_model::quotas::{Allowance, By, Mode};
use vestibule_model::{Result, Timestamp, UserId};

/// Somebody's row: the quota, who they are in it, and the account it goes with.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// As [`Rule::ledger`] says it.
    pub(super) quota: String,
    pub(super) subject: String,
    pub(super) user: Option<UserId>,
}

/// What is asked of the ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    /// The window that begins where none runs.
    pub(super) opening: Span,
    pub(super) limit: u64,
    pub(super) ceiling: u64,
    /// Units of one call; without so many nothing is taken.
    pub(super) cost: u64,
    /// Units that are waited for.
    pub(super) need: u64,
    pub(super) now: Timestamp,
    /// A block that ends by then holds nobody up: now, or any where the quota refuses nobody.
    pub(super) lifted: Timestamp,
}

/// What is told to somebody: that so much of the window that began at `start` is spent, after `before` was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) start: Timestamp,
    pub(super) percent: i64,
    pub(super) before: i64,
}

/// What administrators do to somebody's row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// Begins the window anew, with nothing spent and nothing blocked.
    Reset,
    /// Adds units for the window that runs, or for the one that opens now; lifts a block.
    Grant { opening: Span, units: u64 },
}

impl Want {
    /// What `rule` lets be taken by somebody whose allowance is `allowance`.
    pub(super) fn of(rule: &Rule, allowance: Allowance, (cost, need): (u64, u64), now: Timestamp) -> Self {
        let limit = allowance.units().unwrap_or(UNLIMITED);
        let open = rule.quota.mode != Mode::Enforce || allowance == Allowance::Unlimited;
        let ceiling = if open { UNLIMITED } else { rule.quota.ceiling(limit).min(UNLIMITED) };
        let need = need.clamp(cost, decide::MOST_BLOCK.max(cost));
        let opening = windows::opening(&rule.quota, &rule.zone, now);
        let lifted = if rule.quota.mode == Mode::Enforce { now } else { windows::FAR };
        Self { opening, limit, ceiling, cost, need, now, lifted }
    }

    /// What is taken where nothing was yet.
    pub(super) fn first(&self) -> u64 {
        decide::block(0, self.limit, self.ceiling, self.need)
    }
}

/// As the ledger calls somebody.
pub(super) fn row(rule: &Rule, subject: Subject) -> Row {
    let (subject, user) = match subject {
        Subject::Person(user) => (person(UserId(user)), Some(UserId(user))),
        Subject::Key(key, owner) => (format!("key:{key}"), Some(UserId(owner))),
        Subject::Group(place) => (group(rule, place), None),
        Subject::Address(address) => (address_text(address), None),
    };
    Row { quota: rule.ledger.clone(), subject, user }
}

/// A person, as ledger, overrides and recorded usage call them.
pub(super) fn person(user: UserId) -> String {
    format!("person:{user}")
}

/// An address, as ledger and recorded usage call it.
pub(super) fn address_text(address: Option<IpAddr>) -> String {
    address.map_or_else(|| "address:unknown".to_owned(), |address| format!("address:{address}"))
}

fn group(rule: &Rule, place: Option<u16>) -> String {
    let name = place.and_then(|place| rule.quota.groups.keys().nth(usize::from(place)));
    name.map_or_else(|| "group:".to_owned(), |name| format!("group:{name}"))
}

/// Takes a block. A block of 0 says that there is nothing to take.
pub(super) async fn take(domain: &Domain, row: &Row, want: &Want) -> Result<Taken> {
    if let Some(redis) = domain.redis() {
        return redis::take(domain, redis, row, want).await;
    }
    let mut tx = domain.begin().await?;
    let taken = store::ledger::take(&mut tx, row, want).await?;
    tx.commit().await.internal()?;
    Ok(taken)
}

/// Hands back what was not spent, if the window it was taken in still runs.
pub(super) async fn hand_back(domain: &Domain, rests: &[(Row, Rest)]) -> Result<()> {
    match domain.redis() {
        _ if rests.is_empty() => Ok(()),
        Some(redis) => redis::hand_back(domain, redis, rests).await,
        None => store::ledger::hand_back(domain, rests).await,
    }
}

/// The windows of a person, of their keys and of the group they are counted in.
pub(super) async fn of_person(
    domain: &Domain,
    rules: &InForce,
    user: UserId,
    groups: &BTreeSet<String>,
) -> Result<Vec<Kept>> {
    let mut rows = Vec::new();
    for rule in rules.values() {
        if rule.quota.by == By::Group {
            let place = decide::of_groups(&rule.quota, |name| groups.contains(name)).map(|(place, _)| place);
            let place = place.and_then(|place| u16::try_from(place).ok());
            rows.push(row(rule, Subject::Group(place)));
        }
    }
    let Some(redis) = domain.redis() else {
        let mut kept = store::ledger::of_person(domain.db(), user).await?;
        for row in rows {
            kept.extend(store::ledger::one(domain.db(), &row).await?);
        }
        return Ok(kept);
    };
    let keys = keys::names_of(domain, user).await?;
    for rule in rules.values() {
        let theirs = keys.keys().map(|key| Subject::Key(key.0, user.0));
        let theirs = theirs.filter(|_| rule.quota.by == By::Key).chain([Subject::Person(user.0)]);
        rows.extend(theirs.map(|subject| row(rule, subject)));
    }
    let mut kept = Vec::new();
    for row in rows {
        kept.extend(redis::one(domain, redis, &row).await?);
    }
    Ok(kept)
}

/// Refuses everything of somebody's until then, once in a window that runs; whether that was not so already.
pub(super) async fn block(domain: &Domain, tx: &mut Tx, row: &Row, until: Timestamp) -> Result<bool> {
    match domain.redis() {
        Some(redis) => redis::block(domain, redis, row, until).await,
        None => store::ledger::block(tx, row, until, domain.now()).await,
    }
}

/// Takes it upon the caller to tell that so much is spent; one of many at once.
pub(super) async fn claim_telling(domain: &Domain, tx: &mut Tx, row: &Row, claim: Claim) -> Result<bool> {
    match domain.redis() {
        Some(redis) => redis::claim_telling(domain, redis, row, claim).await,
        None => store::ledger::claim_telling(tx, row, claim).await,
    }
}

/// Undoes [`block`] where the transaction was not committed that it was done in.
pub(super) async fn unblock(domain: &Domain, row: &Row, until: Timestamp) -> Result<()> {
    match domain.redis() {
        Some(redis) => redis::unblock(domain, redis, row, until).await,
        None => Ok(()),
    }
}

/// Undoes [`claim_telling`] likewise.
pub(super) async fn leave_telling(domain: &Domain, row: &Row, claim: Claim) -> Result<()> {
    match domain.redis() {
        Some(redis) => redis::leave_telling(domain, redis, row, claim).await,
        None => Ok(()),
    }
}

/// Changes somebody's row; whether there is one. Redis would keep what the database takes back: there it is only looked
/// at, and [`change_late`] changes it when the transaction is committed.
pub(super) async fn change(domain: &Domain, tx: &mut Tx, (row, change): &(Row, Change)) -> Result<bool> {
    if let Some(redis) = domain.redis() {
        return Ok(redis::one(domain, redis, row).await?.is_some());
    }
    match *change {
        Change::Reset => store::ledger::reset(tx, row, domain.now()).await,
        Change::Grant { opening, units } => {
            store::ledger::grant(tx, row, opening, units, domain.now()).await?;
            Ok(true)
        }
    }
}

/// Does what [`change`] left to be done; whether there was anything.
pub(super) async fn change_late(domain: &Domain, changes: &[(Row, Change)]) -> Result<bool> {
    let Some(redis) = domain.redis() else { return Ok(false) };
    for (row, change) in changes {
        match *change {
            Change::Reset => redis::reset(domain, redis, row).await?,
            Change::Grant { opening, units } => redis::grant(domain, redis, row, opening, units).await?,
        }
    }
    Ok(!changes.is_empty())
}
