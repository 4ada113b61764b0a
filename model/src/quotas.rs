//! Quotas as words: how many units somebody may spend in a window of time, and what happens at the limit. A rate limit
//! protects the service and is short; a quota is an allowance. What is decided about them lives in `domain::quotas`.

mod allowance;
mod form;
mod slow;
mod views;

pub use allowance::{Allowance, grouped};
pub use form::{GrantForm, LONGEST_REASON, OverrideForm, QuotaForm, quota_name, read_groups, write_groups};
pub use slow::{Slow, SlowForm};
pub use views::{
    Decider, Decides, OverrideView, QuotaFrom, QuotaUse, QuotaView, Simulated, SimulatedPerson, UsageDay,
    UsageOfKey, UsageOfTag, UsageView,
};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A choice among a few words: how each is written, and back.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$doc])* $variant),+
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is written.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The one that is written so.
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == text)
            }
        }
    };
}

words! {
    /// Whose units are counted together.
    By {
        /// Each person's, whatever they sign in or call with. A caller whom nobody knows is counted by address.
        Person = "person",
        /// Each API key's. Calls without a key are counted for their person.
        Key = "key",
        /// All members' of a group that the quota names; everybody else's together.
        Group = "group",
        /// Each network address's: an IPv4 address, an IPv6 network of 64 bits.
        Address = "address",
    }
}

words! {
    /// How long a window is.
    Per {
        /// An hour.
        Hour = "hour",
        /// A day.
        Day = "day",
        /// A week; by the calendar it begins on Monday (ISO 8601).
        Week = "week",
        /// A month; from first use on, up to the same day of the next month.
        Month = "month",
        /// It never ends: so much in all.
        Ever = "ever",
    }
}

words! {
    /// When windows begin.
    Window {
        /// With the hour, day, week or month of the calendar.
        Calendar = "calendar",
        /// With the first call after the one before is over.
        FirstUse = "first_use",
    }
}

words! {
    /// What happens to a call beyond the limit.
    AtLimit {
        /// It is refused.
        Refuse = "refuse",
        /// It waits, longer and longer, up to a hard end.
        Slow = "slow",
    }
}

words! {
    /// Whether a quota is obeyed.
    Mode {
        /// It counts nothing.
        Off = "off",
        /// It counts and reports, and refuses nobody.
        Shadow = "shadow",
        /// It is obeyed.
        Enforce = "enforce",
    }
}

/// A quota: everybody it counts may spend so many units in a window, on the endpoints of a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "QuotaForm", try_from = "QuotaForm")]
pub struct Quota {
    /// What it is called: 1 to 32 small letters, digits and single hyphens.
    pub name: String,
    /// The tag whose endpoints spend from it.
    pub tag: String,
    /// Whose units are counted together.
    pub by: By,
    /// How long a window is.
    pub per: Per,
    /// When windows begin.
    pub window: Window,
    /// The time zone of calendar windows, by its IANA name.
    pub zone: String,
    /// What everybody may spend for whom nothing else is said.
    pub limit: Allowance,
    /// What members of these groups may spend. Of several the most generous counts.
    pub groups: BTreeMap<String, Allowance>,
    /// Units that a call costs, times what the endpoint says it costs (1 unless it says so).
    pub cost: u32,
    /// What happens beyond the limit.
    pub at_limit: AtLimit,
    /// How calls beyond the limit wait, where they do.
    pub slow: Slow,
    /// Seconds for which everything is refused, once a call was; none refuses until the window ends.
    pub block_for_s: Option<u32>,
    /// Whether it is obeyed.
    pub mode: Mode,
    /// Whether the person is told by mail at 80 and at 100 %.
    pub notify: bool,
}

/// Percents of the limit at which a person is told.
pub const TOLD_AT: [u8; 2] = [80, 100];

impl Quota {
    /// A quota as most are: a day of the calendar in UTC, counted for each person, obeyed, with notices.
    pub fn daily(name: &str, tag: &str, limit: u64) -> Self {
        Self {
            name: name.to_owned(),
            tag: tag.to_owned(),
            by: By::Person,
            per: Per::Day,
            window: Window::Calendar,
            zone: "UTC".to_owned(),
            limit: Allowance::Units(limit),
            groups: BTreeMap::new(),
            cost: 1,
            at_limit: AtLimit::Refuse,
            slow: Slow::default(),
            block_for_s: None,
            mode: Mode::Enforce,
            notify: true,
        }
    }

    /// Whether counts made under `other` say nothing under this one: somebody else's, or of other windows.
    pub fn counts_anew(&self, other: &Self) -> bool {
        self.counting() != other.counting()
    }

    /// Who counts, and from when to when, in words.
    pub fn counting(&self) -> String {
        format!("{} {} {} {}", self.by.name(), self.per.name(), self.window.name(), self.zone)
    }

    /// The most that can be spent where `limit` units are the limit: more than the limit only where calls beyond it wait.
    pub fn ceiling(&self, limit: u64) -> u64 {
        match self.at_limit {
            AtLimit::Refuse => limit,
            AtLimit::Slow => {
                let beyond = u128::from(limit) * u128::from(self.slow.beyond_percent) / 100;
                limit.saturating_add(u64::try_from(beyond.max(1)).unwrap_or(u64::MAX))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_as_they_are_written() {
        for by in By::ALL {
            assert_eq!(By::named(by.name()), Some(*by));
            assert_eq!(serde_json::to_string(by).unwrap(), format!("{:?}", by.name()));
        }
        for per in Per::ALL {
            assert_eq!(serde_json::to_string(per).unwrap(), format!("{:?}", per.name()));
        }
        assert_eq!(Window::named("first_use"), Some(Window::FirstUse));
        assert_eq!((AtLimit::named("later"), Mode::named("Off")), (None, None));
    }

    #[test]
    fn a_quota_reads_as_it_is_written() {
        let mut quota = Quota::daily("api", "api", 1_000);
        quota.groups.insert("premium".into(), Allowance::Unlimited);
        quota.block_for_s = Some(60);
        let text = serde_json::to_string(&quota).unwrap();
        assert_eq!(serde_json::from_str::<Quota>(&text).unwrap(), quota);
    }

    #[test]
    fn only_what_waits_goes_beyond_the_limit() {
        let mut quota = Quota::daily("api", "api", 100);
        assert_eq!(quota.ceiling(100), 100);
        quota.at_limit = AtLimit::Slow;
        assert_eq!((quota.ceiling(100), quota.ceiling(3), quota.ceiling(u64::MAX)), (120, 4, u64::MAX));
    }
}
