//! What operators and administrators do with the accounts of others: make, show, confirm. Called by the CLI
//! and the admin house; each function demands the proof of its permission.

use super::{
    Asked, Confirmed, Inserted, User, checked, confirm, email_taken, hold_for, insert, key_of, list,
    post_confirmation, store,
};
use crate::db::Db;
use crate::events::{self, Event};
use crate::{Allowed, Client, Domain, bans, error::Internal, groups};
use vestibule_model::accounts::{Account, RegisterForm};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ADMIN, MEMBER, ManageAccounts, ViewAccounts};
use vestibule_model::{Error, Problem, Result, Timestamp, UserId, Username};

/// An account to be made by an operator or administrator.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Address, password, name and handle.
    pub form: RegisterForm,
    /// Whether the address counts as confirmed; an administrator's always does, because the site may not send mail yet.
    pub verified: bool,
    /// Whether the person becomes an administrator.
    pub admin: bool,
    /// When the account ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// Which account an operator means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// By id.
    Id(UserId),
    /// By address, in any spelling that has the same canonical form.
    Email(String),
    /// By user name.
    Username(String),
}

impl Which {
    /// Which account a word means: an id is a UUID, an address has an @, and no user name can look like either.
    pub fn named(called: &str) -> Self {
        let called = called.trim();
        match called.parse::<UserId>() {
            Ok(id) => Self::Id(id),
            Err(_) if called.contains('@') => Self::Email(called.to_owned()),
            Err(_) => Self::Username(called.to_owned()),
        }
    }
}

/// Makes an account. Unlike a stranger's registration it says what is taken, and mails nothing.
///
/// # Errors
/// [`Error::Invalid`], [`Conflict::EmailTaken`]; [`Error::NotAllowed`] when an administrator is to be made by somebody who
/// is none.
pub async fn create(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    new: NewAccount,
    client: &Client,
) -> Result<Account> {
    if new.admin && !by.by().holds(ADMIN) {
        return Err(Error::NotAllowed { permission: ADMIN.into() });
    }
    let (values, key) = checked(domain, new.form, Asked::ByOperator).await?;
    let hash = domain.hasher().hash(&values.password, domain.random()).await?;
    let verified_at = (new.verified || new.admin).then(|| domain.now());
    let mut tx = domain.begin().await?;
    let user = match insert(domain, &mut tx, &values, &key, &hash, verified_at, true).await? {
        Inserted::Account(user) => user,
        Inserted::EmailKnown | Inserted::EmailReserved(_) => return Err(email_taken()),
        Inserted::UsernameTaken => return Err(Error::invalid("username", Problem::Taken)),
    };
    groups::enroll(domain, &mut tx, user, MEMBER).await?;
    events::emit(domain, &mut tx, by.by(), client, Event::AccountCreated { user }).await?;
    if let Some(expires_at) = new.expires_at {
        store::set_expiry(&mut tx, user, Some(expires_at), domain.now()).await?;
        let event = Event::ExpirySet { user, expires_at: Some(expires_at) };
        events::emit(domain, &mut tx, by.by(), client, event).await?;
    }
    if new.admin {
        groups::enroll(domain, &mut tx, user, ADMIN).await?;
        let event = Event::GroupJoined { user, group: ADMIN.to_owned() };
        events::emit(domain, &mut tx, by.by(), client, event).await?;
    }
    tx.commit().await.internal()?;
    made(domain, user).await
}

/// An account that was made a moment ago.
pub(super) async fn made(domain: &Domain, user: UserId) -> Result<Account> {
    view(domain, store::by_id(domain.db(), user).await?.ok_or(Error::NotFound)?).await
}

/// One account.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show(domain: &Domain, _by: &Allowed<ViewAccounts>, which: &Which) -> Result<Account> {
    view(domain, meant(domain.db(), which).await?.ok_or(Error::NotFound)?).await
}

/// The account that is meant, if there is one.
///
/// # Errors
/// [`Error::Invalid`] for an address or a user name that can be nobody's.
pub(crate) async fn meant(db: &Db, which: &Which) -> Result<Option<User>> {
    match which {
        Which::Id(id) => store::by_id(db, *id).await,
        Which::Email(email) => store::by_email(db, &key_of(email)?).await,
        Which::Username(name) => {
            let name = Username::parse(name).map_err(|problem| Error::invalid("username", problem))?;
            store::by_username(db, &name.canonical()).await
        }
    }
}

/// Confirms an account's address without a mail.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::AlreadyVerified`].
pub async fn mark_verified(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<Confirmed> {
    let mut tx = domain.begin().await?;
    let found = hold_for(&mut tx, by.by(), user).await?;
    if found.email_verified_at.is_some() {
        return Err(Error::Conflict { what: Conflict::AlreadyVerified });
    }
    let confirmed = confirm(domain, &mut tx, user, &found.email).await?;
    events::emit(domain, &mut tx, by.by(), client, Event::EmailVerified { user }).await?;
    tx.commit().await.internal()?;
    Ok(confirmed)
}

/// Mails somebody the link that confirms their address anew; older ones die.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::AlreadyVerified`]; [`Error::NotAllowed`] for an administrator's when asked by somebody
/// who is none.
pub async fn resend_verification_to(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    let found = hold_for(&mut tx, by.by(), user).await?;
    if found.email_verified_at.is_some() {
        return Err(Error::Conflict { what: Conflict::AlreadyVerified });
    }
    post_confirmation(domain, &mut tx, &found, by.by(), client).await?;
    tx.commit().await.internal()
}

async fn view(domain: &Domain, user: User) -> Result<Account> {
    let rights = groups::rights(domain.db(), user.id).await?;
    let ban = bans::standing(domain, user.id).await?;
    let times = list::Times {
        verified_at: user.email_verified_at,
        expires_at: user.expires_at,
        deletion_due_at: user.deletion_due_at,
        deactivated_at: user.deactivated_at,
    };
    let status = times.status(ban.is_some(), domain.now());
    Ok(Account {
        status,
        id: user.id,
        email: user.email,
        name: user.name,
        username: user.username,
        groups: rights.groups.into_iter().collect(),
        email_verified_at: user.email_verified_at,
        created_at: user.created_at,
        last_sign_in_at: user.last_sign_in_at,
        expires_at: user.expires_at,
        deletion_due_at: user.deletion_due_at,
        ban,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_by_address_id_or_user_name() {
        assert_eq!(Which::named(" ada@example.org"), Which::Email("ada@example.org".into()));
        assert_eq!(Which::named("ada"), Which::Username("ada".into()));
        assert!(matches!(Which::named("01890a5d-ac96-774b-bcce-b302099a8057"), Which::Id(_)));
    }
}
