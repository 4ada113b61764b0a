//! The site options: where the built site lies and what its files are called. Read once at start from `Leptos.toml` and
//! `LEPTOS_*` through `leptos_config` (cargo-leptos sets the latter); settings of ours are in `config.rs`.

use leptos::config::{Env, LeptosOptions, errors::LeptosConfigError, get_configuration};
use std::path::Path;

/// The file that is read when it is there.
const FILE: &str = "Leptos.toml";
/// Where cargo-leptos builds to, as seen from a workspace.
const BUILT: &str = "target/site";

/// Why the site options could not be read.
#[derive(Debug, thiserror::Error)]
#[error("Leptos.toml: {0}")]
pub struct SiteError(#[from] LeptosConfigError);

/// The options of the site that this process serves: `Leptos.toml` in the working directory, else what cargo-leptos
/// told, else the defaults.
///
/// # Errors
/// When the file is there and does not fit.
pub fn options() -> Result<LeptosOptions, SiteError> {
    if Path::new(FILE).exists() {
        return Ok(get_configuration(Some(FILE))?.leptos_options);
    }
    if told_by_cargo_leptos() {
        return Ok(get_configuration(None)?.leptos_options);
    }
    Ok(defaults())
}

#[expect(
    clippy::disallowed_methods,
    reason = "leptos_config reads the same variables, and no setting of ours"
)]
fn told_by_cargo_leptos() -> bool {
    std::env::var_os("LEPTOS_OUTPUT_NAME").is_some()
}

/// What holds without a file: the site built in the workspace, or the folder `site` beside the program.
pub fn defaults() -> LeptosOptions {
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("site")));
    let root = match beside.filter(|site| site.is_dir()) {
        Some(site) if !Path::new(BUILT).is_dir() => site.to_string_lossy().into_owned(),
        _ => BUILT.to_owned(),
    };
    let env = if cfg!(debug_assertions) { Env::DEV } else { Env::PROD };
    LeptosOptions::builder().output_name("vestibule").site_root(root).site_pkg_dir("pkg").env(env).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::{Table, Value};

    fn section(file: &str) -> Table {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let table: Table = text.parse().unwrap();
        table["workspace"]["metadata"]["leptos"][0].as_table().unwrap().clone()
    }

    #[test]
    fn leptos_toml_agrees_with_the_build() {
        let (build, run) = (section("Cargo.toml"), section(FILE));
        for (key, value) in &run {
            if key != "env" {
                assert_eq!(build.get(key), Some(value), "{key}");
            }
        }
        for key in ["output-name", "site-root", "site-pkg-dir", "site-addr", "reload-port"] {
            assert!(run.contains_key(key), "{key} is missing in {FILE}");
        }
        assert_eq!(build.get("hash-files"), run.get("hash-files").filter(|on| **on != Value::Boolean(false)));
    }

    #[test]
    fn the_defaults_agree_with_leptos_toml() {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)).unwrap();
        let run = leptos::config::get_config_from_str(&text).unwrap();
        let bare = defaults();
        assert_eq!((run.output_name, run.site_pkg_dir), (bare.output_name, bare.site_pkg_dir));
        assert_eq!((&*run.site_root, run.hash_files), (BUILT, bare.hash_files));
    }
}
