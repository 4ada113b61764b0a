//! Groups and permissions as words. A permission is a value one holds: `domain::actor::Allowed<P>` can only be made from
//! an actor that has `P`. A project declares its own by implementing [`Permission`] and listing it in its extension.

mod rights;
mod views;

pub use rights::{EffectiveRights, Right};
pub use views::{Group, GroupForm, GroupMember, MOST_COUNTED, NewGroup, Part, PermissionView};

use crate::Problem;

/// The group whose members hold every permission.
pub const ADMIN: &str = "admin";

/// The group everyone belongs to who registers.
pub const MEMBER: &str = "member";

/// Whether `name` can be a group's: 1 to 32 small letters, digits and single hyphens, beginning with a letter.
///
/// # Errors
/// The problem with it.
pub fn group_name(name: &str) -> Result<(), Problem> {
    if name.is_empty() {
        return Err(Problem::Required);
    }
    if name.len() > 32 {
        return Err(Problem::TooLong { max: 32 });
    }
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let fits = name.bytes().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--");
    if fits { Ok(()) } else { Err(Problem::Malformed) }
}

/// Something an actor may be allowed to do.
pub trait Permission: Send + Sync + 'static {
    /// Stable name, `area:verb`; a project's own carry the project's name as area.
    const NAME: &'static str;
    /// What it allows, in a sentence an administrator understands.
    const ABOUT: &'static str;
}

/// Name and explanation of a permission, for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionInfo {
    /// [`Permission::NAME`].
    pub name: &'static str,
    /// [`Permission::ABOUT`].
    pub about: &'static str,
}

impl PermissionInfo {
    /// The words of `P`.
    pub const fn of<P: Permission>() -> Self {
        Self { name: P::NAME, about: P::ABOUT }
    }
}

/// See every account: list, search, read.
#[derive(Clone, Copy, Debug)]
pub struct ViewAccounts;

impl Permission for ViewAccounts {
    const NAME: &'static str = "accounts:view";
    const ABOUT: &'static str = "See every account.";
}

/// Make, confirm, change and delete the accounts of others, unless those may what the holder may not.
#[derive(Clone, Copy, Debug)]
pub struct ManageAccounts;

impl Permission for ManageAccounts {
    const NAME: &'static str = "accounts:manage";
    const ABOUT: &'static str = "Make, confirm, change and delete the accounts of others.";
}

/// Ban people and lift bans, unless those may what the holder may not.
#[derive(Clone, Copy, Debug)]
pub struct BanAccounts;

impl Permission for BanAccounts {
    const NAME: &'static str = "accounts:ban";
    const ABOUT: &'static str = "Ban people and lift bans.";
}

/// Ban addresses and networks, and see and undo what the program did about abuse by itself.
#[derive(Clone, Copy, Debug)]
pub struct ManageBans;

impl Permission for ManageBans {
    const NAME: &'static str = "bans:manage";
    const ABOUT: &'static str = "Ban addresses and networks, and undo what was done about abuse.";
}

/// Read the audit trail: who changed what, when and from where.
#[derive(Clone, Copy, Debug)]
pub struct ViewAudit;

impl Permission for ViewAudit {
    const NAME: &'static str = "audit:view";
    const ABOUT: &'static str = "Read and export the audit trail.";
}

/// See which mail waits, left and failed; try it again, stop it, and look at the templates. Never what stood in a letter.
#[derive(Clone, Copy, Debug)]
pub struct ManageMail;

impl Permission for ManageMail {
    const NAME: &'static str = "mail:manage";
    const ABOUT: &'static str =
        "See which mail waits or failed, try it again or stop it, and preview templates.";
}

/// See every setting and where it came from, and the state of the system. Secrets are never shown.
#[derive(Clone, Copy, Debug)]
pub struct ViewSettings;

impl Permission for ViewSettings {
    const NAME: &'static str = "settings:view";
    const ABOUT: &'static str = "See every setting, where it came from, and the state of the system.";
}

/// See numbers about the site: people, sign-ins, mail over time. They name nobody.
#[derive(Clone, Copy, Debug)]
pub struct ViewStatistics;

impl Permission for ViewStatistics {
    const NAME: &'static str = "statistics:view";
    const ABOUT: &'static str = "See numbers about the site over time.";
}

/// See and change what endpoints ask for beyond what they ask for themselves.
#[derive(Clone, Copy, Debug)]
pub struct ManageEndpoints;

impl Permission for ManageEndpoints {
    const NAME: &'static str = "endpoints:manage";
    const ABOUT: &'static str = "See every endpoint, and set who may call those of a tag.";
}

/// Make, change and delete groups, say what their members may do and get, and put people into them: as far as one holds
/// all of it oneself. The group of administrators takes an administrator.
#[derive(Clone, Copy, Debug)]
pub struct ManageGroups;

impl Permission for ManageGroups {
    const NAME: &'static str = "groups:manage";
    const ABOUT: &'static str = "Make, change and delete groups, and put people into them or take them out.";
}

/// See, disable and revoke the API keys of others. Administrators' keys take an administrator.
#[derive(Clone, Copy, Debug)]
pub struct ManageKeys;

impl Permission for ManageKeys {
    const NAME: &'static str = "keys:manage";
    const ABOUT: &'static str = "See, disable and revoke the API keys of others.";
}

/// See and change rate limits, and forget what was counted.
#[derive(Clone, Copy, Debug)]
pub struct ManageLimits;

impl Permission for ManageLimits {
    const NAME: &'static str = "limits:manage";
    const ABOUT: &'static str = "See and change rate limits, and forget what was counted.";
}

/// See by whom else people sign in here, and try whether those can be used.
#[derive(Clone, Copy, Debug)]
pub struct ManageProviders;

impl Permission for ManageProviders {
    const NAME: &'static str = "providers:manage";
    const ABOUT: &'static str = "See the sign-in providers and how much they are used, and test them.";
}

/// See what people use, make, change and delete quotas, give somebody more or less, and count anew.
#[derive(Clone, Copy, Debug)]
pub struct ManageQuotas;

impl Permission for ManageQuotas {
    const NAME: &'static str = "quotas:manage";
    const ABOUT: &'static str = "See what people use, set quotas, and give somebody more or less.";
}

/// The permissions that the product itself declares, sorted by name.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::of::<BanAccounts>(),
    PermissionInfo::of::<ManageAccounts>(),
    PermissionInfo::of::<ViewAccounts>(),
    PermissionInfo::of::<ViewAudit>(),
    PermissionInfo::of::<ManageBans>(),
    PermissionInfo::of::<ManageEndpoints>(),
    PermissionInfo::of::<ManageGroups>(),
    PermissionInfo::of::<ManageKeys>(),
    PermissionInfo::of::<ManageLimits>(),
    PermissionInfo::of::<ManageMail>(),
    PermissionInfo::of::<ManageProviders>(),
    PermissionInfo::of::<ManageQuotas>(),
    PermissionInfo::of::<ViewSettings>(),
    PermissionInfo::of::<ViewStatistics>(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_names_are_plain_words() {
        for good in ["a", "premium", "gold-2", &"a".repeat(32)] {
            assert_eq!(group_name(good), Ok(()), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "2a", "A", "a b", "ä", "a_b", "<b>", &"a".repeat(33)] {
            assert!(group_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_sorted_unique_and_of_one_form() {
        let names: Vec<_> = PERMISSIONS.iter().map(|p| p.name).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
        assert!(names.iter().all(|name| name.split(':').count() == 2));
    }
}
