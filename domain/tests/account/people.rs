//! People for the tests of one's own account.

use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::{Actor, Allowed, Client, Domain, Person, auth, sql};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::groups::ManageAccounts;
use vestibule_model::{Result, UserId};

pub(crate) const PASSWORD: &str = "tangerine ladder sings quietly";
pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const BOB: &str = "bob@example.org";

pub(crate) fn local() -> Client {
    Client::local()
}

pub(crate) fn firefox() -> Client {
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    Client { address: "192.0.2.7".parse().ok(), user_agent: Some(agent.into()), request_id: None }
}

pub(crate) fn manage() -> Allowed<ManageAccounts> {
    Actor::Operator.allow().unwrap()
}

pub(crate) fn credentials(email: &str) -> SignInForm {
    SignInForm { email: email.into(), password: PASSWORD.into() }
}

pub(crate) async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada Lovelace".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    accounts::create(domain, &manage(), new, &local()).await.unwrap().id
}

pub(crate) async fn sign_in(domain: &Domain, email: &str) -> Result<Person> {
    let session = auth::sign_in(domain, credentials(email), false, &firefox()).await?;
    Ok(auth::by_cookie(domain, session.secret.expose()).await?.expect("the session holds"))
}

/// An account, and its owner in a browser.
pub(crate) async fn person(domain: &Domain, email: &str) -> Person {
    account(domain, email, false).await;
    sign_in(domain, email).await.unwrap()
}

/// How often it happened, as the audit has it.
pub(crate) async fn audited(domain: &Domain, event: &str) -> i64 {
    let row = sql!(domain.db(), fetch_one as (i64,), "select count(*) from audit where event = $1", event);
    row.await.unwrap().0
}
