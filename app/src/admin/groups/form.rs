//! What a group's form says, as the page that reviews it and the action that does it read it.

use crate::paths;
use std::collections::{BTreeMap, BTreeSet};
use vestibule_model::groups::{Group, GroupForm, Part};
use vestibule_model::sessions::{Lifetime, LifetimeKind};
use vestibule_model::{Error, Problem, Result};

/// What was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) about: String,
    pub(super) permissions: Vec<String>,
    pub(super) lifetimes: Vec<(LifetimeKind, String)>,
}

impl Typed {
    /// The change that it asks for. The form shows everything that is free, so that what is blank is to go.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a lifetime that is none.
    pub(super) fn change(&self, group: &Group) -> Result<GroupForm> {
        let free = |part: Part| !group.fixed.contains(&part);
        let mut lifetimes = BTreeMap::new();
        for (kind, typed) in self.lifetimes.iter().filter(|_| free(Part::Lifetimes)) {
            let typed = typed.trim();
            let lifetime = Lifetime::parse(typed).filter(|one| one.is_sensible());
            if lifetime.is_none() && !typed.is_empty() {
                return Err(Error::invalid(kind.name(), Problem::Malformed));
            }
            lifetimes.insert(*kind, lifetime);
        }
        Ok(GroupForm {
            about: free(Part::About).then(|| self.about.trim().to_owned()),
            permissions: free(Part::Permissions).then(|| self.permissions.clone()),
            lifetimes,
        })
    }

    /// Where it is looked at once more, as a change of the group called `name` whose state has this `tag`.
    pub(super) fn review(&self, name: &str, tag: &str) -> String {
        let permissions = self.permissions.iter().map(|one| ("permission", one.as_str()));
        let lifetimes = self.lifetimes.iter().map(|(kind, typed)| (kind.name(), typed.as_str()));
        let pairs = [("tag", tag), ("about", &self.about)].into_iter().chain(permissions).chain(lifetimes);
        paths::with_queries(&paths::admin_group_review(name), &pairs.collect::<Vec<_>>())
    }
}

/// What a change would make of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) about: Option<(String, String)>,
    pub(super) granted: Vec<String>,
    pub(super) withdrawn: Vec<String>,
    /// Kind, before and after; nothing is as the settings say.
    pub(super) lifetimes: Vec<(LifetimeKind, Option<Lifetime>, Option<Lifetime>)>,
}

impl Difference {
    pub(super) fn of(group: &Group, change: &GroupForm) -> Self {
        let before: BTreeSet<_> = group.permissions.iter().collect();
        let after: BTreeSet<_> = change.permissions.as_ref().unwrap_or(&group.permissions).iter().collect();
        let owned = |names: &[&&String]| names.iter().map(|name| (**name).clone()).collect();
        let lifetimes =
            change.lifetimes.iter().map(|(kind, new)| (*kind, group.lifetimes.get(kind).copied(), *new));
        let about = change.about.clone().filter(|about| *about != group.about);
        Self {
            about: about.map(|after| (group.about.clone(), after)),
            granted: owned(&after.difference(&before).collect::<Vec<_>>()),
            withdrawn: owned(&before.difference(&after).collect::<Vec<_>>()),
            lifetimes: lifetimes.filter(|(_, before, after)| before != after).collect(),
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// How long what lasts, in words.
pub(super) fn label(kind: LifetimeKind) -> &'static str {
    match kind {
        LifetimeKind::Idle => "Signed in, unused",
        LifetimeKind::Overall => "Signed in, overall",
        LifetimeKind::Remembered => "Stay signed in",
        LifetimeKind::RefreshIdle => "Programs, unused",
        LifetimeKind::RefreshOverall => "Programs, overall",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(fixed: Vec<Part>) -> Group {
        Group {
            name: "staff".into(),
            about: "Staff".into(),
            members: 2,
            more_members: false,
            permissions: vec!["accounts:view".into()],
            lifetimes: BTreeMap::from([(LifetimeKind::Idle, Lifetime::Forever)]),
            default: false,
            protected: false,
            from_settings: false,
            fixed,
        }
    }

    fn typed() -> Typed {
        Typed {
            about: "Others".into(),
            permissions: vec!["accounts:ban".into()],
            lifetimes: vec![(LifetimeKind::Idle, " ".into()), (LifetimeKind::Overall, "7d".into())],
        }
    }

    #[test]
    fn what_would_change_is_what_differs() {
        let (group, typed) = (group(Vec::new()), typed());
        let change = typed.change(&group).unwrap();
        let difference = Difference::of(&group, &change);
        assert_eq!(difference.about, Some(("Staff".into(), "Others".into())));
        assert_eq!(
            (difference.granted, difference.withdrawn),
            (vec!["accounts:ban".into()], vec!["accounts:view".into()])
        );
        assert_eq!(difference.lifetimes.len(), 2);
        let same = GroupForm {
            about: Some("Staff".into()),
            permissions: Some(group.permissions.clone()),
            ..GroupForm::default()
        };
        assert!(Difference::of(&group, &same).is_nothing());
    }

    #[test]
    fn what_was_typed_stands_in_the_address_of_its_review() {
        let address = typed().review("staff", "a+b");
        assert_eq!(
            address,
            "/admin/groups/staff/review?tag=a%2Bb&about=Others&permission=accounts%3Aban&idle=%20&overall=7d"
        );
    }

    #[test]
    fn what_is_fixed_is_not_asked_for_and_nonsense_is_named() {
        let fixed = group(vec![Part::About, Part::Permissions, Part::Lifetimes]);
        assert_eq!(typed().change(&fixed), Ok(GroupForm::default()));
        let bad = Typed { lifetimes: vec![(LifetimeKind::Idle, "soon".into())], ..typed() };
        assert_eq!(bad.change(&group(Vec::new())), Err(Error::invalid("idle", Problem::Malformed)));
    }
}
