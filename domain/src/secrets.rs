//! The master secret and everything derived from it; minting and hashing of opaque tokens. Called by the areas that hand
//! out something secret. Only hashes of tokens are ever stored.

use crate::random::Random;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use std::{fs, io::Write, path::Path};
use vestibule_model::Secret;

/// Fewest characters of a configured master secret (256 bits where it is random text).
pub const MIN_SECRET_KEY: usize = 32;

/// The file in the data folder that keeps a generated master secret.
pub const SECRET_FILE: &str = "secret.key";

/// The root of every key of the site.
#[derive(Clone)]
pub(crate) struct Master(Hkdf<Sha256>);

impl Master {
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(Hkdf::new(Some(b"vestibule/v1"), secret.expose().as_bytes()))
    }

    /// A key of its own for each `label` (HKDF-SHA256, RFC 5869): one purpose can never stand in for another.
    pub(crate) fn derive<const N: usize>(&self, label: &str) -> [u8; N] {
        let mut key = [0; N];
        self.0.expand(label.as_bytes(), &mut key).expect("at most 255 × 32 bytes are asked for");
        key
    }

    /// Tells one master secret from another without revealing either.
    pub(crate) fn fingerprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive::<16>("fingerprint"))
    }
}

/// Reads the master secret kept in `data_dir`, making it on the first start: 32 random bytes, readable by the owner only.
///
/// # Errors
/// When the folder or the file cannot be read or written.
pub(crate) fn read_or_make(data_dir: &Path, random: &dyn Random) -> std::io::Result<Secret> {
    let path = data_dir.join(SECRET_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(Secret::new(text.trim())),
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(cause),
        Err(_) => {}
    }
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    // Written aside and linked into place, so that a second process never reads half a secret or replaces a whole one.
    let aside = data_dir.join(format!("{SECRET_FILE}.{}", std::process::id()));
    let mut file = private_file().create(true).write(true).truncate(true).open(&aside)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&aside, &path);
    fs::remove_file(&aside)?;
    match linked {
        Ok(()) => Ok(Secret::new(secret)),
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {
            fs::read_to_string(&path).map(|text| Secret::new(text.trim()))
        }
        Err(cause) => Err(cause),
    }
}

#[cfg(unix)]
fn private_file() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> fs::OpenOptions {
    fs::OpenOptions::new()
}

/// A fresh opaque token of 256 bits (ASVS 11.5.1 asks for 128), as 43 URL-safe characters.
pub(crate) fn mint(random: &dyn Random) -> Secret {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a token: SHA-256 of the complete text (ASVS 6.5.2 allows a plain hash from 112 bits on).
pub(crate) fn hash(token: &str) -> String {
    digest(token.as_bytes())
}

/// SHA-256 of bytes, in base64url.
pub(crate) fn digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// Whether `token` has the form of one that [`mint`] made; anything else need not be looked up.
pub(crate) fn is_token(token: &str) -> bool {
    token.len() == 43 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{SeededRandom, SystemRandom};

    #[test]
    fn keys_differ_by_label_and_by_master() {
        let (one, other) = (Master::new(&Secret::new("a")), Master::new(&Secret::new("b")));
        assert_ne!(one.derive::<32>("x"), one.derive::<32>("y"));
        assert_ne!(one.derive::<32>("x"), other.derive::<32>("x"));
        assert_eq!(one.fingerprint(), Master::new(&Secret::new("a")).fingerprint());
    }

    #[test]
    fn c47_only_the_complete_token_has_the_form_of_one() {
        let token = mint(&SystemRandom);
        assert!(is_token(token.expose()));
        for cut in 0..43 {
            assert!(!is_token(&token.expose()[..cut]));
        }
        assert!(!is_token(&format!("{}=", token.expose())));
        assert!(!is_token(&format!(" {}", &token.expose()[1..])));
    }

    #[test]
    fn a_made_secret_is_kept_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let made = read_or_make(folder.path(), &SeededRandom::new(1)).unwrap();
        assert_eq!(read_or_make(folder.path(), &SeededRandom::new(2)).unwrap(), made);
        assert!(made.expose().len() >= MIN_SECRET_KEY);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let bits = fs::metadata(folder.path().join(SECRET_FILE)).unwrap().permissions().mode();
            assert_eq!(bits & 0o777, 0o600);
        }
    }
}
