//! The program as a process on a data folder of its own, with a clean environment.

use serde_json::Value;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use vestibule_domain::clock::{Clock as _, SystemClock};
use vestibule_domain::mail::Letter;
use vestibule_domain::testing::{Engine, TestDomain};

pub(super) const PASSWORD: &str = "violet tractor humming at dawn";

/// The program on a data folder, with a clean environment.
pub(super) struct Program {
    pub(super) folder: TempDir,
    variables: Vec<(String, String)>,
    /// The test's own hands on the same data; nothing where the program made its folder itself.
    domain: Option<TestDomain>,
}

/// What a run left.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Ran {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|cause| panic!("{cause}: {self:?}"))
    }

    /// The run did what it was asked.
    #[track_caller]
    pub(super) fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// The run failed with this code, and said so on standard error alone.
    #[track_caller]
    pub(super) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{self:?}");
        assert!(!self.err.is_empty(), "a failure says why");
        self.err
    }
}

impl Program {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder can be made"),
            variables: Vec::new(),
            domain: None,
        }
    }

    /// On each database that there is to test on.
    pub(super) async fn on_each() -> Vec<Self> {
        let postgres = TestDomain::on(Engine::Postgres).await;
        std::iter::once(Self::new()).chain(postgres.map(Self::beside)).collect()
    }

    /// On the data of a test's domain, on each database that there is to test on; both go by the machine's clock.
    pub(super) async fn beside_each() -> Vec<Self> {
        let mut programs = Vec::new();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            if let Some(domain) = TestDomain::on(engine).await {
                domain.clock.set(SystemClock.now());
                programs.push(Self::beside(domain));
            }
        }
        programs
    }

    fn beside(domain: TestDomain) -> Self {
        let options = domain.options();
        let secret_key = options.secret_key.expect("tests have a secret");
        let program = Self::new()
            .set("VESTIBULE_DATABASE__URL", options.database_url.expose())
            .set("VESTIBULE_SECRET_KEY", secret_key.expose());
        Self { domain: Some(domain), ..program }
    }

    /// The test's own hands on the data.
    pub(super) fn domain(&self) -> &TestDomain {
        self.domain.as_ref().expect("the program runs beside a domain")
    }

    /// Sends what is due by the machine's clock and takes it: the mail since the last look, oldest first.
    pub(super) async fn letters(&self) -> Vec<Letter> {
        self.domain().clock.set(SystemClock.now());
        let mut letters = self.domain().letters().await;
        letters.sort_by(|one, other| one.id.cmp(&other.id));
        letters
    }

    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Hashes as cheap as the settings allow: these tests are about something else.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("VESTIBULE_PASSWORDS__MEMORY_KIB", "7168")
            .env("VESTIBULE_PASSWORDS__PASSES", "1")
            .envs(self.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        finished(self.command(arguments).spawn().expect("the program starts"))
    }

    pub(super) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("the program starts");
        // A run that refuses its arguments ends without reading.
        let _ = child.stdin.take().expect("its input is a pipe").write_all(input);
        finished(child)
    }

    pub(super) fn create(&self, arguments: &[&str]) -> Ran {
        let all = [&["user", "create", "--password-stdin", "--name", "Ada Lovelace"], arguments].concat();
        self.run_with_input(&all, format!("{PASSWORD}\n").as_bytes())
    }
}

pub(super) fn finished(child: Child) -> Ran {
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
    Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}
