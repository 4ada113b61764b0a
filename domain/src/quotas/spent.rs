//! What a call spent, and how it goes back: where the call was not let through after all, where it cost less than was
//! thought, and what is left of blocks whose callers are silent. Called by [`super::spend()`], by handlers that know late what
//! they cost, and by `jobs.rs`. Nothing is spent here.

use super::book::{Plan, Rule};
use super::spend::standing;
use super::till::{Count, IDLE, Rest, Slot};
use super::{ledger, record};
use crate::Domain;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use vestibule_model::limits::Standing;
use vestibule_model::{Result, Timestamp};

/// What a call spent.
#[derive(Debug, Default)]
pub struct Spent {
    /// How the caller stands with each quota that has a limit.
    pub standings: Vec<Standing>,
    /// The quotas, of which each has its part; nothing while it is being spent.
    plan: Option<Arc<Plan>>,
    parts: Vec<Part>,
    /// Whether a quota that refuses nobody would have refused it.
    pub(super) over: bool,
}

/// What was spent from one quota.
#[derive(Debug)]
struct Part {
    slot: Slot,
    start: Timestamp,
    /// What is still taken for the call: less, once a part of it was given back.
    cost: AtomicU64,
    /// Whether a quota that refuses nobody would have refused it.
    over: bool,
}

/// What a call spends until it is let through: all of it goes back where it is refused, and where the caller hangs up.
pub(super) struct Open<'a> {
    domain: &'a Domain,
    plan: &'a Plan,
    pub(super) spent: Spent,
}

impl<'a> Open<'a> {
    pub(super) fn new(domain: &'a Domain, plan: &'a Plan) -> Self {
        Self { domain, plan, spent: Spent::default() }
    }

    /// From here on it is spent.
    pub(super) fn let_through(mut self) -> Spent {
        std::mem::take(&mut self.spent)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.spent.undo(self.domain, self.plan);
    }
}

impl Spent {
    /// As it is given to a handler, with the quotas it was spent from.
    pub(super) fn of(self, plan: Arc<Plan>) -> Self {
        for (rule, part) in plan.rules.iter().zip(&self.parts) {
            let decisions = rule.decisions();
            if part.over { &decisions.shadow } else { &decisions.allowed }.increment(1);
        }
        Self { plan: Some(plan), ..self }
    }

    /// Notes what was spent from the next of the quotas.
    pub(super) fn note(&mut self, rule: &Rule, slot: Slot, cost: u64, count: Count, now: Timestamp) {
        self.parts.push(Part { slot, start: count.span.start, cost: AtomicU64::new(cost), over: count.over });
        self.over |= count.over;
        self.standings.extend(standing(rule, count, now));
    }

    /// Notes that nothing could be spent from the next of the quotas, which lets calls pass all the same.
    pub(super) fn pass_over(&mut self, slot: Slot, now: Timestamp) {
        self.parts.push(Part { slot, start: now, cost: AtomicU64::new(0), over: false });
    }

    /// Gives all of it back: the call was not let through.
    pub(super) fn undo(&self, domain: &Domain, plan: &Plan) {
        for (rule, part) in plan.rules.iter().zip(&self.parts) {
            part.shrink(domain, rule, 0);
        }
    }
}

impl Part {
    /// Gives back what is still taken beyond `cost`.
    fn shrink(&self, domain: &Domain, rule: &Arc<Rule>, cost: u64) {
        let less = |held: u64| (held > cost).then_some(cost);
        let Ok(held) = self.cost.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) else { return };
        let rest = Rest { slot: self.slot, start: self.start, units: held - cost };
        if domain.till().put_back(rule, &rest) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (domain, row) = (domain.clone(), ledger::row(rule, self.slot.subject));
        runtime.spawn(async move {
            // A cause is logged where it arises; what does not come back counts as spent until the window ends.
            let _ = ledger::hand_back(&domain, &[(row, rest)]).await;
        });
    }
}

/// Says what a call really cost where that was known late: `units` in place of what was reserved for it. What is over goes
/// back, unless the window is over; more than was reserved is not taken. Said again, the least that was said holds.
pub fn settle(domain: &Domain, spent: &Spent, units: u64) {
    let rules = spent.plan.iter().flat_map(|plan| plan.rules.iter());
    for (rule, part) in rules.zip(&spent.parts) {
        part.shrink(domain, rule, units.saturating_mul(u64::from(rule.quota.cost)));
    }
}

/// Hands back what is left of the blocks of those who did not call for two seconds; how many there were.
///
/// # Errors
/// When the ledger cannot be asked; what was being handed back counts as spent until its window ends, the rest is kept.
pub async fn hand_back_idle(domain: &Domain) -> Result<usize> {
    let now = domain.now();
    hand_back(domain, now.before(IDLE), now).await
}

/// Hands back what is left of every block. Called when the server stops.
///
/// # Errors
/// As [`hand_back_idle`].
pub async fn hand_back_all(domain: &Domain) -> Result<usize> {
    hand_back(domain, Timestamp(i64::MAX), domain.now()).await
}

async fn hand_back(domain: &Domain, before: Timestamp, now: Timestamp) -> Result<usize> {
    let taken = domain.till().take_idle(before, now);
    let named = |(rule, rest): (Arc<Rule>, Rest)| (ledger::row(&rule, rest.slot.subject), rule, rest);
    let mut rests: Vec<_> = taken.into_iter().map(named).collect();
    // Every server in one order, so that none waits for another that waits for it.
    rests.sort_unstable_by(|(one, ..), (other, ..)| {
        (&one.quota, &one.subject).cmp(&(&other.quota, &other.subject))
    });
    for (done, some) in rests.chunks(record::AT_ONCE).enumerate() {
        let rows: Vec<_> = some.iter().map(|(row, _, rest)| (row.clone(), *rest)).collect();
        if let Err(error) = ledger::hand_back(domain, &rows).await {
            for (_, rule, rest) in rests.iter().skip((done + 1) * record::AT_ONCE) {
                domain.till().put_back(rule, rest);
            }
            return Err(error);
        }
    }
    Ok(rests.len())
}
