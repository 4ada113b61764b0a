//! Abuse control: offences (wrong passwords, refused calls, absent pages, probes, revoked keys) raise a score per address and
//! account that falls by itself; from a first step on answers come late, from a second on nothing is answered for a time, each
//! time longer. Offences are noted in memory by whoever meets one ([`note`]), and written down every second by [`work`], which
//! also decides. Every act is explained ([`show`]) and undone ([`forgive`]).
//!
//! What keeps an owner in: wrong passwords of strangers raise the score of the strangers' addresses, never that of the
//! account; a browser that its owner used before has a count of wrong passwords of its own (`auth::attempts`). This machine,
//! trusted proxies and what the settings name are never held to account, and administrators' accounts are not either.

mod ledger;
mod score;
mod store;
mod subject;

pub(crate) use ledger::Ledger;

use crate::bans::{self, network};
use crate::db::Db;
use crate::events::{self, Event};
use crate::listing::List;
use crate::rules::{AbuseMode, AbuseRules};
use crate::{Actor, Allowed, Client, Domain, accounts, auth, db::Tx, error::Internal, groups, metrics, notices};
use ipnet::IpNet;
use ledger::Noted;
use score::POINT;
use std::net::IpAddr;
use std::time::Duration;
use store::Row;
use subject::Subject;
use tokio_util::sync::CancellationToken;
use vestibule_model::abuse::{Bearing, Evidence, Offence, Suspect};
use vestibule_model::bans::Reason;
use vestibule_model::groups::{ADMIN, ManageBans};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::values::BanId;
use vestibule_model::{Error, Result, Timestamp, UserId};

/// How often offences are written down where nothing is urgent.
const SOON: Duration = Duration::from_secs(1);
/// Subjects that are written down in one transaction.
const BATCH: usize = 200;
/// Those who were never blocked are forgotten when they did nothing for so long.
const FORGOTTEN: Duration = Duration::from_hours(24);
/// What an automatic block says.
const REASON: &str = "Too much went wrong from there";

/// Notes an offence of whoever asks from `address`, for the path that was asked for, if any. It waits for nothing.
pub fn note(domain: &Domain, address: Option<IpAddr>, offence: Offence, path: Option<&str>) {
    let rules = &domain.rules().abuse;
    let Some(address) = address.filter(|_| counts(rules, offence)) else { return };
    if network::is_reserved(&network::of_caller(address), &domain.rules().bans.never) {
        return;
    }
    noted(domain, Subject::at(address), offence, path);
}

/// Notes an offence of the account that asks; nothing for an administrator's, so that the site is never without one.
pub fn note_person(domain: &Domain, person: &crate::Person, offence: Offence) {
    if counts(&domain.rules().abuse, offence) && !person.is_admin() {
        noted(domain, Subject::Account(person.user), offence, None);
    }
}

fn counts(rules: &AbuseRules, offence: Offence) -> bool {
    rules.mode != AbuseMode::Off && score::points(rules, offence) > 0
}

fn noted(domain: &Domain, subject: Subject, offence: Offence, path: Option<&str>) {
    metrics::offence(offence.name());
    let ledger = domain.abuse();
    if ledger.note(&domain.rules().abuse, (subject, offence), path, domain.now()) {
        ledger.wake.notify_one();
    }
}

/// How long the answer to `address` is held back; it asks no database.
pub fn delay(domain: &Domain, address: IpAddr) -> Duration {
    domain.abuse().delay(&domain.rules().abuse, || network::of_caller(address), domain.now())
}

/// Holds the answer to `address` back as long as its score asks for.
///
/// # Errors
/// [`Error::AddressBanned`] where too many are held back already: they come again instead of waiting here.
pub async fn hold_back(domain: &Domain, address: IpAddr) -> Result<()> {
    let wait = delay(domain, address);
    if wait.is_zero() {
        return Ok(());
    }
    let Ok(_turn) = domain.abuse().turns.try_acquire() else {
        return Err(Error::AddressBanned { until: Some(domain.now().after(wait)), automatic: true });
    };
    tokio::time::sleep(wait).await;
    Ok(())
}

/// Refuses a person whose account is blocked for a time.
///
/// # Errors
/// [`Error::TooManyAttempts`] with the end of the block.
pub fn check_person(domain: &Domain, user: UserId) -> Result<()> {
    match domain.abuse().blocked_until(user, domain.now()) {
        Some(retry_at) => Err(Error::TooManyAttempts { retry_at }),
        None => Ok(()),
    }
}

/// Writes offences down every second, and does what follows, until `stop`.
pub async fn work(domain: Domain, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = domain.abuse().wake.notified() => {}
            () = tokio::time::sleep(SOON) => {}
        }
        if let Err(error) = settle(&domain).await {
            tracing::warn!(code = error.code(), "offences were not written down");
        }
    }
}

/// Writes down what was noted, and does what follows; how many blocks were imposed.
///
/// # Errors
/// None but those of the database; what could not be written is forgotten.
pub async fn settle(domain: &Domain) -> Result<usize> {
    let rules = &domain.rules().abuse;
    domain.abuse().prune(rules, domain.now());
    let mut due = Vec::new();
    let (accounts, addresses): (Vec<_>, Vec<_>) =
        domain.abuse().take().into_iter().partition(|(subject, _)| subject.user().is_some());
    // An account may be gone by now: one that cannot be written must not take others with it.
    let alone = accounts.chunks(1);
    for some in addresses.chunks(BATCH).chain(alone) {
        match write(domain, some).await {
            Ok(rows) => due.extend(rows),
            Err(Error::Internal { .. }) if some[0].0.user().is_some() => {}
            Err(error) => return Err(error),
        }
    }
    if rules.mode != AbuseMode::Enforce {
        return Ok(0);
    }
    let mut blocks = 0;
    for row in due {
        if let Subject::Address(network) = row.subject {
            let slow = !score::delay(rules, row.score.thousandths).is_zero();
            domain.abuse().slow_down(network, slow.then_some(row.score));
        }
        if score::blocks(rules, row.score.thousandths) && block(domain, row.subject).await? {
            blocks += 1;
        }
    }
    Ok(blocks)
}

/// Adds what was noted to what is kept; the rows as they are then.
async fn write(domain: &Domain, noted: &[(Subject, Noted)]) -> Result<Vec<Row>> {
    let mut tx = domain.begin_light().await?;
    let mut rows = Vec::with_capacity(noted.len());
    for (subject, noted) in noted {
        rows.push(add(domain, &mut tx, *subject, noted).await?);
    }
    tx.commit().await.internal()?;
    Ok(rows)
}

async fn add(domain: &Domain, tx: &mut Tx, subject: Subject, noted: &Noted) -> Result<Row> {
    let rules = &domain.rules().abuse;
    loop {
        let before = store::one(&mut *tx, subject).await?;
        let mut row = before.clone().unwrap_or_else(|| Row::of(subject, noted));
        if row.score.now(rules, noted.first) == 0 {
            // Nothing is left of what was before: it explains nothing any more.
            (row.offences, row.first_at) = (vestibule_model::abuse::Offences::new(), noted.first);
        }
        row.score = row.score.with(rules, &noted.offences, noted.last);
        for (offence, count) in &noted.offences {
            *row.offences.entry(*offence).or_default() += count;
        }
        row.last_path = noted.path.clone().or(row.last_path);
        // Again and again: another node may have written between the two statements.
        if store::put(tx, before.as_ref(), &row).await? {
            return Ok(row);
        }
    }
}

/// Blocks a subject for a time; whether it did. Of many nodes that want to, one does.
async fn block(domain: &Domain, subject: Subject) -> Result<bool> {
    let (rules, now) = (&domain.rules().abuse, domain.now());
    let mut tx = domain.begin().await?;
    let before = store::one(&mut tx, subject).await?;
    let Some(before) = before.filter(|row| score::blocks(rules, row.score.now(rules, now))) else {
        return Ok(false);
    };
    let nth = remembered(rules, &before, now) + 1;
    let until = now.after(score::span(rules, nth));
    let evidence = Evidence {
        score: points(before.score.now(rules, now)),
        block_at: u64::from(rules.block_at),
        offences: before.offences.clone(),
        first_at: before.first_at,
        last_path: before.last_path.clone(),
        nth,
    };
    let mut after = Row {
        score: score::Score { thousandths: 0, at: now },
        first_at: now,
        offences: vestibule_model::abuse::Offences::new(),
        blocks: nth,
        blocked_at: Some(now),
        ..before.clone()
    };
    // Administrators are told first: what everybody waits for is written last.
    notices::abuse_stopped(domain, &mut tx, &subject.to_string(), &evidence, until).await?;
    let imposed = match subject {
        Subject::Address(network) => block_address(domain, &mut tx, network, until, &evidence).await?,
        Subject::Account(user) => {
            after.blocked_until = Some(until);
            block_account(domain, &mut tx, user, until, &evidence).await?
        }
    };
    // Somebody else banned it, or another node was first: then nothing was done here.
    if !imposed || !store::put(&mut tx, Some(&before), &after).await? {
        return Ok(false);
    }
    tx.commit().await.internal()?;
    if let Subject::Address(network) = subject {
        domain.abuse().slow_down(network, None);
    }
    bans::reload(domain).await?;
    Ok(true)
}

async fn block_address(
    domain: &Domain,
    tx: &mut Tx,
    network: IpNet,
    until: Timestamp,
    evidence: &Evidence,
) -> Result<bool> {
    let reason = Reason::parse(REASON).map_err(|_| Error::Malformed)?;
    let id = BanId(domain.new_id());
    let evidence = Some(evidence.clone());
    let ban = bans::New { id, network, reason, author: None, until: Some(until), evidence };
    bans::block(domain, tx, &ban, &Client::local()).await
}

async fn block_account(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    until: Timestamp,
    evidence: &Evidence,
) -> Result<bool> {
    // It may have become an administrator's since.
    if groups::members_of(&mut *tx, ADMIN).await?.contains(&user) {
        return Ok(false);
    }
    bans::changed(domain, tx).await?;
    let event = Event::AccountBlocked { user, until, evidence: evidence.clone() };
    events::emit(domain, tx, &Actor::Anonymous, &Client::local(), event).await?;
    Ok(true)
}

/// Automatic blocks that make the next one longer.
fn remembered(rules: &AbuseRules, row: &Row, now: Timestamp) -> u64 {
    let fresh = row.blocked_at.is_some_and(|at| now.since(at) < rules.remember);
    if fresh { row.blocks } else { 0 }
}

fn points(thousandths: i64) -> u64 {
    (thousandths / POINT).unsigned_abs()
}

/// Reads anew which accounts are blocked.
pub(crate) async fn reload(domain: &Domain) -> Result<()> {
    domain.abuse().keep_blocked(store::blocked(domain.db(), domain.now()).await?);
    Ok(())
}

/// The ledger of a process that starts, which knows the accounts that are blocked.
pub(crate) async fn ledger(db: &Db, now: Timestamp) -> Result<Ledger> {
    let ledger = Ledger::default();
    ledger.keep_blocked(store::blocked(db, now).await?);
    Ok(ledger)
}

/// Who offended, the last one first.
///
/// # Errors
/// [`Error::Invalid`] of `cursor`.
pub async fn list(domain: &Domain, _by: &Allowed<ManageBans>, page: &Page) -> Result<Listed<Suspect>> {
    let list = List::new(domain, "abuse", &());
    let after = list.after(page)?.unwrap_or((i64::MAX, String::new()));
    let rows = store::list(domain.db(), &after, page.limit.and_one()).await?;
    let listed = list.page(page, rows, |row| (row.score.at.0, row.subject.to_string()));
    Ok(listed.map(|row| view(domain, row)))
}

/// What is known of the address or account called `called`: an address, or an account's id.
///
/// # Errors
/// [`Error::NotFound`] for what is neither, and for who did nothing that is remembered.
pub async fn show(domain: &Domain, _by: &Allowed<ManageBans>, called: &str) -> Result<Suspect> {
    let subject = Subject::named(called).ok_or(Error::NotFound)?;
    let row = store::one(domain.db(), subject).await?;
    row.map(|row| view(domain, row)).ok_or(Error::NotFound)
}

fn view(domain: &Domain, row: Row) -> Suspect {
    let (rules, now) = (&domain.rules().abuse, domain.now());
    let score = row.score.now(rules, now);
    let blocked_until = match row.subject {
        Subject::Address(network) => bans::on_address(domain, network.network())
            .filter(|held| held.automatic)
            .and_then(|held| held.until),
        Subject::Account(_) => row.blocked_until.filter(|until| *until > now),
    };
    let is_address = row.subject.user().is_none();
    let delay = if is_address && rules.mode == AbuseMode::Enforce {
        score::delay(rules, score)
    } else {
        Duration::ZERO
    };
    let bearing = match (blocked_until, delay.is_zero()) {
        (Some(_), _) => Bearing::Blocked,
        (None, false) => Bearing::Delayed,
        (None, true) => Bearing::Clear,
    };
    Suspect {
        subject: row.subject.to_string(),
        user: row.subject.user(),
        score: points(score),
        first_at: row.first_at,
        last_at: row.score.at,
        last_path: row.last_path.clone(),
        bearing,
        delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        blocked_until,
        blocks: remembered(rules, &row, now),
        offences: row.offences,
    }
}

/// Forgets what an address or account did, lifts the block that the program imposed for it, and gives an account's owner
/// fresh attempts at the password.
///
/// # Errors
/// [`Error::NotFound`] for what is neither an address nor an account, and where there is nothing to forget;
/// [`Error::NotAllowed`] for the account of somebody who may what the actor may not.
pub async fn forgive(domain: &Domain, by: &Allowed<ManageBans>, called: &str, client: &Client) -> Result<()> {
    let subject = Subject::named(called).ok_or(Error::NotFound)?;
    let mut tx = domain.begin().await?;
    if let Subject::Account(user) = subject {
        accounts::hold_for(&mut tx, by.by(), user).await?;
    }
    let mut done = store::delete(&mut tx, subject).await?;
    match subject {
        Subject::Address(network) => {
            done |= bans::unblock(domain, &mut tx, &network, by.by(), client).await?;
        }
        Subject::Account(user) => done |= auth::forgive_attempts(&mut tx, user).await?,
    }
    if !done {
        return Err(Error::NotFound);
    }
    bans::changed(domain, &mut tx).await?;
    let event = Event::AbuseForgiven { user: subject.user(), subject: subject.to_string() };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.commit().await.internal()?;
    if let Subject::Address(network) = subject {
        domain.abuse().slow_down(network, None);
    }
    bans::reload(domain).await
}

/// Forgets who did nothing for long, as part of `tx`.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    let (now, remember) = (domain.now(), domain.rules().abuse.remember);
    store::sweep(tx, now.before(FORGOTTEN), now.before(remember)).await
}

/// What is kept of a person's offences, for their own eyes.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let row = store::one(domain.db(), Subject::Account(user)).await?;
    let told = |row: Row| {
        serde_json::json!({
            "offences": row.offences,
            "first_at": row.first_at,
            "last_at": row.score.at,
            "blocks": row.blocks,
            "blocked_until": row.blocked_until,
        })
    };
    Ok(row.map_or(serde_json::Value::Null, told))
}
