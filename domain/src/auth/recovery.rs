//! Recovery: a mailed link sets a new password and ends everything the old one had opened. Called by server functions and REST.

use super::{Purpose, check_password, forget_attempts, links, normalized, prove};
use crate::accounts::{self, Confirmed, User};
use crate::events::{self, Event};
use crate::mail::{self, Message};
use crate::{
    Actor, Allowed, Client, Domain, Person, db::Tx, error::Internal, keys, notices, sessions, social,
};
use std::time::Duration;
use vestibule_model::auth::PasswordForm;
use vestibule_model::groups::ManageAccounts;
use vestibule_model::keys::Revoked;
use vestibule_model::{Error, Problem, Result, Secret, UserId, links as pages};

/// No sooner is it told that a mail was sent, or that there was none to send. Several times what either takes.
const NO_SOONER: Duration = Duration::from_millis(100);

/// Mails a reset link to the address stored on the account, never to the one typed (C04, C05). Silent when there is no such
/// account, and no sooner.
///
/// # Errors
/// [`Error::Invalid`] for what is no address.
pub async fn forgot(domain: &Domain, email: &str, client: &Client) -> Result<()> {
    let key = accounts::key_of(email)?;
    unhurried(mail_reset(domain, &key, client)).await
}

/// Does `work` and answers at an even time, so that its length does not tell whether there was anything to do (C67).
pub(crate) async fn unhurried<T>(work: impl Future<Output = T>) -> T {
    tokio::join!(work, tokio::time::sleep(NO_SOONER)).0
}

async fn mail_reset(domain: &Domain, key: &str, client: &Client) -> Result<()> {
    let user = accounts::by_key(domain.db(), key).await?;
    let mut tx = domain.begin().await?;
    match user {
        Some(user) => post_reset(domain, &mut tx, &user, &Actor::Anonymous, client).await?,
        None => links::decoy(domain, &mut tx).await?,
    }
    tx.commit().await.internal()
}

/// Mails somebody a reset link, as if they had asked for it themselves. Nobody sets another person's password.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::NotAllowed`] for an administrator's when asked by somebody who is none.
pub async fn send_reset(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    let user = accounts::hold_for(&mut tx, by.by(), user).await?;
    post_reset(domain, &mut tx, &user, by.by(), client).await?;
    tx.commit().await.internal()
}

async fn post_reset(domain: &Domain, tx: &mut Tx, user: &User, by: &Actor, client: &Client) -> Result<()> {
    let token = links::issue(domain, tx, Purpose::Reset, Some((user.id, &user.email))).await?;
    let message = Message::Reset { link: domain.link(pages::RESET, &token) };
    let useless_after = domain.now().after(domain.rules().links.reset);
    mail::enqueue(domain, tx, &user.email, Some(&user.name), message, Some(useless_after)).await?;
    events::emit(domain, tx, by, client, Event::ResetRequested { user: user.id }).await
}

/// Sets a new password by the token of a mailed link. Every session, every other link, every account elsewhere that opens
/// this one and, unless the site wants it otherwise, every API key of the person ends, wrong passwords so far are forgotten
/// and so are the browsers they are known by, a mail says so, and nobody is signed in by it (ASVS 6.4.3, 7.4.3). Whoever
/// follows the link holds the mailbox: the address counts as confirmed.
///
/// # Errors
/// [`Error::LinkDead`], [`Error::Invalid`] for the password (the link stays alive), [`Error::Busy`].
pub async fn reset(domain: &Domain, token: &Secret, password: &Secret, client: &Client) -> Result<Confirmed> {
    // Length first: it costs nothing, and tells nothing about the link.
    check_length(domain, "password", password)?;
    let link = links::peek(domain, Purpose::Reset, token).await?.ok_or(Error::LinkDead)?;
    let user =
        accounts::by_id(domain.db(), link.user.ok_or(Error::LinkDead)?).await?.ok_or(Error::LinkDead)?;
    let hash = hash_new(domain, &user, "password", password).await?;

    let mut tx = domain.begin().await?;
    let link = links::consume(domain, &mut tx, Purpose::Reset, token).await?;
    let confirmed = accounts::confirm(domain, &mut tx, user.id, &link.email).await?;
    if user.email_verified_at.is_none() {
        let event = Event::EmailVerified { user: user.id };
        events::emit(domain, &mut tx, &Actor::Anonymous, client, event).await?;
    }
    // Whoever got at the account, or held it before the address was anybody's, may have connected theirs (C01). A password
    // is another way in.
    social::end_all(domain, &mut tx, user.id, client).await?;
    if !accounts::set_password(domain, &mut tx, &user, &hash).await? {
        return Err(Error::LinkDead);
    }
    links::void(&mut tx, user.id).await?;
    forget_attempts(&mut tx, user.id).await?;
    // Whoever knew the old password may have signed in by it: their browser is a stranger's from now on.
    notices::forget_devices_of(&mut tx, user.id).await?;
    sessions::end_all(domain, &mut tx, user.id, "password reset").await?;
    if domain.rules().keys.revoke_on_reset {
        keys::end_all(domain, &mut tx, user.id, Revoked::PasswordReset, client).await?;
    }
    tell_changed(domain, &mut tx, &user, false, client).await?;
    events::emit(domain, &mut tx, &Actor::Anonymous, client, Event::PasswordReset { user: user.id }).await?;
    tx.commit().await.internal()?;
    Ok(confirmed)
}

/// Replaces one's own password: the current one is asked for, every other session ends unless the form says no (ASVS
/// 7.4.3), and a mail says which of the two.
///
/// # Errors
/// [`Error::WrongPassword`], [`Error::TooManyAttempts`], [`Error::Invalid`] for the new one (used before among its
/// problems), [`Error::Busy`].
pub async fn change_password(
    domain: &Domain,
    person: &Person,
    form: PasswordForm,
    client: &Client,
) -> Result<()> {
    check_length(domain, "new_password", &form.new_password)?;
    let user = accounts::by_id(domain.db(), person.user).await?.ok_or(Error::BadToken)?;
    prove(domain, person, &user, ("current_password", &form.current_password), client).await?;
    let hash = hash_new(domain, &user, "new_password", &form.new_password).await?;

    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, user.id).await?;
    if !accounts::set_password(domain, &mut tx, &user, &hash).await? {
        return Err(Error::WrongPassword);
    }
    links::void(&mut tx, user.id).await?;
    // What a session knows of the account, the day of its password among it, is read anew.
    tx.announce(domain.generation());
    let (by, end_others) = (Actor::Person(person.clone()), form.end_other_sessions.unwrap_or(true));
    tell_changed(domain, &mut tx, &user, !end_others, client).await?;
    events::emit(domain, &mut tx, &by, client, Event::PasswordChanged { user: user.id }).await?;
    if end_others {
        sessions::end_all_but(domain, &mut tx, user.id, person.session, "password changed").await?;
        let event = Event::OtherSessionsEnded { user: user.id };
        events::emit(domain, &mut tx, &by, client, event).await?;
    }
    tx.commit().await.internal()
}

/// Whether the password is as long as one must and may be.
fn check_length(domain: &Domain, field: &'static str, password: &Secret) -> Result<()> {
    let checked = domain.rules().passwords.length.check(normalized(password).expose());
    checked.map_err(|problem| refused(field, problem))
}

fn refused(field: &'static str, problem: Problem) -> Error {
    Error::invalid(field, problem)
}

/// The hash of a password that this account may take from now on.
async fn hash_new(domain: &Domain, user: &User, field: &'static str, password: &Secret) -> Result<String> {
    let username = user.username.as_ref().map_or("", |name| name.as_str());
    let about = [user.name.as_str(), user.email.as_str(), username];
    check_password(domain, password, &about).await?.map_err(|problem| refused(field, problem))?;
    for used in accounts::used_hashes(domain, user).await? {
        if domain.hasher().matches(password, &used, domain.random()).await? {
            return Err(refused(field, Problem::UsedBefore));
        }
    }
    domain.hasher().hash(password, domain.random()).await
}

async fn tell_changed(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    sessions_kept: bool,
    client: &Client,
) -> Result<()> {
    let message = Message::PasswordChanged {
        forgot_link: domain.page(pages::FORGOT),
        at: domain.now(),
        address: client.address.map(|address| address.to_string()),
        sessions_kept,
    };
    notices::tell(domain, tx, user, message).await
}

/// Tells the owner that the password stopped working after too many failures, as part of `tx`.
pub(super) async fn tell_locked(domain: &Domain, tx: &mut Tx, user: &User, client: &Client) -> Result<()> {
    let message = Message::PasswordLocked { forgot_link: domain.page(pages::FORGOT) };
    notices::tell(domain, tx, user, message).await?;
    events::emit(domain, tx, &Actor::Anonymous, client, Event::PasswordLocked { user: user.id }).await
}
