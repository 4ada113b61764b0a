//! `/account/usage`: what one used of every quota, when it begins anew, and the last 30 days by day, key and tag.

use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Card, Chart, Column, Moment, PageTitle, Series, Table};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::quotas;
use vestibule_model::quotas::{Decider, Mode, Per, QuotaUse, UsageView, grouped};

/// `/account/usage`.
#[component]
pub fn UsagePage() -> impl IntoView {
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let usage = quotas::own_usage(&site.domain, actor.person()?).await?;
        let cards = usage.quotas.iter().map(card).collect_view();
        let none = usage.quotas.is_empty().then(|| view! { <p>"No quota counts you."</p> });
        let lately = lately(&usage);
        Ok(view! {
            <PageTitle text="Usage"/>
            <AccountNav here=paths::USAGE/>
            <h1>"Usage"</h1>
            <p class="lead">"What you used of what you may. Calls of the REST API count; these pages do not."</p>
            {none}
            {cards}
            {lately}
        })
    })
}

fn card(one: &QuotaUse) -> AnyView {
    let title = match one.key {
        Some(key) => format!("{}, API key {key}", one.quota),
        None => one.quota.clone(),
    };
    let bar = bar(one);
    let decided = match &one.decided {
        Decider::Default => None,
        Decider::Group { group } => Some(format!("You may more, or less, as a member of “{group}”.")),
        Decider::Person | Decider::Key => {
            Some("This was set for you by the people who run this site.".to_owned())
        }
    };
    let shadow = (one.mode == Mode::Shadow).then_some("It is being tried out, and refuses nobody.");
    let reset = match (one.resets_at, one.per) {
        (Some(at), _) => view! { <p>"It begins anew "<Moment at exact=true/>"."</p> }.into_any(),
        (None, Per::Ever) => view! { <p>"It does not begin anew."</p> }.into_any(),
        (None, _) => view! { <p>"It begins with your next call."</p> }.into_any(),
    };
    let blocked = one
        .blocked_until
        .map(|at| view! { <p class="problem">"Every call is refused until "<Moment at exact=true/>"."</p> });
    view! {
        <Card title=title>
            {bar}
            {reset}
            {blocked}
            {decided.map(|words| view! { <p class="quiet">{words}</p> })}
            {shadow.map(|words| view! { <p class="quiet">{words}</p> })}
        </Card>
    }
    .into_any()
}

/// How much is spent, as a bar and in words.
pub(crate) fn bar(one: &QuotaUse) -> AnyView {
    let per = match one.per {
        Per::Ever => "in all".to_owned(),
        per => format!("in this {}", per.name()),
    };
    let Some(limit) = one.limit.units().map(|limit| limit.saturating_add(one.granted)) else {
        return view! { <p>{format!("{} used {per}, without a limit", grouped(one.used))}</p> }.into_any();
    };
    let percent = one.percent().unwrap_or_default();
    let words = format!("{} of {} used {per}, {percent} %", grouped(one.used), grouped(limit));
    let (most, value) = (limit.max(1).to_string(), one.used.min(limit).to_string());
    let (high, label) = ((limit * 4 / 5).to_string(), format!("Used of {}", one.quota));
    view! {
        <p>
            <meter class="usage" min="0" max=most value=value high=high optimum="0" aria-label=label>{words.clone()}</meter>
            " "{words.clone()}
        </p>
    }
    .into_any()
}

/// The last 30 days.
pub(crate) fn lately(usage: &UsageView) -> AnyView {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let labels = usage.days.iter().map(|day| day.day.clone()).collect();
    let series = vec![
        Series {
            name: "Let through".to_owned(),
            values: usage.days.iter().map(|day| number(day.calls)).collect(),
        },
        Series {
            name: "Refused".to_owned(),
            values: usage.days.iter().map(|day| number(day.refused)).collect(),
        },
    ];
    let (calls, refused) =
        usage.days.iter().fold((0, 0), |sum, day| (sum.0 + day.calls, sum.1 + day.refused));
    let summary = format!("{} let through, {} refused", grouped(calls), grouped(refused));
    let columns = |first: &'static str| {
        vec![
            Column::new(first).names_row(),
            Column::new("Let through").number(),
            Column::new("Refused").number(),
        ]
    };
    let row = |name: String, calls: u64, refused: u64| {
        vec![name.into_any(), grouped(calls).into_any(), grouped(refused).into_any()]
    };
    let keys = usage.keys.iter().map(|key| {
        let name = key.name.clone().or_else(|| key.key.map(|id| format!("{id} (gone)")));
        row(name.unwrap_or_else(|| "Without a key".to_owned()), key.calls, key.refused)
    });
    let tags = usage.tags.iter().map(|tag| row(tag.tag.clone(), tag.calls, tag.refused));
    let (keys, tags): (Vec<_>, Vec<_>) = (keys.collect(), tags.collect());
    view! {
        <Card title="The last 30 days">
            <Chart title="Calls by day" summary labels series/>
            <h3>"By API key"</h3>
            <Table caption="Calls by API key" columns=columns("API key") rows=keys empty="No calls."/>
            <h3>"By tag"</h3>
            <Table caption="Calls by tag" columns=columns("Tag") rows=tags empty="No calls."/>
        </Card>
    }
    .into_any()
}
