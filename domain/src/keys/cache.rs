//! What this process knows of live API keys, so that a request costs no statement. An entry is believed only in the
//! generation it was read in (see [`crate::changes`]). Called by [`super::authenticate`] alone.

use super::store::Known;
use crate::actor::Via;
use crate::{KeyGrant, Person, accounts::Own, groups::Rights};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use ipnet::IpNet;
use sha2::Sha256;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use vestibule_model::{KeyId, SessionId, Timestamp, UserId};

/// Keys kept at most; the least used leave first. A lost entry costs one read.
const KEYS: usize = 10_000;

/// What API keys are known by: HMAC-SHA256 of the whole key under a key of its own. Whoever reads the database, or watches
/// how long a look into it takes, learns nothing about any key.
pub(crate) struct Keyring {
    mac: Hmac<Sha256>,
    known: quick_cache::sync::Cache<Hash, (u64, Arc<State>)>,
}

/// What a key is known by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Hash([u8; 32]);

impl Hash {
    /// As it is stored.
    pub(super) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl Keyring {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let mac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        Self { mac, known: quick_cache::sync::Cache::new(KEYS) }
    }

    pub(super) fn hash(&self, key: &str) -> Hash {
        let mut mac = self.mac.clone();
        mac.update(key.as_bytes());
        Hash(mac.finalize().into_bytes().into())
    }

    pub(super) fn look(&self, hash: &Hash, generation: u64) -> Option<Arc<State>> {
        self.known.get(hash).filter(|(read_in, _)| *read_in == generation).map(|(_, state)| state)
    }

    pub(super) fn keep(&self, hash: Hash, generation: u64, state: State) -> Arc<State> {
        let state = Arc::new(state);
        self.known.insert(hash, (generation, Arc::clone(&state)));
        state
    }
}

/// A key and the account behind it, as last read.
pub(super) struct State {
    pub(super) id: KeyId,
    user: UserId,
    ends: Option<Timestamp>,
    last_used: AtomicI64,
    networks: Vec<IpNet>,
    grant: Arc<KeyGrant>,
    account: Arc<Own>,
    groups: Arc<BTreeSet<String>>,
    permissions: Arc<BTreeSet<String>>,
}

impl State {
    pub(super) fn new(row: &Known, account: Own, rights: Rights) -> Self {
        let scopes = row.scopes.split_whitespace().map(str::to_owned).collect();
        Self {
            id: row.id,
            user: row.user_id,
            ends: row.expires_at.into_iter().chain(row.until).chain(account.expires_at).min(),
            last_used: AtomicI64::new(row.last_used_at.map_or(i64::MIN, |at| at.0)),
            networks: super::networks::read(&row.networks),
            grant: Arc::new(KeyGrant { id: row.id, scopes, read_only: row.read_only != 0 }),
            account: Arc::new(account),
            groups: Arc::new(rights.groups),
            permissions: Arc::new(rights.permissions),
        }
    }

    /// Whether key, secret and account hold at `now`: looked at on every use, since no revocation tells of a moment.
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        self.ends.is_none_or(|end| now < end)
    }

    /// Whether the key may be used from `address`.
    pub(super) fn is_taken_from(&self, address: Option<IpAddr>) -> bool {
        self.networks.is_empty()
            || address.is_some_and(|address| super::networks::hold(&self.networks, address))
    }

    pub(super) fn last_used(&self) -> Timestamp {
        Timestamp(self.last_used.load(Ordering::Relaxed))
    }

    /// Takes it upon the caller to write down that the key was used now; one of many at once.
    pub(super) fn claim_used(&self, now: Timestamp) -> bool {
        let before = self.last_used.load(Ordering::Relaxed);
        before < now.0
            && self.last_used.compare_exchange(before, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    pub(super) fn person(&self) -> Person {
        Person {
            user: self.user,
            session: SessionId(self.id.0),
            key: Some(Arc::clone(&self.grant)),
            via: Via::Key,
            // Nobody gave a password, so that what asks for a proof is closed.
            proved_at: Timestamp(i64::MIN),
            endless: false,
            account: Arc::clone(&self.account),
            groups: Arc::clone(&self.groups),
            permissions: Arc::clone(&self.permissions),
        }
    }
}
