//! Who is told what by mail, what they chose, how they stop it, and which devices are known.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{collections::BTreeMap, time::Duration};
use vestibule_domain::accounts::{self, NewAccount, Which};
use vestibule_domain::mail::Delivery;
use vestibule_domain::profiles::{self, Picture};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client, Domain, Person, auth, groups, mail, notices, sql};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::groups::{ADMIN, ManageAccounts, ManageGroups};
use vestibule_model::profiles::{Part, ProfileForm, Visibility};
use vestibule_model::{Error, Problem, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";

fn registration(email: &str) -> RegisterForm {
    RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    }
}

async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let new = NewAccount { form: registration(email), verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &Client::local()).await.unwrap().id
}

fn at(address: &str, agent: &str) -> Client {
    Client { address: address.parse().ok(), user_agent: Some(agent.into()), request_id: None }
}

fn credentials(email: &str) -> SignInForm {
    SignInForm { email: email.into(), password: PASSWORD.into() }
}

async fn enters(domain: &Domain, email: &str, device: Option<&Secret>, client: &Client) -> (Person, Secret) {
    let session = auth::sign_in_on(domain, credentials(email), false, device, client).await.unwrap();
    let person = auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap();
    (person, session.device.unwrap())
}

fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn subjects(t: &TestDomain) -> Vec<String> {
    t.letters().await.into_iter().map(|letter| format!("{}: {}", letter.to, letter.subject)).collect()
}

fn wanted(pairs: &[(&str, bool)]) -> BTreeMap<String, bool> {
    pairs.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect()
}

/// Registers and confirms; the letters after that.
async fn joins(t: &TestDomain, email: &str) -> Vec<mail::Letter> {
    accounts::register(&t.domain, registration(email), &Client::local()).await.unwrap();
    let letters = t.letters().await;
    let letter = letters.iter().find(|letter| letter.to == email).unwrap();
    let token = Secret::new(letter.link().unwrap().split_once("token=").unwrap().1);
    accounts::verify(&t.domain, &token, &Client::local()).await.unwrap();
    t.letters().await
}

vestibule_domain::both! {
    async fn who_confirms_is_welcomed_and_can_stop_such_mail_by_one_click(t: TestDomain) {
        let letters = joins(&t, "ada@example.org").await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].subject, "Welcome to Vestibule");
        let link = letters[0].text.split_whitespace().find(|word| word.contains("/unsubscribe?token=")).unwrap();
        let token = Secret::new(link.split_once("token=").unwrap().1);
        assert!(notices::unsubscribe_about(&t.domain, &token).unwrap().contains("welcome"));
        let (person, _) = enters(&t.domain, "ada@example.org", None, &Client::local()).await;
        let welcome = |all: Vec<vestibule_model::notices::NoticeChoice>| all.into_iter().find(|one| one.name == "welcome").unwrap().on;
        assert!(welcome(notices::choices(&t.domain, &person).await.unwrap()), "looking stops nothing");
        for _ in 0..2 {
            notices::unsubscribe(&t.domain, &token, &Client::local()).await.unwrap();
            assert!(!welcome(notices::choices(&t.domain, &person).await.unwrap()));
        }
        let text = token.expose();
        let forged = [
            text.replace("welcome", "password_changed"),
            text.replace("welcome", "admin_block"),
            text[..text.len() - 1].to_owned(),
            format!("{text}.x"),
            format!("{}{text}", "x"),
            "..".to_owned(),
            String::new(),
        ];
        for forged in forged {
            let answer = notices::unsubscribe(&t.domain, &forged.as_str().into(), &Client::local()).await;
            assert_eq!(answer, Err(Error::LinkDead), "{forged}");
        }
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        accounts::delete(&t.domain, &by, person.user, &Client::local()).await.unwrap();
        assert_eq!(notices::unsubscribe(&t.domain, &token, &Client::local()).await, Err(Error::LinkDead));
    }

    async fn what_is_optional_is_chosen_and_what_is_security_is_not(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let (ada, _) = enters(&t.domain, "ada@example.org", None, &Client::local()).await;
        let local = Client::local();
        let security = notices::choose(&t.domain, &ada, &wanted(&[("password_changed", false), ("welcome", false)]), &local).await;
        assert_eq!(security.err(), Some(Error::invalid("password_changed", Problem::AlwaysOn)));
        let unknown = notices::choose(&t.domain, &ada, &wanted(&[("admin_block", false)]), &local).await;
        assert_eq!(unknown.err(), Some(Error::invalid("admin_block", Problem::Unknown)), "a member is no administrator");
        assert!(notices::choices(&t.domain, &ada).await.unwrap().iter().all(|one| one.on), "nothing was changed");
        let now = notices::choose(&t.domain, &ada, &wanted(&[("welcome", false), ("new_device", true)]), &local).await.unwrap();
        assert_eq!(now.iter().filter(|one| !one.on).map(|one| one.name.as_str()).collect::<Vec<_>>(), ["welcome"]);
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let which = Which::Email("ada@example.org".into());
        let now = notices::choose_for(&t.domain, &by, &which, &wanted(&[("welcome", true)]), &local).await.unwrap();
        assert!(now.iter().all(|one| one.on));
    }

    async fn one_save_of_a_profile_is_one_mail_in_words_that_people_know(t: TestDomain) {
        let user = account(&t.domain, "ada@example.org", false).await;
        let (ada, _) = enters(&t.domain, "ada@example.org", None, &Client::local()).await;
        let form = || ProfileForm {
            name: Some(Some("Ada Lovelace".into())),
            username: Some(Some("ada".into())),
            time_zone: Some(Some("Europe/London".into())),
            visibility: [(Part::Profile, Some(Visibility::Public))].into(),
            ..ProfileForm::default()
        };
        profiles::change(&t.domain, &ada, form(), None, &Client::local()).await.unwrap();
        let letters = t.letters().await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        let text = letters[0].text.replace('\n', " ");
        assert!(text.contains("were changed: name, user name, time zone, who sees your profile."), "{text}");
        for event in ["username_changed", "profile_updated"] {
            let rows = sql!(t.domain.db(), fetch_all as (String,), "select detail from audit where event = $1", event);
            assert_eq!(rows.await.unwrap().len(), 1, "{event} stays in the audit trail");
        }
        profiles::change(&t.domain, &ada, form(), None, &Client::local()).await.unwrap();
        assert!(t.letters().await.is_empty(), "what changes nothing tells nothing");
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let bio = ProfileForm { bio: Some(Some("Writes programs.".into())), ..ProfileForm::default() };
        let broken = Picture::Sent(b"<svg/>".to_vec());
        let refused = profiles::change_for(&t.domain, &by, user, bio.clone(), broken, &Client::local()).await;
        assert_eq!(refused, Err(Error::invalid("avatar", Problem::NotAPicture)));
        profiles::change_for(&t.domain, &by, user, bio, Picture::Sent(png()), &Client::local()).await.unwrap();
        let letters = t.letters().await;
        assert!(letters.len() == 1 && letters[0].text.contains("were changed: bio, picture."), "{letters:?}");
        notices::choose(&t.domain, &ada, &wanted(&[("profile_updated", false)]), &Client::local()).await.unwrap();
        profiles::remove_avatar(&t.domain, &ada, &Client::local()).await.unwrap();
        let name = ProfileForm { name: Some(Some("Ada".into())), ..ProfileForm::default() };
        profiles::change(&t.domain, &ada, name, None, &Client::local()).await.unwrap();
        assert!(t.letters().await.is_empty(), "it was switched off");
    }

    async fn a_new_device_is_told_and_a_known_one_is_not(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let home = at("192.0.2.7", "Firefox/140.0 Linux");
        let (_, cookie) = enters(&t.domain, "ada@example.org", None, &home).await;
        assert!(subjects(&t).await.is_empty(), "the first sign-in is always new");
        enters(&t.domain, "ada@example.org", None, &at("192.0.2.99", "Firefox/141.0 Linux")).await;
        assert!(subjects(&t).await.is_empty(), "the same kind of device in the same network");
        enters(&t.domain, "ada@example.org", Some(&cookie), &at("203.0.113.5", "Firefox/140.0 Linux")).await;
        assert!(subjects(&t).await.is_empty(), "a browser that travels is known by its cookie");
        let (_, thiefs) = enters(&t.domain, "ada@example.org", None, &at("198.51.100.4", "Edg/1 Windows")).await;
        let letters = t.letters().await;
        assert_eq!(letters.len(), 1);
        for words in ["Edge on Windows", "198.51.100.4", "/account/sessions", "/forgot"] {
            assert!(letters[0].text.contains(words), "{words} in {}", letters[0].text);
        }
        account(&t.domain, "bob@example.org", false).await;
        enters(&t.domain, "bob@example.org", None, &home).await;
        enters(&t.domain, "bob@example.org", Some(&thiefs), &at("198.51.100.4", "Edg/1 Windows")).await;
        assert_eq!(subjects(&t).await, ["bob@example.org: New sign-in to your account at Vestibule"], "a cookie is one person's");
    }

    async fn programs_are_told_of_too_and_known_by_kind_and_network(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        auth::issue_tokens(&t.domain, credentials("ada@example.org"), &at("192.0.2.7", "curl/8")).await.unwrap();
        auth::issue_tokens(&t.domain, credentials("ada@example.org"), &at("192.0.2.8", "curl/8")).await.unwrap();
        assert!(subjects(&t).await.is_empty());
        auth::issue_tokens(&t.domain, credentials("ada@example.org"), &at("198.51.100.4", "curl/8")).await.unwrap();
        assert_eq!(subjects(&t).await.len(), 1);
        t.clock.advance(Duration::from_hours(401 * 24));
        vestibule_domain::jobs::sweep(&t.domain).await.unwrap();
        auth::issue_tokens(&t.domain, credentials("ada@example.org"), &at("198.51.100.4", "curl/8")).await.unwrap();
        assert!(subjects(&t).await.is_empty(), "everything was forgotten: this is a first sign-in again");
    }

    async fn administrators_are_told_of_each_other_and_may_say_no(t: TestDomain) {
        let root = account(&t.domain, "root@example.org", true).await;
        assert!(subjects(&t).await.is_empty(), "nobody is told of themselves");
        let ada = account(&t.domain, "ada@example.org", false).await;
        let by = Actor::Operator.allow::<ManageGroups>().unwrap();
        groups::join(&t.domain, &by, ada, ADMIN, &Client::local()).await.unwrap();
        let letters = t.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, "root@example.org");
        assert!(letters[0].subject.contains("ada@example.org") && letters[0].text.contains("command line"), "{letters:?}");
        assert!(letters[0].text.contains("/unsubscribe?token="));
        groups::leave(&t.domain, &by, ada, ADMIN, &Client::local()).await.unwrap();
        assert_eq!(subjects(&t).await, ["root@example.org: ada@example.org is no longer an administrator of Vestibule"]);
        let (root_person, _) = enters(&t.domain, "root@example.org", None, &Client::local()).await;
        assert_eq!(root_person.user, root);
        notices::choose(&t.domain, &root_person, &wanted(&[("admin_rights", false)]), &Client::local()).await.unwrap();
        groups::join(&t.domain, &by, ada, ADMIN, &Client::local()).await.unwrap();
        assert!(subjects(&t).await.is_empty());
    }

    async fn a_blocked_password_is_told_to_administrators(t: TestDomain) {
        account(&t.domain, "root@example.org", true).await;
        account(&t.domain, "ada@example.org", false).await;
        for _ in 0..50 {
            t.clock.advance(Duration::from_mins(16));
            let wrong = SignInForm { email: "ada@example.org".into(), password: "not the password at all".into() };
            auth::sign_in(&t.domain, wrong, false, &at("198.51.100.4", "curl/8")).await.unwrap_err();
        }
        let letters = t.letters().await;
        let told = letters.iter().find(|letter| letter.to == "root@example.org").unwrap();
        assert!(told.text.contains("ada@example.org") && told.text.contains("198.51.100.4"), "{}", told.text);
        assert!(letters.iter().any(|letter| letter.to == "ada@example.org" && !letter.text.contains("/unsubscribe")));
    }

    async fn mail_that_fails_is_told_once_in_six_hours_and_arrives_when_it_is_back(t: TestDomain) {
        account(&t.domain, "root@example.org", true).await;
        let mut options = t.options();
        options.delivery = Delivery::Smtp(Secret::new("smtp://127.0.0.1:1"));
        let away = Domain::open(options).await.unwrap();
        for (name, expected) in [("ada", 1), ("bob", 0)] {
            for number in 0..2 {
                let form = registration(&format!("{name}{number}@example.org"));
                accounts::register(&t.domain, form, &Client::local()).await.unwrap();
            }
            for _ in 0..40 {
                mail::deliver_due(&away).await.unwrap();
                t.clock.advance(Duration::from_mins(2));
            }
            t.clock.advance(Duration::from_hours(2));
            let told = subjects(&t).await;
            let failing = told.iter().filter(|line| line.starts_with("root@") && line.contains("trouble sending mail"));
            assert_eq!(failing.count(), expected, "{told:?}");
        }
    }
}

#[tokio::test]
async fn a_registration_is_told_where_the_site_wants_it() {
    let t = TestDomain::with(Engine::Sqlite, |options| options.rules.notices.admin.registration = true);
    let t = t.await.unwrap();
    account(&t.domain, "root@example.org", true).await;
    accounts::register(&t.domain, registration("ada@example.org"), &at("192.0.2.7", "curl/8")).await.unwrap();
    let letters = t.letters().await;
    let told = letters.iter().find(|letter| letter.to == "root@example.org").unwrap();
    assert!(told.text.contains("ada@example.org") && told.text.contains("192.0.2.7"), "{}", told.text);
}
