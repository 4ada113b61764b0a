//! `/admin/permissions`: which group holds which permission, and a form that says whether somebody may do something, and
//! why.

use super::AdminPage;
use crate::errors::page;
use crate::parts::{Card, Column, Field, Filters, NoticeBox, Table, Tone};
use crate::text::{reason_sentence, sentence};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::accounts::{self, Which};
use vestibule_domain::{Actor, Domain, endpoints, groups};
use vestibule_model::groups::{Group, Permission, PermissionView, ViewAccounts};
use vestibule_model::{Error, Problem, Result};

/// `/admin/permissions`.
#[component]
pub fn PermissionsPage() -> impl IntoView {
    let (person, what) = (server::query("person"), server::query("what"));
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let by = actor.allow()?;
        let all = groups::list(&site.domain, &by).await?;
        let permissions = groups::permission_views(&site.domain, &by).await?;
        let may_test = actor.holds(ViewAccounts::NAME);
        let verdict = match (may_test, person.is_empty()) {
            (true, false) => Some(verdict(&site.domain, &actor, &person, &what).await),
            _ => None,
        };
        Ok(view! {
            <AdminPage
                title="Permissions"
                lead="What there is to be allowed, and which groups allow it."
                here=paths::ADMIN_PERMISSIONS
            >
                {may_test.then(|| tester(person, what, verdict))}
                {matrix(&all, permissions)}
            </AdminPage>
        })
    })
}

fn tester(person: String, what: String, verdict: Option<Result<Verdict>>) -> AnyView {
    let active = verdict.is_some();
    view! {
        <Card title="Can somebody do something?">
            <Filters action=paths::ADMIN_PERMISSIONS label="Can somebody do something?" active>
                <Field name="person" label="Person" value=person hint="E-mail address, user name or id"/>
                <Field name="what" label="What" value=what hint="A permission, or a method and an address" required=false/>
            </Filters>
            {verdict.map(told)}
        </Card>
    }
    .into_any()
}

/// Whether somebody may, and why.
struct Verdict {
    allowed: bool,
    words: String,
    reasons: Vec<(bool, String)>,
}

fn told(verdict: Result<Verdict>) -> AnyView {
    match verdict {
        Err(Error::NotFound) => view! { <NoticeBox tone=Tone::Warning>"There is no such person, or no such address."</NoticeBox> }.into_any(),
        Err(Error::Invalid { .. }) => view! { <NoticeBox tone=Tone::Warning>"Nobody is called that, or nobody declares such a permission."</NoticeBox> }.into_any(),
        Err(error) => view! { <NoticeBox tone=Tone::Warning>{sentence(&error)}</NoticeBox> }.into_any(),
        Ok(verdict) => {
            let tone = if verdict.allowed { Tone::Good } else { Tone::Warning };
            let reasons = verdict.reasons.into_iter().map(|(holds, words)| {
                let sign = if holds { "Yes: " } else { "No: " };
                view! { <li><strong>{sign}</strong>{words}</li> }
            });
            view! { <NoticeBox tone>{verdict.words}</NoticeBox><ul>{reasons.collect_view()}</ul> }.into_any()
        }
    }
}

async fn verdict(domain: &Domain, actor: &Actor, called: &str, what: &str) -> Result<Verdict> {
    let by = actor.allow::<ViewAccounts>()?;
    let account = accounts::show(domain, &by, &Which::named(called)).await?;
    let words: Vec<_> = what.split_whitespace().collect();
    if let [method, path] = *words.as_slice() {
        let said = endpoints::explain(domain, &by, account.id, (method, path)).await?;
        let verb = if said.allowed { "may" } else { "may not" };
        let reasons = said.steps.iter().map(|step| (step.holds, reason_sentence(&step.reason)));
        let words = format!("{} {verb} call {} {}.", account.email, said.endpoint.method, said.endpoint.path);
        return Ok(Verdict { allowed: said.allowed, words, reasons: reasons.collect() });
    }
    let asked = match *words.as_slice() {
        [] => None,
        [one] => Some(one),
        _ => return Err(Error::invalid("what", Problem::Malformed)),
    };
    let rights = groups::of_person(domain, &by, account.id, asked).await?;
    let allowed = asked.is_none() || rights.permissions.iter().all(|right| right.held);
    let reasons = rights.permissions.iter().map(|right| {
        let why = match right.through.as_slice() {
            [] => "none of their groups gives it".to_owned(),
            groups => format!("through {}", groups.join(" and ")),
        };
        (right.held, format!("{}, {why}.", right.permission))
    });
    let verb = if allowed { "holds" } else { "does not hold" };
    let words = format!("{} (account: {}) {verb} this.", account.email, rights.status.name());
    Ok(Verdict { allowed, words, reasons: reasons.collect() })
}

/// Rows are permissions, columns groups; every cell says yes or no in words.
fn matrix(all: &[Group], permissions: Vec<PermissionView>) -> AnyView {
    let mut columns =
        vec![Column::new("Permission").names_row(), Column::new("Allows"), Column::new("Declared by")];
    columns.extend(
        all.iter().map(|group| Column::new(group.name.clone()).sorts(paths::admin_group(&group.name), None)),
    );
    let row = |permission: PermissionView| {
        let mut cells = vec![
            view! { <code>{permission.name}</code> }.into_any(),
            permission.about.into_any(),
            permission.declared_by.into_any(),
        ];
        cells.extend(all.iter().map(|group| {
            if permission.groups.contains(&group.name) {
                "yes".into_any()
            } else {
                view! { <span class="quiet">"no"</span> }.into_any()
            }
        }));
        cells
    };
    let rows = permissions.into_iter().map(row).collect();
    view! {
        <div tabindex="0" role="region" aria-label="Which group holds which permission">
            <Table caption="Which group holds which permission; a group's name leads to where that is changed" columns rows/>
        </div>
    }
    .into_any()
}
