//! One's own sessions and password, over REST and by the forms of the account pages.

use super::app::{App, OTHER, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.org";

async fn sessions(app: &App, access: &str) -> Vec<Value> {
    let answer = app.api(Method::GET, "/me/sessions").authorization_bearer(access).await;
    answer.assert_status(S::OK);
    answer.json::<Value>()["items"].as_array().unwrap().clone()
}

vestibule_domain::both! {
    async fn one_sees_and_ends_ones_own_sessions_over_rest(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        app.account("bob@example.org", false).await;
        let (mine, other) = (app.tokens(EMAIL, PASSWORD).await.access, app.tokens(EMAIL, PASSWORD).await.access);
        let bobs = app.tokens("bob@example.org", PASSWORD).await.access;
        let seen = sessions(&app, &mine).await;
        assert_eq!((seen.len(), &seen[0]["current"], &seen[0]["kind"]), (2, &json!(true), &json!("api")));
        let foreign = sessions(&app, &bobs).await[0]["id"].as_str().unwrap().to_owned();
        let id = seen[1]["id"].as_str().unwrap().to_owned();
        for (path, expected) in [
            (format!("/me/sessions/{foreign}"), S::NOT_FOUND),
            ("/me/sessions/nonsense".to_owned(), S::NOT_FOUND),
            (format!("/me/sessions/{id}"), S::NO_CONTENT),
            (format!("/me/sessions/{id}"), S::NOT_FOUND),
        ] {
            app.api(Method::DELETE, &path).authorization_bearer(&mine).await.assert_status(expected);
        }
        app.api(Method::GET, "/me").authorization_bearer(&other).await.assert_status(S::UNAUTHORIZED);
        app.tokens(EMAIL, PASSWORD).await;
        app.api(Method::DELETE, "/me/sessions").authorization_bearer(&mine).await.assert_status(S::NO_CONTENT);
        assert_eq!(sessions(&app, &mine).await.len(), 1);
        app.api(Method::GET, "/me").authorization_bearer(&bobs).await.assert_status(S::OK);
    }

    async fn the_password_is_changed_over_rest_by_who_knows_it(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let (mine, other) = (app.tokens(EMAIL, PASSWORD).await.access, app.tokens(EMAIL, PASSWORD).await.access);
        for (current, new, status, code) in [
            (OTHER, "herons over still water", S::FORBIDDEN, json!("wrong_password")),
            (PASSWORD, PASSWORD, S::UNPROCESSABLE_ENTITY, json!("invalid")),
            (PASSWORD, "short", S::UNPROCESSABLE_ENTITY, json!("invalid")),
            (PASSWORD, OTHER, S::NO_CONTENT, Value::Null),
        ] {
            let form = json!({"current_password": current, "new_password": new});
            let answer = app.api(Method::POST, "/me/password").authorization_bearer(&mine).json(&form).await;
            assert_eq!(answer.status_code(), status, "{new}");
            let told = serde_json::from_str::<Value>(&answer.text()).unwrap_or_default();
            assert_eq!(told["code"], code, "{new}");
        }
        app.api(Method::GET, "/me").authorization_bearer(&mine).await.assert_status(S::OK);
        app.api(Method::GET, "/me").authorization_bearer(&other).await.assert_status(S::UNAUTHORIZED);
        app.tokens(EMAIL, OTHER).await;
    }

    async fn the_account_pages_do_the_same_without_javascript(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let (mut here, mut there) = (Browser::on(&app), Browser::on(&app));
        for browser in [&mut here, &mut there] {
            let answer = browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
            assert_eq!(answer.status, S::SEE_OTHER);
        }
        let page = here.open("/account/sessions").await.text();
        assert!(page.contains("This device") && page.contains("Sign out everywhere else"), "{page}");
        let id = page.split("action=\"/fn/sessions/end\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1)).unwrap();
        let id = id.split('"').next().unwrap();
        let after = here.submit_and_follow("/fn/sessions/end", &[("session", id)]).await.text();
        assert!(after.contains("That device is signed out.") && !after.contains("everywhere else"), "{after}");
        assert_eq!(there.open("/account").await.status, S::SEE_OTHER, "the other browser is out");
        let wrong = [("current_password", OTHER), ("new_password", "herons over still water")];
        let back = here.submit_and_follow("/fn/auth/change-password", &wrong).await.text();
        assert!(back.contains("That is not your current password.") && !back.contains(OTHER), "{back}");
        let right = [("current_password", PASSWORD), ("new_password", OTHER)];
        let done = here.submit_and_follow("/fn/auth/change-password", &right).await.text();
        assert!(done.contains("Your new password is set."), "{done}");
        assert_eq!(here.open("/account").await.status, S::OK, "this browser stays in");
    }

    async fn a_box_that_is_not_ticked_keeps_other_devices_signed_in(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let (mut here, mut there) = (Browser::on(&app), Browser::on(&app));
        for browser in [&mut here, &mut there] {
            browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        }
        let ticked = "name=\"end_other_sessions\" value=\"true\" checked";
        let page = here.open("/account/password").await.text();
        assert!(page.contains(ticked), "{page}");
        let wrong = [("current_password", OTHER), ("new_password", OTHER), ("asked", "true")];
        let back = here.submit_and_follow("/fn/auth/change-password", &wrong).await.text();
        assert!(back.contains("name=\"end_other_sessions\"") && !back.contains(ticked), "{back}");
        let unticked = [("current_password", PASSWORD), ("new_password", OTHER), ("asked", "true")];
        let done = here.submit_and_follow("/fn/auth/change-password", &unticked).await.text();
        assert!(done.contains("stay signed in."), "{done}");
        assert_eq!(there.open("/account").await.status, S::OK, "the other browser stays in");
        let new = "herons over still water";
        let form = [("current_password", OTHER), ("new_password", new), ("asked", "true"), ("end_other_sessions", "true")];
        let done = here.submit_and_follow("/fn/auth/change-password", &form).await.text();
        assert!(done.contains("signed out everywhere else."), "{done}");
        assert_eq!(there.open("/account").await.status, S::SEE_OTHER, "the other browser is out");
    }

    async fn other_sessions_stay_over_rest_where_the_form_says_so(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let (mine, other) = (app.tokens(EMAIL, PASSWORD).await.access, app.tokens(EMAIL, PASSWORD).await.access);
        for (end, current, new, status) in [
            (json!("no"), PASSWORD, OTHER, S::UNPROCESSABLE_ENTITY),
            (json!(false), PASSWORD, OTHER, S::NO_CONTENT),
            (json!(true), OTHER, "herons over still water", S::NO_CONTENT),
        ] {
            let form = json!({"current_password": current, "new_password": new, "end_other_sessions": end});
            let answer = app.api(Method::POST, "/me/password").authorization_bearer(&mine).json(&form).await;
            answer.assert_status(status);
            let others = if end == json!(true) { S::UNAUTHORIZED } else { S::OK };
            app.api(Method::GET, "/me").authorization_bearer(&other).await.assert_status(others);
        }
    }

    async fn ones_own_events_come_by_pages_and_in_words(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        app.account("bob@example.org", false).await;
        app.t.clock.advance(std::time::Duration::from_secs(1));
        let (mine, bobs) = (app.tokens(EMAIL, PASSWORD).await.access, app.tokens("bob@example.org", PASSWORD).await.access);
        let answer = app.api(Method::GET, "/me/events?limit=1").authorization_bearer(&mine).await;
        answer.assert_status(S::OK);
        let first = answer.json::<Value>();
        assert_eq!((&first["items"][0]["event"], first["items"].as_array().unwrap().len()), (&json!("signed_in"), 1), "{first}");
        let next = first["next"].as_str().unwrap();
        let older = app.api(Method::GET, &format!("/me/events?after={next}")).authorization_bearer(&mine).await.json::<Value>();
        assert_eq!(older["next"], Value::Null, "{older}");
        assert!(older["items"].as_array().unwrap().iter().all(|one| one["id"] != next), "{older}");
        for (query, access, status) in [
            ("limit=0".to_owned(), &mine, S::UNPROCESSABLE_ENTITY),
            ("limit=101".to_owned(), &mine, S::UNPROCESSABLE_ENTITY),
            ("limit=many".to_owned(), &mine, S::UNPROCESSABLE_ENTITY),
            ("after=nonsense".to_owned(), &mine, S::UNPROCESSABLE_ENTITY),
            (format!("after={next}"), &bobs, S::UNPROCESSABLE_ENTITY),
            ("before=x".to_owned(), &mine, S::BAD_REQUEST),
        ] {
            app.api(Method::GET, &format!("/me/events?{query}")).authorization_bearer(access).await.assert_status(status);
        }
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", "not the password at all")]).await;
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        for _ in 0..22 {
            app.t.clock.advance(std::time::Duration::from_secs(1));
            app.tokens(EMAIL, PASSWORD).await;
        }
        let overview = browser.open("/account").await.text();
        assert_eq!(overview.matches("<p>Signed in.</p>").count(), 5, "{overview}");
        let page = browser.open("/account/security").await.text();
        assert_eq!(page.matches("<p>Signed in.</p>").count(), 20, "{page}");
        let older = page.split("href=\"").find(|rest| rest.starts_with("/account/security?after=")).unwrap();
        let older = browser.open(older.split('#').next().unwrap()).await.text();
        assert!(older.contains("A sign-in failed: the password was wrong.") && older.contains("Newest"), "{older}");
        assert!(!older.contains(">Older<"), "{older}");
        assert_eq!(browser.open("/account/security?after=nonsense").await.status, S::UNPROCESSABLE_ENTITY);
    }

    async fn every_page_of_the_account_leads_to_the_others_and_says_where_it_is(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        for (path, here) in [
            ("/account", "Overview"),
            ("/account/profile", "Profile"),
            ("/account/security", "Security"),
            ("/account/password", "Security"),
            ("/account/email", "Security"),
            ("/account/email/confirm", "Security"),
            ("/account/identities", "Connected accounts"),
            ("/account/sessions", "Sessions"),
            ("/account/keys", "API keys"),
            ("/account/keys/new", "API keys"),
            ("/account/keys/secret", "API keys"),
            ("/account/usage", "Usage"),
            ("/account/notifications", "Notifications"),
            ("/account/data", "Your data"),
        ] {
            let page = browser.open(path).await.text();
            let nav = page.split("class=\"account-nav\"").nth(1).unwrap_or_default();
            let nav = nav.split("</nav>").next().unwrap_or_default();
            assert_eq!(nav.matches("<a ").count(), 9, "{path}: {nav}");
            assert_eq!(nav.matches("aria-current").count(), 1, "{path}: {nav}");
            assert!(nav.contains(&format!("aria-current=\"page\">{here}</a>")), "{path}: {nav}");
        }
    }

    async fn times_are_told_where_a_person_lives(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        let page = browser.open("/account/sessions").await.text();
        assert!(page.contains(">1 January 2026, 00:00 UTC</time>"), "{page}");
        let mine = app.tokens(EMAIL, PASSWORD).await.access;
        let form = json!({"time_zone": "America/New_York"});
        app.api(Method::PATCH, "/me").authorization_bearer(&mine).json(&form).await.assert_status(S::OK);
        let page = browser.open("/account/sessions").await.text();
        let told = "<time datetime=\"2026-01-01T00:00:00Z\" title=\"2026-01-01 00:00:00 UTC\">31 December 2025, 19:00</time>";
        assert!(page.contains(told), "{page}");
        let new = json!({"current_password": PASSWORD, "new_password": OTHER});
        app.api(Method::POST, "/me/password").authorization_bearer(&mine).json(&new).await.assert_status(S::NO_CONTENT);
        let letter = app.t.letters().await.pop().unwrap();
        assert!(letter.text.contains("31 December 2025, 19:00 (America/New York)"), "{}", letter.text);
    }
}
