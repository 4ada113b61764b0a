//! The one way a command speaks: data to standard output, as a table or as JSON; everything else to standard error.

use super::Failure;
use comfy_table::{ContentArrangement, Row, Table, presets};
use serde::Serialize;
use std::io::{self, Write as _};

/// How this run of the program speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    /// `json`: data and failures as JSON. `quiet`: nothing but data and failures.
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// Whether data is printed as JSON.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints `value` as JSON, or what `human` makes of it.
    ///
    /// # Errors
    /// [`Failure::Io`] when standard output takes nothing more. A reader that went away (`| head`) is no failure.
    pub(crate) fn data<T: Serialize>(
        self,
        value: &T,
        human: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        let text =
            if self.json { serde_json::to_string_pretty(value).unwrap_or_default() } else { human(value) };
        self::text(&text)
    }

    /// Says something to whoever watches.
    pub(crate) fn say(self, words: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{words}");
        }
    }

    /// Says why the command failed.
    pub(crate) fn failure(self, failure: &Failure) {
        let message = if self.json { failure.json() } else { failure.message() };
        if !message.is_empty() {
            let before = if self.json { "" } else { "error: " };
            let _ = writeln!(io::stderr(), "{before}{message}");
        }
    }
}

/// Prints `text`, with a line end if it lacks one.
///
/// # Errors
/// As [`Output::data`].
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let mut out = io::stdout().lock();
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Io("standard output".to_owned(), cause))
        }
        _ => Ok(()),
    }
}

/// Rows under a heading. A row is a line however wide the terminal is, so that it can be searched and copied.
pub(crate) fn table<R: Into<Row>>(heading: &[&str], rows: impl IntoIterator<Item = R>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heading.to_vec());
    for row in rows {
        table.add_row(row);
    }
    let text = table.trim_fmt();
    text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// Names and values, one a line.
pub(crate) fn record(rows: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, value): &(&str, String)| format!("{name:<width$}  {value}").trim_end().to_owned();
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
