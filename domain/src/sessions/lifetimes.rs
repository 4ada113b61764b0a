//! How long sign-ins last for a person or a group, where that differs from the settings, and what a change does to the
//! sessions that run. Called by the CLI, by [`super`] when a session is opened, and by `groups` when a membership changes.

use super::resolve::resolve;
use super::store::{self, LiveSpan};
use crate::db::{On, Tx};
use crate::events::{self, Changes, Event};
use crate::{Allowed, Client, Domain, accounts, error::Internal, groups};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use vestibule_model::groups::{GroupForm, ManageAccounts, ManageGroups, ViewAccounts};
use vestibule_model::sessions::{EffectiveLifetime, Lifetime, LifetimeKind};
use vestibule_model::{Error, Problem, Result, Timestamp, UserId};

/// What is to be set; `None` takes back what was set, so that the next rule holds again.
pub type Change = BTreeMap<LifetimeKind, Option<Lifetime>>;

/// What was set for a group, by kind.
pub type Set = BTreeMap<LifetimeKind, Lifetime>;

/// How long the sign-ins of a person last, and why: one entry a kind.
///
/// # Errors
/// None but those of the database.
pub async fn of_person(
    domain: &Domain,
    _by: &Allowed<ViewAccounts>,
    user: UserId,
) -> Result<Vec<EffectiveLifetime>> {
    let found = Found::read(domain.db(), user).await?;
    Ok(LifetimeKind::ALL.into_iter().map(|kind| found.effective(domain, kind)).collect())
}

/// What was set for a group.
///
/// # Errors
/// [`Error::NotFound`] for an unknown group.
pub async fn of_group(domain: &Domain, _by: &Allowed<ManageGroups>, group: &str) -> Result<Set> {
    if !groups::exists(domain.db(), group).await? {
        return Err(Error::NotFound);
    }
    Ok(set_of(store::group_lifetimes(domain.db(), group).await?))
}

/// What was set for a group, as `tx` sees it.
pub(crate) async fn of_group_in(tx: &mut Tx, group: &str) -> Result<Set> {
    Ok(set_of(store::group_lifetimes(tx, group).await?))
}

/// What was set for groups, by name.
pub(crate) async fn of_groups(domain: &Domain) -> Result<BTreeMap<String, Set>> {
    let mut all: BTreeMap<String, Set> = BTreeMap::new();
    for (group, kind, span) in store::all_group_lifetimes(domain.db()).await? {
        if let Some(kind) = kind_called(&kind) {
            all.entry(group).or_default().insert(kind, from_micros(span));
        }
    }
    Ok(all)
}

fn set_of(rows: Vec<(String, Option<i64>)>) -> Set {
    rows.into_iter().filter_map(|(kind, span)| Some((kind_called(&kind)?, from_micros(span)))).collect()
}

/// Sets lifetimes for a person. Sessions that run are shortened at once where they would outlive it, and never
/// lengthened.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person, [`Error::Invalid`] for no sensible lifetime.
pub async fn set_for_person(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    change: &Change,
    client: &Client,
) -> Result<()> {
    check(change)?;
    let mut tx = domain.begin().await?;
    accounts::hold_for(&mut tx, by.by(), user).await?;
    let before = set_of(store::user_lifetimes(&mut tx, user).await?);
    for (kind, lifetime) in change {
        store::set_user_lifetime(&mut tx, user, kind.name(), *lifetime).await?;
    }
    cap(domain, &mut tx, user).await?;
    let after = set_of(store::user_lifetimes(&mut tx, user).await?);
    let changes = LifetimeKind::ALL.into_iter().fold(Changes::default(), |changes, kind| {
        changes.of(kind.name(), &before.get(&kind), &after.get(&kind))
    });
    events::emit_changes(domain, &mut tx, by.by(), client, Event::LifetimesChanged { user }, changes).await?;
    tx.commit().await.internal()
}

/// Sets lifetimes for everyone in a group, as [`set_for_person`] does for one.
///
/// # Errors
/// As [`groups::change`].
pub async fn set_for_group(
    domain: &Domain,
    by: &Allowed<ManageGroups>,
    group: &str,
    change: &Change,
    client: &Client,
) -> Result<()> {
    let form = GroupForm { lifetimes: change.clone(), ..GroupForm::default() };
    groups::change(domain, by, group, form, None, client).await.map(drop)
}

/// Sets lifetimes for everyone in a group as part of `tx`, which holds it; what is set then.
pub(crate) async fn put_for_group(domain: &Domain, tx: &mut Tx, group: &str, change: &Change) -> Result<Set> {
    for (kind, lifetime) in change {
        store::set_group_lifetime(tx, group, kind.name(), *lifetime).await?;
    }
    cap_members(domain, tx, group).await?;
    of_group_in(tx, group).await
}

/// Those members of `group` who are signed in anywhere, as `tx` sees it.
pub(crate) async fn members_signed_in(tx: &mut Tx, group: &str) -> Result<Vec<UserId>> {
    store::members_with_sessions(tx, group).await
}

/// Shortens, as part of `tx`, the running sessions of everyone in `group` who would not be given as much any more.
pub(crate) async fn cap_members(domain: &Domain, tx: &mut Tx, group: &str) -> Result<()> {
    for user in store::members_with_sessions(tx, group).await? {
        cap(domain, tx, user).await?;
    }
    Ok(())
}

/// Shortens, as part of `tx`, those running sessions of a person that would not be given as much any more.
pub(crate) async fn cap(domain: &Domain, tx: &mut Tx, user: UserId) -> Result<()> {
    accounts::hold(tx, user).await?;
    let found = Found::read(&mut *tx, user).await?;
    for session in store::live_spans(tx, user).await? {
        let (idle, overall) = found.both(domain, session.kind());
        let capped = session.capped(idle, overall.end(session.created_at));
        if capped != session {
            store::set_spans(tx, &capped).await?;
        }
    }
    tx.announce(domain.generation());
    Ok(())
}

/// How long a session that is opened now may stay unused, and when it ends.
pub(super) async fn for_new(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    kind: &super::Kind,
) -> Result<(Lifetime, Option<Timestamp>)> {
    let (idle, overall) = Found::read(tx, user).await?.both(domain, kind);
    Ok((idle, overall.end(domain.now())))
}

/// What was set for a person, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let rows = store::user_lifetimes(domain.db(), user).await?;
    Ok(rows.into_iter().map(|(kind, span)| json!({ "kind": kind, "lifetime": from_micros(span) })).collect())
}

/// What the tables say about a person.
struct Found {
    /// By group: kind, span.
    groups: Vec<(String, String, Option<i64>)>,
    own: Vec<(String, Option<i64>)>,
}

impl Found {
    async fn read(on: impl Into<On<'_>>, user: UserId) -> Result<Self> {
        let mut found = Self { groups: Vec::new(), own: Vec::new() };
        for (group, kind, span) in store::lifetimes_about(on, user).await? {
            match group {
                Some(group) => found.groups.push((group, kind, span)),
                None => found.own.push((kind, span)),
            }
        }
        Ok(found)
    }

    fn effective(&self, domain: &Domain, kind: LifetimeKind) -> EffectiveLifetime {
        let groups = self.groups.iter().filter(|(_, name, _)| name == kind.name());
        let groups = groups.map(|(group, _, span)| (group.as_str(), from_micros(*span)));
        let own = self.own.iter().find(|(name, _)| name == kind.name()).map(|(_, span)| from_micros(*span));
        let (lifetime, by) = resolve(setting(domain, kind), groups, own);
        EffectiveLifetime { kind, lifetime, by }
    }

    /// Unused and overall lifetime of a session of `kind`.
    fn both(&self, domain: &Domain, kind: &super::Kind) -> (Lifetime, Lifetime) {
        let (idle, overall) = match kind {
            super::Kind::Browser { remember: true } => (LifetimeKind::Remembered, LifetimeKind::Remembered),
            super::Kind::Browser { remember: false } => (LifetimeKind::Idle, LifetimeKind::Overall),
            super::Kind::Api => (LifetimeKind::RefreshIdle, LifetimeKind::RefreshOverall),
        };
        (self.effective(domain, idle).lifetime, self.effective(domain, overall).lifetime)
    }
}

impl LiveSpan {
    fn kind(&self) -> &'static super::Kind {
        match (self.kind.as_str(), self.remembered) {
            ("api", _) => &super::Kind::Api,
            (_, 0) => &super::Kind::Browser { remember: false },
            _ => &super::Kind::Browser { remember: true },
        }
    }

    fn capped(&self, idle: Lifetime, end: Option<Timestamp>) -> Self {
        Self {
            idle_micros: micros(from_micros(self.idle_micros).min(idle)),
            expires_at: match (self.expires_at, end) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            ..self.clone()
        }
    }
}

fn check(change: &Change) -> Result<()> {
    match change.iter().find(|(_, lifetime)| lifetime.is_some_and(|one| !one.is_sensible())) {
        Some((kind, _)) => Err(Error::invalid(kind.name(), Problem::Malformed)),
        None => Ok(()),
    }
}

fn setting(domain: &Domain, kind: LifetimeKind) -> Lifetime {
    let rules = domain.rules();
    Lifetime::Span(match kind {
        LifetimeKind::Idle => rules.sessions.idle,
        LifetimeKind::Overall => rules.sessions.overall,
        LifetimeKind::Remembered => rules.sessions.remembered,
        LifetimeKind::RefreshIdle => rules.tokens.refresh_idle,
        LifetimeKind::RefreshOverall => rules.tokens.refresh_overall,
    })
}

fn kind_called(name: &str) -> Option<LifetimeKind> {
    LifetimeKind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// As a column holds it: nothing is for ever.
pub(super) fn micros(lifetime: Lifetime) -> Option<i64> {
    lifetime.span().map(|span| i64::try_from(span.as_micros()).unwrap_or(i64::MAX))
}

/// The inverse of [`micros`].
pub(crate) fn from_micros(span: Option<i64>) -> Lifetime {
    let span = span.map(|micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
    span.map_or(Lifetime::Forever, Lifetime::Span)
}
