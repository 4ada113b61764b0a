//! Bad input against every endpoint that takes a body: whatever comes, the answer is a 4xx problem that names a code and
//! repeats nothing.

use super::app::{API, Answer, App, PASSWORD, json_request};
use axum::body::{Body, Bytes};
use http::{Method, Request, StatusCode as S};
use serde_json::{Value, json};
use std::pin::Pin;
use std::task::{Context, Poll};
use vestibule::Vestibule;

/// Every endpoint of the API that takes a body, with one that fits its form.
pub(super) fn endpoints() -> Vec<(Method, String, Value)> {
    let document: Value = serde_json::from_str(&Vestibule::builder().openapi(API).unwrap()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            if example.is_object() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                found.push((method, path.clone(), example.clone()));
            }
        }
    }
    assert!(found.len() >= 8, "{found:?}");
    found
}

const SECRET: &str = "hunter2-hunter2-hunter2";

async fn refused(app: &App, request: Request<Body>, expected: S, what: &str) {
    let answer = app.raw(request).await;
    assert_eq!(answer.status, expected, "{what}: {}", answer.text());
    answer.code();
    assert!(!answer.text().contains(SECRET), "{what} is repeated: {}", answer.text());
}

/// One request a kind of bad body; the token of an administrator for endpoints that need one.
async fn each(test: impl AsyncFn(&App, &Method, &str, &str, Value)) {
    let app = App::new().await;
    app.account("root@example.org", true).await;
    let tokens = app.tokens("root@example.org", PASSWORD).await;
    for (method, path, example) in endpoints() {
        test(&app, &method, &path, &tokens.access, example).await;
    }
}

#[tokio::test]
async fn malformed_bodies_are_400() {
    let utf16: Vec<u8> = "{\"email\":\"a\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin1 = b"{\"\xe9\":\"latin 1\"}".to_vec();
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        format!("{{ {SECRET}").into_bytes(),
        b"email=a&password=b".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"NaN".to_vec(),
        utf16,
        latin1,
    ];
    each(async |app, method, path, token, example| {
        for body in &bodies {
            let what = format!("{method} {path} {:?}", String::from_utf8_lossy(&body[..body.len().min(40)]));
            refused(
                app,
                json_request(method.clone(), path, Some(token), body.clone()),
                S::BAD_REQUEST,
                &what,
            )
            .await;
        }
        let trailing = format!("{example} {{}}");
        refused(app, json_request(method.clone(), path, Some(token), trailing), S::BAD_REQUEST, path).await;
    })
    .await;
}

#[tokio::test]
async fn c05_wrong_types_unknown_double_and_missing_fields_are_422() {
    each(async |app, method, path, token, example| {
        let deep = "[".repeat(5_000);
        let mut bodies =
            vec![deep, "[]".to_owned(), "null".to_owned(), "\"text\"".to_owned(), "5".to_owned()];
        // A partial change may change nothing.
        if *method != Method::PATCH {
            bodies.push("{}".to_owned());
        }
        let fields = example.as_object().unwrap();
        for field in fields.keys() {
            for wrong in [
                json!(5),
                json!(["a@example.org", "b@example.org"]),
                json!({"a": 1}),
                json!(true),
                json!(1e300),
            ] {
                // A switch takes either, and a count any small number.
                let fits = (wrong.is_boolean() && example[field].is_boolean())
                    || (wrong.is_u64() && example[field].is_u64());
                if fits {
                    continue;
                }
                let mut body = example.clone();
                body[field] = wrong;
                bodies.push(body.to_string());
            }
            let value = &example[field];
            let rest = example.to_string();
            bodies.push(format!("{{\"{field}\":{value},{}", &rest[1..]));
        }
        let mut body = example.clone();
        body["is_admin"] = json!(true);
        bodies.push(body.to_string());
        body = example.clone();
        body[SECRET.repeat(5)] = json!(SECRET);
        bodies.push(body.to_string());
        for body in bodies {
            let what = format!("{method} {path} {}", body.chars().take(200).collect::<String>());
            refused(
                app,
                json_request(method.clone(), path, Some(token), body),
                S::UNPROCESSABLE_ENTITY,
                &what,
            )
            .await;
        }
    })
    .await;
}

#[tokio::test]
async fn nul_and_control_characters_are_refused_in_every_field() {
    each(async |app, method, path, token, example| {
        for field in example.as_object().unwrap().keys() {
            let mut body = example.clone();
            body[field] = json!(format!("{SECRET}\0@example.org"));
            let answer = app.raw(json_request(method.clone(), path, Some(token), body.to_string())).await;
            let (status, what) = (answer.status, format!("{method} {path} {field}: {}", answer.text()));
            assert!(status.is_client_error(), "{what}");
            assert!(!answer.text().contains(SECRET), "{what}");
            answer.code();
        }
    })
    .await;
}

#[tokio::test]
async fn c68_a_megabyte_of_password_is_413_and_nothing_is_hashed() {
    each(async |app, method, path, token, mut example| {
        if example.get("password").is_none() {
            return;
        }
        example["password"] = json!("a".repeat(1024 * 1024));
        let before = app.t.counted_attempts().await;
        let request = json_request(method.clone(), path, Some(token), example.to_string());
        refused(app, request, S::PAYLOAD_TOO_LARGE, path).await;
        assert_eq!(
            app.t.counted_attempts().await,
            before,
            "{path}: an attempt is counted before its hash is computed"
        );
        example["password"] = json!("a".repeat(2_000));
        let request = json_request(method.clone(), path, Some(token), example.to_string());
        let answer = app.raw(request).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.text());
    })
    .await;
}

#[tokio::test]
async fn c65_json_in_another_costume_is_415() {
    each(async |app, method, path, token, example| {
        for kind in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
            Some("application/json; charset=utf-16"),
            Some("application/json, text/plain"),
        ] {
            let mut request = json_request(method.clone(), path, Some(token), example.to_string());
            request.headers_mut().remove("content-type");
            if let Some(kind) = kind {
                request.headers_mut().insert("content-type", kind.parse().unwrap());
            }
            let what = format!("{method} {path} {kind:?}");
            refused(app, request, S::UNSUPPORTED_MEDIA_TYPE, &what).await;
        }
        let mut request = json_request(method.clone(), path, Some(token), example.to_string());
        request.headers_mut().append("content-type", "text/plain".parse().unwrap());
        refused(app, request, S::UNSUPPORTED_MEDIA_TYPE, path).await;
    })
    .await;
}

#[tokio::test]
async fn c72_compressed_bodies_are_refused_unread() {
    each(async |app, method, path, token, _| {
        for encoding in ["gzip", "br", "deflate", "zstd", "gzip, gzip"] {
            let mut request =
                json_request(method.clone(), path, Some(token), Bytes::from_static(b"\x1f\x8b\x08"));
            request.headers_mut().insert("content-encoding", encoding.parse().unwrap());
            refused(app, request, S::UNSUPPORTED_MEDIA_TYPE, &format!("{method} {path} {encoding}")).await;
        }
    })
    .await;
}

/// A body without end, as fast as it is read.
struct Endless;

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(hyper::body::Frame::data(Bytes::from_static(&[b'a'; 4096])))))
    }
}

/// A stranger without a cookie is sent away from these before a byte is read.
fn closed(line: &str) -> bool {
    (line.contains("signed in") || line.contains(" may ")) && line.trim_end().ends_with("cookie")
}

#[tokio::test]
async fn c69_an_endless_body_is_413_on_every_route() {
    let app = App::new().await;
    app.account("root@example.org", true).await;
    let token = app.tokens("root@example.org", PASSWORD).await.access;
    let manifest = Vestibule::builder().manifest(API).unwrap();
    let mut routes: Vec<(String, String)> = manifest
        .lines()
        .filter(|line| !line.contains("this machine") && !closed(line))
        .map(|line| line.split_whitespace().map(str::to_owned))
        .map(|mut words| (words.next().unwrap(), words.next().unwrap().replace(['{', '}'], "")))
        .collect();
    for (method, path) in
        [("POST", "/nowhere"), ("GET", "/pkg/none.js"), ("PUT", "/login"), ("POST", "/api/v1/none")]
    {
        routes.push((method.to_owned(), path.to_owned()));
    }
    for (method, path) in routes {
        let request = Request::builder()
            .method(method.as_str())
            .uri(&path)
            .header(
                "content-type",
                if path.starts_with("/fn") {
                    "application/x-www-form-urlencoded"
                } else {
                    "application/json"
                },
            )
            .header("sec-fetch-site", "same-origin")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::new(Endless))
            .unwrap();
        let answer: Answer = app.raw(request).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (S::PAYLOAD_TOO_LARGE, "body_too_large"),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_declared_length_beyond_the_limit_is_refused_unread() {
    each(async |app, method, path, token, _| {
        let mut request = json_request(method.clone(), path, Some(token), Body::empty());
        request.headers_mut().insert("content-length", "104857600".parse().unwrap());
        refused(app, request, S::PAYLOAD_TOO_LARGE, path).await;
    })
    .await;
}

#[tokio::test]
async fn long_addresses_are_refused() {
    let app = App::new().await;
    let request = Request::get(format!("/login?next=/{}", "a".repeat(20_000))).body(Body::empty()).unwrap();
    refused(&app, request, S::REQUEST_HEADER_FIELDS_TOO_LARGE, "a long address").await;
}

#[tokio::test]
async fn c73_what_says_it_is_four_gigabytes_is_refused_before_it_is_read() {
    let app = App::new().await;
    app.account("root@example.org", true).await;
    let token = app.tokens("root@example.org", PASSWORD).await.access;
    let manifest = Vestibule::builder().manifest(API).unwrap();
    let mut tried = 0;
    for line in manifest.lines().filter(|line| !line.contains("this machine") && !closed(line)) {
        let words = line.split_whitespace().collect::<Vec<_>>();
        let (method, path, credential) = (words[0], words[1].replace(['{', '}'], ""), *words.last().unwrap());
        for length in ["4294967295", "4294967296", "18446744073709551615"] {
            let mut request = Request::builder().method(method).uri(&path).header("content-length", length);
            request = request.header("sec-fetch-site", "same-origin");
            if credential == "bearer" {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            // None of it ever comes, so that only what it says of itself can be refused.
            let answer = app.raw(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, S::PAYLOAD_TOO_LARGE, "{method} {path} {length}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}
