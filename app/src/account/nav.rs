//! The way around one's own account: stands on top of every page of `/account`.

use crate::paths;
use leptos::prelude::*;

/// Pages and what they are called here, in this order.
const PAGES: [(&str, &str); 9] = [
    (paths::ACCOUNT, "Overview"),
    (paths::PROFILE, "Profile"),
    (paths::SECURITY, "Security"),
    (paths::IDENTITIES, "Connected accounts"),
    (paths::SESSIONS, "Sessions"),
    (paths::KEYS, "API keys"),
    (paths::USAGE, "Usage"),
    (paths::NOTIFICATIONS, "Notifications"),
    (paths::DATA, "Your data"),
];

/// Links to every page of the account.
#[component]
pub fn AccountNav(
    /// The page that is open, or the one that it belongs to.
    here: &'static str,
) -> impl IntoView {
    let links = PAGES.map(|(href, label)| {
        view! { <li><a href=href aria-current=(href == here).then_some("page")>{label}</a></li> }
    });
    view! { <nav class="account-nav" aria-label="Account"><ul>{links}</ul></nav> }
}
