//! What is told because of an event: it hangs on the event spine, so that no area has to think of it. What goes to
//! administrators can be switched off for the site by a setting, and by every administrator for themselves.

use super::{store, tell, tell_about};
use crate::accounts::{self, User};
use crate::events::Event;
use crate::mail::{self, Message};
use crate::{Actor, Client, Domain, db::Tx, error::Internal, groups};
use std::{iter, time::Duration};
use vestibule_model::abuse::{self, Evidence};
use vestibule_model::groups::ADMIN;
use vestibule_model::notices::Notice;
use vestibule_model::{Result, Timestamp, UserId, links as pages};

/// Mail that fails is told of once in so long: it rarely fails alone.
const MAIL_FAILING_EVERY: Duration = Duration::from_hours(6);
/// Blocks are told of once in so long: an attack rarely comes from one place.
const ABUSE_EVERY: Duration = Duration::from_hours(1);

/// Tells administrators of `event`, and its person of what every such event tells them, as part of `tx`.
pub(crate) async fn on(
    domain: &Domain,
    tx: &mut Tx,
    by: &Actor,
    client: &Client,
    event: &Event,
) -> Result<()> {
    tell_person(domain, tx, event).await?;
    let Some((notice, subject)) = worth_telling(event) else { return Ok(()) };
    if !is_sent(domain, notice) {
        return Ok(());
    }
    let Some(about) = accounts::by_id_in(tx, subject).await? else { return Ok(()) };
    let message = words(domain, event, &about, by, client);
    // Who acted is named as well, by an address that may be a former one when they go.
    let named: Vec<_> = iter::once(subject).chain(by.person().ok().map(|person| person.user)).collect();
    for admin in groups::members_of(tx, ADMIN).await? {
        if admin != subject
            && let Some(admin) = accounts::by_id_in(tx, admin).await?.filter(can_be_told)
            && let Some(message) = message.clone()
        {
            tell_about(domain, tx, &admin, message, &named).await?;
        }
    }
    Ok(())
}

/// Tells the person whom an event is about, where nothing is needed for it but the event itself.
async fn tell_person(domain: &Domain, tx: &mut Tx, event: &Event) -> Result<()> {
    let Event::EmailVerified { user } = event else { return Ok(()) };
    match accounts::by_id_in(tx, *user).await? {
        Some(user) => {
            let account_link = domain.page(pages::ACCOUNT);
            tell(domain, tx, &user, Message::Welcome { account_link }).await
        }
        None => Ok(()),
    }
}

/// The notice that an event is to administrators, and whom it is about.
fn worth_telling(event: &Event) -> Option<(Notice, UserId)> {
    match event {
        Event::Registered { user, .. } => Some((Notice::AdminRegistration, *user)),
        Event::PasswordLocked { user } => Some((Notice::AdminBlock, *user)),
        Event::GroupJoined { user, group } | Event::GroupLeft { user, group } if group == ADMIN => {
            Some((Notice::AdminRights, *user))
        }
        Event::Banned { user, .. } => Some((Notice::AdminBan, *user)),
        Event::KeyLeaked { user, .. } => Some((Notice::AdminKeyLeaked, *user)),
        _ => None,
    }
}

fn words(domain: &Domain, event: &Event, about: &User, by: &Actor, client: &Client) -> Option<Message> {
    let (email, at) = (about.email.as_str().to_owned(), domain.now());
    let address = client.address.map(|address| address.to_string());
    match event {
        Event::Registered { .. } => Some(Message::AdminRegistration { email, at, address }),
        Event::PasswordLocked { .. } => Some(Message::AdminBlock { email, at, address }),
        Event::GroupJoined { .. } => Some(Message::AdminGranted { email, by: called(by), at }),
        Event::GroupLeft { .. } => Some(Message::AdminWithdrawn { email, by: called(by), at }),
        Event::Banned { reason, until, .. } => {
            Some(Message::AdminBanned { email, by: called(by), reason: reason.clone(), until: *until, at })
        }
        Event::KeyLeaked { begins_with, .. } => {
            Some(Message::AdminKeyLeaked { email, key: begins_with.clone(), at, address })
        }
        _ => None,
    }
}

/// Who did something, as administrators know them.
fn called(by: &Actor) -> String {
    match by {
        Actor::Anonymous => "somebody unknown".to_owned(),
        Actor::Person(person) => person.account.email.as_str().to_owned(),
        Actor::Operator => "somebody at the command line".to_owned(),
    }
}

/// Whether this site tells its administrators of it.
fn is_sent(domain: &Domain, notice: Notice) -> bool {
    let rules = &domain.rules().notices.admin;
    match notice {
        Notice::AdminRegistration => rules.registration,
        Notice::AdminBlock => rules.block,
        Notice::AdminRights => rules.rights,
        Notice::AdminBan => rules.ban,
        Notice::AdminKeyLeaked => rules.key_leaked,
        Notice::AdminMailFailing => rules.mail_failing,
        Notice::AdminAbuse => rules.abuse,
        _ => false,
    }
}

fn can_be_told(admin: &User) -> bool {
    admin.email_verified_at.is_some()
}

/// Tells administrators that mail does not leave; at most once in six hours. Such a mail waits with the others, and tells
/// afterwards that something was wrong.
pub(crate) async fn mail_failed(domain: &Domain, failure: &str) -> Result<()> {
    if !is_sent(domain, Notice::AdminMailFailing) {
        return Ok(());
    }
    let now = domain.now();
    let horizon = Timestamp(now.0 - i64::try_from(MAIL_FAILING_EVERY.as_micros()).unwrap_or(i64::MAX));
    let mut tx = domain.begin().await?;
    if store::claim_telling(&mut tx, Notice::AdminMailFailing.name(), horizon, now).await? {
        let (waiting, given_up) = mail::stuck(&mut tx).await?;
        for admin in groups::members_of(&mut tx, ADMIN).await? {
            let Some(admin) = accounts::by_id_in(&mut tx, admin).await?.filter(can_be_told) else { continue };
            let message =
                Message::AdminMailFailing { waiting, given_up, failure: failure.to_owned(), at: now };
            tell(domain, &mut tx, &admin, message).await?;
        }
    }
    tx.commit().await.internal()
}

/// Tells administrators that the program is about to block `who` by itself, the account `user` where it is one, as part of
/// `tx`; at most once in an hour.
pub(crate) async fn abuse_stopped(
    domain: &Domain,
    tx: &mut Tx,
    (who, user): (String, Option<UserId>),
    evidence: &Evidence,
    until: Timestamp,
) -> Result<()> {
    let now = domain.now();
    if !is_sent(domain, Notice::AdminAbuse)
        || !store::claim_telling(tx, Notice::AdminAbuse.name(), now.before(ABUSE_EVERY), now).await?
    {
        return Ok(());
    }
    for admin in groups::members_of(tx, ADMIN).await? {
        let Some(admin) = accounts::by_id_in(tx, admin).await?.filter(can_be_told) else { continue };
        let message = Message::AdminAbuse {
            who: who.clone(),
            offences: abuse::told(&evidence.offences),
            until,
            bans_link: domain.page(pages::ADMIN_BANS),
        };
        tell_about(domain, tx, &admin, message, user.as_slice()).await?;
    }
    Ok(())
}
