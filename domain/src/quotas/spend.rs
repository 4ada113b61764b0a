//! Spending: what every call of an endpoint with a quota passes. What can be decided from memory is decided at once
//! ([`try_spend`]); for the rest the ledger is asked ([`spend`]). Called by the guard of every route, and by projects that
//! count something else than calls.

use super::book::{Plan, Route, Rule};
use super::decide;
use super::ledger::{self, Want};
use super::spent::{Open, Spent};
use super::till::{Ask, Count, Over, Said, Slot, Subject};
use super::{notices, record, store, windows};
use crate::{Actor, Domain};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tracing::Instrument;
use vestibule_model::limits::Standing;
use vestibule_model::quotas::{By, Mode};
use vestibule_model::{Error, Result, Timestamp};

/// How often the ledger is asked about one call, where others take what it brought. Each time somebody else got further.
const ROUNDS: usize = 200;

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// From where, as far as that is known.
    pub address: Option<IpAddr>,
}

/// A call that was not let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub error: Error,
    /// How the caller stands with the quota that refused.
    pub standing: Option<Standing>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, standing: None }
    }
}

/// Spends what a call of `route` costs, if that can be decided from memory; `None` where the ledger must be asked.
///
/// # Errors
/// [`Error::QuotaExceeded`].
pub fn try_spend(domain: &Domain, route: &Route, caller: Caller<'_>) -> Option<Result<Spent, Refused>> {
    let plan = route.plan(domain);
    let now = domain.now();
    let mut spent = Spent::default();
    for rule in &plan.rules {
        let (slot, ask) = asked(domain, rule, &plan, caller, now);
        match domain.till().try_spend(rule, &slot, ask) {
            Said::Spent(count, low) => {
                spent.note(rule, slot, ask.cost, count, now);
                if low {
                    refill(domain, rule, slot, ask);
                }
            }
            Said::Refused(count, until) => {
                spent.undo(domain, &plan);
                record::refused(domain, &plan, caller, now);
                return Some(Err(exceeded(rule, count, until, now)));
            }
            // A call that must wait has not been spent for: whoever waits for it spends.
            Said::Later(count, _) => {
                spent.note(rule, slot, ask.cost, count, now);
                spent.undo(domain, &plan);
                return None;
            }
            Said::Unknown => {
                spent.undo(domain, &plan);
                return None;
            }
        }
    }
    record::passed(domain, &plan, caller, now, spent.over);
    Some(Ok(spent.of(plan)))
}

/// Spends what a call of `route` costs; from memory, where that can be decided there. Where a quota says so, a call beyond
/// its limit waits here: once it is let through by every quota, and as long as the one says that lets it wait the longest.
///
/// # Errors
/// [`Error::QuotaExceeded`]; [`Error::Unavailable`] when the ledger cannot be asked and nothing is left of what was taken
/// before.
pub async fn spend(domain: &Domain, route: &Route, caller: Caller<'_>) -> Result<Spent, Refused> {
    let plan = route.plan(domain);
    let mut open = Open::new(domain, &plan);
    let mut waits = Vec::new();
    for rule in &plan.rules {
        match one(domain, rule, &plan, caller, &mut open.spent).await {
            Ok(wait) => waits.extend(wait),
            Err(refused) => {
                if matches!(refused.error, Error::QuotaExceeded { .. }) {
                    record::refused(domain, &plan, caller, domain.now());
                }
                return Err(refused);
            }
        }
    }
    if let Some(longest) = waits.iter().map(|(_, delay)| *delay).max() {
        tokio::time::sleep(longest).await;
    }
    drop(waits);
    record::passed(domain, &plan, caller, domain.now(), open.spent.over);
    let spent = open.let_through();
    Ok(spent.of(plan))
}

/// Spends from one quota; how long the call has to wait, if it has.
async fn one<'a>(
    domain: &'a Domain,
    rule: &Arc<Rule>,
    plan: &Plan,
    caller: Caller<'_>,
    spent: &mut Spent,
) -> Result<Option<(Waiting<'a>, Duration)>, Refused> {
    for _ in 0..ROUNDS {
        let now = domain.now();
        let (slot, ask) = asked(domain, rule, plan, caller, now);
        match domain.till().try_spend(rule, &slot, ask) {
            Said::Spent(count, low) => {
                spent.note(rule, slot, ask.cost, count, now);
                if low {
                    refill(domain, rule, slot, ask);
                }
                return Ok(None);
            }
            Said::Later(count, delay) => {
                spent.note(rule, slot, ask.cost, count, now);
                let waiting = Waiting::begin(domain, rule, slot);
                let refused = || exceeded(rule, count, Some(now.after(delay)), now);
                return waiting.map(|waiting| Some((waiting, delay))).ok_or_else(refused);
            }
            Said::Refused(count, until) => return Err(exceeded(rule, count, until, now)),
            Said::Unknown => match top_up(domain, rule, slot, ask).await {
                // It refuses nobody, also while its ledger is away.
                Err(_) if rule.quota.mode == Mode::Shadow => {
                    spent.pass_over(slot, now);
                    return Ok(None);
                }
                asked => asked?,
            },
        }
    }
    Err(Error::Unavailable.into())
}

/// A call that waits beyond the limit. It goes with the request, however that ends.
struct Waiting<'a>(&'a Domain, Slot);

impl<'a> Waiting<'a> {
    /// Nothing where too many do so already.
    fn begin(domain: &'a Domain, rule: &Rule, slot: Slot) -> Option<Self> {
        domain.till().begin_to_wait(&slot, rule.quota.slow.waiting).then_some(Self(domain, slot))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.till().end_to_wait(&self.1);
    }
}

/// Asks the ledger for a block, once for all who want something of the same one.
async fn top_up(domain: &Domain, rule: &Arc<Rule>, slot: Slot, ask: Ask) -> Result<()> {
    /// Units that are waited for, until whoever waits is gone.
    struct Wanted(Arc<super::till::Turn>, u64);
    impl Drop for Wanted {
        fn drop(&mut self) {
            self.0.wanted.fetch_sub(self.1, Ordering::SeqCst);
        }
    }
    let turn = domain.till().turn(rule, slot, ask.now);
    turn.wanted.fetch_add(ask.cost, Ordering::SeqCst);
    let wanted = Wanted(Arc::clone(&turn), ask.cost);
    let asking = Arc::clone(&turn.asking).lock_owned().await;
    // Whoever asked before may have brought enough.
    if domain.till().knows(rule, &slot, ask) {
        return Ok(());
    }
    let need = turn.wanted.load(Ordering::SeqCst);
    let (domain, rule) = (domain.clone(), Arc::clone(rule));
    let asked = async move {
        let done = lease(&domain, &rule, slot, ask, (need, true)).await;
        drop(asking);
        done
    };
    // It goes on where the caller hangs up: what the ledger gave must be kept.
    let done = tokio::spawn(asked.in_current_span()).await;
    drop(wanted);
    done.unwrap_or_else(|cause| {
        tracing::error!(%cause, "asking the ledger of quotas was cut short");
        Err(Error::Unavailable)
    })
}

/// Takes a block from the ledger, as the only one of this server who asks for this slot; `need`: units that are waited for;
/// `refuses`: a call is refused where there are none.
async fn lease(
    domain: &Domain,
    rule: &Arc<Rule>,
    slot: Slot,
    ask: Ask,
    (need, refuses): (u64, bool),
) -> Result<()> {
    let (till, now) = (domain.till(), ask.now);
    let row = ledger::row(rule, slot.subject);
    let over = match till.known_override(&slot, ask) {
        Some(over) => over,
        None => said_for(domain, rule, slot.subject, now).await?,
    };
    let allowance = over.map_or(ask.base, |(allowance, _)| allowance);
    if let Some((former, rest)) = till.take_stale(rule, &slot, allowance, ask) {
        ledger::hand_back(domain, &[(ledger::row(&former, slot.subject), rest)]).await?;
    }
    let want = Want::of(rule, allowance, (ask.cost, need), now);
    let taken = ledger::take(domain, &row, &want).await?;
    let former = till.keep(rule, &slot, (over, allowance, ask.seen), &taken, (ask.cost, now));
    let first = taken.blocked_until.is_none() && taken.in_all > 0;
    if refuses
        && taken.block == 0
        && first
        && rule.quota.mode == Mode::Enforce
        && let Some(until) = notices::block(domain, rule, &row, now).await?
    {
        till.block(&slot, until);
    }
    notices::tell(domain, rule, &row, (allowance, &taken)).await?;
    match former {
        Some((former, rest)) => {
            ledger::hand_back(domain, &[(ledger::row(&former, slot.subject), rest)]).await
        }
        None => Ok(()),
    }
}

/// What was said for somebody alone: for their key, then for them.
async fn said_for(domain: &Domain, rule: &Rule, subject: Subject, now: Timestamp) -> Result<Option<Over>> {
    let (own, person) = match subject {
        Subject::Person(user) => (None, ledger::person(vestibule_model::UserId(user))),
        Subject::Key(_, owner) => {
            (Some(ledger::row(rule, subject).subject), ledger::person(vestibule_model::UserId(owner)))
        }
        Subject::Group(_) | Subject::Address(_) => return Ok(None),
    };
    if let Some(own) = own
        && let Some(allowance) = store::override_of(domain.db(), &rule.quota.name, &own, now).await?
    {
        return Ok(Some(allowance));
    }
    store::override_of(domain.db(), &rule.quota.name, &person, now).await
}

/// Takes a block before the last one is spent, beside the request.
fn refill(domain: &Domain, rule: &Arc<Rule>, slot: Slot, ask: Ask) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return domain.till().refill_failed(&slot);
    };
    let (domain, rule) = (domain.clone(), Arc::clone(rule));
    runtime.spawn(async move {
        let turn = domain.till().turn(&rule, slot, ask.now);
        let _asking = turn.asking.lock().await;
        // Whoever asked meanwhile brought a block.
        if !domain.till().is_refilling(&slot) {
            return;
        }
        // A cause is logged where it arises; whoever finds nothing left asks again.
        if lease(&domain, &rule, slot, ask, (ask.cost, false)).await.is_err() {
            domain.till().refill_failed(&slot);
        }
    });
}

/// Whom `rule` counts a caller as, and what is asked for them.
fn asked(domain: &Domain, rule: &Rule, plan: &Plan, caller: Caller<'_>, now: Timestamp) -> (Slot, Ask) {
    let person = match caller.actor {
        Actor::Person(person) => Some(person),
        Actor::Anonymous | Actor::Operator => None,
    };
    let is_in = |group: &str| person.is_some_and(|person| person.groups.contains(group));
    let subject = match (rule.quota.by, person) {
        (By::Address, _) | (By::Person | By::Key, None) => Subject::Address(caller.address.map(counted)),
        (By::Person, Some(person)) => Subject::Person(person.user.0),
        (By::Key, Some(person)) => match &person.key {
            Some(key) => Subject::Key(key.id.0, person.user.0),
            None => Subject::Person(person.user.0),
        },
        (By::Group, _) => {
            let place = decide::of_groups(&rule.quota, is_in).map(|(place, _)| place);
            Subject::Group(place.and_then(|place| u16::try_from(place).ok()))
        }
    };
    let cost = plan.cost.saturating_mul(u64::from(rule.quota.cost));
    // Those who share an address are in different groups.
    let everybody = rule.quota.groups.is_empty() || matches!(subject, Subject::Address(_));
    let base = if everybody { rule.quota.limit } else { decide::base(&rule.quota, is_in) };
    let slot = Slot { rule: rule.slot, subject };
    (slot, Ask { base, cost, now, seen: domain.quota_book().seen() })
}

/// An address as it is counted: an IPv6 network of 64 bits is one caller's, and IPv4 in IPv6 is IPv4.
pub(super) fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn exceeded(rule: &Rule, count: Count, until: Option<Timestamp>, now: Timestamp) -> Refused {
    rule.decisions().refused.increment(1);
    let error = Error::QuotaExceeded { quota: rule.quota.name.clone().into(), resets_at: until };
    let nothing = Count { left: 0, ..count };
    let standing = standing(rule, nothing, now).map(|standing| Standing {
        more_in_s: until.map_or(0, |until| seconds_up(until.since(now))),
        ..standing
    });
    Refused { error, standing }
}

pub(super) fn standing(rule: &Rule, count: Count, now: Timestamp) -> Option<Standing> {
    let limit = count.limit?;
    let more_in = if count.span.end == windows::FAR { Duration::ZERO } else { count.span.end.since(now) };
    Some(Standing {
        policy: Arc::clone(&rule.name),
        quota: limit,
        window_s: windows::seconds(count.span),
        left: count.left.min(limit),
        more_in_s: seconds_up(more_in),
        shadow: rule.quota.mode == Mode::Shadow,
    })
}

/// Whole seconds, rounded up: whoever waits so long has waited long enough.
fn seconds_up(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
