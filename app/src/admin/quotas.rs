//! `/admin/quotas`: every quota with where it comes from, a new one, and which rule decides for somebody. One quota's page
//! is `quotas/one.rs`.

pub mod actions;
pub mod form;
pub mod one;

use super::AdminPage;
use crate::account::usage::bar;
use crate::errors::page;
use crate::parts::{Card, Column, Details, ErrorSummary, Field, NoticeBox, SubmitButton, Table, Told, Tone};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::accounts::{self, Which};
use vestibule_domain::quotas;
use vestibule_domain::{Actor, Domain};
use vestibule_model::Result;
use vestibule_model::groups::ViewAccounts;
use vestibule_model::quotas::{Allowance, Decider, Decides, QuotaFrom, QuotaView};

/// `/admin/quotas`.
#[component]
pub fn QuotasPage() -> impl IntoView {
    let flash = server::take_flash(paths::ADMIN_QUOTAS);
    let asked = ["person", "method", "path"].map(server::query);
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let by = actor.allow()?;
        let all = quotas::list(&site.domain, &by).await?;
        let told = decision(&site.domain, &actor, &asked).await;
        let rows = all.iter().map(row).collect::<Vec<_>>();
        let columns = vec![
            Column::new("Quota").names_row(),
            Column::new("Tag"),
            Column::new("Limit"),
            Column::new("Counted"),
            Column::new("Mode"),
            Column::new("From"),
            Column::new("Endpoints").number(),
            Column::new("Overrides").number(),
        ];
        let open = flash.failed_at_all();
        let fields = form::fields(&flash, None);
        let decides = decides_card(&asked, told);
        Ok(view! {
            <AdminPage
                title="Quotas"
                lead="How much people may use in an hour, a day, a week, a month or in all. What was said for a key goes before what was said for its person, that before the most generous of their groups, that before everybody's limit."
                here=paths::ADMIN_QUOTAS
            >
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=form::FIELDS/>
                <Card title="Quotas that hold">
                    <Table caption="Quotas" columns rows empty="There is none."/>
                </Card>
                <Card title="A new one">
                    <Details summary="Make a quota" open>
                        <form method="post" action=paths::actions::MAKE_QUOTA novalidate=true>
                            <Field
                                name="name" label="Name" value=flash.value("name") problem=flash.problem("name")
                                hint="Small letters, digits and hyphens; it stands in headers and mails." most=Some(32)
                            />
                            {fields}
                            <SubmitButton label="Make the quota"/>
                        </form>
                    </Details>
                </Card>
                {decides}
            </AdminPage>
        })
    })
}

fn row(view: &QuotaView) -> Vec<AnyView> {
    let quota = view.quota.clone();
    let name = quota.name.unwrap_or_default();
    let per = match quota.per.as_deref() {
        Some("ever") => "in all".to_owned(),
        per => format!("a {}", per.unwrap_or_default()),
    };
    let limit = format!("{} {per}", quota.limit.unwrap_or(Allowance::Unlimited).in_words());
    let from = match view.from {
        QuotaFrom::Program => "the program",
        QuotaFrom::Settings => "the settings",
        QuotaFrom::RunTime => "set here",
    };
    vec![
        view! { <a href=paths::admin_quota(&name)>{name.clone()}</a> }.into_any(),
        view! { <code>{quota.tag.unwrap_or_default()}</code> }.into_any(),
        limit.into_any(),
        format!("by {}", quota.by.unwrap_or_default()).into_any(),
        quota.mode.unwrap_or_default().into_any(),
        from.into_any(),
        view.endpoints.into_any(),
        view.overrides.into_any(),
    ]
}

/// Which rule decides for whom was asked for; nothing where nobody was.
async fn decision(domain: &Domain, actor: &Actor, asked: &[String; 3]) -> Option<Result<Decides>> {
    let [person, method, path] = asked;
    if person.trim().is_empty() {
        return None;
    }
    Some(
        async {
            let view = actor.allow::<ViewAccounts>()?;
            let which = Which::named(person);
            let account = accounts::show(domain, &view, &which).await?;
            quotas::decides(domain, &actor.allow()?, account.id, (method, path)).await
        }
        .await,
    )
}

fn decides_card(asked: &[String; 3], told: Option<Result<Decides>>) -> AnyView {
    let [person, method, path] = asked.clone();
    let method = if method.is_empty() { "GET".to_owned() } else { method };
    let answer = told.map(|told| match told {
        Ok(decides) => decided(&decides),
        Err(error) => {
            view! { <NoticeBox tone=Tone::Warning>{crate::text::sentence(&error)}</NoticeBox> }.into_any()
        }
    });
    view! {
        <Card title="Which rule decides">
            <form class="filters" method="get" action=paths::ADMIN_QUOTAS>
                <Field name="person" label="Person" value=person hint="E-mail address, user name or id"/>
                <Field name="method" label="Method" value=method/>
                <Field name="path" label="Address" value=path hint="As in /api/v1/me"/>
                <SubmitButton label="Look it up" look="quiet"/>
            </form>
            {answer}
        </Card>
    }
    .into_any()
}

fn decided(decides: &Decides) -> AnyView {
    let endpoint = format!("{} {}", decides.method, decides.path);
    let verdict = match &decides.refused_by {
        _ if decides.free => "A call costs nothing.".to_owned(),
        Some(quota) => format!("A call would be refused now, by the quota “{quota}”."),
        None if decides.quotas.is_empty() => "No quota counts it.".to_owned(),
        None => "A call would be let through now.".to_owned(),
    };
    let items = decides.quotas.iter().map(|one| {
        view! { <li><strong>{one.quota.clone()}</strong>" decides by "{by(&one.decided)}": "{one.limit.to_string()}{bar(one)}</li> }
    });
    let items = items.collect_view();
    view! {
        <p><code>{endpoint}</code>": "{verdict}</p>
        <ul class="links">{items}</ul>
    }
    .into_any()
}

/// What decided, in words.
pub(crate) fn by(decider: &Decider) -> String {
    match decider {
        Decider::Key => "what was said for the key".to_owned(),
        Decider::Person => "what was said for the person".to_owned(),
        Decider::Group { group } => format!("the group “{group}”"),
        Decider::Default => "everybody's limit".to_owned(),
    }
}
