//! Quotas as data: who may change which, what does not fit, and what is written down of it.

use super::people::{calls, change, manage, quota, route};
use vestibule_domain::testing::{CROWD, Engine, TestDomain, at_once};
use vestibule_domain::{Actor, Client, Domain, quotas, sql};
use vestibule_model::error::Conflict;
use vestibule_model::quotas::{Allowance, QuotaForm, QuotaFrom};
use vestibule_model::{Error, Problem};

fn form(said: &str) -> QuotaForm {
    serde_json::from_str(said).unwrap()
}

async fn events(t: &TestDomain, name: &str) -> i64 {
    let row = sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from audit where event = $1", name);
    row.await.unwrap().0
}

vestibule_domain::both! {
    async fn a_quota_is_made_once_changed_and_deleted(t: TestDomain) {
        let made = at_once(20, |_| {
            let domain = t.domain.clone();
            async move {
                let form = form(r#"{"name": "books", "tag": "books", "limit": 5}"#);
                quotas::create(&domain, &manage(), form, &Client::local()).await.map(drop)
            }
        })
        .await;
        let taken = Err(Error::Conflict { what: Conflict::QuotaTaken });
        assert!(made.iter().all(|one| one.is_ok() || *one == taken), "{made:?}");
        assert_eq!(events(&t, "quota_set").await, 1);
        change(&t.domain, r#"{"limit": "unlimited"}"#).await;
        change(&t.domain, r#"{"limit": "unlimited"}"#).await;
        assert_eq!(events(&t, "quota_set").await, 2, "what changes nothing is no change");
        let view = quotas::show(&t.domain, &manage(), "books").await.unwrap();
        assert_eq!((view.quota.limit, view.from, view.locked), (Some(Allowance::Unlimited), QuotaFrom::RunTime, false));
        quotas::clear(&t.domain, &manage(), "books", &Client::local()).await.unwrap();
        assert_eq!(quotas::show(&t.domain, &manage(), "books").await.err(), Some(Error::NotFound));
        assert_eq!(quotas::clear(&t.domain, &manage(), "books", &Client::local()).await, Err(Error::NotFound));
        assert_eq!(events(&t, "quota_cleared").await, 1);
    }

    async fn the_programs_quota_can_be_changed_and_comes_back(t: TestDomain) {
        let mut t = t;
        let mut options = t.options();
        options.rules.quotas.defaults = true;
        t.domain = Domain::open(options).await.unwrap();
        let own = Err(Error::Conflict { what: Conflict::QuotaOfProgram });
        assert_eq!(quotas::clear(&t.domain, &manage(), "daily", &Client::local()).await, own);
        quotas::change(&t.domain, &manage(), "daily", form(r#"{"mode": "off"}"#), &Client::local()).await.unwrap();
        assert_eq!(quotas::show(&t.domain, &manage(), "daily").await.unwrap().from, QuotaFrom::RunTime);
        quotas::clear(&t.domain, &manage(), "daily", &Client::local()).await.unwrap();
        let view = quotas::show(&t.domain, &manage(), "daily").await.unwrap();
        assert_eq!((view.from, view.quota.limit), (QuotaFrom::Program, Some(Allowance::Units(100_000))));
    }

    async fn what_does_not_fit_is_told(t: TestDomain) {
        let wrong = form(r#"{"name": "books", "tag": "books", "limit": 5, "groups": {"nobody": 1}, "zone": "Mars/Olympus"}"#);
        let Err(Error::Invalid { fields }) = quotas::create(&t.domain, &manage(), wrong, &Client::local()).await else { panic!("taken") };
        assert_eq!(fields.iter().map(|field| (field.field.as_ref(), field.problem.clone())).collect::<Vec<_>>(),
            [("groups", Problem::NotOffered), ("zone", Problem::NotOffered)]);
        let absent = quotas::change(&t.domain, &manage(), "books", QuotaForm::default(), &Client::local()).await;
        assert_eq!(absent.err(), Some(Error::NotFound));
    }

    async fn a_crowd_that_changes_one_leaves_one_that_holds(t: TestDomain) {
        let t = t.roomy().await;
        quota(&t.domain, r#"{"limit": 1}"#).await;
        let answers = at_once(CROWD, |number| {
            let domain = t.domain.clone();
            async move {
                let form = QuotaForm { limit: Some(Allowance::Units(10 + number as u64 % 4)), ..QuotaForm::default() };
                quotas::change(&domain, &manage(), "books", form, &Client::local()).await.is_ok()
            }
        })
        .await;
        assert!(answers.iter().all(|done| *done));
        let holds = quotas::show(&t.domain, &manage(), "books").await.unwrap().quota.limit.unwrap();
        let passed = calls(&t.domain, &route(), &Actor::Anonymous, 20).await;
        assert_eq!(Some(passed as u64), holds.units(), "memory says what the database says");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_settings_say_is_not_changed_at_run_time() {
    let t = TestDomain::with(Engine::Sqlite, |options| {
        options.rules.quotas.defaults = true;
        options.rules.quotas.named.insert("daily".into(), form(r#"{"limit": 7}"#));
    })
    .await
    .unwrap();
    let view = quotas::show(&t.domain, &manage(), "daily").await.unwrap();
    assert_eq!((view.locked, view.quota.limit), (true, Some(Allowance::Units(7))));
    let locked = Error::Conflict { what: Conflict::FromSettings };
    let changed =
        quotas::change(&t.domain, &manage(), "daily", form(r#"{"limit": 8}"#), &Client::local()).await;
    assert_eq!(changed.err(), Some(locked.clone()));
    assert_eq!(quotas::clear(&t.domain, &manage(), "daily", &Client::local()).await, Err(locked));
}
