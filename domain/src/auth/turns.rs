//! Turns at the processors: work that takes long is done for a few at once, and the queue before it is short, so that
//! memory and processors stay bounded however many people come (D12). Called by `password.rs` and by
//! `profiles/avatar.rs`.

use crate::error;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vestibule_model::{Error, Result};

/// How long work waits for its turn before the caller is told to come back.
const PATIENCE: Duration = Duration::from_secs(2);

/// A number of turns and the queue for them.
pub(crate) struct Turns {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

impl Turns {
    /// `parallel` at once, and `queue` who wait.
    pub(crate) fn new(parallel: usize, queue: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(parallel)), waiting: AtomicUsize::new(0), queue }
    }

    /// Does `work` on a thread of its own when its turn has come.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait already.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let turn = self.take().await?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|cause| error::hidden(&cause))
    }

    async fn take(&self) -> Result<OwnedSemaphorePermit> {
        const BUSY: Error = Error::Busy { retry_after_s: 2 };
        if let Ok(turn) = Arc::clone(&self.free).try_acquire_owned() {
            return Ok(turn);
        }
        let _place = Place::take(&self.waiting, self.queue).ok_or(BUSY)?;
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.free).acquire_owned()).await;
        turn.map_err(|_| BUSY)?.map_err(|_| BUSY)
    }
}

/// A place in the queue, given back however the wait ends.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        let more = |now: usize| (now < most).then_some(now + 1);
        waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).ok().map(|_| Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn c70_a_full_queue_is_answered_at_once() {
        let turns = Turns::new(1, 0);
        let turn = turns.take().await.unwrap();
        assert_eq!(turns.run(|| ()).await, Err(Error::Busy { retry_after_s: 2 }));
        drop(turn);
        assert_eq!(turns.run(|| 7).await, Ok(7));
    }
}
