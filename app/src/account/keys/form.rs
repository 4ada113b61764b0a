//! `/account/keys/new`: what a new key is called, may, where from, and when it ends.

use crate::account::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Field, PageTitle, SubmitButton, TextArea};
use crate::server::{self, Flash};
use crate::{paths, paths::actions};
use leptos::prelude::*;
use vestibule_domain::keys;
use vestibule_model::groups::PermissionInfo;

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] =
    &[("key_name", "Name"), ("scopes", "Permissions"), ("networks", "Networks"), ("until", "End")];

/// `/account/keys/new`.
#[component]
pub fn NewKeyPage() -> impl IntoView {
    let flash = server::take_flash(paths::KEY_NEW);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let access = access(&flash, keys::scopes_of(&site.domain, actor.person()?));
        let (name, problem) = (flash.value("key_name"), flash.problem("key_name"));
        let (networks, ends) = (networks(&flash, String::new()), ends(&flash, Some("90")));
        Ok(view! {
            <PageTitle text=if flash.failed_at_all() { "Error: Make a key" } else { "Make a key" }/>
            <AccountNav here=paths::KEYS/>
            <h1>"Make a key"</h1>
            <ErrorSummary flash=flash.clone() fields=FIELDS/>
            <form class="stack" method="post" action=actions::MAKE_KEY novalidate=true>
                <Card>
                    <Field
                        name="key_name" label="Name" hint="What uses it, so that you know it again: Nightly backup."
                        value=name problem
                    />
                </Card>
                {access}
                <Card title="Where from">{networks}</Card>
                <Card title="When it ends">{ends}</Card>
                <div class="actions"><SubmitButton label="Make the key"/></div>
            </form>
        })
    })
}

/// One of several answers to a question.
fn choice(
    name: &'static str,
    value: &'static str,
    chosen: &str,
    label: &'static str,
) -> impl IntoView + use<> {
    let (id, checked) = (format!("{name}-{value}"), value == chosen);
    view! {
        <div class="check">
            <input type="radio" id=id.clone() name=name value=value checked=checked/>
            <label for=id>{label}</label>
        </div>
    }
}

fn access(flash: &Flash, offered: Vec<PermissionInfo>) -> impl IntoView + use<> {
    let chosen = if flash.value("access") == "change" { "change" } else { "read" };
    let ticked = flash.value("scopes");
    let boxes = offered.into_iter().map(|one| {
        let id = format!("scope-{}", one.name);
        let checked = ticked.split_whitespace().any(|ticked| ticked == one.name);
        view! {
            <div class="check">
                <input type="checkbox" id=id.clone() name="scopes[]" value=one.name checked=checked/>
                <label for=id>{one.about}" "<code>{one.name}</code></label>
            </div>
        }
    });
    let boxes = boxes.collect::<Vec<_>>();
    let problem = flash.problem("scopes");
    view! {
        <Card>
            <fieldset>
                <legend>"What it may"</legend>
                {choice("access", "read", chosen, "Read only")}
                {choice("access", "change", chosen, "Read and change")}
            </fieldset>
            {(!boxes.is_empty()).then(|| view! {
                <fieldset id="scopes">
                    <legend>"Permissions"</legend>
                    <p class="field-hint">"Of those that you have. Without any, the key may do what every member may. One that you lose, it loses too."</p>
                    {problem.map(|problem| view! { <p class="field-problem">{problem}</p> })}
                    {boxes}
                </fieldset>
            })}
        </Card>
    }
}

/// The field for networks, which holds `kept` unless something else was typed.
pub(super) fn networks(flash: &Flash, kept: String) -> impl IntoView + use<> {
    view! {
        <TextArea
            name="networks" label="Networks (optional)" rows=3 value=flash.typed("networks").unwrap_or(kept)
            hint="One address or network a line: 192.0.2.7, 198.51.100.0/24, 2001:db8::/32. Without any, the key works from everywhere."
            problem=flash.problem("networks")
        />
    }
}

/// The choice of an end; `before`: what is chosen at first, or nothing where a key gets as long as it was given before.
pub(super) fn ends(flash: &Flash, before: Option<&'static str>) -> impl IntoView + use<> {
    let typed = flash.value("ends");
    let chosen = if typed.is_empty() { before.unwrap_or("same").to_owned() } else { typed };
    let same =
        before.is_none().then(|| choice("ends", "same", &chosen, "After as long as it was given before"));
    view! {
        <fieldset>
            <legend>"The key ends"</legend>
            {same}
            {choice("ends", "7", &chosen, "In 7 days")}
            {choice("ends", "30", &chosen, "In 30 days")}
            {choice("ends", "90", &chosen, "In 90 days")}
            {choice("ends", "date", &chosen, "At the end of a day (UTC):")}
            <Field
                name="until" label="Day" kind="date" required=false value=flash.value("until")
                problem=flash.problem("until")
            />
            {choice("ends", "never", &chosen, "Never. Whoever finds the key can use it until somebody notices.")}
        </fieldset>
    }
}
