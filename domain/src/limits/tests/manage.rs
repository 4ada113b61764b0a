//! What administrators do with limits, and which of what is said holds.

use super::{call, from, limit, passes, strict, with};
use crate::events::Event;
use crate::limits::{self, add, all, clear, reset, set, show};
use crate::testing::{Engine, TestDomain, counting_statements};
use crate::{Actor, Allowed, Client, Domain, Extension, OpenError, both};
use std::sync::Arc;
use std::time::Duration;
use vestibule_model::error::Conflict;
use vestibule_model::groups::ManageLimits;
use vestibule_model::limits::{By, Limit, LimitForm, LimitOrigin, ResetForm, Rule};
use vestibule_model::{Error, Problem, UserId};

fn everybody() -> ResetForm {
    ResetForm { everybody: true, ..ResetForm::default() }
}

fn may() -> Allowed<ManageLimits> {
    Actor::Operator.allow().unwrap()
}

fn mode(mode: &str) -> LimitForm {
    LimitForm { mode: Some(mode.into()), ..LimitForm::default() }
}

async fn put(t: &TestDomain, form: &LimitForm) {
    set(&t.domain, &may(), "x", form, &Client::local()).await.unwrap();
}

both! {
    async fn a_limit_is_set_changed_and_taken_back_on_every_node(t: TestDomain) {
        let node = t.node().await;
        assert_eq!(show(&t.domain, &may(), "x").err(), Some(Error::NotFound));
        put(&t, &limit("address", 2, "1h")).await;
        let view = show(&t.domain, &may(), "x").unwrap();
        assert_eq!((view.from, view.locked, view.stated), (LimitOrigin::RunTime, false, None));
        limits::reload(&node.domain).await.unwrap();
        for site in [&t, &node] {
            assert_eq!(all(&site.domain, &may()).len(), 1);
            assert_eq!(call(&site.domain, from("192.0.2.1")).await.1.standings[0].quota, 2);
        }
        put(&t, &LimitForm { mode: Some("off".into()), ..limit("address", 2, "1h") }).await;
        for _ in 0..5 {
            assert!(passes(&t, "192.0.2.1").await);
        }
        clear(&t.domain, &may(), "x", &Client::local()).await.unwrap();
        assert_eq!(clear(&t.domain, &may(), "x", &Client::local()).await, Err(Error::NotFound));
        assert!(all(&t.domain, &may()).is_empty());
    }

    async fn what_was_counted_is_forgotten_for_one_or_for_all(t: TestDomain) {
        for form in [limit("address", 1, "1h"), strict(1, "1h")] {
            put(&t, &form).await;
            let node = t.node().await;
            for address in ["192.0.2.1", "192.0.2.2"] {
                reset(&t.domain, &may(), "x", &everybody(), &Client::local()).await.unwrap();
                assert!(passes(&t, address).await && !passes(&t, address).await);
            }
            assert!(passes(&t, "192.0.2.1").await, "all were forgotten");
            let one = ResetForm { address: Some("192.0.2.2".into()), ..ResetForm::default() };
            // Another process does it: a command beside the server.
            reset(&node.domain, &may(), "x", &one, &Client::local()).await.unwrap();
            limits::reload(&t.domain).await.unwrap();
            assert!(passes(&t, "192.0.2.2").await, "its count was forgotten");
            assert!(!passes(&t, "192.0.2.1").await, "the other's was not");
            t.clock.advance(Duration::from_secs(7));
        }
        let gone = reset(&t.domain, &may(), "y", &everybody(), &Client::local()).await;
        assert_eq!(gone, Err(Error::NotFound));
    }

    async fn who_cannot_be_named_alone_is_not_reset_alone(t: TestDomain) {
        let refused = async |form: ResetForm| reset(&t.domain, &may(), "x", &form, &Client::local()).await.err();
        let address = |typed: &str| ResetForm { address: Some(typed.into()), ..ResetForm::default() };
        let user = ResetForm { user: Some(UserId(t.domain.new_id())), ..ResetForm::default() };
        put(&t, &limit("address", 1, "1h")).await;
        assert_eq!(refused(ResetForm::default()).await, Some(Error::invalid("user", Problem::Required)));
        assert_eq!(refused(address(" ")).await, Some(Error::invalid("address", Problem::Malformed)), "nobody is not everybody");
        let both = ResetForm { everybody: true, ..address("192.0.2.1") };
        assert_eq!(refused(both).await, Some(Error::invalid("everybody", Problem::TooMany { max: 1 })));
        assert_eq!(refused(address("x")).await, Some(Error::invalid("address", Problem::Malformed)));
        assert_eq!(refused(user.clone()).await, Some(Error::invalid("user", Problem::NotOffered)));
        put(&t, &limit("everyone", 1, "1h")).await;
        assert_eq!(refused(address("192.0.2.1")).await, Some(Error::invalid("address", Problem::NotOffered)));
        put(&t, &limit("person", 1, "1h")).await;
        assert_eq!(refused(user).await, None);
        assert_eq!(refused(address("192.0.2.1")).await, None, "a stranger's");
    }
}

#[tokio::test]
async fn settings_win_and_lock_and_a_program_states_the_rest() {
    let change = |options: &mut crate::Options| {
        options.rules.limits.defaults = true;
        options.rules.limits.named.insert("api".into(), mode("shadow"));
    };
    let t = TestDomain::with(Engine::Sqlite, change).await.unwrap();
    let api = show(&t.domain, &may(), "api").unwrap();
    assert_eq!(
        (api.from, api.locked, api.limit.mode.as_deref()),
        (LimitOrigin::Settings, true, Some("shadow"))
    );
    assert_eq!(api.limit.most, Some(1_200), "what is not said stays");
    assert_eq!(api.stated.unwrap().mode.as_deref(), Some("enforce"));
    let locked = Err(Error::Conflict { what: Conflict::FromSettings });
    assert_eq!(set(&t.domain, &may(), "api", &mode("off"), &Client::local()).await.map(drop), locked);
    assert_eq!(clear(&t.domain, &may(), "api", &Client::local()).await, locked);
    let signing = set(&t.domain, &may(), "sign_in", &mode("off"), &Client::local()).await.unwrap();
    assert_eq!((signing.from, signing.limit.most), (LimitOrigin::RunTime, Some(60)));
    let own = set(&t.domain, &may(), "own", &mode("off"), &Client::local()).await;
    assert!(matches!(own, Err(Error::Invalid { .. })), "a limit of a new name is said whole");
}

#[tokio::test]
async fn a_shadow_counts_and_refuses_nobody() {
    let form = LimitForm { mode: Some("shadow".into()), ..limit("address", 1, "1h") };
    let t = TestDomain::with(Engine::Sqlite, with(form)).await.unwrap();
    assert!(passes(&t, "192.0.2.1").await);
    let (outcome, decision) = call(&t.domain, from("192.0.2.1")).await;
    assert_eq!(outcome, Ok(()));
    assert_eq!((decision.standings[0].left, decision.standings[0].shadow), (0, true));
}

#[tokio::test]
async fn a_strict_limit_tells_nothing_but_when_to_come_back() {
    let t = TestDomain::with(Engine::Sqlite, with(strict(1, "10m"))).await.unwrap();
    assert!(call(&t.domain, from("192.0.2.1")).await.1.standings.is_empty());
    let (refused, decision) = call(&t.domain, from("192.0.2.1")).await;
    assert!(decision.standings.is_empty());
    let retry_at = t.now().after(Duration::from_mins(10));
    assert_eq!(refused, Err(Error::RateLimited { policy: "x".into(), retry_at }));
}

#[tokio::test]
async fn what_a_strict_limit_refused_is_refused_until_there_is_room_and_the_limit_is_the_same() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    put(&t, &strict(1, "10m")).await;
    assert!(passes(&t, "192.0.2.1").await && !passes(&t, "192.0.2.1").await);
    let (passed, asked) = counting_statements(passes(&t, "192.0.2.1")).await;
    assert_eq!((passed, asked), (false, 0), "no store is asked again");
    put(&t, &strict(2, "10m")).await;
    assert!(passes(&t, "192.0.2.1").await, "it is another one now");
    assert!(!passes(&t, "192.0.2.1").await);
    t.clock.advance(Duration::from_mins(10));
    assert!(passes(&t, "192.0.2.1").await, "there is room");
}

#[tokio::test]
async fn whoever_adds_a_limit_changes_none_unseen() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let added = async || add(&t.domain, &may(), "x", &limit("address", 1, "1h"), &Client::local()).await;
    assert!(added().await.is_ok());
    assert_eq!(added().await.unwrap_err(), Error::invalid("name", Problem::Taken));
}

/// A limit that was wider left its callers far ahead.
async fn who_waits_as_told_passes(t: Option<TestDomain>) {
    let Some(t) = t else { return };
    let burst = |burst: u64, most, per| LimitForm { burst: Some(burst), ..limit("address", most, per) };
    put(&t, &burst(100, 100, "1h")).await;
    for _ in 0..80 {
        assert!(passes(&t, "192.0.2.1").await);
    }
    put(&t, &burst(30, 60, "1m")).await;
    let (refused, _) = call(&t.domain, from("192.0.2.1")).await;
    let Err(Error::RateLimited { retry_at, .. }) = refused else { panic!("{refused:?}") };
    t.clock.set(retry_at);
    assert!(passes(&t, "192.0.2.1").await);
}

#[tokio::test]
async fn who_waits_as_told_passes_after_a_limit_was_narrowed() {
    who_waits_as_told_passes(TestDomain::on(Engine::Sqlite).await).await;
}

#[tokio::test]
async fn who_waits_as_told_passes_after_a_limit_was_narrowed_on_postgres() {
    who_waits_as_told_passes(TestDomain::on(Engine::Postgres).await).await;
}

#[tokio::test]
async fn who_waits_as_told_passes_after_a_limit_was_narrowed_on_redis() {
    who_waits_as_told_passes(TestDomain::with_redis(Engine::Sqlite, |_: &mut crate::Options| {}).await).await;
}

#[tokio::test]
async fn each_combination_has_a_count_of_its_own() {
    let form = LimitForm { by: Some(vec!["network".into(), "tag".into()]), ..limit("tag", 1, "1h") };
    let t = TestDomain::with(Engine::Sqlite, with(form)).await.unwrap();
    assert!(passes(&t, "192.0.2.1").await);
    assert!(!passes(&t, "192.0.2.9").await, "the same network");
    assert!(passes(&t, "192.0.3.1").await);
}

struct Rates(Rule);

impl Extension for Rates {
    fn name(&self) -> &'static str {
        "rates"
    }

    fn limits(&self) -> Vec<Limit> {
        vec![Limit::new("weather", &["x"], &[By::Everyone], self.0)]
    }
}

#[tokio::test]
async fn a_project_states_limits_and_hears_what_does_not_fit() {
    let with = |rule| {
        move |options: &mut crate::Options| {
            options.extensions = vec![Arc::new(Rates(rule)) as Arc<dyn Extension>];
        }
    };
    let rule = Rule::Steady { most: 1, per: Duration::from_secs(1), burst: 1 };
    let t = TestDomain::with(Engine::Sqlite, with(rule)).await.unwrap();
    assert_eq!(show(&t.domain, &may(), "weather").unwrap().from, LimitOrigin::Program);
    let mut options = t.options();
    with(Rule::Strict { most: 1_000, per: Duration::from_secs(1) })(&mut options);
    options.rules.limits.named.insert("api".into(), LimitForm::default());
    let Err(OpenError::Limits(faults)) = Domain::open(options).await else { panic!("it opened") };
    assert_eq!(
        faults,
        [
            "limit \"weather\" of an extension: most (too_many)",
            "limits.api: tags (required), by (required), most (required), per (required)"
        ]
    );
}

#[tokio::test]
async fn what_was_done_is_told_to_the_trail() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let form = limit("person", 5, "1m");
    put(&t, &form).await;
    put(&t, &form).await;
    let user = UserId(t.domain.new_id());
    let whom = ResetForm { user: Some(user), ..ResetForm::default() };
    let _ = reset(&t.domain, &may(), "x", &whom, &Client::local()).await;
    clear(&t.domain, &may(), "x", &Client::local()).await.unwrap();
    let rows = crate::sql!(
        t.domain.db(),
        fetch_all as (String,),
        "select event from audit where event like 'limit%' order by event"
    );
    let names: Vec<String> = rows.await.unwrap().into_iter().map(|(name,)| name).collect();
    assert_eq!(names, ["limit_cleared", "limit_reset", "limit_set"], "the same once more is no change");
    let event = Event::LimitReset { limit: "x".into(), user: Some(user), address: None };
    assert_eq!(event.subject(), Some(user));
}
