//! The story of an account over REST, on both databases.

use super::app::{App, OTHER, PASSWORD, Tokens};
use http::{Method, StatusCode as S};
use serde_json::{Value, json};

async fn me(app: &App, access: &str) -> S {
    app.api(Method::GET, "/me").authorization_bearer(access).await.status_code()
}

async fn refresh(app: &App, token: &str) -> axum_test::TestResponse {
    app.post("/auth/refresh", &json!({"refresh_token": token})).await
}

vestibule_domain::both! {
    async fn register_verify_sign_in_and_read_oneself(t: TestDomain) {
        let app = App::of(t);
        let form = json!({"email": "Ada@Example.org", "password": PASSWORD, "name": "Ada", "username": "ada"});
        app.post("/auth/register", &form).await.assert_status(S::ACCEPTED);
        let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
        let early = app.post("/auth/login", &credentials).await;
        assert_eq!((early.status_code(), &early.json::<Value>()["code"]), (S::UNAUTHORIZED, &json!("bad_credentials")));
        let token = app.mailed_token("Ada@Example.org").await;
        app.post("/auth/verify", &json!({"token": token})).await.assert_status(S::NO_CONTENT);
        let again = app.post("/auth/verify", &json!({"token": token})).await;
        assert_eq!((again.status_code(), &again.json::<Value>()["code"]), (S::GONE, &json!("link_dead")));
        let tokens = app.tokens("ada@example.org", PASSWORD).await;
        let seen = app.api(Method::GET, "/me").authorization_bearer(&tokens.access).await;
        seen.assert_status(S::OK);
        let seen = seen.json::<Value>();
        assert_eq!(seen["email"], "Ada@Example.org");
        assert_eq!(seen["email_verified_at"], "2026-01-01T00:00:00Z");
        assert_eq!((&seen["username"], &seen["groups"]), (&json!("ada"), &json!(["member"])));
    }

    async fn a_known_address_is_answered_like_a_new_one(t: TestDomain) {
        let app = App::of(t);
        app.account("ada@example.org", false).await;
        let mut answers = Vec::new();
        for email in ["ada@example.org", "new@example.org"] {
            let form = json!({"email": email, "password": PASSWORD, "name": "Ada"});
            let registered = app.post("/auth/register", &form).await;
            let forgot = app.post("/auth/password/forgot", &json!({"email": email})).await;
            let resent = app.post("/auth/verify/resend", &json!({"email": email})).await;
            answers.push([registered, forgot, resent].map(|answer| (answer.status_code(), answer.text())));
        }
        assert_eq!(answers[0], answers[1]);
        assert!(answers[0].iter().all(|answer| *answer == (S::ACCEPTED, String::new())));
        let unknown = app.post("/auth/login", &json!({"email": "nobody@example.org", "password": PASSWORD})).await;
        let wrong = app.post("/auth/login", &json!({"email": "ada@example.org", "password": OTHER})).await;
        let without_id = |answer: axum_test::TestResponse| {
            let mut body = answer.json::<Value>();
            body["request_id"] = Value::Null;
            (answer.status_code(), body)
        };
        assert_eq!(without_id(unknown), without_id(wrong));
    }

    async fn resend_brings_a_link_that_works(t: TestDomain) {
        let app = App::of(t);
        app.post("/auth/register", &json!({"email": "ada@example.org", "password": PASSWORD, "name": "Ada"})).await;
        let first = app.mailed_token("ada@example.org").await;
        app.post("/auth/verify/resend", &json!({"email": "ada@example.org"})).await.assert_status(S::ACCEPTED);
        let second = app.mailed_token("ada@example.org").await;
        app.post("/auth/verify", &json!({"token": first})).await.assert_status(S::GONE);
        app.post("/auth/verify", &json!({"token": second})).await.assert_status(S::NO_CONTENT);
    }

    async fn refresh_rotates_and_a_replay_ends_the_family(t: TestDomain) {
        let app = App::of(t);
        let first = app.member("ada@example.org").await;
        let answer = refresh(&app, &first.refresh).await;
        answer.assert_status(S::OK);
        let second = Tokens::of(&answer.json());
        assert_eq!(me(&app, &second.access).await, S::OK);
        let replay = refresh(&app, &first.refresh).await;
        assert_eq!((replay.status_code(), &replay.json::<Value>()["code"]), (S::UNAUTHORIZED, &json!("bad_token")));
        refresh(&app, &second.refresh).await.assert_status(S::UNAUTHORIZED);
        assert_eq!(me(&app, &second.access).await, S::UNAUTHORIZED);
        assert_eq!(me(&app, &first.access).await, S::UNAUTHORIZED);
    }

    async fn a_refresh_token_is_exchanged_though_the_access_token_beside_it_expired(t: TestDomain) {
        let app = App::of(t);
        let tokens = app.member("ada@example.org").await;
        app.t.clock.advance(std::time::Duration::from_secs(901));
        assert_eq!(me(&app, &tokens.access).await, S::UNAUTHORIZED);
        let request = app.post("/auth/refresh", &json!({"refresh_token": tokens.refresh}));
        let answer = request.authorization_bearer(&tokens.access).await;
        answer.assert_status(S::OK);
        assert_eq!(me(&app, &Tokens::of(&answer.json()).access).await, S::OK);
    }

    async fn logout_ends_both_tokens_at_once_and_no_others(t: TestDomain) {
        let app = App::of(t);
        let here = app.member("ada@example.org").await;
        let there = app.tokens("ada@example.org", PASSWORD).await;
        app.api(Method::POST, "/auth/logout").authorization_bearer(&here.access).await.assert_status(S::NO_CONTENT);
        assert_eq!(me(&app, &here.access).await, S::UNAUTHORIZED);
        refresh(&app, &here.refresh).await.assert_status(S::UNAUTHORIZED);
        assert_eq!(me(&app, &there.access).await, S::OK);
        let again = app.api(Method::POST, "/auth/logout").authorization_bearer(&here.access).await;
        again.assert_status(S::UNAUTHORIZED);
    }

    async fn logout_all_ends_every_session(t: TestDomain) {
        let app = App::of(t);
        let here = app.member("ada@example.org").await;
        let there = app.tokens("ada@example.org", PASSWORD).await;
        let answer = app.api(Method::POST, "/auth/logout-all").authorization_bearer(&here.access).await;
        answer.assert_status(S::NO_CONTENT);
        for tokens in [here, there] {
            assert_eq!(me(&app, &tokens.access).await, S::UNAUTHORIZED);
            refresh(&app, &tokens.refresh).await.assert_status(S::UNAUTHORIZED);
        }
    }

    async fn a_forgotten_password_is_replaced_and_every_session_ends(t: TestDomain) {
        let app = App::of(t);
        let before = app.member("ada@example.org").await;
        app.post("/auth/password/forgot", &json!({"email": "ADA@example.org"})).await.assert_status(S::ACCEPTED);
        let token = app.mailed_token("ada@example.org").await;
        let weak = app.post("/auth/password/reset", &json!({"token": token, "password": "short"})).await;
        weak.assert_status(S::UNPROCESSABLE_ENTITY);
        assert_eq!(weak.json::<Value>()["errors"], json!([{"pointer": "/password", "code": "too_short", "min": 15}]));
        let form = json!({"token": token, "password": OTHER});
        app.post("/auth/password/reset", &form).await.assert_status(S::NO_CONTENT);
        app.post("/auth/password/reset", &form).await.assert_status(S::GONE);
        assert_eq!(me(&app, &before.access).await, S::UNAUTHORIZED);
        refresh(&app, &before.refresh).await.assert_status(S::UNAUTHORIZED);
        assert!(app.t.letters().await.iter().any(|letter| letter.subject.to_lowercase().contains("password")));
        app.tokens("ada@example.org", OTHER).await;
    }

    async fn a_deleted_accounts_tokens_answer_401(t: TestDomain) {
        let app = App::of(t);
        let tokens = app.member("ada@example.org").await;
        let delete = |password: &str| {
            app.api(Method::DELETE, "/me").json(&json!({"password": password})).authorization_bearer(&tokens.access)
        };
        let wrong = delete(OTHER).await;
        assert_eq!((wrong.status_code(), &wrong.json::<Value>()["code"]), (S::FORBIDDEN, &json!("wrong_password")));
        delete(PASSWORD).await.assert_status(S::NO_CONTENT);
        delete(PASSWORD).await.assert_status(S::UNAUTHORIZED);
        assert_eq!(me(&app, &tokens.access).await, S::UNAUTHORIZED);
        refresh(&app, &tokens.refresh).await.assert_status(S::UNAUTHORIZED);
        app.t.clock.advance(app.t.domain.rules().accounts.deletion_grace);
        assert_eq!(vestibule_domain::accounts::erase_due(&app.t.domain).await, Ok(1));
        let login = app.post("/auth/login", &json!({"email": "ada@example.org", "password": PASSWORD})).await;
        login.assert_status(S::UNAUTHORIZED);
    }

    async fn too_many_wrong_passwords_are_told_when_to_come_back(t: TestDomain) {
        let app = App::of(t);
        app.account("ada@example.org", false).await;
        let mut last = None;
        for _ in 0..30 {
            let answer = app.post("/auth/login", &json!({"email": "ada@example.org", "password": OTHER})).await;
            if answer.status_code() == S::TOO_MANY_REQUESTS {
                last = Some(answer);
                break;
            }
        }
        let answer = last.expect("the guesser is stopped");
        let seconds: u64 = answer.header("retry-after").to_str().unwrap().parse().unwrap();
        assert!(seconds >= 1);
        assert_eq!(answer.json::<Value>()["code"], "too_many_attempts");
        assert!(answer.json::<Value>()["retry_at"].is_string());
    }
}
