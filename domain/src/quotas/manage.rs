//! Quotas as administrators and operators set them. What the settings say is not changed at run time; what the program
//! states can be changed, and comes back when that is taken back.

use super::{book, store};
use crate::endpoints::Catalog;
use crate::events::{self, Event};
use crate::{Allowed, Client, Domain, db::Tx, error::Internal, groups, listing};
use std::collections::BTreeSet;
use vestibule_model::error::{Conflict, Problems};
use vestibule_model::groups::ManageQuotas;
use vestibule_model::listing::{Listed, Page};
use vestibule_model::quotas::{Quota, QuotaForm, QuotaFrom, QuotaView};
use vestibule_model::{Error, FieldError, Problem, Result};

/// Every quota, by name.
///
/// # Errors
/// None but those of the database.
pub async fn list(domain: &Domain, _by: &Allowed<ManageQuotas>) -> Result<Vec<QuotaView>> {
    let counts = store::count_overrides(domain.db(), domain.now()).await?;
    let catalog = domain.endpoints();
    let endpoints =
        |tag: &str| catalog.endpoints().iter().filter(|one| one.counted_tags().any(|own| own == tag)).count();
    let view = |rule: &book::Rule| QuotaView {
        from: rule.from,
        locked: rule.from == QuotaFrom::Settings,
        endpoints: endpoints(&rule.quota.tag),
        overrides: counts
            .iter()
            .find(|(name, _)| *name == rule.quota.name)
            .map_or(0, |(_, count)| u64::try_from(*count).unwrap_or_default()),
        quota: rule.quota.clone().into(),
    };
    Ok(domain.quota_book().in_force().values().map(|rule| view(rule)).collect())
}

/// A page of the quotas, by name.
///
/// # Errors
/// [`Error::Invalid`] for a cursor that is none.
pub async fn page(domain: &Domain, by: &Allowed<ManageQuotas>, page: &Page) -> Result<Listed<QuotaView>> {
    let named = |view: QuotaView| (view.quota.name.clone().unwrap_or_default(), view);
    let all = list(domain, by).await?.into_iter().map(named).collect();
    let listed = listing::List::new(domain, "quotas", &()).page_of_all(page, all, |(name, _)| name)?;
    Ok(listed.map(|(_, view)| view))
}

/// One quota.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show(domain: &Domain, by: &Allowed<ManageQuotas>, name: &str) -> Result<QuotaView> {
    let named = |view: &QuotaView| view.quota.name.as_deref() == Some(name);
    list(domain, by).await?.into_iter().find(named).ok_or(Error::NotFound)
}

/// Makes a quota. It holds from the next request on, on every server within two seconds.
///
/// # Errors
/// [`Error::Invalid`], [`Conflict::QuotaTaken`].
pub async fn create(
    domain: &Domain,
    by: &Allowed<ManageQuotas>,
    form: QuotaForm,
    client: &Client,
) -> Result<QuotaView> {
    let name = form.clone().parse()?.name;
    if domain.quota_book().in_force().contains_key(&name) {
        return Err(Error::Conflict { what: Conflict::QuotaTaken });
    }
    set(domain, by, (&name, true), form, client).await
}

/// Changes a quota: what the form leaves out stays. Who counts, or from when to when, begins everybody's count anew.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], [`Conflict::FromSettings`] where the settings say what holds.
pub async fn change(
    domain: &Domain,
    by: &Allowed<ManageQuotas>,
    name: &str,
    form: QuotaForm,
    client: &Client,
) -> Result<QuotaView> {
    refuse_locked(domain, name)?;
    set(domain, by, (name, false), form, client).await
}

async fn set(
    domain: &Domain,
    by: &Allowed<ManageQuotas>,
    (name, new): (&str, bool),
    form: QuotaForm,
    client: &Client,
) -> Result<QuotaView> {
    let mut tx = domain.begin().await?;
    // From here on nobody else changes one, so that what the form leaves out stays as it is now.
    let version = store::advance(&mut tx).await?;
    let kept = store::one(&mut tx, name).await?;
    let stated = || book::of_program(domain, name).map(|quota| book::Kept { quota, since: 0 });
    let before = kept.or_else(stated);
    let quota = match &before {
        Some(_) if new => return Err(Error::Conflict { what: Conflict::QuotaTaken }),
        Some(before) => form.change(&before.quota)?,
        None if new => form.parse()?,
        None => return Err(Error::NotFound),
    };
    check(domain, &mut tx, &quota).await?;
    if before.as_ref().is_some_and(|before| before.quota == quota) {
        drop(tx);
        book::reload(domain).await?;
        return show(domain, by, name).await;
    }
    let goes_on = before.as_ref().filter(|before| !quota.counts_anew(&before.quota));
    let since = goes_on.map_or(version, |before| before.since);
    store::set(&mut tx, &quota, since, domain.now()).await?;
    if since == version {
        store::ledger::forget(&mut tx, name).await?;
    }
    let before = before.map(|before| before.quota);
    let event = Event::QuotaSet { quota: name.to_owned(), before, after: quota };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()?;
    book::reload(domain).await?;
    show(domain, by, name).await
}

/// Deletes a quota that was made at run time, with everything counted and said under it; takes back what was changed of one
/// that the program states.
///
/// # Errors
/// [`Error::NotFound`] where nothing was set at run time, [`Conflict::FromSettings`].
pub async fn clear(domain: &Domain, by: &Allowed<ManageQuotas>, name: &str, client: &Client) -> Result<()> {
    refuse_locked(domain, name)?;
    let mut tx = domain.begin().await?;
    store::advance(&mut tx).await?;
    let stated = book::of_program(domain, name);
    let absent =
        if stated.is_some() { Error::Conflict { what: Conflict::QuotaOfProgram } } else { Error::NotFound };
    let before = store::one(&mut tx, name).await?.ok_or(absent)?;
    store::clear(&mut tx, name).await?;
    if stated.is_none() {
        store::forget(&mut tx, name).await?;
    }
    let goes_on = stated.is_some_and(|stated| before.since == 0 && !stated.counts_anew(&before.quota));
    if !goes_on {
        store::ledger::forget(&mut tx, name).await?;
    }
    let event = Event::QuotaCleared { quota: name.to_owned(), before: before.quota };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()?;
    book::reload(domain).await
}

fn refuse_locked(domain: &Domain, name: &str) -> Result<()> {
    if domain.rules().quotas.named.contains_key(name) {
        return Err(Error::Conflict { what: Conflict::FromSettings });
    }
    Ok(())
}

/// What only the domain knows of a quota: tags, groups and zones.
pub(super) async fn check(domain: &Domain, tx: &mut Tx, quota: &Quota) -> Result<()> {
    let mut problems = Problems::default();
    let catalog = domain.endpoints();
    // A program without its router, a command among them, knows no tags.
    if !catalog.endpoints().is_empty() && !is_tag(&catalog, &quota.tag) {
        problems.add("tag", Problem::NotOffered);
    }
    let groups = groups::names_in(tx).await?;
    if quota.groups.keys().any(|group| !groups.contains(group)) {
        problems.add("groups", Problem::NotOffered);
    }
    if !is_zone(&quota.zone) {
        problems.add("zone", Problem::NotOffered);
    }
    problems.check()
}

fn is_tag(catalog: &Catalog, tag: &str) -> bool {
    catalog.endpoints().iter().any(|one| one.counted_tags().any(|own| own == tag))
}

fn is_zone(name: &str) -> bool {
    name == "UTC" || crate::profiles::time_zone_names().contains(&name)
}

/// What does not fit in quotas of the settings and of the program; each names one.
///
/// # Errors
/// None but those of the database.
pub async fn faults(domain: &Domain) -> Result<Vec<String>> {
    let rules = domain.quota_book().in_force();
    let catalog = domain.endpoints();
    let groups: BTreeSet<String> = groups::names(domain).await?;
    let mut faults = Vec::new();
    let told = |name: &str, read: Result<Quota>| {
        let Err(Error::Invalid { fields }) = read else { return Vec::new() };
        let told = |field: &FieldError| format!("quotas.{name}.{}: {}", field.field, field.problem.code());
        fields.iter().map(told).collect()
    };
    for (name, form) in &domain.rules().quotas.named {
        let read = book::of_settings(name, form, book::of_program(domain, name).as_ref());
        faults.extend(told(name, read));
    }
    for rule in rules.values().filter(|rule| rule.from != QuotaFrom::RunTime) {
        let (name, quota) = (&rule.quota.name, &rule.quota);
        faults.extend(told(name, QuotaForm::from(quota.clone()).change(quota)));
        if !is_tag(&catalog, &quota.tag) {
            faults.push(format!("quotas.{name}.tag: no endpoint has the tag {}", quota.tag));
        }
        if let Some(group) = quota.groups.keys().find(|group| !groups.contains(*group)) {
            faults.push(format!("quotas.{name}.groups: there is no group {group}"));
        }
        if !is_zone(&quota.zone) {
            faults.push(format!("quotas.{name}.zone: there is no time zone {}", quota.zone));
        }
    }
    Ok(faults)
}
