//! Abuse control as data: what adds up, what follows, how it ends, is explained and undone, and that no stranger shuts an
//! owner out. What it does to requests stands in the tests of the program.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::net::IpAddr;
use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::rules::AbuseMode;
use vestibule_domain::testing::TestDomain;
use vestibule_domain::{Actor, Allowed, Client, Domain, Person, abuse, auth, bans, groups, jobs, keys, sql};
use vestibule_model::abuse::{Bearing, Offence, Suspect};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::bans::AddressBansQuery;
use vestibule_model::groups::{ManageAccounts, ManageBans};
use vestibule_model::keys::KeyForm;
use vestibule_model::listing::Page;
use vestibule_model::{Error, Result, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";
const OTHER: &str = "seven grey herons over water";
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

/// Guesses until the password is not heard any more; how many guesses were heard.
async fn fail_until_locked(t: &TestDomain, device: Option<&Secret>, client: &Client) -> usize {
    let mut heard = 0;
    while heard < 200 {
        match sign_in(&t.domain, "wrong", device, client).await {
            Err(Error::PasswordLocked) => break,
            Err(Error::TooManyAttempts { retry_at }) => t.clock.set(retry_at),
            Err(Error::BadCredentials) => heard += 1,
            other => panic!("{other:?}"),
        }
    }
    heard
}

/// Who is signed in, once as themselves and once as a key of theirs.
async fn with_key(domain: &Domain) -> (Person, Person) {
    let session = sign_in(domain, PASSWORD, None, &from("192.0.2.7")).await.unwrap();
    let person = auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap();
    let form = KeyForm { name: "Backup".into(), ..KeyForm::default() };
    let key = keys::create(domain, &person, form, &from("192.0.2.7")).await.unwrap().secret;
    let by_key = keys::by_secret(domain, key.expose(), None).await.unwrap();
    (person, by_key)
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
        let suspect = show(&t.domain, "203.0.113.7").await.unwrap();
        assert_eq!((suspect.bearing, suspect.blocked_until), (Bearing::Blocked, None), "whoever imposed it");
        abuse::forgive(&t.domain, &operator(), "203.0.113.7", &Client::local()).await.unwrap();
        assert_eq!(bans::standing_on(&t.domain, &operator(), "203.0.113.7").await.unwrap().reason.as_str(), "Mine");
    }

    async fn two_nodes_add_up_and_block_once(t: TestDomain) {
        let there = t.node().await;
        for _ in 0..5 {
            offend(&t.domain, "203.0.113.7", Offence::Probed, 2);
            offend(&there.domain, "203.0.113.7", Offence::Probed, 2);
            let (here, away) = tokio::join!(abuse::settle(&t.domain), abuse::settle(&there.domain));
            here.unwrap();
            away.unwrap();
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
        offend(&t.domain, "203.0.113.6", Offence::Probed, 15);
        abuse::settle(&t.domain).await.unwrap();
        let then = under(&t, |rules| rules.mode = AbuseMode::Shadow).await;
        assert!(held(&t.domain, "203.0.113.6") && !held(&then, "203.0.113.6"), "what was blocked before is free");
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
        assert_eq!(fail_until_locked(&t, None, &from("203.0.113.7")).await, 50);
        assert_eq!(sign_in(&t.domain, PASSWORD, None, &home).await.err(), Some(Error::PasswordLocked), "without the mark");
        let made_up = Secret::new("A".repeat(43));
        assert_eq!(sign_in(&t.domain, PASSWORD, Some(&made_up), &home).await.err(), Some(Error::PasswordLocked));
        let back = sign_in(&t.domain, PASSWORD, Some(&device), &home).await.unwrap();
        assert_eq!(back.device.unwrap().expose(), device.expose());
        let person = auth::by_cookie(&t.domain, back.secret.expose()).await.unwrap().unwrap();
        auth::prove_again(&t.domain, &person, &PASSWORD.into(), &home).await.unwrap();
        assert_eq!(sign_in(&t.domain, PASSWORD, None, &from("203.0.113.7")).await.err(), Some(Error::PasswordLocked), "strangers stay out");
        assert_eq!(fail_until_locked(&t, Some(&device), &home).await, 50, "that browser has its own end");
        abuse::forgive(&t.domain, &operator(), &user.to_string(), &Client::local()).await.unwrap();
        sign_in(&t.domain, PASSWORD, None, &from("203.0.113.9")).await.unwrap();
    }

    async fn a_reset_opens_the_owners_browser_again_and_makes_a_strangers_of_it(t: TestDomain) {
        let user = account(&t.domain, EMAIL, false).await;
        let home = from("192.0.2.7");
        let device = sign_in(&t.domain, PASSWORD, None, &home).await.unwrap().device.unwrap();
        assert_eq!(fail_until_locked(&t, Some(&device), &home).await, 50);
        assert_eq!(fail_until_locked(&t, None, &from("203.0.113.7")).await, 50);
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let told = accounts::export_of(&t.domain, &by, user, &Client::local()).await.unwrap().to_string();
        for count in [r#""wrong_passwords_in_a_row":50"#, r#""wrong_passwords_in_a_row_where_known":50"#] {
            assert!(told.contains(count), "{count} in {told}");
        }
        auth::forgot(&t.domain, EMAIL, &home).await.unwrap();
        let letters = t.letters().await;
        let text = &letters.iter().rfind(|letter| letter.text.contains("/reset?token=")).unwrap().text;
        let token = text.split("/reset?token=").nth(1).unwrap().split_whitespace().next().unwrap();
        auth::reset(&t.domain, &token.into(), &OTHER.into(), &home).await.unwrap();
        let known = sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from known_devices").await.unwrap();
        assert_eq!(known, (0,), "whoever knew the old password may have been known");
        assert_eq!(t.counted_attempts().await, 0);
        let back = sign_in(&t.domain, OTHER, Some(&device), &home).await.unwrap();
        let person = auth::by_cookie(&t.domain, back.secret.expose()).await.unwrap().unwrap();
        auth::prove_again(&t.domain, &person, &OTHER.into(), &home).await.unwrap();
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
        let shadow = under(&t, |rules| rules.mode = AbuseMode::Shadow).await;
        assert_eq!(abuse::check_person(&shadow, user), Ok(()), "nothing follows there");
        let suspect = abuse::show(&shadow, &operator(), &user.to_string()).await.unwrap();
        assert_eq!((suspect.bearing, suspect.blocked_until), (Bearing::Clear, None));
        abuse::forgive(&t.domain, &operator(), &user.to_string(), &Client::local()).await.unwrap();
        assert_eq!(abuse::check_person(&t.domain, user), Ok(()));
        for _ in 0..75 {
            abuse::note_person(&t.domain, &person, Offence::Refused);
        }
        groups::join(&t.domain, &Actor::Operator.allow().unwrap(), user, "admin", &Client::local()).await.unwrap();
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 0, "an administrator by now");
        assert_eq!(abuse::check_person(&t.domain, user), Ok(()));
    }

    async fn whoever_found_a_key_cannot_shut_its_owner_out_by_it(t: TestDomain) {
        let user = account(&t.domain, EMAIL, false).await;
        let (person, key) = with_key(&t.domain).await;
        for _ in 0..100 {
            abuse::note_person(&t.domain, &key, Offence::Refused);
        }
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 0);
        assert_eq!(show(&t.domain, &user.to_string()).await, Err(Error::NotFound));
        abuse::note_person(&t.domain, &person, Offence::Refused);
        abuse::settle(&t.domain).await.unwrap();
        assert_eq!(show(&t.domain, &user.to_string()).await.unwrap().score, 2);
    }

    async fn a_key_counts_when_it_leaked_and_not_when_its_owner_was_done_with_it(t: TestDomain) {
        account(&t.domain, EMAIL, false).await;
        let session = sign_in(&t.domain, PASSWORD, None, &from("192.0.2.7")).await.unwrap();
        let person = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
        for (reason, counted) in [("owner", None), ("password_reset", None), ("leaked", Some(1))] {
            let form = KeyForm { name: reason.into(), ..KeyForm::default() };
            let made = keys::create(&t.domain, &person, form, &Client::local()).await.unwrap();
            let mut tx = t.domain.begin().await.unwrap();
            sql!(&mut tx, execute, "update api_keys set revoked_at = $2, revoke_reason = $3 where id = $1", made.key.id, t.now(), reason).await.unwrap();
            tx.commit().await.unwrap();
            let refused = keys::by_secret(&t.domain, made.secret.expose(), Some(at("203.0.113.7"))).await;
            assert_eq!(refused.err(), Some(Error::BadToken), "{reason}");
            abuse::settle(&t.domain).await.unwrap();
            let offences = show(&t.domain, "203.0.113.7").await.ok().map(|suspect| suspect.offences[&Offence::KeyRevoked]);
            assert_eq!(offences, counted, "{reason}");
        }
    }

    async fn blocks_are_bounded_and_those_that_are_long_over_go(t: TestDomain) {
        let small = under(&t, |rules| rules.most_blocks = 3).await;
        for n in 0..5 {
            offend(&small, &format!("2001:db8:0:{n}::1"), Offence::Probed, 15);
        }
        assert_eq!(abuse::settle(&small).await.unwrap(), 3);
        let blocked = (0..5).filter(|n| held(&small, &format!("2001:db8:0:{n}::1"))).count();
        assert_eq!(blocked, 3);
        assert!(abuse::delay(&small, at("2001:db8:0:4::1")) > Duration::ZERO, "others wait");
        offend(&small, "203.0.113.7", Offence::Probed, 15);
        assert_eq!(abuse::settle(&small).await.unwrap(), 0, "as long as those hold");
        t.clock.advance(Duration::from_mins(15));
        bans::lapse_networks(&small).await.unwrap();
        bans::lapse_networks(&t.domain).await.unwrap();
        let form = vestibule_model::bans::AddressBanForm { network: "198.51.100.0/24".into(), reason: "Mine".into(), until: Some(t.now().after(Duration::from_hours(1))) };
        bans::ban_network(&t.domain, &operator(), form, &Client::local()).await.unwrap();
        let kept = async || bans::list_networks(&t.domain, &operator(), &AddressBansQuery::default(), &Page::default()).await.unwrap().items.len();
        t.clock.advance(Duration::from_hours(29 * 24));
        bans::lapse_networks(&t.domain).await.unwrap();
        jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(kept().await, 4);
        t.clock.advance(Duration::from_hours(60 * 24));
        jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(kept().await, 1, "what somebody imposed is kept");
    }

    async fn who_is_forgiven_waits_on_no_node(t: TestDomain) {
        let there = t.node().await;
        offend(&there.domain, "203.0.113.7", Offence::Probed, 10);
        abuse::settle(&there.domain).await.unwrap();
        assert!(abuse::delay(&there.domain, at("203.0.113.7")) > Duration::ZERO);
        abuse::forgive(&t.domain, &operator(), "203.0.113.7", &Client::local()).await.unwrap();
        // What a node hears of another one's change ends here: it reads anew.
        let form = vestibule_model::bans::AddressBanForm { network: "198.51.100.7".into(), reason: "Mine".into(), until: None };
        bans::ban_network(&there.domain, &operator(), form, &Client::local()).await.unwrap();
        assert_eq!(abuse::delay(&there.domain, at("203.0.113.7")), Duration::ZERO);
    }

    async fn blocking_and_forgiving_at_once_wait_for_each_other_and_end(t: TestDomain) {
        let there = t.node().await;
        for round in 0..10 {
            let address = format!("203.0.113.{round}");
            offend(&t.domain, &address, Offence::Probed, 15);
            offend(&there.domain, &address, Offence::Absent, 1);
            abuse::settle(&there.domain).await.unwrap();
            let (by, client) = (operator(), Client::local());
            let forgive = abuse::forgive(&there.domain, &by, &address, &client);
            let (blocked, forgiven) = tokio::join!(abuse::settle(&t.domain), forgive);
            assert!(blocked.unwrap() <= 1);
            assert!(matches!(forgiven, Ok(()) | Err(Error::NotFound)), "{forgiven:?}");
        }
    }

    async fn a_proxy_that_nobody_named_is_not_held_to_account_for_those_behind_it(t: TestDomain) {
        abuse::spare(&t.domain, at("172.17.0.1"));
        abuse::spare(&t.domain, at("::ffff:172.17.0.1"));
        offend(&t.domain, "172.17.0.1", Offence::Probed, 100);
        offend(&t.domain, "172.17.0.2", Offence::Probed, 15);
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 1);
        assert!(!held(&t.domain, "172.17.0.1") && held(&t.domain, "172.17.0.2"));
        assert_eq!(show(&t.domain, "172.17.0.1").await, Err(Error::NotFound));
    }

    async fn a_path_is_kept_of_probes_alone(t: TestDomain) {
        abuse::note(&t.domain, Some(at("203.0.113.7")), Offence::Absent, Some("/u/ada"));
        abuse::settle(&t.domain).await.unwrap();
        assert_eq!(show(&t.domain, "203.0.113.7").await.unwrap().last_path, None, "it may be somebody's name");
    }

    async fn a_letter_about_a_blocked_account_goes_with_it(t: TestDomain) {
        account(&t.domain, "root@example.org", true).await;
        let user = account(&t.domain, EMAIL, false).await;
        let session = sign_in(&t.domain, PASSWORD, None, &from("192.0.2.7")).await.unwrap();
        let person = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
        for _ in 0..75 {
            abuse::note_person(&t.domain, &person, Offence::Refused);
        }
        assert_eq!(abuse::settle(&t.domain).await.unwrap(), 1);
        let waiting = async || sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from outbox where kind = 'admin_abuse'").await.unwrap().0;
        assert_eq!(waiting().await, 1);
        let by = Actor::Operator.allow().unwrap();
        accounts::delete(&t.domain, &by, user, &Client::local()).await.unwrap();
        assert_eq!(waiting().await, 0);
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
