//! What the browser downloads, assembled in `target/site` under the names that cargo-leptos would give it: the wasm of
//! `frontend` with its JavaScript, the style sheet and the files of `style/public`.
//!
//! Called by serve, build, e2e, test and ledger. Must never need cargo-leptos.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Outcome, at, cargo, command, output, root, run, target_dir, timed};
use crate::{css, tools};

/// What rustc's wasm32-unknown-unknown and wasm-bindgen use, and every browser of the last years reads; wasm-opt must
/// not be let loose on newer encodings.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// How the site is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build, large.
    Dev,
    /// Small, and compressed beforehand.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "wasm-release",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "wasm-release",
        }
    }
}

/// The folder the server sends files from.
pub(crate) fn site_dir() -> PathBuf {
    root().join("target/site")
}

/// Builds all of the site; what an earlier build left is gone afterwards.
pub(crate) fn build(profile: Profile) -> Outcome {
    timed("wasm target", tools::wasm_target)?;
    let bindgen = timed("wasm-bindgen", tools::wasm_bindgen)?;
    let wasm = timed("frontend to wasm", || frontend(profile))?;
    timed("site", || {
        let next = root().join("target/site.next");
        let _ = fs::remove_dir_all(&next);
        fs::create_dir_all(next.join("pkg")).map_err(at(&next))?;
        bind(&bindgen, &wasm, profile, &next.join("pkg"))?;
        style(profile, &next.join("pkg"))?;
        copy_all(&root().join("style/public"), &next)?;
        if profile == Profile::Release {
            tools::node_packages()?;
            output(tools::node_command("node")?.arg(root().join("xtask/precompress.mjs")).arg(&next))?;
        }
        let _ = fs::remove_dir_all(site_dir());
        fs::rename(&next, site_dir()).map_err(at(&next))
    })
}

fn frontend(profile: Profile) -> Outcome<PathBuf> {
    let mut build = cargo("build --package vestibule-frontend --lib --target wasm32-unknown-unknown");
    run(build.args(["--profile", profile.name()]))?;
    let folder = target_dir().join("wasm32-unknown-unknown").join(profile.folder());
    Ok(folder.join("vestibule_frontend.wasm"))
}

/// wasm-bindgen's two files, the wasm renamed to what leptos asks for and, in a release, shrunk.
fn bind(bindgen: &Path, wasm: &Path, profile: Profile, folder: &Path) -> Outcome {
    let mut bind = command(bindgen);
    bind.args(["--target", "web", "--no-typescript", "--out-name", "vestibule", "--out-dir"]).arg(folder);
    if profile == Profile::Release {
        bind.args(["--remove-name-section", "--remove-producers-section"]);
    }
    output(bind.arg(wasm))?;
    let (bound, served) = (folder.join("vestibule_bg.wasm"), folder.join("vestibule.wasm"));
    if profile == Profile::Dev {
        return fs::rename(&bound, &served).map_err(at(&bound));
    }
    tools::node_packages()?;
    let wasm_opt = tools::find("wasm-opt").ok_or("npm installed binaryen, but there is no wasm-opt in it")?;
    let mut shrink = tools::node_command(wasm_opt)?;
    shrink.args(["-Oz", "--strip-producers"]).args(WASM_FEATURES).arg(&bound).arg("-o").arg(&served);
    output(&mut shrink)?;
    fs::remove_file(&bound).map_err(at(&bound))
}

fn style(profile: Profile, folder: &Path) -> Outcome {
    let sheet = css::bundle(&root().join("style/main.css"))?;
    let sheet = if profile == Profile::Release { css::minify(&sheet) } else { sheet };
    let path = folder.join("vestibule.css");
    fs::write(&path, sheet).map_err(at(&path))
}

/// Copies the files below a folder, if there is one.
fn copy_all(from: &Path, to: &Path) -> Outcome {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to).map_err(at(to))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_all(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(at(&source))?;
        }
    }
    Ok(())
}
