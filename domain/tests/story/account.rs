//! The story of an account, told by the domain alone: setting up, registering, confirming, signing in, recovering, deleting.

use crate::people::{OTHER, PASSWORD, account, credentials, form, local, mailed_token, signed_in};
use std::time::Duration;
use vestibule_domain::Actor;
use vestibule_domain::accounts::{self, NewAccount, Which};
use vestibule_domain::auth::{self, Purpose};
use vestibule_domain::testing::{Engine, TestDomain, cheap_rules};
use vestibule_model::accounts::{RegisterForm, SetupForm};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::listing::{Limit, Page};
use vestibule_model::people::PeopleQuery;
use vestibule_model::{Error, Problem, Secret};

vestibule_domain::both! {
    async fn a_person_registers_confirms_and_signs_in(t: TestDomain) {
        accounts::register(&t.domain, form("Ada@Example.org"), &local()).await.unwrap();
        let early = auth::sign_in(&t.domain, credentials("ada@example.org", PASSWORD), false, &local()).await;
        assert_eq!(early.unwrap_err(), Error::BadCredentials);
        let token = mailed_token(&t, "Ada@Example.org").await;
        assert!(auth::link_works(&t.domain, Purpose::Verify, &token).await.unwrap());
        accounts::verify(&t.domain, &token, &local()).await.unwrap();
        let (_, person) = signed_in(&t.domain, "ADA@example.ORG").await;
        let me = &person.account;
        assert_eq!((me.email.as_str(), me.name.as_str()), ("Ada@Example.org", "Ada Lovelace"));
        assert_eq!(me.groups, ["member"]);
        assert_eq!(me.email_verified_at, Some(t.now()));
    }

    async fn c10_c11_a_link_works_once_until_it_expires_and_until_a_newer_one(t: TestDomain) {
        accounts::register(&t.domain, form("ada@example.org"), &local()).await.unwrap();
        let first = mailed_token(&t, "ada@example.org").await;
        accounts::resend_verification(&t.domain, "ada@example.org", &local()).await.unwrap();
        let second = mailed_token(&t, "ada@example.org").await;
        assert_eq!(accounts::verify(&t.domain, &first, &local()).await, Err(Error::LinkDead));
        t.clock.advance(Duration::from_hours(24));
        assert_eq!(accounts::verify(&t.domain, &second, &local()).await, Err(Error::LinkDead));
        accounts::resend_verification(&t.domain, "ada@example.org", &local()).await.unwrap();
        let third = mailed_token(&t, "ada@example.org").await;
        accounts::verify(&t.domain, &third, &local()).await.unwrap();
        assert_eq!(accounts::verify(&t.domain, &third, &local()).await, Err(Error::LinkDead));
        assert_eq!(t.letters().await[0].subject, "Welcome to Vestibule");
        accounts::resend_verification(&t.domain, "ada@example.org", &local()).await.unwrap();
        assert!(t.letters().await.is_empty(), "a confirmed address needs no link");
    }

    async fn c14_blank_and_cut_tokens_match_nothing(t: TestDomain) {
        accounts::register(&t.domain, form("ada@example.org"), &local()).await.unwrap();
        let token = mailed_token(&t, "ada@example.org").await;
        let text = token.expose();
        let upper = text.to_uppercase();
        for bad in ["", " ", "0", "null", &text[..42], &text[1..], &upper, &format!("{text}A"), &format!(" {text}")] {
            let answer = accounts::verify(&t.domain, &Secret::new(bad), &local()).await;
            assert_eq!(answer, Err(Error::LinkDead), "{bad:?}");
            let answer = auth::reset(&t.domain, &Secret::new(bad), &OTHER.into(), &local()).await;
            assert_eq!(answer, Err(Error::LinkDead), "{bad:?}");
        }
        assert_eq!(auth::reset(&t.domain, &token, &OTHER.into(), &local()).await, Err(Error::LinkDead));
        accounts::verify(&t.domain, &token, &local()).await.unwrap();
    }

    async fn c01_registering_for_somebody_else_prepares_nothing(t: TestDomain) {
        accounts::register(&t.domain, form("ada@example.org"), &local()).await.unwrap();
        let attackers = mailed_token(&t, "ada@example.org").await;
        let mut own = form("ada@example.org");
        own.password = OTHER.into();
        accounts::register(&t.domain, own, &local()).await.unwrap();
        let owners = mailed_token(&t, "ada@example.org").await;
        assert_eq!(accounts::verify(&t.domain, &attackers, &local()).await, Err(Error::LinkDead));
        auth::reset(&t.domain, &owners, &OTHER.into(), &local()).await.unwrap();
        let attacker = auth::sign_in(&t.domain, credentials("ada@example.org", PASSWORD), false, &local()).await;
        assert_eq!(attacker.unwrap_err(), Error::BadCredentials);
        auth::sign_in(&t.domain, credentials("ada@example.org", OTHER), false, &local()).await.unwrap();
    }

    async fn c01_a_link_sent_again_confirms_no_strangers_password(t: TestDomain) {
        accounts::register(&t.domain, form("ada@example.org"), &local()).await.unwrap();
        let mut own = form("ada@example.org");
        own.password = OTHER.into();
        accounts::register(&t.domain, own, &local()).await.unwrap();
        assert_eq!(t.letters().await.len(), 2);
        accounts::resend_verification(&t.domain, "ada@example.org", &local()).await.unwrap();
        let owners = mailed_token(&t, "ada@example.org").await;
        assert_eq!(accounts::verify(&t.domain, &owners, &local()).await, Err(Error::LinkDead), "it asks for a password");
        let attacker = auth::sign_in(&t.domain, credentials("ada@example.org", PASSWORD), false, &local()).await;
        assert_eq!(attacker.unwrap_err(), Error::BadCredentials);
        auth::reset(&t.domain, &owners, &OTHER.into(), &local()).await.unwrap();
        auth::sign_in(&t.domain, credentials("ada@example.org", OTHER), false, &local()).await.unwrap();
    }

    async fn registering_and_then_signing_in_tells_nothing_about_an_address(t: TestDomain) {
        account(&t.domain, "known@example.org", false).await;
        let mut told = Vec::new();
        for email in ["known@example.org", "new@example.org"] {
            let mut answers = Vec::new();
            for round in 0..9 {
                // Wrong guesses first: their count goes on when the address is registered in between.
                let password = if round == 3 { OTHER } else { "not the password at all" };
                if round == 3 {
                    let mut mine = form(email);
                    mine.password = OTHER.into();
                    accounts::register(&t.domain, mine, &local()).await.unwrap();
                }
                let answer = auth::sign_in(&t.domain, credentials(email, password), false, &local()).await;
                answers.push(answer.unwrap_err());
            }
            told.push(answers);
        }
        assert_eq!(told[0], told[1]);
        assert!(matches!(told[0][8], Error::TooManyAttempts { .. }));
    }

    async fn an_unconfirmed_registration_holds_no_user_name(t: TestDomain) {
        let named = |email: &str| RegisterForm { username: Some("Ada".into()), ..form(email) };
        accounts::register(&t.domain, named("one@example.org"), &local()).await.unwrap();
        accounts::register(&t.domain, named("two@example.org"), &local()).await.unwrap();
        let (one, two) = (mailed_token(&t, "one@example.org").await, {
            accounts::resend_verification(&t.domain, "two@example.org", &local()).await.unwrap();
            mailed_token(&t, "two@example.org").await
        });
        let first = accounts::verify(&t.domain, &two, &local()).await.unwrap();
        assert!(!first.username_taken);
        assert!(accounts::verify(&t.domain, &one, &local()).await.unwrap().username_taken);
        for (email, name) in [("two@example.org", Some("Ada")), ("one@example.org", None)] {
            let (_, person) = signed_in(&t.domain, email).await;
            assert_eq!(person.account.username.as_ref().map(vestibule_model::Username::as_str), name, "{email}");
        }
        let third = accounts::register(&t.domain, named("three@example.org"), &local()).await;
        assert_eq!(third, Err(Error::invalid("username", Problem::Taken)));
    }

    async fn a_reset_that_confirms_takes_the_wished_user_name_too(t: TestDomain) {
        let named = RegisterForm { username: Some("ada".into()), ..form("ada@example.org") };
        accounts::register(&t.domain, named, &local()).await.unwrap();
        mailed_token(&t, "ada@example.org").await;
        auth::forgot(&t.domain, "ada@example.org", &local()).await.unwrap();
        let token = mailed_token(&t, "ada@example.org").await;
        assert!(!auth::reset(&t.domain, &token, &OTHER.into(), &local()).await.unwrap().username_taken);
        let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
        accounts::show(&t.domain, &view, &Which::Username("ADA".into())).await.unwrap();
    }

    async fn c68_the_meter_looks_at_no_more_than_a_form_takes(t: TestDomain) {
        let endless = "4@8({[<369!1|0$57+%2 ".repeat(100);
        let strength = auth::strength(&t.domain, &endless.into(), &[]).await.unwrap();
        assert_eq!(strength.problem, Some(Problem::TooLong { max: 256 }));
        assert_eq!(auth::strength(&t.domain, &OTHER.into(), &["ada"]).await.unwrap().problem, None);
        let short = auth::strength(&t.domain, &"short".into(), &[]).await.unwrap();
        assert_eq!(short.problem, Some(Problem::TooShort { min: 15 }));
    }

    async fn a_known_address_is_answered_alike_and_its_owner_told(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        accounts::register(&t.domain, form("ADA@example.org"), &local()).await.unwrap();
        let letters = t.letters().await;
        assert_eq!(letters.len(), 1);
        assert!(letters[0].to.contains("ada@example.org"), "only to the address that is stored: {}", letters[0].to);
        assert!(!letters[0].text.contains("token="), "nothing that opens anything");
        auth::forgot(&t.domain, "nobody@example.org", &local()).await.unwrap();
        assert!(t.letters().await.is_empty());
    }

    async fn a_reset_ends_every_session_and_says_so(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let (cookie, _) = signed_in(&t.domain, "ada@example.org").await;
        let pair = auth::issue_tokens(&t.domain, credentials("ada@example.org", PASSWORD), &local()).await.unwrap();
        auth::forgot(&t.domain, "Ada@example.org", &local()).await.unwrap();
        let token = mailed_token(&t, "ada@example.org").await;
        let refused = auth::reset(&t.domain, &token, &"lovelace lovelace".into(), &local()).await;
        assert_eq!(refused, Err(Error::invalid("password", Problem::TooPersonal)));
        auth::reset(&t.domain, &token, &OTHER.into(), &local()).await.unwrap();
        assert!(auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().is_none());
        assert_eq!(auth::by_access_token(&t.domain, pair.access_token.expose()).await.err(), Some(Error::BadToken));
        let again = auth::refresh(&t.domain, &pair.refresh_token, &local()).await;
        assert_eq!(again.unwrap_err(), Error::BadToken);
        assert_eq!(auth::reset(&t.domain, &token, &PASSWORD.into(), &local()).await, Err(Error::LinkDead));
        let told = t.letters().await;
        assert!(told.iter().any(|letter| letter.subject.to_lowercase().contains("password")), "{told:?}");
        let old = auth::sign_in(&t.domain, credentials("ada@example.org", PASSWORD), false, &local()).await;
        assert_eq!(old.unwrap_err(), Error::BadCredentials);
        auth::sign_in(&t.domain, credentials("ada@example.org", OTHER), false, &local()).await.unwrap();
    }

    async fn deleting_takes_the_password_and_leaves_nothing_that_works(t: TestDomain) {
        account(&t.domain, "root@example.org", true).await;
        account(&t.domain, "ada@example.org", false).await;
        let (cookie, person) = signed_in(&t.domain, "ada@example.org").await;
        let pair = auth::issue_tokens(&t.domain, credentials("ada@example.org", PASSWORD), &local()).await.unwrap();
        let wrong = accounts::delete_own(&t.domain, &person, &OTHER.into(), &local()).await;
        assert_eq!(wrong, Err(Error::WrongPassword));
        accounts::delete_own(&t.domain, &person, &PASSWORD.into(), &local()).await.unwrap();
        assert!(auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().is_none());
        assert_eq!(auth::by_access_token(&t.domain, pair.access_token.expose()).await.err(), Some(Error::BadToken));
        assert_eq!(auth::refresh(&t.domain, &pair.refresh_token, &local()).await.unwrap_err(), Error::BadToken);
        t.clock.advance(t.domain.rules().accounts.deletion_grace);
        assert_eq!(accounts::erase_due(&t.domain).await, Ok(1));
        let gone = auth::sign_in(&t.domain, credentials("ada@example.org", PASSWORD), false, &local()).await;
        assert_eq!(gone.unwrap_err(), Error::BadCredentials);
        assert!(t.letters().await.iter().any(|letter| letter.to.contains("ada@example.org")));
        accounts::register(&t.domain, form("ada@example.org"), &local()).await.unwrap();
    }

    async fn the_printed_link_makes_one_administrator_and_never_works_again(t: TestDomain) {
        assert!(auth::setup_open(&t.domain).await.unwrap());
        let old = auth::setup_link(&t.domain).await.unwrap().unwrap();
        let token = auth::setup_link(&t.domain).await.unwrap().unwrap();
        let setup = |token: &Secret| SetupForm {
            token: token.clone(),
            email: "root@example.org".into(),
            password: PASSWORD.into(),
            name: "Root".into(),
        };
        assert_eq!(auth::set_up(&t.domain, setup(&old), &local()).await.unwrap_err(), Error::LinkDead);
        let session = auth::set_up(&t.domain, setup(&token), &local()).await.unwrap();
        let person = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
        assert!(person.is_admin());
        assert_eq!(auth::set_up(&t.domain, setup(&token), &local()).await.unwrap_err(), Error::NotFound);
        assert!(auth::setup_link(&t.domain).await.unwrap().is_none());
        assert!(!auth::setup_open(&t.domain).await.unwrap());
    }

    async fn operators_make_find_and_delete_accounts(t: TestDomain) {
        let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
        let manage = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let mut ids = Vec::new();
        for name in ["a_b", "axb", "a%b"] {
            t.clock.advance(Duration::from_millis(1));
            ids.push(account(&t.domain, &format!("{name}@example.org"), false).await.id);
        }
        let search = |search: &str| PeopleQuery { search: Some(search.into()), ..PeopleQuery::default() };
        let found = accounts::list(&t.domain, &view, &search("A_B@"), &Page::default()).await.unwrap();
        assert_eq!(found.items.iter().map(|one| one.email.as_str()).collect::<Vec<_>>(), ["a_b@example.org"]);
        let two = |cursor| Page { limit: Limit::new(2).unwrap(), cursor, total: true };
        let first = accounts::list(&t.domain, &view, &PeopleQuery::default(), &two(None)).await.unwrap();
        let rest = accounts::list(&t.domain, &view, &PeopleQuery::default(), &two(first.next)).await.unwrap();
        assert_eq!((first.total, rest.next), (Some(3), None));
        let order: Vec<_> = first.items.iter().chain(&rest.items).map(|one| one.id).collect();
        assert_eq!(order, ids.iter().rev().copied().collect::<Vec<_>>(), "newest first, none twice, none lost");
        let twice = NewAccount { form: form("A_B@example.org"), verified: false, admin: false, expires_at: None };
        let taken = accounts::create(&t.domain, &manage, twice, &local()).await;
        assert_eq!(taken.unwrap_err(), Error::Conflict { what: Conflict::EmailTaken });
        accounts::delete(&t.domain, &manage, ids[0], &local()).await.unwrap();
        assert_eq!(accounts::delete(&t.domain, &manage, ids[0], &local()).await, Err(Error::NotFound));
        let gone = accounts::show(&t.domain, &view, &Which::Id(ids[0])).await;
        assert_eq!(gone.unwrap_err(), Error::NotFound);
    }

    async fn c51_only_an_administrator_makes_administrators(t: TestDomain) {
        let root = account(&t.domain, "root@example.org", true).await;
        assert_eq!(root.groups, ["admin", "member"]);
        account(&t.domain, "clerk@example.org", false).await;
        let mut tx = t.domain.begin().await.unwrap();
        vestibule_domain::sql!(
            &mut tx,
            execute,
            "insert into group_permissions (group_name, permission) values ('member', 'accounts:manage')"
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        for (who, allowed) in [("clerk@example.org", false), ("root@example.org", true)] {
            let (_, person) = signed_in(&t.domain, who).await;
            let by = Actor::Person(person).allow::<ManageAccounts>().unwrap();
            let new = NewAccount { form: form(&format!("new-{who}")), verified: true, admin: true, expires_at: None };
            assert_eq!(accounts::create(&t.domain, &by, new, &local()).await.is_ok(), allowed, "{who}");
        }
    }

}

#[tokio::test(start_paused = true)]
async fn c67_asking_for_a_mail_is_answered_by_the_clock_and_not_by_the_work() {
    // tokio moves a paused clock on when nothing runs, but not past blocking work.
    let (_running, end) = std::sync::mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || end.recv());
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(t) = TestDomain::on(engine).await else { continue };
        accounts::register(&t.domain, form("ada@example.org"), &local()).await.unwrap();
        let links = async || {
            let row =
                vestibule_domain::sql!(t.domain.db(), fetch_all as (String,), "select token_hash from links");
            row.await.unwrap()
        };
        for (email, forgot) in [
            ("ada@example.org", true),
            ("nobody@example.org", true),
            ("ada@example.org", false),
            ("nobody@example.org", false),
        ] {
            let (domain, before) = (t.domain.clone(), links().await);
            let asked = tokio::spawn(async move {
                if forgot {
                    auth::forgot(&domain, email, &local()).await
                } else {
                    accounts::resend_verification(&domain, email, &local()).await
                }
            });
            while links().await == before {
                tokio::task::yield_now().await;
            }
            assert!(!asked.is_finished(), "{engine:?} {email}: all is written, and nothing is said");
            tokio::time::advance(Duration::from_secs(1)).await;
            asked.await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_closed_site_registers_nobody() {
    let closed = |options: &mut vestibule_domain::Options| {
        options.rules = cheap_rules();
        options.rules.accounts.registration_open = false;
    };
    let t = TestDomain::with(Engine::Sqlite, closed).await.unwrap();
    let answer = accounts::register(&t.domain, form("ada@example.org"), &local()).await;
    assert_eq!(answer, Err(Error::RegistrationClosed));
}
