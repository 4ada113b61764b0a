//! An OpenID provider that lies on demand, and an OAuth 2 server beside it: served on loopback, so that the program calls it as
//! it calls any other. What a person does there in a browser is a function here.

use axum::Router;
use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use vestibule_domain::testing::START;

/// What this site is called there, and by what it is known.
pub(crate) const CLIENT: &str = "site";
pub(crate) const SECRET: &str = "a client secret of a good length, for tests alone";

/// Private keys as PKCS#8, with x and y of their public halves; made for these tests. The last is never published.
const KEYS: [(&str, &str, &str); 3] = [
    (
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmX43QkHySblc0X2EQ+uLerzmtIExP9Ezw4wUQ8toyOehRANCAAR8Jd3sd5uPKleXRA9FE/3EB2SwfBAiNAKvOPSWOv7WiNUxvFiL7DDdd8lZ4Ybya/KFiUvvpP3NjBXSNQNMgarP",
        "fCXd7HebjypXl0QPRRP9xAdksHwQIjQCrzj0ljr-1og",
        "1TG8WIvsMN13yVnhhvJr8oWJS--k_c2MFdI1A0yBqs8",
    ),
    (
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMo8tfU6rtznZzGwH5e7csGb+wLdgLbPL3AQlSMd4ku6hRANCAATfVCpZao2QDAZmT/bbPW7aj3AqMFDDOP1CLO/J5aJhFq7yZ8m7+5REFHIIwQLkArue5VVY4Up9ameFL1dmHu6C",
        "31QqWWqNkAwGZk_22z1u2o9wKjBQwzj9QizvyeWiYRY",
        "rvJnybv7lEQUcgjBAuQCu57lVVjhSn1qZ4UvV2Ye7oI",
    ),
    (
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtL/EJSxqnaR2aNMNBVIykX8uNUc9tmMspxNi3C138OyhRANCAAT63uaAEy7osk13eisE6KAxg8d9C9LZQRnTLquEZPW1V+/RBQ4GNYxleoRDopa8tTVxT7x6IvCjgdC2Haq12FSN",
        "-t7mgBMu6LJNd3orBOigMYPHfQvS2UEZ0y6rhGT1tVc",
        "79EFDgY1jGV6hEOilry1NXFPvHoi8KOB0LYdqrXYVI0",
    ),
];

/// How the provider signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    /// By the key of this place, as it says.
    By(usize),
    /// By the key of this place, in the name of another one.
    As(usize, &'static str),
    /// Not at all.
    Not,
    /// With the client secret.
    WithSecret,
}

/// What the provider does.
pub(crate) struct Mood {
    /// Claims of identity tokens that differ; null leaves one out.
    pub(crate) claims: Map<String, Value>,
    pub(crate) signed: Signed,
    /// Keys that are published.
    pub(crate) published: Vec<usize>,
    /// What is answered at a path in place of what should be.
    pub(crate) broken: BTreeMap<&'static str, Broken>,
    /// Who the document says it is.
    pub(crate) issuer: Option<String>,
    /// Whether answers name the issuer, and the document says so.
    pub(crate) says_iss: bool,
    /// What is known of people beside the token; nothing but who they are.
    pub(crate) userinfo: Value,
    /// Whether this site is known.
    pub(crate) knows_client: bool,
    /// Who signed in last.
    subject: Value,
    asked: BTreeMap<String, usize>,
    codes: BTreeMap<String, Granted>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Broken {
    Fails,
    Hangs,
    Huge,
    Redirects,
    Nonsense,
}

#[derive(Clone)]
struct Granted {
    nonce: Option<String>,
    challenge: Option<String>,
    claims: Map<String, Value>,
}

type Shared = Arc<Mutex<Mood>>;

/// The provider.
pub(crate) struct Op {
    pub(crate) issuer: String,
    mood: Shared,
}

impl Op {
    pub(crate) async fn serve() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let mood = Mood {
            claims: Map::new(),
            signed: Signed::By(0),
            published: vec![0],
            broken: BTreeMap::new(),
            issuer: None,
            says_iss: false,
            userinfo: Value::Null,
            knows_client: true,
            subject: Value::Null,
            asked: BTreeMap::new(),
            codes: BTreeMap::new(),
        };
        let mood = Arc::new(Mutex::new(mood));
        let state = (issuer.clone(), Arc::clone(&mood));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(document))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/emails", get(emails))
            .with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, mood }
    }

    /// Changes what it does.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Mood)) {
        change(&mut self.mood.lock().unwrap());
    }

    /// Lets something go wrong at a path.
    pub(crate) fn breaks(&self, path: &'static str, broken: Broken) {
        self.change(|mood| {
            mood.broken.insert(path, broken);
        });
    }

    /// How often it was asked at a path.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.mood.lock().unwrap().asked.get(path).copied().unwrap_or_default()
    }

    /// Somebody signs in at `url`, where they were sent: the address that they come back to, here.
    pub(crate) fn consents(&self, url: &str, claims: &Value) -> String {
        let asked = query(url);
        assert_eq!((asked["client_id"].as_str(), asked["response_type"].as_str()), (CLIENT, "code"), "{url}");
        assert_eq!(asked.get("code_challenge_method").map(String::as_str), Some("S256"), "{url}");
        let granted = Granted {
            nonce: asked.get("nonce").cloned(),
            challenge: asked.get("code_challenge").cloned(),
            claims: claims.as_object().unwrap().clone(),
        };
        let mut mood = self.mood.lock().unwrap();
        let code = format!("code-{}", asked["state"]);
        mood.codes.insert(code.clone(), granted);
        let iss = if mood.says_iss { format!("&iss={}", self.issuer) } else { String::new() };
        let back = url::Url::parse(&asked["redirect_uri"]).unwrap();
        format!("{}?code={code}&state={}{iss}", back.path(), asked["state"])
    }

    /// Somebody does not want to: the address that they come back to, here.
    pub(crate) fn declines(&self, url: &str, error: &str) -> String {
        assert!(url.starts_with(&self.issuer), "{url}");
        let asked = query(url);
        let back = url::Url::parse(&asked["redirect_uri"]).unwrap();
        let words = "error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E";
        format!("{}?error={error}&{words}&state={}", back.path(), asked["state"])
    }
}

/// What stands in the query of an address.
pub(crate) fn query(url: &str) -> BTreeMap<String, String> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

type Here = State<(String, Shared)>;

/// Notes that a path was asked, and how that goes wrong.
async fn trouble(mood: &Shared, path: &'static str) -> Option<Response> {
    let broken = {
        let mut mood = mood.lock().unwrap();
        *mood.asked.entry(path.to_owned()).or_default() += 1;
        mood.broken.get(path).copied()
    };
    Some(match broken? {
        Broken::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Broken::Hangs => std::future::pending().await,
        Broken::Huge => Body::from(vec![b' '; 300 * 1024]).into_response(),
        Broken::Redirects => (StatusCode::FOUND, [(header::LOCATION, "/jwks")]).into_response(),
        Broken::Nonsense => "<html>Hello</html>".into_response(),
    })
}

async fn document(State((issuer, mood)): Here) -> Response {
    if let Some(trouble) = trouble(&mood, "/.well-known/openid-configuration").await {
        return trouble;
    }
    let mood = mood.lock().unwrap();
    Json(json!({
        "issuer": mood.issuer.as_ref().unwrap_or(&issuer),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "authorization_response_iss_parameter_supported": mood.says_iss,
    }))
    .into_response()
}

async fn keys(State((_, mood)): Here) -> Response {
    if let Some(trouble) = trouble(&mood, "/jwks").await {
        return trouble;
    }
    let mood = mood.lock().unwrap();
    let key = |place: &usize| {
        let (_, x, y) = KEYS[*place];
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": format!("k{place}"), "x": x, "y": y })
    };
    let keys: Vec<_> = mood.published.iter().map(key).collect();
    Json(json!({ "keys": keys })).into_response()
}

async fn token(
    State((issuer, mood)): Here,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    if let Some(trouble) = trouble(&mood, "/token").await {
        return trouble;
    }
    let mut mood = mood.lock().unwrap();
    let refused = |status, error: &str| (status, Json(json!({ "error": error }))).into_response();
    let secret = SECRET.replace(' ', "+").replace(',', "%2C");
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")));
    let known = headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == basic.as_bytes())
        || form.get("client_secret").is_some_and(|given| given == SECRET);
    if !known || !mood.knows_client {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let granted = mood.codes.remove(form.get("code").map(String::as_str).unwrap_or_default());
    let Some(granted) = granted else { return refused(StatusCode::BAD_REQUEST, "invalid_grant") };
    let made_of = form.get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    if granted.challenge != made_of {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    mood.subject = granted.claims.get("sub").cloned().unwrap_or_default();
    let token = id_token(&issuer, &mood, granted);
    Json(json!({ "access_token": "at", "token_type": "Bearer", "expires_in": 3600, "id_token": token }))
        .into_response()
}

fn id_token(issuer: &str, mood: &Mood, granted: Granted) -> String {
    let now = START.seconds();
    let mut claims = json!({ "iss": issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now });
    let all = claims.as_object_mut().unwrap();
    all.extend(granted.nonce.map(|nonce| ("nonce".to_owned(), nonce.into())));
    all.extend(granted.claims);
    all.extend(mood.claims.clone());
    all.retain(|_, value| !value.is_null());
    let by = |place: usize, called: &str| {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(called.to_owned());
        let key = EncodingKey::from_ec_der(&STANDARD.decode(KEYS[place].0).unwrap());
        encode(&header, &claims, &key).unwrap()
    };
    match mood.signed {
        Signed::By(place) => by(place, &format!("k{place}")),
        Signed::As(place, called) => by(place, called),
        Signed::Not => {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims))
        }
        Signed::WithSecret => {
            let key = EncodingKey::from_secret(SECRET.as_bytes());
            encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
        }
    }
}

async fn userinfo(State((_, mood)): Here, headers: HeaderMap) -> Response {
    if let Some(trouble) = trouble(&mood, "/userinfo").await {
        return trouble;
    }
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != "Bearer at") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mood = mood.lock().unwrap();
    if mood.userinfo.is_null() {
        return Json(json!({ "sub": mood.subject })).into_response();
    }
    Json(mood.userinfo.clone()).into_response()
}

async fn emails(State((_, mood)): Here) -> Response {
    Json(mood.lock().unwrap().userinfo["emails"].clone()).into_response()
}
