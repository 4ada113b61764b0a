//! Two hundred who do the same thing at once with one account: exactly one change, one mail and one truth come of it,
//! whoever was first. What a crowd meets at one address or one name stands in `races.rs`, `email_change.rs` and
//! `usernames.rs`.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeSet;
use vestibule_domain::accounts::{self, Leaving, NewAccount, Which};
use vestibule_domain::mail::Letter;
use vestibule_domain::testing::{CROWD, at_once};
use vestibule_domain::{Actor, Client, Domain, Person, auth, bans, notices, profiles, sessions, sql};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::{PasswordForm, SignInForm};
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{BanAccounts, ManageAccounts, ViewAccounts};
use vestibule_model::profiles::ProfileForm;
use vestibule_model::{Error, Result, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";
const EMAIL: &str = "ada@example.org";

fn local() -> Client {
    Client::local()
}

fn registration() -> RegisterForm {
    RegisterForm {
        email: EMAIL.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    }
}

async fn account(domain: &Domain) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let new = NewAccount { form: registration(), verified: true, admin: false, expires_at: None };
    accounts::create(domain, &by, new, &local()).await.unwrap().id
}

async fn sign_in(domain: &Domain, password: &str) -> Result<auth::NewSession> {
    let form = SignInForm { email: EMAIL.into(), password: password.into() };
    auth::sign_in(domain, form, false, &local()).await
}

/// An account, and its owner in a browser.
async fn person(domain: &Domain) -> Person {
    account(domain).await;
    let session = sign_in(domain, PASSWORD).await.unwrap();
    auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap()
}

fn token(letter: &Letter) -> Secret {
    Secret::new(letter.link().unwrap().split_once("token=").unwrap().1)
}

fn subjects(letters: &[Letter]) -> Vec<&str> {
    letters.iter().map(|letter| letter.subject.as_str()).collect()
}

/// How often it happened, as the audit has it.
async fn told(domain: &Domain, event: &str) -> i64 {
    let row = sql!(domain.db(), fetch_one as (i64,), "select count(*) from audit where event = $1", event);
    row.await.unwrap().0
}

/// How many of the answers are good, and that all others are `error`.
fn good<T: std::fmt::Debug>(answers: &[Result<T>], error: &Error) -> usize {
    let others = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert!(others.clone().all(|other| other == error), "{answers:?}");
    answers.len() - others.count()
}

vestibule_domain::both! {
    async fn c10_a_confirmation_link_followed_by_a_crowd_works_once(t: TestDomain) {
        let t = t.roomy().await;
        accounts::register(&t.domain, registration(), &local()).await.unwrap();
        let link = token(&t.letters().await[0]);
        let answers = at_once(CROWD, |_| {
            let (domain, link) = (t.domain.clone(), link.clone());
            async move { accounts::verify(&domain, &link, &local()).await }
        })
        .await;
        assert_eq!(good(&answers, &Error::LinkDead), 1);
        assert_eq!(subjects(&t.letters().await), ["Welcome to Vestibule"]);
        assert_eq!(told(&t.domain, "email_verified").await, 1);
        sign_in(&t.domain, PASSWORD).await.unwrap();
    }

    async fn a_password_changed_by_a_crowd_is_changed_once(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain).await;
        let elsewhere = sign_in(&t.domain, PASSWORD).await.unwrap();
        let new = |number: usize| format!("grey herons number {number} fly west");
        let answers = at_once(CROWD, |number| {
            let (domain, ada) = (t.domain.clone(), ada.clone());
            let form = PasswordForm { current_password: PASSWORD.into(), new_password: new(number).into(), ..PasswordForm::default() };
            async move { auth::change_password(&domain, &ada, form, &local()).await }
        })
        .await;
        assert_eq!(good(&answers, &Error::WrongPassword), 1, "for all others the old one is wrong by now");
        let winner = answers.iter().position(Result::is_ok).unwrap();
        assert_eq!(told(&t.domain, "password_changed").await, 1);
        let letters = t.letters().await;
        assert_eq!(letters.len(), 1, "{:?}", subjects(&letters));
        let row = sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from password_history").await;
        assert_eq!(row.unwrap().0, 1, "the one that was replaced");
        assert!(auth::by_cookie(&t.domain, elsewhere.secret.expose()).await.unwrap().is_none());
        let left = sessions::list(&t.domain, &ada).await.unwrap();
        assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [ada.session]);
        assert_eq!(sign_in(&t.domain, PASSWORD).await.unwrap_err(), Error::BadCredentials);
        assert_eq!(sign_in(&t.domain, &new((winner + 1) % CROWD)).await.unwrap_err(), Error::BadCredentials);
        sign_in(&t.domain, &new(winner)).await.unwrap();
    }

    async fn a_form_sent_by_a_crowd_from_one_state_is_taken_once(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain).await;
        let seen = [profiles::tag(&ada.account)];
        let answers = at_once(CROWD, |number| {
            let (domain, ada, seen) = (t.domain.clone(), ada.clone(), seen.clone());
            let form = ProfileForm { name: Some(Some(format!("Ada {number}"))), ..ProfileForm::default() };
            async move { profiles::change(&domain, &ada, form, Some(&seen), &local()).await }
        })
        .await;
        assert_eq!(good(&answers, &Error::ChangedMeanwhile), 1);
        let winner = answers.iter().position(Result::is_ok).unwrap();
        let by = Actor::Operator.allow::<ViewAccounts>().unwrap();
        let now = accounts::show(&t.domain, &by, &Which::Id(ada.user)).await.unwrap();
        assert_eq!(now.name.as_str(), format!("Ada {winner}"));
        assert_eq!(told(&t.domain, "profile_updated").await, 1);
        assert_eq!(t.letters().await.len(), 1);
    }

    async fn one_form_pressed_by_a_crowd_is_one_change(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain).await;
        let form = ProfileForm {
            name: Some(Some("Ada Lovelace".into())),
            username: Some(Some("lovelace".into())),
            bio: Some(Some("Writes programs.".into())),
            links: Some(Some(vec!["example.org".into(), "example.com".into()])),
            ..ProfileForm::default()
        };
        let answers = at_once(CROWD, |_| {
            let (domain, ada, form) = (t.domain.clone(), ada.clone(), form.clone());
            async move { profiles::change(&domain, &ada, form, None, &local()).await }
        })
        .await;
        let states: BTreeSet<_> = answers.iter().map(|me| profiles::tag(me.as_ref().unwrap())).collect();
        assert_eq!(states.len(), 1, "everybody is answered the same state");
        assert_eq!(answers[0].as_ref().unwrap().profile.links.len(), 2);
        assert_eq!(told(&t.domain, "profile_updated").await, 1);
        assert_eq!(told(&t.domain, "username_changed").await, 1);
        assert_eq!(t.letters().await.len(), 1, "of the user name and of the rest together");
    }

    async fn a_deletion_asked_by_a_crowd_is_asked_once(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain).await;
        let answers = at_once(CROWD, |_| {
            let (domain, ada) = (t.domain.clone(), ada.clone());
            async move { accounts::delete_own(&domain, &ada, &PASSWORD.into(), &local()).await }
        })
        .await;
        let due = t.now().after(t.domain.rules().accounts.deletion_grace);
        assert_eq!(answers, vec![Ok(Leaving::Due(due)); CROWD]);
        let letters = t.letters().await;
        assert_eq!(letters.len(), 1, "{:?}", subjects(&letters));
        assert!(letters[0].subject.contains("will be deleted"), "{}", letters[0].subject);
        assert_eq!(told(&t.domain, "deletion_asked").await, 1);
    }

    async fn a_deletion_that_a_crowd_of_sign_ins_takes_back_is_taken_back_once(t: TestDomain) {
        let t = t.roomy().await;
        let user = account(&t.domain).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        accounts::ask_deletion(&t.domain, &by, user, &local()).await.unwrap();
        t.letters().await;
        let answers = at_once(CROWD, |_| {
            let domain = t.domain.clone();
            async move { sign_in(&domain, PASSWORD).await.unwrap() }
        })
        .await;
        assert_eq!(answers.iter().filter(|session| session.deletion_cancelled).count(), 1);
        let mut alive = BTreeSet::new();
        for session in &answers {
            let person = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
            alive.insert(person.session);
        }
        assert_eq!(alive.len(), CROWD, "everybody is signed in, each on their own");
        let letters = t.letters().await;
        let stays = letters.iter().filter(|letter| letter.subject.contains("stays")).count();
        assert_eq!((stays, letters.len()), (1, 1), "{:?}", subjects(&letters));
        assert_eq!(told(&t.domain, "deletion_cancelled").await, 1);
        assert_eq!(t.counted_attempts().await, 0);
        t.clock.advance(t.domain.rules().accounts.deletion_grace);
        assert_eq!(accounts::erase_due(&t.domain).await, Ok(0));
    }

    async fn a_grace_that_a_crowd_of_nodes_ends_is_ended_once(t: TestDomain) {
        let t = t.roomy().await;
        let user = account(&t.domain).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        accounts::ask_deletion(&t.domain, &by, user, &local()).await.unwrap();
        t.letters().await;
        t.clock.advance(t.domain.rules().accounts.deletion_grace);
        let answers = at_once(CROWD, |_| {
            let domain = t.domain.clone();
            async move { accounts::erase_due(&domain).await.unwrap() }
        })
        .await;
        assert_eq!(answers.iter().sum::<usize>(), 1);
        assert_eq!(t.letters().await.len(), 1);
        assert_eq!(told(&t.domain, "account_deleted").await, 1);
    }

    async fn a_link_that_stops_mail_pressed_by_a_crowd_stops_it_once(t: TestDomain) {
        let t = t.roomy().await;
        accounts::register(&t.domain, registration(), &local()).await.unwrap();
        let link = token(&t.letters().await[0]);
        accounts::verify(&t.domain, &link, &local()).await.unwrap();
        let letters = t.letters().await;
        let stop = letters[0].text.split_whitespace().find(|word| word.contains("/unsubscribe?token=")).unwrap();
        let stop = Secret::new(stop.split_once("token=").unwrap().1);
        let answers = at_once(CROWD, |_| {
            let (domain, stop) = (t.domain.clone(), stop.clone());
            async move { notices::unsubscribe(&domain, &stop, &local()).await }
        })
        .await;
        assert_eq!(answers, vec![Ok(()); CROWD], "for each of them it is stopped");
        assert_eq!(told(&t.domain, "notices_chosen").await, 1);
        let rows = sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from notice_choices").await;
        assert_eq!(rows.unwrap().0, 1);
        assert!(t.letters().await.is_empty());
    }

    async fn a_crowd_that_bans_one_person_leaves_one_ban_and_lifts_it_once(t: TestDomain) {
        let t = t.roomy().await;
        let ada = account(&t.domain).await;
        let by = || Actor::Operator.allow::<BanAccounts>().unwrap();
        let impose = async |reason: fn(usize) -> String| {
            at_once(CROWD, |number| {
                let (domain, form) = (t.domain.clone(), BanForm { reason: reason(number), until: None, note: None });
                async move { bans::impose(&domain, &by(), ada, form, &local()).await.map(drop) }
            })
            .await
        };
        assert_eq!(impose(|_| "Spam".to_owned()).await, vec![Ok(()); CROWD]);
        assert_eq!((t.letters().await.len(), told(&t.domain, "banned").await), (1, 1), "the same ban is one");
        let all = impose(|number| format!("Reason {number}")).await;
        assert_eq!(all, vec![Ok(()); CROWD]);
        let rows = sql!(t.domain.db(), fetch_all as (Option<String>,), "select ending from bans").await.unwrap();
        let of = |ending: Option<&str>| rows.iter().filter(|row| row.0.as_deref() == ending).count();
        assert_eq!((of(None), of(Some("replaced"))), (1, CROWD), "each takes the place of the one before");
        let letters = t.letters().await;
        assert_eq!(letters.len(), CROWD);
        let standing = bans::standing(&t.domain, ada).await.unwrap().unwrap();
        assert!(letters.iter().any(|letter| letter.text.contains(standing.reason.as_str())));
        let lifted = at_once(CROWD, |_| {
            let domain = t.domain.clone();
            async move { bans::lift(&domain, &by(), ada, &local()).await }
        })
        .await;
        assert_eq!(good(&lifted, &Error::NotFound), 1);
        assert_eq!((t.letters().await.len(), told(&t.domain, "unbanned").await), (1, 1));
        sign_in(&t.domain, PASSWORD).await.unwrap();
    }

    async fn a_ban_whose_end_has_come_is_told_once_to_a_crowd_of_nodes(t: TestDomain) {
        let t = t.roomy().await;
        let ada = account(&t.domain).await;
        let by = Actor::Operator.allow::<BanAccounts>().unwrap();
        let until = t.now().after(std::time::Duration::from_mins(1));
        let form = BanForm { reason: "Spam".into(), until: Some(until), note: None };
        bans::impose(&t.domain, &by, ada, form, &local()).await.unwrap();
        t.letters().await;
        t.clock.set(until);
        let answers = at_once(CROWD, |_| {
            let domain = t.domain.clone();
            async move { bans::lapse(&domain).await.unwrap() }
        })
        .await;
        assert_eq!(answers.iter().sum::<usize>(), 1);
        assert_eq!(t.letters().await.len(), 1);
    }
}
