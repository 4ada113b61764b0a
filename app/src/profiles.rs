//! What people show of themselves: the public page, and the fields that a project declares, as forms and facts. The form
//! behind `/account/profile` stands in `account/profile.rs`. Who sees what is decided in `vestibule_domain::profiles`.

pub mod actions;
pub(crate) mod card;
pub mod fields;
pub mod public;

use leptos::prelude::*;
use leptos_router::components::Route;
use leptos_router::{MatchNestedRoutes, SsrMode, path};
use public::PublicPage;

/// `/u/:username`.
#[component(transparent)]
pub fn ProfileRoutes() -> impl MatchNestedRoutes + Clone {
    view! { <Route path=path!("/u/:username") view=PublicPage ssr=SsrMode::Async/> }.into_inner()
}
