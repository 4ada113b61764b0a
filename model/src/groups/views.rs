//! Groups and permissions as REST, pages and the command line show them, and the forms that change them. Rules live in
//! `domain::groups`.

use crate::sessions::{Lifetime, LifetimeKind};
use crate::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Members of a group that are counted at most: a list of groups must not take longer because many people belong to one.
pub const MOST_COUNTED: i64 = 1_000;

/// A part of a group that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What it is for.
    About,
    /// What its members may do.
    Permissions,
    /// How long their sign-ins last.
    Lifetimes,
}

/// A group.
#[expect(clippy::struct_excessive_bools, reason = "the wire form: each says one thing for itself")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Group {
    /// Its name, which never changes.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// How many people belong to it, counted to 1000.
    pub members: i64,
    /// Whether there are more members than were counted.
    pub more_members: bool,
    /// What its members may do, sorted; every permission there is, for administrators.
    pub permissions: Vec<String>,
    /// How long its members' sign-ins last, where that differs from the settings: `90s`, `15m`, `8h`, `30d` or `forever`.
    #[cfg_attr(feature = "utoipa", schema(value_type = Object))]
    pub lifetimes: BTreeMap<LifetimeKind, Lifetime>,
    /// Whether everyone who registers joins it.
    pub default: bool,
    /// Whether it cannot be deleted.
    pub protected: bool,
    /// Whether the settings declare it.
    pub from_settings: bool,
    /// What of it cannot be changed: the product or the settings say what it is.
    pub fixed: Vec<Part>,
}

impl Group {
    /// `12`, or `1000+` where there are more than are counted.
    pub fn members_shown(&self) -> String {
        format!("{}{}", self.members, if self.more_members { "+" } else { "" })
    }
}

/// A group to be made (`POST /groups`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// Its name: 1 to 32 small letters, digits and single hyphens, beginning with a letter. It never changes.
    #[cfg_attr(feature = "utoipa", schema(max_length = 32))]
    pub name: String,
    /// What it is for; its name, unless given.
    #[serde(default)]
    pub about: Option<String>,
    /// What its members may do. Nobody gives what they do not hold.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// How long its members' sign-ins last, where that differs from the settings.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(value_type = Object))]
    pub lifetimes: BTreeMap<LifetimeKind, Lifetime>,
}

/// What is to be changed about a group (`PATCH /groups/{name}`); what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupForm {
    /// What it is for.
    #[serde(default)]
    pub about: Option<String>,
    /// Everything its members may do from now on.
    #[serde(default)]
    pub permissions: Option<Vec<String>>,
    /// Lifetimes to set; `null` takes one back, so that the settings hold again.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(value_type = Object))]
    pub lifetimes: BTreeMap<LifetimeKind, Option<Lifetime>>,
}

/// Somebody who belongs to a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {
    /// The account.
    pub id: UserId,
    /// Its address.
    pub email: String,
    /// What the person is called.
    pub name: String,
    /// Since when they belong to the group.
    pub since: Timestamp,
}

/// A permission and who has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PermissionView {
    /// Its name, `area:verb`.
    pub name: String,
    /// What it allows.
    pub about: String,
    /// Who declared it: `vestibule`, or the name of an extension.
    pub declared_by: String,
    /// The groups whose members hold it, sorted; `admin` is always among them.
    pub groups: Vec<String>,
}
