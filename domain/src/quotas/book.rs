//! The quotas that hold, in memory: those of the program, of the settings and of the database. Read anew when this process
//! changes one, and when another process announced a change (`changes.rs`). A request looks at what its route worked out
//! before, and runs no statement.

use super::store;
use crate::calendar::Zone;
use crate::db::{Db, Tx};
use crate::endpoints::{Credential, Policy, counted_tags};
use crate::metrics::Decisions;
use crate::{Domain, Extension, rules::Rules};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use tokio::sync::Mutex;
use vestibule_model::Result;
use vestibule_model::quotas::{Mode, Quota, QuotaForm, QuotaFrom};

/// A quota that holds.
#[derive(Debug)]
pub(super) struct Rule {
    /// Told apart from every other quota, and the same for as long as there is one of this name.
    pub(super) slot: u64,
    /// Told apart from every other content that this process knew under this name.
    pub(super) version: u64,
    pub(super) name: Arc<str>,
    /// As the ledger calls it: who counts, from when to when, and since which change are in the name, so that what was
    /// counted otherwise says nothing under it.
    pub(super) ledger: String,
    pub(super) quota: Quota,
    pub(super) zone: Zone,
    pub(super) from: QuotaFrom,
    /// What it decided so far.
    pub(super) decisions: OnceLock<Decisions>,
}

impl Rule {
    /// What it decided so far, from its first decision on: whoever listens is there then.
    pub(super) fn decisions(&self) -> &Decisions {
        self.decisions.get_or_init(|| Decisions::of_quota(&self.name))
    }
}

/// What is set at run time.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) quota: Quota,
    /// The version of everything here at which its count began; 0 where it goes on with what the program states.
    pub(super) since: i64,
}

/// What holds of a quota: what it says, where that was said, and since when it is counted.
#[derive(Clone, Debug)]
struct Stated {
    quota: Quota,
    from: QuotaFrom,
    since: i64,
}

impl Stated {
    fn ledger(&self) -> String {
        format!("{}@{} {}", self.quota.name, self.quota.counting(), self.since)
    }
}

/// By name.
pub(super) type InForce = BTreeMap<String, Arc<Rule>>;

/// The quotas as this process knows them.
#[derive(Debug, Default)]
pub struct Book {
    in_force: RwLock<Arc<InForce>>,
    /// Counts how often the quotas changed, for routes that keep what they worked out.
    edition: AtomicU64,
    /// The version of the database's quotas, overrides, grants and resets that was seen last.
    seen: AtomicI64,
    /// Told apart from one another by this.
    versions: AtomicU64,
    /// One reads them at a time, so that what was read later stays.
    turn: Mutex<()>,
}

impl Book {
    /// The quotas of the program, of `rules` and of the database.
    pub(crate) async fn read(db: &Db, rules: &Rules, extensions: &[Arc<dyn Extension>]) -> Result<Self> {
        let book = Self::default();
        book.read_again(db, rules, extensions).await?;
        Ok(book)
    }

    async fn read_again(&self, db: &Db, rules: &Rules, extensions: &[Arc<dyn Extension>]) -> Result<()> {
        let _turn = self.turn.lock().await;
        let version = store::version(db).await?;
        if version == self.seen.load(Ordering::SeqCst) {
            return Ok(());
        }
        let stated = stated(rules, extensions, store::all(db).await?);
        let before = self.in_force();
        let rule = |(name, stated): (String, Stated)| {
            let ledger = stated.ledger();
            let is = |rule: &&Arc<Rule>| {
                rule.quota == stated.quota && rule.from == stated.from && rule.ledger == ledger
            };
            let same = before.get(&name).filter(is).cloned();
            let made = || {
                let version = self.versions.fetch_add(1, Ordering::SeqCst);
                let slot = before.get(&name).map_or(version, |rule| rule.slot);
                Arc::new(Rule {
                    slot,
                    name: stated.quota.name.as_str().into(),
                    version,
                    zone: Zone::named(Some(&stated.quota.zone)),
                    from: stated.from,
                    ledger: ledger.clone(),
                    decisions: OnceLock::new(),
                    quota: stated.quota.clone(),
                })
            };
            let rule = same.unwrap_or_else(made);
            (name, rule)
        };
        let after: InForce = stated.into_iter().map(rule).collect();
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(after);
        self.seen.store(version, Ordering::SeqCst);
        self.edition.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    pub(super) fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The version that was seen last: what was worked out under another one is worked out again.
    pub(super) fn seen(&self) -> i64 {
        self.seen.load(Ordering::Acquire)
    }
}

/// What is stated, the later over the earlier: by the product, the project, at run time, by the settings.
fn stated(rules: &Rules, extensions: &[Arc<dyn Extension>], run_time: Vec<Kept>) -> BTreeMap<String, Stated> {
    let own = if rules.quotas.defaults { super::defaults() } else { Vec::new() };
    let program = own.into_iter().chain(extensions.iter().flat_map(|one| one.quotas()));
    let program = program.map(|quota| Stated { quota, from: QuotaFrom::Program, since: 0 });
    let run_time =
        run_time.into_iter().map(|Kept { quota, since }| Stated { quota, from: QuotaFrom::RunTime, since });
    let named = |stated: Stated| (stated.quota.name.clone(), stated);
    let program: BTreeMap<_, _> = program.map(named).collect();
    let mut all = program.clone();
    all.extend(run_time.map(named));
    for (name, form) in &rules.quotas.named {
        // What does not fit stops the server (see `faults`); beside it, nothing is made of it.
        if let Ok(quota) = of_settings(name, form, program.get(name).map(|stated| &stated.quota)) {
            // One that moves into the settings as it was goes on with its count.
            let since = all.get(name).map_or(0, |stated| stated.since);
            all.insert(name.clone(), Stated { quota, from: QuotaFrom::Settings, since });
        }
    }
    all
}

/// Whether a quota of the program, of the settings or of the database names this group, as `tx` sees it. Whoever changes a
/// quota meanwhile waits.
///
/// # Errors
/// None but those of the database.
pub(crate) async fn names_group(domain: &Domain, tx: &mut Tx, group: &str) -> Result<bool> {
    store::advance(tx).await?;
    let all = stated(domain.rules(), domain.extensions(), store::all(tx).await?);
    Ok(all.values().any(|stated| stated.quota.groups.contains_key(group)))
}

/// What the settings say, over what the program states under this name.
pub(super) fn of_settings(name: &str, form: &QuotaForm, stated: Option<&Quota>) -> Result<Quota> {
    let form = QuotaForm { name: Some(name.to_owned()), ..form.clone() };
    match stated {
        Some(stated) => form.change(stated),
        None => form.parse(),
    }
}

/// What the program states for a name, whatever is set over it.
pub(super) fn of_program(domain: &Domain, name: &str) -> Option<Quota> {
    let added = domain.extensions().iter().flat_map(|one| one.quotas());
    let own = if domain.rules().quotas.defaults { super::defaults() } else { Vec::new() };
    own.into_iter().chain(added).rfind(|quota| quota.name == name)
}

/// Reads the quotas anew, if something about them changed.
///
/// # Errors
/// When the database cannot be asked; what held goes on holding.
pub(crate) async fn reload(domain: &Domain) -> Result<()> {
    domain.quota_book().read_again(domain.db(), domain.rules(), domain.extensions()).await
}

/// What a call of a route spends from, worked out once for every edition of the book.
#[derive(Debug)]
pub struct Route {
    policy: Policy,
    credential: Credential,
    plan: RwLock<Arc<Plan>>,
}

#[derive(Debug)]
pub(super) struct Plan {
    edition: u64,
    pub(super) rules: Box<[Arc<Rule>]>,
    /// Its tags, with single spaces between them.
    pub(super) tags: Arc<str>,
    /// Units that a call costs, before the quota's own factor.
    pub(super) cost: u64,
    /// Whether its calls are recorded.
    pub(super) recorded: bool,
}

impl Route {
    /// The route of an endpoint that states `policy` and knows people by `credential`.
    pub fn of(policy: Policy, credential: Credential) -> Self {
        let tags = counted_tags(&policy, credential).collect::<Vec<_>>().join(" ").into();
        let cost = u64::from(policy.cost);
        let plan = Plan { edition: u64::MAX, rules: Box::default(), tags, cost, recorded: false };
        Self { policy, credential, plan: RwLock::new(Arc::new(plan)) }
    }

    pub(super) fn plan(&self, domain: &Domain) -> Arc<Plan> {
        let book = domain.quota_book();
        let edition = book.edition.load(Ordering::Acquire);
        {
            let plan = self.plan.read().unwrap_or_else(PoisonError::into_inner);
            if plan.edition == edition {
                return Arc::clone(&plan);
            }
        }
        let mut plan = self.plan.write().unwrap_or_else(PoisonError::into_inner);
        if plan.edition != edition {
            *plan = Arc::new(self.work_out(&book.in_force(), &plan, edition));
        }
        Arc::clone(&plan)
    }

    fn work_out(&self, rules: &InForce, before: &Plan, edition: u64) -> Plan {
        let counts = |rule: &&Arc<Rule>| {
            let mut tags = counted_tags(&self.policy, self.credential);
            rule.quota.mode != Mode::Off && tags.any(|tag| tag == rule.quota.tag)
        };
        let free = self.policy.cost == 0;
        let rules: Box<[_]> =
            if free { Box::default() } else { rules.values().filter(counts).cloned().collect() };
        let recorded = !free && (!rules.is_empty() || self.credential == Credential::Bearer);
        Plan { edition, tags: Arc::clone(&before.tags), cost: before.cost, recorded, rules }
    }
}
