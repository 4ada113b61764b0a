//! Accounts of people for whom somebody else's sign-in vouches: making one without a password, and emptying one that somebody
//! made with their address before. Called by `social` alone, inside its transactions; who somebody is, is decided there.

use super::{
    Confirmed, Inserted, User, canonical, confirm, email, hold, insert_row, registered_again,
    send_verification, store, terms,
};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::{Actor, Client, Domain, auth, groups, keys, notices, profiles, sessions, social};
use std::collections::BTreeMap;
use vestibule_model::accounts::Register;
use vestibule_model::error::Problems;
use vestibule_model::groups::{ADMIN, MEMBER};
use vestibule_model::keys::Revoked;
use vestibule_model::profiles::FieldValue;
use vestibule_model::{Email, Error, Name, Problem, Result, Secret, UserId, Username};

/// Somebody of whom an account is to be made.
pub(crate) struct Newcomer {
    /// The address.
    pub(crate) email: Email,
    /// The display name.
    pub(crate) name: Name,
    /// The handle they want.
    pub(crate) username: Option<Username>,
    /// Values of declared fields, that fit.
    pub(crate) fields: BTreeMap<String, FieldValue>,
}

/// What became of somebody of whom an account was to be made. Nothing may be kept when the answer is no account.
pub(crate) enum Arrived {
    /// This is theirs.
    As(UserId),
    /// The address is somebody's.
    Known,
}

/// Whose an address is.
pub(crate) enum Holder {
    /// Nobody's.
    Nobody,
    /// An account's whose owner confirmed it, or whose it was until a moment ago.
    Confirmed,
    /// An account's, and nobody ever confirmed it.
    Unconfirmed(UserId),
}

impl Newcomer {
    /// What somebody typed, checked as it is when one registers; every problem at once.
    pub(crate) fn checked(
        domain: &Domain,
        email: Email,
        name: &str,
        username: Option<&str>,
        fields: BTreeMap<String, FieldValue>,
    ) -> Result<Self> {
        let mut problems = Problems::default();
        let name = problems.take("name", Name::parse(name));
        let username = username.filter(|typed| !typed.trim().is_empty());
        let username = username.and_then(|typed| problems.take("username", Username::parse(typed)));
        let fields = profiles::signing_up(domain, &mut problems, fields);
        problems.check()?;
        Ok(Self { email, name: name.ok_or(Error::Malformed)?, username, fields })
    }

    /// An address that somebody typed, and what it is compared by.
    pub(crate) fn address(typed: &str) -> Result<(Email, String)> {
        let malformed = |problem| Error::invalid("email", problem);
        let email = Email::parse(typed).map_err(malformed)?;
        let key = canonical(&email).map_err(malformed)?;
        Ok((email, key))
    }

    fn values(&self) -> Register {
        Register {
            email: self.email.clone(),
            password: Secret::default(),
            name: self.name.clone(),
            username: self.username.clone(),
            fields: self.fields.clone(),
        }
    }
}

/// Whether an account needs more than a name and an address.
pub(crate) fn asks_more(domain: &Domain) -> bool {
    domain.user_fields().iter().any(|field| field.required)
}

/// Whose the address is that is compared by `key`, as `tx` sees it.
pub(crate) async fn holder_of(domain: &Domain, tx: &mut Tx, key: &str) -> Result<Holder> {
    if let Some(user) = store::by_email(&mut *tx, key).await? {
        let nobodys = is_nobodys(tx, &user).await?;
        return Ok(if nobodys { Holder::Unconfirmed(user.id) } else { Holder::Confirmed });
    }
    let nobody = UserId(uuid::Uuid::nil());
    let reserved = email::reserved_by(domain, tx, key, nobody).await?;
    Ok(if reserved.is_some() { Holder::Confirmed } else { Holder::Nobody })
}

/// Whether nobody ever came into an account. One whose address an administrator changed, or that is from before addresses
/// had to be confirmed, is somebody's though its address is not confirmed; and an administrator's is given to nobody.
async fn is_nobodys(tx: &mut Tx, user: &User) -> Result<bool> {
    let untouched = user.email_verified_at.is_none() && user.last_sign_in_at.is_none();
    Ok(untouched && !groups::rights_in(tx, user.id).await?.groups.contains(ADMIN))
}

/// Whether `user` holds the address that is compared by `key`, now or until a moment ago.
pub(crate) async fn holds_address(domain: &Domain, tx: &mut Tx, user: UserId, key: &str) -> Result<bool> {
    if let Some(holder) = store::by_email(&mut *tx, key).await? {
        return Ok(holder.id == user);
    }
    let nobody = UserId(uuid::Uuid::nil());
    Ok(email::reserved_by(domain, tx, key, nobody).await? == Some(user))
}

/// Asks once more to confirm the address that is compared by `key`, where it is that of `user`; whether it is.
pub(crate) async fn asked_again(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    key: &str,
    client: &Client,
) -> Result<bool> {
    let found = store::by_email(&mut *tx, key).await?.filter(|found| found.id == user);
    let Some(found) = found.filter(|found| found.email_verified_at.is_none()) else { return Ok(false) };
    super::post_confirmation(domain, tx, &found, &Actor::Anonymous, client).await?;
    Ok(true)
}

/// Makes an account without a password as part of `tx`, in the groups of who vouched for it. Where the address is `vouched`
/// for it counts as confirmed; otherwise a mail asks for that.
///
/// # Errors
/// [`Error::Invalid`] for a user name that is taken.
pub(crate) async fn join(
    domain: &Domain,
    tx: &mut Tx,
    (new, key): (&Newcomer, &str),
    vouched: bool,
    (by, joins): (&str, &[String]),
    client: &Client,
) -> Result<Arrived> {
    // Groups before people: whoever changes both does it in this order.
    let mut held = Vec::new();
    for group in joins {
        if groups::hold(domain, tx, group).await? {
            held.push(group.clone());
        }
    }
    let (id, now) = (UserId(domain.new_id()), domain.now());
    let values = new.values();
    let row = store::NewUser {
        id,
        values: &values,
        key,
        hash: None,
        verified_at: vouched.then_some(now),
        holds_name: vouched || !domain.rules().accounts.verification_required,
        now,
    };
    let user = match insert_row(domain, tx, &row).await? {
        Inserted::Account(user) => user,
        Inserted::UsernameTaken => return Err(Error::invalid("username", Problem::Taken)),
        Inserted::EmailKnown | Inserted::EmailReserved(_) => return Ok(Arrived::Known),
    };
    groups::enroll(domain, tx, user, MEMBER).await?;
    let provider = Some(by.to_owned());
    events::emit(domain, tx, &Actor::Anonymous, client, Event::Registered { user, provider }).await?;
    for group in held {
        groups::enroll(domain, tx, user, &group).await?;
        events::emit(domain, tx, &Actor::Anonymous, client, Event::GroupJoined { user, group }).await?;
    }
    if vouched {
        events::emit(domain, tx, &Actor::Anonymous, client, Event::EmailVerified { user }).await?;
    } else {
        let label = domain.providers().label(by);
        send_verification(domain, tx, (user, Some(label)), &new.email, &new.name).await?;
    }
    Ok(Arrived::As(user))
}

/// Somebody typed an address that has an account: whoever holds it is told, as when somebody registers with it.
pub(crate) async fn told_known(
    domain: &Domain,
    tx: &mut Tx,
    (new, key): (&Newcomer, &str),
    client: &Client,
) -> Result<()> {
    if store::by_email(&mut *tx, key).await?.is_some() {
        return registered_again(domain, tx, key, client).await;
    }
    match email::reserved_by(domain, tx, key, UserId(uuid::Uuid::nil())).await? {
        Some(owner) => email::tell_known(domain, tx, &new.email, owner).await,
        None => Err(Error::Unavailable),
    }
}

/// Empties as part of `tx` an account whose address nobody ever confirmed, and gives it to whoever holds the address (C01).
/// Nothing survives of who made it: neither password nor session, token, key, link, identity or device, nor what they said of
/// themselves. What administrators gave the account stays: whoever was invited is in their groups.
pub(crate) async fn claim(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    (new, key): (&Newcomer, &str),
    provider: &str,
    client: &Client,
) -> Result<Arrived> {
    hold(tx, user).await?;
    let found = store::by_id(&mut *tx, user).await?;
    let Some(found) = found else { return Ok(Arrived::Known) };
    if !is_nobodys(tx, &found).await? || canonical(&found.email).ok().as_deref() != Some(key) {
        return Ok(Arrived::Known);
    }
    store::clear_password(tx, user).await?;
    store::prune_history(tx, user, 0).await?;
    auth::links::void(tx, user).await?;
    sessions::end_all(domain, tx, user, "claimed").await?;
    keys::end_all(domain, tx, user, Revoked::EmailRestored, client).await?;
    social::end_all(domain, tx, user, client).await?;
    auth::forget_attempts(tx, user).await?;
    notices::forget_devices_of(tx, user).await?;
    profiles::empty(tx, user).await?;
    store::take_wish(tx, user).await?;
    store::set_username(tx, user, None, domain.now()).await?;
    if let Some(name) = &new.username
        && !super::hold_wish(domain, tx, user, name).await?
    {
        return Err(Error::invalid("username", Problem::Taken));
    }
    store::set_name(tx, user, &new.name, domain.now()).await?;
    profiles::save_fields(tx, user, &new.fields).await?;
    terms::renew(tx, user).await?;
    let Confirmed { .. } = confirm(domain, tx, user, &new.email).await?;
    let provider = provider.to_owned();
    events::emit(domain, tx, &Actor::Anonymous, client, Event::AccountClaimed { user, provider }).await?;
    events::emit(domain, tx, &Actor::Anonymous, client, Event::EmailVerified { user }).await?;
    tx.announce(domain.generation());
    Ok(Arrived::As(user))
}
