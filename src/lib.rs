//! Vestibule: accounts, sign-in, permissions, mail, REST API, pages and commands of an application, ready built.
//!
//! A program is composed here and nowhere else. The reference program is the shortest one:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     vestibule::Vestibule::builder().run()
//! }
//! ```
//!
//! A project adds to it what is its own (`examples/minimal` is a whole one):
//!
//! - [`extend`](Vestibule::extend): permissions and hooks, as an [`Extension`];
//! - [`routes`](Vestibule::routes): REST endpoints, each with its [`Policy`];
//! - [`pages`](Vestibule::pages): its own `App`, made of Vestibule's route sets and its own.
//!
//! No SQL and no rule lives in this crate: it is HTTP, the command line and the wiring.

#![recursion_limit = "256"]

pub mod api;
mod cli;
pub mod config;
pub mod csv;
pub mod http;
mod logging;
pub mod server;
mod trail_file;

use crate::http::manifest::Misfits;
use crate::http::pages::Pages;
use crate::http::router;
use leptos::config::LeptosOptions;
use leptos::prelude::{AnyView, IntoView};
use std::sync::Arc;

pub use crate::http::extract::{Caller, Json, Permitted, SignedIn};
pub use crate::http::listing::{Asked, NoFilter, PageQuery};
pub use crate::http::policy::Endpoints;
pub use crate::http::problem::{Answer, Refusal};
pub use vestibule_domain::endpoints::{FnPolicy, PagePolicy, Policy, Who};
pub use vestibule_domain::listing::List;
pub use vestibule_domain::{Actor, Allowed, Client, Domain, Extension, Person};
pub use vestibule_model::groups::{Permission, PermissionInfo};
pub use vestibule_model::listing::{Listed, Page};
pub use vestibule_model::{Error, Result};
// What a project needs in exactly the versions that Vestibule was built with.
pub use {
    axum, leptos, utoipa, utoipa_axum, vestibule_app as app, vestibule_domain as domain,
    vestibule_model as model,
};

type Routes = Box<dyn Fn(Endpoints) -> Endpoints + Send + Sync>;

/// A program that is being composed.
pub struct Vestibule {
    pub(crate) extensions: Vec<Arc<dyn Extension>>,
    pub(crate) routes: Vec<Routes>,
    pub(crate) pages: Pages,
}

impl Vestibule {
    /// The reference program: its own pages and endpoints, nothing added.
    pub fn builder() -> Self {
        let pages = Pages::new(vestibule_app::shell, vestibule_app::App, &vestibule_app::page_policies());
        Self { extensions: Vec::new(), routes: Vec::new(), pages }
    }

    /// Adds permissions and hooks.
    #[must_use]
    pub fn extend(mut self, extension: impl Extension) -> Self {
        self.extensions.push(Arc::new(extension));
        self
    }

    /// What the project added, for a domain that is opened without the command line: in tests, above all.
    pub fn extensions(&self) -> Vec<Arc<dyn Extension>> {
        self.extensions.clone()
    }

    /// Adds REST endpoints under the API's root: `|endpoints| endpoints.route(policy, routes!(handler))`.
    #[must_use]
    pub fn routes(mut self, routes: impl Fn(Endpoints) -> Endpoints + Send + Sync + 'static) -> Self {
        self.routes.push(Box::new(routes));
        self
    }

    /// Replaces the pages: `shell` puts the document around a page, `app` routes to them, and each states its policy.
    #[must_use]
    pub fn pages<S, A, SV, AV>(mut self, shell: S, app: A, policies: &[PagePolicy]) -> Self
    where
        S: Fn(LeptosOptions, AnyView) -> SV + Clone + Send + Sync + 'static,
        A: Fn() -> AV + Clone + Send + Sync + 'static,
        SV: IntoView + 'static,
        AV: IntoView + 'static,
    {
        self.pages = Pages::new(shell, app, policies);
        self
    }

    /// Every address this program answers and what it states about itself, as sorted text. `api_root`: where the REST
    /// API begins (`/api/v1`).
    ///
    /// # Errors
    /// [`Misfits`] when an endpoint states no policy, or a policy has no endpoint.
    pub fn manifest(&self, api_root: &str) -> std::result::Result<String, Misfits> {
        router::collect(self, api_root).map(|endpoints| crate::http::manifest::text(&endpoints))
    }

    /// The OpenAPI document of this program, as JSON.
    ///
    /// # Errors
    /// As [`manifest`](Self::manifest).
    pub fn openapi(&self, api_root: &str) -> std::result::Result<String, Misfits> {
        router::collect(self, api_root)
            .map(|endpoints| endpoints.document.to_pretty_json().unwrap_or_default())
    }

    /// Runs the command that the process's arguments name, `serve` among them; the answer is the process's exit code.
    /// This is a program's whole `main`: it starts its own runtime.
    pub fn run(self) -> std::process::ExitCode {
        cli::run(self)
    }
}
