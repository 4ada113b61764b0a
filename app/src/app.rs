//! The reference application: every page of the product, and the policies they state. A project that adds pages writes
//! its own `App` of the same route sets (see `examples/minimal`) and hands it to `Vestibule::builder().pages(..)`.

use crate::{
    AccountRoutes, AdminRoutes, AuthRoutes, DevRoutes, HomeRoutes, NotFound, ProfileRoutes, admin, paths,
};
use leptos::prelude::*;
use leptos_router::components::{Router, Routes};
use vestibule_domain::endpoints::{PagePolicy, Policy};

/// Every page of the product.
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
            </Routes>
        </Router>
    }
}

/// What every page of the product states about itself; the server refuses to start when one is missing.
pub fn page_policies() -> Vec<PagePolicy> {
    let open = [
        paths::HOME,
        paths::SETUP,
        paths::VERIFY,
        paths::FINISH,
        paths::RESET,
        paths::EMAIL_UNDO,
        paths::UNSUBSCRIBE,
    ];
    let open = open.map(|path| PagePolicy::new(path, Policy::anyone("pages")));
    let profile = [PagePolicy::new(paths::PUBLIC_PROFILE, Policy::anyone("profiles").tagged("pages"))];
    let alike = [
        paths::REGISTER,
        paths::REGISTER_SENT,
        paths::VERIFY_RESEND,
        paths::LOGIN,
        paths::FORGOT,
        paths::FORGOT_SENT,
    ];
    let alike = alike.map(|path| PagePolicy::new(path, Policy::anyone("pages").shared()));
    let own = [
        paths::ACCOUNT,
        paths::PROFILE,
        paths::EMAIL,
        paths::EMAIL_CONFIRM,
        paths::IDENTITIES,
        paths::USAGE,
        paths::KEY_SECRET,
        paths::NOTIFICATIONS,
        paths::PROVE,
    ];
    let own = own.map(|path| PagePolicy::new(path, Policy::signed_in("pages")));
    let ends = [paths::SECURITY, paths::PASSWORD, paths::SESSIONS, paths::KEYS, paths::KEY];
    let ends = ends.map(|path| PagePolicy::new(path, Policy::signed_in("pages").while_blocked()));
    let proven = [paths::DATA, paths::KEY_NEW, paths::KEY_EDIT];
    let proven = proven.map(|path| PagePolicy::new(path, Policy::signed_in("pages").proven()));
    let dev = [paths::DEV_MAIL, paths::DEV_LETTER].map(|path| PagePolicy::new(path, Policy::loopback("dev")));
    open.into_iter()
        .chain(profile)
        .chain(alike)
        .chain(own)
        .chain(ends)
        .chain(proven)
        .chain(admin::page_policies())
        .chain(dev)
        .collect()
}
