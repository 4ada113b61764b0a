//! Every chore of this repository behind one command, `cargo xtask <chore>`: it installs what it needs, says what it
//! does and how long it took, and asks for nothing.
//!
//! Called by developers, by the README's two commands and by `.ci/run`. Must never be a dependency of a product crate,
//! and must never have one: it compiles in seconds from the standard library alone.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a command line tool that talks to its user, reads the environment and measures time"
)]

mod bench;
mod browser;
mod checks;
mod css;
mod gates;
mod ledger;
mod postgres;
mod redis;
mod run;
mod server;
mod site;
mod test;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <chore>

  serve [ARGS…]     build site and server (dev profile) and run `vestibule serve`; ARGS go to the server
  build             release site (wasm-opt, brotli, gzip) in target/site, release server binary
  test              every check and every test: lint, rust on SQLite and Postgres, browser
      --only PART     lint, rust or browser (repeatable)
      --db ENGINE     sqlite, postgres or both (default both; also TEST_DB)
      --fail-fast     stop at the first failing step
  check             the fast part of test: format, clippy, gates
  e2e [ARGS…]       build site and server, run the browser tests; ARGS go to Playwright
  bench             requests per second of the release server, as ratios to a bare axum handler and raw argon2
  ledger            measure the release site and write docs/size-ledger.json
  watch             cargo leptos watch: rebuild and reload on every change
  postgres          a throwaway Postgres: prints its TEST_POSTGRES_URL and runs until Ctrl-C
  tools             install everything that the chores above need, cargo-leptos included
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let chore = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let outcome = match chore.as_str() {
        "serve" => server::serve(&rest),
        "build" => server::build(),
        "test" => test::test(&rest),
        "check" => test::check(),
        "bench" => bench::bench(),
        "e2e" => browser::e2e(&rest),
        "ledger" => ledger::record(),
        "watch" => server::watch(&rest),
        "postgres" => postgres::hold(),
        "tools" => tools::all(),
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("there is no chore `{other}`\n\n{USAGE}").into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
