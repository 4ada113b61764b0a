//! What of a journey only this site may read, in the tables: encrypted and bound to its row (AES-256-GCM, under a key of its own
//! that is derived from the master secret). A copy of the database tells nobody's tokens. Called by [`super`] alone.

use crate::Domain;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

/// Bytes of a nonce.
const NONCE: usize = 12;

fn cipher(domain: &Domain, kind: &str) -> Aes256Gcm {
    let key: [u8; 32] = domain.master().derive(&format!("social/{kind}"));
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(key))
}

/// `plain` as it is kept in the row called `row`.
pub(super) fn seal<T: Serialize>(domain: &Domain, kind: &str, row: &str, plain: &T) -> String {
    let plain = serde_json::to_vec(plain).expect("what is sealed can be written as JSON");
    let mut nonce = [0; NONCE];
    domain.random().fill(&mut nonce);
    let payload = Payload { msg: &plain, aad: row.as_bytes() };
    let sealed = cipher(domain, kind)
        .encrypt(&Nonce::from(nonce), payload)
        .expect("what is sealed is shorter than 64 GiB");
    URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat())
}

/// What was sealed for the row called `row`; nothing when it was sealed for another, or elsewhere.
pub(super) fn open<T: DeserializeOwned>(domain: &Domain, kind: &str, row: &str, sealed: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: row.as_bytes() };
    let plain = cipher(domain, kind).decrypt(&Nonce::from(*nonce), payload).ok()?;
    serde_json::from_slice(&plain).ok()
}
