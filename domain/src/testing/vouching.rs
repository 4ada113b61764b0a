//! A provider for tests that believes whoever asks: the code is who they are, as JSON. Brought by an extension, as a project
//! brings one of its own.

use crate::Extension;
use crate::social::Provider;
use crate::social::provider::{Answer, Ask, Asking, Outside, Vouched};
use serde_json::Value;
use std::sync::Arc;
use url::Url;
use vestibule_model::social::ProviderFailure;

/// The extension that brings it; the provider is called `vouching` too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vouching;

impl Extension for Vouching {
    fn name(&self) -> &'static str {
        "vouching"
    }

    fn providers(&self) -> Vec<Arc<dyn Provider>> {
        vec![Arc::new(*self)]
    }
}

impl Provider for Vouching {
    fn name(&self) -> &'static str {
        "vouching"
    }

    fn label(&self) -> &'static str {
        "Vouching"
    }

    fn issuer(&self) -> &'static str {
        "https://vouching.example"
    }

    fn authorize<'a>(&'a self, _outside: Outside<'a>, ask: &'a Ask<'a>) -> Asking<'a, Url> {
        Box::pin(async move {
            let mut url = Url::parse(self.issuer()).map_err(|_| ProviderFailure::Unreadable)?;
            url.query_pairs_mut().append_pair("state", ask.state);
            Ok(url)
        })
    }

    fn identify<'a>(&'a self, _outside: Outside<'a>, answer: &'a Answer<'a>) -> Asking<'a, Vouched> {
        Box::pin(async move {
            let said: Value =
                serde_json::from_str(answer.code.expose()).map_err(|_| ProviderFailure::CodeRefused)?;
            let text = |name: &str| said[name].as_str().map(str::to_owned);
            Ok(Vouched {
                subject: text("sub").unwrap_or_default(),
                email: text("email"),
                email_verified: said["email_verified"] == true,
                name: text("name"),
                tokens: None,
            })
        })
    }
}
