//! The command line as a shell sees it: exit codes, what goes to standard output and what to standard error, JSON that
//! scripts may rely on, and that nothing secret is ever printed. Every test has a data folder of its own.

mod lasting;
mod program;
mod server;

use program::{PASSWORD, Program, finished};
use serde_json::Value;

/// `value` with what differs from run to run replaced.
fn steady(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, inner) in fields.iter_mut() {
                let changing = inner.is_string() && (name == "id" || name == "next" || name.ends_with("_at"));
                *inner = if changing { format!("[{name}]").into() } else { steady(inner.take()) };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = steady(item.take())),
        _ => {}
    }
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_shown_confirmed_and_deleted_on_sqlite_and_postgres() {
    for program in Program::on_each().await {
        let made = program.create(&["ada@example.org", "--username", "ada", "--json"]).done();
        insta::allow_duplicates! {
            insta::assert_json_snapshot!(steady(made.json()), @r#"
            {
              "ban": null,
              "created_at": "[created_at]",
              "deletion_due_at": null,
              "email": "ada@example.org",
              "email_verified_at": null,
              "expires_at": null,
              "groups": [
                "member"
              ],
              "id": "[id]",
              "last_sign_in_at": null,
              "name": "Ada Lovelace",
              "status": "unconfirmed",
              "username": "ada"
            }
            "#);
        }
        assert!(!format!("{made:?}").contains(PASSWORD));
        let id = made.json()["id"].as_str().unwrap().to_owned();
        for called in ["ada@example.org", "ADA@Example.org", "ada", "ADA", id.as_str()] {
            assert_eq!(
                program.run(&["user", "show", called, "--json"]).done().json()["id"],
                id.as_str(),
                "{called}"
            );
        }
        let listed = program.run(&["user", "list", "--json"]).done().json();
        assert_eq!((listed["items"][0]["id"].as_str(), &listed["next"]), (Some(id.as_str()), &Value::Null));
        assert_eq!(
            program.run(&["user", "list", "--verified", "--json"]).done().json()["items"],
            Value::Array(vec![])
        );

        let confirmed = program.run(&["user", "verify", "ada", "--json"]).done();
        assert!(confirmed.json()["email_verified_at"].is_string());
        program.run(&["user", "verify", "ada"]).failed(65);

        let said = program.run(&["user", "delete", "ada"]).failed(2);
        assert!(said.contains("--yes"), "{said}");
        assert_eq!(program.run(&["user", "delete", "ada", "--yes"]).done().out, "");
        assert_eq!(
            program.run(&["user", "show", "ada"]).failed(1),
            "error: There is no account called ada.\n"
        );
        program.run(&["user", "delete", "ada", "--yes"]).failed(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_and_are_searched_on_sqlite_and_postgres() {
    for program in Program::on_each().await {
        for name in ["a", "b", "c"] {
            program.create(&[&format!("{name}@example.org"), "--verified"]).done();
        }
        let first = program.run(&["user", "list", "--limit", "2", "--json"]).done().json();
        let next = first["next"].as_str().expect("there is more").to_owned();
        let second = program.run(&["user", "list", "--limit", "2", "--after", &next, "--json"]).done().json();
        let of = |page: &Value| -> Vec<String> {
            let items = page["items"].as_array().unwrap().iter();
            items.map(|item| item["email"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!((of(&first).len(), of(&second).len(), &second["next"]), (2, 1, &Value::Null));
        assert_eq!([of(&first), of(&second)].concat(), ["c@example.org", "b@example.org", "a@example.org"]);

        assert_eq!(of(&program.run(&["user", "list", "b@ex", "--json"]).done().json()), ["b@example.org"]);
        assert!(of(&program.run(&["user", "list", "%", "--json"]).done().json()).is_empty());
        let table = program.run(&["user", "list", "--limit", "2"]).done();
        assert_eq!(table.out.lines().count(), 3, "{}", table.out);
        assert!(table.err.contains("--after"), "what is no data goes to standard error: {table:?}");
        assert_eq!(program.run(&["user", "list", "--limit", "2", "--quiet"]).done().err, "");
        program.run(&["user", "list", "--limit", "0"]).failed(2);
        program.run(&["user", "list", "--limit", "101"]).failed(2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_banned_and_unbanned_on_sqlite_and_postgres() {
    for program in Program::on_each().await {
        program.create(&["ada@example.org", "--verified"]).done();
        program.run(&["user", "ban", "ada@example.org"]).failed(2);
        program.run(&["user", "ban", "nobody@example.org", "--reason", "Spam"]).failed(1);
        for (span, until) in [("--for", "soon"), ("--until", "tomorrow")] {
            program.run(&["user", "ban", "ada@example.org", "--reason", "Spam", span, until]).failed(2);
        }
        program
            .run(&["user", "ban", "ada@example.org", "--reason", "Spam", "--until", "2020-01-01"])
            .failed(65);
        let given =
            ["user", "ban", "ada@example.org", "--reason", "Spam in profiles", "--for", "7d", "--json"];
        let banned = program.run(&given).done().json();
        assert_eq!(banned["ban"]["reason"], "Spam in profiles");
        assert!(banned["ban"]["until"].is_string() && banned["ban"]["author"].is_null());
        let shown = program.run(&["user", "show", "ada@example.org"]).done().out;
        assert!(shown.contains("banned") && shown.contains("Spam in profiles"), "{shown}");
        assert!(program.run(&["user", "list"]).done().out.contains("banned"));
        assert!(program.run(&["user", "unban", "ada@example.org", "--json"]).done().json()["ban"].is_null());
        let again = program.run(&["user", "unban", "ada@example.org"]).failed(1);
        assert_eq!(again, "error: The account ada@example.org is not banned.\n");
        assert!(program.run(&["user", "list"]).done().out.contains("active"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_administrator_stays_on_sqlite_and_postgres() {
    for program in Program::on_each().await {
        let made = program.create(&["root@example.org", "--admin", "--json"]).done().json();
        assert_eq!(made["groups"], serde_json::json!(["admin", "member"]));
        assert!(made["email_verified_at"].is_string());
        program.run(&["user", "delete", "root@example.org", "--yes"]).failed(65);
        program.create(&["second@example.org", "--admin"]).done();
        program.run(&["user", "delete", "root@example.org", "--yes"]).done();
    }
}

#[test]
fn what_does_not_fit_is_told_field_by_field_and_never_repeated() {
    let program = Program::new();
    let said = program.run_with_input(
        &["user", "create", "nobody", "--name", " ", "--password-stdin"],
        b"hunter2-secret\n",
    );
    let said = said.failed(65);
    for field in ["email: ", "name: ", "password: "] {
        assert!(said.contains(field), "{said}");
    }
    assert!(!said.contains("hunter2"), "{said}");

    program.create(&["ada@example.org", "--username", "ada"]).done();
    program.create(&["ADA@example.org"]).failed(65);
    program.create(&["other@example.org", "--username", "ADA"]).failed(65);

    let line = program.create(&["ada@example.org", "--json"]).failed(65);
    let told: Value = serde_json::from_str(&line).expect("a failure is one JSON object");
    assert_eq!((told["code"].as_str(), told["exit"].as_u64()), (Some("email_taken"), Some(65)));
}

#[test]
fn standard_input_is_a_password_or_refused() {
    let program = Program::new();
    let create = ["user", "create", "ada@example.org", "--name", "Ada", "--password-stdin"];
    program.run_with_input(&create, b"").failed(65);
    program.run_with_input(&create, b"two\nlines\n").failed(65);
    program.run_with_input(&create, &[0xff, 0xfe, b'\n']).failed(65);
    program.run_with_input(&create, &vec![b'a'; 1 << 20]).failed(65);
    program.run_with_input(&create, b"with\0nul in the middle of it\n").failed(65);
    let said = program.run(&["user", "create", "ada@example.org", "--name", "Ada"]).failed(2);
    assert!(said.contains("--password-stdin"), "{said}");
    let said = program.run(&["user", "create", "ada@example.org", "--password", PASSWORD]).failed(2);
    assert!(!said.contains(PASSWORD), "{said}");
}

#[test]
fn a_mistyped_command_gets_a_hint() {
    let program = Program::new();
    let said = program.run(&["serv"]).failed(2);
    assert!(said.contains("serve"), "{said}");
    program.run(&[]).failed(2);
    program.run(&["user", "list", "--verified", "--unverified"]).failed(2);
    program.run(&["--set", "nonsense", "config", "check"]).failed(2);
}

#[test]
fn help_and_version_are_data() {
    let program = Program::new();
    let help = program.run(&["--help"]).done();
    assert!(help.out.contains("Exit codes") && help.err.is_empty(), "{help:?}");
    let version = program.run(&["--version"]).done().out;
    assert_eq!(version, format!("vestibule {}\n", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(program.run(&["completions", shell]).done().out.contains("vestibule"), "{shell}");
    }
}

#[test]
fn a_misspelt_setting_stops_every_command_and_names_the_right_one() {
    let program = Program::new().set("VESTIBULE_LISTN", "127.0.0.1:0");
    for command in [&["serve"][..], &["user", "list"], &["config", "check"], &["doctor"], &["db", "migrate"]]
    {
        let said = program.run(command).failed(78);
        assert_eq!(
            said,
            "error: VESTIBULE_LISTN: there is no such setting; did you mean VESTIBULE_LISTEN?\n"
        );
    }
    assert!(!program.data().exists(), "nothing was begun");
    // Variables of Leptos are not ours.
    Program::new().set("LEPTOS_SITE_ROOT", "x").run(&["config", "check"]).done();
}

#[test]
fn the_example_is_a_settings_file() {
    let program = Program::new();
    let example = program.run(&["config", "example"]).done().out;
    let path = program.folder.path().join("vestibule.toml");
    std::fs::write(&path, example).unwrap();
    assert!(program.run(&["config", "check"]).done().err.contains("vestibule.toml"));
    let path = path.display().to_string();
    assert_eq!(program.run(&["config", "check", "--config", &path, "--json"]).done().json()["file"], path);
    program.run(&["config", "check", "--config", "absent.toml"]).failed(78);
    let clear = Program::new().set("VESTIBULE_MAIL__SMTP_URL", "smtp://ada:hunter2@mail.example.org");
    let said = clear.run(&["config", "check"]).failed(78);
    assert!(said.contains("mail.smtp_url: without TLS") && !said.contains("hunter2"), "{said}");
    assert_eq!(clear.run(&["doctor"]).code, 1, "mail in the clear is refused by the server");
}

#[test]
fn a_list_of_passwords_that_cannot_be_read_is_a_setting_that_does_not_fit() {
    let program = Program::new();
    program.run(&["db", "migrate"]).done();
    let program = program.set("VESTIBULE_PASSWORDS__BLOCKLIST", "absent.txt");
    for command in [&["serve"][..], &["user", "list"], &["config", "check"]] {
        assert!(program.run(command).failed(78).contains("passwords.blocklist: absent.txt"), "{command:?}");
    }
    let findings = program.run(&["doctor", "--json"]);
    let state = |check: &str| {
        let findings = findings.json();
        let found = findings.as_array().unwrap().iter().find(|one| one["check"] == check).unwrap().clone();
        found["state"].as_str().unwrap().to_owned()
    };
    assert_eq!((findings.code, state("passwords"), state("secret_key")), (1, "failed".into(), "ok".into()));
}

#[test]
fn settings_are_shown_with_their_origin_and_without_secrets() {
    let secret = "q7Jm2vX9bL4sT8wZ1cN6dR3fH5gK0pYa";
    let program = Program::new().set("VESTIBULE_SECRET_KEY", secret).set("VESTIBULE_SITE_NAME", "Club");
    let shown = program.run(&["config", "show", "--origin", "--set", "sessions.idle=2h"]).done();
    for words in ["Club", "VESTIBULE_SITE_NAME", "2h", "--set", "(hidden)", "default"] {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }
    let json = program.run(&["config", "show", "--json"]).done();
    let row =
        |key: &str| json.json().as_array().unwrap().iter().find(|row| row["key"] == key).cloned().unwrap();
    insta::assert_json_snapshot!([row("site_name"), row("secret_key"), row("redis.url"), row("sessions.idle")], @r#"
    [
      {
        "key": "site_name",
        "origin": "VESTIBULE_SITE_NAME",
        "value": "Club"
      },
      {
        "key": "secret_key",
        "origin": "VESTIBULE_SECRET_KEY",
        "value": "(hidden)"
      },
      {
        "key": "redis.url",
        "origin": "default",
        "value": null
      },
      {
        "key": "sessions.idle",
        "origin": "default",
        "value": "1h"
      }
    ]
    "#);
    assert!(!format!("{shown:?}{json:?}").contains(secret));
    let said = program.run(&["config", "check", "--set", "mail.smtp_url=smtps://u:hunter2@h"]).failed(78);
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn the_schema_is_looked_at_without_making_a_database() {
    let program = Program::new();
    let status = program.run(&["db", "status", "--json"]);
    assert_eq!((status.code, &status.json()["migrated"]), (1, &Value::Bool(false)));
    assert!(!program.data().exists(), "looking makes nothing");
    assert!(program.run(&["db", "migrate"]).done().err.contains("applied 0001"));
    assert!(program.run(&["db", "migrate"]).done().err.contains("up to date"));
    assert_eq!(program.run(&["db", "status", "--json"]).done().json()["migrated"], true);
    assert!(program.run(&["db", "status"]).done().out.contains("applied"));
}

#[test]
fn a_database_that_is_away_and_a_folder_that_cannot_be_made_have_their_codes() {
    let away = Program::new().set("VESTIBULE_DATABASE__URL", "postgres://ada:hunter2@127.0.0.1:1/absent");
    for command in [&["user", "list"][..], &["db", "status"]] {
        let said = away.run(command).failed(69);
        assert!(!said.contains("hunter2"), "{said}");
    }
    let program = Program::new();
    let file = program.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let inside = file.join("data").display().to_string();
    program.run(&["user", "list", "--data-dir", &inside]).failed(73);
}

#[test]
fn another_master_secret_is_refused() {
    let program = Program::new();
    program.run(&["db", "migrate"]).done();
    let other = ["VESTIBULE_SECRET_KEY", "q7Jm2vX9bL4sT8wZ1cN6dR3fH5gK0pYa"];
    let said =
        finished(program.command(&["user", "list"]).env(other[0], other[1]).spawn().unwrap()).failed(78);
    assert!(said.contains("master secret") && !said.contains(other[1]), "{said}");
}

#[test]
fn the_doctor_finds_what_is_wrong_and_changes_nothing() {
    let program = Program::new();
    let findings = program.run(&["doctor", "--json"]).done().json();
    let state = |findings: &Value, check: &str| -> String {
        let found = findings.as_array().unwrap().iter().find(|one| one["check"] == check);
        found.unwrap_or_else(|| panic!("{check} in {findings}"))["state"].as_str().unwrap().to_owned()
    };
    for check in ["settings", "public_url", "clock", "data_dir", "mail", "endpoints", "database"] {
        assert_eq!(state(&findings, check), "ok", "{check} in {findings}");
    }
    assert!(!program.data().exists(), "looking makes nothing");

    program.run(&["db", "migrate"]).done();
    let findings = program.run(&["doctor", "--json"]).done().json();
    assert_eq!(state(&findings, "secret_key"), "ok");
    std::fs::remove_file(program.data().join("secret.key")).unwrap();
    let lost = program.run(&["doctor", "--json"]);
    assert_eq!((lost.code, state(&lost.json(), "secret_key").as_str()), (1, "failed"));
    assert!(!program.data().join("secret.key").exists(), "looking makes nothing");
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let program = Program::new();
    let mut child = program.command(&["config", "example"]).spawn().unwrap();
    drop(child.stdout.take());
    let ran = finished(child);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn the_manifest_is_printed() {
    let program = Program::new();
    let manifest = program.run(&["endpoints"]).done().out;
    assert!(manifest.lines().any(|line| line.contains("/api/v1/auth/login")), "{manifest}");
    let rows = program.run(&["endpoints", "--json"]).done().json();
    let login = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["path"] == "/api/v1/auth/login")
        .expect("it is listed");
    assert_eq!((login["method"].as_str(), login["who"].as_str()), (Some("POST"), Some("anyone")));
    assert_eq!(rows.as_array().unwrap().len(), manifest.lines().count());
    assert!(!program.data().exists(), "a list of addresses needs no data");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gives_another_address_and_chooses_notices_on_sqlite_and_postgres() {
    for program in Program::on_each().await {
        program.create(&["ada@example.org", "--verified"]).done();
        program.create(&["bob@example.org", "--verified"]).done();
        program.run(&["user", "email", "ada@example.org", "BOB@example.org"]).failed(65);
        program.run(&["user", "email", "ada@example.org", "nobody"]).failed(65);
        program.run(&["user", "email", "nobody@example.org", "x@example.org"]).failed(1);
        let waits =
            program.run(&["user", "email", "ada@example.org", "ada.new@example.org", "--json"]).done();
        assert_eq!(waits.json()["email"], "ada.new@example.org");
        assert_eq!(waits.json()["email_verified_at"], Value::Null);
        let done =
            program.run(&["user", "email", "ada.new@example.org", "ada@example.org", "--verified", "--json"]);
        assert!(done.done().json()["email_verified_at"].is_string());

        let list = program.run(&["user", "notifications", "ada@example.org"]).done().out;
        assert!(list.lines().any(|line| line.starts_with("welcome") && line.contains(" on ")), "{list}");
        assert!(
            list.lines().any(|line| line.starts_with("password_changed") && line.contains(" always ")),
            "{list}"
        );
        let off = program.run(&["user", "notifications", "ada@example.org", "--off", "welcome"]).done().out;
        assert!(off.lines().any(|line| line.starts_with("welcome") && line.contains(" off ")), "{off}");
        program.run(&["user", "notifications", "ada@example.org", "--off", "password_changed"]).failed(65);
        program.run(&["user", "notifications", "ada@example.org", "--on", "nonsense"]).failed(65);
    }
}

#[test]
fn mails_are_looked_at_and_a_sites_own_templates_are_checked() {
    let program = Program::new();
    let list = program.run(&["mail", "preview"]).done().out;
    assert!(
        list.lines().any(|line| line.starts_with("verify ") && line.contains("Confirm your e-mail")),
        "{list}"
    );
    let text = program.run(&["mail", "preview", "verify"]).done().out;
    assert!(text.starts_with("Subject: Confirm") && text.contains("/verify?token="), "{text}");
    assert!(program.run(&["mail", "preview", "verify", "--html"]).done().out.contains("<!doctype html>"));
    assert_eq!(program.run(&["mail", "preview", "verify", "--json"]).done().json()["name"], "verify");
    program.run(&["mail", "preview", "fax"]).failed(2);
    let out = program.folder.path().join("mails");
    program.run(&["mail", "preview", "--out", &out.display().to_string()]).done();
    assert!(out.join("reset.html").is_file() && out.join("reset.txt").is_file());
    assert!(!program.data().exists(), "looking makes nothing");

    let folder = program.data().join("templates/mail");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("verify.subject.txt"), "Hey, {{ site }} here\n").unwrap();
    assert!(
        program.run(&["mail", "preview", "verify"]).done().out.starts_with("Subject: Hey, Vestibule here")
    );
    program.run(&["config", "check"]).done();
    std::fs::write(folder.join("verify.txt"), "Hello\n{{ usr }}\n").unwrap();
    for command in [&["config", "check"][..], &["mail", "preview"], &["user", "list"], &["serve"]] {
        let said = program.run(command).failed(78);
        assert!(said.contains("verify.txt: line 2: there is no value `usr`"), "{said}");
    }
    let doctor = program.run(&["doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("there is no value `usr`"), "{doctor:?}");
}

#[test]
fn a_letter_is_sent_now_and_the_answer_told() {
    let program = Program::new();
    let sent = program.run(&["mail", "test", "ada@example.org"]).done().out;
    assert!(sent.contains("sent to ada@example.org: written to ") && sent.contains(".eml"), "{sent}");
    program.run(&["mail", "test", "nobody"]).failed(65);
    let away = Program::new().set("VESTIBULE_MAIL__SMTP_URL", "smtp://127.0.0.1:1");
    let said = away.run(&["mail", "test", "ada@example.org"]).failed(1);
    assert!(said.contains("the letter was not sent: unreachable"), "{said}");
}
