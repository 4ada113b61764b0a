//! A project's own page, endpoint and permission stand under the same guards as Vestibule's.

use axum_test::TestServer;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use vestibule::http::{AppState, Options, router, site};
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::groups::ManageAccounts;

const PASSWORD: &str = "tangerine ladder sings quietly";

async fn server() -> (TestDomain, TestServer) {
    let ours = |options: &mut vestibule_domain::Options| options.extensions = minimal::program().extensions();
    let t = TestDomain::with(Engine::Sqlite, ours).await.expect("SQLite is always there");
    let options = Options {
        api_root: "/api/v1".to_owned(),
        trusted_proxies: Vec::new(),
        request_timeout: Duration::from_secs(30),
        metrics_token: None,
        contact: "noreply@example.org".to_owned(),
        site: site::defaults(),
        system: Arc::default(),
    };
    let house = Arc::new(AppState::new(t.domain.clone(), options));
    let router = router::build(&minimal::program(), house).expect("every endpoint states its policy");
    (t, TestServer::new(router))
}

async fn token(t: &TestDomain, server: &TestServer, email: &str, admin: bool) -> String {
    let by = Actor::Operator.allow::<ManageAccounts>().expect("the operator may");
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    accounts::create(
        &t.domain,
        &by,
        NewAccount { form, verified: true, admin, expires_at: None },
        &Client::local(),
    )
    .await
    .expect("made");
    let answer = server.post("/api/v1/auth/login").json(&json!({"email": email, "password": PASSWORD})).await;
    answer.json::<Value>()["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn who_holds_the_permission_signs_and_everyone_reads() {
    let (t, server) = server().await;
    let entry = json!({"text": "It was <b>lovely</b> here."});
    server.post("/api/v1/guestbook").json(&entry).await.assert_status_unauthorized();
    let member = token(&t, &server, "ada@example.org", false).await;
    let refused = server.post("/api/v1/guestbook").json(&entry).authorization_bearer(&member).await;
    refused.assert_status_forbidden();
    assert_eq!(refused.json::<Value>()["permission"], "guestbook:sign");
    let admin = token(&t, &server, "root@example.org", true).await;
    let blank =
        server.post("/api/v1/guestbook").json(&json!({"text": " "})).authorization_bearer(&admin).await;
    assert_eq!(blank.json::<Value>()["errors"], json!([{"pointer": "/text", "code": "required"}]));
    let signed = server.post("/api/v1/guestbook").json(&entry).authorization_bearer(&admin).await;
    signed.assert_status_no_content();
    let page = server.get("/guestbook").await;
    page.assert_status_ok();
    assert!(page.text().contains("It was &lt;b&gt;lovely&lt;/b&gt; here."), "{}", page.text());
}

#[tokio::test]
async fn its_list_is_read_a_page_at_a_time() {
    let (t, server) = server().await;
    let admin = token(&t, &server, "root@example.org", true).await;
    for number in 1..=5 {
        let entry = json!({"text": format!("paged {number}")});
        let signed = server.post("/api/v1/guestbook").json(&entry).authorization_bearer(&admin).await;
        signed.assert_status_no_content();
    }
    let (mut seen, mut query) = (Vec::new(), "?word=paged&limit=2&total=true".to_owned());
    let first = server.get(&format!("/api/v1/guestbook{query}")).await.json::<Value>();
    assert_eq!(first["total"], 5);
    loop {
        let page = server.get(&format!("/api/v1/guestbook{query}")).await.json::<Value>();
        let items = page["items"].as_array().expect("a page").iter();
        seen.extend(items.map(|item| item["text"].as_str().expect("text").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?word=paged&limit=2&cursor={next}");
    }
    assert_eq!(seen, ["paged 5", "paged 4", "paged 3", "paged 2", "paged 1"]);
    let next = first["next"].as_str().expect("there is more");
    for (query, pointer, code) in [
        (format!("?word=other&cursor={next}"), "/cursor", "malformed"),
        (format!("?word=paged&cursor=A{next}"), "/cursor", "malformed"),
        ("?limit=101".to_owned(), "/limit", "malformed"),
        ("?offset=5".to_owned(), "/offset", "unknown"),
    ] {
        let refused = server.get(&format!("/api/v1/guestbook{query}")).await;
        refused.assert_status_unprocessable_entity();
        assert_eq!(refused.json::<Value>()["errors"], json!([{"pointer": pointer, "code": code}]), "{query}");
    }
}

#[tokio::test]
async fn a_rule_of_its_tag_holds_for_its_page_and_its_endpoint_alike() {
    let (t, server) = server().await;
    let root = token(&t, &server, "root@example.org", true).await;
    let ada = token(&t, &server, "ada@example.org", false).await;
    let rule = |body: Value| {
        server.put("/api/v1/endpoints/tags/guestbook-reading").json(&body).authorization_bearer(&root)
    };
    let read = || server.get("/api/v1/guestbook");
    read().await.assert_status_ok();
    rule(json!({"who": "signed_in"})).await.assert_status_ok();
    read().await.assert_status_unauthorized();
    server.get("/guestbook").await.assert_status_unauthorized();
    read().authorization_bearer(&ada).await.assert_status_ok();
    let group = server.post("/api/v1/groups").json(&json!({"name": "readers"})).authorization_bearer(&root);
    group.await.assert_status(axum_test::http::StatusCode::CREATED);
    rule(json!({"group": "readers"})).await.assert_status_ok();
    let refused = read().authorization_bearer(&ada).await;
    refused.assert_status_forbidden();
    let refused = refused.json::<Value>();
    assert_eq!((&refused["code"], &refused["group"]), (&json!("not_in_group"), &json!("readers")));
    read().authorization_bearer(&root).await.assert_status_ok();
    let cleared = server.delete("/api/v1/endpoints/tags/guestbook-reading").authorization_bearer(&root);
    cleared.await.assert_status_no_content();
    server.get("/guestbook").await.assert_status_ok();
}

#[tokio::test]
async fn what_is_hidden_is_not_there_for_who_may_not_call_it() {
    let (t, server) = server().await;
    let ada = token(&t, &server, "ada@example.org", false).await;
    let root = token(&t, &server, "root@example.org", true).await;
    let count = || server.get("/api/v1/guestbook/count");
    count().await.assert_status_not_found();
    count().authorization_bearer(&ada).await.assert_status_not_found();
    count().authorization_bearer(&root).await.assert_status_ok();
}

#[tokio::test]
async fn its_field_is_in_sign_up_profile_and_api() {
    let (t, server) = server().await;
    let ada = token(&t, &server, "ada@example.org", false).await;
    assert!(server.get("/register").await.text().contains("Home town (optional)"));
    let wrong = json!({"fields": {"home_town": 7}});
    let wrong = server.patch("/api/v1/me").json(&wrong).authorization_bearer(&ada).await;
    assert_eq!(
        wrong.json::<Value>()["errors"],
        json!([{"pointer": "/fields/home_town", "code": "wrong_type"}])
    );
    let form = json!({
        "username": "ada", "fields": {"home_town": "<b>London</b>"}, "visibility": {"profile": "public"}
    });
    let done = server.patch("/api/v1/me").json(&form).authorization_bearer(&ada).await;
    assert_eq!(done.json::<Value>()["fields"], json!({"home_town": "<b>London</b>"}));
    let seen = server.get("/api/v1/profiles/ada").await;
    assert!(seen.json::<Value>().get("fields").is_none(), "strangers do not see it");
    let seen = server.get("/api/v1/profiles/ada").authorization_bearer(&ada).await;
    assert_eq!(seen.json::<Value>()["fields"]["home_town"], "<b>London</b>");
    assert!(!server.get("/u/ada").await.text().contains("London"));
}

#[tokio::test]
async fn its_field_is_in_the_pages_of_a_browser_without_javascript() {
    let (t, server) = server().await;
    token(&t, &server, "ada@example.org", false).await;
    let post = |path: &str| server.post(path).add_header("sec-fetch-site", "same-origin").save_cookies();
    post("/fn/auth/sign-in").form(&[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    let page = server.get("/account/profile").await.text();
    assert!(page.contains("Home town (optional)") && page.contains("name=\"fields[home_town]\""), "{page}");
    let cards: [&[(&str, &str)]; 3] = [
        &[("card", "card-about"), ("name", "Ada"), ("username", "ada")],
        &[("card", "card-seen"), ("visibility[profile]", "public")],
        &[("card", "card-more"), ("fields[home_town]", "<b>London</b>")],
    ];
    for card in cards {
        let page = server.get("/account/profile").await.text();
        let tag = page.split("name=\"tag\"").nth(1).and_then(|rest| rest.split('"').nth(1));
        let form: Vec<_> = [("tag", tag.expect("the page's state"))].iter().chain(card).copied().collect();
        post("/fn/profiles/save").form(&form).await.assert_status_see_other();
    }
    let page = server.get("/account/profile").await.text();
    assert!(page.contains("value=\"&lt;b&gt;London&lt;/b&gt;\""), "{page}");
    let own = server.get("/u/ada").await.text();
    assert!(own.contains("Home town") && own.contains("&lt;b&gt;London&lt;/b&gt;"), "{own}");
    let stranger = server.get("/u/ada").clear_cookies().await.text();
    assert!(stranger.contains("@ada") && !stranger.contains("London"), "strangers do not see it: {stranger}");
}

#[tokio::test]
async fn what_it_keeps_of_vestibule_works() {
    let (_t, server) = server().await;
    for path in ["/", "/login", "/register", "/healthz"] {
        server.get(path).await.assert_status_ok();
    }
}

#[test]
fn its_endpoints_are_in_the_manifest_and_the_document() {
    let program = minimal::program();
    let manifest = program.manifest("/api/v1").expect("every endpoint states its policy");
    assert!(
        manifest
            .lines()
            .any(|line| line.contains("/api/v1/guestbook") && line.contains("may guestbook:sign"))
    );
    assert!(manifest.lines().any(|line| line.contains(" /guestbook ") && line.contains("guestbook-reading")));
    assert!(program.openapi("/api/v1").expect("it fits").contains("sign_guestbook"));
}
