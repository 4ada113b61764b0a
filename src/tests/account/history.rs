//! What happened to one's own account, looked through and taken along.

use crate::app::{App, PASSWORD};
use crate::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_domain::{Actor, Client, accounts, bans};
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{BanAccounts, ViewAccounts};

const EMAIL: &str = "ada@example.org";

async fn get(app: &App, access: &str, path: &str) -> axum_test::TestResponse {
    app.api(Method::GET, path).authorization_bearer(access).await
}

async fn signed_in(app: &App) -> Browser<'_> {
    let mut browser = Browser::on(app);
    browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
    browser
}

/// Bans her for what a spreadsheet would work out, and lifts it.
async fn ban_for(app: &App, reason: &str) {
    let (domain, local) = (&app.t.domain, Client::local());
    let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
    let user = accounts::show(domain, &view, &accounts::Which::Email(EMAIL.into())).await.unwrap().id;
    let by = Actor::Operator.allow::<BanAccounts>().unwrap();
    bans::impose(domain, &by, user, BanForm { reason: reason.into(), until: None, note: None }, &local)
        .await
        .unwrap();
    bans::lift(domain, &by, user, &local).await.unwrap();
}

fn rows(text: &str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}

vestibule_domain::both! {
    async fn a_program_looks_for_kinds_and_days(t: TestDomain) {
        let app = App::of(t);
        let mine = app.member(EMAIL).await.access;
        app.t.clock.advance(Duration::from_mins(1));
        let all = get(&app, &mine, "/me/events").await.json::<Value>()["items"].as_array().unwrap().len();
        for (query, count) in [
            ("kind=sign_ins", 1),
            ("kind=&from=&to=", all),
            ("kind=account", 1),
            ("from=2026-01-02", 0),
            ("to=2026-01-01", all),
            ("from=2026-01-01T00:00:30Z", 0),
        ] {
            let answer = get(&app, &mine, &format!("/me/events?{query}")).await;
            answer.assert_status(S::OK);
            assert_eq!(answer.json::<Value>()["items"].as_array().unwrap().len(), count, "{query}");
            let table = get(&app, &mine, &format!("/me/events.csv?{query}")).await;
            assert_eq!(rows(&table.text()).len(), count, "{query}");
        }
        for (query, field, code) in [
            ("kind=%3Cscript%3E", "kind", "not_offered"),
            ("from=today", "from", "malformed"),
            ("to=2026-13-01", "to", "malformed"),
        ] {
            for path in ["/me/events", "/me/events.csv"] {
                let refused = get(&app, &mine, &format!("{path}?{query}")).await;
                refused.assert_status(S::UNPROCESSABLE_ENTITY);
                let problem = refused.json::<Value>()["errors"][0].clone();
                assert_eq!((&problem["pointer"], &problem["code"]), (&json!(format!("/{field}")), &json!(code)), "{query}");
                assert!(!refused.text().contains("script"), "{}", refused.text());
            }
        }
        get(&app, &mine, "/me/events.csv?limit=1").await.assert_status(S::BAD_REQUEST);
        get(&app, &mine, "/me/events?since=1").await.assert_status(S::BAD_REQUEST);
    }

    async fn the_table_is_whole_and_works_nothing_out(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        ban_for(&app, "=HYPERLINK(\"http://evil.example\",\"a\"),@b").await;
        let mine = app.tokens(EMAIL, PASSWORD).await.access;
        let bob = app.member("bob@example.org").await.access;
        for _ in 0..105 {
            app.t.clock.advance(Duration::from_secs(1));
            app.tokens(EMAIL, PASSWORD).await;
        }
        let answer = get(&app, &mine, "/me/events.csv").await;
        answer.assert_status(S::OK);
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"my-history-2026-01-01.csv\"");
        let text = answer.text();
        assert!(text.starts_with("at,event,what,by,device,address,group,fields,reason,until,id\r\n"), "{text}");
        let all = rows(&text);
        assert_eq!(all.len(), 109, "106 sign-ins, a ban, its end, the account");
        let ids: std::collections::BTreeSet<_> = all.iter().map(|row| row[10].to_owned()).collect();
        assert_eq!(ids.len(), 109, "none comes twice");
        let ban = all.iter().find(|row| &row[1] == "banned").unwrap();
        assert!(ban[8].starts_with("'=HYPERLINK"), "{ban:?}");
        assert!(ban[2].starts_with("The account was banned.") && &ban[3] == "operator", "{ban:?}");
        assert_eq!(rows(&get(&app, &bob, "/me/events.csv").await.text()).len(), 2, "nobody else's");
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/history.json").await;
        assert_eq!(page.header("content-type"), "application/json");
        let items = serde_json::from_str::<Vec<Value>>(&page.text()).unwrap();
        assert_eq!(items.len(), 110);
        let first = get(&app, &mine, "/me/events?limit=1").await.json::<Value>();
        assert_eq!(items[0], first["items"][0]);
        let none = browser.open("/account/history.json?kind=other").await.text();
        assert_eq!(serde_json::from_str::<Vec<Value>>(&none).unwrap(), Vec::<Value>::new());
        let table = browser.open("/account/history.csv?kind=administration").await.text();
        assert_eq!(rows(&table).len(), 2, "{table}");
    }

    async fn a_browser_looks_for_kinds_and_days(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        for _ in 0..21 {
            app.tokens(EMAIL, PASSWORD).await;
            app.t.clock.advance(Duration::from_secs(1));
        }
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/security?kind=sign_ins&from=2026-01-01&to=2026-01-01").await.text();
        assert_eq!(page.matches("<p>Signed in.</p>").count(), 20, "{page}");
        assert!(page.contains("<option value=\"sign_ins\" selected>") && page.contains("value=\"2026-01-01\""), "{page}");
        let plain = page.replace("&amp;", "&");
        assert!(plain.contains("/account/history.csv?kind=sign_ins&from=2026-01-01&to=2026-01-01\""), "{plain}");
        let older = plain.split("href=\"").find(|rest| rest.contains("&after=")).unwrap();
        let older = older.split('#').next().unwrap();
        assert!(older.starts_with("/account/security?kind=sign_ins&from=2026-01-01&to=2026-01-01&after="), "{older}");
        let older = browser.open(older).await.text();
        assert_eq!(older.matches("<p>Signed in.</p>").count(), 2, "{older}");
        assert!(!older.contains("The account was made") && older.contains("Newest"), "{older}");
        let none = browser.open("/account/security?kind=security").await.text();
        assert!(none.contains("Nothing of this happened.") && none.contains("Show everything"), "{none}");
        let wrong = browser.open("/account/security?kind=%22%3E%3Cscript%3E&from=%22%3E%3Cscript%3Ex&to=2026-01-01").await;
        assert_eq!(wrong.status, S::UNPROCESSABLE_ENTITY);
        let page = wrong.text();
        assert!(page.contains("Write the day as year, month and day") && page.contains("Choose one of the list."), "{page}");
        assert!(!page.contains("\"><script>") && page.contains("value=\"2026-01-01\""), "{page}");
        assert_eq!(browser.open("/account/history.csv?from=x").await.status, S::UNPROCESSABLE_ENTITY);
    }
}
