//! Tables as files: CSV (RFC 4180). What a cell holds was written by others, and spreadsheets take some texts for formulas:
//! such a cell is defused (OWASP "CSV Injection"). Called by the web pages and the commands that give a list as a file; which rows
//! those are is none of its business.

use std::borrow::Cow;

/// How browsers and programs are told what it is.
pub const CONTENT: &str = "text/csv; charset=utf-8; header=present";

/// The rows as lines, each ended by CR and LF.
///
/// # Panics
/// Never: memory takes what is written to it, and texts make a text.
pub fn lines<R, C>(rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for row in rows {
        for cell in row {
            writer.write_field(defused(cell.as_ref()).as_bytes()).expect("memory takes it");
        }
        writer.write_record(None::<&[u8]>).expect("memory takes it");
    }
    String::from_utf8(writer.into_inner().expect("memory takes it")).expect("texts make a text")
}

/// The cell, with an apostrophe before what a spreadsheet would work out.
fn defused(cell: &str) -> Cow<'_, str> {
    let formula = |c| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    if cell.starts_with(formula) || cell.trim_start().starts_with(formula) {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_quoted_and_formulas_defused() {
        let rows =
            [vec!["at", "what"], vec!["=1+1", "a \"b\", c"], vec!["@SUM(A1)", "\tx"], vec!["", "a-b=c"]];
        let text = lines(rows);
        assert_eq!(text, "at,what\r\n'=1+1,\"a \"\"b\"\", c\"\r\n'@SUM(A1),'\tx\r\n,a-b=c\r\n");
        for cell in ["=a", "+a", "-a", "@a", "\ta", "\ra", "\na", "＝a", "＋a", "－a", "＠a", "  =a"] {
            assert_eq!(defused(cell), format!("'{cell}"));
        }
    }

    proptest! {
        #[test]
        fn whatever_a_cell_holds_it_comes_back_and_is_no_formula(cells in proptest::collection::vec(".{0,12}", 2..4)) {
            let headings = cells.iter().map(|_| "heading".to_owned()).collect();
            let text = lines([headings, cells.clone()]);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let read = reader.records().next().unwrap().unwrap();
            for (cell, read) in cells.iter().zip(read.iter()) {
                prop_assert_eq!(read.strip_prefix('\'').unwrap_or(read), cell.strip_prefix('\'').unwrap_or(cell));
                prop_assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r']));
            }
        }
    }
}
