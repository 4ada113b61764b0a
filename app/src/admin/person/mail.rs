//! The newest mails to a person, and what became of them.

use super::About;
use crate::admin::mail::words;
use crate::parts::{Card, Column, Details, Moment, Table};
use leptos::prelude::*;
use vestibule_domain::mail;
use vestibule_model::Result;

/// The panel.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let letters = mail::newest_to(&about.site.domain, &about.may, about.account.id).await?;
    let rows = letters.into_iter().map(|letter| {
        let state = letter.status.parse().map_or("Unknown", words);
        vec![
            letter.kind.replace('_', " ").into_any(),
            letter.recipient.into_any(),
            view! { <Moment at=letter.created_at exact=true/> }.into_any(),
            state.into_any(),
        ]
    });
    let rows = rows.collect::<Vec<_>>();
    let columns = vec![
        Column::new("Mail").names_row(),
        Column::new("To"),
        Column::new("Written"),
        Column::new("State"),
    ];
    Ok(view! {
        <Card title="Mail">
            <Details summary="The newest mails"><Table caption="Mails to the person" columns rows empty="None."/></Details>
        </Card>
    }
    .into_any())
}
