//! Pages: mounts what the app renders, each under its policy and with a content security policy of its own. Knows no
//! page by name; the routes come from the app, and a project may bring another one.

use super::policy::{Endpoints, Family};
use super::shared_pages::{self, SharedPages};
use super::{AppState, headers, problem};
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, Method};
use leptos::config::LeptosOptions;
use leptos::context::{provide_context, use_context};
use leptos::nonce::{Nonce, use_nonce};
use leptos::prelude::{AnyView, IntoAny, IntoView};
use leptos_axum::{AxumRouteListing, ResponseOptions};
use leptos_meta::provide_meta_context;
use leptos_router::SsrMode;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use vestibule_app::Frame;
use vestibule_app::server::ApiRoot;
use vestibule_domain::endpoints::{PagePolicy, Policy, Who};
use vestibule_domain::{Actor, Domain};
use vestibule_model::Error;

type Rendered = Pin<Box<dyn Future<Output = Response> + Send>>;
/// An app's page in its document.
type Document = Arc<dyn Fn(LeptosOptions) -> AnyView + Send + Sync>;
type Render = Arc<dyn Fn(SsrMode, bool, &AppState, Request<Body>) -> Rendered + Send + Sync>;

/// The pages of a program: how they are listed and rendered, and what each states.
pub struct Pages {
    list: Box<dyn Fn() -> Vec<AxumRouteListing> + Send + Sync>,
    render: Render,
    policies: Vec<PagePolicy>,
}

impl Pages {
    /// Pages of `app`; `shell` puts the document around each.
    pub fn new<S, A, SV, AV>(shell: S, app: A, policies: &[PagePolicy]) -> Self
    where
        S: Fn(LeptosOptions, AnyView) -> SV + Clone + Send + Sync + 'static,
        A: Fn() -> AV + Clone + Send + Sync + 'static,
        SV: IntoView + 'static,
        AV: IntoView + 'static,
    {
        let (listed, routed) = (app.clone(), app);
        Self::of(
            Arc::new(move || listed().into_any()),
            Arc::new(move |options| shell(options, routed().into_any()).into_any()),
            policies.to_vec(),
        )
    }

    /// The same without type parameters: what is generic over an app's view carries the type of every page of it, and
    /// the names the compiler then writes fill hundreds of megabytes.
    fn of(
        app: Arc<dyn Fn() -> AnyView + Send + Sync>,
        document: Document,
        policies: Vec<PagePolicy>,
    ) -> Self {
        let list = Box::new(move || {
            let app = Arc::clone(&app);
            leptos_axum::generate_route_list(move || app())
        });
        let render: Render = Arc::new(move |mode, frames, state, request| {
            let (document, options) = (Arc::clone(&document), state.options.site.clone());
            render(&mode, frames, state, move || document(options.clone()), request)
        });
        Self { list, render, policies }
    }

    /// Mounts every page under its policy; notes each page without one, and each policy without a page.
    pub(crate) fn mount(&self, endpoints: &mut Endpoints, misfits: &mut Vec<String>) {
        let mut policies = BTreeMap::new();
        for page in &self.policies {
            if policies.insert(axum_path(&page.path), page.policy).is_some() {
                misfits.push(format!("page {}: two policies", page.path));
            }
        }
        for listing in (self.list)() {
            let Some(policy) = policies.remove(listing.path()) else {
                misfits.push(format!("page {}: no policy", listing.path()));
                continue;
            };
            let methods = listing.methods().map(method).collect::<Vec<_>>();
            endpoints.mount(
                Family::Page,
                policy,
                &methods,
                listing.path(),
                self.routes(&listing, &methods, policy),
            );
        }
        misfits.extend(policies.into_keys().map(|path| format!("page {path}: a policy, but no such page")));
    }

    fn routes(&self, listing: &AxumRouteListing, methods: &[Method], policy: Policy) -> MethodRouter<Domain> {
        let frames = policy.frames || policy.who == Who::Loopback;
        let shared = policy.shared.then(SharedPages::new);
        methods.iter().fold(MethodRouter::new(), |routes, method| {
            let (render, mode, shared) = (Arc::clone(&self.render), listing.mode().clone(), shared.clone());
            let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
            routes.merge(on(
                filter,
                move |axum::Extension(state): axum::Extension<Arc<AppState>>, mut request: Request| {
                    request.extensions_mut().insert(ApiRoot(state.options.api_root.clone()));
                    let shared = shared.filter(|_| state.reload.is_none());
                    answer(shared, move |request| render(mode, frames, &state, request), request)
                },
            ))
        })
    }
}

/// A rendering for this request, or one that was made for another stranger.
async fn answer(
    shared: Option<SharedPages>,
    render: impl FnOnce(Request) -> Rendered,
    request: Request,
) -> Response {
    let Some(shared) = shared.filter(|_| shared_pages::is_from_stranger(&request)) else {
        return render(request).await;
    };
    if let Some(page) = shared.page(request.uri().path()) {
        return page;
    }
    let path = request.uri().path().to_owned();
    let response = render(request).await;
    shared.keep(&path, response).await
}

/// `/u/:name/*rest` as axum writes it.
fn axum_path(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment.as_bytes() {
        [b':', ..] => format!("{{{}}}", &segment[1..]),
        [b'*', ..] => format!("{{{segment}}}"),
        _ => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

fn method(method: leptos_router::Method) -> Method {
    match method {
        leptos_router::Method::Get => Method::GET,
        leptos_router::Method::Post => Method::POST,
        leptos_router::Method::Put => Method::PUT,
        leptos_router::Method::Delete => Method::DELETE,
        leptos_router::Method::Patch => Method::PATCH,
    }
}

fn render<V: IntoView + 'static>(
    mode: &SsrMode,
    frames: bool,
    state: &AppState,
    view: impl Fn() -> V + Clone + Send + Sync + 'static,
    request: Request<Body>,
) -> Rendered {
    let (options, reload) = (state.options.site.clone(), state.reload.clone());
    let context = move || {
        provide_meta_context();
        provide_context(options.clone());
        allow_own_scripts(frames, reload.as_deref());
    };
    match mode {
        SsrMode::OutOfOrder => leptos_axum::render_app_to_stream_with_context(context, view)(request),
        SsrMode::PartiallyBlocked => {
            leptos_axum::render_app_to_stream_with_context_and_replace_blocks(context, view, true)(request)
        }
        SsrMode::InOrder => leptos_axum::render_app_to_stream_in_order_with_context(context, view)(request),
        SsrMode::Async | SsrMode::Static(_) => {
            leptos_axum::render_app_async_with_context(context, view)(request)
        }
    }
}

/// Sets the page's content security policy; Leptos has made the nonce by now.
fn allow_own_scripts(frames: bool, reload: Option<&str>) {
    let policy = use_nonce().and_then(|nonce| headers::page_policy(&nonce, frames, reload));
    if let (Some(options), Some(policy)) = (use_context::<ResponseOptions>(), policy) {
        options.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// The styled page of an error, for `actor` where it could be found out who that is.
pub(crate) fn error(domain: &Domain, actor: Option<Actor>, error: &Error, request_id: &str) -> Response {
    let nonce = Nonce::new();
    let open = domain.rules().accounts.registration_open;
    let frame = Frame { site_name: domain.site_name(), nonce: &nonce, actor, open };
    let page = vestibule_app::error_page(frame, error, Some(request_id));
    let mut response = (problem::status(error), page).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Some(policy) = headers::page_policy(&nonce, false, None) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_compared_in_the_spelling_of_the_server() {
        assert_eq!(super::axum_path("/u/:name/*rest"), "/u/{name}/{*rest}");
        assert_eq!(super::axum_path("/"), "/");
    }
}
