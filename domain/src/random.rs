//! Randomness, as an argument. The only place in the workspace that asks the operating system for it.

use std::sync::Mutex;

/// A source of unpredictable bytes.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// The same bytes on every run: for tests.
#[derive(Debug)]
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// A sequence that depends on `seed` alone.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    /// SHA-256 over a counter: well spread, and plainly no secret.
    fn fill(&self, bytes: &mut [u8]) {
        use sha2::{Digest, Sha256};
        let mut counter = self.0.lock().expect("no panic while the counter is held");
        for chunk in bytes.chunks_mut(32) {
            *counter = counter.wrapping_add(1);
            chunk.copy_from_slice(&Sha256::digest(counter.to_be_bytes())[..chunk.len()]);
        }
    }
}
