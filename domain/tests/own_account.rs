//! What people do with their own sign-ins: see their sessions, end them, change the password.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::testing::{Engine, TestDomain, cheap_rules};
use vestibule_domain::{Actor, Client, Domain, Person, audit, auth, bans, sessions};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::{PasswordForm, SignInForm};
use vestibule_model::bans::BanForm;
use vestibule_model::events::By;
use vestibule_model::groups::{BanAccounts, ManageAccounts};
use vestibule_model::sessions::SessionKind;
use vestibule_model::{Error, Problem, Secret};

const PASSWORD: &str = "tangerine ladder sings quietly";

async fn account(domain: &Domain, email: &str) {
    account_with(domain, email, false).await;
}

async fn account_with(domain: &Domain, email: &str, admin: bool) {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &Client::local()).await.unwrap();
}

fn browser(agent: &str) -> Client {
    Client { address: "192.0.2.7".parse().ok(), user_agent: Some(agent.into()), request_id: None }
}

fn credentials(email: &str, password: &str) -> SignInForm {
    SignInForm { email: email.into(), password: password.into() }
}

async fn signed_in(domain: &Domain, email: &str, client: &Client) -> (Secret, Person) {
    let session = auth::sign_in(domain, credentials(email, PASSWORD), false, client).await.unwrap();
    let person = auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap();
    (session.secret, person)
}

fn change(current: &str, new: &str) -> PasswordForm {
    PasswordForm { current_password: current.into(), new_password: new.into(), end_other_sessions: None }
}

fn used(number: usize) -> String {
    format!("herons number {number} over still water")
}

vestibule_domain::both! {
    async fn a_person_sees_their_own_sessions_this_one_first(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        account(&t.domain, "bob@example.org").await;
        let (_, first) = signed_in(&t.domain, "ada@example.org", &browser("Firefox/1 Linux")).await;
        t.clock.advance(Duration::from_secs(5));
        signed_in(&t.domain, "ada@example.org", &browser("Edg/1 Windows")).await;
        auth::issue_tokens(&t.domain, credentials("ada@example.org", PASSWORD), &Client::local()).await.unwrap();
        signed_in(&t.domain, "bob@example.org", &Client::local()).await;
        let seen = sessions::list(&t.domain, &first).await.unwrap();
        assert_eq!(seen.len(), 3);
        assert!(seen[0].current && seen[0].id == first.session && !seen[1].current && !seen[2].current);
        assert_eq!((seen[0].device.as_str(), seen[0].address.as_deref()), ("Firefox on Linux", Some("192.0.2.7")));
        assert!(seen.iter().any(|one| one.device == "Edge on Windows" && one.kind == SessionKind::Browser));
        assert!(seen.iter().any(|one| one.device == "Unknown device" && one.kind == SessionKind::Api));
        t.clock.advance(Duration::from_hours(1));
        let seen = sessions::list(&t.domain, &first).await.unwrap();
        assert_eq!(seen.iter().map(|one| one.kind).collect::<Vec<_>>(), [SessionKind::Api], "the browsers idled out");
    }

    async fn c50_one_ends_ones_own_sessions_and_nobody_elses(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        account(&t.domain, "bob@example.org").await;
        let (kept, ada) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let (ended, other) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let (bobs, bob) = signed_in(&t.domain, "bob@example.org", &Client::local()).await;
        let foreign = sessions::end_own(&t.domain, &ada, bob.session, &Client::local()).await;
        assert_eq!(foreign, Err(Error::NotFound));
        sessions::end_own(&t.domain, &ada, other.session, &Client::local()).await.unwrap();
        assert_eq!(sessions::end_own(&t.domain, &ada, other.session, &Client::local()).await, Err(Error::NotFound));
        assert!(auth::by_cookie(&t.domain, ended.expose()).await.unwrap().is_none());
        for cookie in [&kept, &bobs] {
            assert!(auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().is_some());
        }
    }

    async fn ending_all_others_keeps_this_one(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        let (kept, ada) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let (ended, _) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let pair = auth::issue_tokens(&t.domain, credentials("ada@example.org", PASSWORD), &Client::local()).await;
        assert_eq!(sessions::end_others(&t.domain, &ada, &Client::local()).await.unwrap(), 2);
        assert_eq!(sessions::end_others(&t.domain, &ada, &Client::local()).await.unwrap(), 0);
        assert!(auth::by_cookie(&t.domain, kept.expose()).await.unwrap().is_some());
        assert!(auth::by_cookie(&t.domain, ended.expose()).await.unwrap().is_none());
        let refreshed = auth::refresh(&t.domain, &pair.unwrap().refresh_token, &Client::local()).await;
        assert_eq!(refreshed.unwrap_err(), Error::BadToken);
    }

    async fn c21_a_password_is_changed_by_who_knows_it_and_every_other_session_ends(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        let (kept, ada) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let (ended, _) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let new = "seven grey herons over water";
        let local = Client::local();
        let wrong = auth::change_password(&t.domain, &ada, change("not the password at all", new), &local);
        assert_eq!(wrong.await, Err(Error::WrongPassword));
        let weak = auth::change_password(&t.domain, &ada, change(PASSWORD, "aaaaaaaaaaaaaaaaaa"), &local);
        assert_eq!(weak.await, Err(Error::invalid("new_password", Problem::TooGuessable)));
        auth::change_password(&t.domain, &ada, change(PASSWORD, new), &Client::local()).await.unwrap();
        assert!(auth::by_cookie(&t.domain, kept.expose()).await.unwrap().is_some());
        assert!(auth::by_cookie(&t.domain, ended.expose()).await.unwrap().is_none());
        assert_eq!(t.letters().await.len(), 1, "a mail says so");
        let old = auth::sign_in(&t.domain, credentials("ada@example.org", PASSWORD), false, &Client::local()).await;
        assert_eq!(old.unwrap_err(), Error::BadCredentials);
        auth::sign_in(&t.domain, credentials("ada@example.org", new), false, &Client::local()).await.unwrap();
    }

    async fn ones_own_events_come_newest_first_page_by_page_and_nobody_elses(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        account(&t.domain, "bob@example.org").await;
        let from = browser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
        let (_, ada) = signed_in(&t.domain, "ada@example.org", &from).await;
        let (_, bob) = signed_in(&t.domain, "bob@example.org", &Client::local()).await;
        t.clock.advance(Duration::from_mins(1));
        account_with(&t.domain, "root@example.org", true).await;
        let (_, root) = signed_in(&t.domain, "root@example.org", &from).await;
        let ban = Actor::Person(root).allow::<BanAccounts>().unwrap();
        bans::impose(&t.domain, &ban, ada.user, BanForm { reason: "Spam".into(), until: None, note: None }, &from).await.unwrap();
        let all = audit::own_events(&t.domain, &ada, audit::Sought::default(), None, audit::MOST_EVENTS).await.unwrap();
        assert_eq!(all.next, None);
        let newest = &all.items[0];
        assert_eq!((newest.event.as_str(), newest.by, newest.reason.as_deref()), ("banned", By::Person, Some("Spam")));
        assert_eq!((&newest.address, &newest.device), (&None, &None), "they are the administrator's");
        let signed_in = all.items.iter().find(|one| one.event == "signed_in").unwrap();
        assert_eq!(signed_in.device.as_deref(), Some("Firefox on Linux"));
        assert_eq!((signed_in.by, signed_in.address.as_deref()), (By::Anonymous, Some("192.0.2.7")));
        // Many of one moment: none is left out and none comes twice.
        let mut paged = Vec::new();
        let mut after = None;
        loop {
            let page = audit::own_events(&t.domain, &ada, audit::Sought::default(), after.as_deref(), 1).await.unwrap();
            paged.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(paged, all.items);
        assert!(paged.len() > 2);
        let foreign = audit::own_events(&t.domain, &bob, audit::Sought::default(), Some(&newest.id), 1).await;
        assert_eq!(foreign, Err(Error::invalid("after", Problem::Unknown)));
        for limit in [0, 101] {
            let refused = audit::own_events(&t.domain, &ada, audit::Sought::default(), None, limit).await;
            assert_eq!(refused, Err(Error::invalid("limit", Problem::Malformed)));
        }
        let others = audit::own_events(&t.domain, &bob, audit::Sought::default(), None, 100).await.unwrap().items;
        assert!(others.iter().all(|one| !paged.contains(one)));
    }

    async fn who_wants_it_so_changes_the_password_and_stays_signed_in_elsewhere(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        let (here, ada) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let (there, _) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let pair = auth::issue_tokens(&t.domain, credentials("ada@example.org", PASSWORD), &Client::local()).await;
        let new = "seven grey herons over water";
        for (end, current, new) in [(Some(false), PASSWORD, new), (Some(true), new, "herons over still water")] {
            let form = PasswordForm { end_other_sessions: end, ..change(current, new) };
            auth::change_password(&t.domain, &ada, form, &Client::local()).await.unwrap();
            let kept = end == Some(false);
            assert!(auth::by_cookie(&t.domain, here.expose()).await.unwrap().is_some());
            assert_eq!(auth::by_cookie(&t.domain, there.expose()).await.unwrap().is_some(), kept);
            let letter = t.letters().await.pop().unwrap();
            assert_eq!(letter.text.contains("Your other sessions go on"), kept, "{}", letter.text);
            assert_eq!(letter.text.contains("All other sessions were ended"), !kept, "{}", letter.text);
            if kept {
                let token = &pair.as_ref().unwrap().refresh_token;
                auth::refresh(&t.domain, token, &Client::local()).await.expect("programs stay signed in too");
            }
        }
    }

    async fn c19_every_way_to_another_password_or_none_ends_browsers_and_token_families(t: TestDomain) {
        let local = Client::local();
        for (number, way) in ["reset", "changed", "deleted by its owner", "deleted by an operator"].iter().enumerate() {
            let email = format!("ada{number}@example.org");
            account(&t.domain, &email).await;
            let (_, ada) = signed_in(&t.domain, &email, &local).await;
            let (cookie, _) = signed_in(&t.domain, &email, &local).await;
            let pair = auth::issue_tokens(&t.domain, credentials(&email, PASSWORD), &local).await.unwrap();
            match *way {
                "reset" => {
                    auth::forgot(&t.domain, &email, &local).await.unwrap();
                    let letter = t.letters().await.pop().unwrap();
                    let token = Secret::new(letter.link().unwrap().split_once("token=").unwrap().1);
                    auth::reset(&t.domain, &token, &"seven grey herons over water".into(), &local).await.map(drop)
                }
                "changed" => {
                    let form = change(PASSWORD, "seven grey herons over water");
                    auth::change_password(&t.domain, &ada, form, &local).await
                }
                "deleted by its owner" => {
                    accounts::delete_own(&t.domain, &ada, &PASSWORD.into(), &local).await.map(drop)
                }
                _ => {
                    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
                    accounts::delete(&t.domain, &by, ada.user, &local).await
                }
            }
            .unwrap();
            assert!(auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().is_none(), "{way}: a browser");
            let access = auth::by_access_token(&t.domain, pair.access_token.expose()).await;
            assert_eq!(access.err(), Some(Error::BadToken), "{way}: an access token");
            let refresh = auth::refresh(&t.domain, &pair.refresh_token, &local).await;
            assert_eq!(refresh.unwrap_err(), Error::BadToken, "{way}: a family of tokens");
        }
    }

    async fn c22_every_device_that_stays_signed_in_has_a_secret_of_its_own(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        let remember = async || {
            let form = credentials("ada@example.org", PASSWORD);
            let session = auth::sign_in(&t.domain, form, true, &Client::local()).await.unwrap();
            let person = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
            (session.secret, person)
        };
        let ((phone, on_phone), (laptop, on_laptop), (desk, _)) = (remember().await, remember().await, remember().await);
        assert!(phone != laptop && laptop != desk && phone != desk);
        let alive = async |secret: &Secret| auth::by_cookie(&t.domain, secret.expose()).await.unwrap().is_some();
        sessions::end_own(&t.domain, &on_laptop, on_phone.session, &Client::local()).await.unwrap();
        assert_eq!((alive(&phone).await, alive(&laptop).await, alive(&desk).await), (false, true, true));
        let form = change(PASSWORD, "seven grey herons over water");
        auth::change_password(&t.domain, &on_laptop, form, &Client::local()).await.unwrap();
        assert_eq!((alive(&phone).await, alive(&laptop).await, alive(&desk).await), (false, true, false));
    }

    async fn c28_what_was_begun_is_not_finished_once_the_account_is_gone(t: TestDomain) {
        let local = Client::local();
        account(&t.domain, "ada@example.org").await;
        let (_, ada) = signed_in(&t.domain, "ada@example.org", &local).await;
        let pair = auth::issue_tokens(&t.domain, credentials("ada@example.org", PASSWORD), &local).await.unwrap();
        auth::forgot(&t.domain, "ada@example.org", &local).await.unwrap();
        let letter = t.letters().await.pop().unwrap();
        let token = Secret::new(letter.link().unwrap().split_once("token=").unwrap().1);
        assert!(auth::link_works(&t.domain, auth::Purpose::Reset, &token).await.unwrap(), "the page was opened");
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        accounts::delete(&t.domain, &by, ada.user, &local).await.unwrap();
        let new = || Secret::new("seven grey herons over water");
        assert_eq!(auth::reset(&t.domain, &token, &new(), &local).await, Err(Error::LinkDead));
        assert_eq!(auth::refresh(&t.domain, &pair.refresh_token, &local).await.unwrap_err(), Error::BadToken);
        let form = change(PASSWORD, new().expose());
        assert_eq!(auth::change_password(&t.domain, &ada, form, &local).await, Err(Error::BadToken));
        assert_eq!(accounts::delete_own(&t.domain, &ada, &PASSWORD.into(), &local).await, Err(Error::BadToken));
    }

    async fn a_blank_password_is_a_field_left_out_and_no_attempt(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        let (_, ada) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        for _ in 0..10 {
            let gone = accounts::delete_own(&t.domain, &ada, &"".into(), &Client::local()).await;
            assert_eq!(gone, Err(Error::invalid("password", Problem::Required)));
            let form = change("", "seven grey herons over water");
            let changed = auth::change_password(&t.domain, &ada, form, &Client::local()).await;
            assert_eq!(changed, Err(Error::invalid("current_password", Problem::Required)));
        }
        accounts::delete_own(&t.domain, &ada, &PASSWORD.into(), &Client::local()).await.unwrap();
    }

    async fn the_last_five_passwords_are_not_taken_again(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        let (_, ada) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let mut current = PASSWORD.to_owned();
        for number in 0..6 {
            t.clock.advance(Duration::from_secs(1));
            let form = change(&current, &used(number));
            auth::change_password(&t.domain, &ada, form, &Client::local()).await.unwrap();
            current = used(number);
        }
        for again in 0..=5 {
            let answer = auth::change_password(&t.domain, &ada, change(&current, &used(again)), &Client::local()).await;
            assert_eq!(answer, Err(Error::invalid("new_password", Problem::UsedBefore)), "{again}");
        }
        auth::forgot(&t.domain, "ada@example.org", &Client::local()).await.unwrap();
        let letters = t.letters().await;
        let token = letters.iter().find_map(|letter| letter.link()?.split_once("token=").map(|(_, token)| token));
        let token = Secret::new(token.unwrap());
        let reset = auth::reset(&t.domain, &token, &used(3).into(), &Client::local()).await;
        assert_eq!(reset, Err(Error::invalid("password", Problem::UsedBefore)));
        auth::change_password(&t.domain, &ada, change(&current, PASSWORD), &Client::local()).await.unwrap();
    }

    async fn of_former_passwords_as_many_are_kept_as_are_refused(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        account(&t.domain, "bob@example.org").await;
        let local = Client::local();
        let kept = async || {
            let row = vestibule_domain::sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from password_history");
            row.await.unwrap().0
        };
        let (_, bob) = signed_in(&t.domain, "bob@example.org", &local).await;
        auth::change_password(&t.domain, &bob, change(PASSWORD, &used(0)), &local).await.unwrap();
        let (_, ada) = signed_in(&t.domain, "ada@example.org", &local).await;
        let mut current = PASSWORD.to_owned();
        for number in 1..=8_i64 {
            t.clock.advance(Duration::from_secs(1));
            let next = used(usize::try_from(number).unwrap());
            auth::change_password(&t.domain, &ada, change(&current, &next), &local).await.unwrap();
            current = next;
            assert_eq!(kept().await, 1 + number.min(5), "and the one of somebody else stays");
        }
        for number in 3..=8 {
            let again = auth::change_password(&t.domain, &ada, change(&current, &used(number)), &local).await;
            assert_eq!(again, Err(Error::invalid("new_password", Problem::UsedBefore)), "{number}");
        }
        auth::change_password(&t.domain, &ada, change(&current, &used(2)), &local).await.unwrap();
        assert_eq!(kept().await, 6);
    }

    async fn two_changes_at_once_are_one(t: TestDomain) {
        account(&t.domain, "ada@example.org").await;
        let (_, ada) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
        let (one, two) = (change(PASSWORD, "herons to the west of it"), change(PASSWORD, "herons to the east of it"));
        let local = Client::local();
        let (first, second) = tokio::join!(
            auth::change_password(&t.domain, &ada, one, &local),
            auth::change_password(&t.domain, &ada, two, &local),
        );
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1, "{first:?} {second:?}");
    }
}

#[tokio::test]
async fn a_site_without_history_refuses_only_the_password_that_holds() {
    let forgetful = |options: &mut vestibule_domain::Options| {
        options.rules = cheap_rules();
        options.rules.passwords.history = 0;
    };
    let t = TestDomain::with(Engine::Sqlite, forgetful).await.unwrap();
    account(&t.domain, "ada@example.org").await;
    let (_, ada) = signed_in(&t.domain, "ada@example.org", &Client::local()).await;
    let same = auth::change_password(&t.domain, &ada, change(PASSWORD, PASSWORD), &Client::local()).await;
    assert_eq!(same, Err(Error::invalid("new_password", Problem::UsedBefore)));
    let new = "seven grey herons over water";
    auth::change_password(&t.domain, &ada, change(PASSWORD, new), &Client::local()).await.unwrap();
    auth::change_password(&t.domain, &ada, change(new, PASSWORD), &Client::local()).await.unwrap();
}
