//! The conformance suite: ten thousand random schedules, decided by `decide.rs` in memory, by SQL on both engines and by
//! Redis, under a clock that stands where the schedule says.

use crate::limits::decide::{Gcra, Log};
use crate::limits::memory::{Bucket, Memory};
use crate::limits::{redis, store};
use crate::random::{Random, SeededRandom};
use crate::testing::{RedisServer, START, TestDomain};
use crate::{Options, both};
use std::collections::HashMap;
use std::time::Duration;
use vestibule_model::{Secret, Timestamp};

const SCHEDULES: u64 = 5_000;

/// Numbers from a seed.
struct Dice(SeededRandom);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    fn up_to(&self, most: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_be_bytes(bytes) % (most + 1)
    }

    /// Moments of calls, most close together, a few far apart, and now and then a clock that is set back.
    fn moments(&self, about: u64) -> Vec<Timestamp> {
        let mut now = START;
        let step = |now: Timestamp| match self.up_to(9) {
            0 => now,
            1 => now.after(Duration::from_micros(self.up_to(about * 20))),
            2 => now.before(Duration::from_micros(self.up_to(about))),
            _ => now.after(Duration::from_micros(self.up_to(about * 2))),
        };
        (0..2 + self.up_to(6))
            .map(|_| {
                now = step(now);
                now
            })
            .collect()
    }

    fn bucket(&self, number: u64) -> Bucket {
        (Bucket::from(self.up_to(u64::MAX - 1)) << 64) | Bucket::from(number)
    }
}

/// A bucket, its rule, how many are drawn at once, and the calls.
fn steady(number: u64) -> (Bucket, Gcra, i64, Vec<Timestamp>) {
    let dice = Dice::new(number + 1);
    let (most, burst) = (1 + dice.up_to(99), 1 + dice.up_to(if number.is_multiple_of(2) { 5 } else { 60 }));
    let gcra = Gcra::of(most, Duration::from_secs(1 + dice.up_to(59)), burst);
    let want = if number.is_multiple_of(3) { gcra.batch } else { 1 };
    let about = u64::try_from(gcra.interval).unwrap();
    (dice.bucket(number), gcra, want, dice.moments(about))
}

fn windows(number: u64) -> (Bucket, Log, Vec<Timestamp>) {
    let dice = Dice::new(number + 1_000_000);
    let log = Log::of(1 + dice.up_to(5), Duration::from_secs(1 + dice.up_to(59)));
    let about = u64::try_from(log.per / log.most).unwrap();
    (dice.bucket(number), log, dice.moments(about))
}

both! {
    async fn sql_draws_as_memory_does(t: TestDomain) {
        let mut tx = t.domain.begin_light().await.unwrap();
        for number in 0..SCHEDULES {
            let (bucket, gcra, want, moments) = steady(number);
            let mut tat = None;
            for now in moments {
                let wanted = gcra.draw(tat, want, now);
                if let Some(draw) = store::draw(&mut tx, bucket, &gcra, want, now).await.unwrap() {
                    assert_eq!(draw, wanted, "schedule {number}");
                } else {
                    assert_eq!(wanted.drawn, 0, "schedule {number}");
                    assert_eq!(store::moment(&mut tx, bucket).await.unwrap(), tat);
                    store::bring_back(&mut tx, bucket, tat.unwrap(), wanted.tat).await.unwrap();
                }
                tat = Some(wanted.tat);
            }
        }
    }

    async fn sql_counts_windows_as_memory_does(t: TestDomain) {
        let mut tx = t.domain.begin_light().await.unwrap();
        for number in 0..SCHEDULES {
            let (bucket, log, moments) = windows(number);
            let mut hits = Vec::new();
            for now in moments {
                let mut known = hits.clone();
                let wanted = log.count(&mut known, now);
                hits = known;
                assert_eq!(store::count(&mut tx, bucket, &log, now).await.unwrap(), wanted, "schedule {number}");
            }
        }
    }

    async fn what_is_over_is_swept(t: TestDomain) {
        let (gcra, log) = (Gcra::of(1, Duration::from_secs(1), 1), Log::of(1, Duration::from_secs(1)));
        let mut tx = t.domain.begin().await.unwrap();
        store::draw(&mut tx, 1, &gcra, 1, t.now()).await.unwrap();
        store::count(&mut tx, 2, &log, t.now()).await.unwrap();
        let later = |hours| t.now().after(Duration::from_hours(hours));
        assert_eq!(store::sweep(&mut tx, later(1), t.now()).await.unwrap(), 0);
        assert_eq!(store::sweep(&mut tx, later(2), t.now()).await.unwrap(), 2);
    }
}

#[test]
fn memory_keeps_what_decisions_need_and_forgets_the_rest() {
    let memory = Memory::default();
    for number in 0..SCHEDULES {
        let (bucket, gcra, _, moments) = steady(number);
        let mut tats: HashMap<Bucket, i64> = HashMap::new();
        for now in moments {
            let wanted = gcra.draw(tats.get(&bucket).copied(), 1, now);
            assert_eq!(memory.take(bucket, &gcra, now), wanted, "schedule {number}");
            tats.insert(bucket, wanted.tat);
        }
    }
}

/// A domain with Redis, for its connection alone.
async fn with_redis() -> Option<TestDomain> {
    TestDomain::with_redis(crate::testing::Engine::Sqlite, |_: &mut Options| {}).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_draws_as_memory_does() {
    let Some(t) = with_redis().await else { return };
    let redis = t.domain.redis().unwrap();
    for number in 0..SCHEDULES {
        let (bucket, gcra, want, moments) = steady(number);
        let mut tat = None;
        for now in moments {
            let wanted = gcra.draw(tat, want, now);
            let draw = redis::draw(redis, bucket, &gcra, want, now).await.unwrap();
            assert_eq!(draw, wanted, "schedule {number}");
            tat = Some(draw.tat);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_counts_windows_as_memory_does() {
    let Some(t) = with_redis().await else { return };
    let redis = t.domain.redis().unwrap();
    for number in 0..SCHEDULES {
        let (bucket, log, moments) = windows(number);
        let mut hits = Vec::new();
        for now in moments {
            let mut known = hits.clone();
            let wanted = log.count(&mut known, now);
            hits = known;
            let outcome = redis::count(redis, bucket, &log, now).await.unwrap();
            assert_eq!(outcome, wanted, "schedule {number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_forgets_what_it_is_told_to() {
    let Some(t) = with_redis().await else { return };
    let (redis, log) = (t.domain.redis().unwrap(), Log::of(1, Duration::from_mins(1)));
    let once = async || redis::count(redis, 9, &log, t.now()).await.unwrap().allowed;
    assert_eq!((once().await, once().await), (true, false));
    redis::forget(redis, 9).await.unwrap();
    assert!(once().await);
}

/// Kept here so that the type is used where no Redis is installed.
#[test]
fn a_redis_of_the_tests_has_a_url() {
    if let Some(server) = RedisServer::start() {
        assert!(!Secret::new(server.url()).expose().is_empty());
    }
}
