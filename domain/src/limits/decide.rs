//! The two decisions, pure: the steady one by a single moment (GCRA), the strict one by the moments of a window. Memory,
//! SQL and Redis all come to these results; their scripts and statements are held against this file by a test.

use vestibule_model::Timestamp;
use vestibule_model::limits::Rule;

/// What came out for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) allowed: bool,
    /// How many more would be let through now.
    pub(super) left: u64,
    /// From when on there is one more; for a call that was refused, from when on it is let through.
    pub(super) more_at: Timestamp,
}

/// Calls that were drawn in advance and not used within so long are gone, in microseconds.
pub(super) const KEPT: i64 = 1_000_000;

/// GCRA (ITU-T I.371): one moment, the theoretical arrival time, tells how far calls are ahead of an even stream. It is
/// counted in whole microseconds, rounded so that who keeps to the rate is never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gcra {
    /// Microseconds between two calls of an even stream.
    pub(super) interval: i64,
    /// How far ahead it may be, in microseconds: a burst of calls.
    pub(super) horizon: i64,
    /// Calls drawn from a shared bucket at once while it is at least half full.
    pub(super) batch: i64,
}

/// One draw from a bucket: its moment afterwards, and how many calls that let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Draw {
    pub(super) tat: i64,
    pub(super) drawn: i64,
}

impl Gcra {
    pub(super) fn of(most: u64, per: std::time::Duration, burst: u64) -> Self {
        let number = |value: u128| i64::try_from(value).unwrap_or(i64::MAX);
        let interval = number(per.as_micros() / u128::from(most.max(1))).max(1);
        let burst = number(u128::from(burst)).max(1);
        // What comes seldom is exact to the last call.
        let batch = if interval < KEPT { (burst / 16).max(1) } else { 1 };
        Self { interval, horizon: interval.saturating_mul(burst), batch }
    }

    /// Draws `want` calls, or one where the bucket is less than half full. `tat`: its moment; nothing for a full one. Several
    /// count as made when the last of them may be, so that what is drawn in advance never adds to what passes.
    pub(super) fn draw(&self, tat: Option<i64>, want: i64, now: Timestamp) -> Draw {
        // A moment too far ahead is of a clock that was set back, or of a limit that was wider.
        let base = tat.unwrap_or(now.0).clamp(now.0, self.latest(now));
        let ahead = base - now.0;
        if ahead + self.interval > self.horizon {
            return Draw { tat: base, drawn: 0 };
        }
        let several = base.max(now.0.saturating_add(KEPT)) + want * self.interval;
        if want > 1 && (several - now.0).saturating_mul(2) <= self.horizon {
            return Draw { tat: several, drawn: want };
        }
        Draw { tat: base + self.interval, drawn: 1 }
    }

    /// The latest moment that a bucket of this limit can have.
    pub(super) fn latest(&self, now: Timestamp) -> i64 {
        now.0.saturating_add(self.horizon)
    }

    /// What a draw tells whoever made it.
    pub(super) fn outcome(&self, draw: Draw, now: Timestamp) -> Outcome {
        let ahead = (draw.tat - now.0).clamp(0, self.horizon);
        let left = (self.horizon - ahead) / self.interval;
        // One more than is left must fit.
        let wait = (ahead - (self.horizon - (left + 1) * self.interval)).clamp(0, ahead);
        Outcome {
            allowed: draw.drawn > 0,
            left: u64::try_from(left).unwrap_or(0),
            more_at: Timestamp(now.0 + wait),
        }
    }
}

/// A log of the calls in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Log {
    pub(super) most: i64,
    /// Microseconds.
    pub(super) per: i64,
}

impl Log {
    pub(super) fn of(most: u64, per: std::time::Duration) -> Self {
        let number = |value: u128| i64::try_from(value).unwrap_or(i64::MAX);
        Self { most: number(most.into()).max(1), per: number(per.as_micros()) }
    }

    /// Counts a call, if the window has room for it. `hits`: the moments that are known, afterwards those of the window,
    /// sorted.
    pub(super) fn count(&self, hits: &mut Vec<i64>, now: Timestamp) -> Outcome {
        // A clock that was set back must not keep anybody out for longer than a window.
        for hit in hits.iter_mut() {
            *hit = (*hit).min(now.0);
        }
        hits.retain(|hit| *hit > now.0 - self.per);
        hits.sort_unstable();
        let counted = i64::try_from(hits.len()).unwrap_or(i64::MAX);
        let allowed = counted < self.most;
        if allowed {
            hits.push(now.0);
        }
        let counted = counted + i64::from(allowed);
        self.outcome(allowed, counted, hits[self.first(counted)])
    }

    /// Which of the sorted moments must leave the window for one more to fit.
    fn first(&self, counted: i64) -> usize {
        usize::try_from(counted - self.most).unwrap_or(0)
    }

    pub(super) fn outcome(&self, allowed: bool, counted: i64, first: i64) -> Outcome {
        Outcome {
            allowed,
            left: u64::try_from(self.most - counted).unwrap_or(0),
            more_at: Timestamp(first.saturating_add(self.per)),
        }
    }
}

/// The decision that a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Steady(Gcra),
    Strict(Log),
}

impl From<Rule> for Way {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Steady { most, per, burst } => Self::Steady(Gcra::of(most, per, burst)),
            Rule::Strict { most, per } => Self::Strict(Log::of(most, per)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn at(micros: i64) -> Timestamp {
        Timestamp(NOW.0 + micros)
    }

    #[test]
    fn a_burst_passes_at_once_and_then_one_an_interval() {
        let gcra = Gcra::of(10, Duration::from_secs(1), 3);
        let mut tat = None;
        let mut call = |now| {
            let draw = gcra.draw(tat, 1, now);
            tat = Some(draw.tat);
            let outcome = gcra.outcome(draw, now);
            (outcome.allowed, outcome.left, outcome.more_at.since(now).as_millis())
        };
        assert_eq!(call(NOW), (true, 2, 100));
        assert_eq!(call(NOW), (true, 1, 100));
        assert_eq!(call(NOW), (true, 0, 100));
        assert_eq!(call(NOW), (false, 0, 100));
        assert_eq!(call(at(40_000)), (false, 0, 60));
        assert_eq!(call(at(100_000)), (true, 0, 100));
        assert_eq!(call(at(10_000_000)), (true, 2, 100));
    }

    #[test]
    fn several_are_drawn_while_half_is_left() {
        let gcra = Gcra::of(2, Duration::from_secs(1), 32);
        assert_eq!(gcra.batch, 2);
        let mut tat = None;
        let mut draws = Vec::new();
        loop {
            let draw = gcra.draw(tat, gcra.batch, NOW);
            tat = Some(draw.tat);
            draws.push(draw.drawn);
            if draw.drawn == 0 {
                break;
            }
        }
        assert_eq!(draws.iter().filter(|drawn| **drawn == 2).count(), 7, "half of it");
        assert_eq!(draws.iter().sum::<i64>(), 30, "they count as made within the second that they may be");
    }

    #[test]
    fn a_window_never_holds_more_than_it_may() {
        let log = Log::of(2, Duration::from_secs(10));
        let mut hits = Vec::new();
        let mut call = |micros| {
            let outcome = log.count(&mut hits, at(micros));
            (outcome.allowed, outcome.left, outcome.more_at.0 - NOW.0)
        };
        assert_eq!(call(0), (true, 1, 10_000_000));
        assert_eq!(call(4_000_000), (true, 0, 10_000_000));
        assert_eq!(call(9_999_999), (false, 0, 10_000_000));
        assert_eq!(call(10_000_000), (true, 0, 14_000_000));
        assert_eq!(call(10_000_001), (false, 0, 14_000_000));
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_out_for_long() {
        let gcra = Gcra::of(1, Duration::from_secs(1), 1);
        let refused = gcra.outcome(gcra.draw(Some(NOW.0 + 3_600_000_000), 1, NOW), NOW);
        assert_eq!((refused.allowed, refused.more_at), (false, at(1_000_000)));
        let log = Log::of(1, Duration::from_secs(1));
        let refused = log.count(&mut vec![NOW.0 + 3_600_000_000], NOW);
        assert_eq!((refused.allowed, refused.more_at), (false, at(1_000_000)));
    }

    proptest! {
        /// Over any span at most a burst and what the rate gives; who waits as told is let through.
        #[test]
        fn the_bound_holds(most in 1_u64..50, seconds in 1_u64..60, burst in 1_u64..20, steps in proptest::collection::vec(0_i64..3_000_000, 1..60)) {
            let (per, gcra) = (Duration::from_secs(seconds), Gcra::of(most, Duration::from_secs(seconds), burst));
            let (mut tat, mut now, mut passed) = (None, NOW, Vec::new());
            for step in steps {
                now = Timestamp(now.0 + step);
                let draw = gcra.draw(tat, 1, now);
                tat = Some(draw.tat);
                let outcome = gcra.outcome(draw, now);
                if outcome.allowed {
                    passed.push(now.0);
                } else {
                    prop_assert!(outcome.more_at > now);
                    prop_assert_eq!(gcra.draw(tat, 1, outcome.more_at).drawn, 1);
                    prop_assert_eq!(gcra.draw(tat, 1, Timestamp(outcome.more_at.0 - 1)).drawn, 0);
                }
            }
            for (from, first) in passed.iter().enumerate() {
                for (to, last) in passed.iter().enumerate().skip(from) {
                    let bound = i64::try_from(burst).unwrap() + (last - first) / gcra.interval;
                    prop_assert!(i64::try_from(to - from + 1).unwrap() <= bound, "{per:?}");
                }
            }
        }

        /// The same where several are drawn at once and used whenever they may be, on several servers.
        #[test]
        fn the_bound_holds_for_what_is_drawn_in_advance(
            most in 1_u64..1_000, burst in 16_u64..2_000,
            steps in proptest::collection::vec((0_i64..700_000, 0_usize..4), 1..400),
        ) {
            let gcra = Gcra::of(most, Duration::from_secs(1), burst);
            let (mut tat, mut now, mut passed, mut purses) = (None, NOW, Vec::new(), [(0, 0); 4]);
            for (step, node) in steps {
                now = Timestamp(now.0 + step);
                let (left, until) = &mut purses[node];
                if *left > 0 && now.0 < *until {
                    *left -= 1;
                    passed.push(now.0);
                    continue;
                }
                let draw = gcra.draw(tat, gcra.batch, now);
                tat = Some(draw.tat);
                (*left, *until) = ((draw.drawn - 1).max(0), now.0 + KEPT);
                passed.extend((draw.drawn > 0).then_some(now.0));
            }
            for (from, first) in passed.iter().enumerate() {
                let last = passed[passed.len() - 1];
                let bound = i64::try_from(burst).unwrap() + (last - first) / gcra.interval;
                prop_assert!(i64::try_from(passed.len() - from).unwrap() <= bound);
            }
        }

        /// Who keeps to the rate is never refused, also where it is no whole number of microseconds.
        #[test]
        fn an_even_stream_is_never_refused(most in 1_u64..1000, seconds in 1_u64..100, calls in 1_u64..500) {
            let gcra = Gcra::of(most, Duration::from_secs(seconds), 1);
            let mut tat = None;
            for call in 0..calls {
                let exact = u128::from(call) * u128::from(seconds) * 1_000_000;
                let micros = exact.div_ceil(u128::from(most));
                let draw = gcra.draw(tat, 1, at(i64::try_from(micros).unwrap()));
                prop_assert_eq!(draw.drawn, 1);
                tat = Some(draw.tat);
            }
        }

        #[test]
        fn no_window_holds_more(most in 1_u64..10, steps in proptest::collection::vec(0_i64..3_000_000, 1..80)) {
            let log = Log::of(most, Duration::from_secs(5));
            let (mut hits, mut now, mut passed) = (Vec::new(), NOW, Vec::new());
            for step in steps {
                now = Timestamp(now.0 + step);
                let outcome = log.count(&mut hits, now);
                if outcome.allowed {
                    passed.push(now.0);
                    let within = passed.iter().filter(|hit| **hit > now.0 - log.per).count();
                    prop_assert!(within <= usize::try_from(most).unwrap());
                } else {
                    prop_assert!(log.count(&mut hits.clone(), outcome.more_at).allowed);
                }
            }
        }
    }
}
