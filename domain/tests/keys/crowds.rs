//! Many at once with keys: whatever the order, one truth (races R10, R13), on every node from the next request on.

use super::people::{ADA, holder, home, is_good, is_refused, key_of, named, person, shown, told};
use std::time::Duration;
use vestibule_domain::testing::{CROWD, at_once};
use vestibule_domain::{Actor, Domain, changes, keys};
use vestibule_model::error::Conflict;
use vestibule_model::keys::{KeyState, RotateForm};
use vestibule_model::{Error, Result};

/// How many of the answers are good, and that all others are `error`.
fn good<T: std::fmt::Debug>(answers: &[Result<T>], error: &Error) -> usize {
    let others = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert!(others.clone().all(|other| other == error), "{answers:?}");
    answers.len() - others.count()
}

vestibule_domain::both! {
    async fn r10_a_crowd_makes_no_more_keys_than_a_person_may_have(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain, ADA).await;
        let answers = at_once(CROWD, |_| {
            let (domain, ada) = (t.domain.clone(), ada.clone());
            async move { keys::create(&domain, &ada, named("One of many"), &home()).await }
        })
        .await;
        assert_eq!(good(&answers, &Error::Conflict { what: Conflict::KeyLimit }), 20);
        assert_eq!(keys::list(&t.domain, &ada).await.unwrap().len(), 20);
        assert_eq!(told(&t.domain, "key_created").await, 20);
    }

    async fn r13_a_key_is_revoked_once_and_nobody_uses_it_after_the_answer(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        is_good(&t.domain, &key, "before").await;
        let answers = at_once(CROWD, |number| {
            let (domain, ada, key) = (t.domain.clone(), ada.clone(), key.clone());
            async move {
                if number % 2 == 0 {
                    // Whoever reads it in this very moment may still be let in, and nobody afterwards.
                    let _ = holder(&domain, &key).await;
                    return Err(Error::NotFound);
                }
                let revoked = keys::revoke(&domain, &ada, key.key.id, &home()).await;
                assert_eq!(holder(&domain, &key).await.err(), Some(Error::BadToken), "after the answer");
                revoked
            }
        })
        .await;
        assert_eq!(good(&answers, &Error::NotFound), 1);
        is_refused(&t.domain, &key, "for good").await;
        assert_eq!((told(&t.domain, "key_revoked").await, shown(&t.domain, key.key.id).await.state), (1, KeyState::Revoked));
    }

    async fn many_who_rotate_a_key_at_once_each_get_a_secret_that_holds_for_the_overlap(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        let answers = at_once(CROWD, |_| {
            let (domain, ada, id) = (t.domain.clone(), ada.clone(), key.key.id);
            let form = RotateForm { overlap_hours: 1, ..RotateForm::default() };
            async move { keys::rotate(&domain, &ada, id, form, &home()).await.unwrap() }
        })
        .await;
        for new in &answers {
            is_good(&t.domain, new, "in the overlap").await;
        }
        t.clock.advance(Duration::from_hours(1));
        let mut standing = 0;
        for new in &answers {
            standing += usize::from(holder(&t.domain, new).await.is_ok());
        }
        assert_eq!(standing, 1, "the last one's");
        is_refused(&t.domain, &key, "the first").await;
    }

    async fn of_many_who_report_a_key_one_ends_it_and_its_owner_is_told_once(t: TestDomain) {
        let t = t.roomy().await;
        let key = key_of(&t.domain, &person(&t.domain, ADA).await).await;
        t.letters().await;
        let answers = at_once(CROWD, |_| {
            let (domain, key) = (t.domain.clone(), key.secret.clone());
            async move { keys::report(&domain, &key, &Actor::Anonymous, &home()).await }
        })
        .await;
        assert_eq!(answers, vec![Ok(()); CROWD]);
        assert_eq!((told(&t.domain, "key_leaked").await, t.letters().await.len()), (1, 1));
    }

    async fn c20_another_node_hears_of_a_revoked_key(t: TestDomain) {
        let there: Domain = t.second().await.unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        let watch = tokio::spawn(changes::watch(there.clone(), stop.clone()));
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        is_good(&t.domain, &key, "here").await;
        is_good(&there, &key, "there").await;
        keys::revoke(&t.domain, &ada, key.key.id, &home()).await.unwrap();
        is_refused(&t.domain, &key, "here").await;
        let heard = async {
            while holder(&there, &key).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), heard).await.expect("the other node hears of it");
        stop.cancel();
        watch.await.unwrap();
    }
}
