//! What every request pays before its handler runs: microseconds per call of the domain's hot paths, on SQLite.
//!
//! Run with `cargo bench -p vestibule-benches`, where somebody wants to know which part of a request became slow; the
//! request as a whole is measured by `cargo xtask bench`. Must never assert a time: machines differ.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a measuring program")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use vestibule_domain::endpoints::{Credential, Policy};
use vestibule_domain::quotas::{self, Caller};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client, Domain, Person, Result, accounts, auth, keys};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::keys::KeyForm;
use vestibule_model::quotas::{Allowance, QuotaForm};
use vestibule_model::{Error, Secret};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "lantern harbour 62 quartz";
const RUN: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() {
    let test = TestDomain::on(Engine::Sqlite).await.expect("SQLite is always there");
    measure(&test.domain).await.expect("the hot paths work");
}

async fn measure(domain: &Domain) -> Result<()> {
    let client = Client::local();
    member(domain, &client).await?;
    let token = auth::issue_tokens(domain, form(), &client).await?.access_token;
    let cookie = auth::sign_in(domain, form(), false, &client).await?.secret;
    each("auth::by_access_token", async || auth::by_access_token(domain, token.expose()).await.map(drop))
        .await?;
    let owner = auth::by_cookie(domain, cookie.expose()).await?.ok_or(Error::BadToken)?;
    let new = KeyForm { name: "Bench".to_owned(), ..KeyForm::default() };
    let key = keys::create(domain, &owner, new, &client).await?.secret;
    each("keys::by_secret", async || keys::by_secret(domain, key.expose(), None).await.map(drop)).await?;
    spend(domain, owner.clone()).await?;
    each("auth::by_cookie", async || auth::by_cookie(domain, cookie.expose()).await.map(drop)).await?;
    each("auth::sign_in without its hash", async || {
        auth::sign_in(domain, form(), false, &client).await.map(drop)
    })
    .await
}

/// A call that spends from a lease, and the statements of its blocks among them.
async fn spend(domain: &Domain, owner: Person) -> Result<()> {
    let by = Actor::Operator.allow()?;
    let open = QuotaForm {
        name: Some("bench".to_owned()),
        tag: Some("bench".to_owned()),
        limit: Some(Allowance::Unlimited),
        ..QuotaForm::default()
    };
    quotas::create(domain, &by, open, &Client::local()).await?;
    let route = quotas::Route::of(Policy::anyone("bench"), Credential::Bearer);
    let actor = Actor::Person(owner);
    let caller = Caller { actor: &actor, address: None };
    quotas::spend(domain, &route, caller).await.map_err(|refused| refused.error)?;
    each("quotas::try_spend", async || {
        match quotas::try_spend(domain, &route, caller) {
            Some(spent) => spent.map(drop),
            None => quotas::spend(domain, &route, caller).await.map(drop),
        }
        .map_err(|refused| refused.error)
    })
    .await
}

async fn member(domain: &Domain, client: &Client) -> Result<()> {
    let by = Actor::Operator.allow()?;
    let form = RegisterForm {
        email: EMAIL.to_owned(),
        password: Secret::new(PASSWORD),
        name: "Ada".to_owned(),
        ..RegisterForm::default()
    };
    accounts::create(
        domain,
        &by,
        accounts::NewAccount { form, verified: true, admin: false, expires_at: None },
        client,
    )
    .await
    .map(drop)
}

fn form() -> SignInForm {
    SignInForm { email: EMAIL.to_owned(), password: Secret::new(PASSWORD) }
}

/// Calls it for a second and prints the mean.
async fn each(name: &str, call: impl AsyncFn() -> Result<()>) -> Result<()> {
    let (start, mut calls) = (Instant::now(), 0_u32);
    while start.elapsed() < RUN {
        black_box(call().await)?;
        calls += 1;
    }
    println!("{name:<34} {:>10.2} µs", start.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
    Ok(())
}
