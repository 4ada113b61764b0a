//! Writing a change of a profile, as part of a transaction that holds the account. Only what differs is written, and what
//! was written is announced by name, never by value.

use super::avatar::Portrait;
use super::check::Change;
use super::{store, told, usernames};
use crate::db::Tx;
use crate::events::{self, Changes, Event};
use crate::{Actor, Client, Domain, accounts};
use serde_json::json;
use std::collections::BTreeMap;
use vestibule_model::accounts::Me;
use vestibule_model::profiles::FieldValue;
use vestibule_model::{Result, UserId};

/// A change that is being written.
pub(super) struct Edit<'a> {
    pub(super) domain: &'a Domain,
    pub(super) tx: &'a mut Tx,
    /// The account before the change.
    pub(super) before: &'a Me,
    by: &'a Actor,
    /// Names of what was changed.
    changed: Vec<String>,
    /// What was changed, but for user name and picture, which have events of their own.
    changes: Changes,
}

impl Edit<'_> {
    /// Whether it is the person themselves who changes.
    pub(super) fn by_owner(&self) -> bool {
        matches!(self.by, Actor::Person(person) if person.user == self.before.id)
    }

    fn note(&mut self, field: impl Into<String>) {
        self.changed.push(field.into());
    }

    /// As [`note`](Self::note), with what was there before and is now.
    fn note_values<V: serde::Serialize>(&mut self, field: impl Into<String>, before: &V, after: &V) {
        let field = field.into();
        self.changes = std::mem::take(&mut self.changes).of(&field, before, after);
        self.note(field);
    }
}

/// Writes all of `change` and `picture` that differs from `before`, and tells the person once; whether anything did.
pub(super) async fn all(
    domain: &Domain,
    tx: &mut Tx,
    before: &Me,
    (change, picture): (Change, &Portrait),
    by: &Actor,
    client: &Client,
) -> Result<bool> {
    let user = before.id;
    let mut edit = Edit { domain, tx, before, by, changed: Vec::new(), changes: Changes::default() };
    name(&mut edit, &change).await?;
    let renamed = username(&mut edit, &change).await?;
    texts(&mut edit, &change).await?;
    choices(&mut edit, &change).await?;
    fields(&mut edit, &change).await?;
    let replaced = picture.write(edit.tx, user, domain.now()).await?;
    if replaced.is_some() {
        edit.note(told::PICTURE);
    }
    let (changed, values) = (edit.changed, edit.changes);
    if changed.is_empty() {
        return Ok(false);
    }
    if renamed {
        let (from, to) = (before.username.clone(), change.username.flatten());
        let name = Changes::default().of("username", &from, &to);
        let event = Event::UsernameChanged { user, from, to };
        events::emit_changes(domain, tx, by, client, event, name).await?;
    }
    let elsewhere = |name: &str| name == told::PICTURE || (renamed && name == "username");
    let fields: Vec<_> = changed.iter().filter(|name| !elsewhere(name)).cloned().collect();
    if !fields.is_empty() {
        let event = Event::ProfileUpdated { user, fields };
        events::emit_changes(domain, tx, by, client, event, values).await?;
    }
    if let Some(removed) = replaced {
        events::emit(domain, tx, by, client, Event::AvatarChanged { user, removed }).await?;
    }
    // Events are as many as there are kinds of change; the mail is one for each save.
    told::tell(domain, tx, user, &changed).await?;
    tx.announce(domain.generation());
    Ok(true)
}

async fn name(edit: &mut Edit<'_>, change: &Change) -> Result<()> {
    let Some(name) = change.name.as_ref().filter(|name| **name != edit.before.name) else { return Ok(()) };
    accounts::set_name(edit.tx, edit.before.id, name, edit.domain.now()).await?;
    edit.note_values("name", &edit.before.name, name);
    Ok(())
}

async fn username(edit: &mut Edit<'_>, change: &Change) -> Result<bool> {
    let Some(wanted) = change.username.as_ref().filter(|wanted| **wanted != edit.before.username) else {
        return Ok(false);
    };
    edit.note("username");
    usernames::rename(edit, wanted.as_ref()).await
}

/// What stands in one row, and the links.
async fn texts(edit: &mut Edit<'_>, change: &Change) -> Result<()> {
    let (profile, user, now) = (&edit.before.profile, edit.before.id, edit.domain.now());
    let bio = change.bio.as_ref().unwrap_or(&profile.bio);
    let language = change.language.as_ref().unwrap_or(&profile.language);
    let time_zone = change.time_zone.as_ref().unwrap_or(&profile.time_zone);
    let differing = [
        ("bio", json!(profile.bio), json!(bio)),
        ("language", json!(profile.language), json!(language)),
        ("time_zone", json!(profile.time_zone), json!(time_zone)),
    ];
    if differing.iter().any(|(_, before, after)| before != after) {
        store::save(edit.tx, user, bio.as_ref(), language.as_ref(), time_zone.as_deref(), now).await?;
    }
    for (name, before, after) in differing.into_iter().filter(|(_, before, after)| before != after) {
        edit.note_values(name, &before, &after);
    }
    if let Some(links) = change.links.as_ref().filter(|links| **links != profile.links) {
        store::save_links(edit.tx, user, links).await?;
        edit.note_values("links", &profile.links, links);
    }
    Ok(())
}

/// Who may see what. A choice that changes nothing is not written, so that a part stays as the site has it until its owner
/// wants something else.
async fn choices(edit: &mut Edit<'_>, change: &Change) -> Result<()> {
    let mut changed = false;
    for (part, wanted) in &change.visibility {
        if wanted.is_some() && edit.before.profile.visibility.get(part) == wanted.as_ref() {
            continue;
        }
        store::save_choice(edit.tx, edit.before.id, *part, *wanted).await?;
        let field =
            json!(part).as_str().map_or_else(|| "visibility".to_owned(), |part| format!("visibility/{part}"));
        let before = edit.before.profile.visibility.get(part).copied();
        edit.changes = std::mem::take(&mut edit.changes).of(field, &before, wanted);
        changed = true;
    }
    if changed {
        edit.note("visibility");
    }
    Ok(())
}

async fn fields(edit: &mut Edit<'_>, change: &Change) -> Result<()> {
    for (field, wanted) in &change.fields {
        if edit.before.profile.fields.get(*field) == wanted.as_ref() {
            continue;
        }
        let value = wanted.as_ref().map(ToString::to_string);
        store::save_field(edit.tx, edit.before.id, field, value.as_deref()).await?;
        edit.note_values(
            format!("fields/{field}"),
            &edit.before.profile.fields.get(*field),
            &wanted.as_ref(),
        );
    }
    Ok(())
}

/// Writes the declared fields of a new account as part of `tx`.
pub(crate) async fn save_fields(
    tx: &mut Tx,
    user: UserId,
    fields: &BTreeMap<String, FieldValue>,
) -> Result<()> {
    for (field, value) in fields {
        store::save_field(tx, user, field, Some(&value.to_string())).await?;
    }
    Ok(())
}
