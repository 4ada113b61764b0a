//! What somebody used and what they may still spend, and which rule decides for an endpoint. Nothing here counts.

use super::book::Rule;
use super::decide;
use super::record::HOUR;
use super::till::{Slot, Subject};
use super::{ledger, store, windows};
use crate::accounts::{self, Which};
use crate::{Allowed, Domain, Person, groups, keys};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vestibule_model::groups::{ManageQuotas, ViewAccounts};
use vestibule_model::quotas::{
    Allowance, By, Decides, Mode, OverrideView, QuotaUse, UsageDay, UsageOfKey, UsageOfTag, UsageView,
};
use vestibule_model::{Error, KeyId, Result, Timestamp, UserId};

/// Days that are shown.
const DAYS: i64 = 30;

/// Hours of a day.
const DAY: i64 = 24;

/// What the person who asks used.
///
/// # Errors
/// None but those of the database.
pub async fn own_usage(domain: &Domain, person: &Person) -> Result<UsageView> {
    usage(domain, person.user, &person.groups).await
}

/// What somebody used, for administrators and operators.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn usage_of(domain: &Domain, _by: &Allowed<ManageQuotas>, user: UserId) -> Result<UsageView> {
    accounts::by_id(domain.db(), user).await?.ok_or(Error::NotFound)?;
    let rights = groups::rights(domain.db(), user).await?;
    usage(domain, user, &rights.groups).await
}

async fn usage(domain: &Domain, user: UserId, groups: &BTreeSet<String>) -> Result<UsageView> {
    let today = domain.now().0.div_euclid(HOUR * DAY);
    let since = (today - (DAYS - 1)) * DAY;
    let hours = store::usage::of_person(domain.db(), user, since).await?;
    let mut days: BTreeMap<i64, (u64, u64)> = (today - (DAYS - 1)..=today).map(|day| (day, (0, 0))).collect();
    let mut by_key: BTreeMap<Option<KeyId>, (u64, u64)> = BTreeMap::new();
    let mut by_tag: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for hour in hours {
        let calls = (count(hour.calls), count(hour.refused) + count(hour.beyond));
        add(days.entry(hour.hour.div_euclid(DAY)).or_default(), calls);
        let key = hour.who.strip_prefix("key:").and_then(|id| id.parse().ok());
        add(by_key.entry(key).or_default(), calls);
        // The first tag is that of the area.
        let tag = hour.tags.split(' ').next().unwrap_or_default();
        add(by_tag.entry(tag.to_owned()).or_default(), calls);
    }
    let names = keys::names_of(domain, user).await?;
    let day = |(day, (calls, refused)): (i64, (u64, u64))| {
        let text = Timestamp(day * DAY * HOUR).to_string();
        UsageDay { day: text.chars().take(10).collect(), calls, refused }
    };
    let of_key = |(key, (calls, refused)): (Option<KeyId>, (u64, u64))| {
        let name = key.and_then(|key| names.get(&key).cloned());
        UsageOfKey { key, name, calls, refused }
    };
    Ok(UsageView {
        quotas: standing(domain, user, groups).await?,
        days: days.into_iter().map(day).collect(),
        keys: by_key.into_iter().map(of_key).collect(),
        tags: by_tag.into_iter().map(|(tag, (calls, refused))| UsageOfTag { tag, calls, refused }).collect(),
    })
}

fn count(kept: i64) -> u64 {
    u64::try_from(kept).unwrap_or_default()
}

fn add(sum: &mut (u64, u64), calls: (u64, u64)) {
    sum.0 += calls.0;
    sum.1 += calls.1;
}

/// How somebody stands with every quota that counts people, keys or groups.
async fn standing(domain: &Domain, user: UserId, groups: &BTreeSet<String>) -> Result<Vec<QuotaUse>> {
    let rules = domain.quota_book().in_force();
    let mut kept = ledger::of_person(domain, &rules, user, groups).await?;
    let overrides = store::overrides_of(domain.db(), user).await?;
    let mut all = Vec::new();
    for rule in rules.values().filter(|rule| rule.quota.mode != Mode::Off && rule.quota.by != By::Address) {
        let own = own_subject(rule, user, groups);
        all.push(one(domain, rule, own, groups, &overrides, &kept));
        if rule.quota.by != By::Key {
            continue;
        }
        kept.retain(|row| row.quota != rule.ledger || row.subject != ledger::person(user));
        let keys = kept.iter().filter(|row| row.quota == rule.ledger);
        let ids = keys.filter_map(|row| row.subject.strip_prefix("key:")?.parse::<KeyId>().ok());
        for key in ids {
            all.push(one(domain, rule, Subject::Key(key.0, user.0), groups, &overrides, &kept));
        }
    }
    Ok(all)
}

fn own_subject(rule: &Rule, user: UserId, groups: &BTreeSet<String>) -> Subject {
    if rule.quota.by != By::Group {
        return Subject::Person(user.0);
    }
    let place = decide::of_groups(&rule.quota, |name| groups.contains(name)).map(|(place, _)| place);
    Subject::Group(place.and_then(|place| u16::try_from(place).ok()))
}

fn one(
    domain: &Domain,
    rule: &Rule,
    subject: Subject,
    groups: &BTreeSet<String>,
    overrides: &[OverrideView],
    kept: &[store::ledger::Kept],
) -> QuotaUse {
    let now = domain.now();
    let key = match subject {
        Subject::Key(key, _) => Some(KeyId(key)),
        _ => None,
    };
    let said = |key: Option<KeyId>| -> Option<Allowance> {
        let holds = |one: &&OverrideView| {
            one.quota == rule.quota.name && one.key == key && one.expires_at.is_none_or(|end| now < end)
        };
        overrides.iter().find(holds).map(|one| one.limit)
    };
    let personal = !matches!(subject, Subject::Group(_));
    let (of_key, of_person) = (key.and_then(|key| said(Some(key))), said(None).filter(|_| personal));
    let (limit, decided) = decide::allowance(&rule.quota, |name| groups.contains(name), of_key, of_person);
    let row = ledger::row(rule, subject);
    let mine = kept.iter().find(|one| one.quota == row.quota && one.subject == row.subject);
    let runs = mine.filter(|one| one.ends_at > now);
    let left_here =
        runs.map_or(0, |one| domain.till().left(rule, &Slot { rule: rule.slot, subject }, one.window_start));
    QuotaUse {
        quota: rule.quota.name.clone(),
        tag: rule.quota.tag.clone(),
        by: rule.quota.by,
        per: rule.quota.per,
        mode: rule.quota.mode,
        limit,
        decided,
        granted: runs.map_or(0, |one| count(one.granted)),
        used: runs.map_or(0, |one| count(one.taken)).saturating_sub(left_here),
        resets_at: resets_at(rule, runs.map(|one| one.ends_at), now),
        blocked_until: mine.and_then(|one| one.blocked_until).filter(|until| now < *until),
        key,
    }
}

/// When a window that runs ends; of the calendar's, one always runs.
fn resets_at(rule: &Rule, ends: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let opening = windows::opening(&rule.quota, &rule.zone, now);
    let calendar = (rule.quota.window == vestibule_model::quotas::Window::Calendar).then_some(opening.end);
    ends.or(calendar).filter(|end| *end != windows::FAR)
}

/// The rule that decides when a person calls `method` at `path`. Quotas that count addresses are not among them: from which
/// one the person would call is not known.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person, and for an address that nothing answers.
pub async fn decides(
    domain: &Domain,
    by: &Allowed<ManageQuotas>,
    user: UserId,
    (method, path): (&str, &str),
) -> Result<Decides> {
    let catalog = domain.endpoints();
    let endpoint = catalog.find(method, path).ok_or(Error::NotFound)?;
    let view = by.by().allow::<ViewAccounts>()?;
    accounts::show(domain, &view, &Which::Id(user)).await?;
    let rights = groups::rights(domain.db(), user).await?;
    let rules = domain.quota_book().in_force();
    let kept = ledger::of_person(domain, &rules, user, &rights.groups).await?;
    let overrides = store::overrides_of(domain.db(), user).await?;
    let free = endpoint.policy.cost == 0;
    let counts = |rule: &&Arc<Rule>| {
        !free
            && !matches!(rule.quota.mode, Mode::Off)
            && rule.quota.by != By::Address
            && endpoint.counted_tags().any(|tag| tag == rule.quota.tag)
    };
    let stand = |rule: &Arc<Rule>| {
        let own = own_subject(rule, user, &rights.groups);
        let stands = one(domain, rule, own, &rights.groups, &overrides, &kept);
        let cost = u64::from(endpoint.policy.cost) * u64::from(rule.quota.cost);
        let spent = stands.limit.units().is_some_and(|limit| {
            stands.used + cost > rule.quota.ceiling(limit).saturating_add(stands.granted)
        });
        let refuses = rule.quota.mode == Mode::Enforce && (spent || stands.blocked_until.is_some());
        (stands, refuses)
    };
    let stands: Vec<(QuotaUse, bool)> = rules.values().filter(counts).map(stand).collect();
    Ok(Decides {
        method: endpoint.method.clone(),
        path: endpoint.path.clone(),
        tags: endpoint.counted_tags().map(str::to_owned).collect(),
        free,
        refused_by: stands.iter().find(|(_, refuses)| *refuses).map(|(stands, _)| stands.quota.clone()),
        quotas: stands.into_iter().map(|(stands, _)| stands).collect(),
    })
}

/// What is kept of somebody's usage, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let groups = groups::rights(domain.db(), user).await?.groups;
    let usage = usage(domain, user, &groups).await?;
    let hours = store::usage::of_person(domain.db(), user, i64::MIN).await?;
    let hours: Vec<_> = hours
        .iter()
        .map(|hour| {
            serde_json::json!({
                "hour": Timestamp(hour.hour * HOUR), "who": hour.who, "tags": hour.tags,
                "calls": hour.calls, "beyond": hour.beyond, "refused": hour.refused,
            })
        })
        .collect();
    // Who said so is somebody else's; why is about the person.
    let overrides: Vec<_> = store::overrides_of(domain.db(), user)
        .await?
        .into_iter()
        .map(|one| OverrideView { author: None, ..one })
        .collect();
    Ok(serde_json::json!({ "quotas": usage.quotas, "hours": hours, "overrides": overrides }))
}
