//! What the endpoints of a tag ask for beyond what each asks for itself. The rules that hold lie in memory: a request looks
//! there and runs no statement. They are read anew when this process changes one, and when another process announced a
//! change (`changes.rs`).
//!
//! A rule only tightens. A handler that needs a person, or the proof of a permission, cannot do without: a rule that opened
//! its endpoint could not make it work. So every rule of every tag is asked for, beside the endpoint's own policy.

use super::catalog::{Known, faults};
use super::{Catalog, Fault, Policy, store};
use crate::db::{Db, Tx};
use crate::events::{self, Event};
use crate::{Actor, Allowed, Client, Domain, error::Internal, groups, listing};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;
use vestibule_model::endpoints::{Asks, EndpointView, Rule, RuleForm, RuleOrigin, RuleTrouble, TagView};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ADMIN, ManageEndpoints};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::{Error, Problem, Result};

/// A rule that holds.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) rule: Rule,
    pub(super) from: RuleOrigin,
}

/// The rules that hold, by tag.
pub(super) type InForce = BTreeMap<String, Standing>;

/// The rules as this process knows them, and the endpoints they are of.
#[derive(Debug, Default)]
pub(crate) struct Book {
    any: AtomicBool,
    in_force: RwLock<Arc<InForce>>,
    catalog: RwLock<Arc<Catalog>>,
    /// One reads them at a time, so that what was read later stays.
    turn: Mutex<()>,
}

impl Book {
    /// The rules of `settings` and of the database.
    pub(crate) async fn read(db: &Db, settings: &BTreeMap<String, Rule>) -> Result<Self> {
        let book = Self::default();
        book.keep(in_force(store::all(db).await?, settings));
        Ok(book)
    }

    fn keep(&self, rules: InForce) {
        self.any.store(!rules.is_empty(), Ordering::SeqCst);
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    pub(super) fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn publish(&self, catalog: Catalog) {
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalog);
    }

    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Rules of the settings win.
fn in_force(run_time: BTreeMap<String, Rule>, settings: &BTreeMap<String, Rule>) -> InForce {
    let standing = |from| move |(tag, rule)| (tag, Standing { rule, from });
    let settings = settings.iter().map(|(tag, rule)| (tag.clone(), rule.clone()));
    let run_time = run_time.into_iter().map(standing(RuleOrigin::RunTime));
    run_time.chain(settings.map(standing(RuleOrigin::Settings))).collect()
}

/// Reads the rules anew.
///
/// # Errors
/// When the database cannot be asked; what held goes on holding.
pub(crate) async fn reload(domain: &Domain) -> Result<()> {
    let book = domain.endpoint_rules();
    let _turn = book.turn.lock().await;
    book.keep(in_force(store::all(domain.db()).await?, &domain.rules().endpoints));
    Ok(())
}

/// Refuses unless `actor` meets every rule of every tag of an endpoint that states `policy`.
///
/// # Errors
/// [`Error::SignInFirst`], [`Error::NotAllowed`], [`Error::NotInGroup`].
pub fn check(domain: &Domain, policy: &Policy, actor: &Actor) -> Result<()> {
    let book = domain.endpoint_rules();
    if !book.any.load(Ordering::SeqCst) {
        return Ok(());
    }
    let rules = book.in_force();
    policy.tags().filter_map(|tag| rules.get(tag)).try_for_each(|standing| meets(&standing.rule, actor))
}

fn meets(rule: &Rule, actor: &Actor) -> Result<()> {
    match (&rule.asks, actor) {
        (_, Actor::Anonymous) => Err(Error::SignInFirst),
        (Asks::Permission(name), _) if !actor.holds(name) => {
            Err(Error::NotAllowed { permission: Cow::Owned(name.clone()) })
        }
        // Administrators pass, as they hold every permission: no rule can lock all of them out. A key is none of them.
        (Asks::Group(name), Actor::Person(person)) if !person.groups.contains(name) && !person.is_admin() => {
            Err(Error::NotInGroup { group: Cow::Owned(name.clone()) })
        }
        _ => Ok(()),
    }
}

/// Sets what the endpoints of `tag` ask for. It holds from the next request on, on every node.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`] for a tag that no endpoint has, [`Conflict::FromSettings`] where the settings say
/// what holds, [`Conflict::LocksSignIn`], [`Conflict::NeverMet`].
pub async fn set(
    domain: &Domain,
    by: &Allowed<ManageEndpoints>,
    tag: &str,
    form: RuleForm,
    client: &Client,
) -> Result<TagView> {
    let after = form.parse()?;
    refuse_locked(domain, tag)?;
    let mut tx = held(domain).await?;
    let mut known = Known { permissions: permissions(domain), groups: None };
    if let Asks::Group(group) = &after.asks {
        let exists = groups::hold(domain, &mut tx, group).await?;
        known.groups = Some(exists.then(|| group.clone()).into_iter().collect());
    }
    if let Some((trouble, _)) = domain.endpoints().trouble(tag, &after, &known) {
        return Err(refusal(trouble));
    }
    let before = store::one(&mut tx, tag).await?;
    if before.as_ref() == Some(&after) {
        // What follows asks another connection, and must not hold two.
        drop(tx);
    } else {
        store::set(&mut tx, tag, &after, domain.now()).await?;
        let event = Event::EndpointRuleSet { tag: tag.to_owned(), before, after };
        events::emit(domain, &mut tx, by.by(), client, event).await?;
        tx.announce(domain.generation());
        tx.commit().await.internal()?;
        reload(domain).await?;
    }
    show(domain, by, tag).await
}

/// Takes back what was set for `tag` at run time.
///
/// # Errors
/// [`Error::NotFound`] where nothing was set, [`Conflict::FromSettings`] where the settings say what holds.
pub async fn clear(domain: &Domain, by: &Allowed<ManageEndpoints>, tag: &str, client: &Client) -> Result<()> {
    refuse_locked(domain, tag)?;
    let mut tx = held(domain).await?;
    let before = store::one(&mut tx, tag).await?.ok_or(Error::NotFound)?;
    store::clear(&mut tx, tag).await?;
    let event = Event::EndpointRuleCleared { tag: tag.to_owned(), before };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()?;
    reload(domain).await
}

/// A transaction that changes rules; one at a time, so that each knows what was before.
async fn held(domain: &Domain) -> Result<Tx> {
    let mut tx = domain.begin().await?;
    groups::hold(domain, &mut tx, ADMIN).await?;
    Ok(tx)
}

fn refuse_locked(domain: &Domain, tag: &str) -> Result<()> {
    if domain.rules().endpoints.contains_key(tag) {
        return Err(Error::Conflict { what: Conflict::FromSettings });
    }
    Ok(())
}

fn refusal(trouble: RuleTrouble) -> Error {
    match trouble {
        RuleTrouble::MatchesNothing => Error::NotFound,
        RuleTrouble::LocksSignIn => Error::Conflict { what: Conflict::LocksSignIn },
        RuleTrouble::NeverMet => Error::Conflict { what: Conflict::NeverMet },
        RuleTrouble::UnknownPermission => Error::invalid("permission", Problem::NotOffered),
        RuleTrouble::UnknownGroup => Error::invalid("group", Problem::NotOffered),
    }
}

fn permissions(domain: &Domain) -> BTreeSet<String> {
    groups::permissions(domain).iter().map(|known| known.name.to_owned()).collect()
}

/// Whether endpoints ask for this group, by a rule of the settings or one that was set, as `tx` sees it.
pub(crate) async fn asks_for_group(domain: &Domain, tx: &mut Tx, group: &str) -> Result<bool> {
    let asks = |rule: &Rule| matches!(&rule.asks, Asks::Group(name) if name == group);
    if domain.rules().endpoints.values().any(asks) {
        return Ok(true);
    }
    store::asks_for_group(tx, group).await
}

/// Every endpoint, sorted by address and method; of one tag alone, when one is given.
pub fn all(domain: &Domain, _by: &Allowed<ManageEndpoints>, tag: Option<&str>) -> Vec<EndpointView> {
    viewed(&domain.endpoints(), &domain.endpoint_rules().in_force(), tag)
}

/// The endpoints of `catalog` as they are where nothing but the settings says anything; for programs without a database.
pub fn by_settings(
    catalog: &Catalog,
    settings: &BTreeMap<String, Rule>,
    tag: Option<&str>,
) -> Vec<EndpointView> {
    viewed(catalog, &in_force(BTreeMap::new(), settings), tag)
}

fn viewed(catalog: &Catalog, rules: &InForce, tag: Option<&str>) -> Vec<EndpointView> {
    let wanted = |view: &EndpointView| tag.is_none_or(|tag| view.tags.iter().any(|one| one == tag));
    catalog.endpoints().iter().map(|endpoint| endpoint.view(rules)).filter(wanted).collect()
}

/// A page of the endpoints, by address and method.
///
/// # Errors
/// [`Error::Invalid`] for a cursor that is none.
pub fn page(
    domain: &Domain,
    by: &Allowed<ManageEndpoints>,
    tag: Option<&str>,
    page: &Page,
) -> Result<Listed<EndpointView>> {
    let keyed = |view: EndpointView| (format!("{} {}", view.path, view.method), view);
    let mut all: Vec<_> = all(domain, by, tag).into_iter().map(keyed).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    let listed = listing::List::new(domain, "endpoints", &tag).page_of_all(page, all, |(key, _)| key)?;
    Ok(listed.map(|(_, view)| view))
}

/// Every tag, sorted: those of endpoints, and those of rules that match none.
///
/// # Errors
/// None but those of the database.
pub async fn tags(domain: &Domain, _by: &Allowed<ManageEndpoints>) -> Result<Vec<TagView>> {
    let (catalog, settings) = (domain.endpoints(), &domain.rules().endpoints);
    let (run_time, known) = (store::all(domain.db()).await?, known(domain).await?);
    let counts = catalog.tags();
    let names: BTreeSet<&str> =
        counts.keys().copied().chain(run_time.keys().chain(settings.keys()).map(String::as_str)).collect();
    let view = |tag: &str| {
        let (set, stated) = (run_time.get(tag), settings.get(tag));
        let (rule, from) = match (stated, set) {
            (Some(rule), _) => (Some(rule), Some(RuleOrigin::Settings)),
            (None, Some(rule)) => (Some(rule), Some(RuleOrigin::RunTime)),
            (None, None) => (None, None),
        };
        TagView {
            tag: tag.to_owned(),
            from,
            locked: stated.is_some(),
            shadowed: set.filter(|_| stated.is_some()).map(|rule| rule.clone().into()),
            trouble: rule.and_then(|rule| catalog.trouble(tag, rule, &known)).map(|(trouble, _)| trouble),
            endpoints: counts.get(tag).copied().unwrap_or_default(),
            rule: rule.map(|rule| rule.clone().into()),
        }
    };
    Ok(names.into_iter().map(view).collect())
}

/// A page of the tags, by name.
///
/// # Errors
/// [`Error::Invalid`] for a cursor that is none.
pub async fn page_of_tags(
    domain: &Domain,
    by: &Allowed<ManageEndpoints>,
    page: &Page,
) -> Result<Listed<TagView>> {
    let all = tags(domain, by).await?;
    listing::List::new(domain, "endpoint tags", &()).page_of_all(page, all, |view| &view.tag)
}

/// One tag.
///
/// # Errors
/// [`Error::NotFound`] for one that no endpoint and no rule has.
pub async fn show(domain: &Domain, by: &Allowed<ManageEndpoints>, tag: &str) -> Result<TagView> {
    tags(domain, by).await?.into_iter().find(|view| view.tag == tag).ok_or(Error::NotFound)
}

async fn known(domain: &Domain) -> Result<Known> {
    let groups = groups::names(domain).await?;
    Ok(Known { permissions: permissions(domain), groups: Some(groups) })
}

/// What keeps the rules of the settings from being.
///
/// # Errors
/// None but those of the database.
pub async fn faults_of_settings(domain: &Domain) -> Result<Vec<Fault>> {
    let (catalog, known) = (domain.endpoints(), known(domain).await?);
    Ok(faults(&catalog, &domain.rules().endpoints, RuleOrigin::Settings, &known))
}

/// What is wrong with rules that were set at run time: the program changed since.
///
/// # Errors
/// None but those of the database.
pub async fn troubles_of_run_time(domain: &Domain) -> Result<Vec<Fault>> {
    let (catalog, known) = (domain.endpoints(), known(domain).await?);
    Ok(faults(&catalog, &store::all(domain.db()).await?, RuleOrigin::RunTime, &known))
}
