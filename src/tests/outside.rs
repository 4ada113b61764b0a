//! What stands outside pages and API: health, keys, documents, files, the developers' mailbox.

use super::app::{Answer, App};
use axum::body::Body;
use http::{Request, StatusCode as S};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::Vestibule;
use vestibule_domain::mail::Delivery;
use vestibule_domain::testing::{Engine, TestDomain};

async fn get(app: &App, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.raw(request.body(Body::empty()).unwrap()).await
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn readiness_ends_when_the_server_begins_to_stop_and_when_the_database_is_away() {
    let app = App::new().await;
    assert_eq!(json_of(&get(&app, "/healthz", &[]).await), json!({"status": "ok"}));
    let ready = get(&app, "/readyz", &[]).await;
    assert_eq!((ready.status, json_of(&ready)["database"].clone()), (S::OK, json!(true)));
    app.t.domain.close().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
    let away = get(&app, "/readyz", &[]).await;
    assert_eq!((away.status, json_of(&away)["database"].clone()), (S::SERVICE_UNAVAILABLE, json!(false)));
    assert_eq!(get(&app, "/healthz", &[]).await.status, S::OK, "the process lives");
    app.state.stopping.cancel();
    let stopping = get(&app, "/readyz", &[]).await;
    assert_eq!(
        (stopping.status, json_of(&stopping)),
        (S::SERVICE_UNAVAILABLE, json!({"status": "stopping"}))
    );
}

#[tokio::test]
async fn a_database_that_is_away_is_503_and_says_when_to_come_back() {
    let app = App::new().await;
    let token = app.member("ada@example.org").await.access;
    app.t.domain.close().await;
    let answer = get(&app, "/api/v1/me", &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!((answer.status, answer.code().as_str()), (S::SERVICE_UNAVAILABLE, "unavailable"));
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn the_signing_keys_are_published_and_hold_nothing_private() {
    let app = App::new().await;
    let answer = get(&app, "/.well-known/jwks.json", &[]).await;
    let key = &json_of(&answer)["keys"][0];
    assert_eq!((&key["kty"], &key["crv"]), (&json!("OKP"), &json!("Ed25519")));
    assert!(key["x"].is_string() && key["kid"].is_string() && key.get("d").is_none());
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
}

#[tokio::test]
async fn well_known_addresses_answer() {
    let app = App::new().await;
    assert_eq!(get(&app, "/.well-known/change-password", &[]).await.header("location"), "/account/password");
    let text = get(&app, "/.well-known/security.txt", &[]).await.text();
    assert_eq!(
        text,
        "Contact: mailto:noreply@example.org\nExpires: 2026-06-30T00:00:00Z\nPreferred-Languages: en\n\
         Canonical: http://127.0.0.1:3000/.well-known/security.txt\n"
    );
    assert_eq!(json_of(&get(&app, "/version", &[]).await)["name"], "vestibule");
}

#[tokio::test]
async fn the_documents_page_loads_everything_from_here() {
    let app = App::new().await;
    assert_eq!(get(&app, "/docs/api", &[]).await.header("location"), "/docs/api/");
    let page = get(&app, "/docs/api/", &[]).await;
    assert_eq!((page.status, page.header("content-type")), (S::OK, "text/html"));
    let text = page.text();
    assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    for script in text.split("<script").skip(1) {
        let (tag, rest) = script.split_once('>').unwrap();
        assert!(
            tag.contains("src=") && rest.trim_start().starts_with("</script>"),
            "an inline script: {tag}"
        );
    }
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js", "index.css"] {
        let answer = get(&app, &format!("/docs/api/{file}"), &[]).await;
        assert_eq!(answer.status, S::OK, "{file}");
        assert!(!answer.header("content-security-policy").contains("script-src 'self' 'unsafe"), "{file}");
    }
    assert_eq!(get(&app, "/docs/api/nothing.js", &[]).await.code(), "not_found");
    let document = get(&app, "/api/openapi.json", &[]).await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(json_of(&document)["info"]["title"], "Vestibule");
}

#[tokio::test]
async fn files_are_served_compressed_and_kept_as_long_as_their_address_says() {
    let app = App::new().await;
    let pkg = app.t.folder().join("site/pkg");
    std::fs::create_dir_all(&pkg).unwrap();
    std::fs::write(pkg.join("vestibule.js"), "plain").unwrap();
    std::fs::write(pkg.join("vestibule.js.br"), "brotli").unwrap();
    std::fs::write(app.t.folder().join("site/favicon.svg"), "<svg/>").unwrap();
    std::fs::write(app.t.folder().join("secret.txt"), "secret").unwrap();
    let plain = get(&app, "/pkg/vestibule.js", &[]).await;
    assert_eq!((plain.text().as_str(), plain.header("cache-control")), ("plain", "public, no-cache"));
    let packed = get(&app, "/pkg/vestibule.js?v=0123", &[("accept-encoding", "br, gzip")]).await;
    assert_eq!((packed.text().as_str(), packed.header("content-encoding")), ("brotli", "br"));
    assert_eq!(packed.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(packed.header("content-type").contains("javascript"));
    assert!(packed.header("vary").contains("accept-encoding"), "{packed:?}");
    assert_eq!(get(&app, "/favicon.svg", &[]).await.header("cache-control"), "public, max-age=86400");
    let modified = plain.header("last-modified").to_owned();
    assert_eq!(
        get(&app, "/pkg/vestibule.js", &[("if-modified-since", &modified)]).await.status,
        S::NOT_MODIFIED
    );
    for path in [
        "/pkg/",
        "/pkg",
        "/pkg/none.js",
        "/../secret.txt",
        "/pkg/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/pkg/..%2f..%2fsecret.txt",
        "/.hidden",
    ] {
        let answer = get(&app, path, &[]).await;
        assert_eq!(answer.status, S::NOT_FOUND, "{path}");
        assert!(!answer.text().contains("secret"), "{path}");
    }
}

#[tokio::test]
async fn the_mailbox_is_shown_to_the_machine_itself_and_to_nobody_else() {
    let to_folder = |options: &mut vestibule_domain::Options| {
        options.delivery = Delivery::Folder(options.data_dir.join("mail"));
    };
    let app = App::of(TestDomain::with(Engine::Sqlite, to_folder).await.unwrap());
    app.account("ada@example.org", false).await;
    app.post("/auth/password/forgot", &json!({"email": "ada@example.org"})).await.assert_status(S::ACCEPTED);
    vestibule_domain::mail::deliver_due(&app.t.domain).await.unwrap();
    let letter = vestibule_domain::mail::folder::list(&app.t.domain).await.unwrap().pop().unwrap();
    let html = format!("/dev/mail/{}/html", letter.id);
    let local = [("host", "127.0.0.1:3000")];
    let page = get(&app, "/dev/mail", &local).await;
    assert_eq!(page.status, S::OK);
    assert!(page.header("content-security-policy").contains("frame-src 'self'"));
    let frame = get(&app, &html, &local).await;
    assert_eq!((frame.status, frame.header("x-frame-options")), (S::OK, "SAMEORIGIN"));
    let policy = frame.header("content-security-policy");
    assert!(
        policy.contains("sandbox")
            && !policy.contains("allow-scripts")
            && !policy.contains("allow-same-origin")
    );
    for path in ["/dev/mail", &format!("/dev/mail/{}", letter.id), &html] {
        for headers in [
            &[][..],
            &[("host", "evil.example")],
            &[("host", "127.0.0.1:3000"), ("x-forwarded-for", "127.0.0.1")],
            &[("host", "127.0.0.1:3000"), ("host", "evil.example")],
        ] {
            assert_eq!(get(&app, path, headers).await.status, S::NOT_FOUND, "{path} {headers:?}");
        }
    }
    for id in ["..%2f..%2fsecret", "none", "%00", "a%2fb"] {
        assert_eq!(get(&app, &format!("/dev/mail/{id}/html"), &local).await.status, S::NOT_FOUND, "{id}");
    }
    let public = |options: &mut vestibule_domain::Options| {
        to_folder(options);
        options.public_url = "https://id.example".to_owned();
    };
    let app =
        App::with(TestDomain::with(Engine::Sqlite, public).await.unwrap(), &Vestibule::builder(), |_| {});
    assert_eq!(get(&app, "/dev/mail", &local).await.status, S::NOT_FOUND, "never on a public site");
}

#[tokio::test]
async fn reports_of_violated_policies_are_taken_and_bounded() {
    let app = App::new().await;
    for body in
        ["", "nonsense", r#"{"csp-report":{"violated-directive":"script-src","blocked-uri":"inline"}}"#]
    {
        let request = Request::post("/csp-report").header("content-type", "application/csp-report");
        assert_eq!(app.raw(request.body(Body::from(body)).unwrap()).await.status, S::NO_CONTENT, "{body}");
    }
    let request = Request::post("/csp-report").body(Body::from("a".repeat(17 * 1024))).unwrap();
    assert_eq!(app.raw(request).await.status, S::PAYLOAD_TOO_LARGE);
}
