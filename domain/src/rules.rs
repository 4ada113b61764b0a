//! The numbers a site may choose: read from the settings by `src/config.rs`, obeyed by every area. Plain data.

use crate::sessions::lifetimes;
use ipnet::IpNet;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use vestibule_model::Secret;
use vestibule_model::bans::REASONS;
use vestibule_model::endpoints::Rule;
use vestibule_model::limits::{Headers, LimitForm};
use vestibule_model::profiles::Visibility;
use vestibule_model::quotas::QuotaForm;
use vestibule_model::values::password::PasswordLength;

/// Every rule, with defaults that need no thought.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Registration and verification.
    pub accounts: AccountRules,
    /// What people show of themselves.
    pub profiles: ProfileRules,
    /// What a password must be, and what hashing one costs.
    pub passwords: PasswordRules,
    /// What wrong passwords cost.
    pub attempts: AttemptRules,
    /// How long browsers stay signed in.
    pub sessions: SessionRules,
    /// How long API tokens live.
    pub tokens: TokenRules,
    /// API keys.
    pub keys: KeyRules,
    /// How long links in mails live.
    pub links: LinkRules,
    /// What is told by mail.
    pub notices: NoticeRules,
    /// Groups that exist from the start on, by name.
    pub groups: BTreeMap<String, DeclaredGroup>,
    /// What endpoints ask for beyond what they ask for themselves, by tag.
    pub endpoints: BTreeMap<String, Rule>,
    /// Rate limits.
    pub limits: LimitRules,
    /// Quotas.
    pub quotas: QuotaRules,
    /// Signing in by somebody else's sign-in.
    pub social: SocialRules,
    /// The audit trail.
    pub audit: AuditRules,
    /// Bans of addresses.
    pub bans: BanRules,
    /// What is done about abuse.
    pub abuse: AbuseRules,
}

/// Whether abuse control acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AbuseMode {
    /// Nothing is counted.
    Off,
    /// Offences are counted and shown, and nothing follows.
    Shadow,
    /// Waits and blocks follow.
    #[default]
    Enforce,
}

/// What is done about abuse: offences add points, points go by themselves, and from some points on something is done.
#[derive(Clone, Debug)]
pub struct AbuseRules {
    /// Whether it acts.
    pub mode: AbuseMode,
    /// What each offence adds.
    pub points: OffencePoints,
    /// Points that go in an hour.
    pub drain: u32,
    /// Points from which on answers come late.
    pub delay_at: u32,
    /// The longest wait, just before a block.
    pub longest_delay: Duration,
    /// Points from which on nothing is answered for a time.
    pub block_at: u32,
    /// How long the first block lasts, the second, and so on; the last one stays.
    pub blocks: Vec<Duration>,
    /// How long a block makes the next one longer, and is kept after its end.
    pub remember: Duration,
    /// Most addresses that are blocked by the program at once; others are slowed down alone. No setting.
    pub most_blocks: usize,
}

/// What each offence adds, in points; 0: it is not counted.
#[derive(Clone, Debug)]
pub struct OffencePoints {
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

impl Default for AbuseRules {
    fn default() -> Self {
        Self {
            mode: AbuseMode::Enforce,
            points: OffencePoints { sign_in_failed: 3, refused: 2, absent: 1, probed: 10, key_revoked: 20 },
            drain: 120,
            delay_at: 60,
            longest_delay: Duration::from_secs(5),
            block_at: 150,
            blocks: [15, 60, 6 * 60, 24 * 60, 7 * 24 * 60].map(Duration::from_mins).to_vec(),
            remember: Duration::from_hours(30 * 24),
            most_blocks: 10_000,
        }
    }
}

/// Quotas.
#[derive(Clone, Debug)]
pub struct QuotaRules {
    /// Whether the quotas that the product itself states hold. No setting: `mode = "off"` switches one off.
    pub defaults: bool,
    /// What is said of quotas, by name: own ones whole, others as far as they are to differ.
    pub named: BTreeMap<String, QuotaForm>,
}

impl Default for QuotaRules {
    fn default() -> Self {
        Self { defaults: true, named: BTreeMap::new() }
    }
}

/// Bans of addresses.
#[derive(Clone, Debug, Default)]
pub struct BanRules {
    /// Networks that are never banned, neither by hand nor by the program: trusted proxies, and what the site adds. This
    /// machine is none of them and never banned either.
    pub never: Vec<IpNet>,
}

/// Rate limits.
#[derive(Clone, Debug)]
pub struct LimitRules {
    /// Whether the limits that the product itself states hold.
    pub defaults: bool,
    /// Which headers tell of what is left.
    pub headers: Headers,
    /// What is said of limits, by name: own ones whole, others as far as they are to differ.
    pub named: BTreeMap<String, LimitForm>,
}

impl Default for LimitRules {
    fn default() -> Self {
        Self { defaults: true, headers: Headers::Ietf, named: BTreeMap::new() }
    }
}

/// Signing in by somebody else's sign-in.
#[derive(Clone, Debug)]
pub struct SocialRules {
    /// By whose, by name.
    pub providers: BTreeMap<String, ProviderRules>,
    /// Where native apps may have their codes sent, each as a whole; on loopback with any port (RFC 8252 7.3).
    pub native_redirects: Vec<String>,
    /// How long everything may take that is asked of a provider for one sign-in.
    pub timeout: Duration,
}

impl Default for SocialRules {
    fn default() -> Self {
        Self { providers: BTreeMap::new(), native_redirects: Vec::new(), timeout: Duration::from_secs(4) }
    }
}

/// What is said of a provider. What is not said is the preset's.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProviderRules {
    /// What is known of it beforehand, by name; unless set, what is known of one of its own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whose accounts it opens (OpenID Connect Discovery 1.0).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// What stands for `{tenant}` in a preset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// What this site is called there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// By what this site is known there.
    #[serde(default, serialize_with = "hidden", skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// Where people are sent, at one that speaks OAuth 2 alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_url: Option<String>,
    /// Where a code is exchanged, at one that speaks OAuth 2 alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// Where it says who somebody is, at one that speaks OAuth 2 alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_url: Option<String>,
    /// Where it lists their addresses, at one that speaks OAuth 2 alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emails_url: Option<String>,
    /// What is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Hosts that may be called beside its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
    /// Whether it is offered; it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether strangers may sign up by it; they may where they may at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<bool>,
    /// Domains of addresses that may sign up by it; all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_domains: Option<Vec<String>>,
    /// Groups that somebody joins who signs up by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// Whether an address counts as confirmed where it says so; unless set, as is known beforehand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_email: Option<bool>,
    /// Whether its tokens are kept; they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_tokens: Option<bool>,
    /// The team that signs for an app of Apple's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The name of the key by which that team signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// That key, as PEM (PKCS#8).
    #[serde(default, serialize_with = "hidden", skip_serializing_if = "Option::is_none")]
    pub private_key: Option<Secret>,
}

#[expect(clippy::ref_option, reason = "serde hands over the field as it is")]
fn hidden<S: serde::Serializer>(_: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("(hidden)")
}

/// The audit trail.
#[derive(Clone, Debug, Default)]
pub struct AuditRules {
    /// How many days rows are kept; 0 keeps them for ever.
    pub keep_days: u32,
}

/// A group that the settings declare. What is stated holds from the start on and is not changed at run time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredGroup {
    /// What it is for; its name, unless stated when it is made.
    pub about: Option<String>,
    /// Everything its members may do.
    pub permissions: Option<Vec<String>>,
    /// How long their sign-ins last.
    pub lifetimes: lifetimes::Set,
}

/// What is told by mail.
#[derive(Clone, Debug, Default)]
pub struct NoticeRules {
    /// What administrators are told.
    pub admin: AdminNoticeRules,
}

/// What administrators are told; each of them can still say no for themselves.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one switch for each kind of notice, as in the settings")]
pub struct AdminNoticeRules {
    /// Somebody registered. Off unless a site wants it: a mail for every stranger is too many.
    pub registration: bool,
    /// A password was blocked after too many wrong ones.
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

impl Default for AdminNoticeRules {
    fn default() -> Self {
        Self {
            registration: false,
            block: true,
            rights: true,
            ban: true,
            key_leaked: true,
            mail_failing: true,
            abuse: true,
        }
    }
}

/// Registration and verification.
#[derive(Clone, Debug)]
pub struct AccountRules {
    /// Whether strangers may register.
    pub registration_open: bool,
    /// Whether an address must be confirmed before its account can sign in.
    pub verification_required: bool,
    /// How long signing in takes back a deletion that was asked for; nothing erases at once.
    pub deletion_grace: Duration,
    /// How long a copy of somebody's data that was prepared in the background can be taken; then it is deleted.
    pub export_kept: Duration,
    /// How long a user name that was changed rests before it may be changed again.
    pub username_change_every: Duration,
    /// Reasons that are offered where somebody is banned.
    pub ban_reasons: Vec<String>,
}

impl Default for AccountRules {
    fn default() -> Self {
        Self {
            registration_open: true,
            verification_required: true,
            deletion_grace: Duration::from_hours(14 * 24),
            export_kept: Duration::from_hours(7 * 24),
            username_change_every: Duration::from_hours(720),
            ban_reasons: REASONS.map(str::to_owned).to_vec(),
        }
    }
}

/// What people show of themselves.
#[derive(Clone, Debug)]
pub struct ProfileRules {
    /// Whether anyone sees anyone's profile at all.
    pub public: bool,
    /// Who sees the profile of a person who did not choose. By default nobody (GDPR Art. 25 (2)).
    pub visibility: Visibility,
    /// Whether search engines are asked to leave profiles and pictures out (`noindex`).
    pub noindex: bool,
}

impl Default for ProfileRules {
    fn default() -> Self {
        Self { public: true, visibility: Visibility::Private, noindex: false }
    }
}

/// What a password must be, and what hashing one costs (argon2id; OWASP Password Storage, ASVS 5.0 appendix C).
#[derive(Clone, Debug)]
pub struct PasswordRules {
    /// Fewest and most characters.
    pub length: PasswordLength,
    /// Least zxcvbn score that is taken, 0 to 4.
    pub min_score: u8,
    /// A file of further passwords that are refused, one a line.
    pub blocklist: Option<PathBuf>,
    /// How many former passwords of an account are refused; 0 refuses none but the one that holds.
    pub history: u32,
    /// argon2id memory in KiB.
    pub memory_kib: u32,
    /// argon2id passes.
    pub passes: u32,
    /// Hashes computed at once; 0 means one per core.
    pub parallel: usize,
    /// Hashes that may wait for a turn before [`Busy`](vestibule_model::Error::Busy) is answered.
    pub queue: usize,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self {
            length: PasswordLength::default(),
            min_score: 3,
            blocklist: None,
            history: 5,
            memory_kib: 19_456,
            passes: 2,
            parallel: 0,
            queue: 64,
        }
    }
}

/// What wrong passwords cost.
#[derive(Clone, Debug)]
pub struct AttemptRules {
    /// Failures in a row that cost no waiting.
    pub free: u32,
    /// Failures in a row after which a password is refused until it is reset (NIST SP 800-63B-4 3.2.2 allows 100).
    pub most: u32,
}

impl Default for AttemptRules {
    fn default() -> Self {
        Self { free: 5, most: 50 }
    }
}

/// How long browsers stay signed in (NIST SP 800-63B-4 2.1.3, 2.2.3).
#[derive(Clone, Debug)]
pub struct SessionRules {
    /// Ends a session that was not used for so long.
    pub idle: Duration,
    /// Ends a session however much it is used.
    pub overall: Duration,
    /// `overall` and `idle` where the person chose to stay signed in.
    pub remembered: Duration,
    /// How long a proof of the password counts for what asks for a recent one.
    pub proof: Duration,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self {
            idle: Duration::from_hours(1),
            overall: Duration::from_hours(24),
            remembered: Duration::from_hours(720),
            proof: Duration::from_mins(10),
        }
    }
}

/// How long API tokens live (RFC 9700 4.14, ASVS 10.4.8).
#[derive(Clone, Debug)]
pub struct TokenRules {
    /// An access token.
    pub access: Duration,
    /// A refresh token that is not used.
    pub refresh_idle: Duration,
    /// A whole family of refresh tokens.
    pub refresh_overall: Duration,
}

impl Default for TokenRules {
    fn default() -> Self {
        Self {
            access: Duration::from_mins(15),
            refresh_idle: Duration::from_hours(720),
            refresh_overall: Duration::from_hours(2160),
        }
    }
}

/// API keys.
#[derive(Clone, Debug)]
pub struct KeyRules {
    /// What new keys begin with: 2 to 10 small letters and digits, the first a letter. Keys made under another one stay.
    pub prefix: String,
    /// Keys that a person may have at once, those that are over not counted.
    pub per_person: u32,
    /// Whether a new password that was set by mail revokes the keys of its account. They do end when a former address
    /// takes an account back, whatever this says.
    pub revoke_on_reset: bool,
}

impl Default for KeyRules {
    fn default() -> Self {
        Self { prefix: "vst".to_owned(), per_person: 20, revoke_on_reset: true }
    }
}

/// How long one-time links live.
#[derive(Clone, Debug)]
pub struct LinkRules {
    /// Confirms an address.
    pub verify: Duration,
    /// Sets a new password.
    pub reset: Duration,
    /// Makes the first administrator.
    pub setup: Duration,
    /// Confirms a new address.
    pub email_change: Duration,
    /// Takes a change of address back.
    pub email_undo: Duration,
}

impl Default for LinkRules {
    fn default() -> Self {
        Self {
            verify: Duration::from_hours(24),
            reset: Duration::from_mins(30),
            setup: Duration::from_hours(1),
            email_change: Duration::from_hours(1),
            email_undo: Duration::from_hours(72),
        }
    }
}
