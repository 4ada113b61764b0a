//! Signing in by somebody else's sign-in, as forms and views. Rules live in `domain::social`. What a person is called at a
//! provider is told to that person and to administrators alone.

mod admin;

pub use admin::{
    AdminProvider, AdminProviders, Check, CheckName, LastFailure, ProviderFailure, ProviderKind,
    ProviderReport,
};

use crate::profiles::FieldValue;
use crate::{Problem, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest name of a provider.
const LONGEST_NAME: usize = 30;

/// Whether `name` can be a provider's: 1 to 30 small letters, digits and hyphens, beginning with a letter or digit.
///
/// # Errors
/// The problem with it.
pub fn provider_name(name: &str) -> Result<(), Problem> {
    if name.is_empty() {
        return Err(Problem::Required);
    }
    if name.len() > LONGEST_NAME {
        return Err(Problem::TooLong { max: 30 });
    }
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    // Words and addresses of our own.
    if ["finish", "native", "password", "token"].contains(&name) {
        return Err(Problem::Reserved);
    }
    if name.bytes().all(allowed) && !name.starts_with('-') { Ok(()) } else { Err(Problem::Malformed) }
}

/// A way to sign in, as everybody sees it (`GET /auth/providers`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ProviderView {
    /// Its name in addresses.
    #[cfg_attr(feature = "utoipa", schema(example = "google"))]
    pub name: String,
    /// What people call it.
    #[cfg_attr(feature = "utoipa", schema(example = "Google"))]
    pub label: String,
    /// Whether strangers may sign up by it.
    pub registration: bool,
}

/// The ways to sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Providers {
    /// In the order in which they are offered.
    pub items: Vec<ProviderView>,
    /// Always null: there are few.
    pub next: Option<String>,
}

/// What somebody goes to a provider for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in, or to sign up.
    #[default]
    SignIn,
    /// To connect the account there with the one here.
    Link,
    /// To prove that they are still there.
    Prove,
}

impl Purpose {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Link => "link",
            Self::Prove => "prove",
        }
    }

    /// The one called `name`.
    pub fn named(name: &str) -> Option<Self> {
        [Self::SignIn, Self::Link, Self::Prove].into_iter().find(|one| one.name() == name)
    }
}

/// The form behind a provider's button (`POST /auth/{provider}` of the pages).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StartForm {
    /// What for.
    #[serde(default)]
    pub purpose: Purpose,
    /// The page to go to afterwards.
    #[serde(default)]
    pub next: String,
    /// `true`: stay signed in on this device.
    #[serde(default)]
    pub remember: String,
}

/// How a native app begins a sign-in (`POST /auth/providers/{provider}/start`; RFC 8252, RFC 7636).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NativeStart {
    /// Where the app takes the code: one of the setting `social.native_redirects`, on loopback with any port.
    #[cfg_attr(feature = "utoipa", schema(example = "com.example.app:/signed-in"))]
    pub redirect_uri: String,
    /// SHA-256 of the app's verifier in base64url, 43 characters (RFC 7636 4.2, `S256`).
    #[cfg_attr(feature = "utoipa", schema(example = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"))]
    pub code_challenge: String,
    /// What the app is given back beside the code; at most 512 characters.
    #[serde(default)]
    pub state: Option<String>,
}

/// Where a native app sends the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NativeStarted {
    /// To be opened in the browser of the system, never in a view of the app (RFC 8252 8.12).
    pub authorization_url: String,
    /// Seconds until it is of no use any more.
    #[cfg_attr(feature = "utoipa", schema(example = 600))]
    pub expires_in: u64,
}

/// How a native app exchanges its code for tokens, once (`POST /auth/providers/token`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NativeExchange {
    /// The code from the address that the app was opened with.
    pub code: Secret,
    /// The verifier whose SHA-256 the app sent.
    pub code_verifier: Secret,
}

/// An account elsewhere that opens an account here, as its owner and administrators see it (`GET /me/identities`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Identity {
    /// The provider's name.
    #[cfg_attr(feature = "utoipa", schema(example = "google"))]
    pub provider: String,
    /// What people call it.
    #[cfg_attr(feature = "utoipa", schema(example = "Google"))]
    pub label: String,
    /// Whose account it is: with the subject, what it is known by.
    #[cfg_attr(feature = "utoipa", schema(example = "https://accounts.google.com"))]
    pub issuer: String,
    /// Who they are there.
    pub subject: String,
    /// The address they have there, as it was told last. Nothing follows from it.
    pub email: Option<String>,
    /// Their name there, as it was told last.
    pub name: Option<String>,
    /// When it was connected.
    pub linked_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Whether it can be used: the provider is there and enabled.
    pub usable: bool,
}

/// The accounts elsewhere that open an account here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Identities {
    /// By provider.
    pub items: Vec<Identity>,
    /// Always null: there are few.
    pub next: Option<String>,
}

/// What a sign-in at a provider still needs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// The address has an account already: sign in to it, then connect.
    Conflict,
    /// An address: the provider gave none that it vouches for.
    Address,
    /// Fields that this site asks for.
    Fields,
}

/// A sign-in at a provider that waits for the person (page `/auth/finish`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingView {
    /// The provider's name.
    pub provider: String,
    /// What people call it.
    pub label: String,
    /// The address that the provider told.
    pub email: Option<String>,
    /// Whether the provider vouches for it.
    pub email_verified: bool,
    /// The name that the provider told.
    pub name: Option<String>,
    /// The page to go to afterwards.
    pub next: String,
    /// What is needed.
    pub needs: Needs,
}

/// What somebody adds to a sign-in at a provider, to make an account of it (page `/auth/finish`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinishForm {
    /// Their address; left out where the provider vouches for one, which counts.
    #[serde(default)]
    pub email: String,
    /// What they want to be called.
    pub name: String,
    /// A unique handle, if they want one now.
    #[serde(default)]
    pub username: Option<String>,
    /// Values of the fields that this site declares.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldValue>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_providers_are_plain_words() {
        for good in ["a", "google", "auth0", "2nd", "my-work", &"a".repeat(30)] {
            assert_eq!(provider_name(good), Ok(()), "{good}");
        }
        for bad in ["", "-a", "A", "a b", "ä", "a_b", "a/b", "..", "<b>", "finish", "token", &"a".repeat(31)]
        {
            assert!(provider_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn purposes_have_stable_names() {
        for one in [Purpose::SignIn, Purpose::Link, Purpose::Prove] {
            assert_eq!(Purpose::named(one.name()), Some(one));
            assert_eq!(serde_json::to_value(one).unwrap(), one.name());
        }
        assert_eq!(Purpose::named("Link"), None);
    }
}
