//! Many at once: exactly as many get through as may, on one server and on two, over either database and over Redis.

use super::people::{ADA, call, calls, manage, person, quota, route};
use std::sync::Arc;
use vestibule_domain::testing::{CROWD, Engine, TestDomain, at_once};
use vestibule_domain::{Actor, quotas};
use vestibule_model::Error;

const LIMIT: usize = 50;

/// Of a crowd on one server exactly as many pass as may, and the books say so.
async fn one_server(t: &TestDomain) {
    quota(&t.domain, r#"{"limit": 50, "notify": false}"#).await;
    let ada = person(&t.domain, ADA).await;
    let (user, actor, route) = (ada.user, Arc::new(Actor::Person(ada)), route());
    let answers = at_once(CROWD, |_| {
        let (domain, route, actor) = (t.domain.clone(), Arc::clone(&route), Arc::clone(&actor));
        async move { call(&domain, &route, &actor).await.map(drop) }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), LIMIT);
    let refused = |answer: &&Result<(), Error>| matches!(answer, Err(Error::QuotaExceeded { .. }));
    assert_eq!(answers.iter().filter(refused).count(), CROWD - LIMIT);
    assert_eq!(calls(&t.domain, &route, &actor, 3).await, 0);
    let usage = quotas::usage_of(&t.domain, &manage(), user).await.unwrap();
    let books = usage.quotas.iter().find(|one| one.quota == "books").unwrap();
    assert_eq!((books.used, books.left()), (50, Some(0)));
}

vestibule_domain::both! {
    async fn of_a_crowd_exactly_as_many_pass_as_may(t: TestDomain) {
        let t = t.roomy().await;
        one_server(&t).await;
    }

    async fn of_a_crowd_on_two_servers_exactly_as_many_pass_as_may(t: TestDomain) {
        let t = t.roomy().await;
        two_servers(&t).await;
    }
}

/// The quota is there before the second server is.
async fn two_servers(t: &TestDomain) {
    quota(&t.domain, r#"{"limit": 50, "notify": false}"#).await;
    let other = t.node().await.roomy().await;
    let actor = Arc::new(Actor::Person(person(&t.domain, ADA).await));
    let nodes = Arc::new([(t.domain.clone(), route()), (other.domain.clone(), route())]);
    let answers = at_once(CROWD, |number| {
        let (nodes, actor) = (Arc::clone(&nodes), Arc::clone(&actor));
        async move {
            let (node, route) = &nodes[number % 2];
            call(node, route, &actor).await.map(drop)
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), LIMIT);
    let other_errors = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert!(other_errors.into_iter().all(|error| matches!(error, Error::QuotaExceeded { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_crowd_on_two_servers_over_redis_exactly_as_many_pass_as_may() {
    if let Some(t) = TestDomain::with_redis(Engine::Sqlite, |_| {}).await {
        let t = t.roomy().await;
        two_servers(&t).await;
    }
}
