//! Abuse control as words: offences, what they add up to, and what was done about it. What follows from which score is decided
//! in `domain::abuse`.

use crate::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that goes wrong now and then for everybody, and often for those who look for a way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Offence {
    /// A wrong password, for an account that exists or not.
    SignInFailed,
    /// A call without the credential or the right it takes.
    Refused,
    /// An address at which there is nothing.
    Absent,
    /// An address that only those ask for who look for weak programs.
    Probed,
    /// An API key that was revoked because it leaked.
    KeyRevoked,
}

impl Offence {
    /// Every offence, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::SignInFailed, Self::Refused, Self::Absent, Self::Probed, Self::KeyRevoked];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignInFailed => "sign_in_failed",
            Self::Refused => "refused",
            Self::Absent => "absent",
            Self::Probed => "probed",
            Self::KeyRevoked => "key_revoked",
        }
    }

    /// `count` of them in words: `12 wrong passwords`.
    pub fn counted(self, count: u64) -> String {
        let (one, many) = match self {
            Self::SignInFailed => ("wrong password", "wrong passwords"),
            Self::Refused => ("refused call", "refused calls"),
            Self::Absent => ("call of an absent page", "calls of absent pages"),
            Self::Probed => ("probe for a weak program", "probes for weak programs"),
            Self::KeyRevoked => ("call with a leaked key", "calls with leaked keys"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

/// How often which offence happened.
pub type Offences = BTreeMap<Offence, u64>;

/// Offences in words: `12 wrong passwords, 3 refused calls`.
pub fn told(offences: &Offences) -> String {
    offences.iter().map(|(offence, count)| offence.counted(*count)).collect::<Vec<_>>().join(", ")
}

/// What an automatic block was imposed for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// The score that was reached.
    #[cfg_attr(feature = "utoipa", schema(example = 124))]
    pub score: u64,
    /// The score from which on the settings block.
    #[cfg_attr(feature = "utoipa", schema(example = 120))]
    pub block_at: u64,
    /// The offences that made it up, as far back as the score reaches.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, u64>))]
    pub offences: Offences,
    /// When the first of them happened.
    pub first_at: Timestamp,
    /// The path of the last probe, where there was one.
    pub last_path: Option<String>,
    /// Which block in a row it is, from 1 on: each lasts longer.
    #[cfg_attr(feature = "utoipa", schema(example = 1))]
    pub nth: u64,
}

/// What is done about a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Bearing {
    /// Nothing.
    Clear,
    /// Answers come late.
    Delayed,
    /// Nothing is answered until the block ends.
    Blocked,
}

/// What is known of an address or account that offended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Suspect {
    /// The address as a network in CIDR notation, or the account's id.
    #[cfg_attr(feature = "utoipa", schema(example = "203.0.113.7/32"))]
    pub subject: String,
    /// The account, where it is one.
    pub user: Option<UserId>,
    /// The score now. It falls by itself.
    #[cfg_attr(feature = "utoipa", schema(example = 41))]
    pub score: u64,
    /// The offences since `first_at`.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, u64>))]
    pub offences: Offences,
    /// When the first of them happened.
    pub first_at: Timestamp,
    /// When the last of them happened.
    pub last_at: Timestamp,
    /// The path of the last probe, where there was one.
    pub last_path: Option<String>,
    /// What is done about it now.
    pub bearing: Bearing,
    /// How long answers are held back now, in milliseconds.
    #[cfg_attr(feature = "utoipa", schema(example = 0))]
    pub delay_ms: u64,
    /// When the block ends by itself, where there is one.
    pub blocked_until: Option<Timestamp>,
    /// Automatic blocks that are remembered: the next one lasts longer for each.
    #[cfg_attr(feature = "utoipa", schema(example = 0))]
    pub blocks: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offences_are_told_in_words() {
        let offences = Offences::from([(Offence::SignInFailed, 12), (Offence::Probed, 1)]);
        assert_eq!(told(&offences), "12 wrong passwords, 1 probe for a weak program");
        assert_eq!(told(&Offences::new()), "");
        for offence in Offence::ALL {
            assert_eq!(serde_json::to_value(offence).unwrap(), offence.name());
        }
    }
}
