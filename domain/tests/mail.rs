//! The outbox, its worker and its transports: against a real SMTP server that takes, refuses, delays and drops.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

#[path = "mail/smtp_server.rs"]
mod smtp_server;

use smtp_server::{Mood, SmtpServer};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::mail::{self, Delivery};
use vestibule_domain::testing::TestDomain;
use vestibule_domain::{Actor, Client, Domain, OpenError, auth, sql};
use vestibule_model::groups::ManageAccounts;
use vestibule_model::{Secret, accounts::RegisterForm};

const PASSWORD: &str = "tangerine ladder sings quietly";
const MINUTE: Duration = Duration::from_mins(1);

/// A second process on the data of `t`, whose mail leaves by SMTP.
async fn by_smtp(t: &TestDomain, url: &str) -> Domain {
    let mut options = t.options();
    options.delivery = Delivery::Smtp(Secret::new(url));
    Domain::open(options).await.expect("the settings fit")
}

async fn register(domain: &Domain, email: &str) {
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    accounts::register(domain, form, &Client::local()).await.expect("registration is open");
}

/// The row of the one mail there is.
#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
struct Row {
    status: String,
    attempts: i64,
    failure: Option<String>,
    leased: i64,
    has_message: i64,
}

async fn rows(domain: &Domain) -> Vec<Row> {
    let rows = sql!(
        domain.db(),
        fetch_all as Row,
        "select status, attempts, failure,
                cast(case when claim is null then 0 else 1 end as bigint) as leased,
                cast(case when message is null then 0 else 1 end as bigint) as has_message
         from outbox order by id"
    );
    rows.await.expect("the outbox can be read")
}

async fn row(domain: &Domain) -> Row {
    rows(domain).await.pop().expect("there is a row")
}

fn queued(attempts: i64, failure: &str) -> Row {
    Row { status: "queued".into(), attempts, failure: Some(failure.into()), leased: 0, has_message: 1 }
}

fn sent(attempts: i64) -> Row {
    Row { status: "sent".into(), attempts, failure: None, leased: 0, has_message: 0 }
}

async fn deliver(domain: &Domain) -> usize {
    mail::deliver_due(domain).await.expect("the outbox can be read")
}

async fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    for _ in 0..500 {
        if happened() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain until {what}");
}

vestibule_domain::both! {
    async fn a_mail_leaves_once_and_its_link_is_forgotten(t: TestDomain) {
        let server = SmtpServer::start(Mood::Takes).await;
        let domain = by_smtp(&t, &server.url("")).await;
        register(&domain, "Ada@Example.org").await;
        assert_eq!(row(&domain).await.status, "queued");
        assert_eq!(deliver(&domain).await, 1);
        assert_eq!(deliver(&domain).await, 0);
        assert_eq!(row(&domain).await, sent(1));
        let arrived = server.arrived();
        assert_eq!(arrived.len(), 1);
        assert_eq!((arrived[0].from.as_str(), arrived[0].to.as_slice()), ("noreply@example.org", &["Ada@example.org".to_owned()][..]));
        assert_eq!(arrived[0].header("Subject"), "Confirm your e-mail address for Vestibule");
        assert!(arrived[0].data.contains("http://127.0.0.1:3000/verify?token="), "{}", arrived[0].data);
    }

    async fn what_is_rolled_back_leaves_no_mail(t: TestDomain) {
        register(&t.domain, "ada@example.org").await;
        let again = |email: &str| RegisterForm {
            email: email.into(), password: PASSWORD.into(), name: "Bob".into(), username: Some("bob".into()), ..RegisterForm::default()
        };
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let bob = NewAccount { form: again("bob@example.org"), verified: true, admin: false, expires_at: None };
        accounts::create(&t.domain, &by, bob, &Client::local()).await.unwrap();
        accounts::register(&t.domain, again("eve@example.org"), &Client::local()).await.unwrap_err();
        assert_eq!(rows(&t.domain).await.len(), 1);
    }

    async fn a_request_never_waits_for_smtp(t: TestDomain) {
        let server = SmtpServer::start(Mood::TakesWhenTold).await;
        let domain = by_smtp(&t, &server.url("")).await;
        let stop = CancellationToken::new();
        let worker = tokio::spawn(mail::work(domain.clone(), stop.clone()));
        register(&domain, "ada@example.org").await;
        wait_until("a letter is on its way", || server.connections() > 0).await;
        register(&domain, "bob@example.org").await;
        assert!(server.arrived().is_empty(), "the server has taken nothing yet");
        server.set(Mood::Takes);
        wait_until("both arrived", || server.arrived().len() == 2).await;
        stop.cancel();
        timeout(Duration::from_secs(10), worker).await.expect("it stops").unwrap();
        assert_eq!(rows(&domain).await, [sent(1), sent(1)]);
    }

    async fn a_refused_connection_is_tried_again_after_1_2_4_minutes_and_drains_when_the_server_is_back(t: TestDomain) {
        let mut server = SmtpServer::start(Mood::Takes).await;
        let domain = by_smtp(&t, &server.url("")).await;
        server.go_away().await;
        register(&domain, "ada@example.org").await;
        assert_eq!(deliver(&domain).await, 0);
        for (attempts, minutes) in [(1, 1), (2, 2), (3, 4)] {
            assert_eq!(row(&domain).await, queued(attempts, "unreachable"));
            t.clock.advance((MINUTE * minutes).saturating_sub(Duration::from_secs(1)));
            deliver(&domain).await;
            assert_eq!(row(&domain).await, queued(attempts, "unreachable"), "not before its time");
            t.clock.advance(MINUTE * minutes / 10 + Duration::from_secs(1));
            deliver(&domain).await;
        }
        mail::look_again(&domain).await.unwrap();
        assert_eq!(deliver(&domain).await, 0, "still away");
        server.come_back().await;
        assert_eq!(deliver(&domain).await, 0, "not due yet");
        mail::look_again(&domain).await.unwrap();
        assert_eq!(deliver(&domain).await, 1);
        assert_eq!(row(&domain).await, sent(5));
        assert_eq!(server.arrived().len(), 1);
    }

    async fn a_letter_refused_for_now_waits_its_time(t: TestDomain) {
        let server = SmtpServer::start(Mood::RefusesForNow).await;
        let domain = by_smtp(&t, &server.url("")).await;
        register(&domain, "ada@example.org").await;
        deliver(&domain).await;
        assert_eq!(row(&domain).await, queued(1, "deferred"));
        server.set(Mood::Takes);
        mail::look_again(&domain).await.unwrap();
        assert_eq!(deliver(&domain).await, 0, "a greylisted letter must not come back early");
        t.clock.advance(MINUTE * 11 / 10);
        assert_eq!(deliver(&domain).await, 1);
        assert_eq!(row(&domain).await, sent(2));
    }

    async fn a_letter_refused_for_ever_is_kept_and_not_tried_again_until_its_link_is_dead(t: TestDomain) {
        let server = SmtpServer::start(Mood::RefusesForEver).await;
        let domain = by_smtp(&t, &server.url("")).await;
        register(&domain, "ada@example.org").await;
        deliver(&domain).await;
        let dead = Row { status: "dead".into(), ..queued(1, "rejected") };
        assert_eq!(row(&domain).await, dead);
        server.set(Mood::Takes);
        t.clock.advance(MINUTE * 60);
        deliver(&domain).await;
        assert_eq!(row(&domain).await, dead);
        t.clock.advance(domain.rules().links.verify);
        deliver(&domain).await;
        assert_eq!(row(&domain).await, Row { status: "expired".into(), has_message: 0, ..dead });
        assert_eq!(server.arrived().len(), 0);
    }

    async fn a_letter_dropped_after_data_comes_twice_with_one_message_id(t: TestDomain) {
        let server = SmtpServer::start(Mood::HangsUpAfterData).await;
        let domain = by_smtp(&t, &server.url("")).await;
        register(&domain, "ada@example.org").await;
        assert_eq!(deliver(&domain).await, 0);
        assert_eq!(row(&domain).await, queued(1, "deferred"));
        server.set(Mood::Takes);
        t.clock.advance(MINUTE * 11 / 10);
        assert_eq!(deliver(&domain).await, 1);
        t.clock.advance(MINUTE * 60);
        assert_eq!(deliver(&domain).await, 0);
        let arrived = server.arrived();
        assert_eq!(arrived.len(), 2);
        assert!(arrived[0].header("Message-ID").ends_with("@example.org>"));
        assert_eq!(arrived[0].header("Message-ID"), arrived[1].header("Message-ID"));
        assert_eq!(arrived[0].data, arrived[1].data);
    }

    async fn a_dead_link_is_never_mailed(t: TestDomain) {
        let mut server = SmtpServer::start(Mood::Takes).await;
        let domain = by_smtp(&t, &server.url("")).await;
        server.go_away().await;
        register(&domain, "ada@example.org").await;
        deliver(&domain).await;
        t.clock.advance(domain.rules().links.verify);
        server.come_back().await;
        assert_eq!(deliver(&domain).await, 0);
        let expired = row(&domain).await;
        assert_eq!((expired.status.as_str(), expired.has_message), ("expired", 0));
        assert_eq!(server.arrived().len(), 0);
    }

    async fn a_letter_is_given_up_after_a_day(t: TestDomain) {
        // Everything up to the last letter goes to the test's own mailbox; that one is about a change and never useless.
        register(&t.domain, "ada@example.org").await;
        let link = |letters: Vec<mail::Letter>| {
            Secret::new(letters.iter().find_map(|letter| letter.link()?.split_once("token=")).expect("a link came").1)
        };
        accounts::verify(&t.domain, &link(t.letters().await), &Client::local()).await.unwrap();
        auth::forgot(&t.domain, "ada@example.org", &Client::local()).await.unwrap();
        t.clock.advance(MINUTE);
        auth::reset(&t.domain, &link(t.letters().await), &Secret::new("seven grey herons over water"), &Client::local()).await.unwrap();
        let mut server = SmtpServer::start(Mood::Takes).await;
        let domain = by_smtp(&t, &server.url("")).await;
        server.go_away().await;
        let mut tries = 0;
        while row(&domain).await.status == "queued" {
            deliver(&domain).await;
            t.clock.advance(MINUTE * 10);
            tries += 1;
            assert!(tries < 200);
        }
        assert_eq!(row(&domain).await, Row { status: "dead".into(), ..queued(12, "unreachable") });
        assert!((144..=146).contains(&tries), "{tries}");
        server.come_back().await;
        mail::look_again(&domain).await.unwrap();
        assert_eq!(deliver(&domain).await, 0);
    }

    async fn two_workers_never_send_the_same_letter(t: TestDomain) {
        let server = SmtpServer::start(Mood::Takes).await;
        let (one, other) = (by_smtp(&t, &server.url("")).await, by_smtp(&t, &server.url("")).await);
        for number in 0..30 {
            register(&t.domain, &format!("person{number}@example.org")).await;
        }
        let (by_one, by_other) = tokio::join!(deliver(&one), deliver(&other));
        assert_eq!(by_one + by_other, 30);
        let mut ids: Vec<_> = server.arrived().iter().map(|mail| mail.header("Message-ID").to_owned()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((ids.len(), server.arrived().len()), (30, 30));
    }

    async fn on_stop_the_claim_is_handed_back(t: TestDomain) {
        let server = SmtpServer::start(Mood::IsSilent).await;
        let domain = by_smtp(&t, &server.url("")).await;
        register(&domain, "ada@example.org").await;
        let stop = CancellationToken::new();
        let worker = tokio::spawn(mail::work(domain.clone(), stop.clone()));
        wait_until("it is being sent", || server.connections() > 0).await;
        assert_eq!(row(&domain).await.leased, 1);
        stop.cancel();
        timeout(Duration::from_secs(5), worker).await.expect("it stops in time").unwrap();
        let back = row(&domain).await;
        assert_eq!((back.status.as_str(), back.attempts, back.leased), ("queued", 0, 0));
        server.set(Mood::Takes);
        let next = by_smtp(&t, &server.url("")).await;
        assert_eq!(deliver(&next).await, 1);
    }

    async fn what_a_dead_worker_had_claimed_is_sent_when_its_lease_ran_out(t: TestDomain) {
        let server = SmtpServer::start(Mood::IsSilent).await;
        let domain = by_smtp(&t, &server.url("")).await;
        register(&domain, "ada@example.org").await;
        let doomed = tokio::spawn({
            let domain = domain.clone();
            async move { deliver(&domain).await }
        });
        wait_until("it is being sent", || server.connections() > 0).await;
        doomed.abort();
        server.set(Mood::Takes);
        let next = by_smtp(&t, &server.url("")).await;
        assert_eq!(deliver(&next).await, 0);
        t.clock.advance(MINUTE * 3);
        assert_eq!(deliver(&next).await, 1);
        assert_eq!(row(&next).await, sent(2));
    }

    async fn c60_hostile_text_stays_one_mail_to_one_person(t: TestDomain) {
        let server = SmtpServer::start(Mood::Takes).await;
        let mut options = t.options();
        options.delivery = Delivery::Smtp(Secret::new(server.url("")));
        options.site_name = "x\r\nBcc: eve@example.org\r\n\r\n.\r\nMAIL FROM:<eve@example.org>\r\n.\n.\r.".into();
        options.public_url = "http://127.0.0.1:3000/\r\n.\r\nQUIT\r\n".into();
        let domain = Domain::open(options).await.unwrap();
        let form = RegisterForm {
            email: "ada@example.org".into(), password: PASSWORD.into(), name: ". <b>\"Ada\"</b> ,;:".into(), ..RegisterForm::default()
        };
        accounts::register(&domain, form, &Client::local()).await.unwrap();
        assert_eq!(deliver(&domain).await, 1);
        let commands = server.commands();
        let verbs: Vec<_> = commands.iter().map(|line| line.split([' ', ':']).next().unwrap_or_default()).collect();
        assert_eq!(verbs, ["EHLO", "MAIL", "RCPT", "DATA"]);
        let arrived = server.arrived();
        assert_eq!((arrived.len(), arrived[0].to.as_slice()), (1, &["ada@example.org".to_owned()][..]));
        assert_eq!(arrived[0].header("Bcc"), "");
    }

    async fn nothing_leaves_in_the_clear_where_tls_is_asked_for(t: TestDomain) {
        let server = SmtpServer::start(Mood::Takes).await;
        let secure = server.url("").replace("smtp://", "smtps://");
        for url in [server.url("?tls=required"), secure] {
            let domain = by_smtp(&t, &url).await;
            register(&domain, &format!("{}@example.org", url.len())).await;
            assert_eq!(deliver(&domain).await, 0, "{url}");
            assert_eq!(row(&domain).await, queued(1, "unreachable"));
        }
        assert!(!server.commands().iter().any(|line| line.starts_with("MAIL")), "{:?}", server.commands());
    }

    async fn in_development_letters_lie_in_a_folder(t: TestDomain) {
        let mut options = t.options();
        let folder = t.folder().join("letters");
        options.delivery = Delivery::Folder(folder.clone());
        let domain = Domain::open(options).await.unwrap();
        assert_eq!(mail::folder::list(&domain).await.unwrap(), []);
        register(&domain, "ada@example.org").await;
        t.clock.advance(MINUTE);
        register(&domain, "bob@example.org").await;
        assert_eq!(deliver(&domain).await, 2);
        let letters = mail::folder::list(&domain).await.unwrap();
        assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), ["bob@example.org", "ada@example.org"]);
        assert_eq!(mail::folder::find(&domain, &letters[1].id).await.unwrap().as_ref(), Some(&letters[1]));
        assert!(letters[0].link().unwrap().starts_with("http://127.0.0.1:3000/verify?token="));
        assert!(letters[0].html.as_ref().unwrap().contains("Confirm e-mail address"));
        assert_eq!(letters[0].at, t.now());
        for id in ["../test", "..", "", "letters/x", &format!("{}.eml", letters[0].id)] {
            assert_eq!(mail::folder::find(&domain, id).await.unwrap(), None, "{id}");
        }
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2, "nothing half-written is left");
    }

    async fn settings_that_do_not_fit_stop_the_start(t: TestDomain) {
        let mut unencrypted = t.options();
        unencrypted.delivery = Delivery::Smtp(Secret::new("smtp://ada:hunter2@mail.example.org"));
        let mut nobody = t.options();
        nobody.mail_from = "nobody".into();
        for (options, setting) in [(unencrypted, "mail.smtp_url"), (nobody, "mail.from")] {
            let Err(OpenError::Mail(problem)) = Domain::open(options).await else { panic!("{setting} was taken") };
            assert!(problem.contains(setting) && !problem.contains("hunter2"), "{problem}");
        }
    }
}
