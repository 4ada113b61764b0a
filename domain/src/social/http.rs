//! How providers are called: by https alone (but on this machine), no longer than the settings say, no further than the hosts
//! that are allowed, no redirect followed, and no answer taken that is longer than such answers are (RFC 9700 4.11; OWASP
//! SSRF). Called by the providers; nothing else in the domain calls out.

use super::provider::Outside;
use bytes::Bytes;
use http::header::{HeaderValue, USER_AGENT};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;
use url::{Host, Url};
use vestibule_model::host::is_this_machine;
use vestibule_model::social::ProviderFailure;

/// Most bytes of an answer.
const MOST: usize = 256 * 1024;
/// How long a connection may take to stand.
const CONNECTING: Duration = Duration::from_secs(2);

/// A call that failed, as the crates of OAuth want errors to be.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{}", .0.name())]
pub(super) struct Failed(pub(super) ProviderFailure);

/// What calls providers.
pub(super) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// How long one call may take.
    patience: Duration,
}

impl Http {
    /// One that gives everything of one sign-in `timeout`, and a single call the most of that, so that it is known which one
    /// was slow.
    pub(super) fn new(timeout: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECTING));
        connector.set_nodelay(true);
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(ring::default_provider())
            .expect("ring knows the versions of TLS")
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        // Calls are rare, and a connection that died meanwhile would be found out too late.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(tls);
        Self { client, patience: timeout.mul_f64(0.8) }
    }

    /// Sends `request`, where `hosts` allow it; the whole answer.
    pub(super) async fn call(
        &self,
        hosts: &BTreeSet<String>,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, ProviderFailure> {
        may_call(hosts, &request.uri().to_string())?;
        let mut request = request.map(|body| Full::new(Bytes::from(body)));
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static("vestibule"));
        let answer = tokio::time::timeout(self.patience, self.answer(request)).await;
        answer.unwrap_or(Err(ProviderFailure::Timeout))
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Response<Vec<u8>>, ProviderFailure> {
        let answer = self.client.request(request).await.map_err(|_| ProviderFailure::Unreachable)?;
        let (parts, body) = answer.into_parts();
        if parts.status.is_server_error() || parts.status.is_redirection() {
            return Err(ProviderFailure::BadStatus);
        }
        let whole = Limited::new(body, MOST).collect().await.map_err(|cause| {
            let long = cause.downcast_ref::<LengthLimitError>().is_some();
            if long { ProviderFailure::TooLarge } else { ProviderFailure::Unreachable }
        })?;
        Ok(Response::from_parts(parts, whole.to_bytes().to_vec()))
    }
}

/// Reads a JSON document, for whoever holds `token`.
pub(super) async fn document<T: DeserializeOwned>(
    outside: Outside<'_>,
    hosts: &BTreeSet<String>,
    address: &str,
    token: Option<&str>,
) -> Result<T, ProviderFailure> {
    let mut request = Request::get(address).header(http::header::ACCEPT, "application/json");
    if let Some(token) = token {
        request = request.header(http::header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Vec::new()).map_err(|_| ProviderFailure::Unreadable)?;
    let answer = outside.http.call(hosts, request).await?;
    if !answer.status().is_success() {
        return Err(ProviderFailure::BadStatus);
    }
    serde_json::from_slice(answer.body()).map_err(|_| ProviderFailure::Unreadable)
}

/// Whether `address` may be called: its scheme, and its host.
pub(super) fn may_call(hosts: &BTreeSet<String>, address: &str) -> Result<(), ProviderFailure> {
    let host = host_of(address).ok_or(ProviderFailure::HostNotAllowed)?;
    if hosts.contains(&host) { Ok(()) } else { Err(ProviderFailure::HostNotAllowed) }
}

/// The host of an address that is safe to be called: by https, or on this machine; without a name and a password in it.
pub(super) fn host_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = match url.host()? {
        Host::Domain(name) => name.to_ascii_lowercase(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&host));
    (safe && url.username().is_empty() && url.password().is_none()).then_some(host)
}

/// As the crates of OAuth call: one that may call `hosts`.
pub(super) struct Caller<'a> {
    pub(super) outside: Outside<'a>,
    pub(super) hosts: &'a BTreeSet<String>,
}

type Calling<'a> = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Failed>> + Send + 'a>>;

impl<'c> oauth2::AsyncHttpClient<'c> for Caller<'_> {
    type Error = Failed;
    type Future = Calling<'c>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(async move {
            let answer = self.outside.http.call(self.hosts, request).await.map_err(Failed)?;
            Ok(understood(answer))
        })
    }
}

/// An answer about tokens as RFC 6749 wants it. Some say errors with status 200 (GitHub, Slack), some list scopes (Twitch),
/// some leave out the kind of token.
fn understood(answer: Response<Vec<u8>>) -> Response<Vec<u8>> {
    let (mut parts, body) = answer.into_parts();
    let Ok(serde_json::Value::Object(mut said)) = serde_json::from_slice(&body) else {
        return Response::from_parts(parts, body);
    };
    if said.get("error").is_some_and(serde_json::Value::is_string) && parts.status.is_success() {
        parts.status = http::StatusCode::BAD_REQUEST;
    }
    if let Some(serde_json::Value::Array(scopes)) = said.get("scope") {
        let scopes: Vec<_> = scopes.iter().filter_map(serde_json::Value::as_str).collect();
        let scopes = scopes.join(" ");
        said.insert("scope".to_owned(), scopes.into());
    }
    if said.contains_key("access_token") {
        said.entry("token_type").or_insert_with(|| "bearer".into());
    }
    let body = serde_json::to_vec(&said).unwrap_or(body);
    Response::from_parts(parts, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_hosts_are_called_and_only_safely() {
        let hosts = BTreeSet::from(["id.example.org".to_owned(), "127.0.0.1".to_owned()]);
        for good in ["https://id.example.org/a", "https://ID.example.org:8443/", "http://127.0.0.1:1/a"] {
            assert_eq!(may_call(&hosts, good), Ok(()), "{good}");
        }
        for bad in [
            "http://id.example.org/",
            "https://id.example.org.evil.example/",
            "https://evil.example/?id.example.org",
            "https://id.example.org@evil.example/",
            "https://user:pass@id.example.org/",
            "https://169.254.169.254/latest",
            "http://localhost/",
            "file:///etc/passwd",
            "//id.example.org",
            "",
        ] {
            assert!(may_call(&hosts, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn answers_about_tokens_are_understood_as_providers_write_them() {
        let answer = |body: &str| understood(Response::new(body.as_bytes().to_vec()));
        assert_eq!(answer(r#"{"error":"bad_verification_code"}"#).status(), 400);
        let twitch = answer(r#"{"access_token":"a","scope":["openid","email"]}"#);
        let said: serde_json::Value = serde_json::from_slice(twitch.body()).unwrap();
        assert_eq!((&said["scope"], &said["token_type"]), (&"openid email".into(), &"bearer".into()));
        assert_eq!(answer("<html>").body(), b"<html>");
    }
}
