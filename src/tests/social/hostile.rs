//! Everything that must not be enough: lies of tokens, journeys that are not one's own, providers that fail.

use super::op::{Broken, CLIENT, Mood, Signed};
use super::{House, ada, follows, goes, house, house_with, is_in, leaves, people, signs_in, sqlite};
use crate::app::PASSWORD;
use crate::browser::Browser;
use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_domain::testing::START;

/// Every lie that a token can tell: nobody is signed in, no account is made, and the page says that it could not be trusted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_does_not_hold_lets_nobody_in() {
    type Lie = (&'static str, fn(&mut Mood));
    fn says(mood: &mut Mood, name: &str, value: Value) {
        mood.claims.insert(name.to_owned(), value);
    }
    let lies: [Lie; 17] = [
        ("of another issuer", |m| says(m, "iss", json!("https://evil.example"))),
        ("of an issuer with a slash", |m| {
            let issuer = m.userinfo["issuer"].as_str().unwrap_or_default().to_owned() + "/";
            says(m, "iss", json!(issuer));
        }),
        ("without an issuer", |m| says(m, "iss", json!(null))),
        ("for another site", |m| says(m, "aud", json!("else"))),
        ("for nobody", |m| says(m, "aud", json!(null))),
        ("for this site and another", |m| says(m, "aud", json!([CLIENT, "else"]))),
        ("made for another party", |m| says(m, "azp", json!("else"))),
        ("with another nonce", |m| says(m, "nonce", json!("another"))),
        ("without a nonce", |m| says(m, "nonce", json!(null))),
        ("that is over", |m| says(m, "exp", json!(START.seconds() - 61))),
        ("without an end", |m| says(m, "exp", json!(null))),
        ("of the future", |m| says(m, "iat", json!(START.seconds() + 120))),
        ("without a subject", |m| says(m, "sub", json!(null))),
        ("with a subject that is none", |m| says(m, "sub", json!("x".repeat(256)))),
        ("that nobody signed", |m| m.signed = Signed::Not),
        ("signed with the client secret", |m| m.signed = Signed::WithSecret),
        ("signed by a stranger in the name of a key", |m| m.signed = Signed::As(2, "k0")),
    ];
    for (name, lie) in lies {
        let House { app, op } = house(sqlite().await).await;
        op.change(|mood| mood.userinfo = json!({ "issuer": op.issuer.clone() }));
        op.change(lie);
        let mut browser = Browser::on(&app);
        let answer = signs_in(&mut browser, &op, &ada()).await;
        assert!(!is_in(&browser), "a token {name}");
        let page = follows(&mut browser, &answer).await;
        assert!(page.contains("could not be trusted"), "a token {name}: {page}");
        assert_eq!(people(&app).await, 0, "a token {name}");
        op.change(|mood| {
            mood.claims.clear();
            mood.signed = Signed::By(0);
        });
        signs_in(&mut browser, &op, &ada()).await;
        assert!(is_in(&browser), "after a token {name}, a good one");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_ends_once_in_the_browser_and_at_the_provider_it_began_with() {
    let House { app, op } = house(sqlite().await).await;
    let dead = "took too long, was used already";
    let mut browser = Browser::on(&app);
    let back = op.consents(&leaves(&mut browser, "op", &[]).await, &ada());
    // Another browser, with or without a journey of its own.
    let mut other = Browser::on(&app);
    leaves(&mut other, "op", &[]).await;
    let answer = other.open(&back).await;
    assert!(follows(&mut other, &answer).await.contains(dead));
    assert!(!is_in(&other));
    // It was used up by that.
    let answer = browser.open(&back).await;
    assert!(follows(&mut browser, &answer).await.contains(dead));
    // Another provider's address (mix-up), a changed state, none at all, and one that waited too long.
    let back = op.consents(&leaves(&mut browser, "op", &[]).await, &ada());
    browser.open(&back.replace("/auth/op/", "/auth/other/")).await;
    let back = op.consents(&leaves(&mut browser, "op", &[]).await, &ada());
    browser.open(&back.replace("state=", "state=A")).await;
    browser.open("/auth/op/callback").await;
    browser.open("/auth/op/callback?state=a&state=b&code=c").await;
    let back = op.consents(&leaves(&mut browser, "op", &[]).await, &ada());
    app.t.clock.advance(Duration::from_mins(10));
    browser.open(&back).await;
    assert!(!is_in(&browser));
    assert_eq!(op.asked("/token"), 0, "the provider was never asked");
    app.t.clock.set(START);
    // A good one is good once.
    let back = op.consents(&leaves(&mut browser, "op", &[]).await, &ada());
    browser.open(&back).await;
    assert!(is_in(&browser));
    let mut robbed = Browser::on(&app);
    robbed.cookies = browser.cookies.clone();
    robbed.cookies.remove("session");
    robbed.open(&back).await;
    assert!(!is_in(&robbed));
    assert_eq!(people(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_go_side_by_side() {
    let House { app, op } = house(sqlite().await).await;
    let mut browser = Browser::on(&app);
    let one = op.consents(&leaves(&mut browser, "op", &[("next", "/account/keys")]).await, &ada());
    let two = op.consents(&leaves(&mut browser, "op", &[("next", "/account/data")]).await, &ada());
    assert_eq!(browser.open(&one).await.header("location"), "/account/keys");
    assert_eq!(browser.open(&two).await.header("location"), "/account/data");
    assert_eq!(people(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_names_its_issuer_where_that_is_promised() {
    let House { app, op } = house(sqlite().await).await;
    op.change(|mood| mood.says_iss = true);
    let mut browser = Browser::on(&app);
    for lie in ["", "&iss=https://evil.example"] {
        let back = op.consents(&leaves(&mut browser, "op", &[]).await, &ada());
        let (start, _) = back.split_once("&iss=").unwrap();
        browser.open(&format!("{start}{lie}")).await;
        assert!(!is_in(&browser), "{lie}");
    }
    assert_eq!(op.asked("/token"), 0, "no code was given away");
    signs_in(&mut browser, &op, &ada()).await;
    assert!(is_in(&browser));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_consent_is_told_calmly_and_what_the_provider_says_is_shown_to_nobody() {
    let House { app, op } = house(sqlite().await).await;
    let mut browser = Browser::on(&app);
    for (error, said) in [
        ("access_denied", "Example did not sign you in"),
        ("temporarily_unavailable", "Example cannot be used at the moment"),
        ("%3Cscript%3E", "Example did not sign you in"),
    ] {
        let url = leaves(&mut browser, "op", &[("next", "/account/keys")]).await;
        let answer = browser.open(&op.declines(&url, error)).await;
        assert_eq!(answer.header("location"), "/login?next=%2Faccount%2Fkeys");
        let page = follows(&mut browser, &answer).await;
        assert!(page.contains(said) && !page.contains("alert(1)"), "{error}: {page}");
    }
    assert!(!is_in(&browser));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_changed_are_fetched_again_at_a_bounded_rate() {
    let House { app, op } = house(sqlite().await).await;
    signs_in(&mut Browser::on(&app), &op, &ada()).await;
    assert_eq!((op.asked("/jwks"), op.asked("/.well-known/openid-configuration")), (1, 1));
    // A key that is published nowhere costs nothing while those that are known are fresh.
    op.change(|mood| mood.signed = Signed::By(2));
    for _ in 0..5 {
        let mut browser = Browser::on(&app);
        signs_in(&mut browser, &op, &ada()).await;
        assert!(!is_in(&browser));
    }
    assert_eq!(op.asked("/jwks"), 1, "fetched a moment ago");
    app.t.clock.advance(Duration::from_mins(2));
    op.change(|mood| {
        mood.published = vec![0, 1];
        mood.signed = Signed::By(1);
    });
    for _ in 0..3 {
        let mut browser = Browser::on(&app);
        signs_in(&mut browser, &op, &ada()).await;
        assert!(is_in(&browser), "signed by a new key");
    }
    assert_eq!((op.asked("/jwks"), op.asked("/.well-known/openid-configuration")), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_fails_is_told_of_and_nothing_else_suffers() {
    const DOCUMENT: &str = "/.well-known/openid-configuration";
    let (away, lies) = ("cannot be used at the moment", "could not be trusted");
    for (path, broken, said) in [
        (DOCUMENT, Broken::Fails, away),
        (DOCUMENT, Broken::Hangs, away),
        (DOCUMENT, Broken::Redirects, away),
        (DOCUMENT, Broken::Huge, lies),
        (DOCUMENT, Broken::Nonsense, lies),
    ] {
        let House { app, op } =
            house_with(sqlite().await, |options| options.rules.social.timeout = Duration::from_secs(2)).await;
        app.account("bob@example.org", false).await;
        op.breaks(path, broken);
        let mut browser = Browser::on(&app);
        for _ in 0..3 {
            let answer = browser.submit("/auth/op", &[]).await;
            assert!(follows(&mut browser, &answer).await.contains(said), "{broken:?}");
        }
        assert_eq!(op.asked(path), 1, "{broken:?}: a provider that is away is not asked again at once");
        browser.submit("/fn/auth/sign-in", &[("email", "bob@example.org"), ("password", PASSWORD)]).await;
        assert!(is_in(&browser), "local sign-in is untouched");
        op.change(|mood| mood.broken.clear());
        app.t.clock.advance(Duration::from_secs(11));
        let mut browser = Browser::on(&app);
        signs_in(&mut browser, &op, &ada()).await;
        assert!(is_in(&browser), "{broken:?}: well again");
    }
    for (path, broken, said) in [
        ("/token", Broken::Fails, away),
        ("/token", Broken::Hangs, away),
        ("/token", Broken::Redirects, away),
        ("/token", Broken::Huge, lies),
        ("/jwks", Broken::Nonsense, lies),
        ("/jwks", Broken::Hangs, away),
    ] {
        let House { app, op } =
            house_with(sqlite().await, |options| options.rules.social.timeout = Duration::from_secs(2)).await;
        op.breaks(path, broken);
        let mut browser = Browser::on(&app);
        let answer = signs_in(&mut browser, &op, &ada()).await;
        assert!(!is_in(&browser));
        assert!(follows(&mut browser, &answer).await.contains(said), "{path} {broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_of_another_issuer_or_with_other_hosts_is_not_followed() {
    let House { app, op } = house(sqlite().await).await;
    op.change(|mood| mood.issuer = Some("https://evil.example".to_owned()));
    let mut browser = Browser::on(&app);
    let answer = browser.submit("/auth/op", &[]).await;
    assert!(follows(&mut browser, &answer).await.contains("could not be trusted"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_that_a_token_leaves_out_are_asked_of_userinfo_and_must_be_of_the_same_person() {
    let House { app, op } = house(sqlite().await).await;
    op.change(|mood| {
        mood.userinfo = json!({ "sub": "eve-1", "email": "ada@example.org", "email_verified": true });
    });
    let bare = json!({ "sub": "ada-1" });
    let mut browser = Browser::on(&app);
    signs_in(&mut browser, &op, &bare).await;
    assert!(!is_in(&browser), "somebody else's answer");
    op.change(|mood| mood.userinfo = ada());
    signs_in(&mut browser, &op, &bare).await;
    assert!(is_in(&browser));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_starts_nothing_and_a_posted_answer_touches_nothing() {
    let House { app, op } = house(sqlite().await).await;
    let mut browser = Browser::on(&app);
    let request = browser.request(Method::POST, "/auth/op").header("sec-fetch-site", "cross-site");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = browser.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    // As Apple answers: across sites, and so without a cookie.
    let back = op.consents(&leaves(&mut browser, "op", &[]).await, &ada());
    let (path, sent) = back.split_once('?').unwrap();
    let request =
        http::Request::builder().method(Method::POST).uri(path).header("sec-fetch-site", "cross-site");
    let request = request.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = app.raw(request.body(Body::from(format!("{sent}&user=%7B%7D"))).unwrap()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let next = answer.header("location").to_owned();
    assert!(next.starts_with("/auth/op/callback?state=") && !next.contains("user="), "{next}");
    assert!(answer.headers.get("set-cookie").is_none());
    browser.open(&next).await;
    assert!(is_in(&browser));
}

/// Cases C63, C64: where one goes afterwards is a page of this site.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c64_nobody_is_sent_elsewhere() {
    let House { app, op } = house(sqlite().await).await;
    for next in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/fn/auth/sign-out",
    ] {
        let mut browser = Browser::on(&app);
        let answer = goes(&mut browser, &op, &ada(), &[("next", next)]).await;
        assert_eq!(answer.header("location"), "/account", "{next}");
    }
}
