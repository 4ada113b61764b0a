//! What a person is reminded of, and what they put away.

use crate::people::{ADA, BOB, audited, local, person};
use std::sync::Arc;
use vestibule_domain::accounts::{self, Nudge};
use vestibule_domain::testing::{CROWD, TestDomain, at_once};
use vestibule_domain::{Domain, Extension, Person, auth, profiles};
use vestibule_model::Error;
use vestibule_model::profiles::{FieldKind, ProfileForm, UserField};

/// A site that demands a field.
struct Demanding;

impl Extension for Demanding {
    fn name(&self) -> &'static str {
        "demanding"
    }

    fn user_fields(&self) -> Vec<UserField> {
        vec![UserField::new("company", "Company", FieldKind::Text).required()]
    }
}

async fn dismiss(domain: &Domain, person: &Person, name: &str) -> vestibule_model::Result<()> {
    accounts::dismiss_nudge(domain, person, name, &local()).await
}

async fn demanding(t: &TestDomain) -> Domain {
    let mut options = t.options();
    options.extensions = vec![Arc::new(Demanding)];
    Domain::open(options).await.unwrap()
}

vestibule_domain::both! {
    async fn advice_is_put_away_and_stays_away(t: TestDomain) {
        let (ada, bob) = (person(&t.domain, ADA).await, person(&t.domain, BOB).await);
        let advice = [Nudge::ChooseUsername, Nudge::AddPicture];
        assert_eq!(accounts::nudges(&t.domain, &ada).await.unwrap(), advice);
        for _ in 0..2 {
            dismiss(&t.domain, &ada, "picture_missing").await.unwrap();
        }
        assert_eq!(audited(&t.domain, "nudge_dismissed").await, 1, "twice is once");
        assert_eq!(accounts::nudges(&t.domain, &ada).await.unwrap(), [Nudge::ChooseUsername]);
        assert_eq!(accounts::nudges(&t.domain, &bob).await.unwrap(), advice, "nobody else's");
        for name in ["", "email", "company", "<script>", "Picture_Missing"] {
            assert_eq!(dismiss(&t.domain, &ada, name).await, Err(Error::NotFound), "{name}");
        }
        let form = ProfileForm { username: Some(Some("ada".into())), ..ProfileForm::default() };
        profiles::change(&t.domain, &ada, form, None, &local()).await.unwrap();
        let ada = crate::people::sign_in(&t.domain, ADA).await.unwrap();
        assert_eq!(accounts::nudges(&t.domain, &ada).await.unwrap(), [], "done, and put away");
        let copy = accounts::export(&t.domain, &ada, &local()).await.unwrap();
        assert_eq!((copy["dismissed"].as_array().unwrap().len(), &copy["dismissed"][0]["nudge"]), (1, &serde_json::json!("picture_missing")));
    }

    async fn what_must_be_done_comes_first_and_cannot_be_put_away(t: TestDomain) {
        person(&t.domain, ADA).await;
        let domain = demanding(&t).await;
        let form = crate::people::credentials(ADA);
        let session = auth::sign_in(&domain, form, false, &local()).await.unwrap();
        let ada = auth::by_cookie(&domain, session.secret.expose()).await.unwrap().unwrap();
        let left = accounts::nudges(&domain, &ada).await.unwrap();
        assert_eq!(left[0], Nudge::FillIn { field: "company", label: "Company" });
        assert!(left[0].name().is_none() && Nudge::ConfirmEmail.name().is_none());
        for name in ["username_missing", "picture_missing"] {
            dismiss(&domain, &ada, name).await.unwrap();
        }
        assert_eq!(accounts::nudges(&domain, &ada).await.unwrap(), left[..1]);
    }

    async fn a_crowd_puts_a_reminder_away_once(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain, ADA).await;
        let answers = at_once(CROWD, |_| {
            let (domain, ada) = (t.domain.clone(), ada.clone());
            async move { dismiss(&domain, &ada, "username_missing").await }
        }).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(audited(&t.domain, "nudge_dismissed").await, 1);
    }
}
