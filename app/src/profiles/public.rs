//! `/u/:username`: what a person shows of themselves to whoever looks.

use super::fields::shown;
use crate::errors::page;
use crate::parts::{Avatar, Card, Fact, Facts, LinkButton, Moment, NoticeBox, PageTitle};
use crate::{paths, server};
use http::HeaderName;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::profiles::{self, Eyes, Found};
use vestibule_domain::{Actor, Domain};
use vestibule_model::profiles::{Part, Public, Visibility};

/// `/u/:username`; with `?as=stranger` or `?as=signed-in`, for its owner alone, as others see it.
#[component]
pub fn PublicPage() -> impl IntoView {
    let username = use_params_map().with_untracked(|params| params.get("username").unwrap_or_default());
    let eyes = match server::query("as").as_str() {
        "stranger" => Some(Eyes::Stranger),
        "signed-in" => Some(Eyes::SignedIn),
        _ => None,
    };
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
                let content = match (own.and(eyes), &actor) {
                    (Some(eyes), Actor::Person(me)) => {
                        let seen = profiles::preview(&site.domain, me, &username, eyes).await?;
                        as_others(&site.domain, &public, seen.as_ref(), eyes)
                    }
                    _ => view! { {own.map(|who| view! { <Own who public=public.clone()/> })}{person(&site.domain, &public)} }.into_any(),
                };
                Ok(view! { {public.noindex.then(keep_out)}{content} }.into_any())
            }
        }
    })
}

/// Asks search engines to leave the page out.
fn keep_out() -> impl IntoView {
    server::set_header(HeaderName::from_static("x-robots-tag"), "noindex");
    view! { <leptos_meta::Meta name="robots" content="noindex"/> }
}

/// Who else sees this page, when it is the viewer's own.
fn own_view(actor: &Actor, public: &Public) -> Option<Visibility> {
    let Actor::Person(person) = actor else { return None };
    let own = person.account.username.as_ref() == Some(&public.username);
    own.then(|| person.account.profile.visibility.get(&Part::Profile).copied())?
}

/// What others see of the viewer's own page; `seen`: nothing where there is no page for them.
fn as_others(domain: &Domain, own: &Public, seen: Option<&Public>, eyes: Eyes) -> AnyView {
    let (who, other, others) = match eyes {
        Eyes::Stranger => {
            ("people who are not signed in", Eyes::SignedIn, "See it as people who are signed in")
        }
        Eyes::SignedIn => ("people who are signed in", Eyes::Stranger, "See it as a stranger"),
    };
    let words = match seen {
        Some(_) => format!("This is your page as {who} see it."),
        None => format!("For {who} this page is not there: they are told that nothing is at this address."),
    };
    let href = seen_as(own, other);
    let content = match seen {
        Some(seen) => person(domain, seen).into_any(),
        None => view! { <PageTitle text="Page not found"/><h1>"Nothing to see"</h1> }.into_any(),
    };
    view! {
        <NoticeBox>
            <p>{words}</p>
            <div class="actions">
                <LinkButton href label=others look="quiet"/>
                <LinkButton href=paths::PROFILE label="Edit your profile" look="quiet"/>
            </div>
        </NoticeBox>
        {content}
    }
    .into_any()
}

fn seen_as(public: &Public, eyes: Eyes) -> String {
    let eyes = match eyes {
        Eyes::Stranger => "stranger",
        Eyes::SignedIn => "signed-in",
    };
    paths::with_query(&paths::profile_of(&public.username), "as", eyes)
}

fn person(domain: &Domain, public: &Public) -> impl IntoView + use<> {
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
fn Own(who: Visibility, public: Box<Public>) -> impl IntoView {
    let href = seen_as(&public, Eyes::Stranger);
    let words = match who {
        Visibility::Public => "Everyone sees this page. This is what people see who are signed in.",
        Visibility::SignedIn => "Only people who are signed in see this page.",
        Visibility::Private => "Only you see this page. If you show it, people who are signed in see this.",
    };
    view! {
        <NoticeBox>
            <p>{words}</p>
            <div class="actions">
                <LinkButton href label="See it as a stranger" look="quiet"/>
                <LinkButton href=paths::PROFILE label="Edit your profile" look="quiet"/>
            </div>
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
