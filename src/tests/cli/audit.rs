//! The audit trail, the outbox and the numbers as a shell sees them.

use super::program::Program;

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_listed_exported_and_verified_on_sqlite_and_postgres() {
    for program in Program::on_each().await {
        program.create(&["ada@example.org", "--verified"]).done();
        program.create(&["bob@example.org"]).done();
        let list = program.run(&["audit", "list", "--event", "account_created"]).done().out;
        assert_eq!(list.matches("account_created").count(), 2, "{list}");
        let page = program.run(&["audit", "list", "--limit", "1", "--json"]).done().json();
        let next = page["next"].as_str().unwrap();
        program.run(&["audit", "list", "--limit", "1", "--cursor", next]).done();
        program.run(&["audit", "list", "--cursor", "nonsense"]).failed(65);
        program.run(&["audit", "list", "--from", "yesterday"]).failed(2);
        let id = page["items"][0]["id"].as_str().unwrap();
        assert!(program.run(&["audit", "show", id]).done().out.contains("operator"));
        program.run(&["audit", "show", "nonsense"]).failed(1);
        let json = program.run(&["audit", "export"]).done().out;
        assert!(serde_json::from_str::<Vec<serde_json::Value>>(&json).unwrap().len() >= 2, "{json}");
        let file = program.folder.path().join("trail.csv");
        program.run(&["audit", "export", "--format", "csv", "--out", &file.display().to_string()]).done();
        assert!(std::fs::read_to_string(file).unwrap().starts_with("id,seq,at,event"));
        let verdict = program.run(&["audit", "verify", "--json"]).done().json();
        let head = verdict["head"].as_str().unwrap().to_owned();
        program.create(&["eve@example.org"]).done();
        assert!(
            program.run(&["audit", "verify", "--expect", &head]).done().out.contains("nobody touched them")
        );
        let later = format!("999:{}", head.split_once(':').unwrap().1);
        let found = program.run(&["audit", "verify", "--expect", &later]);
        assert_eq!((found.code, found.out.contains("row 999")), (1, true), "{found:?}");
        program.run(&["audit", "verify", "--expect", "nonsense"]).failed(65);
        program.run(&["user", "resend", "bob@example.org"]).done();
        let outbox = program.run(&["mail", "outbox", "--status", "queued", "--json"]).done().json();
        let mail = outbox["items"][0]["id"].as_str().unwrap().to_owned();
        program.run(&["mail", "retry", &mail]).done();
        program.run(&["mail", "cancel", &mail]).done();
        program.run(&["mail", "retry", &mail]).failed(65);
        program.run(&["mail", "retry", "--failed"]).done();
        program.run(&["mail", "outbox", "--status", "lost"]).failed(2);
        let numbers = program.run(&["statistics", "--range", "24h", "--json"]).done().json();
        assert_eq!(numbers["people"], 3, "{numbers}");
        program.run(&["statistics", "--range", "year"]).failed(2);
    }
}
