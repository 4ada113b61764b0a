//! Native apps (RFC 8252): the person signs in in the browser of the system, the app is opened with a code, and exchanges it for
//! tokens, once. The app is bound to its journey by the verifier that it alone holds (RFC 7636). Called by REST, and by
//! [`super::flow`] when somebody comes back.

use super::arrive;
use super::book::Entry;
use super::decide::{Becomes, decide};
use super::flow::{self, Departure, LASTS};
use super::provider::Vouched;
use super::{Came, link, store};
use crate::error::Internal;
use crate::{Client, Domain, accounts, auth, secrets};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;
use vestibule_model::auth::TokenPair;
use vestibule_model::error::Problems;
use vestibule_model::host::is_this_machine;
use vestibule_model::social::{NativeExchange, NativeStart, NativeStarted, Purpose};
use vestibule_model::{Error, Problem, Result};

/// How long a code waits to be exchanged.
const CODE_LASTS: Duration = Duration::from_mins(1);
/// Longest that an app may have told back to it, in bytes.
const LONGEST_STATE: usize = 512;

/// An app that waits for somebody to come back.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct App {
    redirect_uri: String,
    challenge: String,
    state: Option<String>,
}

impl App {
    fn answered(&self, name: &str, value: &str) -> String {
        let Ok(mut url) = Url::parse(&self.redirect_uri) else { return String::new() };
        url.query_pairs_mut().append_pair(name, value);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        url.into()
    }

    /// Where the app is told that nothing came of it (RFC 6749 4.1.2.1, OpenID Connect Core 1.0, 3.1.2.6).
    pub(super) fn refused(&self, error: &Error) -> String {
        self.answered(
            "error",
            match error {
                Error::ProviderAway { .. } | Error::Unavailable | Error::Busy { .. } => {
                    "temporarily_unavailable"
                }
                Error::ProviderMisbehaved { .. } | Error::Internal { .. } => "server_error",
                _ => "access_denied",
            },
        )
    }
}

pub(super) async fn start(
    domain: &Domain,
    provider: &str,
    form: NativeStart,
    client: &Client,
) -> Result<NativeStarted> {
    let entry = domain.providers().offered(provider)?;
    let _ = client;
    let mut problems = Problems::default();
    if !is_stated(&domain.rules().social.native_redirects, &form.redirect_uri) {
        problems.add("redirect_uri", Problem::NotOffered);
    }
    if !secrets::is_token(&form.code_challenge) {
        problems.add("code_challenge", Problem::Malformed);
    }
    if form.state.as_ref().is_some_and(|state| state.len() > LONGEST_STATE) {
        problems.add("state", Problem::TooLong { max: 512 });
    }
    problems.check()?;
    let app = App { redirect_uri: form.redirect_uri, challenge: form.code_challenge, state: form.state };
    let departure = Departure {
        purpose: "native",
        browser: None,
        by: None,
        next: "",
        remember: false,
        native: Some(app),
    };
    let authorization_url = flow::depart(domain, entry, departure).await?;
    Ok(NativeStarted { authorization_url, expires_in: LASTS.as_secs() })
}

/// Whether codes may be sent to `wanted`: it is one of those that are stated, letter for letter; on loopback with any port
/// (RFC 8252 7.3).
fn is_stated(stated: &[String], wanted: &str) -> bool {
    if stated.iter().any(|one| one == wanted) {
        return true;
    }
    let portless = |address: &str| {
        let mut url = Url::parse(address).ok()?;
        let here = url.scheme() == "http" && url.host_str().is_some_and(is_this_machine);
        // Written as it is understood: nothing is hidden in another spelling.
        let plain = here && url.as_str() == address;
        (plain && url.set_port(None).is_ok()).then_some(url)
    };
    portless(wanted).is_some_and(|wanted| stated.iter().any(|one| portless(one).as_ref() == Some(&wanted)))
}

/// Comes back to an app: it is given a code, unless the person must do something here first.
pub(super) async fn arrive(
    domain: &Domain,
    entry: &Entry,
    app: &App,
    vouched: &Vouched,
    client: &Client,
) -> Result<Came> {
    for _ in 0..3 {
        let mut tx = domain.begin().await?;
        let facts = arrive::facts(domain, &mut tx, entry, (Purpose::SignIn, None), vouched).await?;
        let becomes = match decide(&facts) {
            Becomes::Refuse(error) => return Err(error),
            Becomes::Wait(_) => {
                return Ok(Came::Native { url: app.answered("error", "interaction_required") });
            }
            becomes => becomes,
        };
        let Some((user, _)) = arrive::become_known(domain, &mut tx, entry, vouched, &becomes, client).await?
        else {
            continue;
        };
        let code = secrets::mint(domain.random());
        let until = domain.now().after(CODE_LASTS);
        let (hash, name) = (secrets::hash(code.expose()), entry.provider.name());
        store::insert_code(&mut tx, &hash, (user, name), &app.challenge, until).await?;
        tx.commit().await.internal()?;
        return Ok(Came::Native { url: app.answered("code", code.expose()) });
    }
    Err(Error::Unavailable)
}

pub(super) async fn exchange(domain: &Domain, form: &NativeExchange, client: &Client) -> Result<TokenPair> {
    if !secrets::is_token(form.code.expose()) {
        return Err(Error::FlowDead);
    }
    let mut tx = domain.begin().await?;
    let taken = store::take_code(&mut tx, &secrets::hash(form.code.expose())).await?;
    tx.commit().await.internal()?;
    let (user, provider, challenge, until) = taken.ok_or(Error::FlowDead)?;
    let verifier = form.code_verifier.expose();
    let fits = (43..=128).contains(&verifier.len()) && flow::challenge(verifier) == challenge;
    if !fits || until <= domain.now() {
        return Err(Error::FlowDead);
    }
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, user).await?;
    let theirs = store::of_person(&mut tx, user).await?;
    if !theirs.iter().any(|one| one.provider == provider && link::is_usable(domain, one)) {
        return Err(Error::FlowDead);
    }
    let pair = auth::enter_program(domain, &mut tx, (user, &provider), client).await?;
    tx.trail().count(format!("social_sign_in:{provider}"), domain.now());
    tx.commit().await.internal()?;
    Ok(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_where_the_settings_say_and_nowhere_else() {
        let stated = ["com.example.app:/signed-in", "http://127.0.0.1/done", "https://app.example.org/done"];
        let stated = stated.map(str::to_owned);
        for good in [
            "com.example.app:/signed-in",
            "https://app.example.org/done",
            "http://127.0.0.1/done",
            "http://127.0.0.1:49152/done",
        ] {
            assert!(is_stated(&stated, good), "{good}");
        }
        for bad in [
            "",
            "com.example.app:/signed-in/x",
            "com.example.app:/signed-in?x=1",
            "com.example.APP:/signed-in",
            "https://app.example.org:8443/done",
            "https://app.example.org/done/",
            "https://app.example.org.evil.example/done",
            "http://127.0.0.1:49152/done/../other",
            "http://127.0.0.1:49152/other",
            "http://127.0.0.1:49152/done#x",
            "http://127.0.0.2:49152/done",
            "http://localhost:49152/done",
            "http://127.0.0.1@evil.example/done",
            "http://user@127.0.0.1/done",
            "javascript:alert(1)",
        ] {
            assert!(!is_stated(&stated, bad), "{bad}");
        }
    }
}
