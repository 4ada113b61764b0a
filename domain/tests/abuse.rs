//! Abuse control as data: what adds up, what follows, how it ends, is explained and undone, and that no stranger shuts an
//! owner out. What it does to requests stands in the tests of the program.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::net::IpAddr;
use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::rules::AbuseMode;
use vestibule_domain::testing::TestDomain;
use vestibule_domain::{Actor, Allowed, Client, Domain, abuse, auth, bans, groups, jobs, sql};
use vestibule_model::abuse::{Bearing, Offence, Suspect};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::bans::AddressBansQuery;
use vestibule_model::groups::{ManageAccounts, ManageBans};
use vestibule_model::listing::Page;
use vestibule_model::{Error, Result, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";
const EMAIL: &str = "ada@example.org";

fn operator() -> Allowed<ManageBans> {
    Actor::Operator.allow().unwrap()
}

fn at(address: &str) -> IpAddr {
    address.parse().unwrap()
}

fn from(address: &str) -> Client {
    Client { address: Some(at(address)), ..Client::local() }
}

fn offend(domain: &Domain, address: &str, offence: Offence, count: usize) {
    for _ in 0..count {
        abuse::note(domain, Some(at(address)), offence, Some("/wp-login.php?token=secret"));
    }
}

fn held(domain: &Domain, address: &str) -> bool {
    bans::on_address(domain, at(address)).is_some()
}

async fn show(domain: &Domain, called: &str) -> Result<Suspect> {
    abuse::show(domain, &operator(), called).await
}

async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada Lovelace".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &Client::local()).await.unwrap().id
}

async fn sign_in(
    domain: &Domain,
    password: &str,
    device: Option<&Secret>,
    client: &Client,
) -> Result<auth::NewSession> {
    let form = SignInForm { email: EMAIL.into(), password: password.into() };
    auth::sign_in_on(domain, form, false, device, client).await
}

/// The same data under other rules.
async fn under(t: &TestDomain, change: impl FnOnce(&mut vestibule_domain::rules::AbuseRules)) -> Domain {
    let mut options = t.options();
    change(&mut options.rules.abuse);
    Domain::open(options).await.unwrap()
}

vestibule_domain::both! {
    async fn probes_are_slowed_down_then_blocked_for_a_time_each_time_longer(t: TestDomain) {
        offend(&t.domain, "203.0.113.7", Offence::Probed, 8);
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 0);
        let suspect = show(&t.domain, "203.0.113.7").await.unwrap();
        assert_eq!((suspect.score, suspect.bearing, suspect.offences[&Offence::Probed]), (80, Bearing::Delayed, 8));
        assert_eq!(suspect.last_path.as_deref(), Some("/wp-login.php"), "never its query");
        let wait = abuse::delay(&t.domain, at("203.0.113.7"));
        assert!(wait > Duration::ZERO && wait < Duration::from_secs(5), "{wait:?}");
        assert_eq!(abuse::delay(&t.domain, at("203.0.113.8")), Duration::ZERO);
        t.clock.advance(Duration::from_mins(30));
        assert_eq!(abuse::delay(&t.domain, at("203.0.113.7")), Duration::ZERO, "it falls by itself");
        for (round, minutes) in [15, 60, 360, 1_440].into_iter().enumerate() {
            offend(&t.domain, "203.0.113.7", Offence::Probed, 15);
            assert_eq!(abuse::settle(&t.domain).await.unwrap(), 1, "round {round}");
            let until = t.now().after(Duration::from_mins(minutes));
            let told = bans::on_address(&t.domain, at("203.0.113.7")).unwrap();
            assert_eq!((told.until, told.automatic), (Some(until), true));
            assert_eq!(bans::refusal_of(told), Error::AddressBanned { until: Some(until), automatic: true });
            assert_eq!(abuse::delay(&t.domain, at("203.0.113.7")), Duration::ZERO);
            let ban = bans::standing_on(&t.domain, &operator(), "203.0.113.7").await.unwrap();
            let evidence = ban.evidence.unwrap();
            assert_eq!((evidence.nth, evidence.block_at), (round as u64 + 1, 150));
            assert!(evidence.score >= 150 && evidence.offences[&Offence::Probed] >= 15, "{evidence:?}");
            t.clock.advance(Duration::from_mins(minutes));
            assert!(!held(&t.domain, "203.0.113.7"), "it ends by itself");
        }
        t.clock.advance(Duration::from_hours(31 * 24));
        offend(&t.domain, "203.0.113.7", Offence::Probed, 15);
        abuse::settle(&t.domain).await.unwrap();
        let again = bans::on_address(&t.domain, at("203.0.113.7")).unwrap();
        assert_eq!(again.until, Some(t.now().after(Duration::from_mins(15))), "what is long past is forgotten");
    }

    async fn a_site_ipv6_is_one_and_the_site_itself_is_nobody(t: TestDomain) {
        for n in 0..15 {
            offend(&t.domain, &format!("2001:db8:1:2::{n:x}"), Offence::Probed, 1);
            offend(&t.domain, "127.0.0.1", Offence::Probed, 10);
            offend(&t.domain, "::ffff:127.0.0.1", Offence::Probed, 10);
        }
        abuse::note(&t.domain, None, Offence::Probed, None);
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 1);
        assert!(held(&t.domain, "2001:db8:1:2:ffff::1") && !held(&t.domain, "2001:db8:1:3::1"));
        assert!(!held(&t.domain, "127.0.0.1"));
        assert_eq!(show(&t.domain, "127.0.0.1").await, Err(Error::NotFound));
        let mut options = t.options();
        options.rules.bans.never = vec!["203.0.113.0/24".parse().unwrap()];
        let careful = Domain::open(options).await.unwrap();
        offend(&careful, "203.0.113.7", Offence::Probed, 100);
        assert_eq!(abuse::settle(&careful).await.unwrap(), 0);
    }

    async fn what_was_done_is_told_and_undone(t: TestDomain) {
        account(&t.domain, "root@example.org", true).await;
        offend(&t.domain, "203.0.113.7", Offence::Probed, 15);
        offend(&t.domain, "203.0.113.8", Offence::Probed, 15);
        offend(&t.domain, "203.0.113.9", Offence::Absent, 3);
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 2);
        let letters = t.letters().await;
        let told: Vec<_> = letters.iter().filter(|letter| letter.subject.contains("was blocked")).collect();
        assert_eq!(told.len(), 1, "one letter an hour, however many are blocked");
        let listed = abuse::list(&t.domain, &operator(), &Page::default()).await.unwrap();
        let bearings: Vec<_> = listed.items.iter().map(|one| (one.subject.as_str(), one.bearing)).collect();
        assert_eq!(bearings, [
            ("203.0.113.9/32", Bearing::Clear), ("203.0.113.8/32", Bearing::Blocked), ("203.0.113.7/32", Bearing::Blocked),
        ]);
        abuse::forgive(&t.domain, &operator(), "203.0.113.7", &Client::local()).await.unwrap();
        assert!(!held(&t.domain, "203.0.113.7") && held(&t.domain, "203.0.113.8"));
        assert_eq!(show(&t.domain, "203.0.113.7").await, Err(Error::NotFound));
        let twice = abuse::forgive(&t.domain, &operator(), "203.0.113.7", &Client::local()).await;
        assert_eq!(twice, Err(Error::NotFound));
        for nobody in ["", "nobody", "203.0.113.0/24", "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"] {
            let unknown = abuse::forgive(&t.domain, &operator(), nobody, &Client::local()).await;
            assert_eq!(unknown, Err(Error::NotFound), "{nobody}");
        }
        let query = AddressBansQuery { automatic: Some(true), ..AddressBansQuery::default() };
        let kept = bans::list_networks(&t.domain, &operator(), &query, &Page::default()).await.unwrap();
        assert_eq!(kept.items.len(), 2, "history stays");
        let events = sql!(t.domain.db(), fetch_all as (String,), "select event from audit where event in ('address_banned', 'address_unbanned', 'abuse_forgiven') order by seq").await.unwrap();
        let events: Vec<_> = events.iter().map(|(event,)| event.as_str()).collect();
        assert_eq!(events, ["address_banned", "address_banned", "address_unbanned", "abuse_forgiven"]);
        offend(&t.domain, "203.0.113.7", Offence::Probed, 15);
        abuse::settle(&t.domain).await.unwrap();
        let fresh = bans::on_address(&t.domain, at("203.0.113.7")).unwrap();
        assert_eq!(fresh.until, Some(t.now().after(Duration::from_mins(15))), "the row of blocks begins anew");
    }

    async fn a_ban_by_hand_stays_whatever_the_score(t: TestDomain) {
        let form = vestibule_model::bans::AddressBanForm { network: "203.0.113.7".into(), reason: "Mine".into(), until: None };
        bans::ban_network(&t.domain, &operator(), form, &Client::local()).await.unwrap();
        offend(&t.domain, "203.0.113.7", Offence::Probed, 50);
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 0);
        abuse::forgive(&t.domain, &operator(), "203.0.113.7", &Client::local()).await.unwrap();
        assert_eq!(bans::standing_on(&t.domain, &operator(), "203.0.113.7").await.unwrap().reason.as_str(), "Mine");
    }

    async fn two_nodes_add_up_and_block_once(t: TestDomain) {
        let there = t.node().await;
        for _ in 0..5 {
            offend(&t.domain, "203.0.113.7", Offence::Probed, 2);
            offend(&there.domain, "203.0.113.7", Offence::Probed, 2);
            let (here, away) = tokio::join!(abuse::settle(&t.domain), abuse::settle(&there.domain));
            (here.unwrap(), away.unwrap());
        }
        let query = AddressBansQuery::default();
        let all = bans::list_networks(&t.domain, &operator(), &query, &Page::default()).await.unwrap().items;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0].evidence.as_ref().unwrap().nth, 1);
    }

    async fn shadow_counts_and_does_nothing_and_off_does_not_even_count(t: TestDomain) {
        let shadow = under(&t, |rules| rules.mode = AbuseMode::Shadow).await;
        offend(&shadow, "203.0.113.7", Offence::Probed, 50);
        assert_eq!(abuse::settle(&shadow).await.unwrap(), 0);
        let suspect = show(&shadow, "203.0.113.7").await.unwrap();
        assert_eq!((suspect.score, suspect.bearing), (500, Bearing::Clear));
        assert!(abuse::delay(&shadow, at("203.0.113.7")).is_zero() && !held(&shadow, "203.0.113.7"));
        let off = under(&t, |rules| rules.mode = AbuseMode::Off).await;
        offend(&off, "203.0.113.8", Offence::Probed, 50);
        abuse::settle(&off).await.unwrap();
        assert_eq!(show(&off, "203.0.113.8").await, Err(Error::NotFound));
        let careless = under(&t, |rules| rules.points.absent = 0).await;
        offend(&careless, "203.0.113.9", Offence::Absent, 50);
        abuse::settle(&careless).await.unwrap();
        assert_eq!(show(&careless, "203.0.113.9").await, Err(Error::NotFound));
    }

    async fn wrong_passwords_raise_the_score_of_where_they_come_from(t: TestDomain) {
        let user = account(&t.domain, EMAIL, false).await;
        for _ in 0..5 {
            assert_eq!(sign_in(&t.domain, "wrong", None, &from("203.0.113.7")).await.err(), Some(Error::BadCredentials));
        }
        sign_in(&t.domain, "wrong", None, &from("203.0.113.7")).await.unwrap_err();
        let unheard = sign_in(&t.domain, "wrong", None, &from("203.0.113.7")).await;
        assert!(matches!(unheard, Err(Error::TooManyAttempts { .. })), "{unheard:?}");
        abuse::settle(&t.domain).await.unwrap();
        let suspect = show(&t.domain, "203.0.113.7").await.unwrap();
        assert_eq!((suspect.score, suspect.offences[&Offence::SignInFailed]), (21, 7));
        assert_eq!(show(&t.domain, &user.to_string()).await, Err(Error::NotFound), "no score of the account follows");
    }

    async fn a_stranger_cannot_shut_the_owner_out_of_a_browser_they_used_before(t: TestDomain) {
        let user = account(&t.domain, EMAIL, false).await;
        let home = from("192.0.2.7");
        let device = sign_in(&t.domain, PASSWORD, None, &home).await.unwrap().device.unwrap();
        let mut refused = 0;
        while refused < 200 {
            match sign_in(&t.domain, "wrong", None, &from("203.0.113.7")).await {
                Err(Error::PasswordLocked) => break,
                Err(Error::TooManyAttempts { retry_at }) => t.clock.set(retry_at),
                Err(Error::BadCredentials) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(refused, 50);
        assert_eq!(sign_in(&t.domain, PASSWORD, None, &home).await.err(), Some(Error::PasswordLocked), "without the mark");
        let made_up = Secret::new("A".repeat(43));
        assert_eq!(sign_in(&t.domain, PASSWORD, Some(&made_up), &home).await.err(), Some(Error::PasswordLocked));
        let back = sign_in(&t.domain, PASSWORD, Some(&device), &home).await.unwrap();
        assert_eq!(back.device.unwrap().expose(), device.expose());
        assert_eq!(sign_in(&t.domain, PASSWORD, None, &from("203.0.113.7")).await.err(), Some(Error::PasswordLocked), "strangers stay out");
        let mut own = 0;
        loop {
            match sign_in(&t.domain, "wrong", Some(&device), &home).await {
                Err(Error::PasswordLocked) => break,
                Err(Error::TooManyAttempts { retry_at }) => t.clock.set(retry_at),
                Err(Error::BadCredentials) => own += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(own, 50, "that browser has its own end");
        abuse::forgive(&t.domain, &operator(), &user.to_string(), &Client::local()).await.unwrap();
        sign_in(&t.domain, PASSWORD, None, &from("203.0.113.9")).await.unwrap();
    }

    async fn an_account_that_offends_is_refused_for_a_time_and_an_administrators_never(t: TestDomain) {
        let user = account(&t.domain, EMAIL, false).await;
        account(&t.domain, "root@example.org", true).await;
        let session = sign_in(&t.domain, PASSWORD, None, &from("192.0.2.7")).await.unwrap();
        let person = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
        for _ in 0..75 {
            abuse::note_person(&t.domain, &person, Offence::Refused);
        }
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 1);
        let retry_at = t.now().after(Duration::from_mins(15));
        assert_eq!(abuse::check_person(&t.domain, user), Err(Error::TooManyAttempts { retry_at }));
        let suspect = show(&t.domain, &user.to_string()).await.unwrap();
        assert_eq!((suspect.bearing, suspect.blocked_until, suspect.user), (Bearing::Blocked, Some(retry_at), Some(user)));
        let there = t.node().await;
        assert_eq!(abuse::check_person(&there.domain, user), Err(Error::TooManyAttempts { retry_at }), "on every node");
        abuse::forgive(&t.domain, &operator(), &user.to_string(), &Client::local()).await.unwrap();
        assert_eq!(abuse::check_person(&t.domain, user), Ok(()));
        for _ in 0..75 {
            abuse::note_person(&t.domain, &person, Offence::Refused);
        }
        groups::join(&t.domain, &Actor::Operator.allow().unwrap(), user, "admin", &Client::local()).await.unwrap();
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 0, "an administrator by now");
        assert_eq!(abuse::check_person(&t.domain, user), Ok(()));
    }

    async fn who_went_takes_nobody_along_and_the_quiet_are_forgotten(t: TestDomain) {
        let user = account(&t.domain, EMAIL, false).await;
        let session = sign_in(&t.domain, PASSWORD, None, &from("192.0.2.7")).await.unwrap();
        let person = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
        abuse::note_person(&t.domain, &person, Offence::Refused);
        offend(&t.domain, "203.0.113.7", Offence::Absent, 1);
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "delete from users where id = $1", user).await.unwrap();
        tx.commit().await.unwrap();
        abuse::settle(&t.domain).await.unwrap();
        assert_eq!(show(&t.domain, "203.0.113.7").await.unwrap().score, 1);
        offend(&t.domain, "203.0.113.8", Offence::Probed, 15);
        abuse::settle(&t.domain).await.unwrap();
        t.clock.advance(Duration::from_hours(25));
        jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(show(&t.domain, "203.0.113.7").await, Err(Error::NotFound));
        assert_eq!(show(&t.domain, "203.0.113.8").await.unwrap().blocks, 1, "a block is remembered");
        t.clock.advance(Duration::from_hours(30 * 24));
        jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(show(&t.domain, "203.0.113.8").await, Err(Error::NotFound));
    }
}
