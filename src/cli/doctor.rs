//! `doctor`: looks for what would keep the server from working, and says what to do about it. It repairs nothing and
//! makes nothing.

use super::endpoints::catalog;
use super::{Failure, house, house::House, output};
use crate::config::{Loaded, Settings};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io, path::Path, time::Duration};
use tokio::{net::TcpStream, time::timeout};
use url::{Host, Url};
use vestibule_app::{server::system, text};
use vestibule_domain::endpoints::{self, Fault};
use vestibule_domain::{Domain, auth, clock::Clock as _, clock::SystemClock};
use vestibule_model::Timestamp;

/// How a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// The server works, but somebody should know.
    Warning,
    /// The server will not work.
    Failed,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    said: String,
}

/// Looks at everything; exit code 1 when something failed, 78 when the settings do.
pub(crate) fn run(house: &House) -> Result<(), Failure> {
    let loaded = house.settings()?;
    let findings = house::block_on(async { Ok(examine(house, &loaded).await) })?;
    house.output.data(&findings, |findings| {
        let state = |state| match state {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Failed => "FAILED",
        };
        let row = |one: &Finding| vec![one.check.to_owned(), state(one.state).to_owned(), one.said.clone()];
        output::table(&["CHECK", "STATE", "FOUND"], findings.iter().map(row))
    })?;
    if findings.iter().any(|one| one.state == State::Failed) { Err(Failure::Found) } else { Ok(()) }
}

async fn examine(house: &House, loaded: &Loaded) -> Vec<Finding> {
    let settings = &loaded.settings;
    let mut findings = surroundings(settings, loaded.file.as_deref()).await;
    findings.push(groups(house, settings));
    findings.push(policies(house, settings));
    findings.extend(database(house, settings).await);
    findings
}

/// What can be looked at without the database and the program.
async fn surroundings(settings: &Settings, file: Option<&Path>) -> Vec<Finding> {
    let mut findings = vec![
        ok("settings", file.map_or("no file".to_owned(), |path| path.display().to_string())),
        public_url(settings),
        proxy(settings),
        clock(SystemClock.now()),
        folder(&settings.data_dir),
        site_files(),
        mail(settings).await,
        passwords(settings),
    ];
    findings.extend(redis(settings).await);
    findings
}

/// What a running server looks at for `/admin/system`: its endpoints and its database answer already.
pub(crate) async fn of_server(settings: &Settings, file: Option<&Path>) -> Vec<system::Finding> {
    let told = |one: Finding| system::Finding {
        check: one.check,
        weight: match one.state {
            State::Ok => system::Weight::Good,
            State::Warning => system::Weight::Warning,
            State::Failed => system::Weight::Failed,
        },
        said: one.said,
    };
    surroundings(settings, file).await.into_iter().map(told).collect()
}

fn ok(check: &'static str, said: impl Into<String>) -> Finding {
    Finding { check, state: State::Ok, said: said.into() }
}

fn warning(check: &'static str, said: impl Into<String>) -> Finding {
    Finding { check, state: State::Warning, said: said.into() }
}

fn failed(check: &'static str, said: impl Into<String>) -> Finding {
    Finding { check, state: State::Failed, said: said.into() }
}

/// Whether who can reach `listen` can use `public_url`.
fn public_url(settings: &Settings) -> Finding {
    let said = format!("{}, listening on {}", settings.public_url, settings.listen);
    let here = Url::parse(&settings.public_url).is_ok_and(|url| url.scheme() == "http");
    match (here, settings.listen.ip().is_loopback()) {
        (true, false) => warning(
            "public_url",
            format!("{said}: other machines get in, but links lead to this one; set public_url to https"),
        ),
        (true, true)
            if Url::parse(&settings.public_url).ok().and_then(|url| url.port_or_known_default())
                != Some(settings.listen.port()) =>
        {
            warning("public_url", format!("{said}: the ports differ"))
        }
        _ => ok("public_url", said),
    }
}

/// Whether callers can be told apart: where `public_url` is https, something in front of this server ends TLS.
fn proxy(settings: &Settings) -> Finding {
    let trusted = settings.server.trusted_proxies.len();
    if trusted == 0 && settings.secure_cookies() {
        return warning(
            "proxy",
            "public_url is https, so that a proxy stands in front, but server.trusted_proxies names none: everybody behind it \
             looks like one caller to rate limits, bans and abuse control",
        );
    }
    ok("proxy", format!("{trusted} trusted"))
}

/// Tokens and links carry times: a clock before this program was written, or far after, makes them useless.
fn clock(now: Timestamp) -> Finding {
    const WRITTEN: Timestamp = Timestamp::from_seconds(1_795_305_600);
    const FORTY_YEARS: Duration = Duration::from_hours(40 * 365 * 24);
    if now < WRITTEN || now > WRITTEN.after(FORTY_YEARS) {
        return failed("clock", format!("{now}: the machine's clock is wrong"));
    }
    ok("clock", now.to_string())
}

/// Whether files can be written where they will be.
fn folder(path: &Path) -> Finding {
    let shown = path.display();
    if !path.exists() {
        let parent = path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(Path::new("."));
        return match try_writing(parent) {
            Ok(()) => ok("data_dir", format!("{shown} will be made on the first start")),
            Err(cause) => failed("data_dir", format!("{shown} cannot be made: {cause}")),
        };
    }
    match try_writing(path) {
        Ok(()) => ok("data_dir", format!("{shown} is writable")),
        Err(cause) => failed("data_dir", format!("{shown} is not writable: {cause}")),
    }
}

fn try_writing(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    loop {
        let number = PROBES.fetch_add(1, Ordering::Relaxed);
        let probe = folder.join(format!(".doctor-{}-{number}", std::process::id()));
        match fs::OpenOptions::new().write(true).create_new(true).open(&probe) {
            Ok(_) => return fs::remove_file(probe),
            // Left by one that was stopped, or made by one in another container, where ids of processes repeat. There are
            // only as many as files in the folder.
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(cause),
        }
    }
}

/// How many files were tried so far: two examinations at once, of `/admin/system`, try files of different names.
static PROBES: AtomicU64 = AtomicU64::new(0);

/// Whether the browser's half of the program lies where the server looks for it.
fn site_files() -> Finding {
    let site = match crate::http::site::options() {
        Ok(site) => site,
        Err(cause) => return failed("site files", cause.to_string()),
    };
    let folder = Path::new(&*site.site_root).join(&*site.site_pkg_dir);
    let wanted = ["js", "wasm", "css"].map(|ending| folder.join(format!("{}.{ending}", site.output_name)));
    match wanted.iter().find(|path| !path.is_file()) {
        Some(path) => warning(
            "site files",
            format!("{} is missing: pages work without script or style only", path.display()),
        ),
        None => ok("site files", folder.display().to_string()),
    }
}

/// Whether the groups of the settings can be.
fn groups(house: &House, settings: &Settings) -> Finding {
    let options = settings.domain_options(house.vestibule.extensions.clone(), false);
    let faults = vestibule_domain::groups::check_declared(&options.rules, &options.extensions);
    if faults.is_empty() {
        return ok("groups", format!("{} in the settings", options.rules.groups.len()));
    }
    failed("groups", faults.join("; "))
}

fn policies(house: &House, settings: &Settings) -> Finding {
    match house.vestibule.manifest(&settings.api.root) {
        Ok(manifest) => ok("endpoints", format!("{} with a policy each", manifest.lines().count())),
        Err(misfits) => failed("endpoints", misfits.to_string()),
    }
}

/// Whether the site's own templates fit and the mail server takes connections; what it says to a mail is seen in the outbox.
async fn mail(settings: &Settings) -> Finding {
    let options = settings.domain_options(Vec::new(), false);
    if let Err(problem) = vestibule_domain::mail::check(&options) {
        return failed("mail", problem);
    }
    let Some(url) = &settings.mail.smtp_url else {
        let said = format!("written to {}", settings.data_dir.join("mail").display());
        if settings.secure_cookies() {
            return warning("mail", format!("{said}: nobody gets any; set mail.smtp_url"));
        }
        return ok("mail", said);
    };
    let Ok(url) = Url::parse(url.expose()) else {
        return failed("mail", "mail.smtp_url cannot be understood");
    };
    let Some(host) = url.host().as_ref().map(owned) else {
        return failed("mail", "mail.smtp_url names no host");
    };
    // The only option there is, asks for STARTTLS.
    let usual = match (url.scheme(), url.query().is_some()) {
        ("smtps", _) => 465,
        (_, true) => 587,
        (_, false) => 25,
    };
    let port = url.port().unwrap_or(usual);
    match timeout(Duration::from_secs(5), TcpStream::connect((host.as_str(), port))).await {
        Ok(Ok(_)) => ok("mail", format!("{host}:{port} answers")),
        Ok(Err(cause)) => warning("mail", format!("{host}:{port}: {cause}; mail waits in the outbox")),
        Err(_) => warning("mail", format!("{host}:{port} did not answer in 5 s; mail waits in the outbox")),
    }
}

async fn redis(settings: &Settings) -> Option<Finding> {
    let url = settings.redis.url.as_ref()?;
    Some(match vestibule_domain::redis::check(url).await {
        Ok(()) => ok("redis", "answers"),
        Err(cause) => warning("redis", format!("{cause}; limits and quotas go on as `on_store_error` says")),
    })
}

fn passwords(settings: &Settings) -> Finding {
    let rules = settings.domain_options(Vec::new(), false).rules.passwords;
    match (auth::check_blocklist(&rules), rules.blocklist) {
        (Err(cause), _) => failed("passwords", cause.to_string()),
        (Ok(()), Some(path)) => {
            ok("passwords", format!("the common ones and those of {} are refused", path.display()))
        }
        (Ok(()), None) => ok("passwords", "the common ones are refused"),
    }
}

fn owned(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => (*name).to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}

/// The database, its schema, and the master secret it was made with.
async fn database(house: &House, settings: &Settings) -> Vec<Finding> {
    let url = settings.database_url();
    if let Some(path) = url.expose().strip_prefix("sqlite://").filter(|path| !Path::new(path).exists()) {
        return vec![ok("database", format!("{path} will be made on the first start"))];
    }
    let migrations = match Domain::schema(&url).await {
        Ok(migrations) => migrations,
        Err(cause) => return vec![failed("database", cause.to_string())],
    };
    let missing = migrations.iter().filter(|one| !one.applied).count();
    if missing > 0 {
        let said = format!("{missing} migrations are missing");
        return vec![if settings.database.migrate {
            warning("database", format!("{said}; the next start applies them"))
        } else {
            failed("database", format!("{said}; run `db migrate`"))
        }];
    }
    let mut findings = vec![ok("database", format!("reached, {} migrations applied", migrations.len()))];
    findings.extend(opened(house, settings).await);
    findings
}

/// Opening compares the secret with the one the database knows. Where there is none yet, opening would make one.
async fn opened(house: &House, settings: &Settings) -> Vec<Finding> {
    let kept = settings.data_dir.join(vestibule_domain::secrets::SECRET_FILE);
    if settings.secret_key.is_none() && !kept.exists() {
        let said = format!("{} is missing, but the database was made with it", kept.display());
        return vec![failed("secret_key", said)];
    }
    let mut options = settings.domain_options(house.vestibule.extensions.clone(), false);
    options.migrate = false;
    options.rules.passwords.blocklist = None; // looked at by `passwords`
    match Domain::open(options).await {
        Ok(domain) => {
            let rules = rules(house, settings, &domain).await;
            let limits = limits(&domain);
            domain.close().await;
            vec![ok("secret_key", "fits the database"), rules, limits]
        }
        Err(cause) => vec![failed("secret_key", cause.to_string())],
    }
}

/// Whether limits concern anything; looked at once the endpoints are known.
fn limits(domain: &Domain) -> Finding {
    match vestibule_domain::limits::troubles(domain).as_slice() {
        [] => ok("limits", "fit the endpoints"),
        troubles => warning("limits", troubles.join("; ")),
    }
}

/// Whether what tags ask for fits the endpoints: what the settings say keeps the server from starting, what was set at run
/// time does not.
async fn rules(house: &House, settings: &Settings, domain: &Domain) -> Finding {
    let Ok(catalog) = catalog(house, &settings.api.root) else {
        return failed("endpoint rules", "the endpoints do not fit together");
    };
    domain.publish(catalog);
    let said = |faults: &[Fault]| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    match (endpoints::faults_of_settings(domain).await, endpoints::troubles_of_run_time(domain).await) {
        (Ok(faults), _) if !faults.is_empty() => failed("endpoint rules", said(&faults)),
        (Ok(_), Ok(troubles)) if !troubles.is_empty() => warning("endpoint rules", said(&troubles)),
        (Ok(_), Ok(_)) => ok("endpoint rules", "fit the endpoints"),
        (Err(cause), _) | (_, Err(cause)) => failed("endpoint rules", text::sentence(&cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_of_another_time_is_found() {
        assert_eq!(clock(Timestamp(0)).state, State::Failed);
        assert_eq!(clock(Timestamp(i64::MAX)).state, State::Failed);
        assert_eq!(clock(Timestamp::from_seconds(1_795_400_000)).state, State::Ok);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_found() {
        let folder_of_test = tempfile::tempdir().unwrap();
        assert_eq!(folder(folder_of_test.path()).state, State::Ok);
        assert_eq!(folder(&folder_of_test.path().join("a/b")).state, State::Ok);
        let file = folder_of_test.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(folder(&file).state, State::Failed);
        assert_eq!(fs::read_dir(folder_of_test.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_tried_by_many_at_once_and_past_files_that_were_left() {
        let folder_of_test = tempfile::tempdir().unwrap();
        let next = PROBES.load(Ordering::Relaxed);
        let left = |number| folder_of_test.path().join(format!(".doctor-{}-{number}", std::process::id()));
        for number in next..next + 3 {
            fs::write(left(number), "").unwrap();
        }
        assert_eq!(folder(folder_of_test.path()).state, State::Ok);
        std::thread::scope(|scope| {
            let tries = [(); 8]
                .map(|()| scope.spawn(|| (0..25).all(|_| folder(folder_of_test.path()).state == State::Ok)));
            assert!(tries.into_iter().all(|one| one.join().unwrap()));
        });
        assert_eq!(fs::read_dir(folder_of_test.path()).unwrap().count(), 3, "those that are another's stay");
    }

    #[test]
    fn an_open_door_with_a_local_address_is_found() {
        let mut settings = Settings::default();
        assert_eq!(public_url(&settings).state, State::Ok);
        settings.listen = "0.0.0.0:3000".parse().unwrap();
        assert_eq!(public_url(&settings).state, State::Warning);
        settings.public_url = "https://a.example".into();
        assert_eq!(public_url(&settings).state, State::Ok);
    }
}
