//! Who calls, and what.

use std::sync::Arc;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::endpoints::{Credential, Policy};
use vestibule_domain::quotas::{self, Caller, Route};
use vestibule_domain::{Actor, Allowed, Client, Domain, Person, auth, keys};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::groups::ManageQuotas;
use vestibule_model::keys::KeyForm;
use vestibule_model::quotas::{Allowance, OverrideForm, QuotaForm};
use vestibule_model::{Error, Result, Timestamp};

pub(crate) const ADA: &str = "ada@example.org";
const PASSWORD: &str = "tangerine ladder sings quietly";

/// What endpoints with the tag `books` spend from.
pub(crate) fn route() -> Arc<Route> {
    Arc::new(Route::of(Policy::anyone("books"), Credential::Cookie))
}

pub(crate) fn manage() -> Allowed<ManageQuotas> {
    Actor::Operator.allow().unwrap()
}

pub(crate) fn sign_in(email: &str) -> SignInForm {
    SignInForm { email: email.to_owned(), password: PASSWORD.into() }
}

/// Makes an account and signs it in.
pub(crate) async fn person(domain: &Domain, email: &str) -> Person {
    let form = RegisterForm {
        email: email.to_owned(),
        password: PASSWORD.into(),
        name: "Ada".to_owned(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin: false, expires_at: None };
    accounts::create(domain, &Actor::Operator.allow().unwrap(), new, &Client::local()).await.unwrap();
    again(domain, email).await
}

/// Signs somebody in once more, here.
pub(crate) async fn again(domain: &Domain, email: &str) -> Person {
    let secret = auth::sign_in(domain, sign_in(email), false, &Client::local()).await.unwrap().secret;
    auth::by_cookie(domain, secret.expose()).await.unwrap().unwrap()
}

/// The same person, by a key of theirs.
pub(crate) async fn by_key(domain: &Domain, owner: &Person, name: &str) -> Person {
    let form = KeyForm { name: name.to_owned(), ..KeyForm::default() };
    let made = keys::create(domain, owner, form, &Client::local()).await.unwrap();
    keys::by_secret(domain, made.secret.expose(), None).await.unwrap()
}

/// A quota of the tag `books`, with what `said` says of it as JSON.
pub(crate) async fn quota(domain: &Domain, said: &str) {
    let form: QuotaForm = serde_json::from_str(said).unwrap();
    let form = QuotaForm { name: Some("books".into()), tag: Some("books".into()), ..form };
    quotas::create(domain, &manage(), form, &Client::local()).await.unwrap();
}

pub(crate) async fn change(domain: &Domain, said: &str) {
    let form: QuotaForm = serde_json::from_str(said).unwrap();
    quotas::change(domain, &manage(), "books", form, &Client::local()).await.unwrap();
}

/// Calls once, as the guard does.
pub(crate) async fn call(domain: &Domain, route: &Route, actor: &Actor) -> Result<quotas::Spent> {
    let caller = Caller { actor, address: None };
    match quotas::try_spend(domain, route, caller) {
        Some(done) => done,
        None => quotas::spend(domain, route, caller).await,
    }
    .map_err(|refused| refused.error)
}

/// Calls `count` times; how often it was let through.
pub(crate) async fn calls(domain: &Domain, route: &Route, actor: &Actor, count: usize) -> usize {
    let mut passed = 0;
    for _ in 0..count {
        match call(domain, route, actor).await {
            Ok(_) => passed += 1,
            Err(Error::QuotaExceeded { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    passed
}

/// Until when a call is refused.
pub(crate) async fn refused(domain: &Domain, route: &Route, actor: &Actor) -> Option<Timestamp> {
    match call(domain, route, actor).await {
        Err(Error::QuotaExceeded { resets_at, quota }) => {
            assert_eq!(quota, "books");
            resets_at
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) fn may(limit: Allowance, expires_at: Option<Timestamp>) -> OverrideForm {
    OverrideForm { limit, expires_at, reason: "They asked".into() }
}
