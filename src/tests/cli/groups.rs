//! Groups, permissions, rules of tags and why somebody may do something, as a shell sees them.

use super::program::Program;
use serde_json::json;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_granted_withdrawn_and_explained() {
    for program in Program::on_each().await {
        program.create(&["ada@example.org", "--verified"]).done();
        let made = program
            .run(&["group", "create", "staff", "--permission", "accounts:view", "--json"])
            .done()
            .json();
        assert_eq!(made["permissions"], json!(["accounts:view"]));
        let said = program.run(&["group", "grant", "staff", "acounts:ban"]).failed(65);
        assert_eq!(said, "error: There is no permission called acounts:ban; did you mean accounts:ban?\n");
        let granted = program.run(&["group", "grant", "staff", "accounts:ban", "--json"]).done().json();
        assert_eq!(granted["permissions"], json!(["accounts:ban", "accounts:view"]));
        program.run(&["group", "withdraw", "staff", "accounts:view"]).done();
        program.run(&["group", "withdraw", "admin", "accounts:view"]).failed(65);
        program.run(&["group", "set", "staff"]).failed(2);
        let shown = program.run(&["group", "set", "staff", "--about", "Who works here"]).done().out;
        assert!(shown.contains("Who works here") && shown.contains("accounts:ban"), "{shown}");
        program.run(&["user", "groups", "ada@example.org", "--join", "staff"]).done();
        let members = program.run(&["group", "members", "staff", "--json"]).done().json();
        assert_eq!((members.as_array().unwrap().len(), &members[0]["email"]), (1, &json!("ada@example.org")));
        program.run(&["group", "members", "nobody"]).failed(1);
        let held = program.run(&["explain", "ada@example.org", "accounts:ban"]).done().out;
        assert!(held.contains("allowed  accounts:ban  through staff"), "{held}");
        let lacks = program.run(&["explain", "ada@example.org", "accounts:view", "--json"]).done().json();
        assert_eq!(lacks["permissions"][0]["held"], json!(false));
        let page = program.run(&["explain", "ada@example.org", "GET", "/admin/groups"]).done().out;
        assert!(page.starts_with("refused: GET /admin/groups") && page.contains("groups:manage"), "{page}");
        program.run(&["explain", "ada@example.org", "GET /nowhere"]).failed(65);
        program.run(&["explain", "nobody@example.org"]).failed(1);
        program.run(&["user", "admin", "grant", "ada@example.org"]).done();
        let page =
            program.run(&["explain", "ada@example.org", "GET", "/admin/groups", "--json"]).done().json();
        assert_eq!(page["allowed"], json!(true));
        program.run(&["user", "admin", "withdraw", "ada@example.org"]).failed(65);
        let all = program.run(&["group", "permissions", "--json"]).done().json();
        let ban = all.as_array().unwrap().iter().find(|one| one["name"] == "accounts:ban").unwrap();
        assert_eq!(ban["groups"], json!(["admin", "staff"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_tags_are_set_shown_and_cleared() {
    let program = Program::new();
    program.create(&["ada@example.org", "--verified"]).done();
    program.run(&["endpoints", "rule", "set", "profiles"]).failed(2);
    program.run(&["endpoints", "rule", "set", "profiles", "--signed-in", "--permission", "a:b"]).failed(2);
    program.run(&["endpoints", "rule", "set", "profile", "--signed-in"]).failed(65);
    program.run(&["endpoints", "rule", "set", "auth", "--signed-in"]).failed(65);
    let set = program.run(&["endpoints", "rule", "set", "profiles", "--signed-in", "--json"]).done().json();
    assert_eq!((&set["rule"], &set["from"]), (&json!({"who": "signed_in"}), &json!("run_time")));
    let lines = program.run(&["endpoints", "--tag", "profiles"]).done().out;
    let page = lines.lines().find(|line| line.contains(" /u/{username} ")).unwrap();
    assert!(page.ends_with("and signed in (tag profiles)"), "{page}");
    let tags = program.run(&["endpoints", "rule", "list"]).done().out;
    assert!(tags.lines().any(|line| line.starts_with("profiles") && line.contains("run time")), "{tags}");
    program.run(&["endpoints", "rule", "clear", "profiles"]).done();
    program.run(&["endpoints", "rule", "clear", "profiles"]).failed(65);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_rules_of_the_settings_are_checked_before_the_start() {
    let program = Program::new();
    let settings = |text: &str| fs::write(program.folder.path().join("vestibule.toml"), text).unwrap();
    settings("[groups.premium]\npermissions = [\"acounts:view\"]\n");
    for command in [["config", "check"], ["group", "list"]] {
        let said = program.run(&command).failed(78);
        assert!(
            said.contains(
                "groups.premium.permissions: there is no permission acounts:view; did you mean accounts:view?"
            ),
            "{said}"
        );
    }
    settings("[endpoints.tags.profile]\nwho = \"signed in\"\n[endpoints.tags.pages]\nwho = \"signed in\"\n");
    let said = program.run(&["config", "check"]).failed(78);
    assert!(
        said.contains("endpoints.tags.profile: no endpoint has this tag; did you mean profiles?"),
        "{said}"
    );
    assert!(said.contains("endpoints.tags.pages: nobody could sign in any more"), "{said}");
    settings(
        "[groups.premium]\nabout = \"People who pay\"\n[endpoints.tags.profiles]\ngroup = \"premium\"\n",
    );
    program.run(&["config", "check"]).done();
    let lines = program.run(&["endpoints", "--tag", "profiles"]).done().out;
    assert!(lines.contains("and group premium (settings, tag profiles)"), "{lines}");
    assert!(!program.data().exists(), "a list of addresses needs no data");
    let group = program.run(&["group", "show", "premium", "--json"]).done().json();
    assert_eq!((&group["from_settings"], &group["about"]), (&json!(true), &json!("People who pay")));
    program.run(&["group", "delete", "premium", "--yes"]).failed(65);
    program.run(&["endpoints", "rule", "set", "profiles", "--signed-in"]).failed(65);
    let found = program.run(&["doctor", "--json"]).done().json();
    let rules = found.as_array().unwrap().iter().find(|one| one["check"] == "endpoint rules").unwrap();
    assert_eq!(rules["state"], "ok", "{rules}");
}
