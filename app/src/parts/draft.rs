//! What helps while a form is written: an island. It counts the characters that are left of a long text, and asks before a
//! page is left whose form was changed and not sent. Without JavaScript it is nothing: the text area's `maxlength` and hint do.
#![allow(missing_docs, reason = "the struct that #[island] makes of the arguments")]

use leptos::{ev, leptos_dom::helpers::is_browser, prelude::*};
use wasm_bindgen::JsCast;

/// Counts in the text area called `field`, and watches every form of the page that is marked `data-draft`; one that holds
/// what is not saved from the start is marked `data-unsaved` too.
#[island]
pub fn Draft(
    /// The text area's id.
    field: String,
    /// Most characters of its text.
    max: u32,
) -> impl IntoView {
    let (left, set_left) = signal(None::<i64>);
    // On the server there is nothing to watch, and where effects are compiled in for it nothing to run them on.
    let watch = move |_| {
        let Some(area) = text_area(&field) else { return };
        // The browser would cut off what is pasted, and counts otherwise than the server does.
        let _ = area.remove_attribute("maxlength");
        set_left.set(Some(room(&area, max)));
        guard(&area, move |area| set_left.set(Some(room(area, max))));
    };
    if is_browser() {
        Effect::new(watch);
    }
    view! {
        <p
            class="field-count"
            class:field-count-over=move || left.get().is_some_and(|left| left < 0)
            aria-live=move || if left.get().is_some_and(|left| left <= NEAR) { "polite" } else { "off" }
            hidden=move || left.get().is_none()
        >
            {move || left.get().map(said).unwrap_or_default()}
        </p>
    }
}

/// Characters left from which on a screen reader hears of each.
const NEAR: i64 = 10;

fn said(left: i64) -> String {
    let (count, what) = if left < 0 { (-left, "too many") } else { (left, "left") };
    format!("{count} character{} {what}.", if count == 1 { "" } else { "s" })
}

fn text_area(id: &str) -> Option<web_sys::HtmlTextAreaElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Characters left, as the server counts them: without white space around the text.
fn room(area: &web_sys::HtmlTextAreaElement, max: u32) -> i64 {
    let count = area.value().trim().chars().count();
    i64::from(max) - i64::try_from(count).unwrap_or(i64::MAX)
}

/// Calls `typed` whenever something in the form of `area` changed, and asks before the page is left while a form of it that
/// is marked `data-draft` holds what was not sent. Each form stands for itself: sending one does not send the others, so
/// that it is asked for those then.
fn guard(area: &web_sys::HtmlTextAreaElement, typed: impl Fn(&web_sys::HtmlTextAreaElement) + 'static) {
    let (area, own) = (area.clone(), area.form());
    window_event_listener(ev::input, move |event| {
        let Some(form) = form_of(&event) else { return };
        let _ = form.set_attribute(UNSAVED, "");
        if own.as_ref().is_some_and(|own| form.is_same_node(Some(own))) {
            typed(&area);
        }
    });
    window_event_listener(ev::submit, move |event| {
        if let Some(form) = form_of(&event) {
            let _ = form.remove_attribute(UNSAVED);
        }
    });
    window_event_listener(ev::beforeunload, move |event| {
        if document().query_selector("form[data-unsaved]").ok().flatten().is_some() {
            event.prevent_default();
        }
    });
}

/// On a form that holds what was not sent.
const UNSAVED: &str = "data-unsaved";

/// The form that is watched in which it happened.
fn form_of(event: &web_sys::Event) -> Option<web_sys::Element> {
    event.target()?.dyn_into::<web_sys::Element>().ok()?.closest("form[data-draft]").ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_in_words() {
        assert_eq!(
            [500, 1, 0, -1, -12].map(said).join(" "),
            "500 characters left. 1 character left. 0 characters left. 1 character too many. 12 characters too many."
        );
    }
}
