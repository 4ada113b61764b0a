//! The settings: read once at the start from defaults, `vestibule.toml`, the environment and flags, in this order, and
//! then handed on as plain values. Read by the command line and the server. Nothing else reads the environment, and no
//! setting is read a second time.

mod fault;
mod rules;
mod sections;
mod show;
mod sources;
mod span;
mod table;
#[cfg(test)]
mod tests;

pub use fault::{ConfigError, Fault};
pub use sections::{
    Abuse, Accounts, AdminNotices, Api, Audit, Bans, Database, Endpoints, Group, Keys, Limits, Links, Log,
    LogCategories, LogFormat, Mail, Metrics, Notices, Passwords, Points, Profiles, Quota, Redis, Server,
    Sessions, Social, Tokens,
};
pub use show::{Shown, example};
pub use sources::{Flags, Loaded};
pub(crate) use span::parse as parse_span;
pub(crate) use table::{about, variable};

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr, net::SocketAddr, path::PathBuf, sync::Arc};
use url::Url;
use vestibule_domain::rules::{
    AccountRules, AdminNoticeRules, AttemptRules, AuditRules, BanRules, KeyRules, LimitRules, LinkRules,
    NoticeRules, PasswordRules, ProfileRules, ProviderRules, QuotaRules, Rules, SessionRules, SocialRules,
    TokenRules,
};
use vestibule_domain::{Extension, Options, clock::SystemClock, mail::Delivery, random::SystemRandom};
use vestibule_model::{Secret, values::password::PasswordLength};

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
    /// API keys.
    pub keys: Keys,
    /// How long the links in mails live.
    pub links: Links,
    /// What is told by mail.
    pub notices: Notices,
    /// Groups that exist from the start on, by name.
    #[serde(default)]
    pub groups: BTreeMap<String, Group>,
    /// What endpoints ask for beyond what they ask for themselves.
    #[serde(default)]
    pub endpoints: Endpoints,
    /// Quotas, by name.
    #[serde(default)]
    pub quotas: BTreeMap<String, Quota>,
    /// Rate limits.
    pub limits: Limits,
    /// Signing in by somebody else's sign-in.
    pub social: Social,
    /// By whose, by name.
    #[serde(default)]
    pub providers: BTreeMap<String, ProviderRules>,
    /// The audit trail.
    pub audit: Audit,
    /// Bans of addresses.
    pub bans: Bans,
    /// What is done about abuse.
    pub abuse: Abuse,
    /// What Prometheus reads.
    pub metrics: Metrics,
    /// How requests are served.
    pub server: Server,
    /// What is logged.
    pub log: Log,
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
            database_patience: Options::DATABASE_PATIENCE,
            redis_url: self.redis.url.clone(),
            redis_patience: if serving {
                Options::REDIS_PATIENCE
            } else {
                Options::REDIS_PATIENCE_OF_COMMANDS
            },
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
                export_kept: self.accounts.export_kept,
                username_change_every: self.accounts.username_change_every,
                ban_reasons: self.accounts.ban_reasons.clone(),
            },
            profiles: ProfileRules {
                public: self.profiles.public,
                visibility: self.profiles.visibility,
                noindex: self.profiles.noindex,
            },
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
            attempts: AttemptRules { free: self.abuse.free_attempts, most: self.abuse.most_attempts },
            abuse: self.abuse.rules(),
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
            keys: KeyRules {
                prefix: self.keys.prefix.clone(),
                per_person: self.keys.per_person,
                revoke_on_reset: self.keys.revoke_on_reset,
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
                    key_leaked: self.notices.admin.key_leaked,
                    mail_failing: self.notices.admin.mail_failing,
                    abuse: self.notices.admin.abuse,
                },
            },
            groups: self.groups.iter().map(|(name, group)| (name.clone(), group.declared())).collect(),
            endpoints: self.endpoints.rules(),
            quotas: QuotaRules {
                named: self.quotas.iter().map(|(name, quota)| (name.clone(), quota.form())).collect(),
                ..QuotaRules::default()
            },
            limits: LimitRules {
                defaults: self.limits.defaults,
                headers: self.limits.headers,
                named: self.limits.named.clone(),
            },
            social: SocialRules {
                providers: self.providers.clone(),
                native_redirects: self.social.native_redirects.clone(),
                timeout: self.social.timeout,
            },
            audit: AuditRules { keep_days: self.audit.keep_days },
            bans: BanRules {
                never: self.bans.never.iter().chain(&self.server.trusted_proxies).copied().collect(),
            },
        }
    }

    /// The defaults, before those that follow from other settings.
    fn bare() -> Self {
        let Rules {
            accounts,
            profiles,
            passwords,
            attempts,
            sessions,
            tokens,
            keys,
            links,
            notices,
            limits,
            audit,
            abuse,
            ..
        } = Rules::default();
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
                export_kept: accounts.export_kept,
                username_change_every: accounts.username_change_every,
                ban_reasons: accounts.ban_reasons,
            },
            profiles: Profiles {
                public: profiles.public,
                visibility: profiles.visibility,
                noindex: profiles.noindex,
            },
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
            keys: Keys {
                prefix: keys.prefix,
                per_person: keys.per_person,
                revoke_on_reset: keys.revoke_on_reset,
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
                    key_leaked: notices.admin.key_leaked,
                    mail_failing: notices.admin.mail_failing,
                    abuse: notices.admin.abuse,
                },
            },
            groups: BTreeMap::new(),
            endpoints: Endpoints::default(),
            quotas: BTreeMap::new(),
            limits: Limits { defaults: limits.defaults, headers: limits.headers, named: limits.named },
            social: Social::default(),
            providers: BTreeMap::new(),
            audit: Audit { keep_days: audit.keep_days },
            bans: Bans { never: Vec::new() },
            abuse: Abuse::usual(&abuse, &attempts),
            metrics: Metrics::default(),
            server: Server::default(),
            log: Log::default(),
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
        let longer = broken.map(|(_, key, other)| Fault {
            origin: None,
            key: Some(key.into()),
            problem: format!("must not be longer than {other}"),
        });
        let several = self.endpoints.several().map(|tag| Fault {
            origin: None,
            key: Some(format!("endpoints.tags.{tag}")),
            problem: "set one of who, permission and group".into(),
        });
        longer.chain(several).collect()
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
