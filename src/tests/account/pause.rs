//! Accounts that their owners put to sleep.

use crate::app::{App, PASSWORD};
use crate::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.org";

vestibule_domain::both! {
    async fn a_program_puts_its_account_to_sleep_and_signing_in_wakes_it(t: TestDomain) {
        let app = App::of(t);
        let mine = app.member(EMAIL).await;
        let sleep = |body: Value| app.api(Method::POST, "/me/deactivate").authorization_bearer(&mine.access).json(&body);
        let wrong = sleep(json!({"password": "not the password at all"})).await;
        wrong.assert_status(S::FORBIDDEN);
        assert_eq!(wrong.json::<Value>()["code"], "wrong_password");
        sleep(json!({"password": PASSWORD})).await.assert_status(S::NO_CONTENT);
        sleep(json!({"password": PASSWORD})).await.assert_status(S::UNAUTHORIZED);
        app.post("/auth/refresh", &json!({"refresh_token": mine.refresh})).await.assert_status(S::UNAUTHORIZED);
        app.tokens(EMAIL, PASSWORD).await;
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let last = app.api(Method::POST, "/me/deactivate").authorization_bearer(&root).json(&json!({"password": PASSWORD})).await;
        last.assert_status(S::CONFLICT);
        assert_eq!(last.json::<Value>()["code"], "last_admin");
    }

    async fn a_browser_puts_its_account_to_sleep_and_is_welcomed_back(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = Browser::on(&app);
        let sign_in = [("email", EMAIL), ("password", PASSWORD)];
        browser.submit("/fn/auth/sign-in", &sign_in).await;
        let page = browser.open("/account/data").await.text();
        assert!(page.contains("id=\"password-deactivate\"") && page.contains("id=\"password\""), "{page}");
        let page = browser.submit_and_follow("/fn/accounts/deactivate", &[("password", "wrong")]).await.text();
        assert!(page.contains("That is not your current password.") && page.contains("id=\"password-delete\""), "{page}");
        assert!(page.contains("id=\"password-problem\"") && !page.contains("id=\"password-deactivate\""), "{page}");
        let home = browser.submit_and_follow("/fn/accounts/deactivate", &[("password", PASSWORD)]).await.text();
        assert!(home.contains("Your account is deactivated"), "{home}");
        assert!(!browser.cookies.contains_key("session"), "{:?}", browser.cookies);
        assert_eq!(browser.open("/account").await.status, S::SEE_OTHER);
        let back = browser.submit_and_follow("/fn/auth/sign-in", &sign_in).await.text();
        assert!(back.contains("Welcome back. Your account is active again"), "{back}");
        let history = browser.open("/account/security").await.text();
        assert!(history.contains("The account was deactivated.") && history.contains("active again."), "{history}");
    }
}
