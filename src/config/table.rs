//! The table of settings: name, kind, range and words of each. Checks, `config show` and `config example` all read it,
//! so that none of them can drift from the others; a test holds it against `Settings` itself.

use super::rules as check;
use vestibule_model::limits;

/// A check of a text: a sentence about what is expected when it does not fit.
pub(crate) type Check = fn(&str) -> Result<(), String>;

/// What a setting holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A text.
    Text(Check),
    /// A text that is never shown; its variable may end in `_FILE` and name a file that holds it.
    Secret(Check),
    /// `true` or `false`.
    Switch,
    /// A whole number in a range, both ends allowed.
    Whole(u64, u64),
    /// A span of time in a range of seconds, both ends allowed.
    Span(u64, u64),
    /// A whole number, or `"unlimited"`.
    Units,
    /// A list of texts.
    List(Check),
}

/// One setting, or one for each name that a site gives: a part between `<` and `>` stands for any name.
pub(crate) struct Setting {
    /// The dotted name: `sessions.idle`, `groups.<name>.about`.
    pub(crate) key: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// A sentence or two for whoever sets it.
    pub(crate) about: &'static str,
    /// A value to show where there is no fixed default, as TOML.
    pub(crate) example: Option<&'static str>,
}

impl Setting {
    /// Whether its value must never be shown.
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret(_))
    }

    /// Whether there is one for each name that a site gives.
    pub(crate) fn is_named(&self) -> bool {
        self.key.contains('<')
    }

    /// Its environment variable.
    pub(crate) fn variable(&self) -> String {
        variable(self.key)
    }
}

const fn setting(key: &'static str, kind: Kind, about: &'static str) -> Setting {
    Setting { key, kind, about, example: None }
}

const fn unset(key: &'static str, kind: Kind, example: &'static str, about: &'static str) -> Setting {
    Setting { key, kind, about, example: Some(example) }
}

/// How long something of a group lasts.
const LIFETIME: Kind = Kind::Text(check::lifetime);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Words above a section of the example file.
pub(crate) const SECTIONS: &[(&str, &str)] = &[
    ("api", "The REST API."),
    ("database", "Where the data is kept."),
    ("redis", "Shared counters of several servers. One server needs none."),
    ("mail", "How mail leaves."),
    ("accounts", "Registration and verification."),
    ("profiles", "What people show of themselves."),
    ("passwords", "What a password must be, and what hashing one costs."),
    ("sessions", "How long browsers stay signed in."),
    ("tokens", "How long API tokens live."),
    ("keys", "API keys."),
    ("links", "How long the links in mails live."),
    ("notices", "What is told by mail."),
    ("notices.admin", "What administrators are told by mail; each of them can still say no for themselves."),
    ("groups.<name>", "A group that exists from the start on. What is said here is not changed at run time."),
    (
        "groups.<name>.lifetimes",
        "How long sign-ins of its members last; the longest of a person's groups counts.",
    ),
    ("endpoints.tags.<tag>", "What every endpoint of a tag asks for, beyond what each asks for itself."),
    (
        "quotas.<name>",
        "A quota: how many units somebody may spend in a window of time on the endpoints of a tag. Of one that the program \
         states, as `daily`, only what differs. What is said here is not changed at run time.",
    ),
    ("limits", "Rate limits: what protects the site from too many calls in a short time."),
    (
        "limits.<name>",
        "A limit of one's own, or what is to differ of one that there is (`vestibule limits list`). What is said here is not \
         changed at run time.",
    ),
    ("social", "Signing in by somebody else's sign-in."),
    (
        "providers.<name>",
        "Somebody by whose sign-in people sign in here: a preset (google, github, ...), or anyone who speaks OpenID Connect. \
         The address to be registered there is <public_url>/auth/<name>/callback.",
    ),
    ("audit", "The audit trail."),
    ("bans", "Bans of addresses."),
    (
        "abuse",
        "What is done about abuse: what goes wrong adds points to an address or account, points go by themselves, and from \
         some points on something is done.",
    ),
    ("abuse.points", "What each offence adds, in points; 0: it is not counted."),
    (
        "metrics",
        "What Prometheus reads at /metrics: by the token, at an address of its own, and from this machine where `public_url` is \
         on it.",
    ),
    ("server", "How requests are served."),
    ("log", "What is logged, to standard error."),
    ("log.categories", "Levels of single areas: off, error, warn, info, debug or trace."),
];

/// Every setting, in the order of the example file: those without a section first, then section by section.
pub(crate) const SETTINGS: &[Setting] = &[
    setting("listen", Kind::Text(check::listen), "Address and port to listen on."),
    unset(
        "public_url",
        Kind::Text(check::public_url),
        "\"https://accounts.example.org\"",
        "Where people reach the site; every link in a mail begins with it. https, or http on this machine only. \
         Unless set: http and the address of `listen`.",
    ),
    setting(
        "data_dir",
        Kind::Text(check::filled),
        "Folder for everything that is kept in files. Made when missing.",
    ),
    setting("site_name", Kind::Text(check::site_name), "What the site calls itself, on pages and in mails."),
    unset(
        "secret_key",
        Kind::Secret(check::secret_key),
        "\"<32 or more random characters>\"",
        "The master secret, at least 32 random characters; the same on every server. Unless set: made on the first \
         start and kept in `data_dir`.",
    ),
    setting("api.root", Kind::Text(check::api_root), "The path that every REST endpoint begins with."),
    unset(
        "database.url",
        Kind::Secret(check::database_url),
        "\"postgres://vestibule:<password>@db.example.org/vestibule\"",
        "sqlite://<path> or postgres://<user>:<password>@<host>/<database>. Unless set: the file vestibule.db in \
         `data_dir`.",
    ),
    setting(
        "database.migrate",
        Kind::Switch,
        "Whether the server brings the schema up to date when it starts. When off, run `db migrate` before a new \
         version starts.",
    ),
    unset(
        "redis.url",
        Kind::Secret(check::redis_url),
        "\"redis://redis.example.org:6379\"",
        "redis://, rediss:// (TLS) or redis+unix:///path (a socket).",
    ),
    unset(
        "mail.smtp_url",
        Kind::Secret(check::smtp_url),
        "\"smtps://<user>:<password>@mail.example.org\"",
        "smtps://<user>:<password>@<host> (TLS), or smtp://<host>:587?tls=required (STARTTLS). Unless set: mail is \
         written to the folder `mail` in `data_dir`, and shown at /dev/mail to a browser on this machine.",
    ),
    unset(
        "mail.from",
        Kind::Text(check::sender),
        "\"Vestibule <no-reply@example.org>\"",
        "The sender of mail. Unless set: `site_name` and no-reply at the host of `public_url`.",
    ),
    setting("accounts.registration_open", Kind::Switch, "Whether strangers may register."),
    setting(
        "accounts.verification_required",
        Kind::Switch,
        "Whether an address must be confirmed before its account can sign in.",
    ),
    setting(
        "accounts.deletion_grace",
        Kind::Span(0, 90 * DAY),
        "How long signing in takes back the deletion of an account; 0s erases it at once.",
    ),
    setting(
        "accounts.export_kept",
        Kind::Span(DAY, 30 * DAY),
        "How long a copy of one's data that was prepared in the background can be taken; then it is deleted.",
    ),
    setting(
        "accounts.username_change_every",
        Kind::Span(0, 3_650 * DAY),
        "How long a user name that was changed rests before its owner may change it again.",
    ),
    setting(
        "accounts.ban_reasons",
        Kind::List(check::ban_reason),
        "Reasons that are offered where somebody is banned, in words that they are shown.",
    ),
    setting(
        "profiles.public",
        Kind::Switch,
        "Whether people see each other's profiles at all. When off, /u/<name> and GET /profiles/<name> are not there.",
    ),
    setting(
        "profiles.visibility",
        Kind::Text(check::visibility),
        "Who sees the profile of a person who did not choose: private, signed_in or public.",
    ),
    setting(
        "profiles.noindex",
        Kind::Switch,
        "Whether search engines are asked to leave profiles and pictures out.",
    ),
    setting(
        "passwords.min_length",
        Kind::Whole(8, 64),
        "Fewest characters. 15 where the password is the only factor.",
    ),
    setting("passwords.max_length", Kind::Whole(64, 256), "Most characters."),
    setting("passwords.min_score", Kind::Whole(0, 4), "Least zxcvbn score that is taken: 0 (any) to 4."),
    unset(
        "passwords.blocklist",
        Kind::Text(check::filled),
        "\"/etc/vestibule/refused-passwords.txt\"",
        "A file of further passwords that are refused, one a line, in any letter case. The 24,000 most common ones are \
         refused without it, and the person's and the site's own names.",
    ),
    setting(
        "passwords.history",
        Kind::Whole(0, 24),
        "Former passwords of an account that are refused; 0 refuses none.",
    ),
    setting("passwords.memory_kib", Kind::Whole(7_168, 1_048_576), "argon2id memory of one hash, in KiB."),
    setting("passwords.passes", Kind::Whole(1, 20), "argon2id passes over that memory."),
    setting("passwords.parallel", Kind::Whole(0, 256), "Hashes computed at once; 0 means one per core."),
    setting(
        "passwords.queue",
        Kind::Whole(0, 10_000),
        "Hashes that may wait for a turn before 503 is answered.",
    ),
    setting("sessions.idle", Kind::Span(MINUTE, 30 * DAY), "Ends a session that was not used for so long."),
    setting("sessions.overall", Kind::Span(5 * MINUTE, 90 * DAY), "Ends a session however much it is used."),
    setting(
        "sessions.remembered",
        Kind::Span(HOUR, 400 * DAY),
        "Both of the above, where the person chose to stay signed in.",
    ),
    setting(
        "sessions.proof",
        Kind::Span(MINUTE, DAY),
        "How long a password that was just given counts for what asks for it again, as taking a copy of one's data.",
    ),
    setting("tokens.access", Kind::Span(MINUTE, HOUR), "An access token."),
    setting("tokens.refresh_idle", Kind::Span(HOUR, 365 * DAY), "A refresh token that is not used."),
    setting("tokens.refresh_overall", Kind::Span(HOUR, 400 * DAY), "A whole family of refresh tokens."),
    setting(
        "keys.prefix",
        Kind::Text(check::key_prefix),
        "What new API keys begin with: 2 to 10 small letters and digits. Keys that were made before stay good.",
    ),
    setting(
        "keys.per_person",
        Kind::Whole(0, 1_000),
        "API keys a person may have at once; 0 lets nobody make one.",
    ),
    setting(
        "keys.revoke_on_reset",
        Kind::Switch,
        "Whether a new password that is set by mail revokes the API keys of its account.",
    ),
    setting("links.verify", Kind::Span(5 * MINUTE, 30 * DAY), "Confirms an address."),
    setting("links.reset", Kind::Span(5 * MINUTE, DAY), "Sets a new password."),
    setting("links.setup", Kind::Span(5 * MINUTE, 7 * DAY), "Makes the first administrator."),
    setting("links.email_change", Kind::Span(5 * MINUTE, 7 * DAY), "Confirms a new e-mail address."),
    setting(
        "links.email_undo",
        Kind::Span(HOUR, 30 * DAY),
        "Takes a change of the e-mail address back. So long the old address is kept for its owner.",
    ),
    setting("notices.admin.registration", Kind::Switch, "Somebody registered."),
    setting("notices.admin.block", Kind::Switch, "A password was blocked after too many wrong ones."),
    setting("notices.admin.rights", Kind::Switch, "Somebody became an administrator, or is none any more."),
    setting("notices.admin.ban", Kind::Switch, "Somebody was banned."),
    setting("notices.admin.key_leaked", Kind::Switch, "An API key was found where others can read it."),
    setting(
        "notices.admin.abuse",
        Kind::Switch,
        "The program blocked an address or account; at most once an hour.",
    ),
    setting("notices.admin.mail_failing", Kind::Switch, "Mail does not leave; at most once in six hours."),
    unset("groups.<name>.about", Kind::Text(check::filled), "\"People who pay\"", "What it is for."),
    unset(
        "groups.<name>.permissions",
        Kind::List(check::filled),
        "[\"accounts:view\"]",
        "Everything its members may do; `vestibule group permissions` lists what there is.",
    ),
    unset("groups.<name>.lifetimes.idle", LIFETIME, "\"8h\"", "A browser's session that is not used."),
    unset(
        "groups.<name>.lifetimes.overall",
        LIFETIME,
        "\"7d\"",
        "A browser's session, however much it is used.",
    ),
    unset(
        "groups.<name>.lifetimes.remembered",
        LIFETIME,
        "\"forever\"",
        "Both, where the person chose to stay signed in.",
    ),
    unset("groups.<name>.lifetimes.refresh_idle", LIFETIME, "\"30d\"", "A refresh token that is not used."),
    unset(
        "groups.<name>.lifetimes.refresh_overall",
        LIFETIME,
        "\"90d\"",
        "A whole family of refresh tokens.",
    ),
    unset("endpoints.tags.<tag>.who", Kind::Text(check::rule_who), "\"signed in\"", "Whoever is signed in."),
    unset(
        "endpoints.tags.<tag>.permission",
        Kind::Text(check::filled),
        "\"accounts:view\"",
        "Whoever holds this permission, in place of `who`.",
    ),
    unset(
        "endpoints.tags.<tag>.group",
        Kind::Text(check::group_name),
        "\"premium\"",
        "Whoever belongs to this group, in place of `who`.",
    ),
    unset(
        "quotas.<name>.tag",
        Kind::Text(check::filled),
        "\"api\"",
        "The tag whose endpoints spend from it.",
    ),
    unset(
        "quotas.<name>.limit",
        Kind::Units,
        "100000",
        "What everybody may spend in a window, or \"unlimited\".",
    ),
    unset(
        "quotas.<name>.by",
        Kind::Text(check::quota_by),
        "\"person\"",
        "Whose units are counted together: person, key, group or address.",
    ),
    unset("quotas.<name>.per", Kind::Text(check::quota_per), "\"day\"", "hour, day, week, month or ever."),
    unset(
        "quotas.<name>.window",
        Kind::Text(check::quota_window),
        "\"calendar\"",
        "When windows begin: calendar or first_use.",
    ),
    unset("quotas.<name>.zone", Kind::Text(check::filled), "\"UTC\"", "The time zone of calendar windows."),
    unset(
        "quotas.<name>.groups",
        Kind::List(check::quota_group),
        "[\"admin = unlimited\"]",
        "What members of groups may spend; of several the most generous counts.",
    ),
    unset("quotas.<name>.cost", Kind::Whole(1, 1_000_000), "1", "Units that a call costs."),
    unset(
        "quotas.<name>.at_limit",
        Kind::Text(check::quota_at_limit),
        "\"refuse\"",
        "What happens beyond the limit: refuse, or slow (calls wait, longer and longer, and are refused in the end).",
    ),
    unset(
        "quotas.<name>.slow_beyond_percent",
        Kind::Whole(1, 1_000),
        "20",
        "How far beyond the limit calls wait before they are refused.",
    ),
    unset(
        "quotas.<name>.slow_first_ms",
        Kind::Whole(1, 60_000),
        "100",
        "How many milliseconds the first one waits; each further one as much longer.",
    ),
    unset(
        "quotas.<name>.slow_most_ms",
        Kind::Whole(1, 60_000),
        "5000",
        "How many milliseconds one waits at most.",
    ),
    unset(
        "quotas.<name>.slow_waiting",
        Kind::Whole(1, 1_000),
        "5",
        "How many calls of one caller wait at once on each server; further ones are refused.",
    ),
    unset(
        "quotas.<name>.block_for_s",
        Kind::Whole(0, 31_536_000),
        "0",
        "Seconds for which everything is refused once a call was; 0 refuses until the window ends.",
    ),
    unset(
        "quotas.<name>.mode",
        Kind::Text(check::quota_mode),
        "\"enforce\"",
        "off (counts nothing), shadow (counts and reports, refuses nobody) or enforce.",
    ),
    unset(
        "quotas.<name>.notify",
        Kind::Switch,
        "true",
        "Whether people are told by mail at 80 and at 100 %.",
    ),
    setting(
        "limits.defaults",
        Kind::Switch,
        "Whether the limits hold that the program comes with: for signing in, registering, recovery, mail and the API.",
    ),
    setting(
        "limits.headers",
        Kind::Text(check::limit_headers),
        "Which headers tell what is left: ietf (RateLimit-Policy and RateLimit), legacy (X-RateLimit-*), both or off.",
    ),
    unset(
        "limits.<name>.tags",
        Kind::List(check::filled),
        "[\"api\"]",
        "The tags of the endpoints it concerns.",
    ),
    unset(
        "limits.<name>.by",
        Kind::List(check::limit_by),
        "[\"person\"]",
        "By what calls are told apart: person, key, address, network, tag, group or everyone.",
    ),
    unset("limits.<name>.most", Kind::Whole(1, limits::MOST), "600", "How many calls."),
    unset("limits.<name>.per", Kind::Text(check::limit_per), "\"1m\"", "In which time, 1s to 31d."),
    unset(
        "limits.<name>.burst",
        Kind::Whole(1, limits::MOST),
        "100",
        "How many at once; as `most` unless set.",
    ),
    unset(
        "limits.<name>.strict",
        Kind::Switch,
        "false",
        "Whether no window of this length ever holds more. For at most 100 calls, and without a burst.",
    ),
    unset(
        "limits.<name>.mode",
        Kind::Text(check::limit_mode),
        "\"enforce\"",
        "off, shadow (counts and is logged, refuses nobody) or enforce.",
    ),
    unset(
        "limits.<name>.on_store_error",
        Kind::Text(check::limit_on_store_error),
        "\"local\"",
        "What holds while Redis or the database is away: allow, deny, or local (each server counts for itself). A strict \
         limit never allows.",
    ),
    setting(
        "social.native_redirects",
        Kind::List(check::native_redirect),
        "Where native apps may have their codes sent, each as a whole: com.example.app:/signed-in, or on loopback \
         http://127.0.0.1/signed-in with any port.",
    ),
    setting(
        "social.timeout",
        Kind::Span(1, 20),
        "How long everything may take that is asked of a provider for one sign-in.",
    ),
    unset(
        "providers.<name>.preset",
        Kind::Text(check::filled),
        "\"keycloak\"",
        "What is known of it beforehand; unless set, what is known of one of its own name.",
    ),
    unset("providers.<name>.label", Kind::Text(check::label), "\"Example\"", "What people call it."),
    unset(
        "providers.<name>.issuer",
        Kind::Text(check::issuer),
        "\"https://id.example.org\"",
        "Whose accounts it opens; with client_id and client_secret all that OpenID Connect needs.",
    ),
    unset(
        "providers.<name>.tenant",
        Kind::Text(check::filled),
        "\"example.org\"",
        "What stands for {tenant} in a preset, such as microsoft, auth0, okta or keycloak.",
    ),
    unset(
        "providers.<name>.client_id",
        Kind::Text(check::filled),
        "\"site\"",
        "What this site is called there.",
    ),
    unset(
        "providers.<name>.client_secret",
        Kind::Secret(check::filled),
        "\"<from the provider>\"",
        "By what this site is known there.",
    ),
    unset(
        "providers.<name>.auth_url",
        Kind::Text(check::service_url),
        "\"https://git.example.org/login/oauth/authorize\"",
        "Where people are sent, in place of what a preset of OAuth 2 says: for a server of one's own.",
    ),
    unset(
        "providers.<name>.token_url",
        Kind::Text(check::service_url),
        "\"https://git.example.org/login/oauth/access_token\"",
        "Where a code is exchanged, likewise.",
    ),
    unset(
        "providers.<name>.userinfo_url",
        Kind::Text(check::service_url),
        "\"https://git.example.org/api/v3/user\"",
        "Where it says who somebody is, likewise.",
    ),
    unset(
        "providers.<name>.emails_url",
        Kind::Text(check::service_url),
        "\"https://git.example.org/api/v3/user/emails\"",
        "Where it lists their addresses, likewise.",
    ),
    unset(
        "providers.<name>.scopes",
        Kind::List(check::filled),
        "[\"openid\", \"email\", \"profile\"]",
        "What is asked for, in place of what usually is.",
    ),
    unset(
        "providers.<name>.hosts",
        Kind::List(check::host),
        "[\"keys.example.org\"]",
        "Hosts that may be called beside those of its issuer and its preset.",
    ),
    unset("providers.<name>.enabled", Kind::Switch, "true", "Whether it is offered."),
    unset(
        "providers.<name>.registration",
        Kind::Switch,
        "true",
        "Whether strangers may sign up by it, where `accounts.registration_open` lets them at all.",
    ),
    unset(
        "providers.<name>.allowed_domains",
        Kind::List(check::host),
        "[\"example.org\"]",
        "Domains of confirmed addresses that may sign up by it; all of them unless set.",
    ),
    unset(
        "providers.<name>.groups",
        Kind::List(check::group_name),
        "[\"staff\"]",
        "Groups that somebody joins who signs up by it.",
    ),
    unset(
        "providers.<name>.trust_email",
        Kind::Switch,
        "false",
        "Whether an address counts as confirmed where it says so; as its preset has it unless set.",
    ),
    unset(
        "providers.<name>.keep_tokens",
        Kind::Switch,
        "false",
        "Whether its tokens are kept, encrypted, for a program of your own.",
    ),
    unset("providers.<name>.team", Kind::Text(check::filled), "\"ABCDE12345\"", "Apple: the team's id."),
    unset("providers.<name>.key_id", Kind::Text(check::filled), "\"ABC123DEFG\"", "Apple: the key's id."),
    unset(
        "providers.<name>.private_key",
        Kind::Secret(check::private_key),
        "\"-----BEGIN PRIVATE KEY-----\"",
        "Apple: the key itself (PEM), in place of client_secret.",
    ),
    setting(
        "audit.keep_days",
        Kind::Whole(0, 36_500),
        "How many days rows are kept; 0 keeps them for ever. What your law asks for may be less.",
    ),
    setting(
        "bans.never",
        Kind::List(check::network),
        "Networks that are never banned, neither by hand nor by the program, beside this machine and trusted proxies: \
         your office, as [\"198.51.100.0/24\"].",
    ),
    setting(
        "abuse.mode",
        Kind::Text(check::abuse_mode),
        "\"enforce\", \"shadow\" (counts and shows, and nothing follows) or \"off\".",
    ),
    setting("abuse.free_attempts", Kind::Whole(1, 50), "Wrong passwords in a row that cost no waiting."),
    setting(
        "abuse.most_attempts",
        Kind::Whole(5, 50),
        "Wrong passwords in a row after which a password must be set anew; a browser that its owner used before has as \
         many of its own, and both together stay within the 100 of NIST SP 800-63B-4.",
    ),
    setting("abuse.drain", Kind::Whole(1, 1_000_000), "Points that go in an hour."),
    setting("abuse.delay_at", Kind::Whole(1, 1_000_000), "Points from which on answers come late."),
    setting("abuse.longest_delay", Kind::Span(0, 30), "The longest wait, just before a block."),
    setting(
        "abuse.block_at",
        Kind::Whole(1, 1_000_000),
        "Points from which on nothing is answered for a time.",
    ),
    setting(
        "abuse.blocks",
        Kind::List(check::block),
        "How long the first block lasts, the second, and so on; the last one stays.",
    ),
    setting("abuse.remember", Kind::Span(HOUR, 3650 * DAY), "How long a block makes the next one longer."),
    setting("abuse.points.sign_in_failed", Kind::Whole(0, 10_000), "A wrong password."),
    setting(
        "abuse.points.refused",
        Kind::Whole(0, 10_000),
        "A call without the credential or right it takes.",
    ),
    setting("abuse.points.absent", Kind::Whole(0, 10_000), "An address at which there is nothing."),
    setting(
        "abuse.points.probed",
        Kind::Whole(0, 10_000),
        "An address that only those ask for who look for weak programs, as /wp-login.php.",
    ),
    setting(
        "abuse.points.key_revoked",
        Kind::Whole(0, 10_000),
        "An API key that was revoked because it leaked.",
    ),
    unset(
        "metrics.listen",
        Kind::Text(check::listen),
        "\"127.0.0.1:9464\"",
        "Address and port at which /metrics is answered to everybody who reaches it; nothing else is there.",
    ),
    unset(
        "metrics.token",
        Kind::Secret(check::token),
        "\"<16-or-more-random-characters>\"",
        "Who shows it (`Authorization: Bearer …`) reads /metrics from anywhere.",
    ),
    setting(
        "server.trusted_proxies",
        Kind::List(check::network),
        "Networks whose X-Forwarded-For is believed, as [\"10.0.0.0/8\"]; in the environment separated by commas.",
    ),
    setting("server.request_timeout", Kind::Span(1, 10 * MINUTE), "Ends a request that takes longer."),
    setting(
        "server.drain",
        Kind::Span(0, 5 * MINUTE),
        "How long the server goes on taking requests after it was told to stop and /readyz says so. Set it to the \
         probe interval of the load balancer.",
    ),
    setting(
        "server.shutdown_timeout",
        Kind::Span(1, 10 * MINUTE),
        "How long running requests may take to finish then.",
    ),
    setting(
        "log.filter",
        Kind::Text(check::log_filter),
        "Levels, also for single targets: \"info,sqlx=warn\".",
    ),
    setting(
        "log.format",
        Kind::Text(check::log_format),
        "auto (pretty on a terminal, JSON elsewhere), pretty or json.",
    ),
    unset(
        "log.folder",
        Kind::Text(check::filled),
        "\"/var/log/vestibule\"",
        "Where the log is written as well, as JSON, a file a day. Made when missing.",
    ),
    setting("log.keep_files", Kind::Whole(1, 3_650), "How many of those files are kept; the oldest go."),
    unset(
        "log.categories.requests",
        Kind::Text(check::log_level),
        "\"debug\"",
        "Requests and their answers.",
    ),
    unset("log.categories.auth", Kind::Text(check::log_level), "\"debug\"", "Sign-in, tokens, sessions."),
    unset(
        "log.categories.database",
        Kind::Text(check::log_level),
        "\"debug\"",
        "Statements and connections.",
    ),
    unset("log.categories.mail", Kind::Text(check::log_level), "\"debug\"", "The outbox and SMTP."),
    unset("log.categories.keys", Kind::Text(check::log_level), "\"debug\"", "API keys."),
    unset("log.categories.limits", Kind::Text(check::log_level), "\"debug\"", "Rate limits and quotas."),
    unset("log.categories.abuse", Kind::Text(check::log_level), "\"debug\"", "Abuse control and bans."),
    unset("log.categories.jobs", Kind::Text(check::log_level), "\"debug\"", "Chores."),
];

/// The setting called `key`.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| is_called(setting.key, key))
}

/// The words about the setting called `key`.
pub(crate) fn about(key: &str) -> &'static str {
    find(key).map_or("", |setting| setting.about)
}

/// Whether `key` names a section.
pub(crate) fn is_section(key: &str) -> bool {
    let depth = key.split('.').count();
    SECTIONS.iter().any(|(name, _)| {
        // What stands above a section is one as well.
        let parts: Vec<_> = name.split('.').take(depth).collect();
        is_called(&parts.join("."), key)
    })
}

/// Whether `key` is one of those that `pattern` stands for.
fn is_called(pattern: &str, key: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('.'), key.split('.'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(name)) if part == name || (part.starts_with('<') && !name.is_empty()) => {}
            _ => return false,
        }
    }
}

/// `pattern` with the names that stand in `typed` at the places of its own.
fn named_as(pattern: &str, typed: &str) -> String {
    let names = typed.split('.').map(Some).chain(std::iter::repeat(None));
    let part = |(part, name): (&str, Option<&str>)| match name {
        Some(name) if part.starts_with('<') => name.to_owned(),
        _ => part.to_owned(),
    };
    pattern.split('.').zip(names).map(part).collect::<Vec<_>>().join(".")
}

/// The name most like `typed`, by whole name and by last part; nothing when none is near.
pub(crate) fn nearest(typed: &str) -> Option<String> {
    let plain = |key: &str| key.to_lowercase().replace(['_', '-', '.'], "");
    let last = |key: &str| key.rsplit('.').next().map(plain).unwrap_or_default();
    let likeness = |pattern: &str| {
        let key = &named_as(pattern, typed);
        // A name that somebody made up is like itself, which tells nothing.
        let made_up = pattern.ends_with('>');
        let as_deep = pattern.split('.').count() == typed.split('.').count();
        if made_up && as_deep {
            return 0.0;
        }
        let whole = strsim::normalized_damerau_levenshtein(&plain(key), &plain(typed));
        let part =
            if made_up { 0.0 } else { strsim::normalized_damerau_levenshtein(&last(key), &last(typed)) };
        // Who writes a section right means one of its settings, or one whose section is near.
        let first = |key: &str| key.split('.').next().map(str::to_owned);
        let elsewhere = first(pattern) != first(typed) && is_section(&first(typed).unwrap_or_default());
        whole.max(part * if as_deep { 0.9 } else { 0.85 }) * if elsewhere { 0.75 } else { 1.0 }
    };
    let sections = SECTIONS.iter().map(|(name, _)| *name);
    let names = SETTINGS.iter().map(|setting| setting.key).chain(sections);
    let best = names.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.45).then(|| named_as(best, typed))
}

/// The variable of the setting called `key`.
pub(crate) fn variable(key: &str) -> String {
    format!("{}{}", super::PREFIX, key.to_uppercase().replace('.', "__"))
}
