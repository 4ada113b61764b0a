//! What offences add up to, and what follows: a score that falls by itself, waits that grow with it, and blocks each of which
//! lasts longer than the one before. Pure. Called by [`super`].

use crate::rules::AbuseRules;
use std::time::Duration;
use vestibule_model::Timestamp;
use vestibule_model::abuse::{Offence, Offences};

/// A point in the unit in which scores are kept, so that they fall evenly.
pub(super) const POINT: i64 = 1_000;

/// A score as it was at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Score {
    /// In thousandths of a point.
    pub(super) thousandths: i64,
    /// When it was that.
    pub(super) at: Timestamp,
}

impl Score {
    /// What is left of it at `now`. A clock that goes back adds nothing.
    pub(super) fn now(self, rules: &AbuseRules, now: Timestamp) -> i64 {
        let micros = i128::try_from(now.since(self.at).as_micros()).unwrap_or(i128::MAX);
        let gone = micros.saturating_mul(i128::from(rules.drain) * i128::from(POINT)) / 3_600_000_000;
        i64::try_from((i128::from(self.thousandths) - gone).max(0)).unwrap_or(i64::MAX)
    }

    /// It at `now`, with `offences` added.
    pub(super) fn with(self, rules: &AbuseRules, offences: &Offences, now: Timestamp) -> Self {
        let thousandths = self.now(rules, now).saturating_add(worth(rules, offences));
        Self { thousandths, at: now.max(self.at) }
    }
}

/// What offences add to a score, in thousandths of a point.
pub(super) fn worth(rules: &AbuseRules, offences: &Offences) -> i64 {
    let one = |(offence, count): (&Offence, &u64)| {
        i64::try_from(*count).unwrap_or(i64::MAX).saturating_mul(i64::from(points(rules, *offence)) * POINT)
    };
    offences.iter().map(one).fold(0, i64::saturating_add)
}

/// What one offence adds, in points.
pub(super) fn points(rules: &AbuseRules, offence: Offence) -> u32 {
    match offence {
        Offence::SignInFailed => rules.points.sign_in_failed,
        Offence::Refused => rules.points.refused,
        Offence::Absent => rules.points.absent,
        Offence::Probed => rules.points.probed,
        Offence::KeyRevoked => rules.points.key_revoked,
    }
}

/// Whether a score of so many thousandths is blocked.
pub(super) fn blocks(rules: &AbuseRules, thousandths: i64) -> bool {
    thousandths >= i64::from(rules.block_at) * POINT
}

/// How long an answer is held back: nothing below the first step, from there on evenly up to the longest wait.
pub(super) fn delay(rules: &AbuseRules, thousandths: i64) -> Duration {
    let (from, to) = (i64::from(rules.delay_at) * POINT, i64::from(rules.block_at) * POINT);
    let over = thousandths.min(to) - from;
    if over < 0 || to <= from {
        return Duration::ZERO;
    }
    let share = |whole: u128| {
        whole * u128::from((over + POINT).unsigned_abs()) / u128::from((to - from + POINT).unsigned_abs())
    };
    let micros = share(rules.longest_delay.as_micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)).min(rules.longest_delay)
}

/// How long the `nth` block in a row lasts, from 1 on; those beyond the last step last as long as that.
pub(super) fn span(rules: &AbuseRules, nth: u64) -> Duration {
    let place = usize::try_from(nth.saturating_sub(1)).unwrap_or(usize::MAX);
    let step = rules.blocks.get(place).or(rules.blocks.last());
    step.copied().unwrap_or(Duration::from_mins(15))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    fn of(points: i64) -> Score {
        Score { thousandths: points * POINT, at: NOW }
    }

    #[test]
    fn a_score_falls_evenly_down_to_nothing() {
        let rules = AbuseRules { drain: 120, ..AbuseRules::default() };
        let after = |span| of(100).now(&rules, NOW.after(span));
        assert_eq!(after(Duration::ZERO), 100 * POINT);
        assert_eq!(after(Duration::from_mins(1)), 98 * POINT);
        assert_eq!(after(Duration::from_secs(15)), 99 * POINT + POINT / 2);
        assert_eq!((after(Duration::from_mins(50)), after(Duration::from_hours(9))), (0, 0));
        assert_eq!(of(100).now(&rules, Timestamp(0)), 100 * POINT, "a clock that goes back");
    }

    #[test]
    fn offences_weigh_what_the_settings_say() {
        let rules = AbuseRules::default();
        let offences = Offences::from([(Offence::SignInFailed, 4), (Offence::Probed, 1)]);
        let expected = i64::from(4 * rules.points.sign_in_failed + rules.points.probed) * POINT;
        assert_eq!(of(0).with(&rules, &offences, NOW), Score { thousandths: expected, at: NOW });
        assert!(!blocks(&rules, i64::from(rules.block_at) * POINT - 1));
        assert!(blocks(&rules, i64::from(rules.block_at) * POINT));
    }

    #[test]
    fn waits_grow_from_the_first_step_to_the_longest() {
        let longest_delay = Duration::from_secs(5);
        let rules = AbuseRules { delay_at: 40, block_at: 120, longest_delay, ..AbuseRules::default() };
        let at = |points: i64| delay(&rules, points * POINT);
        assert_eq!((at(0), at(39)), (Duration::ZERO, Duration::ZERO));
        assert!(at(40) > Duration::ZERO && at(40) < at(80) && at(80) < at(119));
        assert_eq!((at(120), at(9_999)), (longest_delay, longest_delay));
        let none = AbuseRules { delay_at: 120, block_at: 120, ..rules.clone() };
        assert_eq!(delay(&none, 500 * POINT), Duration::ZERO, "no room for waits");
    }

    #[test]
    fn each_block_lasts_longer_and_the_last_step_stays() {
        let blocks = [15, 60, 360].map(Duration::from_mins).to_vec();
        let rules = AbuseRules { blocks, ..AbuseRules::default() };
        let minutes = [0, 1, 2, 3, 4, 99].map(|nth| span(&rules, nth).as_secs() / 60);
        assert_eq!(minutes, [15, 15, 60, 360, 360, 360]);
    }

    proptest! {
        #[test]
        fn no_number_makes_it_panic(score in 0_i64.., at in any::<i64>(), now in any::<i64>(), count in any::<u64>()) {
            let rules = AbuseRules::default();
            let offences = Offences::from([(Offence::KeyRevoked, count)]);
            let next = Score { thousandths: score, at: Timestamp(at) }.with(&rules, &offences, Timestamp(now));
            prop_assert!(next.thousandths >= 0);
            prop_assert!(delay(&rules, next.thousandths) <= rules.longest_delay);
        }
    }
}
