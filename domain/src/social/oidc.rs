//! A provider that speaks OpenID Connect. Its identity tokens are believed only when they are signed by a key that it
//! publishes, with an algorithm whose key is not a secret we share, for this site alone, now, and as the answer to our question
//! (OpenID Connect Core 1.0, 3.1.3.7; RFC 8725). Called through [`Provider`].

use super::discovery::{Discovery, Metadata};
use super::provider::{Answer, Ask, Asking, Outside, Provider, Vouched};
use super::settle::Settled;
use super::{claims, exchange, http};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Algorithm,
};
use openidconnect::{ClaimsVerificationError, ClientId, IssuerUrl, Nonce};
use serde_json::Value;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;
use url::Url;
use vestibule_model::social::{Check, CheckName, ProviderFailure, ProviderKind};
use vestibule_model::{Secret, Timestamp};

/// How far clocks may differ.
const SKEW: Duration = Duration::from_mins(1);
/// Longest identity token, in bytes.
const LONGEST: usize = 32 * 1024;

/// Algorithms that are taken: neither none, nor any whose key would be the client secret (RFC 8725 3.1, 3.2).
const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RsaSsaPkcs1V15Sha256),
    ("RS384", Algorithm::RsaSsaPkcs1V15Sha384),
    ("RS512", Algorithm::RsaSsaPkcs1V15Sha512),
    ("PS256", Algorithm::RsaSsaPssSha256),
    ("PS384", Algorithm::RsaSsaPssSha384),
    ("PS512", Algorithm::RsaSsaPssSha512),
    ("ES256", Algorithm::EcdsaP256Sha256),
    ("ES384", Algorithm::EcdsaP384Sha384),
    ("EdDSA", Algorithm::EdDsa),
];

pub(super) struct Oidc {
    settled: Settled,
    discovery: Discovery,
}

impl Oidc {
    pub(super) fn new(settled: Settled) -> Self {
        Self { settled, discovery: Discovery::default() }
    }

    async fn where_to(&self, outside: Outside<'_>, ask: &Ask<'_>) -> Result<Url, ProviderFailure> {
        let metadata = self.discovery.metadata(&self.settled, outside).await?;
        let nonce = self.settled.preset.nonce.then_some(ask.nonce);
        exchange::authorize(&self.settled, outside, addresses(&metadata), ask, nonce)
    }

    async fn who(&self, outside: Outside<'_>, answer: &Answer<'_>) -> Result<Vouched, ProviderFailure> {
        let settled = &self.settled;
        let metadata = self.discovery.metadata(settled, outside).await?;
        // RFC 9207 2.4, before anything of the answer is used: it may be another provider's.
        match answer.iss {
            // Anybody can bring such an answer: it is the journey's trouble, and not the provider's.
            Some(iss) if iss != settled.issuer => return Err(ProviderFailure::CodeRefused),
            None if metadata.authorization_response_iss_parameter_supported => {
                return Err(ProviderFailure::CodeRefused);
            }
            _ => {}
        }
        let got = exchange::exchange(settled, outside, addresses(&metadata), answer).await?;
        let token = got.id_token.ok_or(ProviderFailure::BadToken)?;
        let said = self.verified(outside, &metadata, &token, answer).await?;
        let vouched = match (&said.pointer(&settled.preset.email), &metadata.userinfo_endpoint) {
            (None, Some(address)) => {
                let token = Some(got.tokens.access_token.expose());
                let more: Value = http::document(outside, &settled.hosts, address, token).await?;
                // OpenID Connect Core 1.0, 5.3.2: or somebody else's answer could be put in its place.
                if more.get("sub") != said.get("sub") {
                    return Err(ProviderFailure::BadToken);
                }
                claims::read(&settled.preset, &[&said, &more])?
            }
            _ => claims::read(&settled.preset, &[&said])?,
        };
        Ok(Vouched { tokens: Some(got.tokens), ..vouched })
    }

    /// What an identity token says, once it is believed. A signature by a key that is not known is looked at again with the
    /// keys of now, which are fetched once a minute at most.
    async fn verified(
        &self,
        outside: Outside<'_>,
        metadata: &Metadata,
        token: &Secret,
        answer: &Answer<'_>,
    ) -> Result<Value, ProviderFailure> {
        is_taken(token.expose())?;
        let keys = self.discovery.keys(&self.settled, outside, metadata, false).await?;
        match self.check(outside, &keys, token, answer) {
            Err(ProviderFailure::BadSignature) => {
                let keys = self.discovery.keys(&self.settled, outside, metadata, true).await?;
                self.check(outside, &keys, token, answer)
            }
            checked => checked,
        }
    }

    fn check(
        &self,
        outside: Outside<'_>,
        keys: &CoreJsonWebKeySet,
        token: &Secret,
        answer: &Answer<'_>,
    ) -> Result<Value, ProviderFailure> {
        let settled = &self.settled;
        let issuer = IssuerUrl::new(settled.issuer.clone()).map_err(|_| ProviderFailure::WrongIssuer)?;
        let moment = |at: Timestamp| moment(at);
        let (early, late) = (moment(outside.now.before(SKEW)), moment(outside.now.after(SKEW)));
        let client = ClientId::new(settled.client_id.clone());
        let verifier = CoreIdTokenVerifier::new_public_client(client, issuer, keys.clone())
            .set_allowed_algs(ALGORITHMS.map(|(_, algorithm)| algorithm))
            .set_time_fn(move || early)
            .set_issue_time_verifier_fn(move |issued| {
                if issued <= late { Ok(()) } else { Err("issued in the future".to_owned()) }
            });
        let parsed = CoreIdToken::from_str(token.expose()).map_err(|_| ProviderFailure::BadToken)?;
        let nonce = Nonce::new(answer.nonce.to_owned());
        let checked = if settled.preset.nonce {
            parsed.claims(&verifier, &nonce)
        } else {
            parsed.claims(&verifier, |_: Option<&Nonce>| Ok(()))
        };
        checked.map_err(|cause| match cause {
            ClaimsVerificationError::SignatureVerification(_) => ProviderFailure::BadSignature,
            ClaimsVerificationError::InvalidIssuer(_) => ProviderFailure::WrongIssuer,
            _ => ProviderFailure::BadToken,
        })?;
        let said = payload(token.expose()).ok_or(ProviderFailure::BadToken)?;
        self.is_for_us(&said, answer).then_some(said).ok_or(ProviderFailure::BadToken)
    }

    /// What the verifier leaves to its caller: for whom the token was made, and when they signed in there.
    fn is_for_us(&self, said: &Value, answer: &Answer<'_>) -> bool {
        let party = said.get("azp").is_none_or(|party| party.as_str() == Some(&self.settled.client_id));
        let asked = self.proves();
        let lately = answer.signed_in_since.is_none_or(|since| match said.get("auth_time") {
            Some(at) => at.as_i64().is_some_and(|at| at >= since.before(SKEW).seconds()),
            // Core 1.0, 3.1.2.1: who is asked for max_age says when it was.
            None => !asked,
        });
        party && lately
    }
}

fn addresses(metadata: &Metadata) -> (&str, &str) {
    (&metadata.authorization_endpoint, &metadata.token_endpoint)
}

fn moment(at: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(at.seconds(), 0).unwrap_or_default()
}

/// Whether a token is of a kind that is looked at: short enough, and signed with an algorithm that is taken.
fn is_taken(token: &str) -> Result<(), ProviderFailure> {
    if token.len() > LONGEST {
        return Err(ProviderFailure::TooLarge);
    }
    let header = token.split('.').next().and_then(decoded).ok_or(ProviderFailure::BadToken)?;
    let named = header.get("alg").and_then(Value::as_str);
    let good = named.is_some_and(|named| ALGORITHMS.iter().any(|(name, _)| *name == named));
    if good { Ok(()) } else { Err(ProviderFailure::BadSignature) }
}

/// What stands in a token whose signature was checked.
fn payload(token: &str) -> Option<Value> {
    decoded(token.split('.').nth(1)?).filter(Value::is_object)
}

fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

impl Provider for Oidc {
    fn name(&self) -> &str {
        &self.settled.name
    }

    fn label(&self) -> &str {
        &self.settled.label
    }

    fn issuer(&self) -> &str {
        &self.settled.issuer
    }

    fn proves(&self) -> bool {
        self.settled.preset.prove.contains_key("max_age")
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Oidc
    }

    fn authorize<'a>(&'a self, outside: Outside<'a>, ask: &'a Ask<'a>) -> Asking<'a, Url> {
        Box::pin(self.where_to(outside, ask))
    }

    fn identify<'a>(&'a self, outside: Outside<'a>, answer: &'a Answer<'a>) -> Asking<'a, Vouched> {
        Box::pin(self.who(outside, answer))
    }

    fn check<'a>(
        &'a self,
        outside: Outside<'a>,
        ask: &'a Ask<'a>,
    ) -> Pin<Box<dyn Future<Output = Vec<Check>> + Send + 'a>> {
        Box::pin(async move {
            // An administrator who has mended something wants to see that.
            self.discovery.forget().await;
            let (settled, mut checks) = (&self.settled, Vec::new());
            let found = self.discovery.metadata(settled, outside).await;
            checks.push(Check { name: CheckName::Discovery, failure: found.as_ref().err().copied() });
            let Ok(metadata) = found else { return checks };
            let keys = self.discovery.keys(settled, outside, &metadata, false).await;
            let keys =
                keys.and_then(
                    |keys| {
                        if keys.keys().is_empty() { Err(ProviderFailure::Unreadable) } else { Ok(()) }
                    },
                );
            checks.push(Check { name: CheckName::Keys, failure: keys.err() });
            let addresses_fit = self.authorize(outside, ask).await.err();
            checks.push(Check { name: CheckName::Addresses, failure: addresses_fit });
            if addresses_fit.is_none() {
                let failure =
                    exchange::knows_client(settled, outside, addresses(&metadata), ask.redirect_uri).await;
                checks.push(Check { name: CheckName::Client, failure });
            }
            checks
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_without_a_signature_of_a_public_key_are_not_even_looked_at() {
        let with = |alg: &str| format!("{}.e30.", URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}"}}"#)));
        for good in ["RS256", "PS512", "ES256", "EdDSA"] {
            assert_eq!(is_taken(&with(good)), Ok(()), "{good}");
        }
        for bad in ["none", "None", "HS256", "HS512", "RSA-OAEP", "dir", "", "rs256"] {
            assert_eq!(is_taken(&with(bad)), Err(ProviderFailure::BadSignature), "{bad}");
        }
        for broken in ["", ".", "a.b.c", "e30.e30.e30", "{}"] {
            assert!(is_taken(broken).is_err(), "{broken}");
        }
        assert_eq!(is_taken(&"x".repeat(LONGEST + 1)), Err(ProviderFailure::TooLarge));
    }
}
