//! Everything this program answers, in one place: [`collect`] gathers the endpoints with their policies,
//! [`program`] puts what every request passes around them. Called by `server.rs`, by `vestibule endpoints` and by the tests.

use super::arrival::Program;
use super::manifest::{self, Misfits};
use super::policy::{Endpoints, Family};
use super::{
    AppState, avatars, data, dev_mail, docs, files, functions, health, history, metrics, people, samples,
    social, trail, unsubscribe, wellknown,
};
use crate::{Vestibule, api};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use http::Method;
use http::header::CONTENT_TYPE;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vestibule_app::paths;
use vestibule_domain::Domain;
use vestibule_domain::endpoints::{Policy, fn_policies};
use vestibule_model::groups::{ManageMail, PERMISSIONS, Permission, ViewAccounts, ViewAudit};

/// The whole program as a router, for whoever serves it by other means than `server.rs`: the tests.
///
/// # Errors
/// [`Misfits`] when an endpoint states no policy, or a policy has no endpoint.
pub fn build(vestibule: &Vestibule, state: Arc<AppState>) -> Result<Router, Misfits> {
    program(vestibule, state).map(Router::from)
}

/// The whole program: its routes, behind what every request passes (`arrival.rs`: id, caller; panics caught, errors
/// written, headers completed, one log line).
///
/// # Errors
/// As [`build`].
pub fn program(vestibule: &Vestibule, state: Arc<AppState>) -> Result<Program, Misfits> {
    // Before anything counts.
    metrics::recorder();
    let endpoints = collect(vestibule, &state.options.api_root)?;
    state.domain.publish(endpoints.catalog());
    let routes = endpoints
        .into_router(&state) // each route behind its guard: `guard.rs` has the order of checks
        .fallback(files::or_not_found) // static files, or a 404
        .method_not_allowed_fallback(files::wrong_method) // 405 with `Allow`
        .with_state(state.domain.clone());
    Ok(Program::new(routes, state))
}

/// Every endpoint with its policy, and the OpenAPI document.
///
/// # Errors
/// [`Misfits`], naming everything that does not fit.
pub fn collect(vestibule: &Vestibule, api_root: &str) -> Result<Endpoints, Misfits> {
    let mut endpoints = api::routes(Endpoints::new(api_root));
    for routes in &vestibule.routes {
        endpoints = routes(endpoints);
    }
    let mut misfits = std::mem::take(&mut endpoints.misfits);
    mount_plain(&mut endpoints);
    let proven = Policy::signed_in("accounts").proven_for(paths::DATA);
    let copies =
        [(paths::actions::EXPORT, post(data::download)), (paths::actions::EXPORT_FILE, post(data::prepared))];
    for (path, handler) in copies {
        endpoints.mount(Family::Function, proven, &[Method::POST], path, handler);
    }
    endpoints.mount(
        Family::Function,
        Policy::permitted(ViewAudit::NAME, "audit").tagged("admin"),
        &[Method::POST],
        paths::actions::EXPORT_AUDIT,
        post(trail::download),
    );
    endpoints.mount(
        Family::Page,
        Policy::permitted(ManageMail::NAME, "mail").tagged("admin"),
        &[Method::GET],
        samples::PATH,
        get(samples::html),
    );
    endpoints.mount(
        Family::Plain,
        Policy::anyone("notices").body_limit(4 * 1024),
        &[Method::POST],
        paths::UNSUBSCRIBE,
        post(unsubscribe::one_click),
    );
    mount_avatars(&mut endpoints);
    mount_history(&mut endpoints);
    mount_social(&mut endpoints);
    let people = Policy::permitted(ViewAccounts::NAME, "users").tagged("admin");
    endpoints.mount(Family::Page, people, &[Method::GET], paths::ADMIN_USERS_CSV, get(people::file));
    mount_document(&mut endpoints);
    mount_functions(&mut endpoints, &mut misfits);
    vestibule.pages.mount(&mut endpoints, &mut misfits);
    manifest::check(&endpoints, &permissions(vestibule), &mut misfits);
    if misfits.is_empty() { Ok(endpoints) } else { Err(Misfits(misfits)) }
}

/// What stands beside the REST API and the pages.
fn mount_plain(endpoints: &mut Endpoints) {
    let routes: [(&str, Policy, MethodRouter<Domain>); 12] = [
        ("/healthz", Policy::anyone("health"), get(health::live)),
        ("/readyz", Policy::anyone("health"), get(health::ready)),
        ("/version", Policy::anyone("health"), get(health::version)),
        ("/metrics", Policy::anyone("metrics"), get(metrics::read)),
        ("/.well-known/jwks.json", Policy::anyone("wellknown"), get(wellknown::jwks)),
        ("/.well-known/change-password", Policy::anyone("wellknown"), get(wellknown::change_password)),
        ("/.well-known/security.txt", Policy::anyone("wellknown"), get(wellknown::security_txt)),
        ("/docs/api", Policy::anyone("docs"), get(docs::to_page)),
        ("/docs/api/", Policy::anyone("docs"), get(docs::page)),
        ("/docs/api/{file}", Policy::anyone("docs"), get(docs::file)),
        ("/dev/mail/{id}/html", Policy::loopback("dev"), get(dev_mail::html)),
        ("/csp-report", Policy::anyone("reports").body_limit(16 * 1024), post(wellknown::csp_report)),
    ];
    for (path, policy, handler) in routes {
        let method = if path == "/csp-report" { Method::POST } else { Method::GET };
        endpoints.mount(Family::Plain, policy, &[method], path, handler);
    }
}

/// Pictures, as browsers ask for them and send them.
fn mount_avatars(endpoints: &mut Endpoints) {
    let (anyone, own) = (Policy::anyone("profiles"), Policy::signed_in("profiles"));
    endpoints.mount(Family::Page, anyone, &[Method::GET], "/u/{username}/avatar", get(avatars::of));
    endpoints.mount(Family::Page, own, &[Method::GET], paths::OWN_AVATAR, get(avatars::own));
    // The guard bounds the body; axum's own bound is lower than a picture.
    let set = post(avatars::set).layer(DefaultBodyLimit::disable());
    let policy = own.body_limit(avatars::MOST_FORM);
    endpoints.mount(Family::Function, policy, &[Method::POST], paths::actions::SET_AVATAR, set);
}

/// What happened to one's own account, as files.
fn mount_history(endpoints: &mut Endpoints) {
    let own = Policy::signed_in("me");
    endpoints.mount(Family::Page, own, &[Method::GET], paths::HISTORY_CSV, get(history::table));
    endpoints.mount(Family::Page, own, &[Method::GET], paths::HISTORY_JSON, get(history::json));
}

/// The ways to providers and back. What a provider posts comes from its own pages, without a cookie of ours.
fn mount_social(endpoints: &mut Endpoints) {
    let policy = Policy::anyone("auth").tagged("social").body_limit(16 * 1024);
    let (start, back) = ("/auth/{provider}", "/auth/{provider}/callback");
    endpoints.mount(Family::Function, policy, &[Method::POST], start, post(social::start));
    endpoints.mount(Family::Page, policy, &[Method::GET], back, get(social::come_back));
    endpoints.mount(Family::Plain, policy, &[Method::POST], back, post(social::posted_back));
}

/// The OpenAPI document of everything collected so far.
fn mount_document(endpoints: &mut Endpoints) {
    let document = axum::body::Bytes::from(endpoints.document.to_json().unwrap_or_default());
    let handler = get(move || async move { ([(CONTENT_TYPE, "application/json")], document) });
    endpoints.mount(Family::Plain, Policy::anyone("docs"), &[Method::GET], docs::DOCUMENT, handler);
}

/// Every server function of every crate in the program, each with the policy that stands beside it.
fn mount_functions(endpoints: &mut Endpoints, misfits: &mut Vec<String>) {
    let mut policies = BTreeMap::new();
    for stated in fn_policies() {
        if policies.insert(stated.path, stated.policy).is_some() {
            misfits.push(format!("server function {}: two policies", stated.path));
        }
    }
    for (path, method) in server_fn::axum::server_fn_paths() {
        match policies.remove(path) {
            Some(policy) if method == Method::POST && path.starts_with("/fn/") => {
                endpoints.mount(Family::Function, policy, &[method], path, post(functions::call));
            }
            Some(_) => misfits.push(format!("server function {method} {path}: must be a POST under /fn/")),
            None => misfits.push(format!("server function {path}: no policy")),
        }
    }
    misfits.extend(
        policies.into_keys().map(|path| format!("server function {path}: a policy, but no such function")),
    );
}

fn permissions(vestibule: &Vestibule) -> BTreeSet<&'static str> {
    let added = vestibule.extensions.iter().flat_map(|extension| extension.permissions());
    PERMISSIONS.iter().copied().chain(added).map(|permission| permission.name).collect()
}
