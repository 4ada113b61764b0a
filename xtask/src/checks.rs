//! The steps of `check` and of `test`'s lint part: format, clippy on both sides of the wire, gates, licences, docs.
//!
//! Called by `test.rs`. Must never run the product.

use crate::run::{Outcome, cargo, run};
use crate::{gates, tools};

/// The crates of the server side: everything but the frontend, which exists only for the browser.
pub(crate) const SERVER_SIDE: &str = "--workspace --exclude vestibule-frontend";

pub(crate) fn format() -> Outcome {
    run(&mut cargo("fmt --all --check"))
}

/// Server side with every target; this includes `app` as it runs on the server.
pub(crate) fn clippy_server() -> Outcome {
    run(&mut cargo(&format!("clippy --keep-going --all-targets {SERVER_SIDE} -- -D warnings")))
}

/// `app`, `model` and `frontend` as the browser runs them.
pub(crate) fn clippy_browser() -> Outcome {
    tools::wasm_target()?;
    let packages = "--package vestibule-frontend --package vestibule-app --package vestibule-model";
    run(&mut cargo(&format!("clippy {packages} --target wasm32-unknown-unknown -- -D warnings")))
}

pub(crate) fn gates() -> Outcome {
    gates::texts()?;
    gates::browser_dependencies()
}

/// cargo-deny, where somebody installed it: compiling it would take longer than all other checks.
pub(crate) fn licences() -> Outcome {
    if tools::find("cargo-deny").is_none() {
        println!("cargo-deny is not installed; skipped");
        return Ok(());
    }
    run(&mut cargo("deny check bans licenses sources"))
}

/// With the private items, which is why a link to one of them is no fault.
pub(crate) fn docs() -> Outcome {
    let mut doc = cargo(&format!("doc --keep-going --no-deps --document-private-items {SERVER_SIDE}"));
    run(doc.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links"))
}
