//! What happened to one's own account, as a list: the newest few on `/account`, all of it by pages on `/account/security`.

use crate::parts::Moment;
use crate::paths;
use crate::text::{doer, event_sentence};
use leptos::prelude::*;
use vestibule_model::events::OwnEvent;

/// Where all of it is: the newest, or what is older than the event called `after`.
pub(super) fn address(after: Option<&str>) -> String {
    format!("{}#history", paths::with_query(paths::SECURITY, "after", after.unwrap_or_default()))
}

/// Events, newest first, in words.
#[component]
pub fn History(
    /// What happened.
    events: Vec<OwnEvent>,
) -> impl IntoView {
    let empty = events.is_empty();
    let rows = events.into_iter().map(|event| {
        let sentence = event_sentence(&event);
        let more = [event.device, event.address, doer(event.by).map(str::to_owned)];
        let more: Vec<String> = more.into_iter().flatten().collect();
        let more = if more.is_empty() { String::new() } else { format!(" · {}", more.join(" · ")) };
        view! { <li><p>{sentence}</p><p class="quiet"><Moment at=event.at exact=true/>{more}</p></li> }
    });
    let rows = rows.collect_view();
    if empty {
        return view! { <p class="quiet">"Nothing is older than this."</p> }.into_any();
    }
    view! { <ol class="history">{rows}</ol> }.into_any()
}
