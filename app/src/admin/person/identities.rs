//! The accounts elsewhere that open a person's account, and the way to take one off: for a person who lost the account
//! there, or says that it is not theirs.

use super::About;
use crate::account::keys::at_or;
use crate::parts::{Card, Column, Details, Hidden, Moment, SubmitButton, Table};
use crate::paths::actions;
use leptos::prelude::*;
use vestibule_domain::social;
use vestibule_model::social::Identity;
use vestibule_model::{Result, UserId};

/// The panel; nothing where nobody signs in by a provider.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let linked = social::of_user(&about.site.domain, &about.may, about.account.id).await?.items;
    if linked.is_empty() && social::offered(&about.site.domain).is_empty() {
        return Ok(().into_any());
    }
    let (user, manages) = (about.account.id, about.manages());
    let rows = linked.into_iter().map(|one| row(one, user, manages)).collect::<Vec<_>>();
    let columns = vec![
        Column::new("Provider").names_row(),
        Column::new("Known there as"),
        Column::new("Connected"),
        Column::new("Last used"),
        Column::new("Disconnect it").unseen(),
    ];
    Ok(view! {
        <Card title="Connected accounts"><Table caption="Accounts elsewhere that open this one" columns rows empty="None."/></Card>
    }
    .into_any())
}

fn row(one: Identity, user: UserId, manages: bool) -> Vec<AnyView> {
    let Identity { provider, label, subject, email, name, linked_at, last_used_at, usable, .. } = one;
    let away = (!usable).then(|| view! { " "<span class="badge badge-warning">"Not offered"</span> });
    let told = [name, email].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let end = manages.then(|| {
        let button = format!("Disconnect {label}");
        view! {
            <Details summary="Disconnect">
                <form method="post" action=actions::REMOVE_IDENTITY>
                    <Hidden name="user" value=user.to_string()/>
                    <Hidden name="provider" value=provider/>
                    <p>"They are told by mail. Where it was the only way in, a link from “Forgot your password?” still is one."</p>
                    <SubmitButton label=button look="danger"/>
                </form>
            </Details>
        }
    });
    vec![
        view! { <span><bdi>{label.clone()}</bdi>{away}</span> }.into_any(),
        view! { <span><bdi>{told}</bdi><br/><code class="id">{subject}</code></span> }.into_any(),
        view! { <Moment at=linked_at exact=true/> }.into_any(),
        at_or(last_used_at, "Never"),
        end.into_any(),
    ]
}
