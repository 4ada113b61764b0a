//! Mail as a shell sees it: another address, what a person is told, templates and one letter.

use super::program::Program;
use serde_json::Value;

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
