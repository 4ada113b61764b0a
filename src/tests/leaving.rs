//! Proving the password again, one's own data, and leaving: over REST and by the forms of the pages.

use super::app::{App, OTHER, PASSWORD};
use super::browser::Browser;
use http::{HeaderMap, HeaderValue, Method, StatusCode as S, header};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_app::server::{Site, cookies};
use vestibule_domain::accounts::{self, Which};
use vestibule_domain::sessions::lifetimes::{self, Change};
use vestibule_domain::{Actor, Client};
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::sessions::{Lifetime, LifetimeKind};

const EMAIL: &str = "ada@example.org";
const LATER: Duration = Duration::from_mins(11);

async fn signed_in(app: &App) -> Browser<'_> {
    let mut browser = Browser::on(app);
    let form = [("email", EMAIL), ("password", PASSWORD), ("remember", "true")];
    assert_eq!(browser.submit("/fn/auth/sign-in", &form).await.header("location"), "/account");
    browser
}

/// What waits in the browser's form-state cookie for `page`.
fn waits(app: &App, browser: &Browser<'_>, page: &str, field: &str) -> Option<String> {
    let site = Site {
        domain: app.t.domain.clone(),
        secure_cookies: false,
        dev_mail: false,
        system: std::sync::Arc::default(),
    };
    let line = HeaderValue::from_str(&format!("form={}", browser.cookies.get("form")?)).ok()?;
    let flash = cookies::open_flash(&site, &HeaderMap::from_iter([(header::COOKIE, line)]))?;
    flash.is_for(page).then(|| flash.value(field))
}

vestibule_domain::both! {
    async fn an_old_proof_leads_to_the_password_and_on_to_where_one_was(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = signed_in(&app).await;
        assert_eq!(browser.open("/account/data").await.status, S::OK, "a sign-in is a proof");
        app.t.clock.advance(LATER);
        let asked = browser.open("/account/data").await;
        assert_eq!((asked.status, asked.header("location")), (S::SEE_OTHER, "/prove?next=%2Faccount%2Fdata"));
        let page = browser.open("/prove?next=%2Faccount%2Fdata").await.text();
        assert!(page.contains("Enter your password again") && page.contains("value=\"/account/data\""), "{page}");
        let before = browser.cookies["session"].clone();
        let wrong = [("password", OTHER), ("next", "/account/data")];
        let back = browser.submit_and_follow("/fn/auth/prove", &wrong).await.text();
        assert!(back.contains("That is not your current password.") && back.contains("value=\"/account/data\""), "{back}");
        let missing = browser.submit_and_follow("/fn/auth/prove", &[("next", "/account/data")]).await.text();
        assert!(missing.contains("Enter your password."), "{missing}");
        let done = browser.submit("/fn/auth/prove", &[("password", PASSWORD), ("next", "/account/data")]).await;
        assert_eq!((done.status, done.header("location")), (S::SEE_OTHER, "/account/data"));
        assert!(done.header("set-cookie").contains("Max-Age="), "it is remembered as before");
        assert_ne!(browser.cookies["session"], before, "a fresh token");
        assert_eq!(browser.open("/account/data").await.status, S::OK);
        let fresh = browser.cookies.insert("session".into(), before);
        assert_eq!(browser.open("/account").await.status, S::SEE_OTHER, "the old token is dead");
        browser.cookies.insert("session".into(), fresh.unwrap());
        assert_eq!(browser.open("/account").await.status, S::OK);
    }

    async fn c64_after_a_proof_nobody_is_led_away(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = signed_in(&app).await;
        for next in ["//evil.example", "https://evil.example", "/\\evil.example", "/fn/auth/sign-out", "/prove", ""] {
            let done = browser.submit("/fn/auth/prove", &[("password", PASSWORD), ("next", next)]).await;
            assert_eq!(done.header("location"), "/account", "{next}");
        }
    }

    async fn what_was_typed_waits_while_the_password_is_asked(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = signed_in(&app).await;
        app.t.clock.advance(LATER);
        let form = [("note", "kept & safe"), ("current_password", PASSWORD)];
        let asked = browser.submit("/fn/accounts/export", &form).await;
        assert_eq!(asked.header("location"), "/prove?next=%2Faccount%2Fdata");
        for _ in 0..2 {
            let wrong = [("password", OTHER), ("next", "/account/data")];
            let back = browser.submit_and_follow("/fn/auth/prove", &wrong).await.text();
            assert!(back.contains("That is not your current password."), "{back}");
            assert_eq!(waits(&app, &browser, "/account/data", "note").as_deref(), Some("kept & safe"));
        }
        browser.submit("/fn/auth/prove", &[("password", PASSWORD), ("next", "/account/data")]).await;
        assert_eq!(waits(&app, &browser, "/account/data", "note").as_deref(), Some("kept & safe"));
        assert_eq!(waits(&app, &browser, "/account/data", "current_password").as_deref(), Some(""));
        browser.open("/account/data").await;
        assert!(!browser.cookies.contains_key("form"), "taken by the page it waited for");
    }

    async fn ones_own_data_is_a_file_for_who_proved_lately(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = signed_in(&app).await;
        let file = browser.submit("/fn/accounts/export", &[]).await;
        assert_eq!((file.status, file.header("content-type")), (S::OK, "application/json"));
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"my-data-2026-01-01.json\"");
        assert_eq!(file.header("cache-control"), "no-store");
        assert_eq!(serde_json::from_slice::<Value>(&file.body).unwrap()["account"]["email"], EMAIL);

        let tokens = app.tokens(EMAIL, PASSWORD).await.access;
        app.t.clock.advance(LATER);
        let export = || app.api(Method::GET, "/me/export").authorization_bearer(&tokens);
        let refused = export().await;
        assert_eq!((refused.status_code(), &refused.json::<Value>()["code"]), (S::FORBIDDEN, &json!("prove_again")));
        let prove = |password: &str| {
            app.api(Method::POST, "/me/prove").authorization_bearer(&tokens).json(&json!({"password": password}))
        };
        let wrong = prove(OTHER).await;
        assert_eq!((wrong.status_code(), &wrong.json::<Value>()["code"]), (S::FORBIDDEN, &json!("wrong_password")));
        prove(PASSWORD).await.assert_status(S::NO_CONTENT);
        let file = export().await;
        file.assert_status(S::OK);
        assert_eq!(file.json::<Value>()["account"]["email"], EMAIL);
        assert!(!file.text().contains(&tokens));
    }

    async fn leaving_by_the_page_and_coming_back(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/data").await.text();
        assert!(page.contains("For 14 days you can change your mind"), "{page}");
        for (typed, password, said) in [
            ("", PASSWORD, "Type which account is to be deleted."),
            ("bob@example.org", PASSWORD, "This is neither the e-mail address nor the user name of this account."),
            ("ada", PASSWORD, "This is neither the e-mail address nor the user name of this account."),
            (EMAIL, "", "Enter your password."),
            (EMAIL, OTHER, "That is not your current password."),
        ] {
            let form = [("confirm", typed), ("password", password)];
            let back = browser.submit_and_follow("/fn/accounts/delete", &form).await.text();
            assert!(back.contains(said), "{back}");
            assert!(typed.is_empty() || back.contains(&format!("name=\"confirm\" value=\"{typed}\"")), "{back}");
        }
        let form = [("confirm", " ADA@Example.org "), ("password", PASSWORD)];
        let gone = browser.submit_and_follow("/fn/accounts/delete", &form).await.text();
        assert!(gone.contains("Your account will be deleted"), "{gone}");
        assert!(!browser.cookies.contains_key("session"));
        let form = [("email", EMAIL), ("password", PASSWORD), ("next", "/account/sessions")];
        let back = browser.submit_and_follow("/fn/auth/sign-in", &form).await.text();
        assert!(back.contains("Welcome back. Your account will not be deleted"), "{back}");
        app.t.clock.advance(Duration::from_hours(24 * 20));
        assert_eq!(accounts::erase_due(&app.t.domain).await, Ok(0));
    }

    async fn the_page_of_the_account_tells_of_its_end_and_the_end_is_told_at_sign_in(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
        let ada = accounts::show(&app.t.domain, &view, &Which::Email(EMAIL.into())).await.unwrap().id;
        let end = Some(app.t.now().after(Duration::from_mins(30)));
        accounts::set_expiry(&app.t.domain, &by, ada, end, &Client::local()).await.unwrap();
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account").await.text();
        assert!(page.contains("1 January 2026, 00:30 UTC"), "{page}");
        app.t.clock.advance(Duration::from_mins(30));
        assert_eq!(browser.open("/account").await.status, S::SEE_OTHER);
        let form = [("email", EMAIL), ("password", PASSWORD)];
        let refused = browser.submit_and_follow("/fn/auth/sign-in", &form).await.text();
        assert!(refused.contains("This account has ended."), "{refused}");
        let over_rest = app.post("/auth/login", &json!({"email": EMAIL, "password": PASSWORD})).await;
        let code = &over_rest.json::<Value>()["code"];
        assert_eq!((over_rest.status_code(), code), (S::FORBIDDEN, &json!("account_expired")));
    }
}

#[tokio::test]
async fn a_page_fetched_ahead_is_no_redirect_that_would_be_shown_again() {
    let app = App::new().await;
    app.account(EMAIL, false).await;
    let mut browser = signed_in(&app).await;
    app.t.clock.advance(LATER);
    let request =
        browser.request(Method::GET, "/account/data").header("sec-purpose", "prefetch;anonymous-client-ip");
    let answer = browser.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, S::FORBIDDEN);
}

#[tokio::test]
async fn a_browser_that_stays_signed_in_for_ever_has_its_cookie_renewed() {
    let app = App::new().await;
    app.account(EMAIL, false).await;
    let mut usual = signed_in(&app).await;
    assert_eq!(usual.open("/account").await.header("set-cookie"), "");
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
    let ada = accounts::show(&app.t.domain, &view, &Which::Email(EMAIL.into())).await.unwrap().id;
    let change = Change::from([(LifetimeKind::Remembered, Some(Lifetime::Forever))]);
    lifetimes::set_for_person(&app.t.domain, &by, ada, &change, &Client::local()).await.unwrap();
    let mut browser = signed_in(&app).await;
    app.t.clock.advance(Duration::from_hours(24 * 300));
    let page = browser.open("/account/sessions").await;
    assert!(page.header("set-cookie").ends_with("Max-Age=34560000"), "{}", page.header("set-cookie"));
    assert!(page.text().contains("When you sign out"), "{}", page.text());
    assert_eq!(browser.open("/account").await.status, S::OK);
}
