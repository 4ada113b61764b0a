//! The way around the house: a table of its pages. Everybody sees only what they may open; the page's policy is made from
//! the same line, so that the two cannot differ.
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]

use crate::paths;
use leptos::prelude::*;
use vestibule_domain::Actor;
use vestibule_model::groups::{
    ManageBans, ManageEndpoints, ManageGroups, ManageKeys, ManageLimits, ManageMail, ManageProviders,
    ManageQuotas, Permission, ViewAccounts, ViewAudit, ViewSettings, ViewStatistics,
};

/// A page that the way around leads to.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its address.
    pub path: &'static str,
    /// What it is called here.
    pub label: &'static str,
    /// The permission it takes.
    pub permission: &'static str,
}

const fn entry(path: &'static str, label: &'static str, permission: &'static str) -> Entry {
    Entry { path, label, permission }
}

/// Every page, in this order.
pub const ENTRIES: &[Entry] = &[
    entry(paths::ADMIN, "Overview", ViewStatistics::NAME),
    entry(paths::ADMIN_USERS, "People", ViewAccounts::NAME),
    entry(paths::ADMIN_GROUPS, "Groups", ManageGroups::NAME),
    entry(paths::ADMIN_PERMISSIONS, "Permissions", ManageGroups::NAME),
    entry(paths::ADMIN_ENDPOINTS, "Endpoints", ManageEndpoints::NAME),
    entry(paths::ADMIN_LIMITS, "Limits", ManageLimits::NAME),
    entry(paths::ADMIN_QUOTAS, "Quotas", ManageQuotas::NAME),
    entry(paths::ADMIN_KEYS, "API keys", ManageKeys::NAME),
    entry(paths::ADMIN_PROVIDERS, "Providers", ManageProviders::NAME),
    entry(paths::ADMIN_BANS, "Bans", ManageBans::NAME),
    entry(paths::ADMIN_AUDIT, "Audit", ViewAudit::NAME),
    entry(paths::ADMIN_MAIL, "Mail", ManageMail::NAME),
    entry(paths::ADMIN_SETTINGS, "Settings", ViewSettings::NAME),
    entry(paths::ADMIN_SYSTEM, "System", ViewSettings::NAME),
];

/// The pages that `actor` may open.
pub fn open_to(actor: &Actor) -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().filter(|entry| actor.holds(entry.permission))
}

/// Whether `actor` may open any page of the house.
pub fn may_enter(actor: &Actor) -> bool {
    matches!(actor, Actor::Person(_)) && open_to(actor).next().is_some()
}

/// Links to what the person may open: a column on wide screens, folded away on narrow ones.
#[component]
pub fn AdminNav(
    /// The page that is open, or the one that it belongs to.
    here: &'static str,
    /// Who looks.
    actor: Actor,
) -> impl IntoView {
    let links = open_to(&actor).map(|entry| {
        let current = (entry.path == here).then_some("page");
        view! { <li><a href=entry.path aria-current=current>{entry.label}</a></li> }
    });
    let links = links.collect_view();
    view! {
        <nav class="admin-nav" aria-label="Administration">
            <details><summary>"Administration"</summary><ul>{links}</ul></details>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::groups::PERMISSIONS;

    #[test]
    fn every_page_stands_once_and_takes_a_permission_that_exists() {
        for (place, entry) in ENTRIES.iter().enumerate() {
            assert!(ENTRIES[..place].iter().all(|other| other.path != entry.path), "{entry:?}");
            assert!(PERMISSIONS.iter().any(|known| known.name == entry.permission), "{entry:?}");
        }
        assert_eq!(open_to(&Actor::Anonymous).count(), 0);
        assert!(!may_enter(&Actor::Operator), "the command line opens no page");
    }
}
