//! What a person used and may use, and the ways to give them more or less: for those who manage quotas.

use super::About;
use crate::account::usage::bar;
use crate::admin::quotas::by;
use crate::parts::{Card, Column, Details, Field, Hidden, Moment, Select, SubmitButton, Table};
use crate::paths::actions;
use crate::server::Flash;
use leptos::prelude::*;
use vestibule_domain::quotas;
use vestibule_model::Result;
use vestibule_model::groups::ManageQuotas;
use vestibule_model::quotas::{By, LONGEST_REASON, OverrideView, QuotaUse, grouped};

/// The panel; nothing for whoever does not manage quotas.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let Ok(may) = about.actor.allow::<ManageQuotas>() else { return Ok(().into_any()) };
    let (domain, user) = (&about.site.domain, about.account.id);
    let usage = quotas::usage_of(domain, &may, user).await?;
    let overrides = quotas::overrides_of(domain, &may, user).await?;
    let columns = vec![
        Column::new("Quota").names_row(),
        Column::new("Used"),
        Column::new("Decided by"),
        Column::new("Begins anew"),
        Column::new("Count").unseen(),
    ];
    let id = user.to_string();
    let rows = usage.quotas.iter().map(|one| row(one, &id)).collect::<Vec<_>>();
    let calls: u64 = usage.days.iter().map(|day| day.calls).sum();
    let personal = usage.quotas.iter().filter(|one| is_personal(one));
    let names = personal.map(|one| one.quota.clone()).collect::<std::collections::BTreeSet<_>>();
    let names: Vec<_> = names.into_iter().map(|name| (name.clone(), name)).collect();
    let said = (!overrides.is_empty()).then(|| said(&overrides, &id));
    let forms = (!names.is_empty()).then(|| forms(about, names));
    Ok(view! {
        <Card title="Usage">
            <p>{format!("{} calls in 30 days.", grouped(calls))}</p>
            <Table caption="Quotas of the person" columns rows empty="No quota counts them."/>
            {said}
            {forms}
        </Card>
    }
    .into_any())
}

/// Whether anything can be said for the person alone: what members share is changed on the quota's own page.
fn is_personal(one: &QuotaUse) -> bool {
    matches!(one.by, By::Person | By::Key)
}

fn row(one: &QuotaUse, user: &str) -> Vec<AnyView> {
    let key = one.key.map(|key| key.to_string()).unwrap_or_default();
    let name = if key.is_empty() { one.quota.clone() } else { format!("{}, key {key}", one.quota) };
    let reset = match one.resets_at {
        Some(at) => view! { <Moment at exact=true/> }.into_any(),
        None => "Never".into_any(),
    };
    let blocked = one.blocked_until.map(|at| view! { <br/>"Blocked until "<Moment at exact=true/> });
    let anew = is_personal(one).then(|| {
        view! {
            <form method="post" action=actions::RESET_USAGE>
                <Hidden name="user" value=user/>
                <Hidden name="key" value=key/>
                <Hidden name="quota" value=one.quota.clone()/>
                <SubmitButton label="Count anew" look="quiet"/>
            </form>
        }
    });
    vec![
        name.into_any(),
        bar(one),
        by(&one.decided).into_any(),
        view! { {reset}{blocked} }.into_any(),
        anew.into_any(),
    ]
}

fn said(overrides: &[OverrideView], user: &str) -> AnyView {
    let columns = vec![
        Column::new("Quota").names_row(),
        Column::new("May spend"),
        Column::new("Until"),
        Column::new("Why"),
        Column::new("Take it back").unseen(),
    ];
    let row = |one: &OverrideView| {
        let key = one.key.map(|key| key.to_string()).unwrap_or_default();
        let name = if key.is_empty() { one.quota.clone() } else { format!("{}, key {key}", one.quota) };
        let until = match one.expires_at {
            Some(at) => view! { <Moment at exact=true/> }.into_any(),
            None => "It is taken back".into_any(),
        };
        vec![
            name.into_any(),
            one.limit.to_string().into_any(),
            until,
            one.reason.clone().into_any(),
            view! {
                <form method="post" action=actions::RESTORE_QUOTA>
                    <Hidden name="user" value=user/>
                    <Hidden name="key" value=key/>
                    <Hidden name="quota" value=one.quota.clone()/>
                    <SubmitButton label="Take it back" look="quiet"/>
                </form>
            }
            .into_any(),
        ]
    };
    let rows = overrides.iter().map(row).collect();
    view! { <Table caption="What was said for this person" columns rows empty="Nothing."/> }.into_any()
}

/// What a form of this panel carried, where it was the one that failed.
struct Typed<'a> {
    flash: &'a Flash,
    failed: bool,
}

impl Typed<'_> {
    fn value(&self, field: &str) -> String {
        if self.failed { self.flash.value(field) } else { String::new() }
    }

    fn problem(&self, field: &str) -> Option<String> {
        self.failed.then(|| self.flash.problem(field)).flatten()
    }
}

fn forms(about: &About, names: Vec<(String, String)>) -> AnyView {
    let user = about.account.id.to_string();
    let [more, given] = ["limit", "units"]
        .map(|field| Typed { flash: &about.flash, failed: about.flash.typed(field).is_some() });
    let (may, grant) = (may_form(&more, user.clone(), names.clone()), grant_form(&given, user, names));
    view! { {may}{grant} }.into_any()
}

fn may_form(typed: &Typed<'_>, user: String, options: Vec<(String, String)>) -> AnyView {
    let open = typed.failed;
    let [quota, limit, end, why] = ["quota", "limit", "expires_at", "reason"].map(|field| typed.value(field));
    let first = options.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let quota = Some(quota).filter(|name| !name.is_empty()).unwrap_or(first);
    let [wrong_limit, wrong_end, wrong_why] =
        ["limit", "expires_at", "reason"].map(|field| typed.problem(field));
    view! {
        <Details summary="Let them use more, or less" open>
            <form class="filters" method="post" action=actions::OVERRIDE_QUOTA novalidate=true>
                <Hidden name="user" value=user/>
                <Select name="quota" label="Quota" value=quota options/>
                <Field name="limit" label="May spend" value=limit hint="A number of units, or “unlimited”." problem=wrong_limit/>
                <Field name="expires_at" label="Until (optional)" kind="datetime-local" required=false value=end problem=wrong_end/>
                <Field name="reason" label="Why" value=why most=Some(500) problem=wrong_why/>
                <SubmitButton label="Set it"/>
            </form>
        </Details>
    }
    .into_any()
}

// Ids must be unique on the page.
fn grant_form(typed: &Typed<'_>, user: String, options: Vec<(String, String)>) -> AnyView {
    let open = typed.failed;
    let [units, why] = ["units", "reason"].map(|field| typed.value(field));
    let [wrong_units, wrong_why] = ["units", "reason"].map(|field| typed.problem(field));
    let options = options
        .into_iter()
        .map(|(value, label)| view! { <option value=value>{label}</option> })
        .collect_view();
    view! {
        <Details summary="Give them more until the window ends" open>
            <form class="filters" method="post" action=actions::GRANT_USAGE novalidate=true>
                <Hidden name="user" value=user/>
                <div class="field">
                    <label for="grant-quota">"Quota"</label>
                    <select id="grant-quota" name="quota">{options}</select>
                </div>
                <Field name="units" label="Units" value=units problem=wrong_units/>
                <Field name="reason" id="grant-reason" label="Why" value=why most=Some(500) problem=wrong_why/>
                <SubmitButton label="Give them"/>
            </form>
        </Details>
    }
    .into_any()
}

/// The bound that both forms state.
const _: () = assert!(LONGEST_REASON == 500);
