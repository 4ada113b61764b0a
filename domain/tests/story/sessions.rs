//! Sessions of browsers: what ends them, what does not, and how soon every process knows.

use crate::people::{PASSWORD, account, credentials, local, mailed_token, signed_in};
use std::time::Duration;
use vestibule_domain::auth::{self, Purpose};
use vestibule_domain::db::Db;
use vestibule_domain::{Actor, groups};
use vestibule_model::Error;
use vestibule_model::groups::{ADMIN, ManageGroups};

vestibule_domain::both! {
    async fn sessions_end_by_idleness_by_age_and_by_wish(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let (idle, _) = signed_in(&t.domain, "ada@example.org").await;
        t.clock.advance(Duration::from_hours(1));
        assert!(auth::by_cookie(&t.domain, idle.expose()).await.unwrap().is_none(), "idle for an hour");
        let (used, _) = signed_in(&t.domain, "ada@example.org").await;
        for _ in 0..25 {
            t.clock.advance(Duration::from_secs(3_500));
            if auth::by_cookie(&t.domain, used.expose()).await.unwrap().is_none() {
                break;
            }
        }
        assert!(auth::by_cookie(&t.domain, used.expose()).await.unwrap().is_none(), "older than a day");
        let (left, person) = signed_in(&t.domain, "ada@example.org").await;
        auth::sign_out(&t.domain, &person, &local()).await.unwrap();
        assert!(auth::by_cookie(&t.domain, left.expose()).await.unwrap().is_none(), "signed out");
        t.clock.set(vestibule_domain::testing::START);
        for cookie in [&idle, &used, &left] {
            let revived = auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().is_some();
            assert!(!revived || cookie != &left, "a clock set back revives nothing that was ended");
        }
    }

    async fn what_is_remembered_outlives_a_day(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let session = auth::sign_in(&t.domain, credentials("ada@example.org", PASSWORD), true, &local()).await.unwrap();
        t.clock.advance(Duration::from_hours(696));
        assert!(auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().is_some());
        t.clock.advance(Duration::from_hours(24));
        assert!(auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().is_none());
    }

    async fn c18_garbage_in_a_cookie_is_nobody(t: TestDomain) {
        for bad in ["", "a", "null", "{}", &"A".repeat(43), &"\u{0}".repeat(43), &"ü".repeat(43)] {
            assert!(auth::by_cookie(&t.domain, bad).await.unwrap().is_none(), "{bad:?}");
        }
    }

    async fn another_process_hears_of_a_revocation(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let other = t.second().await.unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        let watch = tokio::spawn(vestibule_domain::changes::watch(other.clone(), stop.clone()));
        let (cookie, person) = signed_in(&t.domain, "ada@example.org").await;
        assert!(auth::by_cookie(&other, cookie.expose()).await.unwrap().is_some());
        auth::sign_out(&t.domain, &person, &local()).await.unwrap();
        let ended = async {
            while auth::by_cookie(&other, cookie.expose()).await.unwrap().is_some() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the other process hears of it");
        stop.cancel();
        watch.await.unwrap();
    }

    async fn another_process_hears_of_it_where_no_notice_reaches_it(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let other = t.second().await.unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        let watch = tokio::spawn(vestibule_domain::changes::watch(other.clone(), stop.clone()));
        let (cookie, person) = signed_in(&t.domain, "ada@example.org").await;
        assert!(auth::by_cookie(&other, cookie.expose()).await.unwrap().is_some());
        deafen(t.domain.db()).await;
        auth::sign_out(&t.domain, &person, &local()).await.unwrap();
        let ended = async {
            while auth::by_cookie(&other, cookie.expose()).await.unwrap().is_some() {
                deafen(t.domain.db()).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the other process looks for it");
        stop.cancel();
        watch.await.unwrap();
    }

    async fn the_broom_takes_only_what_ended(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        auth::forgot(&t.domain, "nobody@example.org", &local()).await.unwrap();
        auth::forgot(&t.domain, "ada@example.org", &local()).await.unwrap();
        let token = mailed_token(&t, "ada@example.org").await;
        let (cookie, _) = signed_in(&t.domain, "ada@example.org").await;
        vestibule_domain::jobs::sweep(&t.domain).await.unwrap();
        assert!(auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().is_some());
        assert!(auth::link_works(&t.domain, Purpose::Reset, &token).await.unwrap());
        t.clock.advance(Duration::from_hours(960));
        assert_eq!(vestibule_domain::jobs::sweep(&t.domain).await.unwrap(), 2);
    }

    async fn a_changed_group_holds_from_the_next_request_on(t: TestDomain) {
        account(&t.domain, "root@example.org", true).await;
        let ada = account(&t.domain, "ada@example.org", false).await;
        let (cookie, person) = signed_in(&t.domain, "ada@example.org").await;
        assert!(!person.is_admin());
        let by = Actor::Operator.allow::<ManageGroups>().unwrap();
        groups::join(&t.domain, &by, ada.id, ADMIN, &local()).await.unwrap();
        groups::join(&t.domain, &by, ada.id, ADMIN, &local()).await.unwrap();
        assert!(auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().unwrap().is_admin());
        groups::leave(&t.domain, &by, ada.id, ADMIN, &local()).await.unwrap();
        assert!(!auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().unwrap().is_admin());
        assert_eq!(groups::join(&t.domain, &by, ada.id, "no such group", &local()).await, Err(Error::NotFound));
    }
}

/// Ends the connections by which processes are told of changes.
async fn deafen(db: &Db) {
    let Db::Postgres(pool) = db else { return tokio::task::yield_now().await };
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity \
         where datname = current_database() and query ilike 'listen %'",
    )
    .execute(pool)
    .await
    .unwrap();
}
