//! Servers that end without a word: what they held is spent, no more is let through than may be, and the end of the window
//! brings everything back. Servers that stop in order hand back what they held.

use super::people::{ADA, call, calls, person, quota, refused, route};
use std::sync::Arc;
use std::time::Duration;
use vestibule_domain::testing::{Engine, TestDomain, at_once};
use vestibule_domain::{Actor, quotas};
use vestibule_model::Timestamp;

const LIMIT: usize = 3_000;

/// A hundred servers come, serve some of a stream of calls, and die; each leaves the units of its block behind.
async fn killed_a_hundred_times(t: &TestDomain) {
    quota(&t.domain, r#"{"limit": 3000, "notify": false}"#).await;
    let actor = Arc::new(Actor::Person(person(&t.domain, ADA).await));
    let (mut passed, mut deaths) = (0, 0);
    for life in 0..100 {
        let node = t.second().await.unwrap();
        let route = route();
        let answers = at_once(8, |_| {
            let (node, route, actor) = (node.clone(), Arc::clone(&route), Arc::clone(&actor));
            async move { calls(&node, &route, &actor, 1 + life % 7).await }
        })
        .await;
        passed += answers.iter().sum::<usize>();
        assert!(passed <= LIMIT, "{passed} after {life} deaths");
        // Dropped with everything it held, in the midst of its block.
        drop(node);
        deaths += 1;
    }
    assert_eq!(deaths, 100);
    // Whoever is left may spend what was never taken, to the last unit, and no more.
    let route = route();
    passed += calls(&t.domain, &route, &actor, LIMIT).await;
    assert!(passed <= LIMIT && passed > LIMIT / 3, "{passed}");
    let end = refused(&t.domain, &route, &actor).await.unwrap();
    t.clock.set(end);
    assert_eq!(
        calls(&t.domain, &route, &actor, LIMIT + 5).await,
        LIMIT,
        "all of it is back with the next window"
    );
}

vestibule_domain::both! {
    async fn a_hundred_deaths_let_nothing_more_through(t: TestDomain) {
        killed_a_hundred_times(&t).await;
    }

    async fn what_is_handed_back_can_be_spent_elsewhere_to_the_last_unit(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 1000, "notify": false}"#).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let other = t.node().await;
        let routes = [route(), route()];
        assert_eq!(calls(&t.domain, &routes[0], &actor, 1).await, 1);
        let elsewhere = calls(&other.domain, &routes[1], &actor, 2_000).await;
        assert!(elsewhere < 999, "the first server holds the rest of its block");
        // Nobody calls there any more.
        t.clock.advance(Duration::from_secs(3));
        assert_eq!(quotas::hand_back_idle(&t.domain).await.unwrap(), 1);
        assert_eq!(calls(&other.domain, &routes[1], &actor, 2_000).await + elsewhere, 999);
        // A server that stops leaves nothing behind.
        t.clock.advance(Duration::from_hours(24));
        assert_eq!(calls(&t.domain, &routes[0], &actor, 1).await, 1);
        assert_eq!(quotas::hand_back_all(&t.domain).await.unwrap(), 1);
        assert_eq!(calls(&other.domain, &routes[1], &actor, 2_000).await, 999);
    }

    async fn whoever_waits_exactly_until_the_end_gets_through(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 2, "per": "hour", "window": "first_use"}"#).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let route = route();
        t.clock.advance(Duration::from_millis(123_456));
        let begun = t.now();
        assert_eq!(calls(&t.domain, &route, &actor, 5).await, 2);
        let end = refused(&t.domain, &route, &actor).await.unwrap();
        assert_eq!(end, begun.after(Duration::from_hours(1)));
        t.clock.set(Timestamp(end.0 - 1));
        assert_eq!(refused(&t.domain, &route, &actor).await, Some(end));
        t.clock.set(end);
        let spent = call(&t.domain, &route, &actor).await.unwrap();
        let standing = &spent.standings[0];
        assert_eq!((standing.quota, standing.left, standing.window_s, standing.more_in_s), (2, 1, 3_600, 3_600));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_deaths_let_nothing_more_through_over_redis() {
    if let Some(t) = TestDomain::with_redis(Engine::Sqlite, |_| {}).await {
        killed_a_hundred_times(&t).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_ledger_what_was_taken_is_spent_and_then_refused() {
    let Some(mut redis) = vestibule_domain::testing::RedisServer::own() else { return };
    let url = vestibule_model::Secret::new(redis.url());
    let t = TestDomain::with(Engine::Sqlite, |options| {
        options.redis_url = Some(url);
    })
    .await
    .unwrap();
    quota(&t.domain, r#"{"limit": 1000, "notify": false}"#).await;
    let actor = Actor::Person(person(&t.domain, ADA).await);
    let route = route();
    assert_eq!(calls(&t.domain, &route, &actor, 1).await, 1);
    redis.kill();
    let mut passed = 1;
    let error = loop {
        match call(&t.domain, &route, &actor).await {
            Ok(_) => passed += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, vestibule_model::Error::Unavailable);
    assert!((1..=20).contains(&passed), "{passed}");
}
