//! What settings and administrators have to say, and a provider that speaks OAuth 2 alone.

use super::op::{Broken, SECRET};
use super::{
    House, ada, follows, house, house_with, identities, is_in, leaves, people, root, signs_in, sqlite,
};
use crate::browser::Browser;
use http::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_oauth_server_says_who_somebody_is_and_which_address_is_theirs() {
    let House { app, op } = house(sqlite().await).await;
    let emails = |verified: bool| {
        json!([
            { "email": "old@example.org", "primary": false, "verified": true },
            { "email": "ada@example.org", "primary": true, "verified": verified },
        ])
    };
    let say = |verified| {
        let said =
            json!({ "id": 583_231, "name": "Ada", "email": "shown@example.org", "emails": emails(verified) });
        op.change(|mood| mood.userinfo = said);
    };
    let goes = async |browser: &mut Browser<'_>| {
        let back = op.consents(&leaves(browser, "git", &[]).await, &json!({}));
        browser.open(&back).await
    };
    say(false);
    let mut browser = Browser::on(&app);
    assert_eq!(goes(&mut browser).await.header("location"), "/auth/finish", "nobody vouches for it");
    say(true);
    let mut browser = Browser::on(&app);
    goes(&mut browser).await;
    assert!(is_in(&browser));
    let page = identities(&app, &mut browser).await;
    assert!(page.contains("Git") && page.contains("ada@example.org"), "{page}");
    // The same address at another provider opens nothing by itself.
    let mut elsewhere = Browser::on(&app);
    let answer = signs_in(&mut elsewhere, &op, &ada()).await;
    assert_eq!(answer.header("location"), "/auth/finish");
    assert!(!is_in(&elsewhere));
    assert_eq!(people(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_sign_up_is_for_the_settings_to_say() {
    let limited = |options: &mut vestibule_domain::Options| {
        let op = options.rules.social.providers.get_mut("op").unwrap();
        op.allowed_domains = Some(vec!["example.org".into()]);
        op.groups = Some(vec!["staff".into(), "nowhere".into()]);
        let staff = vestibule_domain::rules::DeclaredGroup::default();
        options.rules.groups.insert("staff".into(), staff);
        options.rules.social.providers.get_mut("git").unwrap().enabled = Some(false);
    };
    let House { app, op } = house_with(sqlite().await, limited).await;
    let mut browser = Browser::on(&app);
    for email in ["eve@evil.example", "eve@sub.example.org", "eve@example.org.evil.example"] {
        let who = json!({ "sub": "eve-1", "email": email, "email_verified": true });
        let answer = signs_in(&mut browser, &op, &who).await;
        assert!(follows(&mut browser, &answer).await.contains("may not sign up in this way"), "{email}");
    }
    let told = json!({ "sub": "eve-2", "email": "eve@example.org", "email_verified": false });
    let answer = signs_in(&mut browser, &op, &told).await;
    assert!(
        follows(&mut browser, &answer).await.contains("may not sign up in this way"),
        "nobody vouches for it"
    );
    signs_in(&mut browser, &op, &ada()).await;
    assert!(is_in(&browser));
    let root = root(&app).await;
    let user = app
        .api(Method::GET, "/users?search=ada@example.org")
        .authorization_bearer(&root)
        .await
        .json::<Value>();
    assert_eq!(user["items"][0]["groups"], json!(["member", "staff"]));
    assert_eq!(browser.submit("/auth/git", &[]).await.status, StatusCode::NOT_FOUND, "it is switched off");
    let offered = app.api(Method::GET, "/auth/providers").await.json::<Value>();
    assert_eq!(offered["items"].as_array().unwrap().len(), 2);

    let closed = |options: &mut vestibule_domain::Options| {
        options.rules.social.providers.get_mut("op").unwrap().registration = Some(false);
    };
    let House { app, op } = house_with(sqlite().await, closed).await;
    let mut browser = Browser::on(&app);
    let answer = signs_in(&mut browser, &op, &ada()).await;
    assert!(follows(&mut browser, &answer).await.contains("not taking new accounts"));
    assert_eq!(people(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_kept_out_is_kept_out_by_every_door() {
    let House { app, op } = house(sqlite().await).await;
    let mut browser = Browser::on(&app);
    signs_in(&mut browser, &op, &ada()).await;
    let root = root(&app).await;
    let found = app
        .api(Method::GET, "/users?search=ada@example.org")
        .authorization_bearer(&root)
        .await
        .json::<Value>();
    let id = found["items"][0]["id"].as_str().unwrap().to_owned();
    let ban = app.api(Method::PUT, &format!("/users/{id}/ban")).authorization_bearer(&root);
    ban.json(&json!({ "reason": "Spam" })).await.assert_status(StatusCode::OK);
    let mut banned = Browser::on(&app);
    let answer = signs_in(&mut banned, &op, &ada()).await;
    assert!(!is_in(&banned));
    assert!(follows(&mut banned, &answer).await.contains("This account is banned"));
    app.api(Method::DELETE, &format!("/users/{id}/ban")).authorization_bearer(&root).await;
    // Support takes an identity away.
    let path = format!("/users/{id}/identities");
    let listed = app.api(Method::GET, &path).authorization_bearer(&root).await.json::<Value>();
    assert_eq!(
        (&listed["items"][0]["provider"], &listed["items"][0]["subject"]),
        (&json!("op"), &json!("ada-1"))
    );
    let remove = format!("{path}/op");
    let gone = app.api(Method::DELETE, &remove).authorization_bearer(&root).await;
    gone.assert_status(StatusCode::NO_CONTENT);
    let twice = app.api(Method::DELETE, &remove).authorization_bearer(&root).await;
    twice.assert_status(StatusCode::NOT_FOUND);
    let answer = signs_in(&mut Browser::on(&app), &op, &ada()).await;
    assert_eq!(answer.header("location"), "/auth/finish", "the account is there, and opened otherwise");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_see_what_is_used_and_what_is_wrong() {
    let House { app, op } = house(sqlite().await).await;
    signs_in(&mut Browser::on(&app), &op, &ada()).await;
    signs_in(&mut Browser::on(&app), &op, &ada()).await;
    let root = root(&app).await;
    let listed = async || {
        let all = app.api(Method::GET, "/providers").authorization_bearer(&root).await.json::<Value>();
        all["items"].as_array().unwrap().iter().find(|one| one["name"] == "op").unwrap().clone()
    };
    let one = listed().await;
    assert_eq!(
        (&one["identities"], &one["sign_ups_30_days"], &one["sign_ins_30_days"]),
        (&json!(1), &json!(1), &json!(2))
    );
    assert_eq!((&one["last_failure"], &one["kind"]), (&Value::Null, &json!("oidc")));
    assert_eq!(one["callback_url"], "http://127.0.0.1:3000/auth/op/callback");
    assert!(!one.to_string().contains(SECRET));
    let test = async || {
        let report =
            app.api(Method::POST, "/providers/op/test").authorization_bearer(&root).await.json::<Value>();
        (report["passed"].as_bool().unwrap(), report["checks"].to_string())
    };
    let (passed, checks) = test().await;
    assert!(passed && checks.contains("client"), "{checks}");
    op.change(|mood| mood.knows_client = false);
    let (passed, checks) = test().await;
    assert!(!passed && checks.contains("client_refused"), "{checks}");
    let answer = signs_in(&mut Browser::on(&app), &op, &ada()).await;
    assert_eq!(answer.header("location"), "/login");
    assert_eq!(listed().await["last_failure"]["failure"], "client_refused");
    op.breaks("/jwks", Broken::Nonsense);
    assert!(test().await.1.contains("unreadable"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_kept_only_where_a_site_asks_for_it() {
    for (wanted, kept) in [(None, None), (Some(true), Some("at"))] {
        let House { app, op } = house_with(sqlite().await, |options| {
            options.rules.social.providers.get_mut("op").unwrap().keep_tokens = wanted;
        })
        .await;
        signs_in(&mut Browser::on(&app), &op, &ada()).await;
        let root = root(&app).await;
        let found = app.api(Method::GET, "/users?search=ada@example.org").authorization_bearer(&root).await;
        let user = found.json::<Value>()["items"][0]["id"].as_str().unwrap().parse().unwrap();
        let tokens = vestibule_domain::social::tokens(&app.t.domain, user, "op").await.unwrap();
        assert_eq!(tokens.as_ref().map(|tokens| tokens.access_token.expose()), kept);
    }
}
