//! What an administrator does to help somebody, as a shell sees it: sessions, links, data, and an account that stays.

use super::program::{PASSWORD, Program};
use serde_json::{Value, json};
use vestibule_domain::accounts::{self, Which};
use vestibule_domain::testing::TestDomain;
use vestibule_domain::{Actor, Client, auth};
use vestibule_model::Secret;
use vestibule_model::auth::SignInForm;

const EMAIL: &str = "ada@example.org";

/// Signs in with a browser that says it is `agent`; the cookie.
async fn sign_in(t: &TestDomain, agent: &str) -> Secret {
    let form = SignInForm { email: EMAIL.into(), password: PASSWORD.into() };
    let client =
        Client { address: "192.0.2.7".parse().ok(), user_agent: Some(agent.into()), request_id: None };
    auth::sign_in(&t.domain, form, false, &client).await.unwrap().secret
}

/// Whether somebody who opens the same data now is let in by the cookie.
async fn enters(t: &TestDomain, cookie: &Secret) -> bool {
    let other = t.second().await.unwrap();
    auth::by_cookie(&other, cookie.expose()).await.unwrap().is_some()
}

/// What the audit trail has of `event` about her: who did it.
async fn audited(t: &TestDomain, event: &str) -> Vec<String> {
    let view = Actor::Operator.allow().unwrap();
    let user = accounts::show(&t.domain, &view, &Which::Email(EMAIL.into())).await.unwrap().id;
    let manage = Actor::Operator.allow().unwrap();
    let document = accounts::export_of(&t.domain, &manage, user, &Client::local()).await.unwrap();
    let rows = document["history"].as_array().unwrap().iter().filter(|row| row["event"] == event);
    rows.map(|row| row["by"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_seen_and_ended_on_sqlite_and_postgres() {
    for program in Program::beside_each().await {
        let t = program.domain();
        program.create(&[EMAIL, "--verified"]).done();
        program.create(&["bob@example.org", "--verified"]).done();
        assert_eq!(program.run(&["user", "sessions", EMAIL, "--json"]).done().json(), json!([]));
        let first =
            sign_in(t, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").await;
        t.clock.advance(std::time::Duration::from_millis(10));
        let second = sign_in(t, "curl/8").await;
        let third = sign_in(t, "curl/8").await;
        let table = program.run(&["user", "sessions", EMAIL]).done().out;
        assert_eq!(table.lines().count(), 4, "{table}");
        assert!(table.contains("Firefox on Linux") && table.contains("192.0.2.7"), "{table}");
        let all = program.run(&["user", "sessions", EMAIL, "--json"]).done().json();
        let firefox = all.as_array().unwrap().iter().find(|one| one["device"] == "Firefox on Linux").unwrap();
        assert!(firefox["last_seen_at"].is_string() && firefox["current"] == false, "{firefox}");
        let id = firefox["id"].as_str().unwrap().to_owned();

        let theirs = program.run(&["user", "sessions", "bob@example.org", "--end", &id]).failed(1);
        assert_eq!(theirs, format!("error: The account has no live session {id}.\n"));
        assert!(enters(t, &first).await, "it is another person's");
        let ended = program.run(&["user", "sessions", EMAIL, "--end", &id, "--json"]).done();
        assert_eq!(ended.json().as_array().unwrap().len(), 2);
        assert!(!enters(t, &first).await && enters(t, &second).await);
        program.run(&["user", "sessions", EMAIL, "--end", &id]).failed(1);
        program.run(&["user", "sessions", EMAIL, "--end", "nonsense"]).failed(2);
        program.run(&["user", "sessions", EMAIL, "--end", &id, "--all"]).failed(2);
        program.run(&["user", "sessions", "nobody@example.org", "--all"]).failed(1);
        let all = program.run(&["user", "sessions", EMAIL, "--all", "--json"]).done();
        assert!(all.err.contains("2 sessions have ended") && all.json() == json!([]), "{all:?}");
        assert!(!enters(t, &second).await && !enters(t, &third).await);
        assert_eq!(audited(t, "session_ended").await, ["operator"]);
        assert_eq!(audited(t, "signed_out_everywhere").await, ["operator"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_put_to_sleep_and_woken_on_sqlite_and_postgres() {
    for program in Program::beside_each().await {
        let t = program.domain();
        program.create(&[EMAIL, "--verified"]).done();
        let cookie = sign_in(t, "curl/8").await;
        program.letters().await;
        let asleep = program.run(&["user", "deactivate", EMAIL, "--yes", "--json"]).done();
        assert_eq!(asleep.json()["status"], "deactivated");
        assert!(!enters(t, &cookie).await);
        program.run(&["user", "deactivate", EMAIL, "--yes"]).done();
        let awake = program.run(&["user", "reactivate", EMAIL, "--json"]).done();
        assert_eq!(awake.json()["status"], "active");
        let said = program.run(&["user", "reactivate", EMAIL]).failed(1);
        assert_eq!(said, format!("error: The account {EMAIL} is not deactivated.\n"));
        program.run(&["user", "deactivate", "nobody@example.org", "--yes"]).failed(1);
        let subjects: Vec<_> = program.letters().await.into_iter().map(|letter| letter.subject).collect();
        assert_eq!(subjects.len(), 2, "{subjects:?}");
        assert_eq!(audited(t, "deactivated").await, ["operator"]);
        assert_eq!(audited(t, "reactivated").await, ["operator"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_mailed_for_somebody_on_sqlite_and_postgres() {
    for program in Program::beside_each().await {
        let t = program.domain();
        program.create(&[EMAIL]).done();
        let said = program.run(&["user", "resend", EMAIL]).done();
        assert!(said.out.is_empty() && said.err.contains(EMAIL), "{said:?}");
        program.run(&["user", "resend", EMAIL]).done();
        let letters = program.letters().await;
        assert_eq!(letters.len(), 2);
        let link = letters[1].link().unwrap().to_owned();
        assert!(link.contains("/verify?token=") && letters[0].link() != letters[1].link(), "{letters:?}");
        let token = Secret::new(link.split_once("token=").unwrap().1);
        accounts::verify(&t.domain, &token, &Client::local()).await.unwrap();
        program.run(&["user", "resend", EMAIL]).failed(65);
        program.run(&["user", "resend", "nobody@example.org"]).failed(1);

        let cookie = sign_in(t, "curl/8").await;
        program.letters().await;
        let said = program.run(&["user", "reset", EMAIL]).done();
        assert!(!format!("{said:?}").contains("token"), "{said:?}");
        let letters = program.letters().await;
        assert!(letters.len() == 1 && letters[0].to == EMAIL, "{letters:?}");
        let token = Secret::new(letters[0].link().unwrap().split_once("/reset?token=").unwrap().1);
        assert!(enters(t, &cookie).await, "asking changes nothing yet");
        let new = Secret::new("seven grey herons over water");
        auth::reset(&t.domain, &token, &new, &Client::local()).await.unwrap();
        assert!(!enters(t, &cookie).await);
        program.run(&["user", "reset", "nobody@example.org"]).failed(1);
        assert_eq!(audited(t, "verification_sent").await, ["operator", "operator"]);
        assert_eq!(audited(t, "reset_requested").await, ["operator"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_to_go_stays_on_sqlite_and_postgres() {
    for program in Program::beside_each().await {
        let t = program.domain();
        program.create(&[EMAIL, "--verified"]).done();
        let not = program.run(&["user", "restore", EMAIL]).failed(1);
        assert_eq!(not, format!("error: Nobody asked for the deletion of the account {EMAIL}.\n"));
        program.run(&["user", "delete", EMAIL, "--grace", "--yes"]).done();
        let stays = program.run(&["user", "restore", EMAIL, "--json"]).done().json();
        assert_eq!(stays["deletion_due_at"], Value::Null);
        assert_eq!(
            program.letters().await.iter().filter(|letter| letter.subject.contains("stays")).count(),
            1
        );
        assert_eq!(audited(t, "deletion_cancelled").await, ["operator"]);
        let line = program.run(&["user", "restore", EMAIL, "--json"]).failed(1);
        let told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told["code"], "not_leaving");
        program.run(&["user", "restore", "nobody@example.org"]).failed(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_about_somebody_is_a_document_on_sqlite_and_postgres() {
    for program in Program::beside_each().await {
        let t = program.domain();
        program.create(&[EMAIL, "--verified"]).done();
        let cookie = sign_in(t, "curl/8").await;
        let printed = program.run(&["user", "export", EMAIL]).done();
        assert_eq!(printed.json()["account"]["email"], EMAIL);
        assert!(!printed.out.contains("argon2") && !printed.out.contains(cookie.expose()), "{}", printed.out);
        let path = program.folder.path().join("ada.json");
        std::fs::write(&path, "old").unwrap();
        let file = path.display().to_string();
        let written = program.run(&["user", "export", EMAIL, "--out", &file]).done();
        assert!(written.out.is_empty() && written.err.contains("ada.json"), "{written:?}");
        let document: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(document["account"]["email"], EMAIL);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        program.run(&["user", "export", EMAIL, "--out", "absent/ada.json"]).failed(73);
        program.run(&["user", "export", "nobody@example.org"]).failed(1);
        assert_eq!(audited(t, "data_exported").await, ["operator"; 3]);
    }
}
