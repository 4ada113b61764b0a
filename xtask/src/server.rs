//! The server program: run it for a developer, build it for release, or hand over to cargo-leptos' watch loop.
//!
//! Called by the chores serve, build, watch and by the browser tests. Must never hold settings: those are the server's.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::run::{Outcome, cargo, command, run, shown, target_dir, timed};
use crate::site::{self, Profile};
use crate::tools;

/// `cargo xtask serve`: site and server in the dev profile, then `vestibule serve` in our place.
pub(crate) fn serve(arguments: &[String]) -> Outcome {
    let start = Instant::now();
    site::build(Profile::Dev)?;
    let server = timed("server", binary)?;
    println!("\n   ready after {:.1} s; Ctrl-C stops the server", start.elapsed().as_secs_f64());
    let mut serve = command(server);
    serve.arg("serve").args(arguments).envs(site_variables());
    Err(in_our_place(serve))
}

/// `cargo xtask build`: the release site and the release server.
pub(crate) fn build() -> Outcome {
    site::build(Profile::Release)?;
    timed("server", || run(&mut cargo("build --release --package vestibule --bin vestibule")))?;
    println!(
        "\n   {} serves {}",
        target_dir().join("release/vestibule").display(),
        site::site_dir().display()
    );
    Ok(())
}

/// `cargo xtask watch`: cargo-leptos rebuilds on every change and reloads the browser.
pub(crate) fn watch(arguments: &[String]) -> Outcome {
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    tools::cargo_leptos()?;
    let mut watch = cargo("leptos watch");
    watch.args(arguments).env("PATH", tools::path_with_tools()?);
    watch.args(["--", "serve"]);
    Err(in_our_place(watch))
}

/// The server of the dev profile, built.
pub(crate) fn binary() -> Outcome<PathBuf> {
    run(&mut cargo("build --package vestibule --bin vestibule"))?;
    Ok(target_dir().join("debug/vestibule"))
}

/// What cargo-leptos would tell the server about the site.
pub(crate) fn site_variables() -> [(&'static str, String); 3] {
    [
        ("LEPTOS_OUTPUT_NAME", "vestibule".to_owned()),
        ("LEPTOS_SITE_ROOT", site::site_dir().display().to_string()),
        ("LEPTOS_SITE_PKG_DIR", "pkg".to_owned()),
    ]
}

/// Replaces this process, so that Ctrl-C and SIGTERM reach the program itself; returns only if that failed.
fn in_our_place(mut program: Command) -> crate::run::Failure {
    println!("$ {}\n", shown(&program));
    let cause = program.exec();
    format!("{}: {cause}", shown(&program)).into()
}
