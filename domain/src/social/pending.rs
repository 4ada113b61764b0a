//! Sign-ins at a provider that wait for something: an address, a field, or that somebody signs in first. Bound to a browser by
//! a token that it alone holds, for fifteen minutes. Called by the page `/auth/finish` through [`super`].

use super::arrive::{self, Entering, Told};
use super::book::Entry;
use super::decide::Becomes;
use super::flow::Journey;
use super::provider::{Tokens, Vouched};
use super::{Finished, link, seal, store};
use crate::accounts::{self, Arrived, Newcomer};
use crate::auth;
use crate::db::Tx;
use crate::error::Internal;
use crate::events::{self, Event};
use crate::sessions::Kind;
use crate::{Actor, Client, Domain, secrets};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use vestibule_model::social::{FinishForm, Needs, PendingView};
use vestibule_model::{Error, Problem, Result, Secret};

/// How long it waits.
const LASTS: Duration = Duration::from_mins(15);

/// Whom a provider vouched for, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    subject: String,
    email: Option<String>,
    email_verified: bool,
    name: Option<String>,
    tokens: Option<Tokens>,
}

/// Keeps a sign-in as part of `tx`; the token by which it is found.
pub(super) async fn keep(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    journey: &Journey,
    vouched: &Vouched,
    needs: Needs,
) -> Result<Secret> {
    let token = secrets::mint(domain.random());
    let hash = secrets::hash(token.expose());
    let kept = Kept {
        subject: vouched.subject.clone(),
        email: vouched.email.clone(),
        email_verified: vouched.email_verified,
        name: vouched.name.clone(),
        tokens: vouched.tokens.clone().filter(|_| entry.keeps_tokens()),
    };
    let row = store::PendingRow {
        provider: entry.provider.name().to_owned(),
        needs: word(needs).to_owned(),
        next: journey.next.clone(),
        remember: i64::from(journey.remember),
        sealed: seal::seal(domain, "pending", &hash, &kept),
        expires_at: domain.now().after(LASTS),
    };
    store::insert_pending(tx, &hash, &row).await?;
    Ok(token)
}

/// Whether it waits for the owner of an account.
pub(super) fn is_conflict(row: &store::PendingRow) -> bool {
    row.needs == word(Needs::Conflict)
}

const fn word(needs: Needs) -> &'static str {
    match needs {
        Needs::Conflict => "conflict",
        Needs::Address => "address",
        Needs::Fields => "fields",
    }
}

fn needs(word: &str) -> Result<Needs> {
    let all = [Needs::Conflict, Needs::Address, Needs::Fields];
    all.into_iter().find(|one| self::word(*one) == word).ok_or(Error::FlowDead)
}

/// What waits behind `token`.
pub(super) async fn read(domain: &Domain, token: &Secret) -> Result<(store::PendingRow, Vouched)> {
    if !secrets::is_token(token.expose()) {
        return Err(Error::FlowDead);
    }
    let hash = secrets::hash(token.expose());
    let row = store::pending(domain.db(), &hash, domain.now()).await?.ok_or(Error::FlowDead)?;
    let kept: Kept = seal::open(domain, "pending", &hash, &row.sealed).ok_or(Error::FlowDead)?;
    let Kept { subject, email, email_verified, name, tokens } = kept;
    Ok((row, Vouched { subject, email, email_verified, name, tokens }))
}

/// Uses up what waits behind `token`, as part of `tx`; whether it was there.
pub(super) async fn used_up(tx: &mut Tx, token: &Secret) -> Result<bool> {
    store::take_pending(tx, &secrets::hash(token.expose())).await
}

pub(super) async fn view(domain: &Domain, token: &Secret) -> Result<PendingView> {
    let (row, vouched) = read(domain, token).await?;
    let entry = domain.providers().offered(&row.provider).map_err(|_| Error::FlowDead)?;
    Ok(PendingView {
        label: entry.provider.label().to_owned(),
        needs: needs(&row.needs)?,
        provider: row.provider,
        email: vouched.email,
        email_verified: vouched.email_verified,
        name: vouched.name,
        next: row.next,
    })
}

pub(super) async fn give_up(domain: &Domain, token: &Secret) -> Result<()> {
    let mut tx = domain.begin().await?;
    used_up(&mut tx, token).await?;
    tx.commit().await.internal()
}

pub(super) async fn finish(
    domain: &Domain,
    token: &Secret,
    form: FinishForm,
    device: Option<&Secret>,
    client: &Client,
) -> Result<Finished> {
    let (row, vouched) = read(domain, token).await?;
    let entry = domain.providers().offered(&row.provider).map_err(|_| Error::FlowDead)?;
    if !domain.rules().accounts.registration_open || !entry.registration() {
        return Err(Error::RegistrationClosed);
    }
    match needs(&row.needs)? {
        Needs::Conflict => Err(Error::SignInFirst),
        Needs::Fields => with_fields(domain, entry, token, &row, (vouched, form), device, client).await,
        Needs::Address => auth::unhurried(with_address(domain, entry, token, (vouched, form), client)).await,
    }
}

/// Makes an account of a sign-in whose address the provider vouches for: no other address counts (C02).
async fn with_fields(
    domain: &Domain,
    entry: &Entry,
    token: &Secret,
    row: &store::PendingRow,
    (vouched, form): (Vouched, FinishForm),
    device: Option<&Secret>,
    client: &Client,
) -> Result<Finished> {
    let told = Told::of(&vouched).filter(|_| vouched.email_verified).ok_or(Error::FlowDead)?;
    if !entry.fits(told.domain()) {
        return Err(Error::AddressNotAllowed);
    }
    if !form.email.trim().is_empty() && accounts::key_of(&form.email).ok().as_ref() != Some(&told.key) {
        return Err(Error::invalid("email", Problem::ReadOnly));
    }
    let newcomer = Newcomer::checked(domain, told.email, &form.name, form.username.as_deref(), form.fields)?;
    let mut tx = domain.begin().await?;
    if !used_up(&mut tx, token).await? {
        return Err(Error::FlowDead);
    }
    // Whose the address is may have changed since: then the way begins anew.
    let becomes = match accounts::holder_of(domain, &mut tx, &told.key).await? {
        accounts::Holder::Unconfirmed(user) if domain.rules().accounts.verification_required => {
            Becomes::Claim(user)
        }
        _ => Becomes::SignUp,
    };
    let made = arrive::make(domain, &mut tx, entry, &vouched, (newcomer, &told.key), &becomes, client);
    let (user, _) = made.await?.ok_or(Error::FlowDead)?;
    let remember = row.remember != 0;
    let entering = Entering { kind: &Kind::Browser { remember }, device, client };
    let name = entry.provider.name();
    let entered = auth::enter(domain, &mut tx, (user, name), entering.kind, device, client).await?;
    tx.trail().count(format!("social_sign_in:{name}"), domain.now());
    tx.commit().await.internal()?;
    let session = arrive::browser_session(entered, remember).ok_or(Error::FlowDead)?;
    Ok(Finished::SignedIn { session, next: row.next.clone(), provider: name.to_owned() })
}

/// Makes an account with an address that somebody typed: as registering does, with the same answer whether the address is
/// new or known. The identity opens it once the address is confirmed.
async fn with_address(
    domain: &Domain,
    entry: &Entry,
    token: &Secret,
    (vouched, form): (Vouched, FinishForm),
    client: &Client,
) -> Result<Finished> {
    if !entry.fits(None) {
        return Err(Error::AddressNotAllowed);
    }
    let (email, key) = Newcomer::address(&form.email)?;
    let newcomer = Newcomer::checked(domain, email, &form.name, form.username.as_deref(), form.fields)?;
    let mut tx = domain.begin().await?;
    if !used_up(&mut tx, token).await? {
        return Err(Error::FlowDead);
    }
    let name = entry.provider.name();
    // One that waits already, for the same address: the mail may have been lost. For another one, it waits there no longer.
    let waits = store::waits(&mut tx, entry.provider.issuer(), &vouched.subject).await?;
    if let Some(user) = waits
        && accounts::asked_again(domain, &mut tx, user, &key, client).await?
    {
        tx.commit().await.internal()?;
        return Ok(Finished::MailSent);
    }
    let arrived = accounts::join(domain, &mut tx, (&newcomer, &key), false, (name, entry.groups()), client);
    match arrived.await? {
        Arrived::As(user) => {
            if !link::insert(domain, &mut tx, entry, user, &vouched, true).await? {
                return Err(Error::FlowDead);
            }
            let event = Event::IdentityLinked { user, provider: name.to_owned() };
            events::emit(domain, &mut tx, &Actor::Anonymous, client, event).await?;
            tx.trail().count(format!("social_sign_up:{name}"), domain.now());
        }
        Arrived::Known => accounts::told_known(domain, &mut tx, (&newcomer, &key), client).await?,
    }
    tx.commit().await.internal()?;
    Ok(Finished::MailSent)
}
