//! `/admin`: the site at a glance.

use super::{AdminPage, nav};
use crate::parts::Card;
use crate::{paths, server};
use leptos::prelude::*;

/// `/admin`.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let actor = server::actor();
    let pages = nav::open_to(&actor).filter(|entry| entry.path != paths::ADMIN);
    let pages = pages.map(|entry| view! { <li><a href=entry.path>{entry.label}</a></li> }).collect_view();
    view! {
        <AdminPage title="Overview" here=paths::ADMIN>
            <Card title="What you look after"><ul class="links">{pages}</ul></Card>
        </AdminPage>
    }
}
