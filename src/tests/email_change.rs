//! Another address, over REST and by the forms of a browser without JavaScript.

use super::app::{App, OTHER, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::json;

const OLD: &str = "ada@example.org";
const NEW: &str = "ada.new@example.org";

vestibule_domain::both! {
    async fn a_program_asks_confirms_and_the_old_address_takes_it_back(t: TestDomain) {
        let app = App::of(t);
        let mine = app.member(OLD).await.access;
        let asked = |email: &str, password: &str| {
            app.post("/me/email", &json!({"email": email, "password": password})).authorization_bearer(&mine)
        };
        let wrong = asked(NEW, "not the password at all").await;
        wrong.assert_status(S::FORBIDDEN);
        assert_eq!(wrong.json::<serde_json::Value>()["code"], "wrong_password");
        let same = asked(OLD, PASSWORD).await;
        same.assert_status(S::UNPROCESSABLE_ENTITY);
        assert_eq!(same.json::<serde_json::Value>()["errors"][0]["code"], "unchanged");
        asked(NEW, PASSWORD).await.assert_status(S::ACCEPTED);
        let token = json!({"token": app.mailed_token(NEW).await});
        let others = app.member("eve@example.org").await.access;
        let confirm = |access: &str| app.post("/me/email/confirm", &token).authorization_bearer(access);
        confirm(&others).await.assert_status(S::GONE);
        confirm(&mine).await.assert_status(S::NO_CONTENT);
        confirm(&mine).await.assert_status(S::GONE);
        let me = app.api(Method::GET, "/me").authorization_bearer(&mine).await;
        assert_eq!(me.json::<serde_json::Value>()["email"], NEW, "cached sessions know of it");
        let undo = json!({"token": app.mailed_token(OLD).await});
        app.post("/auth/email/undo", &undo).await.assert_status(S::NO_CONTENT);
        app.post("/auth/email/undo", &undo).await.assert_status(S::GONE);
        app.api(Method::GET, "/me").authorization_bearer(&mine).await.assert_status(S::UNAUTHORIZED);
        let reset = json!({"token": app.mailed_token(OLD).await, "password": OTHER});
        app.post("/auth/password/reset", &reset).await.assert_status(S::NO_CONTENT);
        app.tokens(OLD, OTHER).await;
    }

    async fn a_browser_walks_the_whole_way_by_forms(t: TestDomain) {
        let app = App::of(t);
        app.account(OLD, false).await;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", OLD), ("password", PASSWORD)]).await;
        let security = browser.open("/account/security").await;
        assert!(security.text().contains(OLD) && security.text().contains("href=\"/account/email\""), "{}", security.text());
        let wrong = browser.submit_and_follow("/fn/accounts/change-email", &[("email", NEW), ("password", OTHER)]).await;
        assert!(wrong.text().contains(NEW) && !wrong.text().contains(OTHER), "{}", wrong.text());
        let asked = browser.submit_and_follow("/fn/accounts/change-email", &[("email", NEW), ("password", PASSWORD)]).await;
        assert!(asked.text().contains("a link to confirm it is on its way"), "{}", asked.text());
        let token = app.mailed_token(NEW).await;
        let page = format!("/account/email/confirm?token={token}");
        let stranger = Browser::on(&app).open(&page).await;
        assert!(stranger.header("location").starts_with("/login?next="), "{}", stranger.header("location"));
        for _ in 0..2 {
            let shown = browser.open(&page).await;
            assert!(shown.text().contains(NEW) && shown.text().contains("Use this address"), "{}", shown.text());
            assert_eq!(shown.header("referrer-policy"), "no-referrer");
        }
        let done = browser.submit_and_follow("/fn/accounts/confirm-email", &[("token", &token)]).await;
        assert!(done.text().contains("Your new e-mail address holds") && done.text().contains(NEW), "{}", done.text());
        let again = browser.submit_and_follow("/fn/accounts/confirm-email", &[("token", &token)]).await;
        assert!(again.text().contains("does not work any more"), "{}", again.text());

        let undo = app.mailed_token(OLD).await;
        let mut owner = Browser::on(&app);
        let page = owner.open(&format!("/email/undo?token={undo}")).await;
        assert!(page.text().contains(OLD) && page.text().contains("Restore my address"), "{}", page.text());
        let restored = owner.submit_and_follow("/fn/accounts/undo-email", &[("token", &undo)]).await;
        assert!(restored.text().contains("Your e-mail address is restored"), "{}", restored.text());
        assert_eq!(browser.open("/account").await.status, S::SEE_OTHER, "everybody is signed out");
        let again = owner.submit_and_follow("/fn/accounts/undo-email", &[("token", &undo)]).await;
        assert!(again.text().contains("does not work any more"), "{}", again.text());
    }
}
