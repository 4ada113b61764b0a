//! The way to a provider and back. A journey is one row that is used up by whoever brings its state back: bound to the browser
//! that began it, to the provider it was for, and to ten minutes. Called by pages, `src/http/social.rs` and [`super::native`].

use super::book::Entry;
use super::provider::{Answer, Ask, Vouched};
use super::{Back, Callback, Came, Lost, Start, Started, arrive, failures, native, seal, store};
use crate::auth::check_proof;
use crate::error::Internal;
use crate::{Client, Domain, secrets};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;
use vestibule_model::social::{ProviderFailure, Purpose};
use vestibule_model::{Error, Result, Secret, Timestamp, UserId};

/// How long a journey may take.
pub(super) const LASTS: Duration = Duration::from_mins(10);
/// Journeys of one browser that are kept; the oldest go.
const MOST: i64 = 10;
/// Longest code that is taken, in bytes.
const LONGEST_CODE: usize = 4 * 1024;

/// What only this site may know of a journey.
#[derive(Serialize, Deserialize)]
pub(super) struct Hidden {
    nonce: String,
    verifier: Secret,
    /// Where a native app goes on.
    pub(super) native: Option<native::App>,
}

/// A journey that came to its end.
pub(super) struct Journey {
    pub(super) provider: String,
    /// Nothing for a native app's.
    pub(super) purpose: Option<Purpose>,
    pub(super) by: Option<UserId>,
    pub(super) next: String,
    pub(super) remember: bool,
    began_at: Timestamp,
    pub(super) hidden: Hidden,
}

impl Journey {
    fn lost(self, error: Error) -> Lost {
        let native = self.hidden.native.as_ref().map(|app| app.refused(&error));
        Lost { error, purpose: self.purpose, next: self.next, native }
    }
}

/// What a journey begins with.
pub(super) struct Departure<'a> {
    pub(super) purpose: &'a str,
    pub(super) browser: Option<&'a Secret>,
    pub(super) by: Option<UserId>,
    pub(super) next: &'a str,
    pub(super) remember: bool,
    pub(super) native: Option<native::App>,
}

pub(super) async fn start(domain: &Domain, name: &str, start: Start<'_>, client: &Client) -> Result<Started> {
    let entry = domain.providers().offered(name)?;
    let _ = client;
    let by = match start.purpose {
        Purpose::SignIn => None,
        Purpose::Link | Purpose::Prove => Some(start.by.ok_or(Error::SignInFirst)?),
    };
    if let (Purpose::Link, Some(by)) = (start.purpose, by) {
        check_proof(domain, by)?;
    }
    // Who has a password proves by it, unless the provider makes sure that they are there as well.
    let weak = start.purpose == Purpose::Prove && !entry.provider.proves();
    if weak && by.is_some_and(|by| by.account.password_changed_at.is_some()) {
        return Err(Error::ProveAgain);
    }
    let known = start.browser.filter(|mark| secrets::is_token(mark.expose())).cloned();
    let browser = known.unwrap_or_else(|| secrets::mint(domain.random()));
    let departure = Departure {
        purpose: start.purpose.name(),
        browser: Some(&browser),
        by: by.map(|by| by.user),
        next: start.next,
        remember: start.remember,
        native: None,
    };
    let url = depart(domain, entry, departure).await?;
    Ok(Started { url, label: entry.provider.label().to_owned(), browser })
}

/// Writes a journey down; where it goes.
pub(super) async fn depart(domain: &Domain, entry: &Entry, departure: Departure<'_>) -> Result<String> {
    let [state, nonce, verifier] = std::array::from_fn(|_| secrets::mint(domain.random()));
    let name = entry.provider.name();
    let ask = Ask {
        redirect_uri: &callback_url(domain, name),
        state: state.expose(),
        nonce: nonce.expose(),
        challenge: &challenge(verifier.expose()),
        prove: departure.purpose == Purpose::Prove.name(),
    };
    let outside = domain.providers().outside(domain);
    let url = in_time(domain, entry.provider.authorize(outside, &ask)).await;
    let url = match url {
        Ok(url) => url,
        Err(failure) => return Err(failures::note(domain, entry, failure).await),
    };
    let (now, state_hash) = (domain.now(), secrets::hash(state.expose()));
    let hidden = Hidden { nonce: nonce.expose().to_owned(), verifier, native: departure.native };
    let browser_hash = departure.browser.map(|browser| secrets::hash(browser.expose()));
    let row = store::NewFlow {
        state_hash: &state_hash,
        provider: name,
        purpose: departure.purpose,
        browser_hash: browser_hash.as_deref(),
        user: departure.by,
        next: departure.next,
        remember: departure.remember,
        sealed: &seal::seal(domain, "flow", &state_hash, &hidden),
        now,
        expires_at: now.after(LASTS),
    };
    let mut tx = domain.begin().await?;
    store::insert_flow(&mut tx, &row).await?;
    if let Some(browser) = &browser_hash {
        store::prune_flows(&mut tx, browser, MOST).await?;
    }
    tx.commit().await.internal()?;
    Ok(url.into())
}

/// The address that is registered at a provider.
pub(super) fn callback_url(domain: &Domain, provider: &str) -> String {
    format!("{}/auth/{provider}/callback", domain.public_url())
}

/// SHA-256 of a verifier (RFC 7636 4.2, `S256`).
pub(super) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Gives everything that is asked of a provider for one sign-in its time.
pub(super) async fn in_time<T>(
    domain: &Domain,
    asking: impl Future<Output = Result<T, ProviderFailure>>,
) -> Result<T, ProviderFailure> {
    let timeout = domain.rules().social.timeout;
    tokio::time::timeout(timeout, asking).await.unwrap_or(Err(ProviderFailure::Timeout))
}

pub(super) async fn come_back(
    domain: &Domain,
    name: &str,
    callback: Callback,
    back: Back<'_>,
    client: &Client,
) -> Result<Came, Lost> {
    let journey = take(domain, name, &callback.state, back).await?;
    match went(domain, &journey, &callback, back, client).await {
        Ok(came) => Ok(came),
        Err(error) => Err(journey.lost(error)),
    }
}

/// The journey that a state names. It is used up whoever brings it, so that nobody can try twice.
async fn take(domain: &Domain, name: &str, state: &str, back: Back<'_>) -> Result<Journey> {
    if !secrets::is_token(state) {
        return Err(Error::FlowDead);
    }
    let hash = secrets::hash(state);
    let mut tx = domain.begin().await?;
    let row = store::take_flow(&mut tx, &hash).await?.ok_or(Error::FlowDead)?;
    tx.commit().await.internal()?;
    let browser = back.browser.map(|browser| secrets::hash(browser.expose()));
    let purpose = Purpose::named(&row.purpose);
    let holds = row.provider == name
        && domain.now() < row.expires_at
        && (purpose.is_none() || (row.browser_hash.is_some() && row.browser_hash == browser));
    // Whoever began it as somebody ends it as the same.
    let same = row.user_id.is_none() || row.user_id == back.by.map(|by| by.user);
    let hidden = seal::open(domain, "flow", &hash, &row.sealed).filter(|_| holds && same);
    Ok(Journey {
        provider: row.provider,
        purpose,
        by: row.user_id,
        next: row.next,
        remember: row.remember != 0,
        began_at: row.expires_at.before(LASTS),
        hidden: hidden.ok_or(Error::FlowDead)?,
    })
}

async fn went(
    domain: &Domain,
    journey: &Journey,
    callback: &Callback,
    back: Back<'_>,
    client: &Client,
) -> Result<Came> {
    let entry = domain.providers().offered(&journey.provider)?;
    let label = || entry.provider.label().to_owned().into();
    match callback.error.as_deref() {
        // RFC 6749 4.1.2.1: what is its own trouble. What it says beside is a stranger's text, and told to nobody.
        Some("server_error" | "temporarily_unavailable") => {
            return Err(Error::ProviderAway { label: label() });
        }
        Some(_) => return Err(Error::ProviderRefused { label: label() }),
        None => {}
    }
    let vouched = who(domain, entry, journey, callback).await?;
    match &journey.hidden.native {
        Some(app) => native::arrive(domain, entry, app, &vouched, client).await,
        None => arrive::arrive(domain, entry, journey, &vouched, back, client).await,
    }
}

async fn who(domain: &Domain, entry: &Entry, journey: &Journey, callback: &Callback) -> Result<Vouched> {
    let code = callback.code.as_ref().filter(|code| (1..=LONGEST_CODE).contains(&code.expose().len()));
    let answer = Answer {
        redirect_uri: &callback_url(domain, entry.provider.name()),
        code: code.ok_or(Error::FlowDead)?,
        verifier: &journey.hidden.verifier,
        nonce: &journey.hidden.nonce,
        iss: callback.iss.as_deref(),
        signed_in_since: (journey.purpose == Some(Purpose::Prove)).then_some(journey.began_at),
    };
    let outside = domain.providers().outside(domain);
    let vouched = in_time(domain, entry.provider.identify(outside, &answer)).await;
    // A project's own provider is held to the same.
    let vouched = vouched.and_then(|vouched| {
        let fits = !vouched.subject.is_empty() && vouched.subject.len() <= 255;
        fits.then_some(vouched).ok_or(ProviderFailure::NoSubject)
    });
    match vouched {
        Ok(vouched) => Ok(vouched),
        Err(failure) => Err(failures::note(domain, entry, failure).await),
    }
}
