//! Which refusals are held against the address they go to (`vestibule_domain::abuse`). Called by `arrival.rs` for every error
//! that is answered. Wrong passwords and leaked keys are noted where they are met, in the domain. A credential that is over is
//! nobody's offence: programs that behave show one each time it runs out.

use http::StatusCode;
use vestibule_model::Error;
use vestibule_model::abuse::Offence;

/// What browsers and search engines ask every site for; its absence is nobody's offence.
const ASKED_BY_THEMSELVES: [&str; 7] = [
    "/favicon.ico",
    "/robots.txt",
    "/sitemap.xml",
    "/ads.txt",
    "/apple-touch-icon",
    "/browserconfig.xml",
    "/.well-known/",
];

/// Ends of paths that no program of this kind has; whoever asks for them looks for others.
const PROBED_ENDS: [&str; 10] =
    [".php", ".asp", ".aspx", ".jsp", ".cgi", ".env", ".sql", ".bak", "/.git/config", "/.aws/credentials"];
/// Parts of such paths.
const PROBED_PARTS: [&str; 8] =
    ["/wp-", "/.git/", "/.env", "/phpmyadmin", "/cgi-bin/", "/vendor/phpunit", "/actuator/", "/../"];

/// The offence that an answer is held to be, when `path` was asked for. A page that says by itself that there is nothing is
/// no error, and has its status alone.
pub(super) fn of(error: Option<&Error>, status: StatusCode, path: &str) -> Option<Offence> {
    match error {
        Some(error) => of_error(error, path),
        None if status == StatusCode::NOT_FOUND => of_error(&Error::NotFound, path),
        None => None,
    }
}

fn of_error(error: &Error, path: &str) -> Option<Offence> {
    match error {
        Error::NotFound | Error::MethodNotAllowed if is_probe(path) => Some(Offence::Probed),
        Error::NotFound if !ASKED_BY_THEMSELVES.iter().any(|start| path.starts_with(start)) => {
            Some(Offence::Absent)
        }
        Error::SignInFirst
        | Error::NotAllowed { .. }
        | Error::NotInGroup { .. }
        | Error::KeyNotTaken
        | Error::KeyReadOnly
        | Error::KeyNetwork
        | Error::LinkDead => Some(Offence::Refused),
        _ => None,
    }
}

fn is_probe(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    PROBED_ENDS.iter().any(|end| path.ends_with(end)) || PROBED_PARTS.iter().any(|part| path.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_told_from_what_nobody_would_ask_for() {
        let absent = |path: &str| of_error(&Error::NotFound, path);
        for path in ["/u/nobody", "/absent", "/api/v1/users/x", "/environment", "/wpa"] {
            assert_eq!(absent(path), Some(Offence::Absent), "{path}");
        }
        for path in
            ["/wp-login.php", "/.env", "/.ENV.local", "/blog/wp-admin/x", "/.git/config", "/index.PHP"]
        {
            assert_eq!(absent(path), Some(Offence::Probed), "{path}");
        }
        for path in ["/favicon.ico", "/apple-touch-icon-120x120.png", "/.well-known/assetlinks.json"] {
            assert_eq!(absent(path), None, "{path}");
        }
        assert_eq!(
            of(None, StatusCode::NOT_FOUND, "/u/nobody"),
            Some(Offence::Absent),
            "a page says so itself"
        );
        assert_eq!(of(None, StatusCode::OK, "/u/somebody"), None);
        assert_eq!(of_error(&Error::MethodNotAllowed, "/xmlrpc.php"), Some(Offence::Probed));
        assert_eq!(of_error(&Error::MethodNotAllowed, "/login"), None);
        assert_eq!(of_error(&Error::SignInFirst, "/api/v1/me"), Some(Offence::Refused));
        for harmless in
            [Error::BadToken, Error::BadCredentials, Error::Unavailable, Error::Malformed, Error::CrossSite]
        {
            assert_eq!(of_error(&harmless, "/"), None, "counted elsewhere, or nobody's fault: {harmless}");
        }
    }
}
