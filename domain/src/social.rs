//! Signing in by somebody else's sign-in: any provider that speaks OpenID Connect, and those that speak OAuth 2 alone. Called
//! by `src/http/social.rs` (the way there and back), by pages, REST and the command line. An account elsewhere is known by
//! issuer and subject, never by an address: what becomes of it is decided in [`decide`] alone.

mod apple;
mod arrive;
mod book;
mod claims;
mod decide;
mod discovery;
mod exchange;
mod failures;
mod flow;
mod http;
mod link;
mod native;
mod oauth2;
mod oidc;
mod pending;
mod presets;
pub mod provider;
mod seal;
mod settle;
mod store;

pub(crate) use book::Book;
pub use book::faults;
pub(crate) use link::{end_all, opens, own_data, waiting_for};
pub use provider::Provider;

use crate::auth::NewSession;
use crate::db::Tx;
use crate::{Allowed, Client, Domain, Person};
use url::{Host, Url};
use vestibule_model::auth::TokenPair;
use vestibule_model::groups::{ManageAccounts, ManageProviders, ViewAccounts};
use vestibule_model::host::is_this_machine;
use vestibule_model::social::{
    AdminProviders, FinishForm, Identities, Identity, NativeExchange, NativeStart, NativeStarted,
    PendingView, ProviderReport, ProviderView, Purpose,
};
use vestibule_model::{Error, Result, Secret, UserId};

/// What somebody goes to a provider with.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// What for.
    pub purpose: Purpose,
    /// The page to go to afterwards, which the caller has made sure is one of this site.
    pub next: &'a str,
    /// Whether they want to stay signed in on this device.
    pub remember: bool,
    /// Who is signed in.
    pub by: Option<&'a Person>,
    /// What the browser is known by from an earlier journey (see [`Started::browser`]).
    pub browser: Option<&'a Secret>,
}

/// A journey to a provider that begins.
#[derive(Clone, Debug)]
pub struct Started {
    /// Where the browser goes.
    pub url: String,
    /// What people call the provider.
    pub label: String,
    /// What the browser shows when it comes back: the cookie that all its journeys share, for ten minutes.
    pub browser: Secret,
}

/// What a browser brings back from a provider.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    /// Which journey it was (RFC 6749 4.1.2).
    pub state: String,
    /// What the provider is asked with who it was.
    pub code: Option<Secret>,
    /// Why there is no code (RFC 6749 4.1.2.1).
    pub error: Option<String>,
    /// Who the provider says to be (RFC 9207).
    pub iss: Option<String>,
}

/// Who comes back.
#[derive(Clone, Copy, Debug)]
pub struct Back<'a> {
    /// What the browser was given when it left.
    pub browser: Option<&'a Secret>,
    /// Who is signed in.
    pub by: Option<&'a Person>,
    /// The mark of a browser that was used for a sign-in before (see [`crate::auth::sign_in_on`]).
    pub device: Option<&'a Secret>,
}

/// What came of a journey to a provider.
#[derive(Clone, Debug)]
pub enum Came {
    /// Somebody is signed in.
    SignedIn {
        /// The browser's new session.
        session: NewSession,
        /// The page to go to.
        next: String,
        /// The provider's name.
        provider: String,
        /// Whether the account was just made.
        new: bool,
    },
    /// The account there opens the account here from now on.
    Linked {
        /// What people call the provider.
        label: String,
        /// Whether it did before.
        already: bool,
        /// The page to go to.
        next: String,
    },
    /// They are who is signed in.
    Proved {
        /// The browser's session under its new token.
        session: Option<NewSession>,
        /// The page to go to.
        next: String,
    },
    /// Something must be done first, on the page `/auth/finish`.
    Finish {
        /// What the browser shows there: a cookie, for fifteen minutes.
        pending: Secret,
    },
    /// The native app goes on.
    Native {
        /// Where.
        url: String,
    },
}

/// A journey that came to nothing, and where it began.
#[derive(Clone, Debug)]
pub struct Lost {
    /// Why.
    pub error: Error,
    /// What it was for; nothing when it is not known.
    pub purpose: Option<Purpose>,
    /// The page that it was to end at; empty when it is not known.
    pub next: String,
    /// Where a native app is told of it.
    pub native: Option<String>,
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        Self { error, purpose: None, next: String::new(), native: None }
    }
}

/// What became of what somebody added to their sign-in at a provider.
#[derive(Clone, Debug)]
pub enum Finished {
    /// The account is made, and somebody is signed in.
    SignedIn {
        /// The browser's new session.
        session: NewSession,
        /// The page to go to.
        next: String,
        /// The provider's name.
        provider: String,
    },
    /// A mail is on its way: whether the address had an account, the answer is the same.
    MailSent,
}

/// By whose sign-in people sign in here, in the order in which they are offered.
pub fn offered(domain: &Domain) -> Vec<ProviderView> {
    let entries = domain.providers().entries.values().filter(|entry| entry.enabled());
    entries.map(|entry| entry.view(domain)).collect()
}

/// Begins a journey to a provider.
///
/// # Errors
/// [`Error::NotFound`] for a provider that is not offered; [`Error::SignInFirst`] to link or prove without a session;
/// [`Error::ProveAgain`] to link without a recent proof; [`Error::ProviderAway`], [`Error::ProviderMisbehaved`].
pub async fn start(domain: &Domain, provider: &str, start: Start<'_>, client: &Client) -> Result<Started> {
    flow::start(domain, provider, start, client).await
}

/// Ends a journey to a provider; it ends once.
///
/// # Errors
/// [`Lost`] with [`Error::FlowDead`] for one that is unknown, over, used or another browser's; [`Error::ProviderRefused`],
/// [`Error::ProviderAway`], [`Error::ProviderMisbehaved`]; [`Error::RegistrationClosed`], [`Error::AddressNotAllowed`];
/// [`Conflict::IdentityTaken`](vestibule_model::error::Conflict::IdentityTaken), [`Error::WrongIdentity`]; and what a
/// sign-in is refused for: [`Error::Banned`], [`Error::AccountExpired`].
pub async fn come_back(
    domain: &Domain,
    provider: &str,
    callback: Callback,
    back: Back<'_>,
    client: &Client,
) -> Result<Came, Lost> {
    flow::come_back(domain, provider, callback, back, client).await
}

/// The sign-in at a provider that waits for this browser.
///
/// # Errors
/// [`Error::FlowDead`] when there is none any more.
pub async fn pending(domain: &Domain, pending: &Secret) -> Result<PendingView> {
    pending::view(domain, pending).await
}

/// Makes an account of a sign-in at a provider that lacked something.
///
/// # Errors
/// [`Error::FlowDead`], [`Error::Invalid`], [`Error::RegistrationClosed`], [`Error::AddressNotAllowed`].
pub async fn finish(
    domain: &Domain,
    pending: &Secret,
    form: FinishForm,
    device: Option<&Secret>,
    client: &Client,
) -> Result<Finished> {
    pending::finish(domain, pending, form, device, client).await
}

/// Connects the sign-in at a provider that waits for this browser with the account of who is signed in; what people call the
/// provider, and the page to go to.
///
/// # Errors
/// [`Error::FlowDead`], [`Error::ProveAgain`],
/// [`Conflict::IdentityTaken`](vestibule_model::error::Conflict::IdentityTaken),
/// [`Conflict::ProviderLinked`](vestibule_model::error::Conflict::ProviderLinked).
pub async fn connect(
    domain: &Domain,
    pending: &Secret,
    person: &Person,
    client: &Client,
) -> Result<(String, String)> {
    link::connect(domain, pending, person, client).await
}

/// Forgets the sign-in at a provider that waits for this browser.
///
/// # Errors
/// None but those of the database.
pub async fn give_up(domain: &Domain, pending: &Secret) -> Result<()> {
    pending::give_up(domain, pending).await
}

/// The accounts elsewhere that open the account of who asks.
///
/// # Errors
/// None but those of the database.
pub async fn identities(domain: &Domain, person: &Person) -> Result<Identities> {
    link::identities(domain, person.user).await
}

/// The accounts elsewhere by which who asks can prove that it is them: of who has a password only those whose provider makes
/// sure that they are there.
///
/// # Errors
/// None but those of the database.
pub async fn proofs(domain: &Domain, person: &Person) -> Result<Vec<Identity>> {
    let has_password = person.account.password_changed_at.is_some();
    let proves = |one: &Identity| {
        let entry = domain.providers().offered(&one.provider);
        one.usable && entry.is_ok_and(|entry| !has_password || entry.provider.proves())
    };
    Ok(identities(domain, person).await?.items.into_iter().filter(proves).collect())
}

/// Makes an account elsewhere open the account of who asks no longer.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::ProveAgain`] without a recent proof;
/// [`Conflict::LastWayIn`](vestibule_model::error::Conflict::LastWayIn) when nothing else would open it.
pub async fn unlink(domain: &Domain, person: &Person, provider: &str, client: &Client) -> Result<()> {
    link::unlink(domain, person, provider, client).await
}

/// The tokens of a provider that are kept of somebody, for a program that asks it in their name; nothing unless
/// `keep_tokens` of the provider's settings says so. Whoever calls this answers for who may.
///
/// # Errors
/// None but those of the database.
pub async fn tokens(domain: &Domain, user: UserId, provider: &str) -> Result<Option<provider::Tokens>> {
    link::kept_tokens(domain, user, provider).await
}

/// Every provider, with what is counted of it.
///
/// # Errors
/// None but those of the database.
pub async fn all(domain: &Domain, by: &Allowed<ManageProviders>) -> Result<AdminProviders> {
    failures::all(domain, by).await
}

/// Tries a provider.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn test(domain: &Domain, by: &Allowed<ManageProviders>, provider: &str) -> Result<ProviderReport> {
    failures::test(domain, by, provider).await
}

/// The accounts elsewhere that open somebody's account.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn of_user(domain: &Domain, by: &Allowed<ViewAccounts>, user: UserId) -> Result<Identities> {
    link::of_user(domain, by, user).await
}

/// Makes an account elsewhere open somebody's account no longer, whether or not another way is left: a link from a mail
/// always is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::NotAllowed`] for somebody who may what `by` may not.
pub async fn remove(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    provider: &str,
    client: &Client,
) -> Result<()> {
    link::remove(domain, by, user, provider, client).await
}

/// Begins a journey for a native app.
///
/// # Errors
/// As [`start`]; [`Error::Invalid`] for an address that is not among the settings', or a challenge that is none.
pub async fn start_native(
    domain: &Domain,
    provider: &str,
    form: NativeStart,
    client: &Client,
) -> Result<NativeStarted> {
    native::start(domain, provider, form, client).await
}

/// Exchanges the code of a native app for tokens, once.
///
/// # Errors
/// [`Error::FlowDead`], and what a sign-in is refused for.
pub async fn exchange(domain: &Domain, form: &NativeExchange, client: &Client) -> Result<TokenPair> {
    native::exchange(domain, form, client).await
}

/// Forgets what ended, as part of `tx`.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    store::delete_ended(tx, domain.now()).await
}

/// Whether `address` may be one of a provider's: by https, or on this machine.
pub fn is_service_url(address: &str) -> bool {
    http::host_of(address).is_some()
}

/// Whether codes of native apps may be sent to `address`, were it stated: https, http on loopback, or a scheme that holds a
/// dot, as it is when it is a domain of the app's owner turned around (RFC 8252 7.1).
pub fn is_native_redirect(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let host = match url.host() {
        Some(Host::Domain(name)) => Some(name.to_owned()),
        Some(Host::Ipv4(address)) => Some(address.to_string()),
        Some(Host::Ipv6(address)) => Some(address.to_string()),
        None => None,
    };
    plain
        && match url.scheme() {
            "https" => host.is_some(),
            "http" => host.is_some_and(|host| is_this_machine(&host)),
            own => own.contains('.'),
        }
}
