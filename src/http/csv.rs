//! Tables as files: CSV (RFC 4180). What a cell holds was written by others, and spreadsheets take some texts for formulas:
//! such a cell is defused (OWASP "CSV Injection"). Called where a list is given as a file.

use std::borrow::Cow;
use vestibule_model::{Error, Result};

/// How browsers and programs are told what it is.
pub const CONTENT: &str = "text/csv; charset=utf-8; header=present";

/// The rows as lines, each ended by CR and LF.
///
/// # Errors
/// None in practice: memory takes what is written to it.
pub fn lines<R, C>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>>
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for row in rows {
        for cell in row {
            writer.write_field(defused(cell.as_ref()).as_bytes()).map_err(|_| Error::Unavailable)?;
        }
        writer.write_record(None::<&[u8]>).map_err(|_| Error::Unavailable)?;
    }
    writer.into_inner().map_err(|_| Error::Unavailable)
}

/// The cell, with an apostrophe before what a spreadsheet would work out.
fn defused(cell: &str) -> Cow<'_, str> {
    let formula = |c| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    if cell.starts_with(formula) { format!("'{cell}").into() } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_quoted_and_formulas_defused() {
        let rows =
            [vec!["at", "what"], vec!["=1+1", "a \"b\", c"], vec!["@SUM(A1)", "\tx"], vec!["", "a-b=c"]];
        let text = String::from_utf8(lines(rows).unwrap()).unwrap();
        assert_eq!(text, "at,what\r\n'=1+1,\"a \"\"b\"\", c\"\r\n'@SUM(A1),'\tx\r\n,a-b=c\r\n");
        for cell in ["=a", "+a", "-a", "@a", "\ta", "\ra", "\na", "＝a", "＋a", "－a", "＠a"] {
            assert_eq!(defused(cell), format!("'{cell}"));
        }
    }

    proptest! {
        #[test]
        fn whatever_a_cell_holds_it_comes_back_and_is_no_formula(cells in proptest::collection::vec(".{0,12}", 2..4)) {
            let headings = cells.iter().map(|_| "heading".to_owned()).collect();
            let bytes = lines([headings, cells.clone()]).unwrap();
            let mut reader = csv::Reader::from_reader(bytes.as_slice());
            let read = reader.records().next().unwrap().unwrap();
            for (cell, read) in cells.iter().zip(read.iter()) {
                prop_assert_eq!(read.strip_prefix('\'').unwrap_or(read), cell.strip_prefix('\'').unwrap_or(cell));
                prop_assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r']));
            }
        }
    }
}
