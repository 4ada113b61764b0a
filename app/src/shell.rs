//! The document around every page: head, header, footer and the script that wakes the islands. `src/http` renders each
//! page inside it; a project may write its own and keep the pages. No page content lives here.

mod assets;
mod scripts;

pub(crate) use assets::Assets;

use crate::{admin::nav, parts::Logo, paths, server};
use leptos::attr::{Attribute, custom::custom_attribute};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;
use scripts::{hydration, speculation_rules};
use vestibule_domain::Actor;

/// The document with `page` in it.
pub fn shell(options: LeptosOptions, page: AnyView) -> AnyView {
    let assets = Assets::of(&options);
    let nonce = use_nonce().map(|nonce| nonce.to_string());
    let site = server::try_site();
    let name = site.as_ref().map(|site| site.domain.site_name().to_owned());
    let open = site.is_some_and(|site| site.domain.rules().accounts.registration_open);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <Head assets=assets.clone() nonce=nonce.clone()/>
                <AutoReload options/>
                {speculation_rules(nonce.clone())}
                {hydration(&assets, nonce)}
                <MetaTags/>
            </head>
            <body>
                <Header name=name.unwrap_or_default() actor=Some(server::actor()) open/>
                <main id="main" tabindex="-1">{page}</main>
                <Footer request=nav::may_enter(&server::actor()).then(|| server::client().request_id).flatten()/>
            </body>
        </html>
    }
    .into_any()
}

/// What stands around a page that is made outside of page rendering.
pub struct Frame<'a> {
    /// The site's name.
    pub site_name: &'a str,
    /// The nonce of the answer's content security policy.
    pub nonce: &'a str,
    /// Who asks, if it could be found out.
    pub actor: Option<Actor>,
    /// Whether new accounts are taken.
    pub open: bool,
}

/// A document that needs no request.
pub(crate) fn bare_document(frame: Frame<'_>, title: String, page: AnyView) -> AnyView {
    document_with(frame, title, None, page)
}

/// The same, and the browser goes on to `url` at once: by a refresh, which needs no JavaScript (WCAG 2.2.1 allows one
/// without delay).
pub(crate) fn leading_document(frame: Frame<'_>, title: String, url: &str, page: AnyView) -> AnyView {
    let refresh = view! { <meta http-equiv="refresh" content=format!("0;url={url}")/> };
    document_with(frame, title, Some(refresh.into_any()), page)
}

fn document_with(frame: Frame<'_>, title: String, more: Option<AnyView>, page: AnyView) -> AnyView {
    let (assets, nonce) = (Assets::known(), Some(frame.nonce.to_owned()));
    let (name, actor, open) = (frame.site_name.to_owned(), frame.actor, frame.open);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <Head assets=assets.clone() nonce=nonce.clone()/>
                {more}
                {hydration(&assets, nonce)}
                <title>{title}</title>
            </head>
            <body>
                <Header name actor open/>
                <main id="main" tabindex="-1">{page}</main>
                <Footer/>
            </body>
        </html>
    }
    .into_any()
}

/// Pages melt into each other, unless the person asked for less motion. It stands in the document, because a transition
/// is given up when the style that asks for it arrives after the first frame.
const TRANSITIONS: &str = "@media (prefers-reduced-motion:no-preference){@view-transition{navigation:auto}}";

/// `media`, which Leptos does not know of `<meta>`.
fn media(scheme: &str) -> impl Attribute + use<> {
    custom_attribute("media", format!("(prefers-color-scheme: {scheme})"))
}

#[component]
fn Head(assets: Assets, nonce: Option<String>) -> impl IntoView {
    view! {
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <meta name="theme-color" {..media("light")} content="#f6f4f0"/>
        <meta name="theme-color" {..media("dark")} content="#14171c"/>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
        <style nonce=nonce>{TRANSITIONS}</style>
        <link rel="stylesheet" href=assets.css/>
    }
}

#[component]
fn Header(name: String, actor: Option<Actor>, open: bool) -> impl IntoView {
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <header class="site-header">
            <a class="wordmark" href=paths::HOME><Logo/><span>{name}</span></a>
            {actor.map(|actor| view! { <nav aria-label="Site">{links(&actor, open)}</nav> })}
        </header>
    }
}

/// Where `actor` may want to go; `open`: whether new accounts are taken.
fn links(actor: &Actor, open: bool) -> AnyView {
    if matches!(actor, Actor::Person(_)) {
        let admin = nav::open_to(actor).next();
        return view! {
            {admin.map(|first| view! { <a href=first.path>"Admin"</a> })}
            <a href=paths::ACCOUNT>"Account"</a>
            <form method="post" action=paths::actions::SIGN_OUT>
                <button type="submit" class="link">"Sign out"</button>
            </form>
        }
        .into_any();
    }
    view! {
        <a href=paths::LOGIN>"Sign in"</a>
        {open.then(|| view! { <a class="roomy" href=paths::REGISTER>"Create account"</a> })}
    }
    .into_any()
}

/// `request`: the id of this request, for those who look after the site.
#[component]
fn Footer(#[prop(optional_no_strip)] request: Option<String>) -> impl IntoView {
    view! {
        <footer class="site-footer">
            <a href=format!("{}#service", paths::HOME)>"State of the service"</a>
            <a href=paths::API_DOCS>"API"</a>
            {request.map(|id| view! { <span class="quiet">"Request "<code>{id}</code></span> })}
        </footer>
    }
}
