//! Every endpoint states its policy (DESIGN D3). [`Endpoints`] is the only way to mount a route: it takes the policy
//! with it, reads address and method from the handler's own description, and puts the guard in front.

use super::guard::Gate;
use super::guarded::Guard;
use super::metrics::Figures;
use super::{AppState, openapi};
use axum::Router;
use axum::routing::MethodRouter;
use http::Method;
use std::sync::Arc;
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};
use utoipa_axum::router::UtoipaMethodRouter;
use vestibule_domain::Domain;
use vestibule_domain::endpoints::{Catalog, Credential, Endpoint, Policy, counted_tags};
use vestibule_domain::limits::Bookmark;
use vestibule_domain::quotas;

/// Which credential a route knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// REST: `Authorization`; cookies are ignored.
    Api,
    /// A page: the session cookie; `Authorization` is ignored.
    Page,
    /// A server function: as a page.
    Function,
    /// Neither: health, keys, documents, files.
    Plain,
}

impl Family {
    /// What an endpoint of this family knows somebody by.
    pub(crate) const fn credential(self) -> Credential {
        match self {
            Self::Api => Credential::Bearer,
            Self::Page | Self::Function => Credential::Cookie,
            Self::Plain => Credential::None,
        }
    }
}

/// One address, its methods and what they state.
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) methods: Vec<Method>,
    pub(crate) policy: Policy,
    pub(crate) family: Family,
    pub(crate) routes: MethodRouter<Domain>,
}

/// Collects routes with their policies. A project receives one in `Vestibule::routes`.
pub struct Endpoints {
    root: String,
    pub(crate) entries: Vec<Entry>,
    pub(crate) document: OpenApi,
    pub(crate) misfits: Vec<String>,
}

impl Endpoints {
    /// Nothing yet; REST routes will stand under `root` (`/api/v1`).
    pub fn new(root: &str) -> Self {
        Self { root: root.to_owned(), entries: Vec::new(), document: openapi::empty(), misfits: Vec::new() }
    }

    /// Mounts REST handlers described by `#[utoipa::path]`, collected with `utoipa_axum::routes!`, under the API's root.
    /// All of them state `policy`; handlers with different policies are mounted by separate calls.
    #[must_use]
    pub fn route(mut self, policy: Policy, (schemas, paths, routes): UtoipaMethodRouter<Domain>) -> Self {
        if paths.paths.len() > 1 {
            // One `routes!` makes one method router, so every address would answer to the methods of all of them.
            let addresses = paths.paths.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            self.misfits
                .push(format!("{addresses}: one routes!() for several addresses; mount each by its own"));
        }
        for (relative, mut item) in paths.paths {
            let path = format!("{}{relative}", self.root);
            let methods = openapi::complete(&mut item, &policy);
            let routes = routes.clone();
            self.entries.push(Entry { path: path.clone(), methods, policy, family: Family::Api, routes });
            match self.document.paths.paths.get_mut(&path) {
                Some(known) => known.merge_operations(item),
                None => drop(self.document.paths.paths.insert(path, item)),
            }
        }
        self.add_schemas(schemas);
        self
    }

    /// Mounts what is no part of the REST API: its address is the whole one.
    pub(crate) fn mount(
        &mut self,
        family: Family,
        policy: Policy,
        methods: &[Method],
        path: &str,
        routes: MethodRouter<Domain>,
    ) {
        self.entries.push(Entry { path: path.to_owned(), methods: methods.to_vec(), policy, family, routes });
    }

    fn add_schemas(&mut self, schemas: Vec<(String, RefOr<Schema>)>) {
        self.document.components.get_or_insert_with(Components::new).schemas.extend(schemas);
    }

    /// Every address with what it states, for those who look at endpoints as a whole.
    pub(crate) fn catalog(&self) -> Catalog {
        let endpoints = self.entries.iter().flat_map(|entry| {
            entry.methods.iter().map(|method| Endpoint {
                method: method.to_string(),
                path: entry.path.clone(),
                policy: entry.policy,
                credential: entry.family.credential(),
            })
        });
        Catalog::new(endpoints.collect())
    }

    /// Puts the guard before every route and makes them one router.
    pub(crate) fn into_router(self, state: &Arc<AppState>) -> Router<Domain> {
        self.entries.into_iter().fold(Router::new(), |router, entry| {
            let tags = counted_tags(&entry.policy, entry.family.credential()).collect();
            let gate = Gate {
                policy: entry.policy,
                family: entry.family,
                limits: Bookmark::new(tags),
                quotas: quotas::Route::of(entry.policy, entry.family.credential()),
                figures: Arc::new(Figures::of(&entry.path)),
                state: Arc::clone(state),
            };
            router.route(&entry.path, entry.routes.route_layer(Guard::at(gate)))
        })
    }
}
