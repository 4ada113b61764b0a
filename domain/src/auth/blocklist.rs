//! Passwords that attackers try first, and those a site refuses of its own (NIST SP 800-63B-4 3.1.1.2; ASVS 6.2.4, 6.2.11,
//! 6.2.12). The whole password is compared, without letter case, and so is what two entries make together: long passwords
//! that many chose are mostly that. Asked by `password.rs` alone; nothing here depends on `passwords.min_score`.

use crate::{OpenError, rules::PasswordRules};
use std::{collections::HashSet, io, path::Path, sync::LazyLock};
use unicode_normalization::UnicodeNormalization;

/// The most common passwords, most common first: the list of zxcvbn-ts (MIT, see `data/common-passwords.LICENSE`) in lower
/// case, all of at least eight characters and the first of those with four to seven.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../data/common-passwords.txt").lines().collect());

/// What a site refuses beside the common ones.
#[derive(Debug, Default)]
pub(crate) struct Blocklist(HashSet<Box<str>>);

/// Whether a site's own list can be read; for commands that look at the settings before a server does.
///
/// # Errors
/// [`OpenError::Blocklist`].
pub fn check_blocklist(rules: &PasswordRules) -> Result<(), OpenError> {
    Blocklist::of(rules).map(drop)
}

impl Blocklist {
    /// What `rules` name; nothing beside the common ones when they name no file.
    pub(crate) fn of(rules: &PasswordRules) -> Result<Self, OpenError> {
        let Some(path) = &rules.blocklist else { return Ok(Self::default()) };
        Self::read(path).map_err(|cause| OpenError::Blocklist { path: path.clone(), cause })
    }

    /// Reads a site's own list: UTF-8, one password a line, blank lines ignored.
    fn read(path: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(Self(lines.map(|line| folded(line).into()).collect()))
    }

    /// Whether `password` is refused whatever its length and score.
    pub(super) fn holds(&self, password: &str) -> bool {
        let whole = folded(password);
        let listed = |text: &str| COMMON.contains(text) || self.0.contains(text);
        let two = |(at, _): (usize, char)| {
            whole.split_at_checked(at).is_some_and(|(first, rest)| listed(first) && listed(rest))
        };
        listed(&whole) || whole.char_indices().any(two) || is_one_repeated(&whole, listed)
    }
}

/// Lower case, NFC: how entries are compared.
fn folded(text: &str) -> String {
    text.to_lowercase().nfc().collect()
}

/// Whether the text is one entry over and over.
fn is_one_repeated(text: &str, listed: impl Fn(&str) -> bool) -> bool {
    let halves = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= text.len() / 2);
    halves.filter(|at| *at > 0 && text.len().is_multiple_of(*at)).any(|at| {
        text.split_at_checked(at)
            .is_some_and(|(first, _)| listed(first) && first.repeat(text.len() / at) == text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_as_long_as_asvs_asks_and_in_the_form_that_is_compared() {
        assert!(COMMON.iter().filter(|entry| entry.chars().count() >= 8).count() >= 3_000);
        assert!(COMMON.iter().all(|entry| folded(entry) == **entry && entry.trim() == *entry));
    }

    #[test]
    fn common_ones_are_refused_in_any_case_doubled_and_joined() {
        let list = Blocklist::default();
        for bad in
            ["password", "PassWord", "passwordpassword", "Iloveyou12345678", "qwertyqwertyqwertyqwerty"]
        {
            assert!(list.holds(bad), "{bad}");
        }
        for good in ["", "p", "tangerine ladder sings quietly", "password of my grandmother's boat", "ü"] {
            assert!(!list.holds(good), "{good}");
        }
    }

    #[test]
    fn a_site_has_words_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list.txt");
        std::fs::write(&file, "Harbour Works 1888\r\n\n  zu\u{308}rich-see-2026 \n").unwrap();
        let list = Blocklist::read(&file).unwrap();
        for bad in ["harbour works 1888", "Zürich-See-2026", "zürich-see-2026password"] {
            assert!(list.holds(bad), "{bad}");
        }
        assert!(!list.holds("harbour works 1889"));
        assert!(Blocklist::read(&folder.path().join("absent")).is_err());
    }
}
