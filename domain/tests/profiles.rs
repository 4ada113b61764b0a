//! Profiles: what a person changes, who sees it, whose a user name is, and fields that a project declares.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::profiles::{self, Avatar, Found};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client, Domain, Extension, OpenError, Person, auth, bans};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::profiles::{
    FieldKind, FieldValue, MayEdit, MaySee, Part, ProfileForm, Public, UserField, Visibility,
};
use vestibule_model::{Error, Problem, Result, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";

fn manage() -> vestibule_domain::Allowed<ManageAccounts> {
    Actor::Operator.allow().unwrap()
}

async fn account(domain: &Domain, email: &str, username: Option<&str>) -> UserId {
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada Lovelace".into(),
        username: username.map(str::to_owned),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin: false, expires_at: None };
    accounts::create(domain, &manage(), new, &Client::local()).await.unwrap().id
}

async fn signed_in(domain: &Domain, email: &str) -> Person {
    let form = SignInForm { email: email.into(), password: PASSWORD.into() };
    let session = auth::sign_in(domain, form, false, &Client::local()).await.unwrap();
    auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap()
}

/// A person called `username`, signed in.
async fn person(domain: &Domain, username: &str) -> Person {
    let email = format!("{username}@example.org");
    account(domain, &email, Some(username)).await;
    signed_in(domain, &email).await
}

async fn change(
    domain: &Domain,
    person: &Person,
    form: ProfileForm,
) -> Result<vestibule_model::accounts::Me> {
    profiles::change(domain, person, form, None, &Client::local()).await
}

fn named(username: &str) -> ProfileForm {
    ProfileForm { username: Some(Some(username.to_owned())), ..ProfileForm::default() }
}

fn seen_by(parts: &[(Part, Visibility)]) -> ProfileForm {
    let visibility = parts.iter().map(|(part, who)| (*part, Some(*who))).collect();
    ProfileForm { visibility, ..ProfileForm::default() }
}

fn full() -> ProfileForm {
    ProfileForm {
        name: Some(Some("Ada".into())),
        bio: Some(Some("Writes\r\nprograms.".into())),
        links: Some(Some(vec!["example.org".into(), String::new(), "http://example.com/a".into()])),
        language: Some(Some("EN-gb".into())),
        time_zone: Some(Some("europe/london".into())),
        ..ProfileForm::default()
    }
}

async fn find(domain: &Domain, viewer: &Actor, username: &str) -> Option<Public> {
    match profiles::find(domain, viewer, username).await {
        Ok(Found::Profile(public)) => Some(*public),
        Ok(Found::Moved(to)) => panic!("moved to {to}"),
        Err(Error::NotFound) => None,
        Err(other) => panic!("{other:?}"),
    }
}

async fn events(t: &TestDomain, name: &str) -> usize {
    let rows = vestibule_domain::sql!(
        t.domain.db(),
        fetch_all as (String,),
        "select detail from audit where event = $1 order by at, id",
        name
    );
    rows.await.unwrap().len()
}

/// A PNG of one colour.
fn png(red: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(40, 30, image::Rgb([red, 0, 0]));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

vestibule_domain::both! {
    async fn what_is_sent_is_changed_and_what_is_absent_stays(t: TestDomain) {
        let ada = person(&t.domain, "ada").await;
        let me = change(&t.domain, &ada, full()).await.unwrap();
        assert_eq!((me.name.as_str(), me.profile.bio.as_ref().unwrap().as_str()), ("Ada", "Writes\nprograms."));
        assert_eq!(me.profile.links, ["https://example.org/", "http://example.com/a"]);
        assert_eq!(me.profile.language.as_ref().unwrap().as_str(), "en-GB");
        assert_eq!(me.profile.time_zone.as_deref(), Some("Europe/London"));
        let again = signed_in(&t.domain, "ada@example.org").await;
        assert_eq!(**again.account, me, "a new session reads the same");
        let form = ProfileForm { bio: Some(None), links: Some(None), ..ProfileForm::default() };
        let me = change(&t.domain, &ada, form).await.unwrap();
        assert_eq!((me.profile.bio, me.profile.links, me.name.as_str()), (None, vec![], "Ada"));
        assert_eq!(events(&t, "profile_updated").await, 2);
        let same = ProfileForm { name: Some(Some(" Ada ".into())), ..seen_by(&[(Part::Name, Visibility::Public)]) };
        change(&t.domain, &ada, same).await.unwrap();
        assert_eq!(events(&t, "profile_updated").await, 2, "what changes nothing is no change");
    }

    async fn all_problems_are_told_and_nothing_is_written(t: TestDomain) {
        let ada = person(&t.domain, "ada").await;
        let form = ProfileForm {
            name: Some(None),
            username: Some(Some("a--b".into())),
            bio: Some(Some("x".repeat(501))),
            links: Some(Some(vec!["example.org".into(), "javascript:alert(1)".into()])),
            language: Some(Some("tlh".into())),
            time_zone: Some(Some("Mars/Olympus".into())),
            fields: BTreeMap::from([("shoe_size".into(), None), ("<b>".into(), None)]),
            ..ProfileForm::default()
        };
        let Err(Error::Invalid { fields }) = change(&t.domain, &ada, form).await else { panic!("taken") };
        let told: Vec<_> = fields.iter().map(|one| (one.field.as_ref(), one.problem.code())).collect();
        assert_eq!(told, [
            ("name", "required"), ("username", "malformed"), ("bio", "too_long"), ("links/1", "malformed"),
            ("language", "not_offered"), ("time_zone", "not_offered"), ("fields", "unknown"),
            ("fields/shoe_size", "unknown"),
        ]);
        let six = ProfileForm { links: Some(Some(vec!["example.org".into(); 6])), ..ProfileForm::default() };
        assert_eq!(change(&t.domain, &ada, six).await, Err(Error::invalid("links", Problem::TooMany { max: 5 })));
        assert_eq!(**signed_in(&t.domain, "ada@example.org").await.account, **ada.account);
    }

    async fn a_change_holds_for_the_session_that_is_cached(t: TestDomain) {
        account(&t.domain, "ada@example.org", None).await;
        let form = SignInForm { email: "ada@example.org".into(), password: PASSWORD.into() };
        let session = auth::sign_in(&t.domain, form, false, &Client::local()).await.unwrap();
        let before = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
        change(&t.domain, &before, full()).await.unwrap();
        let after = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
        assert_eq!(after.account.name.as_str(), "Ada");
    }

    async fn who_saw_an_older_state_does_not_overwrite_a_newer_one(t: TestDomain) {
        let ada = person(&t.domain, "ada").await;
        let seen = [profiles::tag(&ada.account)];
        let local = Client::local();
        let first = profiles::change(&t.domain, &ada, full(), Some(&seen), &local).await.unwrap();
        let second = profiles::change(&t.domain, &ada, named("ada2"), Some(&seen), &local).await;
        assert_eq!(second, Err(Error::ChangedMeanwhile));
        let now = ["another".to_owned(), profiles::tag(&first)];
        profiles::change(&t.domain, &ada, named("ada2"), Some(&now), &local).await.unwrap();
    }

    async fn of_many_who_saw_the_same_state_one_changes_it(t: TestDomain) {
        let ada = person(&t.domain, "ada").await;
        let seen = [profiles::tag(&ada.account)];
        let mut all = tokio::task::JoinSet::new();
        for number in 0..20 {
            let (domain, ada, seen) = (t.domain.clone(), ada.clone(), seen.clone());
            all.spawn(async move {
                let form = ProfileForm { name: Some(Some(format!("Ada {number}"))), ..ProfileForm::default() };
                profiles::change(&domain, &ada, form, Some(&seen), &Client::local()).await
            });
        }
        let done = all.join_all().await;
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1);
        assert!(done.iter().all(|one| matches!(one, Ok(_) | Err(Error::ChangedMeanwhile))), "{done:?}");
    }

    async fn nobody_sees_a_profile_until_its_owner_shows_it(t: TestDomain) {
        let (ada, bob) = (person(&t.domain, "ada").await, person(&t.domain, "bob").await);
        change(&t.domain, &ada, full()).await.unwrap();
        let (own, other) = (Actor::Person(ada.clone()), Actor::Person(bob));
        let seen = async |who: &Actor| find(&t.domain, who, "ADA").await;
        assert!(seen(&Actor::Anonymous).await.is_none() && seen(&other).await.is_none() && seen(&own).await.is_some());
        change(&t.domain, &ada, seen_by(&[(Part::Profile, Visibility::SignedIn)])).await.unwrap();
        assert!(seen(&Actor::Anonymous).await.is_none());
        let public = seen(&other).await.unwrap();
        assert_eq!((public.name.unwrap().as_str(), public.links.len()), ("Ada", 2));
        assert!(public.joined_at.is_some() && public.bio.is_some());
        assert_eq!((public.email, public.language, public.time_zone), (None, None, None));
        let open = [(Part::Profile, Visibility::Public), (Part::Email, Visibility::SignedIn), (Part::Bio, Visibility::Private)];
        change(&t.domain, &ada, seen_by(&open)).await.unwrap();
        let stranger = seen(&Actor::Anonymous).await.unwrap();
        assert_eq!((stranger.email, stranger.bio, stranger.joined_at), (None, None, None));
        let near = seen(&other).await.unwrap();
        assert_eq!((near.email.unwrap().as_str(), near.bio), ("ada@example.org", None));
        let back = ProfileForm { visibility: BTreeMap::from([(Part::Profile, None)]), ..ProfileForm::default() };
        change(&t.domain, &ada, back).await.unwrap();
        assert!(seen(&other).await.is_none(), "as the site has it again");
    }

    async fn what_is_not_there_looks_like_what_is_hidden(t: TestDomain) {
        let ada = person(&t.domain, "ada").await;
        change(&t.domain, &ada, seen_by(&[(Part::Profile, Visibility::Public)])).await.unwrap();
        person(&t.domain, "hidden").await;
        for name in ["hidden", "absent", "admin", "", "..", "a b", "<script>", "ada\u{202e}", "аda", &"x".repeat(9000)] {
            let answer = profiles::find(&t.domain, &Actor::Anonymous, name).await;
            assert_eq!(answer, Err(Error::NotFound), "{name}");
        }
        assert!(find(&t.domain, &Actor::Anonymous, "ada").await.is_some());
        let ban = BanForm { reason: "Spam".into(), until: Some(t.now().after(Duration::from_mins(1))) };
        let by = Actor::Operator.allow().unwrap();
        bans::impose(&t.domain, &by, ada.user, ban, &Client::local()).await.unwrap();
        assert_eq!(profiles::find(&t.domain, &Actor::Anonymous, "ada").await, Err(Error::NotFound), "banned");
        t.clock.advance(Duration::from_mins(1));
        assert!(find(&t.domain, &Actor::Anonymous, "ada").await.is_some(), "the ban is over");
        let ada = signed_in(&t.domain, "ada@example.org").await;
        accounts::delete_own(&t.domain, &ada, &PASSWORD.into(), &Client::local()).await.unwrap();
        assert_eq!(profiles::find(&t.domain, &Actor::Anonymous, "ada").await, Err(Error::NotFound), "leaving");
        accounts::delete(&t.domain, &manage(), ada.user, &Client::local()).await.unwrap();
        assert_eq!(profiles::find(&t.domain, &Actor::Anonymous, "ada").await, Err(Error::NotFound), "gone");
    }

    async fn a_former_name_leads_to_its_owner_and_is_given_to_nobody_else(t: TestDomain) {
        let (ada, bob) = (person(&t.domain, "ada").await, person(&t.domain, "bob").await);
        change(&t.domain, &ada, seen_by(&[(Part::Profile, Visibility::Public)])).await.unwrap();
        change(&t.domain, &ada, named("lovelace")).await.unwrap();
        assert_eq!(events(&t, "username_changed").await, 1);
        let moved = async |viewer: &Actor| profiles::find(&t.domain, viewer, "Ada").await;
        assert!(matches!(moved(&Actor::Anonymous).await, Ok(Found::Moved(to)) if to.as_str() == "lovelace"));
        let taken = Err(Error::invalid("username", Problem::Taken));
        assert_eq!(change(&t.domain, &bob, named("ada")).await, taken);
        let form = RegisterForm {
            email: "new@example.org".into(), password: PASSWORD.into(), name: "New".into(),
            username: Some("ADA".into()), ..RegisterForm::default()
        };
        assert_eq!(accounts::register(&t.domain, form, &Client::local()).await, Err(Error::invalid("username", Problem::Taken)));
        assert!(t.letters().await.iter().all(|letter| letter.to != "new@example.org"), "nothing of it was kept");
        change(&t.domain, &ada, seen_by(&[(Part::Profile, Visibility::Private)])).await.unwrap();
        assert_eq!(moved(&Actor::Anonymous).await, Err(Error::NotFound), "a hidden profile's former name tells nothing");
        let too_soon = change(&t.domain, &ada, named("countess")).await;
        let until = t.now().after(Duration::from_hours(720));
        assert_eq!(too_soon, Err(Error::invalid("username", Problem::TooSoon { until })));
        change(&t.domain, &ada, named("ada")).await.unwrap();
        assert!(find(&t.domain, &Actor::Person(ada.clone()), "ada").await.is_some(), "taken back");
        t.clock.advance(Duration::from_hours(720));
        let ada = signed_in(&t.domain, "ada@example.org").await;
        change(&t.domain, &ada, named("countess")).await.unwrap();
    }

    async fn letter_case_is_changed_at_any_time(t: TestDomain) {
        let ada = person(&t.domain, "ada").await;
        change(&t.domain, &ada, named("Ada")).await.unwrap();
        let me = change(&t.domain, &ada, named("ADA")).await.unwrap();
        assert_eq!(me.username.unwrap().as_str(), "ADA");
        assert_eq!((events(&t, "username_changed").await, events(&t, "profile_updated").await), (0, 2));
    }

    async fn a_name_is_given_up_and_a_first_one_chosen_freely(t: TestDomain) {
        account(&t.domain, "ada@example.org", None).await;
        let ada = signed_in(&t.domain, "ada@example.org").await;
        change(&t.domain, &ada, named("adaa")).await.unwrap();
        change(&t.domain, &ada, named("ada")).await.unwrap();
        let none = ProfileForm { username: Some(None), ..ProfileForm::default() };
        let until = t.now().after(Duration::from_hours(720));
        let refused = change(&t.domain, &ada, none.clone()).await;
        assert_eq!(refused, Err(Error::invalid("username", Problem::TooSoon { until })));
        profiles::change_for(&t.domain, &manage(), ada.user, none, &Client::local()).await.unwrap();
        assert_eq!(find(&t.domain, &Actor::Anonymous, "ada").await, None);
        assert!(signed_in(&t.domain, "ada@example.org").await.account.username.is_none());
    }

    async fn the_name_of_a_deleted_account_is_nobodys(t: TestDomain) {
        let (ada, bob) = (person(&t.domain, "ada").await, person(&t.domain, "bob").await);
        change(&t.domain, &ada, named("lovelace")).await.unwrap();
        accounts::delete(&t.domain, &manage(), ada.user, &Client::local()).await.unwrap();
        for name in ["ada", "lovelace"] {
            let taken = change(&t.domain, &bob, named(name)).await;
            assert_eq!(taken, Err(Error::invalid("username", Problem::Taken)), "{name}");
        }
    }

    async fn of_many_who_want_one_name_one_gets_it(t: TestDomain) {
        let mut people = Vec::new();
        for number in 0..10 {
            people.push(person(&t.domain, &format!("person{number}")).await);
        }
        let mut all = tokio::task::JoinSet::new();
        for person in people {
            let domain = t.domain.clone();
            all.spawn(async move { change(&domain, &person, named("wanted")).await });
        }
        let done = all.join_all().await;
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
        let taken = Error::invalid("username", Problem::Taken);
        assert!(done.iter().filter_map(|one| one.as_ref().err()).all(|error| *error == taken), "{done:?}");
    }

    async fn a_name_that_is_given_up_cannot_be_snatched_in_passing(t: TestDomain) {
        for round in 0..10 {
            let name = format!("dear{round}");
            let (ada, bob) = (person(&t.domain, &name).await, person(&t.domain, &format!("bob{round}")).await);
            let (first, second) = tokio::join!(
                change(&t.domain, &ada, named(&format!("other{round}"))),
                change(&t.domain, &bob, named(&name)),
            );
            assert!(first.is_ok() && second == Err(Error::invalid("username", Problem::Taken)), "{first:?} {second:?}");
        }
    }

    async fn a_picture_is_made_shown_and_taken_away(t: TestDomain) {
        let (ada, bob) = (person(&t.domain, "ada").await, person(&t.domain, "bob").await);
        let local = Client::local();
        let not = profiles::set_avatar(&t.domain, &ada, b"<svg/>".to_vec(), &local).await;
        assert_eq!(not, Err(Error::invalid("avatar", Problem::NotAPicture)));
        let large = profiles::set_avatar(&t.domain, &ada, vec![0; 5 * 1024 * 1024 + 1], &local).await;
        assert_eq!(large, Err(Error::invalid("avatar", Problem::PictureTooLarge)));
        profiles::set_avatar(&t.domain, &ada, png(200), &local).await.unwrap();
        profiles::set_avatar(&t.domain, &ada, png(200), &local).await.unwrap();
        assert_eq!(events(&t, "avatar_changed").await, 1, "the same picture is no change");
        let ada = signed_in(&t.domain, "ada@example.org").await;
        let tag = ada.account.profile.avatar.clone().unwrap();
        let Avatar::Picture { jpeg, .. } = profiles::own_avatar(&t.domain, &ada, &[]).await.unwrap() else { panic!() };
        assert!(jpeg.starts_with(&[0xff, 0xd8, 0xff]));
        let known = profiles::own_avatar(&t.domain, &ada, std::slice::from_ref(&tag)).await.unwrap();
        assert_eq!(known, Avatar::Known { tag });
        let other = Actor::Person(bob);
        let seen = async || profiles::avatar_of(&t.domain, &other, "ada", &[]).await;
        assert_eq!(seen().await, Err(Error::NotFound), "the profile is hidden");
        change(&t.domain, &ada, seen_by(&[(Part::Profile, Visibility::SignedIn)])).await.unwrap();
        assert!(seen().await.is_ok());
        change(&t.domain, &ada, seen_by(&[(Part::Avatar, Visibility::Private)])).await.unwrap();
        assert_eq!(seen().await, Err(Error::NotFound), "the picture is hidden");
        assert!(profiles::avatar_of(&t.domain, &Actor::Person(ada.clone()), "bob", &[]).await.is_err());
        profiles::remove_avatar(&t.domain, &ada, &local).await.unwrap();
        profiles::remove_avatar(&t.domain, &ada, &local).await.unwrap();
        assert_eq!(events(&t, "avatar_changed").await, 2);
        assert!(signed_in(&t.domain, "ada@example.org").await.account.profile.avatar.is_none());
    }

    async fn an_account_that_is_over_shows_nothing(t: TestDomain) {
        let ada = person(&t.domain, "ada").await;
        change(&t.domain, &ada, seen_by(&[(Part::Profile, Visibility::Public)])).await.unwrap();
        let end = t.now().after(Duration::from_mins(1));
        accounts::set_expiry(&t.domain, &manage(), ada.user, Some(end), &Client::local()).await.unwrap();
        assert!(find(&t.domain, &Actor::Anonymous, "ada").await.is_some());
        t.clock.advance(Duration::from_mins(1));
        assert!(find(&t.domain, &Actor::Anonymous, "ada").await.is_none());
    }

    async fn an_unconfirmed_account_shows_nothing(t: TestDomain) {
        let form = RegisterForm {
            email: "ada@example.org".into(), password: PASSWORD.into(), name: "Ada".into(),
            username: Some("ada".into()), ..RegisterForm::default()
        };
        accounts::register(&t.domain, form, &Client::local()).await.unwrap();
        let which = accounts::Which::Email("ada@example.org".into());
        let by = Actor::Operator.allow::<ViewAccounts>().unwrap();
        let user = accounts::show(&t.domain, &by, &which).await.unwrap().id;
        let open = ProfileForm { username: named("ada").username, ..seen_by(&[(Part::Profile, Visibility::Public)]) };
        profiles::change_for(&t.domain, &manage(), user, open, &Client::local()).await.unwrap();
        assert_eq!(find(&t.domain, &Actor::Anonymous, "ada").await, None);
        accounts::mark_verified(&t.domain, &manage(), user, &Client::local()).await.unwrap();
        assert!(find(&t.domain, &Actor::Anonymous, "ada").await.is_some());
    }
}

#[tokio::test]
async fn a_site_shows_all_profiles_or_none_as_it_is_set() {
    let set = |public, visibility| {
        TestDomain::with(Engine::Sqlite, move |options| {
            options.rules.profiles.public = public;
            options.rules.profiles.visibility = visibility;
        })
    };
    let open = set(true, Visibility::Public).await.unwrap();
    let ada = person(&open.domain, "ada").await;
    assert!(find(&open.domain, &Actor::Anonymous, "ada").await.is_some());
    change(&open.domain, &ada, seen_by(&[(Part::Profile, Visibility::Private)])).await.unwrap();
    assert!(find(&open.domain, &Actor::Anonymous, "ada").await.is_none());
    let closed = set(false, Visibility::Public).await.unwrap();
    let ada = person(&closed.domain, "ada").await;
    assert!(find(&closed.domain, &Actor::Person(ada), "ada").await.is_none());
}

/// A project with fields of every kind of reader and writer.
struct Project;

impl Extension for Project {
    fn name(&self) -> &'static str {
        "project"
    }

    fn user_fields(&self) -> Vec<UserField> {
        vec![
            UserField::new("company", "Company", FieldKind::Text).required().seen_by(MaySee::Public),
            UserField::new("shoe_size", "Shoe size", FieldKind::Number).seen_by(MaySee::SignedIn),
            UserField::new("site", "Site", FieldKind::Url),
            UserField::new("tier", "Tier", FieldKind::Choice(&["gold", "tin"]))
                .edited_by(MayEdit::Administrators),
            UserField::new("note", "Note", FieldKind::LongText)
                .seen_by(MaySee::Administrators)
                .edited_by(MayEdit::Administrators),
        ]
    }
}

async fn project(engine: Engine) -> Option<TestDomain> {
    TestDomain::with(engine, |options| options.extensions = vec![Arc::new(Project)]).await
}

fn filled(fields: &[(&str, Option<FieldValue>)]) -> ProfileForm {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    ProfileForm { fields, ..ProfileForm::default() }
}

fn text(value: &str) -> FieldValue {
    FieldValue::Text(value.to_owned())
}

async fn declared_fields_work(t: TestDomain) {
    let form = |fields: BTreeMap<String, FieldValue>| RegisterForm {
        email: "ada@example.org".into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        username: Some("ada".into()),
        fields,
    };
    let local = Client::local();
    let missing = accounts::register(&t.domain, form(BTreeMap::new()), &local).await;
    assert_eq!(missing, Err(Error::invalid("fields/company", Problem::Required)));
    let given = BTreeMap::from([("company".to_owned(), FieldValue::Text(" ACME ".into()))]);
    accounts::register(&t.domain, form(given), &local).await.unwrap();
    let letters = t.letters().await;
    let token = letters[0].link().unwrap().split_once("token=").unwrap().1.to_owned();
    accounts::verify(&t.domain, &Secret::new(token), &local).await.unwrap();
    let ada = signed_in(&t.domain, "ada@example.org").await;
    assert_eq!(
        ada.account.profile.fields,
        BTreeMap::from([("company".into(), FieldValue::Text("ACME".into()))])
    );
    for (form, at, problem) in [
        (filled(&[("company", None)]), "fields/company", Problem::Required),
        (filled(&[("shoe_size", Some(text("42")))]), "fields/shoe_size", Problem::WrongType),
        (filled(&[("site", Some(text("javascript:alert(1)")))]), "fields/site", Problem::Malformed),
        (filled(&[("tier", Some(text("gold")))]), "fields/tier", Problem::ReadOnly),
        (filled(&[("note", Some(text("x")))]), "fields/note", Problem::ReadOnly),
    ] {
        assert_eq!(change(&t.domain, &ada, form).await, Err(Error::invalid(at, problem)));
    }
    let own = filled(&[("shoe_size", Some(FieldValue::Number(42))), ("site", Some(text("example.org")))]);
    let me = change(&t.domain, &ada, own).await.unwrap();
    assert_eq!(me.profile.fields["site"], FieldValue::Text("https://example.org/".into()));
    let theirs =
        filled(&[("tier", Some(text("gold"))), ("note", Some(text("pays late"))), ("company", None)]);
    profiles::change_for(&t.domain, &manage(), ada.user, theirs, &local).await.unwrap();
    let ada = signed_in(&t.domain, "ada@example.org").await;
    let own: Vec<_> = ada.account.profile.fields.keys().map(String::as_str).collect();
    assert_eq!(own, ["shoe_size", "site", "tier"], "what is for administrators is theirs alone");
    assert_eq!(
        profiles::unfinished(&t.domain, &ada.account).map(|field| field.name).collect::<Vec<_>>(),
        ["company"]
    );
    let by = Actor::Operator.allow::<ViewAccounts>().unwrap();
    let whole = profiles::show(&t.domain, &by, ada.user).await.unwrap();
    assert_eq!(whole.fields["note"], FieldValue::Text("pays late".into()));
    let open = ProfileForm {
        fields: filled(&[("company", Some(text("ACME")))]).fields,
        ..seen_by(&[(Part::Profile, Visibility::Public)])
    };
    change(&t.domain, &ada, open).await.unwrap();
    let stranger = find(&t.domain, &Actor::Anonymous, "ada").await.unwrap();
    assert_eq!(stranger.fields.keys().collect::<Vec<_>>(), ["company"]);
    let near = find(&t.domain, &Actor::Person(ada), "ada").await.unwrap();
    assert_eq!(near.fields.keys().collect::<Vec<_>>(), ["company", "shoe_size"]);
}

#[tokio::test]
async fn fields_that_a_project_declares_are_everywhere() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if let Some(t) = project(engine).await {
            declared_fields_work(t).await;
        }
    }
}

struct Broken;

impl Extension for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn user_fields(&self) -> Vec<UserField> {
        vec![UserField::new("Shoe Size", "Shoe size", FieldKind::Number)]
    }
}

#[tokio::test]
async fn a_declaration_that_cannot_be_stops_the_start() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let mut options = t.options();
    options.extensions = vec![Arc::new(Broken)];
    let told = Domain::open(options).await.unwrap_err();
    assert!(matches!(&told, OpenError::Extension(words) if words.contains("\"Shoe Size\"")), "{told}");
}
