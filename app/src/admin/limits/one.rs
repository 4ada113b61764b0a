//! `/admin/limits/:name`: one rate limit.

use super::super::AdminPage;
use super::{allows, form, list, mode, origin};
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Fact, Facts, Field, Hidden, NoticeBox, SubmitButton, Told, Tone};
use crate::{paths, server};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::limits;
use vestibule_model::limits::{LimitOrigin, LimitView};

/// `/admin/limits/:name`.
#[component]
pub fn LimitPage() -> impl IntoView {
    let name = use_params_map().with_untracked(|params| params.get("name").unwrap_or_default());
    let flash = server::take_flash(&paths::admin_limit(&name));
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let limit = limits::show(&site.domain, &actor.allow()?, &name)?;
        let title = limit.name.clone();
        let change = change(&limit, &flash);
        let forget = forget(&limit.name, &flash);
        Ok(view! {
            <AdminPage title lead=allows(&limit.limit) here=paths::ADMIN_LIMITS>
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=form::LABELS/>
                {facts(&limit)}
                {change}
                {forget}
            </AdminPage>
        })
    })
}

fn facts(limit: &LimitView) -> AnyView {
    let stated = limit.stated.as_ref().map(|stated| {
        let words = format!("{}, {}", allows(stated), mode(stated));
        view! { <Fact label="The program states">{words}</Fact> }
    });
    let counted = match limit.counted_in.as_str() {
        "memory" => "in this server's memory",
        "redis" => "in Redis, for all servers together",
        _ => "in the database, for all servers together",
    };
    let concerns = format!("{} endpoints with {}", limit.endpoints, list(limit.limit.tags.as_deref()));
    let each = list(limit.limit.by.as_deref());
    let (mode, from) = (mode(&limit.limit), origin(limit.from));
    view! {
        <Card>
            <Facts>
                <Fact label="Mode">{mode}</Fact>
                <Fact label="For each">{each}</Fact>
                <Fact label="Concerns">{concerns}</Fact>
                <Fact label="Counted">{counted}</Fact>
                <Fact label="From">{from}</Fact>
                {stated}
            </Facts>
        </Card>
    }
    .into_any()
}

fn change(limit: &LimitView, flash: &server::Flash) -> AnyView {
    if limit.locked {
        let words = format!("The settings say what holds ([limits.{}]). Change it there.", limit.name);
        return view! { <NoticeBox tone=Tone::Plain>{words}</NoticeBox> }.into_any();
    }
    let (name, fields) = (limit.name.clone(), form::fields(&limit.limit, flash));
    let back = (limit.from == LimitOrigin::RunTime).then(|| {
        let value = limit.name.clone();
        let words =
            if limit.stated.is_some() { "Hold it as the program states it" } else { "Remove the limit" };
        view! {
            <form method="post" action=paths::actions::CLEAR_LIMIT>
                <Hidden name="name" value/>
                <SubmitButton label=words look="quiet"/>
            </form>
        }
    });
    view! {
        <Card title="Change it">
            <form method="post" action=paths::actions::SET_LIMIT>
                <Hidden name="name" value=name/>
                <Hidden name="known" value="true"/>
                {fields}
                <SubmitButton label="Save the limit"/>
            </form>
            {back}
        </Card>
    }
    .into_any()
}

fn forget(name: &str, flash: &server::Flash) -> AnyView {
    let name = name.to_owned();
    let (user, address) = (flash.value("user"), flash.value("address"));
    let (no_user, no_address) = (flash.problem("user"), flash.problem("address"));
    view! {
        <Card title="Forget what was counted">
            <form method="post" action=paths::actions::RESET_LIMIT>
                <Hidden name="name" value=name/>
                <Field
                    name="user"
                    label="Person"
                    value=user
                    hint="E-mail address, user name or id; for a limit that counts each person."
                    problem=no_user
                    required=false
                />
                <Field
                    name="address"
                    label="Address"
                    value=address
                    hint="For a limit that counts each address. Leave both empty to forget everybody's counts."
                    problem=no_address
                    required=false
                />
                <SubmitButton label="Forget the counts" look="quiet"/>
            </form>
        </Card>
    }
    .into_any()
}
