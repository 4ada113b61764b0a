//! Rules of tags, from the outside: REST, pages and server functions alike, on every node and without a restart.

use super::app::{App, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use vestibule::Vestibule;
use vestibule::http::router;
use vestibule_domain::testing::{Engine, TestDomain, counting_statements};
use vestibule_domain::{Actor, Client, Domain, endpoints};
use vestibule_model::endpoints::{Asks, Rule, RuleForm, RuleWho};
use vestibule_model::error::Conflict;
use vestibule_model::groups::ManageEndpoints;
use vestibule_model::{Error, Problem};

fn signed_in() -> RuleForm {
    RuleForm { who: Some(RuleWho::SignedIn), ..RuleForm::default() }
}

fn permission(name: &str) -> RuleForm {
    RuleForm { permission: Some(name.into()), ..RuleForm::default() }
}

async fn set(domain: &Domain, tag: &str, form: RuleForm) -> vestibule_model::Result<()> {
    let by = Actor::Operator.allow::<ManageEndpoints>().unwrap();
    endpoints::set(domain, &by, tag, form, &Client::local()).await.map(drop)
}

vestibule_domain::both! {
    async fn a_rule_holds_for_rest_pages_and_functions_until_it_is_cleared(t: TestDomain) {
        let app = App::of(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        let ada = app.member("ada@example.org").await.access;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
        let rest = async |token: Option<&str>| {
            let request = app.api(Method::GET, "/profiles/nobody");
            match token {
                Some(token) => request.authorization_bearer(token).await,
                None => request.await,
            }
        };
        let put = |form: Value| app.api(Method::PUT, "/endpoints/tags/profiles").json(&form).authorization_bearer(&root);
        assert_eq!(rest(None).await.status_code(), S::NOT_FOUND);
        let told = put(json!({"who": "signed_in"})).await.json::<Value>();
        assert_eq!((&told["rule"], &told["from"], &told["locked"]), (&json!({"who": "signed_in"}), &json!("run_time"), &json!(false)));
        assert_eq!(rest(None).await.status_code(), S::UNAUTHORIZED);
        assert_eq!(app.get("/u/nobody").await.status_code(), S::UNAUTHORIZED);
        let page = app.get("/u/nobody").add_header("accept", "text/html").await;
        assert_eq!((page.status_code(), page.header("location").to_str().unwrap()), (S::SEE_OTHER, "/login?next=%2Fu%2Fnobody"));
        assert_eq!(rest(Some(&ada)).await.status_code(), S::NOT_FOUND);
        put(json!({"permission": "accounts:view"})).await.assert_status(S::OK);
        let refused = rest(Some(&ada)).await;
        assert_eq!((refused.status_code(), &refused.json::<Value>()["permission"]), (S::FORBIDDEN, &json!("accounts:view")));
        let saved = browser.submit("/fn/profiles/save", &[("name", "Ada")]).await;
        assert_eq!(saved.status, S::FORBIDDEN, "server functions of the tag as well");
        assert_eq!(rest(Some(&root)).await.status_code(), S::NOT_FOUND, "administrators hold every permission");
        let listed = app.api(Method::GET, "/endpoints?tag=profiles&limit=100").authorization_bearer(&root).await.json::<Value>();
        let page = listed["items"].as_array().unwrap().iter().find(|one| one["path"] == "/u/{username}").unwrap();
        assert_eq!(page["rules"], json!([{"tag": "profiles", "rule": {"permission": "accounts:view"}, "from": "run_time", "tightens": true}]));
        let clear = async || app.api(Method::DELETE, "/endpoints/tags/profiles").authorization_bearer(&root).await.status_code();
        assert_eq!((clear().await, clear().await), (S::NO_CONTENT, S::NOT_FOUND));
        assert_eq!(rest(None).await.status_code(), S::NOT_FOUND);
    }

    async fn rules_of_two_tags_are_both_asked_for(t: TestDomain) {
        let app = App::of(t);
        let ada = app.member("ada@example.org").await.access;
        let domain = &app.t.domain;
        set(domain, "users", permission("accounts:ban")).await.unwrap();
        let refused = app.api(Method::GET, "/users/0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11/rights").authorization_bearer(&ada).await;
        assert_eq!(refused.json::<Value>()["permission"], "accounts:view", "its own policy comes first");
        let by = Actor::Operator.allow::<ManageEndpoints>().unwrap();
        let rights = |tag: &str| endpoints::all(domain, &by, Some(tag)).into_iter().find(|one| one.path.ends_with("/rights")).unwrap();
        assert!(!rights("users").asks_for_several());
        assert!(rights("users").rules[0].tightens);
        set(domain, "users", permission("accounts:view")).await.unwrap();
        assert!(!rights("users").rules[0].tightens, "it asks for that by itself");
    }

    async fn what_would_lock_the_way_in_or_could_never_be_met_is_refused(t: TestDomain) {
        let app = App::of(t);
        let domain = &app.t.domain;
        let refused = async |tag: &str, form: RuleForm| set(domain, tag, form).await.unwrap_err();
        let conflict = |what| Error::Conflict { what };
        assert_eq!(refused("auth", signed_in()).await, conflict(Conflict::LocksSignIn));
        assert_eq!(refused("pages", signed_in()).await, conflict(Conflict::LocksSignIn));
        assert_eq!(refused("health", signed_in()).await, conflict(Conflict::LocksSignIn));
        assert_eq!(refused("docs", signed_in()).await, conflict(Conflict::NeverMet));
        assert_eq!(refused("profile", signed_in()).await, Error::NotFound);
        assert_eq!(refused("me", permission("accounts:veiw")).await, Error::invalid("permission", Problem::NotOffered));
        let nobody = RuleForm { group: Some("nobody".into()), ..RuleForm::default() };
        assert_eq!(refused("me", nobody).await, Error::invalid("group", Problem::NotOffered));
        assert_eq!(refused("me", RuleForm::default()).await, Error::invalid("who", Problem::Required));
        let by = Actor::Operator.allow::<ManageEndpoints>().unwrap();
        assert!(endpoints::tags(domain, &by).await.unwrap().iter().all(|tag| tag.rule.is_none()));
    }

    async fn a_group_that_endpoints_ask_for_is_not_deleted(t: TestDomain) {
        let app = App::of(t);
        app.account("root@example.org", true).await;
        let root = app.tokens("root@example.org", PASSWORD).await.access;
        app.post("/groups", &json!({"name": "premium"})).authorization_bearer(&root).await.assert_status(S::CREATED);
        let premium = RuleForm { group: Some("premium".into()), ..RuleForm::default() };
        set(&app.t.domain, "profiles", premium).await.unwrap();
        let refused = app.api(Method::DELETE, "/groups/premium").authorization_bearer(&root).await;
        assert_eq!((refused.status_code(), &refused.json::<Value>()["code"]), (S::CONFLICT, &json!("group_in_rule")));
        app.api(Method::DELETE, "/endpoints/tags/profiles").authorization_bearer(&root).await.assert_status(S::NO_CONTENT);
        app.api(Method::DELETE, "/groups/premium").authorization_bearer(&root).await.assert_status(S::NO_CONTENT);
    }

    async fn another_node_hears_of_a_rule_and_a_request_runs_no_statement_for_it(t: TestDomain) {
        let there = App::of(t.node().await);
        let here = App::of(t);
        let stop = tokio_util::sync::CancellationToken::new();
        let watch = tokio::spawn(vestibule_domain::changes::watch(there.t.domain.clone(), stop.clone()));
        set(&here.t.domain, "profiles", signed_in()).await.unwrap();
        let heard = async {
            while there.api(Method::GET, "/profiles/nobody").await.status_code() != S::UNAUTHORIZED {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), heard).await.expect("the other node hears of it");
        stop.cancel();
        watch.await.unwrap();
        let request = http::Request::get("/api/v1/profiles/nobody").body(axum::body::Body::empty()).unwrap();
        let (answer, statements) = counting_statements(here.raw(request)).await;
        assert_eq!((answer.status, statements), (S::UNAUTHORIZED, 0));
    }
}

/// A program whose settings say this of tags.
async fn with_rules(rules: &[(&str, Asks)]) -> App {
    let change = |options: &mut vestibule_domain::Options| {
        let rule = |(tag, asks): &(&str, Asks)| ((*tag).to_owned(), Rule { asks: asks.clone() });
        options.rules.endpoints = rules.iter().map(rule).collect();
    };
    App::of(TestDomain::with(Engine::Sqlite, change).await.unwrap())
}

#[tokio::test]
async fn rules_of_the_settings_win_and_are_locked() {
    let app = with_rules(&[("profiles", Asks::SignedIn)]).await;
    let domain = &app.t.domain;
    app.api(Method::GET, "/profiles/nobody").await.assert_status(S::UNAUTHORIZED);
    let by = Actor::Operator.allow::<ManageEndpoints>().unwrap();
    let locked = Error::Conflict { what: Conflict::FromSettings };
    assert_eq!(set(domain, "profiles", permission("accounts:view")).await, Err(locked.clone()));
    assert_eq!(endpoints::clear(domain, &by, "profiles", &Client::local()).await, Err(locked));
    let view = endpoints::show(domain, &by, "profiles").await.unwrap();
    assert!(view.locked && view.trouble.is_none());
    assert_eq!(endpoints::faults_of_settings(domain).await.unwrap(), []);
}

#[tokio::test]
async fn settings_that_do_not_fit_are_named() {
    let app = with_rules(&[
        ("profile", Asks::SignedIn),
        ("pages", Asks::SignedIn),
        ("me", Asks::Group("nobody".into())),
        ("users", Asks::Permission("acounts:ban".into())),
    ])
    .await;
    let domain = &app.t.domain;
    let faults = endpoints::faults_of_settings(domain).await.unwrap();
    insta::assert_snapshot!(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @r"
    endpoints.tags.me: there is no group nobody
    endpoints.tags.pages: nobody could sign in any more: GET /forgot
    endpoints.tags.profile: no endpoint has this tag; did you mean profiles?
    endpoints.tags.users: there is no permission acounts:ban; did you mean accounts:ban?
    ");
}

#[tokio::test]
async fn what_is_explained_is_what_the_guard_does() {
    let app = App::new().await;
    app.account("root@example.org", true).await;
    let ada = app.member("ada@example.org").await.access;
    let me = app.api(Method::GET, "/me").authorization_bearer(&ada).await.json::<Value>();
    let id = me["id"].as_str().unwrap().parse().unwrap();
    let domain = &app.t.domain;
    set(domain, "profiles", permission("accounts:view")).await.unwrap();
    let by = Actor::Operator.allow().unwrap();
    let explain = async |method: &str, path: &str| endpoints::explain(domain, &by, id, (method, path)).await;
    for (method, path) in
        [("GET", "/api/v1/me"), ("GET", "/api/v1/groups"), ("GET", "/api/v1/profiles/nobody")]
    {
        let said = explain(method, path).await.unwrap();
        let answer = app.get(path).authorization_bearer(&ada).await.status_code();
        assert_eq!(said.allowed, answer != S::FORBIDDEN, "{path}: {said:?}");
        assert_eq!(said.steps.iter().all(|step| step.holds), said.allowed);
    }
    assert_eq!(explain("GET", "/nowhere").await.unwrap_err(), Error::NotFound);
    assert_eq!(explain("PUT", "/api/v1/groups").await.unwrap_err(), Error::NotFound);
    assert!(!explain("GET", "/dev/mail").await.unwrap().allowed);
}

#[tokio::test]
async fn the_router_makes_known_what_it_answers() {
    let app = App::new().await;
    let manifest = Vestibule::builder().manifest("/api/v1").unwrap();
    assert_eq!(app.t.domain.endpoints().endpoints().len(), manifest.lines().count());
    let again = router::build(&Vestibule::builder(), Arc::clone(&app.state));
    assert!(again.is_ok());
}
