//! Bans over REST, at the sign-in form and on the command line's side of the same data.

use super::app::{App, OTHER, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.org";

/// The id of whoever holds this access token.
async fn id(app: &App, access: &str) -> String {
    let me = app.api(Method::GET, "/me").authorization_bearer(access).await.json::<Value>();
    me["id"].as_str().unwrap().to_owned()
}

vestibule_domain::both! {
    async fn an_administrator_bans_and_unbans_over_rest(t: TestDomain) {
        let app = App::of(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let ada = app.member(EMAIL).await.access;
        let path = format!("/users/{}/ban", id(&app, &ada).await);
        let ban = async |path: &str, form: Value| app.api(Method::PUT, path).json(&form).authorization_bearer(&root).await;
        let made = ban(&path, json!({"reason": "Spam", "until": "2026-01-02T00:00:00Z"})).await;
        made.assert_status(S::OK);
        assert_eq!(
            made.json::<Value>(),
            json!({"reason": "Spam", "author": id(&app, &root).await, "since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"})
        );
        app.api(Method::GET, "/me").authorization_bearer(&ada).await.assert_status(S::UNAUTHORIZED);
        let login = app.post("/auth/login", &json!({"email": EMAIL, "password": PASSWORD})).await;
        login.assert_status(S::FORBIDDEN);
        let told = login.json::<Value>();
        assert_eq!((&told["code"], &told["reason"], &told["until"]), (&json!("banned"), &json!("Spam"), &json!("2026-01-02T00:00:00Z")));
        let wrong = app.post("/auth/login", &json!({"email": EMAIL, "password": OTHER})).await;
        assert_eq!(wrong.json::<Value>()["code"], "bad_credentials");
        let lift = async || app.api(Method::DELETE, &path).authorization_bearer(&root).await.status_code();
        assert_eq!((lift().await, lift().await), (S::NO_CONTENT, S::NOT_FOUND));
        app.tokens(EMAIL, PASSWORD).await;
    }

    async fn what_does_not_fit_is_refused(t: TestDomain) {
        let app = App::of(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let ada = app.member(EMAIL).await.access;
        let (ada_id, root_id) = (id(&app, &ada).await, id(&app, &root).await);
        let good = json!({"reason": "Spam"});
        for (who, whom, form, status, code) in [
            (&ada, &root_id, good.clone(), S::FORBIDDEN, "not_allowed"),
            (&root, &root_id, good.clone(), S::CONFLICT, "own_account"),
            (&root, &"nonsense".to_owned(), good.clone(), S::NOT_FOUND, "not_found"),
            (&root, &"0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11".to_owned(), good, S::NOT_FOUND, "not_found"),
            (&root, &ada_id, json!({"reason": " "}), S::UNPROCESSABLE_ENTITY, "invalid"),
            (&root, &ada_id, json!({"reason": "a\nb"}), S::UNPROCESSABLE_ENTITY, "invalid"),
            (&root, &ada_id, json!({"reason": "Spam", "until": "2020-01-01T00:00:00Z"}), S::UNPROCESSABLE_ENTITY, "invalid"),
            (&root, &ada_id, json!({"reason": "Spam", "until": "tomorrow"}), S::UNPROCESSABLE_ENTITY, "invalid"),
            (&root, &ada_id, json!({"reason": "Spam", "author": ada_id}), S::UNPROCESSABLE_ENTITY, "invalid"),
        ] {
            let answer = app.api(Method::PUT, &format!("/users/{whom}/ban")).json(&form).authorization_bearer(who).await;
            assert_eq!((answer.status_code(), &answer.json::<Value>()["code"]), (status, &json!(code)), "{form}");
        }
        app.api(Method::GET, "/me").authorization_bearer(&ada).await.assert_status(S::OK);
    }

    async fn the_sign_in_page_says_why_and_shows_the_reason_as_text(t: TestDomain) {
        let app = App::of(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let ada = app.member(EMAIL).await.access;
        let path = format!("/users/{}/ban", id(&app, &ada).await);
        let form = json!({"reason": format!("<script>alert(1)</script> {}", "ü".repeat(270))});
        app.api(Method::PUT, &path).json(&form).authorization_bearer(&root).await.assert_status(S::OK);
        let mut browser = Browser::on(&app);
        let page = browser.submit_and_follow("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        assert!(page.text().contains("This account is banned. The reason given is:"), "{}", page.text());
        assert!(page.text().contains("&lt;script&gt;alert(1)") && !page.text().contains("<script>alert"));
        let page = browser.submit_and_follow("/fn/auth/sign-in", &[("email", EMAIL), ("password", OTHER)]).await;
        assert!(!page.text().contains("banned"), "a wrong password tells nothing of it");
    }
}
