//! Many at once, on one node and on two: never more than the limit, and where enough come, not one less. And what holds while
//! a store is away.

use super::{call, from, limit, passes, strict, with};
use crate::limits::{Bookmark, Counting};
use crate::testing::{CROWD, Engine, TestDomain, at_once};
use crate::{Domain, Options};
use std::time::Duration;
use vestibule_model::limits::LimitForm;
use vestibule_model::{Error, Secret};

/// How many of a crowd pass, by turns on these nodes.
async fn passed(nodes: &[&TestDomain]) -> usize {
    let domains: Vec<Domain> = nodes.iter().map(|node| node.domain.clone()).collect();
    let one = |number: usize| {
        let domain = domains[number % domains.len()].clone();
        async move { call(&domain, from("192.0.2.1")).await.0.is_ok() }
    };
    at_once(CROWD, one).await.into_iter().filter(|passed| *passed).count()
}

/// A second node on the same data, with the same options.
async fn second(t: &TestDomain, change: &impl Fn(&mut Options)) -> TestDomain {
    let mut node = t.node().await;
    let mut options = node.options();
    change(&mut options);
    node.domain = Domain::open(options).await.unwrap();
    node
}

async fn fifty_pass(t: Option<TestDomain>, form: LimitForm, nodes: usize) {
    let Some(t) = t else { return };
    let other = second(&t, &with(form)).await;
    let nodes = &[&t, &other][..nodes];
    assert_eq!(passed(nodes).await, 50);
    for node in nodes {
        assert!(!passes(node, "192.0.2.1").await, "nothing is left");
        assert!(passes(node, "192.0.2.2").await, "others are not concerned");
    }
}

fn fifty() -> LimitForm {
    limit("address", 50, "1h")
}

fn strict_fifty() -> LimitForm {
    strict(50, "1h")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_at_once_50_pass_in_memory() {
    fifty_pass(TestDomain::with(Engine::Sqlite, with(fifty())).await, fifty(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_at_once_50_pass_on_two_nodes_over_postgres() {
    fifty_pass(TestDomain::with(Engine::Postgres, with(fifty())).await, fifty(), 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_at_once_50_pass_on_two_nodes_over_redis() {
    fifty_pass(TestDomain::with_redis(Engine::Sqlite, with(fifty())).await, fifty(), 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_at_once_50_pass_a_strict_limit_on_sqlite() {
    fifty_pass(TestDomain::with(Engine::Sqlite, with(strict_fifty())).await, strict_fifty(), 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_at_once_50_pass_a_strict_limit_over_postgres() {
    fifty_pass(TestDomain::with(Engine::Postgres, with(strict_fifty())).await, strict_fifty(), 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_at_once_50_pass_a_strict_limit_over_redis() {
    let t = TestDomain::with_redis(Engine::Sqlite, with(strict_fifty())).await;
    fifty_pass(t, strict_fifty(), 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_counts_outlive_the_process() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let change = with(strict(2, "10m"));
        let Some(t) = TestDomain::with(engine, &change).await else { continue };
        assert!(passes(&t, "192.0.2.1").await);
        let next = second(&t, &change).await;
        assert!(passes(&next, "192.0.2.1").await);
        let last = second(&t, &change).await;
        assert!(!passes(&last, "192.0.2.1").await);
        t.clock.advance(Duration::from_mins(10));
        assert!(passes(&last, "192.0.2.1").await);
    }
}

/// Who waits as long as `Retry-After` says is heard, wherever it is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_as_told_is_heard() {
    for form in [limit("address", 7, "10s"), strict(7, "10s")] {
        let mut sites = Vec::new();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            sites.extend(TestDomain::with(engine, with(form.clone())).await);
        }
        sites.extend(TestDomain::with_redis(Engine::Sqlite, with(form.clone())).await);
        for t in sites {
            for _ in 0..30 {
                t.clock.advance(Duration::from_micros(300_001));
                if let (Err(Error::RateLimited { retry_at, .. }), _) =
                    call(&t.domain, from("192.0.2.1")).await
                {
                    let seconds = retry_at.since(t.now()).as_micros().div_ceil(1_000_000);
                    t.clock.advance(Duration::from_secs(u64::try_from(seconds).unwrap()));
                    assert!(passes(&t, "192.0.2.1").await);
                }
            }
        }
    }
}

/// A site whose Redis is nowhere, and a limit of three.
async fn without_redis(engine: Engine, form: LimitForm) -> Option<TestDomain> {
    let change = with(form);
    let nowhere = move |options: &mut Options| {
        change(options);
        options.redis_url = Some(Secret::new("redis+unix:///nowhere/redis.sock"));
    };
    TestDomain::with(engine, nowhere).await
}

async fn outcomes(t: &TestDomain) -> Vec<Option<&'static str>> {
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        outcomes.push(call(&t.domain, from("192.0.2.1")).await.0.err().map(|error| error.code()));
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_each_limit_does_as_it_says() {
    let said = |on: &str| LimitForm { on_store_error: Some(on.into()), ..limit("address", 3, "1h") };
    let of = async |form| outcomes(&without_redis(Engine::Sqlite, form).await.unwrap()).await;
    assert_eq!(of(said("allow")).await, [None; 4]);
    assert_eq!(of(said("deny")).await, [Some("unavailable"); 4]);
    assert_eq!(of(said("local")).await, [None, None, None, Some("rate_limited")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_limits_never_open() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(t) = without_redis(engine, strict(3, "1h")).await else { continue };
        assert_eq!(outcomes(&t).await, [None, None, None, Some("rate_limited")]);
    }
    let deny = LimitForm { on_store_error: Some("deny".into()), ..strict(3, "1h") };
    let t = without_redis(Engine::Sqlite, deny).await.unwrap();
    assert_eq!(outcomes(&t).await, [Some("unavailable"); 4]);
    // Without Redis in the settings it is the database that counts, and nobody passes while that is away.
    let t = TestDomain::with(Engine::Sqlite, with(strict(3, "1h"))).await.unwrap();
    t.domain.close().await;
    assert_eq!(outcomes(&t).await, [Some("unavailable"); 4]);
}

/// What is drawn in advance is used by this node alone, within a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_drawn_in_advance_ask_nobody_and_are_gone_after_a_second() {
    let Some(t) = TestDomain::with_redis(Engine::Sqlite, with(limit("address", 320, "1m"))).await else {
        return;
    };
    let bookmark = Bookmark::new(vec!["x"]);
    let at_once = || {
        let mut counting = Counting::begin(&t.domain, &bookmark).unwrap();
        counting.try_early(&t.domain, from("192.0.2.1"))
    };
    assert_eq!(at_once(), None, "nothing is drawn yet");
    assert!(passes(&t, "192.0.2.1").await);
    for _ in 0..19 {
        assert_eq!(at_once(), Some(Ok(())));
    }
    assert_eq!(at_once(), None, "twenty were drawn");
    assert!(passes(&t, "192.0.2.1").await);
    t.clock.advance(Duration::from_secs(1));
    assert_eq!(at_once(), None, "those that nobody used are gone");
}
