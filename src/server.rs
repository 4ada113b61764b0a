//! The server: opens the domain, prints where it is, serves until it is told to stop and then leaves nothing behind.
//! Called by the command `serve`. Routes and layers are in `http/router.rs`.

mod connections;
mod linger;
mod patience;
mod stop;
mod system;

use crate::Vestibule;
use crate::config::{Loaded, Settings};
use crate::http::manifest::Misfits;
use crate::http::metrics;
use crate::http::site::{self, SiteError};
use crate::http::{AppState, Options, router};
use connections::Connections;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use stop::Signals;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vestibule_app::server::system::System;
use vestibule_domain::{
    Domain, OpenError, abuse, auth, changes, endpoints, groups, jobs, limits, mail, quotas,
};
use vestibule_model::{Error, links};

/// Longest time the workers may take to hand back what they hold.
const WORKERS_STOP: Duration = Duration::from_secs(10);

/// Why the server did not start, or did not end cleanly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The site options do not fit.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// The domain could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// An endpoint states no policy.
    #[error(transparent)]
    Endpoints(#[from] Misfits),
    /// Rules of the settings do not fit the endpoints; each line names one.
    #[error("{}", .0.join("\n"))]
    Rules(Vec<String>),
    /// The domain could not make what the settings declare, or mint the link that makes the first administrator.
    #[error("the database cannot be used: {0}")]
    Domain(Error),
    /// Signals cannot be received, or the address not be printed.
    #[error("starting: {0}")]
    System(#[from] std::io::Error),
    /// Told to stop a second time, before everything had finished.
    #[error("stopped at once; what was running was cut off")]
    CutOff,
}

/// Serves `vestibule` until SIGTERM or SIGINT, then finishes what is running.
///
/// # Errors
/// See [`ServeError`].
pub async fn serve(vestibule: Vestibule, loaded: Loaded) -> Result<(), ServeError> {
    let system = Arc::new(system::of(&loaded));
    let settings = loaded.settings;
    let mut signals = Signals::new()?;
    let site = site::options()?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|cause| ServeError::Listen(settings.listen, cause))?;
    metrics::recorder();
    let domain = Domain::open(settings.domain_options(vestibule.extensions.clone(), true)).await?;
    groups::declare(&domain).await.map_err(ServeError::Domain)?;
    let state = Arc::new(AppState::new(domain.clone(), http_options(&settings, site, system)));
    let program = router::program(&vestibule, Arc::clone(&state))?;
    check_rules(&domain).await?;
    let workers = Workers::start(&state, &settings).await?;
    if !state.options.site.css_file_path().is_file() {
        let folder = &*state.options.site.site_root;
        tracing::warn!(folder, "the site is not built here, so that pages have no style: cargo xtask build");
    }
    announce(&state, listener.local_addr()?).await?;

    let mut connections = Connections::new(move |peer, request| program.clone().answer(Some(peer), request));
    connections.serve(&listener, signals.next()).await;
    tracing::info!("stopping: no longer ready, running requests finish");
    state.stopping.cancel();
    let finish = async {
        connections.serve(&listener, tokio::time::sleep(settings.server.drain)).await;
        drop(listener);
        connections.finish(settings.server.shutdown_timeout).await;
        workers.stop().await;
        domain.close().await;
    };
    tokio::select! {
        () = finish => Ok(()),
        () = signals.next() => Err(ServeError::CutOff),
    }
}

/// What the settings say of endpoints must fit them; what was set while another version ran is told and stays.
async fn check_rules(domain: &Domain) -> Result<(), ServeError> {
    let faults = endpoints::faults_of_settings(domain).await.map_err(ServeError::Domain)?;
    if !faults.is_empty() {
        return Err(ServeError::Rules(faults.iter().map(ToString::to_string).collect()));
    }
    let faults = quotas::faults(domain).await.map_err(ServeError::Domain)?;
    if !faults.is_empty() {
        return Err(ServeError::Rules(faults));
    }
    for trouble in endpoints::troubles_of_run_time(domain).await.map_err(ServeError::Domain)? {
        tracing::warn!("{trouble}");
    }
    for trouble in limits::troubles(domain) {
        tracing::warn!("{trouble}");
    }
    Ok(())
}

fn http_options(settings: &Settings, site: leptos::config::LeptosOptions, system: Arc<System>) -> Options {
    let sender = &settings.mail.from;
    let contact =
        sender.rsplit_once('<').map_or(sender.as_str(), |(_, address)| address.trim_end_matches('>'));
    Options {
        api_root: settings.api.root.clone(),
        trusted_proxies: settings.server.trusted_proxies.clone(),
        request_timeout: settings.server.request_timeout,
        metrics_token: settings.metrics.token.clone(),
        contact: contact.trim().to_owned(),
        site,
        system,
    }
}

/// Tells whoever started the server where it is, and how the first administrator is made while there is none.
async fn announce(state: &AppState, listening: SocketAddr) -> Result<(), ServeError> {
    let domain = &state.domain;
    let url = domain.public_url();
    let mut text = format!("\n  {} is at {url}\n", domain.site_name());
    if let Some(token) = auth::setup_link(domain).await.map_err(ServeError::Domain)? {
        let minutes = domain.rules().links.setup.as_secs() / 60;
        let link = format!("{url}{}?token={}", links::SETUP, token.expose());
        let asked = format!("Create the administrator (this link works once, for {minutes} minutes):");
        text.extend(["\n  ", &asked, "\n  ", &link, "\n"]);
    }
    if state.dev_mail {
        text.extend(["\n  Mail goes to a folder, shown at ", url, "/dev/mail\n"]);
    }
    text.push('\n');
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    tracing::info!(%listening, "listening");
    Ok(())
}

/// What works beside the requests.
struct Workers {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Workers {
    async fn start(state: &Arc<AppState>, settings: &Settings) -> Result<Self, ServeError> {
        let domain = &state.domain;
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(mail::work(domain.clone(), stop.clone()));
        tasks.spawn(jobs::work(domain.clone(), stop.clone()));
        tasks.spawn(abuse::work(domain.clone(), stop.clone()));
        tasks.spawn(changes::watch(domain.clone(), stop.clone()));
        tasks.spawn(metrics::keep_up(stop.clone()));
        if let Some(apart) = settings.metrics.listen {
            let listener =
                TcpListener::bind(apart).await.map_err(|cause| ServeError::Listen(apart, cause))?;
            tasks.spawn(metrics::serve_apart(listener, Arc::clone(state), stop.clone()));
        }
        Ok(Self { tasks, stop })
    }

    /// Tells the workers to stop and waits until they have handed back what they held.
    async fn stop(mut self) {
        self.stop.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(WORKERS_STOP, all).await.is_err() {
            tracing::warn!(
                "a worker did not stop in time; what it had claimed comes free when its lease ends"
            );
        }
    }
}
