//! Boxes to tick that are saved at once: an island. It stands in a form of boxes, posts each one when it is changed, says
//! that it is saved and offers to undo it; one that could not be saved springs back. Without JavaScript it is nothing: the
//! form has its own button, marked `autosave-plain`, which goes once the island is awake.
#![allow(missing_docs, reason = "the struct that #[island] makes of the arguments")]

use leptos::{ev, html, leptos_dom::helpers::is_browser, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Watches the boxes of the form that it stands in.
#[island]
pub fn AutoSave(
    /// Where the form goes. It is told the box's value as `only`, and as `on[]` too where the box is ticked; it answers with
    /// a success and without leading elsewhere.
    action: String,
) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    let (said, say) = signal(Said::default());
    let action = StoredValue::new(action);
    let watch = move |_| {
        let Some(form) = place.get().and_then(|place| place.closest("form").ok().flatten()) else { return };
        window_event_listener(ev::change, move |event| {
            let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
            if let Some(input) =
                input.filter(|input| input.type_() == "checkbox" && form.contains(Some(input)))
            {
                settle(input, action.get_value(), say, SAVED);
            }
        });
    };
    if is_browser() {
        Effect::new(watch);
    }
    let undo = move |_| {
        let input = said.with_untracked(|said| document().get_element_by_id(&said.undo));
        if let Some(input) = input.and_then(|input| input.dyn_into::<web_sys::HtmlInputElement>().ok()) {
            input.set_checked(!input.checked());
            // The button is about to go, and what it was about is there.
            let _ = input.focus();
            settle(input, action.get_value(), say, UNDONE);
        }
    };
    view! {
        <div class="autosave" node_ref=place>
            <p role="status">{move || said.with(|said| said.words)}</p>
            <button
                type="button" class="button button-quiet" on:click=undo
                hidden=move || said.with(|said| said.undo.is_empty())
            >
                "Undo"
            </button>
        </div>
    }
}

const SAVED: &str = "Saved.";
const UNDONE: &str = "Undone.";
const NOT_SAVED: &str = "That could not be saved, and nothing was changed. Try again, or sign in anew.";

/// What is said of the box that was changed last.
#[derive(Clone, Debug, Default, PartialEq)]
struct Said {
    words: &'static str,
    /// The id of the box that can be changed back; empty for none.
    undo: String,
}

/// On a box that is being saved.
const SAVING: &str = "data-saving";

/// Posts the box until what is saved is what it shows; one post at a time, so that the last change is the one that stays.
fn settle(input: web_sys::HtmlInputElement, action: String, say: WriteSignal<Said>, words: &'static str) {
    if input.has_attribute(SAVING) {
        return;
    }
    let _ = input.set_attribute(SAVING, "");
    spawn_local(async move {
        let said = loop {
            let wanted = input.checked();
            if post(&action, &input.value(), wanted).await.is_none() {
                input.set_checked(!wanted);
                break Said { words: NOT_SAVED, undo: String::new() };
            }
            if input.checked() == wanted {
                let undo = if words == SAVED { input.id() } else { String::new() };
                break Said { words, undo };
            }
        };
        let _ = input.remove_attribute(SAVING);
        say.set(said);
    });
}

/// Whether it was saved. An answer that leads elsewhere, as to the sign-in page, says that it was not.
async fn post(action: &str, name: &str, on: bool) -> Option<()> {
    let body = web_sys::UrlSearchParams::new().ok()?;
    body.append("only", name);
    if on {
        body.append("on[]", name);
    }
    let request = web_sys::RequestInit::new();
    request.set_method("POST");
    request.set_body(&body);
    request.set_redirect(web_sys::RequestRedirect::Manual);
    let sent = window().fetch_with_str_and_init(action, &request);
    let answer = JsFuture::from(sent).await.ok()?.dyn_into::<web_sys::Response>().ok()?;
    answer.ok().then_some(())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn without_script_it_says_nothing() {
        let html = Owner::new_root(None).with(|| view! { <AutoSave action="/fn/x".to_owned()/> }.to_html());
        assert!(html.contains("role=\"status\"") && html.contains("hidden"), "{html}");
        assert!(!html.contains(SAVED), "{html}");
    }
}
