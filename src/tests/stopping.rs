//! The server as a process: how it starts, what it says, and how it ends.

use http::StatusCode;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// After so long nothing is waited for any more.
const HANGS: Duration = Duration::from_mins(1);

struct Server {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
    said: Vec<String>,
}

/// A port that was free a moment ago.
fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Server {
    fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    /// Starts a server on the data in `folder` and waits until it has said where it is.
    fn start_in(folder: tempfile::TempDir) -> Self {
        let address = free_port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["serve", "--listen", &address.to_string()])
            .current_dir(folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            said.push(line.unwrap());
            if said.last().is_some_and(|line| line.contains("/dev/mail")) {
                break;
            }
        }
        Self { child, address, folder, said }
    }

    fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(HANGS)).unwrap();
        stream
    }

    /// Begins a request whose body is still to come; the server waits for it once this returns.
    fn begin(&self, path: &str, length: usize) -> TcpStream {
        let mut running = self.connect();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             expect: 100-continue\r\n\r\n"
        );
        running.write_all(head.as_bytes()).unwrap();
        let mut asked = [0; 25];
        running.read_exact(&mut asked).unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
        running
    }

    /// Waits until no new connection is taken.
    fn closed(&self) {
        while TcpStream::connect(self.address).is_ok() {
            std::thread::yield_now();
        }
    }

    /// Waits for the end; the exit code. A server that hangs fails its test by [`HANGS`].
    fn end(&mut self) -> Option<i32> {
        let (id, (ended, end)) = (self.child.id().to_string(), mpsc::channel::<()>());
        std::thread::scope(|scope| {
            let late = scope.spawn(move || {
                let late = end.recv_timeout(HANGS).is_err();
                late && Command::new("kill").args(["-KILL", &id]).status().is_ok()
            });
            let status = self.child.wait().unwrap();
            let _ = ended.send(());
            assert!(!late.join().unwrap(), "the server hangs");
            status.code()
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(stream: &mut TcpStream, path: &str) -> (u16, String) {
    write!(stream, "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    (text[9..12].parse().unwrap(), text)
}

#[test]
fn it_says_where_it_is_and_how_the_first_administrator_is_made() {
    let mut server = Server::start();
    let said = server.said.join("\n");
    let link = said
        .split_whitespace()
        .find(|word| word.contains("/setup?token="))
        .expect("a one-time link")
        .to_owned();
    let path =
        link.strip_prefix(&format!("http://{}", server.address)).expect("the link leads here").to_owned();
    assert_eq!(ask(&mut server.connect(), &path).0, StatusCode::OK);
    assert_eq!(ask(&mut server.connect(), "/readyz").0, StatusCode::OK);
    server.signal("TERM");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_migrated_database_is_served_again() {
    let mut server = Server::start();
    server.signal("TERM");
    assert_eq!(server.end(), Some(0));
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    let again = Server::start_in(folder);
    assert_eq!(ask(&mut again.connect(), "/readyz").0, StatusCode::OK);
}

#[test]
fn a_request_that_runs_is_finished_and_then_nothing_is_taken() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start();
        let body = r#"{"email":"nobody@example.org","password":"seven grey herons over water"}"#;
        let mut running = server.begin("/api/v1/auth/login", body.len());
        running.write_all(&body.as_bytes()[..10]).unwrap();
        server.signal(signal);
        server.closed();
        assert!(server.child.try_wait().unwrap().is_none(), "{signal}: it waits for the running request");
        running.write_all(&body.as_bytes()[10..]).unwrap();
        let mut answer = String::new();
        running.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401"), "{signal}: {answer}");
        assert_eq!(server.end(), Some(0), "{signal}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Server::start();
    let mut hanging = server.begin("/api/v1/auth/login", 9);
    hanging.write_all(b"{").unwrap();
    server.signal("TERM");
    server.closed();
    assert!(server.child.try_wait().unwrap().is_none());
    server.signal("TERM");
    assert_ne!(server.end(), Some(0));
}

#[test]
fn a_head_that_is_too_large_is_431() {
    let server = Server::start();
    for size in [40 * 1024, 1024 * 1024] {
        let mut large = server.connect();
        let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "a".repeat(size));
        let _ = large.write_all(head.as_bytes());
        let mut answer = Vec::new();
        let _ = large.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 431"), "{size}: {answer}");
    }
    assert_eq!(ask(&mut server.connect(), "/healthz").0, StatusCode::OK);
}

#[test]
fn c69_who_sends_without_end_still_reads_the_413() {
    let server = Server::start();
    for path in ["/api/v1/auth/login", "/fn/auth/sign-in", "/nowhere"] {
        let mut endless = server.connect();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nsec-fetch-site: same-origin\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        endless.write_all(head.as_bytes()).unwrap();
        let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000));
        for _ in 0..500 {
            if endless.write_all(chunk.as_bytes()).is_err() {
                break;
            }
        }
        let mut answer = [0; 12];
        endless.read_exact(&mut answer).unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 413", "{path}");
    }
}

#[test]
fn c71_http_2_is_not_spoken_and_others_are_served() {
    let server = Server::start();
    let mut preface = server.connect();
    preface.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut answer = Vec::new();
    let _ = preface.read_to_end(&mut answer);
    // A server that speaks it begins with a SETTINGS frame (RFC 9113 3.4).
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1.1 4") || answer.starts_with(b"HTTP/1.1 505"),
        "{answer:?}"
    );
    let mut upgrade = server.connect();
    let head = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings, close\r\nupgrade: h2c\r\n\
                http2-settings: AAMAAABkAAQAAP__\r\n\r\n";
    upgrade.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    upgrade.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "the wish is not heard: {answer}");
    assert_eq!(ask(&mut server.connect(), "/healthz").0, StatusCode::OK);
}
