//! The administrators' house as programs and browsers without JavaScript see it: audit, mail, settings, system, numbers.

use super::app::{App, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};

const ROOT: &str = "root@example.org";
const ADA: &str = "ada@example.org";

async fn administrator(app: &App) -> Browser<'_> {
    app.account(ROOT, true).await;
    let mut browser = Browser::on(app);
    browser.submit("/fn/auth/sign-in", &[("email", ROOT), ("password", PASSWORD)]).await;
    browser
}

async fn got(app: &App, access: &str, path: &str) -> Value {
    let answer = app.api(Method::GET, path).authorization_bearer(access).await;
    answer.assert_status(S::OK);
    answer.json()
}

vestibule_domain::both! {
    async fn the_trail_is_read_over_rest(t: TestDomain) {
        let app = App::of(t);
        app.account(ROOT, true).await;
        let root = app.tokens(ROOT, PASSWORD).await.access;
        let ada = app.member(ADA).await.access;
        let id = got(&app, &ada, "/me").await["id"].as_str().unwrap().to_owned();
        let ban = app.api(Method::PUT, &format!("/users/{id}/ban")).json(&json!({"reason": "Spam"}));
        ban.authorization_bearer(&root).await.assert_status(S::OK);
        let listed = got(&app, &root, &format!("/audit?subject={id}&event=banned&total=true")).await;
        assert_eq!((&listed["total"], &listed["next"]), (&json!(1), &Value::Null), "{listed}");
        let row = &listed["items"][0];
        assert_eq!((row["by"].as_str(), row["actor_name"].as_str()), (Some("person"), Some("Ada Lovelace")));
        assert_eq!(row["changes"], json!([{"field": "reason", "before": null, "after": "Spam"}]));
        assert_eq!((row["address"].as_str(), &row["redacted"]), (Some("127.0.0.1"), &json!(false)));
        assert_eq!(&got(&app, &root, &format!("/audit/{}", row["id"].as_str().unwrap())).await, row);
        let chain = got(&app, &root, "/audit/chain").await;
        assert_eq!(chain["faults"], json!([]), "{chain}");
        for bad in ["actor=x", "from=yesterday", "nonsense=1", "cursor=x", "limit=0"] {
            let answer = app.api(Method::GET, &format!("/audit?{bad}")).authorization_bearer(&root).await;
            assert_eq!((answer.status_code(), &answer.json::<Value>()["code"]), (S::UNPROCESSABLE_ENTITY, &json!("invalid")), "{bad}");
        }
    }

    async fn the_pages_of_the_trail_show_filter_and_hand_out_what_happened(t: TestDomain) {
        let app = App::of(t);
        let mut root = administrator(&app).await;
        app.account("=cmd@example.org", false).await;
        let page = root.open("/admin/audit").await;
        assert_eq!(page.status, S::OK);
        assert!(page.text().contains("account_created") && page.text().contains("The chain"), "{}", page.text());
        let page = root.open("/admin/audit?event=signed_in").await.text();
        assert!(page.contains(r#"value="signed_in""#) && !page.contains("account_created"), "{page}");
        let refused = root.open("/admin/audit?actor=nonsense&from=soon").await;
        assert_eq!(refused.status, S::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("#actor") && refused.text().contains("#from"), "{}", refused.text());
        let row = page.split("/admin/audit/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let one = root.open(&format!("/admin/audit/{row}")).await;
        assert_eq!(one.status, S::OK);
        assert!(one.text().contains("Place in the chain"), "{}", one.text());
        assert_eq!(root.open("/admin/audit/nonsense").await.status, S::NOT_FOUND);
        let csv = root.submit("/fn/audit/export", &[("format", "csv"), ("event", "account_created")]).await;
        assert_eq!((csv.status, csv.header("content-type")), (S::OK, "text/csv; charset=utf-8"));
        assert!(csv.header("content-disposition").contains("audit-2026-01-01.csv"), "{csv:?}");
        assert_eq!(csv.text().lines().count(), 3, "{}", csv.text());
        let json = root.submit("/fn/audit/export", &[("format", "json"), ("event", "")]).await;
        assert!(serde_json::from_str::<Vec<Value>>(&json.text()).unwrap().len() >= 3);
        let bad = root.submit("/fn/audit/export", &[("format", "xls")]).await;
        assert_eq!(bad.status, S::UNPROCESSABLE_ENTITY);
        assert!(root.open("/admin/audit?event=audit_exported").await.text().contains("audit_exported"));
    }

    async fn mail_is_looked_at_tried_again_and_stopped(t: TestDomain) {
        let app = App::of(t);
        let mut root = administrator(&app).await;
        let token = app.tokens(ROOT, PASSWORD).await.access;
        let form = json!({"email": ADA, "password": PASSWORD, "name": "Ada"});
        app.post("/auth/register", &form).await.assert_status(S::ACCEPTED);
        let listed = got(&app, &token, "/outbox?status=queued").await;
        let mail = listed["items"][0].clone();
        assert_eq!((mail["recipient"].as_str(), mail["kind"].as_str()), (Some(ADA), Some("verify")), "{listed}");
        let page = root.open("/admin/mail?status=queued&to=ADA@example.org").await.text();
        assert!(page.contains(ADA), "{page}");
        assert!(!listed.to_string().contains("token=") && !page.contains("token="), "no link ever: {page}");
        let id = mail["id"].as_str().unwrap();
        let call = async |verb: &str, id: &str| {
            app.api(Method::POST, &format!("/outbox/{id}/{verb}")).authorization_bearer(&token).await.status_code()
        };
        assert_eq!(call("retry", id).await, S::ACCEPTED);
        assert_eq!(call("retry", "nonsense").await, S::NOT_FOUND);
        assert_eq!((call("cancel", id).await, call("cancel", id).await), (S::NO_CONTENT, S::CONFLICT));
        assert_eq!(call("retry", id).await, S::CONFLICT);
        assert!(app.t.letters().await.iter().all(|letter| letter.to != ADA), "what was stopped does not leave");
        let refused = root.submit_and_follow("/fn/mail/cancel", &[("mail", id)]).await.text();
        assert!(refused.contains("This mail was sent, is being sent right now"), "{refused}");
        let done = root.submit_and_follow("/fn/mail/retry", &[("mail", "")]).await.text();
        assert!(done.contains("tried again"), "{done}");
    }

    async fn templates_are_looked_at_in_a_sandbox_and_sent_to_oneself(t: TestDomain) {
        let app = App::of(t);
        let mut root = administrator(&app).await;
        assert!(root.open("/admin/mail/templates").await.text().contains("/admin/mail/templates/verify"));
        let page = root.open("/admin/mail/templates/verify").await;
        assert!(page.text().contains("sandbox") && page.text().contains("/admin/mail/templates/verify/html"));
        assert!(page.header("content-security-policy").contains("frame-src 'self'"), "{page:?}");
        let html = root.open("/admin/mail/templates/verify/html").await;
        assert!(html.header("content-security-policy").starts_with("sandbox;") && html.text().contains("<html"));
        assert_eq!(root.open("/admin/mail/templates/fax").await.status, S::NOT_FOUND);
        app.t.letters().await;
        let sent = root.submit_and_follow("/fn/mail/sample", &[("kind", "verify")]).await.text();
        assert!(sent.contains("on its way to your address"), "{sent}");
        assert_eq!(app.t.letters().await.iter().filter(|letter| letter.to == ROOT).count(), 1);
    }

    async fn numbers_are_counted_with_what_happens(t: TestDomain) {
        let app = App::of(t);
        let mut root = administrator(&app).await;
        let token = app.tokens(ROOT, PASSWORD).await.access;
        app.member(ADA).await;
        app.post("/auth/login", &json!({"email": ADA, "password": "wrong"})).await.assert_status(S::UNAUTHORIZED);
        for range in ["24h", "7d", "30d", "90d"] {
            let numbers = got(&app, &token, &format!("/statistics?range={range}")).await;
            let sum = |measure: &str| {
                let figures = numbers["figures"].as_array().unwrap();
                figures.iter().find(|one| one["measure"] == measure).unwrap()["sum"].clone()
            };
            assert_eq!((&numbers["people"], sum("registrations")), (&json!(2), json!(2)), "{numbers}");
            assert_eq!((sum("sign_ins"), sum("failed_sign_ins"), sum("active_people")), (json!(3), json!(1), json!(2)), "{numbers}");
        }
        let before = app.t.now();
        app.t.clock.advance(std::time::Duration::from_hours(24 * 7));
        assert!(app.t.now() > before);
        let token = app.tokens(ROOT, PASSWORD).await.access;
        let numbers = got(&app, &token, "/statistics").await;
        let made = numbers["figures"].as_array().unwrap().iter().find(|one| one["measure"] == "registrations").unwrap();
        assert_eq!((&made["sum"], &made["before"]), (&json!(0), &json!(2)), "{numbers}");
        let bad = app.api(Method::GET, "/statistics?range=year").authorization_bearer(&token).await;
        assert_eq!(bad.status_code(), S::UNPROCESSABLE_ENTITY);
        root.submit("/fn/auth/sign-in", &[("email", ROOT), ("password", PASSWORD)]).await;
        let page = root.open("/admin?range=30d").await.text();
        assert!(page.contains("<svg") && page.contains("The figures") && page.contains("Failed sign-ins"), "{page}");
    }

    async fn settings_and_system_are_told_without_secrets(t: TestDomain) {
        let app = App::of(t);
        let mut root = administrator(&app).await;
        let settings = root.open("/admin/settings").await;
        assert_eq!(settings.status, S::OK);
        let system = root.open("/admin/system").await.text();
        assert!(system.contains("Migrations") && system.contains(env!("CARGO_PKG_VERSION")), "{system}");
        let start = root.open("/").await.text();
        assert!(start.contains(r#"href="/admin""#) && start.contains("Request "), "{start}");
        app.account(ADA, false).await;
        let mut ada = Browser::on(&app);
        ada.submit("/fn/auth/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
        let start = ada.open("/").await.text();
        assert!(!start.contains("/admin") && !start.contains("Request "), "{start}");
        for path in ["/admin", "/admin/audit", "/admin/mail", "/admin/settings", "/admin/system"] {
            let refused = ada.open(path).await;
            assert_eq!(refused.status, S::FORBIDDEN, "{path}");
            assert!(!refused.text().contains("admin-nav"), "{path}: no byte of the house");
        }
    }
}
