//! Rate limits from the outside: what answers tell, who is refused and for how long, what administrators change by REST, by
//! pages and by the command line's doing beside a server.

use super::app::{App, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client, Options, limits};
use vestibule_model::groups::ManageLimits;
use vestibule_model::limits::{Headers, LimitForm};

fn limit(tag: &str, by: &str, most: u64, per: &str) -> LimitForm {
    LimitForm {
        tags: Some(vec![tag.into()]),
        by: Some(vec![by.into()]),
        most: Some(most),
        per: Some(per.into()),
        ..LimitForm::default()
    }
}

async fn app(engine: Engine, change: impl FnOnce(&mut Options)) -> Option<App> {
    Some(App::of(TestDomain::with(engine, change).await?))
}

async fn with(form: LimitForm) -> App {
    let named = |options: &mut Options| drop(options.rules.limits.named.insert("x".into(), form));
    app(Engine::Sqlite, named).await.unwrap()
}

fn header(answer: &axum_test::TestResponse, name: &str) -> Option<String> {
    answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

async fn me(app: &App, token: &str) -> axum_test::TestResponse {
    app.api(Method::GET, "/me").authorization_bearer(token).await
}

#[tokio::test]
async fn answers_tell_where_one_stands_and_refusals_when_to_come_back() {
    let app = with(limit("me", "person", 2, "10s")).await;
    let ada = app.member("ada@example.org").await.access;
    let bob = app.member("bob@example.org").await.access;
    let first = me(&app, &ada).await;
    assert_eq!(header(&first, "ratelimit-policy").as_deref(), Some("\"x\";q=2;w=10"));
    assert_eq!(header(&first, "ratelimit").as_deref(), Some("\"x\";r=1;t=5"));
    assert_eq!(header(&first, "retry-after"), None);
    me(&app, &ada).await.assert_status(S::OK);
    let refused = me(&app, &ada).await;
    refused.assert_status(S::TOO_MANY_REQUESTS);
    assert_eq!(header(&refused, "retry-after").as_deref(), Some("5"));
    assert_eq!(header(&refused, "ratelimit").as_deref(), Some("\"x\";r=0;t=5"));
    let problem = refused.json::<Value>();
    assert_eq!(problem["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
    assert_eq!((&problem["code"], &problem["violated-policies"]), (&json!("rate_limited"), &json!(["x"])));
    assert_eq!(
        header(&me(&app, &bob).await, "ratelimit").as_deref(),
        Some("\"x\";r=1;t=5"),
        "another person"
    );
    app.t.clock.advance(Duration::from_secs(5));
    me(&app, &ada).await.assert_status(S::OK);
    me(&app, &ada).await.assert_status(S::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn whoever_may_not_is_not_told_of_limits_of_people_and_no_limit_is_an_error_of_sign_in() {
    let app = with(limit("me", "person", 1, "1h")).await;
    for _ in 0..3 {
        app.api(Method::GET, "/me").await.assert_status(S::UNAUTHORIZED);
    }
    let ada = app.member("ada@example.org").await.access;
    me(&app, &ada).await.assert_status(S::OK);
    let refused = me(&app, &ada).await;
    assert_eq!((refused.status_code(), header(&refused, "www-authenticate")), (S::TOO_MANY_REQUESTS, None));
}

/// DESIGN 3: a limit of an address is looked at before any credential.
#[tokio::test]
async fn a_limit_of_an_address_comes_before_the_credential() {
    let app = with(limit("me", "address", 1, "1h")).await;
    let bad = || me(&app, "vst_nonsense");
    bad().await.assert_status(S::UNAUTHORIZED);
    bad().await.assert_status(S::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn signing_in_is_limited_by_rest_and_by_form_together_and_tells_no_counts() {
    let strict = LimitForm { strict: Some(true), ..limit("sign-in", "address", 2, "10m") };
    let app = with(strict).await;
    let ada = app.member("ada@example.org").await;
    assert!(!ada.refresh.is_empty());
    let mut browser = Browser::on(&app);
    let form = [("email", "ada@example.org"), ("password", PASSWORD)];
    assert_eq!(browser.submit("/fn/auth/sign-in", &form).await.status, S::SEE_OTHER);
    let refused = app.post("/auth/login", &json!({"email": "ada@example.org", "password": PASSWORD})).await;
    refused.assert_status(S::TOO_MANY_REQUESTS);
    assert_eq!(header(&refused, "retry-after").as_deref(), Some("600"));
    assert_eq!((header(&refused, "ratelimit"), header(&refused, "ratelimit-policy")), (None, None));
    let page = Browser::on(&app).submit("/fn/auth/sign-in", &form).await;
    assert_eq!(page.status, S::TOO_MANY_REQUESTS);
    assert!(page.text().contains("Too many requests in a short time. You can go on after 00:10 UTC."));
    app.t.clock.advance(Duration::from_mins(10));
    app.post("/auth/login", &json!({"email": "ada@example.org", "password": PASSWORD}))
        .await
        .assert_status(S::OK);
}

/// C29, C32: neither another header nor another spelling of the address makes another bucket.
#[tokio::test]
async fn c29_c32_nothing_a_caller_sends_makes_another_bucket() {
    let app = with(limit("auth", "address", 1, "1h")).await;
    let body = json!({"email": "ada@example.org"});
    app.post("/auth/password/forgot", &body).await.assert_status(S::ACCEPTED);
    for (name, value) in
        [("x-forwarded-for", "192.0.2.9"), ("x-real-ip", "192.0.2.9"), ("forwarded", "for=192.0.2.9")]
    {
        let answer = app.post("/auth/password/forgot", &body).add_header(name, value).await;
        answer.assert_status(S::TOO_MANY_REQUESTS);
    }
    for path in [
        "//auth/password/forgot",
        "/auth/password/forgot/",
        "/AUTH/password/forgot",
        "/auth%2Fpassword/forgot",
    ] {
        let answer = app.post(path, &body).await.status_code();
        assert!(
            [S::NOT_FOUND, S::TOO_MANY_REQUESTS, S::METHOD_NOT_ALLOWED].contains(&answer),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn headers_are_those_that_the_settings_ask_for() {
    let told = async |headers: Headers| {
        let change = |options: &mut Options| {
            options.rules.limits.headers = headers;
            options.rules.limits.named.insert("x".into(), limit("me", "person", 9, "1m"));
        };
        let app = app(Engine::Sqlite, change).await.unwrap();
        let answer = me(&app, &app.member("ada@example.org").await.access).await;
        ["ratelimit", "x-ratelimit-remaining"].map(|name| header(&answer, name))
    };
    let (ietf, legacy) = (Some("\"x\";r=8;t=7".to_owned()), Some("8".to_owned()));
    assert_eq!(told(Headers::Ietf).await, [ietf.clone(), None]);
    assert_eq!(told(Headers::Legacy).await, [None, legacy.clone()]);
    assert_eq!(told(Headers::Both).await, [ietf, legacy]);
    assert_eq!(told(Headers::Off).await, [None, None]);
}

/// A first run has limits, and all of the REST API is one of their tags.
#[tokio::test]
async fn the_api_is_limited_by_itself() {
    let app = app(Engine::Sqlite, |options| options.rules.limits.defaults = true).await.unwrap();
    let answer = me(&app, &app.member("ada@example.org").await.access).await;
    assert_eq!(header(&answer, "ratelimit-policy").as_deref(), Some("\"api\";q=1200;w=60"));
    let page = app.get("/login").await;
    assert_eq!(header(&page, "ratelimit"), None, "pages are no API");
}

vestibule_domain::both! {
    async fn limits_are_changed_by_rest_and_hold_at_once(t: TestDomain) {
        let app = App::of(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let ada = app.member("ada@example.org").await.access;
        let call = |method: Method, path: &str, body: Option<Value>| {
            let request = app.api(method, path).authorization_bearer(&root);
            async move {
                match body {
                    Some(body) => request.json(&body).await,
                    None => request.await,
                }
            }
        };
        let put = |body: Value| call(Method::PUT, "/limits/mine", Some(body));
        assert_eq!(call(Method::GET, "/limits", None).await.json::<Value>(), json!({"items": [], "next": null}));
        put(json!({"most": 1})).await.assert_status(S::UNPROCESSABLE_ENTITY);
        put(json!({"tags": ["nothing"], "by": ["person"], "most": 1, "per": "1h"})).await.assert_status(S::UNPROCESSABLE_ENTITY);
        let set = put(json!({"tags": ["me"], "by": ["person"], "most": 1, "per": "1h"})).await;
        let told = set.json::<Value>();
        assert_eq!((set.status_code(), &told["burst"], &told["from"]), (S::OK, &json!(1), &json!("run_time")));
        me(&app, &ada).await.assert_status(S::OK);
        me(&app, &ada).await.assert_status(S::TOO_MANY_REQUESTS);
        put(json!({"tags": ["me"], "by": ["person"], "most": 1, "per": "1h", "mode": "shadow"})).await.assert_status(S::OK);
        let shadow = me(&app, &ada).await;
        assert_eq!((shadow.status_code(), header(&shadow, "ratelimit")), (S::OK, None));
        put(json!({"tags": ["me"], "by": ["person"], "most": 1, "per": "1h"})).await.assert_status(S::OK);
        me(&app, &ada).await.assert_status(S::TOO_MANY_REQUESTS);
        call(Method::POST, "/limits/mine/reset", Some(json!({"everybody": true}))).await.assert_status(S::NO_CONTENT);
        me(&app, &ada).await.assert_status(S::OK);
        assert_eq!(call(Method::GET, "/limits?total=true", None).await.json::<Value>()["total"], 1);
        call(Method::DELETE, "/limits/mine", None).await.assert_status(S::NO_CONTENT);
        call(Method::DELETE, "/limits/mine", None).await.assert_status(S::NOT_FOUND);
        call(Method::GET, "/limits/mine", None).await.assert_status(S::NOT_FOUND);
        me(&app, &ada).await.assert_status(S::OK);
    }

    async fn a_command_beside_the_server_forgets_what_the_server_counted(t: TestDomain) {
        let node = t.node().await;
        let app = App::of(t);
        let by = Actor::Operator.allow::<ManageLimits>().unwrap();
        limits::set(&app.t.domain, &by, "x", &limit("me", "person", 1, "1h"), &Client::local()).await.unwrap();
        let ada = app.member("ada@example.org").await.access;
        me(&app, &ada).await.assert_status(S::OK);
        me(&app, &ada).await.assert_status(S::TOO_MANY_REQUESTS);
        let id = me_id(&app, &ada).await;
        let whom = vestibule_model::limits::ResetForm { user: Some(id), ..Default::default() };
        let stop = tokio_util::sync::CancellationToken::new();
        let watching = tokio::spawn(vestibule_domain::changes::watch(app.t.domain.clone(), stop.clone()));
        limits::set(&node.domain, &by, "x", &limit("me", "person", 1, "2h"), &Client::local()).await.unwrap();
        limits::reset(&node.domain, &by, "x", &whom, &Client::local()).await.unwrap();
        // What another process did is heard within two seconds; this waits for it, however long it takes.
        while me(&app, &ada).await.status_code() != S::OK {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        watching.await.unwrap();
    }
}

/// Whose token it is, without asking an endpoint that is limited.
async fn me_id(app: &App, token: &str) -> vestibule_model::UserId {
    let by = Actor::Operator.allow().unwrap();
    assert!(!token.is_empty());
    let which = vestibule_domain::accounts::Which::named("ada@example.org");
    vestibule_domain::accounts::show(&app.t.domain, &by, &which).await.unwrap().id
}

#[tokio::test]
async fn an_administrator_works_with_limits_without_javascript() {
    let app = app(Engine::Sqlite, |_| {}).await.unwrap();
    app.account("root@example.org", true).await;
    let mut browser = Browser::on(&app);
    browser.submit("/fn/auth/sign-in", &[("email", "root@example.org"), ("password", PASSWORD)]).await;
    let page = browser.open("/admin/limits").await;
    assert!(page.text().contains("No limit holds."));
    let form = [
        ("name", "mine"),
        ("tags", "me, auth"),
        ("by", "person"),
        ("most", "many"),
        ("per", "1m"),
        ("mode", "enforce"),
        ("on_store_error", "local"),
    ];
    let failed = browser.submit("/fn/limits/set", &form).await;
    assert_eq!((failed.status, failed.header("location")), (S::SEE_OTHER, "/admin/limits"));
    let page = browser.open("/admin/limits").await.text();
    assert!(page.contains("many") && page.contains("me, auth"), "what was typed stands there again");
    let form = form.map(|(name, value)| (name, if name == "most" { "5" } else { value }));
    let made = browser.submit("/fn/limits/set", &form).await;
    assert_eq!(made.header("location"), "/admin/limits/mine");
    assert!(
        browser.open("/admin/limits/mine").await.text().contains("The limit holds from the next request on.")
    );
    let twice = browser.submit("/fn/limits/set", &form).await;
    assert_eq!(twice.header("location"), "/admin/limits", "adding changes none that is there");
    browser.open("/admin/limits").await;
    let more: Vec<_> = form.into_iter().chain([("known", "true"), ("strict", "true")]).collect();
    assert_eq!(browser.submit("/fn/limits/set", &more).await.header("location"), "/admin/limits/mine");
    assert!(browser.open("/admin/limits").await.text().contains("at most 5 in any 1m"));
    let nobody =
        browser.submit("/fn/limits/reset", &[("name", "mine"), ("user", "nobody@example.org")]).await;
    assert_eq!(nobody.header("location"), "/admin/limits/mine");
    browser.open("/admin/limits/mine").await;
    browser.submit("/fn/limits/reset", &[("name", "mine"), ("user", "root@example.org")]).await;
    assert!(browser.open("/admin/limits/mine").await.text().contains("What was counted is forgotten."));
    browser.submit("/fn/limits/clear", &[("name", "mine")]).await;
    assert!(browser.open("/admin/limits").await.text().contains("No limit holds."));
}
