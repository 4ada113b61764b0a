//! What is typed, and what is answered to it: hints, help, and a reader that went away.

use super::program::{Program, finished};

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
