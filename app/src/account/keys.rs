//! `/account/keys` and below: the API keys of the person who is signed in. The list stands here, each other page in a file
//! of its own.

pub mod actions;
pub mod edit;
pub mod form;
pub mod one;
pub mod secret;

use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Fact, Facts, LinkButton, Moment, PageTitle, Told};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::keys;
use vestibule_model::Timestamp;
use vestibule_model::keys::{ApiKey, KeyState};

/// `/account/keys`.
#[component]
pub fn KeysPage() -> impl IntoView {
    let flash = server::take_flash(paths::KEYS);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let all = keys::list(&site.domain, actor.person()?).await?;
        let (revoked, standing): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|key| key.state == KeyState::Revoked);
        let none = standing.is_empty();
        let most = site.domain.rules().keys.per_person;
        Ok(view! {
            <PageTitle text="API keys"/>
            <AccountNav here=paths::KEYS/>
            <h1>"API keys"</h1>
            <p class="lead">
                "For programs that act for you without your password. A key can never do more than you, makes no other keys, and never touches your password or address. "
                <a href=paths::API_DOCS>"What the API can do"</a>
            </p>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[]/>
            {(most > 0).then(|| view! { <div class="actions"><LinkButton href=paths::KEY_NEW label="Make a key"/></div> })}
            {none.then(|| view! { <p class="quiet empty">"You have no keys."</p> })}
            {standing.into_iter().map(|key| view! { <One key/> }).collect_view()}
            {(!revoked.is_empty()).then(|| view! { <Revoked all=revoked/> })}
        })
    })
}

#[component]
fn One(key: ApiKey) -> impl IntoView {
    let (href, name, state) = (paths::key_of(key.id), key.name.as_str().to_owned(), key.state);
    let (begins, may) = (format!("{}_", key.begins_with), may(&key));
    let (used, ends) = (at_or(key.last_used_at, "Never"), at_or(key.expires_at, "Never"));
    view! {
        <Card>
            <h2><a href=href><bdi>{name}</bdi></a>" "<StateBadge state/></h2>
            <Facts>
                <Fact label="Begins with"><code class="id">{begins}</code></Fact>
                <Fact label="May">{may}</Fact>
                <Fact label="Last used">{used}</Fact>
                <Fact label="Ends">{ends}</Fact>
            </Facts>
        </Card>
    }
}

#[component]
fn Revoked(all: Vec<ApiKey>) -> impl IntoView {
    let items = all.into_iter().map(|key| {
        let name = key.name.as_str().to_owned();
        view! { <li><a href=paths::key_of(key.id)><bdi>{name}</bdi></a>": "{at_or(key.revoked_at, "")}</li> }
    });
    let items = items.collect_view();
    view! { <Card title="Revoked lately"><ul class="links">{items}</ul></Card> }
}

/// What a key is good for now, in a word.
#[component]
pub fn StateBadge(
    /// The state.
    state: KeyState,
) -> impl IntoView {
    let (class, word) = match state {
        KeyState::Active => ("badge badge-good", "Active"),
        KeyState::Disabled => ("badge", "Switched off"),
        KeyState::Expired => ("badge badge-warning", "Ended"),
        KeyState::Revoked => ("badge badge-warning", "Revoked"),
    };
    view! { <span class=class>{word}</span> }
}

/// What a key may, in a few words.
pub(crate) fn may(key: &ApiKey) -> String {
    let access = if key.read_only { "Read" } else { "Read and change" };
    match key.scopes.as_slice() {
        [] => format!("{access} what every member may"),
        scopes => format!("{access}: {}", scopes.join(", ")),
    }
}

/// A moment, or what is said where there is none.
pub(crate) fn at_or(at: Option<Timestamp>, none: &'static str) -> AnyView {
    match at {
        Some(at) => view! { <Moment at exact=true/> }.into_any(),
        None => none.into_any(),
    }
}
