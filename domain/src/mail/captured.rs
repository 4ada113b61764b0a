//! Mail kept in memory, for tests: what would have been sent, read again from its bytes.

use super::folder::{Letter, read};
use std::sync::{Arc, Mutex, PoisonError};

/// A mailbox in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Captured(Arc<Mutex<Vec<Letter>>>);

impl Captured {
    /// Everything that was sent, oldest first.
    pub fn letters(&self) -> Vec<Letter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything that was sent since it was last taken, oldest first.
    pub fn take(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps one more.
    pub(super) fn keep(&self, id: &str, bytes: &[u8]) {
        if let Some(letter) = read(id, bytes) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(letter);
        }
    }
}
