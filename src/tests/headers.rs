//! Headers that every answer carries, on every page and beside it.

use super::app::{API, App, PASSWORD};
use super::browser::Browser;
use axum::body::Body;
use http::{Request, StatusCode as S};
use std::collections::BTreeSet;

const PAGES: &[&str] = &[
    "/",
    "/login",
    "/register",
    "/register/sent",
    "/forgot",
    "/forgot/sent",
    "/reset?token=x",
    "/verify?token=x",
    "/verify/resend",
];

fn nonce(policy: &str) -> &str {
    let (_, rest) = policy.split_once("script-src 'nonce-").expect("scripts are bound to a nonce");
    rest.split_once('\'').unwrap().0
}

#[tokio::test]
async fn every_page_allows_only_its_own_scripts() {
    let app = App::new().await;
    let mut browser = Browser::on(&app);
    let mut nonces = BTreeSet::new();
    for page in PAGES {
        let answer = browser.open(page).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'self' 'nonce-",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "'strict-dynamic' 'wasm-unsafe-eval'",
        ] {
            assert!(policy.contains(part), "{page}: {part} in {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{page}: {policy}");
        let (text, nonce) = (answer.text(), nonce(policy).to_owned());
        for script in text.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{page}: <script{tag}>");
        }
        assert!(
            !text.contains(" style=\"") && !text.contains(" onclick=") && !text.contains("javascript:"),
            "{page}"
        );
        assert!(nonces.insert(nonce), "{page}: a nonce came twice");
    }
}

#[tokio::test]
async fn every_answer_is_closed_to_sniffing_framing_and_caches() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    let mut paths: Vec<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    paths.extend(["/healthz", "/nothing", "/api/nothing", "/account"].map(str::to_owned));
    paths.push(format!("{API}/me"));
    for path in paths {
        let request = Request::get(&path).header("authorization", format!("Bearer {token}"));
        let answer = app.raw(request.body(Body::empty()).unwrap()).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-xss-protection", "0"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        for told in ["server", "x-powered-by", "strict-transport-security"] {
            assert!(!answer.headers.contains_key(told), "{path}: {told}");
        }
        let secret = ["/reset", "/verify?"].iter().any(|page| path.starts_with(page));
        let referrer = if secret { "no-referrer" } else { "same-origin" };
        assert_eq!(answer.header("referrer-policy"), referrer, "{path}");
    }
}

#[tokio::test]
async fn c66_an_answer_to_a_person_is_never_for_a_shared_cache() {
    let app = App::new().await;
    app.account("ada@example.org", false).await;
    let mut browser = Browser::on(&app);
    let answer =
        browser.submit("/fn/auth/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    for page in PAGES.iter().chain(&["/account"]) {
        assert_eq!(browser.open(page).await.header("cache-control"), "no-store", "{page}");
    }
}

#[tokio::test]
async fn a_requests_id_is_taken_over_or_made_and_told() {
    let app = App::new().await;
    let id = async |given: Option<&str>| {
        let mut request = Request::get("/api/none");
        if let Some(given) = given {
            request = request.header("x-request-id", given);
        }
        let answer = app.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.code(), "not_found");
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(id(Some("proxy-1234.5_6")).await, "proxy-1234.5_6");
    for bad in ["x", "<script>alert(1)</script>", "a b c d e f g", &"a".repeat(65)] {
        assert_ne!(id(Some(bad)).await, bad);
    }
    assert_ne!(id(None).await, id(None).await);
}

#[tokio::test]
async fn no_origin_is_allowed_to_read_answers() {
    let app = App::new().await;
    let request = Request::builder()
        .method("OPTIONS")
        .uri(format!("{API}/me"))
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "GET");
    let answer = app.raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, S::METHOD_NOT_ALLOWED);
    assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")));
}
