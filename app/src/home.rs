//! The start page: what this is, the ways in, and the state of the service. It replaces a static index.

use crate::parts::{Card, Fact, Facts, LinkButton, NoticeBox, PageTitle, Told, Tone};
use crate::{errors::page, paths, server};
use leptos::prelude::*;
use leptos_router::components::Route;
use leptos_router::{MatchNestedRoutes, SsrMode, path};
use vestibule_domain::health::Health;
use vestibule_domain::{Actor, auth, health};

/// `/`.
#[component(transparent)]
pub fn HomeRoutes() -> impl MatchNestedRoutes + Clone {
    view! { <Route path=path!("/") view=HomePage ssr=SsrMode::Async/> }.into_inner()
}

#[component]
fn HomePage() -> impl IntoView {
    let flash = server::take_flash(paths::HOME);
    page(async move {
        let site = server::site()?;
        let state = health::check(&site.domain).await;
        let waiting = state.ready() && auth::setup_open(&site.domain).await.unwrap_or(false);
        let name = site.domain.site_name().to_owned();
        let open = site.domain.rules().accounts.registration_open;
        let known = matches!(server::actor(), Actor::Person(_));
        Ok(view! {
            <PageTitle text="Welcome"/>
            <Told notice=flash.notice/>
            {waiting.then(first_steps)}
            <section class="hero">
                <div>
                    <h1>{format!("Welcome to {name}")}</h1>
                    <p class="lead">
                        "One account for everything behind this door: sign in, keep your details in your own hands, and leave whenever you like."
                    </p>
                    <p class="actions">{ways_in(known, open)}</p>
                </div>
                <Doorway/>
            </section>
            <div class="columns">
                <ServiceState state/>
                <ForDevelopers/>
            </div>
        })
    })
}

fn ways_in(known: bool, open: bool) -> AnyView {
    if known {
        return view! { <LinkButton href=paths::ACCOUNT label="Go to your account"/> }.into_any();
    }
    view! {
        <LinkButton href=paths::LOGIN label="Sign in"/>
        {open.then(|| view! { <LinkButton href=paths::REGISTER label="Create account" look="quiet"/> })}
        {(!open).then(|| view! { <span class="quiet">"New accounts are not being taken at the moment."</span> })}
    }
    .into_any()
}

/// The mark, grown to a picture: a door ajar, and the light that falls through it.
#[component]
fn Doorway() -> impl IntoView {
    view! {
        <svg class="doorway" viewBox="0 0 320 320" aria-hidden="true" focusable="false">
            <path class="doorway-beam" d="M160 272h62l62 40H150z"/>
            <path class="doorway-floor" d="M16 272h288"/>
            <path class="logo-arch" d="M78 272V138a82 82 0 0 1 164 0v134z"/>
            <path class="logo-light" d="M98 272V138a62 62 0 0 1 124 0v134z"/>
            <path class="logo-door" d="M98 272V138a62 62 0 0 1 62-62v208z"/>
            <circle class="logo-arch" cx="147" cy="186" r="5"/>
        </svg>
    }
}

fn first_steps() -> impl IntoView {
    view! {
        <NoticeBox tone=Tone::Warning>
            <p>
                <strong>"This site waits for its first administrator. "</strong>
                "Open the one-time link that the server printed in its terminal when it started."
            </p>
        </NoticeBox>
    }
}

#[component]
fn ServiceState(state: Health) -> impl IntoView {
    let all = state.ready();
    let word = |well: bool| if well { "Working" } else { "Not working" };
    let dot = |well: bool| if well { "state state-good" } else { "state state-bad" };
    view! {
        <section class="card" id="service">
            <h2>"State of the service"</h2>
            <p class=dot(all)>{if all { "Everything is working." } else { "Something is not working. We are on it." }}</p>
            <Facts>
                <Fact label="Pages"><span class=dot(true)>"Working"</span></Fact>
                <Fact label="Sign-in and accounts"><span class=dot(all)>{word(all)}</span></Fact>
                <Fact label="Database"><span class=dot(state.database)>{word(state.database)}</span></Fact>
            </Facts>
        </section>
    }
}

#[component]
fn ForDevelopers() -> impl IntoView {
    view! {
        <Card title="For developers">
            <p>"Everything a person can do here, a program can do over the REST API."</p>
            <ul class="links">
                <li><a href=paths::API_DOCS>"API documentation"</a></li>
                <li><a href=paths::OPENAPI>"OpenAPI document"</a></li>
                <li><a href="/.well-known/jwks.json">"Public signing keys"</a></li>
            </ul>
        </Card>
    }
}
