//! Buttons and links that look like buttons.

use leptos::prelude::*;

/// Sends its form.
#[component]
pub fn SubmitButton(
    /// What it does, as a verb.
    #[prop(into)]
    label: String,
    /// `primary`, `quiet` or `danger`.
    #[prop(default = "primary")]
    look: &'static str,
) -> impl IntoView {
    view! { <button type="submit" class=format!("button button-{look}")>{label}</button> }
}

/// Leads to another page.
#[component]
pub fn LinkButton(
    /// One of our paths.
    #[prop(into)]
    href: String,
    /// Where it leads.
    #[prop(into)]
    label: String,
    /// `primary`, `quiet` or `danger`.
    #[prop(default = "primary")]
    look: &'static str,
) -> impl IntoView {
    view! { <a href=href class=format!("button button-{look}")>{label}</a> }
}
