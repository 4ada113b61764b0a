//! The sections of the settings as plain values, one type a table of `vestibule.toml`.

use super::span;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use vestibule_domain::rules::{
    AbuseMode, AbuseRules, AttemptRules, DeclaredGroup, OffencePoints, SocialRules,
};
use vestibule_model::endpoints::{Rule, RuleForm};
use vestibule_model::limits::{Headers, LimitForm};
use vestibule_model::quotas::{Allowance, QuotaForm, SlowForm, read_groups};
use vestibule_model::sessions::{Lifetime, LifetimeKind};
use vestibule_model::{Secret, profiles::Visibility};

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
    /// How long a copy of one's data can be taken.
    #[serde(with = "span")]
    pub export_kept: Duration,
    /// How long a user name that was changed rests before it may be changed again.
    #[serde(with = "span")]
    pub username_change_every: Duration,
    /// Reasons that are offered where somebody is banned.
    pub ban_reasons: Vec<String>,
}

/// What people show of themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profiles {
    /// Whether anyone sees anyone's profile at all.
    pub public: bool,
    /// Who sees the profile of a person who did not choose.
    pub visibility: Visibility,
    /// Whether search engines are asked to leave profiles and pictures out.
    pub noindex: bool,
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

/// API keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// What new keys begin with.
    pub prefix: String,
    /// Keys a person may have at once.
    pub per_person: u32,
    /// Whether a new password that is set by mail revokes the keys of its account.
    pub revoke_on_reset: bool,
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
    /// An API key was found where others can read it.
    pub key_leaked: bool,
    /// Mail does not leave.
    pub mail_failing: bool,
    /// The program blocked an address or account by itself.
    pub abuse: bool,
}

/// A group that exists from the start on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Everything its members may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// How long its members' sign-ins last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lifetimes: BTreeMap<LifetimeKind, Lifetime>,
}

/// What endpoints ask for beyond what they ask for themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// By tag.
    #[serde(default)]
    pub tags: BTreeMap<String, RuleForm>,
}

/// A quota, or what differs of one that the program states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quota {
    /// The tag whose endpoints spend from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What everybody may spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Allowance>,
    /// Whose units are counted together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// How long a window is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// When windows begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The time zone of calendar windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What members of groups may spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// Units that a call costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<u32>,
    /// What happens beyond the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_limit: Option<String>,
    /// How far beyond the limit calls wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_beyond_percent: Option<u32>,
    /// How long the first one waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_first_ms: Option<u32>,
    /// How long one waits at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_most_ms: Option<u32>,
    /// How many wait at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_waiting: Option<u32>,
    /// How long everything is refused once a call was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_for_s: Option<u32>,
    /// Whether it is obeyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Whether people are told by mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<bool>,
}

impl Quota {
    /// As the domain takes it.
    pub(super) fn form(&self) -> QuotaForm {
        let slow = SlowForm {
            beyond_percent: self.slow_beyond_percent,
            first_ms: self.slow_first_ms,
            most_ms: self.slow_most_ms,
            waiting: self.slow_waiting,
        };
        let lines = self.groups.as_ref().map(|lines| lines.join("\n"));
        QuotaForm {
            name: None,
            tag: self.tag.clone(),
            by: self.by.clone(),
            per: self.per.clone(),
            window: self.window.clone(),
            zone: self.zone.clone(),
            limit: self.limit,
            groups: lines.and_then(|lines| read_groups(&lines).ok()),
            cost: self.cost,
            at_limit: self.at_limit.clone(),
            slow: Some(slow).filter(|slow| !slow.is_empty()),
            block_for_s: self.block_for_s,
            mode: self.mode.clone(),
            notify: self.notify,
        }
    }
}

/// Rate limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Whether the limits hold that the program comes with.
    pub defaults: bool,
    /// Which headers tell what is left.
    pub headers: Headers,
    /// Limits by name: own ones, and what is to differ of others.
    #[serde(flatten)]
    pub named: BTreeMap<String, LimitForm>,
}

/// What Prometheus reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// An address of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// What a reader from elsewhere shows.
    #[serde(default, skip_serializing)]
    pub token: Option<Secret>,
}

/// Signing in by somebody else's sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Social {
    /// Where native apps may have their codes sent.
    pub native_redirects: Vec<String>,
    /// How long everything may take that is asked of a provider for one sign-in.
    #[serde(with = "span")]
    pub timeout: Duration,
}

impl Default for Social {
    fn default() -> Self {
        let SocialRules { native_redirects, timeout, .. } = SocialRules::default();
        Self { native_redirects, timeout }
    }
}

/// The audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// How many days rows are kept; 0 keeps them for ever.
    pub keep_days: u32,
}

/// Bans of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bans {
    /// Networks that are never banned, beside trusted proxies and this machine.
    pub never: Vec<IpNet>,
}

/// What is done about abuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abuse {
    /// Whether it acts.
    pub mode: AbuseMode,
    /// Wrong passwords in a row that cost no waiting.
    pub free_attempts: u32,
    /// Wrong passwords in a row after which a password must be set anew.
    pub most_attempts: u32,
    /// Points that go in an hour.
    pub drain: u32,
    /// Points from which on answers come late.
    pub delay_at: u32,
    /// The longest wait.
    #[serde(with = "span")]
    pub longest_delay: Duration,
    /// Points from which on nothing is answered for a time.
    pub block_at: u32,
    /// How long the first block lasts, the second, and so on.
    pub blocks: Vec<String>,
    /// How long a block makes the next one longer.
    #[serde(with = "span")]
    pub remember: Duration,
    /// What each offence adds.
    pub points: Points,
}

/// What each offence adds, in points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Points {
    /// A wrong password.
    pub sign_in_failed: u32,
    /// A call without the credential or right it takes.
    pub refused: u32,
    /// An address at which there is nothing.
    pub absent: u32,
    /// An address that only those ask for who look for weak programs.
    pub probed: u32,
    /// An API key that was revoked because it leaked.
    pub key_revoked: u32,
}

impl Abuse {
    /// As the domain takes it.
    pub(super) fn rules(&self) -> AbuseRules {
        let Points { sign_in_failed, refused, absent, probed, key_revoked } = self.points;
        AbuseRules {
            mode: self.mode,
            points: OffencePoints { sign_in_failed, refused, absent, probed, key_revoked },
            drain: self.drain,
            delay_at: self.delay_at,
            longest_delay: self.longest_delay,
            block_at: self.block_at,
            blocks: self.blocks.iter().filter_map(|text| span::parse(text).ok()).collect(),
            remember: self.remember,
            most_blocks: AbuseRules::default().most_blocks,
        }
    }

    /// What holds unless the settings say something else.
    pub(super) fn usual(rules: &AbuseRules, attempts: &AttemptRules) -> Self {
        let OffencePoints { sign_in_failed, refused, absent, probed, key_revoked } = rules.points;
        Self {
            mode: rules.mode,
            free_attempts: attempts.free,
            most_attempts: attempts.most,
            drain: rules.drain,
            delay_at: rules.delay_at,
            longest_delay: rules.longest_delay,
            block_at: rules.block_at,
            blocks: ["15m", "1h", "6h", "1d", "7d"].map(str::to_owned).to_vec(),
            remember: rules.remember,
            points: Points { sign_in_failed, refused, absent, probed, key_revoked },
        }
    }
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

impl Default for Server {
    fn default() -> Self {
        let (half_a_minute, trusted_proxies) = (Duration::from_secs(30), Vec::new());
        Self {
            trusted_proxies,
            request_timeout: half_a_minute,
            drain: Duration::ZERO,
            shutdown_timeout: half_a_minute,
        }
    }
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Levels, also for single targets.
    pub filter: String,
    /// How lines look.
    pub format: LogFormat,
    /// Where lines are written as well, a file a day; nowhere when not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// How many of those files are kept.
    pub keep_files: u32,
    /// What differs for single areas.
    #[serde(default)]
    pub categories: LogCategories,
}

impl Default for Log {
    fn default() -> Self {
        let (filter, categories) = ("info".into(), LogCategories::default());
        Self { filter, format: LogFormat::Auto, folder: None, keep_files: 14, categories }
    }
}

/// Levels of single areas; what is not said is as `log.filter` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCategories {
    /// Requests and their answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<String>,
    /// Sign-in, tokens, sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<String>,
    /// Statements and connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The outbox and SMTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// API keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// Rate limits and quotas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
    /// Abuse control and bans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abuse: Option<String>,
    /// Chores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jobs: Option<String>,
}

impl Log {
    /// All levels as one filter: `log.filter`, and behind it what single areas say.
    pub(crate) fn directives(&self) -> String {
        let LogCategories { requests, auth, database, mail, keys, limits, abuse, jobs } = &self.categories;
        let areas: [(&Option<String>, &[&str]); 8] = [
            (requests, &["vestibule::http"]),
            (auth, &["vestibule_domain::auth", "vestibule_domain::sessions"]),
            (database, &["vestibule_domain::db", "sqlx"]),
            (mail, &["vestibule_domain::mail", "lettre"]),
            (keys, &["vestibule_domain::keys"]),
            (limits, &["vestibule_domain::limits", "vestibule_domain::quotas"]),
            (abuse, &["vestibule_domain::abuse", "vestibule_domain::bans"]),
            (jobs, &["vestibule_domain::jobs"]),
        ];
        let said = areas.into_iter().filter_map(|(level, targets)| Some((level.as_ref()?, targets)));
        let said =
            said.flat_map(|(level, targets)| targets.iter().map(move |target| format!("{target}={level}")));
        std::iter::once(self.filter.clone()).chain(said).collect::<Vec<_>>().join(",")
    }
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

impl Group {
    /// As the domain takes it.
    pub(super) fn declared(&self) -> DeclaredGroup {
        let Self { about, permissions, lifetimes } = self.clone();
        DeclaredGroup { about, permissions, lifetimes }
    }
}

impl Endpoints {
    /// The rules that are whole, by tag.
    pub(super) fn rules(&self) -> BTreeMap<String, Rule> {
        let whole = |(tag, form): (&String, &RuleForm)| Some((tag.clone(), form.clone().parse().ok()?));
        self.tags.iter().filter_map(whole).collect()
    }

    /// The tags of rules that ask for nothing, or for several things at once.
    pub(super) fn several(&self) -> impl Iterator<Item = &String> {
        self.tags.iter().filter(|(_, form)| (*form).clone().parse().is_err()).map(|(tag, _)| tag)
    }
}
