//! Proving the password again: for what must not be done by whoever merely found an open browser. Endpoints ask for a
//! recent proof by their policy; called by the guard of every request, by the page `/prove` and by REST.

use super::{NewSession, prove};
use crate::events::{self, Event};
use crate::{Actor, Client, Domain, Person, accounts, error::Internal, sessions};
use vestibule_model::{Error, Result, Secret};

/// Whether the person gave the password lately enough for what asks for it (setting `sessions.proof`).
///
/// # Errors
/// [`Error::ProveAgain`].
pub fn check_proof(domain: &Domain, person: &Person) -> Result<()> {
    let age = domain.now().since(person.proved_at);
    if age < domain.rules().sessions.proof { Ok(()) } else { Err(Error::ProveAgain) }
}

/// Takes a proof of the password. A browser goes on under a new token, which is answered, and its old one is dead (ASVS
/// 7.2.4); for an API client the proof counts for the whole family of its tokens.
///
/// # Errors
/// [`Error::WrongPassword`], [`Error::TooManyAttempts`], [`Error::Busy`]; [`Error::BadToken`] when the session is over.
pub async fn prove_again(
    domain: &Domain,
    person: &Person,
    password: &Secret,
    client: &Client,
) -> Result<Option<NewSession>> {
    let user = accounts::by_id(domain.db(), person.user).await?.ok_or(Error::BadToken)?;
    // A proof must not make itself last: who has no password proves it where they sign in.
    if user.password_hash.is_none() {
        return Err(Error::WrongPassword);
    }
    prove(domain, person, &user, ("password", password), client).await?;
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, person.user).await?;
    let proved = sessions::proved(domain, &mut tx, person).await?.ok_or(Error::BadToken)?;
    let event = Event::Proved { user: person.user, session: person.session, provider: None };
    events::emit(domain, &mut tx, &Actor::Person(person.clone()), client, event).await?;
    tx.commit().await.internal()?;
    let new = |secret| NewSession {
        secret,
        expires_at: proved.expires_at,
        remembered: proved.remembered,
        deletion_cancelled: false,
        reactivated: false,
        device: None,
    };
    Ok(proved.secret.map(new))
}
