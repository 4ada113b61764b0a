//! `/admin/audit`: what happened on the site, with filters in the address; one row with what it changed; the way to a file.

use super::AdminPage;
use crate::errors::page;
use crate::parts::{
    Card, Column, Details, ErrorSummary, Fact, Facts, Field, Filters, Hidden, Moment, NoticeBox, Pager,
    Table, Tone,
};
use crate::paths;
use crate::server::{self, Flash};
use crate::text::moment;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde_json::Value;
use vestibule_domain::audit;
use vestibule_model::audit::{Doer, Entry, Filter, Verdict};
use vestibule_model::listing::{Cursor, Listed, Page};
use vestibule_model::{Error, Problem, UserId};

/// The filters, as they stand in the address: name, label, hint.
const FILTERS: [(&str, &str, &str); 7] = [
    ("event", "Event", "As signed_in"),
    ("actor", "Done by", "An account's id"),
    ("subject", "Done to", "An account's id"),
    ("from", "From", "As 2026-11-23, or with T05:18:19Z"),
    ("to", "Before", "As 2026-11-24"),
    ("request_id", "Request", "Its id"),
    ("address", "Network address", "As 192.0.2.7"),
];

const LABELS: [(&str, &str); 7] = {
    let mut labels = [("", ""); 7];
    let mut place = 0;
    while place < 7 {
        labels[place] = (FILTERS[place].0, FILTERS[place].1);
        place += 1;
    }
    labels
};

/// `/admin/audit`.
#[component]
pub fn AuditPage() -> impl IntoView {
    page(async move {
        let site = server::site()?;
        let may = server::actor().allow()?;
        let typed = FILTERS.map(|(name, ..)| (name, server::query(name)));
        let cursor = server::query("cursor");
        let wanted =
            Filter::read(|name| value(&typed, name)).and_then(|filter| Ok((filter, asked(&cursor)?)));
        let listed = match wanted {
            Ok((filter, page)) => audit::list(&site.domain, &may, &filter, &page).await,
            Err(error) => Err(error),
        };
        let flash = listed
            .as_ref()
            .err()
            .map_or_else(Flash::default, |error| Flash::failed(paths::ADMIN_AUDIT, error.clone(), &[]));
        if let Some(error) = flash.error.as_ref().filter(|error| !matches!(error, Error::Invalid { .. })) {
            return Err(error.clone());
        }
        flash.error.iter().for_each(server::set_error_status);
        let state = audit::state(&site.domain, &may).await?;
        Ok(view! {
            <AdminPage
                title="Audit" here=paths::ADMIN_AUDIT
                lead="Every change on this site: who did what to whom, when and from where. Nobody can change it unseen."
            >
                <ErrorSummary flash=flash.clone() fields=&LABELS/>
                {narrowing(&typed, &flash)}
                {listed.ok().map(|listed| rows(&listed, &typed, !cursor.is_empty()))}
                {file(&typed)}
                {chain(state)}
            </AdminPage>
        })
    })
}

fn asked(cursor: &str) -> Result<Page, Error> {
    let cursor = (!cursor.is_empty()).then(|| Cursor::parse(cursor)).transpose();
    let cursor = cursor.map_err(|_| Error::invalid("cursor", Problem::Malformed))?;
    Ok(Page { cursor, ..Page::default() })
}

type Typed = [(&'static str, String); 7];

fn value(typed: &Typed, name: &str) -> String {
    typed.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// The list with these filters, at a place.
fn address(typed: &Typed, cursor: &str) -> String {
    let mut pairs: Vec<_> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    pairs.push(("cursor", cursor));
    paths::with_queries(paths::ADMIN_AUDIT, &pairs)
}

fn narrowing(typed: &Typed, flash: &Flash) -> AnyView {
    let active = typed.iter().any(|(_, value)| !value.trim().is_empty());
    let fields = FILTERS.map(|(name, label, hint)| {
        let (value, problem) = (value(typed, name), flash.problem(name));
        view! { <Field name label hint value problem required=false/> }
    });
    view! {
        <Details summary="Filter" open=active>
            <Filters action=paths::ADMIN_AUDIT label="Audit trail" active>{fields.into_iter().collect_view()}</Filters>
        </Details>
    }
    .into_any()
}

fn rows(listed: &Listed<Entry>, typed: &Typed, below: bool) -> AnyView {
    let columns = vec![
        Column::new("When").names_row(),
        Column::new("Event"),
        Column::new("Done by"),
        Column::new("Done to"),
        Column::new("From"),
    ];
    let next = listed.next.as_ref().map(|next| address(typed, next.as_str()));
    let first = below.then(|| address(typed, ""));
    let rows = listed.items.iter().map(cells).collect();
    view! {
        <Table caption="What happened, newest first" columns rows empty="Nothing fits these filters."/>
        <Pager first next/>
    }
    .into_any()
}

fn cells(entry: &Entry) -> Vec<AnyView> {
    let href = row_address(&entry.id);
    vec![
        view! { <a href=href><Moment at=entry.at exact=true/></a> }.into_any(),
        view! { <a href=paths::with_query(paths::ADMIN_AUDIT, "event", &entry.event)>{entry.event.clone()}</a> }.into_any(),
        done_by(entry),
        someone("subject", entry.subject, entry.subject_name.as_deref()),
        entry.address.clone().map(|address| {
            view! { <a href=paths::with_query(paths::ADMIN_AUDIT, "address", &address)>{address.clone()}</a> }
        }).into_any(),
    ]
}

/// The page of one row.
fn row_address(id: &str) -> String {
    format!("{}/{id}", paths::ADMIN_AUDIT)
}

fn done_by(entry: &Entry) -> AnyView {
    match entry.by {
        Doer::Person => someone("actor", entry.actor, entry.actor_name.as_deref()),
        Doer::Operator => "Command line".into_any(),
        Doer::Anonymous => view! { <span class="quiet">"Nobody signed in"</span> }.into_any(),
    }
}

/// Somebody, as a link to all that they did or that was done to them.
fn someone(filter: &'static str, id: Option<UserId>, name: Option<&str>) -> AnyView {
    let Some(id) = id else { return ().into_any() };
    let href = paths::with_query(paths::ADMIN_AUDIT, filter, &id.to_string());
    let name = name.unwrap_or("Erased account").to_owned();
    view! { <a href=href><bdi>{name}</bdi></a> }.into_any()
}

/// The way to a file with the same filters.
fn file(typed: &Typed) -> AnyView {
    let hidden = typed.clone().map(|(name, value)| view! { <Hidden name value/> });
    view! {
        <form class="pager" method="post" action=paths::actions::EXPORT_AUDIT>
            {hidden.into_iter().collect_view()}
            <span class="quiet">"All that fits, as a file:"</span>
            <button type="submit" class="button button-quiet" name="format" value="csv">"CSV"</button>
            <button type="submit" class="button button-quiet" name="format" value="json">"JSON"</button>
        </form>
    }
    .into_any()
}

/// Where the chain ends, and whether the note of that holds.
fn chain(state: Verdict) -> AnyView {
    let badge = if state.is_whole() {
        view! { <NoticeBox tone=Tone::Good>"The end of the chain is as this program left it."</NoticeBox> }
            .into_any()
    } else {
        view! { <NoticeBox tone=Tone::Warning>"The note of where the chain ends was changed from outside. Look at all of it with the command below."</NoticeBox> }.into_any()
    };
    let gone = (state.kept_after > 0).then(|| {
        view! {
            <Fact label="Not kept any longer">{format!("rows up to {}", state.kept_after)}</Fact>
        }
    });
    view! {
        <Card title="The chain">
            {badge}
            <p>"Each row is sealed over the one before it. "<code>"vestibule audit verify"</code>" looks at every row; given a head that you noted elsewhere, it also finds an end that was cut off."</p>
            <Facts>
                <Fact label="Rows">{state.rows}</Fact>
                {gone}
                <Fact label="Head"><code class="id">{state.head}</code></Fact>
            </Facts>
        </Card>
    }
    .into_any()
}

/// `/admin/audit/:id`.
#[component]
pub fn RowPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    page(async move {
        let site = server::site()?;
        let entry = audit::find(&site.domain, &server::actor().allow()?, &id).await?;
        Ok(view! {
            <AdminPage title=entry.event.clone() here=paths::ADMIN_AUDIT>
                {entry.redacted.then(|| view! {
                    <NoticeBox>"An account of this row was erased, and what told of the person went with it."</NoticeBox>
                })}
                {facts(&entry)}
                {changes(&entry)}
                {detail(&entry)}
            </AdminPage>
        })
    })
}

fn facts(entry: &Entry) -> AnyView {
    let request = entry.request_id.clone().map(|id| {
        let href = paths::with_query(paths::ADMIN_AUDIT, "request_id", &id);
        view! { <Fact label="Request"><code class="id">{id}</code>" "<a href=href>"All of it"</a></Fact> }
    });
    let subject = entry.subject.map(|id| {
        let who = someone("subject", Some(id), entry.subject_name.as_deref());
        view! { <Fact label="Done to">{who}" "<code class="id">{id.to_string()}</code></Fact> }
    });
    let code = |label: &'static str, text: Option<String>| {
        text.map(|text| view! { <Fact label><code class="id">{text}</code></Fact> })
    };
    let (at, by) = (moment(entry.at), done_by(entry));
    let ids = [
        code("Their id", entry.actor.map(|id| id.to_string())),
        code("By the session", entry.session.clone()),
        code("By the API key", entry.key.clone()),
    ];
    let address = code("Network address", entry.address.clone());
    let places = [
        code("Place in the chain", entry.seq.map(|seq| seq.to_string())),
        code("Row", Some(entry.id.clone())),
    ];
    view! {
        <Card>
            <Facts>
                <Fact label="When">{at}</Fact>
                <Fact label="Done by">{by}</Fact>
                {ids.into_iter().collect_view()}
                {subject}
                {address}
                {request}
                {places.into_iter().collect_view()}
            </Facts>
        </Card>
    }
    .into_any()
}

fn changes(entry: &Entry) -> Option<AnyView> {
    let columns = vec![Column::new("What").names_row(), Column::new("Before"), Column::new("After")];
    let rows = entry.changes.iter().map(|one| {
        let name = if one.field.is_empty() { "value" } else { &one.field };
        vec![name.to_owned().into_any(), told(&one.before), told(&one.after)]
    });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then(|| {
        view! { <Card title="What was changed"><Table caption="What was changed" columns rows/></Card> }
            .into_any()
    })
}

fn detail(entry: &Entry) -> Option<AnyView> {
    let columns = vec![Column::new("What").names_row(), Column::new("Value")];
    let rows: Vec<_> = entry
        .detail
        .as_object()?
        .iter()
        .map(|(name, value)| vec![name.clone().into_any(), told(value)])
        .collect();
    (!rows.is_empty())
        .then(|| view! { <Card title="Details"><Table caption="Details" columns rows/></Card> }.into_any())
}

/// A value as people read it.
fn told(value: &Value) -> AnyView {
    match value {
        Value::Null => view! { <span class="quiet">"None"</span> }.into_any(),
        Value::String(text) => view! { <bdi>{text.clone()}</bdi> }.into_any(),
        Value::Array(all) if all.iter().all(Value::is_string) => {
            let all: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            all.join(", ").into_any()
        }
        other => view! { <code>{other.to_string()}</code> }.into_any(),
    }
}
