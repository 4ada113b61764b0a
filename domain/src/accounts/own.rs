//! The account of whoever asks, kept with their session: also as the text that `GET /me` answers, written once and not on
//! every request. Made where a session is read; never changed, because a change makes the session be read again.

use crate::profiles;
use bytes::Bytes;
use std::ops::Deref;
use std::sync::OnceLock;
use vestibule_model::accounts::Me;

/// An account as its owner sees it.
#[derive(Debug)]
pub struct Own {
    me: Me,
    written: OnceLock<Written>,
}

/// An account as the text of an answer.
#[derive(Debug)]
pub struct Written {
    /// The JSON text.
    pub json: Bytes,
    /// Its tag (see [`profiles::tag`]) in quotes, as a strong validator is written (RFC 9110 8.8.3).
    pub etag: Bytes,
}

impl Own {
    pub(crate) fn new(me: Me) -> Self {
        Self { me, written: OnceLock::new() }
    }

    /// The account as JSON, with its tag.
    pub fn written(&self) -> &Written {
        self.written.get_or_init(|| {
            // What is shown can always be written.
            let json = serde_json::to_vec(&self.me).unwrap_or_default();
            Written { json: shared(json), etag: shared(format!("\"{}\"", profiles::tag(&self.me)).into()) }
        })
    }
}

/// Bytes that many answers share: a vector makes itself shared only when it is first cloned, behind an atomic swap.
fn shared(bytes: Vec<u8>) -> Bytes {
    Bytes::from_owner(bytes)
}

impl Deref for Own {
    type Target = Me;

    fn deref(&self) -> &Me {
        &self.me
    }
}
