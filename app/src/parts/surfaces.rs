//! What things stand on: cards, the danger zone, folded details, lists of facts.

use super::icons::Icon;
use leptos::prelude::*;

/// A card; pages with one form put it into one.
#[component]
pub fn Card(
    /// Its heading, if it has one.
    #[prop(into, default = String::new())]
    title: String,
    /// What stands on it.
    children: Children,
) -> impl IntoView {
    let heading = (!title.is_empty()).then(|| view! { <h2>{title}</h2> });
    view! { <section class="card">{heading}{children()}</section> }
}

/// A card for what cannot be undone: told by outline, sign and words, never by colour alone.
#[component]
pub fn DangerZone(
    /// Its heading.
    #[prop(into)]
    title: String,
    /// What stands on it.
    children: Children,
) -> impl IntoView {
    view! { <section class="card card-danger"><h2><Icon name="alert"/>{title}</h2>{children()}</section> }
}

/// Something folded away until it is asked for.
#[component]
pub fn Details(
    /// What is always seen.
    #[prop(into)]
    summary: String,
    /// Whether it starts unfolded.
    #[prop(default = false)]
    open: bool,
    /// What is folded away.
    children: Children,
) -> impl IntoView {
    view! { <details class="details" open=open><summary>{summary}</summary><div>{children()}</div></details> }
}

/// A list of facts.
#[component]
pub fn Facts(
    /// [`Fact`]s.
    children: Children,
) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// One fact.
#[component]
pub fn Fact(
    /// What it is about.
    #[prop(into)]
    label: String,
    /// What is so.
    children: Children,
) -> impl IntoView {
    view! { <div><dt>{label}</dt><dd>{children()}</dd></div> }
}
