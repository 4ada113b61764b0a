//! What is known of providers beforehand: data (`domain/data/providers.toml`, which says what each field means), read once.
//! Called by [`super::settle`] alone. No provider is known by name in code.

use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use vestibule_model::social::ProviderKind;

static PRESETS: LazyLock<BTreeMap<String, Preset>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/providers.toml")).expect("a test reads every preset")
});

/// How a client secret is sent (RFC 6749 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ClientAuth {
    /// In a header.
    #[default]
    Basic,
    /// In the body.
    Post,
}

/// What is known of a provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Preset {
    pub(super) label: String,
    pub(super) kind: ProviderKind,
    pub(super) issuer: Option<String>,
    /// In words, for whoever sets it up.
    pub(super) tenant_hint: Option<String>,
    /// In words, for whoever sets it up.
    pub(super) issuer_hint: Option<String>,
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    pub(super) auth_url: Option<String>,
    pub(super) token_url: Option<String>,
    pub(super) userinfo_url: Option<String>,
    pub(super) emails_url: Option<String>,
    #[serde(default = "subject")]
    pub(super) subject: String,
    #[serde(default = "email")]
    pub(super) email: String,
    #[serde(default = "email_verified")]
    pub(super) email_verified: String,
    #[serde(default = "name")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) authorize: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) prove: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) client_auth: ClientAuth,
    #[serde(default = "yes")]
    pub(super) nonce: bool,
    #[serde(default = "yes")]
    pub(super) pkce: bool,
    #[serde(default)]
    pub(super) signed_secret: bool,
    /// For whoever reads the file.
    #[serde(default, rename = "docs_url")]
    _docs_url: IgnoredAny,
}

fn subject() -> String {
    "/sub".to_owned()
}

fn email() -> String {
    "/email".to_owned()
}

pub(super) fn email_verified() -> String {
    "/email_verified".to_owned()
}

fn name() -> String {
    "/name".to_owned()
}

const fn yes() -> bool {
    true
}

impl Preset {
    /// What holds for whoever speaks OpenID Connect as it is written.
    pub(super) fn plain(name: &str) -> Self {
        Self {
            label: name.to_owned(),
            kind: ProviderKind::Oidc,
            issuer: None,
            tenant_hint: None,
            issuer_hint: None,
            hosts: Vec::new(),
            scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
            auth_url: None,
            token_url: None,
            userinfo_url: None,
            emails_url: None,
            subject: subject(),
            email: email(),
            email_verified: email_verified(),
            name: self::name(),
            authorize: BTreeMap::new(),
            prove: BTreeMap::from([
                ("max_age".to_owned(), "0".to_owned()),
                ("prompt".to_owned(), "login".to_owned()),
            ]),
            client_auth: ClientAuth::Basic,
            nonce: true,
            pkce: true,
            signed_secret: false,
            _docs_url: IgnoredAny,
        }
    }
}

/// The preset called `name`.
pub(super) fn named(name: &str) -> Option<&'static Preset> {
    PRESETS.get(name)
}

/// The names of all.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.keys().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::social::provider_name;

    #[test]
    fn every_preset_is_whole() {
        assert!(PRESETS.len() >= 18, "{:?}", PRESETS.keys());
        for (name, preset) in PRESETS.iter() {
            assert_eq!(provider_name(name), Ok(()), "{name}");
            assert!(!preset.scopes.is_empty(), "{name}");
            for pointer in [&preset.subject, &preset.email, &preset.name] {
                assert!(pointer.starts_with('/'), "{name}: {pointer}");
            }
            let verified = preset.email_verified.as_str();
            assert!(verified.starts_with('/') || ["always", "never"].contains(&verified), "{name}");
            let tenant = preset.issuer.as_deref().is_some_and(|issuer| issuer.contains("{tenant}"));
            assert_eq!(tenant, preset.tenant_hint.is_some(), "{name}");
            let addresses = [&preset.auth_url, &preset.token_url, &preset.userinfo_url];
            let oauth = preset.kind == ProviderKind::OAuth2;
            assert!(addresses.into_iter().all(|address| address.is_some() == oauth), "{name}");
            assert!(!oauth || preset.issuer.is_some(), "{name}");
            assert_eq!(preset.issuer_hint.is_some(), preset.issuer.is_none(), "{name}");
        }
    }
}
