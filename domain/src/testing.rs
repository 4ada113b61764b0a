//! A whole domain on a throwaway database with a fixed clock and seeded randomness, for tests of this workspace and of
//! projects built on it. [`both!`](crate::both) runs a test on SQLite and, where `TEST_POSTGRES_URL` names a server, on
//! Postgres, each with a database of its own.

mod redis;
mod vouching;

use crate::clock::{Clock, FixedClock};
use crate::mail::{self, Captured, Delivery, Letter};
use crate::random::{Random, SeededRandom, SystemRandom};
use crate::rules::{AttemptRules, LimitRules, PasswordRules, QuotaRules, Rules};
use crate::{Domain, OpenError, Options, auth};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::cell::Cell;
use std::future::Future;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Barrier;
use vestibule_model::{Secret, Timestamp};

pub use redis::RedisServer;
pub use vouching::Vouching;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A SQLite file.
    Sqlite,
    /// A schema of its own on the server that `TEST_POSTGRES_URL` names.
    Postgres,
}

/// A domain and what moves it.
pub struct TestDomain {
    /// The domain.
    pub domain: Domain,
    /// Its clock: 2026-01-01T00:00:00Z until it is moved.
    pub clock: Arc<FixedClock>,
    /// Its mail, unless the options say otherwise.
    pub mail: Captured,
    url: Secret,
    redis: Option<Arc<RedisServer>>,
    folder: Arc<TempDir>,
}

/// A start that every test shares: 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp(1_767_225_600_000_000);

static TESTS: AtomicU64 = AtomicU64::new(0);

impl TestDomain {
    /// An empty domain; `None` where there is no such database to test on.
    pub async fn on(engine: Engine) -> Option<Self> {
        Self::with(engine, |_| {}).await
    }

    /// An empty domain with options of its own.
    pub async fn with(engine: Engine, change: impl FnOnce(&mut Options)) -> Option<Self> {
        Self::made(engine, None, change).await
    }

    /// An empty domain that counts in Redis; `None` where there is no such database, or no Redis.
    pub async fn with_redis(engine: Engine, change: impl FnOnce(&mut Options)) -> Option<Self> {
        Self::made(engine, Some(RedisServer::start()?), change).await
    }

    async fn made(
        engine: Engine,
        redis: Option<RedisServer>,
        change: impl FnOnce(&mut Options),
    ) -> Option<Self> {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder can be made"));
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path().join("test.db").display()),
            Engine::Postgres => postgres_schema().await?,
        };
        let url = Secret::new(url);
        let clock = Arc::new(FixedClock::at(START));
        let mail = Captured::default();
        let mut options = options(&url, &folder, &clock, &mail);
        if let Some(redis) = &redis {
            options.redis_url = Some(Secret::new(redis.url()));
            // Tests share a Redis: their sites must differ.
            options.random = Arc::new(SystemRandom);
        }
        change(&mut options);
        let domain = Domain::open(options).await.expect("a test's domain opens");
        Some(Self { domain, clock, mail, url, redis: redis.map(Arc::new), folder })
    }

    /// The options of this domain, to open the same data once more: a second node, or a command beside the server.
    pub fn options(&self) -> Options {
        let mut options = options(&self.url, &self.folder, &self.clock, &self.mail);
        options.redis_url = self.redis.as_ref().map(|redis| Secret::new(redis.url()));
        options
    }

    /// A second process on the same data.
    ///
    /// # Errors
    /// As [`Domain::open`].
    pub async fn second(&self) -> Result<Domain, OpenError> {
        Domain::open(self.options()).await
    }

    /// A second node on the same data, with the same clock and mail, and caches of its own.
    ///
    /// # Panics
    /// When the domain does not open.
    pub async fn node(&self) -> Self {
        let domain = self.second().await.expect("a test's domain opens on a second node");
        let (clock, mail) = (Arc::clone(&self.clock), self.mail.clone());
        let (url, redis) = (self.url.clone(), self.redis.clone());
        Self { domain, clock, mail, url, redis, folder: Arc::clone(&self.folder) }
    }

    /// The same data with the options of [`crowded`], so that all of a [`CROWD`] do what they came for and none is sent away.
    ///
    /// # Panics
    /// When the domain does not open.
    pub async fn roomy(mut self) -> Self {
        let mut options = self.options();
        crowded(&mut options);
        self.domain = Domain::open(options).await.expect("a test's domain opens again");
        self
    }

    /// The folder of the domain's files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Sends what is due and takes it: the mail since the last look, oldest first.
    pub async fn letters(&self) -> Vec<Letter> {
        mail::deliver_due(&self.domain).await.expect("mail can be sent");
        self.mail.take()
    }

    /// Failures at passwords that are counted now, of everyone together.
    pub async fn counted_attempts(&self) -> i64 {
        auth::counted_attempts(&self.domain).await.expect("attempts can be counted")
    }

    /// The present moment of its clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Rules whose password hashes cost next to nothing.
pub fn cheap_rules() -> Rules {
    Rules {
        passwords: PasswordRules { memory_kib: 8, passes: 1, ..PasswordRules::default() },
        // Its clock stands still: limits would never let go. Tests of limits ask for them.
        limits: LimitRules { defaults: false, ..LimitRules::default() },
        quotas: QuotaRules { defaults: false, ..QuotaRules::default() },
        ..Rules::default()
    }
}

/// How many do the same thing at once where it must come out right whoever is first.
pub const CROWD: usize = 200;

/// Takes away what keeps a crowd in check: every one has a turn at the processors at once, no number of attempts at a
/// password in flight blocks it, and whoever waits for the database gets it.
pub fn crowded(options: &mut Options) {
    // New passwords are judged on half as many.
    options.rules.passwords.parallel = 2 * CROWD;
    options.rules.passwords.queue = CROWD;
    options.database_patience = Duration::from_mins(1);
    options.rules.attempts = AttemptRules { free: u32::MAX, most: u32::MAX };
}

/// Starts `count` of them together and gathers what they answer, in the order of their numbers.
///
/// # Panics
/// When one of them does.
pub async fn at_once<T, F>(count: usize, mut one: impl FnMut(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let begin = |number| {
        let (start, work) = (Arc::clone(&start), one(number));
        tokio::spawn(async move {
            start.wait().await;
            work.await
        })
    };
    let all: Vec<_> = (0..count).map(begin).collect();
    let mut answers = Vec::with_capacity(count);
    for one in all {
        answers.push(one.await.expect("none of them panics"));
    }
    answers
}

/// Seconds that `work` takes: the median of fifty runs. For ratios that a test run by hand says; nothing is asserted of it.
#[expect(clippy::disallowed_methods, reason = "it is a measurement, run by hand")]
pub async fn median<T, F: Future<Output = T>>(work: impl Fn() -> F) -> f64 {
    let mut spans = Vec::new();
    for _ in 0..50 {
        let start = std::time::Instant::now();
        work().await;
        spans.push(start.elapsed().as_secs_f64());
    }
    spans.sort_by(f64::total_cmp);
    spans[25]
}

tokio::task_local! {
    static STATEMENTS: Cell<usize>;
}

/// Does `work` and counts how often it asks the database: statements, and beginnings of transactions. What it leaves to
/// other tasks is not counted.
pub async fn counting_statements<T>(work: impl Future<Output = T>) -> (T, usize) {
    let counted = async {
        let done = work.await;
        (done, STATEMENTS.with(Cell::get))
    };
    STATEMENTS.scope(Cell::new(0), counted).await
}

/// Called for every statement.
pub(crate) fn count_statement() {
    // Nobody counts outside of `counting_statements`.
    let _ = STATEMENTS.try_with(|count| count.set(count.get() + 1));
}

fn options(url: &Secret, folder: &Arc<TempDir>, clock: &Arc<FixedClock>, mail: &Captured) -> Options {
    Options {
        database_url: url.clone(),
        // A machine that does much else is slow, and no test is about that.
        database_patience: Duration::from_secs(20),
        redis_url: None,
        // A machine that runs many tests at once is slow, and none is about that.
        redis_patience: Duration::from_mins(1),
        data_dir: folder.path().to_owned(),
        public_url: "http://127.0.0.1:3000".to_owned(),
        site_name: "Vestibule".to_owned(),
        secret_key: Some(Secret::new("a master secret for tests, long enough")),
        delivery: Delivery::Captured(mail.clone()),
        mail_from: "Vestibule <noreply@example.org>".to_owned(),
        rules: cheap_rules(),
        extensions: Vec::new(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        random: Arc::new(SeededRandom::new(TESTS.fetch_add(1, Ordering::SeqCst) << 32)),
        serving: false,
        migrate: true,
    }
}

/// A URL whose tables live in a fresh schema; the server is thrown away as a whole.
#[expect(clippy::disallowed_methods, reason = "tests are told of their server by the environment")]
async fn postgres_schema() -> Option<String> {
    let Ok(base) = std::env::var("TEST_POSTGRES_URL") else {
        tracing::warn!("no TEST_POSTGRES_URL: not tested on Postgres");
        return None;
    };
    let mut random = [0; 8];
    SystemRandom.fill(&mut random);
    let schema = format!("test_{:016x}", u64::from_be_bytes(random));
    let mut connection = PgConnection::connect(&base).await.expect("TEST_POSTGRES_URL can be reached");
    let create = AssertSqlSafe(format!("create schema {schema}"));
    sqlx::query(create).execute(&mut connection).await.expect("a schema can be made");
    connection.close().await.expect("the connection closes");
    let sign = if base.contains('?') { '&' } else { '?' };
    Some(format!("{base}{sign}options=-csearch_path%3D{schema}"))
}

/// Runs each test on both databases: `both! { async fn name(t: TestDomain) { … } }` makes `name::sqlite` and
/// `name::postgres`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($t:ident: TestDomain) $body:block)*) => {
        $(
            mod $name {
                use super::*;

                async fn run($t: $crate::testing::TestDomain) $body

                $(#[$meta])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    if let Some(t) = $crate::testing::TestDomain::on($crate::testing::Engine::Sqlite).await {
                        run(t).await;
                    }
                }

                $(#[$meta])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    if let Some(t) = $crate::testing::TestDomain::on($crate::testing::Engine::Postgres).await {
                        run(t).await;
                    }
                }
            }
        )*
    };
}
