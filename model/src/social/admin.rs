//! Providers as administrators see them.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// What a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// OpenID Connect.
    Oidc,
    /// OAuth 2 alone: who somebody is, is asked at an address of the provider's own.
    #[serde(rename = "oauth2")]
    OAuth2,
    /// Something of the project's own.
    Own,
}

impl ProviderKind {
    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Oidc => "OpenID Connect",
            Self::OAuth2 => "OAuth 2",
            Self::Own => "own",
        }
    }
}

/// Why a provider could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProviderFailure {
    /// It could not be reached.
    Unreachable,
    /// It did not answer in time.
    Timeout,
    /// Its answer was an error of its own (HTTP 5xx, or a redirect).
    BadStatus,
    /// Its answer was longer than is taken.
    TooLarge,
    /// Its answer could not be understood.
    Unreadable,
    /// It named a host that may not be called; the setting `hosts` allows more.
    HostNotAllowed,
    /// It says to be another one than the settings say.
    WrongIssuer,
    /// The identity token is signed by no key that the provider publishes, or not at all.
    BadSignature,
    /// The identity token is for another site, over, not yet good, or not the answer to our question.
    BadToken,
    /// It does not know this site: client id or secret are wrong, or were revoked.
    ClientRefused,
    /// It did not take the code.
    CodeRefused,
    /// It did not say who somebody is.
    NoSubject,
}

impl ProviderFailure {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::Unreachable,
        Self::Timeout,
        Self::BadStatus,
        Self::TooLarge,
        Self::Unreadable,
        Self::HostNotAllowed,
        Self::WrongIssuer,
        Self::BadSignature,
        Self::BadToken,
        Self::ClientRefused,
        Self::CodeRefused,
        Self::NoSubject,
    ];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::BadStatus => "bad_status",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::HostNotAllowed => "host_not_allowed",
            Self::WrongIssuer => "wrong_issuer",
            Self::BadSignature => "bad_signature",
            Self::BadToken => "bad_token",
            Self::ClientRefused => "client_refused",
            Self::CodeRefused => "code_refused",
            Self::NoSubject => "no_subject",
        }
    }

    /// The one called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether it is simply away, so that trying later may help.
    pub const fn is_away(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout | Self::BadStatus)
    }

    /// What administrators are told.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Unreachable => "It could not be reached.",
            Self::Timeout => "It did not answer in time.",
            Self::BadStatus => "It answered with an error or a redirect.",
            Self::TooLarge => "Its answer was longer than is taken.",
            Self::Unreadable => "Its answer could not be understood.",
            Self::HostNotAllowed => "It names a host that may not be called; the setting hosts allows more.",
            Self::WrongIssuer => "It says to be another one than the settings say.",
            Self::BadSignature => "The identity token is signed by no key that it publishes.",
            Self::BadToken => {
                "The identity token is for somebody else, over, or not the answer to our question."
            }
            Self::ClientRefused => "It does not know this client id and secret.",
            Self::CodeRefused => "It did not take the code.",
            Self::NoSubject => "It did not say who somebody is.",
        }
    }
}

/// The last time that a provider could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct LastFailure {
    /// Why.
    pub failure: ProviderFailure,
    /// When.
    pub at: Timestamp,
}

/// A provider as administrators see it (`GET /providers`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AdminProvider {
    /// Its name in addresses and settings.
    #[cfg_attr(feature = "utoipa", schema(example = "google"))]
    pub name: String,
    /// What people call it.
    #[cfg_attr(feature = "utoipa", schema(example = "Google"))]
    pub label: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Whose accounts it opens.
    #[cfg_attr(feature = "utoipa", schema(example = "https://accounts.google.com"))]
    pub issuer: String,
    /// Whether it is offered.
    pub enabled: bool,
    /// Whether strangers may sign up by it.
    pub registration: bool,
    /// Domains of addresses that may sign up by it; none: all.
    pub allowed_domains: Vec<String>,
    /// Groups that somebody joins who signs up by it.
    pub groups: Vec<String>,
    /// Whether its tokens are kept.
    pub keep_tokens: bool,
    /// The address to be registered there.
    #[cfg_attr(feature = "utoipa", schema(example = "https://accounts.example.org/auth/google/callback"))]
    pub callback_url: String,
    /// Accounts here that it opens.
    pub identities: i64,
    /// Accounts that were made by it in thirty days.
    pub sign_ups_30_days: i64,
    /// Sign-ins by it in thirty days.
    pub sign_ins_30_days: i64,
    /// The last time that it could not be used, in thirty days.
    pub last_failure: Option<LastFailure>,
}

/// Every provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AdminProviders {
    /// In the order in which they are offered.
    pub items: Vec<AdminProvider>,
    /// Always null: there are few.
    pub next: Option<String>,
}

/// What is looked at when a provider is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// It tells what it is, under its issuer.
    Discovery,
    /// It publishes keys that signatures can be checked by.
    Keys,
    /// Its addresses may be called.
    Addresses,
    /// It knows client id and secret.
    Client,
}

impl CheckName {
    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Discovery => "Discovery",
            Self::Keys => "Keys",
            Self::Addresses => "Addresses",
            Self::Client => "Client id and secret",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Check {
    /// What.
    pub name: CheckName,
    /// What is wrong with it; nothing where nothing is.
    pub failure: Option<ProviderFailure>,
}

/// What came of trying a provider (`POST /providers/{provider}/test`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ProviderReport {
    /// The provider.
    #[cfg_attr(feature = "utoipa", schema(example = "google"))]
    pub provider: String,
    /// Whether everything is well.
    pub passed: bool,
    /// What was looked at, in this order; what could not be looked at is left out.
    pub checks: Vec<Check>,
}

#[cfg(test)]
mod tests {
    use super::ProviderFailure;

    #[test]
    fn failures_have_stable_names() {
        for one in ProviderFailure::ALL {
            assert_eq!(ProviderFailure::named(one.name()), Some(one));
            assert_eq!(serde_json::to_value(one).unwrap(), one.name());
            assert!(one.about().ends_with('.'));
        }
    }
}
