//! Another address for an account: asking, confirming, taking back; what kills a link; and many at once (cases C07, C10, C21;
//! race R5).
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{collections::BTreeSet, time::Duration};
use vestibule_domain::accounts::{self, NewAccount, Which, email};
use vestibule_domain::mail::Letter;
use vestibule_domain::testing::{CROWD, TestDomain, at_once};
use vestibule_domain::{Actor, Client, Domain, Person, auth, jobs};
use vestibule_model::accounts::{EmailChangeForm, RegisterForm};
use vestibule_model::auth::{PasswordForm, SignInForm};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::{Error, Problem, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";
const OTHER: &str = "seven grey herons over water";
const OLD: &str = "ada@example.org";
const NEW: &str = "ada.new@example.org";
const LOCAL: Client = Client { address: None, user_agent: None, request_id: None };

fn registration(email: &str) -> RegisterForm {
    RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    }
}

async fn account(domain: &Domain, email: &str) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let new = NewAccount { form: registration(email), verified: true, admin: false, expires_at: None };
    accounts::create(domain, &by, new, &Client::local()).await.unwrap().id
}

async fn sign_in(domain: &Domain, email: &str, password: &str) -> Result<Person, Error> {
    let form = SignInForm { email: email.into(), password: password.into() };
    let session = auth::sign_in(domain, form, false, &Client::local()).await?;
    Ok(auth::by_cookie(domain, session.secret.expose()).await?.unwrap())
}

async fn ask(domain: &Domain, person: &Person, email: &str) -> Result<(), Error> {
    let form = EmailChangeForm { email: email.into(), password: PASSWORD.into() };
    email::request(domain, person, form, &Client::local()).await
}

async fn confirm(domain: &Domain, person: &Person, token: &Secret) -> Result<(), Error> {
    email::confirm(domain, person, token, &Client::local()).await
}

/// The token of the link to `page` in the letters to `email`.
fn token(letters: &[Letter], email: &str, page: &str) -> Option<Secret> {
    let theirs = letters.iter().rev().filter(|letter| letter.to == email);
    let mut links =
        theirs.filter_map(|letter| letter.text.split_whitespace().find(|word| word.contains(page)));
    links.next().map(|link| Secret::new(link.split_once("token=").unwrap().1))
}

async fn mailed(t: &TestDomain, email: &str, page: &str) -> Secret {
    token(&t.letters().await, email, page).expect("a link came")
}

async fn shown(domain: &Domain, id: UserId) -> String {
    let by = Actor::Operator.allow::<ViewAccounts>().unwrap();
    accounts::show(domain, &by, &Which::Id(id)).await.unwrap().email.as_str().to_owned()
}

vestibule_domain::both! {
    async fn the_new_address_confirms_and_both_are_told(t: TestDomain) {
        let id = account(&t.domain, OLD).await;
        let (person, elsewhere) = (sign_in(&t.domain, OLD, PASSWORD).await.unwrap(), sign_in(&t.domain, OLD, PASSWORD).await.unwrap());
        ask(&t.domain, &person, NEW).await.unwrap();
        assert_eq!(shown(&t.domain, id).await, OLD, "nothing changes before it is confirmed");
        let letters = t.letters().await;
        assert_eq!(letters.len(), 2);
        let asked = letters.iter().find(|letter| letter.to == OLD).unwrap();
        assert!(asked.text.contains(NEW) && asked.text.contains("/forgot"), "{}", asked.text);
        let link = token(&letters, NEW, "/account/email/confirm").unwrap();
        assert_eq!(email::pending(&t.domain, &person, &link).await.unwrap().email.as_str(), NEW);
        confirm(&t.domain, &person, &link).await.unwrap();
        assert_eq!(shown(&t.domain, id).await, NEW);
        assert_eq!(confirm(&t.domain, &person, &link).await, Err(Error::LinkDead), "it works once");
        let told = t.letters().await;
        assert_eq!(told.iter().map(|letter| letter.to.as_str()).collect::<BTreeSet<_>>(), BTreeSet::from([OLD, NEW]));
        assert!(token(&told, OLD, "/email/undo").is_some() && token(&told, NEW, "/email/undo").is_none());
        assert_eq!(sign_in(&t.domain, OLD, PASSWORD).await.err(), Some(Error::BadCredentials));
        sign_in(&t.domain, NEW, PASSWORD).await.unwrap();
        let left = vestibule_domain::sessions::list(&t.domain, &person).await.unwrap();
        assert!(left.iter().any(|one| one.id == person.session) && left.iter().all(|one| one.id != elsewhere.session));
    }

    async fn c21_the_password_is_asked_for_and_the_address_is_looked_at(t: TestDomain) {
        account(&t.domain, OLD).await;
        let person = sign_in(&t.domain, OLD, PASSWORD).await.unwrap();
        let form = EmailChangeForm { email: NEW.into(), password: "not the password at all".into() };
        assert_eq!(email::request(&t.domain, &person, form, &Client::local()).await, Err(Error::WrongPassword));
        for (typed, problem) in [("", Problem::Required), ("nobody", Problem::Malformed), (OLD, Problem::Unchanged), ("a@b.org,c@d.org", Problem::Malformed)] {
            assert_eq!(ask(&t.domain, &person, typed).await, Err(Error::invalid("email", problem)), "{typed}");
        }
        assert!(t.letters().await.is_empty());
        ask(&t.domain, &person, "ADA@example.org").await.unwrap();
        let link = mailed(&t, "ADA@example.org", "/account/email/confirm").await;
        confirm(&t.domain, &person, &link).await.unwrap();
        assert_eq!(shown(&t.domain, person.user).await, "ADA@example.org", "another spelling is a change");
    }

    async fn a_known_address_is_answered_alike_and_told(t: TestDomain) {
        account(&t.domain, OLD).await;
        account(&t.domain, "bob@example.org").await;
        let person = sign_in(&t.domain, OLD, PASSWORD).await.unwrap();
        ask(&t.domain, &person, "Bob@example.org").await.unwrap();
        let letters = t.letters().await;
        assert_eq!(letters.len(), 2);
        let known = letters.iter().find(|letter| letter.to == "Bob@example.org").unwrap();
        assert!(known.subject.contains("in use") && !known.text.contains("token="), "{}", known.text);
        assert!(letters.iter().any(|letter| letter.to == OLD && letter.text.contains("Bob@example.org")));
    }

    async fn a_link_dies_with_whatever_comes_after_it(t: TestDomain) {
        account(&t.domain, OLD).await;
        let person = sign_in(&t.domain, OLD, PASSWORD).await.unwrap();
        let page = "/account/email/confirm";
        ask(&t.domain, &person, NEW).await.unwrap();
        let first = mailed(&t, NEW, page).await;
        ask(&t.domain, &person, "ada.third@example.org").await.unwrap();
        assert_eq!(confirm(&t.domain, &person, &first).await, Err(Error::LinkDead), "a newer wish");
        let second = mailed(&t, "ada.third@example.org", page).await;
        t.clock.advance(Duration::from_hours(1));
        let person = sign_in(&t.domain, OLD, PASSWORD).await.unwrap();
        assert_eq!(confirm(&t.domain, &person, &second).await, Err(Error::LinkDead), "an hour");
        ask(&t.domain, &person, NEW).await.unwrap();
        let third = mailed(&t, NEW, page).await;
        let (current_password, new_password) = (PASSWORD.into(), OTHER.into());
        let form = PasswordForm { current_password, new_password, ..PasswordForm::default() };
        auth::change_password(&t.domain, &person, form, &Client::local()).await.unwrap();
        assert_eq!(confirm(&t.domain, &person, &third).await, Err(Error::LinkDead), "another password");
        let form = EmailChangeForm { email: NEW.into(), password: OTHER.into() };
        email::request(&t.domain, &person, form, &Client::local()).await.unwrap();
        let fourth = mailed(&t, NEW, page).await;
        auth::forgot(&t.domain, OLD, &Client::local()).await.unwrap();
        let reset = mailed(&t, OLD, "/reset").await;
        auth::reset(&t.domain, &reset, &"lantern harbour under quartz".into(), &Client::local()).await.unwrap();
        let person = sign_in(&t.domain, OLD, "lantern harbour under quartz").await.unwrap();
        assert_eq!(confirm(&t.domain, &person, &fourth).await, Err(Error::LinkDead), "a reset");
    }

    async fn a_link_is_its_accounts_alone_and_others_die_with_the_change(t: TestDomain) {
        account(&t.domain, OLD).await;
        account(&t.domain, "eve@example.org").await;
        let (ada, eve) = (sign_in(&t.domain, OLD, PASSWORD).await.unwrap(), sign_in(&t.domain, "eve@example.org", PASSWORD).await.unwrap());
        ask(&t.domain, &ada, NEW).await.unwrap();
        auth::forgot(&t.domain, OLD, &Client::local()).await.unwrap();
        let letters = t.letters().await;
        let link = token(&letters, NEW, "/account/email/confirm").unwrap();
        let reset = token(&letters, OLD, "/reset").unwrap();
        assert_eq!(confirm(&t.domain, &eve, &link).await, Err(Error::LinkDead));
        assert_eq!(email::pending(&t.domain, &eve, &link).await, Err(Error::LinkDead));
        confirm(&t.domain, &ada, &link).await.unwrap();
        let stale = auth::reset(&t.domain, &reset, &OTHER.into(), &Client::local()).await;
        assert_eq!(stale.err(), Some(Error::LinkDead), "what was mailed to the old address is dead");
        for junk in ["", "x", &"A".repeat(43)] {
            assert_eq!(confirm(&t.domain, &ada, &junk.into()).await, Err(Error::LinkDead));
            assert_eq!(email::undo(&t.domain, &junk.into(), &Client::local()).await, Err(Error::LinkDead));
        }
    }

    async fn the_old_address_takes_the_change_back_whatever_came_after(t: TestDomain) {
        let id = account(&t.domain, OLD).await;
        let thief = sign_in(&t.domain, OLD, PASSWORD).await.unwrap();
        ask(&t.domain, &thief, "eve@example.org").await.unwrap();
        let link = mailed(&t, "eve@example.org", "/account/email/confirm").await;
        confirm(&t.domain, &thief, &link).await.unwrap();
        let undo = mailed(&t, OLD, "/email/undo").await;
        t.clock.advance(Duration::from_secs(1));
        let (current_password, new_password) = (PASSWORD.into(), OTHER.into());
        let form = PasswordForm { current_password, new_password, ..PasswordForm::default() };
        auth::change_password(&t.domain, &thief, form, &Client::local()).await.unwrap();
        let form = EmailChangeForm { email: "eve.two@example.org".into(), password: OTHER.into() };
        email::request(&t.domain, &thief, form, &Client::local()).await.unwrap();
        let link = mailed(&t, "eve.two@example.org", "/account/email/confirm").await;
        confirm(&t.domain, &thief, &link).await.unwrap();
        let theirs = mailed(&t, "eve@example.org", "/email/undo").await;
        accounts::register(&t.domain, registration(OLD), &Client::local()).await.unwrap();
        assert!(t.letters().await.iter().all(|letter| !letter.text.contains("token=")), "the address is kept for its owner");

        t.clock.advance(Duration::from_hours(71));
        assert_eq!(email::undoable(&t.domain, &undo).await.unwrap().as_str(), OLD);
        email::undo(&t.domain, &undo, &Client::local()).await.unwrap();
        assert_eq!(shown(&t.domain, id).await, OLD);
        assert_eq!(email::undo(&t.domain, &undo, &Client::local()).await, Err(Error::LinkDead), "it works once");
        assert_eq!(email::undo(&t.domain, &theirs, &Client::local()).await, Err(Error::LinkDead), "later ones died with it");
        for password in [PASSWORD, OTHER] {
            assert_eq!(sign_in(&t.domain, OLD, password).await.err(), Some(Error::BadCredentials), "{password}");
        }
        let letters = t.letters().await;
        assert!(letters.iter().any(|letter| letter.to == "eve.two@example.org"));
        let reset = token(&letters, OLD, "/reset").unwrap();
        let used = auth::reset(&t.domain, &reset, &OTHER.into(), &Client::local()).await;
        assert_eq!(used.err(), Some(Error::invalid("password", Problem::UsedBefore)), "the thief's password is not taken");
        auth::reset(&t.domain, &reset, &"lantern harbour under quartz".into(), &Client::local()).await.unwrap();
        sign_in(&t.domain, OLD, "lantern harbour under quartz").await.unwrap();
    }

    async fn the_way_back_closes_and_then_the_address_is_anybodys(t: TestDomain) {
        account(&t.domain, OLD).await;
        let person = sign_in(&t.domain, OLD, PASSWORD).await.unwrap();
        ask(&t.domain, &person, NEW).await.unwrap();
        let link = mailed(&t, NEW, "/account/email/confirm").await;
        confirm(&t.domain, &person, &link).await.unwrap();
        let undo = mailed(&t, OLD, "/email/undo").await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let again = |form| accounts::create(&t.domain, &by, NewAccount { form, verified: true, admin: false, expires_at: None }, &LOCAL);
        let taken = again(registration(OLD)).await;
        assert_eq!(taken.err(), Some(Error::Conflict { what: Conflict::EmailTaken }));
        t.clock.advance(Duration::from_hours(72));
        assert_eq!(email::undo(&t.domain, &undo, &Client::local()).await, Err(Error::LinkDead));
        jobs::sweep(&t.domain).await.unwrap();
        again(registration(OLD)).await.unwrap();
    }

    async fn an_address_that_was_never_confirmed_has_no_way_back(t: TestDomain) {
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let id = account(&t.domain, "typo@example.org").await;
        email::replace(&t.domain, &by, id, "somebody.else@example.org", false, &Client::local()).await.unwrap();
        let letters = t.letters().await;
        assert!(token(&letters, "somebody.else@example.org", "/verify").is_some());
        assert!(letters.iter().any(|letter| letter.to == "typo@example.org" && !letter.text.contains("token=")));
        let replaced = email::replace(&t.domain, &by, id, NEW, true, &Client::local()).await;
        replaced.unwrap();
        let letters = t.letters().await;
        assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [NEW], "a stranger hears nothing");
        account(&t.domain, "bob@example.org").await;
        let taken = email::replace(&t.domain, &by, id, "BOB@example.org", true, &Client::local()).await;
        assert_eq!(taken, Err(Error::Conflict { what: Conflict::EmailTaken }));
        let nobody = email::replace(&t.domain, &by, UserId(uuid::Uuid::nil()), OLD, true, &Client::local()).await;
        assert_eq!(nobody, Err(Error::NotFound));
    }

    async fn c07_r5_two_hundred_wishes_for_two_addresses_confirm_what_they_were_mailed_to(t: TestDomain) {
        let t = t.roomy().await;
        let id = account(&t.domain, OLD).await;
        let person = sign_in(&t.domain, OLD, PASSWORD).await.unwrap();
        let asked = at_once(CROWD, |number| {
            let (domain, person) = (t.domain.clone(), person.clone());
            async move { ask(&domain, &person, ["one@example.org", "two@example.org"][number % 2]).await }
        })
        .await;
        assert_eq!(asked, vec![Ok(()); CROWD]);
        assert_eq!(t.counted_attempts().await, 0, "the right password is no failure");
        let waiting = vestibule_domain::sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from email_changes");
        assert_eq!(waiting.await.unwrap().0, 1, "one change waits");
        let letters = t.letters().await;
        let links: Vec<_> = letters.iter().filter(|letter| letter.text.contains("/account/email/confirm")).collect();
        for address in ["one@example.org", "two@example.org"] {
            assert_eq!(links.iter().filter(|letter| letter.to == address).count(), CROWD / 2, "{address}");
        }
        assert_eq!(letters.iter().filter(|letter| letter.to == OLD).count(), CROWD, "the old address hears of each");
        assert_eq!(letters.len(), 2 * CROWD);
        let mut alive = Vec::new();
        for letter in links {
            let link = token(std::slice::from_ref(letter), &letter.to, "/account/email/confirm").unwrap();
            if let Ok(pending) = email::pending(&t.domain, &person, &link).await {
                assert_eq!(pending.email.as_str(), letter.to);
                alive.push((link, letter.to.clone()));
            }
        }
        let [(link, address)] = alive.as_slice() else { panic!("{} links are alive", alive.len()) };
        let answers = at_once(CROWD, |_| {
            let (domain, person, link) = (t.domain.clone(), person.clone(), link.clone());
            async move { confirm(&domain, &person, &link).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "one of two hundred");
        let dead = Err(Error::LinkDead);
        assert_eq!(answers.iter().filter(|answer| **answer == dead).count(), CROWD - 1, "{answers:?}");
        assert_eq!(shown(&t.domain, id).await, *address);
        let told: BTreeSet<_> = t.letters().await.into_iter().map(|letter| letter.to).collect();
        assert_eq!(told, BTreeSet::from([OLD.to_owned(), address.clone()]));
    }

    async fn many_who_confirm_one_address_at_once_are_one(t: TestDomain) {
        let t = t.roomy().await;
        let people = at_once(CROWD, |number| {
            let domain = t.domain.clone();
            async move {
                let email = format!("person{number}@example.org");
                account(&domain, &email).await;
                sign_in(&domain, &email, PASSWORD).await.unwrap()
            }
        })
        .await;
        // One address, spelled by each in another way, so that the letters can be told apart.
        let spelled = |number: usize| {
            let letters = "wantedbyall".chars().enumerate();
            let word: String = letters.map(|(place, c)| if number >> place & 1 == 1 { c.to_ascii_uppercase() } else { c }).collect();
            format!("{word}@example.org")
        };
        let asked = at_once(CROWD, |number| {
            let (domain, person) = (t.domain.clone(), people[number].clone());
            async move { ask(&domain, &person, &spelled(number)).await }
        })
        .await;
        assert_eq!(asked, vec![Ok(()); CROWD]);
        let letters = t.letters().await;
        let links: Vec<_> = (0..CROWD).map(|number| token(&letters, &spelled(number), "/account/email/confirm").unwrap()).collect();
        let answers = at_once(CROWD, |number| {
            let (domain, person, link) = (t.domain.clone(), people[number].clone(), links[number].clone());
            async move { confirm(&domain, &person, &link).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        let taken = Err(Error::Conflict { what: Conflict::EmailTaken });
        assert_eq!(answers.iter().filter(|answer| **answer == taken).count(), CROWD - 1, "{answers:?}");
        let winner = answers.iter().position(Result::is_ok).unwrap();
        assert_eq!(shown(&t.domain, people[winner].user).await, spelled(winner));
    }

    async fn an_undo_pressed_two_hundred_times_works_once(t: TestDomain) {
        let t = t.roomy().await;
        let id = account(&t.domain, OLD).await;
        let person = sign_in(&t.domain, OLD, PASSWORD).await.unwrap();
        ask(&t.domain, &person, NEW).await.unwrap();
        let link = mailed(&t, NEW, "/account/email/confirm").await;
        confirm(&t.domain, &person, &link).await.unwrap();
        let undo = mailed(&t, OLD, "/email/undo").await;
        let answers = at_once(CROWD, |_| {
            let (domain, undo) = (t.domain.clone(), undo.clone());
            async move { email::undo(&domain, &undo, &Client::local()).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let dead = Err(Error::LinkDead);
        assert_eq!(answers.iter().filter(|answer| **answer == dead).count(), CROWD - 1, "{answers:?}");
        assert_eq!(shown(&t.domain, id).await, OLD);
        assert_eq!(t.letters().await.len(), 2);
    }

    async fn an_account_that_goes_meanwhile_takes_its_links_along(t: TestDomain) {
        let id = account(&t.domain, OLD).await;
        let person = sign_in(&t.domain, OLD, PASSWORD).await.unwrap();
        ask(&t.domain, &person, NEW).await.unwrap();
        let link = mailed(&t, NEW, "/account/email/confirm").await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        accounts::delete(&t.domain, &by, id, &Client::local()).await.unwrap();
        assert_eq!(confirm(&t.domain, &person, &link).await, Err(Error::BadToken));
        account(&t.domain, NEW).await;
    }
}
