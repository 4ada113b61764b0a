//! Groups, lifetimes, expiry and deletion with a grace, as a shell sees them.

use super::program::Program;
use serde_json::{Value, json};

fn lifetime<'a>(shown: &'a Value, kind: &str) -> (&'a str, &'a str) {
    let all = shown["lifetimes"].as_array().expect("lifetimes are shown");
    let one = all.iter().find(|one| one["kind"] == kind).expect("every kind is shown");
    (one["lifetime"].as_str().unwrap(), one["by"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_their_lifetimes_on_sqlite_and_postgres() {
    for program in Program::on_each().await {
        program.create(&["ada@example.org", "--verified"]).done();
        program.run(&["group", "create", "premium", "--about", "People who pay"]).done();
        program.run(&["group", "create", "premium"]).failed(65);
        program.run(&["group", "create", "Not a name"]).failed(65);
        let set = program
            .run(&["group", "lifetimes", "premium", "--remembered", "forever", "--json"])
            .done()
            .json();
        assert_eq!(set["lifetimes"], json!({"remembered": "forever"}));
        let said = program.run(&["group", "lifetimes", "absent", "--idle", "8h"]).failed(1);
        assert_eq!(said, "error: There is no group called absent.\n");
        program.run(&["group", "lifetimes", "premium", "--idle", "0s"]).failed(2);

        let groups =
            program.run(&["user", "groups", "ada@example.org", "--join", "premium", "--json"]).done().json();
        assert_eq!(groups, json!(["member", "premium"]));
        program.run(&["user", "groups", "ada@example.org", "--join", "absent"]).failed(1);
        let shown = program.run(&["user", "show", "ada@example.org", "--json"]).done().json();
        assert_eq!(lifetime(&shown, "remembered"), ("forever", "group"));
        let words = program.run(&["user", "show", "ada@example.org"]).done().out;
        assert!(
            words.contains("forever, by group premium") && words.contains("1h, by the settings"),
            "{words}"
        );

        program.run(&["user", "lifetimes", "ada@example.org", "--idle", "8h", "--remembered", "30d"]).done();
        let shown = program.run(&["user", "show", "ada@example.org", "--json"]).done().json();
        assert_eq!(
            (lifetime(&shown, "idle"), lifetime(&shown, "remembered")),
            (("8h", "person"), ("30d", "person"))
        );
        program.run(&["user", "lifetimes", "ada@example.org", "--clear"]).done();
        let shown = program.run(&["user", "show", "ada@example.org", "--json"]).done().json();
        assert_eq!(
            (lifetime(&shown, "idle"), lifetime(&shown, "remembered")),
            (("1h", "setting"), ("forever", "group"))
        );

        let listed = program.run(&["group", "list", "--json"]).done().json();
        let premium = listed.as_array().unwrap().iter().find(|group| group["name"] == "premium").unwrap();
        assert_eq!(
            (&premium["about"], &premium["members"], &premium["lifetimes"]),
            (&json!("People who pay"), &json!(1), &json!({"remembered": "forever"}))
        );
        program.run(&["group", "delete", "admin", "--yes"]).failed(65);
        program.run(&["group", "delete", "premium"]).failed(2);
        program.run(&["group", "delete", "premium", "--yes"]).done();
        let shown = program.run(&["user", "show", "ada@example.org", "--json"]).done().json();
        assert_eq!(
            (lifetime(&shown, "remembered"), &shown["groups"]),
            (("30d", "setting"), &json!(["member"]))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_end_and_leave_on_sqlite_and_postgres() {
    for program in Program::on_each().await {
        let made = program
            .create(&["ada@example.org", "--verified", "--expires", "2099-01-31", "--json"])
            .done()
            .json();
        assert_eq!(made["expires_at"], "2099-01-31T00:00:00Z");
        program.create(&["bob@example.org", "--expires", "some day"]).failed(2);
        let never = program.run(&["user", "expire", "ada@example.org", "--never", "--json"]).done().json();
        assert_eq!(never["expires_at"], Value::Null);
        let at = ["user", "expire", "ada@example.org", "--at", "2098-05-01T12:00:00Z", "--json"];
        assert_eq!(program.run(&at).done().json()["expires_at"], "2098-05-01T12:00:00Z");
        assert!(program.run(&["user", "expire", "ada@example.org", "--in", "90d", "--json"]).done().json()["expires_at"].is_string());
        program.run(&["user", "expire", "ada@example.org"]).failed(2);
        program.run(&["user", "expire", "ada@example.org", "--never", "--in", "1d"]).failed(2);
        program.run(&["user", "expire", "nobody@example.org", "--never"]).failed(1);

        let said = program.run(&["user", "delete", "ada@example.org", "--grace", "--yes"]).done().err;
        assert!(said.contains("unless they sign in before"), "{said}");
        let shown = program.run(&["user", "show", "ada@example.org", "--json"]).done().json();
        assert!(shown["deletion_due_at"].is_string(), "{shown}");
        program.run(&["user", "delete", "ada@example.org", "--yes"]).done();
        program.run(&["user", "show", "ada@example.org"]).failed(1);
    }
}
