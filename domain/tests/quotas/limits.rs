//! How much somebody may spend, and what happens at the limit.

use super::people::{ADA, again, by_key, call, calls, change, manage, may, person, quota, refused, route};
use std::sync::Arc;
use std::time::Duration;
use vestibule_domain::endpoints::{Credential, Policy};
use vestibule_domain::quotas::{self, Route};
use vestibule_domain::testing::at_once;
use vestibule_domain::{Actor, Allowed, Client, Domain, groups, sql};
use vestibule_model::groups::{ManageGroups, NewGroup};
use vestibule_model::quotas::{Allowance, Decider, GrantForm};
use vestibule_model::{Error, UserId};

async fn join(domain: &Domain, user: UserId, group: &str) {
    let by: Allowed<ManageGroups> = Actor::Operator.allow().unwrap();
    groups::join(domain, &by, user, group, &Client::local()).await.unwrap();
}

async fn group(domain: &Domain, name: &str) {
    let by: Allowed<ManageGroups> = Actor::Operator.allow().unwrap();
    let new = NewGroup { name: name.into(), ..NewGroup::default() };
    groups::create(domain, &by, new, &Client::local()).await.unwrap();
}

/// How much somebody may spend in a fresh window, and what says so.
async fn standing(domain: &Domain, user: UserId) -> (Allowance, Decider) {
    let view = quotas::usage_of(domain, &manage(), user).await.unwrap();
    let books = view.quotas.into_iter().find(|one| one.quota == "books").unwrap();
    (books.limit, books.decided)
}

vestibule_domain::both! {
    async fn what_is_said_for_a_person_goes_before_their_groups_and_ends_when_it_says(t: TestDomain) {
        group(&t.domain, "gold").await;
        group(&t.domain, "trial").await;
        quota(&t.domain, r#"{"limit": 3, "per": "ever", "groups": {"gold": 6, "trial": 1}, "notify": false}"#).await;
        let ada = person(&t.domain, ADA).await;
        let (user, route) = (ada.user, route());
        assert_eq!(calls(&t.domain, &route, &Actor::Person(ada), 10).await, 3);
        join(&t.domain, user, "gold").await;
        join(&t.domain, user, "trial").await;
        let actor = Actor::Person(again(&t.domain, ADA).await);
        assert_eq!(standing(&t.domain, user).await, (Allowance::Units(6), Decider::Group { group: "gold".into() }));
        assert_eq!(calls(&t.domain, &route, &actor, 10).await, 3, "three more, of what had been spent already");
        let end = t.now().after(Duration::from_hours(1));
        let form = may(Allowance::Unlimited, Some(end));
        quotas::set_override(&t.domain, &manage(), (user, None, "books"), form, &Client::local()).await.unwrap();
        assert_eq!(standing(&t.domain, user).await, (Allowance::Unlimited, Decider::Person));
        assert_eq!(calls(&t.domain, &route, &actor, 30).await, 30);
        let form = may(Allowance::Units(0), None);
        quotas::set_override(&t.domain, &manage(), (user, None, "books"), form, &Client::local()).await.unwrap();
        assert_eq!(calls(&t.domain, &route, &actor, 3).await, 0, "closed for them");
        quotas::take_override(&t.domain, &manage(), (user, None, "books"), &Client::local()).await.unwrap();
        assert_eq!(standing(&t.domain, user).await.1, Decider::Group { group: "gold".into() });
        let twice = quotas::take_override(&t.domain, &manage(), (user, None, "books"), &Client::local()).await;
        assert_eq!(twice, Err(Error::NotFound));
    }

    async fn an_override_ends_by_itself(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 1, "per": "hour", "notify": false}"#).await;
        let ada = person(&t.domain, ADA).await;
        let (user, route, actor) = (ada.user, route(), Actor::Person(ada));
        let end = t.now().after(Duration::from_hours(1));
        quotas::set_override(&t.domain, &manage(), (user, None, "books"), may(Allowance::Units(4), Some(end)), &Client::local()).await.unwrap();
        assert_eq!(calls(&t.domain, &route, &actor, 9).await, 4);
        t.clock.set(end);
        assert_eq!(calls(&t.domain, &route, &actor, 9).await, 1);
        let gone = quotas::set_override(&t.domain, &manage(), (user, None, "other"), may(Allowance::Unlimited, None), &Client::local()).await;
        assert_eq!(gone.err(), Some(Error::NotFound));
    }

    async fn each_key_is_counted_for_itself_where_the_quota_says_so(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 2, "by": "key", "notify": false}"#).await;
        let ada = person(&t.domain, ADA).await;
        let (one, two) = (by_key(&t.domain, &ada, "one").await, by_key(&t.domain, &ada, "two").await);
        let (key, user, route) = (one.key.as_ref().unwrap().id, ada.user, route());
        let [ada, one, two] = [ada, one, two].map(Actor::Person);
        for actor in [&ada, &one, &two] {
            assert_eq!(calls(&t.domain, &route, actor, 5).await, 2);
        }
        let form = may(Allowance::Units(7), None);
        quotas::set_override(&t.domain, &manage(), (user, Some(key), "books"), form, &Client::local()).await.unwrap();
        assert_eq!(calls(&t.domain, &route, &one, 9).await, 5);
        assert_eq!(calls(&t.domain, &route, &two, 9).await, 0);
        let form = may(Allowance::Units(9), None);
        quotas::set_override(&t.domain, &manage(), (user, None, "books"), form, &Client::local()).await.unwrap();
        assert_eq!(calls(&t.domain, &route, &two, 9).await, 7, "what is said for the person holds for keys of which nothing is said");
        let other = person(&t.domain, "bob@example.org").await.user;
        let form = may(Allowance::Units(9), None);
        let foreign = quotas::set_override(&t.domain, &manage(), (other, Some(key), "books"), form, &Client::local()).await;
        assert_eq!(foreign.err(), Some(Error::NotFound), "a key of somebody else");
    }

    async fn members_of_a_group_share_where_the_quota_says_so(t: TestDomain) {
        group(&t.domain, "gold").await;
        quota(&t.domain, r#"{"limit": 2, "by": "group", "groups": {"gold": 5}}"#).await;
        let mut actors = Vec::new();
        for email in [ADA, "bob@example.org", "eve@example.org"] {
            let user = person(&t.domain, email).await.user;
            if email != "eve@example.org" {
                join(&t.domain, user, "gold").await;
            }
            actors.push(Actor::Person(again(&t.domain, email).await));
        }
        let route = route();
        assert_eq!(calls(&t.domain, &route, &actors[0], 3).await, 3);
        assert_eq!(calls(&t.domain, &route, &actors[1], 9).await, 2, "what the other left");
        assert_eq!(calls(&t.domain, &route, &actors[2], 9).await, 2);
        assert_eq!(calls(&t.domain, &route, &Actor::Anonymous, 9).await, 0, "everybody else together");
    }

    async fn strangers_are_counted_by_address(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 2, "by": "address"}"#).await;
        let route = route();
        let from = async |address: &str| {
            let caller = quotas::Caller { actor: &Actor::Anonymous, address: Some(address.parse().unwrap()) };
            quotas::spend(&t.domain, &route, caller).await.is_ok()
        };
        assert!(from("2001:db8::1").await && from("2001:db8::2").await && !from("2001:db8::3").await);
        assert!(from("2001:db8:0:1::1").await, "another network");
        assert!(from("192.0.2.1").await && from("::ffff:192.0.2.1").await && !from("192.0.2.1").await);
        assert_eq!(calls(&t.domain, &route, &Actor::Anonymous, 9).await, 2, "those of whom no address is known share");
    }

    async fn off_counts_nothing_and_shadow_refuses_nobody(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 2, "mode": "shadow"}"#).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let route = route();
        let mut over = 0;
        for _ in 0..5 {
            let spent = call(&t.domain, &route, &actor).await.unwrap();
            over += usize::from(spent.standings[0].shadow && spent.standings[0].left == 0);
        }
        assert_eq!(over, 4, "from the second on nothing is left");
        assert!(t.letters().await.is_empty(), "nobody is told");
        change(&t.domain, r#"{"mode": "enforce"}"#).await;
        assert!(refused(&t.domain, &route, &actor).await.is_some(), "what was counted counts");
        change(&t.domain, r#"{"mode": "off"}"#).await;
        assert!(call(&t.domain, &route, &actor).await.unwrap().standings.is_empty());
    }

    async fn a_changed_limit_holds_at_once_and_another_window_counts_anew(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 100000, "notify": false}"#).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let route = route();
        assert_eq!(calls(&t.domain, &route, &actor, 5).await, 5);
        change(&t.domain, r#"{"limit": 7}"#).await;
        assert_eq!(calls(&t.domain, &route, &actor, 9).await, 2, "what was held under the old limit went back");
        change(&t.domain, r#"{"per": "hour"}"#).await;
        assert_eq!(calls(&t.domain, &route, &actor, 9).await, 7);
    }

    async fn beyond_the_limit_calls_wait_longer_and_then_are_refused(t: TestDomain) {
        let slow = r#"{"limit": 10, "at_limit": "slow", "notify": false,
            "slow": {"beyond_percent": 50, "first_ms": 1, "most_ms": 3, "waiting": 2}}"#;
        quota(&t.domain, slow).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let route = route();
        assert_eq!(calls(&t.domain, &route, &actor, 30).await, 15);
        assert!(refused(&t.domain, &route, &actor).await.is_some());
    }

    async fn at_most_so_many_wait_at_once(t: TestDomain) {
        let slow = r#"{"limit": 0, "at_limit": "slow", "notify": false,
            "slow": {"beyond_percent": 1000, "first_ms": 1, "most_ms": 60000, "waiting": 1}}"#;
        quota(&t.domain, slow).await;
        // Of a limit of nothing, one goes beyond it.
        let actor = Arc::new(Actor::Person(person(&t.domain, ADA).await));
        let (route, domain) = (route(), t.domain.clone());
        let answers = at_once(20, |_| {
            let (route, domain, actor) = (Arc::clone(&route), domain.clone(), Arc::clone(&actor));
            async move { call(&domain, &route, &actor).await.is_ok() }
        })
        .await;
        assert_eq!(answers.iter().filter(|passed| **passed).count(), 1);
    }

    async fn whoever_goes_on_is_blocked_beyond_the_window(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 1, "per": "hour", "block_for_s": 7200, "notify": false}"#).await;
        let ada = person(&t.domain, ADA).await;
        let (user, route, actor) = (ada.user, route(), Actor::Person(ada));
        assert_eq!(calls(&t.domain, &route, &actor, 1).await, 1);
        let until = refused(&t.domain, &route, &actor).await.unwrap();
        assert_eq!(until, t.now().after(Duration::from_hours(2)));
        t.clock.advance(Duration::from_mins(90));
        assert_eq!(refused(&t.domain, &route, &actor).await, Some(until), "the window began anew, the block holds");
        let view = quotas::usage_of(&t.domain, &manage(), user).await.unwrap();
        assert_eq!(view.quotas.iter().find(|one| one.quota == "books").unwrap().blocked_until, Some(until));
        t.clock.set(until);
        assert_eq!(calls(&t.domain, &route, &actor, 1).await, 1);
        let blocks = sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from audit where event = 'quota_blocked'");
        assert_eq!(blocks.await.unwrap().0, 1, "told once");
        refused(&t.domain, &route, &actor).await;
        quotas::reset(&t.domain, &manage(), (user, None, Some("books")), &Client::local()).await.unwrap();
        assert_eq!(calls(&t.domain, &route, &actor, 1).await, 1, "undone by hand");
    }

    async fn a_block_shorter_than_the_window_is_one_a_window_and_what_is_told_is_true(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 3, "per": "hour", "block_for_s": 60, "notify": false}"#).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let (cheap, dear) = (route(), Arc::new(Route::of(Policy::anyone("books").costs(3), Credential::Cookie)));
        let (begun, hour) = (t.now(), t.now().after(Duration::from_hours(1)));
        assert_eq!(calls(&t.domain, &cheap, &actor, 1).await, 1);
        // Two are left: what costs three waits for the next window, what costs one for the end of the block.
        assert_eq!(refused(&t.domain, &dear, &actor).await, Some(hour));
        let lifted = begun.after(Duration::from_mins(1));
        assert_eq!(refused(&t.domain, &cheap, &actor).await, Some(lifted));
        t.clock.set(lifted);
        assert_eq!(calls(&t.domain, &cheap, &actor, 2).await, 2);
        for _ in 0..3 {
            assert_eq!(refused(&t.domain, &cheap, &actor).await, Some(hour));
            t.clock.advance(Duration::from_mins(2));
        }
        let blocks = sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from audit where event = 'quota_blocked'");
        assert_eq!(blocks.await.unwrap().0, 1, "one a window");
        t.clock.set(hour);
        assert_eq!(calls(&t.domain, &cheap, &actor, 3).await, 3);
        assert_eq!(refused(&t.domain, &cheap, &actor).await, Some(hour.after(Duration::from_hours(1))));
        change(&t.domain, r#"{"mode": "shadow"}"#).await;
        assert_eq!(calls(&t.domain, &cheap, &actor, 2).await, 2, "where nobody is refused, no block is obeyed");
    }

    async fn a_dear_call_that_was_refused_leaves_cheap_ones_alone(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 5, "notify": false}"#).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let (cheap, dear) = (route(), Arc::new(Route::of(Policy::anyone("books").costs(10), Credential::Cookie)));
        for left in [5, 0] {
            assert!(refused(&t.domain, &dear, &actor).await.is_some());
            assert_eq!(calls(&t.domain, &cheap, &actor, 9).await, left);
        }
    }

    async fn whoever_gives_up_waiting_has_spent_nothing(t: TestDomain) {
        let slow = r#"{"limit": 0, "at_limit": "slow", "notify": false,
            "slow": {"beyond_percent": 1000, "first_ms": 60000, "most_ms": 60000, "waiting": 1}}"#;
        quota(&t.domain, slow).await;
        let ada = person(&t.domain, ADA).await;
        let user = ada.user;
        let waits = tokio::spawn({
            let (domain, route, actor) = (t.domain.clone(), route(), Actor::Person(ada.clone()));
            async move { call(&domain, &route, &actor).await.map(drop) }
        });
        let used = async || {
            let usage = quotas::usage_of(&t.domain, &manage(), user).await.unwrap();
            usage.quotas.iter().find(|one| one.quota == "books").unwrap().used
        };
        // Until it waits; the test's own patience ends it.
        while used().await == 0 {
            tokio::task::yield_now().await;
        }
        waits.abort();
        assert!(waits.await.unwrap_err().is_cancelled());
        assert_eq!(used().await, 0);
    }

    async fn what_another_quota_refuses_does_not_wait_before(t: TestDomain) {
        let slow = r#"{"limit": 0, "at_limit": "slow", "notify": false,
            "slow": {"beyond_percent": 1000, "first_ms": 60000, "most_ms": 60000, "waiting": 1}}"#;
        quota(&t.domain, slow).await;
        let form = serde_json::from_str(r#"{"name": "shelves", "tag": "books", "limit": 0, "notify": false}"#).unwrap();
        quotas::create(&t.domain, &manage(), form, &Client::local()).await.unwrap();
        let ada = person(&t.domain, ADA).await;
        let (user, actor) = (ada.user, Actor::Person(ada));
        let refused = call(&t.domain, &route(), &actor).await.map(drop);
        assert!(matches!(&refused, Err(Error::QuotaExceeded { quota, .. }) if quota == "shelves"), "{refused:?}");
        let usage = quotas::usage_of(&t.domain, &manage(), user).await.unwrap();
        assert!(usage.quotas.iter().all(|one| one.used == 0), "{usage:?}");
    }

    async fn a_person_is_told_once_at_80_and_once_at_100_percent(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 10}"#).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let route = route();
        t.letters().await;
        assert_eq!(calls(&t.domain, &route, &actor, 7).await, 7);
        assert_eq!(t.letters().await.len(), 0);
        calls(&t.domain, &route, &actor, 2).await;
        let told = t.letters().await;
        assert_eq!(told.iter().map(|letter| letter.subject.as_str()).collect::<Vec<_>>(), ["80 % of your quota at Vestibule is spent"]);
        calls(&t.domain, &route, &actor, 5).await;
        let told = t.letters().await;
        assert_eq!(told.iter().map(|letter| letter.subject.as_str()).collect::<Vec<_>>(), ["Your quota at Vestibule is spent"]);
        assert!(told[0].text.contains("2 January 2026"), "{}", told[0].text);
        t.clock.advance(Duration::from_hours(24));
        calls(&t.domain, &route, &actor, 8).await;
        assert_eq!(t.letters().await.len(), 1, "and again in the next window");
    }

    async fn a_grant_adds_to_the_window_and_a_reset_begins_it_anew(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 3, "notify": false}"#).await;
        let ada = person(&t.domain, ADA).await;
        let (user, route, actor) = (ada.user, route(), Actor::Person(ada));
        assert_eq!(calls(&t.domain, &route, &actor, 5).await, 3);
        let gift = || GrantForm { units: 2, reason: "A bad day".into() };
        quotas::grant(&t.domain, &manage(), (user, None, "books"), gift(), &Client::local()).await.unwrap();
        assert_eq!(calls(&t.domain, &route, &actor, 5).await, 2);
        quotas::reset(&t.domain, &manage(), (user, None, Some("books")), &Client::local()).await.unwrap();
        assert_eq!(calls(&t.domain, &route, &actor, 5).await, 3);
        t.clock.advance(Duration::from_hours(24));
        assert_eq!(calls(&t.domain, &route, &actor, 5).await, 3, "a grant is for one window");
        let nobody = person(&t.domain, "eve@example.org").await.user;
        let none = quotas::reset(&t.domain, &manage(), (nobody, None, Some("books")), &Client::local()).await;
        assert_eq!(none, Err(Error::NotFound));
        quotas::grant(&t.domain, &manage(), (nobody, None, "books"), gift(), &Client::local()).await.unwrap();
    }

    async fn calls_cost_what_endpoint_and_quota_say_and_what_is_over_goes_back(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 100, "cost": 2, "notify": false}"#).await;
        let actor = Actor::Person(person(&t.domain, ADA).await);
        let dear = Route::of(Policy::anyone("books").costs(10), Credential::Cookie);
        let spent = call(&t.domain, &dear, &actor).await.unwrap();
        assert_eq!(spent.standings[0].left, 80);
        for units in [3, 3, 9, 30] {
            quotas::settle(&t.domain, &spent, units);
        }
        let spent = call(&t.domain, &dear, &actor).await.unwrap();
        assert_eq!(spent.standings[0].left, 74, "six for the first, twenty for the second");
        let free = Route::of(Policy::anyone("books").free(), Credential::Cookie);
        assert!(call(&t.domain, &free, &actor).await.unwrap().standings.is_empty());
        assert_eq!(calls(&t.domain, &dear, &actor, 9).await, 3);
        let cheap = route();
        assert_eq!(calls(&t.domain, &cheap, &actor, 99).await, 7, "the last units can be spent by what costs less");
        // Nobody called for so long that this server knows nothing of them any more.
        t.clock.advance(Duration::from_mins(5));
        quotas::hand_back_idle(&t.domain).await.unwrap();
        quotas::settle(&t.domain, &spent, 0);
        // Until it came back; the test's own patience ends it.
        while calls(&t.domain, &dear, &actor, 1).await == 0 {
            t.clock.advance(Duration::from_secs(1));
        }
    }
}
