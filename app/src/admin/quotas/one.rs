//! `/admin/quotas/:name`: what a quota says, changing it, trying a change out on recorded usage, and deleting it.

use super::form::{self, fields};
use crate::admin::AdminPage;
use crate::errors::page;
use crate::parts::{
    Card, Column, DangerZone, ErrorSummary, Field, Hidden, Moment, NoticeBox, SubmitButton, Table, Told, Tone,
};
use crate::server::{self, Flash};
use crate::{paths, text};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::quotas;
use vestibule_domain::{Allowed, Domain};
use vestibule_model::groups::ManageQuotas;
use vestibule_model::quotas::{
    Allowance, QuotaForm, QuotaFrom, QuotaView, Simulated, SimulatedPerson, grouped,
};
use vestibule_model::{Error, Problem, Result};

/// `/admin/quotas/:name`.
#[component]
pub fn QuotaPage() -> impl IntoView {
    let name = use_params_map().with_untracked(|params| params.get("name").unwrap_or_default());
    let flash = server::take_flash(&paths::admin_quota(&name));
    let asked = (server::query("try"), server::query("days"));
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let by = actor.allow()?;
        let view = quotas::show(&site.domain, &by, &name).await?;
        let told = simulated(&site.domain, &by, &name, &asked).await;
        let change = change(&view, &flash);
        let trial = trial(&view, &asked, told);
        let removal = removal(&view);
        let lead = format!("{} endpoints have its tag; {} overrides hold.", view.endpoints, view.overrides);
        Ok(view! {
            <AdminPage title=name lead here=paths::ADMIN_QUOTAS>
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=form::FIELDS/>
                {change}
                {trial}
                {removal}
            </AdminPage>
        })
    })
}

fn change(view: &QuotaView, flash: &Flash) -> AnyView {
    let name = view.quota.name.clone().unwrap_or_default();
    if view.locked {
        let limit = view.quota.limit.unwrap_or(Allowance::Unlimited).to_string();
        let per = view.quota.per.clone().unwrap_or_default();
        let words = format!("The settings of this site say what holds: {limit} per {per}. Change it there.");
        return view! { <Card title="What it says"><p>{words}</p></Card> }.into_any();
    }
    let fields = fields(flash, Some(&view.quota));
    view! {
        <Card title="What it says">
            <form method="post" action=paths::actions::SET_QUOTA novalidate=true>
                <Hidden name="name" value=name/>
                {fields}
                <p class="quiet">"Another “Counted by”, “In a”, beginning or time zone begins everybody's count anew."</p>
                <SubmitButton label="Save"/>
            </form>
        </Card>
    }
    .into_any()
}

/// What the quota would have done with another limit; nothing where nothing was asked.
async fn simulated(
    domain: &Domain,
    by: &Allowed<ManageQuotas>,
    name: &str,
    (limit, days): &(String, String),
) -> Option<Result<Simulated>> {
    if limit.is_empty() {
        return None;
    }
    Some(
        async {
            let limit = Allowance::parse(limit).map_err(|problem| Error::invalid("limit", problem))?;
            let days = days.trim().parse().map_err(|_| Error::invalid("days", Problem::Malformed))?;
            let form = QuotaForm { name: Some(name.to_owned()), limit: Some(limit), ..QuotaForm::default() };
            quotas::simulate(domain, by, form, days).await
        }
        .await,
    )
}

fn trial(view: &QuotaView, (limit, days): &(String, String), told: Option<Result<Simulated>>) -> AnyView {
    let name = view.quota.name.clone().unwrap_or_default();
    let holds = view.quota.limit.unwrap_or(Allowance::Unlimited).to_string();
    let limit = if limit.is_empty() { holds } else { limit.clone() };
    let days = if days.is_empty() { "7".to_owned() } else { days.clone() };
    let answer = told.map(|told| match told {
        Ok(told) => outcome(&told),
        Err(error) => view! { <NoticeBox tone=Tone::Warning>{text::sentence(&error)}</NoticeBox> }.into_any(),
    });
    view! {
        <Card title="Try it out">
            <p>"Recorded usage is replayed against another limit. Nothing is changed, and nobody is told."</p>
            <form class="filters" method="get" action=paths::admin_quota(&name)>
                <Field name="try" label="Limit to try" value=limit/>
                <Field name="days" label="Days to look back at" value=days hint="1 to 35"/>
                <SubmitButton label="Replay" look="quiet"/>
            </form>
            {answer}
        </Card>
    }
    .into_any()
}

fn outcome(told: &Simulated) -> AnyView {
    let sum = format!(
        "{} of {} calls by {} callers would have been refused.",
        grouped(told.refused),
        grouped(told.calls),
        grouped(told.callers)
    );
    let columns = vec![
        Column::new("Who").names_row(),
        Column::new("May spend").number(),
        Column::new("Calls").number(),
        Column::new("Refused").number(),
        Column::new("First refused"),
    ];
    let rows = told.who.iter().map(row).collect();
    view! {
        <p><strong>{sum}</strong></p>
        <Table caption="Who would have been refused" columns rows empty="Nobody."/>
    }
    .into_any()
}

fn row(one: &SimulatedPerson) -> Vec<AnyView> {
    let who = one.who.clone();
    let who = match one.user {
        Some(user) => view! { <a href=paths::admin_user(user)>{who}</a> }.into_any(),
        None => who.into_any(),
    };
    let at = one.first_refused_at;
    vec![
        who,
        one.limit.to_string().into_any(),
        grouped(one.calls).into_any(),
        grouped(one.refused).into_any(),
        view! { <Moment at/> }.into_any(),
    ]
}

fn removal(view: &QuotaView) -> AnyView {
    if view.from != QuotaFrom::RunTime {
        return ().into_any();
    }
    let name = view.quota.name.clone().unwrap_or_default();
    view! {
        <DangerZone title="Delete it">
            <p>"Everything counted and said under it goes. Of a quota that the program states, what was changed here is taken back."</p>
            <form method="post" action=paths::actions::CLEAR_QUOTA>
                <Hidden name="name" value=name/>
                <SubmitButton label="Delete the quota" look="danger"/>
            </form>
        </DangerZone>
    }
    .into_any()
}
