//! Notices: who is told what by mail without asking, what they chose, and how they stop it. Areas tell a person of what was
//! done to their account ([`tell`]); what administrators are told hangs on the event spine. The list itself is
//! `vestibule_model::notices`; the words are the mail's templates.

mod devices;
mod spine;
mod store;
mod unsubscribe;

pub(crate) use devices::{
    forget as forget_devices, forget_all as forget_devices_of, is_known as is_known_device, recognise,
};
pub(crate) use spine::{abuse_stopped, mail_failed, on};
pub use unsubscribe::{unsubscribe, unsubscribe_about};

use crate::accounts::{self, User, Which};
use crate::db::{On, Tx};
use crate::events::{self, Event};
use crate::mail::{self, Message, Outgoing};
use crate::{Actor, Allowed, Client, Domain, Person, error::Internal};
use std::collections::BTreeMap;
use vestibule_model::error::Problems;
use vestibule_model::groups::{ADMIN, ManageAccounts, ViewAccounts};
use vestibule_model::notices::{Audience, Notice, NoticeChoice};
use vestibule_model::{Error, Problem, Result, Timestamp, UserId};

/// Tells `user` of something as part of `tx`, unless it is a notice they switched off. What can be switched off says how.
pub(crate) async fn tell(domain: &Domain, tx: &mut Tx, user: &User, message: Message) -> Result<()> {
    write_to(domain, tx, user, message, None, &[]).await
}

/// As [`tell`], of something that names addresses of the people `about`: it goes with them while it waits.
pub(crate) async fn tell_about(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    message: Message,
    about: &[UserId],
) -> Result<()> {
    write_to(domain, tx, user, message, None, about).await
}

/// As [`tell`], of something that is of no use after `useless_after`.
pub(crate) async fn tell_until(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    message: Message,
    useless_after: Option<Timestamp>,
) -> Result<()> {
    write_to(domain, tx, user, message, useless_after, &[]).await
}

async fn write_to(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    message: Message,
    useless_after: Option<Timestamp>,
    about: &[UserId],
) -> Result<()> {
    let optional = message.notice().filter(|notice| !notice.is_security());
    // Who sleeps is not woken by what need not be said.
    if let Some(notice) = optional
        && (user.deactivated_at.is_some() || !wants(&mut *tx, user.id, notice).await?)
    {
        return Ok(());
    }
    let unsubscribe = optional.map(|notice| unsubscribe::link(domain, user.id, notice));
    let (to, name, owner) = (&user.email, Some(&user.name), Some(user.id));
    mail::post(domain, tx, Outgoing { to, name, message, useless_after, unsubscribe, owner, about }).await
}

/// Whether somebody gets `notice`: what they chose, else that it is sent.
async fn wants(on: impl Into<On<'_>>, user: UserId, notice: Notice) -> Result<bool> {
    Ok(store::choice(on, user, notice.name()).await?.unwrap_or(true))
}

/// What a person chose, and when the devices they are known by were last seen, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let choices: BTreeMap<_, _> = store::choices(domain.db(), user).await?.into_iter().collect();
    let devices = store::devices_seen(domain.db(), user).await?;
    Ok(serde_json::json!({ "choices": choices, "known_devices_last_seen_at": devices }))
}

/// What the person who asks is told of, and what not. What administrators are told is there for administrators alone.
///
/// # Errors
/// None but those of the database.
pub async fn choices(domain: &Domain, person: &Person) -> Result<Vec<NoticeChoice>> {
    of(domain, person.user, person.is_admin()).await
}

/// Changes what the person who asks is told of.
///
/// # Errors
/// [`Error::Invalid`] for a name that is no notice of theirs
/// ([`Problem::Unknown`]), or a security notice that is to be switched off ([`Problem::AlwaysOn`]); nothing is changed then.
pub async fn choose(
    domain: &Domain,
    person: &Person,
    wanted: &BTreeMap<String, bool>,
    client: &Client,
) -> Result<Vec<NoticeChoice>> {
    let actor = Actor::Person(person.clone());
    set(domain, person.user, person.is_admin(), wanted, &actor, client).await?;
    choices(domain, person).await
}

/// What somebody is told of, for operators and administrators.
///
/// # Errors
/// As [`accounts::show`].
pub async fn choices_of(
    domain: &Domain,
    by: &Allowed<ViewAccounts>,
    which: &Which,
) -> Result<Vec<NoticeChoice>> {
    let account = accounts::show(domain, by, which).await?;
    of(domain, account.id, account.groups.iter().any(|group| group == ADMIN)).await
}

/// Changes what somebody is told of, for operators and administrators.
///
/// # Errors
/// As [`choose`] and [`accounts::show`].
pub async fn choose_for(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    which: &Which,
    wanted: &BTreeMap<String, bool>,
    client: &Client,
) -> Result<Vec<NoticeChoice>> {
    let view = by.by().allow::<ViewAccounts>()?;
    let account = accounts::show(domain, &view, which).await?;
    let admin = account.groups.iter().any(|group| group == ADMIN);
    if admin && !by.by().holds(ADMIN) {
        return Err(Error::NotAllowed { permission: ADMIN.into() });
    }
    set(domain, account.id, admin, wanted, by.by(), client).await?;
    of(domain, account.id, admin).await
}

async fn of(domain: &Domain, user: UserId, admin: bool) -> Result<Vec<NoticeChoice>> {
    let chosen: BTreeMap<String, bool> = store::choices(domain.db(), user).await?.into_iter().collect();
    let view = |notice: Notice| NoticeChoice {
        name: notice.name().to_owned(),
        about: notice.about().to_owned(),
        audience: notice.audience(),
        security: notice.is_security(),
        on: notice.is_security() || chosen.get(notice.name()).copied().unwrap_or(true),
    };
    Ok(Notice::all().filter(|notice| is_for(*notice, admin)).map(view).collect())
}

fn is_for(notice: Notice, admin: bool) -> bool {
    admin || notice.audience() == Audience::Person
}

async fn set(
    domain: &Domain,
    user: UserId,
    admin: bool,
    wanted: &BTreeMap<String, bool>,
    by: &Actor,
    client: &Client,
) -> Result<()> {
    let mut problems = Problems::default();
    let mut changes = Vec::new();
    for (name, on) in wanted {
        match Notice::named(name).filter(|notice| is_for(*notice, admin)) {
            None => problems.add_named(name, Problem::Unknown),
            Some(notice) if notice.is_security() && !on => problems.add(notice.name(), Problem::AlwaysOn),
            Some(notice) if notice.is_security() => {}
            Some(notice) => changes.push((notice, *on)),
        }
    }
    problems.check()?;
    if changes.is_empty() {
        return Ok(());
    }
    let mut tx = domain.begin().await?;
    write(domain, &mut tx, user, &changes, by, client).await?;
    tx.commit().await.internal()
}

/// Writes choices down as part of `tx`.
async fn write(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    changes: &[(Notice, bool)],
    by: &Actor,
    client: &Client,
) -> Result<()> {
    accounts::hold(tx, user).await?;
    for (notice, on) in changes {
        store::set_choice(tx, user, notice.name(), *on, domain.now()).await?;
    }
    let on = changes.iter().filter(|(_, on)| *on).map(|(notice, _)| notice.name().to_owned()).collect();
    let off = changes.iter().filter(|(_, on)| !*on).map(|(notice, _)| notice.name().to_owned()).collect();
    events::emit(domain, tx, by, client, Event::NoticesChosen { user, on, off }).await
}
