//! Web addresses that people show to others. Pure; called by `check.rs` alone.

use url::{Host, Url};
use vestibule_model::Problem;

/// Most characters of an address as it is kept.
const LONGEST: u32 = 200;

/// The address in its canonical form: http or https, a named host as A-labels (so that no letter looks like another), no
/// name or password before it. What begins with no scheme is taken as https.
///
/// # Errors
/// [`Problem::Malformed`], [`Problem::ForbiddenCharacter`] or [`Problem::TooLong`].
pub(super) fn web(typed: &str) -> Result<String, Problem> {
    let typed = typed.trim();
    if typed.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\' | '`'))
    {
        return Err(Problem::ForbiddenCharacter);
    }
    let whole = if has_scheme(typed) { typed.to_owned() } else { format!("https://{typed}") };
    let url = Url::parse(&whole).map_err(|_| Problem::Malformed)?;
    let named = matches!(url.host(), Some(Host::Domain(host)) if host.trim_end_matches('.').contains('.'));
    let plain = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !named || !plain {
        return Err(Problem::Malformed);
    }
    let url = String::from(url);
    if url.chars().count() > LONGEST as usize {
        return Err(Problem::TooLong { max: LONGEST });
    }
    Ok(url)
}

/// Whether a scheme stands before the address (RFC 3986 3.1); a host with a port is none.
fn has_scheme(typed: &str) -> bool {
    typed.split_once(':').is_some_and(|(scheme, rest)| {
        let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !scheme.contains(['.', '/']) && (port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_in_one_form() {
        for (typed, kept) in [
            ("example.org", "https://example.org/"),
            (" https://Example.org/A?b=c#d ", "https://example.org/A?b=c#d"),
            ("http://example.org:8080", "http://example.org:8080/"),
            ("example.org:8080/a", "https://example.org:8080/a"),
            ("https://bücher.example", "https://xn--bcher-kva.example/"),
            ("https://аррӏе.example/", "https://xn--80ak6aa92e.example/"),
        ] {
            assert_eq!(web(typed).as_deref(), Ok(kept), "{typed}");
        }
    }

    #[test]
    fn what_runs_hides_or_leads_inside_is_refused() {
        for bad in [
            "javascript:alert(1)",
            "JavaScript:alert(1)//.example",
            "data:text/html,<script>",
            "vbscript:a.b",
            "file:///etc/passwd",
            "ftp://example.org",
            "mailto:a@example.org",
            "https://user:pass@example.org",
            "https://evil.example@example.org",
            "https://localhost",
            "https://127.0.0.1",
            "https://[::1]",
            "https://2130706433",
            "https://",
            "//example.org/\\evil",
            "https://exam ple.org",
            "java\nscript:alert(1)",
            "https://example.org/\"onmouseover=\"x",
            "https://example.org/<script>",
            "",
        ] {
            assert!(web(bad).is_err(), "{bad:?} became {:?}", web(bad));
        }
        assert_eq!(
            web(&format!("https://example.org/{}", "a".repeat(200))),
            Err(Problem::TooLong { max: 200 })
        );
    }
}
