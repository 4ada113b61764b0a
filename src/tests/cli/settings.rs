//! Settings, schema and doctor as a shell sees them.

use super::program::{Program, finished};
use serde_json::Value;

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
    assert_eq!(state(&findings, "proxy"), "ok", "{findings}");
    let public = ["VESTIBULE_PUBLIC_URL", "https://accounts.example.org"];
    let behind = finished(program.command(&["doctor", "--json"]).env(public[0], public[1]).spawn().unwrap());
    assert_eq!(state(&behind.json(), "proxy"), "warning", "nobody said who may speak for others");
    assert!(!program.data().exists(), "looking makes nothing");

    program.run(&["db", "migrate"]).done();
    let findings = program.run(&["doctor", "--json"]).done().json();
    assert_eq!(state(&findings, "secret_key"), "ok");
    std::fs::remove_file(program.data().join("secret.key")).unwrap();
    let lost = program.run(&["doctor", "--json"]);
    assert_eq!((lost.code, state(&lost.json(), "secret_key").as_str()), (1, "failed"));
    assert!(!program.data().join("secret.key").exists(), "looking makes nothing");
}
