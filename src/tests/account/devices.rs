//! Names of devices.

use crate::app::{App, PASSWORD};
use crate::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.org";

async fn sessions(app: &App, access: &str) -> Value {
    app.api(Method::GET, "/me/sessions").authorization_bearer(access).await.json()
}

vestibule_domain::both! {
    async fn a_program_names_its_device(t: TestDomain) {
        let app = App::of(t);
        let mine = app.member(EMAIL).await.access;
        let bobs = app.member("bob@example.org").await.access;
        let id = sessions(&app, &mine).await["items"][0]["id"].as_str().unwrap().to_owned();
        let patch = |id: &str, access: &str, body: Value| {
            app.api(Method::PATCH, &format!("/me/sessions/{id}")).authorization_bearer(access).json(&body)
        };
        let named = patch(&id, &mine, json!({"name": "Build server"})).await;
        named.assert_status(S::OK);
        assert_eq!(named.json::<Value>(), sessions(&app, &mine).await["items"][0]);
        assert_eq!(named.json::<Value>()["name"], "Build server");
        for (id, access, body, status) in [
            (id.as_str(), &bobs, json!({"name": "Mine"}), S::NOT_FOUND),
            ("nonsense", &mine, json!({"name": "Mine"}), S::NOT_FOUND),
            (id.as_str(), &mine, json!({"name": "x".repeat(65)}), S::UNPROCESSABLE_ENTITY),
            (id.as_str(), &mine, json!({"name": 5}), S::UNPROCESSABLE_ENTITY),
            (id.as_str(), &mine, json!({"device": "x"}), S::UNPROCESSABLE_ENTITY),
        ] {
            patch(id, access, body.clone()).await.assert_status(status);
        }
        let none = patch(&id, &mine, json!({"name": null})).await.json::<Value>();
        assert_eq!(none["name"], Value::Null);
    }

    async fn a_browser_names_its_device_and_sees_why_not(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        let page = browser.open("/account/sessions").await.text();
        let id = page.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let field = format!("id=\"name-{id}\"");
        assert!(page.contains(&field) && page.contains("Give it a name") && !page.contains("<details class=\"details\" open"), "{page}");
        let hostile = "<b>Laptop</b>\"'&";
        let page = browser.submit_and_follow("/fn/sessions/name", &[("session", &id), ("name", hostile)]).await.text();
        assert!(page.contains("The name of that device is saved."), "{page}");
        assert!(!page.contains("<b>Laptop") && page.contains("&lt;b&gt;Laptop"), "{page}");
        let long = "x".repeat(65);
        let page = browser.submit_and_follow("/fn/sessions/name", &[("session", &id), ("name", &long)]).await.text();
        assert!(page.contains("Use at most 64 characters.") && page.contains(&long) && page.contains("href=\"#name\""), "{page}");
        assert!(page.contains("id=\"name\"") && !page.contains(&field), "{page}");
        let events = browser.open("/account/security").await.text();
        assert!(events.contains("The name of a device was changed.") && events.contains("&lt;b&gt;Laptop"), "{events}");
        let page = browser.submit_and_follow("/fn/sessions/name", &[("session", &id), ("name", " ")]).await.text();
        assert!(page.contains("Give it a name") && !page.contains("&lt;b&gt;Laptop"), "{page}");
        let page = browser.submit_and_follow("/fn/sessions/name", &[("session", "nonsense"), ("name", "a")]).await.text();
        assert!(page.contains("There is nothing at this address."), "{page}");
    }
}
