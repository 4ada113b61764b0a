//! Bans of addresses and networks over the real router: what a banned caller gets, and the ways to ban and to lift.

use super::app::{App, PASSWORD};
use super::browser::Browser;
use axum::body::Body;
use http::{Method, Request, StatusCode as S};
use serde_json::{Value, json};
use vestibule::Vestibule;
use vestibule_domain::testing::TestDomain;
use vestibule_domain::{Actor, Client, bans};
use vestibule_model::bans::AddressBanForm;

/// The program behind a proxy on 127.0.0.1.
fn behind_proxy(t: TestDomain) -> App {
    App::with(t, &Vestibule::builder(), |options| {
        options.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
}

/// A request that the proxy passes on from `address`.
fn from(address: &str, path: &str, accept: &str) -> Request<Body> {
    let request = Request::builder().uri(path).header("x-forwarded-for", address).header("accept", accept);
    request.body(Body::empty()).unwrap()
}

vestibule_domain::both! {
    async fn a_banned_network_gets_nothing_whatever_it_asks_for(t: TestDomain) {
        let app = behind_proxy(t);
        let form = |until| AddressBanForm { network: "203.0.113.0/24".into(), reason: "Secret <b>words</b>".into(), until };
        let by = Actor::Operator.allow().unwrap();
        let ban = bans::ban_network(&app.t.domain, &by, form(None), &Client::local()).await.unwrap();
        for path in ["/", "/login", "/healthz", "/api/v1/me", "/absent", "/favicon.ico", "/api/openapi.json"] {
            let refused = app.raw(from("203.0.113.7", path, "*/*")).await;
            assert_eq!((refused.status, refused.code()), (S::FORBIDDEN, "address_banned".to_owned()), "{path}");
            assert!(!refused.text().contains("words") && !refused.text().contains("until"), "{}", refused.text());
            let free = app.raw(from("203.0.114.7", path, "*/*")).await;
            assert_ne!(free.status, S::FORBIDDEN, "{path}");
        }
        let page = app.raw(from("203.0.113.7", "/login", "text/html")).await;
        assert_eq!(page.status, S::FORBIDDEN);
        assert!(page.text().contains("Requests from your network are not taken here."), "{}", page.text());
        assert!(!page.text().contains("words"));
        let chosen = app.raw(from("198.51.100.7, 203.0.113.7", "/login", "*/*")).await;
        assert_eq!(chosen.status, S::FORBIDDEN, "what a caller writes before its address changes nothing");
        bans::lift_network(&app.t.domain, &by, ban.id, &Client::local()).await.unwrap();
        app.raw(from("203.0.113.7", "/login", "*/*")).await;
        assert_eq!(app.raw(from("203.0.113.7", "/login", "*/*")).await.status, S::OK);
        let until = app.t.now().after(std::time::Duration::from_secs(90));
        bans::ban_network(&app.t.domain, &by, form(Some(until)), &Client::local()).await.unwrap();
        let refused = app.raw(from("203.0.113.7", "/api/v1/me", "*/*")).await;
        let told: Value = serde_json::from_slice(&refused.body).unwrap();
        assert_eq!((&told["until"], &told["type"]), (&json!("2026-01-01T00:01:30Z"), &json!("urn:vestibule:problem:address_banned")));
    }

    async fn an_administrator_bans_and_lifts_over_rest(t: TestDomain) {
        let app = behind_proxy(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let form = json!({"network": "2001:db8::77/32", "reason": "Scans", "until": "2026-01-02T00:00:00Z"});
        let made = app.post("/bans", &form).authorization_bearer(&root).await;
        made.assert_status(S::CREATED);
        let ban = made.json::<Value>();
        let place = format!("/bans/{}", ban["id"].as_str().unwrap());
        assert_eq!(made.header("location").to_str().unwrap(), format!("/api/v1{place}"));
        assert_eq!((&ban["network"], &ban["automatic"], &ban["until"]), (&json!("2001:db8::/32"), &json!(false), &json!("2026-01-02T00:00:00Z")));
        let get = async |path: &str| app.api(Method::GET, path).authorization_bearer(&root).await;
        assert_eq!(get(&place).await.json::<Value>(), ban);
        assert_eq!(get("/bans?address=2001:db8::1&standing=true&total=true").await.json::<Value>(), json!({"items": [ban], "next": null, "total": 1}));
        assert_eq!(get("/bans?automatic=true").await.json::<Value>()["items"], json!([]));
        assert_eq!(get("/bans?address=nowhere").await.status_code(), S::UNPROCESSABLE_ENTITY);
        assert_eq!(get("/bans?colour=red").await.status_code(), S::UNPROCESSABLE_ENTITY);
        assert_eq!((get("/bans/nonsense").await.status_code(), get("/bans/people").await.status_code()), (S::NOT_FOUND, S::OK));
        let lift = async || app.api(Method::DELETE, &place).authorization_bearer(&root).await.status_code();
        assert_eq!((lift().await, lift().await), (S::NO_CONTENT, S::NOT_FOUND));
        assert_eq!(get(&place).await.json::<Value>()["ending"], "lifted");
        for (network, status, code) in [
            ("", S::UNPROCESSABLE_ENTITY, "required"),
            ("10.0.0.0/33", S::UNPROCESSABLE_ENTITY, "malformed"),
            ("127.0.0.1", S::UNPROCESSABLE_ENTITY, "reserved"),
        ] {
            let refused = app.post("/bans", &json!({"network": network, "reason": "Scans"})).authorization_bearer(&root).await;
            assert_eq!((refused.status_code(), &refused.json::<Value>()["errors"][0]["code"]), (status, &json!(code)), "{network}");
        }
        let own = app.post("/bans", &json!({"network": "198.51.100.0/24", "reason": "Scans"}));
        let own = own.authorization_bearer(&root).add_header("x-forwarded-for", "198.51.100.7").await;
        assert_eq!((own.status_code(), &own.json::<Value>()["code"]), (S::CONFLICT, &json!("own_address")));
        let member = app.member("ada@example.org").await.access;
        let refused = app.post("/bans", &form).authorization_bearer(&member).await;
        assert_eq!(refused.status_code(), S::FORBIDDEN);
    }

    async fn the_page_bans_shows_and_lifts_without_javascript(t: TestDomain) {
        let app = App::of(t);
        app.account("root@example.org", true).await;
        let mut browser = Browser::on(&app);
        browser.submit_and_follow("/fn/auth/sign-in", &[("email", "root@example.org"), ("password", PASSWORD)]).await;
        let form = |network: &'static str| [("network", network), ("reason", "Scans <i>"), ("span", "lifted")];
        let refused = browser.submit_and_follow("/fn/bans/network", &form("127.0.0.1")).await.text();
        assert!(refused.contains("cannot be banned") && refused.contains("Scans &lt;i&gt;"), "{refused}");
        let made = browser.submit_and_follow("/fn/bans/network", &form("203.0.113.77/24")).await.text();
        assert!(made.contains("The ban holds from the next request on.") && made.contains("203.0.113.0/24"), "{made}");
        let id = made.split("/admin/bans/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let one = browser.open(&format!("/admin/bans/{id}")).await.text();
        assert!(one.contains("Ban of 203.0.113.0/24") && one.contains("Holds"), "{one}");
        let lifted = browser.submit_and_follow("/fn/bans/lift", &[("ban", &id)]).await.text();
        assert!(lifted.contains("The ban is lifted.") && lifted.contains("Lifted "), "{lifted}");
        let none = browser.open("/admin/bans?state=standing").await.text();
        assert!(none.contains("No ban fits."), "{none}");
        let wrong = browser.open("/admin/bans?address=nowhere").await;
        assert_eq!(wrong.status, S::UNPROCESSABLE_ENTITY);
    }
}
