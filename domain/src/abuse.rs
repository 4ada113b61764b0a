//! Abuse control: offences (wrong passwords, refused calls, absent pages, probes, leaked keys) raise a score per address and
//! account that falls by itself; from a first step on answers come late, from a second on nothing is answered for a time, each
//! time longer. Offences are noted in memory by whoever meets one ([`note`]), and written down every second by [`work`], which
//! also decides. Every act is explained ([`show`]) and undone ([`forgive`]).
//!
//! What keeps an owner in: wrong passwords of strangers raise the score of the strangers' addresses, never that of the
//! account; a browser that its owner used before has a count of wrong passwords of its own (`auth::attempts`). This machine,
//! trusted proxies, a proxy that nobody named and what the settings name are never held to account; neither are
//! administrators' accounts, nor any account for what was asked with one of its keys: that may be anybody who found it.

mod block;
mod ledger;
mod score;
mod store;
mod subject;

pub(crate) use ledger::Ledger;

use crate::bans::{self, network};
use crate::db::{Db, Tx};
use crate::events::{self, Event};
use crate::listing::List;
use crate::rules::{AbuseMode, AbuseRules};
use crate::{Allowed, Client, Domain, accounts, auth, error::Internal, metrics};
use block::{points, remembered};
use ledger::Noted;
use std::net::IpAddr;
use std::time::Duration;
use store::Row;
use subject::Subject;
use tokio_util::sync::CancellationToken;
use vestibule_model::abuse::{Bearing, Offence, Suspect};
use vestibule_model::groups::{ADMIN, ManageBans};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::{Error, Result, Timestamp, UserId};

/// How often offences are written down where nothing is urgent.
const SOON: Duration = Duration::from_secs(1);
/// Subjects that are written down in one transaction.
const BATCH: usize = 200;
/// Those who were never blocked are forgotten when they did nothing for so long.
const FORGOTTEN: Duration = Duration::from_hours(24);

/// Notes an offence of whoever asks from `address`, for the path that was asked for, if any. It waits for nothing.
pub fn note(domain: &Domain, address: Option<IpAddr>, offence: Offence, path: Option<&str>) {
    let rules = &domain.rules().abuse;
    let Some(address) = address.filter(|_| counts(rules, offence)) else { return };
    let reserved = network::is_reserved(&network::of_caller(address), &domain.rules().bans.never);
    if !reserved && !domain.abuse().is_spared(address) {
        noted(domain, Subject::at(address), offence, path);
    }
}

/// Notes an offence of the account that asks; nothing for an administrator's, so that the site is never without one, and
/// nothing where an API key speaks for it: whoever found one could shut its owner out by it.
pub fn note_person(domain: &Domain, person: &crate::Person, offence: Offence) {
    let spared = person.key.is_some() || person.groups.contains(ADMIN);
    if counts(&domain.rules().abuse, offence) && !spared {
        noted(domain, Subject::Account(person.user), offence, None);
    }
}

/// Holds nothing against `peer` from now on: it passes on what others ask for, and nobody said that it may say for whom, so
/// that everybody behind it looks alike. The log tells so once.
pub fn spare(domain: &Domain, peer: IpAddr) {
    if domain.abuse().spare(peer) {
        tracing::warn!(
            %peer,
            "a proxy that server.trusted_proxies does not name: its callers cannot be told apart, and what goes wrong is not \
             held against them"
        );
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
        // The settings may have changed since.
        Some(retry_at) if acts(domain) => Err(Error::TooManyAttempts { retry_at }),
        _ => Ok(()),
    }
}

/// Whether anything follows from scores.
pub(crate) fn acts(domain: &Domain) -> bool {
    domain.rules().abuse.mode == AbuseMode::Enforce
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
    let due = write_down(domain).await?;
    if !acts(domain) {
        return Ok(0);
    }
    let (mut blocks, room) = (0, rules.most_blocks.saturating_sub(bans::count_automatic(domain)));
    let mut passed_over = 0_usize;
    for row in due {
        if let Subject::Address(network) = row.subject {
            let slow = !score::delay(rules, row.score.thousandths).is_zero();
            domain.abuse().slow_down(network, slow.then_some(row.score));
        }
        if !score::blocks(rules, row.score.thousandths) {
            continue;
        }
        if blocks >= room && row.subject.user().is_none() {
            passed_over += 1;
            continue;
        }
        match block::impose(domain, row.subject).await {
            Ok(imposed) => blocks += usize::from(imposed),
            // The others must not wait for it; it is due again at its next offence.
            Err(error) => tracing::warn!(code = error.code(), "a block was not imposed"),
        }
    }
    if passed_over > 0 {
        let most = rules.most_blocks;
        tracing::warn!(
            passed_over,
            most,
            "as many addresses are blocked as may be; others are slowed down alone"
        );
    }
    if blocks > 0 {
        // Once, however many there are.
        bans::reload(domain).await?;
    }
    Ok(blocks)
}

/// Writes down what was noted; the rows as they are then.
async fn write_down(domain: &Domain) -> Result<Vec<Row>> {
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
    Ok(due)
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

/// Reads anew which accounts are blocked, and whether somebody was forgiven, who must not wait here any longer.
pub(crate) async fn reload(domain: &Domain) -> Result<()> {
    domain.abuse().keep_blocked(store::blocked(domain.db(), domain.now()).await?);
    domain.abuse().keep_forgiven(store::forgiven(domain.db()).await?);
    Ok(())
}

/// The ledger of a process that starts, which knows the accounts that are blocked.
pub(crate) async fn ledger(db: &Db, now: Timestamp) -> Result<Ledger> {
    let ledger = Ledger::default();
    ledger.keep_blocked(store::blocked(db, now).await?);
    ledger.keep_forgiven(store::forgiven(db).await?);
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
    let (blocked, blocked_until) = match row.subject {
        // Whoever imposed it: nothing is answered there.
        Subject::Address(network) => {
            let held = bans::on_address(domain, network.network());
            (held.is_some(), held.and_then(|held| held.until))
        }
        Subject::Account(_) => {
            let until = row.blocked_until.filter(|until| acts(domain) && *until > now);
            (until.is_some(), until)
        }
    };
    let slow = row.subject.user().is_none() && acts(domain);
    let delay = if slow { score::delay(rules, score) } else { Duration::ZERO };
    let bearing = match (blocked, delay.is_zero()) {
        (true, _) => Bearing::Blocked,
        (false, false) => Bearing::Delayed,
        (false, true) => Bearing::Clear,
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
    // In the order of a block, or the two could wait for each other: ban, announcement, score.
    let mut done = match subject {
        Subject::Address(network) => bans::unblock(domain, &mut tx, &network, by.by(), client).await?,
        Subject::Account(_) => false,
    };
    bans::changed(domain, &mut tx).await?;
    store::set_forgiven(&mut tx, &domain.new_id().to_string()).await?;
    done |= store::delete(&mut tx, subject).await?;
    if let Subject::Account(user) = subject {
        done |= auth::forgive_attempts(&mut tx, user).await?;
    }
    if !done {
        return Err(Error::NotFound);
    }
    let event = Event::AbuseForgiven { user: subject.user(), subject: subject.to_string() };
    events::emit(domain, &mut tx, by.by(), client, event).await?;
    tx.commit().await.internal()?;
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
