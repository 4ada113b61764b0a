//! Sending by SMTP (RFC 5321) with lettre: a pool of connections, TLS unless the server is this machine, and a limit on
//! every wait.

use super::{
    letter::Sealed,
    transport::{Failure, FailureKind},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{AsyncSmtpTransportBuilder, PoolConfig},
};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::timeout;
use url::Url;
use vestibule_model::{Secret, host::is_this_machine};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Longest time for handing over one letter. lettre limits only the connecting, so that a server which goes silent
/// later would hold a letter for ever.
const SEND: Duration = Duration::from_mins(1);

/// Longest time for asking whether the server is there.
const PROBE: Duration = Duration::from_secs(15);

/// Connections that are kept, and for how long.
const KEPT: u32 = 8;
const IDLE: Duration = Duration::from_secs(30);

/// A mail server.
pub(super) struct Smtp {
    builder: AsyncSmtpTransportBuilder,
    current: Mutex<AsyncSmtpTransport<Tokio1Executor>>,
}

impl Smtp {
    /// Reads the URL; connects on the first letter.
    pub(super) fn open(url: &Secret) -> Result<Self, String> {
        let builder = builder(url)?;
        let current = Mutex::new(builder.clone().build());
        Ok(Self { builder, current })
    }

    /// Hands one letter to the server; what it said, as in `250 2.0.0 queued`.
    pub(super) async fn send(&self, letter: &Sealed) -> Result<String, Failure> {
        match timeout(SEND, self.transport().send_raw(&letter.envelope, &letter.bytes)).await {
            Ok(Ok(said)) => {
                let lines = said.message().collect::<Vec<_>>().join(" ");
                Ok(format!("{} {lines}", said.code()))
            }
            Ok(Err(cause)) => Err(self.why(cause).await),
            Err(_) => {
                self.start_over();
                let detail = format!("no answer within {} s", SEND.as_secs());
                let kind =
                    if self.is_reachable().await { FailureKind::Deferred } else { FailureKind::Unreachable };
                Err(Failure { kind, detail })
            }
        }
    }

    /// Whether the server answers, takes our credentials and speaks the TLS we ask for.
    pub(super) async fn is_reachable(&self) -> bool {
        let answer = timeout(PROBE, self.transport().test_connection()).await;
        if answer.is_err() {
            self.start_over();
        }
        matches!(answer, Ok(Ok(true)))
    }

    /// The server's answer alone cannot tell a letter that it refuses from a login that it refuses, or a broken
    /// connection from a server that is gone; a second look can.
    async fn why(&self, cause: lettre::transport::smtp::Error) -> Failure {
        let detail = cause.to_string();
        let kind = if cause.is_transient() {
            FailureKind::Deferred
        } else if !self.is_reachable().await {
            FailureKind::Unreachable
        } else if cause.is_permanent() {
            FailureKind::Rejected
        } else {
            FailureKind::Deferred
        };
        Failure { kind, detail }
    }

    fn transport(&self) -> AsyncSmtpTransport<Tokio1Executor> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A connection that was given up in the middle of a letter goes back to the pool as if it were sound. The whole pool
    /// is left behind instead.
    fn start_over(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = self.builder.clone().build();
    }
}

/// Whether the URL fits; connects nowhere.
pub(super) fn check(url: &Secret) -> Result<(), String> {
    builder(url).map(drop)
}

fn builder(url: &Secret) -> Result<AsyncSmtpTransportBuilder, String> {
    let parsed = Url::parse(url.expose()).map_err(|cause| format!("mail.smtp_url is not a URL: {cause}"))?;
    let host = parsed.host_str().filter(|host| !host.is_empty()).ok_or("mail.smtp_url names no host")?;
    let options: Vec<_> = parsed.query_pairs().collect();
    if let Some((name, _)) = options.iter().find(|(name, _)| name != "tls") {
        return Err(format!("mail.smtp_url: unknown option {name}; there is only tls"));
    }
    let tls = options.first().map(|(_, value)| value.as_ref());
    let encrypted = match (parsed.scheme(), tls) {
        ("smtps", None) | ("smtp", Some("required")) => true,
        ("smtp", None) => false,
        ("smtp" | "smtps", Some(_)) => {
            return Err("mail.smtp_url: tls can only be `required`, with smtp://".to_owned());
        }
        _ => return Err("mail.smtp_url must begin with smtps:// or smtp://".to_owned()),
    };
    if !encrypted && !is_this_machine(host) {
        return Err("mail.smtp_url: without TLS, mail goes only to this machine; write smtps://… or add ?tls=required".to_owned());
    }
    if parsed.username().is_empty() != parsed.password().is_none() {
        return Err("mail.smtp_url: user name and password are given together, or neither".to_owned());
    }
    // lettre's own words may quote the URL; these do not.
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
        .map_err(|_| "mail.smtp_url: the host cannot be used for TLS, or the credentials are not percent-encoded UTF-8")?;
    let pool = PoolConfig::new().max_size(KEPT).idle_timeout(IDLE);
    Ok(builder.timeout(Some(CONNECT)).pool_config(pool))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> Option<String> {
        check(&Secret::new(url)).err()
    }

    #[test]
    fn mail_leaves_this_machine_with_tls_only() {
        for good in [
            "smtps://mail.example.org",
            "smtps://ada:s%40fe@mail.example.org:4650",
            "smtp://mail.example.org:587?tls=required",
            "smtp://localhost:1025",
            "smtp://127.0.0.1:1025",
            "smtp://[::1]:1025",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
        for bad in [
            "smtp://mail.example.org",
            "smtp://mail.example.org?tls=opportunistic",
            "smtp://127.0.0.1.example.org",
            "smtp://localhost.example.org",
            "smtp://10.0.0.1:25",
            "smtps://mail.example.org?tls=no",
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        let urls = [
            "http://ada:hunter2@example.org",
            "smtp://ada:hunter2@example.org",
            "smtps://ada:hunter2@",
            "ada:hunter2",
            "smtps://:hunter2@example.org",
            "smtps://ada:hunter2@example.org?starttls=hunter2",
            "smtps://ada:hunter2%ff@example.org",
        ];
        for url in urls {
            let problem = problem(url).expect("it does not fit");
            assert!(problem.starts_with("mail.smtp_url"), "{problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
        assert!(problem("smtps://ada@example.org").is_some());
    }
}
