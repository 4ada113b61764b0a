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
    /// It is let through. To one of many it is said that a block should be taken in advance, so that nobody waits for it.
    Spent(Count, bool),
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
    /// For calls that cost so much; cheaper ones may find something.
    empty_for: u64,
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
    pub(super) asking: Arc<tokio::sync::Mutex<()>>,
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

    /// Whether a block in advance is still to be had.
    pub(super) fn is_refilling(&self, slot: &Slot) -> bool {
        self.shard(slot).get(slot).is_some_and(|lease| lease.refilling)
    }

    /// Puts back what a call spent that was refused after all, or cost less than was thought; whether it is still from here
    /// that such units are spent.
    pub(super) fn put_back(&self, rule: &Rule, rest: &Rest) -> bool {
        let mut shard = self.shard(&rest.slot);
        let Some(lease) = shard.get_mut(&rest.slot).filter(|lease| lease.is_of(rule, rest.start)) else {
            return false;
        };
        lease.left += rest.units;
        lease.empty_until = Timestamp(i64::MIN);
        true
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
        lease.take_rest(slot)
    }

    /// Keeps what the ledger said; what must be handed back for it: the rest of another window, or the block itself where
    /// nobody is remembered whom it is for.
    pub(super) fn keep(
        &self,
        rule: &Arc<Rule>,
        slot: &Slot,
        (over, allowance, seen): (Option<Over>, Allowance, i64),
        taken: &Taken,
        (cost, now): (u64, Timestamp),
    ) -> Option<(Arc<Rule>, Rest)> {
        let mut shard = self.shard(slot);
        let Some(lease) = shard.get_mut(slot) else {
            let rest = Rest { slot: *slot, start: taken.span.start, units: taken.block };
            return (taken.block > 0).then(|| (Arc::clone(rule), rest));
        };
        let same = lease.is_of(rule, taken.span.start);
        let former = if same { None } else { lease.take_rest(slot) };
        if lease.rule.version != rule.version {
            lease.rule = Arc::clone(rule);
        }
        (lease.over, lease.allowance, lease.seen) = (over, allowance, seen);
        (lease.span, lease.taken, lease.granted) = (taken.span, taken.in_all, taken.granted);
        lease.left += taken.block;
        lease.blocked_until = taken.blocked_until;
        lease.empty_until = if taken.block == 0 { now.after(BELIEVED) } else { Timestamp(i64::MIN) };
        (lease.empty_for, lease.refilling, lease.used_at) = (cost, false, now);
        former
    }

    /// Refuses everything until then.
    pub(super) fn block(&self, slot: &Slot, until: Timestamp) {
        if let Some(lease) = self.shard(slot).get_mut(slot) {
            lease.blocked_until = Some(until);
        }
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
    pub(super) fn left(&self, rule: &Rule, slot: &Slot, start: Timestamp) -> u64 {
        // Also where the quota was changed since, and this one did not call again: the ledger's row is the same.
        let is_of = |lease: &&Lease| lease.rule.ledger == rule.ledger && lease.span.start == start;
        self.shard(slot).get(slot).filter(is_of).map_or(0, |lease| lease.left)
    }

    /// Takes what is left of the blocks of those who did not call since `before`, and forgets who is long gone and had
    /// nothing left.
    pub(super) fn take_idle(&self, before: Timestamp, now: Timestamp) -> Vec<(Arc<Rule>, Rest)> {
        let mut rests = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|slot, lease| {
                let asked = lease.turn.as_ref().is_some_and(|turn| Arc::strong_count(turn) > 1);
                let gone = now.since(lease.used_at) >= FORGOTTEN && lease.left == 0;
                if lease.used_at <= before {
                    rests.extend(lease.take_rest(slot));
                }
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
            empty_for: 0,
            blocked_until: None,
            used_at: now,
            waiting: 0,
            refilling: false,
            turn: None,
            rule: Arc::clone(rule),
        }
    }

    /// Whether its units are of that window of that quota, as it is now.
    fn is_of(&self, rule: &Rule, start: Timestamp) -> bool {
        self.rule.version == rule.version && self.span.start == start
    }

    fn take_rest(&mut self, slot: &Slot) -> Option<(Arc<Rule>, Rest)> {
        let rest = Rest { slot: *slot, start: self.span.start, units: std::mem::take(&mut self.left) };
        (rest.units > 0).then(|| (Arc::clone(&self.rule), rest))
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
            return Said::Refused(self.count(false), self.after_block(rule, ask, until));
        }
        if ask.now >= self.span.end {
            return Said::Unknown;
        }
        if self.left < ask.cost {
            let believed = enforced && self.is_empty(ask);
            return if believed { Said::Refused(self.count(false), self.resets_at()) } else { Said::Unknown };
        }
        self.left -= ask.cost;
        let (limit, limited) = self.bounds();
        let beyond = self.taken.saturating_sub(self.left).saturating_sub(limit);
        if !limited || beyond == 0 {
            return self.let_through(false);
        }
        match (enforced, rule.quota.at_limit) {
            (true, AtLimit::Slow) => Said::Later(self.count(false), decide::delay(rule.quota.slow, beyond)),
            // What was taken within the limit stays good when the limit is lowered by nothing but a window's end.
            (true, AtLimit::Refuse) => self.let_through(false),
            (false, _) => self.let_through(true),
        }
    }

    fn let_through(&mut self, over: bool) -> Said {
        let (limit, _) = self.bounds();
        let large = decide::block(self.taken, limit, limit, 1);
        let low = large > 8 && self.left < large / 4 && !self.refilling;
        self.refilling |= low;
        Said::Spent(self.count(over), low)
    }

    /// When such a call is let through, where everything is refused until `lifted`: not before the window ends, where too
    /// little is left in it.
    fn after_block(&self, rule: &Rule, ask: Ask, lifted: Timestamp) -> Option<Timestamp> {
        let ceiling = self.allowance.units().map(|units| rule.quota.ceiling(units));
        let used = self.taken.saturating_sub(self.left).saturating_add(ask.cost);
        let spent = ceiling.is_some_and(|ceiling| used > ceiling.saturating_add(self.granted));
        let runs = ask.now < self.span.end && lifted < self.span.end;
        if spent && runs { self.resets_at() } else { Some(lifted) }
    }

    /// Whether it is believed that the ledger has nothing for such a call.
    fn is_empty(&self, ask: Ask) -> bool {
        ask.now < self.empty_until && ask.cost >= self.empty_for
    }

    fn knows(&self, rule: &Rule, ask: Ask) -> bool {
        let enforced = rule.quota.mode == Mode::Enforce;
        let blocked = enforced && self.blocked_until.is_some_and(|until| ask.now < until);
        let refuses = enforced && self.is_empty(ask);
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
