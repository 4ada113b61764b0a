//! A real Redis for tests: the one that `TEST_REDIS_URL` names, or a process of the test's own behind a socket in a
//! temporary folder, ended with the test.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A Redis to test with.
#[derive(Debug)]
pub struct RedisServer {
    url: String,
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    child: Option<Child>,
    folder: TempDir,
}

impl RedisServer {
    /// The one of `TEST_REDIS_URL`, or one of the test's own; `None` where there is neither.
    #[expect(clippy::disallowed_methods, reason = "tests are told of their server by the environment")]
    pub fn start() -> Option<Self> {
        match std::env::var("TEST_REDIS_URL") {
            Ok(url) => Some(Self { url, own: None }),
            Err(_) => Self::own(),
        }
    }

    /// One of the test's own, which can be ended; `None` where Redis is not installed.
    pub fn own() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut own = Own { child: None, folder };
        if !own.start() {
            tracing::warn!("no TEST_REDIS_URL and no redis-server: not tested on Redis");
            return None;
        }
        Some(Self { url: format!("redis+unix://{}", own.socket().display()), own: Some(own) })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it at once, as a loss of power would. One that is not the test's own goes on.
    pub fn kill(&mut self) {
        if let Some(own) = &mut self.own {
            own.end();
        }
    }

    /// Stops it in the middle of what it does: it keeps its connections and answers nobody.
    ///
    /// # Panics
    /// When it is not the test's own.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on after a [`pause`](Self::pause).
    ///
    /// # Panics
    /// When it is not the test's own.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self.own.as_ref().and_then(|own| own.child.as_ref()).expect("it is the test's own");
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {signal}");
    }

    /// Starts it anew, without what it knew.
    ///
    /// # Panics
    /// When it does not start.
    pub fn revive(&mut self) {
        if let Some(own) = &mut self.own {
            own.end();
            assert!(own.start(), "Redis starts again");
        }
    }
}

impl Own {
    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Whether it runs and listens now.
    fn start(&mut self) -> bool {
        let socket = self.socket();
        let _ = std::fs::remove_file(&socket);
        let started = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--dir"])
            .arg(self.folder.path())
            .arg("--unixsocket")
            .arg(&socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = started else { return false };
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            if child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return false;
            }
            std::thread::yield_now();
        }
        self.child = Some(child);
        true
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.end();
    }
}
