//! A person's bans, over or not.

use super::About;
use crate::parts::{Card, Column, Moment, Table};
use leptos::prelude::*;
use vestibule_domain::bans;
use vestibule_model::Result;
use vestibule_model::bans::{BansQuery, Ending};
use vestibule_model::listing::Page;

/// The panel; nothing for somebody who was never banned.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let query = BansQuery { user: Some(about.account.id), standing: None };
    let all = bans::list(&about.site.domain, &about.may, &query, &Page::default()).await?.items;
    if all.is_empty() {
        return Ok(().into_any());
    }
    let moment = |at| view! { <Moment at exact=true/> }.into_any();
    let rows = all.into_iter().map(|ban| {
        let ended = match (ban.ended_at, ban.ending) {
            (None, _) => "It holds".into_any(),
            (Some(at), Some(Ending::Lifted)) => view! { "Lifted "{moment(at)} }.into_any(),
            (Some(at), Some(Ending::Replaced)) => view! { "Replaced "{moment(at)} }.into_any(),
            (Some(at), _) => view! { "By itself "{moment(at)} }.into_any(),
        };
        vec![
            ban.reason.to_string().into_any(),
            moment(ban.since),
            ban.until.map_or_else(|| "Until lifted".into_any(), moment),
            ended,
        ]
    });
    let rows = rows.collect::<Vec<_>>();
    let columns = vec![
        Column::new("Reason").names_row(),
        Column::new("Since"),
        Column::new("Until"),
        Column::new("Ended"),
    ];
    Ok(view! { <Card title="Bans"><Table caption="Bans of the person" columns rows/></Card> }.into_any())
}
