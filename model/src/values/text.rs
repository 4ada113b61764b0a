//! What no text that others see may hold: characters that reorder, hide or pile up. Used by names and by what a person
//! says of themselves.

use crate::Problem;

/// Most combining marks in a row: the languages of the world need three, a tower of them covers its neighbours.
const MOST_MARKS: u32 = 4;

/// Whether `text` may be shown to others; line feeds only where `lines`.
pub(crate) fn check(text: &str, lines: bool) -> Result<(), Problem> {
    let mut marks = 0;
    for c in text.chars() {
        if (c.is_control() && !(lines && c == '\n')) || is_invisible(c) {
            return Err(Problem::ForbiddenCharacter);
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MOST_MARKS {
            return Err(Problem::ForbiddenCharacter);
        }
    }
    Ok(())
}

/// Whether there is anything to see: white space, joiners and fillers alone look like nothing.
pub(crate) fn shows(text: &str) -> bool {
    let blank = |c: char| {
        c.is_whitespace()
            || is_mark(c)
            || matches!(
                c,
                '\u{200c}' | '\u{200d}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            )
    };
    !text.chars().all(blank)
}

/// Line and paragraph separators, bidirectional controls (a spoofing tool, UTS 39), what has no width, and annotations.
/// Joiners stay: Persian and emoji are written with them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The blocks of combining marks that fit on any letter (Unicode 16, "Combining Diacritical Marks" and its supplements).
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reorders_hides_or_piles_up_is_refused() {
        for good in [
            "Zoë",
            "Nguye\u{302}\u{303}n",
            "می\u{200c}خواهم",
            "👩\u{200d}🚀",
            "李小龍",
            "a\u{301}\u{302}\u{303}\u{304}",
        ] {
            assert_eq!(check(good, false), Ok(()), "{good}");
        }
        for bad in ["a\u{202e}b", "a\u{2066}b", "a\u{200f}", "a\u{200b}b", "\u{feff}a", "a\u{0}", "a\tb"] {
            assert_eq!(check(bad, true), Err(Problem::ForbiddenCharacter), "{bad:?}");
        }
        assert!(check(&format!("a{}", "\u{301}".repeat(5)), false).is_err());
        assert_eq!((check("a\nb", true), check("a\nb", false).is_err()), (Ok(()), true));
    }

    #[test]
    fn what_cannot_be_seen_is_nothing() {
        for blank in ["", " ", "\u{3164}", "\u{200d}\u{200c}", "\u{2800} \u{ffa0}", "\u{301}"] {
            assert!(!shows(blank), "{blank:?}");
        }
        assert!(shows("a") && shows("👩\u{200d}🚀"));
    }
}
