//! The decision when a mail that could not be sent is tried again. Pure: no clock, no database.

use std::time::Duration;
use vestibule_model::Timestamp;

/// After this long a mail is given up; it stays in the outbox for an administrator to see.
const GIVE_UP: Duration = Duration::from_hours(24);

/// Most doublings of the first minute: 512 minutes, after which the last try at [`GIVE_UP`] comes sooner.
const DOUBLINGS: u32 = 9;

/// When to try again after `attempts` tries (at least 1), the latest of which failed at `now`: 1, 2, 4, 8… minutes later,
/// and up to a tenth more by `jitter` so that a thousand mails do not come back in one second. The last try is 24 hours
/// after the mail was `written`; after that, nothing.
pub(super) fn next(written: Timestamp, now: Timestamp, attempts: u32, jitter: u8) -> Option<Timestamp> {
    let last = written.after(GIVE_UP);
    if now >= last {
        return None;
    }
    let base = Duration::from_secs(60 << attempts.saturating_sub(1).min(DOUBLINGS));
    let more = base / 10 * u32::from(jitter) / 255;
    Some(now.after(base + more).min(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000_000;

    #[test]
    fn waits_double_until_a_day_has_passed() {
        let mut now = Timestamp(0);
        let mut minutes = Vec::new();
        for attempt in 1.. {
            let Some(due) = next(Timestamp(0), now, attempt, 0) else { break };
            now = due;
            minutes.push(due.0 / MINUTE);
        }
        assert_eq!(minutes, [1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 1440]);
    }

    proptest! {
        #[test]
        fn never_sooner_than_the_base_nor_a_tenth_later(attempts in 1_u32..2_000, jitter in any::<u8>()) {
            let base = MINUTE << (attempts - 1).min(9);
            let due = next(Timestamp(0), Timestamp(0), attempts, jitter).expect("a day has not passed").0;
            prop_assert!(due >= base && due <= base + base / 10);
        }
    }
}
