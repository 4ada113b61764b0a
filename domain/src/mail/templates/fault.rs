//! What is wrong with a template: the file, the line, and a sentence. Made while templates are compiled and checked.

use super::{PLACE, files::Files};
use mrml::prelude::parser::Error as MjmlError;
use std::{fmt, path::PathBuf};

/// What is wrong with a template.
#[derive(Debug)]
pub(super) struct Fault {
    /// The template's name; its path once it is known.
    file: PathBuf,
    /// Beginning with 1, where it is known.
    line: Option<usize>,
    said: String,
}

impl Fault {
    pub(super) fn new(file: &str, line: Option<usize>, said: impl Into<String>) -> Self {
        Self { file: file.into(), line, said: said.into() }
    }

    /// What the template engine says about `name`, or about the layout that it extends.
    pub(super) fn minijinja(name: &str, cause: &minijinja::Error) -> Self {
        let said = cause.detail().map_or_else(|| cause.kind().to_string(), str::to_owned);
        Self::new(cause.name().unwrap_or(name), cause.line(), said)
    }

    /// With the path of the site's own file, where it is one.
    pub(super) fn of(mut self, files: &Files) -> Self {
        if let Some(path) = self.file.to_str().and_then(|name| files.path(name)) {
            self.file = path.to_owned();
        }
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.said)
    }
}

/// What the MJML parser says about `whole`, which is `layout` with `body` in its place: in terms of the file it stands in.
pub(super) fn mjml(cause: &MjmlError, whole: &str, layout: &str, name: &str, body: &str) -> Fault {
    let said = match cause {
        MjmlError::UnexpectedElement { position, .. } => {
            let found = whole.get(position.start..position.end).unwrap_or_default();
            format!("`{found}` is no element that MJML takes here")
        }
        MjmlError::ParserError { source, .. } => format!("no MJML: {source}"),
        MjmlError::EndOfStream { .. } => "an element is not closed".to_owned(),
        other => format!("no MJML: {other}"),
    };
    let Some(offset) = offset(cause, whole) else { return Fault::new(name, None, said) };
    let line = |text: &str, at: usize| text.get(..at).map(|before| before.matches('\n').count() + 1);
    let start = layout.find(PLACE).unwrap_or(layout.len());
    if offset < start {
        Fault::new("layout.mjml", line(layout, offset), said)
    } else if offset < start + body.len() {
        Fault::new(name, line(body, offset - start), said)
    } else {
        Fault::new("layout.mjml", line(layout, offset - body.len() + PLACE.len()), said)
    }
}

/// MJML passes elements that it does not know through as they are; a mail program would show nothing of them.
pub(super) fn unknown_element(html: &str, layout: &str, name: &str, body: &str) -> Option<Fault> {
    let (_, rest) = html.split_once("<mj-")?;
    let element = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
    let tag = format!("<mj-{element}");
    let said = format!("`{tag}` is no element of MJML");
    let line = |text: &str| text.lines().position(|line| line.contains(&tag)).map(|index| index + 1);
    Some(match line(body) {
        Some(line) => Fault::new(name, Some(line), said),
        None => Fault::new("layout.mjml", line(layout), said),
    })
}

/// Where in the whole it stands, in bytes.
fn offset(cause: &MjmlError, whole: &str) -> Option<usize> {
    match cause {
        MjmlError::UnexpectedElement { position, .. }
        | MjmlError::UnexpectedToken { position, .. }
        | MjmlError::MissingAttribute { position, .. }
        | MjmlError::InvalidAttribute { position, .. }
        | MjmlError::InvalidFormat { position, .. }
        | MjmlError::IncludeLoaderError { position, .. } => Some(position.start),
        MjmlError::ParserError { source, .. } => {
            let row = usize::try_from(source.pos().row).ok()?.checked_sub(1)?;
            Some(whole.split_inclusive('\n').take(row).map(str::len).sum())
        }
        MjmlError::EndOfStream { .. } | MjmlError::SizeLimit { .. } | MjmlError::NoRootNode => None,
    }
}
