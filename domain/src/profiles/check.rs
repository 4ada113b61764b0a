//! What fits: a form becomes a [`Change`] or a list of every problem in it. Pure; called by [`super`] and by sign-up.

use super::{address, declared};
use crate::Domain;
use std::collections::BTreeMap;
use vestibule_model::error::Problems;
use vestibule_model::profiles::{
    FieldKind, FieldValue, MOST_LINKS, MayEdit, Part, ProfileForm, UserField, Visibility,
};
use vestibule_model::values::{Bio, Language};
use vestibule_model::{Name, Problem, Result, Username};

/// A [`ProfileForm`] whose every field fits.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) name: Option<Name>,
    pub(super) username: Option<Option<Username>>,
    pub(super) bio: Option<Option<Bio>>,
    pub(super) links: Option<Vec<String>>,
    pub(super) language: Option<Option<Language>>,
    pub(super) time_zone: Option<Option<String>>,
    pub(super) visibility: BTreeMap<Part, Option<Visibility>>,
    pub(super) fields: BTreeMap<&'static str, Option<FieldValue>>,
}

/// The change that `form` asks for; `by`: as whom.
///
/// # Errors
/// [`vestibule_model::Error::Invalid`] with each field that does not fit.
pub(super) fn change(domain: &Domain, form: ProfileForm, by: MayEdit) -> Result<Change> {
    let mut problems = Problems::default();
    let name = form.name.map(|name| problems.take("name", Name::parse(&name.unwrap_or_default())));
    let change = Change {
        name: name.flatten(),
        username: optional(&mut problems, "username", form.username, Username::parse),
        bio: optional(&mut problems, "bio", form.bio, Bio::parse),
        links: form.links.map(|links| all_links(&mut problems, &links.unwrap_or_default())),
        language: optional(&mut problems, "language", form.language, Language::parse),
        time_zone: optional(&mut problems, "time_zone", form.time_zone, declared::time_zone),
        visibility: form.visibility,
        fields: fields(&mut problems, domain.user_fields(), form.fields, by),
    };
    problems.check()?;
    Ok(change)
}

/// What was sent for something that may be taken away: by `null`, or by a blank.
fn optional<T>(
    problems: &mut Problems,
    field: &'static str,
    sent: Option<Option<String>>,
    parse: impl Fn(&str) -> Result<T, Problem>,
) -> Option<Option<T>> {
    let sent = sent?;
    match sent.filter(|typed| !typed.trim().is_empty()) {
        None => Some(None),
        Some(typed) => problems.take(field, parse(&typed)).map(Some),
    }
}

fn all_links(problems: &mut Problems, typed: &[String]) -> Vec<String> {
    let mut links = Vec::new();
    if typed.len() > MOST_LINKS as usize {
        problems.add("links", Problem::TooMany { max: MOST_LINKS });
        return links;
    }
    for (place, typed) in typed.iter().enumerate().filter(|(_, typed)| !typed.trim().is_empty()) {
        links.extend(problems.take(format!("links/{place}"), address::web(typed)));
    }
    links
}

fn fields(
    problems: &mut Problems,
    declared: &[UserField],
    sent: BTreeMap<String, Option<FieldValue>>,
    by: MayEdit,
) -> BTreeMap<&'static str, Option<FieldValue>> {
    let mut fields = BTreeMap::new();
    for (name, value) in sent {
        let (at, field) = (pointer(&name), declared.iter().find(|field| field.name == name));
        let Some(field) = field else {
            problems.add(at, Problem::Unknown);
            continue;
        };
        if by == MayEdit::Owner && field.edit == MayEdit::Administrators {
            problems.add(at, Problem::ReadOnly);
            continue;
        }
        match value.filter(|value| !matches!(value, FieldValue::Text(text) if text.trim().is_empty())) {
            None if field.required && by == MayEdit::Owner => problems.add(at, Problem::Required),
            None => drop(fields.insert(field.name, None)),
            Some(value) => {
                if let Some(value) = problems.take(at, fitting(field, value)) {
                    fields.insert(field.name, Some(value));
                }
            }
        }
    }
    fields
}

fn fitting(field: &UserField, value: FieldValue) -> Result<FieldValue, Problem> {
    match (field.kind, field.fits(value)?) {
        (FieldKind::Url, FieldValue::Text(typed)) => address::web(&typed).map(FieldValue::Text),
        (_, value) => Ok(value),
    }
}

/// Where a declared field is in a form. A name that a caller made up is repeated only when it could be one.
fn pointer(name: &str) -> String {
    if declared::is_name(name) { format!("fields/{name}") } else { "fields".to_owned() }
}

/// The declared fields of somebody who signs up: what they may fill in fits, and what is required is there.
pub(crate) fn signing_up(
    domain: &Domain,
    problems: &mut Problems,
    sent: BTreeMap<String, FieldValue>,
) -> BTreeMap<String, FieldValue> {
    let mut sent: BTreeMap<_, _> = sent.into_iter().map(|(name, value)| (name, Some(value))).collect();
    for field in domain.user_fields().iter().filter(|field| field.required) {
        sent.entry(field.name.to_owned()).or_insert(None);
    }
    filled(fields(problems, domain.user_fields(), sent, MayEdit::Owner))
}

/// The declared fields of an account that an administrator makes.
pub(crate) fn as_given(
    domain: &Domain,
    problems: &mut Problems,
    sent: BTreeMap<String, FieldValue>,
) -> BTreeMap<String, FieldValue> {
    let sent = sent.into_iter().map(|(name, value)| (name, Some(value))).collect();
    filled(fields(problems, domain.user_fields(), sent, MayEdit::Administrators))
}

fn filled(fields: BTreeMap<&'static str, Option<FieldValue>>) -> BTreeMap<String, FieldValue> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
