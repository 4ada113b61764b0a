//! `/admin/abuse`: addresses and accounts that offended, what it adds up to, what the program did about it by itself, and the
//! button that undoes it.

pub mod actions;

use super::AdminPage;
use crate::errors::page;
use crate::parts::{Column, ErrorSummary, Hidden, Moment, NoticeBox, Pager, SubmitButton, Table, Told};
use crate::paths::{self, actions::FORGIVE};
use crate::server::{self, Flash};
use crate::text::span;
use leptos::prelude::*;
use vestibule_domain::abuse;
use vestibule_domain::rules::{AbuseMode, AbuseRules};
use vestibule_model::abuse::{Bearing, Suspect, told};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::{Error, Result};

/// `/admin/abuse`.
#[component]
pub fn AbusePage() -> impl IntoView {
    let (cursor, flash) = (server::query("cursor"), server::take_flash(paths::ADMIN_ABUSE));
    page(async move {
        let site = server::site()?;
        let (listed, flash) = match find(&cursor).await {
            Ok(listed) => (listed, flash),
            Err(error @ Error::Invalid { .. }) => {
                server::set_error_status(&error);
                (Listed::whole(Vec::new()), Flash::failed(paths::ADMIN_ABUSE, error, &[]))
            }
            Err(error) => return Err(error),
        };
        let at = |cursor: &str| paths::with_query(paths::ADMIN_ABUSE, "cursor", cursor);
        let first = (!cursor.is_empty()).then(|| at(""));
        let next = listed.next.map(|next| at(next.as_str()));
        let rows = listed.items.into_iter().map(row).collect::<Vec<_>>();
        let rules = &site.domain.rules().abuse;
        let (lead, mode) = (lead(rules), mode(rules.mode));
        Ok(view! {
            <AdminPage title="Abuse" here=paths::ADMIN_BANS lead>
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=&[("cursor", "Place")]/>
                {mode}
                <p><a href=paths::ADMIN_BANS>"Bans of addresses and networks"</a></p>
                <Table caption="Who offended, the last one first" columns=columns() rows empty="Nobody did anything."/>
                <Pager first next/>
            </AdminPage>
        })
    })
}

async fn find(cursor: &str) -> Result<Listed<Suspect>> {
    let (site, may) = (server::site()?, server::actor().allow()?);
    let cursor = Some(cursor).filter(|cursor| !cursor.is_empty());
    abuse::list(&site.domain, &may, &Page::parse(None, cursor, None)?).await
}

/// The steps, as the settings have them.
fn lead(rules: &AbuseRules) -> String {
    let first = rules.blocks.first().copied().map(span).unwrap_or_default();
    format!(
        "What goes wrong adds points, and {} points go in an hour. From {} points on answers come late, from {} on nothing is \
         answered: at first for {first}, longer each time. The settings say so.",
        rules.drain, rules.delay_at, rules.block_at
    )
}

fn mode(mode: AbuseMode) -> Option<AnyView> {
    let words = match mode {
        AbuseMode::Enforce => return None,
        AbuseMode::Shadow => "The settings say to count only: nothing follows.",
        AbuseMode::Off => "The settings switch this off: nothing is counted.",
    };
    Some(view! { <NoticeBox>{words}</NoticeBox> }.into_any())
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Who").names_row(),
        Column::new("Score").number(),
        Column::new("What went wrong"),
        Column::new("Last"),
        Column::new("What is done"),
        Column::new("Forgive").unseen(),
    ]
}

fn row(one: Suspect) -> Vec<AnyView> {
    let (bearing, offences, last) = (bearing(&one), told(&one.offences), one.last_at);
    let path = one.last_path.map(|path| view! { <br/>"Last probe: "<code class="id">{path}</code> });
    let subject = one.subject;
    let who = if let Some(user) = one.user {
        let (href, id) = (paths::admin_user(user), user.to_string());
        view! { "Account "<a href=href><code class="id">{id}</code></a> }.into_any()
    } else {
        let (href, address) = (paths::with_query(paths::ADMIN_BANS, "address", &subject), subject.clone());
        view! { <a href=href><code>{address}</code></a> }.into_any()
    };
    vec![
        who,
        one.score.to_string().into_any(),
        view! { <span>{offences}{path}</span> }.into_any(),
        view! { <Moment at=last exact=true/> }.into_any(),
        bearing,
        view! {
            <form method="post" action=FORGIVE>
                <Hidden name="subject" value=subject/>
                <SubmitButton label="Forgive" look="quiet"/>
            </form>
        }
        .into_any(),
    ]
}

fn bearing(one: &Suspect) -> AnyView {
    let count = (one.blocks > 0).then(|| view! { <br/>{format!("Blocks so far: {}", one.blocks)} });
    match (one.bearing, one.blocked_until) {
        (Bearing::Blocked, Some(at)) => {
            view! { <span class="badge badge-warning">"Blocked"</span>" until "<Moment at exact=true/>{count} }.into_any()
        }
        (Bearing::Blocked, None) => {
            view! { <span class="badge badge-warning">"Blocked"</span>{count} }.into_any()
        }
        (Bearing::Delayed, _) => {
            let words = format!("Answers come {} ms late", one.delay_ms);
            view! { {words}{count} }.into_any()
        }
        (Bearing::Clear, _) => view! { "Nothing"{count} }.into_any(),
    }
}
