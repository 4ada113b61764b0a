//! Which hosts are this machine itself. Asked wherever something is allowed there and nowhere else: plain http, SMTP without
//! TLS, the developers' mailbox.

use std::net::IpAddr;

/// Whether `host` (without port, IPv6 in brackets or without) is this machine whoever asks: a loopback address, or a name
/// that is one everywhere (RFC 6761 6.3).
pub fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let name = bare.to_ascii_lowercase();
    name == "localhost"
        || name.strip_suffix(".localhost").is_some_and(|rest| !rest.is_empty())
        || bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn only_what_is_loopback_everywhere_is_this_machine() {
        for here in [
            "localhost",
            "LOCALHOST",
            "app.localhost",
            "127.0.0.1",
            "127.8.9.1",
            "::1",
            "[::1]",
            "::ffff:127.0.0.1",
        ] {
            assert!(is_this_machine(here), "{here}");
        }
        for elsewhere in [
            "",
            ".localhost",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "0.0.0.0",
            "::",
            "192.0.2.1",
            "[::1",
        ] {
            assert!(!is_this_machine(elsewhere), "{elsewhere}");
        }
    }
}
