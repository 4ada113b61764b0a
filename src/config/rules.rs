//! What a single setting may be: pure checks named by the table. They say what is expected and repeat no value, because
//! a value may be a secret.

use std::net::{IpAddr, SocketAddr};
use url::Url;
use vestibule_model::bans::Reason;
use vestibule_model::host::is_this_machine;
use vestibule_model::limits;
use vestibule_model::profiles::Visibility;
use vestibule_model::quotas;
use vestibule_model::sessions::Lifetime;

type Verdict = Result<(), String>;

fn expect(holds: bool, expected: &str) -> Verdict {
    if holds { Ok(()) } else { Err(expected.to_owned()) }
}

/// An address with a port.
pub(crate) fn listen(text: &str) -> Verdict {
    expect(
        text.parse::<SocketAddr>().is_ok_and(|address| address.port() != 0),
        "expected an address with a port, such as \"127.0.0.1:3000\" or \"[::]:3000\"",
    )
}

/// Any text that is not blank and fits on a line.
pub(crate) fn filled(text: &str) -> Verdict {
    expect(
        !text.trim().is_empty() && !text.chars().any(char::is_control),
        "expected a text that is not blank",
    )
}

/// Why somebody is banned.
pub(crate) fn ban_reason(text: &str) -> Verdict {
    expect(Reason::parse(text).is_ok(), "expected a text of one line, at most 300 characters")
}

/// A short name.
pub(crate) fn site_name(text: &str) -> Verdict {
    filled(text)?;
    expect(text.chars().count() <= 60, "expected at most 60 characters")
}

/// https, or http on this machine; nothing behind the host and port.
pub(crate) fn public_url(text: &str) -> Verdict {
    let Ok(url) = Url::parse(text) else {
        return Err("expected an address such as \"https://accounts.example.org\"".into());
    };
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    expect(
        bare && url.username().is_empty() && url.password().is_none(),
        "expected scheme, host and port, nothing more",
    )?;
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(()),
        ("http", Some(host)) if is_this_machine(host) => Ok(()),
        ("http", _) => Err("http is for this machine only (localhost, 127.0.0.1, [::1]); use https".into()),
        _ => Err("expected https://".into()),
    }
}

const EXAMPLE_WORDS: [&str; 8] = [
    "changeme",
    "change-me",
    "change_me",
    "change this",
    "example",
    "placeholder",
    "random characters",
    "your-secret",
];

/// Long, not blank, not repetitive and not copied from an example (CVE-2026-45363: an empty key verifies anything).
pub(crate) fn secret_key(text: &str) -> Verdict {
    let lower = text.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().filter(|c| !c.is_whitespace()).collect();
    let length = distinct.len();
    distinct.sort_unstable();
    distinct.dedup();
    expect(
        length >= 32,
        "expected at least 32 characters besides spaces; `openssl rand -base64 48` makes a good one",
    )?;
    expect(!EXAMPLE_WORDS.iter().any(|word| lower.contains(word)), "this is an example, not a secret")?;
    expect(distinct.len() >= 8, "this repeats a few characters; `openssl rand -base64 48` makes a good one")
}

/// A token that a program shows: nobody guesses it.
pub(crate) fn token(text: &str) -> Verdict {
    expect(
        text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_graphic()),
        "expected at least 16 characters without spaces; `openssl rand -hex 32` makes a good one",
    )
}

/// What is served beside pages and REST.
const OTHER_PATHS: [&str; 10] = [
    "/.well-known",
    "/csp-report",
    "/dev",
    "/docs",
    "/fn",
    "/healthz",
    "/metrics",
    "/pkg",
    "/readyz",
    "/version",
];

/// A path such as `/api/v1`.
pub(crate) fn api_root(text: &str) -> Verdict {
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    };
    let fits = text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(part));
    expect(
        fits,
        "expected a path of lower-case letters, digits, - and _ without a slash at its end, such as \"/api/v1\"",
    )?;
    let first = |path: &str| path.split('/').nth(1).map(str::to_owned);
    let root = first(text);
    let pages = vestibule_app::page_policies().into_iter().map(|page| page.path.into_owned());
    let taken = pages.chain(OTHER_PATHS.map(str::to_owned)).any(|path| first(&path) == root);
    expect(!taken, "this path belongs to the pages; choose another")
}

/// One of the two engines.
pub(crate) fn database_url(text: &str) -> Verdict {
    let fits = if let Some(path) = text.strip_prefix("sqlite://") {
        !path.trim().is_empty()
    } else {
        let known = text.starts_with("postgres://") || text.starts_with("postgresql://");
        known && Url::parse(text).is_ok_and(|url| url.host_str().is_some())
    };
    expect(fits, "expected sqlite://<path> or postgres://<user>:<password>@<host>/<database>")
}

/// Redis, plain, by TLS or by a socket of this machine.
pub(crate) fn redis_url(text: &str) -> Verdict {
    if Url::parse(text).is_ok_and(|url| url.scheme() == "redis+unix" && url.path().len() > 1) {
        return Ok(());
    }
    let expected = "expected redis://<host>:<port>, rediss://<host>:<port> or redis+unix:///<path>";
    scheme(text, &["redis", "rediss"], expected)
}

/// SMTP, by TLS or with STARTTLS.
pub(crate) fn smtp_url(text: &str) -> Verdict {
    scheme(
        text,
        &["smtp", "smtps"],
        "expected smtps://<user>:<password>@<host> or smtp://<host>:<port>?tls=required",
    )
}

fn scheme(text: &str, schemes: &[&str], expected: &str) -> Verdict {
    let fits = Url::parse(text).is_ok_and(|url| {
        schemes.contains(&url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty())
    });
    expect(fits, expected)
}

/// `address` or `Name <address>`; the mail area parses it in full.
pub(crate) fn sender(text: &str) -> Verdict {
    filled(text)?;
    let address = match text.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let fits = address.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.is_empty()
            && !host.contains(['@', '<', '>'])
            && !address.contains(char::is_whitespace)
    });
    expect(fits, "expected an address or \"Name <address>\"")
}

/// A network in CIDR notation.
pub(crate) fn network(text: &str) -> Verdict {
    if text.parse::<IpAddr>().is_ok() {
        return Err("expected a network; a single address is written with /32 (IPv4) or /128 (IPv6)".into());
    }
    expect(text.parse::<ipnet::IpNet>().is_ok(), "expected networks such as \"10.0.0.0/8\" or \"fd00::/8\"")
}

/// What `tracing` understands.
pub(crate) fn log_filter(text: &str) -> Verdict {
    filled(text)?;
    expect(
        tracing_subscriber::EnvFilter::try_new(text).is_ok(),
        "expected levels such as \"info\" or \"info,sqlx=debug\"",
    )
}

/// The level of an area.
pub(crate) fn log_level(text: &str) -> Verdict {
    expect(
        ["off", "error", "warn", "info", "debug", "trace"].contains(&text),
        "expected off, error, warn, info, debug or trace",
    )
}

/// `profiles.visibility`.
pub(crate) fn visibility(text: &str) -> Verdict {
    let known = Visibility::parse(text).is_some();
    if known { Ok(()) } else { Err("expected private, signed_in or public".to_owned()) }
}

/// `keys.prefix`.
pub(crate) fn key_prefix(text: &str) -> Verdict {
    let expected = "expected 2 to 10 small letters and digits, the first a letter";
    expect(vestibule_domain::keys::is_prefix(text), expected)
}

/// `abuse.mode`.
pub(crate) fn abuse_mode(text: &str) -> Verdict {
    expect(["off", "shadow", "enforce"].contains(&text), "expected off, shadow or enforce")
}

/// One of `abuse.blocks`: at least a minute, so that it is one, and at most a year, so that it ends by itself.
pub(crate) fn block(text: &str) -> Verdict {
    let (least, most) = (std::time::Duration::from_mins(1), std::time::Duration::from_hours(365 * 24));
    let fits = super::parse_span(text).is_ok_and(|span| (least..=most).contains(&span));
    expect(fits, "expected spans from 1m to 365d such as \"15m\" or \"1d\"")
}

/// How long sign-ins of a group last.
pub(crate) fn lifetime(text: &str) -> Verdict {
    let fits = Lifetime::parse(text).is_some_and(Lifetime::is_sensible);
    expect(fits, "expected a span from 1m to 3650d such as \"8h\" or \"30d\", or \"forever\"")
}

/// `endpoints.tags.<tag>.who`.
pub(crate) fn rule_who(text: &str) -> Verdict {
    expect(["signed in", "signed_in"].contains(&text), "expected \"signed in\"")
}

/// A group's name.
pub(crate) fn group_name(text: &str) -> Verdict {
    let fits = vestibule_model::groups::group_name(text).is_ok();
    expect(fits, "expected 1 to 32 small letters, digits and single hyphens, beginning with a letter")
}

/// `quotas.<name>.by`.
pub(crate) fn quota_by(text: &str) -> Verdict {
    expect(quotas::By::named(text).is_some(), "expected person, key, group or address")
}

/// `quotas.<name>.per`.
pub(crate) fn quota_per(text: &str) -> Verdict {
    expect(quotas::Per::named(text).is_some(), "expected hour, day, week, month or ever")
}

/// `quotas.<name>.window`.
pub(crate) fn quota_window(text: &str) -> Verdict {
    expect(quotas::Window::named(text).is_some(), "expected calendar or first_use")
}

/// `quotas.<name>.at_limit`.
pub(crate) fn quota_at_limit(text: &str) -> Verdict {
    expect(quotas::AtLimit::named(text).is_some(), "expected refuse or slow")
}

/// `quotas.<name>.mode`.
pub(crate) fn quota_mode(text: &str) -> Verdict {
    expect(quotas::Mode::named(text).is_some(), "expected off, shadow or enforce")
}

/// `quotas.<name>.groups`.
pub(crate) fn quota_group(text: &str) -> Verdict {
    let fits = quotas::read_groups(text).is_ok_and(|groups| groups.len() == 1);
    expect(fits, "expected groups such as \"premium = 100000\" or \"staff = unlimited\"")
}

/// A number of units, or none.
pub(crate) fn units(text: &str) -> Verdict {
    expect(quotas::Allowance::parse(text).is_ok(), "expected a whole number or \"unlimited\"")
}

/// Which headers tell of limits.
pub(crate) fn limit_headers(text: &str) -> Verdict {
    expect(limits::Headers::named(text).is_some(), "expected ietf, legacy, both or off")
}

/// By what a limit tells calls apart.
pub(crate) fn limit_by(text: &str) -> Verdict {
    let expected = "expected person, key, address, network, tag, group or everyone";
    expect(limits::By::named(text).is_some(), expected)
}

/// The window of a limit.
pub(crate) fn limit_per(text: &str) -> Verdict {
    expect(limits::span(text).is_ok(), "expected a span from 1s to 31d, such as \"10s\" or \"1m\"")
}

/// Whether a limit counts and refuses.
pub(crate) fn limit_mode(text: &str) -> Verdict {
    expect(limits::Mode::named(text).is_some(), "expected off, shadow or enforce")
}

/// What holds while the counts of a limit are away.
pub(crate) fn limit_on_store_error(text: &str) -> Verdict {
    expect(limits::OnStoreError::named(text).is_some(), "expected allow, deny or local")
}

/// What people call something: one line of at most 40 characters.
pub(crate) fn label(text: &str) -> Verdict {
    filled(text)?;
    expect(text.chars().count() <= 40, "expected at most 40 characters")
}

/// An issuer: https, or http on this machine; without query and fragment (OpenID Connect Core 1.0, 2).
pub(crate) fn issuer(text: &str) -> Verdict {
    let url = Url::parse(text).ok();
    let bare = |url: &Url| {
        url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let safe = |url: &Url| match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => true,
        ("http", Some(host)) => is_this_machine(host),
        _ => false,
    };
    expect(
        url.is_some_and(|url| bare(&url) && safe(&url)),
        "expected https:// without query, such as \"https://id.example.org\"; http is for this machine only",
    )
}

/// An address of a provider: https, or http on this machine.
pub(crate) fn service_url(text: &str) -> Verdict {
    expect(vestibule_domain::social::is_service_url(text), "expected https://; http is for this machine only")
}

/// A host's name.
pub(crate) fn host(text: &str) -> Verdict {
    let fits = url::Host::parse(text).is_ok() && !text.contains(['/', '@', ':']);
    expect(fits, "expected host names such as \"id.example.org\"")
}

/// A private key as PEM.
pub(crate) fn private_key(text: &str) -> Verdict {
    expect(text.trim_start().starts_with("-----BEGIN"), "expected a private key as PEM (PKCS#8)")
}

/// Where a native app is opened: a scheme of its own with a dot in it, https, or http on loopback (RFC 8252 7).
pub(crate) fn native_redirect(text: &str) -> Verdict {
    let expected = "expected addresses such as \"com.example.app:/signed-in\", \"https://app.example.org/signed-in\" or \
                    \"http://127.0.0.1/signed-in\"";
    expect(vestibule_domain::social::is_native_redirect(text), expected)
}

/// One of the formats.
pub(crate) fn log_format(text: &str) -> Verdict {
    expect(["auto", "pretty", "json"].contains(&text), "expected auto, pretty or json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_url_is_https_or_this_machine() {
        for good in [
            "https://a.example",
            "https://a.example/",
            "https://a.example:8443",
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "http://127.9.9.9",
            "http://[::1]:3000",
            "http://app.localhost",
        ] {
            assert_eq!(public_url(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "http://a.example",
            "http://0.0.0.0:3000",
            "http://localhost.evil.example",
            "ftp://a.example",
            "https://a.example/path",
            "https://a.example?x",
            "https://u:p@a.example",
            "https://",
            "javascript:alert(1)",
        ] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }

    /// Case C46: a process with an empty, short, blank or example key refuses to start.
    #[test]
    fn c46_a_weak_secret_key_is_refused() {
        let spaces = " ".repeat(64);
        let repeated = "ab".repeat(40);
        for bad in [
            "",
            "short",
            spaces.as_str(),
            repeated.as_str(),
            "<32 or more random characters> 0123456789 qwertyuiop",
            "please-changeme-0123456789abcdefghijklm",
        ] {
            assert!(secret_key(bad).is_err(), "{bad}");
        }
        assert_eq!(secret_key("q7Jm2vX9bL4sT8wZ1cN6dR3fH5gK0pYa"), Ok(()));
    }

    #[test]
    fn addresses_of_services_have_their_scheme() {
        assert!(database_url("sqlite://./data/x.db").is_ok() && database_url("postgres://u:p@h/d").is_ok());
        for bad in ["", "sqlite://", "mysql://h/d", "postgres://", "postgres:///d", "h/d"] {
            assert!(database_url(bad).is_err(), "{bad}");
        }
        assert!(
            smtp_url("smtps://u:p@h").is_ok() && smtp_url("h:25").is_err() && smtp_url("smtp://").is_err()
        );
        assert!(redis_url("rediss://h").is_ok() && redis_url("http://h").is_err());
        assert!(redis_url("redis+unix:///run/redis.sock").is_ok() && redis_url("redis+unix://").is_err());
    }

    #[test]
    fn senders_networks_and_roots_are_told_apart_from_nonsense() {
        for good in ["a@b", "Name <a@b.example>", "\"A, B\" <a@b.example>"] {
            assert!(sender(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "a@", "@b", "Name <a@b", "a@b\r\nBcc: c@d", "a@b@c"] {
            assert!(sender(bad).is_err(), "{bad}");
        }
        assert!(
            network("10.0.0.0/8").is_ok() && network("10.0.0.1").is_err() && network("10.0.0.0/33").is_err()
        );
        for bad in ["", "/", "api", "/api/", "/API", "/a//b", "/pkg/x", "/a b"] {
            assert!(api_root(bad).is_err(), "{bad}");
        }
        assert!(api_root("/api/v1").is_ok());
    }
}
