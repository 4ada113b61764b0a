//! Sessions: what it means to be signed in. One row is one browser's sign-in or one family of API tokens; it is ended, never
//! revived and never written back (C17). Called by `auth`, which opens sessions and looks them up on every request, and by the
//! pages and endpoints where a person sees and ends their own.

mod cache;
mod device;
pub mod lifetimes;
mod manage;
mod naming;
mod resolve;
mod store;

pub(crate) use cache::Cache;
use cache::{Key, State};
pub use manage::{end_all_of, end_of, list_of};
pub use naming::rename;
pub(crate) use store::Alive;

use crate::actor::Via;
use crate::db::Tx;
use crate::events::{self, Event};
use crate::{Actor, Client, Domain, Person, accounts, error::Internal, groups, secrets};
use std::{collections::HashMap, sync::Arc, time::Duration};
use vestibule_model::sessions::{Lifetime, Session};
use vestibule_model::{Error, Result, Secret, SessionId, Timestamp, UserId};

/// How often at most a session's last use is written down.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// How long the row of an ended session is kept, to answer questions about it.
const TOMBSTONE: Duration = Duration::from_hours(720);

/// What a new session is to be.
pub(crate) enum Kind {
    /// A browser's, found by its cookie.
    Browser {
        /// Whether the person chose to stay signed in.
        remember: bool,
    },
    /// A family of API tokens, found by its id.
    Api,
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Browser { .. } => "browser",
            Self::Api => "api",
        }
    }
}

/// A session just opened.
pub(crate) struct Opened {
    pub(crate) id: SessionId,
    /// The cookie's value; nothing for the API.
    pub(crate) secret: Option<Secret>,
    /// When it ends; nothing for one that may be used for ever.
    pub(crate) expires_at: Option<Timestamp>,
    /// How long it may stay unused.
    pub(crate) idle: Lifetime,
}

/// Opens a session as part of `tx`.
pub(crate) async fn open(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    kind: &Kind,
    client: &Client,
) -> Result<Opened> {
    let now = domain.now();
    let (idle, expires_at) = lifetimes::for_new(domain, tx, user, kind).await?;
    let secret = matches!(kind, Kind::Browser { .. }).then(|| secrets::mint(domain.random()));
    let row = store::New {
        id: SessionId(domain.new_id()),
        user,
        kind: kind.name(),
        token_hash: secret.as_ref().map(|secret| secrets::hash(secret.expose())),
        now,
        idle_micros: lifetimes::micros(idle),
        expires_at,
        remembered: matches!(kind, Kind::Browser { remember: true }),
        address: client.address.map(|address| address.to_string()),
        user_agent: client.user_agent.as_deref(),
    };
    store::insert(tx, &row).await?;
    Ok(Opened { id: row.id, secret, expires_at, idle })
}

/// Ends one session as part of `tx`; whether it was alive.
pub(crate) async fn end(domain: &Domain, tx: &mut Tx, session: SessionId, reason: &str) -> Result<bool> {
    let ended = store::end(tx, session, reason, domain.now()).await?;
    if ended {
        tx.announce(domain.generation());
    }
    Ok(ended)
}

/// Ends every session of a person as part of `tx`.
pub(crate) async fn end_all(domain: &Domain, tx: &mut Tx, user: UserId, reason: &str) -> Result<u64> {
    accounts::hold(tx, user).await?;
    let ended = store::end_all(tx, user, reason, domain.now()).await?;
    tx.announce(domain.generation());
    Ok(ended)
}

/// Ends every session of a person but `kept` as part of `tx`.
pub(crate) async fn end_all_but(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    kept: SessionId,
    reason: &str,
) -> Result<u64> {
    accounts::hold(tx, user).await?;
    let ended = store::end_all_but(tx, user, kept, reason, domain.now()).await?;
    tx.announce(domain.generation());
    Ok(ended)
}

/// The live sessions of the person who asks: this one first, then the one used last.
///
/// # Errors
/// None but those of the database.
pub async fn list(domain: &Domain, person: &Person) -> Result<Vec<Session>> {
    live(domain, person.user, Some(person.session)).await
}

async fn live(domain: &Domain, user: UserId, asking: Option<SessionId>) -> Result<Vec<Session>> {
    let now = domain.now();
    let rows = store::live(domain.db(), user, now).await?;
    let alive = rows.into_iter().filter(|row| row.is_awake(now));
    let mut sessions: Vec<Session> = alive.map(|row| row.view(asking)).collect();
    sessions.sort_by_key(|session| (!session.current, std::cmp::Reverse(session.last_seen_at)));
    Ok(sessions)
}

/// Ends one session of the person who asks; it may be the one that asks.
///
/// # Errors
/// [`Error::NotFound`] for a session that is somebody else's, over, or not there at all (C50).
pub async fn end_own(domain: &Domain, person: &Person, session: SessionId, client: &Client) -> Result<()> {
    let by = Actor::Person(person.clone());
    let mut tx = domain.begin().await?;
    end_one(domain, &mut tx, (person.user, session), "ended by its owner", &by, client).await?;
    tx.commit().await.internal()
}

async fn end_one(
    domain: &Domain,
    tx: &mut Tx,
    (user, session): (UserId, SessionId),
    reason: &str,
    by: &Actor,
    client: &Client,
) -> Result<()> {
    if alive(domain, tx, session).await?.is_none_or(|found| found.user_id != user) {
        return Err(Error::NotFound);
    }
    end(domain, tx, session, reason).await?;
    events::emit(domain, tx, by, client, Event::SessionEnded { user, session }).await
}

/// Ends every session of the person who asks but the one that asks; how many there were.
///
/// # Errors
/// None but those of the database.
pub async fn end_others(domain: &Domain, person: &Person, client: &Client) -> Result<u64> {
    let mut tx = domain.begin().await?;
    let ended = end_all_but(domain, &mut tx, person.user, person.session, "ended by its owner").await?;
    let event = Event::OtherSessionsEnded { user: person.user };
    events::emit(domain, &mut tx, &Actor::Person(person.clone()), client, event).await?;
    tx.commit().await.internal()?;
    Ok(ended)
}

/// What the device behind a session is called, as part of `tx`; nothing where neither its owner nor its program said.
pub(crate) async fn called(tx: &mut Tx, session: SessionId) -> Result<Option<String>> {
    let row = store::device(tx, session).await?;
    Ok(row.and_then(|(name, agent)| name.or_else(|| device::known(agent.as_deref()))))
}

/// The kind of device behind a `User-Agent`, in words: `Firefox on Linux`.
pub(crate) fn device_name(user_agent: Option<&str>) -> String {
    device::name(user_agent)
}

/// The session as `tx` sees it, unless it or its account is over.
pub(crate) async fn alive(domain: &Domain, tx: &mut Tx, session: SessionId) -> Result<Option<Alive>> {
    store::alive(tx, session, domain.now()).await
}

/// A session whose owner proved the password again.
pub(crate) struct Proved {
    /// The cookie's new value; nothing for the API.
    pub(crate) secret: Option<Secret>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) remembered: bool,
}

/// Notes as part of `tx` that the person just proved the password. A browser's session goes on under a new token, and
/// the old one is dead (ASVS 7.2.4); of two proofs at once the later one's token holds. `None` when it is over.
pub(crate) async fn proved(domain: &Domain, tx: &mut Tx, person: &Person) -> Result<Option<Proved>> {
    let secret = (person.via == Via::Cookie).then(|| secrets::mint(domain.random()));
    let hash = secret.as_ref().map(|secret| secrets::hash(secret.expose()));
    let renewed = store::set_proved(tx, person.session, hash.as_deref(), domain.now()).await?;
    tx.announce(domain.generation());
    let proved =
        |row: store::Renewed| Proved { secret, expires_at: row.expires_at, remembered: row.remembered != 0 };
    Ok(renewed.map(proved))
}

/// Notes as part of `tx` that a person is active, and counts them once a day. It comes before anything about their sessions,
/// since whoever changes an account holds it first.
pub(crate) async fn active(domain: &Domain, tx: &mut Tx, user: UserId) -> Result<()> {
    let (now, day) = (domain.now(), domain.now().0.div_euclid(24 * 3_600_000_000));
    if store::set_active(tx, user, day).await? {
        tx.trail().count("active", now);
    }
    Ok(())
}

/// Notes as part of `tx` that the session was used.
pub(crate) async fn seen(domain: &Domain, tx: &mut Tx, session: SessionId) -> Result<()> {
    store::set_seen(tx, session, domain.now()).await
}

/// What the device of each session of a person is called, of those still known of that were used between two moments.
pub(crate) async fn devices(
    domain: &Domain,
    user: UserId,
    (from, to): (Timestamp, Timestamp),
) -> Result<HashMap<SessionId, String>> {
    let rows = store::agents(domain.db(), user, from.before(SEEN_EVERY), to).await?;
    let called =
        |name: Option<String>, agent: Option<String>| name.unwrap_or_else(|| device_name(agent.as_deref()));
    Ok(rows.into_iter().map(|(id, name, agent)| (id, called(name, agent))).collect())
}

/// Every session of a person that is still known of, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    store::of_person(domain.db(), user).await
}

/// Forgets sessions that ended or expired long ago.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    store::delete_ended(tx, domain.now().before(TOMBSTONE)).await
}

/// Who holds this cookie.
pub(crate) async fn by_cookie(domain: &Domain, secret: &str) -> Result<Option<Person>> {
    if !secrets::is_token(secret) {
        return Ok(None);
    }
    find(domain, Key::Cookie(secrets::hash(secret)), Via::Cookie).await
}

/// Who holds the session called `id`, by an access token that names it.
pub(crate) async fn by_id(domain: &Domain, id: SessionId) -> Result<Option<Person>> {
    find(domain, Key::Id(id), Via::AccessToken).await
}

/// Who holds the session called `id`, as far as it is known without asking the database.
pub(crate) fn known_by_id(domain: &Domain, id: SessionId) -> Option<Person> {
    known(domain, &Key::Id(id), Via::AccessToken)
}

/// Who holds this cookie, as far as it is known without asking the database.
pub(crate) fn known_by_cookie(domain: &Domain, secret: &str) -> Option<Person> {
    secrets::is_token(secret).then(|| known(domain, &Key::Cookie(secrets::hash(secret)), Via::Cookie))?
}

/// What [`find`] would find, where that needs no statement: not even to write down that the session was used.
fn known(domain: &Domain, key: &Key, via: Via) -> Option<Person> {
    let now = domain.now();
    let state = domain.session_cache().look(key, domain.generation().now())?;
    (state.is_alive(now) && now.since(state.last_seen()) < SEEN_EVERY).then(|| state.person(via))
}

async fn find(domain: &Domain, key: Key, via: Via) -> Result<Option<Person>> {
    let now = domain.now();
    let generation = domain.generation().now();
    // An entry that looks idle is read again: another node may have been used meanwhile.
    let state = match domain.session_cache().look(&key, generation).filter(|state| state.is_alive(now)) {
        Some(state) => state,
        None => match load(domain, &key).await? {
            Some(state) => domain.session_cache().keep(key, generation, state),
            None => return Ok(None),
        },
    };
    if !state.is_alive(now) {
        return Ok(None);
    }
    if now.since(state.last_seen()) >= SEEN_EVERY && state.claim_seen(now) {
        let mut tx = domain.begin().await?;
        active(domain, &mut tx, state.user).await?;
        store::set_seen(&mut tx, state.id, now).await?;
        tx.commit().await.internal()?;
    }
    Ok(Some(state.person(via)))
}

async fn load(domain: &Domain, key: &Key) -> Result<Option<State>> {
    let row = match key {
        Key::Cookie(hash) => store::by_hash(domain.db(), hash).await?,
        Key::Id(id) => store::by_id(domain.db(), *id).await?,
    };
    let Some(row) = row else { return Ok(None) };
    let rights = groups::rights(domain.db(), row.user_id).await?;
    let Some(account) = accounts::whole(domain, row.user_id, &rights).await? else { return Ok(None) };
    Ok(Some(State::new(&row, Arc::new(accounts::Own::new(account)), rights)))
}
