//! What a person is told by mail: chosen over REST and by forms, and stopped by the one click of a mail program.

use super::app::{App, PASSWORD};
use super::browser::Browser;
use axum::body::Body;
use http::{Method, Request, StatusCode as S};
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.org";

async fn choices(app: &App, access: &str) -> Value {
    let answer = app.api(Method::GET, "/me/notifications").authorization_bearer(access).await;
    answer.assert_status(S::OK);
    answer.json()
}

fn is_on(choices: &Value, name: &str) -> bool {
    let found = choices["items"].as_array().unwrap().iter().find(|one| one["name"] == name);
    found.expect("it is listed")["on"].as_bool().unwrap()
}

/// The link that stops mails like the first one that has one.
async fn stop_link(app: &App) -> String {
    let letters = app.t.letters().await;
    let mut words = letters.iter().flat_map(|letter| letter.text.split_whitespace());
    let link = words.find(|word| word.contains("/unsubscribe?token=")).expect("a letter says how");
    link.replace("http://127.0.0.1:3000", "")
}

async fn welcomed(app: &App) -> String {
    let form = json!({"email": EMAIL, "password": PASSWORD, "name": "Ada"});
    app.post("/auth/register", &form).await.assert_status(S::ACCEPTED);
    let token = app.mailed_token(EMAIL).await;
    app.post("/auth/verify", &json!({"token": token})).await;
    stop_link(app).await
}

vestibule_domain::both! {
    async fn a_program_chooses_what_its_person_is_told(t: TestDomain) {
        let app = App::of(t);
        let mine = app.member(EMAIL).await.access;
        app.account("root@example.org", true).await;
        let roots = app.tokens("root@example.org", PASSWORD).await.access;
        let names = |all: &Value| all["items"].as_array().unwrap().iter().filter(|one| one["audience"] == "administrators").count();
        assert_eq!(names(&choices(&app, &mine).await), 0);
        assert!(names(&choices(&app, &roots).await) > 0);
        let change = |body: Value| app.api(Method::PATCH, "/me/notifications").json(&body).authorization_bearer(&mine);
        let changed = change(json!({"off": ["welcome"]})).await;
        changed.assert_status(S::OK);
        assert!(!is_on(&changed.json(), "welcome") && is_on(&changed.json(), "profile_updated"));
        for (body, code) in [
            (json!({"off": ["password_changed"]}), "always_on"),
            (json!({"on": ["admin_block"]}), "unknown"),
            (json!({"on": ["<script>"]}), "unknown"),
            (json!({"on": ["welcome"], "off": ["welcome"]}), "malformed"),
            (json!({"on": true}), "wrong_type"),
        ] {
            let refused = change(body.clone()).await;
            refused.assert_status(S::UNPROCESSABLE_ENTITY);
            assert_eq!(refused.json::<Value>()["errors"][0]["code"], code, "{body}");
            assert!(!refused.text().contains("<script>"), "{}", refused.text());
        }
        assert!(!is_on(&choices(&app, &mine).await, "welcome"));
    }

    async fn a_browser_ticks_and_unticks(t: TestDomain) {
        let app = App::of(t);
        let mine = app.member(EMAIL).await.access;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        let page = browser.open("/account/notifications").await.text();
        assert!(page.contains("id=\"notice-welcome\"") && page.contains("Always on"), "{page}");
        assert!(!page.contains("notice-password_changed") && !page.contains("notice-admin"), "{page}");
        let saved = browser.submit_and_follow("/fn/notices/choose", &[("on[]", "profile_updated")]).await.text();
        assert!(saved.contains("Your choice is saved"), "{saved}");
        let now = choices(&app, &mine).await;
        assert!(is_on(&now, "profile_updated") && !is_on(&now, "welcome"));
        browser.submit("/fn/notices/choose", &[]).await;
        assert!(!is_on(&choices(&app, &mine).await, "profile_updated"));
        // As the island posts them, one by one.
        browser.open("/account/notifications").await;
        let one = browser.submit("/fn/notices/choose", &[("only", "welcome"), ("on[]", "welcome")]).await;
        assert_eq!((one.status, one.text().as_str()), (S::OK, "true"));
        let now = choices(&app, &mine).await;
        assert!(is_on(&now, "welcome") && !is_on(&now, "profile_updated"), "nothing but that one");
        let one = browser.submit("/fn/notices/choose", &[("only", "welcome"), ("on[]", "profile_updated")]).await;
        assert_eq!((one.status, one.text().as_str()), (S::OK, "false"));
        let now = choices(&app, &mine).await;
        assert!(!is_on(&now, "welcome") && !is_on(&now, "profile_updated"));
        assert!(!browser.open("/account/notifications").await.text().contains("Your choice is saved"));
        for wrong in ["password_changed", "admin_block", "\"><script>"] {
            let refused = browser.submit("/fn/notices/choose", &[("only", wrong)]).await;
            assert_eq!(refused.status, S::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(!refused.text().contains("\"><script>"), "{}", refused.text());
        }
        browser.submit("/fn/notices/choose", &[("on[]", "welcome"), ("on[]", "profile_updated"), ("on[]", "nonsense")]).await;
        let now = choices(&app, &mine).await;
        assert!(is_on(&now, "profile_updated") && is_on(&now, "welcome"));
    }

    async fn a_mail_program_stops_mails_by_one_click_and_a_look_stops_nothing(t: TestDomain) {
        let app = App::of(t);
        let link = welcomed(&app).await;
        let mine = app.tokens(EMAIL, PASSWORD).await.access;
        let page = Browser::on(&app).open(&link).await;
        assert!(page.text().contains("Stop these mails"), "{}", page.text());
        assert!(is_on(&choices(&app, &mine).await, "welcome"), "opening the link changes nothing");
        let click = |link: &str| {
            let request = Request::post(link).header("content-type", "application/x-www-form-urlencoded");
            app.raw(request.body(Body::from("List-Unsubscribe=One-Click")).unwrap())
        };
        for _ in 0..2 {
            assert_eq!(click(&link).await.status, S::OK);
            assert!(!is_on(&choices(&app, &mine).await, "welcome"));
        }
        for broken in ["/unsubscribe", "/unsubscribe?token=", "/unsubscribe?token=a.b.c", "/unsubscribe?token=%ff"] {
            assert_eq!(click(broken).await.status, S::GONE, "{broken}");
        }
    }

    async fn a_person_stops_mails_by_the_page_without_signing_in(t: TestDomain) {
        let app = App::of(t);
        let link = welcomed(&app).await;
        let token = link.split_once("token=").unwrap().1.to_owned();
        let mut browser = Browser::on(&app);
        let done = browser.submit_and_follow("/fn/notices/unsubscribe", &[("token", &token)]).await.text();
        assert!(done.contains("You get no more mails like that one"), "{done}");
        let mine = app.tokens(EMAIL, PASSWORD).await.access;
        assert!(!is_on(&choices(&app, &mine).await, "welcome"));
        let dead = browser.submit_and_follow("/fn/notices/unsubscribe", &[("token", "x")]).await.text();
        assert!(dead.contains("This link does not work"), "{dead}");
    }

    async fn a_browser_is_known_by_its_own_cookie(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = Browser::on(&app);
        let answer = browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        let line = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).find(|line| line.starts_with("device="));
        let line = line.expect("a browser gets a mark");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/fn/auth/sign-in"] {
            assert!(line.contains(attribute), "{line}");
        }
        let first = browser.cookies["device"].clone();
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        assert_eq!(browser.cookies["device"], first, "it keeps its mark");
        browser.cookies.insert("device".into(), "planted".into());
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        assert_ne!(browser.cookies["device"], "planted");
    }
}
