//! Profiles: what a person changes, who sees it, and the picture. User names stand in `usernames.rs`, fields of a project in
//! `declared_fields.rs`.

use crate::people::{PASSWORD, account, change, find, manage, named, person, seen_by, signed_in};
use std::collections::BTreeMap;
use std::time::Duration;
use vestibule_domain::accounts::{self};
use vestibule_domain::profiles::{self, Avatar, Picture};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client, auth, bans};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::bans::BanForm;
use vestibule_model::groups::ViewAccounts;
use vestibule_model::profiles::{Part, ProfileForm, Visibility};
use vestibule_model::{Error, Problem};

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
        let ban = BanForm { reason: "Spam".into(), until: Some(t.now().after(Duration::from_mins(1))), note: None };
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
        profiles::change_for(&t.domain, &manage(), user, open, Picture::Kept, &Client::local()).await.unwrap();
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
