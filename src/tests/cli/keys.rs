//! API keys as a shell sees them: made, shown, rotated, switched, revoked, and found where they should not be.

use super::program::Program;
use serde_json::Value;
use std::fs;
use vestibule_domain::keys;
use vestibule_domain::testing::TestDomain;

const EMAIL: &str = "ada@example.org";

/// Whether somebody who opens the same data now takes the key.
async fn taken(t: &TestDomain, key: &str) -> bool {
    let other = t.second().await.unwrap();
    keys::by_secret(&other, key.trim(), None).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_kept_by_the_command_line_on_sqlite_and_postgres() {
    for program in Program::beside_each().await {
        let t = program.domain();
        program.create(&[EMAIL, "--verified"]).done();
        let made =
            program.run(&["key", "create", EMAIL, "--name", "Backup", "--read-only", "--days", "7"]).done();
        let key = made.out.trim().to_owned();
        assert!(key.starts_with("vst_") && made.out.lines().count() == 1, "{made:?}");
        assert!(made.err.contains("printed this once") && !made.err.contains(&key), "{made:?}");
        assert!(taken(t, &key).await);
        let begins = &key[..26];
        let shown = program.run(&["keys", "show", begins, "--json"]).done();
        assert_eq!(shown.json()["name"], "Backup");
        let id = shown.json()["id"].as_str().unwrap().to_owned();
        let told = program.run(&["key", "show", &id]).done().out;
        assert!(told.contains("read") && told.contains(begins) && !told.contains(&key), "{told}");
        let listed = program.run(&["key", "list", EMAIL, "--state", "active", "--json"]).done().json();
        assert_eq!(listed["items"][0]["owner_email"], EMAIL);
        assert!(program.run(&["key", "list"]).done().out.contains(begins));

        program.run(&["key", "disable", begins]).done();
        assert!(!taken(t, &key).await);
        program.run(&["key", "enable", &id]).done();
        let new =
            program.run(&["key", "rotate", begins, "--overlap", "1", "--never", "--json"]).done().json();
        let new = new["secret"].as_str().unwrap().to_owned();
        assert!(taken(t, &key).await && taken(t, &new).await && new[..26] == key[..26]);
        program.run(&["key", "revoke", begins]).failed(2);
        program.run(&["key", "revoke", begins, "--yes"]).done();
        assert!(!taken(t, &key).await && !taken(t, &new).await);
        let twice = program.run(&["key", "revoke", begins, "--yes"]).failed(1);
        assert!(twice.contains("There is no API key"), "{twice}");

        program.run(&["key", "create", "nobody@example.org", "--name", "x"]).failed(1);
        program.run(&["key", "create", EMAIL, "--name", "x", "--scope", "accounts:view"]).failed(65);
        program.run(&["key", "create", EMAIL, "--name", "x", "--days", "7", "--never"]).failed(2);
        program.run(&["key", "show", "vst_nonsense"]).failed(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_found_where_they_should_not_be_on_sqlite_and_postgres() {
    for program in Program::beside_each().await {
        let t = program.domain();
        program.create(&[EMAIL, "--verified"]).done();
        let key = program.run(&["key", "create", EMAIL, "--name", "Backup"]).done().out.trim().to_owned();
        let folder = program.folder.path().join("found");
        fs::create_dir_all(folder.join("deep")).unwrap();
        fs::write(folder.join("clean.txt"), format!("{}\n", &key[..key.len() - 1])).unwrap();
        let path = folder.display().to_string();
        assert_eq!(program.run(&["key", "scan", &path]).done().out, "");
        let mut bytes = vec![0xff; 200_000];
        bytes.extend(format!("\n\nKEY=\"{key}\"\n").into_bytes());
        fs::write(folder.join("deep/binary.bin"), bytes).unwrap();
        let ran = program.run(&["key", "scan", &path]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.out.contains("binary.bin:3: ") && !format!("{ran:?}").contains(&key), "{ran:?}");
        let ran = program.run(&["keys", "scan", &path, "--json"]);
        let places: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((ran.code, places.as_array().unwrap().len(), &places[0]["line"]), (1, 1, &Value::from(3)));
        assert!(taken(t, &key).await, "looking changes nothing");
        let ran = program.run(&["key", "scan", &path, "--report"]);
        assert!(ran.code == 1 && ran.err.contains("reported: 1"), "{ran:?}");
        assert!(!taken(t, &key).await);
        let told = program.letters().await;
        assert!(told.iter().any(|letter| letter.subject.contains("was found, and revoked")), "{told:?}");
        let absent = program.run(&["key", "scan", &format!("{path}/absent")]);
        assert_eq!(absent.code, 73, "{absent:?}");
    }
}
