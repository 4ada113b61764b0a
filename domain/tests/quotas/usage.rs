//! What was used, by whom and of what; and what a proposed quota would have done with it.

use super::people::{ADA, by_key, calls, manage, person, quota, route};
use std::time::Duration;
use vestibule_domain::endpoints::{Credential, Policy};
use vestibule_domain::quotas::{self, Route};
use vestibule_domain::{Actor, Client, jobs, sql};
use vestibule_model::quotas::{Allowance, QuotaForm};

fn proposed(limit: u64) -> QuotaForm {
    QuotaForm {
        name: Some("proposed".into()),
        tag: Some("books".into()),
        limit: Some(Allowance::Units(limit)),
        ..QuotaForm::default()
    }
}

vestibule_domain::both! {
    async fn what_somebody_used_is_told_by_day_key_and_tag(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 5, "notify": false}"#).await;
        let ada = person(&t.domain, ADA).await;
        let key = by_key(&t.domain, &ada, "Backup").await;
        let shelves = Route::of(Policy::anyone("shelves").tagged("books"), Credential::Cookie);
        let (by_session, by_key) = (Actor::Person(ada.clone()), Actor::Person(key));
        assert_eq!(calls(&t.domain, &route(), &by_session, 2).await, 2);
        assert_eq!(calls(&t.domain, &shelves, &by_key, 4).await, 3);
        quotas::flush(&t.domain).await.unwrap();
        t.clock.advance(Duration::from_hours(24));
        assert_eq!(calls(&t.domain, &route(), &by_session, 1).await, 1);
        quotas::flush(&t.domain).await.unwrap();
        let view = quotas::own_usage(&t.domain, &ada).await.unwrap();
        assert_eq!(view.days.len(), 30);
        let days: Vec<_> = view.days.iter().rev().take(3).map(|day| (day.day.as_str(), day.calls, day.refused)).collect();
        assert_eq!(days, [("2026-01-02", 1, 0), ("2026-01-01", 5, 1), ("2025-12-31", 0, 0)]);
        let keys: Vec<_> = view.keys.iter().map(|key| (key.name.as_deref(), key.calls, key.refused)).collect();
        assert_eq!(keys, [(None, 3, 0), (Some("Backup"), 3, 1)]);
        let tags: Vec<_> = view.tags.iter().map(|tag| (tag.tag.as_str(), tag.calls)).collect();
        assert_eq!(tags, [("books", 3), ("shelves", 3)]);
        let books = view.quotas.iter().find(|one| one.quota == "books").unwrap();
        assert_eq!((books.used, books.left(), books.percent()), (1, Some(4), Some(20)));
        assert_eq!(books.resets_at.unwrap().to_string(), "2026-01-03T00:00:00Z");
    }

    async fn a_proposed_quota_says_whom_it_would_have_refused(t: TestDomain) {
        quota(&t.domain, r#"{"limit": "unlimited"}"#).await;
        let (ada, bob) = (person(&t.domain, ADA).await, person(&t.domain, "bob@example.org").await);
        let (user, ada, bob) = (ada.user, Actor::Person(ada), Actor::Person(bob));
        let route = route();
        for _ in 0..3 {
            calls(&t.domain, &route, &ada, 6).await;
            calls(&t.domain, &route, &bob, 2).await;
            calls(&t.domain, &route, &Actor::Anonymous, 1).await;
            t.clock.advance(Duration::from_hours(8));
        }
        let told = quotas::simulate(&t.domain, &manage(), proposed(10), 7).await.unwrap();
        assert_eq!((told.callers, told.calls, told.refused), (3, 27, 8));
        let who = &told.who[0];
        assert_eq!((told.who.len(), who.who.as_str(), who.user, who.calls, who.refused, who.most), (1, ADA, Some(user), 18, 8, 10));
        assert_eq!(who.first_refused_at.to_string(), "2026-01-01T08:00:00Z");
        assert_eq!(quotas::simulate(&t.domain, &manage(), proposed(18), 7).await.unwrap().refused, 0);
        let hourly = QuotaForm { per: Some("hour".into()), ..proposed(5) };
        assert_eq!(quotas::simulate(&t.domain, &manage(), hourly, 7).await.unwrap().refused, 3);
        // One that exists is taken as it is, with what is said for single people.
        let form = crate::people::may(Allowance::Units(17), None);
        quotas::set_override(&t.domain, &manage(), (user, None, "books"), form, &Client::local()).await.unwrap();
        let known = QuotaForm { name: Some("books".into()), ..proposed(1) };
        let told = quotas::simulate(&t.domain, &manage(), known, 7).await.unwrap();
        assert_eq!(told.who.iter().map(|who| who.refused).collect::<Vec<_>>(), [5, 2, 1]);
        assert!(quotas::simulate(&t.domain, &manage(), proposed(1), 0).await.is_err());
        assert!(quotas::show(&t.domain, &manage(), "proposed").await.is_err(), "nothing was made");
    }

    async fn refused_calls_were_calls_and_those_that_shadow_let_through_are_one(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 2, "notify": false}"#).await;
        let ada = person(&t.domain, ADA).await;
        let (person, route) = (ada.clone(), route());
        assert_eq!(calls(&t.domain, &route, &Actor::Person(ada), 5).await, 2);
        let told = quotas::simulate(&t.domain, &manage(), proposed(1), 1).await.unwrap();
        assert_eq!((told.calls, told.refused), (5, 4));
        crate::people::change(&t.domain, r#"{"mode": "shadow"}"#).await;
        assert_eq!(calls(&t.domain, &route, &Actor::Person(person.clone()), 5).await, 5);
        let told = quotas::simulate(&t.domain, &manage(), proposed(1), 1).await.unwrap();
        assert_eq!((told.calls, told.refused), (10, 9));
        let days = quotas::own_usage(&t.domain, &person).await.unwrap().days;
        let today = days.last().unwrap();
        assert_eq!((today.calls, today.refused), (7, 8));
    }

    async fn old_hours_and_windows_are_forgotten(t: TestDomain) {
        quota(&t.domain, r#"{"limit": 5}"#).await;
        calls(&t.domain, &route(), &Actor::Anonymous, 3).await;
        quotas::flush(&t.domain).await.unwrap();
        let rows = async || {
            let hours = sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from quota_usage").await.unwrap().0;
            let windows = sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from quota_ledger").await.unwrap().0;
            (hours, windows)
        };
        assert_eq!(rows().await, (1, 1));
        t.clock.advance(Duration::from_hours(2 * 24));
        jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(rows().await, (1, 1));
        t.clock.advance(Duration::from_hours(32 * 24));
        jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(rows().await, (1, 0), "a window that is long over");
        t.clock.advance(Duration::from_hours(3 * 24));
        jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(rows().await, (0, 0));
    }
}
