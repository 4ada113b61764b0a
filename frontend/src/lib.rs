//! The browser's side: hydrates the islands of `vestibule-app`. Built to wasm by cargo-leptos or `cargo xtask`; loaded by
//! the script in `app/src/shell/scripts.rs`. Nothing else lives here.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the loading script, before it hands each island its element.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
    vestibule_app::link_islands();
}
