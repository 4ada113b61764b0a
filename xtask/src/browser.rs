//! The browser tests: Playwright on Debian's Chromium against the server of the dev profile and the release site.
//!
//! Called by e2e and by test's browser part. Must never know a page: that is the specs' part, in `end2end/`.

use std::fs;

use crate::run::{Outcome, at, root, run, timed};
use crate::server;
use crate::site::{self, Profile};
use crate::tools;

/// `cargo xtask e2e`: builds, then runs the specs; the arguments go to Playwright.
pub(crate) fn e2e(arguments: &[String]) -> Outcome {
    site::build(Profile::Dev)?;
    specs(arguments)
}

/// The site as visitors get it.
pub(crate) fn site() -> Outcome {
    site::build(Profile::Release)
}

/// Runs the specs on the site as it is built now.
pub(crate) fn specs(arguments: &[String]) -> Outcome {
    timed("node packages", tools::node_packages)?;
    let chromium = timed("chromium", tools::chromium)?;
    let built = timed("server", server::binary)?;
    // A copy, because another build may replace the original while the tests run.
    let binary = root().join("target/e2e/vestibule");
    fs::create_dir_all(root().join("target/e2e")).map_err(at(&binary))?;
    let _ = fs::remove_file(&binary);
    fs::copy(&built, &binary).map_err(at(&built))?;
    let mut playwright = tools::node_command(root().join("end2end/node_modules/.bin/playwright"))?;
    playwright.arg("test").args(arguments).current_dir(root().join("end2end"));
    playwright.env("CHROMIUM", chromium).env("SERVER_BIN", binary).envs(server::site_variables());
    timed("specs", || run(&mut playwright))
}
