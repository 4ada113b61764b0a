//! Who sees what: the one place where a person's data becomes something for other eyes. Pure; called by [`super`] alone.

use super::store::{Fact, Row, Seen};
use super::usernames;
use crate::{Actor, Domain};
use std::collections::BTreeMap;
use vestibule_model::UserId;
use vestibule_model::profiles::{
    FieldKind, FieldValue, MayEdit, MaySee, Part, Profile, Public, UserField, Visibility,
};

/// How near a viewer is to the person they look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Nobody in particular.
    Stranger,
    /// Somebody who is signed in.
    SignedIn,
    /// The person themselves: they are shown what those see who are signed in, whoever else may see it.
    Own,
}

impl Level {
    /// How near `viewer` is to `user`.
    pub(super) fn of(viewer: &Actor, user: UserId) -> Self {
        match viewer {
            Actor::Anonymous => Self::Stranger,
            Actor::Person(person) if person.user == user => Self::Own,
            Actor::Person(_) | Actor::Operator => Self::SignedIn,
        }
    }

    /// Whether the viewer gets to see the profile at all.
    pub(super) fn enters(self, whole: Visibility) -> bool {
        self == Self::Own || self.sees(whole)
    }

    /// Whether the viewer sees a part of a profile that they see at all.
    pub(super) fn sees(self, part: Visibility) -> bool {
        match self {
            Self::Stranger => part == Visibility::Public,
            Self::SignedIn | Self::Own => part >= Visibility::SignedIn,
        }
    }

    fn sees_field(self, field: &UserField) -> bool {
        match field.see {
            MaySee::Public => true,
            MaySee::SignedIn => self != Self::Stranger,
            MaySee::Private | MaySee::Administrators => false,
        }
    }
}

/// The profile as its owner sees it, or as administrators do.
pub(super) fn profile(domain: &Domain, row: Row, facts: Vec<Fact>, eyes: MayEdit) -> Profile {
    let facts = Facts::of(domain, facts);
    let hidden = |field: &UserField| eyes == MayEdit::Owner && field.see == MaySee::Administrators;
    let fields = facts.fields.into_iter().filter(|(field, _)| !hidden(field));
    Profile {
        bio: row.bio,
        links: facts.links,
        avatar: row.avatar,
        language: row.language,
        time_zone: row.time_zone,
        visibility: facts.visibility,
        fields: fields.map(|(field, value)| (field.name.to_owned(), value)).collect(),
        username_settled_until: usernames::settled_until(domain, row.username_changed_at),
    }
}

/// What a viewer of that level sees of a profile that they see at all.
pub(super) fn public(domain: &Domain, row: Seen, facts: Vec<Fact>, level: Level) -> Public {
    let facts = Facts::of(domain, facts);
    let sees = |part: Part| facts.visibility.get(&part).is_some_and(|who| level.sees(*who));
    let fields = facts.fields.into_iter().filter(|(field, _)| level.sees_field(field));
    Public {
        username: row.username,
        name: Some(row.name).filter(|_| sees(Part::Name)),
        avatar: row.avatar.filter(|_| sees(Part::Avatar)),
        bio: row.bio.filter(|_| sees(Part::Bio)),
        email: Some(row.email).filter(|_| sees(Part::Email)),
        language: row.language.filter(|_| sees(Part::Language)),
        time_zone: row.time_zone.filter(|_| sees(Part::TimeZone)),
        joined_at: Some(row.created_at).filter(|_| sees(Part::Joined)),
        links: if sees(Part::Links) { facts.links } else { Vec::new() },
        fields: fields.map(|(field, value)| (field.name.to_owned(), value)).collect(),
        noindex: noindex(domain, facts.visibility.get(&Part::Search).copied()),
    }
}

/// Whether search engines are asked to leave a person out, who chose `search` or did not.
pub(super) fn noindex(domain: &Domain, search: Option<Visibility>) -> bool {
    domain.rules().profiles.noindex || search.is_some_and(|who| who != Visibility::Public)
}

/// What a person has several of, sorted out.
struct Facts<'a> {
    links: Vec<String>,
    visibility: BTreeMap<Part, Visibility>,
    fields: Vec<(&'a UserField, FieldValue)>,
}

impl<'a> Facts<'a> {
    /// Values of fields that are declared no more are left out.
    fn of(domain: &'a Domain, facts: Vec<Fact>) -> Self {
        let site = domain.rules().profiles.visibility;
        let mut sorted = Self {
            links: Vec::new(),
            visibility: Part::ALL.into_iter().map(|part| (part, part.unless_chosen(site))).collect(),
            fields: Vec::new(),
        };
        for Fact { kind, name, value } in facts {
            match kind.as_str() {
                "link" => sorted.links.push(value),
                "see" => {
                    if let (Some(part), Some(who)) = (Part::parse(&name), Visibility::parse(&value)) {
                        sorted.visibility.insert(part, who);
                    }
                }
                _ => {
                    let field = domain.user_fields().iter().find(|field| field.name == name);
                    if let Some((field, value)) = field.and_then(|field| Some((field, kept(field, value)?))) {
                        sorted.fields.push((field, value));
                    }
                }
            }
        }
        sorted
    }
}

/// A kept value as what its field is now; nothing when the field has become something else.
fn kept(field: &UserField, value: String) -> Option<FieldValue> {
    match field.kind {
        FieldKind::Number => value.parse().ok().map(FieldValue::Number),
        FieldKind::Bool => value.parse().ok().map(FieldValue::Bool),
        _ => Some(FieldValue::Text(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sees_more_than_who_is_nearer() {
        for who in Visibility::ALL {
            assert!(!Level::Stranger.sees(who) || Level::SignedIn.sees(who));
            assert_eq!(Level::Stranger.sees(who), who == Visibility::Public);
            assert_eq!(Level::SignedIn.sees(who), who != Visibility::Private);
            assert_eq!(Level::Own.sees(who), Level::SignedIn.sees(who));
            assert_eq!(Level::SignedIn.enters(who), who != Visibility::Private);
            assert!(Level::Own.enters(who));
        }
        let field = UserField::new("field", "Field", FieldKind::Text);
        for (see, levels) in [
            (MaySee::Public, [true, true]),
            (MaySee::SignedIn, [false, true]),
            (MaySee::Private, [false, false]),
            (MaySee::Administrators, [false, false]),
        ] {
            let field = field.clone().seen_by(see);
            assert_eq!(
                [Level::Stranger, Level::SignedIn].map(|level| level.sees_field(&field)),
                levels,
                "{see:?}"
            );
        }
    }
}
