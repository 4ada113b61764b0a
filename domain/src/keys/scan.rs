//! Finding keys in what is read piece by piece: files, logs, histories. No more than a piece and the length of a key is held
//! at a time, whatever the bytes are. Called by `vestibule keys scan`.

use super::format;
use vestibule_model::{KeyId, Secret};

/// A key that stands in what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The line, from 1 on.
    pub line: u64,
    /// The key's id.
    pub id: KeyId,
    /// The whole key, for whoever reports it. It is never shown.
    pub key: Secret,
}

/// Looks through a text that comes in pieces.
#[derive(Debug)]
pub struct Scanner {
    /// The end of what was read, where a key may have begun.
    kept: Vec<u8>,
    /// The line on which `kept` begins.
    line: u64,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { kept: Vec::new(), line: 1 }
    }
}

impl Scanner {
    /// Takes the next piece in and tells of every key that is complete with it.
    pub fn take(&mut self, piece: &[u8]) -> Vec<Found> {
        self.kept.extend_from_slice(piece);
        let found = format::find(&self.kept);
        let mut seen = (0, self.line);
        let mut told = Vec::with_capacity(found.len());
        for (id, place) in &found {
            seen = (place.start, seen.1 + lines(&self.kept[seen.0..place.start]));
            let key = String::from_utf8_lossy(&self.kept[place.clone()]).into_owned();
            told.push(Found { line: seen.1, id: *id, key: Secret::new(key) });
        }
        // A key that was told of must not be found again; what is shorter than one may be the beginning of the next.
        let told_to = found.last().map_or(0, |(_, place)| place.end);
        let gone = told_to.max(self.kept.len().saturating_sub(format::LONGEST - 1));
        self.line += lines(&self.kept[..gone]);
        self.kept.drain(..gone);
        told
    }
}

fn lines(text: &[u8]) -> u64 {
    text.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use proptest::prelude::*;

    fn key(seed: u64) -> String {
        let id = KeyId(uuid::Uuid::from_u128(u128::from(seed)));
        format::mint(&SeededRandom::new(seed), "vst", id).expose().to_owned()
    }

    fn found(text: &str, piece: usize) -> Vec<(u64, String)> {
        let mut scanner = Scanner::default();
        let pieces = text.as_bytes().chunks(piece).flat_map(|piece| scanner.take(piece));
        pieces.map(|found| (found.line, found.key.expose().to_owned())).collect()
    }

    proptest! {
        #[test]
        fn keys_are_found_once_and_on_their_line_however_the_text_comes(
            before in "[\na-z_ ]{0,200}", between in "[\n_= ]{0,90}", piece in 1_usize..300
        ) {
            let (one, other) = (key(1), key(2));
            let text = format!("{before}{one}{between}{other}\n{one}");
            let line = |text: &str| 1 + u64::try_from(text.matches('\n').count()).unwrap();
            let expected = vec![
                (line(&before), one.clone()),
                (line(&format!("{before}{between}")), other.clone()),
                (line(&format!("{before}{between}")) + 1, one),
            ];
            prop_assert_eq!(found(&text, piece), expected);
        }
    }

    #[test]
    fn little_is_held_whatever_comes() {
        let mut scanner = Scanner::default();
        for _ in 0..100 {
            assert!(scanner.take(&[b'_'; 4096]).is_empty());
            assert!(scanner.kept.len() < format::LONGEST);
        }
    }
}
