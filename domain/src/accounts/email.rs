//! Another address for an account. Its owner gives the password, the new address is confirmed by a mailed link, the old
//! one is told at both moments and can take the change back for a while (ASVS 6.3.8, 7.4.3; C07, race R5). Called by
//! server functions, REST and the command line.
//!
//! - Asking answers alike whether the new address is free or somebody's; a mail there says the rest.
//! - The link is confirmed by who is signed in to the account that asked: a stranger who presses the button in a mail that
//!   was sent to them by somebody else's wish gives nothing away.
//! - Whoever took an account over must not take the way back along: a link that undoes a change outlives a new password,
//!   further changes, and every link that came after it.

mod store;

use super::{User, canonical, deletion, email_taken, hold, hold_for, store as users};
use crate::auth::{self, Purpose, links};
use crate::db::Tx;
use crate::events::{self, Changes, Event};
use crate::mail::{self, Message};
use crate::{
    Actor, Allowed, Client, Domain, Person, error, error::Internal, keys, notices, secrets, sessions, social,
};
use vestibule_model::accounts::EmailChangeForm;
use vestibule_model::groups::ManageAccounts;
use vestibule_model::keys::Revoked;
use vestibule_model::{Email, Error, Problem, Result, Secret, Timestamp, UserId, links as pages};

/// Asks for another address: it is mailed a link, and the old one is told. A newer wish voids the older one.
///
/// # Errors
/// [`Error::Invalid`] for what is no address, or the one that holds ([`Problem::Unchanged`]); [`Error::WrongPassword`],
/// [`Error::TooManyAttempts`], [`Error::Busy`].
pub async fn request(domain: &Domain, person: &Person, form: EmailChangeForm, client: &Client) -> Result<()> {
    let new = Email::parse(&form.email).map_err(|problem| Error::invalid("email", problem))?;
    let key = canonical(&new).map_err(|problem| Error::invalid("email", problem))?;
    let user = users::by_id(domain.db(), person.user).await?.ok_or(Error::BadToken)?;
    auth::prove(domain, person, &user, ("password", &form.password), client).await?;
    if new == user.email {
        return Err(Error::invalid("email", Problem::Unchanged));
    }
    auth::unhurried(ask(domain, person, &user, &new, &key, client)).await
}

async fn ask(
    domain: &Domain,
    person: &Person,
    proven: &User,
    new: &Email,
    key: &str,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    let user = as_proven(&mut tx, proven).await?;
    store::delete_pending(&mut tx, user.id).await?;
    let holder = users::by_email(&mut tx, key).await?.map(|holder| holder.id).filter(|id| *id != user.id);
    let owner = match holder {
        Some(holder) => Some(holder),
        None => reserved_by(domain, &mut tx, key, user.id).await?,
    };
    if let Some(owner) = owner {
        tell_known(domain, &mut tx, new, owner).await?;
    } else {
        let token = secrets::mint(domain.random());
        let until = domain.now().after(domain.rules().links.email_change);
        let change = store::NewChange {
            id: domain.new_id(),
            user: user.id,
            old: (&user.email, &canonical(&user.email).map_err(|_| Error::LinkDead)?),
            new: (new, key),
            confirm_hash: &secrets::hash(token.expose()),
            confirm_until: until,
        };
        store::insert(&mut tx, &change).await?;
        let message = Message::EmailConfirm { link: domain.link(pages::EMAIL_CONFIRM, &token) };
        let letter = mail::Outgoing {
            to: new,
            name: None,
            message,
            useless_after: Some(until),
            unsubscribe: None,
            owner: Some(user.id),
            about: &[],
        };
        mail::post(domain, &mut tx, letter).await?;
    }
    if user.email_verified_at.is_some() {
        let message = Message::EmailChangeAsked {
            email: new.as_str().to_owned(),
            forgot_link: domain.page(pages::FORGOT),
            at: domain.now(),
            address: client.address.map(|address| address.to_string()),
        };
        notices::tell_about(domain, &mut tx, &user, message, owner.as_slice()).await?;
    }
    let event = Event::EmailChangeRequested { user: user.id };
    events::emit(domain, &mut tx, &Actor::Person(person.clone()), client, event).await?;
    tx.commit().await.internal()
}

/// The account as `tx` sees it, held; refused when its password or address is no longer the one that was proven.
pub(super) async fn as_proven(tx: &mut Tx, proven: &User) -> Result<User> {
    hold(tx, proven.id).await?;
    let user = users::by_id(&mut *tx, proven.id).await?.ok_or(Error::BadToken)?;
    if user.password_hash != proven.password_hash || user.email != proven.email {
        return Err(Error::WrongPassword);
    }
    Ok(user)
}

/// What the page behind a link needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The address that would hold.
    pub email: Email,
}

/// The change that the token would confirm for the person who asks, without confirming it.
///
/// # Errors
/// [`Error::LinkDead`] when it is unknown, used, expired or somebody else's.
pub async fn pending(domain: &Domain, person: &Person, token: &Secret) -> Result<Pending> {
    let hash = hash_of(token)?;
    let change = store::pending(domain.db(), &hash, domain.now()).await?.ok_or(Error::LinkDead)?;
    if change.user_id != person.user {
        return Err(Error::LinkDead);
    }
    Ok(Pending { email: change.new_email })
}

/// Confirms the new address by the token of a mailed link: it holds from now on, every other session and every other link
/// of the person ends, and the old address is told how to take it back.
///
/// # Errors
/// [`Error::LinkDead`] when the token is unknown, used, expired or somebody else's; [`Error::BadToken`] when the session ended;
/// [`Conflict::EmailTaken`](vestibule_model::error::Conflict::EmailTaken) when the address became somebody's meanwhile.
pub async fn confirm(domain: &Domain, person: &Person, token: &Secret, client: &Client) -> Result<()> {
    let hash = hash_of(token)?;
    let mut tx = domain.begin().await?;
    hold(&mut tx, person.user).await?;
    if sessions::alive(domain, &mut tx, person.session).await?.is_none() {
        return Err(Error::BadToken);
    }
    let user = users::by_id(&mut tx, person.user).await?.ok_or(Error::LinkDead)?;
    let undo = user.email_verified_at.is_some().then(|| secrets::mint(domain.random()));
    let until = domain.now().after(domain.rules().links.email_undo);
    let undo_hash = undo.as_ref().map(|undo| secrets::hash(undo.expose()));
    let change = store::confirm(&mut tx, &hash, user.id, domain.now(), undo_hash.as_deref(), until).await?;
    let change = change.filter(|change| change.old_email == user.email).ok_or(Error::LinkDead)?;
    take(domain, &mut tx, user.id, &change.new_email, &change.new_canonical).await?;
    links::void(&mut tx, user.id).await?;
    sessions::end_all_but(domain, &mut tx, user.id, person.session, "address changed").await?;
    tell_changed(domain, &mut tx, &user, &change.new_email, undo.as_ref(), client).await?;
    let changes = Changes::default().of("email", &user.email, &change.new_email);
    let (by, event) = (Actor::Person(person.clone()), Event::EmailChanged { user: user.id });
    events::emit_changes(domain, &mut tx, &by, client, event, changes).await?;
    tx.commit().await.internal()
}

/// Tells both addresses.
async fn tell_changed(
    domain: &Domain,
    tx: &mut Tx,
    before: &User,
    new: &Email,
    undo: Option<&Secret>,
    client: &Client,
) -> Result<()> {
    let at = domain.now();
    if let Some(undo) = undo {
        let message = Message::EmailChanged {
            email: new.as_str().to_owned(),
            undo_link: domain.link(pages::EMAIL_UNDO, undo),
            at,
            address: client.address.map(|address| address.to_string()),
        };
        let until = at.after(domain.rules().links.email_undo);
        notices::tell_until(domain, tx, before, message, Some(until)).await?;
    }
    tell_now(domain, tx, before, new).await
}

async fn tell_now(domain: &Domain, tx: &mut Tx, before: &User, new: &Email) -> Result<()> {
    let message = Message::EmailNow {
        security_link: domain.page(pages::SECURITY),
        forgot_link: domain.page(pages::FORGOT),
        at: domain.now(),
    };
    mail::enqueue(domain, tx, new, Some(&before.name), message, None).await
}

/// The address that the token would restore, without restoring it, for the page behind its link.
///
/// # Errors
/// [`Error::LinkDead`] when the token is unknown, used or expired.
pub async fn undoable(domain: &Domain, token: &Secret) -> Result<Email> {
    let change = store::undoable(domain.db(), &hash_of(token)?, domain.now()).await?;
    change.map(|change| change.old_email).ok_or(Error::LinkDead)
}

/// Takes a change back by the token that was mailed to the old address, which holds again. Everybody is signed out, every
/// link dies but older ones like this, and so does the password: whoever made the change knew it. Their browser is known no
/// more, and a deletion they asked for is taken back. A mail to the restored
/// address brings a link that sets a new one; nobody is signed in by it.
///
/// # Errors
/// [`Error::LinkDead`] when the token is unknown, used or expired.
pub async fn undo(domain: &Domain, token: &Secret, client: &Client) -> Result<()> {
    let hash = hash_of(token)?;
    let mut tx = domain.begin().await?;
    let found = store::undoable(&mut tx, &hash, domain.now()).await?.ok_or(Error::LinkDead)?;
    hold(&mut tx, found.user_id).await?;
    let user = users::by_id(&mut tx, found.user_id).await?.ok_or(Error::LinkDead)?;
    let change = store::undo(&mut tx, &hash, domain.now()).await?.ok_or(Error::LinkDead)?;
    store::delete_since(&mut tx, user.id, change.confirmed_at).await?;
    take(domain, &mut tx, user.id, &change.old_email, &change.old_canonical).await?;
    links::void(&mut tx, user.id).await?;
    sessions::end_all(domain, &mut tx, user.id, "address restored").await?;
    keys::end_all(domain, &mut tx, user.id, Revoked::EmailRestored, client).await?;
    social::end_all(domain, &mut tx, user.id, client).await?;
    super::retire_password(domain, &mut tx, &user).await?;
    auth::forget_attempts(&mut tx, user.id).await?;
    notices::forget_devices_of(&mut tx, user.id).await?;
    deletion::cancel(domain, &mut tx, &user, &change.old_email, client).await?;
    tell_undone(domain, &mut tx, &user, &change.old_email).await?;
    let changes = Changes::default().of("email", &user.email, &change.old_email);
    let event = Event::EmailRestored { user: user.id };
    events::emit_changes(domain, &mut tx, &Actor::Anonymous, client, event, changes).await?;
    tx.commit().await.internal()
}

async fn tell_undone(domain: &Domain, tx: &mut Tx, before: &User, restored: &Email) -> Result<()> {
    let token = links::issue(domain, tx, Purpose::Reset, Some((before.id, restored))).await?;
    let message = Message::EmailRestored {
        link: domain.link(pages::RESET, &token),
        forgot_link: domain.page(pages::FORGOT),
    };
    // Told however late it leaves, unlike its link: it names the page that makes another.
    mail::enqueue(domain, tx, restored, Some(&before.name), message, None).await?;
    notices::tell(domain, tx, before, Message::EmailTakenBack { at: domain.now() }).await
}

/// Gives an account another address without asking anybody, for operators and administrators; both addresses are told.
/// Everybody is signed out, and every link dies, also those that take an earlier change back. Unless `verified`, the new
/// address is mailed a link that confirms it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`], [`Error::NotAllowed`] for an administrator's when asked by somebody who is none,
/// [`Conflict::EmailTaken`](vestibule_model::error::Conflict::EmailTaken).
pub async fn replace(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    new: &str,
    verified: bool,
    client: &Client,
) -> Result<()> {
    let new = Email::parse(new).map_err(|problem| Error::invalid("email", problem))?;
    let key = canonical(&new).map_err(|problem| Error::invalid("email", problem))?;
    let mut tx = domain.begin().await?;
    let before = hold_for(&mut tx, by.by(), user).await?;
    if new == before.email {
        return Err(Error::invalid("email", Problem::Unchanged));
    }
    take(domain, &mut tx, user, &new, &key).await?;
    links::void(&mut tx, user).await?;
    store::delete_all(&mut tx, user).await?;
    sessions::end_all(domain, &mut tx, user, "address changed").await?;
    notices::forget_devices_of(&mut tx, user).await?;
    if before.email_verified_at.is_some() {
        let message = Message::EmailReplaced { email: new.as_str().to_owned(), at: domain.now() };
        notices::tell(domain, &mut tx, &before, message).await?;
    }
    if verified {
        tell_now(domain, &mut tx, &before, &new).await?;
    } else {
        users::unverify(&mut tx, user).await?;
        super::send_verification(domain, &mut tx, (user, None), &new, &before.name).await?;
    }
    let changes = Changes::default().of("email", &before.email, &new);
    events::emit_changes(domain, &mut tx, by.by(), client, Event::EmailChanged { user }, changes).await?;
    tx.commit().await.internal()
}

/// Gives the account the address, as confirmed. The unique index decides between two who want one address at once.
async fn take(domain: &Domain, tx: &mut Tx, user: UserId, email: &Email, key: &str) -> Result<()> {
    if !users::set_email(tx, user, email, key, domain.now()).await?
        || reserved_by(domain, tx, key, user).await?.is_some()
    {
        return Err(email_taken());
    }
    super::terms::renew(tx, user).await?;
    tx.announce(domain.generation());
    Ok(())
}

/// Tells an address that somebody wanted, which is `owner`'s already: they hold it, or may still take it back.
pub(super) async fn tell_known(domain: &Domain, tx: &mut Tx, email: &Email, owner: UserId) -> Result<()> {
    let (login_link, forgot_link) = (domain.page(pages::LOGIN), domain.page(pages::FORGOT));
    let letter = mail::Outgoing {
        to: email,
        name: None,
        message: Message::EmailKnown { login_link, forgot_link },
        useless_after: None,
        unsubscribe: None,
        owner: Some(owner),
        about: &[],
    };
    mail::post(domain, tx, letter).await
}

/// Who other than `user` may still take this address back.
pub(super) async fn reserved_by(
    domain: &Domain,
    tx: &mut Tx,
    key: &str,
    user: UserId,
) -> Result<Option<UserId>> {
    store::reserved_by(tx, key, user, domain.now()).await
}

/// Forgets the new address that waits to be confirmed, as part of `tx`. What takes a change back stays.
pub(crate) async fn void(tx: &mut Tx, user: UserId) -> Result<()> {
    store::delete_pending(tx, user).await
}

/// Forgets what can be neither confirmed nor taken back any more, as part of `tx`.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    store::delete_ended(tx, domain.now()).await
}

/// What is stored of a token that has the form of one.
fn hash_of(token: &Secret) -> Result<String> {
    if secrets::is_token(token.expose()) { Ok(secrets::hash(token.expose())) } else { Err(Error::LinkDead) }
}

/// Until when the last change of the person's address can be taken back, if one can.
pub(super) async fn undoable_until(domain: &Domain, tx: &mut Tx, user: UserId) -> Result<Option<Timestamp>> {
    store::undoable_until(tx, user, domain.now()).await
}

/// The changes of a person's address that were made and are still known of, for their own eyes. One that waits is not among
/// them: it waits only where the new address was nobody's, which is nothing to tell.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let changes = store::of_person(domain.db(), user).await?;
    serde_json::to_value(changes).map_err(|cause| error::hidden(&cause))
}
