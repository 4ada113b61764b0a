//! The rules of a password that can be told without a word list: length and characters. The same function runs while a
//! person types and again on the server, where `domain::auth::password` adds what needs a dictionary.

use crate::Problem;
use serde::{Deserialize, Serialize};

/// How long a password must and may be, in Unicode code points (NIST SP 800-63B-4 3.1.1.2; ASVS 6.2.1, 6.2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordLength {
    /// Fewest characters; 15 where the password is the only factor. 8 to 64.
    pub min: u32,
    /// Most characters; 64 to 256.
    pub max: u32,
}

impl Default for PasswordLength {
    fn default() -> Self {
        Self { min: 15, max: 256 }
    }
}

/// Most bytes of a password, whatever its characters: longer input is refused before anything is computed.
pub const MAX_BYTES: usize = 1024;

impl PasswordLength {
    /// # Errors
    /// [`Problem::Required`], [`Problem::TooShort`], [`Problem::TooLong`], or [`Problem::ForbiddenCharacter`] for NUL.
    pub fn check(&self, password: &str) -> Result<(), Problem> {
        if password.is_empty() {
            return Err(Problem::Required);
        }
        if password.len() > MAX_BYTES {
            return Err(Problem::TooLong { max: self.max });
        }
        if password.contains('\0') {
            return Err(Problem::ForbiddenCharacter);
        }
        let length = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
        if length < self.min {
            return Err(Problem::TooShort { min: self.min });
        }
        if length > self.max {
            return Err(Problem::TooLong { max: self.max });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_not_bytes() {
        let rule = PasswordLength::default();
        assert_eq!(rule.check(&"ü".repeat(14)), Err(Problem::TooShort { min: 15 }));
        assert_eq!(rule.check(&"ü".repeat(15)), Ok(()));
        assert_eq!(rule.check(&"a".repeat(256)), Ok(()));
        assert_eq!(rule.check(&"a".repeat(257)), Err(Problem::TooLong { max: 256 }));
        assert_eq!(rule.check(&"😀".repeat(257)), Err(Problem::TooLong { max: 256 }));
        assert_eq!(rule.check(""), Err(Problem::Required));
        assert_eq!(rule.check("abcdefghijklmno\0"), Err(Problem::ForbiddenCharacter));
    }
}
