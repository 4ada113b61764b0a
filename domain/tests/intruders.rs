//! What somebody who knows a password, or may manage accounts, gains no more by: an owner's way back outlives what an
//! intruder does with the account, the copy of one's data tells nothing of others, and a permission to manage accounts is
//! no way to become an administrator (ASVS 6.3.8, 8.3.1).
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use vestibule_domain::accounts::{self, Leaving, NewAccount, Which, email};
use vestibule_domain::profiles::{self, Picture};
use vestibule_domain::sessions::{self, lifetimes};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client, Domain, Options, Person, auth, groups, notices, sql};
use vestibule_model::accounts::{EmailChangeForm, RegisterForm};
use vestibule_model::auth::SignInForm;
use vestibule_model::groups::{ADMIN, MEMBER, ManageAccounts, ManageGroups};
use vestibule_model::people::NoteForm;
use vestibule_model::profiles::ProfileForm;
use vestibule_model::{Error, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";

async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    accounts::create(domain, &by, new, &Client::local()).await.unwrap().id
}

async fn sign_in(domain: &Domain, email: &str) -> Person {
    let form = SignInForm { email: email.into(), password: PASSWORD.into() };
    let session = auth::sign_in(domain, form, false, &Client::local()).await.unwrap();
    auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap()
}

async fn ask(domain: &Domain, person: &Person, email: &str) {
    let form = EmailChangeForm { email: email.into(), password: PASSWORD.into() };
    email::request(domain, person, form, &Client::local()).await.unwrap();
}

/// The token of the newest link to `page` in the letters to `email`.
async fn mailed(t: &TestDomain, email: &str, page: &str) -> Secret {
    let letters = t.letters().await;
    let theirs = letters.iter().rev().filter(|letter| letter.to == email);
    let mut links =
        theirs.filter_map(|letter| letter.text.split_whitespace().find(|word| word.contains(page)));
    Secret::new(links.next().expect("a link came").split_once("token=").unwrap().1)
}

/// Ada's account as somebody has it who knew her password: under another address, with its deletion asked for.
async fn taken_over(t: &TestDomain) -> Leaving {
    account(&t.domain, "ada@example.org", false).await;
    let intruder = sign_in(&t.domain, "ada@example.org").await;
    ask(&t.domain, &intruder, "eve@example.org").await;
    let link = mailed(t, "eve@example.org", "/account/email/confirm").await;
    email::confirm(&t.domain, &intruder, &link, &Client::local()).await.unwrap();
    accounts::delete_own(&t.domain, &intruder, &PASSWORD.into(), &Client::local()).await.unwrap()
}

vestibule_domain::both! {
    async fn who_takes_their_address_back_keeps_the_account(t: TestDomain) {
        assert!(matches!(taken_over(&t).await, Leaving::Due(_)));
        let undo = mailed(&t, "ada@example.org", "/email/undo").await;
        email::undo(&t.domain, &undo, &Client::local()).await.unwrap();
        let told: Vec<_> = t.letters().await.into_iter().filter(|letter| letter.to == "ada@example.org").collect();
        assert!(told.iter().any(|letter| letter.text.contains("not be deleted") || letter.text.contains("stays")));
        t.clock.advance(Duration::from_hours(24 * 60));
        assert_eq!(accounts::erase_due(&t.domain).await, Ok(0), "the deletion was taken back");
        let by = Actor::Operator.allow().unwrap();
        let shown = accounts::show(&t.domain, &by, &Which::Email("ada@example.org".into())).await.unwrap();
        assert_eq!(shown.deletion_due_at, None);
    }

    async fn the_copy_of_ones_data_does_not_tell_whose_an_address_is(t: TestDomain) {
        account(&t.domain, "grace@example.org", false).await;
        let mut copies = Vec::new();
        for (own, wish) in [("ada@example.org", "grace@example.org"), ("eve@example.org", "nobody@example.org")] {
            account(&t.domain, own, false).await;
            let person = sign_in(&t.domain, own).await;
            ask(&t.domain, &person, wish).await;
            let copy = accounts::export(&t.domain, &person, &Client::local()).await.unwrap();
            assert_eq!(copy["history"].as_array().unwrap().iter().filter(|row| row["event"] == "email_change_requested").count(), 1);
            assert!(!copy.to_string().contains(wish), "{copy}");
            let kinds = |part: &str, key: &str| {
                let rows = copy[part].as_array().unwrap().iter();
                rows.map(|row| row[key].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
            };
            copies.push((kinds("mail", "kind"), kinds("history", "event"), copy["addresses"].clone()));
        }
        assert_eq!(copies[0], copies[1]);
    }

    async fn who_manages_accounts_leaves_administrators_alone(t: TestDomain) {
        let (domain, client) = (&t.domain, Client::local());
        let boss = account(domain, "boss@example.org", true).await;
        account(domain, "second@example.org", true).await;
        let other = account(domain, "other@example.org", false).await;
        account(domain, "staff@example.org", false).await;
        let mut tx = domain.begin().await.unwrap();
        for permission in ["accounts:manage", "accounts:view", "groups:manage"] {
            sql!(&mut tx, execute, "insert into group_permissions (group_name, permission) values ('member', $1)", permission)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let staff = Actor::Person(sign_in(domain, "staff@example.org").await);
        let by = staff.allow::<ManageAccounts>().unwrap();
        let over = staff.allow::<ManageGroups>().unwrap();
        let refused = Err(Error::NotAllowed { permission: ADMIN.into() });
        let none = BTreeMap::from([("welcome".to_owned(), false)]);
        let lasting = BTreeMap::default();
        for (user, allowed) in [(boss, false), (other, true)] {
            let email = format!("{user}@example.org");
            let done = [
                email::replace(domain, &by, user, &email, true, &client).await,
                accounts::set_expiry(domain, &by, user, None, &client).await,
                lifetimes::set_for_person(domain, &by, user, &lasting, &client).await,
                profiles::change_for(domain, &by, user, ProfileForm::default(), Picture::Kept, &client).await,
                profiles::change_for(domain, &by, user, ProfileForm::default(), Picture::Removed, &client).await,
                notices::choose_for(domain, &by, &Which::Id(user), &none, &client).await.map(drop),
                groups::leave(domain, &over, user, MEMBER, &client).await,
                auth::send_reset(domain, &by, user, &client).await,
                sessions::end_all_of(domain, &by, user, &client).await.map(drop),
                accounts::export_of(domain, &by, user, &client).await.map(drop),
                accounts::note(domain, &by, user, NoteForm { text: "x".into() }, &client).await.map(drop),
                accounts::ask_deletion(domain, &by, user, &client).await.map(drop),
                accounts::cancel_deletion(domain, &by, user, &client).await,
                accounts::delete(domain, &by, user, &client).await,
            ];
            let of_account = |at: usize| at != 6;
            for (at, done) in done.into_iter().enumerate() {
                let expected = if allowed || !of_account(at) { Ok(()) } else { refused.clone() };
                assert_eq!(done, expected, "{at}");
            }
        }
        let Actor::Person(person) = &staff else { unreachable!() };
        assert_eq!(groups::join(domain, &over, person.user, ADMIN, &client).await, refused);
        assert_eq!(groups::leave(domain, &over, boss, ADMIN, &client).await, refused);
        assert_eq!(groups::leave(domain, &over, boss, "nobodies", &client).await, Err(Error::NotFound));
    }

    async fn a_picture_has_a_place_before_it_is_sent(t: TestDomain) {
        let mut people = Vec::new();
        for name in ["a", "b", "c", "d", "e"] {
            account(&t.domain, &format!("{name}@example.org"), false).await;
            people.push(sign_in(&t.domain, &format!("{name}@example.org")).await);
        }
        let busy = |person: &Person| matches!(profiles::begin_upload(&t.domain, person), Err(Error::Busy { .. }));
        let first = profiles::begin_upload(&t.domain, &people[0]).unwrap();
        assert!(busy(&people[0]), "one of each person");
        let places: Vec<_> = people[1..4].iter().map(|person| profiles::begin_upload(&t.domain, person).unwrap()).collect();
        assert!(busy(&people[4]), "a few of everybody");
        drop(first);
        assert!(profiles::begin_upload(&t.domain, &people[4]).is_ok());
        drop(places);
    }
}

#[tokio::test]
async fn nothing_is_erased_while_its_owner_can_take_it_back() {
    let no_grace = |options: &mut Options| options.rules.accounts.deletion_grace = Duration::ZERO;
    let Some(t) = TestDomain::with(Engine::Sqlite, no_grace).await else { return };
    let Leaving::Due(due) = taken_over(&t).await else { panic!("erased") };
    assert!(due >= t.domain.now().after(Duration::from_hours(71)), "as long as the way back is open");
    let undo = mailed(&t, "ada@example.org", "/email/undo").await;
    email::undo(&t.domain, &undo, &Client::local()).await.unwrap();
}
