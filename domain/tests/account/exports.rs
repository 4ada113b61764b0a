//! Copies of one's own data that are prepared in the background.

use crate::people::{ADA, BOB, audited, local, manage, person};
use std::time::Duration;
use vestibule_domain::accounts::{self, exports};
use vestibule_domain::testing::{CROWD, at_once};
use vestibule_domain::{Domain, Person, jobs, sql};
use vestibule_model::error::Conflict;
use vestibule_model::exports::ExportStatus;
use vestibule_model::profiles::ProfileForm;
use vestibule_model::values::ExportId;
use vestibule_model::{Error, Result};

const WAITING: Error = Error::Conflict { what: Conflict::ExportWaiting };

async fn take(domain: &Domain, person: &Person, id: ExportId) -> Result<Vec<u8>> {
    let file = exports::open(domain, person, id, &local()).await?;
    let (mut bytes, mut place) = (Vec::new(), 0);
    while let Some(part) = exports::part(domain, &file, place).await? {
        bytes.extend(part);
        place += 1;
    }
    assert_eq!(i64::try_from(bytes.len()).unwrap(), file.bytes);
    Ok(bytes)
}

async fn rows(domain: &Domain) -> (i64, i64) {
    let row = sql!(
        domain.db(),
        fetch_one as (i64, i64),
        "select (select count(*) from exports), (select count(*) from export_parts)"
    );
    row.await.unwrap()
}

/// Fails the copy that waits as if its node had died while it wrote.
async fn claimed_by_the_dead(domain: &Domain, at: i64) {
    let mut tx = domain.begin().await.unwrap();
    sql!(
        &mut tx,
        execute,
        "update exports set claimed_at = $1, tries = tries + 1 where ready_at is null",
        at
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

vestibule_domain::both! {
    async fn a_copy_is_asked_for_written_told_of_and_taken(t: TestDomain) {
        let (ada, bob) = (person(&t.domain, ADA).await, person(&t.domain, BOB).await);
        let form = ProfileForm { bio: Some(Some("Words of mine".into())), ..ProfileForm::default() };
        vestibule_domain::profiles::change(&t.domain, &ada, form, None, &local()).await.unwrap();
        t.letters().await;
        let asked = exports::ask(&t.domain, &ada, &local()).await.unwrap();
        assert_eq!((asked.status, asked.bytes), (ExportStatus::Waiting, None));
        assert_eq!(exports::ask(&t.domain, &ada, &local()).await.unwrap(), asked, "one at a time");
        assert_eq!(exports::open(&t.domain, &ada, asked.id, &local()).await.unwrap_err(), WAITING);
        assert!(t.letters().await.is_empty());
        assert_eq!(exports::write_due(&t.domain).await, Ok(1));
        assert_eq!(exports::write_due(&t.domain).await, Ok(0), "written once");
        let letter = t.letters().await.pop().unwrap();
        assert_eq!(letter.subject, "Your data from Vestibule is ready");
        assert!(letter.text.contains("http://127.0.0.1:3000/account/data\n") && !letter.text.contains(&asked.id.to_string()), "{}", letter.text);
        let list = exports::list(&t.domain, &ada).await.unwrap();
        assert_eq!((list.len(), list[0].status, list[0].expires_at), (1, ExportStatus::Ready, Some(t.now().after(Duration::from_hours(7 * 24)))));
        assert_eq!(audited(&t.domain, "data_exported").await, 0, "nobody took it yet");
        let document: serde_json::Value = serde_json::from_slice(&take(&t.domain, &ada, asked.id).await.unwrap()).unwrap();
        assert_eq!((&document["account"]["email"], &document["profile"]["bio"]), (&serde_json::json!(ADA), &serde_json::json!("Words of mine")));
        assert_eq!(audited(&t.domain, "data_exported").await, 1);
        for (who, id) in [(&bob, asked.id), (&ada, ExportId(uuid::Uuid::nil()))] {
            assert_eq!(exports::open(&t.domain, who, id, &local()).await.unwrap_err(), Error::NotFound);
        }
        assert!(exports::list(&t.domain, &bob).await.unwrap().is_empty());
        t.clock.advance(Duration::from_hours(7 * 24));
        assert_eq!(exports::open(&t.domain, &ada, asked.id, &local()).await.unwrap_err(), Error::NotFound, "its time is over");
        assert!(exports::list(&t.domain, &ada).await.unwrap().is_empty());
        assert!(rows(&t.domain).await.1 > 0);
        jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(rows(&t.domain).await, (0, 0));
    }

    async fn a_large_copy_comes_back_whole(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        for _ in 0..3_000 {
            let mut tx = t.domain.begin().await.unwrap();
            let row = sql!(
                &mut tx,
                execute,
                "insert into audit (id, at, actor, actor_id, event, subject_id, detail)
                 values ($1, $2, 'person', $3, 'signed_in', $3, '{}')",
                t.domain.new_id(),
                t.now(),
                ada.user
            );
            row.await.unwrap();
            tx.commit().await.unwrap();
        }
        let asked = exports::ask(&t.domain, &ada, &local()).await.unwrap();
        exports::write_due(&t.domain).await.unwrap();
        let bytes = take(&t.domain, &ada, asked.id).await.unwrap();
        assert!(rows(&t.domain).await.1 > 1, "it has more than one part");
        let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert!(document["history"].as_array().unwrap().len() > 3_000);
    }

    async fn three_a_day_and_no_more(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let first = t.now();
        for _ in 0..exports::MOST_A_DAY {
            exports::ask(&t.domain, &ada, &local()).await.unwrap();
            assert_eq!(exports::write_due(&t.domain).await, Ok(1));
            t.clock.advance(Duration::from_mins(1));
        }
        let retry_at = first.after(Duration::from_hours(24));
        let refused = exports::ask(&t.domain, &ada, &local()).await;
        assert_eq!(refused, Err(Error::TooManyAttempts { retry_at }));
        t.clock.set(retry_at);
        exports::ask(&t.domain, &ada, &local()).await.unwrap();
    }

    async fn what_a_node_left_another_one_writes_and_after_five_times_nobody_does(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let asked = exports::ask(&t.domain, &ada, &local()).await.unwrap();
        claimed_by_the_dead(&t.domain, t.now().0).await;
        let other = t.node().await;
        assert_eq!(exports::write_due(&other.domain).await, Ok(0), "somebody writes it, as far as is known");
        t.clock.advance(Duration::from_mins(10));
        assert_eq!(exports::write_due(&other.domain).await, Ok(1));
        assert!(take(&t.domain, &ada, asked.id).await.is_ok(), "every node gives it out");
        exports::ask(&t.domain, &ada, &local()).await.unwrap();
        for _ in 0..5 {
            claimed_by_the_dead(&t.domain, t.now().0).await;
        }
        t.clock.advance(Duration::from_mins(10));
        assert_eq!(exports::write_due(&t.domain).await, Ok(0));
        let list = exports::list(&t.domain, &ada).await.unwrap();
        assert_eq!(list.iter().map(|one| one.status).collect::<Vec<_>>(), [ExportStatus::Failed, ExportStatus::Ready]);
        assert_eq!(exports::open(&t.domain, &ada, list[0].id, &local()).await.unwrap_err(), Error::NotFound);
    }

    async fn a_copy_goes_with_its_account(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        exports::ask(&t.domain, &ada, &local()).await.unwrap();
        exports::write_due(&t.domain).await.unwrap();
        exports::ask(&t.domain, &ada, &local()).await.unwrap();
        accounts::delete(&t.domain, &manage(), ada.user, &local()).await.unwrap();
        assert_eq!(rows(&t.domain).await, (0, 0));
        assert_eq!(exports::write_due(&t.domain).await, Ok(0));
    }

    async fn a_crowd_asks_for_one_and_a_crowd_of_nodes_writes_it_once(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain, ADA).await;
        t.letters().await;
        let answers = at_once(CROWD, |_| {
            let (domain, ada) = (t.domain.clone(), ada.clone());
            async move { exports::ask(&domain, &ada, &local()).await.unwrap().id }
        }).await;
        assert!(answers.iter().all(|id| *id == answers[0]));
        assert_eq!(audited(&t.domain, "export_asked").await, 1);
        let written = at_once(20, |_| {
            let domain = t.domain.clone();
            async move { exports::write_due(&domain).await.unwrap() }
        }).await;
        assert_eq!(written.iter().sum::<usize>(), 1);
        assert_eq!((audited(&t.domain, "export_ready").await, t.letters().await.len()), (1, 1));
    }
}
