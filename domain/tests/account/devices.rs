//! Names of devices.

use crate::people::{ADA, BOB, audited, firefox, local, person, sign_in};
use std::time::Duration;
use vestibule_domain::testing::{CROWD, at_once};
use vestibule_domain::{Domain, Person, accounts, audit, auth, sessions, sql};
use vestibule_model::sessions::{Session, SessionForm};
use vestibule_model::{Error, Problem, Result, SessionId};

fn called(name: &str) -> SessionForm {
    SessionForm { name: Some(Some(name.to_owned())) }
}

async fn rename(domain: &Domain, person: &Person, id: SessionId, form: SessionForm) -> Result<Session> {
    sessions::rename(domain, person, id, form, &local()).await
}

vestibule_domain::both! {
    async fn a_device_is_called_as_its_owner_likes_until_they_take_the_name_away(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let named = rename(&t.domain, &ada, ada.session, called("  Work laptop ")).await.unwrap();
        assert_eq!((named.called(), named.device.as_str(), named.current), ("Work laptop", "Firefox on Linux", true));
        assert_eq!(sessions::list(&t.domain, &ada).await.unwrap()[0], named);
        let again = rename(&t.domain, &ada, ada.session, called("Work laptop")).await.unwrap();
        assert_eq!((again, audited(&t.domain, "device_named").await), (named.clone(), 1), "it is called so already");
        let same = rename(&t.domain, &ada, ada.session, SessionForm::default()).await.unwrap();
        assert_eq!(same, named, "what is not named stays");
        let events = audit::own_events(&t.domain, &ada, audit::Sought::default(), None, 1).await.unwrap().items;
        assert_eq!((events[0].event.as_str(), events[0].device.as_deref()), ("device_named", Some("Work laptop")));
        let copy = accounts::export(&t.domain, &ada, &local()).await.unwrap();
        assert_eq!(copy["sessions"][0]["name"], "Work laptop");
        let detail = sql!(t.domain.db(), fetch_all as (String,), "select detail from audit").await.unwrap();
        assert!(!detail.iter().any(|(detail,)| detail.contains("laptop")), "the trail outlives the account");
        let none = rename(&t.domain, &ada, ada.session, SessionForm { name: Some(None) }).await.unwrap();
        assert_eq!((none.called(), &none.name), ("Firefox on Linux", &None));
        assert_eq!(audited(&t.domain, "device_named").await, 2);
    }

    async fn names_that_trick_are_refused_and_hostile_ones_are_text(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        for (name, problem) in [
            ("", Problem::Required),
            ("\u{3164}", Problem::Required),
            ("a\u{202e}b", Problem::ForbiddenCharacter),
            ("a\r\nSubject: b", Problem::ForbiddenCharacter),
            (&"x".repeat(65), Problem::TooLong { max: 64 }),
        ] {
            let refused = rename(&t.domain, &ada, ada.session, called(name)).await;
            assert_eq!(refused, Err(Error::invalid("name", problem)), "{name:?}");
        }
        let hostile = "<script>'; drop table sessions;--";
        let named = rename(&t.domain, &ada, ada.session, called(hostile)).await.unwrap();
        assert_eq!(named.called(), hostile);
    }

    async fn c50_nobody_names_the_device_of_another_or_of_a_session_that_is_over(t: TestDomain) {
        let (ada, bob) = (person(&t.domain, ADA).await, person(&t.domain, BOB).await);
        let other = sign_in(&t.domain, ADA).await.unwrap();
        sessions::end_own(&t.domain, &ada, other.session, &local()).await.unwrap();
        let absent = SessionId(uuid::Uuid::nil());
        for session in [bob.session, other.session, absent] {
            assert_eq!(rename(&t.domain, &ada, session, called("Mine")).await, Err(Error::NotFound));
            assert_eq!(rename(&t.domain, &ada, session, SessionForm::default()).await, Err(Error::NotFound));
        }
        assert_eq!(sessions::list(&t.domain, &bob).await.unwrap()[0].name, None);
        t.clock.advance(Duration::from_hours(2));
        assert_eq!(rename(&t.domain, &ada, ada.session, called("Late")).await, Err(Error::NotFound), "it idled out");
        assert_eq!(audited(&t.domain, "device_named").await, 0);
    }

    async fn a_mail_about_a_session_names_its_device(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        for (name, said) in [("Backup script", true), ("win-big.example", false)] {
            let form = crate::people::credentials(ADA);
            let pair = auth::issue_tokens(&t.domain, form, &firefox()).await.unwrap();
            let id = auth::by_access_token(&t.domain, pair.access_token.expose()).await.unwrap().session;
            rename(&t.domain, &ada, id, called(name)).await.unwrap();
            auth::refresh(&t.domain, &pair.refresh_token, &local()).await.unwrap();
            t.letters().await;
            auth::refresh(&t.domain, &pair.refresh_token, &local()).await.unwrap_err();
            let letter = t.letters().await.pop().unwrap();
            assert_eq!(letter.text.contains(name), said, "{}", letter.text);
            assert_eq!(letter.html.unwrap().contains(name), said);
        }
    }

    async fn a_crowd_that_names_one_device_names_it_once(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain, ADA).await;
        let answers = at_once(CROWD, |_| {
            let (domain, ada) = (t.domain.clone(), ada.clone());
            async move { rename(&domain, &ada, ada.session, called("Phone")).await }
        }).await;
        assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|one| one.called() == "Phone")));
        assert_eq!(audited(&t.domain, "device_named").await, 1);
    }
}
