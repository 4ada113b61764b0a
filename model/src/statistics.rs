//! Numbers about the site over time (`GET /statistics`, page `/admin`, `vestibule statistics`). They name nobody.

use crate::{Problem, Timestamp};
use serde::{Deserialize, Serialize};

/// How far back numbers go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub enum Range {
    /// The last 24 hours, by the hour.
    #[serde(rename = "24h")]
    Day,
    /// The last 7 days, by the day.
    #[default]
    #[serde(rename = "7d")]
    Week,
    /// The last 30 days, by the day.
    #[serde(rename = "30d")]
    Month,
    /// The last 90 days, by the day.
    #[serde(rename = "90d")]
    Quarter,
}

impl Range {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    /// Hours of a step, and how many steps there are.
    pub const fn steps(self) -> (i64, usize) {
        match self {
            Self::Day => (1, 24),
            Self::Week => (24, 7),
            Self::Month => (24, 30),
            Self::Quarter => (24, 90),
        }
    }
}

impl std::str::FromStr for Range {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|range| range.name() == text).ok_or(Problem::NotOffered)
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Accounts that were made.
    Registrations,
    /// Accounts that were deleted.
    Deletions,
    /// People who used the site, each once a day.
    ActivePeople,
    /// Sign-ins that went well.
    SignIns,
    /// Sign-ins that failed.
    FailedSignIns,
    /// Bans that were imposed.
    Bans,
    /// API keys that were made.
    KeysMade,
    /// Mails that were written.
    MailsWritten,
    /// Mails that left.
    MailsSent,
    /// Mails that were given up.
    MailsFailed,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Registrations,
        Self::Deletions,
        Self::ActivePeople,
        Self::SignIns,
        Self::FailedSignIns,
        Self::Bans,
        Self::KeysMade,
        Self::MailsWritten,
        Self::MailsSent,
        Self::MailsFailed,
    ];

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Registrations => "New accounts",
            Self::Deletions => "Deleted accounts",
            Self::ActivePeople => "Active people a day",
            Self::SignIns => "Sign-ins",
            Self::FailedSignIns => "Failed sign-ins",
            Self::Bans => "Bans",
            Self::KeysMade => "API keys made",
            Self::MailsWritten => "Mails written",
            Self::MailsSent => "Mails sent",
            Self::MailsFailed => "Mails given up",
        }
    }
}

/// One thing counted over the range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Figures {
    /// What is counted.
    pub measure: Measure,
    /// A number for each step, the oldest first.
    pub values: Vec<i64>,
    /// Their sum.
    pub sum: i64,
    /// The sum of as many steps before.
    pub before: i64,
}

/// The numbers of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Statistics {
    /// How far back they go.
    pub range: Range,
    /// When the first step began.
    pub from: Timestamp,
    /// Hours of a step; days begin in UTC. The last one is not over yet.
    pub step_hours: i64,
    /// How many accounts there are.
    pub people: i64,
    /// How many mails wait now, counted up to 10,000.
    pub mails_waiting: i64,
    /// How many mails that were given up stand in the outbox, counted up to 10,000.
    pub mails_stuck: i64,
    /// What was counted.
    pub figures: Vec<Figures>,
}

impl Statistics {
    /// The figures of a measure.
    pub fn of(&self, measure: Measure) -> Option<&Figures> {
        self.figures.iter().find(|figures| figures.measure == measure)
    }
}
