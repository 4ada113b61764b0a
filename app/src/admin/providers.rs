//! `/admin/providers`: by whose sign-in people sign in here, how much each is used, which rules hold, and a button that
//! tries one. What holds stands in the settings; nothing is changed here.

pub mod actions;

use super::AdminPage;
use crate::errors::page;
use crate::parts::{Card, Column, ErrorSummary, Fact, Facts, Hidden, Moment, SubmitButton, Table};
use crate::server::Flash;
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::social;
use vestibule_model::social::{AdminProvider, CheckName, ProviderFailure};

/// `/admin/providers`.
#[component]
pub fn ProvidersPage() -> impl IntoView {
    let flash = server::take_flash(paths::ADMIN_PROVIDERS);
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let all = social::all(&site.domain, &actor.allow()?).await?.items;
        let none = all.is_empty();
        let table = (!none).then(|| numbers(&all));
        let cards = all.into_iter().map(|one| card(one, &flash)).collect_view();
        Ok(view! {
            <AdminPage
                title="Providers"
                lead="By whose sign-in people sign in here. The settings say which there are, and what holds for each."
                here=paths::ADMIN_PROVIDERS
            >
                <ErrorSummary flash=flash.clone() fields=&[]/>
                {table}
                {cards}
                {none.then(how_to)}
            </AdminPage>
        })
    })
}

fn numbers(all: &[AdminProvider]) -> AnyView {
    let columns = vec![
        Column::new("Provider").names_row(),
        Column::new("Accounts").number(),
        Column::new("Sign-ups in 30 days").number(),
        Column::new("Sign-ins in 30 days").number(),
        Column::new("Failed last"),
    ];
    let row = |one: &AdminProvider| {
        let failed = match one.last_failure {
            Some(last) => view! { <Moment at=last.at/> }.into_any(),
            None => "Not in 30 days".into_any(),
        };
        let name = view! { <a href=format!("#provider-{}", one.name)><bdi>{one.label.clone()}</bdi></a> };
        vec![
            name.into_any(),
            one.identities.into_any(),
            one.sign_ups_30_days.into_any(),
            one.sign_ins_30_days.into_any(),
            failed,
        ]
    };
    let rows = all.iter().map(row).collect();
    view! { <Card title="Use"><Table caption="Use of the providers" columns rows/></Card> }.into_any()
}

fn card(one: AdminProvider, flash: &Flash) -> AnyView {
    let id = format!("provider-{}", one.name);
    let (rules, report) = (rules(&one), report(&one.name, flash));
    let AdminProvider { name, label, kind, issuer, enabled, callback_url, last_failure, .. } = one;
    let off = (!enabled).then(|| view! { " "<span class="badge badge-warning">"Switched off"</span> });
    let failed = last_failure.map(|last| {
        view! { <Fact label="Failed last"><Moment at=last.at exact=true/>": "{last.failure.about()}</Fact> }
    });
    let (button, section) = (format!("Test {label}"), format!("[providers.{name}]"));
    view! {
        <section class="card" id=id>
            <h2><bdi>{label}</bdi>{off}</h2>
            <Facts>
                <Fact label="In the settings"><code class="id">{section}</code></Fact>
                <Fact label="Speaks">{kind.label()}</Fact>
                <Fact label="Issuer"><code class="id">{issuer}</code></Fact>
                <Fact label="To be registered there"><code class="id">{callback_url}</code></Fact>
                {rules}
                {failed}
            </Facts>
            {report}
            <form method="post" action=paths::actions::TEST_PROVIDER>
                <Hidden name="provider" value=name/>
                <SubmitButton label=button look="quiet"/>
            </form>
        </section>
    }
    .into_any()
}

fn rules(one: &AdminProvider) -> AnyView {
    let sign_up = match (one.registration, one.allowed_domains.as_slice()) {
        (false, _) => "Nobody: it opens accounts that are connected with it already".to_owned(),
        (true, []) => "Everybody whom the site lets sign up".to_owned(),
        (true, domains) => format!("Confirmed addresses at {}", domains.join(", ")),
    };
    let groups = (!one.groups.is_empty()).then(|| {
        let groups = one.groups.join(", ");
        view! { <Fact label="Groups at sign-up">{groups}</Fact> }
    });
    let tokens = one.keep_tokens.then(|| view! { <Fact label="Its tokens">"Kept, encrypted"</Fact> });
    view! { <Fact label="May sign up">{sign_up}</Fact>{groups}{tokens} }.into_any()
}

/// What came of the last test, where this is the one that was tested.
fn report(name: &str, flash: &Flash) -> Option<AnyView> {
    if flash.value(actions::TESTED) != name {
        return None;
    }
    let columns = vec![Column::new("Looked at").names_row(), Column::new("Result"), Column::new("Found")];
    let row = |check: &CheckName| {
        let found = flash.typed(&actions::check_name(*check))?;
        let failure = ProviderFailure::named(&found);
        let (class, word) = if failure.is_none() {
            ("badge badge-good", "Good")
        } else {
            ("badge badge-warning", "Does not work")
        };
        let about = failure.map_or("As it should be.", ProviderFailure::about);
        Some(vec![
            check.label().into_any(),
            view! { <span class=class>{word}</span> }.into_any(),
            about.into_any(),
        ])
    };
    let rows = actions::CHECKS.iter().filter_map(row).collect();
    let view =
        view! { <div class="report" role="status"><Table caption="What the test found" columns rows/></div> };
    Some(view.into_any())
}

const EXAMPLE: &str = "[providers.google]
client_id = \"…\"
client_secret = \"…\"

[providers.work]
label = \"Our directory\"
issuer = \"https://id.example.org\"
client_id = \"…\"
client_secret = \"…\"";

fn how_to() -> impl IntoView {
    view! {
        <Card title="None is set">
            <p>"Three settings make a button. What is known of a provider already need not be said:"</p>
            <pre class="source">{EXAMPLE}</pre>
        </Card>
    }
}
