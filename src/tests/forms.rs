//! The forms as a browser without JavaScript posts them: where they lead, what stops a foreign one, and which session
//! is whose.

use super::app::{App, OTHER, PASSWORD};
use super::browser::Browser;
use axum::body::Body;
use http::{Method, StatusCode as S};
use vestibule_domain::auth;
use vestibule_domain::testing::{Engine, TestDomain};

const EMAIL: &str = "ada@example.org";

async fn signed_in(app: &App) -> Browser<'_> {
    let mut browser = Browser::on(app);
    let answer = browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, S::SEE_OTHER, "{}", answer.text());
    browser
}

vestibule_domain::both! {
    async fn the_whole_story_in_a_browser_without_javascript(t: TestDomain) {
        let app = App::of(t);
        let mut browser = Browser::on(&app);
        let form = [("email", EMAIL), ("password", PASSWORD), ("name", "Ada"), ("username", "")];
        let sent = browser.submit_and_follow("/fn/accounts/register", &form).await;
        assert_eq!(sent.status, S::OK);
        let token = app.mailed_token(EMAIL).await;
        let page = browser.open(&format!("/verify?token={token}")).await;
        assert_eq!(page.status, S::OK, "the link's page alone confirms nothing");
        let early = browser.submit_and_follow("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        assert!(!browser.cookies.contains_key("session"), "{}", early.text());
        let login = browser.submit_and_follow("/fn/accounts/verify", &[("token", &token)]).await;
        assert_eq!(login.status, S::OK);
        let account = browser.submit_and_follow("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        assert!(account.text().contains(EMAIL), "{}", account.text());
        let home = browser.submit_and_follow("/fn/auth/sign-out", &[]).await;
        assert_eq!(home.status, S::OK);
        assert!(!browser.cookies.contains_key("session"));
        assert_eq!(browser.open("/account").await.header("location"), "/login?next=%2Faccount");
        browser.submit_and_follow("/fn/auth/forgot", &[("email", EMAIL)]).await;
        let token = app.mailed_token(EMAIL).await;
        browser.submit_and_follow("/fn/auth/reset", &[("token", &token), ("password", OTHER)]).await;
        let old = browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        assert!(old.header("location").starts_with("/login"), "{}", old.header("location"));
        let new = browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", OTHER)]).await;
        assert_eq!(new.header("location"), "/account");
        let gone = browser.submit_and_follow("/fn/accounts/delete", &[("confirm", EMAIL), ("password", OTHER)]).await;
        assert_eq!(gone.status, S::OK);
        assert_eq!(browser.open("/account").await.status, S::SEE_OTHER);
    }

    async fn the_printed_link_makes_the_first_administrator_and_then_is_gone(t: TestDomain) {
        let app = App::of(t);
        let mut browser = Browser::on(&app);
        let token = auth::setup_link(&app.t.domain).await.unwrap().unwrap();
        assert_eq!(browser.open("/setup").await.status, S::NOT_FOUND);
        assert_eq!(browser.open(&format!("/setup?token={}", token.expose())).await.status, S::OK);
        let form = [("token", token.expose()), ("email", EMAIL), ("password", PASSWORD), ("name", "Ada")];
        let account = browser.submit_and_follow("/fn/auth/set-up", &form).await;
        assert!(account.text().contains(EMAIL), "{}", account.text());
        assert_eq!(browser.open(&format!("/setup?token={}", token.expose())).await.status, S::NOT_FOUND);
        assert_eq!(browser.submit("/fn/auth/set-up", &form).await.status, S::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_printed_link_is_gone_once_the_command_line_made_the_administrator() {
    let app = App::new().await;
    let token = auth::setup_link(&app.t.domain).await.unwrap().unwrap();
    let page = format!("/setup?token={}", token.expose());
    let mut browser = Browser::on(&app);
    assert_eq!(browser.open(&page).await.status, S::OK);
    app.account("root@example.org", true).await;
    assert_eq!(browser.open(&page).await.status, S::NOT_FOUND);
}

#[tokio::test]
async fn a_form_that_fails_comes_back_with_its_values_and_never_with_a_password() {
    let app = App::new().await;
    let mut browser = Browser::on(&app);
    let form =
        [("email", "nobody"), ("password", PASSWORD), ("name", "Ada <b>Lovelace</b>"), ("username", "x")];
    let answer = browser.submit("/fn/accounts/register", &form).await;
    assert_eq!((answer.status, answer.header("location")), (S::SEE_OTHER, "/register"));
    let page = browser.open("/register").await.text();
    assert!(page.contains("nobody") && page.contains("Ada &lt;b&gt;Lovelace"), "{page}");
    assert!(!page.contains(PASSWORD) && !page.contains("<b>Lovelace"), "{page}");
    let again = browser.open("/register").await.text();
    assert!(!again.contains("nobody"), "it is shown once");
}

#[tokio::test]
async fn a_write_that_another_site_caused_is_stopped_before_the_handler() {
    let app = App::new().await;
    app.account(EMAIL, false).await;
    let browser = signed_in(&app).await;
    let foreign: &[&[(&str, &str)]] = &[
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://127.0.0.1:3001")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:3000")],
    ];
    for headers in foreign {
        for action in
            ["/fn/auth/sign-out", "/fn/accounts/delete", "/fn/auth/sign-in", "/fn/accounts/register"]
        {
            let mut request = browser.request(Method::POST, action).header("accept", "application/json");
            request = request.header("content-type", "application/x-www-form-urlencoded");
            for (name, value) in *headers {
                request = request.header(*name, *value);
            }
            let request = request.body(Body::from(format!("password={PASSWORD}"))).unwrap();
            let answer = app.raw(request).await;
            assert_eq!(answer.status, S::FORBIDDEN, "{action} {headers:?}");
        }
    }
    let same = browser.request(Method::GET, "/account").body(Body::empty()).unwrap();
    assert_eq!(app.raw(same).await.status, S::OK, "still signed in, and still there");
    let old = browser.request(Method::POST, "/fn/auth/sign-out").header("origin", "http://127.0.0.1:3000");
    let old = old.header("content-type", "application/x-www-form-urlencoded").body(Body::empty()).unwrap();
    assert_eq!(app.raw(old).await.status, S::SEE_OTHER, "an old browser says its origin");
}

#[tokio::test]
async fn a_page_that_is_not_there_still_knows_who_asks() {
    let app = App::new().await;
    app.account("ada@example.org", false).await;
    let mut browser = Browser::on(&app);
    let stranger = browser.open("/nowhere").await;
    assert_eq!(stranger.status, S::NOT_FOUND);
    assert!(stranger.text().contains("href=\"/login\"") && !stranger.text().contains("/fn/auth/sign-out"));
    browser.submit("/fn/auth/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    let known = browser.open("/nowhere").await;
    assert_eq!(known.status, S::NOT_FOUND);
    assert!(known.text().contains("/fn/auth/sign-out") && !known.text().contains("href=\"/login\""));
    app.t.domain.close().await;
    let away = browser.open("/nowhere").await;
    assert_eq!(away.status, S::NOT_FOUND, "the page itself needs no database");
}

#[tokio::test]
async fn c63_no_form_leads_to_another_site_and_no_error_into_an_address() {
    let app = App::new().await;
    app.account(EMAIL, false).await;
    for action in [
        "/fn/accounts/register",
        "/fn/accounts/verify",
        "/fn/accounts/resend",
        "/fn/accounts/delete",
        "/fn/auth/sign-in",
        "/fn/auth/sign-out",
        "/fn/auth/forgot",
        "/fn/auth/reset",
        "/fn/auth/set-up",
        "/fn/auth/password-strength",
    ] {
        for body in
            ["", "email=x&password=y&next=https://evil.example", "remember=perhaps", "email=%ff", "email[]=a"]
        {
            let browser = signed_in(&app).await;
            let request = browser
                .request(Method::POST, action)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "same-origin")
                .header("referer", "https://evil.example/?__path=x&__err=eHh4");
            let answer = app.raw(request.body(Body::from(body)).unwrap()).await;
            let place = answer.header("location");
            assert!(!place.contains("evil.example") && !place.contains("__err"), "{action} {body}: {place}");
            assert!(
                place.is_empty() || (place.starts_with('/') && !place.starts_with("//")),
                "{action} {body}: {place}"
            );
            assert!(answer.status.as_u16() < 500, "{action} {body}: {}", answer.status);
            assert!(!answer.text().contains("evil.example"), "{action} {body}");
        }
    }
}

#[tokio::test]
async fn c62_c64_signing_in_leads_only_to_pages_of_this_site() {
    let app = App::new().await;
    app.account(EMAIL, false).await;
    for (next, place) in [
        ("/account", "/account"),
        ("/register?x=1", "/register?x=1"),
        ("", "/account"),
        ("https://evil.example", "/account"),
        ("//evil.example", "/account"),
        ("/////evil.example", "/account"),
        ("/\\evil.example", "/account"),
        ("\\/evil.example", "/account"),
        ("/\t/evil.example", "/account"),
        ("javascript:alert(1)", "/account"),
        ("data:text/html,x", "/account"),
        ("/a\r\nSet-Cookie: session=x", "/account"),
        ("/fn/auth/sign-out", "/account"),
    ] {
        let mut browser = Browser::on(&app);
        let form = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
        let answer = browser.submit("/fn/auth/sign-in", &form).await;
        assert_eq!((answer.status, answer.header("location")), (S::SEE_OTHER, place), "{next:?}");
    }
}

#[tokio::test]
async fn c15_a_planted_session_is_not_the_one_after_signing_in() {
    let app = App::new().await;
    app.account(EMAIL, false).await;
    let planted = "cGxhbnRlZC1ieS1hbi1hdHRhY2tlcg";
    let mut browser = Browser::on(&app);
    browser.cookies.insert("session".into(), planted.into());
    browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
    let first = browser.cookies["session"].clone();
    assert_ne!(first, planted);
    browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert_ne!(browser.cookies["session"], first, "each sign-in has a session of its own");
    assert!(auth::by_cookie(&app.t.domain, planted).await.unwrap().is_none());
}

#[tokio::test]
async fn c16_a_cookie_that_somebody_tossed_in_is_ignored() {
    let app = App::new().await;
    app.account(EMAIL, false).await;
    let session = signed_in(&app).await.cookies["session"].clone();
    for line in [
        format!("session={session}; session=x"),
        format!("session=x; session={session}"),
        format!("Session={session}"),
    ] {
        let request = Browser::on(&app).request(Method::GET, "/account").header("cookie", &line);
        assert_eq!(app.raw(request.body(Body::empty()).unwrap()).await.status, S::SEE_OTHER, "{line}");
    }
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host_and_a_plain_one_is_ignored() {
    let https =
        |options: &mut vestibule_domain::Options| options.public_url = "https://id.example".to_owned();
    let app = App::of(TestDomain::with(Engine::Sqlite, https).await.unwrap());
    app.account(EMAIL, false).await;
    let mut browser = Browser::on(&app);
    let answer = browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
    let lines =
        answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect::<Vec<_>>();
    let line = lines.iter().find(|line| line.starts_with("__Host-session=")).expect("a session cookie");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(line.split("; ").any(|part| part == attribute), "{line}");
    }
    assert!(!line.contains("Domain"), "{line}");
    assert_eq!(answer.header("strict-transport-security"), "max-age=63072000; includeSubDomains");
    let secret = browser.cookies["__Host-session"].clone();
    let plain =
        Browser::on(&app).request(Method::GET, "/account").header("cookie", format!("session={secret}"));
    assert_eq!(app.raw(plain.body(Body::empty()).unwrap()).await.status, S::SEE_OTHER);
    assert_eq!(browser.open("/account").await.status, S::OK);
}

#[tokio::test]
async fn a_form_in_another_encoding_is_refused_with_the_styled_page() {
    let app = App::new().await;
    for (kind, body, status) in [
        (Some("text/plain"), "email=a", S::UNSUPPORTED_MEDIA_TYPE),
        (None, "email=a", S::UNSUPPORTED_MEDIA_TYPE),
        (Some("application/x-www-form-urlencoded"), "remember=%00&email", S::BAD_REQUEST),
    ] {
        let mut request = Browser::on(&app)
            .request(Method::POST, "/fn/auth/sign-in")
            .header("sec-fetch-site", "same-origin");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let answer = app.raw(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, status, "{kind:?} {body}");
        assert!(
            answer.text().contains(answer.header("x-request-id")),
            "the page names the request: {}",
            answer.text()
        );
        assert!(answer.header("content-security-policy").contains("'nonce-"));
    }
}

#[tokio::test]
async fn hostile_words_are_inert_text_wherever_they_are_shown() {
    let app = App::new().await;
    let name = "<script>alert(1)</script>\"'><img src=x>";
    let mut browser = Browser::on(&app);
    let form = [("email", EMAIL), ("password", PASSWORD), ("name", name), ("username", "")];
    browser.submit("/fn/accounts/register", &form).await;
    let token = app.mailed_token(EMAIL).await;
    browser.submit("/fn/accounts/verify", &[("token", &token)]).await;
    let account =
        browser.submit_and_follow("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert!(account.text().contains("&lt;script&gt;alert(1)"), "{}", account.text());
    for page in [
        "/account",
        "/login?next=%22%3E%3Cscript%3E",
        "/verify?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let text = browser.open(page).await.text();
        assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{page}: {text}");
    }
}
