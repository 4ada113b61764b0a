//! `cargo xtask test` and `check`: steps in order, each timed, all of them run even after one failed, and a table at the
//! end that names the one command which repeats a failed step.
//!
//! Called by `main.rs`, which `.ci/run` calls. Must never loosen a step to make it pass.

use std::process::Command;
use std::time::Instant;

use crate::checks::{self, SERVER_SIDE};
use crate::postgres::Cluster;
use crate::redis::Server as Redis;
use crate::run::{Outcome, cargo, run};
use crate::{browser, tools};

/// Which engines the rust tests run on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Engines {
    Sqlite,
    Postgres,
    Both,
}

impl Engines {
    fn named(name: &str) -> Outcome<Self> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            "both" => Ok(Self::Both),
            other => Err(format!("--db {other}: sqlite, postgres or both").into()),
        }
    }
}

struct Options {
    parts: Vec<String>,
    engines: Engines,
    fail_fast: bool,
}

impl Options {
    fn read(arguments: &[String]) -> Outcome<Self> {
        let engines = std::env::var("TEST_DB").unwrap_or_else(|_| "both".to_owned());
        let mut options = Self { parts: Vec::new(), engines: Engines::named(&engines)?, fail_fast: false };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--fail-fast" => options.fail_fast = true,
                "--only" => options.parts.push(part(words.next())?),
                "--db" => options.engines = Engines::named(words.next().map_or("", String::as_str))?,
                other => return Err(format!("`cargo xtask test` does not know {other}").into()),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }
}

fn part(name: Option<&String>) -> Outcome<String> {
    match name.map(String::as_str) {
        Some(name @ ("lint" | "rust" | "browser")) => Ok(name.to_owned()),
        _ => Err("--only lint, --only rust or --only browser".into()),
    }
}

/// The fast part: format, clippy, gates.
pub(crate) fn check() -> Outcome {
    let mut report = Report::new(false);
    report.step("format", "cargo fmt --all", checks::format);
    report.step("gates", "cargo xtask check", checks::gates);
    report.step("clippy, server", "cargo xtask check", checks::clippy_server);
    report.step("clippy, browser", "cargo xtask check", checks::clippy_browser);
    report.close()
}

/// Every check and every test, or the parts asked for.
pub(crate) fn test(arguments: &[String]) -> Outcome {
    let options = Options::read(arguments)?;
    let mut report = Report::new(options.fail_fast);
    if options.wants("lint") {
        report.step("format", "cargo fmt --all", checks::format);
        report.step("gates", "cargo xtask check", checks::gates);
        report.step("clippy, server", "cargo xtask check", checks::clippy_server);
        report.step("clippy, browser", "cargo xtask check", checks::clippy_browser);
        report.step("licences", "cargo deny check", checks::licences);
        report.step("docs", "cargo xtask test --only lint", checks::docs);
    }
    if options.wants("rust") {
        report.step("build tests", "cargo xtask test --only rust", build_tests);
        if options.engines != Engines::Postgres {
            report.step("rust, sqlite", "cargo xtask test --only rust --db sqlite", rust_on_sqlite);
        }
        if options.engines != Engines::Sqlite {
            report.step("rust, postgres", "cargo xtask test --only rust --db postgres", rust_on_postgres);
        }
        report.step("doc tests", "cargo xtask test --only rust", doc_tests);
    }
    if options.wants("browser") {
        report.step("release site", "cargo xtask test --only browser", browser::site);
        report.step("size ledger", "cargo xtask ledger", crate::ledger::compare);
        report.step("browser", "cargo xtask test --only browser", || browser::specs(&[]));
    }
    report.close()
}

fn build_tests() -> Outcome {
    run(runner().arg("--no-run"))
}

/// Every test but those that `both!` made for Postgres.
fn rust_on_sqlite() -> Outcome {
    let mut tests = runner();
    let _redis = with_redis(&mut tests)?;
    if nextest() {
        tests.args(["-E", "not test(/(^|::)postgres$/)"]);
    } else {
        tests.args(["--", "--skip", "::postgres"]);
    }
    run(tests.env("TEST_DB", "sqlite").env_remove("TEST_POSTGRES_URL"))
}

/// The tests that speak of Postgres by name: those that `both!` made, and the few about that engine alone.
fn rust_on_postgres() -> Outcome {
    let mut tests = runner();
    if nextest() {
        tests.args(["--no-tests=pass", "-E", "test(/postgres/)"]);
    } else {
        tests.arg("postgres");
    }
    tests.env("TEST_DB", "postgres");
    let _redis = with_redis(&mut tests)?;
    if std::env::var_os("TEST_POSTGRES_URL").is_some() {
        return run(&mut tests);
    }
    let cluster = Cluster::start()?;
    run(tests.env("TEST_POSTGRES_URL", &cluster.url))
}

/// Names the Redis that tests run on: that of `TEST_REDIS_URL`, or a throwaway one that ends with what is returned.
fn with_redis(tests: &mut Command) -> Outcome<Option<Redis>> {
    if std::env::var_os("TEST_REDIS_URL").is_some() {
        return Ok(None);
    }
    let redis = Redis::start()?;
    tests.env("TEST_REDIS_URL", &redis.url);
    Ok(Some(redis))
}

fn doc_tests() -> Outcome {
    run(&mut cargo(&format!("test --quiet --doc {SERVER_SIDE}")))
}

fn nextest() -> bool {
    tools::find("cargo-nextest").is_some()
}

/// nextest where it is installed; cargo's own runner does the same work with less comfort and nothing to compile.
fn runner() -> Command {
    let runner = if nextest() { "nextest run" } else { "test --bins --lib --tests" };
    cargo(&format!("{runner} {SERVER_SIDE}"))
}

/// The steps so far, and whether later ones still run.
struct Report {
    rows: Vec<Row>,
    fail_fast: bool,
}

struct Row {
    step: &'static str,
    repeat: &'static str,
    seconds: f64,
    failed: bool,
}

impl Report {
    fn new(fail_fast: bool) -> Self {
        Self { rows: Vec::new(), fail_fast }
    }

    fn failed(&self) -> usize {
        self.rows.iter().filter(|row| row.failed).count()
    }

    fn step(&mut self, step: &'static str, repeat: &'static str, work: impl FnOnce() -> Outcome) {
        if self.fail_fast && self.failed() > 0 {
            return;
        }
        println!("\n══ {step}");
        let start = Instant::now();
        let outcome = work();
        if let Err(failure) = &outcome {
            println!("{failure}");
        }
        self.rows.push(Row {
            step,
            repeat,
            seconds: start.elapsed().as_secs_f64(),
            failed: outcome.is_err(),
        });
    }

    fn close(self) -> Outcome {
        println!("\n══ summary");
        for row in &self.rows {
            let verdict = if row.failed { "FAILED" } else { "ok" };
            let hint = if row.failed { format!("   repeat: {}", row.repeat) } else { String::new() };
            println!("  {:<16} {:>8.1} s  {verdict}{hint}", row.step, row.seconds);
        }
        let total: f64 = self.rows.iter().map(|row| row.seconds).sum();
        println!("  {:<16} {total:>8.1} s", "all");
        match self.failed() {
            0 => Ok(()),
            1 => Err("1 step failed".into()),
            count => Err(format!("{count} steps failed").into()),
        }
    }
}
