//! What an address is compared by. One spelling, one account (C04): nothing that merely looks alike may match.

use vestibule_model::{Email, Problem};

/// The canonical form of an address: lower-case ASCII, the domain as IDNA A-labels (RFC 5891). Dots and `+tags` are kept,
/// because whether they matter is the mailbox's business.
///
/// # Errors
/// [`Problem::Malformed`] for a domain that IDNA refuses, or that it would rewrite into another one (full-width letters,
/// the Kelvin sign): such a domain is a disguise, not a spelling.
pub(crate) fn canonical(email: &Email) -> Result<String, Problem> {
    let domain = email.domain().to_ascii_lowercase();
    let ascii = idna::domain_to_ascii_strict(&domain).map_err(|_| Problem::Malformed)?;
    let (unicode, valid) = idna::domain_to_unicode(&ascii);
    if valid.is_err() || (unicode != domain && ascii != domain) {
        return Err(Problem::Malformed);
    }
    Ok(format!("{}@{ascii}", email.local_part().to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<String, Problem> {
        canonical(&Email::parse(text).expect("parses"))
    }

    #[test]
    fn case_is_ignored_and_nothing_else() {
        assert_eq!(of("Ada.L+x@Example.ORG").unwrap(), "ada.l+x@example.org");
        assert_ne!(of("adal@example.org").unwrap(), of("ada.l@example.org").unwrap());
        assert_eq!(of("a@bücher.example").unwrap(), "a@xn--bcher-kva.example");
        assert_eq!(of("a@xn--bcher-kva.example").unwrap(), of("a@bücher.example").unwrap());
        assert_eq!(of("a@localhost").unwrap(), "a@localhost");
    }

    #[test]
    fn c04_lookalikes_never_match() {
        for disguise in ["a@\u{ff45}xample.org", "a@\u{212a}ey.org", "a@exa\u{ff0d}mple.org", "a@ﬁsh.org"] {
            let Ok(email) = Email::parse(disguise) else { continue };
            assert!(canonical(&email).is_err(), "{disguise}");
        }
        assert_ne!(of("a@faß.de").unwrap(), of("a@fass.de").unwrap());
    }
}
