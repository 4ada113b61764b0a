//! The addresses of the stylesheet, the wasm and its loader. Each carries a fingerprint of the file, so that `src/http`
//! may let browsers keep it for a year; a changed file has a new address.

use leptos::config::LeptosOptions;
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;
use std::sync::OnceLock;

/// Addresses of what every document refers to.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    pub(crate) css: String,
    pub(super) js: String,
    pub(super) wasm: String,
}

static KNOWN: OnceLock<Assets> = OnceLock::new();

impl Assets {
    /// The addresses under `options`; the files are read once, for the first page.
    pub(super) fn of(options: &LeptosOptions) -> Self {
        KNOWN.get_or_init(|| Self::look(options)).clone()
    }

    /// The addresses as they were found for the first page.
    pub(crate) fn known() -> Self {
        KNOWN.get().cloned().unwrap_or_else(|| Self {
            css: "/pkg/vestibule.css".to_owned(),
            js: "/pkg/vestibule.js".to_owned(),
            wasm: "/pkg/vestibule.wasm".to_owned(),
        })
    }

    fn look(options: &LeptosOptions) -> Self {
        let folder = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
        let address = |file: &str| {
            let bytes = if watched() { None } else { std::fs::read(folder.join(file)).ok() };
            let print = bytes.map(|bytes| format!("?v={}", fingerprint(&bytes))).unwrap_or_default();
            format!("/{}/{file}{print}", options.site_pkg_dir)
        };
        let name = &options.output_name;
        // wasm-bindgen writes `_bg`, cargo-leptos and xtask rename it.
        let unnamed = format!("{name}_bg.wasm");
        let wasm = if folder.join(&unnamed).is_file() { unnamed } else { format!("{name}.wasm") };
        Self {
            css: address(&format!("{name}.css")),
            js: address(&format!("{name}.js")),
            wasm: address(&wasm),
        }
    }
}

/// Whether `cargo leptos watch` runs this server: then files change under it, and their addresses must not.
#[expect(
    clippy::disallowed_methods,
    reason = "leptos itself decides by this variable whether a page reloads"
)]
fn watched() -> bool {
    std::env::var_os("LEPTOS_WATCH").is_some()
}

/// Tells two builds of a file apart; says nothing about who made it.
fn fingerprint(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:016x}", hasher.finish())
}
