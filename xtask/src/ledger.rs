//! How many bytes a visitor downloads, as brotli sends them: measured on the release site, compared with the committed
//! `docs/size-ledger.json` and with the budget of DESIGN 4.
//!
//! Called by test (compare) and by `cargo xtask ledger` (write). Must never change the site.

use std::fs;
use std::path::PathBuf;

use crate::run::{Outcome, at, root};
use crate::site::{self, Profile};

/// Bytes of wasm and JavaScript together, brotli.
const CODE_BUDGET: u64 = 125 * 1024;
/// Bytes of the style sheet, brotli.
const STYLE_BUDGET: u64 = 12 * 1024;
/// How far a measured size may lie above its recorded one, in percent; more must be recorded on purpose.
const TOLERANCE: u64 = 2;

/// The files of the ledger, in its order.
const FILES: [&str; 3] = ["vestibule.wasm", "vestibule.js", "vestibule.css"];

/// `cargo xtask ledger`: builds the release site and writes what it weighs.
pub(crate) fn record() -> Outcome {
    site::build(Profile::Release)?;
    let sizes = measured()?;
    within_budget(sizes)?;
    let lines: Vec<String> =
        FILES.iter().zip(sizes).map(|(name, bytes)| format!("  \"{name}\": {bytes}")).collect();
    let text = format!("{{\n{}\n}}\n", lines.join(",\n"));
    print!("\n{text}");
    fs::write(path(), text).map_err(at(&path()))
}

/// Fails when the built release site is over budget, or noticeably larger than the ledger says.
pub(crate) fn compare() -> Outcome {
    let sizes = measured()?;
    let text = fs::read_to_string(path()).map_err(at(&path()))?;
    for (name, size) in FILES.iter().zip(sizes) {
        let recorded =
            number_after(&text, name).ok_or_else(|| format!("docs/size-ledger.json lacks {name}"))?;
        println!("{name}: {size} bytes, recorded {recorded}");
        if size * 100 > recorded * (100 + TOLERANCE) + 25_600 {
            let grown = format!("{name} grew from {recorded} to {size} bytes of brotli");
            return Err(format!("{grown}; if that is meant: cargo xtask ledger").into());
        }
    }
    within_budget(sizes)
}

fn path() -> PathBuf {
    root().join("docs/size-ledger.json")
}

fn measured() -> Outcome<[u64; 3]> {
    let mut sizes = [0; 3];
    for (size, name) in sizes.iter_mut().zip(FILES) {
        let file = site::site_dir().join("pkg").join(format!("{name}.br"));
        *size = fs::metadata(&file).map_err(at(&file))?.len();
    }
    Ok(sizes)
}

fn within_budget([wasm, glue, style]: [u64; 3]) -> Outcome {
    if wasm + glue > CODE_BUDGET {
        return Err(
            format!("wasm and JavaScript weigh {} bytes; the budget is {CODE_BUDGET}", wasm + glue).into()
        );
    }
    if style > STYLE_BUDGET {
        return Err(format!("the style sheet weighs {style} bytes; the budget is {STYLE_BUDGET}").into());
    }
    Ok(())
}

/// The number of `"name": number` in a flat JSON object.
fn number_after(text: &str, name: &str) -> Option<u64> {
    let (_, rest) = text.split_once(&format!("\"{name}\":"))?;
    rest.trim_start().split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::number_after;

    #[test]
    fn a_ledger_is_read() {
        let text = "{\n  \"vestibule.wasm\": 65536,\n  \"vestibule.js\": 7\n}\n";
        assert_eq!(number_after(text, "vestibule.js"), Some(7));
        assert_eq!(number_after(text, "vestibule.css"), None);
    }
}
