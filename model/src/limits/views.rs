//! Rate limits as REST, pages and the command line show them.

use super::LimitForm;
use crate::UserId;
use serde::{Deserialize, Serialize};

/// Where a limit comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LimitOrigin {
    /// The program states it.
    Program,
    /// It was set while the site runs.
    RunTime,
    /// The settings: they win, and are not changed at run time.
    Settings,
}

impl LimitOrigin {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::RunTime => "run_time",
            Self::Settings => "settings",
        }
    }
}

/// A rate limit as it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct LimitView {
    /// What it is called.
    #[cfg_attr(feature = "utoipa", schema(example = "api"))]
    pub name: String,
    /// What it says, whole.
    #[serde(flatten)]
    pub limit: LimitForm,
    /// Where that comes from.
    pub from: LimitOrigin,
    /// Whether the settings say it, so that it is not changed at run time.
    pub locked: bool,
    /// What the program states, where something else holds.
    pub stated: Option<LimitForm>,
    /// How many endpoints it concerns.
    pub endpoints: usize,
    /// Where it is counted: `memory`, `database` or `redis`.
    #[cfg_attr(feature = "utoipa", schema(example = "memory"))]
    pub counted_in: String,
}

/// Whose counts to forget: one person's, one address' or everybody's, and one of them must be said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetForm {
    /// The account's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// An IPv4 or IPv6 address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(example = "192.0.2.7"))]
    pub address: Option<String>,
    /// Everybody's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub everybody: bool,
}
