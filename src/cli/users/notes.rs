//! `user note`: what administrators remark of somebody: read, write, take away.

use super::{Named, find, manage, view};
use crate::cli::{Failure, house::House, output};
use clap::Args;
use vestibule_domain::{Client, accounts};
use vestibule_model::listing::{Limit, Page};
use vestibule_model::people::{Note, NoteForm};
use vestibule_model::values::NoteId;

/// Whose notes, and what to do with them.
#[derive(Args, Debug)]
#[command(after_help = "Example: user note ada@example.org --add \"Asked by phone for another address.\"")]
pub(crate) struct Notes {
    #[command(flatten)]
    named: Named,
    /// Write a note
    #[arg(long, value_name = "TEXT", conflicts_with = "remove")]
    add: Option<String>,
    /// Take the note with this id away
    #[arg(long, value_name = "ID")]
    remove: Option<NoteId>,
}

/// Does what was asked, and shows the newest hundred notes.
pub(super) fn notes(house: &House, asked: Notes) -> Result<(), Failure> {
    let Notes { named, add, remove } = asked;
    let notes = house.with_domain(|domain| async move {
        let user = find(&domain, &named.account).await?.id;
        if let Some(text) = add {
            accounts::note(&domain, &manage()?, user, NoteForm { text }, &Client::local()).await?;
        }
        if let Some(note) = remove {
            accounts::remove_note(&domain, &manage()?, user, note, &Client::local()).await?;
        }
        let page = Page { limit: Limit::new(100).unwrap_or_default(), ..Page::default() };
        Ok(accounts::notes(&domain, &view()?, user, &page).await?)
    })?;
    house
        .output
        .data(&notes, |notes| output::table(&["WRITTEN", "BY", "NOTE", "ID"], notes.items.iter().map(row)))
}

fn row(note: &Note) -> Vec<String> {
    let by = note.author_name.as_ref().map_or("", |name| name.as_str());
    vec![
        note.written_at.to_string(),
        by.to_owned(),
        note.text.as_str().replace('\n', " "),
        note.id.to_string(),
    ]
}
