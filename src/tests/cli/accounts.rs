//! Accounts as a shell sees them: made, listed, shown, confirmed, banned and deleted.

use super::program::{PASSWORD, Program};
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
            program.run(&["user", "list", "--status", "active", "--json"]).done().json()["items"],
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
        let second =
            program.run(&["user", "list", "--limit", "2", "--cursor", &next, "--json"]).done().json();
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
        assert!(table.err.contains("--cursor"), "what is no data goes to standard error: {table:?}");
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
async fn the_same_is_done_to_many_on_sqlite_and_postgres() {
    for program in Program::on_each().await {
        for email in ["ada@example.org", "bob@example.org"] {
            program.create(&[email, "--verified"]).done();
        }
        let ban =
            ["user", "many", "ban", "ada@example.org", "-", "--reason", "Spam", "--for", "7d", "--json"];
        let banned = program.run_with_input(&ban, b"bob@example.org\n\n").done().json();
        let all_done = banned.as_array().unwrap().iter().all(|one| one["done"] == true);
        assert!(all_done && banned.as_array().unwrap().len() == 2, "{banned}");
        let again = program.run(&["user", "many", "unban", "ada@example.org"]).done().out;
        assert!(again.contains("ada@example.org") && again.contains("done"), "{again}");
        let halved = program.run(&["user", "many", "unban", "ada@example.org", "bob@example.org", "--json"]);
        assert_eq!((halved.code, halved.out.contains("\"not_found\"")), (1, true), "{halved:?}");
        assert!(program.run(&["user", "list"]).done().out.matches("active").count() == 2);
        program.run(&["user", "many", "ban", "ada@example.org"]).failed(65);
        program.run(&["user", "many", "verify", "ada@example.org", "--reason", "x"]).failed(65);
        program.run(&["user", "many", "delete", "nobody@example.org", "--yes"]).failed(1);
        program.run(&["user", "many", "promote", "ada@example.org"]).failed(2);
        program.run(&["user", "many", "delete", "ada@example.org", "bob@example.org", "--yes"]).done();
        assert!(!program.run(&["user", "list"]).done().out.contains("example.org"));
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
