//! Credentials of the API: what is no good access token, and what is one too many.

use super::app::{API, Answer, App};
use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Method, Request, StatusCode as S};
use serde_json::{Value, json};
use vestibule_domain::testing::{Engine, TestDomain};

async fn me(app: &App, headers: &[(&str, &str)], query: &str) -> Answer {
    let mut request = Request::get(format!("{API}/me{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.raw(request.body(Body::empty()).unwrap()).await
}

async fn is_bad(app: &App, token: &str, what: &str) {
    let answer = me(app, &[("authorization", &format!("Bearer {token}"))], "").await;
    assert_eq!((answer.status, answer.code().as_str()), (S::UNAUTHORIZED, "bad_token"), "{what}: {token}");
    assert!(answer.header("www-authenticate").contains("invalid_token"), "{what}");
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn c44_claims_of_wrong_types_are_refused() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    let (header, rest) = token.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    for (claim, value) in
        [("exp", json!("never")), ("exp", json!([9])), ("exp", json!(1e308)), ("nbf", json!("9"))]
    {
        let mut changed = decoded(claims);
        changed[claim] = value;
        is_bad(&app, &format!("{header}.{}.{signature}", encoded(&changed)), claim).await;
    }
    let mut without = decoded(claims);
    without.as_object_mut().unwrap().remove("exp");
    is_bad(&app, &format!("{header}.{}.{signature}", encoded(&without)), "no exp").await;
}

#[tokio::test]
async fn c45_the_algorithm_is_not_the_callers_to_choose() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    let mut parts = token.split('.');
    let (header, claims) = (decoded(parts.next().unwrap()), parts.next().unwrap());
    let jwks: Value = app.get("/.well-known/jwks.json").await.json();
    let public = jwks["keys"][0]["x"].as_str().unwrap();
    for alg in ["none", "None", "HS256", "RS256", "ES256", ""] {
        let mut changed = header.clone();
        changed["alg"] = json!(alg);
        is_bad(&app, &format!("{}.{claims}.", encoded(&changed)), alg).await;
        is_bad(&app, &format!("{}.{claims}.{public}", encoded(&changed)), alg).await;
    }
    for (name, value) in
        [("jku", json!("https://evil.example/jwks")), ("jwk", jwks["keys"][0].clone()), ("typ", json!("JWT"))]
    {
        let mut changed = header.clone();
        changed[name] = value;
        is_bad(&app, &format!("{}.{claims}.{public}", encoded(&changed)), name).await;
    }
}

#[tokio::test]
async fn c47_a_token_is_good_whole_or_not_at_all() {
    let app = App::new().await;
    let tokens = app.member("ada@example.org").await;
    let (access, refresh) = (tokens.access.as_str(), tokens.refresh.as_str());
    for cut in [1, 10, access.len() / 2, access.len() - 1] {
        is_bad(&app, &access[..cut], "cut at its end").await;
        is_bad(&app, &access[cut..], "cut at its beginning").await;
    }
    is_bad(&app, &access.to_lowercase(), "lower case").await;
    is_bad(&app, &format!("{access}A"), "longer").await;
    is_bad(&app, refresh, "a token of another kind").await;
    for wrong in [
        &refresh[1..],
        &refresh[..refresh.len() - 1],
        &refresh.to_uppercase(),
        &format!("{refresh}="),
        access,
        "",
    ] {
        let answer = app.post("/auth/refresh", &json!({"refresh_token": wrong})).await;
        assert_eq!(answer.status_code(), S::UNAUTHORIZED, "{wrong}");
    }
    let good = me(&app, &[("authorization", &format!("bearer {access}"))], "").await;
    assert_eq!(good.status, S::OK, "the scheme's letter case does not matter");
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    app.t.clock.advance(std::time::Duration::from_secs(899));
    assert_eq!(me(&app, &[("authorization", &format!("Bearer {token}"))], "").await.status, S::OK);
    app.t.clock.advance(std::time::Duration::from_secs(1));
    is_bad(&app, &token, "expired").await;
}

#[tokio::test]
async fn nobody_is_told_to_bring_a_credential() {
    let app = App::new().await;
    let answer = me(&app, &[], "").await;
    assert_eq!((answer.status, answer.code().as_str()), (S::UNAUTHORIZED, "sign_in_first"));
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="vestibule""#);
}

#[tokio::test]
async fn two_credentials_at_once_are_400_and_none_is_chosen() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    let bearer = format!("Bearer {token}");
    let bearer = bearer.as_str();
    for (headers, query) in [
        (vec![("authorization", bearer), ("authorization", bearer)], ""),
        (vec![("authorization", bearer), ("x-api-key", "k")], ""),
        (vec![("authorization", bearer)], "?access_token=x"),
    ] {
        let answer = me(&app, &headers, query).await;
        assert_eq!((answer.status, answer.code().as_str()), (S::BAD_REQUEST, "two_credentials"), "{query}");
    }
}

#[tokio::test]
async fn a_token_in_the_address_is_400() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    let answer = me(&app, &[], &format!("?access_token={token}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (S::BAD_REQUEST, "malformed"));
    assert!(!answer.text().contains(&token));
}

#[tokio::test]
async fn unknown_kinds_of_credentials_are_401() {
    let app = App::new().await;
    for (name, value) in
        [("authorization", "Basic YWRhOnB3"), ("x-api-key", "anything"), ("authorization", "Bearer")]
    {
        let answer = me(&app, &[(name, value)], "").await;
        assert_eq!((answer.status, answer.code().as_str()), (S::UNAUTHORIZED, "bad_token"), "{value}");
    }
}

#[tokio::test]
async fn a_cookie_says_nothing_to_the_api_and_a_token_nothing_to_pages() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    let mut browser = super::browser::Browser::on(&app);
    let form = [("email", "ada@example.org"), ("password", super::app::PASSWORD)];
    browser.submit("/fn/auth/sign-in", &form).await;
    let cookie = format!("session={}", browser.cookies["session"]);
    assert_eq!(me(&app, &[("cookie", &cookie)], "").await.code(), "sign_in_first");
    let page = |name: &'static str, value: String| {
        Request::get("/account").header(name, value).body(Body::empty()).unwrap()
    };
    assert_eq!(app.raw(page("authorization", format!("Bearer {token}"))).await.status, S::UNAUTHORIZED);
    assert_eq!(app.raw(page("cookie", cookie)).await.status, S::OK);
}

#[tokio::test]
async fn c57_no_secret_is_the_same_at_two_sites_that_set_none() {
    let site = async || {
        let t = TestDomain::with(Engine::Sqlite, |options| {
            options.secret_key = None;
            options.random = std::sync::Arc::new(vestibule_domain::random::SystemRandom);
        });
        App::of(t.await.unwrap())
    };
    let (one, other) = (site().await, site().await);
    let key = async |app: &App| app.get("/.well-known/jwks.json").await.json::<Value>()["keys"][0].clone();
    let (first, second) = (key(&one).await, key(&other).await);
    assert!(first["x"] != second["x"] && first["kid"] != second["kid"], "{first} {second}");
    let token = one.member("ada@example.org").await.access;
    other.member("ada@example.org").await;
    is_bad(&other, &token, "a token of another site").await;
    assert_ne!(one.t.domain.derive_key("cookies"), other.t.domain.derive_key("cookies"));
}

#[tokio::test]
async fn c57_a_cursor_that_is_made_up_turns_no_page() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    let whole = app.api(Method::GET, "/me/sessions").authorization_bearer(&token).await.json::<Value>();
    assert_eq!(whole["next"], Value::Null, "no list has a cursor yet: forge some where one gets one");
    for cursor in ["'", "1%20or%201=1", "AAAA", "%00", "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"] {
        let path = format!("/me/sessions?cursor={cursor}");
        let answer = app.api(Method::GET, &path).authorization_bearer(&token).await;
        assert!(answer.status_code() == S::BAD_REQUEST || answer.json::<Value>() == whole, "{cursor}");
    }
}
