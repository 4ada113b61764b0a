//! `/admin/mail`: which mails wait, left and failed; `/admin/mail/templates`: what each looks like. What a real mail says is
//! never shown: it may hold a link that lets somebody in.

pub mod actions;
pub mod templates;

use super::AdminPage;
use crate::errors::page;
use crate::parts::{
    Column, ErrorSummary, Field, Filters, Hidden, LinkButton, Moment, Pager, Select, SubmitButton, Table,
    Told,
};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::mail::outbox;
use vestibule_model::listing::{Cursor, Listed, Page};
use vestibule_model::mail::{MailStatus, OutboxFilter, OutboxMail};
use vestibule_model::{Error, Problem};

/// What people read for each state.
const fn words(status: MailStatus) -> &'static str {
    match status {
        MailStatus::Queued => "Waits",
        MailStatus::Sent => "Sent",
        MailStatus::Expired => "Dropped",
        MailStatus::Dead => "Failed",
    }
}

/// `/admin/mail`.
#[component]
pub fn MailPage() -> impl IntoView {
    let flash = server::take_flash(paths::ADMIN_MAIL);
    page(async move {
        let site = server::site()?;
        let may = server::actor().allow()?;
        let [status, to, cursor] = ["status", "to", "cursor"].map(server::query);
        let filter = OutboxFilter {
            status: status.parse().ok(),
            recipient: Some(to.trim().to_owned()).filter(|to| !to.is_empty()),
        };
        let listed = outbox::list(&site.domain, &may, &filter, &asked(&cursor)?).await?;
        let here = paths::with_queries(paths::ADMIN_MAIL, &[("status", &status), ("to", &to)]);
        let templates = view! { <LinkButton href=paths::ADMIN_TEMPLATES label="Templates" look="quiet"/> };
        Ok(view! {
            <AdminPage
                title="Mail" here=paths::ADMIN_MAIL actions=templates.into_any()
                lead="What this site sends: what waits, what left, and what could not. Rows are kept for thirty days after they are done."
            >
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=&[]/>
                {narrowing(&status, &to)}
                {rows(listed, &here, !cursor.is_empty())}
                <form class="pager" method="post" action=paths::actions::RETRY_MAIL>
                    <SubmitButton label="Try all that failed again" look="quiet"/>
                </form>
            </AdminPage>
        })
    })
}

fn asked(cursor: &str) -> Result<Page, Error> {
    let cursor = (!cursor.is_empty()).then(|| Cursor::parse(cursor)).transpose();
    let cursor = cursor.map_err(|_| Error::invalid("cursor", Problem::Malformed))?;
    Ok(Page { cursor, ..Page::default() })
}

fn narrowing(status: &str, to: &str) -> AnyView {
    let all = std::iter::once((String::new(), "All".to_owned()));
    let known = MailStatus::ALL.map(|status| (status.name().to_owned(), words(status).to_owned()));
    let (options, active) = (all.chain(known).collect(), !(status.is_empty() && to.is_empty()));
    let (status, to) = (status.to_owned(), to.to_owned());
    view! {
        <Filters action=paths::ADMIN_MAIL label="Mail" active>
            <Select name="status" label="State" value=status options/>
            <Field name="to" label="To" value=to required=false/>
        </Filters>
    }
    .into_any()
}

fn rows(listed: Listed<OutboxMail>, here: &str, below: bool) -> AnyView {
    let columns = vec![
        Column::new("Mail").names_row(),
        Column::new("To"),
        Column::new("Written"),
        Column::new("State"),
        Column::new("Tries").number(),
        Column::new("Why"),
        Column::new("What to do").unseen(),
    ];
    let join = if here.contains('?') { '&' } else { '?' };
    let next = listed.next.as_ref().map(|next| format!("{here}{join}cursor={next}"));
    let first = below.then(|| here.to_owned());
    let rows = listed.items.into_iter().map(cells).collect();
    view! {
        <Table caption="Mails, newest first" columns rows empty="No mail fits."/>
        <Pager first next/>
    }
    .into_any()
}

fn cells(mail: OutboxMail) -> Vec<AnyView> {
    let open = matches!(mail.status, MailStatus::Queued | MailStatus::Dead);
    let look = match mail.status {
        MailStatus::Sent => "badge badge-good",
        MailStatus::Dead => "badge badge-warning",
        _ => "badge",
    };
    let next =
        mail.next_try_at.map(|at| view! { " "<span class="quiet">"next try "<Moment at exact=true/></span> });
    let why = [mail.failure, mail.failure_detail].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let buttons = open.then(|| {
        let [retry, cancel] = [mail.id.clone(), mail.id.clone()];
        view! {
            <div class="actions">
                <form method="post" action=paths::actions::RETRY_MAIL>
                    <Hidden name="mail" value=retry/><SubmitButton label="Try again" look="quiet"/>
                </form>
                <form method="post" action=paths::actions::CANCEL_MAIL>
                    <Hidden name="mail" value=cancel/><SubmitButton label="Stop" look="danger"/>
                </form>
            </div>
        }
    });
    vec![
        mail.kind.replace('_', " ").into_any(),
        view! { <bdi>{mail.recipient}</bdi> }.into_any(),
        view! { <Moment at=mail.created_at exact=true/> }.into_any(),
        view! { <span class=look>{words(mail.status)}</span>{next} }.into_any(),
        mail.attempts.into_any(),
        why.into_any(),
        buttons.into_any(),
    ]
}
