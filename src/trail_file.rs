//! Rows of the audit trail as a file: JSON for programs, CSV for spreadsheets. Used by the page's download and by
//! `audit export`. Which rows, and who may have them, is decided in the domain.

use crate::csv;
use vestibule_model::audit::Entry;

/// What the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// An array of objects, as `GET /audit` writes them.
    Json,
    /// A line a row (RFC 4180), under a heading.
    Csv,
}

/// Writes the file piece by piece.
#[derive(Debug)]
pub(crate) struct Writer {
    format: Format,
    begun: bool,
}

const HEADING: [&str; 16] = [
    "id",
    "seq",
    "at",
    "event",
    "by",
    "actor",
    "actor_name",
    "session",
    "key",
    "subject",
    "subject_name",
    "changes",
    "detail",
    "request_id",
    "address",
    "redacted",
];

impl Writer {
    pub(crate) fn new(format: Format) -> Self {
        Self { format, begun: false }
    }

    /// The next piece, with `rows`; no rows end the file.
    pub(crate) fn piece(&mut self, rows: &[Entry]) -> String {
        let first = !std::mem::replace(&mut self.begun, true);
        match self.format {
            Format::Csv => {
                let heading = first.then(|| HEADING.map(str::to_owned));
                csv::lines(heading.into_iter().chain(rows.iter().map(cells)))
            }
            Format::Json => {
                let lines: Vec<_> =
                    rows.iter().map(|row| serde_json::to_string(row).unwrap_or_default()).collect();
                let between = match (first, rows.is_empty()) {
                    (true, true) => "[]\n",
                    (true, false) => "[\n",
                    (false, true) => "\n]\n",
                    (false, false) => ",\n",
                };
                format!("{between}{}", lines.join(",\n"))
            }
        }
    }
}

fn cells(row: &Entry) -> [String; 16] {
    let id = |id: &Option<vestibule_model::UserId>| id.map(|id| id.to_string()).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        row.id.clone(),
        row.seq.map(|seq| seq.to_string()).unwrap_or_default(),
        row.at.to_string(),
        row.event.clone(),
        row.by.name().to_owned(),
        id(&row.actor),
        text(&row.actor_name),
        text(&row.session),
        text(&row.key),
        id(&row.subject),
        text(&row.subject_name),
        serde_json::to_string(&row.changes).unwrap_or_default(),
        row.detail.to_string(),
        text(&row.request_id),
        text(&row.address),
        row.redacted.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use vestibule_model::Timestamp;
    use vestibule_model::audit::Doer;

    fn row(name: &str) -> Entry {
        Entry {
            id: "1".into(),
            seq: Some(1),
            at: Timestamp(0),
            event: "x".into(),
            by: Doer::Operator,
            actor: None,
            actor_name: Some(name.into()),
            session: None,
            key: None,
            subject: None,
            subject_name: None,
            changes: Vec::new(),
            detail: json!({"a": 1}),
            request_id: None,
            address: None,
            redacted: false,
        }
    }

    #[test]
    fn pieces_make_one_document() {
        let mut json = Writer::new(Format::Json);
        let text: String =
            [&[row("a"), row("b")][..], &[row("c")], &[]].map(|rows| json.piece(rows)).concat();
        assert_eq!(serde_json::from_str::<Vec<Entry>>(&text).unwrap().len(), 3);
        assert_eq!(Writer::new(Format::Json).piece(&[]), "[]\n");
        let mut csv = Writer::new(Format::Csv);
        let text: String = [&[row("a")][..], &[row("b")], &[]].map(|rows| csv.piece(rows)).concat();
        assert_eq!((text.lines().count(), text.matches("subject_name").count()), (3, 1));
        assert!(text.contains(r#""{""a"":1}""#), "{text}");
    }

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"] {
            let text = Writer::new(Format::Csv).piece(&[row(bad)]);
            assert!(text.contains(&format!("'{bad}")), "{text:?}");
        }
        let text = Writer::new(Format::Csv).piece(&[row("a \"b\",\nc")]);
        assert!(text.contains("\"a \"\"b\"\",\nc\""), "{text:?}");
    }
}
