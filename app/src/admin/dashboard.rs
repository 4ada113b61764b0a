//! `/admin`: the site at a glance, in numbers over a day, a week, a month or a quarter, each held against the time before.

use super::{AdminPage, nav};
use crate::errors::page;
use crate::parts::{Card, Chart, Fact, Facts, Look, Series};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::statistics;
use vestibule_model::Timestamp;
use vestibule_model::statistics::{Measure, Range, Statistics};

/// What is drawn: title, how, and what is in it.
const CHARTS: &[(&str, Look, &[Measure])] = &[
    ("Accounts", Look::Bars, &[Measure::Registrations, Measure::Deletions]),
    ("Active people", Look::Lines, &[Measure::ActivePeople]),
    ("Sign-ins", Look::Bars, &[Measure::SignIns, Measure::FailedSignIns]),
    ("Mail", Look::Bars, &[Measure::MailsSent, Measure::MailsFailed]),
    ("Bans and API keys", Look::Bars, &[Measure::Bans, Measure::KeysMade]),
];

/// `/admin`.
#[component]
pub fn DashboardPage() -> impl IntoView {
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let range = server::query("range").parse().unwrap_or_default();
        let numbers = statistics::read(&site.domain, &actor.allow()?, range).await?;
        let pages = nav::open_to(&actor).filter(|entry| entry.path != paths::ADMIN);
        let pages = pages.map(|entry| view! { <li><a href=entry.path>{entry.label}</a></li> }).collect_view();
        let charts = CHARTS.iter().map(|(title, look, measures)| chart(&numbers, title, *look, measures));
        let charts = charts.collect_view();
        Ok(view! {
            <AdminPage title="Overview" here=paths::ADMIN lead="Numbers name nobody. Days begin in UTC; the last one is not over yet.">
                {ranges(range)}
                <div class="columns">
                    <Card title="Now">
                        <Facts>
                            <Fact label="People">{numbers.people}</Fact>
                            <Fact label="Mails waiting">{numbers.mails_waiting}</Fact>
                            <Fact label="Mails given up">{numbers.mails_stuck}</Fact>
                        </Facts>
                    </Card>
                    <Card title="What you look after"><ul class="links">{pages}</ul></Card>
                </div>
                {charts}
            </AdminPage>
        })
    })
}

/// Links to the other ranges.
fn ranges(open: Range) -> AnyView {
    let links = Range::ALL.map(|range| {
        let href = paths::with_query(paths::ADMIN, "range", range.name());
        let label = match range {
            Range::Day => "24 hours",
            Range::Week => "7 days",
            Range::Month => "30 days",
            Range::Quarter => "90 days",
        };
        view! { <li><a href=href aria-current=(range == open).then_some("page")>{label}</a></li> }
    });
    view! { <nav class="account-nav" aria-label="How far back"><ul>{links.into_iter().collect_view()}</ul></nav> }
        .into_any()
}

fn chart(numbers: &Statistics, title: &'static str, look: Look, measures: &[Measure]) -> AnyView {
    let figures: Vec<_> = measures.iter().filter_map(|measure| numbers.of(*measure)).collect();
    let steps = figures.first().map_or(0, |one| one.values.len());
    let labels = (0_i64..).take(steps).map(|place| label(numbers, place)).collect();
    let sums = figures
        .iter()
        .map(|one| format!("{} {} ({} in the time before)", one.measure.label(), one.sum, one.before));
    let summary = format!("{}.", sums.collect::<Vec<_>>().join(", "));
    let series =
        figures.iter().map(|one| Series { name: one.measure.label().to_owned(), values: one.values.clone() });
    let series = series.collect();
    view! { <Card><Chart title summary look labels series/></Card> }.into_any()
}

/// The beginning of a step, in UTC: `05:00` or `23 Nov`.
fn label(numbers: &Statistics, place: i64) -> String {
    let at = Timestamp(numbers.from.0 + place * numbers.step_hours * 3_600_000_000).to_string();
    let (day, time) = at.split_once('T').unwrap_or((&at, ""));
    if numbers.range == Range::Day { time.chars().take(5).collect() } else { day.to_owned() }
}
