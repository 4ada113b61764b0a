//! `/admin/bans/{id}`: a ban of an address or network, who imposed it, and what an automatic one was imposed for.

use super::{by, lift, moment, state};
use crate::admin::AdminPage;
use crate::errors::page;
use crate::parts::{Card, Column, Fact, Facts, Table};
use crate::{paths, server};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::bans;
use vestibule_model::abuse::Evidence;
use vestibule_model::bans::{AddressBan, AddressBansQuery};
use vestibule_model::listing::Page;
use vestibule_model::{Error, Timestamp, UserId};

/// `/admin/bans/{id}`.
#[component]
pub fn BanRecordPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    page(async move {
        let (site, may) = (server::site()?, server::actor().allow()?);
        let id = id.parse().map_err(|_| Error::NotFound)?;
        let ban = bans::show_network(&site.domain, &may, id).await?;
        let query = AddressBansQuery { address: Some(ban.network.clone()), ..AddressBansQuery::default() };
        let around = bans::list_networks(&site.domain, &may, &query, &Page::default()).await?.items;
        let now = site.domain.now();
        let evidence = ban.evidence.as_ref().map(evidence);
        let (facts, history, lift) = (facts(&ban, now), history(&ban, around, now), lift(&ban, now));
        let title = format!("Ban of {}", ban.network);
        Ok(view! {
            <AdminPage title here=paths::ADMIN_BANS actions=lift>
                {facts}
                {evidence}
                {history}
            </AdminPage>
        })
    })
}

fn facts(ban: &AddressBan, now: Timestamp) -> AnyView {
    let until = ban.until.map_or_else(|| "Until it is lifted".into_any(), moment);
    let person = |label: &'static str, id: Option<UserId>| {
        id.map(|id| {
            let href = paths::admin_user(id);
            view! { <Fact label><a href=href><code class="id">{id.to_string()}</code></a></Fact> }
        })
    };
    let (author, lifter) = (person("Their id", ban.author), person("Lifted by", ban.lifted_by));
    let (network, reason, imposed) = (ban.network.clone(), ban.reason.to_string(), by(ban.automatic));
    let (since, state) = (moment(ban.since), state(ban, now));
    view! {
        <Card>
            <Facts>
                <Fact label="Network"><code>{network}</code></Fact>
                <Fact label="Reason">{reason}</Fact>
                <Fact label="Imposed by">{imposed}</Fact>
                {author}
                <Fact label="Since">{since}</Fact>
                <Fact label="Until">{until}</Fact>
                <Fact label="State">{state}</Fact>
                {lifter}
            </Facts>
        </Card>
    }
    .into_any()
}

/// What it was imposed for.
fn evidence(evidence: &Evidence) -> AnyView {
    let rows = evidence
        .offences
        .iter()
        .map(|(offence, count)| vec![view! { <span>{offence.counted(*count)}</span> }.into_any()]);
    let rows = rows.collect::<Vec<_>>();
    let path = evidence
        .last_path
        .clone()
        .map(|path| view! { <Fact label="Last probe"><code class="id">{path}</code></Fact> });
    let score = format!("{} (blocked from {} on)", evidence.score, evidence.block_at);
    let (first, nth) = (moment(evidence.first_at), evidence.nth.to_string());
    view! {
        <Card title="Why the program did it">
            <Facts>
                <Fact label="Score">{score}</Fact>
                <Fact label="Since">{first}</Fact>
                <Fact label="Block in a row">{nth}</Fact>
                {path}
            </Facts>
            <Table caption="What came from there" columns=vec![Column::new("Offences").names_row()] rows/>
        </Card>
    }
    .into_any()
}

/// The other bans of the same addresses.
fn history(ban: &AddressBan, around: Vec<AddressBan>, now: Timestamp) -> AnyView {
    let others = around.into_iter().filter(|other| other.id != ban.id);
    let rows = others.map(|other| {
        let (href, state) = (paths::admin_ban(other.id), state(&other, now));
        vec![
            view! { <a href=href><code>{other.network}</code></a> }.into_any(),
            other.reason.to_string().into_any(),
            moment(other.since),
            state,
        ]
    });
    let rows = rows.collect::<Vec<_>>();
    let columns = vec![
        Column::new("Network").names_row(),
        Column::new("Reason"),
        Column::new("Since"),
        Column::new("State"),
    ];
    view! {
        <Card title="Other bans of these addresses">
            <Table caption="Other bans around this network" columns rows empty="There were none."/>
        </Card>
    }
    .into_any()
}
