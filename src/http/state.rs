//! What every request needs, made once at start: the domain and the few facts of HTTP that are settled then. Shared by
//! every layer; nothing in it changes but that the server begins to stop.

use ipnet::IpNet;
use leptos::config::LeptosOptions;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestibule_app::server::{Site, system::System};
use vestibule_domain::Domain;
use vestibule_model::Secret;

/// The facts of HTTP that are settled at start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the REST API begins, without a slash at the end (`/api/v1`).
    pub api_root: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Longest time for a body to arrive, and again for its answer to be made.
    pub request_timeout: Duration,
    /// Who shows it may read `/metrics` from anywhere; nothing: this machine alone may.
    pub metrics_token: Option<Secret>,
    /// The address under which reports of security problems are read (`/.well-known/security.txt`).
    pub contact: String,
    /// Where the built site lies and what its files are called.
    pub site: LeptosOptions,
    /// What this process tells about itself to those who look after it.
    pub system: Arc<System>,
}

/// The domain, and what HTTP knows about where it stands.
pub struct AppState {
    /// Everything that is known and decided.
    pub domain: Domain,
    /// The facts settled at start.
    pub options: Options,
    /// Cancelled when the server begins to stop: `/readyz` says so while requests still finish.
    pub stopping: CancellationToken,
    /// The site's own origin as browsers write it (RFC 6454 6.2).
    pub origin: String,
    /// Whether people reach the site by https, so that cookies are `Secure` and carry the prefix `__Host-`.
    pub secure_cookies: bool,
    /// Whether developers' mail pages exist: mail lands in a folder and the site is on the machine itself.
    pub dev_mail: bool,
    /// Whether people reach the site on this machine alone, as where it is developed.
    pub(super) at_home: bool,
    /// The socket by which `cargo leptos watch` reloads pages; nothing outside of it.
    pub(crate) reload: Option<String>,
    /// The last look at the stores' health.
    pub(crate) health: super::health::Recent,
}

impl AppState {
    /// What HTTP knows of `domain`.
    pub fn new(domain: Domain, options: Options) -> Self {
        let url = url::Url::parse(domain.public_url()).ok();
        let origin = url.as_ref().map_or_else(|| "null".to_owned(), |url| url.origin().ascii_serialization());
        let secure_cookies = url.as_ref().is_some_and(|url| url.scheme() == "https");
        let at_home =
            url.as_ref().and_then(url::Url::host_str).is_some_and(vestibule_model::host::is_this_machine);
        let dev_mail = at_home && domain.mail_folder().is_some();
        let (stopping, health) = (CancellationToken::new(), super::health::Recent::default());
        let reload = super::headers::reload_socket(&options.site);
        Self { domain, options, stopping, origin, secure_cookies, dev_mail, at_home, reload, health }
    }

    /// What pages and server functions know of the site.
    pub(super) fn site(&self) -> Site {
        Site {
            domain: self.domain.clone(),
            secure_cookies: self.secure_cookies,
            dev_mail: self.dev_mail,
            system: Arc::clone(&self.options.system),
        }
    }

    /// Whether `path` belongs to the REST API, so that errors there are never pages.
    pub fn is_api(&self, path: &str) -> bool {
        let below =
            |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        below("/api") || below(&self.options.api_root)
    }
}
