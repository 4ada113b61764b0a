//! People for the tests of profiles, and what they ask for.

use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::profiles::{self, Found};
use vestibule_domain::{Actor, Client, Domain, Person, auth};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::groups::ManageAccounts;
use vestibule_model::profiles::{Part, ProfileForm, Public, Visibility};
use vestibule_model::{Error, Result, UserId};

pub(crate) const PASSWORD: &str = "tangerine ladder sings quietly";

pub(crate) fn manage() -> vestibule_domain::Allowed<ManageAccounts> {
    Actor::Operator.allow().unwrap()
}

pub(crate) async fn account(domain: &Domain, email: &str, username: Option<&str>) -> UserId {
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

pub(crate) async fn signed_in(domain: &Domain, email: &str) -> Person {
    let form = SignInForm { email: email.into(), password: PASSWORD.into() };
    let session = auth::sign_in(domain, form, false, &Client::local()).await.unwrap();
    auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap()
}

/// A person called `username`, signed in.
pub(crate) async fn person(domain: &Domain, username: &str) -> Person {
    let email = format!("{username}@example.org");
    account(domain, &email, Some(username)).await;
    signed_in(domain, &email).await
}

pub(crate) async fn change(
    domain: &Domain,
    person: &Person,
    form: ProfileForm,
) -> Result<vestibule_model::accounts::Me> {
    profiles::change(domain, person, form, None, &Client::local()).await
}

pub(crate) fn named(username: &str) -> ProfileForm {
    ProfileForm { username: Some(Some(username.to_owned())), ..ProfileForm::default() }
}

pub(crate) fn seen_by(parts: &[(Part, Visibility)]) -> ProfileForm {
    let visibility = parts.iter().map(|(part, who)| (*part, Some(*who))).collect();
    ProfileForm { visibility, ..ProfileForm::default() }
}

pub(crate) async fn find(domain: &Domain, viewer: &Actor, username: &str) -> Option<Public> {
    match profiles::find(domain, viewer, username).await {
        Ok(Found::Profile(public)) => Some(*public),
        Ok(Found::Moved(to)) => panic!("moved to {to}"),
        Err(Error::NotFound) => None,
        Err(other) => panic!("{other:?}"),
    }
}
