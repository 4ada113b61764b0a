//! What a site's own templates must keep, looked at before the first mail leaves: they name no value that a message does not
//! carry, they show every link it does, and what people typed stays text.

use super::{Fault, Files, KINDS, PLACE, Templates};
use crate::mail::{samples, wording};
use minijinja::Template;

/// What no template may let through as it is.
const HOSTILE: &str = "<b onload=x>";

/// Holds every template against the samples.
pub(super) fn check(templates: &Templates, files: &Files) -> Result<(), Fault> {
    layouts(templates, files)?;
    for kind in KINDS {
        one(templates, files, kind).map_err(|fault| fault.of(files))?;
    }
    Ok(())
}

fn layouts(templates: &Templates, files: &Files) -> Result<(), Fault> {
    for (name, place) in [("layout.mjml", PLACE), ("layout.txt", "{% block message %}")] {
        if !files.text(name).contains(place) {
            let said = format!("`{place}` is missing: that is where a message goes");
            return Err(Fault::new(name, None, said).of(files));
        }
        let common = |variable: &str| wording::COMMON.contains(&variable);
        named(templates, files, name, &common, &wording::COMMON.join(", "))
            .map_err(|fault| fault.of(files))?;
    }
    Ok(())
}

fn one(templates: &Templates, files: &Files, kind: &str) -> Result<(), Fault> {
    let mut page = samples::page(kind);
    let known = |variable: &str| page.values.contains_key(variable) || wording::COMMON.contains(&variable);
    let names = page.values.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    for ending in ["subject.txt", "txt", "mjml"] {
        named(templates, files, &format!("{kind}.{ending}"), &known, &names)?;
    }
    for (name, value) in &mut page.values {
        if let Some(value) = value.as_mut().filter(|_| !wording::is_link(name)) {
            value.push_str(HOSTILE);
        }
    }
    // As it was written first: what is wrong is told with the line of the file.
    let mut values = page.values.clone();
    values.extend(["subject", "preheader"].map(|name| (name.to_owned(), Some(String::new()))));
    templates.fill(&format!("{kind}.mjml"), &values)?;
    let parts = templates.parts(&page)?;
    if parts.subject.is_empty() {
        return Err(Fault::new(&format!("{kind}.subject.txt"), Some(1), "the first line is the subject"));
    }
    let html = parts.html.replace("&#x2f;", "/");
    if html.contains(HOSTILE) {
        let said = "it writes a value unescaped (`safe`?): what people typed would become HTML";
        return Err(Fault::new(&format!("{kind}.mjml"), None, said));
    }
    for (name, link) in page.values.iter().filter(|(name, _)| wording::is_link(name)) {
        let Some(link) = link else { continue };
        let dropped = |file: &str, how: &str| {
            Err(Fault::new(
                &format!("{kind}.{file}"),
                None,
                format!("the link {{{{ {name} }}}} is missing{how}"),
            ))
        };
        if !parts.text.contains(link.as_str()) {
            return dropped("txt", "");
        }
        if !html.contains(&format!("href=\"{link}\"")) {
            return dropped("mjml", " as the href of a button or link");
        }
    }
    Ok(())
}

/// Whether the template names only what there is, branches that no sample takes included.
fn named(
    templates: &Templates,
    files: &Files,
    name: &str,
    known: &dyn Fn(&str) -> bool,
    names: &str,
) -> Result<(), Fault> {
    let template = templates.environment.get_template(name);
    let template: Template<'_, '_> = template.map_err(|cause| Fault::minijinja(name, &cause))?;
    let mut unknown: Vec<_> =
        template.undeclared_variables(false).into_iter().filter(|variable| !known(variable)).collect();
    unknown.sort();
    match unknown.first() {
        None => Ok(()),
        Some(variable) => {
            let said = format!("there is no value `{variable}` here; there are {names}");
            Err(Fault::new(name, line_of(files.text(name), variable), said))
        }
    }
}

/// The first line on which a tag names `variable`.
fn line_of(text: &str, variable: &str) -> Option<usize> {
    let names = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == variable)
            && (line.contains("{{") || line.contains("{%"))
    };
    text.lines().position(names).map(|index| index + 1)
}
