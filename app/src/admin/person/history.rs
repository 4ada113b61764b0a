//! What happened to a person's account, newest first.

use super::About;
use crate::account::history::History;
use crate::parts::{Card, Details};
use leptos::prelude::*;
use vestibule_domain::audit;
use vestibule_model::Result;

/// How many events are told here.
const TOLD: u32 = 20;

/// The panel.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let events = audit::newest_of(&about.site.domain, &about.may, about.account.id, TOLD).await?;
    Ok(view! {
        <Card title="What happened"><Details summary="The newest events" open=true><History events/></Details></Card>
    }
    .into_any())
}
