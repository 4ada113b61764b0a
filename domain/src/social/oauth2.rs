//! A provider that speaks OAuth 2 alone: who somebody is, is asked at an address that its preset names. Called through
//! [`Provider`].

use super::provider::{Answer, Ask, Asking, Outside, Provider, Vouched};
use super::settle::Settled;
use super::{claims, exchange, http};
use serde_json::Value;
use std::pin::Pin;
use url::Url;
use vestibule_model::social::{Check, CheckName, ProviderFailure, ProviderKind};

pub(super) struct OAuth2 {
    settled: Settled,
}

impl OAuth2 {
    pub(super) fn new(settled: Settled) -> Self {
        Self { settled }
    }

    fn addresses(&self) -> (&str, &str) {
        let preset = &self.settled.preset;
        (preset.auth_url.as_deref().unwrap_or_default(), preset.token_url.as_deref().unwrap_or_default())
    }

    async fn who(&self, outside: Outside<'_>, answer: &Answer<'_>) -> Result<Vouched, ProviderFailure> {
        // RFC 9207 2.4: an answer that another provider gave is not taken.
        if answer.iss.is_some_and(|iss| iss != self.settled.issuer) {
            return Err(ProviderFailure::CodeRefused);
        }
        let (settled, preset) = (&self.settled, &self.settled.preset);
        let tokens = exchange::exchange(settled, outside, self.addresses(), answer).await?.tokens;
        let token = Some(tokens.access_token.expose());
        let address = preset.userinfo_url.as_deref().unwrap_or_default();
        let said: Value = http::document(outside, &settled.hosts, address, token).await?;
        let mut vouched = claims::read(preset, &[&said])?;
        if let Some(address) = &preset.emails_url {
            let list: Value = http::document(outside, &settled.hosts, address, token).await?;
            (vouched.email, vouched.email_verified) = match claims::listed_email(&list) {
                Some((email, verified)) => (Some(email), verified),
                None => (vouched.email, false),
            };
        }
        Ok(Vouched { tokens: Some(tokens), ..vouched })
    }
}

impl Provider for OAuth2 {
    fn name(&self) -> &str {
        &self.settled.name
    }

    fn label(&self) -> &str {
        &self.settled.label
    }

    fn issuer(&self) -> &str {
        &self.settled.issuer
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::OAuth2
    }

    fn authorize<'a>(&'a self, outside: Outside<'a>, ask: &'a Ask<'a>) -> Asking<'a, Url> {
        Box::pin(async move { exchange::authorize(&self.settled, outside, self.addresses(), ask, None) })
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
            let addresses = self.authorize(outside, ask).await.err();
            let mut checks = vec![Check { name: CheckName::Addresses, failure: addresses }];
            if addresses.is_none() {
                let (settled, here) = (&self.settled, ask.redirect_uri);
                let failure = exchange::knows_client(settled, outside, self.addresses(), here).await;
                checks.push(Check { name: CheckName::Client, failure });
            }
            checks
        })
    }
}
