//! What single people and keys may spend in place of what a quota says; units granted to them, and counts begun anew.

use super::book::{self, Rule};
use super::till::Subject;
use super::{ledger, store, windows};
use crate::events::{self, Event};
use crate::{Actor, Allowed, Client, Domain, accounts, db::Tx, error::Internal, keys};
use std::sync::Arc;
use vestibule_model::groups::ManageQuotas;
use vestibule_model::quotas::{By, GrantForm, OverrideForm, OverrideView};
use vestibule_model::{Error, KeyId, Problem, Result, UserId};

/// What was said for a person and their keys, those that have ended among them until they are swept.
///
/// # Errors
/// None but those of the database.
pub async fn overrides_of(
    domain: &Domain,
    _by: &Allowed<ManageQuotas>,
    user: UserId,
) -> Result<Vec<OverrideView>> {
    store::overrides_of(domain.db(), user).await
}

/// Says what somebody, or one of their keys, may spend. It holds from the next request on, on every server within two
/// seconds, and until it ends or is taken back.
///
/// # Errors
/// [`Error::Invalid`], of `quota` where it counts groups or addresses, or no keys where one is named;
/// [`Error::NotFound`] for an unknown quota, person or key; [`Error::NotAllowed`] for an
/// administrator's when asked by somebody who is none.
pub async fn set_override(
    domain: &Domain,
    by: &Allowed<ManageQuotas>,
    (user, key, quota): (UserId, Option<KeyId>, &str),
    form: OverrideForm,
    client: &Client,
) -> Result<OverrideView> {
    let form = form.parse(domain.now())?;
    known(domain, quota, key)?;
    let mut tx = held(domain, by, user, key).await?;
    let subject = subject(user, key);
    let before = store::override_of(&mut tx, quota, &subject, domain.now()).await?.map(|(limit, _)| limit);
    let author = by.by().person().ok().map(|person| person.user);
    let whom = store::For { quota, subject: &subject, user, key };
    store::set_override(&mut tx, &whom, &form, author, domain.now()).await?;
    let event = Event::QuotaOverridden {
        user,
        key,
        quota: quota.to_owned(),
        before,
        after: form.limit,
        expires_at: form.expires_at,
        reason: form.reason,
    };
    finish(domain, tx, by.by(), client, (event, &[])).await?;
    let said = |view: &OverrideView| view.quota == quota && view.key == key;
    store::overrides_of(domain.db(), user).await?.into_iter().find(said).ok_or(Error::NotFound)
}

/// Takes back what was said for somebody, or for one of their keys.
///
/// # Errors
/// [`Error::NotFound`] where nothing was said; [`Error::NotAllowed`] as [`set_override`].
pub async fn take_override(
    domain: &Domain,
    by: &Allowed<ManageQuotas>,
    (user, key, quota): (UserId, Option<KeyId>, &str),
    client: &Client,
) -> Result<()> {
    let mut tx = held(domain, by, user, key).await?;
    if !store::take_override(&mut tx, quota, &subject(user, key)).await? {
        return Err(Error::NotFound);
    }
    let event = Event::QuotaOverrideCleared { user, key, quota: quota.to_owned() };
    finish(domain, tx, by.by(), client, (event, &[])).await
}

/// Gives somebody units beside what they may spend in the window that runs, and lifts a block.
///
/// # Errors
/// As [`set_override`].
pub async fn grant(
    domain: &Domain,
    by: &Allowed<ManageQuotas>,
    (user, key, quota): (UserId, Option<KeyId>, &str),
    form: GrantForm,
    client: &Client,
) -> Result<()> {
    let form = form.parse()?;
    let rule = known(domain, quota, key)?;
    let mut tx = held(domain, by, user, key).await?;
    let opening = windows::opening(&rule.quota, &rule.zone, domain.now());
    let (quota, units, reason) = (quota.to_owned(), form.units, form.reason);
    let granted = (row(&rule, user, key), ledger::Change::Grant { opening, units });
    ledger::change(domain, &mut tx, &granted).await?;
    let event = Event::UsageGranted { user, key, quota, units, reason };
    finish(domain, tx, by.by(), client, (event, &[granted])).await
}

/// Begins somebody's count anew, and lifts a block; of every quota, unless one is named.
///
/// # Errors
/// As [`set_override`]; [`Error::NotFound`] also where nothing was counted.
pub async fn reset(
    domain: &Domain,
    by: &Allowed<ManageQuotas>,
    (user, key, quota): (UserId, Option<KeyId>, Option<&str>),
    client: &Client,
) -> Result<()> {
    let rules: Vec<Arc<Rule>> = if let Some(name) = quota {
        vec![known(domain, name, key)?]
    } else {
        let all = domain.quota_book().in_force();
        all.values().filter(|rule| counts(rule, key)).cloned().collect()
    };
    let mut tx = held(domain, by, user, key).await?;
    let mut begun = Vec::new();
    for rule in rules {
        let anew = (row(&rule, user, key), ledger::Change::Reset);
        if ledger::change(domain, &mut tx, &anew).await? {
            begun.push(anew);
        }
    }
    if begun.is_empty() {
        return Err(Error::NotFound);
    }
    let event = Event::UsageReset { user, key, quota: quota.map(str::to_owned) };
    finish(domain, tx, by.by(), client, (event, &begun)).await
}

/// Commits what was done, and does what waits for that.
async fn finish(
    domain: &Domain,
    mut tx: Tx,
    by: &Actor,
    client: &Client,
    (event, changes): (Event, &[(ledger::Row, ledger::Change)]),
) -> Result<()> {
    events::emit(domain, &mut tx, by, client, event).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()?;
    if ledger::change_late(domain, changes).await? {
        // Whoever heard of it may have asked Redis before that was done.
        let mut tx = domain.begin().await?;
        store::advance(&mut tx).await?;
        tx.announce(domain.generation());
        tx.commit().await.internal()?;
    }
    book::reload(domain).await
}

/// A transaction that holds the person, and then the version of everything here.
async fn held(domain: &Domain, by: &Allowed<ManageQuotas>, user: UserId, key: Option<KeyId>) -> Result<Tx> {
    let mut tx = domain.begin().await?;
    accounts::hold_for(&mut tx, by.by(), user).await?;
    if let Some(key) = key
        && !keys::is_of(&mut tx, key, user).await?
    {
        return Err(Error::NotFound);
    }
    store::advance(&mut tx).await?;
    Ok(tx)
}

/// The quota, if something can be said in it for a person alone, or for their key.
fn known(domain: &Domain, quota: &str, key: Option<KeyId>) -> Result<Arc<Rule>> {
    let rule = domain.quota_book().in_force().get(quota).cloned().ok_or(Error::NotFound)?;
    if counts(&rule, key) { Ok(rule) } else { Err(Error::invalid("quota", Problem::NotOffered)) }
}

/// Whether a quota counts people for themselves, or their keys where one is meant.
fn counts(rule: &Rule, key: Option<KeyId>) -> bool {
    match rule.quota.by {
        By::Key => true,
        By::Person => key.is_none(),
        By::Group | By::Address => false,
    }
}

fn row(rule: &Rule, user: UserId, key: Option<KeyId>) -> ledger::Row {
    let subject = key.map_or(Subject::Person(user.0), |key| Subject::Key(key.0, user.0));
    ledger::row(rule, subject)
}

fn subject(user: UserId, key: Option<KeyId>) -> String {
    key.map_or_else(|| ledger::person(user), |key| format!("key:{key}"))
}
