//! What a person may do, and through which of their groups; for those who manage groups, the way to change that.

use super::About;
use crate::parts::{Card, Column, Hidden, Select, SubmitButton, Table};
use crate::paths::actions::{JOIN_GROUP, LEAVE_GROUP};
use crate::paths::admin_group;
use leptos::prelude::*;
use vestibule_domain::groups;
use vestibule_model::groups::{EffectiveRights, Group, ManageGroups};
use vestibule_model::{Result, UserId};

/// The panel.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let user = about.account.id;
    let rights = groups::of_person(&about.site.domain, &about.may, user, None).await?;
    let manager = about.actor.allow::<ManageGroups>().ok();
    let join = match &manager {
        Some(by) => join(groups::list(&about.site.domain, by).await?, &rights, about.flash.problem("group")),
        None => None,
    };
    let memberships = memberships(user, &rights.groups, manager.is_some());
    let rows = rights.permissions.into_iter().map(|right| {
        vec![
            view! { <code>{right.permission}</code> }.into_any(),
            right.about.into_any(),
            right.through.join(", ").into_any(),
        ]
    });
    let rows = rows.collect::<Vec<_>>();
    let columns = vec![Column::new("Permission").names_row(), Column::new("Allows"), Column::new("Through")];
    Ok(view! {
        <Card title="Rights, and why">
            {memberships}
            {join}
            <Table caption="What the person may do" columns rows empty="Nothing beyond their own account."/>
        </Card>
    }
    .into_any())
}

/// The groups a person belongs to, each with the way out for whoever manages groups.
fn memberships(user: UserId, groups: &[String], manages: bool) -> AnyView {
    let rows = groups.iter().map(|group| {
        let leave = manages.then(|| {
            view! {
                <form method="post" action=LEAVE_GROUP>
                    <Hidden name="group" value=group.clone()/>
                    <Hidden name="person" value=user.to_string()/>
                    <Hidden name="back" value="person"/>
                    <SubmitButton label=format!("Take out of {group}") look="quiet"/>
                </form>
            }
        });
        let name = if manages {
            view! { <a href=admin_group(group)>{group.clone()}</a> }.into_any()
        } else {
            group.clone().into_any()
        };
        vec![name, leave.into_any()]
    });
    let rows = rows.collect::<Vec<_>>();
    let columns = vec![Column::new("Group").names_row(), Column::new("Take out").unseen()];
    view! { <Table caption="Groups of the person" columns rows empty="No group."/> }.into_any()
}

/// The way into a group that the person does not belong to; nothing when they belong to all.
fn join(all: Vec<Group>, rights: &EffectiveRights, problem: Option<String>) -> Option<AnyView> {
    let open = all.into_iter().map(|group| group.name).filter(|name| !rights.groups.contains(name));
    let options = open.map(|name| (name.clone(), name)).collect::<Vec<_>>();
    (!options.is_empty()).then(|| {
        view! {
            <form class="actions" method="post" action=JOIN_GROUP>
                <Hidden name="person" value=rights.id.to_string()/>
                <Hidden name="back" value="person"/>
                <Select name="group" label="Group" value=String::new() options problem/>
                <SubmitButton label="Put into this group" look="quiet"/>
            </form>
        }
        .into_any()
    })
}
