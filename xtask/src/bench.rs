//! `cargo xtask bench`: what the release server does per second, each figure as a ratio to a yardstick of the same run.
//!
//! Called by `main.rs`. Must never write to a data folder other than its own temporary one.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::postgres::{Cluster, free_port};
use crate::redis::Server as Redis;
use crate::run::{Outcome, at, cargo, command, output, run, target_dir};
use crate::{server, site, tools};

/// Accounts that sign in by turns: one alone would be slowed down for its many attempts.
const ACCOUNTS: usize = 8;
const PASSWORD: &str = "lantern harbour 62 quartz";
const SECONDS: u32 = 5;
const LOGIN: &str = "/api/v1/auth/login";
const SIGN_IN: &str = "/fn/auth/sign-in";

/// Builds for release, measures, prints the table.
pub(crate) fn bench() -> Outcome {
    tools::apt("wrk", "wrk")?;
    site::build(site::Profile::Release)?;
    run(&mut cargo(
        "build --release --package vestibule --bin vestibule --package vestibule-benches --bins",
    ))?;
    let dir = std::env::temp_dir().join(format!("vestibule-bench-{}", std::process::id()));
    fs::create_dir_all(&dir).map_err(at(&dir))?;
    let measured = measure(&dir);
    let _ = fs::remove_dir_all(&dir);
    measured
}

fn measure(dir: &Path) -> Outcome {
    println!("\n   {SECONDS} s each, wrk with 32 connections on the same machine\n");
    let (bare, alone) = {
        let address = format!("127.0.0.1:{}", free_port()?);
        let _bare = Running::start(command(release("bare")).arg(&address), &address)?;
        let url = format!("http://{address}/");
        (Load::get(&url, None)?, Load::alone(&url, "Accept: */*")?)
    };
    println!("   {:<34} {:>9.0} /s   p99 {:>8}", "bare axum handler", bare.rate, bare.p99);
    let raw: f64 =
        output(&mut command(release("hashes")))?.trim().parse().map_err(|_| "hashes prints no number")?;

    Product::prepare(dir, &[])?;
    let product = Product::start(dir, ROOMY)?;
    let idle = product.running.resident_megabytes()?;
    let me = Load::get(&product.url("/api/v1/me"), Some(&product.bearer()?))?;
    me.print("GET /api/v1/me with a token", "bare", bare.rate, 0.6);
    let key = Load::get(&product.url("/api/v1/me"), Some(&product.key()?))?;
    key.print("GET /api/v1/me with an API key", "the token", me.rate, 0.77);
    let page = Load::get(&product.url("/login"), None)?;
    page.print("the login page", "bare", bare.rate, 0.25);
    let profile = Load::alone(&product.url("/account/profile"), &product.cookie()?)?;
    profile.print_wait("one's own profile page", &alone);
    let logins = Load::logins(&product.url(LOGIN), dir)?;
    println!("   {:<34} {raw:>9.1} /s", "raw argon2id on all cores");
    logins.print("POST /api/v1/auth/login", "raw", raw, 0.85);
    println!("   {:<34} {idle:>9.1} MB   aim 40", "idle memory");
    println!("   {:<34} {:>9.1} MB", "memory after the load", product.running.resident_megabytes()?);
    drop(product);
    measure_limits(dir)
}

/// What a limit and a quota cost, wherever they are counted: an endpoint with an API key, with them and without.
fn measure_limits(dir: &Path) -> Outcome {
    let (postgres, redis) = (Cluster::start()?, Redis::start()?);
    let places = [
        ("memory", vec![]),
        ("Postgres", vec![("VESTIBULE_DATABASE__URL", postgres.url.as_str())]),
        ("Redis", vec![("VESTIBULE_REDIS__URL", redis.url.as_str())]),
    ];
    for (name, place) in places {
        let dir = dir.join(name);
        Product::prepare(&dir, &place)?;
        let rate = |settings: &[(&'static str, &str)]| {
            let product = Product::start(&dir, &[&place, settings].concat())?;
            Load::get(&product.url("/api/v1/me"), Some(&product.key()?))
        };
        let free =
            rate(&[("VESTIBULE_LIMITS__DEFAULTS", "false"), ("VESTIBULE_QUOTAS__DAILY__MODE", "off")])?;
        rate(ROOMY)?.print(&format!("with limit and quota, {name}"), "the same without", free.rate, 0.85);
    }
    Ok(())
}

fn release(program: &str) -> PathBuf {
    target_dir().join("release").join(program)
}

/// A program that listens; killed when dropped.
struct Running(Child);

impl Running {
    /// Starts it and waits until somebody listens on the address.
    fn start(program: &mut Command, address: &str) -> Outcome<Self> {
        let child = program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let running = Self(child.map_err(|cause| format!("{program:?}: {cause}"))?);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if TcpStream::connect(address).is_ok() {
                return Ok(running);
            }
            sleep(Duration::from_millis(20));
        }
        Err(format!("{program:?} does not listen on {address}").into())
    }

    fn resident_megabytes(&self) -> Outcome<f64> {
        let path = PathBuf::from(format!("/proc/{}/status", self.0.id()));
        let status = fs::read_to_string(&path).map_err(at(&path))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "VmRSS is no number")?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A limit and a quota that count every call and refuse none of the load, which comes from one person and one address.
const ROOMY: Settings<'_> = &[
    ("VESTIBULE_LIMITS__API__MOST", "1000000"),
    ("VESTIBULE_LIMITS__API__PER", "1s"),
    ("VESTIBULE_LIMITS__API__BURST", "1000000"),
    ("VESTIBULE_LIMITS__SIGN_IN__MODE", "off"),
    ("VESTIBULE_QUOTAS__DAILY__LIMIT", "1000000000"),
];

/// Settings by their variables.
type Settings<'a> = &'a [(&'static str, &'a str)];

/// The product on a data folder with verified members.
struct Product {
    running: Running,
    address: String,
    dir: PathBuf,
    settings: Vec<(&'static str, String)>,
}

impl Product {
    /// Makes the members.
    fn prepare(dir: &Path, settings: Settings<'_>) -> Outcome {
        let address = format!("127.0.0.1:{}", free_port()?);
        (0..ACCOUNTS).try_for_each(|number| {
            create_account(Self::program(dir, &address, &owned(settings)), &email(number))
        })
    }

    fn start(dir: &Path, settings: Settings<'_>) -> Outcome<Self> {
        let (address, settings) = (format!("127.0.0.1:{}", free_port()?), owned(settings));
        let running = Running::start(Self::program(dir, &address, &settings).arg("serve"), &address)?;
        sleep(Duration::from_secs(2));
        Ok(Self { running, address, dir: dir.to_owned(), settings })
    }

    fn program(dir: &Path, address: &str, settings: &[(&'static str, String)]) -> Command {
        let mut program = command(release("vestibule"));
        program.envs(settings.iter().map(|(name, value)| (*name, value.as_str())));
        program.env("VESTIBULE_DATA_DIR", dir).env("VESTIBULE_LISTEN", address);
        program.env("VESTIBULE_PUBLIC_URL", format!("http://{address}")).envs(server::site_variables());
        program
    }

    /// A header that says who asks, by an API key made beside the running server.
    fn key(&self) -> Outcome<String> {
        let mut program = Self::program(&self.dir, &self.address, &self.settings);
        let key = output(program.args(["key", "create", &email(0), "--name", "Bench", "--quiet"]))?;
        Ok(format!("Authorization: Bearer {}", key.trim()))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What a request to sign in answers: its head and its body as they came.
    fn sign_in(&self, path: &str, kind: &str, body: &str) -> Outcome<String> {
        let (address, length) = (&self.address, body.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let mut answer = String::new();
        TcpStream::connect(address)
            .and_then(|mut stream| {
                stream.write_all(request.as_bytes())?;
                stream.read_to_string(&mut answer)
            })
            .map_err(|cause| format!("{path}: {cause}"))?;
        Ok(answer)
    }

    /// A header that says who asks, for programs.
    fn bearer(&self) -> Outcome<String> {
        let answer = self.sign_in(LOGIN, "application/json", &credentials(&email(0)))?;
        let token = answer.split_once("\"access_token\":\"").and_then(|(_, rest)| rest.split('"').next());
        let token = token.ok_or_else(|| format!("{LOGIN} answered:\n{answer}"))?;
        Ok(format!("Authorization: Bearer {token}"))
    }

    /// A header that says who asks, for browsers.
    fn cookie(&self) -> Outcome<String> {
        let form = format!("email={}&password={}", email(0).replace('@', "%40"), PASSWORD.replace(' ', "+"));
        let answer = self.sign_in(SIGN_IN, "application/x-www-form-urlencoded", &form)?;
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        let cookie = cookie.ok_or_else(|| format!("{SIGN_IN} answered:\n{answer}"))?;
        Ok(format!("Cookie: {cookie}"))
    }
}

fn owned(settings: Settings<'_>) -> Vec<(&'static str, String)> {
    settings.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Makes a confirmed account with `vestibule user create`.
fn create_account(mut program: Command, email: &str) -> Outcome {
    program.args(["user", "create", email, "--name", "Ada", "--verified", "--password-stdin"]);
    let mut create = program
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|cause| format!("user create: {cause}"))?;
    let mut input = create.stdin.take().ok_or("user create takes no input")?;
    writeln!(input, "{PASSWORD}").map_err(|cause| format!("user create: {cause}"))?;
    drop(input);
    if create.wait().is_ok_and(|status| status.success()) {
        Ok(())
    } else {
        Err("vestibule user create failed".into())
    }
}

/// The address of one of the accounts.
fn email(number: usize) -> String {
    format!("ada{number}@example.org")
}

fn credentials(email: &str) -> String {
    format!(r#"{{"email":"{email}","password":"{PASSWORD}"}}"#)
}

/// What wrk found.
struct Load {
    rate: f64,
    median: String,
    p99: String,
    refused: u64,
}

impl Load {
    fn get(url: &str, header: Option<&str>) -> Outcome<Self> {
        let mut wrk = Self::wrk(32);
        if let Some(header) = header {
            wrk.args(["--header", header]);
        }
        Self::read(&output(wrk.arg(url))?)
    }

    /// One request after the other, on one connection.
    fn alone(url: &str, header: &str) -> Outcome<Self> {
        Self::read(&output(Self::wrk(1).args(["--header", header, url]))?)
    }

    fn logins(url: &str, dir: &Path) -> Outcome<Self> {
        let script = dir.join("login.lua");
        let body = credentials(&email(0)).replacen('0', "%d", 1);
        let text = format!(
            "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\nlocal turn = 0\n\
             request = function()\n  turn = (turn + 1) % {ACCOUNTS}\n  \
             return wrk.format(nil, nil, nil, string.format([[{body}]], turn))\nend\n"
        );
        fs::write(&script, text).map_err(at(&script))?;
        Self::read(&output(Self::wrk(8).arg("--script").arg(&script).arg(url))?)
    }

    fn wrk(connections: u32) -> Command {
        let mut wrk = command("wrk");
        wrk.args(["--threads", "1", "--latency", "--timeout", "10s"]);
        wrk.args(["--connections", &connections.to_string(), "--duration", &format!("{SECONDS}s")]);
        wrk
    }

    fn read(report: &str) -> Outcome<Self> {
        let after =
            |label: &str| report.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
        let rate = after("Requests/sec:").and_then(|rate| rate.parse().ok());
        let rate = rate.ok_or_else(|| format!("wrk printed no rate:\n{report}"))?;
        let refused = after("Non-2xx or 3xx responses:").and_then(|count| count.parse().ok()).unwrap_or(0);
        let wait = |share: &str| after(share).unwrap_or("?").to_owned();
        Ok(Self { rate, median: wait("50%"), p99: wait("99%"), refused })
    }

    /// How long one who asks alone waits, beside the yardstick's wait.
    fn print_wait(&self, what: &str, bare: &Self) {
        let times = bare.rate / self.rate;
        print!(
            "   {what:<34} {:>9.1} /s   p50 {:>8}   {times:.0} times the bare {}, aim under 2 ms",
            self.rate, self.median, bare.median
        );
        self.print_refused();
    }

    fn print_refused(&self) {
        if self.refused > 0 {
            print!("   ({} requests were refused: no valid figure)", self.refused);
        }
        println!();
    }

    fn print(&self, what: &str, yardstick: &str, bound: f64, aim: f64) {
        let ratio = self.rate / bound;
        print!(
            "   {what:<34} {:>9.1} /s   p99 {:>8}   {ratio:.2} of {yardstick}, aim {aim}",
            self.rate, self.p99
        );
        self.print_refused();
    }
}

#[cfg(test)]
mod tests {
    use super::Load;

    #[test]
    fn a_report_of_wrk_is_read() {
        let report = "  Latency Distribution\n     50%  1.00ms\n     99%    2.31ms\n  5 requests in 1s\n  \
                      Non-2xx or 3xx responses: 3\nRequests/sec:  12345.67\nTransfer/sec: 1MB\n";
        let load = Load::read(report).expect("a whole report");
        assert!((load.rate - 12345.67).abs() < 0.001);
        assert_eq!((load.median.as_str(), load.p99.as_str(), load.refused), ("1.00ms", "2.31ms", 3));
    }
}
