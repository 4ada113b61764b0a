//! Signing in whom somebody else's sign-in vouches for: the same checks and the same marks as by a password, but for the
//! password. Called by `social` alone, inside its transactions; who somebody is, is decided there.

use super::{NewSession, open_in, tokens};
use crate::accounts::{self, CameBack};
use crate::db::Tx;
use crate::sessions::{Kind, Opened, Proved};
use crate::{Client, Domain, bans, metrics, notices};
use vestibule_model::auth::TokenPair;
use vestibule_model::{Error, Result, Secret, UserId};

/// Somebody who is signed in.
pub(crate) struct Entered {
    pub(crate) opened: Opened,
    pub(crate) back: CameBack,
    /// What the browser is known by at its next sign-in.
    pub(crate) device: Secret,
}

/// Signs somebody in as part of `tx`, which holds the account.
///
/// # Errors
/// [`Error::Unconfirmed`], [`Error::AccountExpired`], [`Error::Banned`].
pub(crate) async fn enter(
    domain: &Domain,
    tx: &mut Tx,
    (user, provider): (UserId, &str),
    kind: &Kind,
    device: Option<&Secret>,
    client: &Client,
) -> Result<Entered> {
    let entered = admitted(domain, tx, (user, provider), kind, device, client).await;
    metrics::signed_in("provider", &entered);
    entered
}

async fn admitted(
    domain: &Domain,
    tx: &mut Tx,
    (user, provider): (UserId, &str),
    kind: &Kind,
    device: Option<&Secret>,
    client: &Client,
) -> Result<Entered> {
    let user = accounts::by_id_in(tx, user).await?.ok_or(Error::FlowDead)?;
    if domain.rules().accounts.verification_required && user.email_verified_at.is_none() {
        return Err(Error::Unconfirmed);
    }
    let back = accounts::signed_in_vouched(domain, tx, &user, client).await?;
    if let Some(ban) = bans::in_force(&mut *tx, user.id, domain.now()).await? {
        return Err(bans::refusal(ban));
    }
    let opened = open_in(domain, tx, user.id, kind, Some(provider), client).await?;
    let device = notices::recognise(domain, tx, &user, device, client).await?;
    Ok(Entered { opened, back, device })
}

/// As [`enter`], for a program, which is given tokens.
///
/// # Errors
/// As [`enter`].
pub(crate) async fn enter_program(
    domain: &Domain,
    tx: &mut Tx,
    (user, provider): (UserId, &str),
    client: &Client,
) -> Result<TokenPair> {
    let entered = enter(domain, tx, (user, provider), &Kind::Api, None, client).await?;
    tokens::first_pair(domain, tx, user, &entered.opened).await
}

/// What a browser goes on with whose owner proved who they are; nothing for a program.
pub(crate) fn renewed(proved: Proved) -> Option<NewSession> {
    Some(NewSession {
        secret: proved.secret?,
        expires_at: proved.expires_at,
        remembered: proved.remembered,
        deletion_cancelled: false,
        reactivated: false,
        device: None,
    })
}
