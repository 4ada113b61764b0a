//! Offences since they were last written down, and what was decided since then, in memory: noting one waits for nothing and
//! asks no database, however many come. Bounded: whoever sends offences from everywhere at once fills a fixed amount of memory
//! and no more. Called by the files of [`super`].

use super::score::{self, Score};
use super::subject::Subject;
use crate::rules::AbuseRules;
use ipnet::IpNet;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use vestibule_model::abuse::{Offence, Offences};
use vestibule_model::{Timestamp, UserId};

const SHARDS: usize = 16;
/// Most subjects of a shard between two times of writing down.
const MOST: usize = 2_048;
/// Most answers that are held back at once; whoever comes then is told to come again.
const MOST_HELD: usize = 256;
/// Most proxies that nobody named and that are spared.
const MOST_SPARED: usize = 256;
/// Most bytes kept of a path.
const LONGEST_PATH: usize = 120;

/// What a subject did since its offences were last written down.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) offences: Offences,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) path: Option<String>,
}

/// The offences of this process, and what follows for requests.
#[derive(Debug)]
pub(crate) struct Ledger {
    shards: [Mutex<HashMap<Subject, Noted>>; SHARDS],
    hasher: RandomState,
    /// Tells the worker that it is worth writing down now.
    pub(super) wake: Notify,
    any_slow: AtomicBool,
    slow: RwLock<HashMap<IpNet, Score>>,
    /// When somebody was forgiven last, as far as this process knows: a name for that moment.
    forgiven: Mutex<Option<String>>,
    spared: RwLock<HashSet<IpAddr>>,
    any_blocked: AtomicBool,
    blocked: RwLock<HashMap<UserId, Timestamp>>,
    /// Turns of those whose answers are held back.
    pub(super) turns: Semaphore,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            shards: Default::default(),
            hasher: RandomState::new(),
            wake: Notify::new(),
            any_slow: AtomicBool::new(false),
            slow: RwLock::default(),
            forgiven: Mutex::default(),
            spared: RwLock::default(),
            any_blocked: AtomicBool::new(false),
            blocked: RwLock::default(),
            turns: Semaphore::new(MOST_HELD),
        }
    }
}

impl Ledger {
    /// Notes an offence; whether so much came together that it should be written down at once.
    pub(super) fn note(
        &self,
        rules: &AbuseRules,
        (subject, offence): (Subject, Offence),
        path: Option<&str>,
        now: Timestamp,
    ) -> bool {
        let place = usize::try_from(self.hasher.hash_one(subject) % SHARDS as u64).unwrap_or_default();
        let mut shard = self.shards[place].lock().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= MOST && !shard.contains_key(&subject) {
            return true;
        }
        let noted = shard.entry(subject).or_insert_with(|| Noted {
            offences: BTreeMap::new(),
            first: now,
            last: now,
            path: None,
        });
        *noted.offences.entry(offence).or_default() += 1;
        noted.last = now.max(noted.last);
        // Other paths may be somebody's name.
        if let (Some(path), Offence::Probed) = (path, offence) {
            noted.path = Some(shortened(path));
        }
        score::worth(rules, &noted.offences) >= i64::from(rules.block_at) * score::POINT / 4
    }

    /// Takes everything that was noted, sorted by subject.
    pub(super) fn take(&self) -> Vec<(Subject, Noted)> {
        let mut all = Vec::new();
        for shard in &self.shards {
            all.extend(std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner)));
        }
        all.sort_unstable_by_key(|(subject, _)| *subject);
        all
    }

    /// Remembers the score of an address whose answers are to be held back, or forgets it.
    pub(super) fn slow_down(&self, network: IpNet, score: Option<Score>) {
        let mut slow = self.slow.write().unwrap_or_else(PoisonError::into_inner);
        match score {
            Some(score) if slow.len() < SHARDS * MOST || slow.contains_key(&network) => {
                slow.insert(network, score);
            }
            Some(_) => {}
            None => {
                slow.remove(&network);
            }
        }
        self.any_slow.store(!slow.is_empty(), Ordering::SeqCst);
    }

    /// Remembers when somebody was forgiven last, by any process. Where that is news nobody is slowed down any more: who was
    /// not forgiven is again with the next offence.
    pub(super) fn keep_forgiven(&self, last: Option<String>) {
        let mut known = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != last {
            self.slow.write().unwrap_or_else(PoisonError::into_inner).clear();
            self.any_slow.store(false, Ordering::SeqCst);
            *known = last;
        }
    }

    /// Holds nothing against `address` any more; whether that is new.
    pub(super) fn spare(&self, address: IpAddr) -> bool {
        if self.is_spared(address) {
            return false;
        }
        let mut spared = self.spared.write().unwrap_or_else(PoisonError::into_inner);
        spared.len() < MOST_SPARED && spared.insert(address.to_canonical())
    }

    /// Whether nothing is held against `address`.
    pub(super) fn is_spared(&self, address: IpAddr) -> bool {
        self.spared.read().unwrap_or_else(PoisonError::into_inner).contains(&address.to_canonical())
    }

    /// Forgets those that are slowed down no more.
    pub(super) fn prune(&self, rules: &AbuseRules, now: Timestamp) {
        if !self.any_slow.load(Ordering::SeqCst) {
            return;
        }
        let mut slow = self.slow.write().unwrap_or_else(PoisonError::into_inner);
        slow.retain(|_, score| !score::delay(rules, score.now(rules, now)).is_zero());
        self.any_slow.store(!slow.is_empty(), Ordering::SeqCst);
    }

    /// How long an answer to `network` is held back.
    pub(super) fn delay(
        &self,
        rules: &AbuseRules,
        network: impl FnOnce() -> IpNet,
        now: Timestamp,
    ) -> Duration {
        if !self.any_slow.load(Ordering::SeqCst) {
            return Duration::ZERO;
        }
        let slow = self.slow.read().unwrap_or_else(PoisonError::into_inner);
        slow.get(&network()).map_or(Duration::ZERO, |score| score::delay(rules, score.now(rules, now)))
    }

    /// Remembers which accounts are blocked, and until when.
    pub(super) fn keep_blocked(&self, blocked: HashMap<UserId, Timestamp>) {
        let any = !blocked.is_empty();
        *self.blocked.write().unwrap_or_else(PoisonError::into_inner) = blocked;
        self.any_blocked.store(any, Ordering::SeqCst);
    }

    /// When the block of this account ends, if there is one.
    pub(super) fn blocked_until(&self, user: UserId, now: Timestamp) -> Option<Timestamp> {
        if !self.any_blocked.load(Ordering::SeqCst) {
            return None;
        }
        let blocked = self.blocked.read().unwrap_or_else(PoisonError::into_inner);
        blocked.get(&user).copied().filter(|until| *until > now)
    }
}

/// A path as it is kept: never its query, where tokens stand.
fn shortened(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let mut end = path.len().min(LONGEST_PATH);
    while !path.is_char_boundary(end) {
        end -= 1;
    }
    path[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: u32) -> Subject {
        Subject::at(std::net::IpAddr::V4(address.into()))
    }

    #[test]
    fn it_holds_a_bounded_number_and_says_when_it_is_full() {
        let (ledger, rules) = (Ledger::default(), AbuseRules::default());
        let full = (0..200_000)
            .map(|n| ledger.note(&rules, (at(n), Offence::Absent), None, Timestamp(1)))
            .filter(|full| *full);
        assert!(full.count() > 100_000);
        let all = ledger.take();
        assert_eq!(all.len(), SHARDS * MOST);
        assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(ledger.take().is_empty());
    }

    #[test]
    fn much_from_one_is_told_at_once_and_paths_are_short() {
        let (ledger, rules) = (Ledger::default(), AbuseRules::default());
        let path = format!("/{}?token=secret", "ü".repeat(100));
        let told: Vec<bool> = (0..4)
            .map(|n| ledger.note(&rules, (at(7), Offence::Probed), Some(&path), Timestamp(n)))
            .collect();
        assert_eq!(told, [false, false, false, true]);
        let (_, noted) = ledger.take().pop().unwrap();
        let kept = noted.path.unwrap();
        assert!(kept.len() <= LONGEST_PATH && !kept.contains("token"));
        assert_eq!(
            (noted.first, noted.last, noted.offences[&Offence::Probed]),
            (Timestamp(0), Timestamp(3), 4)
        );
    }
}
