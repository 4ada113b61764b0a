//! Which lifetime holds for a person: pure. What was set for the person comes first, then the longest among their groups,
//! then the site's setting. Called by [`super::lifetimes`] alone.

use vestibule_model::sessions::{Lifetime, LifetimeBy};

/// The lifetime that holds, and why. `groups`: what the person's groups say, by name; of two that say the same, the
/// first by name is told.
pub(super) fn resolve<'a>(
    setting: Lifetime,
    groups: impl IntoIterator<Item = (&'a str, Lifetime)>,
    own: Option<Lifetime>,
) -> (Lifetime, LifetimeBy) {
    if let Some(own) = own {
        return (own, LifetimeBy::Person);
    }
    let longest = groups
        .into_iter()
        .max_by(|(name, one), (other_name, other)| one.cmp(other).then_with(|| other_name.cmp(name)));
    match longest {
        Some((name, lifetime)) => (lifetime, LifetimeBy::Group(name.to_owned())),
        None => (setting, LifetimeBy::Setting),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const HOUR: Lifetime = Lifetime::Span(Duration::from_hours(1));
    const DAY: Lifetime = Lifetime::Span(Duration::from_hours(24));
    const FOREVER: Lifetime = Lifetime::Forever;

    fn group(name: &str) -> LifetimeBy {
        LifetimeBy::Group(name.to_owned())
    }

    #[test]
    fn the_person_before_the_groups_before_the_setting() {
        for (groups, own, expected) in [
            (&[][..], None, (DAY, LifetimeBy::Setting)),
            (&[("member", HOUR)], None, (HOUR, group("member"))),
            (&[("member", HOUR), ("premium", FOREVER)], None, (FOREVER, group("premium"))),
            (&[("premium", FOREVER), ("member", HOUR)], None, (FOREVER, group("premium"))),
            (&[("b", DAY), ("a", DAY), ("c", HOUR)], None, (DAY, group("a"))),
            (&[("premium", FOREVER)], Some(HOUR), (HOUR, LifetimeBy::Person)),
            (&[], Some(FOREVER), (FOREVER, LifetimeBy::Person)),
        ] {
            assert_eq!(resolve(DAY, groups.iter().copied(), own), expected, "{groups:?} {own:?}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_groups_does_not_matter(spans in proptest::collection::vec((0_u64..5, "[a-c]"), 0..6)) {
            let groups: Vec<_> = spans.iter().map(|(hours, name)| {
                let lifetime = if *hours == 0 { FOREVER } else { Lifetime::Span(Duration::from_hours(*hours)) };
                (name.as_str(), lifetime)
            }).collect();
            let backwards = groups.iter().rev().copied();
            prop_assert_eq!(resolve(DAY, groups.iter().copied(), None), resolve(DAY, backwards, None));
        }
    }
}
