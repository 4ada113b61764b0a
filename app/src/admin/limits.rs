//! `/admin/limits` and below: which rate limits hold, where each comes from, and what can be changed of one.

pub mod actions;
mod form;
pub mod one;

pub use one::LimitPage;

use super::AdminPage;
use crate::errors::page;
use crate::parts::{Card, Column, ErrorSummary, Field, SubmitButton, Table, Told};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::limits;
use vestibule_model::limits::{LimitForm, LimitOrigin, LimitView};

/// `/admin/limits`.
#[component]
pub fn LimitsPage() -> impl IntoView {
    let flash = server::take_flash(paths::ADMIN_LIMITS);
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let all = limits::all(&site.domain, &actor.allow()?);
        let fields = form::fields(&LimitForm::default(), &flash);
        Ok(view! {
            <AdminPage
                title="Rate limits"
                lead="A limit protects the site from too many calls in a short time. It concerns the endpoints of its tags, and never gives anything back: an allowance is a quota."
                here=paths::ADMIN_LIMITS
            >
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=form::LABELS/>
                {listed(all)}
                <Card title="Add a limit">
                    <form method="post" action=paths::actions::SET_LIMIT>
                        <Field
                            name="name"
                            label="Name"
                            value=flash.value("name")
                            hint="Small letters, digits, _ and -. Answers name it in their headers."
                            problem=flash.problem("name")
                        />
                        {fields}
                        <SubmitButton label="Add the limit"/>
                    </form>
                </Card>
            </AdminPage>
        })
    })
}

fn listed(all: Vec<LimitView>) -> AnyView {
    let columns = vec![
        Column::new("Limit").names_row(),
        Column::new("Allows"),
        Column::new("For each"),
        Column::new("Endpoints"),
        Column::new("Mode"),
        Column::new("From"),
    ];
    let row = |one: LimitView| {
        let endpoints = format!("{} with {}", one.endpoints, list(one.limit.tags.as_deref()));
        vec![
            view! { <a href=paths::admin_limit(&one.name)>{one.name.clone()}</a> }.into_any(),
            allows(&one.limit).into_any(),
            list(one.limit.by.as_deref()).into_any(),
            endpoints.into_any(),
            mode(&one.limit).into_any(),
            origin(one.from).into_any(),
        ]
    };
    let rows = all.into_iter().map(row).collect();
    view! { <Table caption="Rate limits" columns rows empty="No limit holds."/> }.into_any()
}

/// What a limit allows, in words of people.
fn allows(limit: &LimitForm) -> String {
    let (most, per) = (limit.most.unwrap_or_default(), limit.per.clone().unwrap_or_default());
    match (limit.strict, limit.burst) {
        (Some(true), _) => format!("at most {most} in any {per}"),
        (_, Some(burst)) if burst != most => format!("{most} per {per}, {burst} at once"),
        _ => format!("{most} per {per}"),
    }
}

fn mode(limit: &LimitForm) -> &'static str {
    match limit.mode.as_deref() {
        Some("off") => "off",
        Some("shadow") => "counts only",
        _ => "refuses",
    }
}

const fn origin(from: LimitOrigin) -> &'static str {
    match from {
        LimitOrigin::Program => "the program",
        LimitOrigin::RunTime => "set here",
        LimitOrigin::Settings => "the settings",
    }
}

fn list(items: Option<&[String]>) -> String {
    items.unwrap_or_default().join(", ")
}
