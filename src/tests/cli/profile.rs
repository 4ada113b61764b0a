//! `user set` as a shell sees it.

use super::program::Program;
use serde_json::json;

/// A PNG of one colour.
fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(40, 30, image::Rgb([200, 0, 0]));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_changed_all_of_it_or_nothing_on_sqlite_and_postgres() {
    for program in Program::beside_each().await {
        program.create(&["ada@example.org", "--username", "ada", "--verified"]).done();
        let picture = program.folder.path().join("ada.png");
        std::fs::write(&picture, png()).unwrap();
        let picture = picture.display().to_string();
        let all = [
            "user",
            "set",
            "ada",
            "--name",
            "Ada",
            "--bio",
            "Writes programs.",
            "--link",
            "https://example.org",
            "--language",
            "EN-gb",
            "--time-zone",
            "europe/london",
            "--visibility",
            "profile=public",
            "--avatar",
            &picture,
            "--json",
        ];
        let set = program.run(&all).done().json();
        assert_eq!(
            (&set["name"], &set["bio"], &set["language"], &set["time_zone"]),
            (&json!("Ada"), &json!("Writes programs."), &json!("en-GB"), &json!("Europe/London"))
        );
        assert_eq!(
            (&set["links"], &set["visibility"]["profile"]),
            (&json!(["https://example.org/"]), &json!("public"))
        );
        assert!(set["avatar"].is_string(), "{set}");
        let letters = program.letters().await;
        assert_eq!(letters.len(), 1, "one command is one save: {letters:?}");
        assert!(letters[0].text.contains("picture"), "{}", letters[0].text);

        let broken = program.folder.path().join("broken.png");
        std::fs::write(&broken, "<svg/>").unwrap();
        let broken = broken.display().to_string();
        let said = program.run(&["user", "set", "ada", "--name", "Eve", "--avatar", &broken]).failed(65);
        assert!(said.contains("avatar: "), "{said}");
        program.run(&["user", "set", "ada", "--name", "Eve", "--avatar", "absent.png"]).failed(73);
        program.run(&["user", "set", "ada", "--name", "Eve", "--time-zone", "Europe/Atlantis"]).failed(65);
        let shown = program.run(&["user", "show", "ada", "--json"]).done().json();
        assert_eq!(
            (&shown["name"], &shown["avatar"]),
            (&json!("Ada"), &set["avatar"]),
            "nothing was changed"
        );

        let none =
            ["user", "set", "ada", "--remove-avatar", "--bio", "", "--visibility", "profile=", "--json"];
        let set = program.run(&none).done().json();
        assert!(
            set["avatar"].is_null() && set["bio"].is_null() && set["visibility"]["profile"] == "private",
            "{set}"
        );
        program.run(&["user", "set", "nobody", "--name", "Eve"]).failed(1);
    }
}

#[test]
fn what_is_no_pair_takes_nothing_away() {
    let program = Program::new();
    program.create(&["ada@example.org", "--username", "ada"]).done();
    for wrong in [
        &["--field", "company"][..],
        &["--field", "=ACME"],
        &["--visibility", "profile"],
        &["--avatar", "a.png", "--remove-avatar"],
    ] {
        program.run(&[&["user", "set", "ada"], wrong].concat()).failed(2);
    }
    let create = ["user", "create", "bob@example.org", "--name", "Bob", "--password-stdin", "--field"];
    program.run(&[&create[..], &["company"]].concat()).failed(2);
    // The reference program declares no field.
    let said = program.run(&["user", "set", "ada", "--field", "company="]).failed(65);
    assert!(said.contains("fields: "), "{said}");
    program.create(&["bob@example.org", "--field", "company=ACME"]).failed(65);
    program.run(&["user", "show", "bob@example.org"]).failed(1);
    program.run(&["user", "set", "ada", "--visibility", "profile=everybody"]).failed(65);
}
