//! `/admin/groups/:name`: one group.

use super::super::AdminPage;
use super::form::label;
use super::kinds;
use crate::errors::page;
use crate::parts::{
    Card, Column, DangerZone, ErrorSummary, Fact, Facts, Field, Hidden, Moment, Pager, SubmitButton, Table,
    Told,
};
use crate::{paths, server};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::groups;
use vestibule_model::groups::{Group, GroupMember, Part, Permission, PermissionInfo, ViewAccounts};
use vestibule_model::sessions::LifetimeKind;

/// Members on a page.
const MEMBERS: usize = 50;

const FIELDS: &[(&str, &str)] = &[
    ("about", "What it is for"),
    ("permissions", "Permissions"),
    ("idle", "Signed in, unused"),
    ("overall", "Signed in, overall"),
    ("remembered", "Stay signed in"),
    ("refresh_idle", "Programs, unused"),
    ("refresh_overall", "Programs, overall"),
    ("person", "Person"),
    ("confirm_name", "Name of the group"),
];

/// `/admin/groups/:name`.
#[component]
pub fn GroupPage() -> impl IntoView {
    let name = use_params_map().with_untracked(|params| params.get("name").unwrap_or_default());
    let address = paths::admin_group(&name);
    let (flash, after) = (server::take_flash(&address), server::query("after").parse().ok());
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let by = actor.allow()?;
        let group = groups::show(&site.domain, &by, &name).await?;
        let most = i64::try_from(MEMBERS + 1).unwrap_or(i64::MAX);
        let members = groups::members(&site.domain, &by, &name, after, most).await?;
        let known = groups::permissions(&site.domain);
        let (tag, kind) = (groups::tag(&group), kinds(&group).join(", "));
        let (count, title, lead) = (group.members_shown(), group.name.clone(), group.about.clone());
        let removal = (!group.protected).then(|| removal(group.name.clone(), flash.clone()));
        let change = change(&group, &known, tag);
        let sees = actor.holds(ViewAccounts::NAME);
        let belonging = belonging(&group, (members, after.is_some()), sees, flash.clone());
        Ok(view! {
            <AdminPage title lead here=paths::ADMIN_GROUPS>
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                <Card>
                    <Facts>
                        <Fact label="Members">{count}</Fact>
                        {(!kind.is_empty()).then(|| view! { <Fact label="Kind">{kind}</Fact> })}
                    </Facts>
                </Card>
                {change}
                {belonging}
                {removal}
            </AdminPage>
        })
    })
}

/// The form for what is free; what would change is shown before it is made.
fn change(group: &Group, known: &[PermissionInfo], tag: String) -> AnyView {
    let free = |part: Part| !group.fixed.contains(&part);
    let about = free(Part::About).then(|| {
        let value = group.about.clone();
        view! { <Field name="about" label="What it is for" value/> }
    });
    let lifetimes = free(Part::Lifetimes).then(|| lifetimes(group));
    let (boxes, action) =
        (boxes(group, known, free(Part::Permissions)), paths::admin_group_review(&group.name));
    let why = (!group.fixed.is_empty()).then(|| {
        let by = if group.from_settings { "the settings of this site" } else { "the product" };
        view! { <p class="quiet">"Some of this group is as "{by}" say, and is not changed here."</p> }
    });
    view! {
        <Card title="What its members may do">
            {why}
            <form method="get" action=action>
                <Hidden name="tag" value=tag/>
                {about}
                {boxes}
                {lifetimes}
                <SubmitButton label="Look at the changes"/>
            </form>
        </Card>
    }
    .into_any()
}

fn boxes(group: &Group, known: &[PermissionInfo], free: bool) -> AnyView {
    // One whose extension is gone stands there as well, to be taken away.
    let gone = group.permissions.iter().filter(|held| known.iter().all(|one| one.name != held.as_str()));
    let gone = gone.map(|name| (name.clone(), "Nobody declares this any more.".to_owned()));
    let all = known.iter().map(|one| (one.name.to_owned(), one.about.to_owned())).chain(gone);
    let one = |(name, about): (String, String)| {
        let (id, held) = (format!("permission-{name}"), group.permissions.contains(&name));
        let hint = format!("{id}-about");
        view! {
            <div class="check">
                <input
                    type="checkbox"
                    id=id.clone()
                    name="permission"
                    value=name.clone()
                    checked=held
                    disabled=!free
                    aria-describedby=hint.clone()
                />
                <label for=id><code>{name}</code><span class="quiet" id=hint>" "{about}</span></label>
            </div>
        }
    };
    let boxes = all.map(one).collect_view();
    view! { <fieldset id="permissions"><legend>"Permissions"</legend>{boxes}</fieldset> }.into_any()
}

fn lifetimes(group: &Group) -> AnyView {
    let one = |kind: LifetimeKind| {
        let value = group.lifetimes.get(&kind).map(ToString::to_string).unwrap_or_default();
        view! { <Field name=kind.name() label=label(kind) value required=false/> }
    };
    let fields = LifetimeKind::ALL.map(one).collect_view();
    view! {
        <fieldset>
            <legend>"How long sign-ins last"</legend>
            <p class="field-hint">
                "A span such as 8h or 30d, or forever; empty for what the settings say. The longest of a person's groups counts."
            </p>
            {fields}
        </fieldset>
    }
    .into_any()
}

/// Who belongs to the group, on a page that is `later` than the first; people have a page only for whoever `sees` accounts.
fn belonging(
    group: &Group,
    (mut members, later): (Vec<GroupMember>, bool),
    sees: bool,
    flash: server::Flash,
) -> AnyView {
    let more = members.len() > MEMBERS;
    members.truncate(MEMBERS);
    let address = paths::admin_group(&group.name);
    let last = members.last().map(|last| last.id.to_string()).unwrap_or_default();
    let next = more.then(|| paths::with_query(&address, "after", &last));
    let first = later.then(|| address.clone());
    let (name, joined) = (group.name.clone(), group.name.clone());
    let row = move |member: GroupMember| {
        let out = view! {
            <form method="post" action=paths::actions::LEAVE_GROUP>
                <Hidden name="group" value=name.clone()/>
                <Hidden name="person" value=member.id.to_string()/>
                <SubmitButton label="Take out" look="quiet"/>
            </form>
        };
        let person = if sees {
            view! { <a href=paths::admin_user(member.id)>{member.name}</a> }.into_any()
        } else {
            member.name.into_any()
        };
        vec![person, member.email.into_any(), view! { <Moment at=member.since/> }.into_any(), out.into_any()]
    };
    let columns = vec![
        Column::new("Person").names_row(),
        Column::new("E-mail"),
        Column::new("Since"),
        Column::new("Take out").unseen(),
    ];
    let rows = members.into_iter().map(row).collect();
    let hint = if sees { "E-mail address, user name or id" } else { "Their id" };
    view! {
        <Card title="Who belongs to it">
            <Table caption="Members" columns rows empty="Nobody yet."/>
            <Pager first next/>
            <form method="post" action=paths::actions::JOIN_GROUP>
                <Hidden name="group" value=joined/>
                <Field
                    name="person"
                    label="Put somebody in"
                    value=flash.value("person")
                    hint
                    problem=flash.problem("person")
                />
                <SubmitButton label="Put in"/>
            </form>
        </Card>
    }
    .into_any()
}

fn removal(name: String, flash: server::Flash) -> AnyView {
    view! {
        <DangerZone title="Delete the group">
            <p>"Its members stay, without what they had by it."</p>
            <form method="post" action=paths::actions::DELETE_GROUP>
                <Hidden name="group" value=name/>
                <Field name="confirm_name" label="Type the name of the group" problem=flash.problem("confirm_name")/>
                <SubmitButton label="Delete the group" look="danger"/>
            </form>
        </DangerZone>
    }
    .into_any()
}
