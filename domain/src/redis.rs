//! The connection to Redis, where the settings name one: what several servers count together. Asked by `limits` and
//! `quotas`, by script alone, so that every decision is one step for everybody. No request waits long for it: what is not
//! answered within the patience counts as away, and then nothing is asked for a second. It connects again by itself. What
//! is lost with Redis must be bearable: accounts, sessions and the audit trail never live here.

use crate::clock::Clock;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ToRedisArgs};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use vestibule_model::Secret;

pub use redis::Script;

/// For so long nothing is asked after a failure.
const REST: Duration = Duration::from_secs(1);
/// Longest wait for a connection, beside the patience of those who ask meanwhile.
const CONNECTING: Duration = Duration::from_secs(2);
/// Nothing failed since the last answer.
const CLOSED: i64 = i64::MIN;

/// Redis did not answer, or refused. The cause was logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Redis is away")]
pub struct Away;

/// A connection to Redis, shared by the whole process.
pub struct Redis {
    manager: ConnectionManager,
    /// What every key begins with, so that sites can share one Redis.
    prefix: String,
    patience: Duration,
    clock: Arc<dyn Clock>,
    /// When it may be asked again, in microseconds; [`CLOSED`] while it answers.
    resting_until: AtomicI64,
}

impl Redis {
    /// Names the Redis at `url`; it is connected to when it is first asked. `site`: what tells this site from others.
    ///
    /// # Errors
    /// A sentence without the URL when it cannot be understood.
    pub(crate) fn open(
        url: &Secret,
        site: &str,
        patience: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        Ok(Self {
            manager: manager(url)?,
            prefix: format!("vestibule:{site}:"),
            patience,
            clock,
            resting_until: AtomicI64::new(CLOSED),
        })
    }

    /// Runs `script` as one step: `keys` as `KEYS`, each behind the prefix of this site, `args` as `ARGV`. A key begins
    /// with its area (`limits:`, `quotas:`). Numbers beyond 2^53 are not kept exactly by Lua.
    ///
    /// # Errors
    /// [`Away`] when it is not answered in time, or was not a short while ago.
    pub async fn script<K: AsRef<[u8]>, A: ToRedisArgs>(
        &self,
        script: &Script,
        keys: &[K],
        args: &[A],
    ) -> Result<Vec<i64>, Away> {
        if !self.may_ask() {
            return Err(Away);
        }
        let mut call = script.prepare_invoke();
        for key in keys {
            call.key([self.prefix.as_bytes(), key.as_ref()].concat());
        }
        for arg in args {
            call.arg(arg);
        }
        let mut connection = self.manager.clone();
        let answer = tokio::time::timeout(self.patience, call.invoke_async(&mut connection)).await;
        self.noted(answer.unwrap_or_else(|_| Err(late())))
    }

    /// Whether it answers, asked at once and with two seconds of patience.
    pub async fn answers(&self) -> bool {
        let mut connection = self.manager.clone();
        let answer = tokio::time::timeout(CONNECTING, ping(&mut connection)).await;
        self.noted(answer.unwrap_or_else(|_| Err(late()))).is_ok()
    }

    /// Whether it may be asked. Of many who come when the rest is over, one goes ahead.
    fn may_ask(&self) -> bool {
        let until = self.resting_until.load(Ordering::SeqCst);
        if until == CLOSED {
            return true;
        }
        let now = self.clock.now();
        // A clock that was set back must not keep it resting.
        let over = now.0 >= until || until > now.after(REST).0;
        let next = now.after(REST).0;
        over && self.resting_until.compare_exchange(until, next, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    fn noted<T>(&self, answer: redis::RedisResult<T>) -> Result<T, Away> {
        match answer {
            Ok(value) => {
                if self.resting_until.swap(CLOSED, Ordering::SeqCst) != CLOSED {
                    tracing::info!("Redis answers again");
                }
                Ok(value)
            }
            Err(cause) => {
                let next = self.clock.now().after(REST).0;
                if self.resting_until.swap(next, Ordering::SeqCst) == CLOSED {
                    tracing::error!(%cause, "Redis is away");
                }
                Err(Away)
            }
        }
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redis({})", self.prefix)
    }
}

/// Whether the Redis at `url` answers, for `doctor`.
///
/// # Errors
/// What went wrong, without the URL.
pub async fn check(url: &Secret) -> Result<(), String> {
    let mut connection = manager(url)?;
    match tokio::time::timeout(CONNECTING, ping(&mut connection)).await {
        Ok(answer) => answer.map_err(|cause| cause.to_string()),
        Err(_) => Err("it did not answer in 2 s".to_owned()),
    }
}

fn manager(url: &Secret) -> Result<ConnectionManager, String> {
    let unfit = |_| "redis.url cannot be understood".to_owned();
    let client = Client::open(url.expose()).map_err(unfit)?;
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECTING))
        .set_response_timeout(Some(CONNECTING))
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client, config).map_err(unfit)
}

async fn ping(connection: &mut ConnectionManager) -> redis::RedisResult<()> {
    redis::cmd("PING").query_async(connection).await
}

fn late() -> redis::RedisError {
    (redis::ErrorKind::Io, "it did not answer in time").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::testing::{RedisServer, START};

    const NOWHERE: &str = "redis+unix:///nowhere/redis.sock";

    fn opened(url: &str, site: &str) -> (Redis, Arc<FixedClock>) {
        opened_with(Duration::from_secs(30), url, site)
    }

    fn opened_with(patience: Duration, url: &str, site: &str) -> (Redis, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::at(START));
        let shared = Arc::clone(&clock) as Arc<dyn Clock>;
        (Redis::open(&Secret::new(url), site, patience, shared).unwrap(), clock)
    }

    #[tokio::test]
    async fn a_failure_gives_it_a_second_of_rest_and_one_goes_ahead() {
        let (redis, clock) = opened(NOWHERE, "a");
        assert!(redis.may_ask());
        let script = Script::new("return {1}");
        assert_eq!(redis.script(&script, &["limits:x"], &[1]).await, Err(Away));
        assert!(!redis.may_ask());
        clock.advance(REST);
        assert!(redis.may_ask());
        assert!(!redis.may_ask(), "one alone goes ahead");
        clock.set(crate::testing::START.before(Duration::from_hours(1)));
        assert!(redis.may_ask(), "a clock that was set back");
    }

    #[tokio::test]
    async fn sites_share_a_redis_without_meeting() {
        let Some(server) = RedisServer::start() else { return };
        let (one, _) = opened(server.url(), "one");
        let (other, _) = opened(server.url(), "other");
        let add = Script::new("return {redis.call('INCRBY', KEYS[1], ARGV[1])}");
        assert_eq!(one.script(&add, &["limits:x"], &[2]).await, Ok(vec![2]));
        assert_eq!(one.script(&add, &["limits:x"], &[3]).await, Ok(vec![5]));
        assert_eq!(other.script(&add, &["limits:x"], &[1]).await, Ok(vec![1]));
    }

    #[tokio::test]
    async fn it_is_found_again_when_it_comes_back() {
        let Some(mut server) = RedisServer::own() else { return };
        let (redis, clock) = opened(server.url(), "a");
        assert!(redis.answers().await);
        server.kill();
        assert!(!redis.answers().await);
        server.revive();
        let script = Script::new("return {7}");
        for _ in 0..100 {
            clock.advance(REST);
            if redis.script(&script, &["limits:x"], &[1]).await == Ok(vec![7]) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("it was not found again");
    }

    #[tokio::test]
    async fn one_that_hangs_is_away_until_it_goes_on() {
        let Some(server) = RedisServer::own() else { return };
        let (redis, clock) = opened_with(Duration::from_millis(200), server.url(), "a");
        let script = Script::new("return {redis.call('INCRBY', KEYS[1], 1)}");
        assert!(redis.answers().await);
        server.pause();
        assert_eq!(redis.script(&script, &["limits:x"], &[1]).await, Err(Away));
        assert!(!redis.may_ask(), "and nobody waits for it again");
        server.resume();
        for _ in 0..100 {
            clock.advance(REST);
            if redis.script(&script, &["limits:x"], &[1]).await.is_ok() {
                return;
            }
        }
        panic!("it was not found again");
    }

    #[test]
    fn a_url_that_is_none_is_not_repeated() {
        let said = manager(&Secret::new("nonsense://hunter2@x")).err().unwrap();
        assert!(!said.contains("hunter2"), "{said}");
    }
}
