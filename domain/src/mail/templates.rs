//! The templates of every mail: MJML for the HTML part, plain text beside it, a file for subject and preheader, one layout
//! for each part. MJML is laid out once, before anything is filled in, so that what people typed meets the HTML escaper
//! and never an MJML parser. A site's own files take the place of ours, and are held to the same promises at the start.

mod check;
mod fault;
mod files;

use super::{letter::one_line, wording::Page, wording::Values};
use fault::Fault;
use files::Files;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, syntax::SyntaxConfig};
use mrml::prelude::{parser::ParserOptions, render::RenderOptions};
use std::{collections::HashMap, path::Path, sync::LazyLock};

pub(super) use files::KINDS;

/// Where the layout takes the message's own part.
const PLACE: &str = "<!-- message -->";

/// Every template, compiled.
#[derive(Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
}

/// A message in words.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// What it is about; one line.
    pub(super) subject: String,
    /// The text part.
    pub(super) text: String,
    /// The HTML part.
    pub(super) html: String,
}

/// Ours alone, compiled once for the process, when the first mail is written: most commands write none.
static OURS: LazyLock<Result<Templates, String>> =
    LazyLock::new(|| Templates::compile(&Files::ours()).map_err(|fault| fault.to_string()));

impl Templates {
    /// Ours, with the files in `folder` in place of those of the same names; nothing when there are none.
    ///
    /// # Errors
    /// A sentence that names the file and the line of what does not fit.
    pub(super) fn own(folder: &Path) -> Result<Option<Self>, String> {
        let files = Files::read(folder).map_err(|fault| fault.to_string())?;
        if !files.has_own() {
            return Ok(None);
        }
        let checked = Self::compile(&files).and_then(|made| check::check(&made, &files).map(|()| made));
        checked.map(Some).map_err(|fault| fault.to_string())
    }

    /// Ours.
    ///
    /// # Errors
    /// None in practice: a test compiles them.
    pub(super) fn ours() -> Result<&'static Self, String> {
        OURS.as_ref().map_err(Clone::clone)
    }

    /// The words of a message.
    pub(super) fn render(&self, page: &Page) -> Result<Parts, String> {
        self.parts(page).map_err(|fault| fault.to_string())
    }

    fn parts(&self, page: &Page) -> Result<Parts, Fault> {
        let kind = page.kind;
        let flat = page.values.iter().map(|(name, value)| (name.clone(), value.as_deref().map(one_line)));
        let lines = self.fill(&format!("{kind}.subject.txt"), &flat.collect())?;
        let mut lines = lines.lines().map(one_line);
        let subject = lines.next().unwrap_or_default();
        let mut values = page.values.clone();
        values.insert("subject".to_owned(), Some(subject.clone()));
        values.insert("preheader".to_owned(), Some(lines.next().unwrap_or_default()));
        let text = self.fill(&format!("{kind}.txt"), &values)?;
        Ok(Parts { subject, text, html: self.fill(&format!("{kind}.html"), &values)? })
    }

    fn fill(&self, name: &str, values: &Values) -> Result<String, Fault> {
        let template = self.environment.get_template(name).map_err(|cause| Fault::minijinja(name, &cause))?;
        template.render(Value::from(values.clone())).map_err(|cause| Fault::minijinja(name, &cause))
    }

    /// The templates as they were written, before MJML is laid out, are kept under their own names as well: what is wrong
    /// with one is told with its line.
    fn compile(files: &Files) -> Result<Self, Fault> {
        let mut environment = environment()?;
        let mut add = |name: String, text: String| {
            let added = environment.add_template_owned(name.clone(), text);
            added.map_err(|cause| Fault::minijinja(&name, &cause).of(files))
        };
        for layout in ["layout.txt", "layout.mjml"] {
            add(layout.to_owned(), files.text(layout).to_owned())?;
        }
        for kind in KINDS {
            for ending in ["subject.txt", "txt", "mjml"] {
                let name = format!("{kind}.{ending}");
                let text = files.text(&name).to_owned();
                add(name, text)?;
            }
            let html = lay_out(files, &format!("{kind}.mjml"))?;
            add(format!("{kind}.html"), html)?;
        }
        Ok(Self { environment })
    }
}

fn environment() -> Result<Environment<'static>, Fault> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Lines that hold only a tag leave no blank line behind in the text parts.
    let syntax =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|cause| Fault::minijinja("syntax", &cause))?);
    environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "txt")) => AutoEscape::None,
        _ => AutoEscape::Html,
    });
    Ok(environment)
}

/// MJML to HTML. No fonts are fetched: a mail must not call anyone when it is opened.
fn lay_out(files: &Files, name: &str) -> Result<String, Fault> {
    let (layout, body) = (files.text("layout.mjml"), files.text(name));
    let whole = layout.replacen(PLACE, body, 1);
    let parsed = mrml::parse_with_options(&whole, &ParserOptions::default())
        .map_err(|cause| fault::mjml(&cause, &whole, layout, name, body).of(files))?;
    let options = RenderOptions { disable_comments: true, social_icon_origin: None, fonts: HashMap::new() };
    let html = parsed.element.render(&options);
    let html = html.map_err(|cause| Fault::new(name, None, cause.to_string()).of(files))?;
    match fault::unknown_element(&html, layout, name, body) {
        Some(fault) => Err(fault.of(files)),
        None => Ok(html),
    }
}

#[cfg(test)]
mod tests;
