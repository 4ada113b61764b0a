//! A program under test: the real router on a [`TestDomain`], and what callers do with it.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum_test::{TestRequest, TestServer};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use vestibule::Vestibule;
use vestibule::http::{AppState, Options, router, site};
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::groups::ManageAccounts;

pub(crate) const PASSWORD: &str = "tangerine ladder sings quietly";
pub(crate) const OTHER: &str = "seven grey herons over water";
pub(crate) const API: &str = "/api/v1";

/// A program under test.
pub(crate) struct App {
    pub(crate) t: TestDomain,
    pub(crate) state: Arc<AppState>,
    pub(crate) router: Router,
    server: TestServer,
}

impl App {
    /// The reference program on `t`, called from 127.0.0.1.
    pub(crate) fn of(t: TestDomain) -> Self {
        Self::with(t, &Vestibule::builder(), |_| {})
    }

    /// The reference program on an empty SQLite file.
    pub(crate) async fn new() -> Self {
        Self::of(TestDomain::on(Engine::Sqlite).await.expect("SQLite is always there"))
    }

    pub(crate) fn with(t: TestDomain, vestibule: &Vestibule, change: impl FnOnce(&mut Options)) -> Self {
        Self::called_from("127.0.0.1:4711", t, vestibule, change)
    }

    /// As [`with`](Self::with), called from `peer`.
    pub(crate) fn called_from(
        peer: &str,
        t: TestDomain,
        vestibule: &Vestibule,
        change: impl FnOnce(&mut Options),
    ) -> Self {
        let mut site = site::defaults();
        site.site_root = t.folder().join("site").to_string_lossy().into();
        let mut options = Options {
            api_root: API.to_owned(),
            trusted_proxies: Vec::new(),
            request_timeout: Duration::from_secs(30),
            metrics_token: None,
            contact: "noreply@example.org".to_owned(),
            site,
            system: Arc::default(),
        };
        change(&mut options);
        let state = Arc::new(AppState::new(t.domain.clone(), options));
        let router = router::build(vestibule, Arc::clone(&state)).expect("the endpoints fit together");
        let peer: SocketAddr = peer.parse().unwrap();
        let router = router.layer(axum::Extension(ConnectInfo(peer)));
        let server = TestServer::new(router.clone());
        Self { t, state, router, server }
    }

    /// A call to an address under the API's root.
    pub(crate) fn api(&self, method: Method, path: &str) -> TestRequest {
        self.server.method(method, &format!("{API}{path}"))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> TestRequest {
        self.api(Method::POST, path).json(body)
    }

    pub(crate) fn get(&self, path: &str) -> TestRequest {
        self.server.get(path)
    }

    /// A request exactly as it is, for what no well-behaved client would send.
    pub(crate) async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        Answer::read(response).await
    }

    /// Makes a confirmed account without a mail.
    pub(crate) async fn account(&self, email: &str, admin: bool) {
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let form = RegisterForm {
            email: email.into(),
            password: PASSWORD.into(),
            name: "Ada Lovelace".into(),
            ..RegisterForm::default()
        };
        let new = NewAccount { form, verified: true, admin, expires_at: None };
        accounts::create(&self.t.domain, &by, new, &Client::local()).await.unwrap();
    }

    /// Signs in over REST.
    pub(crate) async fn tokens(&self, email: &str, password: &str) -> Tokens {
        let answer = self.post("/auth/login", &json!({"email": email, "password": password})).await;
        answer.assert_status(StatusCode::OK);
        Tokens::of(&answer.json())
    }

    /// A confirmed account, signed in over REST.
    pub(crate) async fn member(&self, email: &str) -> Tokens {
        self.account(email, false).await;
        self.tokens(email, PASSWORD).await
    }

    /// The token in the link of the newest letter to `email`.
    pub(crate) async fn mailed_token(&self, email: &str) -> String {
        let letters = self.t.letters().await;
        let theirs = letters.iter().rev().filter(|letter| letter.to.eq_ignore_ascii_case(email));
        let mut tokens = theirs.filter_map(|letter| letter.link()?.split_once("token="));
        tokens.next().expect("a letter with a link came").1.to_owned()
    }
}

/// What an API client holds.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    pub(crate) fn of(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().expect("a token").to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the body ends").to_bytes();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `code` of a problem document; fails when the answer is none, or an incomplete one.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem: Value = serde_json::from_slice(&self.body).expect("a problem is JSON");
        assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{problem}");
        problem["code"].as_str().expect("a problem has a code").to_owned()
    }
}

/// A JSON request with a bearer token.
pub(crate) fn json_request(
    method: Method,
    path: &str,
    token: Option<&str>,
    body: impl Into<Body>,
) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    request.body(body.into()).unwrap()
}
