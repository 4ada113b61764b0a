//! One click stops a kind of mail (RFC 8058). The link in a mail names person and notice, and carries a keyed hash of both:
//! it needs no sign-in, ends with the account or a change of the master secret, and can do nothing but this.

use super::{store, write};
use crate::{Actor, Client, Domain, accounts, error::Internal, secrets};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_model::notices::Notice;
use vestibule_model::{Error, Result, Secret, UserId, links as pages};

/// Bytes of the keyed hash: 128 bits, as ASVS 11.5.1 asks of what must not be guessed.
const PROOF: usize = 16;

/// Where a mail's reader stops mails like it.
pub(super) fn link(domain: &Domain, user: UserId, notice: Notice) -> String {
    let token = format!("{}.{}.{}", user.0.simple(), notice.name(), proof(domain, user, notice));
    domain.link(pages::UNSUBSCRIBE, &Secret::new(token))
}

fn proof(domain: &Domain, user: UserId, notice: Notice) -> String {
    let key = domain.master().derive::<PROOF>(&format!("unsubscribe/{}/{}", user.0.simple(), notice.name()));
    URL_SAFE_NO_PAD.encode(key)
}

/// Whom and what a token of ours names.
fn read(domain: &Domain, token: &Secret) -> Option<(UserId, Notice)> {
    let mut parts = token.expose().split('.');
    let (user, notice, shown, end) = (parts.next()?, parts.next()?, parts.next()?, parts.next());
    let user: UserId = user.parse().ok()?;
    let notice = Notice::named(notice).filter(|notice| !notice.is_security())?;
    // Hashes are compared, so that the time it takes tells nothing about the proof.
    let right = secrets::hash(&proof(domain, user, notice)) == secrets::hash(shown);
    (end.is_none() && right).then_some((user, notice))
}

/// What the token of a mail would stop, for the page behind its link; nothing is changed.
///
/// # Errors
/// [`Error::LinkDead`] for a token that is not ours.
pub fn unsubscribe_about(domain: &Domain, token: &Secret) -> Result<&'static str> {
    read(domain, token).map(|(_, notice)| notice.about()).ok_or(Error::LinkDead)
}

/// Stops the mails that the token of one names. Twice is harmless.
///
/// # Errors
/// [`Error::LinkDead`] for a token that is not ours, or whose account is gone.
pub async fn unsubscribe(domain: &Domain, token: &Secret, client: &Client) -> Result<()> {
    let (user, notice) = read(domain, token).ok_or(Error::LinkDead)?;
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, user).await?;
    accounts::by_id_in(&mut tx, user).await?.ok_or(Error::LinkDead)?;
    if store::choice(&mut tx, user, notice.name()).await? != Some(false) {
        write(domain, &mut tx, user, &[(notice, false)], &Actor::Anonymous, client).await?;
    }
    tx.commit().await.internal()
}
