//! Where a person is signed in, and the way to end it.

use super::About;
use crate::parts::{Card, Column, Hidden, Moment, SubmitButton, Table};
use crate::paths::actions;
use leptos::prelude::*;
use vestibule_domain::sessions;
use vestibule_model::Result;
use vestibule_model::sessions::SessionKind;

/// The panel.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let user = about.account.id;
    let all = sessions::list_of(&about.site.domain, &about.may, user).await?;
    let manages = about.manages();
    let rows = all.into_iter().map(|session| {
        let kind = if session.kind == SessionKind::Api { "Program" } else { "Browser" };
        let label = format!("Sign out {}", session.device);
        let end = manages.then(|| {
            view! {
                <form method="post" action=actions::END_SESSION_OF>
                    <Hidden name="user" value=user.to_string()/>
                    <Hidden name="session" value=session.id.to_string()/>
                    <SubmitButton label look="quiet"/>
                </form>
            }
        });
        vec![
            session.device.clone().into_any(),
            kind.into_any(),
            session.address.unwrap_or_else(|| "Unknown".to_owned()).into_any(),
            view! { <Moment at=session.created_at exact=true/> }.into_any(),
            view! { <Moment at=session.last_seen_at exact=true/> }.into_any(),
            end.into_any(),
        ]
    });
    let rows = rows.collect::<Vec<_>>();
    let columns = vec![
        Column::new("Device").names_row(),
        Column::new("Kind"),
        Column::new("From"),
        Column::new("Signed in"),
        Column::new("Last used"),
        Column::new("End it").unseen(),
    ];
    Ok(view! {
        <Card title="Signed in"><Table caption="Where the person is signed in" columns rows empty="Nowhere."/></Card>
    }
    .into_any())
}
