//! People for the tests of the story, and what they ask for.

use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::auth;
use vestibule_domain::testing::TestDomain;
use vestibule_domain::{Actor, Client, Domain, Person};
use vestibule_model::Secret;
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::groups::ManageAccounts;

pub(crate) const PASSWORD: &str = "tangerine ladder sings quietly";
pub(crate) const OTHER: &str = "seven grey herons over water";

pub(crate) fn local() -> Client {
    Client::local()
}

pub(crate) fn form(email: &str) -> RegisterForm {
    RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada Lovelace".into(),
        ..RegisterForm::default()
    }
}

pub(crate) fn credentials(email: &str, password: &str) -> SignInForm {
    SignInForm { email: email.into(), password: password.into() }
}

/// Makes a confirmed account without a mail.
pub(crate) async fn account(domain: &Domain, email: &str, admin: bool) -> vestibule_model::accounts::Account {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let new = NewAccount { form: form(email), verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &local()).await.unwrap()
}

pub(crate) async fn signed_in(domain: &Domain, email: &str) -> (Secret, Person) {
    let session = auth::sign_in(domain, credentials(email, PASSWORD), false, &local()).await.unwrap();
    let person = auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap();
    (session.secret, person)
}

/// The token in the link of the newest letter to `email`.
pub(crate) async fn mailed_token(t: &TestDomain, email: &str) -> Secret {
    let letters = t.letters().await;
    let theirs = letters.iter().rev().filter(|letter| letter.to.eq_ignore_ascii_case(email));
    let mut tokens = theirs.filter_map(|letter| letter.link()?.split_once("token="));
    Secret::new(tokens.next().expect("a letter with a link came").1)
}
