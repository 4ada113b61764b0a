//! `/admin/users/many`: what is to be done to everybody who was ticked, asked once more; and what became of it.

use super::super::AdminPage;
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Field, Hidden, NoticeBox, SubmitButton, Tone};
use crate::server::{self, Flash};
use crate::text::sentence;
use crate::{paths, paths::actions};
use leptos::prelude::*;
use vestibule_domain::accounts;
use vestibule_model::error::Conflict;
use vestibule_model::groups::ViewAccounts;
use vestibule_model::people::{DeedKind, MOST_AT_ONCE, Outcome};
use vestibule_model::{Error, UserId};

/// What a person reads of something that can be done to many.
const fn label(kind: DeedKind) -> &'static str {
    match kind {
        DeedKind::Ban => "Ban",
        DeedKind::Unban => "Lift the ban",
        DeedKind::Verify => "Count the address as confirmed",
        DeedKind::SignOut => "Sign out everywhere",
        DeedKind::Join => "Put into a group",
        DeedKind::Leave => "Take out of a group",
        DeedKind::Delete => "Delete for good",
    }
}

/// The field it asks for, and its label.
const fn asks(kind: DeedKind) -> Option<(&'static str, &'static str)> {
    match kind {
        DeedKind::Ban => Some(("reason", "Reason, as they are shown it")),
        DeedKind::Join | DeedKind::Leave => Some(("group", "Group")),
        DeedKind::Unban | DeedKind::Verify | DeedKind::SignOut | DeedKind::Delete => None,
    }
}

/// The deeds that somebody who `holds` permissions may choose, for a select; the first is none.
pub(super) fn deeds(holds: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let own = DeedKind::ALL.into_iter().filter(|kind| holds(kind.permission()));
    let own = own.map(|kind| (kind.name().to_owned(), label(kind).to_owned()));
    std::iter::once((String::new(), "Choose".to_owned())).chain(own).collect()
}

/// `/admin/users/many`.
#[component]
pub fn ManyPage() -> impl IntoView {
    let flash = server::take_flash(paths::ADMIN_MANY_USERS);
    let (users, deed) = (server::queries("user"), server::query("deed"));
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let may = actor.allow::<ViewAccounts>()?;
        if let Some(done) = flash.typed("done") {
            return Ok(outcome(&done, &flash).into_any());
        }
        let typed = flash.value("users");
        let ids = if typed.is_empty() { users } else { typed.split(' ').map(str::to_owned).collect() };
        let ids =
            ids.iter().filter_map(|id| id.parse::<UserId>().ok()).take(MOST_AT_ONCE).collect::<Vec<_>>();
        let wanted = if deed.is_empty() { flash.value("deed") } else { deed };
        let deed = DeedKind::named(&wanted).filter(|kind| actor.holds(kind.permission()));
        let Some(deed) = deed.filter(|_| !ids.is_empty()) else {
            return Ok(nothing_chosen().into_any());
        };
        let people = accounts::called(&site.domain, &may, &ids).await?;
        let items = people.iter().map(|(id, name, email)| {
            view! { <li><a href=paths::admin_user(*id)><bdi>{name.to_string()}</bdi></a>" "{email.to_string()}</li> }
        });
        let count = people.len();
        let items = items.collect_view();
        let hidden = ids.iter().map(|id| view! { <Hidden name="users[]" value=id.to_string()/> });
        let hidden = hidden.collect_view();
        let ask = asks(deed).map(|(name, label)| {
            view! { <Field name label value=flash.value(name) problem=flash.problem(name)/> }
        });
        let look = if matches!(deed, DeedKind::Delete | DeedKind::Ban) { "danger" } else { "primary" };
        Ok(view! {
            <AdminPage title=label(deed) here=paths::ADMIN_USERS>
                <ErrorSummary flash=flash.clone() fields=&[("reason", "Reason"), ("group", "Group"), ("users", "People")]/>
                <Card title=format!("{count} {}", if count == 1 { "person" } else { "people" })>
                    <ul>{items}</ul>
                    <form method="post" action=actions::DO_TO_MANY novalidate=true>
                        <Hidden name="deed" value=deed.name()/>
                        {hidden}{ask}
                        <div class="actions">
                            <SubmitButton label=label(deed) look/>
                            <a class="button button-quiet" href=paths::ADMIN_USERS>"Do nothing"</a>
                        </div>
                    </form>
                </Card>
            </AdminPage>
        }
        .into_any())
    })
}

fn nothing_chosen() -> impl IntoView {
    view! {
        <AdminPage title="Nobody is chosen" here=paths::ADMIN_USERS>
            <Card>
                <p>"Tick people in the list, and choose what is to be done."</p>
                <p><a href=paths::ADMIN_USERS>"Back to the list"</a></p>
            </Card>
        </AdminPage>
    }
}

/// What became of it: how many it was done to, and why not to the others.
fn outcome(done: &str, flash: &Flash) -> impl IntoView + use<> {
    let failed = flash.value("failed");
    let failed = failed.split(' ').filter_map(|pair| pair.split_once('='));
    let failed = failed.filter_map(|(id, code)| Some((id.parse::<UserId>().ok()?, code.to_owned())));
    let failed = failed.map(|(id, code)| {
        view! { <li><a href=paths::admin_user(id)><code>{id.to_string()}</code></a>": "{why(&code)}</li> }
    });
    let failed = failed.collect::<Vec<_>>();
    let tone = if failed.is_empty() { Tone::Good } else { Tone::Warning };
    let words = match (done, failed.len()) {
        (done, 0) => format!("Done for {done}."),
        (done, not) => format!("Done for {done}; not done for {not}."),
    };
    view! {
        <AdminPage title="What became of it" here=paths::ADMIN_USERS>
            <NoticeBox tone=tone><p>{words}</p></NoticeBox>
            {(!failed.is_empty()).then(|| view! { <Card title="Not done"><ul>{failed}</ul></Card> })}
            <p><a href=paths::ADMIN_USERS>"Back to the list"</a></p>
        </AdminPage>
    }
}

/// The outcomes as they travel to the page: how many were done, and the ids with the codes of those that were not.
pub(super) fn told(outcomes: &[Outcome]) -> (String, String) {
    let failed = outcomes.iter().filter_map(|one| {
        let code = one.error.as_ref()?.code();
        Some(format!("{}={code}", one.user))
    });
    let failed = failed.collect::<Vec<_>>();
    ((outcomes.len() - failed.len()).to_string(), failed.join(" "))
}

/// Why it was not done, by the code of the error.
fn why(code: &str) -> String {
    let conflict = |what| Error::Conflict { what };
    let known = [
        conflict(Conflict::OwnAccount),
        conflict(Conflict::LastAdmin),
        conflict(Conflict::AlreadyVerified),
        Error::NotFound,
        Error::Unavailable,
    ];
    match code {
        "not_found" => "There is no such person or group, or nothing to be done.".to_owned(),
        "not_allowed" => "Only administrators may do this to an administrator.".to_owned(),
        code => known.iter().find(|error| error.code() == code).map_or_else(|| code.to_owned(), sentence),
    }
}
