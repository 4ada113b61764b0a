//! Signing in by somebody else's sign-in, through the router and against a provider that lies on demand: what it takes to get
//! in, and everything that must not be enough.

mod flows;
mod hostile;
mod managed;
mod op;

use super::app::{Answer, App, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode};
use op::{CLIENT, Mood, Op, SECRET};
use serde_json::{Value, json};
use vestibule_domain::Domain;
use vestibule_domain::rules::ProviderRules;
use vestibule_domain::testing::TestDomain;

/// A site with two names for one provider, an OAuth 2 server, and what else a test wants.
struct House {
    app: App,
    op: Op,
}

fn rules(op: &Op) -> ProviderRules {
    ProviderRules {
        issuer: Some(op.issuer.clone()),
        client_id: Some(CLIENT.into()),
        client_secret: Some(SECRET.into()),
        label: Some("Example".into()),
        ..ProviderRules::default()
    }
}

async fn house(t: TestDomain) -> House {
    house_with(t, |_| {}).await
}

async fn house_with(mut t: TestDomain, change: impl FnOnce(&mut vestibule_domain::Options)) -> House {
    let op = Op::serve().await;
    let at = |path: &str| Some(format!("{}{path}", op.issuer));
    let git = ProviderRules {
        preset: Some("github".into()),
        label: Some("Git".into()),
        issuer: at("/git"),
        auth_url: at("/authorize"),
        token_url: at("/token"),
        userinfo_url: at("/userinfo"),
        emails_url: at("/emails"),
        ..rules(&op)
    };
    let mut options = t.options();
    let social = &mut options.rules.social;
    social.native_redirects = vec!["com.example.app:/signed-in".into(), "http://127.0.0.1/done".into()];
    social.providers.insert("op".into(), rules(&op));
    social.providers.insert(
        "other".into(),
        ProviderRules { issuer: at("/other"), client_id: Some("else".into()), ..rules(&op) },
    );
    social.providers.insert("git".into(), git);
    change(&mut options);
    t.domain = Domain::open(options).await.unwrap();
    vestibule_domain::groups::declare(&t.domain).await.unwrap();
    House { app: App::of(t), op }
}

fn ada() -> Value {
    json!({ "sub": "ada-1", "email": "ada@example.org", "email_verified": true, "name": "Ada Lovelace" })
}

/// Where a form at a provider's button sends a browser.
async fn leaves(browser: &mut Browser<'_>, provider: &str, fields: &[(&str, &str)]) -> String {
    let page = browser.submit(&format!("/auth/{provider}"), fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let text = page.text();
    let (_, rest) = text.split_once("0;url=").expect("the page leads on");
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

/// A whole journey; what is answered to whoever comes back.
async fn goes(browser: &mut Browser<'_>, op: &Op, who: &Value, fields: &[(&str, &str)]) -> Answer {
    let url = leaves(browser, "op", fields).await;
    let back = op.consents(&url, who);
    browser.open(&back).await
}

async fn signs_in(browser: &mut Browser<'_>, op: &Op, who: &Value) -> Answer {
    goes(browser, op, who, &[("purpose", "sign_in")]).await
}

/// The page that an answer leads to.
async fn follows(browser: &mut Browser<'_>, answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let next = answer.header("location").to_owned();
    assert!(next.starts_with('/') && !next.starts_with("//"), "{next}");
    browser.open(&next).await.text()
}

fn is_in(browser: &Browser<'_>) -> bool {
    browser.cookies.contains_key("session")
}

async fn people(app: &App) -> usize {
    app.account("root@example.org", true).await;
    let token = app.tokens("root@example.org", PASSWORD).await.access;
    let answer = app.api(Method::GET, "/users").authorization_bearer(token).await;
    answer.json::<Value>()["items"].as_array().unwrap().len() - 1
}

async fn identities(app: &App, browser: &mut Browser<'_>) -> String {
    let _ = app;
    browser.open("/account/identities").await.text()
}

/// A verifier and its challenge (RFC 7636 B).
fn pair() -> (String, String) {
    let pair = ["dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"];
    (pair[0].to_owned(), pair[1].to_owned())
}

/// Lets the provider's clock go with that of the site.
fn shift(mood: &mut Mood, seconds: i64) {
    let now = vestibule_domain::testing::START.seconds() + seconds;
    for (name, value) in [("iat", now), ("exp", now + 300), ("auth_time", now)] {
        mood.claims.insert(name.to_owned(), value.into());
    }
}

async fn sqlite() -> TestDomain {
    TestDomain::on(vestibule_domain::testing::Engine::Sqlite).await.unwrap()
}

async fn root(app: &App) -> String {
    app.account("root@example.org", true).await;
    app.tokens("root@example.org", PASSWORD).await.access
}
