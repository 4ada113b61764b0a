//! What administrators remark of a person: the newest notes, and a form for another one.

use super::About;
use crate::parts::{Card, Hidden, Moment, SubmitButton, TextArea};
use crate::paths::actions;
use leptos::prelude::*;
use vestibule_domain::accounts;
use vestibule_model::Result;
use vestibule_model::listing::Page;
use vestibule_model::people::LONGEST_REMARK;

/// The panel.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let user = about.account.id;
    let all = accounts::notes(&about.site.domain, &about.may, user, &Page::default()).await?.items;
    let manages = about.manages();
    let notes = all.into_iter().map(|note| {
        let by = note.author_name.map_or_else(|| "the command line".to_owned(), |name| name.to_string());
        let gone = manages.then(|| {
            view! {
                <form method="post" action=actions::REMOVE_NOTE>
                    <Hidden name="user" value=user.to_string()/>
                    <Hidden name="note" value=note.id.to_string()/>
                    <SubmitButton label="Take this note away" look="quiet"/>
                </form>
            }
        });
        view! {
            <li>
                <p class="bio" dir="auto">{note.text.to_string()}</p>
                <p class="quiet"><Moment at=note.written_at exact=true/>" · "<bdi>{by}</bdi></p>
                {gone}
            </li>
        }
    });
    let notes = notes.collect_view();
    let (value, problem) = (about.flash.value("text"), about.flash.problem("text"));
    Ok(view! {
        <Card title="Notes">
            <ol class="history">{notes}</ol>
            {manages.then(|| view! {
                <form method="post" action=actions::WRITE_NOTE novalidate=true>
                    <Hidden name="user" value=user.to_string()/>
                    <TextArea
                        name="text" label="Another note" value problem most=Some(LONGEST_REMARK)
                        hint="For administrators. It is part of the copy of everything that the person can ask for."
                    />
                    <SubmitButton label="Keep the note" look="quiet"/>
                </form>
            })}
        </Card>
    }
    .into_any())
}
