//! Tests of the settings: precedence, misspellings, files of secrets, ranges, contradictions, and the agreement of table,
//! example and `Settings`.

use super::table::{Kind, SETTINGS};
use super::*;
use std::{collections::BTreeSet, ffi::OsString, fs, path::Path, time::Duration};
use vestibule_domain::rules::ProviderRules;
use vestibule_model::endpoints::{RuleForm, RuleWho};
use vestibule_model::limits::LimitForm;
use vestibule_model::sessions::{Lifetime, LifetimeKind};

/// Settings read in `folder` with these variables and flags.
fn load(folder: &Path, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let variables =
        variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    let set =
        flags.iter().map(|(key, value)| (format!("--set {key}"), (*key).to_owned(), (*value).to_owned()));
    let flags = Flags { config: None, set: set.collect() };
    Loaded::from_parts(&flags, variables, folder.join(FILE))
}

fn folder_with(file: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE), file).unwrap();
    folder
}

/// What is said about a file's text.
fn said_about(file: &str) -> String {
    let folder = folder_with(file);
    let error = load(folder.path(), &[], &[]).expect_err("the file is refused");
    error.to_string().replace(&folder.path().display().to_string(), ".")
}

fn said_about_variables(variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    load(folder.path(), variables, &[]).expect_err("the variables are refused").to_string()
}

#[test]
fn nothing_needs_setting() {
    let folder = tempfile::tempdir().unwrap();
    let loaded =
        load(folder.path(), &[("HOME", "/srv/ada"), ("LEPTOS_SITE_ADDR", "127.0.0.1:1")], &[]).unwrap();
    assert_eq!(loaded.settings, Settings::default());
    assert_eq!(loaded.settings.public_url, "http://127.0.0.1:3000");
    assert_eq!(loaded.settings.database_url().expose(), "sqlite://./data/vestibule.db");
    assert_eq!(loaded.settings.mail.from, "\"Vestibule\" <no-reply@localhost>");
    assert_eq!(loaded.origin("listen"), "default");
    assert!(!loaded.settings.secure_cookies());
}

#[test]
fn flags_win_over_variables_over_the_file_over_defaults() {
    let folder = folder_with("site_name = \"file\"\n[sessions]\nidle = \"10m\"\n[links]\nreset = \"10m\"\n");
    let variables = [("VESTIBULE_SITE_NAME", "variable"), ("VESTIBULE_SESSIONS__IDLE", "20m")];
    let loaded = load(folder.path(), &variables, &[("site_name", "flag")]).unwrap();
    assert_eq!(loaded.settings.site_name, "flag");
    assert_eq!(loaded.settings.sessions.idle, Duration::from_mins(20));
    assert_eq!(loaded.settings.links.reset, Duration::from_mins(10));
    assert_eq!(loaded.origin("site_name"), "--set site_name");
    assert_eq!(loaded.origin("sessions.idle"), "VESTIBULE_SESSIONS__IDLE");
    assert!(loaded.origin("links.reset").ends_with(FILE));
    assert_eq!(loaded.origin("links.verify"), "default");
}

#[test]
fn every_kind_can_come_from_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("VESTIBULE_LISTEN", "[::1]:80"),
        ("VESTIBULE_DATABASE__URL", "postgres://u:1234@db/app"),
        ("VESTIBULE_PASSWORDS__MIN_LENGTH", "12"),
        ("VESTIBULE_ACCOUNTS__REGISTRATION_OPEN", "false"),
        ("VESTIBULE_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8"),
        ("VESTIBULE_SITE_NAME", "12345"),
    ];
    let settings = load(folder.path(), &variables, &[]).unwrap().settings;
    assert_eq!(settings.public_url, "http://[::1]:80");
    assert_eq!(settings.database_url().expose(), "postgres://u:1234@db/app");
    assert_eq!((settings.passwords.min_length, settings.accounts.registration_open), (12, false));
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    assert_eq!(settings.site_name, "12345");
}

#[test]
fn a_misspelt_key_names_its_origin_and_the_nearest_right_one() {
    insta::assert_snapshot!(said_about("listn = \"x\"\n[sesions]\nidle = \"1h\"\n[links]\nresett = \"1h\"\n"), @r#"
    ./vestibule.toml: links.resett: there is no such setting; did you mean links.reset?
    ./vestibule.toml: listn: there is no such setting; did you mean listen?
    ./vestibule.toml: sesions: there is no such setting; did you mean sessions?
    "#);
    let variables = [("VESTIBULE_LISTN", ""), ("VESTIBULE_DATABASE_URL", "x"), ("VESTIBULE_QXJ", "1")];
    insta::assert_snapshot!(said_about_variables(&variables), @r#"
    VESTIBULE_LISTN: there is no such setting; did you mean VESTIBULE_LISTEN?
    VESTIBULE_DATABASE_URL: there is no such setting; did you mean VESTIBULE_DATABASE__URL?
    VESTIBULE_QXJ: there is no such setting; `config example` lists them all
    "#);
}

#[test]
fn every_misspelling_by_one_letter_finds_its_setting() {
    for setting in SETTINGS {
        let (prefix, last) =
            setting.key.rsplit_once('.').map_or(("", setting.key), |(section, name)| (section, name));
        for at in 1..last.len() {
            let mut typed = last.to_owned();
            typed.remove(at);
            let typed = if prefix.is_empty() { typed } else { format!("{prefix}.{typed}") };
            if table::find(&typed).is_none() {
                assert_eq!(table::nearest(&typed).as_deref(), Some(setting.key), "{typed}");
            }
        }
    }
}

#[test]
fn wrong_types_and_shapes_are_refused_without_repeating_them() {
    let file = "listen = 3000\nsite_name = \"  \"\nsecret_key = 12345678901234567\nmail = \"hunter2\"\n\
                [passwords]\nmin_length = \"hunter2\"\n[server]\ntrusted_proxies = \"10.0.0.0/8\"\n";
    insta::assert_snapshot!(said_about(file), @r#"
    ./vestibule.toml: listen: expected a text
    ./vestibule.toml: mail: is a section; write [mail] above its settings
    ./vestibule.toml: passwords.min_length: expected a whole number from 8 to 64
    ./vestibule.toml: secret_key: expected a text
    ./vestibule.toml: server.trusted_proxies: expected a list of texts
    ./vestibule.toml: site_name: expected a text that is not blank
    "#);
    insta::assert_snapshot!(said_about("listen = \"127.0.0.1:1\"\nsecret_key = \"hunter2\n"), @r#"./vestibule.toml: line 2: not TOML: invalid basic string, expected `"`"#);
}

/// Case C33: a duration so large that arithmetic on it would overflow is refused at the start.
#[test]
fn c33_extreme_numbers_are_refused_at_the_start() {
    for span in [
        "0s",
        "1s",
        "9223372036854775807s",
        "18446744073709551615s",
        "99999999999999999999999d",
        "-5m",
        "1000y",
    ] {
        let said = said_about_variables(&[("VESTIBULE_SESSIONS__IDLE", span)]);
        assert!(
            said.starts_with("VESTIBULE_SESSIONS__IDLE: sessions.idle: expected a span"),
            "{span}: {said}"
        );
    }
    for number in ["-1", "9223372036854775807", "18446744073709551616", "1e9", "0x10", ""] {
        let said = said_about_variables(&[("VESTIBULE_PASSWORDS__PASSES", number)]);
        assert_eq!(
            said,
            "VESTIBULE_PASSWORDS__PASSES: passwords.passes: expected a whole number from 1 to 20"
        );
    }
}

/// Every range is kept at both of its ends, from the file and from the environment.
#[test]
fn ranges_hold_at_their_ends() {
    let folder = tempfile::tempdir().unwrap();
    for setting in SETTINGS {
        let Kind::Whole(min, max) = setting.kind else { continue };
        let verdict = |number: i128| {
            let loaded = load(folder.path(), &[(&setting.variable(), &number.to_string())], &[]);
            loaded.map(drop).map_err(|error| error.to_string())
        };
        for inside in [min, max] {
            assert!(
                !verdict(inside.into()).is_err_and(|said| said.contains("whole number")),
                "{} {inside}",
                setting.key
            );
        }
        for outside in [i128::from(min) - 1, i128::from(max) + 1] {
            assert!(
                verdict(outside).is_err_and(|said| said.contains("whole number")),
                "{} {outside}",
                setting.key
            );
        }
    }
}

/// Case C46: a process with an empty, short, blank or example key refuses to start.
#[test]
fn c46_a_weak_secret_key_stops_the_start_and_is_not_repeated() {
    for key in [
        "",
        "short-secret",
        "                                                ",
        "<32 or more random characters>",
    ] {
        let said = said_about_variables(&[("VESTIBULE_SECRET_KEY", key)]);
        assert!(said.starts_with("VESTIBULE_SECRET_KEY: secret_key: "), "{said}");
        assert!(!said.contains("short-secret"), "{said}");
    }
}

#[test]
fn secrets_come_from_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    fs::write(&path, "postgres://u:p@db/app\n").unwrap();
    let path = path.display().to_string();
    let loaded = load(folder.path(), &[("VESTIBULE_DATABASE__URL_FILE", &path)], &[]).unwrap();
    assert_eq!(loaded.settings.database_url().expose(), "postgres://u:p@db/app");
    assert_eq!(loaded.origin("database.url"), "VESTIBULE_DATABASE__URL_FILE");

    let both = [("VESTIBULE_DATABASE__URL_FILE", path.as_str()), ("VESTIBULE_DATABASE__URL", "sqlite://x")];
    assert_eq!(
        said_about_variables(&both),
        "VESTIBULE_DATABASE__URL: VESTIBULE_DATABASE__URL_FILE is set as well; set one of them"
    );
    let said = said_about_variables(&[("VESTIBULE_SECRET_KEY_FILE", "/no/such/file")]);
    assert!(said.starts_with("VESTIBULE_SECRET_KEY_FILE: /no/such/file: could not be read"), "{said}");
    let said = said_about_variables(&[("VESTIBULE_LISTEN_FILE", &path)]);
    assert_eq!(said, "VESTIBULE_LISTEN_FILE: only secrets are read from files; set VESTIBULE_LISTEN instead");
}

#[test]
fn a_secret_is_never_a_flag_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let said =
        load(folder.path(), &[], &[("database.url", "postgres://u:hunter2@db/a")]).unwrap_err().to_string();
    assert!(said.contains("never given by a flag") && !said.contains("hunter2"), "{said}");
    let loaded =
        load(folder.path(), &[("VESTIBULE_DATABASE__URL", "postgres://u:hunter2@db/a")], &[]).unwrap();
    let shown = serde_json::to_string(&loaded.shown()).unwrap();
    assert!(
        shown.contains(r#"{"key":"database.url","value":"(hidden)","origin":"VESTIBULE_DATABASE__URL"}"#),
        "{shown}"
    );
    assert!(!shown.contains("hunter2") && !format!("{loaded:?}{:?}", loaded.settings).contains("hunter2"));
}

#[test]
fn the_file_is_named_by_flag_or_variable_and_must_then_exist() {
    let folder = folder_with("site_name = \"usual\"");
    let other = folder.path().join("other.toml");
    fs::write(&other, "site_name = \"other\"").unwrap();
    let variables = [("VESTIBULE_CONFIG", other.to_str().unwrap())];
    assert_eq!(load(folder.path(), &variables, &[]).unwrap().settings.site_name, "other");
    let flags = Flags { config: Some(folder.path().join("absent.toml")), set: Vec::new() };
    let said = Loaded::from_parts(&flags, Vec::new(), folder.path().join(FILE)).unwrap_err().to_string();
    assert!(said.contains("absent.toml: could not be read"), "{said}");
}

#[test]
fn settings_are_held_against_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let said = |variables: &[(&str, &str)]| load(folder.path(), variables, &[]).unwrap_err().to_string();
    assert_eq!(
        said(&[("VESTIBULE_SESSIONS__OVERALL", "10m")]),
        "sessions.idle: must not be longer than sessions.overall"
    );
    assert_eq!(
        said(&[("VESTIBULE_LISTEN", "192.0.2.1:80")]),
        "public_url: must be set when `listen` is not this machine alone"
    );
    let settings = load(folder.path(), &[("VESTIBULE_LISTEN", "0.0.0.0:3000")], &[]).unwrap().settings;
    assert_eq!(settings.public_url, "http://localhost:3000");
    let settings =
        load(folder.path(), &[("VESTIBULE_PUBLIC_URL", "https://a.example/")], &[]).unwrap().settings;
    assert_eq!((settings.public_url.as_str(), settings.secure_cookies()), ("https://a.example", true));
    assert_eq!(settings.mail.from, "\"Vestibule\" <no-reply@a.example>");
}

#[test]
fn the_table_knows_exactly_the_settings_that_exist() {
    let defaults = Settings::default();
    let everything = Settings {
        passwords: Passwords { blocklist: Some("x".into()), ..defaults.passwords.clone() },
        secret_key: Some("x".into()),
        database: Database { url: Some("x".into()), migrate: true },
        redis: Redis { url: Some("x".into()) },
        mail: Mail { smtp_url: Some("x".into()), from: "x".into() },
        metrics: Metrics { listen: Some(([127, 0, 0, 1], 9464).into()), token: Some("x".into()) },
        log: Log { folder: Some("x".into()), categories: whole_categories(), ..defaults.log.clone() },
        groups: BTreeMap::from([("<name>".into(), whole_group())]),
        endpoints: Endpoints { tags: BTreeMap::from([("<tag>".into(), whole_rule())]) },
        quotas: BTreeMap::from([("<name>".into(), whole_quota())]),
        limits: Limits {
            named: BTreeMap::from([("<name>".into(), whole_limit())]),
            ..defaults.limits.clone()
        },
        providers: BTreeMap::from([("<name>".into(), whole_provider())]),
        ..defaults
    };
    // `Serialize` leaves secrets out on purpose, so they are counted by the table's own word.
    let mut known = leaves("", &serde_json::to_value(&everything).unwrap());
    known.extend(
        ["secret_key", "database.url", "redis.url", "mail.smtp_url", "metrics.token"].map(String::from),
    );
    let told: BTreeSet<String> = SETTINGS.iter().map(|setting| setting.key.to_owned()).collect();
    assert_eq!(told, known);
    let secrets: Vec<_> =
        SETTINGS.iter().filter(|setting| setting.is_secret()).map(|setting| setting.key).collect();
    let own = ["secret_key", "database.url", "redis.url", "mail.smtp_url"];
    let named = ["providers.<name>.client_secret", "providers.<name>.private_key"];
    assert_eq!(secrets, [&own[..], &named, &["metrics.token"]].concat());
}

fn whole_categories() -> LogCategories {
    let level = || Some("debug".to_owned());
    LogCategories {
        requests: level(),
        auth: level(),
        database: level(),
        mail: level(),
        keys: level(),
        limits: level(),
        abuse: level(),
        jobs: level(),
    }
}

#[test]
fn areas_say_their_levels_behind_the_filter_that_holds_for_all() {
    let mut log = Settings::default().log;
    assert_eq!(log.directives(), "info");
    log.categories.auth = Some("debug".into());
    let said = log.directives();
    assert_eq!(said, "info,vestibule_domain::auth=debug,vestibule_domain::sessions=debug");
    assert!(tracing_subscriber::EnvFilter::try_new(said).is_ok());
}

fn whole_group() -> Group {
    Group {
        about: Some("x".into()),
        permissions: Some(Vec::new()),
        lifetimes: LifetimeKind::ALL.into_iter().map(|kind| (kind, Lifetime::Forever)).collect(),
    }
}

fn whole_provider() -> ProviderRules {
    let word = || Some("x".to_owned());
    ProviderRules {
        preset: word(),
        label: word(),
        issuer: word(),
        tenant: word(),
        auth_url: word(),
        token_url: word(),
        userinfo_url: word(),
        emails_url: word(),
        client_id: word(),
        client_secret: Some("x".into()),
        scopes: Some(Vec::new()),
        hosts: Some(Vec::new()),
        enabled: Some(true),
        registration: Some(true),
        allowed_domains: Some(Vec::new()),
        groups: Some(Vec::new()),
        trust_email: Some(true),
        keep_tokens: Some(true),
        team: word(),
        key_id: word(),
        private_key: Some("x".into()),
    }
}

#[test]
fn providers_are_stated_by_name_and_their_secrets_are_shown_to_nobody() {
    let folder = folder_with(
        "[providers.google]\nclient_id = \"site\"\n[providers.work]\nissuer = \"https://id.example.org\"\n\
         client_id = \"site\"\nclient_secret = \"in the file\"\n",
    );
    let variables = [("VESTIBULE_PROVIDERS__GOOGLE__CLIENT_SECRET", "in a variable")];
    let loaded = load(folder.path(), &variables, &[]).unwrap();
    let rules = loaded.settings.domain_options(Vec::new(), false).rules.social;
    assert_eq!(rules.providers["google"].client_secret, Some("in a variable".into()));
    assert_eq!(rules.providers["work"].client_secret, Some("in the file".into()));
    let told = format!("{:?}{:?}", loaded.shown(), loaded.settings);
    assert!(!told.contains("in a variable") && !told.contains("in the file"), "{told}");
    let shown = loaded.shown();
    let secret = shown.iter().find(|one| one.key == "providers.google.client_secret").unwrap();
    assert_eq!(secret.value, Some("(hidden)".into()));
    assert_eq!(secret.origin, variables[0].0);
    for (bad, said) in [
        ("[providers.x]\nissuer = \"http://id.example.org\"\n", "http is for this machine only"),
        (
            "[providers.x]\nhosts = [\"https://a.example\"]\n",
            "expected host names such as \"id.example.org\"",
        ),
        ("[providers.x]\nclientid = \"a\"\n", "did you mean providers.x.client_id?"),
        ("[social]\nnative_redirects = [\"http://app.example.org/\"]\n", "\"http://127.0.0.1/signed-in\""),
    ] {
        assert!(said_about(bad).ends_with(said), "{}", said_about(bad));
    }
}

fn whole_quota() -> Quota {
    let word = || Some("x".to_owned());
    Quota {
        tag: word(),
        limit: Some(vestibule_model::quotas::Allowance::Unlimited),
        by: word(),
        per: word(),
        window: word(),
        zone: word(),
        groups: Some(Vec::new()),
        cost: Some(1),
        at_limit: word(),
        slow_beyond_percent: Some(1),
        slow_first_ms: Some(1),
        slow_most_ms: Some(1),
        slow_waiting: Some(1),
        block_for_s: Some(1),
        mode: word(),
        notify: Some(true),
    }
}

#[test]
fn quotas_are_stated_by_name_and_units_are_numbers_or_a_word() {
    let folder = folder_with(
        "[quotas.api]\nlimit = 5000\ngroups = [\"staff = unlimited\", \"premium = 100 000\"]\n\
         [quotas.books]\ntag = \"profiles\"\nlimit = \"unlimited\"\nper = \"month\"\n",
    );
    let variables = [("VESTIBULE_QUOTAS__API__SLOW_WAITING", "7")];
    let loaded = load(folder.path(), &variables, &[("quotas.books.limit", "12")]).unwrap();
    let quotas = loaded.settings.domain_options(Vec::new(), false).rules.quotas.named;
    let api = &quotas["api"];
    assert_eq!(api.limit, Some(vestibule_model::quotas::Allowance::Units(5_000)));
    assert_eq!((api.groups.as_ref().unwrap().len(), api.slow.unwrap().waiting), (2, Some(7)));
    assert_eq!(quotas["books"].limit, Some(vestibule_model::quotas::Allowance::Units(12)));
    for (bad, said) in [
        ("[quotas.api]\nlimit = -1\n", "quotas.api.limit: expected a whole number or \"unlimited\""),
        ("[quotas.api]\nlimit = true\n", "quotas.api.limit: expected a whole number or \"unlimited\""),
        ("[quotas.api]\nper = \"year\"\n", "quotas.api.per: expected hour, day, week, month or ever"),
    ] {
        assert!(said_about(bad).ends_with(said), "{}", said_about(bad));
    }
}

fn whole_limit() -> LimitForm {
    let text = || Some("x".to_owned());
    LimitForm {
        tags: Some(Vec::new()),
        by: Some(Vec::new()),
        most: Some(1),
        per: text(),
        burst: Some(1),
        strict: Some(true),
        mode: text(),
        on_store_error: text(),
    }
}

fn whole_rule() -> RuleForm {
    RuleForm { who: Some(RuleWho::SignedIn), permission: Some("x".into()), group: Some("x".into()) }
}

fn leaves(prefix: &str, value: &serde_json::Value) -> BTreeSet<String> {
    match value {
        serde_json::Value::Object(inner) => {
            inner.iter().flat_map(|(name, value)| leaves(&format!("{prefix}{name}."), value)).collect()
        }
        _ => BTreeSet::from([prefix.trim_end_matches('.').to_owned()]),
    }
}

/// The example with every setting uncommented; those without a default stay comments.
fn uncommented(keep: impl Fn(&str) -> bool) -> String {
    let mut section = String::new();
    let mut text = String::new();
    for line in example().lines() {
        if let Some(name) = line.strip_prefix('[').or_else(|| line.strip_prefix("#[")) {
            section = format!("{}.", name.trim_end_matches(']'));
        }
        if line.starts_with("#[") && keep(&section) {
            text.push_str(&line[1..]);
            text.push('\n');
            continue;
        }
        let setting = line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') && !rest.is_empty());
        match setting.and_then(|rest| rest.split_once(" = ")) {
            Some((name, _)) if keep(&format!("{section}{name}")) => text.push_str(&line[1..]),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[test]
fn the_example_parses_and_equals_the_defaults() {
    for text in
        [example(), uncommented(|key| table::find(key).is_some_and(|setting| setting.example.is_none()))]
    {
        let folder = folder_with(&text);
        assert_eq!(load(folder.path(), &[], &[]).unwrap().settings, Settings::default());
    }
    // Examples of values without a default fit as well, except the secret that must not be copied, and that a rule asks
    // for one thing.
    let alone = |key: &str| {
        let last = key.rsplit('.').next();
        !key.starts_with("endpoints.") || !matches!(last, Some("permission" | "group"))
    };
    let folder = folder_with(&uncommented(|key| key != "secret_key" && alone(key)));
    assert_eq!(load(folder.path(), &[], &[]).unwrap().settings.public_url, "https://accounts.example.org");
}

#[test]
fn the_example_names_every_setting_once() {
    let names: Vec<_> = SETTINGS.iter().map(|setting| setting.key.rsplit('.').next().unwrap()).collect();
    for name in &names {
        let times = names.iter().filter(|other| other == &name).count();
        assert_eq!(example().matches(&format!("\n#{name} = ")).count(), times, "{name}");
    }
}

#[test]
fn groups_and_rules_are_declared_by_name() {
    let folder = folder_with(
        "[groups.premium]\nabout = \"People who pay\"\npermissions = [\"accounts:view\"]\n\
         [groups.premium.lifetimes]\nremembered = \"forever\"\n[groups.quiet]\n\
         [endpoints.tags.profiles]\nwho = \"signed in\"\n",
    );
    let variables = [("VESTIBULE_GROUPS__PREMIUM__LIFETIMES__IDLE", "2h")];
    let loaded = load(folder.path(), &variables, &[("endpoints.tags.me.group", "premium")]).unwrap();
    let rules = loaded.settings.domain_options(Vec::new(), false).rules;
    let premium = &rules.groups["premium"];
    assert_eq!(premium.about.as_deref(), Some("People who pay"));
    assert_eq!(premium.permissions.as_deref(), Some(&["accounts:view".to_owned()][..]));
    let lifetimes: Vec<_> =
        premium.lifetimes.iter().map(|(kind, one)| format!("{} {one}", kind.name())).collect();
    assert_eq!(lifetimes, ["idle 2h", "remembered forever"]);
    assert_eq!(rules.groups["quiet"], vestibule_domain::rules::DeclaredGroup::default());
    let told: Vec<_> = rules.endpoints.iter().map(|(tag, rule)| format!("{tag} {:?}", rule.asks)).collect();
    assert_eq!(told, ["me Group(\"premium\")", "profiles SignedIn"]);
    let shown = loaded.shown();
    let of = |key: &str| shown.iter().find(|one| one.key == key).map(|one| one.origin.clone());
    assert!(of("groups.premium.about").is_some_and(|origin| origin.ends_with(FILE)));
    assert_eq!(of("groups.premium.lifetimes.idle").as_deref(), Some(variables[0].0));
    assert_eq!(of("groups.<name>.about"), None);
}

#[test]
fn misspelt_parts_of_named_settings_keep_the_name() {
    let file = "[groups.premium]\npermisions = []\n[groups.premium.lifetimes]\nidle = \"5s\"\n\
                [endpoints.tags.me]\nwho = \"anyone\"\n[endpoints.tag.me]\nwho = \"signed in\"\n";
    insta::assert_snapshot!(said_about(file), @r#"
    ./vestibule.toml: endpoints.tag: there is no such setting; did you mean endpoints.tags.<tag>?
    ./vestibule.toml: endpoints.tags.me.who: expected "signed in"
    ./vestibule.toml: groups.premium.lifetimes.idle: expected a span from 1m to 3650d such as "8h" or "30d", or "forever"
    ./vestibule.toml: groups.premium.permisions: there is no such setting; did you mean groups.premium.permissions?
    "#);
    let both = "[endpoints.tags.me]\nwho = \"signed in\"\ngroup = \"staff\"\n";
    assert_eq!(said_about(both), "endpoints.tags.me: set one of who, permission and group");
}
