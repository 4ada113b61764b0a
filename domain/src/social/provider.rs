//! What a provider is to the rest of the house: where somebody is sent, and who came back. Ours are [`super::oidc`] and
//! [`super::oauth2`]; a project brings others by [`Extension::providers`](crate::Extension::providers).

use super::http::Http;
use std::pin::Pin;
use url::Url;
use vestibule_model::social::{Check, CheckName, ProviderFailure, ProviderKind};
use vestibule_model::{Secret, Timestamp};

/// Work that asks a provider.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, ProviderFailure>> + Send + 'a>>;

/// Somebody by whose sign-in people sign in here.
pub trait Provider: Send + Sync + 'static {
    /// Its name in addresses and settings: 1 to 30 small letters, digits and hyphens.
    fn name(&self) -> &str;

    /// What people call it.
    fn label(&self) -> &str;

    /// Whose accounts it opens: with a subject, what an identity is known by.
    fn issuer(&self) -> &str;

    /// What it speaks.
    fn kind(&self) -> ProviderKind {
        ProviderKind::Own
    }

    /// Whether it says when somebody signed in there, and [`identify`](Self::identify) refuses who did so before they were
    /// sent ([`Answer::signed_in_since`]): then its word is a proof that nobody else sits at an open browser.
    fn proves(&self) -> bool {
        false
    }

    /// Where somebody is sent.
    fn authorize<'a>(&'a self, outside: Outside<'a>, ask: &'a Ask<'a>) -> Asking<'a, Url>;

    /// Who came back. Whoever answers has checked that the answer is for this site, for this question and not too old.
    fn identify<'a>(&'a self, outside: Outside<'a>, answer: &'a Answer<'a>) -> Asking<'a, Vouched>;

    /// What there is to look at, in order, when an administrator tries it.
    fn check<'a>(
        &'a self,
        outside: Outside<'a>,
        ask: &'a Ask<'a>,
    ) -> Pin<Box<dyn Future<Output = Vec<Check>> + Send + 'a>> {
        Box::pin(async move {
            let failure = self.authorize(outside, ask).await.err();
            vec![Check { name: CheckName::Addresses, failure }]
        })
    }
}

/// What a provider may use of this site.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// What calls out.
    pub(super) http: &'a Http,
    /// The present moment.
    pub now: Timestamp,
}

/// What somebody is sent with. Everything is made by this site, and used once.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Where they come back to.
    pub redirect_uri: &'a str,
    /// Which journey it is (RFC 6749 10.12).
    pub state: &'a str,
    /// What the identity token must repeat (OpenID Connect Core 1.0, 3.1.2.1).
    pub nonce: &'a str,
    /// SHA-256 of the verifier (RFC 7636 4.2).
    pub challenge: &'a str,
    /// Whether they must sign in there again, however lately they did.
    pub prove: bool,
}

/// What somebody came back with.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Where they came back to.
    pub redirect_uri: &'a str,
    /// What the provider is asked with.
    pub code: &'a Secret,
    /// What the challenge was made of.
    pub verifier: &'a Secret,
    /// What the identity token must repeat.
    pub nonce: &'a str,
    /// Who the provider said to be (RFC 9207).
    pub iss: Option<&'a str>,
    /// Since when they must have signed in there.
    pub signed_in_since: Option<Timestamp>,
}

/// Whom a provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// Who they are there: never given to anybody else. At most 255 bytes (OpenID Connect Core 1.0, 2).
    pub subject: String,
    /// An address of theirs.
    pub email: Option<String>,
    /// Whether the provider made sure that the address is theirs.
    pub email_verified: bool,
    /// What they are called.
    pub name: Option<String>,
    /// The provider's tokens, for a site that keeps them.
    pub tokens: Option<Tokens>,
}

/// A provider's tokens.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tokens {
    /// By which the provider is asked in somebody's name.
    pub access_token: Secret,
    /// By which there is another one.
    pub refresh_token: Option<Secret>,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
}
