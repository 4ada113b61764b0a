//! Rate limits, as a shell sees them.

use super::program::Program;
use serde_json::json;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_listed_set_reset_and_taken_back() {
    for program in Program::on_each().await {
        program.create(&["ada@example.org", "--verified"]).done();
        let all = program.run(&["limits", "list", "--json"]).done().json();
        let names: Vec<_> = all.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["api", "recovery", "refresh", "register", "resend", "sign_in", "social"]);
        let table = program.run(&["limits", "list"]).done().out;
        assert!(
            table.contains("60 per 10m, strictly") && table.contains("1200 per 1m, 600 at once"),
            "{table}"
        );
        program.run(&["limits", "show", "nothing"]).failed(65);
        program.run(&["limits", "set", "search", "--most", "5"]).failed(65);
        program.run(&["limits", "set", "search", "--by", "planet"]).failed(2);
        let whole = [
            "limits", "set", "search", "--tag", "profiles", "--by", "address", "--most", "5", "--per", "10s",
        ];
        let set = program.run(&[&whole[..], &["--mode", "shadow", "--json"]].concat()).done().json();
        assert_eq!(
            (&set["burst"], &set["mode"], &set["from"]),
            (&json!(5), &json!("shadow"), &json!("run_time"))
        );
        let changed = program.run(&["limits", "set", "sign_in", "--most", "10", "--json"]).done().json();
        assert_eq!(
            (&changed["per"], &changed["strict"], &changed["stated"]["most"]),
            (&json!("10m"), &json!(true), &json!(60))
        );
        let shown = program.run(&["limit", "show", "sign_in"]).done().out;
        assert!(shown.contains("10 per 10m, strictly") && shown.contains("60 per 10m, strictly"), "{shown}");
        program.run(&["limits", "reset", "sign_in", "--address", "192.0.2.7"]).done();
        program.run(&["limits", "reset", "sign_in", "--address", "nowhere"]).failed(65);
        program.run(&["limits", "reset", "sign_in", "--user", "ada@example.org"]).failed(65);
        program.run(&["limits", "reset", "api", "--user", "ada@example.org"]).done();
        program.run(&["limits", "reset", "api", "--yes"]).done();
        program.run(&["limits", "clear", "sign_in"]).done();
        program.run(&["limits", "clear", "sign_in"]).failed(65);
        program.run(&["limits", "clear", "search"]).done();
        program.run(&["limits", "show", "search"]).failed(65);
    }
}

#[test]
fn what_does_not_fit_in_the_settings_is_told_before_the_start() {
    let program = Program::new();
    let file = program.folder.path().join("vestibule.toml");
    fs::write(&file, "[limits.search]\nmost = 5\n").unwrap();
    let said = program.run(&["config", "check"]).failed(78);
    assert!(said.contains("limits.search: tags (required), by (required), per (required)"), "{said}");
    fs::write(&file, "[limits.api]\nmode = \"shadow\"\nper = \"1 fortnight\"\n").unwrap();
    let said = program.run(&["config", "check"]).failed(78);
    assert!(said.contains("limits.api.per: expected a span from 1s to 31d"), "{said}");
    fs::write(&file, "[limits]\nheaders = \"both\"\n[limits.api]\nmode = \"shadow\"\n").unwrap();
    program.run(&["config", "check"]).done();
    program.run(&["limits", "set", "api", "--most", "5"]).failed(65);
}
