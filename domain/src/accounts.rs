//! Accounts: registering, confirming an address and showing. Called by server functions, REST and CLI. What operators do
//! with accounts of others stands in `accounts/manage.rs`, leaving in `accounts/deletion.rs`, a pause in `accounts/deactivation.rs`.

mod canonical;
mod deactivation;
mod deletion;
pub mod email;
mod erase;
mod expiry;
mod export;
pub mod exports;
mod invite;
mod list;
mod manage;
mod many;
mod notes;
mod nudges;
mod own;
mod passwords;
mod seed;
mod store;
mod terms;
mod vouched;

pub(crate) use canonical::canonical;
pub use deactivation::{deactivate, deactivate_own, reactivate};
pub use deletion::{
    Leaving, ask_deletion, cancel_deletion, check_called, delete, delete_named, delete_own, erase_due,
};
pub use expiry::{set_expiry, tell_expiring};
pub(crate) use export::exported_names;
pub use export::{export, export_of, exported_tables};
pub use invite::invite;
pub use list::list;
pub(crate) use manage::meant;
pub use manage::{NewAccount, Which, create, mark_verified, resend_verification_to, show};
pub use many::{called, do_to_many};
pub(crate) use notes::note_in;
pub use notes::{note, notes, remove_note};
pub use nudges::{Nudge, dismiss_nudge, nudges};
pub use own::{Own, Written};
use passwords::retire_password;
pub(crate) use passwords::{passwords_replaced, rehash, set_password, used_hashes};
pub use seed::{MOST_SEEDED, seed};
pub(crate) use store::{User, contains as pattern_of};
pub(crate) use terms::fill as fill_terms;
pub(crate) use vouched::{
    Arrived, Holder, Newcomer, asked_again, asks_more, claim, holder_of, holds_address, join, told_known,
};

use crate::auth::{self, Purpose, links};
use crate::db::{Db, Tx};
use crate::events::{self, Event};
use crate::groups::{self, Rights};
use crate::mail::{self, Message};
use crate::{Actor, Client, Domain, error::Internal, profiles, sessions, social};
use vestibule_model::accounts::{Me, Register, RegisterForm};
use vestibule_model::error::{Conflict, Problems};
use vestibule_model::groups::{ADMIN, MEMBER};
use vestibule_model::profiles::{MayEdit, Profile};
use vestibule_model::{
    Email, Error, Name, Problem, Result, Secret, Timestamp, UserId, Username, links as pages,
};

/// Registers a stranger. The answer, and the work behind it, are the same whether the address is new or known; a mail to
/// the address says the rest (ASVS 6.3.8).
///
/// Whoever holds the mailbox decides about the password: registering an unconfirmed address again voids the first
/// verification link, so that nobody can prepare an account for somebody else's address (C01).
///
/// # Errors
/// [`Error::RegistrationClosed`], [`Error::Invalid`] (a taken user name among its problems), [`Error::Busy`].
pub async fn register(domain: &Domain, form: RegisterForm, client: &Client) -> Result<()> {
    if !domain.rules().accounts.registration_open {
        return Err(Error::RegistrationClosed);
    }
    let (new, key) = checked(domain, form, Asked::ByStranger).await?;
    let hash = domain.hasher().hash(&new.password, domain.random()).await?;
    let mut tx = domain.begin().await?;
    let holds_name = !domain.rules().accounts.verification_required;
    match insert(domain, &mut tx, &new, &key, &hash, None, holds_name).await? {
        Inserted::Account(user) => {
            groups::enroll(domain, &mut tx, user, MEMBER).await?;
            send_verification(domain, &mut tx, (user, None), &new.email, &new.name).await?;
            events::emit(
                domain,
                &mut tx,
                &Actor::Anonymous,
                client,
                Event::Registered { user, provider: None },
            )
            .await?;
        }
        Inserted::UsernameTaken => return Err(Error::invalid("username", Problem::Taken)),
        Inserted::EmailKnown => registered_again(domain, &mut tx, &key, client).await?,
        Inserted::EmailReserved(owner) => email::tell_known(domain, &mut tx, &new.email, owner).await?,
    }
    tx.commit().await.internal()
}

/// What came of confirming an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// The person wished for a user name, and somebody else holds it by now.
    pub username_taken: bool,
}

/// Confirms an address by the token of a mailed link; a token works once. The user name that was wished for is the
/// person's from now on, unless somebody else came first.
///
/// # Errors
/// [`Error::LinkDead`] when the token is unknown, used, expired or was mailed to another address.
pub async fn verify(domain: &Domain, token: &Secret, client: &Client) -> Result<Confirmed> {
    let mut tx = domain.begin().await?;
    let link = links::consume(domain, &mut tx, Purpose::Verify, token).await?;
    let user = link.user.ok_or(Error::LinkDead)?;
    let before = store::by_id(&mut tx, user).await?.ok_or(Error::LinkDead)?;
    let confirmed = confirm(domain, &mut tx, user, &link.email).await?;
    if before.email_verified_at.is_none() {
        events::emit(domain, &mut tx, &Actor::Anonymous, client, Event::EmailVerified { user }).await?;
    }
    tx.commit().await.internal()?;
    Ok(confirmed)
}

/// Sends the verification link again; silent when there is nothing to send.
///
/// # Errors
/// [`Error::Invalid`] for what is no address.
pub async fn resend_verification(domain: &Domain, email: &str, client: &Client) -> Result<()> {
    let key = key_of(email)?;
    auth::unhurried(mail_verification(domain, &key, client)).await
}

async fn mail_verification(domain: &Domain, key: &str, client: &Client) -> Result<()> {
    let mut tx = domain.begin().await?;
    let user = store::by_email(&mut tx, key).await?.filter(|user| user.email_verified_at.is_none());
    match user {
        Some(user) => post_confirmation(domain, &mut tx, &user, &Actor::Anonymous, client).await?,
        None => links::decoy(domain, &mut tx).await?,
    }
    tx.commit().await.internal()
}

/// Mails the link that confirms the address, or, where there is no password, the one that sets one and confirms by it.
async fn post_confirmation(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    by: &Actor,
    client: &Client,
) -> Result<()> {
    if user.password_hash.is_some() || social::opens(tx, user.id).await? {
        let provider = social::waiting_for(domain, tx, user.id).await?;
        send_verification(domain, tx, (user.id, provider), &user.email, &user.name).await?;
    } else {
        post_finish(domain, tx, user).await?;
    }
    events::emit(domain, tx, by, client, Event::VerificationSent { user: user.id }).await
}

/// Who asks for a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Somebody who signs up.
    ByStranger,
    /// An operator or administrator, to whom no declared field is closed and who need not fill in any.
    ByOperator,
}

/// The form's values, and what its address is compared by; every problem at once.
pub(crate) async fn checked(
    domain: &Domain,
    mut form: RegisterForm,
    asked: Asked,
) -> Result<(Register, String)> {
    form.password = auth::normalized(&form.password);
    let mut new = form.parse(domain.rules().passwords.length)?;
    let mut problems = Problems::default();
    new.fields = match asked {
        Asked::ByStranger => profiles::signing_up(domain, &mut problems, new.fields),
        Asked::ByOperator => profiles::as_given(domain, &mut problems, new.fields),
    };
    let key = problems.take("email", canonical(&new.email));
    let about =
        [new.name.as_str(), new.email.as_str(), new.username.as_ref().map_or("", |name| name.as_str())];
    problems.take("password", auth::check_password(domain, &new.password, &about).await?);
    problems.check()?;
    key.map(|key| (new, key)).ok_or(Error::Malformed)
}

/// What an address is compared by.
pub(crate) fn key_of(email: &str) -> Result<String> {
    let malformed = |problem| Error::invalid("email", problem);
    canonical(&Email::parse(email).map_err(malformed)?).map_err(malformed)
}

/// What became of an account that was to be made.
pub(crate) enum Inserted {
    Account(UserId),
    EmailKnown,
    /// It was this person's until a moment ago, and may still be taken back.
    EmailReserved(UserId),
    UsernameTaken,
}

/// Writes a new account as part of `tx`. A stranger whose address must be confirmed only wishes for the user name until
/// then: were it held, registering twice with one name would tell whether the first address had an account.
/// Nothing may be kept when the answer is no account.
pub(crate) async fn insert(
    domain: &Domain,
    tx: &mut Tx,
    new: &Register,
    key: &str,
    hash: &str,
    verified_at: Option<Timestamp>,
    holds_name: bool,
) -> Result<Inserted> {
    let (id, now) = (UserId(domain.new_id()), domain.now());
    let row = store::NewUser { id, values: new, key, hash: Some(hash), verified_at, holds_name, now };
    insert_row(domain, tx, &row).await
}

/// As [`insert`].
async fn insert_row(domain: &Domain, tx: &mut Tx, row: &store::NewUser<'_>) -> Result<Inserted> {
    let store::NewUser { id, values: new, key, holds_name, .. } = *row;
    if let Some(name) = &new.username
        && (store::username_exists(tx, &name.canonical()).await? || is_kept(tx, Some(name), id).await?)
    {
        return Ok(Inserted::UsernameTaken);
    }
    if store::insert(tx, row).await? {
        if let Some(owner) = email::reserved_by(domain, tx, key, id).await? {
            store::delete(tx, id).await?;
            return Ok(Inserted::EmailReserved(owner));
        }
        // Asked again: who gives the name up in this moment has written so by now, or waits for us.
        if holds_name && is_kept(tx, new.username.as_ref(), id).await? {
            return Ok(Inserted::UsernameTaken);
        }
        profiles::save_fields(tx, id, &new.fields).await?;
        let username = new.username.as_ref().filter(|_| holds_name);
        terms::write_new(tx, id, (&new.email, &new.name, username)).await?;
        return Ok(Inserted::Account(id));
    }
    // Two at once: the loser learns which of the two unique values it lost.
    let known = store::by_email(tx, key).await?.is_some();
    Ok(if known { Inserted::EmailKnown } else { Inserted::UsernameTaken })
}

/// Whether somebody else gave the name up, so that it is nobody's but theirs.
async fn is_kept(tx: &mut Tx, name: Option<&Username>, user: UserId) -> Result<bool> {
    match name {
        Some(name) => profiles::is_kept_from(tx, &name.canonical(), user).await,
        None => Ok(false),
    }
}

/// Mails the link that confirms an address, which names the provider whose account is to open this one by it: whoever follows
/// the link lets that in.
async fn send_verification(
    domain: &Domain,
    tx: &mut Tx,
    (user, provider): (UserId, Option<String>),
    email: &Email,
    name: &Name,
) -> Result<()> {
    let token = links::issue(domain, tx, Purpose::Verify, Some((user, email))).await?;
    let message = Message::Verify { link: domain.link(pages::VERIFY, &token), provider };
    let useless_after = domain.now().after(domain.rules().links.verify);
    mail::enqueue(domain, tx, email, Some(name), message, Some(useless_after)).await
}

/// A link that sets a password, and confirms the address by it.
async fn post_finish(domain: &Domain, tx: &mut Tx, user: &User) -> Result<()> {
    let token = links::issue(domain, tx, Purpose::Reset, Some((user.id, &user.email))).await?;
    let message = Message::FinishRegistration { link: domain.link(pages::RESET, &token) };
    let useless_after = domain.now().after(domain.rules().links.reset);
    mail::enqueue(domain, tx, &user.email, Some(&user.name), message, Some(useless_after)).await
}

/// Somebody registered with an address that has an account: its owner hears of it, and nothing else happens. Where
/// nobody can have signed in yet, the first password goes: it may be a stranger's, and no later link may confirm it (C01).
async fn registered_again(domain: &Domain, tx: &mut Tx, key: &str, client: &Client) -> Result<()> {
    let user = store::by_email(&mut *tx, key).await?.ok_or(Error::Unavailable)?;
    if user.email_verified_at.is_some() {
        let (login_link, forgot_link) = (domain.page(pages::LOGIN), domain.page(pages::FORGOT));
        links::decoy(domain, tx).await?;
        let message = Message::AlreadyRegistered { login_link, forgot_link };
        mail::enqueue(domain, tx, &user.email, Some(&user.name), message, None).await?;
    } else {
        links::void(tx, user.id).await?;
        if domain.rules().accounts.verification_required && user.last_sign_in_at.is_none() {
            store::drop_password(tx, user.id).await?;
            social::end_all(domain, tx, user.id, client).await?;
        }
        post_finish(domain, tx, &user).await?;
    }
    let event = Event::RegisteredAgain { user: user.id };
    events::emit(domain, tx, &Actor::Anonymous, client, event).await
}

/// Marks the address of `user` as confirmed as part of `tx`, if it is still `email`, and gives them the user name they
/// wished for, if nobody holds it.
pub(crate) async fn confirm(domain: &Domain, tx: &mut Tx, user: UserId, email: &Email) -> Result<Confirmed> {
    let key = canonical(email).map_err(|_| Error::LinkDead)?;
    if !store::set_verified(tx, user, &key, domain.now()).await? {
        return Err(Error::LinkDead);
    }
    tx.announce(domain.generation());
    let username_taken = match store::take_wish(tx, user).await? {
        Some(wish) => !hold_wish(domain, tx, user, &wish).await?,
        None => false,
    };
    Ok(Confirmed { username_taken })
}

/// Whether the person holds the name they wished for now; not when it is, or was, somebody else's.
async fn hold_wish(domain: &Domain, tx: &mut Tx, user: UserId, wish: &Username) -> Result<bool> {
    if !store::hold_username(tx, user, wish).await? {
        return Ok(false);
    }
    let kept = is_kept(tx, Some(wish), user).await?;
    if kept {
        store::set_username(tx, user, None, domain.now()).await?;
    } else {
        terms::renew(tx, user).await?;
    }
    Ok(!kept)
}

/// The account behind an address, as `auth` needs it.
pub(crate) async fn by_key(db: &Db, key: &str) -> Result<Option<User>> {
    store::by_email(db, key).await
}

/// The account called `id`.
pub(crate) async fn by_id(db: &Db, id: UserId) -> Result<Option<User>> {
    store::by_id(db, id).await
}

/// The account called `id`, as `tx` sees it.
pub(crate) async fn by_id_in(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    store::by_id(tx, id).await
}

/// Makes every other transaction that touches what belongs to this account wait for `tx`. Taken before links and sessions
/// are changed, so that two who change the same ones do it in one order (no deadlock on Postgres).
pub(crate) async fn hold(tx: &mut Tx, id: UserId) -> Result<()> {
    store::lock(tx, id).await
}

/// The account `user` for somebody who manages others', held for `tx`. Whoever is no administrator leaves administrators
/// alone, and everybody leaves alone who may what they may not: a permission to manage accounts must not be a way to take
/// over what others hold.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::NotAllowed`], naming what the person may beyond `by`.
pub(crate) async fn hold_for(tx: &mut Tx, by: &Actor, user: UserId) -> Result<User> {
    hold(tx, user).await?;
    let found = by_id_in(tx, user).await?.ok_or(Error::NotFound)?;
    let theirs = groups::rights_in(tx, user).await?;
    let more = theirs.groups.get(ADMIN).into_iter().chain(&theirs.permissions).find(|name| !by.holds(name));
    more.map_or(Ok(found), |name| Err(Error::NotAllowed { permission: name.clone().into() }))
}

/// What a sign-in took back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CameBack {
    /// The deletion that was asked for.
    pub(crate) deletion_cancelled: bool,
    /// The sleep of a deactivated account.
    pub(crate) reactivated: bool,
}

/// Notes a sign-in as part of `tx`, which takes back a deletion that was asked for and wakes an account that sleeps.
///
/// # Errors
/// [`Error::BadCredentials`] when the account went, ended or took another password in the meantime.
pub(crate) async fn signed_in(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    client: &Client,
) -> Result<CameBack> {
    let hash = user.password_hash.as_deref().ok_or(Error::BadCredentials)?;
    let signed_in = store::set_signed_in(tx, user.id, hash, domain.now()).await?;
    came_back(domain, tx, user, &signed_in.ok_or(Error::BadCredentials)?, client).await
}

/// As [`signed_in`], by somebody else's sign-in.
///
/// # Errors
/// [`Error::AccountExpired`] when the account ended.
pub(crate) async fn signed_in_vouched(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    client: &Client,
) -> Result<CameBack> {
    let signed_in = store::set_signed_in_vouched(tx, user.id, domain.now()).await?;
    came_back(domain, tx, user, &signed_in.ok_or(Error::AccountExpired)?, client).await
}

async fn came_back(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    signed_in: &store::SignedIn,
    client: &Client,
) -> Result<CameBack> {
    sessions::active(domain, tx, user.id).await?;
    let mut back = CameBack { deletion_cancelled: false, reactivated: false };
    if signed_in.deletion_due_at.is_some() {
        back.deletion_cancelled = deletion::cancel(domain, tx, user, &user.email, client).await?;
    }
    if signed_in.deactivated_at.is_some() {
        back.reactivated = deactivation::wake(domain, tx, user, &Actor::Anonymous, client).await?;
    }
    Ok(back)
}

/// The account as its owner sees it.
pub(crate) async fn whole(domain: &Domain, id: UserId, rights: &Rights) -> Result<Option<Me>> {
    let Some(user) = store::by_id(domain.db(), id).await? else { return Ok(None) };
    Ok(Some(as_owned(user, rights, profiles::of(domain, id).await?)))
}

/// The account as its owner sees it and as `tx` does.
pub(crate) async fn whole_in(
    domain: &Domain,
    tx: &mut Tx,
    id: UserId,
    rights: &Rights,
) -> Result<Option<Me>> {
    let Some(user) = store::by_id(&mut *tx, id).await? else { return Ok(None) };
    Ok(Some(as_owned(user, rights, profiles::of_in(domain, tx, id, MayEdit::Owner).await?)))
}

fn as_owned(user: User, rights: &Rights, profile: Profile) -> Me {
    Me {
        id: user.id,
        email: user.email,
        email_verified_at: user.email_verified_at,
        name: user.name,
        username: user.username,
        groups: rights.groups.iter().cloned().collect(),
        permissions: rights.permissions.iter().cloned().collect(),
        created_at: user.created_at,
        password_changed_at: user.password_changed_at,
        expires_at: user.expires_at,
        profile,
    }
}

/// Gives the person another display name as part of `tx`.
pub(crate) async fn set_name(tx: &mut Tx, user: UserId, name: &Name, now: Timestamp) -> Result<()> {
    store::set_name(tx, user, name, now).await?;
    terms::renew(tx, user).await
}

/// Gives the person another user name, or none, as part of `tx`; not when it is taken.
pub(crate) async fn set_username(
    tx: &mut Tx,
    user: UserId,
    name: Option<&Username>,
    now: Timestamp,
) -> Result<bool> {
    let written = store::set_username(tx, user, name, now).await?;
    if written {
        terms::renew(tx, user).await?;
    }
    Ok(written)
}

/// The refusal of an address that belongs to somebody else, for callers who may know of it.
fn email_taken() -> Error {
    Error::Conflict { what: Conflict::EmailTaken }
}
