//! What a proposed quota would have done: recorded usage is replayed against it, hour by hour. Calls that other quotas
//! refused then are counted as calls that were made. Nothing is changed by it.

use super::book::Rule;
use super::record::HOUR;
use super::{decide, ledger, manage, store, windows};
use crate::calendar::Zone;
use crate::{Allowed, Domain, accounts, groups};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;
use vestibule_model::groups::ManageQuotas;
use vestibule_model::quotas::{Allowance, By, Quota, QuotaForm, QuotaFrom, Simulated, SimulatedPerson};
use vestibule_model::{Error, Problem, Result, Timestamp, UserId};

/// Most who are named.
const MOST: usize = 100;

/// Rows that are read at once.
const AT_ONCE: i64 = 5_000;

/// Most days that are looked back at: as long as usage is kept.
const MOST_DAYS: u32 = 35;

/// Replays the last `days` against the quota that `form` describes; one that exists is taken as it is, with what the form
/// says of it.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn simulate(
    domain: &Domain,
    _by: &Allowed<ManageQuotas>,
    form: QuotaForm,
    days: u32,
) -> Result<Simulated> {
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Error::invalid("days", Problem::NotOffered));
    }
    let known = form.name.as_ref().and_then(|name| domain.quota_book().in_force().get(name).cloned());
    let quota = match known {
        Some(rule) => form.change(&rule.quota)?,
        None => form.parse()?,
    };
    let mut tx = domain.begin().await?;
    manage::check(domain, &mut tx, &quota).await?;
    drop(tx);
    super::record::flush(domain).await?;
    let until = domain.now();
    let since = Timestamp(until.0.saturating_sub(i64::from(days) * 24 * HOUR));
    let said = store::overrides(domain.db(), &quota.name, until).await?.into_iter().collect();
    let mut replay = Replay::of(domain, quota, said).await?;
    replay.read(domain, (since.0.div_euclid(HOUR), until.0.div_euclid(HOUR) + 1)).await?;
    replay.told(domain, since, until).await
}

struct Replay {
    rule: Rule,
    said: HashMap<String, Allowance>,
    /// The members of the groups that the quota names.
    members: BTreeMap<String, BTreeSet<UserId>>,
    counted: BTreeMap<String, Counted>,
}

/// What somebody did under the proposed quota.
#[derive(Default)]
struct Counted {
    user: Option<UserId>,
    hours: BTreeMap<i64, u64>,
}

/// What the quota would have done to somebody.
#[derive(Default)]
struct Outcome {
    calls: u64,
    refused: u64,
    most: u64,
    first: Option<i64>,
}

impl Replay {
    async fn of(domain: &Domain, quota: Quota, said: HashMap<String, Allowance>) -> Result<Self> {
        let mut members = BTreeMap::new();
        let mut tx = domain.begin().await?;
        for group in quota.groups.keys() {
            members.insert(group.clone(), groups::members_of(&mut tx, group).await?.into_iter().collect());
        }
        drop(tx);
        let zone = Zone::named(Some(&quota.zone));
        let rule = Rule {
            slot: 0,
            name: quota.name.as_str().into(),
            ledger: String::new(),
            version: 0,
            zone,
            from: QuotaFrom::RunTime,
            decisions: OnceLock::new(),
            quota,
        };
        Ok(Self { rule, said, members, counted: BTreeMap::new() })
    }

    async fn read(&mut self, domain: &Domain, hours: (i64, i64)) -> Result<()> {
        let mut after = (String::new(), i64::MIN, String::new());
        loop {
            let rows = store::usage::page(domain.db(), hours, (&after.0, after.1, &after.2), AT_ONCE).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = (last.who.clone(), last.hour, last.tags.clone());
            for row in rows {
                self.count(&row);
            }
        }
    }

    fn count(&mut self, row: &store::usage::OfOwner) {
        if !row.tags.split(' ').any(|tag| tag == self.rule.quota.tag) {
            return;
        }
        let Some(who) = self.counted_as(row) else { return };
        let calls = u64::try_from(row.calls.saturating_add(row.refused)).unwrap_or_default();
        let counted = self.counted.entry(who).or_default();
        counted.user = row.user_id.filter(|_| self.rule.quota.by != By::Group);
        *counted.hours.entry(row.hour).or_default() += calls * u64::from(self.rule.quota.cost);
    }

    /// As the ledger would call whoever made these calls; nothing where their address is not known any more.
    fn counted_as(&self, row: &store::usage::OfOwner) -> Option<String> {
        match (self.rule.quota.by, row.user_id) {
            (By::Person, Some(user)) => Some(ledger::person(user)),
            (By::Key, _) | (By::Person | By::Address, None) => Some(row.who.clone()),
            (By::Group, user) => {
                Some(self.group_of(user).map_or_else(|| "group:".into(), |name| format!("group:{name}")))
            }
            (By::Address, Some(_)) => None,
        }
    }

    fn is_in(&self, user: Option<UserId>, group: &str) -> bool {
        user.is_some_and(|user| self.members.get(group).is_some_and(|members| members.contains(&user)))
    }

    fn group_of(&self, user: Option<UserId>) -> Option<String> {
        let (place, _) = decide::of_groups(&self.rule.quota, |group| self.is_in(user, group))?;
        self.rule.quota.groups.keys().nth(place).cloned()
    }

    fn allowance(&self, who: &str, user: Option<UserId>) -> Allowance {
        if let Some(group) = who.strip_prefix("group:") {
            return self.rule.quota.groups.get(group).copied().unwrap_or(self.rule.quota.limit);
        }
        let key = self.said.get(who).copied();
        let person = user.and_then(|user| self.said.get(&ledger::person(user)).copied());
        decide::allowance(&self.rule.quota, |group| self.is_in(user, group), key, person).0
    }

    fn outcome(&self, counted: &Counted, allowance: Allowance) -> Outcome {
        let ceiling = allowance.units().map(|limit| self.rule.quota.ceiling(limit));
        let cost = u64::from(self.rule.quota.cost).max(1);
        let (mut outcome, mut end, mut spent) = (Outcome::default(), Timestamp(i64::MIN), 0_u64);
        for (hour, units) in &counted.hours {
            let at = Timestamp(hour * HOUR);
            if at >= end {
                end = windows::opening(&self.rule.quota, &self.rule.zone, at).end;
                spent = 0;
            }
            let room = ceiling.map_or(*units, |ceiling| ceiling.saturating_sub(spent));
            let refused = (units.saturating_sub(room)).div_ceil(cost);
            spent += units - (refused * cost).min(*units);
            outcome.calls += units / cost;
            outcome.refused += refused;
            outcome.most = outcome.most.max(spent);
            if refused > 0 {
                outcome.first.get_or_insert(*hour);
            }
        }
        outcome
    }

    async fn told(self, domain: &Domain, since: Timestamp, until: Timestamp) -> Result<Simulated> {
        let mut told = Simulated { since, until, callers: 0, calls: 0, refused: 0, who: Vec::new() };
        let mut refused = Vec::new();
        for (who, counted) in &self.counted {
            let limit = self.allowance(who, counted.user);
            let outcome = self.outcome(counted, limit);
            told.callers += 1;
            told.calls += outcome.calls;
            told.refused += outcome.refused;
            if let Some(first) = outcome.first {
                refused.push((who, counted.user, limit, outcome, first));
            }
        }
        refused.sort_by(|one, other| (other.3.refused, &one.0).cmp(&(one.3.refused, &other.0)));
        for (who, user, limit, outcome, first) in refused.into_iter().take(MOST) {
            told.who.push(SimulatedPerson {
                who: name(domain, who, user).await?,
                user,
                limit,
                calls: outcome.calls,
                refused: outcome.refused,
                most: outcome.most,
                first_refused_at: Timestamp(first * HOUR),
            });
        }
        Ok(told)
    }
}

/// As administrators know somebody.
async fn name(domain: &Domain, who: &str, user: Option<UserId>) -> Result<String> {
    let Some(user) = user else { return Ok(who.to_owned()) };
    let account = accounts::by_id(domain.db(), user).await?;
    let email = account.map_or_else(|| user.to_string(), |account| account.email.as_str().to_owned());
    Ok(if who.starts_with("key:") { format!("{who} of {email}") } else { email })
}
