//! Quotas that change while they are spent from: what was counted otherwise says nothing, and two who change one at once
//! both have their way.

use super::people::{ADA, call, calls, change, manage, may, person, quota, route};
use std::time::Duration;
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Allowed, Client, Domain, groups, quotas};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ManageGroups, NewGroup};
use vestibule_model::quotas::{Allowance, GrantForm, Mode, QuotaForm};
use vestibule_model::{Error, Problem, UserId};

async fn used(domain: &Domain, user: UserId) -> u64 {
    let usage = quotas::usage_of(domain, &manage(), user).await.unwrap();
    usage.quotas.iter().find(|one| one.quota == "books").unwrap().used
}

/// The site again, with such a quota in its settings.
async fn with_settings(t: &TestDomain, said: &str) -> Domain {
    let mut options = t.options();
    let form: QuotaForm = serde_json::from_str(said).unwrap();
    options.rules.quotas.named.insert("books".into(), form);
    Domain::open(options).await.unwrap()
}

vestibule_domain::both! {
    async fn a_window_without_end_that_becomes_a_day_locks_nobody_out(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 3, "per": "ever", "notify": false}"#).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let route = route();
        assert_eq!(calls(&t.domain, &route, &actor, 5).await, 3);
        change(&t.domain, r#"{"per": "day"}"#).await;
        for _ in 0..2 {
            assert_eq!(calls(&t.domain, &route, &actor, 5).await, 3);
            t.clock.advance(Duration::from_hours(24));
        }
        change(&t.domain, r#"{"per": "ever"}"#).await;
        assert_eq!(calls(&t.domain, &route, &actor, 5).await, 3, "what was counted in all before says nothing any more");
    }

    async fn settings_that_change_the_window_count_anew(t: TestDomain) {
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let month = with_settings(&t, r#"{"tag": "books", "limit": 2, "per": "month", "notify": false}"#).await;
        assert_eq!(calls(&month, &route(), &actor, 5).await, 2);
        drop(month);
        let hour = with_settings(&t, r#"{"tag": "books", "limit": 2, "per": "hour", "notify": false}"#).await;
        let route = route();
        assert_eq!(calls(&hour, &route, &actor, 5).await, 2);
        t.clock.advance(Duration::from_hours(1));
        assert_eq!(calls(&hour, &route, &actor, 5).await, 2, "the hour ends with the hour");
    }

    async fn what_was_taken_under_another_counting_is_not_handed_back_into_the_new_one(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 1000, "notify": false}"#).await;
        let ada = person(&t.domain, ADA).await;
        let (user, actor) = (ada.user, Actor::Person(ada));
        // This server holds the rest of a block, and hears of nothing.
        assert_eq!(calls(&t.domain, &route(), &actor, 1).await, 1);
        let other = t.node().await;
        change(&other.domain, r#"{"by": "key"}"#).await;
        let route = route();
        assert_eq!(calls(&other.domain, &route, &actor, 20).await, 20);
        t.clock.advance(Duration::from_secs(3));
        assert_eq!(quotas::hand_back_idle(&t.domain).await.unwrap(), 1);
        assert_eq!(used(&other.domain, user).await, 20);
        assert_eq!(calls(&other.domain, &route, &actor, 2_000).await, 980);
    }

    async fn two_servers_that_change_different_things_change_both(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 3}"#).await;
        let other = t.node().await;
        change(&other.domain, r#"{"limit": 7}"#).await;
        // It has not heard of that yet.
        change(&t.domain, r#"{"mode": "shadow"}"#).await;
        let view = quotas::show(&t.domain, &manage(), "books").await.unwrap();
        assert_eq!((view.quota.limit, view.quota.mode.as_deref()), (Some(Allowance::Units(7)), Some(Mode::Shadow.name())));
        let other_view = quotas::change(&other.domain, &manage(), "books", QuotaForm::default(), &Client::local()).await.unwrap();
        assert_eq!(other_view.quota, view.quota);
    }

    async fn a_group_that_a_quota_names_is_not_deleted(t: TestDomain) {
        let by: Allowed<ManageGroups> = Actor::Operator.allow().unwrap();
        let new = NewGroup { name: "gold".into(), ..NewGroup::default() };
        groups::create(&t.domain, &by, new, &Client::local()).await.unwrap();
        quota(&t.domain, r#"{"limit": 3, "groups": {"gold": 6}}"#).await;
        let named = Err(Error::Conflict { what: Conflict::GroupInRule });
        assert_eq!(groups::delete(&t.domain, &by, "gold", &Client::local()).await, named);
        change(&t.domain, r#"{"groups": {}}"#).await;
        groups::delete(&t.domain, &by, "gold", &Client::local()).await.unwrap();
    }

    async fn nothing_is_said_for_one_where_others_are_counted_with_them(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let key = crate::people::by_key(&t.domain, &ada, "one").await.key.as_ref().unwrap().id;
        let offered = Err(Error::invalid("quota", Problem::NotOffered));
        quota(&t.domain, r#"{"limit": 3}"#).await;
        for (by, key) in [("person", Some(key)), ("group", None), ("address", None)] {
            change(&t.domain, &format!(r#"{{"by": "{by}"}}"#)).await;
            let whom = (ada.user, key, "books");
            let said = quotas::set_override(&t.domain, &manage(), whom, may(Allowance::Units(9), None), &Client::local()).await;
            assert_eq!(said.map(drop), offered, "{by}");
            let form = GrantForm { units: 2, reason: "A bad day".into() };
            assert_eq!(quotas::grant(&t.domain, &manage(), whom, form, &Client::local()).await, offered, "{by}");
            let anew = quotas::reset(&t.domain, &manage(), (ada.user, key, Some("books")), &Client::local()).await;
            assert_eq!(anew, offered, "{by}");
        }
        let all = quotas::reset(&t.domain, &manage(), (ada.user, None, None), &Client::local()).await;
        assert_eq!(all, Err(Error::NotFound));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_redis_what_is_deleted_and_made_again_counts_anew() {
    let Some(t) = TestDomain::with_redis(Engine::Sqlite, |_| {}).await else { return };
    let actor = Actor::Person(person(&t.domain, ADA).await);
    let route = route();
    for _ in 0..2 {
        quota(&t.domain, r#"{"limit": 2, "block_for_s": 7200, "notify": false}"#).await;
        assert_eq!(calls(&t.domain, &route, &actor, 5).await, 2);
        quotas::clear(&t.domain, &manage(), "books", &Client::local()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_redis_what_is_closed_refuses_also_when_a_window_is_over() {
    let Some(t) = TestDomain::with_redis(Engine::Sqlite, |_| {}).await else { return };
    quota(&t.domain, r#"{"limit": 2, "per": "hour", "notify": false}"#).await;
    let ada = person(&t.domain, ADA).await;
    let (user, actor, route) = (ada.user, Actor::Person(ada), route());
    assert_eq!(calls(&t.domain, &route, &actor, 5).await, 2);
    change(&t.domain, r#"{"limit": 0}"#).await;
    t.clock.advance(Duration::from_hours(2));
    let refused = call(&t.domain, &route, &actor).await;
    assert!(matches!(refused, Err(Error::QuotaExceeded { .. })), "{refused:?}");
    let gift = GrantForm { units: 2, reason: "A bad day".into() };
    quotas::grant(&t.domain, &manage(), (user, None, "books"), gift, &Client::local()).await.unwrap();
    assert_eq!(calls(&t.domain, &route, &actor, 5).await, 2);
    quotas::reset(&t.domain, &manage(), (user, None, Some("books")), &Client::local()).await.unwrap();
    assert_eq!(used(&t.domain, user).await, 0);
}
