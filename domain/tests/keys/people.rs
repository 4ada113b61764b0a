//! The people of these tests, their keys, and what is asked of them.

use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::{Actor, Allowed, Client, Domain, Person, auth, groups, keys, sql};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::groups::{ManageAccounts, ManageGroups, ManageKeys, NewGroup};
use vestibule_model::keys::{ApiKey, KeyForm, NewSecret};
use vestibule_model::{Error, KeyId, Result, UserId};

pub(crate) const PASSWORD: &str = "tangerine ladder sings quietly";
pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const BOB: &str = "bob@example.org";

pub(crate) fn home() -> Client {
    Client { address: "192.0.2.7".parse().ok(), user_agent: None, request_id: None }
}

pub(crate) fn operator() -> Allowed<ManageKeys> {
    Actor::Operator.allow().unwrap()
}

pub(crate) async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &Client::local()).await.unwrap().id
}

pub(crate) async fn enter(domain: &Domain, email: &str) -> Person {
    let form = SignInForm { email: email.into(), password: PASSWORD.into() };
    let session = auth::sign_in(domain, form, false, &Client::local()).await.unwrap();
    auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap()
}

/// An account, and its owner in a browser.
pub(crate) async fn person(domain: &Domain, email: &str) -> Person {
    account(domain, email, false).await;
    enter(domain, email).await
}

pub(crate) fn named(name: &str) -> KeyForm {
    KeyForm { name: name.into(), ..KeyForm::default() }
}

pub(crate) fn scoped(scopes: &[&str]) -> KeyForm {
    KeyForm { scopes: scopes.iter().map(ToString::to_string).collect(), ..named("Backup") }
}

pub(crate) async fn key_of(domain: &Domain, person: &Person) -> NewSecret {
    keys::create(domain, person, named("Backup"), &home()).await.unwrap()
}

/// Who the key speaks for, when it comes from home.
pub(crate) async fn holder(domain: &Domain, key: &NewSecret) -> Result<Person> {
    keys::by_secret(domain, key.secret.expose(), home().address).await
}

pub(crate) async fn is_refused(domain: &Domain, key: &NewSecret, why: &str) {
    assert_eq!(holder(domain, key).await.err(), Some(Error::BadToken), "{why}");
}

pub(crate) async fn is_good(domain: &Domain, key: &NewSecret, why: &str) {
    assert_eq!(holder(domain, key).await.map(|person| person.user), Ok(key.key.owner), "{why}");
}

pub(crate) async fn shown(domain: &Domain, key: KeyId) -> ApiKey {
    keys::find(domain, &operator(), key).await.unwrap()
}

/// Makes a group of this name whose members hold `permission`.
pub(crate) async fn group(domain: &Domain, name: &str, permission: &str) {
    let by = Actor::Operator.allow::<ManageGroups>().unwrap();
    let permissions = vec![permission.to_owned()];
    let new = NewGroup { name: name.to_owned(), permissions, ..NewGroup::default() };
    groups::create(domain, &by, new, &Client::local()).await.unwrap();
}

pub(crate) async fn join(domain: &Domain, user: UserId, group: &str) {
    let by = Actor::Operator.allow::<ManageGroups>().unwrap();
    groups::join(domain, &by, user, group, &Client::local()).await.unwrap();
}

/// How often it happened, as the audit has it.
pub(crate) async fn told(domain: &Domain, event: &str) -> i64 {
    let row = sql!(domain.db(), fetch_one as (i64,), "select count(*) from audit where event = $1", event);
    row.await.unwrap().0
}
