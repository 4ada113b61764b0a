//! Rate limits: what protects the service from too many calls in a short time, as settings, REST, pages and the command line
//! speak of it, and what was decided about a request. A quota is something else: an allowance, in `quotas`. What is decided
//! lives in `domain::limits`.

mod form;
mod views;

pub use form::{LimitForm, check_name, span};
pub use views::{LimitOrigin, LimitView, ResetForm};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::sync::Arc;
use std::time::Duration;

/// Most calls of a strict limit: each of them is remembered.
pub const MOST_STRICT: u64 = 100;
/// Most calls, and most of a burst, of any limit.
pub const MOST: u64 = 100_000_000;
/// Longest window.
pub const LONGEST: Duration = Duration::from_hours(31 * 24);
/// Most tags of a limit.
pub const MOST_TAGS: u32 = 16;
/// Names that settings of the same section have.
pub const RESERVED: [&str; 2] = ["headers", "defaults"];

macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($(#[$about:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $type { $($(#[$about])* $variant,)+ }

        impl $type {
            /// All of them, in the order in which they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The one called `name`.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

named! {
    /// By what calls are told apart: each has a count of its own.
    By {
        /// The person; for a stranger the address.
        Person = "person",
        /// The API key; without one the person, for a stranger the address.
        Key = "key",
        /// The address: an IPv4 address, or the /64 of an IPv6 address.
        Address = "address",
        /// The network: /24 of an IPv4 address, /48 of an IPv6 address.
        Network = "network",
        /// The tag by which the limit concerns the endpoint.
        Tag = "tag",
        /// The person's groups: people with the same groups share one count. For a stranger the address.
        Group = "group",
        /// Nothing: all share one count.
        Everyone = "everyone",
    }
}

impl By {
    /// Whether it can be told before it is known who asks.
    pub const fn is_known_early(self) -> bool {
        matches!(self, Self::Address | Self::Network | Self::Tag | Self::Everyone)
    }
}

named! {
    /// Whether a limit counts, and whether it refuses.
    Mode {
        /// It is not there.
        Off = "off",
        /// It counts and is logged, and refuses nobody.
        Shadow = "shadow",
        /// It refuses.
        Enforce = "enforce",
    }
}

named! {
    /// What holds while what several servers count together is away.
    OnStoreError {
        /// Everybody passes.
        Allow = "allow",
        /// Nobody passes.
        Deny = "deny",
        /// Each server counts for itself; strict limits count in the database.
        Local = "local",
    }
}

named! {
    /// Which headers tell of what is left.
    Headers {
        /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
        Ietf = "ietf",
        /// `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (seconds).
        Legacy = "legacy",
        /// All of them.
        Both = "both",
        /// None; `Retry-After` alone is told with a refusal.
        Off = "off",
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| de::Error::custom("expected ietf, legacy, both or off"))
    }
}

/// How many calls are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// So many in the long run, evenly, and `burst` at once after a rest (GCRA). Within any span `T` at most
    /// `burst + T × most / per` pass.
    Steady {
        /// How many.
        most: u64,
        /// In which time.
        per: Duration,
        /// How many at once.
        burst: u64,
    },
    /// At most so many in any window of this length. Every call that passes is remembered, so that this is for few.
    Strict {
        /// How many.
        most: u64,
        /// In which time.
        per: Duration,
    },
}

impl Rule {
    /// How many calls.
    pub const fn most(self) -> u64 {
        match self {
            Self::Steady { most, .. } | Self::Strict { most, .. } => most,
        }
    }

    /// In which time.
    pub const fn per(self) -> Duration {
        match self {
            Self::Steady { per, .. } | Self::Strict { per, .. } => per,
        }
    }

    /// How many at once, where that is not all of them.
    pub const fn burst(self) -> Option<u64> {
        match self {
            Self::Steady { burst, .. } => Some(burst),
            Self::Strict { .. } => None,
        }
    }
}

/// A rate limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What it is called.
    pub name: Arc<str>,
    /// The tags of the endpoints it concerns; each call counts once.
    pub tags: Vec<String>,
    /// By what calls are told apart; several mean every combination.
    pub by: Vec<By>,
    /// How many are too many.
    pub rule: Rule,
    /// Whether it counts, and whether it refuses.
    pub mode: Mode,
    /// What holds while the counts are away.
    pub on_store_error: OnStoreError,
}

impl Limit {
    /// One that refuses, and counts locally while the counts of all are away.
    pub fn new(name: &str, tags: &[&str], by: &[By], rule: Rule) -> Self {
        Self {
            name: name.into(),
            tags: tags.iter().map(ToString::to_string).collect(),
            by: by.to_vec(),
            rule,
            mode: Mode::Enforce,
            on_store_error: OnStoreError::Local,
        }
    }

    /// Whether it can be decided before it is known who asks.
    pub fn is_early(&self) -> bool {
        self.by.iter().all(|by| by.is_known_early())
    }

    /// Whether answers tell what is left: strict limits protect secrets, and tell whoever guesses nothing but when to come
    /// back.
    pub fn is_told(&self) -> bool {
        matches!(self.rule, Rule::Steady { .. })
    }
}

/// Where one stands with a rate limit or a quota. Numbers are those of draft-ietf-httpapi-ratelimit-headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The name of the limit or quota.
    pub policy: Arc<str>,
    /// How many calls (`q`).
    pub quota: u64,
    /// In how many seconds (`w`); 0 where there is no window.
    pub window_s: u64,
    /// How many are left (`r`).
    pub left: u64,
    /// In how many seconds there are more (`t`).
    pub more_in_s: u64,
    /// Whether it only counts, and refuses nobody.
    pub shadow: bool,
}

/// What was decided about a request: made once, in the request's extensions, read by handlers and written into headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Where the caller stands with each limit and quota that tells; strict limits do not.
    pub standings: Vec<Standing>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_found_by_its_name() {
        for by in By::ALL {
            assert_eq!(By::named(by.name()), Some(*by));
        }
        assert_eq!(Mode::named("Enforce"), None);
        assert_eq!(Headers::ALL.len(), 4);
    }

    #[test]
    fn who_asks_is_waited_for_only_where_it_matters() {
        let rule = Rule::Strict { most: 1, per: Duration::from_secs(1) };
        assert!(Limit::new("a", &["x"], &[By::Network, By::Tag], rule).is_early());
        assert!(!Limit::new("a", &["x"], &[By::Address, By::Person], rule).is_early());
    }
}
