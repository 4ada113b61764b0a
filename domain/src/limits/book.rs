//! The limits that hold, in memory: a request looks there and runs no statement to know them. They are read anew when this
//! process changes one, and when another process announced a change (`changes.rs`).

use super::decide::Way;
use super::memory::Memory;
use super::{declared, key, store};
use crate::db::Db;
use crate::{Domain, Extension, metrics::Decisions, rules::LimitRules};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;
use vestibule_model::limits::{By, Limit, LimitForm, LimitOrigin, Mode};
use vestibule_model::{Result, Timestamp};

/// A limit that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) limit: Limit,
    pub(super) from: LimitOrigin,
    /// When all of its counts were last forgotten.
    pub(super) forgotten_at: i64,
}

/// What is set where, and what comes out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct InForce {
    /// The limits that hold, by name.
    pub(super) limits: BTreeMap<String, Held>,
}

/// A limit as it concerns an endpoint.
#[derive(Debug)]
pub(super) struct Concerning {
    pub(super) limit: Limit,
    pub(super) way: Way,
    /// Names it in buckets.
    pub(super) id: [u8; 16],
    /// What it decided so far.
    pub(super) decisions: Decisions,
}

/// The limits that concern an endpoint.
#[derive(Debug, Default)]
pub struct Policies {
    /// The book's version that they are of.
    version: u64,
    /// What is decided before it is known who asks.
    pub(super) early: Vec<Concerning>,
    /// What is decided afterwards.
    pub(super) late: Vec<Concerning>,
}

impl Policies {
    /// Whether no limit concerns the endpoint.
    pub fn is_empty(&self) -> bool {
        self.early.is_empty() && self.late.is_empty()
    }
}

/// What an endpoint keeps of the book, so that nothing is looked up for a request while nothing changes.
#[derive(Debug)]
pub struct Bookmark {
    tags: Vec<&'static str>,
    found: RwLock<Arc<Policies>>,
}

impl Bookmark {
    /// For an endpoint of these tags.
    pub fn new(tags: Vec<&'static str>) -> Self {
        Self { tags, found: RwLock::default() }
    }

    /// The limits that concern the endpoint now; `None` for none.
    pub(super) fn policies(&self, book: &Book) -> Option<Arc<Policies>> {
        let version = book.version.load(Ordering::Acquire);
        {
            let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
            if found.version == version {
                return (!found.is_empty()).then(|| Arc::clone(&found));
            }
        }
        let found = Arc::new(concerning(&book.in_force(), &self.tags, version));
        *self.found.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&found);
        (!found.is_empty()).then_some(found)
    }
}

fn concerning(in_force: &InForce, tags: &[&str], version: u64) -> Policies {
    let mut policies = Policies { version, ..Policies::default() };
    for Held { limit, forgotten_at, .. } in in_force.limits.values() {
        let tag = limit.tags.iter().find(|tag| tags.contains(&tag.as_str()));
        let (Some(tag), true) = (tag, limit.mode != Mode::Off) else { continue };
        let own = limit.by.contains(&By::Tag).then_some(tag.as_str());
        let id = key::limit_id(&limit.name, *forgotten_at, own);
        let decisions = Decisions::of_limit(&limit.name);
        let one = Concerning { limit: limit.clone(), way: limit.rule.into(), id, decisions };
        if limit.is_early() { policies.early.push(one) } else { policies.late.push(one) }
    }
    policies
}

/// The limits as this process knows them, and what it counts by itself.
#[derive(Debug)]
pub(crate) struct Book {
    version: AtomicU64,
    in_force: RwLock<Arc<InForce>>,
    /// What the program states.
    pub(super) stated: BTreeMap<String, Limit>,
    /// What the settings say.
    pub(super) settings: BTreeMap<String, LimitForm>,
    pub(super) memory: Memory,
    pub(super) key: [u8; 32],
    /// Resets of single buckets that are known, and when each was.
    heard: Mutex<BTreeMap<String, i64>>,
}

impl Book {
    /// The limits of the program, of the settings and of the database.
    ///
    /// # Errors
    /// Those of the database. What does not fit in the settings is told by [`faults`].
    pub(crate) async fn read(
        db: &Db,
        rules: &LimitRules,
        extensions: &[Arc<dyn Extension>],
        key: [u8; 32],
    ) -> Result<Self> {
        let book = Self {
            version: AtomicU64::new(0),
            in_force: RwLock::default(),
            stated: declared::stated(rules.defaults, extensions),
            settings: rules.named.clone(),
            memory: Memory::default(),
            key,
            heard: Mutex::default(),
        };
        book.look(db).await?;
        Ok(book)
    }

    pub(super) async fn look(&self, db: &Db) -> Result<()> {
        // One reads them at a time, so that what was read later stays.
        let mut heard = self.heard.lock().await;
        let (set, resets) = (store::all(db).await?, store::resets(db).await?);
        let in_force = in_force(&self.stated, set, &self.settings, &resets);
        // Most announcements are about something else.
        if in_force != *self.in_force() {
            *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(in_force);
            self.version.fetch_add(1, Ordering::AcqRel);
        }
        let single = resets.into_iter().filter(|(_, bucket, _)| !bucket.is_empty());
        let now: BTreeMap<String, i64> = single.map(|(_, bucket, at)| (bucket, at)).collect();
        for (bucket, at) in &now {
            if heard.get(bucket) != Some(at)
                && let Some(bucket) = key::parse(bucket)
            {
                self.memory.forget(bucket);
            }
        }
        *heard = now;
        Ok(())
    }

    pub(super) fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets what this process counts and what tells nothing any more.
    pub(crate) fn sweep(&self, now: Timestamp) {
        self.memory.sweep(now);
    }
}

/// Settings win over what was set at run time, and that over what the program states.
fn in_force(
    stated: &BTreeMap<String, Limit>,
    set: Vec<(String, LimitForm)>,
    settings: &BTreeMap<String, LimitForm>,
    resets: &[(String, String, i64)],
) -> InForce {
    let forgotten_at = |name: &str| {
        resets.iter().find(|(limit, bucket, _)| limit == name && bucket.is_empty()).map_or(0, |(.., at)| *at)
    };
    let mut limits = BTreeMap::new();
    let mut put = |limit: Limit, from| {
        let forgotten_at = forgotten_at(&limit.name);
        limits.insert(limit.name.to_string(), Held { limit, from, forgotten_at });
    };
    for limit in stated.values() {
        put(limit.clone(), LimitOrigin::Program);
    }
    for (name, form) in set {
        // What an older program took and this one does not, does not hold.
        if let Ok(limit) = form.parse(&name, stated.get(&name)) {
            put(limit, LimitOrigin::RunTime);
        } else {
            tracing::warn!(limit = name, "what was set for it does not fit any more");
        }
    }
    for (name, form) in settings {
        if let Ok(limit) = form.parse(name, stated.get(name)) {
            put(limit, LimitOrigin::Settings);
        }
    }
    InForce { limits }
}

/// What keeps the limits of settings and extensions from being, a sentence each.
pub(crate) fn faults(rules: &LimitRules, extensions: &[Arc<dyn Extension>]) -> Vec<String> {
    let stated = declared::stated(true, extensions);
    let own: BTreeSet<String> = declared::stated(true, &[]).into_keys().collect();
    let mut names = own;
    let mut faults = Vec::new();
    for limit in extensions.iter().flat_map(|extension| extension.limits()) {
        if !names.insert(limit.name.to_string()) {
            faults.push(format!(
                "limit {:?}: an extension states it, and something else does as well",
                limit.name
            ));
        }
        if let Err(error) = LimitForm::from(&limit).parse(&limit.name, None) {
            faults.push(format!("limit {:?} of an extension: {}", limit.name, said(&error)));
        }
    }
    let base = if rules.defaults { stated } else { declared::stated(false, extensions) };
    for (name, form) in &rules.named {
        if let Err(error) = form.parse(name, base.get(name)) {
            faults.push(format!("limits.{name}: {}", said(&error)));
        }
    }
    faults
}

fn said(error: &vestibule_model::Error) -> String {
    match error {
        vestibule_model::Error::Invalid { fields } => {
            let one =
                |field: &vestibule_model::FieldError| format!("{} ({})", field.field, field.problem.code());
            fields.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        other => other.code().to_owned(),
    }
}

/// Reads the limits anew.
///
/// # Errors
/// When the database cannot be asked; what held goes on holding.
pub(crate) async fn reload(domain: &Domain) -> Result<()> {
    domain.limit_book().look(domain.db()).await
}
