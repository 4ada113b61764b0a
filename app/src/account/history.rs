//! What happened to one's own account: the newest few on `/account`; on `/account/security` all of it by pages, looked
//! through by kind and day, and as files.

use crate::parts::{Field, LinkButton, Moment, Select, SubmitButton};
use crate::paths;
use crate::server::{self, Flash};
use crate::text::{doer, event_sentence, group_label};
use leptos::prelude::*;
use vestibule_domain::audit::Sought;
use vestibule_model::Result;
use vestibule_model::events::{EventGroup, OwnEvent, OwnEvents};

/// What is looked for, as it stands in the address. The default is everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    kind: String,
    from: String,
    to: String,
}

impl Asked {
    /// Of the page that is asked for.
    pub(super) fn of_page() -> Self {
        Self { kind: server::query("kind"), from: server::query("from"), to: server::query("to") }
    }

    /// What it means; days are those of the reader's own time zone.
    pub(super) fn sought(&self) -> Result<Sought> {
        Sought::read(&self.kind, &self.from, &self.to, &server::zone())
    }

    /// Where the list is: the newest of it, or what is older than the event called `after`.
    pub(super) fn address(&self, after: Option<&str>) -> String {
        let list = paths::with_query(&self.of(paths::SECURITY), "after", after.unwrap_or_default());
        format!("{list}#history")
    }

    /// `path`, of what is looked for.
    fn of(&self, path: &str) -> String {
        let asked = [("kind", &self.kind), ("from", &self.from), ("to", &self.to)];
        asked.into_iter().fold(path.to_owned(), |path, (name, value)| paths::with_query(&path, name, value))
    }

    fn is_everything(&self) -> bool {
        self.kind.is_empty() && self.from.is_empty() && self.to.is_empty()
    }
}

/// Events, newest first, in words.
#[component]
pub fn History(
    /// What happened.
    events: Vec<OwnEvent>,
) -> impl IntoView {
    let rows = events.into_iter().map(|event| {
        let sentence = event_sentence(&event);
        let more = [event.device, event.address, doer(event.by).map(str::to_owned)];
        let more: Vec<String> = more.into_iter().flatten().collect();
        let more = if more.is_empty() { String::new() } else { format!(" · {}", more.join(" · ")) };
        view! { <li><p>{sentence}</p><p class="quiet"><Moment at=event.at exact=true/>{more}</p></li> }
    });
    view! { <ol class="history">{rows.collect_view()}</ol> }
}

/// All of it that is `asked` for, a page at a time, with the form that looks through it. `below`: whether this is not the
/// newest page. Where what was typed cannot be read, `found` says why.
pub(super) fn whole(asked: &Asked, found: Result<OwnEvents>, below: bool) -> impl IntoView + use<> {
    let flash = found.as_ref().err().map(|error| {
        server::set_error_status(error);
        Flash::failed(paths::SECURITY, error.clone(), &[])
    });
    let found = found.ok().map(|events| page(asked, events, below));
    view! {
        <section class="card" id="history">
            <h2>"What happened to your account"</h2>
            <p class="quiet">"If you do not recognise something, change your password and sign out every other device."</p>
            {filters(asked, &flash.unwrap_or_default())}
            {found}
        </section>
    }
}

fn page(asked: &Asked, events: OwnEvents, below: bool) -> AnyView {
    if events.items.is_empty() {
        return nothing(asked, below).into_any();
    }
    let older = events.next.map(|next| asked.address(Some(&next)));
    let newest = below.then(|| asked.address(None));
    let (csv, json) = (asked.of(paths::HISTORY_CSV), asked.of(paths::HISTORY_JSON));
    view! {
        <History events=events.items/>
        <div class="actions">
            {newest.map(|href| view! { <LinkButton href label="Newest" look="quiet"/> })}
            {older.map(|href| view! { <LinkButton href label="Older" look="quiet"/> })}
        </div>
        <p class="quiet">
            "Take all of this with you: "<a href=csv download="">"as a table (CSV)"</a>" or "
            <a href=json download="">"for programs (JSON)"</a>"."
        </p>
    }
    .into_any()
}

fn nothing(asked: &Asked, below: bool) -> impl IntoView + use<> {
    let all = (!asked.is_everything()).then(|| Asked::default().address(None));
    let words = if below { "Nothing is older than this." } else { "Nothing of this happened." };
    view! {
        <p class="quiet">{words}</p>
        <div class="actions">
            {below.then(|| view! { <LinkButton href=asked.address(None) label="Newest" look="quiet"/> })}
            {all.map(|href| view! { <LinkButton href label="Show everything" look="quiet"/> })}
        </div>
    }
}

/// The form: its fields go into the address, so that what it finds can be kept and shared by its owner.
fn filters(asked: &Asked, flash: &Flash) -> impl IntoView + use<> {
    let groups = EventGroup::ALL.map(|group| (group.name().to_owned(), group_label(group).to_owned()));
    let options = std::iter::once((String::new(), "Everything".to_owned())).chain(groups).collect();
    let Asked { kind, from, to } = asked.clone();
    let all = (!asked.is_everything()).then(|| Asked::default().address(None));
    view! {
        <form class="filters" method="get" action=Asked::default().address(None)>
            <Select name="kind" label="What" options value=kind problem=flash.problem("kind")/>
            <Field name="from" label="From" kind="date" required=false value=from problem=flash.problem("from")/>
            <Field name="to" label="To" kind="date" required=false value=to problem=flash.problem("to")/>
            <div class="actions">
                <SubmitButton label="Look" look="quiet"/>
                {all.map(|href| view! { <a href=href>"Show everything"</a> })}
            </div>
        </form>
    }
}
