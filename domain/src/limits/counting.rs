//! A request on its way past its limits: those that can be decided before it is known who asks, then the others. What needs
//! no store is decided at once (`try_…`); where a store must be asked, the waiting sister goes on where that stopped, so
//! that nothing is counted twice. Called by the guard.

use super::book::{Bookmark, Concerning, Policies};
use super::decide::{Gcra, Log, Outcome, Way};
use super::key::{self, Caller};
use super::memory::Bucket;
use super::{redis, store};
use crate::db::Db;
use crate::error::Internal;
use crate::{Domain, redis::Away};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use vestibule_model::limits::{Decision, Mode, OnStoreError, Standing};
use vestibule_model::{Error, Result, Timestamp};

/// Longest wait for others who ask the store about the same bucket.
const PATIENCE: Duration = Duration::from_millis(50);

/// Which limits are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Early,
    Late,
}

/// A request on its way past its limits.
#[derive(Debug)]
pub struct Counting {
    policies: Arc<Policies>,
    /// How many limits of the present stage are behind it.
    early: usize,
    late: usize,
    decision: Decision,
}

impl Counting {
    /// Begins for a request to the endpoint of `bookmark`; `None` where no limit concerns it.
    pub fn begin(domain: &Domain, bookmark: &Bookmark) -> Option<Self> {
        let policies = bookmark.policies(domain.limit_book())?;
        Some(Self { policies, early: 0, late: 0, decision: Decision::default() })
    }

    /// Looks at the limits that can be decided before it is known who asks; `None` where a store must be asked.
    pub fn try_early(&mut self, domain: &Domain, caller: Caller<'_>) -> Option<Result<()>> {
        self.try_stage(domain, Stage::Early, caller)
    }

    /// As [`try_early`](Self::try_early), waiting for stores.
    ///
    /// # Errors
    /// [`Error::RateLimited`]; [`Error::Unavailable`] where a limit says so while its store is away.
    pub async fn early(&mut self, domain: &Domain, caller: Caller<'_>) -> Result<()> {
        self.stage(domain, Stage::Early, caller).await
    }

    /// Looks at the limits that tell people apart; `None` where a store must be asked.
    pub fn try_late(&mut self, domain: &Domain, caller: Caller<'_>) -> Option<Result<()>> {
        self.try_stage(domain, Stage::Late, caller)
    }

    /// As [`try_late`](Self::try_late), waiting for stores.
    ///
    /// # Errors
    /// As [`early`](Self::early).
    pub async fn late(&mut self, domain: &Domain, caller: Caller<'_>) -> Result<()> {
        self.stage(domain, Stage::Late, caller).await
    }

    /// What was decided so far.
    pub fn into_decision(self) -> Decision {
        self.decision
    }

    fn try_stage(&mut self, domain: &Domain, stage: Stage, caller: Caller<'_>) -> Option<Result<()>> {
        let (limits, at, decision) = self.at(stage);
        while let Some(one) = limits.get(*at) {
            let bucket = one.bucket(domain, caller);
            let outcome = at_once(domain, one, bucket)?;
            *at += 1;
            if let Err(refused) = note(decision, domain, one, outcome) {
                return Some(Err(refused));
            }
        }
        Some(Ok(()))
    }

    async fn stage(&mut self, domain: &Domain, stage: Stage, caller: Caller<'_>) -> Result<()> {
        let (limits, at, decision) = self.at(stage);
        while let Some(one) = limits.get(*at) {
            let bucket = one.bucket(domain, caller);
            let outcome = match at_once(domain, one, bucket) {
                Some(outcome) => Some(outcome),
                None => match asked(domain, one, bucket).await {
                    // It refuses nobody, also while its store is away.
                    Err(_) if one.limit.mode == Mode::Shadow => None,
                    asked => asked?,
                },
            };
            *at += 1;
            if let Some(outcome) = outcome {
                note(decision, domain, one, outcome)?;
            }
        }
        Ok(())
    }

    /// The limits of a stage, how many of them are behind it, and what was decided.
    fn at(&mut self, stage: Stage) -> (&[Concerning], &mut usize, &mut Decision) {
        match stage {
            Stage::Early => (&self.policies.early, &mut self.early, &mut self.decision),
            Stage::Late => (&self.policies.late, &mut self.late, &mut self.decision),
        }
    }
}

fn note(decision: &mut Decision, domain: &Domain, one: &Concerning, outcome: Outcome) -> Result<()> {
    let shadow = one.limit.mode == Mode::Shadow;
    if one.limit.is_told() {
        decision.standings.push(Standing {
            policy: Arc::clone(&one.limit.name),
            quota: one.limit.rule.most(),
            window_s: one.limit.rule.per().as_secs(),
            left: outcome.left,
            more_in_s: seconds_up(outcome.more_at.since(domain.now())),
            shadow,
        });
    }
    if outcome.allowed {
        one.decisions.allowed.increment(1);
        return Ok(());
    }
    if shadow {
        one.decisions.shadow.increment(1);
        tracing::info!(limit = %one.limit.name, "would have refused a call");
        return Ok(());
    }
    one.decisions.refused.increment(1);
    let policy = Cow::Owned(one.limit.name.to_string());
    Err(Error::RateLimited { policy, retry_at: outcome.more_at })
}

impl Concerning {
    fn bucket(&self, domain: &Domain, caller: Caller<'_>) -> Bucket {
        key::bucket(&domain.limit_book().key, &self.id, &self.limit.by, caller)
    }
}

/// Whole seconds, rounded up: whoever waits so long has waited enough.
fn seconds_up(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

/// Where counts of a kind are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Memory,
    Database,
    Redis,
}

impl Place {
    /// Redis where the settings name one; else a database that servers share. One server with a file counts steady limits
    /// by itself, while strict ones outlive it.
    pub(super) fn of(domain: &Domain, way: &Way) -> Self {
        match (domain.redis(), domain.db(), way) {
            (Some(_), ..) => Self::Redis,
            (None, Db::Sqlite { .. }, Way::Steady(_)) => Self::Memory,
            (None, ..) => Self::Database,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Database => "database",
            Self::Redis => "redis",
        }
    }
}

fn at_once(domain: &Domain, one: &Concerning, bucket: Bucket) -> Option<Outcome> {
    let (memory, now) = (&domain.limit_book().memory, domain.now());
    let gcra = match &one.way {
        Way::Steady(gcra) => gcra,
        Way::Strict(log) => return memory.refuses(bucket, log, now),
    };
    let draw = match Place::of(domain, &one.way) {
        Place::Memory => memory.take(bucket, gcra, now),
        // One alone is drawn at a time: nothing is kept.
        Place::Database | Place::Redis if gcra.batch < 2 => return None,
        Place::Database | Place::Redis => memory.drawn_before(bucket, now)?,
    };
    Some(gcra.outcome(draw, now))
}

/// Asks the store; `None` where everybody passes because it is away.
async fn asked(domain: &Domain, one: &Concerning, bucket: Bucket) -> Result<Option<Outcome>> {
    match &one.way {
        Way::Steady(gcra) => steady(domain, one, gcra, bucket).await,
        Way::Strict(log) => strict(domain, one, log, bucket).await.map(Some),
    }
}

async fn steady(domain: &Domain, one: &Concerning, gcra: &Gcra, bucket: Bucket) -> Result<Option<Outcome>> {
    let memory = &domain.limit_book().memory;
    // Whoever waited too long for the others, because the store is slow, asks for themselves.
    let turn = if gcra.batch > 1 { timeout(PATIENCE, memory.turn(bucket).lock()).await.ok() } else { None };
    let want = if turn.is_some() { gcra.batch } else { 1 };
    let now = domain.now();
    // Somebody may have drawn meanwhile.
    if let Some(draw) = memory.drawn_before(bucket, now) {
        return Ok(Some(gcra.outcome(draw, now)));
    }
    let drawn = match domain.redis() {
        Some(server) => redis::draw(server, bucket, gcra, want, now).await,
        None => draw_by_sql(domain, bucket, gcra, want, now).await.map_err(|_| Away),
    };
    match (drawn, one.limit.on_store_error) {
        (Ok(draw), _) => {
            memory.keep(bucket, draw, now);
            Ok(Some(gcra.outcome(draw, now)))
        }
        (Err(Away), OnStoreError::Allow) => Ok(None),
        (Err(Away), OnStoreError::Deny) => Err(Error::Unavailable),
        (Err(Away), OnStoreError::Local) => Ok(Some(gcra.outcome(memory.take(bucket, gcra, now), now))),
    }
}

/// Draws from a bucket of the database.
pub(super) async fn draw_by_sql(
    domain: &Domain,
    bucket: Bucket,
    gcra: &Gcra,
    want: i64,
    now: Timestamp,
) -> Result<super::decide::Draw> {
    let drawn = match domain.db() {
        Db::Postgres(_) => store::draw(domain.db(), bucket, gcra, want, now).await?,
        Db::Sqlite { .. } => {
            let mut tx = domain.begin_light().await?;
            let drawn = store::draw(&mut tx, bucket, gcra, want, now).await?;
            tx.commit().await.internal()?;
            drawn
        }
    };
    if let Some(draw) = drawn {
        return Ok(draw);
    }
    // It refused: the decision is made once more for what it tells.
    let moment = store::moment(domain.db(), bucket).await?;
    if let Some(tat) = moment.filter(|tat| *tat > gcra.latest(now)) {
        store::bring_back(domain.db(), bucket, tat, gcra.latest(now)).await?;
    }
    let told = gcra.draw(moment, 1, now);
    Ok(super::decide::Draw { tat: told.tat - told.drawn * gcra.interval, drawn: 0 })
}

/// As [`counted`], keeping refusals.
async fn strict(domain: &Domain, one: &Concerning, log: &Log, bucket: Bucket) -> Result<Outcome> {
    let memory = &domain.limit_book().memory;
    let forgotten = memory.forgotten();
    let outcome = counted(domain, one, log, bucket).await?;
    memory.keep_refusal(bucket, (log, forgotten), outcome, domain.now());
    Ok(outcome)
}

/// What guards secrets never opens: without Redis it counts in the database, and without that nobody is let in.
async fn counted(domain: &Domain, one: &Concerning, log: &Log, bucket: Bucket) -> Result<Outcome> {
    let now = domain.now();
    if let Some(server) = domain.redis() {
        match redis::count(server, bucket, log, now).await {
            Ok(outcome) => return Ok(outcome),
            Err(Away) if one.limit.on_store_error == OnStoreError::Deny => return Err(Error::Unavailable),
            Err(Away) => {}
        }
    }
    count_by_sql(domain, bucket, log, now).await
}

/// Counts in a log of the database.
pub(super) async fn count_by_sql(
    domain: &Domain,
    bucket: Bucket,
    log: &Log,
    now: Timestamp,
) -> Result<Outcome> {
    let mut tx = domain.begin_light().await?;
    let outcome = store::count(&mut tx, bucket, log, now).await?;
    tx.commit().await.internal()?;
    Ok(outcome)
}
