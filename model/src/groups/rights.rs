//! What a person may do, and why. Decided in `domain::groups`.

use crate::UserId;
use crate::accounts::AccountStatus;
use serde::{Deserialize, Serialize};

/// What a person may do, and through which of their groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EffectiveRights {
    /// The account.
    pub id: UserId,
    /// How the account stands: who is banned, or whose account has ended, cannot use what they hold.
    pub status: AccountStatus,
    /// The groups the person belongs to, sorted.
    pub groups: Vec<String>,
    /// Every permission that is held, sorted; the one that was asked for, held or not.
    pub permissions: Vec<Right>,
}

/// A permission, as far as a person has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Right {
    /// Its name.
    pub permission: String,
    /// What it allows.
    pub about: String,
    /// Whether the person holds it.
    pub held: bool,
    /// Through which of their groups, sorted.
    pub through: Vec<String>,
}
