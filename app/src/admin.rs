//! `/admin` and below: the administrators' house. Each page is a file, and stands in the wrapper [`AdminPage`]; which page
//! asks for which permission is stated in [`nav`] and here, once. A request without it gets no byte of the page, because
//! the policy is looked at before anything is rendered. No rule is decided here.

pub mod abuse;
pub mod audit;
pub mod bans;
pub mod dashboard;
pub mod endpoints;
pub mod frame;
pub mod groups;
pub mod keys;
pub mod limits;
pub mod mail;
pub mod nav;
pub mod permissions;
pub mod person;
pub mod providers;
pub mod quotas;
pub mod settings;
pub mod system;
pub mod users;

pub use frame::AdminPage;

use crate::paths;
use leptos::prelude::*;
use leptos_router::components::Route;
use leptos_router::{MatchNestedRoutes, SsrMode, path};
use vestibule_domain::endpoints::{PagePolicy, Policy};
use vestibule_model::groups::{
    BanAccounts, ManageAccounts, ManageBans, ManageGroups, ManageLimits, ManageMail, ManageQuotas,
    Permission, ViewAccounts, ViewAudit,
};

/// `/admin` and what lies below it.
#[component(transparent)]
pub fn AdminRoutes() -> impl MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/admin") view=dashboard::DashboardPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/keys") view=keys::KeysPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/groups") view=groups::GroupsPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/groups/:name") view=groups::GroupPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/groups/:name/review") view=groups::ReviewPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/permissions") view=permissions::PermissionsPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/endpoints") view=endpoints::EndpointsPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/quotas") view=quotas::QuotasPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/quotas/:name") view=quotas::one::QuotaPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/limits") view=limits::LimitsPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/limits/:name") view=limits::LimitPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/providers") view=providers::ProvidersPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/users") view=users::UsersPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/users/new") view=users::new::NewUserPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/users/many") view=users::many::ManyPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/users/:id") view=person::PersonPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/users/:id/edit") view=person::edit::EditPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/users/:id/ban") view=person::ban::BanPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/abuse") view=abuse::AbusePage ssr=SsrMode::Async/>
        <Route path=path!("/admin/bans") view=bans::BansPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/bans/:id") view=bans::BanRecordPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/audit") view=audit::AuditPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/audit/:id") view=audit::RowPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/settings") view=settings::SettingsPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/system") view=system::SystemPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/mail") view=mail::MailPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/mail/templates") view=mail::templates::TemplatesPage ssr=SsrMode::Async/>
        <Route path=path!("/admin/mail/templates/:name") view=mail::templates::TemplatePage ssr=SsrMode::Async/>
    }
    .into_inner()
}

/// Pages that are not in the way around: `(path, permission)`.
const INNER: &[(&str, &str)] = &[
    (paths::ADMIN_AUDIT_ROW, ViewAudit::NAME),
    (paths::ADMIN_ABUSE, ManageBans::NAME),
    (paths::ADMIN_BAN, ManageBans::NAME),
    (paths::ADMIN_GROUP, ManageGroups::NAME),
    (paths::ADMIN_GROUP_REVIEW, ManageGroups::NAME),
    (paths::ADMIN_QUOTA, ManageQuotas::NAME),
    (paths::ADMIN_LIMIT, ManageLimits::NAME),
    (paths::ADMIN_NEW_USER, ManageAccounts::NAME),
    (paths::ADMIN_MANY_USERS, ViewAccounts::NAME),
    (paths::ADMIN_USER, ViewAccounts::NAME),
    (paths::ADMIN_USER_EDIT, ManageAccounts::NAME),
    (paths::ADMIN_USER_BAN, BanAccounts::NAME),
    (paths::ADMIN_TEMPLATES, ManageMail::NAME),
    (paths::ADMIN_TEMPLATE, ManageMail::NAME),
];

/// What every page of the house states.
pub(crate) fn page_policies() -> Vec<PagePolicy> {
    let listed = nav::ENTRIES.iter().map(|entry| (entry.path, entry.permission));
    let all = listed.chain(INNER.iter().copied());
    let policy = |(path, permission)| {
        let policy = Policy::permitted(permission, "admin");
        PagePolicy::new(path, if path == paths::ADMIN_TEMPLATE { policy.framing() } else { policy })
    };
    all.map(policy).collect()
}
