//! Several servers as processes over one Postgres, with and without Redis: what is decided on one holds on the others, and what
//! may be spent is spent once, whichever of them is asked and whichever is killed.

use super::app::PASSWORD;
use http::StatusCode as S;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use vestibule_domain::testing::{Engine, RedisServer, TestDomain};

/// After so long nothing is waited for any more.
const HANGS: Duration = Duration::from_mins(1);

/// Begins to wait: a test that hangs fails, and nothing else is said of time.
#[expect(clippy::disallowed_methods, reason = "other processes go by the machine's clock")]
fn now() -> Instant {
    Instant::now()
}

/// What every server of a test is started with.
struct Site {
    domain: TestDomain,
    redis: Option<RedisServer>,
}

struct Server {
    child: Child,
    address: SocketAddr,
    /// Its data folder goes with it.
    _folder: tempfile::TempDir,
}

/// A port that was free a moment ago.
fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Site {
    /// On Postgres where there is one to test on, without Redis and with it.
    async fn each() -> Vec<Self> {
        let mut sites = Vec::new();
        // Every site has a prefix of its own in one Redis.
        for redis in std::iter::once(None).chain(RedisServer::start().map(Some)) {
            if let Some(domain) = TestDomain::on(Engine::Postgres).await {
                sites.push(Self { domain, redis });
            }
        }
        sites
    }

    fn command(&self, arguments: &[&str], folder: &std::path::Path) -> Command {
        let options = self.domain.options();
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("VESTIBULE_DATABASE__URL", options.database_url.expose())
            .env("VESTIBULE_SECRET_KEY", options.secret_key.expect("tests have a secret").expose())
            .env("VESTIBULE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8")
            .env("VESTIBULE_PUBLIC_URL", "http://127.0.0.1:3000")
            .env("VESTIBULE_PASSWORDS__MEMORY_KIB", "7168")
            .env("VESTIBULE_PASSWORDS__PASSES", "1")
            .stderr(Stdio::null());
        if let Some(redis) = &self.redis {
            command.env("VESTIBULE_REDIS__URL", redis.url());
        }
        command
    }

    fn server(&self) -> Server {
        let (folder, address) = (tempfile::tempdir().unwrap(), free_port());
        let mut child = self
            .command(&["serve", "--listen", &address.to_string()], folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = now();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            assert!(begun.elapsed() < HANGS, "the server does not start");
            if line.unwrap().contains("/dev/mail") {
                break;
            }
        }
        Server { child, address, _folder: folder }
    }

    /// Makes an account; an access token of it, from `server`.
    fn account(&self, server: &Server, email: &str, more: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let create = ["user", "create", email, "--name", "Ada", "--verified", "--password-stdin"];
        let mut child = self
            .command(&[&create[..], more].concat(), folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(child.wait().unwrap().success());
        let signed_in =
            server.ask("POST", "/auth/login", None, Some(json!({"email": email, "password": PASSWORD})));
        signed_in.1["access_token"].as_str().expect("it signs in").to_owned()
    }
}

impl Server {
    /// Asks once; the status and the document.
    fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> (S, Value) {
        self.ask_from("203.0.113.9", method, path, token, body).expect("the server answers")
    }

    /// As a caller at `from`, behind a proxy; nothing when the server is gone.
    fn ask_from(
        &self,
        from: &str,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Option<(S, Value)> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(HANGS)).ok()?;
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let credential = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {from}\r\nconnection: close\r\n\
             {credential}{kind}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let status = text.get(9..12)?.parse().ok()?;
        let document = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Some((S::from_u16(status).ok()?, serde_json::from_str(document).unwrap_or(Value::Null)))
    }

    /// Asks until the answer has this status.
    fn until(&self, status: S, from: &str, path: &str, token: Option<&str>) {
        let begun = now();
        while self.ask_from(from, "GET", path, token, None).map(|(status, _)| status) != Some(status) {
            assert!(begun.elapsed() < HANGS, "{path} never answers {status}");
            std::thread::yield_now();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forbidden_on_one_server_is_forbidden_on_the_other_postgres() {
    for site in Site::each().await {
        let (a, b) = (site.server(), site.server());
        let root = site.account(&a, "root@example.org", &["--admin"]);
        let ada = site.account(&a, "ada@example.org", &[]);
        assert_eq!(b.ask("GET", "/me", Some(&ada), None).0, S::OK);
        let found = a.ask("GET", "/users?search=ada@example.org", Some(&root), None).1;
        let id = found["items"][0]["id"].as_str().unwrap().to_owned();
        let ban = a.ask("PUT", &format!("/users/{id}/ban"), Some(&root), Some(json!({"reason": "Spam"})));
        assert_eq!(ban.0, S::OK);
        b.until(S::UNAUTHORIZED, "203.0.113.9", "/me", Some(&ada));
        let network = json!({"network": "198.51.100.0/24", "reason": "Scans"});
        assert_eq!(
            b.ask_from("198.51.100.7", "GET", "/auth/providers", None, None).map(|one| one.0 == S::FORBIDDEN),
            Some(false)
        );
        let banned = a.ask("POST", "/bans", Some(&root), Some(network));
        assert_eq!(banned.0, S::CREATED, "{}", banned.1);
        b.until(S::FORBIDDEN, "198.51.100.7", "/me", None);
        b.until(S::UNAUTHORIZED, "198.51.101.7", "/me", None);
        let lifted =
            a.ask("DELETE", &format!("/bans/{}", banned.1["id"].as_str().unwrap()), Some(&root), None);
        assert_eq!(lifted.0, S::NO_CONTENT);
        b.until(S::UNAUTHORIZED, "198.51.100.7", "/me", None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_at_once_on_two_servers_get_fifty_postgres() {
    for site in Site::each().await {
        let servers = [site.server(), site.server()];
        let root = site.account(&servers[0], "root@example.org", &["--admin"]);
        let ada = site.account(&servers[1], "ada@example.org", &[]);
        let quota = json!({"name": "fifty", "tag": "profiles", "per": "ever", "limit": 50});
        assert_eq!(servers[0].ask("POST", "/quotas", Some(&root), Some(quota)).0, S::CREATED);
        servers[1].until(S::OK, "203.0.113.9", "/quotas/fifty", Some(&root));
        let passed = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for caller in 0..200 {
                let (servers, ada, passed) = (&servers, &ada, &passed);
                scope.spawn(move || {
                    match servers[caller % 2].ask("GET", "/profiles/nobody", Some(ada), None).0 {
                        S::NOT_FOUND => drop(passed.fetch_add(1, Ordering::SeqCst)),
                        S::TOO_MANY_REQUESTS => {}
                        other => panic!("{other}"),
                    }
                });
            }
        });
        // What one of them holds and nobody asks it for comes back to the other.
        let begun = now();
        while passed.load(Ordering::SeqCst) < 50 {
            for server in &servers {
                let status = server.ask("GET", "/profiles/nobody", Some(&ada), None).0;
                passed.fetch_add(usize::from(status == S::NOT_FOUND), Ordering::SeqCst);
            }
            assert!(begun.elapsed() < HANGS, "the last unit cannot be had");
        }
        for server in &servers {
            let refused = server.ask("GET", "/profiles/nobody", Some(&ada), None);
            assert_eq!((refused.0, &refused.1["code"]), (S::TOO_MANY_REQUESTS, &json!("quota_exceeded")));
        }
        assert_eq!(passed.load(Ordering::SeqCst), 50);
    }
}

/// How often a server is killed while it is asked.
const KILLS: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_are_killed_under_load_never_let_more_through_postgres() {
    for site in Site::each().await {
        let stays = site.server();
        let root = site.account(&stays, "root@example.org", &["--admin"]);
        let ada = site.account(&stays, "ada@example.org", &[]);
        let limit = 40 * KILLS;
        let quota = json!({"name": "some", "tag": "profiles", "per": "ever", "limit": limit});
        assert_eq!(stays.ask("POST", "/quotas", Some(&root), Some(quota)).0, S::CREATED);
        let passed = AtomicUsize::new(0);
        let call = |server: &Server| {
            let answer = server.ask_from("203.0.113.9", "GET", "/profiles/nobody", Some(&ada), None);
            passed.fetch_add(
                usize::from(answer.is_some_and(|(status, _)| status == S::NOT_FOUND)),
                Ordering::SeqCst,
            );
        };
        for _ in 0..KILLS {
            let mut dies = site.server();
            let enough = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for _ in 0..20 {
                            call(&dies);
                            call(&stays);
                            enough.fetch_add(1, Ordering::SeqCst);
                        }
                    });
                }
                while enough.load(Ordering::SeqCst) < 20 {
                    std::thread::yield_now();
                }
                let id = dies.child.id().to_string();
                assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
            });
            let _ = dies.child.wait();
        }
        for _ in 0..limit {
            call(&stays);
        }
        let passed = passed.load(Ordering::SeqCst);
        assert!(passed <= limit, "{passed} of {limit}");
        assert_eq!(stays.ask("GET", "/profiles/nobody", Some(&ada), None).0, S::TOO_MANY_REQUESTS);
    }
}
