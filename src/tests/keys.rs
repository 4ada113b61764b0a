//! API keys over REST: how they are made and shown once, what each may on every address (C52), and what is refused.

use super::app::{API, Answer, App, PASSWORD, json_request};
use axum::body::Body;
use http::{Method, Request, StatusCode as S};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::Vestibule;
use vestibule_model::groups::PERMISSIONS;

const ADA: &str = "ada@example.org";
const ROOT: &str = "root@example.org";

async fn send(app: &App, method: Method, path: &str, token: &str, body: &Value) -> Answer {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    app.raw(json_request(method, &format!("{API}{path}"), Some(token), body)).await
}

fn read(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// A key of whoever holds `token`.
async fn make(app: &App, token: &str, form: Value) -> Value {
    let answer = send(app, Method::POST, "/me/keys", token, &form).await;
    assert_eq!(answer.status, S::CREATED, "{}", answer.text());
    read(&answer)
}

fn secret(key: &Value) -> &str {
    key["secret"].as_str().unwrap()
}

async fn me(app: &App, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(format!("{API}/me"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.raw(request.body(Body::empty()).unwrap()).await
}

async fn is_bad(app: &App, key: &str, why: &str) -> String {
    let answer = me(app, &[("x-api-key", key)]).await;
    assert_eq!((answer.status, answer.code().as_str()), (S::UNAUTHORIZED, "bad_token"), "{why}");
    let mut problem = read(&answer);
    problem["request_id"] = Value::Null;
    problem.to_string()
}

#[tokio::test]
async fn a_key_is_shown_once_and_speaks_for_its_owner() {
    let app = App::new().await;
    let token = app.member(ADA).await.access;
    let made =
        send(&app, Method::POST, "/me/keys", &token, &json!({"name": "Backup", "expires_in_days": 30})).await;
    assert_eq!((made.status, made.header("cache-control")), (S::CREATED, "no-store"));
    let key = read(&made);
    assert_eq!(made.header("location"), format!("{API}/me/keys/{}", key["id"].as_str().unwrap()));
    let own = send(&app, Method::GET, &made.header("location")[API.len()..], &token, &Value::Null).await;
    let listed = send(&app, Method::GET, "/me/keys", &token, &Value::Null).await;
    assert_eq!(read(&listed)["items"], json!([read(&own)]));
    let tail = secret(&key).rsplit('_').next().unwrap();
    assert!(!own.text().contains(tail) && !listed.text().contains(tail), "never again");
    let bearer = format!("Bearer {}", secret(&key));
    for header in [("x-api-key", secret(&key)), ("authorization", bearer.as_str())] {
        let answer = me(&app, &[header]).await;
        assert_eq!((answer.status, &read(&answer)["email"]), (S::OK, &json!(ADA)));
    }
    let both = me(&app, &[("x-api-key", secret(&key)), ("authorization", &bearer)]).await;
    assert_eq!((both.status, both.code().as_str()), (S::BAD_REQUEST, "two_credentials"));
    let address = Request::get(format!("{API}/me?api_key={}", secret(&key))).body(Body::empty()).unwrap();
    assert_eq!(app.raw(address).await.code(), "malformed", "never in an address");
}

#[tokio::test]
async fn whatever_is_wrong_with_a_key_the_answer_is_the_same() {
    let app = App::new().await;
    let token = app.member(ADA).await.access;
    let first = make(&app, &token, json!({"name": "First", "expires_in_days": 1})).await;
    let second = make(&app, &token, json!({"name": "Second", "never": true})).await;
    let third = make(&app, &token, json!({"name": "Third", "never": true})).await;
    let path = |key: &Value| format!("/me/keys/{}", key["id"].as_str().unwrap());
    assert_eq!(send(&app, Method::DELETE, &path(&second), &token, &Value::Null).await.status, S::NO_CONTENT);
    let off = send(&app, Method::PATCH, &path(&third), &token, &json!({"enabled": false})).await;
    assert_eq!((off.status, &read(&off)["state"]), (S::OK, &json!("disabled")));
    let stranger = App::of(
        vestibule_domain::testing::TestDomain::with(vestibule_domain::testing::Engine::Sqlite, |options| {
            options.secret_key = Some("another master secret, as long as it must be".into());
        })
        .await
        .unwrap(),
    );
    let theirs = make(&stranger, &stranger.member(ADA).await.access, json!({"name": "Elsewhere"})).await;
    app.t.clock.advance(Duration::from_hours(24));
    let mut seen = vec![is_bad(&app, "nonsense", "no key").await];
    for (key, why) in
        [(&first, "expired"), (&second, "revoked"), (&third, "switched off"), (&theirs, "unknown")]
    {
        seen.push(is_bad(&app, secret(key), why).await);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[tokio::test]
async fn c48_a_key_belongs_to_whoever_asks_for_it() {
    let app = App::new().await;
    let token = app.member(ADA).await.access;
    let bob = app.member("bob@example.org").await.access;
    let his = read(&send(&app, Method::GET, "/me", &bob, &Value::Null).await)["id"].clone();
    for name in ["user_id", "userId", "owner", "id", "revoked", "state"] {
        let form = json!({"name": "Backup", name: his});
        assert_eq!(
            send(&app, Method::POST, "/me/keys", &token, &form).await.status,
            S::UNPROCESSABLE_ENTITY,
            "{name}"
        );
    }
    let nobody =
        app.raw(json_request(Method::POST, &format!("{API}/me/keys"), None, r#"{"name":"Backup"}"#)).await;
    assert_eq!(nobody.status, S::UNAUTHORIZED);
    let listed = send(&app, Method::GET, "/me/keys", &bob, &Value::Null).await;
    assert_eq!(read(&listed)["items"], json!([]));
}

#[tokio::test]
async fn making_changing_and_rotating_take_a_recent_password_and_revoking_does_not() {
    let app = App::new().await;
    let token = app.member(ADA).await.access;
    let key = make(&app, &token, json!({"name": "Backup"})).await;
    app.t.clock.advance(Duration::from_mins(11));
    let path = format!("/me/keys/{}", key["id"].as_str().unwrap());
    for (method, path, body) in [
        (Method::POST, "/me/keys".to_owned(), json!({"name": "More"})),
        (Method::PATCH, path.clone(), json!({"name": "Other"})),
        (Method::POST, format!("{path}/rotate"), json!({"overlap_hours": 1})),
    ] {
        let answer = send(&app, method, &path, &token, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (S::FORBIDDEN, "prove_again"), "{path}");
    }
    let proved = send(&app, Method::POST, "/me/prove", &token, &json!({"password": PASSWORD})).await;
    assert_eq!(proved.status, S::NO_CONTENT);
    let rotated =
        send(&app, Method::POST, &format!("{path}/rotate"), &token, &json!({"overlap_hours": 1})).await;
    assert_eq!((rotated.status, rotated.header("cache-control")), (S::CREATED, "no-store"));
    app.t.clock.advance(Duration::from_mins(3));
    for key in [&key, &read(&rotated)] {
        assert_eq!(me(&app, &[("x-api-key", secret(key))]).await.status, S::OK);
    }
    assert_eq!(send(&app, Method::DELETE, &path, &token, &Value::Null).await.status, S::NO_CONTENT);
}

#[tokio::test]
async fn a_key_is_taken_from_its_networks_alone_and_says_no_more() {
    let app = App::new().await;
    let token = app.member(ADA).await.access;
    let away =
        make(&app, &token, json!({"name": "Away", "networks": ["198.51.100.0/24", "2001:db8::1"]})).await;
    let here = make(&app, &token, json!({"name": "Here", "networks": ["127.0.0.0/8"]})).await;
    let refused = me(&app, &[("x-api-key", secret(&away))]).await;
    assert_eq!((refused.status, refused.code().as_str()), (S::FORBIDDEN, "key_network"));
    assert!(!refused.text().contains("198.51.100") && !refused.text().contains("127.0.0.1"));
    assert_eq!(me(&app, &[("x-api-key", secret(&here))]).await.status, S::OK);
}

#[tokio::test]
async fn whoever_holds_a_whole_key_can_report_it() {
    let app = App::new().await;
    let token = app.member(ADA).await.access;
    let key = make(&app, &token, json!({"name": "Backup"})).await;
    let report = async |key: &str| app.post("/keys/leaks", &json!({"key": key})).await;
    assert_eq!(report(&secret(&key)[1..]).await.status_code(), S::UNPROCESSABLE_ENTITY);
    for _ in 0..2 {
        let answer = report(secret(&key)).await;
        assert_eq!((answer.status_code(), answer.text()), (S::ACCEPTED, String::new()));
    }
    is_bad(&app, secret(&key), "leaked").await;
    // A good key may say it of itself; one that only reads changes nothing, not even this.
    let own = make(&app, &token, json!({"name": "Own"})).await;
    let body = json!({"key": secret(&own)});
    assert_eq!(send(&app, Method::POST, "/keys/leaks", secret(&own), &body).await.status, S::ACCEPTED);
    is_bad(&app, secret(&own), "leaked").await;
}

#[tokio::test]
async fn administrators_see_and_revoke_the_keys_of_others() {
    let app = App::new().await;
    app.account(ROOT, true).await;
    let (root, ada) = (app.tokens(ROOT, PASSWORD).await.access, app.member(ADA).await.access);
    let key = make(&app, &ada, json!({"name": "Backup"})).await;
    let owner = key["owner"].as_str().unwrap();
    let listed = send(&app, Method::GET, &format!("/users/{owner}/keys"), &root, &Value::Null).await;
    assert_eq!(read(&listed)["items"][0]["id"], key["id"]);
    assert!(!listed.text().contains(secret(&key)));
    let path = format!("/users/{owner}/keys/{}", key["id"].as_str().unwrap());
    assert_eq!(send(&app, Method::DELETE, &path, &ada, &Value::Null).await.code(), "not_allowed");
    assert_eq!(send(&app, Method::DELETE, &path, &root, &Value::Null).await.status, S::NO_CONTENT);
    is_bad(&app, secret(&key), "revoked").await;
    assert_eq!(send(&app, Method::DELETE, &path, &root, &Value::Null).await.status, S::NOT_FOUND);
}

/// What the manifest says that a key is answered with: `Ok` where it is as any other credential of its owner.
fn expected(method: &str, who: &str, read_only: bool, scopes: &[&str]) -> Result<(), &'static str> {
    let (who, keys) = who.split_once(',').map_or((who, ""), |(who, more)| (who, more));
    let takes = who == "anyone" || keys.contains("keys");
    let safe = method == "GET";
    match who.strip_prefix("may ") {
        _ if !takes => Err("key_not_taken"),
        _ if read_only && !safe => Err("key_read_only"),
        Some(permission) if !scopes.contains(&permission) => Err("not_allowed"),
        _ => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c52_a_key_may_on_every_address_what_the_manifest_says_and_no_more() {
    let app = App::new().await;
    app.account(ROOT, true).await;
    let names: Vec<_> = PERMISSIONS.iter().map(|permission| permission.name).collect();
    let mut kinds: Vec<(Vec<&str>, bool)> = vec![(Vec::new(), false), (names.clone(), true)];
    kinds.extend(names.iter().map(|name| (vec![*name], false)));
    let token = app.tokens(ROOT, PASSWORD).await.access;
    let manifest = Vestibule::builder().manifest(API).unwrap();
    let mut refused = 0;
    for (scopes, read_only) in kinds {
        let form = json!({"name": "Root's", "scopes": scopes, "read_only": read_only});
        let key = make(&app, &token, form).await;
        for line in manifest.lines().filter(|line| line.ends_with(" bearer")) {
            let mut words = line.split_whitespace();
            let (method, path) = (words.next().unwrap(), words.next().unwrap());
            let who = line.split_once(path).unwrap().1.trim();
            let who = who.split("  ").next().unwrap();
            let address = path.replace(['{', '}'], "");
            let ask = async |token: &str| {
                let request = Request::builder().method(method).uri(&address);
                let request = request.header("authorization", format!("Bearer {token}"));
                app.raw(request.body(Body::empty()).unwrap()).await
            };
            let answer = ask(secret(&key)).await;
            if let Err(code) = expected(method, who, read_only, &scopes) {
                refused += 1;
                let got = (answer.status, answer.code());
                assert_eq!(got, (S::FORBIDDEN, code.to_owned()), "{method} {path} with {scopes:?}");
            } else {
                let like = ask(&app.tokens(ROOT, PASSWORD).await.access).await;
                assert_eq!(answer.status, like.status, "{method} {path} with {scopes:?}");
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

#[tokio::test]
async fn c47_keys_in_pieces_and_in_other_letters_are_refused() {
    let app = App::new().await;
    let token = app.member(ADA).await.access;
    let key = make(&app, &token, json!({"name": "Backup"})).await;
    let key = secret(&key);
    for cut in [1, 5, 26, 30, key.len() - 1] {
        is_bad(&app, &key[..cut], "cut at its end").await;
        is_bad(&app, &key[cut..], "cut at its beginning").await;
    }
    is_bad(&app, &key.to_uppercase(), "capitals").await;
    is_bad(&app, &key.to_lowercase(), "small letters").await;
    is_bad(&app, &format!("{key}0"), "longer").await;
    let session = format!("session={key}");
    let page = Request::get("/account").header("cookie", session).header("x-api-key", key);
    let page = app.raw(page.body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, S::UNAUTHORIZED, "a page takes no key");
}
