//! Notes on people, by administrators for administrators. They are about the person, so that they are part of the copy of
//! everything that a person gets (GDPR Art. 15), and go with the account. Called by `/admin/users/{id}`, REST and the
//! command line.

use super::{hold_for, store};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::listing::List;
use crate::{Actor, Allowed, Client, Domain, error::Internal};
use uuid::Uuid;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::people::{Note, NoteForm, Remark};
use vestibule_model::values::NoteId;
use vestibule_model::{Error, Result, UserId};

/// The notes on somebody, the newest first.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] of `cursor`.
pub async fn notes(
    domain: &Domain,
    _by: &Allowed<ViewAccounts>,
    user: UserId,
    page: &Page,
) -> Result<Listed<Note>> {
    store::by_id(domain.db(), user).await?.ok_or(Error::NotFound)?;
    let list = List::new(domain, "notes", &user);
    let before = list.after(page)?.unwrap_or_else(Uuid::max);
    let rows = store::notes(domain.db(), user, before, page.limit.and_one()).await?;
    let mut listed = list.page(page, rows, |note| note.id.0);
    if page.total {
        listed.total = Some(store::count_notes(domain.db(), user).await?);
    }
    Ok(listed)
}

/// Writes a note on somebody.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`]; [`Error::NotAllowed`] for an administrator when asked by somebody who is none.
pub async fn note(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    form: NoteForm,
    client: &Client,
) -> Result<Note> {
    let text = Remark::parse(&form.text).map_err(|problem| Error::invalid("text", problem))?;
    let mut tx = domain.begin().await?;
    hold_for(&mut tx, by.by(), user).await?;
    let note = note_in(domain, &mut tx, by.by(), (user, text), client).await?;
    tx.commit().await.internal()?;
    Ok(note)
}

/// Writes a note as part of `tx`, which holds the account.
pub(crate) async fn note_in(
    domain: &Domain,
    tx: &mut Tx,
    by: &Actor,
    (user, text): (UserId, Remark),
    client: &Client,
) -> Result<Note> {
    let (author, author_name) = match by {
        Actor::Person(person) => (Some(person.user), Some(person.account.name.clone())),
        Actor::Anonymous | Actor::Operator => (None, None),
    };
    let note = Note { id: NoteId(domain.new_id()), author, author_name, written_at: domain.now(), text };
    store::insert_note(tx, user, &note).await?;
    events::emit(domain, tx, by, client, Event::NoteWritten { user }).await?;
    Ok(note)
}

/// Takes a note away.
///
/// # Errors
/// [`Error::NotFound`] for a note on somebody else, or that is not there; [`Error::NotAllowed`] as for [`note`].
pub async fn remove_note(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    note: NoteId,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    hold_for(&mut tx, by.by(), user).await?;
    if !store::delete_note(&mut tx, user, note).await? {
        return Err(Error::NotFound);
    }
    events::emit(domain, &mut tx, by.by(), client, Event::NoteRemoved { user }).await?;
    tx.commit().await.internal()
}

/// The notes on a person, for their own eyes; who wrote them is not told.
pub(super) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let notes = store::notes(domain.db(), user, Uuid::max(), i64::MAX).await?;
    Ok(notes
        .into_iter()
        .map(|note| serde_json::json!({ "at": note.written_at, "text": note.text }))
        .collect())
}
