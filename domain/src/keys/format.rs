//! The form of an API key: `<prefix>_<key id>_<secret><checksum>`. It is made so that a wrong string is refused without a
//! look at the database, and so that keys are found wherever they should not be. Pure. Called by [`super`] and its parts.
//!
//! The id is the key's UUID, the secret 27 characters of base62 (160.7 bits), the checksum CRC-32 of all that stands before
//! it (ISO-HDLC, as in zlib), in 6 characters of base62. The checksum keeps out typing errors, not attackers.

use crate::random::Random;
use std::ops::Range;
use uuid::Uuid;
use vestibule_model::{KeyId, Secret};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of the id.
const ID: usize = 22;
/// Characters of the secret.
const SECRET: usize = 27;
/// Characters of the checksum.
const CHECK: usize = 6;
/// Fewest and most characters of a prefix.
const PREFIX: Range<usize> = 2..11;
/// Characters from the underscore before the id to the end.
const TAIL: usize = 1 + ID + 1 + SECRET + CHECK;
/// Most characters of a key.
pub(super) const LONGEST: usize = PREFIX.end - 1 + TAIL;

/// Whether keys may begin with `prefix`: 2 to 10 small letters and digits, the first a letter.
pub fn is_prefix(prefix: &str) -> bool {
    is_prefix_of(prefix.as_bytes())
}

fn is_prefix_of(prefix: &[u8]) -> bool {
    PREFIX.contains(&prefix.len())
        && prefix[0].is_ascii_lowercase()
        && prefix.iter().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// A fresh key of the id `id`.
pub(super) fn mint(random: &dyn Random, prefix: &str, id: KeyId) -> Secret {
    let mut key = format!("{}_", beginning(prefix, id));
    while key.len() < prefix.len() + TAIL - CHECK {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        // Above 247 the characters would not be equally likely.
        let fair = bytes.into_iter().filter(|byte| *byte < 248);
        let left = prefix.len() + TAIL - CHECK - key.len();
        key.extend(fair.map(|byte| char::from(ALPHABET[usize::from(byte % 62)])).take(left));
    }
    key.push_str(&base62(u128::from(crc32fast::hash(key.as_bytes())), CHECK));
    Secret::new(key)
}

/// How a key begins, up to its secret.
pub(super) fn beginning(prefix: &str, id: KeyId) -> String {
    format!("{prefix}_{}", base62(id.0.as_u128(), ID))
}

/// The id of a key, when `text` is the whole of one.
pub(super) fn parse(text: &str) -> Option<KeyId> {
    let text = text.as_bytes();
    let prefix = text.len().checked_sub(TAIL)?;
    if is_prefix_of(&text[..prefix]) { tail(text, prefix) } else { None }
}

/// The id of the key whose prefix ends at `at` in `text`, which ends with the key.
fn tail(text: &[u8], at: usize) -> Option<KeyId> {
    let (id, rest) = text[at..].strip_prefix(b"_")?.split_at_checked(ID)?;
    let (secret, check) = rest.strip_prefix(b"_")?.split_at_checked(SECRET)?;
    let plain = secret.iter().all(u8::is_ascii_alphanumeric) && check.len() == CHECK;
    let sum = u128::from(crc32fast::hash(&text[..text.len().checked_sub(CHECK)?]));
    if !plain || number(check)? != sum {
        return None;
    }
    number(id).map(|id| KeyId(Uuid::from_u128(id)))
}

/// The id that somebody means who writes a UUID, a key's beginning, its id as it stands in the key, or more of the key.
pub fn named(text: &str) -> Option<KeyId> {
    let text = text.trim();
    if let Some(id) = parse(text) {
        return Some(id);
    }
    if let Ok(id) = text.parse() {
        return Some(KeyId(id));
    }
    let id = text.split('_').nth(usize::from(text.contains('_')))?;
    (id.len() == ID).then(|| number(id.as_bytes()).map(|id| KeyId(Uuid::from_u128(id))))?
}

/// Every key in `text`: its id, and where it stands. Whatever stands around it, a key is found by its checksum.
pub(super) fn find(text: &[u8]) -> Vec<(KeyId, Range<usize>)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| *byte == b'_').map(|at| from + at) {
        from = at + 1;
        let end = at + TAIL;
        if text.get(at + 1 + ID) != Some(&b'_') || end > text.len() {
            continue;
        }
        let starts = PREFIX.filter_map(|length| at.checked_sub(length));
        let whole = |start: usize| -> Option<(KeyId, Range<usize>)> {
            if !is_prefix_of(&text[start..at]) {
                return None;
            }
            tail(&text[start..end], at - start).map(|id| (id, start..end))
        };
        if let Some(key) = starts.into_iter().find_map(whole) {
            from = end;
            found.push(key);
        }
    }
    found
}

fn base62(mut number: u128, length: usize) -> String {
    let mut digits = vec![b'0'; length];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[usize::try_from(number % 62).unwrap_or_default()];
        number /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

fn number(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0_u128, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'Z' => digit - b'A' + 10,
            b'a'..=b'z' => digit - b'a' + 36,
            _ => return None,
        };
        number.checked_mul(62)?.checked_add(u128::from(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use proptest::prelude::*;

    fn key(seed: u64, prefix: &str) -> (KeyId, String) {
        let id = KeyId(Uuid::from_u128(0x0198_c7a1_3a52_7cc4_8f7e_0d2f_6f0a_9b11 + u128::from(seed)));
        (id, mint(&SeededRandom::new(seed), prefix, id).expose().to_owned())
    }

    #[test]
    fn a_key_has_one_form_and_names_its_id() {
        let (id, text) = key(1, "vst");
        assert_eq!(text.len(), 3 + TAIL);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{text}");
        assert_eq!(parse(&text), Some(id));
        assert!(text.starts_with(&format!("{}_", beginning("vst", id))));
        for name in [text.clone(), beginning("vst", id), id.to_string(), base62(id.0.as_u128(), ID)] {
            assert_eq!(named(&format!(" {name}\n")), Some(id), "{name}");
        }
        assert_eq!(named("vst_short"), None);
        assert_eq!(number(&[b'z'; ID]), None, "more than a UUID holds");
    }

    #[test]
    fn c47_a_key_is_good_whole_or_not_at_all() {
        let (_, text) = key(2, "vst");
        for cut in 0..text.len() {
            assert_eq!(parse(&text[..cut]), None);
            assert_eq!(parse(&text[cut + 1..]), None);
        }
        assert_eq!((parse(&text.to_uppercase()), parse(&text.to_lowercase())), (None, None));
        assert_eq!((parse(&format!("{text}A")), parse(&format!(" {text}"))), (None, None));
        assert_eq!(parse(&text.replacen("vst", "vsu", 1)), None, "the checksum is of the prefix too");
    }

    #[test]
    fn prefixes_are_short_words() {
        for good in ["vs", "vst", "acme2", "abcdefghij"] {
            assert!(is_prefix(good), "{good}");
        }
        for bad in ["", "v", "Vst", "2ab", "vs_t", "vst-", "abcdefghijk", "vö"] {
            assert!(!is_prefix(bad), "{bad}");
        }
    }

    #[test]
    fn keys_are_found_whatever_stands_around_them() {
        let ((one, first), (other, second)) = (key(3, "vst"), key(4, "acme"));
        let text = format!("KEY={first}\u{0}\"__{second}A9_\n_{}_", &first[..30]);
        let found = find(text.as_bytes());
        let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, [one, other]);
        assert_eq!(&text[found[0].1.clone()], first);
        assert_eq!(&text[found[1].1.clone()], second);
    }

    proptest! {
        #[test]
        fn what_is_parsed_is_found_and_the_other_way_round(seed in 0_u64..1 << 40, junk in "[a-z_0-9 ]{0,20}") {
            let (id, text) = key(seed, "vst");
            prop_assert_eq!(parse(&text), Some(id));
            let around = format!("{junk} {text} {junk}");
            prop_assert_eq!(find(around.as_bytes()).into_iter().map(|(id, _)| id).collect::<Vec<_>>(), vec![id]);
        }

        #[test]
        fn no_string_breaks_it(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            for (_, place) in find(&text) {
                prop_assert!(parse(std::str::from_utf8(&text[place]).unwrap()).is_some());
            }
        }

        #[test]
        fn one_wrong_character_is_noticed(seed in 0_u64..1000, at in 4_usize..60, other in "[0-9A-Za-z]") {
            let (_, text) = key(seed, "vst");
            let at = at % text.len();
            let mut wrong = text.clone();
            wrong.replace_range(at..=at, &other);
            prop_assert!(wrong == text || parse(&wrong).is_none());
        }
    }
}
