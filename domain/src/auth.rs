//! Signing in, tokens, recovery and the first administrator. Called by server functions, REST and `http/actor.rs`.

use crate::{Client, Domain, Person};
use vestibule_model::accounts::SetupForm;
use vestibule_model::auth::{SignInForm, Strength, TokenPair};
use vestibule_model::{Result, Secret, Timestamp};

/// A browser's new session: the value of its cookie, shown once.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The cookie's value.
    pub secret: Secret,
    /// When the session ends whatever happens.
    pub expires_at: Timestamp,
    /// Whether the cookie outlives the browser's window.
    pub remembered: bool,
}

/// Signs a browser in.
pub async fn sign_in(domain: &Domain, form: SignInForm, remember: bool, client: &Client) -> Result<NewSession> { todo!() }
/// Signs an API client in.
pub async fn issue_tokens(domain: &Domain, form: SignInForm, client: &Client) -> Result<TokenPair> { todo!() }
/// Exchanges a refresh token; replaying an old one ends its family.
pub async fn refresh(domain: &Domain, token: &Secret, client: &Client) -> Result<TokenPair> { todo!() }
/// Who holds this session cookie; `None` when it is unknown, expired or ended.
pub async fn by_cookie(domain: &Domain, secret: &str) -> Result<Option<Person>> { todo!() }
/// Who holds this access token. Errors: BadToken when it is not valid or its session or account is gone.
pub async fn by_access_token(domain: &Domain, token: &str) -> Result<Person> { todo!() }
/// Ends the session that asks.
pub async fn sign_out(domain: &Domain, person: &Person, client: &Client) -> Result<()> { todo!() }
/// Ends every session of the person who asks.
pub async fn sign_out_everywhere(domain: &Domain, person: &Person, client: &Client) -> Result<()> { todo!() }
/// Mails a reset link; silent when there is no such account.
pub async fn forgot(domain: &Domain, email: &str, client: &Client) -> Result<()> { todo!() }
/// Sets a new password by the token of a mailed link and ends every session.
pub async fn reset(domain: &Domain, token: &Secret, password: &Secret, client: &Client) -> Result<()> { todo!() }
/// Whether a link's token would work now, without using it up (for the page behind it).
pub async fn link_works(domain: &Domain, purpose: Purpose, token: &Secret) -> Result<bool> { todo!() }
/// How well a password would withstand guessing. `about`: the person's own words (name, address).
pub fn strength(domain: &Domain, password: &Secret, about: &[&str]) -> Strength { todo!() }
/// Mints the one-time link that makes the first administrator; `None` once there is one.
pub async fn setup_link(domain: &Domain) -> Result<Option<Secret>> { todo!() }
/// Whether the site still waits for its first administrator.
pub async fn setup_open(domain: &Domain) -> Result<bool> { todo!() }
/// Makes the first administrator and signs them in.
pub async fn set_up(domain: &Domain, form: SetupForm, client: &Client) -> Result<NewSession> { todo!() }
/// The public half of the signing keys as a JWK set (RFC 7517), ready to serve.
pub fn jwks(domain: &Domain) -> serde_json::Value { todo!() }

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Confirms an address.
    Verify,
    /// Sets a new password.
    Reset,
    /// Makes the first administrator.
    Setup,
}
