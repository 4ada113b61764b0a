//! A moment, as clocks show it where the reader lives, with the exact one for machines and on hover.

use crate::text::{day, day_and_time, moment};
use leptos::prelude::*;
use vestibule_model::Timestamp;

/// The day of a moment, or its day and time.
#[component]
pub fn Moment(
    /// When.
    at: Timestamp,
    /// Whether the time of day is told too.
    #[prop(default = false)]
    exact: bool,
) -> impl IntoView {
    let words = if exact { day_and_time(at) } else { day(at) };
    view! { <time datetime=at.to_string() title=moment(at)>{words}</time> }
}
