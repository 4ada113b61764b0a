//! The clock by which hyper bounds how long a request's head may take. Hyper sets an alarm for every head and clears it when
//! the head is there: two entries into a clock that all connections share, for something that hardly ever rings. Here a
//! connection has one alarm, which is set anew only when it rang too early. Used by `connections.rs` alone.

use hyper::rt::{Sleep, Timer};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time;

/// The clock of one connection. All that waits by it must be polled by one task.
#[derive(Clone, Default)]
pub(super) struct Patience(Arc<Mutex<Option<Pin<Box<time::Sleep>>>>>);

impl Timer for Patience {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait { until: deadline.into(), alarm: self.clone() })
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn Sleep>>, new_deadline: Instant) {
        *sleep = self.sleep_until(new_deadline);
    }

    fn now(&self) -> Instant {
        time::Instant::now().into()
    }
}

/// A wait for a moment, by the alarm of its connection.
struct Wait {
    until: time::Instant,
    alarm: Patience,
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.alarm.0.lock().unwrap_or_else(PoisonError::into_inner);
        let alarm = alarm.get_or_insert_with(|| Box::pin(time::sleep_until(self.until)));
        // One that is set for later than this wait rings too late; one for earlier is looked at again when it rings.
        if alarm.deadline() > self.until {
            alarm.as_mut().reset(self.until);
        }
        while alarm.as_mut().poll(context).is_ready() {
            if time::Instant::now() >= self.until {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(self.until);
        }
        Poll::Pending
    }
}

impl Sleep for Wait {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_when_its_time_has_come_whatever_was_waited_for_before() {
        let clock = Patience::default();
        let begin = time::Instant::now();
        let seconds = |seconds| Duration::from_secs(seconds);
        let mut dropped = clock.sleep(seconds(3));
        std::future::poll_fn(|context| Poll::Ready(dropped.as_mut().poll(context).is_pending())).await;
        drop(dropped);
        clock.sleep(seconds(10)).await;
        assert_eq!(begin.elapsed().as_secs(), 10, "the alarm rang for the one before and was set again");
        let mut longer = clock.sleep(seconds(10));
        std::future::poll_fn(|context| Poll::Ready(longer.as_mut().poll(context).is_pending())).await;
        clock.sleep(seconds(2)).await;
        assert_eq!(begin.elapsed().as_secs(), 12);
        longer.await;
        assert_eq!(begin.elapsed().as_secs(), 20);
    }
}
