//! Quotas from the outside: headers and problems, REST, pages without JavaScript, and a second server.

use super::app::{App, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_domain::testing::{Engine, TestDomain, counting_statements};
use vestibule_domain::{Domain, changes, quotas};

const ROOT: &str = "root@example.org";
const ADA: &str = "ada@example.org";

/// The program with the quota it comes with.
async fn app_of(mut t: TestDomain) -> App {
    let mut options = t.options();
    options.rules.quotas.defaults = true;
    t.domain = Domain::open(options).await.unwrap();
    App::of(t)
}

/// Administrator and member, by their tokens.
async fn people(app: &App) -> (String, String) {
    app.account(ROOT, true).await;
    let root = app.tokens(ROOT, PASSWORD).await.access;
    (root, app.member(ADA).await.access)
}

async fn limit(app: &App, root: &str, form: Value) {
    app.api(Method::PATCH, "/quotas/daily").json(&form).authorization_bearer(root).await.assert_status(S::OK);
}

async fn id_of(app: &App, token: &str) -> String {
    app.api(Method::GET, "/me").authorization_bearer(token).await.json::<Value>()["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

vestibule_domain::both! {
    async fn what_is_left_is_told_and_then_refused_until_the_moment_that_is_told(t: TestDomain) {
        let app = app_of(t).await;
        let (root, ada) = people(&app).await;
        limit(&app, &root, json!({"limit": 3, "groups": {"admin": "unlimited"}, "notify": false})).await;
        let me = || app.api(Method::GET, "/me").authorization_bearer(&ada);
        let first = me().await;
        assert_eq!(first.header("ratelimit-policy"), "\"daily\";q=3;w=86400");
        assert_eq!(first.header("ratelimit"), "\"daily\";r=2;t=86400");
        me().await.assert_status(S::OK);
        me().await.assert_status(S::OK);
        let refused = me().await;
        assert_eq!((refused.status_code(), refused.header("retry-after").to_str().unwrap()), (S::TOO_MANY_REQUESTS, "86400"));
        assert_eq!(refused.header("ratelimit"), "\"daily\";r=0;t=86400");
        let told = refused.json::<Value>();
        assert_eq!((&told["type"], &told["code"]), (&json!("https://iana.org/assignments/http-problem-types#quota-exceeded"), &json!("quota_exceeded")));
        assert_eq!((&told["violated-policies"], &told["resets_at"]), (&json!(["daily"]), &json!("2026-01-02T00:00:00Z")));
        // Looking at what is left, signing in and signing out cost nothing.
        let usage = app.api(Method::GET, "/me/usage").authorization_bearer(&ada).await;
        assert_eq!(usage.status_code(), S::OK);
        assert_eq!((&usage.json::<Value>()["quotas"][0]["used"], &usage.json::<Value>()["quotas"][0]["limit"]), (&json!(3), &json!(3)));
        let again = app.tokens(ADA, PASSWORD).await.access;
        assert_eq!(app.api(Method::GET, "/me").authorization_bearer(&again).await.status_code(), S::TOO_MANY_REQUESTS, "another session is the same person");
        app.api(Method::POST, "/auth/logout").authorization_bearer(&again).await.assert_status(S::NO_CONTENT);
        let unauthorized = app.api(Method::GET, "/me").authorization_bearer("nonsense").await;
        assert_eq!(unauthorized.status_code(), S::UNAUTHORIZED, "who nobody is, is no question of quota");
        app.t.clock.advance(Duration::from_hours(24));
        let fresh = app.tokens(ADA, PASSWORD).await.access;
        app.api(Method::GET, "/me").authorization_bearer(&fresh).await.assert_status(S::OK);
        let unlimited = app.tokens(ROOT, PASSWORD).await.access;
        let unlimited = app.api(Method::GET, "/me").authorization_bearer(&unlimited).await;
        assert!(unlimited.maybe_header("ratelimit").is_none());
    }

    async fn a_call_from_a_lease_asks_no_database(t: TestDomain) {
        let app = app_of(t).await;
        let (_, ada) = people(&app).await;
        let me = || app.api(Method::GET, "/me").authorization_bearer(&ada);
        me().await.assert_status(S::OK);
        let (answer, statements) = counting_statements(async { me().await }).await;
        assert_eq!((answer.status_code(), statements), (S::OK, 0));
    }

    async fn people_are_given_more_over_rest_and_it_is_told_who_decides(t: TestDomain) {
        let app = app_of(t).await;
        let (root, ada) = people(&app).await;
        let id = id_of(&app, &ada).await;
        limit(&app, &root, json!({"limit": 1, "groups": {"admin": "unlimited"}})).await;
        let as_root = |method: Method, path: &str| app.api(method, path).authorization_bearer(&root);
        let path = format!("/users/{id}/quotas/daily");
        let body = json!({"limit": 5, "reason": "They asked", "expires_at": "2027-01-01T00:00:00Z"});
        let set = as_root(Method::PUT, &path).json(&body).await;
        assert_eq!((set.status_code(), &set.json::<Value>()["limit"]), (S::OK, &json!(5)));
        for (bad, status) in [
            (json!({"limit": -1, "reason": "x"}), S::UNPROCESSABLE_ENTITY),
            (json!({"limit": 5}), S::UNPROCESSABLE_ENTITY),
            (json!({"limit": 5, "reason": "x", "expires_at": "2020-01-01T00:00:00Z"}), S::UNPROCESSABLE_ENTITY),
        ] {
            assert_eq!(as_root(Method::PUT, &path).json(&bad).await.status_code(), status, "{bad}");
        }
        let listed = as_root(Method::GET, &format!("/users/{id}/quotas")).await.json::<Value>();
        assert_eq!((&listed["items"][0]["reason"], &listed["next"]), (&json!("They asked"), &Value::Null));
        let decision = format!("/users/{id}/quota-decision?method=GET&path=/api/v1/me");
        let told = as_root(Method::GET, &decision).await.json::<Value>();
        assert_eq!((&told["quotas"][0]["decided"], &told["refused_by"]), (&json!({"by": "person"}), &Value::Null));
        let grant = as_root(Method::POST, &format!("/users/{id}/usage/daily/grants")).json(&json!({"units": 2, "reason": "Ours"})).await;
        assert_eq!(grant.status_code(), S::NO_CONTENT);
        let me = || app.api(Method::GET, "/me").authorization_bearer(&ada);
        let mut passed = 0;
        while me().await.status_code() == S::OK {
            passed += 1;
        }
        assert_eq!(passed, 7 - 1, "one was spent to learn the id");
        assert_eq!(as_root(Method::GET, &decision).await.json::<Value>()["refused_by"], "daily");
        assert_eq!(as_root(Method::DELETE, &format!("/users/{id}/usage/daily")).await.status_code(), S::NO_CONTENT);
        me().await.assert_status(S::OK);
        assert_eq!(as_root(Method::DELETE, &path).await.status_code(), S::NO_CONTENT);
        assert_eq!(as_root(Method::DELETE, &path).await.status_code(), S::NOT_FOUND);
    }

    async fn quotas_are_made_changed_tried_and_deleted_over_rest(t: TestDomain) {
        let app = app_of(t).await;
        let (root, ada) = people(&app).await;
        let as_root = |method: Method, path: &str| app.api(method, path).authorization_bearer(&root);
        let form = json!({"name": "keys", "tag": "keys", "limit": 2, "per": "month"});
        let made = as_root(Method::POST, "/quotas").json(&form).await;
        assert_eq!((made.status_code(), made.header("location").to_str().unwrap()), (S::CREATED, "/api/v1/quotas/keys"));
        assert_eq!(as_root(Method::POST, "/quotas").json(&form).await.json::<Value>()["code"], "quota_taken");
        let absent = as_root(Method::POST, "/quotas").json(&json!({"name": "x", "tag": "nothing", "limit": 2})).await.json::<Value>();
        assert_eq!(absent["errors"], json!([{"pointer": "/tag", "code": "not_offered"}]));
        for status in [S::OK, S::OK, S::TOO_MANY_REQUESTS] {
            assert_eq!(app.api(Method::GET, "/me/keys").authorization_bearer(&ada).await.status_code(), status);
        }
        let both = app.api(Method::GET, "/me").authorization_bearer(&ada).await;
        assert_eq!(both.header("ratelimit-policy"), "\"daily\";q=100000;w=86400", "other endpoints go on");
        let proposal = json!({"quota": {"name": "proposed", "tag": "keys", "limit": 1}, "days": 1});
        let tried = as_root(Method::POST, "/quotas/simulation").json(&proposal).await.json::<Value>();
        assert_eq!((&tried["calls"], &tried["refused"], &tried["who"][0]["who"]), (&json!(3), &json!(2), &json!(ADA)));
        assert_eq!(as_root(Method::DELETE, "/quotas/keys").await.status_code(), S::NO_CONTENT);
        assert_eq!(as_root(Method::GET, "/quotas/keys").await.status_code(), S::NOT_FOUND);
        assert_eq!(as_root(Method::DELETE, "/quotas/daily").await.json::<Value>()["code"], "quota_of_program");
        app.api(Method::GET, "/me/keys").authorization_bearer(&ada).await.assert_status(S::OK);
    }

    async fn pages_show_and_change_it_without_javascript(t: TestDomain) {
        let app = app_of(t).await;
        let (_, ada) = people(&app).await;
        let id = id_of(&app, &ada).await;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", ROOT), ("password", PASSWORD)]).await;
        let page = browser.open("/admin/quotas").await.text();
        assert!(page.contains("100\u{202f}000 a day") && page.contains("the program"), "{page}");
        let quota = [
            ("tag", "api"), ("limit", "50"), ("per", "hour"), ("by", "person"), ("mode", "shadow"), ("groups", "member = 60"),
            ("window", "calendar"), ("zone", "UTC"), ("cost", "1"), ("at_limit", "refuse"), ("slow", "20"),
            ("block_for_s", "0"), ("notify", "no"),
        ];
        let named = |name: &'static str| [&[("name", name)][..], &quota].concat();
        let made = browser.submit_and_follow("/fn/quotas/make", &named("trial")).await.text();
        assert!(made.contains("The quota is made") && made.contains("member = 60"), "{made}");
        let mut bad = named("Trial 2");
        bad[2] = ("limit", "many");
        let refused = browser.submit_and_follow("/fn/quotas/make", &bad).await.text();
        assert!(refused.contains("value=\"many\"") && refused.contains("value=\"Trial 2\""), "{refused}");
        let mut changed = named("trial");
        changed[2] = ("limit", "unlimited");
        let saved = browser.submit_and_follow("/fn/quotas/set", &changed).await.text();
        assert!(saved.contains("value=\"unlimited\""), "{saved}");
        let tried = browser.open("/admin/quotas/daily?try=0&days=1").await.text();
        assert!(tried.contains("would have been refused") && tried.contains(ADA), "{tried}");
        let decided = browser.open("/admin/quotas?person=ada%40example.org&method=GET&path=%2Fapi%2Fv1%2Fme").await.text();
        assert!(decided.contains("A call would be let through now.") && decided.contains("the group “member”"), "{decided}");
        let said = [("user", id.as_str()), ("quota", "daily"), ("limit", "7"), ("reason", "They asked")];
        let person = browser.submit_and_follow("/fn/quotas/override", &said).await.text();
        assert!(person.contains("what was said for the person") && person.contains("They asked"), "{person}");
        let given = [("user", id.as_str()), ("quota", "daily"), ("units", "3"), ("reason", "Ours")];
        let person = browser.submit_and_follow("/fn/quotas/grant", &given).await.text();
        assert!(person.contains("1 of 10 used in this day, 10 %"), "{person}");
        let person = browser.submit_and_follow("/fn/quotas/reset", &[("user", &id), ("quota", "daily")]).await.text();
        assert!(person.contains("0 of 7 used in this day"), "{person}");
        let person = browser.submit_and_follow("/fn/quotas/restore", &[("user", &id), ("quota", "daily")]).await.text();
        assert!(person.contains("What the quota says holds for them again."), "{person}");
        let gone = browser.submit_and_follow("/fn/quotas/clear", &[("name", "trial")]).await.text();
        assert!(gone.contains("The quota is gone"), "{gone}");
        quotas::flush(&app.t.domain).await.unwrap();
        browser.submit("/fn/auth/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
        let own = browser.open("/account/usage").await.text();
        assert!(own.contains("The last 30 days") && own.contains("It begins anew"), "{own}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_here_holds_on_the_other_server() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(t) = TestDomain::on(engine).await else { continue };
        let there = app_of(t.node().await).await;
        let stop = tokio_util::sync::CancellationToken::new();
        let watching = tokio::spawn(changes::watch(there.t.domain.clone(), stop.clone()));
        let app = app_of(t).await;
        let (root, ada) = people(&app).await;
        let me = || there.api(Method::GET, "/me").authorization_bearer(&ada);
        me().await.assert_status(S::OK);
        limit(&app, &root, json!({"limit": 0, "groups": {"admin": "unlimited"}})).await;
        // Until it has heard of it; the test's own patience ends it.
        while me().await.status_code() == S::OK {
            tokio::task::yield_now().await;
        }
        assert_eq!(me().await.status_code(), S::TOO_MANY_REQUESTS);
        stop.cancel();
        watching.await.unwrap();
    }
}
