//! `/u/:username`: what a person shows of themselves to whoever looks.

use super::fields::shown;
use crate::errors::page;
use crate::parts::{Avatar, Card, Fact, Facts, LinkButton, Moment, NoticeBox, PageTitle};
use crate::{paths, server};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::profiles::{self, Found};
use vestibule_domain::{Actor, Domain};
use vestibule_model::profiles::{Part, Public, Visibility};

/// `/u/:username`.
#[component]
pub fn PublicPage() -> impl IntoView {
    let username = use_params_map().with_untracked(|params| params.get("username").unwrap_or_default());
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        match profiles::find(&site.domain, &actor, &username).await? {
            Found::Moved(to) => {
                server::moved_to(&paths::profile_of(&to));
                Ok(().into_any())
            }
            Found::Profile(public) => {
                let own = own_view(&actor, &public);
                Ok(person(&site.domain, &public, own).into_any())
            }
        }
    })
}

/// Who else sees this page, when it is the viewer's own.
fn own_view(actor: &Actor, public: &Public) -> Option<Visibility> {
    let Actor::Person(person) = actor else { return None };
    let own = person.account.username.as_ref() == Some(&public.username);
    own.then(|| person.account.profile.visibility.get(&Part::Profile).copied())?
}

fn person(domain: &Domain, public: &Public, own: Option<Visibility>) -> impl IntoView + use<> {
    let handle = public.username.to_string();
    let name = public.name.as_ref().map_or_else(|| handle.clone(), ToString::to_string);
    let src = public.avatar.as_deref().map(|tag| paths::avatar_of(&public.username, tag));
    let bio = public.bio.as_ref().map(|bio| {
        // Read out and hyphenated in the writer's language, where they let the viewer know it.
        let (bio, lang) = (bio.to_string(), public.language.as_ref().map(ToString::to_string));
        view! { <Card><p class="bio" dir="auto" lang=lang>{bio}</p></Card> }
    });
    view! {
        <PageTitle text=name.clone()/>
        {own.map(|who| view! { <Own who/> })}
        <div class="page-head">
            <Avatar seed=public.username.canonical() name=name.clone() src/>
            <div>
                <h1><bdi>{name}</bdi></h1>
                <p class="quiet">{format!("@{handle}")}</p>
            </div>
        </div>
        {bio}
        {facts(domain, public)}
    }
}

/// What its owner reads above their own page.
#[component]
fn Own(who: Visibility) -> impl IntoView {
    let words = match who {
        Visibility::Public => "Everyone sees this page. This is what people see who are signed in.",
        Visibility::SignedIn => "Only people who are signed in see this page.",
        Visibility::Private => "Only you see this page. If you show it, people who are signed in see this.",
    };
    view! {
        <NoticeBox>
            <p>{words}</p>
            <LinkButton href=paths::PROFILE label="Edit your profile" look="quiet"/>
        </NoticeBox>
    }
}

fn facts(domain: &Domain, public: &Public) -> Option<impl IntoView + use<>> {
    let links = public.links.iter().map(|url| view! { <li>{outward(url)}</li> }).collect::<Vec<_>>();
    let declared = domain.user_fields().iter().filter_map(|field| {
        let (label, value) = (field.label, shown(field, public.fields.get(field.name)?));
        Some(view! { <Fact label>{value}</Fact> })
    });
    let declared = declared.collect::<Vec<_>>();
    let plain = [
        ("E-mail", public.email.as_ref().map(ToString::to_string)),
        ("Time zone", public.time_zone.as_ref().map(|zone| zone.replace('_', " "))),
    ];
    let plain = plain.into_iter().filter_map(|(label, value)| Some((label, value?)));
    let plain = plain.map(|(label, value)| view! { <Fact label>{value}</Fact> }).collect::<Vec<_>>();
    let language = public.language.as_ref().map(|language| {
        let (tag, name) = (language.to_string(), language.own_name().to_owned());
        view! { <Fact label="Language"><span lang=tag>{name}</span></Fact> }
    });
    let joined = public.joined_at.map(|at| view! { <Fact label="Member since"><Moment at/></Fact> });
    let told = language.is_some() || joined.is_some();
    let empty = links.is_empty() && declared.is_empty() && plain.is_empty() && !told;
    (!empty).then(|| view! {
        <Card>
            <Facts>
                {(!links.is_empty()).then(|| view! { <Fact label="Links"><ul class="links">{links}</ul></Fact> })}
                {declared}
                {language}
                {plain}
                {joined}
            </Facts>
        </Card>
    })
}

/// A link that a person wrote: it says where it leads, and nothing of ours vouches for it.
pub(super) fn outward(url: &str) -> impl IntoView + use<> {
    let shown = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
    let shown = shown.strip_suffix('/').unwrap_or(shown).to_owned();
    view! { <a href=url.to_owned() rel="me nofollow ugc noopener">{shown}</a> }
}
