//! Recorded usage: calls by the hour, of everybody, on every endpoint that counts. Counted in memory and written every few
//! seconds: it is a record, not the ledger, and a crash may lose its last seconds. Called by [`super::spend()`] and by `jobs.rs`.

use super::book::Plan;
use super::spend::{Caller, counted};
use super::{ledger, store};
use crate::db::Tx;
use crate::error::Internal;
use crate::{Actor, Domain};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;
use vestibule_model::{Result, Timestamp, UserId};

const SHARDS: usize = 16;

/// Microseconds of an hour.
pub(super) const HOUR: i64 = 3_600_000_000;

/// How long hours are kept: a month can be looked at, and a quota by the month be tried on it.
const KEPT: Duration = Duration::from_hours(35 * 24);

/// How long a window is kept that is over: nobody asks for it, but clocks of servers may differ.
const WINDOW_KEPT: Duration = Duration::from_hours(48);

/// Rows of one transaction, so that others have their turn.
pub(super) const AT_ONCE: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Cell {
    who: Who,
    hour: i64,
    tags: Arc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Who {
    Person(Uuid),
    /// A key and its owner.
    Key(Uuid, Uuid),
    Address(Option<IpAddr>),
}

#[derive(Clone, Copy, Debug, Default)]
struct Calls {
    passed: i64,
    /// Of those, how many a quota in shadow would have refused.
    beyond: i64,
    refused: i64,
}

/// What was counted since it was written last.
pub(crate) struct Record {
    hasher: RandomState,
    shards: Box<[Mutex<HashMap<Cell, Calls>>]>,
}

impl Default for Record {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Record {
    fn add(&self, cell: Cell, calls: Calls) {
        let place = usize::try_from(self.hasher.hash_one(&cell) >> 32).unwrap_or_default() % SHARDS;
        let mut shard = self.shards[place].lock().unwrap_or_else(PoisonError::into_inner);
        let counted = shard.entry(cell).or_default();
        counted.passed += calls.passed;
        counted.beyond += calls.beyond;
        counted.refused += calls.refused;
    }

    fn take(&self) -> Vec<(Cell, Calls)> {
        let taken = |shard: &Mutex<HashMap<Cell, Calls>>| {
            std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner))
        };
        self.shards.iter().flat_map(taken).collect()
    }
}

/// Notes a call that was let through; `over`: one that a quota in shadow would have refused.
pub(super) fn passed(domain: &Domain, plan: &Plan, caller: Caller<'_>, now: Timestamp, over: bool) {
    note(domain, plan, caller, now, Calls { passed: 1, beyond: i64::from(over), refused: 0 });
}

/// Notes a call that was refused.
pub(super) fn refused(domain: &Domain, plan: &Plan, caller: Caller<'_>, now: Timestamp) {
    note(domain, plan, caller, now, Calls { passed: 0, beyond: 0, refused: 1 });
}

fn note(domain: &Domain, plan: &Plan, caller: Caller<'_>, now: Timestamp, calls: Calls) {
    if !plan.recorded {
        return;
    }
    let who = match caller.actor {
        Actor::Person(person) => match &person.key {
            Some(key) => Who::Key(key.id.0, person.user.0),
            None => Who::Person(person.user.0),
        },
        Actor::Anonymous | Actor::Operator => Who::Address(caller.address.map(counted)),
    };
    domain
        .usage_record()
        .add(Cell { who, hour: now.0.div_euclid(HOUR), tags: Arc::clone(&plan.tags) }, calls);
}

/// Writes what was counted; how many rows.
///
/// # Errors
/// None but those of the database; what was counted is counted on.
pub async fn flush(domain: &Domain) -> Result<usize> {
    let mut all = domain.usage_record().take();
    // Every server in one order, so that none waits for another that waits for it.
    all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (written, some) in all.chunks(AT_ONCE).enumerate() {
        if let Err(error) = write(domain, some).await {
            for (cell, calls) in &all[written * AT_ONCE..] {
                domain.usage_record().add(cell.clone(), *calls);
            }
            return Err(error);
        }
    }
    Ok(all.len())
}

async fn write(domain: &Domain, some: &[(Cell, Calls)]) -> Result<()> {
    let mut tx = domain.begin_light().await?;
    for (cell, calls) in some {
        let (who, user) = match cell.who {
            Who::Person(user) => (ledger::person(UserId(user)), Some(UserId(user))),
            Who::Key(key, owner) => (format!("key:{key}"), Some(UserId(owner))),
            Who::Address(address) => (ledger::address_text(address), None),
        };
        let row = store::usage::Called {
            who,
            hour: cell.hour,
            tags: cell.tags.to_string(),
            calls: calls.passed,
            beyond: calls.beyond,
            refused: calls.refused,
        };
        store::usage::add(&mut tx, &row, user).await?;
    }
    tx.commit().await.internal()
}

/// Forgets hours that are not kept any longer, windows that are long over and overrides that have ended.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    let before = domain.now().before(KEPT);
    let hours = store::usage::sweep(tx, before.0.div_euclid(HOUR)).await?;
    let windows = store::ledger::sweep(tx, domain.now().before(WINDOW_KEPT)).await?;
    Ok(hours + windows + store::lapsed(tx, domain.now()).await?)
}
