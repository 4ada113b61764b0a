//! How calls beyond the limit of a quota wait: as it holds, and as it is sent and told. Read by the form of quotas; nothing
//! waits here.

use super::form::between;
use crate::Problem;
use serde::{Deserialize, Serialize};

/// How calls beyond the limit wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slow {
    /// How far beyond the limit calls wait in place of being refused, in percent of the limit, 1 to 1000.
    pub beyond_percent: u32,
    /// How long the first one waits, in milliseconds, 1 to 60000; each further one as much longer.
    pub first_ms: u32,
    /// How long one waits at most, in milliseconds, up to 60000.
    pub most_ms: u32,
    /// How many of one caller's calls wait at once at most on each server, 1 to 1000; further ones are refused.
    pub waiting: u32,
}

impl Default for Slow {
    fn default() -> Self {
        Self { beyond_percent: 20, first_ms: 100, most_ms: 5_000, waiting: 5 }
    }
}

/// How calls beyond the limit wait, as it is sent and told. What is left out is as most quotas are; on a change, as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SlowForm {
    /// How far beyond the limit calls wait in place of being refused, in percent of the limit, 1 to 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beyond_percent: Option<u32>,
    /// How long the first one waits, in milliseconds, 1 to 60000; each further one as much longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_ms: Option<u32>,
    /// How long one waits at most, in milliseconds, up to 60000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_ms: Option<u32>,
    /// How many of one caller's calls wait at once at most on each server, 1 to 1000; further ones are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u32>,
}

impl SlowForm {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `slow` with what this form says of it.
    pub(super) fn over(self, slow: Slow) -> Result<Slow, Problem> {
        check_slow(Slow {
            beyond_percent: self.beyond_percent.unwrap_or(slow.beyond_percent),
            first_ms: self.first_ms.unwrap_or(slow.first_ms),
            most_ms: self.most_ms.unwrap_or(slow.most_ms),
            waiting: self.waiting.unwrap_or(slow.waiting),
        })
    }
}

impl From<Slow> for SlowForm {
    fn from(slow: Slow) -> Self {
        Self {
            beyond_percent: Some(slow.beyond_percent),
            first_ms: Some(slow.first_ms),
            most_ms: Some(slow.most_ms),
            waiting: Some(slow.waiting),
        }
    }
}

fn check_slow(slow: Slow) -> Result<Slow, Problem> {
    between(slow.beyond_percent, 1, 1_000)?;
    between(slow.first_ms, 1, 60_000)?;
    between(slow.most_ms, slow.first_ms, 60_000)?;
    between(slow.waiting, 1, 1_000)?;
    Ok(slow)
}
