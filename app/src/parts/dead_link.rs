//! What stands behind a mailed link that cannot be followed: said as what it is, with the ways on from there.

use super::{NoticeBox, PageTitle, Tone};
use crate::text::sentence;
use leptos::prelude::*;
use vestibule_model::Error;

/// The whole page.
#[component]
pub fn DeadLink(
    /// The page's title, as for a link that works.
    title: &'static str,
    /// Why: [`Error::LinkDead`], or what the action behind the link answered.
    error: Error,
    /// What such links are good for.
    about: &'static str,
    /// Where to go from here, as links.
    children: Children,
) -> impl IntoView {
    let heading =
        if error == Error::LinkDead { "This link does not work any more" } else { "That did not work" };
    view! {
        <PageTitle text=title/>
        <section class="card card-narrow">
            <h1>{heading}</h1>
            <NoticeBox tone=Tone::Warning>{sentence(&error)}</NoticeBox>
            <p>{about}</p>
            <p class="actions">{children()}</p>
        </section>
    }
}
