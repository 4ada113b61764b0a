//! What operators and administrators do to help somebody: sessions, links, data, and a deletion that is taken back.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount, Which};
use vestibule_domain::{Actor, Allowed, Client, Domain, Person, auth, sessions};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::{Error, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";
const EMAIL: &str = "ada@example.org";

fn local() -> Client {
    Client::local()
}

fn manage() -> Allowed<ManageAccounts> {
    Actor::Operator.allow().unwrap()
}

fn view() -> Allowed<ViewAccounts> {
    Actor::Operator.allow().unwrap()
}

async fn account(domain: &Domain, email: &str, verified: bool) -> UserId {
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified, admin: false, expires_at: None };
    accounts::create(domain, &manage(), new, &local()).await.unwrap().id
}

async fn sign_in(domain: &Domain, email: &str) -> Result<Person, Error> {
    let form = SignInForm { email: email.into(), password: PASSWORD.into() };
    let session = auth::sign_in(domain, form, false, &local()).await?;
    Ok(auth::by_cookie(domain, session.secret.expose()).await?.unwrap())
}

vestibule_domain::both! {
    async fn sessions_of_another_are_ended_one_or_all(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, true).await;
        let bob = account(&t.domain, "bob@example.org", true).await;
        let first = sign_in(&t.domain, EMAIL).await.unwrap();
        t.clock.advance(Duration::from_mins(1));
        let second = sign_in(&t.domain, EMAIL).await.unwrap();
        let theirs = sign_in(&t.domain, "bob@example.org").await.unwrap();
        let listed = async || sessions::list_of(&t.domain, &view(), ada).await.unwrap();
        let ids: Vec<_> = listed().await.iter().map(|one| one.id).collect();
        assert_eq!(ids, [second.session, first.session], "the one used last is first");
        assert!(listed().await.iter().all(|one| !one.current), "none of them asks");
        let not_hers = sessions::end_of(&t.domain, &manage(), ada, theirs.session, &local()).await;
        assert_eq!(not_hers, Err(Error::NotFound));
        sessions::end_of(&t.domain, &manage(), ada, first.session, &local()).await.unwrap();
        let again = sessions::end_of(&t.domain, &manage(), ada, first.session, &local()).await;
        assert_eq!(again, Err(Error::NotFound));
        assert_eq!(sessions::end_all_of(&t.domain, &manage(), ada, &local()).await, Ok(1));
        assert_eq!(sessions::end_all_of(&t.domain, &manage(), ada, &local()).await, Ok(0));
        assert!(listed().await.is_empty());
        assert_eq!(sessions::list_of(&t.domain, &view(), bob).await.unwrap().len(), 1);
        let document = accounts::export_of(&t.domain, &manage(), ada, &local()).await.unwrap();
        assert_eq!(document["sessions"][0]["end_reason"], "ended by an administrator");
    }

    async fn nobody_is_helped_who_is_not_there(t: TestDomain) {
        let nobody = UserId(t.domain.new_id());
        let (by, local) = (manage(), local());
        let gone = Err(Error::NotFound);
        assert_eq!(auth::send_reset(&t.domain, &by, nobody, &local).await, gone);
        assert_eq!(accounts::resend_verification_to(&t.domain, &by, nobody, &local).await, gone);
        assert_eq!(accounts::cancel_deletion(&t.domain, &by, nobody, &local).await, gone);
        assert_eq!(accounts::export_of(&t.domain, &by, nobody, &local).await.map(drop), gone);
        assert_eq!(sessions::end_all_of(&t.domain, &by, nobody, &local).await.map(drop), gone);
        assert!(t.letters().await.is_empty());
        let rows = vestibule_domain::sql!(t.domain.db(), fetch_all as (String,), "select event from audit order by at, id");
        assert!(rows.await.unwrap().is_empty(), "what did not happen is not written down");
    }

    async fn a_link_is_mailed_to_who_has_not_confirmed_and_to_nobody_else(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        accounts::resend_verification_to(&t.domain, &manage(), ada, &local()).await.unwrap();
        let letters = t.letters().await;
        assert!(letters.len() == 1 && letters[0].to == EMAIL, "{letters:?}");
        accounts::mark_verified(&t.domain, &manage(), ada, &local()).await.unwrap();
        let known = accounts::resend_verification_to(&t.domain, &manage(), ada, &local()).await;
        assert_eq!(known, Err(Error::Conflict { what: Conflict::AlreadyVerified }));
    }

    async fn a_deletion_is_taken_back_once_and_nobody_is_signed_in_by_it(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, true).await;
        let not = accounts::cancel_deletion(&t.domain, &manage(), ada, &local()).await;
        assert_eq!(not, Err(Error::NotFound));
        accounts::ask_deletion(&t.domain, &manage(), ada, &local()).await.unwrap();
        let (local, by) = (local(), manage());
        let (first, second) = tokio::join!(
            accounts::cancel_deletion(&t.domain, &by, ada, &local),
            accounts::cancel_deletion(&t.domain, &by, ada, &local),
        );
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1, "{first:?} {second:?}");
        let stays = t.letters().await.into_iter().filter(|letter| letter.subject.contains("stays"));
        assert_eq!(stays.count(), 1);
        assert!(sessions::list_of(&t.domain, &view(), ada).await.unwrap().is_empty());
        t.clock.advance(Duration::from_hours(30 * 24));
        assert_eq!(accounts::erase_due(&t.domain).await, Ok(0));
        sign_in(&t.domain, EMAIL).await.unwrap();
    }

    async fn erasing_and_taking_back_at_once_leave_a_whole_account_or_none(t: TestDomain) {
        for round in 0..6 {
            let email = format!("ada{round}@example.org");
            let ada = account(&t.domain, &email, true).await;
            accounts::ask_deletion(&t.domain, &manage(), ada, &local()).await.unwrap();
            t.clock.advance(Duration::from_hours(14 * 24));
            let (local, by) = (local(), manage());
            let (erased, kept) = tokio::join!(
                accounts::erase_due(&t.domain),
                accounts::cancel_deletion(&t.domain, &by, ada, &local),
            );
            let there = accounts::show(&t.domain, &view(), &Which::Id(ada)).await;
            match kept {
                Ok(()) => assert!(erased == Ok(0) && there.unwrap().deletion_due_at.is_none()),
                Err(error) => assert_eq!((erased, error, there.err()), (Ok(1), Error::NotFound, Some(Error::NotFound))),
            }
        }
    }
}
