//! Finding the programs that the chores need, and installing those that are missing: never asking, never twice.
//!
//! Called by every chore. Programs compiled here go to `<user cache>/vestibule/tools`, packages come from apt (as root or
//! with password-free sudo) and from npm (the lock file in `end2end/`). Must never install anything system-wide otherwise.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Outcome, at, cargo, command, output, root, run, succeeds};

/// The version of cargo-leptos that CI and CONTRIBUTING speak of.
const CARGO_LEPTOS: &str = "0.3.10";

/// Everything that any chore needs.
pub(crate) fn all() -> Outcome {
    wasm_target()?;
    wasm_bindgen()?;
    cargo_leptos()?;
    node_packages()?;
    chromium()?;
    crate::postgres::programs()?;
    apt("redis-server", "redis-server")?;
    println!("everything is installed");
    Ok(())
}

/// `${XDG_CACHE_HOME:-~/.cache}/vestibule`: what outlives a clone.
pub(crate) fn cache_dir() -> Outcome<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .filter(|dir| !dir.is_empty())
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(base.join("vestibule"))
}

/// `PATH` with our own tools first.
pub(crate) fn path_with_tools() -> Outcome<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = cache_dir()?.join("tools");
    let ours = [tools.join("bin"), tools.join("node_modules/.bin"), root().join("end2end/node_modules/.bin")];
    std::env::join_paths(ours.into_iter().chain(std::env::split_paths(&path)))
        .map_err(|cause| format!("PATH: {cause}").into())
}

/// The first file of this name in `PATH` or among our tools.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = path_with_tools().ok()?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// The standard library for the browser.
pub(crate) fn wasm_target() -> Outcome {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir() {
        return Ok(());
    }
    run(command("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
}

/// wasm-bindgen of exactly the version in Cargo.lock; another one refuses our wasm.
pub(crate) fn wasm_bindgen() -> Outcome<PathBuf> {
    let version = locked("wasm-bindgen")?;
    compiled("wasm-bindgen", "wasm-bindgen-cli", &version, &["--version"], &[])
}

/// cargo-leptos, for the developer's loop only: `serve` and `test` do without it.
pub(crate) fn cargo_leptos() -> Outcome<PathBuf> {
    // Its own downloads are off: wasm-bindgen and wasm-opt are ours, found through PATH.
    compiled(
        "cargo-leptos",
        "cargo-leptos",
        CARGO_LEPTOS,
        &["leptos", "--version"],
        &["--features", "no_downloads"],
    )
}

/// The version of a crate in Cargo.lock.
fn locked(name: &str) -> Outcome<String> {
    let path = root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).map_err(at(&path))?;
    let entry = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = lock.split_once(&entry).ok_or_else(|| format!("{name} is not in Cargo.lock"))?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

/// A program of this version, from PATH or compiled once a machine without optimisation: a release build of these tools
/// takes several times as long as all they will ever do here.
fn compiled(program: &str, krate: &str, version: &str, ask: &[&str], extra: &[&str]) -> Outcome<PathBuf> {
    let fits = |file: &PathBuf| {
        let answer = output(command(file).args(ask)).unwrap_or_default();
        answer.split_whitespace().any(|word| word == version)
    };
    if let Some(found) = find(program).filter(fits) {
        return Ok(found);
    }
    let tools = cache_dir()?.join("tools");
    println!("{krate} {version} is missing; compiling it into {}", tools.display());
    let install = |how: &str| {
        let mut install = cargo(how);
        install.env("CARGO_TARGET_DIR", tools.join("build")).env("CARGO_PROFILE_DEV_DEBUG", "0");
        install.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
        run(install.arg("--root").arg(&tools).arg(format!("{krate}@{version}")).args(extra))
    };
    install("install --locked --force --profile dev").or_else(|_| {
        println!("what {krate} is locked to cannot be had from this registry; taking what fits");
        install("install --force --profile dev")
    })?;
    // Only the binary is of use; what it was compiled from fills a gigabyte.
    let _ = std::fs::remove_dir_all(tools.join("build"));
    Ok(tools.join("bin").join(program))
}

/// A command of Node's world, where ours come before the machine's.
pub(crate) fn node_command(program: impl AsRef<std::ffi::OsStr>) -> Outcome<Command> {
    let mut node = command(program);
    node.env("PATH", path_with_tools()?);
    Ok(node)
}

/// Node in a version that Playwright accepts, from Debian or, where Debian's is older, from npm.
fn node() -> Outcome {
    apt("node", "nodejs")?;
    apt("npm", "npm")?;
    let version = output(node_command("node")?.arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_some_and(|major: u32| major >= 20) {
        return Ok(());
    }
    println!("Node {} is too old for Playwright", version.trim());
    let mut newer = node_command("npm")?;
    newer.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "node@22", "--prefix"]);
    run(newer.arg(cache_dir()?.join("tools")))
}

/// Node and the packages of `end2end/package-lock.json`: Playwright, axe, wasm-opt.
pub(crate) fn node_packages() -> Outcome {
    node()?;
    let folder = root().join("end2end");
    let (lock, stamp) = (folder.join("package-lock.json"), folder.join("node_modules/.installed-lock"));
    let wanted = std::fs::read(&lock).map_err(at(&lock))?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut install = node_command("npm")?;
    install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
    run(install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    std::fs::write(&stamp, wanted).map_err(at(&stamp))
}

/// Debian's Chromium, or the one that `CHROMIUM` names.
pub(crate) fn chromium() -> Outcome<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(PathBuf::from(named));
    }
    for name in ["chromium", "chromium-browser", "google-chrome"] {
        if let Some(found) = find(name) {
            return Ok(found);
        }
    }
    apt("chromium", "chromium")
}

/// A program from a Debian package, installed when it is missing and we may.
pub(crate) fn apt(program: &str, package: &str) -> Outcome<PathBuf> {
    if let Some(found) = find(program) {
        return Ok(found);
    }
    apt_install(package)?;
    find(program).ok_or_else(|| format!("apt installed {package}, but there is no {program} in PATH").into())
}

/// `apt-get install`, with a fresh package list if the first try fails.
pub(crate) fn apt_install(package: &str) -> Outcome {
    let is_root = output(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root && !succeeds(command("sudo").args(["-n", "true"])) {
        return Err(format!("{package} is missing; run: sudo apt-get install {package}").into());
    }
    let apt_get = |arguments: &[&str]| {
        let mut apt_get = if is_root { command("env") } else { command("sudo") };
        if !is_root {
            apt_get.args(["-n", "env"]);
        }
        apt_get.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]).args(arguments);
        run(&mut apt_get)
    };
    let install = ["install", "--no-install-recommends", package];
    apt_get(&install).or_else(|_| {
        apt_get(&["update"])?;
        apt_get(&install)
    })
}
