//! Quotas and usage as REST, pages and the command line show them.

use super::{Allowance, By, Mode, Per, QuotaForm};
use crate::{KeyId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Where what holds of a quota was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuotaFrom {
    /// The program: the product, or the project built on it.
    Program,
    /// The settings: they win, and are not changed at run time.
    Settings,
    /// It was set while the site runs.
    RunTime,
}

/// A quota and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct QuotaView {
    /// What it says.
    #[serde(flatten)]
    pub quota: QuotaForm,
    /// Where that was said.
    pub from: QuotaFrom,
    /// Whether the settings say it, so that it is not changed at run time.
    pub locked: bool,
    /// How many endpoints have its tag.
    pub endpoints: usize,
    /// How many overrides hold.
    pub overrides: u64,
}

/// What decided how much somebody may spend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Decider {
    /// What was said for the API key.
    Key,
    /// What was said for the person.
    Person,
    /// The most generous of their groups.
    Group {
        /// Its name.
        group: String,
    },
    /// What the quota says for everybody.
    Default,
}

/// How somebody stands with a quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct QuotaUse {
    /// The quota.
    pub quota: String,
    /// The tag whose endpoints spend from it.
    pub tag: String,
    /// Whose units are counted together.
    #[serde(rename = "counted_by")]
    pub by: By,
    /// How long a window is.
    pub per: Per,
    /// Whether it is obeyed.
    pub mode: Mode,
    /// What may be spent in a window, what was granted in this one not counted.
    pub limit: Allowance,
    /// What decided that.
    pub decided: Decider,
    /// Units granted beside it for this window.
    pub granted: u64,
    /// What was spent in this window. What servers hold in advance is counted as spent until they hand it back.
    pub used: u64,
    /// When the window ends; nothing where none runs, and for one that never ends.
    pub resets_at: Option<Timestamp>,
    /// Until when everything is refused, whatever is left.
    pub blocked_until: Option<Timestamp>,
    /// The API key whose units these are.
    pub key: Option<KeyId>,
}

impl QuotaUse {
    /// How much of it is spent, in percent; nothing where there is no limit.
    pub fn percent(&self) -> Option<u64> {
        let limit = self.limit.units()?.saturating_add(self.granted);
        if limit == 0 {
            return Some(100);
        }
        u64::try_from(u128::from(self.used) * 100 / u128::from(limit)).ok()
    }

    /// What is left; nothing where there is no limit.
    pub fn left(&self) -> Option<u64> {
        Some(self.limit.units()?.saturating_add(self.granted).saturating_sub(self.used))
    }
}

/// A day's calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct UsageDay {
    /// The day in UTC, as `2026-11-23`.
    pub day: String,
    /// Calls that were let through.
    pub calls: u64,
    /// Calls that were refused, and those that a quota in shadow would have refused.
    pub refused: u64,
}

/// Calls by an API key, or by none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct UsageOfKey {
    /// The key; nothing for calls without one.
    pub key: Option<KeyId>,
    /// What its owner calls it, while it is there.
    pub name: Option<String>,
    /// Calls that were let through.
    pub calls: u64,
    /// Calls that were refused, and those that a quota in shadow would have refused.
    pub refused: u64,
}

/// Calls of the endpoints of a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct UsageOfTag {
    /// The tag.
    pub tag: String,
    /// Calls that were let through.
    pub calls: u64,
    /// Calls that were refused, and those that a quota in shadow would have refused.
    pub refused: u64,
}

/// What somebody used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct UsageView {
    /// How they stand with every quota that counts them.
    pub quotas: Vec<QuotaUse>,
    /// The last 30 days, the oldest first.
    pub days: Vec<UsageDay>,
    /// The same by API key.
    pub keys: Vec<UsageOfKey>,
    /// The same by tag.
    pub tags: Vec<UsageOfTag>,
}

/// What somebody, or one of their keys, may spend in place of what a quota says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct OverrideView {
    /// The quota.
    pub quota: String,
    /// The person.
    pub user: UserId,
    /// Their key, where it is for that alone.
    pub key: Option<KeyId>,
    /// What they may spend.
    pub limit: Allowance,
    /// When it is over.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Who said so; nothing for the command line, and for somebody whose account is gone.
    pub author: Option<UserId>,
    /// Since when.
    pub created_at: Timestamp,
}

/// The rule that decides for a person and an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Decides {
    /// The endpoint's method.
    pub method: String,
    /// The endpoint's address.
    pub path: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it costs nothing.
    pub free: bool,
    /// How the person stands with each quota that a call spends from, but those that count addresses. The first that is
    /// spent decides.
    pub quotas: Vec<QuotaUse>,
    /// The quota that would refuse a call now.
    pub refused_by: Option<String>,
}

/// Somebody whom a proposed quota would have refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SimulatedPerson {
    /// Who: a person's address, a key's name, a group, or a network address.
    pub who: String,
    /// The account, where it is a person's or a key of theirs.
    pub user: Option<UserId>,
    /// What they may spend in a window.
    pub limit: Allowance,
    /// Calls they made.
    pub calls: u64,
    /// Calls that would have been refused.
    pub refused: u64,
    /// The most units they spent in a window.
    pub most: u64,
    /// When the first call would have been refused, to the hour.
    pub first_refused_at: Timestamp,
}

/// What a proposed quota would have done with recorded usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Simulated {
    /// From when on.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// How many were counted.
    pub callers: u64,
    /// Calls they made.
    pub calls: u64,
    /// Calls that would have been refused.
    pub refused: u64,
    /// Who would have been refused, those with the most refusals first; at most 100.
    pub who: Vec<SimulatedPerson>,
}
