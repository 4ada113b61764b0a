//! Bans of people: imposed, told, honest to whoever proves the password, over by hand and by the clock.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount, Which};
use vestibule_domain::testing::{TestDomain, at_once};
use vestibule_domain::{Actor, Allowed, Client, Domain, Person, auth, bans, groups, jobs, sql};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::bans::BanForm;
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ADMIN, BanAccounts, ManageAccounts, ManageGroups, ViewAccounts};
use vestibule_model::{Error, Problem, Secret, Timestamp, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";
const EMAIL: &str = "ada@example.org";

fn local() -> Client {
    Client::local()
}

fn operator() -> Allowed<BanAccounts> {
    Actor::Operator.allow().unwrap()
}

fn credentials(email: &str, password: &str) -> SignInForm {
    SignInForm { email: email.into(), password: password.into() }
}

fn form(reason: &str, until: Option<Timestamp>) -> BanForm {
    BanForm { reason: reason.into(), until, note: None }
}

async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &local()).await.unwrap().id
}

async fn signed_in(domain: &Domain, email: &str) -> (Secret, Person) {
    let session = auth::sign_in(domain, credentials(email, PASSWORD), false, &local()).await.unwrap();
    let person = auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap();
    (session.secret, person)
}

async fn refused(domain: &Domain, password: &str) -> Error {
    auth::sign_in(domain, credentials(EMAIL, password), false, &local()).await.unwrap_err()
}

/// A member with the permission to ban.
async fn moderator(t: &TestDomain) -> Person {
    account(&t.domain, "eve@example.org", false).await;
    let mut tx = t.domain.begin().await.unwrap();
    let granted = sql!(
        &mut tx,
        execute,
        "insert into group_permissions (group_name, permission) values ('member', 'accounts:ban')"
    );
    granted.await.unwrap();
    tx.commit().await.unwrap();
    signed_in(&t.domain, "eve@example.org").await.1
}

/// How the bans of all people ended, oldest first.
async fn endings(domain: &Domain) -> Vec<Option<String>> {
    let rows =
        sql!(domain.db(), fetch_all as (Option<String>,), "select ending from bans order by since, id");
    rows.await.unwrap().into_iter().map(|(ending,)| ending).collect()
}

async fn events(domain: &Domain) -> Vec<(String, String)> {
    let rows = sql!(
        domain.db(),
        fetch_all as (String, String),
        "select event, actor from audit where event in ('banned', 'unbanned') order by at, id"
    );
    rows.await.unwrap()
}

vestibule_domain::both! {
    async fn a_ban_ends_everything_at_once_and_is_told(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let (cookie, _) = signed_in(&t.domain, EMAIL).await;
        let pair = auth::issue_tokens(&t.domain, credentials(EMAIL, PASSWORD), &local()).await.unwrap();
        t.letters().await;
        let ban = bans::impose(&t.domain, &operator(), ada, form(" Spam in profiles ", None), &local()).await.unwrap();
        assert_eq!((ban.reason.as_str(), ban.author, ban.since, ban.until), ("Spam in profiles", None, t.now(), None));
        assert!(auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().is_none());
        assert_eq!(auth::by_access_token(&t.domain, pair.access_token.expose()).await.err(), Some(Error::BadToken));
        assert_eq!(auth::refresh(&t.domain, &pair.refresh_token, &local()).await.unwrap_err(), Error::BadToken);
        let letters = t.letters().await;
        assert_eq!(letters.len(), 1);
        assert!(letters[0].text.contains("Spam in profiles") && letters[0].to.contains(EMAIL), "{}", letters[0].text);
        assert_eq!(events(&t.domain).await, [("banned".into(), "operator".into())]);
        assert_eq!(bans::standing(&t.domain, ada).await.unwrap(), Some(ban.clone()));
        let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
        assert_eq!(accounts::show(&t.domain, &view, &Which::Id(ada)).await.unwrap().ban, Some(ban));
    }

    async fn only_who_proves_the_password_hears_of_the_ban(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let until = t.now().after(Duration::from_hours(24));
        bans::impose(&t.domain, &operator(), ada, form("Spam", Some(until)), &local()).await.unwrap();
        let honest = Error::Banned { reason: "Spam".into(), until: Some(until) };
        for _ in 0..8 {
            assert_eq!(refused(&t.domain, PASSWORD).await, honest, "the right password is no failure");
        }
        let token = auth::issue_tokens(&t.domain, credentials(EMAIL, PASSWORD), &local()).await;
        assert_eq!(token.unwrap_err(), honest);
        assert_eq!(refused(&t.domain, "not the password at all").await, Error::BadCredentials);
    }

    async fn c28_a_new_password_does_not_let_a_banned_person_in(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        auth::forgot(&t.domain, EMAIL, &local()).await.unwrap();
        let letter = t.letters().await.pop().unwrap();
        let token = Secret::new(letter.link().unwrap().split_once("token=").unwrap().1);
        bans::impose(&t.domain, &operator(), ada, form("Spam", None), &local()).await.unwrap();
        auth::reset(&t.domain, &token, &"seven grey herons over water".into(), &local()).await.unwrap();
        let answer = refused(&t.domain, "seven grey herons over water").await;
        assert_eq!(answer, Error::Banned { reason: "Spam".into(), until: None });
    }

    async fn another_reason_or_end_replaces_the_ban_and_the_same_changes_nothing(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let first = bans::impose(&t.domain, &operator(), ada, form("Spam", None), &local()).await.unwrap();
        t.clock.advance(Duration::from_secs(1));
        let same = bans::impose(&t.domain, &operator(), ada, form("Spam", None), &local()).await.unwrap();
        assert_eq!(same, first);
        let until = t.now().after(Duration::from_hours(1));
        bans::impose(&t.domain, &operator(), ada, form("Spam", Some(until)), &local()).await.unwrap();
        assert_eq!(t.letters().await.len(), 2);
        assert_eq!(endings(&t.domain).await, [Some("replaced".into()), None]);
        assert_eq!(bans::standing(&t.domain, ada).await.unwrap().unwrap().until, Some(until));
    }

    async fn a_ban_is_lifted_once(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        assert_eq!(bans::lift(&t.domain, &operator(), ada, &local()).await, Err(Error::NotFound));
        bans::impose(&t.domain, &operator(), ada, form("Spam", None), &local()).await.unwrap();
        t.letters().await;
        t.clock.advance(Duration::from_secs(1));
        bans::lift(&t.domain, &operator(), ada, &local()).await.unwrap();
        assert_eq!(bans::lift(&t.domain, &operator(), ada, &local()).await, Err(Error::NotFound));
        assert_eq!(endings(&t.domain).await, [Some("lifted".into())]);
        assert_eq!(t.letters().await.len(), 1);
        let told = [("banned".into(), "operator".into()), ("unbanned".into(), "operator".into())];
        assert_eq!(events(&t.domain).await, told);
        signed_in(&t.domain, EMAIL).await;
    }

    async fn a_ban_ends_by_itself_and_the_job_tells_of_it_once(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let until = t.now().after(Duration::from_hours(1));
        bans::impose(&t.domain, &operator(), ada, form("Spam", Some(until)), &local()).await.unwrap();
        t.clock.advance(Duration::from_secs(3_599));
        assert!(matches!(refused(&t.domain, PASSWORD).await, Error::Banned { .. }));
        assert_eq!(bans::lapse(&t.domain).await.unwrap(), 0);
        t.letters().await;
        t.clock.advance(Duration::from_secs(1));
        assert_eq!(bans::standing(&t.domain, ada).await.unwrap(), None, "over before any job has run");
        signed_in(&t.domain, EMAIL).await;
        assert_eq!(bans::lapse(&t.domain).await.unwrap(), 1);
        assert_eq!(bans::lapse(&t.domain).await.unwrap(), 0);
        assert_eq!(endings(&t.domain).await, [Some("lapsed".into())]);
        assert_eq!(events(&t.domain).await[1], ("unbanned".into(), "anonymous".into()));
        assert!(t.letters().await.iter().any(|letter| letter.subject.contains("no longer banned")));
        jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(endings(&t.domain).await.len(), 1, "the history stays");
    }

    async fn a_ban_after_one_that_lapsed_unseen_tells_of_both(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let until = t.now().after(Duration::from_hours(1));
        bans::impose(&t.domain, &operator(), ada, form("Spam", Some(until)), &local()).await.unwrap();
        t.clock.advance(Duration::from_hours(2));
        assert_eq!(bans::lift(&t.domain, &operator(), ada, &local()).await, Err(Error::NotFound));
        bans::impose(&t.domain, &operator(), ada, form("Spam again", None), &local()).await.unwrap();
        assert_eq!(endings(&t.domain).await, [Some("lapsed".into()), None]);
        assert_eq!(events(&t.domain).await.len(), 3);
    }

    async fn who_may_not_ban_whom(t: TestDomain) {
        let root = account(&t.domain, "root@example.org", true).await;
        let ada = account(&t.domain, EMAIL, false).await;
        let (_, admin) = signed_in(&t.domain, "root@example.org").await;
        let by_root = Actor::Person(admin).allow::<BanAccounts>().unwrap();
        let own = bans::impose(&t.domain, &by_root, root, form("Spam", None), &local()).await;
        assert_eq!(own, Err(Error::Conflict { what: Conflict::OwnAccount }));
        let eve = moderator(&t).await;
        let by_eve = Actor::Person(eve.clone()).allow::<BanAccounts>().unwrap();
        let second = account(&t.domain, "second@example.org", true).await;
        let above = bans::impose(&t.domain, &by_eve, second, form("Spam", None), &local()).await;
        assert_eq!(above, Err(Error::NotAllowed { permission: ADMIN.into() }));
        assert_eq!(bans::impose(&t.domain, &by_eve, ada, form("Spam", None), &local()).await.unwrap().author, Some(eve.user));
        let nobody = UserId(uuid::Uuid::nil());
        assert_eq!(bans::impose(&t.domain, &by_eve, nobody, form("Spam", None), &local()).await, Err(Error::NotFound));
        let past = bans::impose(&t.domain, &by_eve, ada, form("Spam", Some(t.now())), &local()).await;
        assert_eq!(past, Err(Error::invalid("until", Problem::Past)));
        bans::impose(&t.domain, &by_root, second, form("Spam", None), &local()).await.unwrap();
        let lifting = bans::lift(&t.domain, &by_eve, second, &local()).await;
        assert_eq!(lifting, Err(Error::NotAllowed { permission: ADMIN.into() }));
    }

    async fn the_last_administrator_who_is_not_banned_stays(t: TestDomain) {
        let root = account(&t.domain, "root@example.org", true).await;
        let second = account(&t.domain, "second@example.org", true).await;
        let last = Err(Error::Conflict { what: Conflict::LastAdmin });
        let until = t.now().after(Duration::from_hours(1));
        bans::impose(&t.domain, &operator(), second, form("Spam", Some(until)), &local()).await.unwrap();
        assert_eq!(bans::impose(&t.domain, &operator(), root, form("Spam", None), &local()).await.map(drop), last);
        let by = Actor::Operator.allow::<ManageGroups>().unwrap();
        assert_eq!(groups::leave(&t.domain, &by, root, ADMIN, &local()).await, last);
        t.clock.advance(Duration::from_hours(1));
        groups::leave(&t.domain, &by, root, ADMIN, &local()).await.unwrap();
    }

    async fn c55_administrators_who_ban_each_other_at_once_leave_one(t: TestDomain) {
        let mut ids = Vec::new();
        for number in 0..6 {
            ids.push(account(&t.domain, &format!("root{number}@example.org"), true).await);
        }
        let banned = at_once(ids.len(), |number| {
            let (domain, id) = (t.domain.clone(), ids[number]);
            async move { bans::impose(&domain, &operator(), id, form("Spam", None), &local()).await.is_ok() }
        })
        .await;
        let banned = banned.into_iter().filter(|done| *done).count();
        assert_eq!(banned, 5);
    }

    async fn r13_nothing_is_opened_for_who_is_banned_meanwhile(t: TestDomain) {
        for round in 0..5 {
            let email = format!("ada{round}@example.org");
            let id = account(&t.domain, &email, false).await;
            let (one, other) = (t.domain.clone(), t.domain.clone());
            let signing = tokio::spawn(async move {
                auth::issue_tokens(&one, credentials(&email, PASSWORD), &local()).await
            });
            let banning = tokio::spawn(async move {
                bans::impose(&other, &operator(), id, form("Spam", None), &local()).await
            });
            banning.await.unwrap().unwrap();
            match signing.await.unwrap() {
                Ok(pair) => {
                    let answer = auth::by_access_token(&t.domain, pair.access_token.expose()).await;
                    assert_eq!(answer.err(), Some(Error::BadToken));
                }
                Err(error) => assert!(matches!(error, Error::Banned { .. }), "{error:?}"),
            }
        }
    }

    async fn another_process_hears_of_a_ban(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let other = t.second().await.unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        let watch = tokio::spawn(vestibule_domain::changes::watch(other.clone(), stop.clone()));
        let (cookie, _) = signed_in(&t.domain, EMAIL).await;
        assert!(auth::by_cookie(&other, cookie.expose()).await.unwrap().is_some());
        bans::impose(&t.domain, &operator(), ada, form("Spam", None), &local()).await.unwrap();
        let ended = async {
            while auth::by_cookie(&other, cookie.expose()).await.unwrap().is_some() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the other process hears of it");
        stop.cancel();
        watch.await.unwrap();
    }
}
