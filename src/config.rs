//! The settings: read once at the start from defaults, `vestibule.toml`, the environment and flags, in this order, and
//! then handed on as plain values. Read by the command line and the server. Nothing else reads the environment, and no
//! setting is read a second time.

mod fault;
mod rules;
mod show;
mod sources;
mod span;
mod table;
#[cfg(test)]
mod tests;

pub use fault::{ConfigError, Fault};
pub use show::{Shown, example};
pub use sources::{Flags, Loaded};
pub(crate) use span::parse as parse_span;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use url::Url;
use vestibule_domain::rules::{
    AccountRules, AdminNoticeRules, LinkRules, NoticeRules, PasswordRules, ProfileRules, Rules, SessionRules,
    TokenRules,
};
use vestibule_domain::{Extension, Options, clock::SystemClock, mail::Delivery, random::SystemRandom};
use vestibule_model::{Secret, profiles::Visibility, values::password::PasswordLength};

/// What every variable of ours begins with.
pub(crate) const PREFIX: &str = "VESTIBULE_";
/// The file that is read when none is named.
pub(crate) const FILE: &str = "vestibule.toml";

/// Every setting, checked. `config example` documents each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Where people reach the site, without a slash at the end.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub public_url: String,
    /// Folder for everything that is kept in files.
    pub data_dir: PathBuf,
    /// What the site calls itself.
    pub site_name: String,
    /// The master secret; the domain makes one when it is not set.
    #[serde(default, skip_serializing)]
    pub secret_key: Option<Secret>,
    /// The REST API.
    pub api: Api,
    /// Where the data is kept.
    pub database: Database,
    /// Shared counters of several servers.
    pub redis: Redis,
    /// How mail leaves.
    pub mail: Mail,
    /// Registration and verification.
    pub accounts: Accounts,
    /// What people show of themselves.
    pub profiles: Profiles,
    /// What a password must be, and what hashing one costs.
    pub passwords: Passwords,
    /// How long browsers stay signed in.
    pub sessions: Sessions,
    /// How long API tokens live.
    pub tokens: Tokens,
    /// How long the links in mails live.
    pub links: Links,
    /// What is told by mail.
    pub notices: Notices,
    /// How requests are served.
    pub server: Server,
    /// What is logged.
    pub log: Log,
}

/// The REST API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Api {
    /// The path that every REST endpoint begins with.
    pub root: String,
}

/// Where the data is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Engine and place; the file `vestibule.db` in the data folder when not set.
    #[serde(default, skip_serializing)]
    pub url: Option<Secret>,
    /// Whether the server brings the schema up to date when it starts.
    pub migrate: bool,
}

/// Shared counters of several servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redis {
    /// Where Redis is.
    #[serde(default, skip_serializing)]
    pub url: Option<Secret>,
}

/// How mail leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The SMTP server; a folder of files when not set.
    #[serde(default, skip_serializing)]
    pub smtp_url: Option<Secret>,
    /// The sender of mail.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
}

/// Registration and verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// Whether strangers may register.
    pub registration_open: bool,
    /// Whether an address must be confirmed before its account can sign in.
    pub verification_required: bool,
    /// How long a deletion can be taken back.
    #[serde(with = "span")]
    pub deletion_grace: Duration,
    /// How long a user name that was changed rests before it may be changed again.
    #[serde(with = "span")]
    pub username_change_every: Duration,
}

/// What people show of themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profiles {
    /// Whether anyone sees anyone's profile at all.
    pub public: bool,
    /// Who sees the profile of a person who did not choose.
    pub visibility: Visibility,
}

/// What a password must be, and what hashing one costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passwords {
    /// Fewest characters.
    pub min_length: u32,
    /// Most characters.
    pub max_length: u32,
    /// Least zxcvbn score that is taken, 0 to 4.
    pub min_score: u8,
    /// A file of further passwords that are refused, one a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocklist: Option<PathBuf>,
    /// Former passwords of an account that are refused.
    pub history: u32,
    /// argon2id memory in KiB.
    pub memory_kib: u32,
    /// argon2id passes.
    pub passes: u32,
    /// Hashes computed at once; 0 means one per core.
    pub parallel: usize,
    /// Hashes that may wait for a turn.
    pub queue: usize,
}

/// How long browsers stay signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// Ends a session that was not used for so long.
    #[serde(with = "span")]
    pub idle: Duration,
    /// Ends a session however much it is used.
    #[serde(with = "span")]
    pub overall: Duration,
    /// Both, where the person chose to stay signed in.
    #[serde(with = "span")]
    pub remembered: Duration,
    /// How long a proof of the password counts for what asks for a recent one.
    #[serde(with = "span")]
    pub proof: Duration,
}

/// How long API tokens live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// An access token.
    #[serde(with = "span")]
    pub access: Duration,
    /// A refresh token that is not used.
    #[serde(with = "span")]
    pub refresh_idle: Duration,
    /// A whole family of refresh tokens.
    #[serde(with = "span")]
    pub refresh_overall: Duration,
}

/// How long the links in mails live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Confirms an address.
    #[serde(with = "span")]
    pub verify: Duration,
    /// Sets a new password.
    #[serde(with = "span")]
    pub reset: Duration,
    /// Makes the first administrator.
    #[serde(with = "span")]
    pub setup: Duration,
    /// Confirms a new address.
    #[serde(with = "span")]
    pub email_change: Duration,
    /// Takes a change of address back.
    #[serde(with = "span")]
    pub email_undo: Duration,
}

/// What is told by mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notices {
    /// What administrators are told.
    pub admin: AdminNotices,
}

/// What administrators are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "one switch for each kind of notice")]
pub struct AdminNotices {
    /// Somebody registered.
    pub registration: bool,
    /// A password was blocked.
    pub block: bool,
    /// Somebody became an administrator, or is none any more.
    pub rights: bool,
    /// Somebody was banned.
    pub ban: bool,
    /// Mail does not leave.
    pub mail_failing: bool,
}

/// How requests are served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Ends a request that takes longer.
    #[serde(with = "span")]
    pub request_timeout: Duration,
    /// How long requests are still taken after the order to stop.
    #[serde(with = "span")]
    pub drain: Duration,
    /// How long running requests may take to finish then.
    #[serde(with = "span")]
    pub shutdown_timeout: Duration,
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Levels, also for single targets.
    pub filter: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Settings {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// [`ConfigError`] with everything that is wrong, each with where it came from.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        Loaded::from_process(flags).map(|loaded| loaded.settings)
    }

    /// Whether browsers reach the site by TLS, so that cookies can say so.
    pub fn secure_cookies(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Where the data is: the setting, or the file in the data folder.
    pub fn database_url(&self) -> Secret {
        let file = || Secret::new(format!("sqlite://{}", self.data_dir.join("vestibule.db").display()));
        self.database.url.clone().unwrap_or_else(file)
    }

    /// What a domain is opened with. `serving`: whether this process will answer requests.
    pub fn domain_options(&self, extensions: Vec<Arc<dyn Extension>>, serving: bool) -> Options {
        let folder = || Delivery::Folder(self.data_dir.join("mail"));
        Options {
            database_url: self.database_url(),
            data_dir: self.data_dir.clone(),
            public_url: self.public_url.clone(),
            site_name: self.site_name.clone(),
            secret_key: self.secret_key.clone(),
            delivery: self.mail.smtp_url.clone().map_or_else(folder, Delivery::Smtp),
            mail_from: self.mail.from.clone(),
            rules: self.rules(),
            extensions,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            serving,
            migrate: self.database.migrate,
        }
    }

    fn rules(&self) -> Rules {
        let passwords = &self.passwords;
        Rules {
            accounts: AccountRules {
                registration_open: self.accounts.registration_open,
                verification_required: self.accounts.verification_required,
                deletion_grace: self.accounts.deletion_grace,
                username_change_every: self.accounts.username_change_every,
            },
            profiles: ProfileRules { public: self.profiles.public, visibility: self.profiles.visibility },
            passwords: PasswordRules {
                length: PasswordLength { min: passwords.min_length, max: passwords.max_length },
                min_score: passwords.min_score,
                blocklist: passwords.blocklist.clone(),
                history: passwords.history,
                memory_kib: passwords.memory_kib,
                passes: passwords.passes,
                parallel: passwords.parallel,
                queue: passwords.queue,
            },
            sessions: SessionRules {
                idle: self.sessions.idle,
                overall: self.sessions.overall,
                remembered: self.sessions.remembered,
                proof: self.sessions.proof,
            },
            tokens: TokenRules {
                access: self.tokens.access,
                refresh_idle: self.tokens.refresh_idle,
                refresh_overall: self.tokens.refresh_overall,
            },
            links: LinkRules {
                verify: self.links.verify,
                reset: self.links.reset,
                setup: self.links.setup,
                email_change: self.links.email_change,
                email_undo: self.links.email_undo,
            },
            notices: NoticeRules {
                admin: AdminNoticeRules {
                    registration: self.notices.admin.registration,
                    block: self.notices.admin.block,
                    rights: self.notices.admin.rights,
                    ban: self.notices.admin.ban,
                    mail_failing: self.notices.admin.mail_failing,
                },
            },
        }
    }

    /// The defaults, before those that follow from other settings.
    fn bare() -> Self {
        let Rules { accounts, profiles, passwords, sessions, tokens, links, notices } = Rules::default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            public_url: String::new(),
            data_dir: "./data".into(),
            site_name: "Vestibule".into(),
            secret_key: None,
            api: Api { root: "/api/v1".into() },
            database: Database { url: None, migrate: true },
            redis: Redis::default(),
            mail: Mail::default(),
            accounts: Accounts {
                registration_open: accounts.registration_open,
                verification_required: accounts.verification_required,
                deletion_grace: accounts.deletion_grace,
                username_change_every: accounts.username_change_every,
            },
            profiles: Profiles { public: profiles.public, visibility: profiles.visibility },
            passwords: Passwords {
                min_length: passwords.length.min,
                max_length: passwords.length.max,
                min_score: passwords.min_score,
                blocklist: passwords.blocklist,
                history: passwords.history,
                memory_kib: passwords.memory_kib,
                passes: passwords.passes,
                parallel: passwords.parallel,
                queue: passwords.queue,
            },
            sessions: Sessions {
                idle: sessions.idle,
                overall: sessions.overall,
                remembered: sessions.remembered,
                proof: sessions.proof,
            },
            tokens: Tokens {
                access: tokens.access,
                refresh_idle: tokens.refresh_idle,
                refresh_overall: tokens.refresh_overall,
            },
            links: Links {
                verify: links.verify,
                reset: links.reset,
                setup: links.setup,
                email_change: links.email_change,
                email_undo: links.email_undo,
            },
            notices: Notices {
                admin: AdminNotices {
                    registration: notices.admin.registration,
                    block: notices.admin.block,
                    rights: notices.admin.rights,
                    ban: notices.admin.ban,
                    mail_failing: notices.admin.mail_failing,
                },
            },
            server: Server {
                trusted_proxies: Vec::new(),
                request_timeout: Duration::from_secs(30),
                drain: Duration::ZERO,
                shutdown_timeout: Duration::from_secs(30),
            },
            log: Log { filter: "info".into(), format: LogFormat::Auto },
        }
    }

    /// Fills in what follows from other settings, and holds settings against each other.
    fn complete(mut self) -> Result<Self, ConfigError> {
        let mut faults = self.contradictions();
        if self.public_url.is_empty() {
            match derived_url(self.listen) {
                Some(url) => self.public_url = url,
                None => faults.push(Fault {
                    origin: None,
                    key: Some("public_url".into()),
                    problem: "must be set when `listen` is not this machine alone".into(),
                }),
            }
        }
        self.public_url.truncate(self.public_url.trim_end_matches('/').len());
        if self.mail.from.is_empty() {
            self.mail.from = derived_sender(&self.site_name, &self.public_url);
        }
        if faults.is_empty() { Ok(self) } else { Err(ConfigError { faults }) }
    }

    fn contradictions(&self) -> Vec<Fault> {
        let rows = [
            (self.sessions.idle <= self.sessions.overall, "sessions.idle", "sessions.overall"),
            (self.tokens.access <= self.tokens.refresh_idle, "tokens.access", "tokens.refresh_idle"),
            (
                self.tokens.refresh_idle <= self.tokens.refresh_overall,
                "tokens.refresh_idle",
                "tokens.refresh_overall",
            ),
        ];
        let broken = rows.into_iter().filter(|(holds, ..)| !holds);
        broken
            .map(|(_, key, other)| Fault {
                origin: None,
                key: Some(key.into()),
                problem: format!("must not be longer than {other}"),
            })
            .collect()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::bare().complete().expect("the defaults fit together; a test loads them")
    }
}

/// The address that a browser on this machine would use; `None` when only another machine can reach `listen`.
fn derived_url(listen: SocketAddr) -> Option<String> {
    match listen.ip() {
        ip if ip.is_loopback() => Some(format!("http://{listen}")),
        IpAddr::V4(ip) if ip.is_unspecified() => Some(format!("http://localhost:{}", listen.port())),
        IpAddr::V6(ip) if ip.is_unspecified() => Some(format!("http://localhost:{}", listen.port())),
        _ => None,
    }
}

/// `"Site" <no-reply@host>`; the name is quoted as RFC 5322 3.2.4 wants it.
fn derived_sender(site_name: &str, public_url: &str) -> String {
    let url = Url::parse(public_url).ok();
    let host = url.as_ref().and_then(Url::domain).unwrap_or("localhost");
    let name = site_name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{name}\" <no-reply@{host}>")
}
