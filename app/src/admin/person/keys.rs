//! The API keys of a person, and the way to switch one off or to end it: for those who manage keys.

use super::About;
use crate::account::keys::{StateBadge, at_or, may};
use crate::admin::keys::ways;
use crate::parts::{Card, Column, Table};
use leptos::prelude::*;
use vestibule_domain::keys;
use vestibule_model::Result;
use vestibule_model::groups::ManageKeys;
use vestibule_model::keys::ApiKey;

/// The panel; nothing for whoever does not manage keys.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let Ok(by) = about.actor.allow::<ManageKeys>() else { return Ok(().into_any()) };
    let keys = keys::list_of(&about.site.domain, &by, about.account.id).await?;
    let rows = keys.iter().map(row).collect::<Vec<_>>();
    let columns = vec![
        Column::new("Key").names_row(),
        Column::new("State"),
        Column::new("May"),
        Column::new("Last used"),
        Column::new("Ends"),
        Column::new("End it").unseen(),
    ];
    Ok(view! {
        <Card title="API keys"><Table caption="API keys of the person" columns rows empty="No keys."/></Card>
    }
    .into_any())
}

fn row(key: &ApiKey) -> Vec<AnyView> {
    let (name, begins) = (key.name.as_str().to_owned(), key.begins_with.clone());
    vec![
        view! { <span><bdi>{name}</bdi><br/><code class="id">{begins}</code></span> }.into_any(),
        view! { <StateBadge state=key.state/> }.into_any(),
        may(key).into_any(),
        at_or(key.last_used_at, "Never"),
        at_or(key.expires_at, "Never"),
        ways(key, "person"),
    ]
}
