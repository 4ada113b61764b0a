//! Counts in the memory of this process: those of steady limits where one server has its own, and the calls that were drawn
//! from a shared bucket and not used yet. Many small maps, so that nobody waits for the whole; nothing here is awaited.

use super::decide::{Draw, Gcra, KEPT, Log, Outcome};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Mutex as Turn;
use vestibule_model::Timestamp;

/// Names a bucket: a keyed hash, so that nobody can choose which ones meet.
pub(super) type Bucket = u128;

/// Maps that share the buckets.
const SHARDS: usize = 64;
/// Turns that share the buckets.
const TURNS: usize = 1024;
/// A map is not looked through for what can be forgotten before it has so many.
const FEW: usize = 256;

/// Takes the bucket as it is: it is a hash already.
#[derive(Default)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, bucket: u128) {
        self.0 = u64::try_from(bucket & u128::from(u64::MAX)).unwrap_or(0);
    }
}

type Map<V> = HashMap<Bucket, V, BuildHasherDefault<AsIs>>;

/// A map that forgets by itself what tells nothing any more.
#[derive(Debug)]
struct Shard<V> {
    entries: Map<V>,
    /// Looked through when it has so many.
    look_at: usize,
}

impl<V> Shard<V> {
    fn tidied(&mut self, alive: impl Fn(&V) -> bool) {
        if self.entries.len() >= self.look_at {
            self.entries.retain(|_, value| alive(value));
            self.entries.shrink_to(FEW);
            self.look_at = (self.entries.len() * 2).max(FEW);
        }
    }
}

/// Calls that were drawn from a shared bucket.
#[derive(Clone, Copy, Debug)]
struct Purse {
    left: i64,
    until: i64,
    tat: i64,
}

/// What this process counts by itself.
#[derive(Debug)]
pub(super) struct Memory {
    /// The moments of steady limits.
    moments: Vec<Mutex<Shard<i64>>>,
    purses: Vec<Mutex<Shard<Purse>>>,
    /// Until when strict limits refuse, and as what they do.
    refusals: Vec<Mutex<Shard<(i64, Log)>>>,
    /// Counts up when something is forgotten.
    forgotten: AtomicU64,
    turns: Vec<Turn<()>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            moments: shards(),
            purses: shards(),
            refusals: shards(),
            forgotten: AtomicU64::new(0),
            turns: (0..TURNS).map(|_| Turn::new(())).collect(),
        }
    }
}

fn shards<V>() -> Vec<Mutex<Shard<V>>> {
    (0..SHARDS).map(|_| Mutex::new(Shard { entries: Map::default(), look_at: FEW })).collect()
}

fn tidy<V>(shards: &[Mutex<Shard<V>>], alive: impl Fn(&V) -> bool) {
    for shard in shards {
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.look_at = 0;
        shard.tidied(&alive);
    }
}

fn place(bucket: Bucket, of: usize) -> usize {
    usize::try_from((bucket >> 64) % of as u128).unwrap_or(0)
}

fn held<V>(shards: &[Mutex<Shard<V>>], bucket: Bucket) -> MutexGuard<'_, Shard<V>> {
    shards[place(bucket, SHARDS)].lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// Counts one call.
    pub(super) fn take(&self, bucket: Bucket, gcra: &Gcra, now: Timestamp) -> Draw {
        let mut shard = held(&self.moments, bucket);
        shard.tidied(|tat| *tat > now.0);
        let draw = gcra.draw(shard.entries.get(&bucket).copied(), 1, now);
        shard.entries.insert(bucket, draw.tat);
        draw
    }

    /// One of the calls that were drawn before, if one is left.
    pub(super) fn drawn_before(&self, bucket: Bucket, now: Timestamp) -> Option<Draw> {
        let mut shard = held(&self.purses, bucket);
        let purse = shard.entries.get_mut(&bucket)?;
        // Also gone when the clock was set back: its moment tells nothing then.
        if purse.left < 1 || now.0 >= purse.until || now.0 < purse.until - KEPT {
            shard.entries.remove(&bucket);
            return None;
        }
        purse.left -= 1;
        Some(Draw { tat: purse.tat, drawn: 1 })
    }

    /// Keeps what was drawn beyond the call that it was drawn for.
    pub(super) fn keep(&self, bucket: Bucket, draw: Draw, now: Timestamp) {
        if draw.drawn > 1 {
            let mut shard = held(&self.purses, bucket);
            shard.tidied(|purse| purse.until > now.0 && purse.left > 0);
            let purse = Purse { left: draw.drawn - 1, until: now.0 + KEPT, tat: draw.tat };
            shard.entries.insert(bucket, purse);
        }
    }

    /// What a strict limit that refused a short while ago still answers: nobody who floods it reaches a store again.
    pub(super) fn refuses(&self, bucket: Bucket, log: &Log, now: Timestamp) -> Option<Outcome> {
        let mut shard = held(&self.refusals, bucket);
        let (until, of) = *shard.entries.get(&bucket)?;
        // Also over when the limit is another one now, and when the clock was set back.
        if of != *log || now.0 >= until || until - now.0 > log.per {
            shard.entries.remove(&bucket);
            return None;
        }
        Some(Outcome { allowed: false, left: 0, more_at: Timestamp(until) })
    }

    /// Keeps that the strict limit `log` refused; not where something was forgotten since `forgotten` was looked at: what was
    /// asked before says nothing then.
    pub(super) fn keep_refusal(
        &self,
        bucket: Bucket,
        (log, forgotten): (&Log, u64),
        outcome: Outcome,
        now: Timestamp,
    ) {
        if outcome.allowed {
            return;
        }
        let mut shard = held(&self.refusals, bucket);
        if forgotten == self.forgotten() {
            shard.tidied(|(until, _)| *until > now.0);
            shard.entries.insert(bucket, (outcome.more_at.0, *log));
        }
    }

    /// How often something was forgotten.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::SeqCst)
    }

    /// One draws from a shared bucket at a time, so that what the one drew serves the next.
    pub(super) fn turn(&self, bucket: Bucket) -> &Turn<()> {
        &self.turns[place(bucket, TURNS)]
    }

    /// Forgets a bucket.
    pub(super) fn forget(&self, bucket: Bucket) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        held(&self.moments, bucket).entries.remove(&bucket);
        held(&self.purses, bucket).entries.remove(&bucket);
        held(&self.refusals, bucket).entries.remove(&bucket);
    }

    /// Forgets what tells nothing any more.
    pub(super) fn sweep(&self, now: Timestamp) {
        tidy(&self.moments, |tat| *tat > now.0);
        tidy(&self.refusals, |(until, _)| *until > now.0);
        tidy(&self.purses, |purse| purse.until > now.0 && purse.left > 0);
    }

    /// How many buckets are remembered, and the bytes that takes.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        let entry = size_of::<(Bucket, i64)>() + 1;
        let maps = self.moments.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        maps.fold((0, 0), |(count, bytes), shard| {
            (count + shard.entries.len(), bytes + shard.entries.capacity() * 8 / 7 * entry)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn bucket(number: u128) -> Bucket {
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    }

    #[test]
    fn ten_thousand_cost_little_and_are_forgotten_when_idle() {
        let (memory, gcra) = (Memory::default(), Gcra::of(60, Duration::from_mins(1), 60));
        for number in 0..10_000 {
            assert_eq!(memory.take(bucket(number), &gcra, NOW).drawn, 1);
        }
        let (count, bytes) = memory.size();
        assert_eq!(count, 10_000);
        assert!(bytes / count < 1024, "{bytes}");
        let later = NOW.after(Duration::from_secs(1));
        memory.sweep(later);
        assert_eq!(memory.size().0, 0);
    }

    #[test]
    fn a_flood_of_strangers_is_forgotten_while_it_comes() {
        let (memory, gcra) = (Memory::default(), Gcra::of(1_000, Duration::from_secs(1), 10));
        for number in 0..200_000_u32 {
            let now = NOW.after(Duration::from_micros(number.into()));
            memory.take(bucket(number.into()), &gcra, now);
        }
        assert!(memory.size().0 < 40_000, "{:?}", memory.size());
    }

    #[test]
    fn what_was_drawn_is_used_within_a_second_or_gone() {
        let memory = Memory::default();
        memory.keep(7, Draw { tat: NOW.0 + 5, drawn: 3 }, NOW);
        assert!(memory.drawn_before(7, NOW).is_some());
        assert!(memory.drawn_before(8, NOW).is_none());
        assert!(memory.drawn_before(7, NOW.after(Duration::from_secs(1))).is_none());
        assert!(memory.drawn_before(7, NOW).is_none(), "gone for good");
        memory.keep(7, Draw { tat: NOW.0 + 5, drawn: 3 }, NOW);
        let two = [(); 3].map(|()| memory.drawn_before(7, NOW).is_some());
        assert_eq!(two, [true, true, false]);
    }
}
