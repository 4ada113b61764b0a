//! Bans of addresses and networks: imposed with a reason that administrators alone are told, or by the program itself for
//! what came from there (`abuse`); lifted by hand or by the clock. Those that hold lie in memory: a request looks there
//! before anything else and runs no statement. They are read anew when this process changes one, and when another process
//! announced a change (`changes.rs`). Called by `http/arrival.rs`, REST, the command line and pages.

mod store;

use super::network;
use super::table::{Held, Table};
use crate::db::{Db, Tx};
use crate::events::{self, Event};
use crate::listing::List;
use crate::{Actor, Allowed, Client, Domain, abuse, error::Internal};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use tokio::sync::Mutex;
use vestibule_model::abuse::Evidence;
use vestibule_model::bans::{AddressBan, AddressBanForm, AddressBansQuery, Reason};
use vestibule_model::error::Conflict;
use vestibule_model::groups::ManageBans;
use vestibule_model::listing::{Listed, MOST_COUNTED, Page};
use vestibule_model::values::BanId;
use vestibule_model::{Error, Problem, Result, Timestamp};

/// Before it come all others, in a list of which the newest is the first.
const LAST: BanId = BanId(uuid::Uuid::max());

/// The banned networks as this process knows them.
#[derive(Debug, Default)]
pub(crate) struct Book {
    any: AtomicBool,
    table: RwLock<Table>,
    /// Which change the table is of. One reads at a time, so that what was read later stays.
    version: Mutex<Option<String>>,
}

impl Book {
    /// The bans of the database.
    pub(crate) async fn read(db: &Db) -> Result<Self> {
        let book = Self::default();
        // The version is read first: a change in between is read once more.
        *book.version.lock().await = Some(store::version(db).await?);
        book.keep(store::standing(db).await?);
        Ok(book)
    }

    fn keep(&self, networks: Vec<(IpNet, Held)>) {
        let table = Table::of(networks);
        let any = !table.is_empty();
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
        self.any.store(any, Ordering::SeqCst);
    }
}

/// Reads the bans anew, where one was imposed or lifted since they were read.
///
/// # Errors
/// When the database cannot be asked; what held goes on holding.
pub(crate) async fn reload(domain: &Domain) -> Result<()> {
    let book = domain.banned();
    let mut known = book.version.lock().await;
    let version = store::version(domain.db()).await?;
    if known.as_ref() != Some(&version) {
        book.keep(store::standing(domain.db()).await?);
        abuse::reload(domain).await?;
        *known = Some(version);
    }
    Ok(())
}

/// The ban that holds for `address` now, if one does; not the program's own where the settings say that nothing follows from
/// abuse. It runs no statement.
pub fn on_address(domain: &Domain, address: IpAddr) -> Option<Held> {
    let book = domain.banned();
    if !book.any.load(Ordering::SeqCst) {
        return None;
    }
    let table = book.table.read().unwrap_or_else(PoisonError::into_inner);
    let held = table.find(address, domain.now(), abuse::acts(domain))?;
    // The settings may have changed since it was imposed.
    let reserved = network::is_reserved(&IpNet::from(address.to_canonical()), &domain.rules().bans.never);
    (!reserved).then_some(held)
}

/// How many bans the program imposed by itself, as this process knows them; those whose end came a moment ago included.
pub(crate) fn count_automatic(domain: &Domain) -> usize {
    domain.banned().table.read().unwrap_or_else(PoisonError::into_inner).automatic()
}

/// What a banned address is told.
pub fn refusal_of(held: Held) -> Error {
    Error::AddressBanned { until: held.until, automatic: held.automatic }
}

/// Bans an address or network (of a bare IPv6 address its /64), or gives the ban that holds for this very network another reason and end. It holds on every
/// node from the next request on. Nothing happens when that very ban holds already.
///
/// # Errors
/// [`Error::Invalid`]: of `network` also for one that holds this machine, a trusted proxy or what the settings keep out of
/// bans ([`Problem::Reserved`]); [`Conflict::OwnAddress`] where it would shut out who asks;
/// [`Error::ChangedMeanwhile`] where somebody else banned it otherwise at this moment.
pub async fn ban_network(
    domain: &Domain,
    by: &Allowed<ManageBans>,
    form: AddressBanForm,
    client: &Client,
) -> Result<AddressBan> {
    let now = domain.now();
    let new = form.parse(now, |typed| bannable(domain, typed).map(drop))?;
    let network = bannable(domain, &new.network).map_err(|problem| Error::invalid("network", problem))?;
    if client.address.is_some_and(|own| network.contains(&own.to_canonical())) {
        return Err(Error::Conflict { what: Conflict::OwnAddress });
    }
    let author = by.by().person().ok().map(|person| person.user);
    let mut tx = domain.begin().await?;
    let standing = settle_lapsed(domain, &mut tx, &network.to_string(), client).await?;
    let ban = New {
        id: BanId(domain.new_id()),
        network,
        reason: new.reason,
        author,
        until: new.until,
        evidence: None,
    };
    if let Some(same) = standing.as_ref().filter(|standing| ban.is(standing)) {
        return Ok(same.clone());
    }
    match impose(domain, &mut tx, &ban, standing.is_some(), by.by(), client).await {
        Err(Error::ChangedMeanwhile) => {
            drop(tx);
            let winner = store::on_network(domain.db(), &network.to_string()).await?;
            return winner.filter(|winner| ban.is(winner)).ok_or(Error::ChangedMeanwhile);
        }
        imposed => imposed?,
    }
    tx.commit().await.internal()?;
    reload(domain).await?;
    store::one(domain.db(), ban.id).await?.ok_or(Error::NotFound)
}

/// The network in `typed`, where it may be banned.
fn bannable(domain: &Domain, typed: &str) -> Result<IpNet, Problem> {
    let network = network::read_caller(typed)?;
    if network::is_reserved(&network, &domain.rules().bans.never) {
        return Err(Problem::Reserved);
    }
    Ok(network)
}

/// A ban that is about to be.
pub(crate) struct New {
    pub(crate) id: BanId,
    pub(crate) network: IpNet,
    pub(crate) reason: Reason,
    pub(crate) author: Option<vestibule_model::UserId>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) evidence: Option<Evidence>,
}

impl New {
    /// Whether `standing` says the same.
    fn is(&self, standing: &AddressBan) -> bool {
        (&standing.reason, standing.until, standing.automatic) == (&self.reason, self.until, false)
    }
}

/// Imposes a ban as part of `tx`, in the place of the one that stands where there is one.
async fn impose(
    domain: &Domain,
    tx: &mut Tx,
    ban: &New,
    replaces: bool,
    by: &Actor,
    client: &Client,
) -> Result<()> {
    let now = domain.now();
    if replaces {
        store::end_on(tx, &ban.network.to_string(), "replaced", now).await?;
    }
    if !store::insert(tx, ban, now).await? {
        // Somebody else banned the same network at this moment.
        return Err(Error::ChangedMeanwhile);
    }
    let event = Event::AddressBanned {
        ban: ban.id,
        network: ban.network.to_string(),
        reason: ban.reason.to_string(),
        until: ban.until,
        automatic: ban.evidence.is_some(),
    };
    changed(domain, tx).await?;
    events::emit(domain, tx, by, client, event).await
}

/// Makes every process read anew, once `tx` is over, who is banned and blocked.
pub(crate) async fn changed(domain: &Domain, tx: &mut Tx) -> Result<()> {
    store::set_version(tx, &domain.new_id().to_string()).await?;
    tx.announce(domain.generation());
    Ok(())
}

/// Blocks `network` for a time by the program's own decision, as part of `tx`; whether there was no ban of it already.
pub(crate) async fn block(domain: &Domain, tx: &mut Tx, ban: &New, client: &Client) -> Result<bool> {
    if settle_lapsed(domain, tx, &ban.network.to_string(), client).await?.is_some() {
        return Ok(false);
    }
    match impose(domain, tx, ban, false, &Actor::Anonymous, client).await {
        Err(Error::ChangedMeanwhile) => Ok(false),
        done => done.map(|()| true),
    }
}

/// Lifts a ban that holds.
///
/// # Errors
/// [`Error::NotFound`] for an unknown one, or one that is over.
pub async fn lift_network(
    domain: &Domain,
    by: &Allowed<ManageBans>,
    id: BanId,
    client: &Client,
) -> Result<()> {
    let mut tx = domain.begin().await?;
    let ban = store::one(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if settle_lapsed(domain, &mut tx, &ban.network, client).await?.is_none() {
        tx.commit().await.internal()?;
        return Err(Error::NotFound);
    }
    lift_in(domain, &mut tx, &ban, by.by(), client).await?;
    tx.commit().await.internal()?;
    reload(domain).await
}

async fn lift_in(domain: &Domain, tx: &mut Tx, ban: &AddressBan, by: &Actor, client: &Client) -> Result<()> {
    let lifter = by.person().ok().map(|person| person.user);
    if !store::lift(tx, ban.id, lifter, domain.now()).await? {
        return Err(Error::NotFound);
    }
    changed(domain, tx).await?;
    let event = Event::AddressUnbanned { ban: ban.id, network: ban.network.clone(), lapsed: false };
    events::emit(domain, tx, by, client, event).await
}

/// Lifts the automatic block of exactly this network as part of `tx`, if one holds; whether one did.
pub(crate) async fn unblock(
    domain: &Domain,
    tx: &mut Tx,
    network: &IpNet,
    by: &Actor,
    client: &Client,
) -> Result<bool> {
    match settle_lapsed(domain, tx, &network.to_string(), client).await? {
        Some(ban) if ban.automatic => lift_in(domain, tx, &ban, by, client).await.map(|()| true),
        _ => Ok(false),
    }
}

/// One ban.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show_network(domain: &Domain, _by: &Allowed<ManageBans>, id: BanId) -> Result<AddressBan> {
    store::one(domain.db(), id).await?.ok_or(Error::NotFound)
}

/// The ban that holds for exactly the network in `typed`; of a bare IPv6 address for its /64, or for it alone.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] of `network` for what is none.
pub async fn standing_on(domain: &Domain, _by: &Allowed<ManageBans>, typed: &str) -> Result<AddressBan> {
    let malformed = |problem| Error::invalid("network", problem);
    // As it is imposed, else as it was typed.
    for network in [network::read_caller(typed), network::read(typed)] {
        let found = store::on_network(domain.db(), &network.map_err(malformed)?.to_string()).await?;
        if let Some(ban) = found.filter(|ban| ban.holds(domain.now())) {
            return Ok(ban);
        }
    }
    Err(Error::NotFound)
}

/// Bans of addresses and networks, over or not, the newest first.
///
/// # Errors
/// [`Error::Invalid`] of `address` or `cursor`.
pub async fn list_networks(
    domain: &Domain,
    _by: &Allowed<ManageBans>,
    query: &AddressBansQuery,
    page: &Page,
) -> Result<Listed<AddressBan>> {
    let typed = query.address.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
    let near = typed.map(network::read).transpose().map_err(|problem| Error::invalid("address", problem))?;
    let sought = store::Sought {
        near,
        standing: query.standing.unwrap_or(false),
        automatic: query.automatic,
        now: domain.now(),
    };
    let list = List::new(domain, "address bans", query);
    let before = list.after(page)?.unwrap_or(LAST);
    let rows = store::list(domain.db(), &sought, before, page.limit.and_one()).await?;
    let mut listed = list.page(page, rows, |ban| ban.id);
    if page.total {
        let most = i64::try_from(MOST_COUNTED).unwrap_or(i64::MAX);
        let all = store::list(domain.db(), &sought, LAST, most).await?;
        listed.total = Some(all.len() as u64);
    }
    Ok(listed)
}

/// Writes down which bans have ended by themselves; how many. It decides nothing: a ban is over when its end has come.
///
/// # Errors
/// None but those of the database.
pub async fn lapse_networks(domain: &Domain) -> Result<usize> {
    let mut ended = 0;
    loop {
        let over = store::lapsed(domain.db(), domain.now()).await?;
        if over.is_empty() {
            return Ok(ended);
        }
        let mut tx = domain.begin().await?;
        for network in over {
            settle_lapsed(domain, &mut tx, &network, &Client::local()).await?;
            ended += 1;
        }
        tx.commit().await.internal()?;
    }
}

/// Forgets, as part of `tx`, what the program imposed by itself and was over so long ago that it makes no other one longer.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    store::delete_automatic(tx, domain.now().before(domain.rules().abuse.remember)).await
}

/// The ban that holds for exactly `network`, as `tx` sees it; one whose end has come is written down as over.
async fn settle_lapsed(
    domain: &Domain,
    tx: &mut Tx,
    network: &str,
    client: &Client,
) -> Result<Option<AddressBan>> {
    let Some(ban) = store::on_network(&mut *tx, network).await? else { return Ok(None) };
    if ban.holds(domain.now()) {
        return Ok(Some(ban));
    }
    if store::end_lapsed(tx, ban.id).await? {
        let event = Event::AddressUnbanned { ban: ban.id, network: ban.network, lapsed: true };
        events::emit(domain, tx, &Actor::Anonymous, client, event).await?;
    }
    Ok(None)
}
