//! What a provider tells of itself, and the keys it signs by (OpenID Connect Discovery 1.0): fetched when it is first needed,
//! kept for a day, and fetched again at a bounded rate. One asks at a time, and a provider that is away is not asked again at
//! once, so that it costs one wait. Called by [`super::oidc`] alone.

use super::http;
use super::provider::Outside;
use super::settle::Settled;
use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use vestibule_model::Timestamp;
use vestibule_model::social::ProviderFailure;

/// How long what it tells is kept.
const KEPT: Duration = Duration::from_hours(24);
/// How long a failure is remembered.
const FAILED: Duration = Duration::from_secs(10);
/// How often at most keys are fetched again, since a signature was by none that is known.
const KEYS_AGAIN: Duration = Duration::from_mins(1);

/// What is read of a provider's document.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    pub(super) userinfo_endpoint: Option<String>,
    /// RFC 9207 3.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Timestamp, Arc<Metadata>)>,
    keys: Option<(Timestamp, Arc<CoreJsonWebKeySet>)>,
    failed: Option<(Timestamp, ProviderFailure)>,
}

/// What is known of one provider.
#[derive(Default)]
pub(super) struct Discovery {
    known: Mutex<Known>,
}

impl Discovery {
    /// What the provider tells of itself.
    pub(super) async fn metadata(
        &self,
        settled: &Settled,
        outside: Outside<'_>,
    ) -> Result<Arc<Metadata>, ProviderFailure> {
        let mut known = self.known.lock().await;
        if let Some((at, metadata)) = &known.metadata
            && outside.now.since(*at) < KEPT
        {
            return Ok(Arc::clone(metadata));
        }
        known.may_ask(outside)?;
        match fetch(settled, outside).await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                known.metadata = Some((outside.now, Arc::clone(&metadata)));
                Ok(metadata)
            }
            Err(failure) => known.failed(outside, failure),
        }
    }

    /// The keys by which the provider signs; `anew` when a signature was by none of those that are known, or these do not
    /// hold any more. The same as before where they were fetched a moment ago.
    pub(super) async fn keys(
        &self,
        settled: &Settled,
        outside: Outside<'_>,
        metadata: &Metadata,
        anew: bool,
    ) -> Result<Arc<CoreJsonWebKeySet>, ProviderFailure> {
        let mut known = self.known.lock().await;
        let holds = if anew { KEYS_AGAIN } else { KEPT };
        if let Some((at, keys)) = &known.keys
            && outside.now.since(*at) < holds
        {
            return Ok(Arc::clone(keys));
        }
        known.may_ask(outside)?;
        match http::document(outside, &settled.hosts, &metadata.jwks_uri, None).await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                known.keys = Some((outside.now, Arc::clone(&keys)));
                Ok(keys)
            }
            Err(failure) => known.failed(outside, failure),
        }
    }

    /// Forgets what is known, so that it is asked again.
    pub(super) async fn forget(&self) {
        *self.known.lock().await = Known::default();
    }
}

impl Known {
    fn may_ask(&self, outside: Outside<'_>) -> Result<(), ProviderFailure> {
        match self.failed {
            Some((at, failure)) if outside.now.since(at) < FAILED => Err(failure),
            _ => Ok(()),
        }
    }

    fn failed<T>(&mut self, outside: Outside<'_>, failure: ProviderFailure) -> Result<T, ProviderFailure> {
        self.failed = Some((outside.now, failure));
        Err(failure)
    }
}

async fn fetch(settled: &Settled, outside: Outside<'_>) -> Result<Metadata, ProviderFailure> {
    let address = format!("{}/.well-known/openid-configuration", settled.issuer.trim_end_matches('/'));
    let metadata: Metadata = http::document(outside, &settled.hosts, &address, None).await?;
    // Discovery 1.0 4.3: exactly, or a stranger's document could stand for it.
    if metadata.issuer == settled.issuer { Ok(metadata) } else { Err(ProviderFailure::WrongIssuer) }
}
