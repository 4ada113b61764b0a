//! Who somebody is comes from their credential alone: an id of somebody else in what is sent opens nothing, and an account
//! that is banned is nobody on every way in and on every node (C20, C48).

use super::app::{API, App, PASSWORD, Tokens, json_request};
use super::bad_input;
use super::browser::Browser;
use axum::body::Body;
use http::{Method, Request, StatusCode as S};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::Vestibule;
use vestibule_domain::{Actor, Client, accounts, auth, bans, changes};
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{BanAccounts, ViewAccounts};
use vestibule_model::{Secret, UserId};

const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";
/// Names under which others let a caller say who they are.
const NAMES: [&str; 8] = ["user_id", "userId", "user", "id", "sub", "account", "account_id", "owner"];

async fn id_of(app: &App, email: &str) -> UserId {
    let by = Actor::Operator.allow::<ViewAccounts>().unwrap();
    accounts::show(&app.t.domain, &by, &accounts::Which::Email(email.into())).await.unwrap().id
}

async fn read(app: &App, tokens: &Tokens, path: &str) -> Value {
    let answer = app.api(Method::GET, path).authorization_bearer(&tokens.access).await;
    answer.assert_status(S::OK);
    answer.json()
}

/// Everything that somebody sees of their own account.
async fn state(app: &App, tokens: &Tokens) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["/me", "/me/sessions", "/me/notifications"] {
        all.push(read(app, tokens, path).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c48_somebody_elses_id_in_a_body_opens_nothing_over_rest() {
    let app = App::new().await;
    let (ada, bob) = (app.member(ADA).await, app.member(BOB).await);
    let (before, theirs) = (state(&app, &bob).await, id_of(&app, BOB).await.to_string());
    for (method, path, example) in bad_input::endpoints() {
        for name in NAMES {
            let mut body = example.clone();
            body[name] = json!(theirs);
            let body = body.to_string();
            let what = format!("{method} {path} {name}");
            // What needs a credential asks for it first; nothing else takes the name at all.
            let nobody = app.raw(json_request(method.clone(), &path, None, body.clone())).await.status;
            assert!(nobody == S::UNAUTHORIZED || nobody == S::UNPROCESSABLE_ENTITY, "{what}: {nobody}");
            let member = app.raw(json_request(method.clone(), &path, Some(&ada.access), body)).await.status;
            assert!(member == S::FORBIDDEN || member == S::UNPROCESSABLE_ENTITY, "{what}: {member}");
        }
    }
    assert_eq!(state(&app, &bob).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c48_somebody_elses_id_in_a_form_or_an_address_opens_nothing() {
    let app = App::new().await;
    app.account(ADA, false).await;
    let bob = app.member(BOB).await;
    let (before, theirs) = (state(&app, &bob).await, id_of(&app, BOB).await.to_string());
    let fields: Vec<_> = NAMES.into_iter().map(|name| (name, theirs.as_str())).collect();
    let manifest = Vestibule::builder().manifest(API).unwrap();
    let mut tried = 0;
    for line in manifest.lines() {
        let words = line.split_whitespace().collect::<Vec<_>>();
        let (method, path, credential) = (words[0], words[1], *words.last().unwrap());
        if method != "POST" || credential != "cookie" || path.contains('{') {
            continue;
        }
        tried += 1;
        // Some of them end the session, and one the account.
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
        let known = [
            ("email", "new@example.org"),
            ("password", PASSWORD),
            ("name", "Changed"),
            ("notice", "welcome"),
        ];
        let known: Vec<_> = known.into_iter().chain(fields.iter().copied()).collect();
        let answer = browser.submit(&format!("{path}?user_id={theirs}"), &known).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
        assert_eq!(state(&app, &bob).await, before, "{path}");
    }
    assert!(tried > 10, "{tried}");
}

/// Every credential that somebody may hold from before.
struct Held<'a> {
    tokens: Tokens,
    browser: Browser<'a>,
}

/// What each address that asks for a credential answers to whoever comes with what they hold.
async fn answers(app: &App, held: Option<&Held<'_>>) -> Vec<(String, u16)> {
    let manifest = Vestibule::builder().manifest(API).unwrap();
    let mut all = Vec::new();
    for line in manifest.lines() {
        let words = line.split_whitespace().collect::<Vec<_>>();
        let (method, path, credential) = (words[0], words[1], *words.last().unwrap());
        let mut request = Request::builder().method(method).uri(path.replace(['{', '}'], ""));
        match (credential, held) {
            ("bearer", Some(held)) => {
                request = request.header("authorization", format!("Bearer {}", held.tokens.access));
            }
            ("cookie", Some(held)) => {
                for (name, value) in &held.browser.cookies {
                    request = request.header("cookie", format!("{name}={value}"));
                }
            }
            ("bearer" | "cookie", None) => {}
            _ => continue,
        }
        if method == "POST" && credential == "cookie" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
            request = request.header("sec-fetch-site", "same-origin");
        }
        let status = app.raw(request.body(Body::empty()).unwrap()).await.status.as_u16();
        all.push((format!("{method} {path}"), status));
    }
    assert!(all.len() > 40, "{}", all.len());
    all
}

async fn held(app: &App) -> Held<'_> {
    let mut browser = Browser::on(app);
    browser.submit("/fn/auth/sign-in", &[("email", ADA), ("password", PASSWORD), ("remember", "true")]).await;
    Held { tokens: app.tokens(ADA, PASSWORD).await, browser }
}

async fn is_nobody(app: &App, held: &Held<'_>, new_password: &str) {
    for ((address, nobody), (_, banned)) in
        answers(app, None).await.into_iter().zip(answers(app, Some(held)).await)
    {
        assert_eq!(banned, nobody, "{address}");
    }
    let refresh = app.post("/auth/refresh", &json!({"refresh_token": held.tokens.refresh})).await;
    assert_eq!(
        (refresh.status_code(), refresh.json::<Value>()["code"].clone()),
        (S::UNAUTHORIZED, json!("bad_token"))
    );
    for (password, status, code) in
        [(new_password, S::FORBIDDEN, "banned"), (PASSWORD, S::UNAUTHORIZED, "bad_credentials")]
    {
        let login = app.post("/auth/login", &json!({"email": ADA, "password": password})).await;
        assert_eq!((login.status_code(), login.json::<Value>()["code"].clone()), (status, json!(code)));
        let mut browser = Browser::on(app);
        browser.submit("/fn/auth/sign-in", &[("email", ADA), ("password", password)]).await;
        assert!(!browser.cookies.contains_key("session"));
    }
}

vestibule_domain::both! {
    async fn c20_who_is_banned_is_nobody_on_every_way_in_and_on_every_node(t: TestDomain) {
        let second = t.node().await;
        let (here, there) = (App::of(t), App::of(second));
        here.account(ADA, false).await;
        let stop = tokio_util::sync::CancellationToken::new();
        let watch = tokio::spawn(changes::watch(there.t.domain.clone(), stop.clone()));
        let (on_here, on_there) = (held(&here).await, held(&there).await);
        auth::forgot(&here.t.domain, ADA, &Client::local()).await.unwrap();
        let link = Secret::new(here.mailed_token(ADA).await);
        for held in [&on_here, &on_there] {
            for app in [&here, &there] {
                assert_eq!(read(app, &held.tokens, "/me").await["email"], ADA, "both nodes have it in their caches");
            }
        }
        let by = Actor::Operator.allow::<BanAccounts>().unwrap();
        let form = BanForm { reason: "Spam".into(), until: None, note: None };
        bans::impose(&here.t.domain, &by, id_of(&here, ADA).await, form, &Client::local()).await.unwrap();
        let new = "seven grey herons over water";
        auth::reset(&here.t.domain, &link, &new.into(), &Client::local()).await.unwrap();
        is_nobody(&here, &on_here, new).await;
        is_nobody(&here, &on_there, new).await;
        let told = async {
            while auth::by_access_token(&there.t.domain, &on_here.tokens.access).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.expect("the other node hears of it");
        is_nobody(&there, &on_here, new).await;
        is_nobody(&there, &on_there, new).await;
        stop.cancel();
        watch.await.unwrap();
    }
}
