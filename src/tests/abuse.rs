//! Abuse control over the real router: which refusals count, what a blocked caller gets, and the ways to look and to undo.

use super::app::{App, OTHER, PASSWORD};
use super::browser::Browser;
use axum::body::Body;
use http::{Method, Request, StatusCode as S};
use serde_json::{Value, json};
use vestibule::Vestibule;
use vestibule_domain::abuse;
use vestibule_domain::testing::TestDomain;
use vestibule_model::abuse::Offence;

const EMAIL: &str = "ada@example.org";

/// The program behind a proxy on 127.0.0.1.
fn behind_proxy(t: TestDomain) -> App {
    App::with(t, &Vestibule::builder(), |options| {
        options.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
}

/// A request that the proxy passes on from `address`.
fn from(address: &str, path: &str) -> Request<Body> {
    Request::builder().uri(path).header("x-forwarded-for", address).body(Body::empty()).unwrap()
}

/// `request` with more headers.
fn with(mut request: Request<Body>, headers: &[(&'static str, &'static str)]) -> Request<Body> {
    for (name, value) in headers {
        request.headers_mut().insert(*name, http::HeaderValue::from_static(value));
    }
    request
}

/// What an administrator is shown of `subject`.
async fn shown(app: &App, token: &str, subject: &str) -> Value {
    let path = format!("/abuse/{subject}");
    app.api(Method::GET, &path).authorization_bearer(token).await.json()
}

vestibule_domain::both! {
    async fn what_goes_wrong_counts_and_what_goes_well_does_not(t: TestDomain) {
        let app = behind_proxy(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        for path in ["/", "/login", "/healthz", "/favicon.ico", "/robots.txt", "/.well-known/nothing", "/api/v1/auth/login"] {
            app.raw(from("203.0.113.7", path)).await;
        }
        abuse::settle(&app.t.domain).await.unwrap();
        assert_eq!(shown(&app, &root, "203.0.113.7").await["code"], "not_found");
        for path in ["/absent", "/u/nobody", "/api/v1/me", "/wp-login.php", "/.env?token=secret"] {
            app.raw(from("203.0.113.7", path)).await;
        }
        let login = json!({"email": EMAIL, "password": OTHER});
        app.post("/auth/login", &login).add_header("x-forwarded-for", "203.0.113.7").await.assert_status(S::UNAUTHORIZED);
        abuse::settle(&app.t.domain).await.unwrap();
        let suspect = shown(&app, &root, "203.0.113.7").await;
        assert_eq!(suspect["offences"], json!({"sign_in_failed": 1, "refused": 1, "absent": 2, "probed": 2}), "{suspect}");
        assert_eq!((&suspect["score"], &suspect["last_path"], &suspect["bearing"]), (&json!(27), &json!("/.env"), &json!("clear")));
    }

    async fn a_wrong_password_at_the_form_counts_too(t: TestDomain) {
        let app = behind_proxy(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let form = format!("email={EMAIL}&password=wrong");
        let request = Request::builder()
            .method(Method::POST)
            .uri("/fn/auth/sign-in")
            .header("x-forwarded-for", "203.0.113.7")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(form))
            .unwrap();
        assert_eq!(app.raw(request).await.status, S::SEE_OTHER);
        abuse::settle(&app.t.domain).await.unwrap();
        assert_eq!(shown(&app, &root, "203.0.113.7").await["offences"], json!({"sign_in_failed": 1}));
    }

    async fn a_key_that_its_owner_revoked_and_a_token_that_ran_out_count_for_nothing(t: TestDomain) {
        let app = behind_proxy(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let made = app.post("/me/keys", &json!({"name": "Leaky", "expires_in_days": 7})).authorization_bearer(&root).await;
        let made = made.json::<Value>();
        let (secret, id) = (made["secret"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned());
        let tried = async || {
            let request = app.api(Method::GET, "/me").add_header("x-api-key", secret.as_str());
            request.add_header("x-forwarded-for", "203.0.113.7").await.status_code()
        };
        assert_eq!(tried().await, S::OK);
        app.api(Method::DELETE, &format!("/me/keys/{id}")).authorization_bearer(&root).await.assert_status(S::NO_CONTENT);
        assert_eq!(tried().await, S::UNAUTHORIZED);
        app.t.clock.advance(std::time::Duration::from_hours(1));
        let late = app.api(Method::GET, "/me").authorization_bearer(&root).add_header("x-forwarded-for", "203.0.113.7").await;
        assert_eq!(late.json::<Value>()["code"], "bad_token");
        abuse::settle(&app.t.domain).await.unwrap();
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        assert_eq!(shown(&app, &root, "203.0.113.7").await["code"], "not_found");
    }

    async fn no_page_gets_its_visitors_blocked_and_nobody_looks_around_as_one(t: TestDomain) {
        let app = behind_proxy(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let image = |path: &str| with(from("203.0.113.7", path), &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")]);
        let frame = |path: &str| with(from("203.0.113.7", path), &[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")]);
        for path in ["/1.env", "/absent", "/api/v1/me", "/", "/healthz", "/login"] {
            for request in [image(path), frame(path)] {
                let refused = app.raw(request).await;
                assert_eq!((refused.status, refused.code().as_str()), (S::FORBIDDEN, "cross_site"), "{path}");
            }
        }
        abuse::settle(&app.t.domain).await.unwrap();
        assert_eq!(shown(&app, &root, "203.0.113.7").await["code"], "not_found");
        let visit = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert_eq!(app.raw(with(from("203.0.113.7", "/login"), &visit)).await.status, S::OK, "a link leads here");
        app.raw(with(from("203.0.113.7", "/1.env"), &visit)).await;
        let own = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "no-cors")];
        app.raw(with(from("203.0.113.7", "/2.env"), &own)).await;
        abuse::settle(&app.t.domain).await.unwrap();
        assert_eq!(shown(&app, &root, "203.0.113.7").await["offences"], json!({"probed": 2}));
    }

    async fn a_link_of_another_site_is_not_held_against_the_account_it_is_followed_with(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = Browser::on(&app);
        browser.submit_and_follow("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        let visit = |site: &'static str| browser.request(Method::GET, "/admin").header("sec-fetch-site", site).header("sec-fetch-mode", "navigate").body(Body::empty()).unwrap();
        let token = app.tokens(EMAIL, PASSWORD).await.access;
        let id = app.api(Method::GET, "/me").authorization_bearer(&token).await.json::<Value>()["id"].as_str().unwrap().to_owned();
        for (site, expected) in [("cross-site", None), ("same-site", None), ("none", Some(1))] {
            assert_eq!(app.raw(visit(site)).await.status, S::FORBIDDEN);
            abuse::settle(&app.t.domain).await.unwrap();
            let by = vestibule_domain::Actor::Operator.allow().unwrap();
            let found = abuse::show(&app.t.domain, &by, &id).await;
            assert_eq!(found.ok().map(|suspect| suspect.offences[&Offence::Refused]), expected, "{site}");
        }
    }

    async fn a_proxy_that_the_settings_forgot_does_not_shut_the_site(t: TestDomain) {
        let app = App::called_from("172.17.0.1:4711", t, &Vestibule::builder(), |_| {});
        for n in 0..40 {
            app.raw(from("203.0.113.7", &format!("/{n}.env"))).await;
        }
        assert_eq!(abuse::settle(&app.t.domain).await.unwrap(), 0);
        assert_eq!(app.raw(from("203.0.113.8", "/login")).await.status, S::OK);
    }

    async fn who_is_blocked_is_told_when_to_come_again_and_can_be_forgiven(t: TestDomain) {
        let app = behind_proxy(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        for _ in 0..15 {
            app.raw(from("203.0.113.7", "/wp-login.php")).await;
        }
        assert_eq!(abuse::settle(&app.t.domain).await.unwrap(), 1);
        app.t.clock.advance(std::time::Duration::from_millis(500));
        let refused = app.raw(from("203.0.113.7", "/login")).await;
        assert_eq!((refused.status, refused.code(), refused.header("retry-after")), (S::TOO_MANY_REQUESTS, "address_banned".to_owned(), "900"));
        let told: Value = serde_json::from_slice(&refused.body).unwrap();
        assert_eq!(told["type"], "https://iana.org/assignments/http-problem-types#abnormal-usage-detected");
        assert_eq!(shown(&app, &root, "203.0.113.7").await["bearing"], "blocked");
        let listed = app.api(Method::GET, "/abuse").authorization_bearer(&root).await.json::<Value>();
        assert_eq!(listed["items"][0]["subject"], "203.0.113.7/32");
        let bans = app.api(Method::GET, "/bans?automatic=true").authorization_bearer(&root).await.json::<Value>();
        assert_eq!(bans["items"][0]["evidence"]["offences"], json!({"probed": 15}));
        let forgive = async || app.api(Method::DELETE, "/abuse/203.0.113.7%2F32").authorization_bearer(&root).await.status_code();
        assert_eq!((forgive().await, forgive().await), (S::NO_CONTENT, S::NOT_FOUND));
        assert_eq!(app.raw(from("203.0.113.7", "/login")).await.status, S::OK);
        app.t.clock.advance(std::time::Duration::from_hours(2));
        for _ in 0..15 {
            app.raw(from("203.0.113.8", "/wp-login.php")).await;
        }
        abuse::settle(&app.t.domain).await.unwrap();
        let wait = app.raw(from("203.0.113.8", "/login")).await.header("retry-after").parse::<u64>().unwrap();
        app.t.clock.advance(std::time::Duration::from_secs(wait));
        assert_eq!(app.raw(from("203.0.113.8", "/login")).await.status, S::OK, "waiting exactly so long is enough");
    }

    async fn a_person_who_is_refused_again_and_again_is_refused_everything_for_a_time(t: TestDomain) {
        let app = App::of(t);
        let ada = app.member(EMAIL).await.access;
        for _ in 0..75 {
            app.api(Method::GET, "/users").authorization_bearer(&ada).await.assert_status(S::FORBIDDEN);
        }
        assert_eq!(abuse::settle(&app.t.domain).await.unwrap(), 1);
        let refused = app.api(Method::GET, "/me").authorization_bearer(&ada).await;
        assert_eq!((refused.status_code(), &refused.json::<Value>()["code"]), (S::TOO_MANY_REQUESTS, &json!("too_many_attempts")));
        assert_eq!(refused.header("retry-after"), "900");
        for path in ["/me/keys", "/me/sessions"] {
            app.api(Method::GET, path).authorization_bearer(&ada).await.assert_status(S::OK);
        }
        app.api(Method::DELETE, "/me/sessions").authorization_bearer(&ada).await.assert_status(S::NO_CONTENT);
        app.post("/auth/logout", &json!({})).authorization_bearer(&ada).await.assert_status(S::NO_CONTENT);
        app.t.clock.advance(std::time::Duration::from_mins(15));
        let again = app.tokens(EMAIL, PASSWORD).await.access;
        app.api(Method::GET, "/me").authorization_bearer(&again).await.assert_status(S::OK);
    }

    async fn the_page_says_who_offended_and_forgives_without_javascript(t: TestDomain) {
        let app = App::of(t);
        app.account("root@example.org", true).await;
        let mut browser = Browser::on(&app);
        browser.submit_and_follow("/fn/auth/sign-in", &[("email", "root@example.org"), ("password", PASSWORD)]).await;
        let empty = browser.open("/admin/abuse").await.text();
        assert!(empty.contains("Nobody did anything.") && empty.contains("15 minutes"), "{empty}");
        for _ in 0..15 {
            abuse::note(&app.t.domain, "203.0.113.7".parse().ok(), Offence::Probed, Some("/<b>.php"));
        }
        abuse::settle(&app.t.domain).await.unwrap();
        let page = browser.open("/admin/abuse").await.text();
        assert!(page.contains("203.0.113.7/32") && page.contains("Blocked"), "{page}");
        assert!(page.contains("/&lt;b&gt;.php") || page.contains("/&lt;b>.php"), "{page}");
        let bans = browser.open("/admin/bans?by=program").await.text();
        let id = bans.split("/admin/bans/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let one = browser.open(&format!("/admin/bans/{id}")).await.text();
        assert!(one.contains("15 probes for weak programs") && one.contains("150 (blocked from 150 on)"), "{one}");
        let done = browser.submit_and_follow("/fn/abuse/forgive", &[("subject", "203.0.113.7/32")]).await.text();
        assert!(done.contains("It is forgotten") && done.contains("Nobody did anything."), "{done}");
    }
}
