//! `/metrics`: read by a real parser, by those alone who may, with labels that nobody can make grow; and what dashboards and
//! alerts look at is there.

use super::app::{App, PASSWORD};
use axum::body::Body;
use http::{Request, StatusCode as S};
use prometheus_parse::{Scrape, Value};
use std::collections::BTreeSet;
use std::path::Path;
use vestibule::http::metrics::all;
use vestibule_domain::metrics::{Kind, Metric};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client, Options, auth, keys, quotas};
use vestibule_model::Secret;
use vestibule_model::auth::SignInForm;
use vestibule_model::keys::KeyForm;
use vestibule_model::quotas::{Allowance, QuotaForm};

/// A reader on this machine.
fn local() -> Request<Body> {
    Request::get("/metrics").header("host", "127.0.0.1:3000").body(Body::empty()).unwrap()
}

async fn read(app: &App) -> String {
    let answer = app.raw(local()).await;
    assert_eq!(answer.status, S::OK);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    answer.text()
}

fn parsed(text: &str) -> Scrape {
    Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).unwrap()
}

/// The figure called `name` with these labels; 0 while it was never counted.
fn figure(scrape: &Scrape, name: &str, labels: &[(&str, &str)]) -> f64 {
    let fits = |sample: &&prometheus_parse::Sample| {
        sample.metric == name && labels.iter().all(|(label, value)| sample.labels.get(label) == Some(value))
    };
    let count = |sample: &prometheus_parse::Sample| match &sample.value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => *value,
        Value::Histogram(buckets) => buckets.iter().map(|bucket| bucket.count).fold(0.0, f64::max),
        Value::Summary(_) => panic!("no figure is a summary"),
    };
    scrape.samples.iter().filter(fits).map(count).sum()
}

fn known(name: &str) -> Option<Metric> {
    let bare = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
    all().into_iter().find(|one| one.name == name || one.kind == Kind::Histogram && Some(one.name) == bare)
}

vestibule_domain::both! {
    async fn what_happens_is_counted_as_a_real_parser_reads_it(t: TestDomain) {
        let app = App::of(t);
        let before = parsed(&read(&app).await);
        let ada = app.member("ada@example.org").await;
        app.post("/auth/login", &serde_json::json!({"email": "ada@example.org", "password": "wrong"})).await;
        app.api(http::Method::GET, "/me").authorization_bearer(&ada.access).await.assert_status(S::OK);
        app.api(http::Method::GET, "/nowhere").await.assert_status(S::NOT_FOUND);
        let after = parsed(&read(&app).await);
        let grew = |name: &str, labels: &[(&str, &str)]| figure(&after, name, labels) - figure(&before, name, labels);
        assert!(grew("vestibule_sign_ins_total", &[("kind", "api"), ("outcome", "ok")]) >= 1.0);
        assert!(grew("vestibule_sign_ins_total", &[("outcome", "bad_credentials")]) >= 1.0);
        assert!(grew("vestibule_events_total", &[("event", "account_created")]) >= 1.0);
        assert!(grew("vestibule_password_hash_seconds", &[]) >= 2.0);
        assert!(grew("vestibule_db_statement_seconds", &[]) >= 5.0);
        let request = |route, status| grew("vestibule_http_request_duration_seconds", &[("route", route), ("status", status)]);
        assert!(request("/api/v1/me", "200") >= 1.0);
        assert!(request("/api/v1/auth/login", "401") >= 1.0);
        assert!(request("none", "404") >= 1.0);
        assert!(figure(&after, "vestibule_accounts", &[]) >= 1.0);
        assert!(figure(&after, "vestibule_build_info", &[("engine", app.t.domain.db().engine())]) >= 1.0);
        assert!(figure(&after, "vestibule_db_connections", &[("state", "used")]) >= 0.0);
    }
}

#[tokio::test]
async fn limits_and_quotas_tell_what_they_decided() {
    let with = |options: &mut Options| {
        options.rules.limits.defaults = true;
        options.rules.quotas.defaults = true;
    };
    let app = App::of(TestDomain::with(Engine::Sqlite, with).await.unwrap());
    let by = Actor::Operator.allow().unwrap();
    let one = QuotaForm { limit: Some(Allowance::Units(1)), ..QuotaForm::default() };
    quotas::change(&app.t.domain, &by, "daily", one, &Client::local()).await.unwrap();
    let ada = app.member("ada@example.org").await;
    let before = parsed(&read(&app).await);
    for _ in 0..3 {
        app.api(http::Method::GET, "/me").authorization_bearer(&ada.access).await;
    }
    let after = parsed(&read(&app).await);
    let grew =
        |name: &str, labels: &[(&str, &str)]| figure(&after, name, labels) - figure(&before, name, labels);
    assert!(grew("vestibule_limit_decisions_total", &[("limit", "api"), ("decision", "allowed")]) >= 3.0);
    assert!(grew("vestibule_quota_decisions_total", &[("quota", "daily"), ("decision", "allowed")]) >= 1.0);
    assert!(grew("vestibule_quota_decisions_total", &[("quota", "daily"), ("decision", "refused")]) >= 2.0);
}

/// Everything that is told has a name, labels and a kind that are known, and none of them comes from a caller.
#[tokio::test]
async fn no_label_grows_with_people_or_callers() {
    let app = App::new().await;
    let ada = app.member("ada.lovelace@example.org").await;
    let key = key(&app).await;
    for path in [
        "/u/ada-lovelace",
        "/u/grace-hopper",
        "/wp-login.php?x=needle",
        "/api/v1/users/needle",
        "/needle/needle",
    ] {
        app.get(path).await;
        app.api(http::Method::GET, "/me")
            .authorization_bearer(&ada.access)
            .add_header("user-agent", "needle")
            .await;
        app.api(http::Method::GET, "/me").authorization_bearer(key.expose()).await.assert_status(S::OK);
    }
    let request = Request::builder().method("NEEDLE").uri("/login").body(Body::empty()).unwrap();
    app.raw(request).await;
    let text = read(&app).await;
    for secret in ["ada", "lovelace", "grace", "needle", "NEEDLE", "wp-login", "127.0.0.1", key.expose()] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let routes: BTreeSet<String> = vestibule::Vestibule::builder()
        .manifest(super::app::API)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned))
        .chain(["none".to_owned()])
        .collect();
    for sample in parsed(&text).samples {
        let metric = known(&sample.metric).unwrap_or_else(|| panic!("{} is not known", sample.metric));
        for label in sample.labels.keys().filter(|label| *label != "le") {
            assert!(metric.labels.contains(&label.as_str()), "{}: {label}", sample.metric);
        }
        if let Some(route) = sample.labels.get("route") {
            assert!(routes.contains(route), "{route} is no route");
        }
    }
}

async fn key(app: &App) -> Secret {
    let form = SignInForm { email: "ada.lovelace@example.org".into(), password: PASSWORD.into() };
    let session = auth::sign_in(&app.t.domain, form, false, &Client::local()).await.unwrap();
    let person = auth::by_cookie(&app.t.domain, session.secret.expose()).await.unwrap().unwrap();
    let form = KeyForm { name: "Bench".into(), ..KeyForm::default() };
    let made = keys::create(&app.t.domain, &person, form, &Client::local()).await.unwrap();
    made.secret
}

#[tokio::test]
async fn who_is_elsewhere_shows_the_token() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let token = "0123456789abcdef0123456789abcdef";
    let app = App::with(t, &vestibule::Vestibule::builder(), |options| {
        options.metrics_token = Some(Secret::new(token));
    });
    let asked = async |token: Option<&str>| {
        let mut request = Request::get("/metrics").header("host", "accounts.example.org");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        app.raw(request.body(Body::empty()).unwrap()).await.status
    };
    assert_eq!(asked(Some(token)).await, S::OK);
    assert_eq!(asked(Some("0123456789abcdef0123456789abcdee")).await, S::UNAUTHORIZED);
    assert_eq!(asked(None).await, S::NOT_FOUND);
    let mut proxied = local();
    proxied.headers_mut().insert("x-forwarded-for", "203.0.113.7".parse().unwrap());
    assert_eq!(app.raw(proxied).await.status, S::NOT_FOUND, "a proxy on this machine is not this machine");
    let plain = App::new().await;
    let request =
        Request::get("/metrics").header("host", "accounts.example.org").header("authorization", "Bearer x");
    assert_eq!(
        plain.raw(request.body(Body::empty()).unwrap()).await.status,
        S::NOT_FOUND,
        "there is no token"
    );
}

/// Dashboards and alerts name figures and labels that there are.
#[test]
fn what_is_looked_at_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    for file in ["grafana/vestibule.json", "prometheus/alerts.yml"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let named: BTreeSet<&str> = words.filter(|word| word.starts_with("vestibule_")).collect();
        assert!(named.len() > 5, "{file}");
        for name in named {
            assert!(known(name).is_some(), "{file}: {name}");
        }
    }
    let dashboard: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("grafana/vestibule.json")).unwrap())
            .unwrap();
    let shown = dashboard["panels"].to_string();
    for one in all().iter().filter(|one| one.name != "vestibule_build_info") {
        assert!(shown.contains(one.name), "{} is on no panel", one.name);
    }
}

/// The list in the documentation is the one of the code.
#[test]
fn every_figure_is_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/metrics.md");
    let text = std::fs::read_to_string(page).unwrap();
    for one in all() {
        let labels = one.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let kind = match one.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let line = format!("| `{}` | {kind} | {labels} | {} |", one.name, one.help);
        assert!(text.contains(&line), "docs/src/metrics.md lacks: {line}");
    }
}
