//! `/admin/mail/templates`: every mail as its reader would see it, filled with sample values, and the way to get one.

use crate::admin::AdminPage;
use crate::errors::page;
use crate::parts::{Card, Column, Details, ErrorSummary, Fact, Facts, Hidden, SubmitButton, Table, Told};
use crate::{paths, server};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::mail::{self, Preview};
use vestibule_model::Error;

/// The page of one template.
fn address(name: &str) -> String {
    format!("{}/{name}", paths::ADMIN_TEMPLATES)
}

/// `/admin/mail/templates`.
#[component]
pub fn TemplatesPage() -> impl IntoView {
    let flash = server::take_flash(paths::ADMIN_TEMPLATES);
    page(async move {
        let all = mail::of_site(&server::site()?.domain, &server::actor().allow()?)?;
        let columns =
            vec![Column::new("Mail").names_row(), Column::new("Subject"), Column::new("Can be switched off")];
        let rows = all.into_iter().map(|one| {
            vec![
                view! { <a href=address(one.name)>{one.name.replace('_', " ")}</a> }.into_any(),
                one.subject.into_any(),
                if one.optional { "Yes" } else { "No" }.into_any(),
            ]
        });
        let rows = rows.collect();
        Ok(view! {
            <AdminPage
                title="Templates" here=paths::ADMIN_MAIL
                lead="Every mail this site sends. Your own wording goes into the folder templates/mail of the data folder."
            >
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=&[]/>
                <Table caption="Templates" columns rows/>
            </AdminPage>
        })
    })
}

/// `/admin/mail/templates/:name`.
#[component]
pub fn TemplatePage() -> impl IntoView {
    let name = use_params_map().with_untracked(|params| params.get("name").unwrap_or_default());
    page(async move {
        let all = mail::of_site(&server::site()?.domain, &server::actor().allow()?)?;
        let one = all.into_iter().find(|one| one.name == name).ok_or(Error::NotFound)?;
        Ok(shown(one))
    })
}

fn shown(one: Preview) -> impl IntoView {
    let kind = one.name;
    let source = one.html.clone();
    view! {
        <AdminPage title=kind.replace('_', " ") here=paths::ADMIN_MAIL lead="With sample values; its links lead nowhere.">
            <Card>
                <Facts>
                    <Fact label="Subject">{one.subject}</Fact>
                    <Fact label="Notice">{one.notice.unwrap_or("None: it was asked for")}</Fact>
                </Facts>
                <form method="post" action=paths::actions::SEND_SAMPLE>
                    <Hidden name="kind" value=kind/>
                    <SubmitButton label="Send it to me" look="quiet"/>
                </form>
            </Card>
            <Card title="As a mail program shows it">
                <iframe class="letter-html" title="The mail as a mail program shows it" sandbox="" src=format!("{}/html", address(kind))></iframe>
            </Card>
            <Card title="As text"><p class="letter-text">{one.text}</p></Card>
            <Details summary="Source"><pre class="source"><code>{source}</code></pre></Details>
        </AdminPage>
    }
}
