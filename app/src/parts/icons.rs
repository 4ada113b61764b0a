//! The mark of the product and the few signs beside words. Inline SVG, so that they cost no request and follow the text's
//! colour; all are hidden from screen readers, because the words beside them say it.

use leptos::prelude::*;

/// The mark: a doorway seen from inside, the door ajar.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path class="logo-arch" d="M5 30V15a11 11 0 0 1 22 0v15z"/>
            <path class="logo-light" d="M10 30V15a6 6 0 0 1 12 0v15z"/>
            <path class="logo-door" d="M10 30V15a6 6 0 0 1 6-6v21z"/>
        </svg>
    }
}

/// A sign of 20 by 20.
#[component]
pub fn Icon(
    /// `alert`, `check`, `info`, `mail` or `key`.
    name: &'static str,
) -> impl IntoView {
    let path = match name {
        "alert" => {
            "M10 6v5m0 3v.01M8.6 3.2 1.9 14.6A1.6 1.6 0 0 0 3.3 17h13.4a1.6 1.6 0 0 0 1.4-2.4L11.4 3.2a1.6 1.6 0 0 0-2.8 0z"
        }
        "check" => "m6.5 10.2 2.4 2.4 4.6-5M18 10a8 8 0 1 1-16 0 8 8 0 0 1 16 0z",
        "mail" => {
            "m2.5 5.5 7.5 6 7.5-6M3.5 4h13A1.5 1.5 0 0 1 18 5.500v9a1.500 1.500 0 0 1-1.500 1.500h-13A1.500 1.500 0 0 1 2 14.500v-9A1.500 1.500 0 0 1 3.500 4z"
        }
        "key" => {
            "M12.500 11.500a4 4 0 1 0-3.700-2.500L3 14.800V17h2.500v-1.800h1.800v-1.800l1.700-1.700c.9.5 2.100.8 3.500-.2zM13.300 6.700v.01"
        }
        _ => "M10 9v5m0-8v.01M18 10a8 8 0 1 1-16 0 8 8 0 0 1 16 0z",
    };
    view! { <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d=path/></svg> }
}
