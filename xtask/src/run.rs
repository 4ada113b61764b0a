//! Running other programs: every command is shown before it runs, and a failed one is named so that it can be repeated.
//!
//! Called by every chore. Must never decide what to run.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Why a chore stopped; one sentence for the person who typed the command.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// What every step of a chore answers.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Adds to an I/O error the path it happened at.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Failure + '_ {
    move |cause| format!("{}: {cause}", path.display()).into()
}

/// The repository's root, where every command runs unless it says otherwise.
pub(crate) fn root() -> PathBuf {
    // `cargo run` says where this clone lies; the path known when xtask was compiled may be another clone's.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here).parent().expect("xtask lies one folder below the root").to_path_buf()
}

/// Where cargo puts what it compiles: `CARGO_TARGET_DIR`, or `target`.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A command that runs in the repository's root.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// `cargo` with these arguments, split at spaces.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut command = command("cargo");
    command.args(arguments.split_whitespace());
    // Set by the `cargo run` that started xtask; left in place it makes build scripts run again.
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_PKG_NAME");
    command
}

/// The command as one would type it, with its own environment variables before it.
pub(crate) fn shown(command: &Command) -> String {
    let words = command.get_envs().filter_map(|(name, value)| {
        let value = value?.to_string_lossy();
        let hidden = name.to_string_lossy().contains("POSTGRES") || name == "PATH";
        (!hidden).then(|| format!("{}={}", name.to_string_lossy(), quoted(&value)))
    });
    let program = command.get_program().to_string_lossy().into_owned();
    let rest = command.get_args().map(|word| quoted(&word.to_string_lossy()));
    words.chain([program]).chain(rest).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains([' ', '"', '$', '&', '|', '(', ';']) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

/// Runs the command with our own input and output, after showing it.
pub(crate) fn run(command: &mut Command) -> Outcome {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|cause| format!("{}: {cause}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("failed: {}", shown(command)).into()) }
}

/// Runs the command quietly and returns what it printed; its error text becomes the failure.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let done =
        command.stdin(Stdio::null()).output().map_err(|cause| format!("{}: {cause}", shown(command)))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(format!("failed: {}\n{}", shown(command), String::from_utf8_lossy(&done.stderr)).into())
}

/// Whether the command exists and succeeds; nothing it prints is shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// Runs one step under a heading and says how long it took.
pub(crate) fn timed<T>(heading: &str, step: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("\n── {heading}");
    let start = Instant::now();
    let outcome = step();
    println!("   {heading}: {:.1} s", start.elapsed().as_secs_f64());
    outcome
}
