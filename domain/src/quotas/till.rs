//! What this server holds of leases, and how it spends from them: memory alone, no statement. What is lost with it counts
//! as spent. Called by [`super::spend()`] alone.

#[cfg(test)]
mod tests;

use super::book::Rule;
use super::decide::{self, UNLIMITED};
use super::windows::{self, Span};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;
use vestibule_model::Timestamp;
use vestibule_model::quotas::{Allowance, AtLimit, Mode};

/// How many parts the map has, so that processors seldom wait for one another.
const SHARDS: usize = 32;

/// How long it is believed that nothing is left: another server may hand something back.
const BELIEVED: Duration = Duration::from_millis(200);

/// How long somebody must not have called until what is left of their block is handed back.
pub(super) const IDLE: Duration = Duration::from_secs(2);

/// How long somebody must not have called until they are forgotten.
const FORGOTTEN: Duration = Duration::from_mins(2);

/// Whose units are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Person(Uuid),
    /// A key and its owner.
    Key(Uuid, Uuid),
    /// A group by its place among those that the quota names; nothing for everybody else.
    Group(Option<u16>),
    /// As it is counted; nothing where none is known.
    Address(Option<IpAddr>),
}

/// Somebody as one quota counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    /// The quota.
    pub(super) rule: u64,
    pub(super) subject: Subject,
}

/// What was said for somebody alone, and until when.
pub(super) type Over = (Allowance, Option<Timestamp>);

/// What a call asks of a lease.
#[derive(Clone, Copy)]
pub(super) struct Ask {
    /// What the caller may spend unless something was said for them alone.
    pub(super) base: Allowance,
    pub(super) cost: u64,
    pub(super) now: Timestamp,
    /// The version of the database's overrides, grants and resets.
    pub(super) seen: i64,
}

/// What a lease says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It is let through.
    Spent(Count),
    /// Nothing is left until then.
    Refused(Count, Option<Timestamp>),
    /// It is let through when it has waited so long.
    Later(Count, Duration),
    /// The ledger must be asked.
    Unknown,
}

/// How somebody stands after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// What may be spent, grants among it; nothing where there is no limit.
    pub(super) limit: Option<u64>,
    pub(super) left: u64,
    pub(super) span: Span,
    /// Whether it went over the limit of a quota that refuses nobody.
    pub(super) over: bool,
}

/// What was taken from the ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) span: Span,
    /// Taken in all, by every server.
    pub(super) in_all: u64,
    /// Taken for this one now; 0 when it was refused.
    pub(super) block: u64,
    pub(super) granted: u64,
    pub(super) blocked_until: Option<Timestamp>,
    /// The percentage that was told last.
    pub(super) told: i64,
}

/// What is handed back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    pub(super) slot: Slot,
    pub(super) start: Timestamp,
    pub(super) units: u64,
}

#[derive(Debug)]
struct Lease {
    seen: i64,
    over: Option<Over>,
    allowance: Allowance,
    span: Span,
    taken: u64,
    granted: u64,
    left: u64,
    /// Until when it is believed that the ledger refuses.
    empty_until: Timestamp,
    blocked_until: Option<Timestamp>,
    used_at: Timestamp,
    waiting: u32,
    refilling: bool,
    turn: Option<Arc<Turn>>,
    rule: Arc<Rule>,
}

/// Those who wait for one another's question to the ledger: one asks, for all.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) asking: tokio::sync::Mutex<()>,
    /// Units that are waited for.
    pub(super) wanted: AtomicU64,
}

/// The leases of this server.
pub(crate) struct Till {
    hasher: RandomState,
    shards: Box<[Mutex<HashMap<Slot, Lease>>]>,
}

impl Default for Till {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Till {
    fn shard(&self, slot: &Slot) -> MutexGuard<'_, HashMap<Slot, Lease>> {
        let place = usize::try_from(self.hasher.hash_one(slot) >> 32).unwrap_or_default() % SHARDS;
        self.shards[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spends from the lease, if that can be decided here.
    pub(super) fn try_spend(&self, rule: &Rule, slot: &Slot, ask: Ask) -> Said {
        let mut shard = self.shard(slot);
        shard.get_mut(slot).map_or(Said::Unknown, |lease| lease.spend(rule, ask))
    }

    /// Whether it can be decided here what a call is told; nothing is spent.
    pub(super) fn knows(&self, rule: &Rule, slot: &Slot, ask: Ask) -> bool {
        self.shard(slot).get(slot).is_some_and(|lease| lease.knows(rule, ask))
    }

    /// Whether a block should be taken in advance, so that nobody waits for it; of many who ask, one is told so.
    pub(super) fn claim_refill(&self, slot: &Slot) -> bool {
        let mut shard = self.shard(slot);
        let Some(lease) = shard.get_mut(slot) else { return false };
        let (limit, _) = lease.bounds();
        let large = decide::block(lease.taken, limit, limit, 1);
        let low = large > 8 && lease.left < large / 4 && !lease.refilling;
        lease.refilling |= low;
        low
    }

    /// Puts back what a call spent that was refused after all, or cost less than was thought.
    pub(super) fn put_back(&self, slot: &Slot, start: Timestamp, units: u64) {
        if let Some(lease) = self.shard(slot).get_mut(slot)
            && lease.span.start == start
        {
            lease.left += units;
            lease.empty_until = Timestamp(i64::MIN);
        }
    }

    /// The turn of those who ask the ledger about this one.
    pub(super) fn turn(&self, rule: &Arc<Rule>, slot: Slot, now: Timestamp) -> Arc<Turn> {
        let mut shard = self.shard(&slot);
        let lease = shard.entry(slot).or_insert_with(|| Lease::none(rule, now));
        Arc::clone(lease.turn.get_or_insert_default())
    }

    /// What was said for this one alone, if that is still true.
    pub(super) fn known_override(&self, slot: &Slot, ask: Ask) -> Option<Option<Over>> {
        self.shard(slot).get(slot).filter(|lease| lease.is_seen(ask)).map(|lease| lease.over)
    }

    /// Takes what is left of a lease that says nothing any more: the window is over, or the allowance is another.
    pub(super) fn take_stale(
        &self,
        rule: &Rule,
        slot: &Slot,
        allowance: Allowance,
        ask: Ask,
    ) -> Option<(Arc<Rule>, Rest)> {
        let mut shard = self.shard(slot);
        let lease = shard.get_mut(slot)?;
        let same = lease.rule.version == rule.version && lease.allowance == allowance;
        if (same && lease.seen == ask.seen && ask.now < lease.span.end) || lease.left == 0 {
            return None;
        }
        let units = std::mem::take(&mut lease.left);
        // What was counted otherwise is not in the ledger any more.
        let counted = !rule.quota.counts_anew(&lease.rule.quota);
        counted.then(|| (Arc::clone(&lease.rule), Rest { slot: *slot, start: lease.span.start, units }))
    }

    /// Keeps what the ledger said.
    pub(super) fn keep(
        &self,
        rule: &Arc<Rule>,
        slot: &Slot,
        (over, allowance, seen): (Option<Over>, Allowance, i64),
        taken: &Taken,
        now: Timestamp,
    ) {
        let mut shard = self.shard(slot);
        let Some(lease) = shard.get_mut(slot) else { return };
        if lease.span.start != taken.span.start {
            lease.left = 0;
        }
        if lease.rule.version != rule.version {
            lease.rule = Arc::clone(rule);
        }
        (lease.over, lease.allowance, lease.seen) = (over, allowance, seen);
        (lease.span, lease.taken, lease.granted) = (taken.span, taken.in_all, taken.granted);
        lease.left += taken.block;
        lease.blocked_until = taken.blocked_until;
        lease.empty_until = if taken.block == 0 { now.after(BELIEVED) } else { Timestamp(i64::MIN) };
        (lease.refilling, lease.used_at) = (false, now);
    }

    /// Says that the block in advance could not be had.
    pub(super) fn refill_failed(&self, slot: &Slot) {
        if let Some(lease) = self.shard(slot).get_mut(slot) {
            lease.refilling = false;
        }
    }

    /// Lets one more wait at the limit; nothing when as many do as may.
    pub(super) fn begin_to_wait(&self, slot: &Slot, most: u32) -> bool {
        let mut shard = self.shard(slot);
        let Some(lease) = shard.get_mut(slot).filter(|lease| lease.waiting < most) else { return false };
        lease.waiting += 1;
        true
    }

    pub(super) fn end_to_wait(&self, slot: &Slot) {
        if let Some(lease) = self.shard(slot).get_mut(slot) {
            lease.waiting = lease.waiting.saturating_sub(1);
        }
    }

    /// What is left here of somebody's block, which the ledger counts as taken.
    pub(super) fn left(&self, slot: &Slot, start: Timestamp) -> u64 {
        self.shard(slot).get(slot).filter(|lease| lease.span.start == start).map_or(0, |lease| lease.left)
    }

    /// Takes what is left of the blocks of those who did not call since `before`, and forgets who is long gone.
    pub(super) fn take_idle(&self, before: Timestamp, now: Timestamp) -> Vec<(Arc<Rule>, Rest)> {
        let mut rests = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|slot, lease| {
                if lease.left > 0 && lease.used_at <= before {
                    let units = std::mem::take(&mut lease.left);
                    let rest = Rest { slot: *slot, start: lease.span.start, units };
                    rests.push((Arc::clone(&lease.rule), rest));
                }
                let asked = lease.turn.as_ref().is_some_and(|turn| Arc::strong_count(turn) > 1);
                let gone = now.since(lease.used_at) >= FORGOTTEN && lease.left == 0;
                !gone || asked || lease.waiting > 0 || lease.refilling
            });
        }
        rests
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }
}

impl Lease {
    /// One that says nothing.
    fn none(rule: &Arc<Rule>, now: Timestamp) -> Self {
        let long_ago = Timestamp(i64::MIN);
        Self {
            seen: i64::MIN,
            over: None,
            allowance: Allowance::Units(0),
            span: Span { start: long_ago, end: long_ago },
            taken: 0,
            granted: 0,
            left: 0,
            empty_until: long_ago,
            blocked_until: None,
            used_at: now,
            waiting: 0,
            refilling: false,
            turn: None,
            rule: Arc::clone(rule),
        }
    }

    /// What may be spent, grants among it; and whether there is a limit at all.
    fn bounds(&self) -> (u64, bool) {
        match self.allowance {
            Allowance::Units(units) => (units.saturating_add(self.granted), true),
            Allowance::Unlimited => (UNLIMITED, false),
        }
    }

    fn count(&self, over: bool) -> Count {
        let (limit, limited) = self.bounds();
        let used = self.taken.saturating_sub(self.left);
        Count { limit: limited.then_some(limit), left: limit.saturating_sub(used), span: self.span, over }
    }

    fn spend(&mut self, rule: &Rule, ask: Ask) -> Said {
        self.used_at = self.used_at.max(ask.now);
        if !self.fits(rule, ask) {
            return Said::Unknown;
        }
        let enforced = rule.quota.mode == Mode::Enforce;
        if enforced && let Some(until) = self.blocked_until.filter(|until| ask.now < *until) {
            return Said::Refused(self.count(false), Some(until));
        }
        if ask.now >= self.span.end {
            return Said::Unknown;
        }
        if self.left < ask.cost {
            let believed = enforced && ask.now < self.empty_until;
            return if believed { Said::Refused(self.count(false), self.resets_at()) } else { Said::Unknown };
        }
        self.left -= ask.cost;
        let (limit, limited) = self.bounds();
        let beyond = self.taken.saturating_sub(self.left).saturating_sub(limit);
        if !limited || beyond == 0 {
            return Said::Spent(self.count(false));
        }
        match (enforced, rule.quota.at_limit) {
            (true, AtLimit::Slow) => Said::Later(self.count(false), decide::delay(rule.quota.slow, beyond)),
            // What was taken within the limit stays good when the limit is lowered by nothing but a window's end.
            (true, AtLimit::Refuse) => Said::Spent(self.count(false)),
            (false, _) => Said::Spent(self.count(true)),
        }
    }

    fn knows(&self, rule: &Rule, ask: Ask) -> bool {
        let enforced = rule.quota.mode == Mode::Enforce;
        let blocked = enforced && self.blocked_until.is_some_and(|until| ask.now < until);
        let refuses = enforced && ask.now < self.empty_until;
        let runs = ask.now < self.span.end && (self.left >= ask.cost || refuses);
        self.fits(rule, ask) && (blocked || runs)
    }

    /// Whether what was said for this one alone is still true.
    fn is_seen(&self, ask: Ask) -> bool {
        self.seen == ask.seen && self.over.and_then(|(_, end)| end).is_none_or(|end| ask.now < end)
    }

    /// Whether it says anything of such a call.
    fn fits(&self, rule: &Rule, ask: Ask) -> bool {
        let allowance = self.over.map_or(ask.base, |(allowance, _)| allowance);
        self.rule.version == rule.version && self.is_seen(ask) && allowance == self.allowance
    }

    fn resets_at(&self) -> Option<Timestamp> {
        (self.span.end != windows::FAR).then_some(self.span.end)
    }
}
