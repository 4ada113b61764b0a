//! Signing in, tokens, recovery and the first administrator. Called by server functions, REST and `http/actor.rs`.
//! There is one way to prove a password ([`prove`]), and every door goes through it.

mod argon;
mod attempts;
mod blocklist;
pub(crate) mod links;
mod password;
mod proof;
mod recovery;
mod setup;
mod store;
mod tokens;
mod turns;
mod vouched;

pub(crate) use blocklist::Blocklist;
pub use blocklist::check_blocklist;
pub use links::{Purpose, link_works};
pub use password::strength;
pub(crate) use password::{Hasher, check as check_password, normalized};
pub use proof::{check_proof, prove_again};
pub(crate) use recovery::unhurried;
pub use recovery::{change_password, forgot, reset, send_reset};
pub use setup::{set_up, setup_link, setup_open};
pub(crate) use tokens::Signer;
pub use tokens::{by_access_token, issue_tokens, jwks, known_by_access_token, refresh};
pub(crate) use turns::Turns;
pub(crate) use vouched::{Entered, enter, enter_program, renewed};

use crate::accounts::{self, CameBack, User};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::sessions::{self, Kind, Opened};
use crate::{Actor, Client, Domain, Person, abuse, bans, error::Internal, metrics, notices};
use attempts::Subject;
#[cfg(feature = "testing")]
pub(crate) use attempts::counted as counted_attempts;
use password::Verdict;
use vestibule_model::abuse::Offence;
use vestibule_model::auth::SignInForm;
use vestibule_model::values::password::MAX_BYTES;
use vestibule_model::{Error, Problem, Result, Secret, Timestamp, UserId};

pub(crate) use attempts::sweep as sweep_attempts;

/// A browser's new session: the value of its cookie, shown once.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The cookie's value.
    pub secret: Secret,
    /// When the session ends whatever happens; nothing for one that may be used for ever.
    pub expires_at: Option<Timestamp>,
    /// Whether the cookie outlives the browser's window.
    pub remembered: bool,
    /// Whether signing in took back the deletion that the person had asked for.
    pub deletion_cancelled: bool,
    /// Whether signing in made the account active again, which its owner had deactivated.
    pub reactivated: bool,
    /// What the browser shows at its next sign-in, so that nobody is warned of it (see [`sign_in_on`]); nothing when it has
    /// that already.
    pub device: Option<Secret>,
}

/// Signs a browser in.
///
/// # Errors
/// [`Error::BadCredentials`]; only after the right password [`Error::AccountExpired`]; [`Error::TooManyAttempts`],
/// [`Error::PasswordLocked`], [`Error::Busy`].
pub async fn sign_in(
    domain: &Domain,
    form: SignInForm,
    remember: bool,
    client: &Client,
) -> Result<NewSession> {
    sign_in_on(domain, form, remember, None, client).await
}

/// As [`sign_in`], in a browser that shows `device`, the mark it was given at an earlier sign-in. A sign-in on a device that
/// its owner did not use before is told to them by mail.
///
/// # Errors
/// As [`sign_in`].
pub async fn sign_in_on(
    domain: &Domain,
    form: SignInForm,
    remember: bool,
    device: Option<&Secret>,
    client: &Client,
) -> Result<NewSession> {
    let signed_in = browser(domain, form, remember, device, client).await;
    metrics::signed_in("browser", &signed_in);
    signed_in
}

async fn browser(
    domain: &Domain,
    form: SignInForm,
    remember: bool,
    device: Option<&Secret>,
    client: &Client,
) -> Result<NewSession> {
    let (user, subject) = authenticate(domain, &form, device, client).await?;
    let (mut tx, opened, back) = open(domain, (&user, &subject), &Kind::Browser { remember }, client).await?;
    let device = notices::recognise(domain, &mut tx, &user, device, client).await?;
    tx.commit().await.internal()?;
    let secret = opened.secret.ok_or(Error::BadCredentials)?;
    let expires_at = opened.expires_at;
    Ok(NewSession {
        secret,
        expires_at,
        remembered: remember,
        deletion_cancelled: back.deletion_cancelled,
        reactivated: back.reactivated,
        device: Some(device),
    })
}

/// Who holds this session cookie; `None` when it is unknown, expired or ended.
///
/// # Errors
/// None but those of the database.
pub async fn by_cookie(domain: &Domain, secret: &str) -> Result<Option<Person>> {
    sessions::by_cookie(domain, secret).await
}

/// As [`by_cookie`], as far as it is known without asking the database: `None` tells nothing.
pub fn known_by_cookie(domain: &Domain, secret: &str) -> Option<Person> {
    sessions::known_by_cookie(domain, secret)
}

/// Ends the session that asks.
///
/// # Errors
/// None but those of the database; a session that is over already stays over.
pub async fn sign_out(domain: &Domain, person: &Person, client: &Client) -> Result<()> {
    let mut tx = domain.begin().await?;
    if sessions::end(domain, &mut tx, person.session, "signed out").await? {
        let event = Event::SignedOut { user: person.user, session: person.session };
        events::emit(domain, &mut tx, &Actor::Person(person.clone()), client, event).await?;
    }
    tx.commit().await.internal()
}

/// Ends every session of the person who asks.
///
/// # Errors
/// None but those of the database.
pub async fn sign_out_everywhere(domain: &Domain, person: &Person, client: &Client) -> Result<()> {
    let mut tx = domain.begin().await?;
    sessions::end_all(domain, &mut tx, person.user, "signed out everywhere").await?;
    let event = Event::SignedOutEverywhere { user: person.user };
    events::emit(domain, &mut tx, &Actor::Person(person.clone()), client, event).await?;
    tx.commit().await.internal()
}

/// The account of whoever knows its password, and whose attempts these were. Unknown address, wrong password and an account without a password cost the
/// same and are answered alike (C67). An account whose address must be confirmed first is no account yet, its count of
/// attempts included: whoever registers an address and then signs in learns nothing about it.
async fn authenticate(
    domain: &Domain,
    form: &SignInForm,
    device: Option<&Secret>,
    client: &Client,
) -> Result<(User, Subject)> {
    refuse_huge(domain, "password", &form.password)?;
    let key = accounts::key_of(&form.email).ok();
    let user = match &key {
        Some(key) => accounts::by_key(domain.db(), key).await?,
        None => None,
    };
    let must_confirm = domain.rules().accounts.verification_required;
    let user = user.filter(|user| !must_confirm || user.email_verified_at.is_some());
    let known = notices::is_known_device(domain, user.as_ref().map(|user| user.id), device).await?;
    let subject = match &user {
        Some(user) if known => Subject::known(user.id),
        Some(user) => Subject::account(user.id),
        None => Subject::unknown(domain, key.as_deref().unwrap_or(&form.email)),
    };
    let failures = reserve(domain, &subject, client).await?;
    let verdict = verdict(domain, user.as_ref(), &form.password, &subject).await?;
    let (user, outdated) = match (user, verdict) {
        (Some(user), Verdict::Right { outdated }) => (user, outdated),
        (user, _) => {
            failed(domain, &Actor::Anonymous, user.as_ref(), failures, client).await?;
            return Err(Error::BadCredentials);
        }
    };
    if user.expires_at.is_some_and(|end| end <= domain.now()) {
        attempts::clear_now(domain, &subject).await?;
        return Err(Error::AccountExpired);
    }
    if outdated {
        rehash(domain, &user, &form.password).await?;
        let anew = accounts::by_id(domain.db(), user.id).await?.ok_or(Error::BadCredentials)?;
        return Ok((anew, subject));
    }
    Ok((user, subject))
}

/// Counts an attempt before it is made. One that is not heard is held against where it came from all the same.
async fn reserve(domain: &Domain, subject: &Subject, client: &Client) -> Result<u32> {
    let reserved = attempts::reserve(domain, subject).await;
    if matches!(reserved, Err(Error::TooManyAttempts { .. } | Error::PasswordLocked)) {
        abuse::note(domain, client.address, Offence::SignInFailed, None);
    }
    reserved
}

/// Forgets the failed attempts at an account as part of `tx`.
pub(crate) async fn forget_attempts(tx: &mut Tx, user: UserId) -> Result<()> {
    attempts::clear(tx, &Subject::account(user)).await?;
    attempts::clear(tx, &Subject::known(user)).await
}

/// As [`forget_attempts`]; whether there were any.
pub(crate) async fn forgive_attempts(tx: &mut Tx, user: UserId) -> Result<bool> {
    let strangers = attempts::forgive(tx, &Subject::account(user)).await?;
    Ok(attempts::forgive(tx, &Subject::known(user)).await? || strangers)
}

/// Forgets as part of `tx` what was counted of a person who goes, also under the address `key` when it had no account.
pub(crate) async fn forget_person(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    key: Option<&str>,
) -> Result<()> {
    forget_attempts(tx, user).await?;
    match key {
        Some(key) => attempts::clear(tx, &Subject::unknown(domain, key)).await,
        None => Ok(()),
    }
}

/// What is kept of a person's links, passwords and attempts, for their own eyes: when, never what.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let (failures, last_failure_at) = attempts::of_subject(domain, &Subject::account(user)).await?;
    let (known, last_known_at) = attempts::of_subject(domain, &Subject::known(user)).await?;
    Ok(serde_json::json!({
        "links": links::of_person(domain, user).await?,
        "former_passwords_replaced_at": accounts::passwords_replaced(domain, user).await?,
        "wrong_passwords_in_a_row": failures,
        "last_wrong_password_at": last_failure_at,
        "wrong_passwords_in_a_row_where_known": known,
        "last_wrong_password_where_known_at": last_known_at,
    }))
}

/// Proof of the password by somebody who is signed in already; counted and told like a sign-in in a browser they used before
/// (C21), so that no stranger who guesses keeps them from it. A blank one is a field left out, and no attempt. Of who has no password,
/// a recent proof is asked for in its place.
pub(crate) async fn prove(
    domain: &Domain,
    person: &Person,
    user: &User,
    (field, password): (&'static str, &Secret),
    client: &Client,
) -> Result<()> {
    refuse_huge(domain, field, password)?;
    // Whoever has none proved who they are where they sign in, a moment ago.
    if user.password_hash.is_none() {
        return proof::check_proof(domain, person);
    }
    if password.expose().is_empty() {
        return Err(Error::invalid(field, Problem::Required));
    }
    let subject = Subject::known(user.id);
    let failures = reserve(domain, &subject, client).await?;
    match verdict(domain, Some(user), password, &subject).await? {
        Verdict::Right { .. } => attempts::clear_now(domain, &subject).await,
        Verdict::Wrong => {
            failed(domain, &Actor::Person(person.clone()), Some(user), failures, client).await?;
            Err(Error::WrongPassword)
        }
    }
}

/// Longer input is refused before anything is computed (C68).
fn refuse_huge(domain: &Domain, field: &'static str, password: &Secret) -> Result<()> {
    if password.expose().len() > MAX_BYTES {
        let max = domain.rules().passwords.length.max;
        return Err(Error::invalid(field, Problem::TooLong { max }));
    }
    Ok(())
}

/// Compares the password. An attempt for which there was no turn told its maker nothing, and does not count.
async fn verdict(
    domain: &Domain,
    user: Option<&User>,
    password: &Secret,
    subject: &Subject,
) -> Result<Verdict> {
    let hash = user.and_then(|user| user.password_hash.as_deref());
    let verdict = domain.hasher().verify(password, hash, domain.random()).await;
    if matches!(verdict, Err(Error::Busy { .. })) {
        attempts::give_back(domain, subject).await?;
    }
    verdict
}

/// Writes a failed sign-in down; at the last allowed one the password stops working until it is reset.
async fn failed(
    domain: &Domain,
    by: &Actor,
    user: Option<&User>,
    failures: u32,
    client: &Client,
) -> Result<()> {
    abuse::note(domain, client.address, Offence::SignInFailed, None);
    let mut tx = domain.begin().await?;
    let event = Event::SignInFailed { user: user.map(|user| user.id) };
    events::emit(domain, &mut tx, by, client, event).await?;
    if let Some(user) = user
        && failures >= domain.rules().attempts.most
    {
        recovery::tell_locked(domain, &mut tx, user, client).await?;
    }
    tx.commit().await.internal()
}

async fn rehash(domain: &Domain, user: &User, password: &Secret) -> Result<()> {
    let Some(old) = &user.password_hash else { return Ok(()) };
    let new = domain.hasher().hash(password, domain.random()).await?;
    let mut tx = domain.begin().await?;
    accounts::rehash(&mut tx, user.id, old, &new).await?;
    tx.commit().await.internal()
}

/// Opens a session for who just proved their password; also what that took back. Nothing is opened for who is banned, or
/// when the account went or the password changed in the meantime.
async fn open(
    domain: &Domain,
    (user, subject): (&User, &Subject),
    kind: &Kind,
    client: &Client,
) -> Result<(Tx, Opened, CameBack)> {
    let mut tx = domain.begin().await?;
    let back = accounts::signed_in(domain, &mut tx, user, client).await?;
    // Signing in and banning hold the account, so that one of them comes first, and a ban that came since is seen here.
    if let Some(ban) = bans::in_force(&mut tx, user.id, domain.now()).await? {
        drop(tx);
        attempts::clear_now(domain, subject).await?;
        return Err(bans::refusal(ban));
    }
    attempts::clear(&mut tx, subject).await?;
    let opened = open_in(domain, &mut tx, user.id, kind, None, client).await?;
    Ok((tx, opened, back))
}

/// Opens a session as part of `tx`; `provider` where somebody else's sign-in vouched for them.
async fn open_in(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    kind: &Kind,
    provider: Option<&str>,
    client: &Client,
) -> Result<Opened> {
    let opened = sessions::open(domain, tx, user, kind, client).await?;
    let event = Event::SignedIn { user, session: opened.id, provider: provider.map(str::to_owned) };
    events::emit(domain, tx, &Actor::Anonymous, client, event).await?;
    Ok(opened)
}
