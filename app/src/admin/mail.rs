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
use crate::paths;
use crate::server::{self, Flash};
use leptos::prelude::*;
use vestibule_domain::mail::outbox;
use vestibule_model::listing::{Listed, Page};
use vestibule_model::mail::{MailStatus, OutboxFilter, OutboxMail};
use vestibule_model::{Error, Result};

/// What people read for each state.
pub(crate) const fn words(status: MailStatus) -> &'static str {
    match status {
        MailStatus::Queued => "Waits",
        MailStatus::Sent => "Sent",
        MailStatus::Expired => "Dropped",
        MailStatus::Dead => "Failed",
    }
}

/// The controls, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[("status", "State"), ("to", "To"), ("cursor", "Place")];

/// What stands in the address.
struct Asked {
    status: String,
    to: String,
    cursor: String,
}

impl Asked {
    fn read() -> Self {
        let [status, to, cursor] = ["status", "to", "cursor"].map(server::query);
        Self { status, to, cursor }
    }

    /// The mails that fit.
    async fn find(&self) -> Result<Listed<OutboxMail>> {
        let (site, may) = (server::site()?, server::actor().allow()?);
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let status = some(&self.status).map(|status| status.parse::<MailStatus>()).transpose();
        let filter = OutboxFilter {
            status: status.map_err(|problem| Error::invalid("status", problem))?,
            recipient: some(&self.to),
        };
        outbox::list(&site.domain, &may, &filter, &Page::parse(None, some(&self.cursor).as_deref(), None)?)
            .await
    }

    /// The list's address with the page that begins at `cursor`.
    fn address(&self, cursor: &str) -> String {
        let pairs = [("status", self.status.as_str()), ("to", &self.to), ("cursor", cursor)];
        paths::with_queries(paths::ADMIN_MAIL, &pairs)
    }

    /// The filters, carried by a form so that it leads back to the same list.
    fn carried(&self) -> AnyView {
        let (status, to) = (self.status.clone(), self.to.clone());
        view! { <Hidden name="status" value=status/><Hidden name="to" value=to/> }.into_any()
    }
}

/// `/admin/mail`.
#[component]
pub fn MailPage() -> impl IntoView {
    let (asked, flash) = (Asked::read(), server::take_flash(paths::ADMIN_MAIL));
    page(async move {
        let (listed, flash) = match asked.find().await {
            Ok(listed) => (listed, flash),
            Err(error @ Error::Invalid { .. }) => {
                server::set_error_status(&error);
                (Listed::whole(Vec::new()), Flash::failed(paths::ADMIN_MAIL, error, &[]))
            }
            Err(error) => return Err(error),
        };
        let templates = view! { <LinkButton href=paths::ADMIN_TEMPLATES label="Templates" look="quiet"/> };
        Ok(view! {
            <AdminPage
                title="Mail" here=paths::ADMIN_MAIL actions=templates.into_any()
                lead="What this site sends: what waits, what left, and what could not. Rows are kept for thirty days after they are done."
            >
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                {narrowing(&asked, &flash)}
                {rows(listed, &asked)}
                <form class="pager" method="post" action=paths::actions::RETRY_MAIL>
                    {asked.carried()}
                    <SubmitButton label="Try all that failed again" look="quiet"/>
                </form>
            </AdminPage>
        })
    })
}

fn narrowing(asked: &Asked, flash: &Flash) -> AnyView {
    let all = std::iter::once((String::new(), "All".to_owned()));
    let known = MailStatus::ALL.map(|status| (status.name().to_owned(), words(status).to_owned()));
    let (status, to) = (asked.status.clone(), asked.to.clone());
    let (options, active) = (all.chain(known).collect(), !(status.is_empty() && to.is_empty()));
    let [of_status, of_to] = ["status", "to"].map(|field| flash.problem(field));
    view! {
        <Filters action=paths::ADMIN_MAIL label="Mail" active>
            <Select name="status" label="State" value=status options problem=of_status/>
            <Field name="to" label="To" value=to required=false problem=of_to/>
        </Filters>
    }
    .into_any()
}

fn rows(listed: Listed<OutboxMail>, asked: &Asked) -> AnyView {
    let columns = vec![
        Column::new("Mail").names_row(),
        Column::new("To"),
        Column::new("Written"),
        Column::new("State"),
        Column::new("Tries").number(),
        Column::new("Why"),
        Column::new("What to do").unseen(),
    ];
    let next = listed.next.as_ref().map(|next| asked.address(next.as_str()));
    let first = (!asked.cursor.is_empty()).then(|| asked.address(""));
    let rows = listed.items.into_iter().map(|mail| cells(mail, asked)).collect();
    view! {
        <Table caption="Mails, newest first" columns rows empty="No mail fits."/>
        <Pager first next/>
    }
    .into_any()
}

fn cells(mail: OutboxMail, asked: &Asked) -> Vec<AnyView> {
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
                    <Hidden name="mail" value=retry/>{asked.carried()}<SubmitButton label="Try again" look="quiet"/>
                </form>
                <form method="post" action=paths::actions::CANCEL_MAIL>
                    <Hidden name="mail" value=cancel/>{asked.carried()}<SubmitButton label="Stop" look="danger"/>
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
