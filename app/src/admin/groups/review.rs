//! `/admin/groups/:name/review`: what a change of a group would give and take, and how many people it touches, before it is
//! made. All of it stands in the address, so that it can be looked at again.

use super::super::AdminPage;
use super::form::{Difference, Typed, label};
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Field, Hidden, LinkButton, NoticeBox, SubmitButton};
use crate::paths;
use crate::server::{self, Flash};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::groups;
use vestibule_model::Error;
use vestibule_model::groups::{Group, Part};
use vestibule_model::sessions::{Lifetime, LifetimeKind};

/// The controls, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[
    ("about", "What it is for"),
    ("idle", "Signed in, unused"),
    ("overall", "Signed in, overall"),
    ("remembered", "Stay signed in"),
    ("refresh_idle", "Programs, unused"),
    ("refresh_overall", "Programs, overall"),
];

/// `/admin/groups/:name/review`.
#[component]
pub fn ReviewPage() -> impl IntoView {
    let name = use_params_map().with_untracked(|params| params.get("name").unwrap_or_default());
    let address = paths::admin_group_review(&name);
    let mut flash = server::take_flash(&address);
    let typed = Typed {
        about: flash.typed("about").unwrap_or_else(|| server::query("about")),
        permissions: server::queries("permission"),
        lifetimes: LifetimeKind::ALL.map(|kind| (kind, server::query(kind.name()))).to_vec(),
    };
    let tag = server::query("tag");
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let group = groups::show(&site.domain, &actor.allow()?, &name).await?;
        let read = typed.change(&group).map(|change| Difference::of(&group, &change));
        if let Err(error) = &read {
            server::set_error_status(error);
            flash = Flash::failed(&address, error.clone(), &[]);
        }
        let title = format!("Change the group {}", group.name);
        let unfit = matches!(flash.error, Some(Error::Invalid { .. }));
        Ok(view! {
            <AdminPage title here=paths::ADMIN_GROUPS>
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                {match read {
                    Ok(difference) if difference.is_nothing() => nothing(&group),
                    Ok(difference) if !unfit => asked(&group, &difference, &typed, &tag),
                    _ => mended(&group, &typed, &tag, &flash),
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

/// What was typed, to be put right; what is fixed is not asked for.
fn mended(group: &Group, typed: &Typed, tag: &str, flash: &Flash) -> AnyView {
    let free = |part: Part| !group.fixed.contains(&part);
    let about = free(Part::About).then(|| {
        let (value, problem) = (typed.about.clone(), flash.problem("about"));
        view! { <Field name="about" label="What it is for" value problem/> }
    });
    let permissions = typed.permissions.iter().map(|one| {
        let value = one.clone();
        view! { <Hidden name="permission" value/> }
    });
    let permissions = permissions.collect_view();
    let lifetimes = typed.lifetimes.iter().filter(|_| free(Part::Lifetimes)).map(|(kind, typed)| {
        let (name, value, problem) = (kind.name(), typed.clone(), flash.problem(kind.name()));
        view! { <Field name label=label(*kind) value problem required=false/> }
    });
    let lifetimes = lifetimes.collect_view();
    let (action, back, tag) =
        (paths::admin_group_review(&group.name), paths::admin_group(&group.name), tag.to_owned());
    view! {
        <Card>
            <p class="field-hint">"A lifetime is a span such as 8h or 30d, from a minute to ten years, or forever."</p>
            <form method="get" action=action>
                <Hidden name="tag" value=tag/>
                {about}{permissions}{lifetimes}
                <div class="actions">
                    <SubmitButton label="Look at the changes"/>
                    <LinkButton href=back label="Leave it as it is" look="quiet"/>
                </div>
            </form>
        </Card>
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
