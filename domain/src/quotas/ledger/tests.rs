//! One ledger, whatever keeps it: a random schedule of everything that is done to it has the same outcome in SQLite, in
//! Postgres and in Redis as in a few lines of plain arithmetic.

use super::*;
use crate::testing::{Engine, TestDomain};
use std::time::Duration;

/// The ledger as it is meant.
#[derive(Clone, Copy, Debug, Default)]
struct Plain {
    start: i64,
    ends: i64,
    taken: u64,
    granted: u64,
    blocked: i64,
}

impl Plain {
    /// The block, and the row as it is told.
    fn take(&mut self, want: &Want) -> (u64, Self) {
        let now = want.now.0;
        if self.blocked > want.lifted.0 {
            return (0, *self);
        }
        if self.ends <= now {
            let opened = Self { start: want.opening.start.0, ends: want.opening.end.0, ..Self::default() };
            if want.first() < want.cost {
                return (0, opened);
            }
            *self = opened;
        } else if self.taken + want.cost > want.ceiling + self.granted {
            return (0, *self);
        }
        let (limit, ceiling) = (want.limit + self.granted, want.ceiling + self.granted);
        let block = decide::block(self.taken, limit, ceiling, want.need);
        self.taken += block;
        (block, *self)
    }
}

/// Does to a row what an administrator does; whether there was one.
async fn done(domain: &Domain, row: &Row, change: Change) -> bool {
    let both = [(row.clone(), change)];
    let mut tx = domain.begin().await.unwrap();
    let there = super::change(domain, &mut tx, &both[0]).await.unwrap();
    tx.commit().await.unwrap();
    change_late(domain, &both).await.unwrap();
    there
}

/// The same numbers on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

async fn as_it_is_meant(t: &TestDomain, steps: usize) {
    let (domain, mut numbers) = (&t.domain, Numbers(7));
    let row = Row { quota: "q".into(), subject: "address:192.0.2.1".into(), user: None };
    let mut plain = Plain::default();
    for step in 0..steps {
        let now = t.now();
        let hour = 3_600_000_000;
        let start = Timestamp(now.0.div_euclid(hour) * hour);
        let opening = Span { start, end: Timestamp(start.0 + hour) };
        match numbers.below(20) {
            0 => t.clock.advance(Duration::from_mins(7)),
            1 if plain.ends > 0 => {
                assert!(done(domain, &row, Change::Reset).await);
                plain.start = if plain.start < now.0 { now.0 } else { plain.start + 1 };
                (plain.taken, plain.granted, plain.blocked) = (0, 0, 0);
            }
            2 => {
                done(domain, &row, Change::Grant { opening, units: 5 }).await;
                if plain.ends <= now.0 {
                    plain = Plain { start: opening.start.0, ends: opening.end.0, ..Plain::default() };
                }
                (plain.granted, plain.blocked) = (plain.granted + 5, 0);
            }
            3 if plain.ends > 0 => {
                let until = now.after(Duration::from_mins(1 + numbers.below(90)));
                let mut tx = domain.begin().await.unwrap();
                let done = block(domain, &mut tx, &row, until).await.unwrap();
                tx.commit().await.unwrap();
                assert_eq!(done, plain.blocked == 0 && plain.ends > now.0, "{step}");
                plain.blocked = if done { until.0 } else { plain.blocked };
            }
            4 | 5 => {
                // Of this window, or of one that is over.
                let start = Timestamp(plain.start - i64::try_from(numbers.below(2)).unwrap());
                let subject = Subject::Address(None);
                let rest = Rest {
                    slot: super::super::till::Slot { rule: 0, subject },
                    start,
                    units: numbers.below(9),
                };
                hand_back(domain, &[(row.clone(), rest)]).await.unwrap();
                if plain.ends > 0 && start.0 == plain.start && plain.taken >= rest.units {
                    plain.taken -= rest.units;
                }
            }
            _ => {
                let limit = [0, 3, 40, 900, 5_000][usize::try_from(numbers.below(5)).unwrap()];
                let cost = 1 + numbers.below(3);
                let need = cost + numbers.below(30);
                // Where nobody is refused, no block is obeyed.
                let lifted = if numbers.below(10) == 0 { windows::FAR } else { now };
                let ceiling = limit + numbers.below(2) * 7;
                let want = Want { opening, limit, ceiling, cost, need, now, lifted };
                let taken = take(domain, &row, &want).await.unwrap();
                let (block, kept) = plain.take(&want);
                assert_eq!(taken.block, block, "{step}: {want:?} {plain:?}");
                let blocked = taken.blocked_until.map_or(0, |until| until.0);
                let told = (taken.in_all, taken.granted, taken.span.start.0, taken.span.end.0, blocked);
                let meant = (kept.taken, kept.granted, kept.start, kept.ends, kept.blocked);
                assert_eq!(told, meant, "{step}: {want:?}");
            }
        }
    }
    assert!(plain.ends > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_sqlite() {
    as_it_is_meant(&TestDomain::on(Engine::Sqlite).await.unwrap(), 3_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_postgres() {
    if let Some(t) = TestDomain::on(Engine::Postgres).await {
        as_it_is_meant(&t, 3_000).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_redis() {
    if let Some(t) = TestDomain::with_redis(Engine::Sqlite, |_| {}).await {
        as_it_is_meant(&t, 10_000).await;
    }
}
