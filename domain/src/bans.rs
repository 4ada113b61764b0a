//! Bans of people: imposed with a reason the person is told, lifted by hand or by the clock. Called by REST, the CLI, sign-in,
//! and whatever shows a person to others; bans of addresses and networks are in `bans/addresses.rs`. A ban whose end has come is over at that moment, whoever writes that down and
//! when.

mod addresses;
pub(crate) mod network;
mod store;
mod table;

pub(crate) use addresses::{Book, New, block, changed, count_automatic, reload, sweep, unblock};
pub use addresses::{
    ban_network, lapse_networks, lift_network, list_networks, on_address, refusal_of, show_network,
    standing_on,
};
pub use table::Held;

use crate::accounts::{self, User};
use crate::db::{On, Tx};
use crate::events::{self, Changes, Event};
use crate::listing::List;
use crate::mail::Message;
use crate::{Actor, Allowed, Client, Domain, error::Internal, groups, notices, sessions};
use uuid::Uuid;
use vestibule_model::bans::{Ban, BanForm, BanRecord, BansQuery, NewBan};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{BanAccounts, ViewAccounts};
use vestibule_model::listing::{Listed, MOST_COUNTED, Page};
use vestibule_model::{Error, Result, Timestamp, UserId, links as pages};

/// Bans somebody, or gives the ban that holds another reason and end: every session and every token of theirs ends, on
/// every node from the next request on, and a mail tells them why and until when. Nothing happens when that very ban holds
/// already.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], [`Conflict::OwnAccount`], [`Conflict::LastAdmin`]; [`Error::NotAllowed`] when
/// an administrator is to be banned by somebody who is none.
pub async fn impose(
    domain: &Domain,
    by: &Allowed<BanAccounts>,
    user: UserId,
    form: BanForm,
    client: &Client,
) -> Result<Ban> {
    let now = domain.now();
    let new = form.parse(now)?;
    let author = match by.by() {
        Actor::Person(person) if person.user == user => {
            return Err(Error::Conflict { what: Conflict::OwnAccount });
        }
        Actor::Person(person) => Some(person.user),
        Actor::Anonymous | Actor::Operator => None,
    };
    let mut tx = domain.begin().await?;
    groups::keep_an_admin_without(domain, &mut tx, user).await?;
    let person = accounts::hold_for(&mut tx, by.by(), user).await?;
    let standing = store::in_force(&mut tx, user, now).await?;
    if let Some(ban) = standing.as_ref().filter(|ban| (&ban.reason, ban.until) == (&new.reason, new.until)) {
        return Ok(ban.clone());
    }
    settle_lapsed(domain, &mut tx, &person, client).await?;
    store::end(&mut tx, user, "replaced", now).await?;
    store::insert(&mut tx, domain.new_id(), user, &new, author, now).await?;
    sessions::end_all(domain, &mut tx, user, "banned").await?;
    let message = Message::Banned { reason: new.reason.to_string(), until: new.until };
    notices::tell(domain, &mut tx, &person, message).await?;
    if let Some(note) = new.note {
        accounts::note_in(domain, &mut tx, by.by(), (user, note), client).await?;
    }
    let event = Event::Banned { user, reason: new.reason.to_string(), until: new.until };
    let before = (standing.as_ref().map(|ban| &ban.reason), standing.as_ref().and_then(|ban| ban.until));
    let changes =
        Changes::default().of("reason", &before.0, &Some(&new.reason)).of("until", &before.1, &new.until);
    events::emit_changes(domain, &mut tx, by.by(), client, event, changes).await?;
    tx.commit().await.internal()?;
    Ok(Ban { reason: new.reason, author, since: now, until: new.until })
}

/// Lifts the ban that holds; a mail tells the person. They sign in anew.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person or one who is not banned; [`Error::NotAllowed`] when an administrator's ban is
/// to be lifted by somebody who is none.
pub async fn lift(domain: &Domain, by: &Allowed<BanAccounts>, user: UserId, client: &Client) -> Result<()> {
    let mut tx = domain.begin().await?;
    let person = accounts::hold_for(&mut tx, by.by(), user).await?;
    if settle_lapsed(domain, &mut tx, &person, client).await? {
        tx.commit().await.internal()?;
        return Err(Error::NotFound);
    }
    if !store::end(&mut tx, user, "lifted", domain.now()).await? {
        return Err(Error::NotFound);
    }
    tell_over(domain, &mut tx, &person, by.by(), client).await?;
    tx.commit().await.internal()
}

/// The ban that holds now, if one does. A person who is banned looks absent to others.
///
/// # Errors
/// None but those of the database.
pub async fn standing(domain: &Domain, user: UserId) -> Result<Option<Ban>> {
    store::in_force(domain.db(), user, domain.now()).await
}

/// Bans of people, over or not, the newest first.
///
/// # Errors
/// [`Error::Invalid`] of `cursor`.
pub async fn list(
    domain: &Domain,
    _by: &Allowed<ViewAccounts>,
    query: &BansQuery,
    page: &Page,
) -> Result<Listed<BanRecord>> {
    let list = List::new(domain, "bans", query);
    let before = list.after(page)?.unwrap_or_else(Uuid::max);
    let rows = store::records(domain.db(), query, before, page.limit.and_one(), domain.now()).await?;
    let mut listed = list.page(page, rows, |ban| ban.id);
    if page.total {
        let most = i64::try_from(MOST_COUNTED).unwrap_or(i64::MAX);
        listed.total =
            Some(store::records(domain.db(), query, Uuid::max(), most, domain.now()).await?.len() as u64);
    }
    Ok(listed)
}

/// Writes the ban of somebody who was made up, as part of `tx`.
pub(crate) async fn seed(tx: &mut Tx, id: Uuid, user: UserId, new: &NewBan, now: Timestamp) -> Result<()> {
    store::insert(tx, id, user, new, None, now).await
}

/// Writes down which bans have ended by themselves, and tells those people; how many. It decides nothing: a ban is over when
/// its end has come.
///
/// # Errors
/// None but those of the database.
pub async fn lapse(domain: &Domain) -> Result<usize> {
    let mut ended = 0;
    loop {
        let over = store::lapsed(domain.db(), domain.now()).await?;
        if over.is_empty() {
            return Ok(ended);
        }
        for user in over {
            let mut tx = domain.begin().await?;
            accounts::hold(&mut tx, user).await?;
            let Some(person) = accounts::by_id_in(&mut tx, user).await? else { continue };
            ended += usize::from(settle_lapsed(domain, &mut tx, &person, &Client::local()).await?);
            tx.commit().await.internal()?;
        }
    }
}

/// The bans of a person, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let rows = store::history(domain.db(), user).await?;
    Ok(rows.into_iter().map(store::Past::for_person).collect())
}

/// The ban that holds at `now`, as `on` sees it.
pub(crate) async fn in_force(on: impl Into<On<'_>>, user: UserId, now: Timestamp) -> Result<Option<Ban>> {
    store::in_force(on, user, now).await
}

/// What a banned person is told once they have proved their password.
pub(crate) fn refusal(ban: Ban) -> Error {
    Error::Banned { reason: ban.reason.into(), until: ban.until }
}

/// Writes down that a ban has ended by itself, and tells the person; whether there was one.
async fn settle_lapsed(domain: &Domain, tx: &mut Tx, person: &User, client: &Client) -> Result<bool> {
    let lapsed = store::end_lapsed(tx, person.id, domain.now()).await?;
    if lapsed {
        tell_over(domain, tx, person, &Actor::Anonymous, client).await?;
    }
    Ok(lapsed)
}

async fn tell_over(domain: &Domain, tx: &mut Tx, person: &User, by: &Actor, client: &Client) -> Result<()> {
    let message = Message::Unbanned { login_link: domain.page(pages::LOGIN) };
    notices::tell(domain, tx, person, message).await?;
    events::emit(domain, tx, by, client, Event::Unbanned { user: person.id }).await?;
    tx.announce(domain.generation());
    Ok(())
}
