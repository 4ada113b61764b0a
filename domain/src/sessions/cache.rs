//! What this process knows of live sessions, so that a request costs no statement. An entry is believed only in the
//! generation it was read in (see [`crate::changes`]). Called by [`super`] alone.

use super::{lifetimes::from_micros, store::Row};
use crate::actor::Via;
use crate::{Person, accounts::Own, groups::Rights};
use std::collections::BTreeSet;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use vestibule_model::sessions::Lifetime;
use vestibule_model::{SessionId, Timestamp, UserId};

/// Sessions kept at most; the least used leave first. A lost entry costs one read.
const SESSIONS: usize = 10_000;

/// How a request names its session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// By the hash of its cookie.
    Cookie(String),
    /// By id, from an access token.
    Id(SessionId),
}

/// A session and the account behind it, as last read.
#[derive(Debug)]
pub(super) struct State {
    pub(super) id: SessionId,
    pub(super) user: UserId,
    proved_at: Timestamp,
    expires_at: Option<Timestamp>,
    idle: Lifetime,
    remembered: bool,
    last_seen: AtomicI64,
    account: Arc<Own>,
    groups: Arc<BTreeSet<String>>,
    permissions: Arc<BTreeSet<String>>,
}

impl State {
    pub(super) fn new(row: &Row, account: Arc<Own>, rights: Rights) -> Self {
        Self {
            id: row.id,
            user: row.user_id,
            proved_at: row.proved_at,
            expires_at: row.expires_at,
            idle: from_micros(row.idle_micros),
            remembered: row.remembered != 0,
            last_seen: AtomicI64::new(row.last_seen_at.0),
            account,
            groups: Arc::new(rights.groups),
            permissions: Arc::new(rights.permissions),
        }
    }

    pub(super) fn last_seen(&self) -> Timestamp {
        Timestamp(self.last_seen.load(Ordering::Relaxed))
    }

    /// Whether session and account hold at `now`: looked at on every use, since no revocation tells of a moment.
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        let ends = [self.expires_at, self.idle.end(self.last_seen()), self.account.expires_at];
        ends.into_iter().flatten().all(|end| now < end)
    }

    /// Takes it upon the caller to write down that the session was used now; one of many at once.
    pub(super) fn claim_seen(&self, now: Timestamp) -> bool {
        let before = self.last_seen.load(Ordering::Relaxed);
        before < now.0
            && self.last_seen.compare_exchange(before, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    pub(super) fn person(&self, via: Via) -> Person {
        Person {
            user: self.user,
            session: self.id,
            key: None,
            via,
            proved_at: self.proved_at,
            endless: self.remembered && self.expires_at.is_none(),
            account: Arc::clone(&self.account),
            groups: Arc::clone(&self.groups),
            permissions: Arc::clone(&self.permissions),
        }
    }
}

/// The sessions of this process.
#[derive(Debug)]
pub(crate) struct Cache(quick_cache::sync::Cache<Key, (u64, Arc<State>)>);

impl Default for Cache {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(SESSIONS))
    }
}

impl Cache {
    pub(super) fn look(&self, key: &Key, generation: u64) -> Option<Arc<State>> {
        self.0.get(key).filter(|(read_in, _)| *read_in == generation).map(|(_, state)| state)
    }

    pub(super) fn keep(&self, key: Key, generation: u64, state: State) -> Arc<State> {
        let state = Arc::new(state);
        self.0.insert(key, (generation, Arc::clone(&state)));
        state
    }
}
