//! User names: whose one is, where a former one leads, and many who want the same.

use crate::people::{PASSWORD, account, change, find, manage, named, person, seen_by, signed_in};
use std::time::Duration;
use vestibule_domain::accounts::{self};
use vestibule_domain::profiles::{self, Found, Picture};
use vestibule_domain::testing::{CROWD, TestDomain, at_once};
use vestibule_domain::{Actor, Client};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::profiles::{Part, ProfileForm, Visibility};
use vestibule_model::{Error, Problem, Result};

async fn events(t: &TestDomain, name: &str) -> usize {
    let rows = vestibule_domain::sql!(
        t.domain.db(),
        fetch_all as (String,),
        "select detail from audit where event = $1 order by at, id",
        name
    );
    rows.await.unwrap().len()
}

vestibule_domain::both! {
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
        profiles::change_for(&t.domain, &manage(), ada.user, none, Picture::Kept, &Client::local()).await.unwrap();
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

    async fn of_a_crowd_who_want_one_name_one_gets_it(t: TestDomain) {
        let t = t.roomy().await;
        let people = at_once(CROWD, |number| {
            let domain = t.domain.clone();
            async move { person(&domain, &format!("person{number}")).await }
        })
        .await;
        t.letters().await;
        let done = at_once(CROWD, |number| {
            let (domain, person) = (t.domain.clone(), people[number].clone());
            async move { change(&domain, &person, named(["wanted", "Wanted"][number % 2])).await }
        })
        .await;
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
        let taken = Error::invalid("username", Problem::Taken);
        assert!(done.iter().filter_map(|one| one.as_ref().err()).all(|error| *error == taken), "{done:?}");
        let winner = done.iter().position(Result::is_ok).unwrap();
        assert!(find(&t.domain, &Actor::Person(people[winner].clone()), "wanted").await.is_some());
        assert_eq!(events(&t, "username_changed").await, 1);
        for (number, loser) in people.iter().enumerate().filter(|(number, _)| *number != winner).take(3) {
            let own = format!("person{number}");
            assert!(find(&t.domain, &Actor::Person(loser.clone()), &own).await.is_some(), "who lost keeps their own");
        }
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
}
