//! Signing up, signing in, linking and proving, in browsers and in native apps, on both databases.

use super::op::query;
use super::{
    House, ada, follows, goes, house, house_with, identities, is_in, pair, people, shift, signs_in, sqlite,
};
use crate::app::{Answer, OTHER, PASSWORD};
use crate::browser::Browser;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use vestibule_domain::both;
use vestibule_domain::testing::at_once;

/// What is answered to somebody who typed an address, and comes again.
async fn alike(t: vestibule_domain::testing::TestDomain, must_confirm: bool) {
    let House { app, op } =
        house_with(t, |options| options.rules.accounts.verification_required = must_confirm).await;
    app.account("ada@example.org", false).await;
    for (sub, email) in [("eve-1", "ada@example.org"), ("eve-2", "nobody@example.org")] {
        let eve = json!({ "sub": sub, "name": "Eve" });
        let mut browser = Browser::on(&app);
        signs_in(&mut browser, &op, &eve).await;
        let answer = browser.submit("/fn/social/finish", &[("name", "Eve"), ("email", email)]).await;
        assert_eq!(answer.header("location"), "/register/sent");
        let answer = signs_in(&mut browser, &op, &eve).await;
        assert_eq!(answer.header("location"), "/auth/finish", "{email}");
        assert!(!is_in(&browser));
    }
}

both! {
    async fn a_stranger_signs_up_and_is_known_the_next_time(t: TestDomain) {
        let House { app, op } = house(t).await;
        let mut browser = Browser::on(&app);
        let answer = goes(&mut browser, &op, &ada(), &[("next", "/account/security")]).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/account/security"));
        assert!(is_in(&browser));
        let page = browser.open("/account/profile").await.text();
        assert!(page.contains("Ada Lovelace"), "{page}");
        let kinds: Vec<_> = app.t.letters().await.into_iter().map(|letter| letter.to).collect();
        assert_eq!(kinds, ["ada@example.org"; 2], "a welcome, what opens it, and nothing to confirm");

        let mut again = Browser::on(&app);
        let changed = json!({ "sub": "ada-1", "email": "new@example.org", "email_verified": true });
        signs_in(&mut again, &op, &changed).await;
        assert!(is_in(&again), "known by issuer and subject, whatever the address");
        assert_eq!(people(&app).await, 1);
    }

    /// C01: an account that somebody made beforehand with the address of another.
    async fn c01_nothing_of_an_account_made_beforehand_survives(t: TestDomain) {
        let House { app, op } = house(t).await;
        let form = json!({ "email": "ada@example.org", "password": PASSWORD, "name": "Eve", "username": "eve" });
        app.post("/auth/register", &form).await.assert_status(StatusCode::ACCEPTED);
        let link = app.mailed_token("ada@example.org").await;
        let mut browser = Browser::on(&app);
        signs_in(&mut browser, &op, &ada()).await;
        assert!(is_in(&browser));
        let page = browser.open("/account/profile").await.text();
        assert!(page.contains("Ada Lovelace") && !page.contains("value=\"Eve\"") && !page.contains("value=\"eve\""), "{page}");
        let login = json!({ "email": "ada@example.org", "password": PASSWORD });
        app.post("/auth/login", &login).await.assert_status(StatusCode::UNAUTHORIZED);
        app.post("/auth/verify", &json!({ "token": link })).await.assert_status(StatusCode::GONE);
        assert_eq!(people(&app).await, 1);
    }

    /// C01, the other way round: the identity of a stranger does not outlive the owner's own proof of the address.
    async fn c01_an_identity_that_was_there_first_opens_nothing_afterwards(t: TestDomain) {
        let House { app, op } = house(t).await;
        let eve = json!({ "sub": "eve-1", "name": "Eve" });
        let mut stranger = Browser::on(&app);
        let answer = signs_in(&mut stranger, &op, &eve).await;
        assert_eq!(answer.header("location"), "/auth/finish");
        let form = [("name", "Eve"), ("email", "ada@example.org")];
        let answer = stranger.submit("/fn/social/finish", &form).await;
        assert_eq!(answer.header("location"), "/register/sent");
        signs_in(&mut stranger, &op, &eve).await;
        assert!(!is_in(&stranger), "not before the address is confirmed");

        let mut owner = Browser::on(&app);
        signs_in(&mut owner, &op, &ada()).await;
        assert!(is_in(&owner));
        let mut stranger = Browser::on(&app);
        let answer = signs_in(&mut stranger, &op, &eve).await;
        assert_eq!(answer.header("location"), "/auth/finish", "a stranger again");
        assert!(!is_in(&stranger));
    }

    async fn an_account_with_the_address_is_opened_by_its_owner_alone(t: TestDomain) {
        let House { app, op } = house(t).await;
        app.account("ada@example.org", false).await;
        let mut browser = Browser::on(&app);
        let answer = signs_in(&mut browser, &op, &ada()).await;
        assert_eq!(answer.header("location"), "/auth/finish");
        assert!(!is_in(&browser));
        let page = browser.open("/auth/finish").await.text();
        assert!(page.contains("There is an account with your address"), "{page}");
        // Whoever has that browser and no password gets nowhere.
        let tried = browser.submit("/fn/social/finish", &[("name", "Ada"), ("email", "ada@example.org")]).await;
        assert_eq!(tried.status, StatusCode::SEE_OTHER);
        assert!(!is_in(&browser));
        browser.submit("/fn/auth/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
        assert!(is_in(&browser));
        let answer = browser.submit("/fn/social/connect", &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        assert!(identities(&app, &mut browser).await.contains("Example"));
        let told = app.t.letters().await;
        assert!(told.iter().any(|letter| letter.subject.starts_with("Example was connected")), "{told:?}");
        let twice = browser.submit("/fn/social/connect", &[]).await;
        assert_eq!(twice.header("location"), "/auth/finish", "it was used up");

        let mut elsewhere = Browser::on(&app);
        signs_in(&mut elsewhere, &op, &ada()).await;
        assert!(is_in(&elsewhere));
        assert_eq!(people(&app).await, 1);
    }

    async fn an_address_that_nobody_vouches_for_must_be_confirmed(t: TestDomain) {
        let House { app, op } = house(t).await;
        let who = json!({ "sub": "ada-1", "email": "ada@example.org", "email_verified": false, "name": "Ada" });
        let mut browser = Browser::on(&app);
        let answer = signs_in(&mut browser, &op, &who).await;
        assert_eq!(answer.header("location"), "/auth/finish");
        let page = browser.open("/auth/finish").await.text();
        assert!(page.contains("ada@example.org"), "it is filled in: {page}");
        let form = [("name", "Ada"), ("email", "ada@example.org")];
        let answer = browser.submit("/fn/social/finish", &form).await;
        assert_eq!(answer.header("location"), "/register/sent");
        let answer = signs_in(&mut browser, &op, &who).await;
        assert_eq!(answer.header("location"), "/auth/finish", "asked again, be the address known or not");
        browser.submit("/fn/social/finish", &form).await;
        let last = app.t.letters().await.pop().unwrap();
        assert!(last.text.contains("begun by signing in at Example"), "{}", last.text);
        let token = last.link().unwrap().split_once("token=").unwrap().1;
        app.post("/auth/verify", &json!({ "token": token })).await.assert_status(StatusCode::NO_CONTENT);
        signs_in(&mut browser, &op, &who).await;
        assert!(is_in(&browser));
    }

    async fn a_known_address_and_an_unknown_one_are_answered_alike(t: TestDomain) {
        alike(t, true).await;
    }

    async fn they_are_alike_where_nobody_must_confirm_too(t: TestDomain) {
        alike(t, false).await;
    }

    /// C01: an identity that came with an address of the owner's does not outlive a recovery.
    async fn c01_a_reset_ends_what_opens_the_account(t: TestDomain) {
        let House { app, op } = house(t).await;
        let eve = json!({ "sub": "eve-1", "name": "Eve" });
        let mut browser = Browser::on(&app);
        signs_in(&mut browser, &op, &eve).await;
        browser.submit("/fn/social/finish", &[("name", "Eve"), ("email", "ada@example.org")]).await;
        let token = app.mailed_token("ada@example.org").await;
        app.post("/auth/verify", &json!({ "token": token })).await.assert_status(StatusCode::NO_CONTENT);
        app.post("/auth/password/forgot", &json!({ "email": "ada@example.org" })).await;
        let token = app.mailed_token("ada@example.org").await;
        let form = json!({ "token": token, "password": OTHER });
        app.post("/auth/password/reset", &form).await.assert_status(StatusCode::NO_CONTENT);
        let answer = signs_in(&mut browser, &op, &eve).await;
        assert_eq!(answer.header("location"), "/auth/finish", "a stranger again");
        assert!(!is_in(&browser));
    }

    /// In a browser that several people use: what waits is for the owner of the address alone.
    async fn what_waits_is_connected_with_nobody_else(t: TestDomain) {
        let House { app, op } = house(t).await;
        for email in ["ada@example.org", "bob@example.org"] {
            app.account(email, false).await;
        }
        let mut browser = Browser::on(&app);
        signs_in(&mut browser, &op, &ada()).await;
        browser.submit("/fn/auth/sign-in", &[("email", "bob@example.org"), ("password", PASSWORD)]).await;
        assert!(is_in(&browser));
        browser.submit("/fn/social/connect", &[]).await;
        assert!(!identities(&app, &mut browser).await.contains("ada@example.org"));
        let answer = signs_in(&mut Browser::on(&app), &op, &ada()).await;
        assert_eq!(answer.header("location"), "/auth/finish");
    }

    async fn of_many_at_once_one_makes_the_account_and_all_are_signed_in(t: TestDomain) {
        let House { app, op } = house(t).await;
        let app = Arc::new(app);
        let op = Arc::new(op);
        let signed_in = at_once(12, |_| {
            let (app, op) = (Arc::clone(&app), Arc::clone(&op));
            async move {
                let mut browser = Browser::on(&app);
                signs_in(&mut browser, &op, &ada()).await;
                is_in(&browser)
            }
        });
        assert_eq!(signed_in.await, vec![true; 12]);
        assert_eq!(people(&app).await, 1);
    }

    async fn an_account_is_linked_proved_and_unlinked_but_never_locked(t: TestDomain) {
        let House { app, op } = house(t).await;
        let mut browser = Browser::on(&app);
        signs_in(&mut browser, &op, &ada()).await;
        let answer = browser.submit("/fn/social/unlink", &[("provider", "op")]).await;
        assert!(follows(&mut browser, &answer).await.contains("This is your only way to sign in"));
        // Somebody else's is not taken, and nobody is named.
        let mut eve = Browser::on(&app);
        signs_in(&mut eve, &op, &json!({ "sub": "eve-1", "email": "eve@example.org", "email_verified": true })).await;
        let answer = goes(&mut eve, &op, &ada(), &[("purpose", "link")]).await;
        let told = follows(&mut eve, &answer).await;
        assert!(told.contains("connected with somebody else here") && !told.contains("ada@"), "{told}");
        // One's own proves who one is, and no other does.
        app.t.clock.advance(Duration::from_mins(15));
        op.change(|mood| shift(mood, 900));
        let answer = browser.open("/account/data").await;
        assert!(answer.header("location").starts_with("/prove"), "{answer:?}");
        let answer = goes(&mut browser, &op, &json!({ "sub": "eve-1" }), &[("purpose", "prove")]).await;
        assert!(follows(&mut browser, &answer).await.contains("not the one you use here"));
        let before = browser.cookies["session"].clone();
        let answer = goes(&mut browser, &op, &ada(), &[("purpose", "prove"), ("next", "/account/data")]).await;
        assert_eq!(answer.header("location"), "/account/data");
        assert_ne!(browser.cookies["session"], before, "under a new token (ASVS 7.2.4)");
        assert_eq!(browser.open("/account/data").await.status, StatusCode::OK);
        // With a password there is another way in.
        let form = [("current_password", ""), ("new_password", OTHER)];
        browser.submit("/fn/auth/change-password", &form).await;
        let answer = browser.submit("/fn/social/unlink", &[("provider", "op")]).await;
        let page = follows(&mut browser, &answer).await;
        assert!(!page.contains("only way to sign in"), "{page}");
        let mut again = Browser::on(&app);
        let answer = signs_in(&mut again, &op, &ada()).await;
        assert_eq!(answer.header("location"), "/auth/finish", "it opens the account no longer");
    }

    async fn a_native_app_gets_a_code_once_and_tokens_for_it(t: TestDomain) {
        let House { app, op } = house(t).await;
        let (verifier, challenge) = pair();
        let start = json!({
            "redirect_uri": "http://127.0.0.1:49152/done", "code_challenge": challenge, "state": "app-state"
        });
        let begin = || async {
            let answer = app.post("/auth/providers/op/start", &start).await;
            answer.assert_status(StatusCode::OK);
            answer.json::<Value>()["authorization_url"].as_str().unwrap().to_owned()
        };
        let code = |answer: &Answer| query(answer.header("location")).get("code").cloned();
        let mut system = Browser::on(&app);
        let answer = system.open(&op.consents(&begin().await, &ada())).await;
        assert_eq!(answer.status, StatusCode::FOUND);
        assert!(answer.header("location").starts_with("http://127.0.0.1:49152/done?code="), "{answer:?}");
        assert_eq!(query(answer.header("location"))["state"], "app-state");
        let exchange = |code: String, verifier: &str| json!({ "code": code, "code_verifier": verifier });
        let form = exchange(code(&answer).unwrap(), &verifier);
        let tokens = app.post("/auth/providers/token", &form).await;
        tokens.assert_status(StatusCode::OK);
        let access = tokens.json::<Value>()["access_token"].as_str().unwrap().to_owned();
        app.api(Method::GET, "/me").authorization_bearer(access).await.assert_status(StatusCode::OK);
        app.post("/auth/providers/token", &form).await.assert_status(StatusCode::GONE);
        // Another app's verifier, and a code that waited too long.
        let answer = system.open(&op.consents(&begin().await, &ada())).await;
        let stolen = code(&answer).unwrap();
        let wrong = exchange(stolen.clone(), &"x".repeat(43));
        app.post("/auth/providers/token", &wrong).await.assert_status(StatusCode::GONE);
        let right = exchange(stolen, &verifier);
        app.post("/auth/providers/token", &right).await.assert_status(StatusCode::GONE);
        let answer = system.open(&op.consents(&begin().await, &ada())).await;
        app.t.clock.advance(Duration::from_secs(61));
        let late = exchange(code(&answer).unwrap(), &verifier);
        app.post("/auth/providers/token", &late).await.assert_status(StatusCode::GONE);
        // What must be asked here is not asked by an app.
        let nobody = json!({ "sub": "bob-1" });
        let answer = system.open(&op.consents(&begin().await, &nobody)).await;
        assert!(answer.header("location").contains("error=interaction_required"), "{answer:?}");
        let answer = system.open(&op.declines(&begin().await, "access_denied")).await;
        assert!(answer.header("location").contains("error=access_denied&state=app-state"), "{answer:?}");
        assert!(!is_in(&system));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_native_app_names_an_address_that_the_settings_know() {
    let House { app, .. } = house(sqlite().await).await;
    let (_, challenge) = pair();
    for (redirect, challenge) in [
        ("http://127.0.0.1:49152/other", challenge.as_str()),
        ("http://localhost:49152/done", &challenge),
        ("https://evil.example/signed-in", &challenge),
        ("com.example.app:/signed-in/../x", &challenge),
        ("com.example.app:/signed-in", ""),
        ("com.example.app:/signed-in", "plain"),
    ] {
        let form = json!({ "redirect_uri": redirect, "code_challenge": challenge });
        let answer = app.post("/auth/providers/op/start", &form).await;
        answer.assert_status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let form = json!({ "redirect_uri": "com.example.app:/signed-in", "code_challenge": challenge });
    app.post("/auth/providers/none/start", &form).await.assert_status(StatusCode::NOT_FOUND);
}
