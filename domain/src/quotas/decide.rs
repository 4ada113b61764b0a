//! What is decided about a call, from what is known: how much somebody may spend, how large a block is, how long a call
//! beyond the limit waits. Pure; the ledgers in SQL and Redis do the same arithmetic, and tests compare them.

use std::time::Duration;
use vestibule_model::quotas::{Allowance, Decider, Quota, Slow};

/// Units that stand for no limit: more than any allowance has, and kept exactly by Lua.
pub(super) const UNLIMITED: u64 = 1 << 52;

/// Most units of a block.
pub(super) const MOST_BLOCK: u64 = 1_000;

/// A block is at most this part of what is left up to the limit.
pub(super) const PART: u64 = 100;

/// What somebody may spend for whom nothing was said: the most generous of their groups, or what everybody may.
pub(super) fn base(quota: &Quota, is_in: impl Fn(&str) -> bool) -> Allowance {
    of_groups(quota, is_in).map_or(quota.limit, |(_, allowance)| allowance)
}

/// The most generous of somebody's groups that the quota names, by place.
pub(super) fn of_groups(quota: &Quota, is_in: impl Fn(&str) -> bool) -> Option<(usize, Allowance)> {
    let theirs = quota.groups.iter().enumerate().filter(|(_, (name, _))| is_in(name));
    // Of two that are as generous, the first by name.
    theirs
        .map(|(place, (_, allowance))| (place, *allowance))
        .reduce(|best, other| if other.1 > best.1 { other } else { best })
}

/// What somebody may spend, and what decides it: what was said for the key, for the person, their groups, the quota itself.
pub(super) fn allowance(
    quota: &Quota,
    is_in: impl Fn(&str) -> bool,
    key: Option<Allowance>,
    person: Option<Allowance>,
) -> (Allowance, Decider) {
    if let Some(allowance) = key {
        return (allowance, Decider::Key);
    }
    if let Some(allowance) = person {
        return (allowance, Decider::Person);
    }
    match of_groups(quota, is_in) {
        Some((place, allowance)) => {
            let group = quota.groups.keys().nth(place).cloned().unwrap_or_default();
            (allowance, Decider::Group { group })
        }
        None => (quota.limit, Decider::Default),
    }
}

/// How many units are taken at once where `taken` of them are: at least what is asked for, at most the hundredth part of
/// what is left up to the limit, and never more than there are up to `ceiling`.
pub(super) fn block(taken: u64, limit: u64, ceiling: u64, need: u64) -> u64 {
    let rest = ceiling.saturating_sub(taken);
    let part = limit.saturating_sub(taken) / PART;
    part.min(MOST_BLOCK).max(need).min(rest)
}

/// How long a call waits that is the `beyond`th one over the limit.
pub(super) fn delay(slow: Slow, beyond: u64) -> Duration {
    let millis = u64::from(slow.first_ms).saturating_mul(beyond);
    Duration::from_millis(millis.min(u64::from(slow.most_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quota() -> Quota {
        let mut quota = Quota::daily("api", "api", 10);
        quota.groups = [("gold", 100), ("silver", 50), ("trial", 5)]
            .map(|(name, units)| (name.to_owned(), Allowance::Units(units)))
            .into();
        quota
    }

    #[test]
    fn a_key_goes_before_its_person_before_the_most_generous_group_before_everybody() {
        let none = |_: &str| false;
        let two = |name: &str| name == "trial" || name == "silver";
        let (key, person) = (Some(Allowance::Units(1)), Some(Allowance::Unlimited));
        assert_eq!(allowance(&quota(), two, key, person), (Allowance::Units(1), Decider::Key));
        assert_eq!(allowance(&quota(), two, None, person), (Allowance::Unlimited, Decider::Person));
        let group = Decider::Group { group: "silver".into() };
        assert_eq!(allowance(&quota(), two, None, None), (Allowance::Units(50), group));
        assert_eq!(allowance(&quota(), none, None, None), (Allowance::Units(10), Decider::Default));
        // A group that is less generous than what everybody may is what its members may.
        assert_eq!(base(&quota(), |name| name == "trial"), Allowance::Units(5));
    }

    #[test]
    fn blocks_shrink_to_what_is_asked_for() {
        let of = |taken, need| block(taken, 100_000, 100_000, need);
        assert_eq!(
            [of(0, 1), of(90_000, 1), of(99_800, 1), of(99_999, 1), of(100_000, 1)],
            [1_000, 100, 2, 1, 0]
        );
        assert_eq!([of(99_990, 50), of(0, 5_000)], [10, 5_000]);
        assert_eq!(block(0, UNLIMITED, UNLIMITED, 1), MOST_BLOCK);
        assert_eq!(
            [block(100, 100, 120, 1), block(119, 100, 120, 5)],
            [1, 1],
            "beyond the limit, what is asked for"
        );
    }

    #[test]
    fn each_further_call_waits_longer_up_to_a_bound() {
        let slow = Slow { first_ms: 100, most_ms: 450, ..Slow::default() };
        let waits = [0, 1, 2, 4, 5, u64::MAX].map(|beyond| delay(slow, beyond).as_millis());
        assert_eq!(waits, [0, 100, 200, 400, 450, 450]);
    }

    proptest! {
        #[test]
        fn a_block_never_goes_over_the_ceiling(taken in 0_u64..2_000, limit in 0_u64..2_000, more in 0_u64..500, need in 1_u64..100) {
            let size = block(taken, limit, limit + more, need);
            prop_assert!(size == 0 || taken + size <= limit + more);
            prop_assert!(size >= need.min((limit + more).saturating_sub(taken)));
        }
    }
}
