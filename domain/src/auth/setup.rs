//! The first administrator, made by a link that only the server's own terminal shows. It never works again once there is
//! one (C54).

use super::{NewSession, Purpose, links, open_in};
use crate::accounts::{self, Asked, Inserted};
use crate::events::{self, Event};
use crate::{Actor, Client, Domain, db::Tx, error::Internal, groups, notices, sessions::Kind};
use vestibule_model::accounts::{RegisterForm, SetupForm};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ADMIN, MEMBER};
use vestibule_model::{Error, Result, Secret, UserId};

/// Mints the one-time token that makes the first administrator, voiding an older one; `None` once there is one.
///
/// # Errors
/// None but those of the database.
pub async fn setup_link(domain: &Domain) -> Result<Option<Secret>> {
    let mut tx = domain.begin().await?;
    if groups::has_admin(domain, &mut tx).await? {
        return Ok(None);
    }
    let token = links::issue(domain, &mut tx, Purpose::Setup, None).await?;
    tx.commit().await.internal()?;
    Ok(Some(token))
}

/// Whether the site still waits for its first administrator.
///
/// # Errors
/// None but those of the database.
pub async fn setup_open(domain: &Domain) -> Result<bool> {
    groups::has_admin_now(domain.db()).await.map(|one| !one)
}

/// Makes the first administrator and signs them in. Who can read the terminal owns the site, so that the address counts as
/// confirmed.
///
/// # Errors
/// [`Error::NotFound`] once there is an administrator, [`Error::LinkDead`], [`Error::Invalid`], [`Error::Busy`].
pub async fn set_up(domain: &Domain, form: SetupForm, client: &Client) -> Result<NewSession> {
    if !setup_open(domain).await? {
        return Err(Error::NotFound);
    }
    links::peek(domain, Purpose::Setup, &form.token).await?.ok_or(Error::LinkDead)?;
    let account = RegisterForm {
        email: form.email,
        password: form.password,
        name: form.name,
        ..RegisterForm::default()
    };
    let (new, key) = accounts::checked(domain, account, Asked::ByOperator).await?;
    let hash = domain.hasher().hash(&new.password, domain.random()).await?;

    let mut tx = domain.begin().await?;
    if groups::has_admin(domain, &mut tx).await? {
        return Err(Error::NotFound);
    }
    use_up(domain, &mut tx, &form.token).await?;
    let user = match accounts::insert(domain, &mut tx, &new, &key, &hash, Some(domain.now()), true).await? {
        Inserted::Account(user) => user,
        Inserted::EmailKnown | Inserted::EmailReserved(_) | Inserted::UsernameTaken => {
            return Err(Error::Conflict { what: Conflict::EmailTaken });
        }
    };
    appoint(domain, &mut tx, user, client).await?;
    let opened = open_in(domain, &mut tx, user, &Kind::Browser { remember: false }, None, client).await?;
    let made = accounts::by_id_in(&mut tx, user).await?.ok_or(Error::LinkDead)?;
    let device = notices::recognise(domain, &mut tx, &made, None, client).await?;
    tx.commit().await.internal()?;
    let secret = opened.secret.ok_or(Error::LinkDead)?;
    let expires_at = opened.expires_at;
    Ok(NewSession {
        secret,
        expires_at,
        remembered: false,
        deletion_cancelled: false,
        reactivated: false,
        device: Some(device),
    })
}

async fn use_up(domain: &Domain, tx: &mut Tx, token: &Secret) -> Result<()> {
    links::consume(domain, tx, Purpose::Setup, token).await.map(drop)
}

async fn appoint(domain: &Domain, tx: &mut Tx, user: UserId, client: &Client) -> Result<()> {
    groups::enroll(domain, tx, user, MEMBER).await?;
    groups::enroll(domain, tx, user, ADMIN).await?;
    events::emit(domain, tx, &Actor::Anonymous, client, Event::SetUp { user }).await
}
