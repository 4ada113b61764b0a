//! A block by the program's own decision: of an address a ban that ends by itself, of an account a row's end. Called by
//! [`super`].

use super::score::{self, POINT};
use super::store::{self, Row};
use super::subject::Subject;
use crate::bans;
use crate::db::Tx;
use crate::events::{self, Event};
use crate::rules::AbuseRules;
use crate::{Actor, Client, Domain, error::Internal, groups, notices};
use ipnet::IpNet;
use vestibule_model::abuse::Evidence;
use vestibule_model::bans::Reason;
use vestibule_model::groups::ADMIN;
use vestibule_model::values::BanId;
use vestibule_model::{Error, Result, Timestamp, UserId};

/// What an automatic block says.
const REASON: &str = "Too much went wrong from there";

/// Blocks a subject for a time; whether it did. Of many nodes that want to, one does. It holds from the next time on that
/// `bans::reload` is called.
pub(super) async fn impose(domain: &Domain, subject: Subject) -> Result<bool> {
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
    let whose = (subject.to_string(), subject.user());
    notices::abuse_stopped(domain, &mut tx, whose, &evidence, until).await?;
    let imposed = match subject {
        Subject::Address(network) => block_address(domain, &mut tx, network, until, &evidence).await?,
        Subject::Account(user) => {
            after.blocked_until = Some(until);
            block_account(domain, &mut tx, user, until, &evidence).await?
        }
    };
    // Somebody else banned or forgave it, or another node was first: then nothing was done here.
    if !imposed || !store::put(&mut tx, Some(&before), &after).await? {
        return Ok(false);
    }
    tx.commit().await.internal()?;
    if let Subject::Address(network) = subject {
        domain.abuse().slow_down(network, None);
    }
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
pub(super) fn remembered(rules: &AbuseRules, row: &Row, now: Timestamp) -> u64 {
    let fresh = row.blocked_at.is_some_and(|at| now.since(at) < rules.remember);
    if fresh { row.blocks } else { 0 }
}

/// So many thousandths in points.
pub(super) fn points(thousandths: i64) -> u64 {
    (thousandths / POINT).unsigned_abs()
}
