//! `/admin/groups/:name/review`: what a change of a group would give and take, and how many people it touches, before it is
//! made. All of it stands in the address, so that it can be looked at again.

use super::super::AdminPage;
use super::form::{Difference, Typed, label};
use crate::errors::page;
use crate::parts::{Card, Hidden, LinkButton, NoticeBox, SubmitButton, Tone};
use crate::{paths, server};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::groups;
use vestibule_model::groups::Group;
use vestibule_model::sessions::{Lifetime, LifetimeKind};

/// `/admin/groups/:name/review`.
#[component]
pub fn ReviewPage() -> impl IntoView {
    let name = use_params_map().with_untracked(|params| params.get("name").unwrap_or_default());
    let typed = Typed {
        about: server::query("about"),
        permissions: server::queries("permission"),
        lifetimes: LifetimeKind::ALL.map(|kind| (kind, server::query(kind.name()))).to_vec(),
    };
    let tag = server::query("tag");
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let group = groups::show(&site.domain, &actor.allow()?, &name).await?;
        let read = typed.change(&group).map(|change| Difference::of(&group, &change));
        let title = format!("Change the group {}", group.name);
        Ok(view! {
            <AdminPage title here=paths::ADMIN_GROUPS>
                {match read {
                    Ok(difference) if difference.is_nothing() => nothing(&group),
                    Ok(difference) => asked(&group, &difference, &typed, &tag),
                    Err(error) => refused(&group, &crate::text::sentence(&error)),
                }}
            </AdminPage>
        })
    })
}

fn nothing(group: &Group) -> AnyView {
    view! {
        <NoticeBox>"Nothing would change."</NoticeBox>
        <p><LinkButton href=paths::admin_group(&group.name) label="Back to the group" look="quiet"/></p>
    }
    .into_any()
}

fn refused(group: &Group, why: &str) -> AnyView {
    let why = why.to_owned();
    view! {
        <NoticeBox tone=Tone::Warning>
            {why}" A lifetime is a span such as 8h or 30d, from a minute to ten years, or forever."
        </NoticeBox>
        <p><LinkButton href=paths::admin_group(&group.name) label="Back to the group" look="quiet"/></p>
    }
    .into_any()
}

fn asked(group: &Group, difference: &Difference, typed: &Typed, tag: &str) -> AnyView {
    let listed = |title: &'static str, names: &[String]| {
        let names = names.iter().map(|name| view! { <li><code>{name.clone()}</code></li> }).collect_view();
        view! { <h2>{title}</h2><ul>{names}</ul> }
    };
    let granted =
        (!difference.granted.is_empty()).then(|| listed("They may from now on", &difference.granted));
    let withdrawn =
        (!difference.withdrawn.is_empty()).then(|| listed("They may no longer", &difference.withdrawn));
    let about = difference.about.clone().map(|(before, after)| {
        view! { <h2>"What it is for"</h2><p><del>{before}</del>" "<ins>{after}</ins></p> }
    });
    let lifetimes = (!difference.lifetimes.is_empty()).then(|| {
        let word = |one: Option<Lifetime>| {
            one.map_or_else(|| "as the settings say".to_owned(), |one| one.to_string())
        };
        let line = |(kind, before, after): &(LifetimeKind, Option<Lifetime>, Option<Lifetime>)| {
            view! { <li>{label(*kind)}": "<del>{word(*before)}</del>" "<ins>{word(*after)}</ins></li> }
        };
        let lines = difference.lifetimes.iter().map(line).collect_view();
        view! { <h2>"How long sign-ins last"</h2><ul>{lines}</ul> }
    });
    let hidden = typed.lifetimes.iter().map(|(kind, typed)| {
        let (name, value) = (kind.name(), typed.clone());
        view! { <Hidden name value/> }
    });
    let hidden = hidden.collect_view();
    let (count, name, back) = (group.members_shown(), group.name.clone(), paths::admin_group(&group.name));
    let (about_typed, permissions, tag) = (typed.about.clone(), typed.permissions.join(","), tag.to_owned());
    view! {
        <Card>
            <p>"This touches "<strong>{count}</strong>" people, from their next request on."</p>
            {granted}{withdrawn}{about}{lifetimes}
            <form method="post" action=paths::actions::CHANGE_GROUP>
                <Hidden name="group" value=name/>
                <Hidden name="tag" value=tag/>
                <Hidden name="about" value=about_typed/>
                <Hidden name="permissions" value=permissions/>
                {hidden}
                <div class="actions">
                    <SubmitButton label="Make these changes"/>
                    <LinkButton href=back label="Leave it as it is" look="quiet"/>
                </div>
            </form>
        </Card>
    }
    .into_any()
}
