//! `/admin/endpoints`: every tag with its rule and the endpoints it matches, as the running router has them.

pub mod actions;

use super::AdminPage;
use crate::errors::page;
use crate::parts::{
    Column, Details, ErrorSummary, Field, Hidden, NoticeBox, Select, SubmitButton, Table, Told, Tone,
};
use crate::text::{rule_words, trouble_sentence};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::endpoints;
use vestibule_model::endpoints::{EndpointView, RuleForm, RuleOrigin, TagView};

/// `/admin/endpoints`.
#[component]
pub fn EndpointsPage() -> impl IntoView {
    let flash = server::take_flash(paths::ADMIN_ENDPOINTS);
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let by = actor.allow()?;
        let tags = endpoints::tags(&site.domain, &by).await?;
        let all = endpoints::all(&site.domain, &by, None);
        let troubled = tags.iter().filter(|tag| tag.trouble.is_some()).count();
        let warning = (troubled > 0).then(|| {
            view! { <NoticeBox tone=Tone::Warning>{format!("{troubled} of these rules do not fit the endpoints.")}</NoticeBox> }
        });
        let tagged = |view: &&EndpointView, tag: &str| view.tags.iter().any(|one| one == tag);
        let cards = tags.iter().map(|tag| {
            let theirs: Vec<_> = all.iter().filter(|view| tagged(view, &tag.tag)).cloned().collect();
            card(tag, theirs, &flash)
        });
        let cards = cards.collect_view();
        Ok(view! {
            <AdminPage
                title="Endpoints"
                lead="A rule asks for something beyond what each endpoint of a tag asks for itself. It only tightens, and administrators pass every rule."
                here=paths::ADMIN_ENDPOINTS
            >
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=&[]/>
                {warning}
                {cards}
            </AdminPage>
        })
    })
}

fn card(tag: &TagView, theirs: Vec<EndpointView>, flash: &server::Flash) -> AnyView {
    let (locked, name) = (tag.locked, tag.tag.clone());
    let holds = match (&tag.rule, tag.from) {
        (Some(rule), Some(RuleOrigin::Settings)) => {
            format!("The settings ask for {}. Change it there.", rule_words(rule))
        }
        (Some(rule), _) => format!("Asks for {}.", rule_words(rule)),
        (None, _) => "No rule.".to_owned(),
    };
    let trouble = tag.trouble.map(|trouble| {
        view! { <NoticeBox tone=Tone::Warning>{trouble_sentence(trouble)}</NoticeBox> }
    });
    let shadowed = tag.shadowed.as_ref().map(|rule| {
        view! { <p class="quiet">{format!("Set here before, and without effect: {}.", rule_words(rule))}</p> }
    });
    let summary = format!("{} endpoints", theirs.len());
    view! {
        <section class="card" id=format!("tag-{name}")>
            <h2><code>{name.clone()}</code></h2>
            <p>{holds}</p>
            {trouble}
            {shadowed}
            {(!locked).then(|| rule_form(tag, flash))}
            <Details summary>{listed(theirs)}</Details>
        </section>
    }
    .into_any()
}

fn rule_form(tag: &TagView, flash: &server::Flash) -> AnyView {
    let failed = flash.value("tag") == tag.tag;
    let rule = tag.rule.clone().unwrap_or_default();
    let (kind, name) = match &rule {
        RuleForm { permission: Some(name), .. } => ("permission", name.clone()),
        RuleForm { group: Some(name), .. } => ("group", name.clone()),
        _ => ("signed_in", String::new()),
    };
    let (kind, name) =
        if failed { (flash.value("asks"), flash.value("name")) } else { (kind.to_owned(), name) };
    let options = [
        ("signed_in", "Whoever is signed in"),
        ("permission", "Whoever holds a permission"),
        ("group", "Whoever belongs to a group"),
    ];
    let options = options.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    let problem = failed
        .then(|| ["permission", "group", "who"].iter().find_map(|field| flash.problem(field)))
        .flatten();
    let clear = tag.rule.as_ref().map(|_| {
        let value = tag.tag.clone();
        view! {
            <form method="post" action=paths::actions::CLEAR_RULE>
                <Hidden name="tag" value/>
                <SubmitButton label="Take the rule back" look="quiet"/>
            </form>
        }
    });
    let (asks, named, tag) = (format!("asks[{}]", tag.tag), format!("name[{}]", tag.tag), tag.tag.clone());
    view! {
        <Details summary="Set a rule" open=failed>
            <form class="filters" method="post" action=paths::actions::SET_RULE>
                <Hidden name="tag" value=tag/>
                // Ids must be unique on the page, so that the tag stands in the names.
                <Select name=asks label="Asks for" value=kind options/>
                <Field name=named label="Permission or group" value=name problem required=false/>
                <SubmitButton label="Set the rule"/>
            </form>
            {clear}
        </Details>
    }
    .into_any()
}

fn listed(theirs: Vec<EndpointView>) -> AnyView {
    let columns = vec![
        Column::new("Endpoint").names_row(),
        Column::new("By itself"),
        Column::new("Known by"),
        Column::new("Rules"),
    ];
    let row = |view: EndpointView| {
        let own = match (view.who.as_str(), &view.permission) {
            (_, Some(permission)) => format!("may {permission}"),
            (who, None) => who.replace('_', " "),
        };
        let rules = rules(&view);
        vec![
            view! { <code>{view.method}" "{view.path}</code> }.into_any(),
            own.into_any(),
            view.credential.into_any(),
            rules.into_any(),
        ]
    };
    let rows = theirs.into_iter().map(row).collect();
    view! { <Table caption="Endpoints of this tag" columns rows empty="No endpoint has this tag."/> }
        .into_any()
}

/// What the rules of an endpoint add to it.
fn rules(view: &EndpointView) -> String {
    let one = |rule: &vestibule_model::endpoints::RuleInForce| {
        let idle = if rule.tightens { "" } else { " (asked for already)" };
        format!("{} by {}{idle}", rule_words(&rule.rule), rule.tag)
    };
    let all: Vec<_> = view.rules.iter().map(one).collect();
    let both = if view.asks_for_several() { "; all of them are needed" } else { "" };
    if all.is_empty() { "none".to_owned() } else { format!("{}{both}", all.join(", ")) }
}
