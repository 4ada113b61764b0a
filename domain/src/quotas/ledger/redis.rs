//! The ledger in Redis: a hash for everybody a quota counts, changed by scripts alone. A key is a keyed hash, so that
//! whoever reads Redis learns nobody's name; it goes when its window is over. Called by [`super`] alone.

use super::{Claim, Row, Want};
use crate::quotas::decide::{MOST_BLOCK, PART};
use crate::quotas::store::ledger::Kept;
use crate::quotas::till::{Rest, Taken};
use crate::quotas::windows::Span;
use crate::redis::{Redis, Script};
use crate::{Domain, secrets};
use std::sync::LazyLock;
use vestibule_model::{Error, Result, Timestamp};

/// Reads a hash into `h`, and writes it back. A number is written with all its digits.
macro_rules! script {
    ($body:literal) => {
        LazyLock::new(|| {
            Script::new(concat!(
                "local names = {'start', 'ends', 'taken', 'granted', 'blocked', 'told'}\n",
                "local values = redis.call('HMGET', KEYS[1], unpack(names))\n",
                "local known, h = values[1], {}\n",
                "for i, name in ipairs(names) do h[name] = tonumber(values[i] or '0') end\n",
                "local a = {}\n",
                "for i, arg in ipairs(ARGV) do a[i] = tonumber(arg) end\n",
                "local function keep(now)\n",
                "  for _, name in ipairs(names) do\n",
                "    redis.call('HSET', KEYS[1], name, string.format('%.0f', h[name]))\n",
                "  end\n",
                "  local left = math.floor((math.max(h.ends, h.blocked) - now) / 1000) + 86400000\n",
                "  if left > 3200000000000 then redis.call('PERSIST', KEYS[1])\n",
                "  else redis.call('PEXPIRE', KEYS[1], string.format('%.0f', left)) end\n",
                "end\n",
                "local function told(block)\n",
                "  return {known and 1 or 0, h.start, h.ends, h.taken, h.granted, h.blocked, h.told, block}\n",
                "end\n",
                $body
            ))
        })
    };
}

/// `now, start, ends, first, ceiling, need, limit, part, most, cost, lifted`. The arithmetic is that of `decide::block`.
static TAKE: LazyLock<Script> = script!(
    "
local now, first, ceiling, need, limit, part, most, cost = a[1], a[4], a[5], a[6], a[7], a[8], a[9], a[10]
if h.blocked > a[11] then return told(0) end
if not known or h.ends <= now then
  h = {start = a[2], ends = a[3], taken = 0, granted = 0, blocked = 0, told = 0}
  if first < cost then return told(0) end
  h.taken = first
  keep(now)
  known = true
  return told(first)
end
local rest = ceiling + h.granted - h.taken
if rest < cost then return told(0) end
local soft = math.max(0, limit + h.granted - h.taken)
local block = math.min(rest, math.max(need, math.min(math.floor(soft / part), most)))
h.taken = h.taken + block
keep(now)
return told(block)
"
);

/// `now, start, units`.
static HAND_BACK: LazyLock<Script> = script!(
    "
if known and h.start == a[2] and h.taken >= a[3] then
  h.taken = h.taken - a[3]
  keep(a[1])
end
return told(0)
"
);

/// `now, until`.
static BLOCK: LazyLock<Script> = script!(
    "
if not known or h.blocked > 0 or h.ends <= a[1] then return {0} end
h.blocked = a[2]
keep(a[1])
return {1}
"
);

/// `now, until`.
static UNBLOCK: LazyLock<Script> = script!(
    "
if known and h.blocked == a[2] then
  h.blocked = 0
  keep(a[1])
end
return {1}
"
);

/// `now, start, percent`.
static CLAIM: LazyLock<Script> = script!(
    "
if not known or h.start ~= a[2] or h.told >= a[3] then return {0} end
h.told = a[3]
keep(a[1])
return {1}
"
);

/// `now, start, percent, before`.
static LEAVE: LazyLock<Script> = script!(
    "
if known and h.start == a[2] and h.told == a[3] then
  h.told = a[4]
  keep(a[1])
end
return {1}
"
);

/// `now`.
static RESET: LazyLock<Script> = script!(
    "
if not known then return {0} end
h.taken, h.granted, h.blocked, h.told = 0, 0, 0, 0
if h.start < a[1] then h.start = a[1] else h.start = h.start + 1 end
keep(a[1])
return {1}
"
);

/// `now, start, ends, units`.
static GRANT: LazyLock<Script> = script!(
    "
if not known or h.ends <= a[1] then
  h = {start = a[2], ends = a[3], taken = 0, granted = 0, blocked = 0, told = 0}
end
h.granted, h.told, h.blocked = h.granted + a[4], 0, 0
keep(a[1])
return {1}
"
);

static READ: LazyLock<Script> = script!("return told(0)");

/// Asks about one row.
async fn ask(domain: &Domain, redis: &Redis, script: &Script, row: &Row, args: &[i64]) -> Result<Vec<i64>> {
    let salt: [u8; 32] = domain.master().derive("quota-ledger");
    let name = secrets::digest(&[&salt[..], row.quota.as_bytes(), &[0], row.subject.as_bytes()].concat());
    let key = format!("quotas:{name}");
    redis.script(script, &[key], args).await.map_err(|_| Error::Unavailable)
}

async fn changed(domain: &Domain, redis: &Redis, script: &Script, row: &Row, args: &[i64]) -> Result<bool> {
    Ok(ask(domain, redis, script, row, args).await?.first() == Some(&1))
}

/// What a script told of a row.
fn kept(row: &Row, told: &[i64]) -> Result<(Kept, u64)> {
    let [_, start, ends, taken, granted, blocked, percent, block] = *told else {
        tracing::error!("Redis told something else than a row of the ledger");
        return Err(Error::Unavailable);
    };
    let kept = Kept {
        quota: row.quota.clone(),
        subject: row.subject.clone(),
        window_start: Timestamp(start),
        ends_at: Timestamp(ends),
        taken,
        block,
        granted,
        blocked_until: (blocked > 0).then_some(Timestamp(blocked)),
        told: percent,
    };
    Ok((kept, u64::try_from(block).unwrap_or_default()))
}

fn number(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

pub(super) async fn take(domain: &Domain, redis: &Redis, row: &Row, want: &Want) -> Result<Taken> {
    let args = [
        want.now.0,
        want.opening.start.0,
        want.opening.end.0,
        number(want.first()),
        number(want.ceiling),
        number(want.need),
        number(want.limit),
        number(PART),
        number(MOST_BLOCK),
        number(want.cost),
        want.lifted.0,
    ];
    let told = ask(domain, redis, &TAKE, row, &args).await?;
    let (kept, block) = kept(row, &told)?;
    Ok(kept.taken(block))
}

pub(super) async fn hand_back(domain: &Domain, redis: &Redis, rests: &[(Row, Rest)]) -> Result<()> {
    for (row, rest) in rests {
        ask(domain, redis, &HAND_BACK, row, &[domain.now().0, rest.start.0, number(rest.units)]).await?;
    }
    Ok(())
}

pub(super) async fn one(domain: &Domain, redis: &Redis, row: &Row) -> Result<Option<Kept>> {
    let told = ask(domain, redis, &READ, row, &[0]).await?;
    let there = told.first() == Some(&1);
    Ok(there.then_some(kept(row, &told)?.0))
}

pub(super) async fn block(domain: &Domain, redis: &Redis, row: &Row, until: Timestamp) -> Result<bool> {
    changed(domain, redis, &BLOCK, row, &[domain.now().0, until.0]).await
}

pub(super) async fn claim_telling(domain: &Domain, redis: &Redis, row: &Row, claim: Claim) -> Result<bool> {
    changed(domain, redis, &CLAIM, row, &[domain.now().0, claim.start.0, claim.percent]).await
}

pub(super) async fn leave_telling(domain: &Domain, redis: &Redis, row: &Row, claim: Claim) -> Result<()> {
    let args = [domain.now().0, claim.start.0, claim.percent, claim.before];
    ask(domain, redis, &LEAVE, row, &args).await.map(drop)
}

pub(super) async fn unblock(domain: &Domain, redis: &Redis, row: &Row, until: Timestamp) -> Result<()> {
    ask(domain, redis, &UNBLOCK, row, &[domain.now().0, until.0]).await.map(drop)
}

pub(super) async fn reset(domain: &Domain, redis: &Redis, row: &Row) -> Result<()> {
    ask(domain, redis, &RESET, row, &[domain.now().0]).await.map(drop)
}

pub(super) async fn grant(
    domain: &Domain,
    redis: &Redis,
    row: &Row,
    opening: Span,
    units: u64,
) -> Result<()> {
    let args = [domain.now().0, opening.start.0, opening.end.0, number(units)];
    ask(domain, redis, &GRANT, row, &args).await.map(drop)
}
