//! Fields that a project declares: as controls of a form, as what was typed into them, and as facts. Used by sign-up, by
//! the profile's form and by the public page; a project writes no page for its fields.

use super::public::outward;
use crate::parts::{Checkbox, Field, Select, TextArea};
use crate::server::Flash;
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_model::Result;
use vestibule_model::error::Problems;
use vestibule_model::profiles::{FieldKind, FieldValue, MayEdit, UserField};

/// The name of the control of a declared field.
pub(crate) fn control_name(field: &UserField) -> String {
    format!("fields[{}]", field.name)
}

/// Names and labels of the controls, for a summary of errors.
pub(crate) fn labels(fields: &[UserField]) -> Vec<(String, String)> {
    fields.iter().map(|field| (control_name(field), field.label.to_owned())).collect()
}

/// The controls of the fields that a person fills in themselves. `saved`: what they hold already.
pub(crate) fn controls(
    fields: &[UserField],
    flash: &Flash,
    saved: &BTreeMap<String, FieldValue>,
) -> Vec<AnyView> {
    let own = fields.iter().filter(|field| field.edit == MayEdit::Owner);
    own.map(|field| control(field, flash, saved.get(field.name))).collect()
}

/// The controls of every field, for administrators, who need not fill in any.
pub(crate) fn all_controls(
    fields: &[UserField],
    flash: &Flash,
    saved: &BTreeMap<String, FieldValue>,
) -> Vec<AnyView> {
    fields.iter().map(|field| control(field, flash, saved.get(field.name))).collect()
}

fn control(field: &UserField, flash: &Flash, saved: Option<&FieldValue>) -> AnyView {
    let name = control_name(field);
    let problem = flash.problem(&name);
    let saved = saved.map(ToString::to_string).unwrap_or_default();
    let value = flash.typed(&name).unwrap_or(saved);
    let label = if field.required { field.label.to_owned() } else { format!("{} (optional)", field.label) };
    match field.kind {
        FieldKind::Bool => {
            let checked = value == "true";
            view! { <Checkbox name label=field.label checked/> }.into_any()
        }
        FieldKind::LongText => view! { <TextArea name label value problem/> }.into_any(),
        FieldKind::Choice(words) => {
            let blank = (String::new(), "Not chosen".to_owned());
            let words = words.iter().map(|word| ((*word).to_owned(), (*word).to_owned()));
            let options = std::iter::once(blank).chain(words).collect();
            view! { <Select name label value options problem/> }.into_any()
        }
        FieldKind::Text | FieldKind::Number | FieldKind::Date | FieldKind::Url => {
            let kind = match field.kind {
                FieldKind::Number => "number",
                FieldKind::Date => "date",
                FieldKind::Url => "url",
                _ => "text",
            };
            view! { <Field name label kind value problem required=field.required/> }.into_any()
        }
    }
}

/// What was typed into the controls. A box that is not ticked is not sent, so that its absence says "no".
///
/// # Errors
/// [`vestibule_model::Error::Invalid`] naming what is not of its field's kind.
pub(crate) fn read(
    fields: &[UserField],
    typed: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Option<FieldValue>>> {
    read_some(fields.iter().filter(|field| field.edit == MayEdit::Owner), typed)
}

/// As [`read`], of every field: for administrators.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_all(
    fields: &[UserField],
    typed: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Option<FieldValue>>> {
    read_some(fields.iter(), typed)
}

fn read_some<'a>(
    fields: impl Iterator<Item = &'a UserField>,
    typed: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Option<FieldValue>>> {
    let mut problems = Problems::default();
    let mut values = BTreeMap::new();
    for field in fields {
        let typed = match typed.get(field.name) {
            Some(typed) => typed.as_str(),
            None if field.kind == FieldKind::Bool => "false",
            None => "",
        };
        let value = problems.take(format!("fields/{}", field.name), field.read(typed));
        values.insert(field.name.to_owned(), value.flatten());
    }
    problems.check().map(|()| values)
}

/// What was typed, to be shown again, under the names of the controls.
pub(crate) fn kept<'a>(
    fields: &[UserField],
    typed: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (String, &'a str)> {
    kept_some(fields.iter().filter(|field| field.edit == MayEdit::Owner), typed)
}

/// As [`kept`], of every field: for administrators.
pub(crate) fn kept_all<'a>(
    fields: &[UserField],
    typed: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (String, &'a str)> {
    kept_some(fields.iter(), typed)
}

/// A box that is not ticked is not sent; it is kept as blank, so that what is saved does not tick it again.
fn kept_some<'a, 'b>(
    fields: impl Iterator<Item = &'a UserField>,
    typed: &'b BTreeMap<String, String>,
) -> impl Iterator<Item = (String, &'b str)> {
    let kept = fields.map(|field| (control_name(field), typed.get(field.name).map_or("", String::as_str)));
    kept.collect::<Vec<_>>().into_iter()
}

/// The value of a declared field, as a fact.
pub(crate) fn shown(field: &UserField, value: &FieldValue) -> AnyView {
    match (field.kind, value) {
        (FieldKind::Bool, FieldValue::Bool(yes)) => if *yes { "Yes" } else { "No" }.into_any(),
        (FieldKind::Url, FieldValue::Text(url))
            if url.starts_with("https://") || url.starts_with("http://") =>
        {
            outward(url).into_any()
        }
        (FieldKind::LongText, value) => {
            view! { <p class="bio" dir="auto">{value.to_string()}</p> }.into_any()
        }
        (_, value) => view! { <bdi>{value.to_string()}</bdi> }.into_any(),
    }
}
