//! Around a list: the form that narrows it and the links to its other pages. All state stands in the address, so that a list
//! can be kept, sent and gone back to.
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]

use super::buttons::SubmitButton;
use leptos::prelude::*;

/// The form that narrows a list: fields, a button, and a link that takes every filter away.
#[component]
pub fn Filters(
    /// The list's address, without a query.
    #[prop(into)]
    action: String,
    /// What the form searches, for screen readers.
    #[prop(into)]
    label: String,
    /// Whether anything is filtered now.
    #[prop(default = false)]
    active: bool,
    /// Its fields.
    children: Children,
) -> impl IntoView {
    let clear = active.then(|| view! { <a class="button button-quiet" href=action.clone()>"Clear"</a> });
    view! {
        <form class="filters" method="get" action=action.clone() role="search" aria-label=label>
            {children()}
            <div class="actions"><SubmitButton label="Apply"/>{clear}</div>
        </form>
    }
}

/// Links to the first page of a list and the one after this.
#[component]
pub fn Pager(
    /// The first page, unless this is it.
    #[prop(default = None)]
    first: Option<String>,
    /// The page before, for lists that can be walked back.
    #[prop(default = None)]
    previous: Option<String>,
    /// The next page, if there is one.
    #[prop(default = None)]
    next: Option<String>,
    /// What is said of the number of rows.
    #[prop(into, default = String::new())]
    words: String,
) -> impl IntoView {
    let link = |href: Option<String>, label: &'static str, rel: Option<&'static str>| {
        href.map(|href| view! { <a class="button button-quiet" href=href rel=rel>{label}</a> })
    };
    let words = (!words.is_empty()).then(|| view! { <span class="quiet">{words}</span> });
    view! {
        <nav class="pager" aria-label="Pages">
            {words}{link(first, "First page", None)}{link(previous, "Previous page", Some("prev"))}{link(next, "Next page", Some("next"))}
        </nav>
    }
}
