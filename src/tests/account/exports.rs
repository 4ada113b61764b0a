//! Copies of one's own data that are prepared in the background.

use crate::app::{App, PASSWORD};
use crate::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_domain::accounts::exports;

const EMAIL: &str = "ada@example.org";

vestibule_domain::both! {
    async fn a_program_asks_for_a_copy_and_takes_it(t: TestDomain) {
        let app = App::of(t);
        let (mine, bobs) = (app.member(EMAIL).await.access, app.member("bob@example.org").await.access);
        let call = |method: Method, path: &str, access: &str| app.api(method, path).authorization_bearer(access);
        let asked = call(Method::POST, "/me/exports", &mine).await;
        asked.assert_status(S::ACCEPTED);
        let id = asked.json::<Value>()["id"].as_str().unwrap().to_owned();
        let path = format!("/me/exports/{id}");
        assert_eq!(asked.header("location"), format!("/api/v1{path}"));
        let early = call(Method::GET, &path, &mine).await;
        early.assert_status(S::CONFLICT);
        assert_eq!(early.json::<Value>()["code"], "export_waiting");
        exports::write_due(&app.t.domain).await.unwrap();
        let list = call(Method::GET, "/me/exports", &mine).await.json::<Value>();
        assert_eq!((&list["items"][0]["status"], &list["next"]), (&json!("ready"), &Value::Null), "{list}");
        let file = call(Method::GET, &path, &mine).await;
        file.assert_status(S::OK);
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"my-data-2026-01-01.json\"");
        assert_eq!(file.json::<Value>()["account"]["email"], EMAIL);
        assert_eq!(json!(file.text().len()), list["items"][0]["bytes"]);
        call(Method::GET, &path, &bobs).await.assert_status(S::NOT_FOUND);
        call(Method::GET, "/me/exports/nonsense", &mine).await.assert_status(S::NOT_FOUND);
        for _ in 0..2 {
            call(Method::POST, "/me/exports", &mine).await.assert_status(S::ACCEPTED);
            exports::write_due(&app.t.domain).await.unwrap();
        }
        call(Method::POST, "/me/exports", &mine).await.assert_status(S::TOO_MANY_REQUESTS);
        app.t.clock.advance(Duration::from_mins(11));
        let mine = app.tokens(EMAIL, PASSWORD).await.access;
        app.t.clock.advance(Duration::from_mins(11));
        for (method, path) in [(Method::POST, "/me/exports"), (Method::GET, path.as_str())] {
            let late = call(method, path, &mine).await;
            late.assert_status(S::FORBIDDEN);
            assert_eq!(late.json::<Value>()["code"], "prove_again");
        }
    }

    async fn a_browser_asks_for_a_copy_and_takes_it(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        let page = browser.submit_and_follow("/fn/accounts/ask-export", &[]).await.text();
        assert!(page.contains("We are preparing your copy.") && !page.contains("Prepare my data"), "{page}");
        exports::write_due(&app.t.domain).await.unwrap();
        let page = browser.open("/account/data").await.text();
        assert!(page.contains("It is deleted on ") && page.contains("Prepare my data"), "{page}");
        let id = page.split("name=\"export\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let file = browser.submit("/fn/accounts/export-file", &[("export", &id)]).await;
        assert_eq!((file.status, file.header("content-type")), (S::OK, "application/json"));
        assert_eq!(file.header("content-length"), file.body.len().to_string());
        let document: Value = serde_json::from_slice(&file.body).unwrap();
        assert_eq!(document["account"]["email"], EMAIL);
        for wrong in ["nonsense", "\"><script>", ""] {
            let page = browser.submit_and_follow("/fn/accounts/export-file", &[("export", wrong)]).await.text();
            assert!(page.contains("There is nothing at this address.") && !page.contains("\"><script>"), "{page}");
        }
        app.t.clock.advance(Duration::from_mins(11));
        let asked = browser.submit("/fn/accounts/export-file", &[("export", &id)]).await;
        assert_eq!((asked.status, asked.header("location")), (S::SEE_OTHER, "/prove?next=%2Faccount%2Fdata"));
    }
}
