//! `/admin/groups` and below: which groups there are, what the members of each may do, and who belongs to them. A change of
//! a group is looked at once more before it is made.

pub mod actions;
mod form;
pub mod one;
pub mod review;

pub use one::GroupPage;
pub use review::ReviewPage;

use super::AdminPage;
use crate::errors::page;
use crate::parts::{Card, Column, ErrorSummary, Field, SubmitButton, Table, Told};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::groups;
use vestibule_model::groups::Group;

/// `/admin/groups`.
#[component]
pub fn GroupsPage() -> impl IntoView {
    let flash = server::take_flash(paths::ADMIN_GROUPS);
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let all = groups::list(&site.domain, &actor.allow()?).await?;
        Ok(view! {
            <AdminPage title="Groups" lead="People hold permissions by the groups they belong to." here=paths::ADMIN_GROUPS>
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=&[("name", "Name"), ("about", "What it is for")]/>
                {listed(all)}
                <Card title="Make a group">
                    <form method="post" action=paths::actions::CREATE_GROUP>
                        <Field
                            name="name"
                            label="Name"
                            value=flash.value("name")
                            hint="Small letters, digits and hyphens. It never changes."
                            problem=flash.problem("name")
                        />
                        <Field
                            name="about"
                            label="What it is for"
                            value=flash.value("about")
                            problem=flash.problem("about")
                            required=false
                        />
                        <SubmitButton label="Make the group"/>
                    </form>
                </Card>
            </AdminPage>
        })
    })
}

fn listed(all: Vec<Group>) -> AnyView {
    let columns = vec![
        Column::new("Group").names_row(),
        Column::new("What it is for"),
        Column::new("Members").number(),
        Column::new("Permissions").number(),
        Column::new("Kind"),
    ];
    let row = |group: Group| {
        let (members, kind) = (group.members_shown(), kinds(&group).join(", "));
        vec![
            view! { <a href=paths::admin_group(&group.name)>{group.name.clone()}</a> }.into_any(),
            group.about.into_any(),
            members.into_any(),
            group.permissions.len().into_any(),
            kind.into_any(),
        ]
    };
    let rows = all.into_iter().map(row).collect();
    view! { <Table caption="Groups" columns rows/> }.into_any()
}

/// What is special about a group.
fn kinds(group: &Group) -> Vec<&'static str> {
    let all = [
        (group.default, "everyone who registers"),
        (group.from_settings, "from settings"),
        (group.protected, "protected"),
    ];
    all.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
}
