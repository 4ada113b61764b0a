//! Quotas, overrides and grants as they are sent, and the rules for reading them.

use super::slow::SlowForm;
use super::{Allowance, AtLimit, By, Mode, Per, Quota, Window};
use crate::error::Problems;
use crate::{Error, Problem, Result, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most characters of the reason of an override, a grant or a reset.
pub const LONGEST_REASON: usize = 500;

/// Most characters of a tag.
const LONGEST_TAG: usize = 64;

/// Most groups that a quota names.
const MOST_GROUPS: usize = 100;

fn read_tag(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::Required);
    }
    if text.len() > LONGEST_TAG {
        return Err(Problem::TooLong { max: 64 });
    }
    let fits = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_:".contains(&b));
    if fits { Ok(text.to_owned()) } else { Err(Problem::Malformed) }
}

/// Whether `name` can be a quota's: as a group's.
///
/// # Errors
/// The problem with it.
pub fn quota_name(name: &str) -> Result<(), Problem> {
    crate::groups::group_name(name)
}

/// A quota as it is sent and told. What is left out is as most quotas are; on a change, as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QuotaForm {
    /// What it is called: 1 to 32 small letters, digits and single hyphens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The tag whose endpoints spend from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// `person`, `key`, `group` or `address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// `hour`, `day`, `week`, `month` or `ever`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// `calendar` or `first_use`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The time zone of calendar windows, by its IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// A number of units, or `unlimited`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Allowance>,
    /// A number of units, or `unlimited`, for members of each of these groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<BTreeMap<String, Allowance>>,
    /// Units that a call costs, 1 to 1000000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<u32>,
    /// `refuse` or `slow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_limit: Option<String>,
    /// How calls beyond the limit wait, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow: Option<SlowForm>,
    /// Seconds for which everything is refused, once a call was; 0 for none. At most a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_for_s: Option<u32>,
    /// `off`, `shadow` or `enforce`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Whether the person is told by mail at 80 and at 100 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<bool>,
}

impl QuotaForm {
    /// The quota that is meant.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that does not fit.
    pub fn parse(self) -> Result<Quota> {
        let mut problems = Problems::default();
        let named = |name: Option<&str>| name.ok_or(Problem::Required).and_then(quota_name);
        problems.take("name", named(self.name.as_deref()));
        problems.take("tag", read_tag(self.tag.as_deref().unwrap_or_default()).map(drop));
        if self.limit.is_none() {
            problems.add("limit", Problem::Required);
        }
        let base = Quota::daily(
            self.name.as_deref().unwrap_or_default(),
            self.tag.as_deref().unwrap_or_default().trim(),
            0,
        );
        let quota = self.over(base, &mut problems);
        problems.check()?;
        Ok(quota)
    }

    /// `quota` with what this form says of it. Its name is not changed.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that does not fit; of `name` ([`Problem::ReadOnly`]) for another name.
    pub fn change(self, quota: &Quota) -> Result<Quota> {
        let mut problems = Problems::default();
        if self.name.as_ref().is_some_and(|name| *name != quota.name) {
            problems.add("name", Problem::ReadOnly);
        }
        let changed = self.over(quota.clone(), &mut problems);
        problems.check()?;
        Ok(changed)
    }

    fn over(self, mut quota: Quota, problems: &mut Problems) -> Quota {
        if let Some(tag) = self.tag.and_then(|tag| problems.take("tag", read_tag(&tag))) {
            quota.tag = tag;
        }
        choose(&mut quota.by, self.by, By::named, "by", problems);
        choose(&mut quota.per, self.per, Per::named, "per", problems);
        choose(&mut quota.window, self.window, Window::named, "window", problems);
        choose(&mut quota.at_limit, self.at_limit, AtLimit::named, "at_limit", problems);
        choose(&mut quota.mode, self.mode, Mode::named, "mode", problems);
        if let Some(zone) = self.zone.and_then(|zone| problems.take("zone", read_zone(&zone))) {
            quota.zone = zone;
        }
        quota.limit = self.limit.unwrap_or(quota.limit);
        if let Some(groups) = self.groups.and_then(|groups| problems.take("groups", check_groups(groups))) {
            quota.groups = groups;
        }
        if let Some(cost) = self.cost.and_then(|cost| problems.take("cost", between(cost, 1, 1_000_000))) {
            quota.cost = cost;
        }
        if let Some(slow) = self.slow.and_then(|slow| problems.take("slow", slow.over(quota.slow))) {
            quota.slow = slow;
        }
        if let Some(seconds) =
            self.block_for_s.and_then(|seconds| problems.take("block_for_s", between(seconds, 0, 31_536_000)))
        {
            quota.block_for_s = (seconds > 0).then_some(seconds);
        }
        quota.notify = self.notify.unwrap_or(quota.notify);
        check_address(&quota, problems);
        quota
    }
}

fn choose<T>(
    kept: &mut T,
    said: Option<String>,
    named: impl Fn(&str) -> Option<T>,
    field: &'static str,
    problems: &mut Problems,
) {
    if let Some(said) = said {
        match named(said.trim()) {
            Some(chosen) => *kept = chosen,
            None => problems.add(field, Problem::NotOffered),
        }
    }
}

pub(super) fn between(number: u32, least: u32, most: u32) -> Result<u32, Problem> {
    if (least..=most).contains(&number) { Ok(number) } else { Err(Problem::NotOffered) }
}

/// Whether there is such a zone is known by the domain alone.
fn read_zone(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"/_+-".contains(&b);
    match text.len() {
        0 => Ok("UTC".to_owned()),
        1..=64 if text.bytes().all(fits) => Ok(text.to_owned()),
        _ => Err(Problem::NotOffered),
    }
}

/// A caller's groups say nothing of an address, which strangers call from as well; and windows of addresses must end, as
/// nothing else ends for them.
fn check_address(quota: &Quota, problems: &mut Problems) {
    if quota.by == By::Address && !quota.groups.is_empty() {
        problems.add("groups", Problem::NotOffered);
    }
    if quota.by == By::Address && quota.per == Per::Ever {
        problems.add("per", Problem::NotOffered);
    }
}

fn check_groups(groups: BTreeMap<String, Allowance>) -> Result<BTreeMap<String, Allowance>, Problem> {
    if groups.len() > MOST_GROUPS {
        return Err(Problem::TooMany { max: 100 });
    }
    groups.keys().try_for_each(|name| crate::groups::group_name(name))?;
    Ok(groups)
}

/// Reads what members of groups may spend, a line each: `premium = 100000`.
///
/// # Errors
/// The problem with the first line that does not fit.
pub fn read_groups(text: &str) -> Result<BTreeMap<String, Allowance>, Problem> {
    let line = |line: &str| {
        let (name, allowance) = line.split_once(['=', ':']).ok_or(Problem::Malformed)?;
        Ok((name.trim().to_owned(), Allowance::parse(allowance)?))
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    check_groups(lines.map(line).collect::<Result<_, Problem>>()?)
}

/// What [`read_groups`] reads.
pub fn write_groups(groups: &BTreeMap<String, Allowance>) -> String {
    groups.iter().map(|(name, allowance)| format!("{name} = {allowance}")).collect::<Vec<_>>().join("\n")
}

impl From<Quota> for QuotaForm {
    fn from(quota: Quota) -> Self {
        Self {
            name: Some(quota.name),
            tag: Some(quota.tag),
            by: Some(quota.by.name().to_owned()),
            per: Some(quota.per.name().to_owned()),
            window: Some(quota.window.name().to_owned()),
            zone: Some(quota.zone),
            limit: Some(quota.limit),
            groups: Some(quota.groups),
            cost: Some(quota.cost),
            at_limit: Some(quota.at_limit.name().to_owned()),
            slow: Some(quota.slow.into()),
            block_for_s: quota.block_for_s,
            mode: Some(quota.mode.name().to_owned()),
            notify: Some(quota.notify),
        }
    }
}

impl TryFrom<QuotaForm> for Quota {
    type Error = Error;

    fn try_from(form: QuotaForm) -> Result<Self> {
        form.parse()
    }
}

/// What somebody, or one of their keys, may spend in place of what the quota says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OverrideForm {
    /// A number of units, or `unlimited`.
    pub limit: Allowance,
    /// When it is over; it stays where nothing is said.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Why, for whoever looks at it later: 1 to 500 characters.
    pub reason: String,
}

impl OverrideForm {
    /// Checks what was said.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that does not fit.
    pub fn parse(self, now: Timestamp) -> Result<Self> {
        let mut problems = Problems::default();
        if self.expires_at.is_some_and(|end| end <= now) {
            problems.add("expires_at", Problem::Past);
        }
        let reason = problems.take("reason", read_reason(&self.reason)).unwrap_or_default();
        problems.check()?;
        Ok(Self { reason, ..self })
    }
}

/// Units given to somebody beside what they may spend in the window that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantForm {
    /// How many, 1 to 1000000000.
    pub units: u64,
    /// Why: 1 to 500 characters.
    pub reason: String,
}

impl GrantForm {
    /// Checks what was said.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that does not fit.
    pub fn parse(self) -> Result<Self> {
        let mut problems = Problems::default();
        if !(1..=1_000_000_000).contains(&self.units) {
            problems.add("units", Problem::NotOffered);
        }
        let reason = problems.take("reason", read_reason(&self.reason)).unwrap_or_default();
        problems.check()?;
        Ok(Self { reason, ..self })
    }
}

fn read_reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Problem::Required),
        1..=LONGEST_REASON if !text.chars().any(char::is_control) => Ok(text.to_owned()),
        1..=LONGEST_REASON => Err(Problem::ForbiddenCharacter),
        _ => Err(Problem::TooLong { max: 500 }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Slow;
    use super::*;

    fn form(text: &str) -> QuotaForm {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_form_with_name_tag_and_limit_is_a_quota() {
        let quota =
            form(r#"{"name":"api","tag":"api","limit":"unlimited","groups":{"staff":5}}"#).parse().unwrap();
        assert_eq!((quota.per, quota.by, quota.mode), (Per::Day, By::Person, Mode::Enforce));
        assert_eq!(quota.groups["staff"], Allowance::Units(5));
        let changed = form(r#"{"mode":"shadow","block_for_s":0}"#).change(&quota).unwrap();
        assert_eq!((changed.mode, &changed.tag), (Mode::Shadow, &quota.tag));
        let slower = form(r#"{"slow":{"first_ms":700,"waiting":9}}"#).change(&quota).unwrap();
        let slower = form(r#"{"slow":{"beyond_percent":50}}"#).change(&slower).unwrap();
        let slow = Slow { beyond_percent: 50, first_ms: 700, waiting: 9, ..Slow::default() };
        assert_eq!(slower.slow, slow, "what is not said stays");
    }

    #[test]
    fn everything_that_does_not_fit_is_told_at_once() {
        let bad = r#"{"name":"A","tag":"","by":"me","per":"year","cost":0,"zone":"a b","groups":{"X":1}}"#;
        let Err(Error::Invalid { fields }) = form(bad).parse() else { panic!("taken") };
        let mut told: Vec<_> = fields.iter().map(|field| field.field.as_ref()).collect();
        told.sort_unstable();
        told.dedup();
        assert_eq!(told, ["by", "cost", "groups", "limit", "name", "per", "tag", "zone"]);
        let renamed = form(r#"{"name":"other"}"#).change(&Quota::daily("api", "api", 1));
        assert_eq!(renamed, Err(Error::invalid("name", Problem::ReadOnly)));
    }

    #[test]
    fn addresses_are_in_no_group_and_their_windows_end() {
        let quota = Quota::daily("api", "api", 1);
        for (said, field) in [
            (r#"{"by":"address","groups":{"staff":5}}"#, "groups"),
            (r#"{"by":"address","per":"ever"}"#, "per"),
        ] {
            assert_eq!(form(said).change(&quota), Err(Error::invalid(field, Problem::NotOffered)), "{said}");
        }
        assert!(form(r#"{"by":"address"}"#).change(&quota).is_ok());
    }

    #[test]
    fn groups_read_as_they_are_written() {
        let groups = read_groups("premium = 100 000\n\n staff: unlimited").unwrap();
        assert_eq!(write_groups(&groups), "premium = 100000\nstaff = unlimited");
        assert_eq!(read_groups(&write_groups(&groups)).unwrap(), groups);
        assert!(read_groups("premium").is_err() && read_groups("A = 1").is_err());
    }

    #[test]
    fn an_override_ends_later_and_says_why() {
        let form = OverrideForm {
            limit: Allowance::Unlimited,
            expires_at: Some(Timestamp(5)),
            reason: " x ".into(),
        };
        assert_eq!(form.clone().parse(Timestamp(4)).unwrap().reason, "x");
        assert_eq!(form.clone().parse(Timestamp(5)), Err(Error::invalid("expires_at", Problem::Past)));
        let mute = OverrideForm { reason: "\n".into(), ..form };
        assert_eq!(mute.parse(Timestamp(4)), Err(Error::invalid("reason", Problem::Required)));
        assert!(GrantForm { units: 0, reason: "x".into() }.parse().is_err());
    }
}
