//! This project's pages: its own, and those of Vestibule it keeps.

use crate::guestbook;
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;
use vestibule::app::parts::{Card, PageTitle};
use vestibule::app::{
    AccountRoutes, AdminRoutes, AuthRoutes, DevRoutes, HomeRoutes, NotFound, ProfileRoutes, page_policies,
};
use vestibule::{PagePolicy, Policy};

/// Vestibule's pages and ours.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=NotFound>
                <HomeRoutes/>
                <AuthRoutes/>
                <AccountRoutes/>
                <AdminRoutes/>
                <ProfileRoutes/>
                <DevRoutes/>
                <Route path=path!("/guestbook") view=GuestbookPage/>
            </Routes>
        </Router>
    }
}

/// What every page states about itself.
pub fn policies() -> Vec<PagePolicy> {
    let mut policies = page_policies();
    policies.push(PagePolicy::new("/guestbook", Policy::anyone("guestbook").tagged("guestbook-reading")));
    policies
}

/// `/guestbook`.
#[component]
fn GuestbookPage() -> impl IntoView {
    let entries = guestbook::entries().into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    view! {
        <PageTitle text="Guest book"/>
        <h1>"Guest book"</h1>
        <Card>
            <ul>{entries}</ul>
        </Card>
    }
}
