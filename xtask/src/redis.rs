//! A throwaway Redis for the tests: on a free loopback port, without a file.
//!
//! Called by the rust part of `cargo xtask test` when `TEST_REDIS_URL` names no server. Must never touch one that it did
//! not start.

use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::postgres::free_port;
use crate::run::{Outcome, command};
use crate::tools;

/// A running Redis; dropping it stops it.
pub(crate) struct Server {
    /// `redis://…`.
    pub(crate) url: String,
    child: Child,
}

impl Server {
    /// Installs it where it is missing, and starts it.
    pub(crate) fn start() -> Outcome<Self> {
        tools::apt("redis-server", "redis-server")?;
        let port = free_port()?;
        let mut program = command("redis-server");
        program.args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        program.current_dir(std::env::temp_dir());
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = program.spawn().map_err(|cause| format!("redis-server: {cause}"))?;
        let server = Self { url: format!("redis://127.0.0.1:{port}"), child };
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(server);
            }
            sleep(Duration::from_millis(20));
        }
        Err(format!("redis-server does not listen on port {port}").into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
