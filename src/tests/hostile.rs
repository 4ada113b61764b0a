//! Hostile requests: headers that claim what is not so, addresses that mean something else, panics.

use super::app::{API, App, PASSWORD};
use super::browser::Browser;
use axum::body::{Body, Bytes};
use http::{Method, Request, StatusCode as S};
use serde_json::{Value, json};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;
use vestibule::{Endpoints, Policy, Vestibule};
use vestibule_domain::testing::{Engine, TestDomain};

/// Headers by which others were led to believe a request (C12, C53).
const CORPUS: &[(&str, &str)] = &[
    ("host", "evil.example"),
    ("host", "127.0.0.1:3000@evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x_forwarded_for", "127.0.0.1"),
    ("forwarded", "for=127.0.0.1;host=evil.example;proto=https"),
    ("x-real-ip", "127.0.0.1"),
    ("x-original-url", "/api/v1/me"),
    ("x-rewrite-url", "/api/v1/me"),
    ("x-http-method-override", "DELETE"),
    ("x-user", "root@example.org"),
    ("x-remote-user", "root@example.org"),
    ("x-authenticated-user", "root@example.org"),
    ("x-middleware-subrequest", "middleware:middleware:middleware"),
    ("serverfnredirect", "https://evil.example"),
    ("user-agent", "GoogleHC/1.0 kube-probe/1.30"),
    ("islands-router", "true"),
];

#[tokio::test]
async fn c12_links_in_mails_lead_to_the_configured_site_whatever_the_request_says() {
    for (name, value) in CORPUS {
        let app = App::new().await;
        app.account("ada@example.org", false).await;
        let request = Request::post(format!("http://user:pw@evil.example:81{API}/auth/password/forgot"))
            .header("content-type", "application/json")
            .header(*name, *value)
            .body(Body::from(json!({"email": "ada@example.org"}).to_string()))
            .unwrap();
        assert_eq!(app.raw(request).await.status, S::ACCEPTED, "{name}");
        let letter = app.t.letters().await.pop().expect("a letter came");
        let link = letter.link().expect("it holds a link");
        assert!(link.starts_with("http://127.0.0.1:3000/reset?token="), "{name}: {link}");
        assert!(
            !letter.text.contains("evil.example")
                && !letter.html.unwrap_or_default().contains("evil.example"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn c53_no_header_opens_a_door() {
    let app = App::new().await;
    app.account("root@example.org", true).await;
    for (name, value) in CORPUS {
        for path in [format!("{API}/me"), "/account".to_owned()] {
            let request = Request::get(&path).header(*name, *value).body(Body::empty()).unwrap();
            assert_eq!(app.raw(request).await.status, S::UNAUTHORIZED, "{path} {name}: {value}");
        }
    }
}

#[tokio::test]
async fn c30_garbage_in_forwarding_headers_changes_nothing() {
    let trusting = |options: &mut vestibule::http::Options| {
        options.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    };
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let app = App::with(t, &Vestibule::builder(), trusting);
    app.account("ada@example.org", false).await;
    for garbage in ["", ",,,", "::::", "999.9.9.9", "a b c", "\u{7f}", "_hidden", "1.2.3.4, ", "[::1"] {
        let Ok(value) = http::HeaderValue::from_bytes(garbage.as_bytes()) else { continue };
        let request = Request::post(format!("{API}/auth/login"))
            .header("content-type", "application/json")
            .header("x-forwarded-for", value)
            .body(Body::from(json!({"email": "ada@example.org", "password": PASSWORD}).to_string()))
            .unwrap();
        assert_eq!(app.raw(request).await.status, S::OK, "{garbage:?}");
    }
}

#[tokio::test]
async fn c32_other_spellings_of_an_address_are_404() {
    let app = App::new().await;
    for path in [
        "/api/v1/auth/login/",
        "//api/v1/auth/login",
        "/api//v1/auth/login",
        "/API/v1/auth/login",
        "/api/v1/auth/Login",
        "/api/v1/auth%2flogin",
        "/api/v1/auth/%6cogin%00",
        "/api/v1/x/../auth/login",
        "/api/v1/./auth/login",
        "/api/v1/auth/login;a=b",
        "/fn/auth/sign-in/",
        "/fn//auth/sign-in",
        "/fn/auth/Sign-In",
        "/fn/auth/unknown",
    ] {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from("{}"))
            .unwrap();
        let answer = app.raw(request).await;
        assert_eq!((answer.status, answer.code().as_str()), (S::NOT_FOUND, "not_found"), "{path}");
        assert!(!answer.text().contains("server function"), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_method_is_405_and_names_those_that_exist() {
    let app = App::new().await;
    for (method, path, allowed) in [
        (Method::GET, "/api/v1/auth/login", "POST"),
        (Method::POST, "/api/v1/me", "GET,HEAD,PATCH,DELETE"),
        (Method::GET, "/fn/auth/sign-in", "POST"),
        (Method::TRACE, "/healthz", "GET,HEAD"),
        (Method::POST, "/login", "GET,HEAD"),
    ] {
        let request = Request::builder().method(&method).uri(path).header("sec-fetch-site", "same-origin");
        let answer = app.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (S::METHOD_NOT_ALLOWED, "method_not_allowed"),
            "{method} {path}"
        );
        let mut seen = answer.header("allow").split(',').collect::<Vec<_>>();
        let mut allowed = allowed.split(',').collect::<Vec<_>>();
        seen.sort_unstable();
        allowed.sort_unstable();
        assert_eq!(seen, allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn nothing_under_the_api_is_ever_a_page() {
    let app = App::new().await;
    for path in ["/api", "/api/", "/api/v2/me", "/api/v1/nothing", "/api/v1"] {
        let request = Request::get(path).header("accept", "text/html").body(Body::empty()).unwrap();
        assert_eq!(app.raw(request).await.code(), "not_found", "{path}");
    }
    let request = Request::get("/nothing").header("accept", "text/html").body(Body::empty()).unwrap();
    let page = app.raw(request).await;
    assert_eq!((page.status, page.header("content-type")), (S::NOT_FOUND, "text/html; charset=utf-8"));
}

#[utoipa::path(get, path = "/panic", responses((status = 200, description = "Never.")))]
async fn panics() {
    panic!("the secret is hunter2")
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_next_request_is_served() {
    let with_panic =
        |endpoints: Endpoints| endpoints.route(Policy::anyone("test"), utoipa_axum::routes!(panics));
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let app = App::with(t, &Vestibule::builder().routes(with_panic), |_| {});
    let answer = app.raw(Request::get("/api/v1/panic").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.code().as_str()), (S::INTERNAL_SERVER_ERROR, "internal"));
    assert!(!answer.text().contains("hunter2"));
    assert!(
        answer.header("content-security-policy").contains("default-src 'none'"),
        "headers are complete even then"
    );
    app.get("/healthz").await.assert_status(S::OK);
}

#[tokio::test]
async fn c18_garbage_for_a_session_is_nobody() {
    let app = App::new().await;
    let long = "A".repeat(4_000);
    for garbage in [
        "",
        "null",
        "%00",
        "../../etc/passwd",
        "{\"user\":1}",
        "a.b.c",
        "\"quoted\"",
        "BAh7CUkiD3Nlc3Npb25faWQ",
        &long,
    ] {
        for name in ["session", "__Host-session"] {
            let request = Request::get("/account").header("cookie", format!("{name}={garbage}"));
            let answer = app.raw(request.body(Body::empty()).unwrap()).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (S::UNAUTHORIZED, "sign_in_first"),
                "{name}={garbage}"
            );
        }
    }
}

#[tokio::test]
async fn c41_a_revocation_that_could_not_be_stored_is_not_reported_as_done() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    let mut browser = Browser::on(&app);
    browser.submit("/fn/auth/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    app.get("/account").await;
    app.t.domain.close().await;
    for path in ["/auth/logout", "/auth/logout-all"] {
        let answer = app.api(Method::POST, path).authorization_bearer(&token).await;
        assert!(answer.status_code().is_server_error(), "{path}: {}", answer.status_code());
    }
    let out = browser.submit("/fn/auth/sign-out", &[]).await;
    assert!(out.status.is_server_error(), "{}", out.status);
}

/// A body that tells when it is first asked for, and arrives when it is told to.
struct Later {
    asked: Option<oneshot::Sender<()>>,
    told: oneshot::Receiver<Bytes>,
    over: bool,
}

impl hyper::body::Body for Later {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, std::io::Error>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if let Some(asked) = self.asked.take() {
            let _ = asked.send(());
        }
        let arrived = std::task::ready!(Pin::new(&mut self.told).poll(context));
        self.over = true;
        Poll::Ready(arrived.ok().map(|bytes| Ok(hyper::body::Frame::data(bytes))))
    }
}

#[tokio::test]
async fn c17_a_request_that_outlives_its_session_does_not_revive_it() {
    let app = App::new().await;
    app.account("ada@example.org", false).await;
    let mut browser = Browser::on(&app);
    browser.submit("/fn/auth/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    app.t.clock.advance(std::time::Duration::from_mins(2));
    let ((asked, admitted), (tell, told)) = (oneshot::channel(), oneshot::channel());
    let slow = browser
        .request(Method::POST, "/fn/auth/change-password")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::new(Later { asked: Some(asked), told, over: false }))
        .unwrap();
    let kept = browser.cookies.clone();
    let slow = tokio::spawn(tower::ServiceExt::oneshot(app.router.clone(), slow));
    admitted.await.expect("the guard found the session alive and waits for the body");
    assert_eq!(browser.submit("/fn/auth/sign-out", &[]).await.status, S::SEE_OTHER);
    tell.send(Bytes::from_static(b"current_password=x&new_password=y")).unwrap();
    slow.await.unwrap().unwrap();
    browser.cookies = kept;
    assert_eq!(browser.open("/account").await.header("location"), "/login?next=%2Faccount");
}

#[tokio::test]
async fn c08_nobody_marks_themselves_confirmed_or_an_administrator() {
    let app = App::new().await;
    let flags = [
        ("email_verified_at", json!("2026-01-01T00:00:00Z")),
        ("email_verified", json!(true)),
        ("verified", json!(true)),
        ("admin", json!(true)),
        ("is_admin", json!(true)),
        ("groups", json!(["admin"])),
        ("permissions", json!(["accounts:manage"])),
        ("id", json!("0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11")),
    ];
    for (number, (name, value)) in flags.iter().enumerate() {
        let email = format!("ada{number}@example.org");
        let mut form = json!({"email": email, "password": PASSWORD, "name": "Ada"});
        form[*name] = value.clone();
        app.post("/auth/register", &form).await.assert_status(S::UNPROCESSABLE_ENTITY);
        let text = value.to_string();
        let typed =
            [("email", &*email), ("password", PASSWORD), ("name", "Ada"), (name, text.trim_matches('"'))];
        Browser::on(&app).submit("/fn/accounts/register", &typed).await;
        let early = app.post("/auth/login", &json!({"email": email, "password": PASSWORD})).await;
        early.assert_status(S::UNAUTHORIZED);
        let token = app.mailed_token(&email).await;
        app.post("/auth/verify", &json!({"token": token})).await.assert_status(S::NO_CONTENT);
        let tokens = app.tokens(&email, PASSWORD).await;
        let me = app.api(Method::GET, "/me").authorization_bearer(&tokens.access).await.json::<Value>();
        assert_eq!((&me["groups"], &me["permissions"]), (&json!(["member"]), &json!([])), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c56_every_answer_names_the_person_who_asked() {
    let app = App::new().await;
    let mut people = Vec::new();
    for number in 0..10 {
        let email = format!("ada{number}@example.org");
        let access = app.member(&email).await.access;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", &*email), ("password", PASSWORD)]).await;
        people.push((email, access, browser.cookies.clone()));
    }
    let mut all = tokio::task::JoinSet::new();
    for round in 0..1_000_usize {
        let (email, access, cookies) = people[round * 7 % people.len()].clone();
        let router = app.router.clone();
        let request = if round % 10 == 0 {
            let line =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            Request::get("/account").header("cookie", line).header("accept", "text/html")
        } else {
            Request::get(format!("{API}/me")).header("authorization", format!("Bearer {access}"))
        };
        all.spawn(async move {
            let response =
                tower::ServiceExt::oneshot(router, request.body(Body::empty()).unwrap()).await.unwrap();
            (email, super::app::Answer::read(response).await.text())
        });
    }
    while let Some(answered) = all.join_next().await {
        let (email, text) = answered.unwrap();
        assert!(text.contains(&email), "{email}: {text}");
        assert_eq!(text.matches("@example.org").count(), text.matches(&email).count(), "{email}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c70_a_flood_of_sign_ins_is_answered_and_others_are_served_meanwhile() {
    let narrow = |options: &mut vestibule_domain::Options| {
        options.rules.passwords.parallel = 1;
        options.rules.passwords.queue = 2;
    };
    let app = App::of(TestDomain::with(Engine::Sqlite, narrow).await.unwrap());
    let token = app.member("ada@example.org").await.access;
    let mut all = tokio::task::JoinSet::new();
    for number in 0..200 {
        let form = json!({"email": format!("nobody{number}@example.org"), "password": PASSWORD}).to_string();
        let request = super::app::json_request(Method::POST, &format!("{API}/auth/login"), None, form);
        let router = app.router.clone();
        all.spawn(async move {
            super::app::Answer::read(tower::ServiceExt::oneshot(router, request).await.unwrap()).await
        });
    }
    app.api(Method::GET, "/me").authorization_bearer(&token).await.assert_status(S::OK);
    while let Some(answered) = all.join_next().await {
        let answer = answered.unwrap();
        match answer.status {
            S::UNAUTHORIZED => {}
            S::SERVICE_UNAVAILABLE => assert_eq!(answer.header("retry-after"), "2"),
            other => panic!("{other}: {}", answer.text()),
        }
    }
}
