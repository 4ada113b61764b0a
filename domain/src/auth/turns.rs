//! Turns at the processors: work that takes long is done for a few at once, and the queue before it is short, so that
//! memory and processors stay bounded however many people come (D12). Called by `password.rs` and by
//! `profiles/avatar.rs`.

use crate::error;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use vestibule_model::{Error, Result};

/// How long work waits for its turn before the caller is told to come back.
const PATIENCE: Duration = Duration::from_secs(2);
const BUSY: Error = Error::Busy { retry_after_s: 2 };

/// A number of turns and the queue for them.
pub(crate) struct Turns {
    line: Arc<Line>,
    parallel: usize,
    queue: usize,
}

/// Those who wait, and how many threads work.
#[derive(Default)]
struct Line(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    busy: usize,
    next: u64,
    works: VecDeque<(u64, Work)>,
}

type Work = Box<dyn FnOnce() + Send>;

impl Turns {
    /// `parallel` at once, and `queue` who wait.
    pub(crate) fn new(parallel: usize, queue: usize) -> Self {
        Self { line: Arc::default(), parallel, queue }
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.line.lock().works.len()
    }

    /// Does `work` on a thread of its own when its turn has come.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait already.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (tell, mut done) = oneshot::channel();
        let work = Box::new(move || drop(tell.send(work())));
        let done = match self.enter(work)? {
            None => done.await,
            Some(place) => match tokio::time::timeout(PATIENCE, &mut done).await {
                Ok(done) => done,
                Err(_) if place.give_up() => return Err(BUSY),
                Err(_) => done.await,
            },
        };
        done.map_err(|cause| error::hidden(&cause))
    }

    /// Begins `work` where a turn is free, else puts it into the queue.
    fn enter(&self, work: Work) -> Result<Option<Place>> {
        let mut waiting = self.line.lock();
        if waiting.busy < self.parallel {
            waiting.busy += 1;
            let line = Arc::clone(&self.line);
            tokio::task::spawn_blocking(move || line.work_on(work));
            return Ok(None);
        }
        if waiting.works.len() >= self.queue {
            return Err(BUSY);
        }
        let number = waiting.next;
        waiting.next += 1;
        waiting.works.push_back((number, work));
        Ok(Some(Place { line: Arc::clone(&self.line), number }))
    }
}

impl Line {
    /// Does `work`, and then whatever waits: a thread that has done one goes on to the next without asking anybody.
    fn work_on(&self, work: Work) {
        let mut work = Some(work);
        while let Some(now) = work {
            // A panic is that of whoever brought the work, and hears nothing of it; the turn is the next one's.
            let _ = catch_unwind(AssertUnwindSafe(now));
            let mut waiting = self.lock();
            work = waiting.works.pop_front().map(|(_, work)| work);
            if work.is_none() {
                waiting.busy -= 1;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue, given back however the wait ends.
struct Place {
    line: Arc<Line>,
    number: u64,
}

impl Place {
    /// Takes the work out of the queue; not when its turn has come.
    fn give_up(&self) -> bool {
        let mut waiting = self.line.lock();
        let place = waiting.works.iter().position(|(number, _)| *number == self.number);
        place.and_then(|place| waiting.works.remove(place)).is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.give_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::Poll;

    /// Lets `work` begin or take its place.
    async fn begun<T>(work: &mut std::pin::Pin<&mut impl Future<Output = Result<T>>>) {
        std::future::poll_fn(|context| {
            assert!(work.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }

    #[tokio::test]
    async fn c70_a_full_queue_is_answered_at_once() {
        let turns = Turns::new(1, 0);
        let (end, ended) = mpsc::channel::<()>();
        let mut first = pin!(turns.run(move || ended.recv()));
        begun(&mut first).await;
        assert_eq!(turns.run(|| ()).await, Err(BUSY));
        end.send(()).unwrap();
        assert_eq!(first.await, Ok(Ok(())));
        while turns.line.lock().busy > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(turns.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn who_waits_comes_next_whatever_becomes_of_the_one_before() {
        let turns = Turns::new(1, 2);
        let (end, ended) = mpsc::channel::<()>();
        let mut first = pin!(turns.run::<()>(move || {
            let _ = ended.recv();
            panic!("the work of somebody else");
        }));
        begun(&mut first).await;
        {
            let mut left = pin!(turns.run(|| unreachable!("its caller went away")));
            begun::<()>(&mut left).await;
        }
        assert_eq!(turns.line.lock().works.len(), 0, "the place was given back");
        let mut second = pin!(turns.run(|| 2));
        let mut third = pin!(turns.run(|| 3));
        begun(&mut second).await;
        begun(&mut third).await;
        end.send(()).unwrap();
        assert!(matches!(first.await, Err(Error::Internal { .. })));
        assert_eq!((second.await, third.await), (Ok(2), Ok(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_and_the_work_is_not_done() {
        let turns = Turns::new(1, 1);
        let (end, ended) = mpsc::channel::<()>();
        let mut first = pin!(turns.run(move || ended.recv()));
        begun(&mut first).await;
        let mut second = pin!(turns.run(|| unreachable!("nobody waits for it any more")));
        begun::<()>(&mut second).await;
        tokio::time::advance(PATIENCE).await;
        assert_eq!(second.await, Err(BUSY));
        end.send(()).unwrap();
        assert_eq!(first.await, Ok(Ok(())));
    }
}
