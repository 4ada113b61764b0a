//! What every page of the house stands in: the way around, breadcrumbs, title, lead and what can be done there.

use super::nav::{AdminNav, ENTRIES};
use crate::parts::PageTitle;
use crate::{paths, server};
use leptos::prelude::*;

/// A page of the house. Call it after everything was loaded: who asks is read from the request.
#[component]
pub fn AdminPage(
    /// What the page is called.
    #[prop(into)]
    title: String,
    /// A sentence that says what it is for; may be empty.
    #[prop(into, default = String::new())]
    lead: String,
    /// The address of the entry of the way around that it is, or belongs to.
    here: &'static str,
    /// Buttons beside the title.
    #[prop(optional)]
    actions: Option<AnyView>,
    /// What stands on it.
    children: Children,
) -> impl IntoView {
    let lead = (!lead.is_empty()).then(|| view! { <p class="quiet">{lead}</p> });
    view! {
        <PageTitle text=title.clone()/>
        <div class="admin">
            <AdminNav here actor=server::actor()/>
            <div class="admin-page">
                <Breadcrumbs here title=title.clone()/>
                <div class="admin-head">
                    <div><h1>{title}</h1>{lead}</div>
                    {actions.map(|actions| view! { <div class="actions">{actions}</div> })}
                </div>
                {children()}
            </div>
        </div>
    }
}

/// Where the page stands in the house; the last one is the page itself.
#[component]
fn Breadcrumbs(here: &'static str, title: String) -> impl IntoView {
    let section = ENTRIES.iter().find(|entry| entry.path == here && entry.path != paths::ADMIN);
    let inner = section.is_none_or(|section| section.label != title) && here != paths::ADMIN;
    let section = section.map(|section| {
        let label = section.label;
        if inner {
            view! { <li><a href=section.path>{label}</a></li> }.into_any()
        } else {
            view! { <li aria-current="page">{label}</li> }.into_any()
        }
    });
    let top = ENTRIES.iter().find(|entry| entry.path == paths::ADMIN);
    let top = match (here == paths::ADMIN, top.filter(|entry| server::actor().holds(entry.permission))) {
        (false, Some(top)) => view! { <li><a href=top.path>"Admin"</a></li> }.into_any(),
        _ => view! { <li>"Admin"</li> }.into_any(),
    };
    let page = inner.then(|| view! { <li aria-current="page">{title}</li> });
    view! { <nav class="crumbs" aria-label="Breadcrumbs"><ol>{top}{section}{page}</ol></nav> }
}
