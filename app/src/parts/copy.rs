//! A button that copies what stands elsewhere on the page: an island. Without JavaScript, and where a browser lets no page
//! write to the clipboard (plain http), it is not there, and what is to be copied is selected by a click.
#![allow(missing_docs, reason = "the struct that #[island] makes of the arguments")]

use js_sys::{Function, Promise, Reflect};
use leptos::{leptos_dom::helpers::is_browser, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Copies the text of the element `of`, and says so.
#[island]
pub fn CopyButton(
    /// The element's id.
    of: String,
    /// What is copied, as in `Copy the key`.
    label: String,
) -> impl IntoView {
    let (ready, set_ready) = signal(false);
    let (told, set_told) = signal("");
    if is_browser() {
        Effect::new(move |_| set_ready.set(clipboard().is_some()));
    }
    let copy = move |_| {
        let text = document().get_element_by_id(&of).and_then(|element| element.text_content());
        let Some(text) = text else { return };
        spawn_local(async move {
            let done = match write(&text) {
                Some(writing) => JsFuture::from(writing).await.is_ok(),
                None => false,
            };
            set_told.set(if done { "Copied." } else { "Your browser did not let us. Copy it by hand." });
        });
    };
    view! {
        <div class="actions copy" hidden=move || !ready.get()>
            <button type="button" class="button button-quiet" on:click=copy>{label}</button>
            <span role="status">{move || told.get()}</span>
        </div>
    }
}

/// The clipboard, where the browser gives it to this page: on https and on this machine (W3C Clipboard API, 3).
fn clipboard() -> Option<JsValue> {
    let navigator = Reflect::get(&window(), &"navigator".into()).ok()?;
    let clipboard = Reflect::get(&navigator, &"clipboard".into()).ok()?;
    clipboard.is_object().then_some(clipboard)
}

fn write(text: &str) -> Option<Promise> {
    let clipboard = clipboard()?;
    let write = Reflect::get(&clipboard, &"writeText".into()).ok()?.dyn_into::<Function>().ok()?;
    write.call1(&clipboard, &text.into()).ok()?.dyn_into().ok()
}
