//! Counts in Redis: a script for each of the two decisions, so that every decision is one step for all servers. What they
//! come to is `decide.rs`, and a test holds them against it.

use super::decide::{Draw, Gcra, KEPT, Log, Outcome};
use super::key::text;
use super::memory::Bucket;
use crate::redis::{Away, Redis, Script};
use std::sync::LazyLock;
use vestibule_model::Timestamp;

/// How much longer than it tells something a key is kept, in milliseconds: clocks of servers differ.
const SLACK: i64 = 60_000;

/// `ARGV`: now, interval, horizon, calls wanted, slack, how long they may be used. Numbers are whole and below 2^53, which Lua keeps exactly.
static DRAW: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, interval, horizon = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
         local want = tonumber(ARGV[4])
         local known = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
         local base, drawn = math.min(known, now + horizon), 1
         local function keep()
           local kept = math.ceil((base - now) / 1000) + tonumber(ARGV[5])
           redis.call('SET', KEYS[1], string.format('%.0f', base), 'PX', string.format('%.0f', kept))
         end
         if base + interval - now > horizon then
           if base < known then keep() end
           return {base, 0}
         end
         local several = math.max(base, now + tonumber(ARGV[6])) + want * interval
         if want > 1 and 2 * (several - now) <= horizon then
           base, drawn = several, want
         else
           base = base + interval
         end
         keep()
         return {base, drawn}",
    )
});

/// `ARGV`: now, window, most, slack. Answers whether it was counted, how many are, and the one that must leave for one
/// more to fit.
static COUNT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, per, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
         local hits, ahead = {}, false
         for text in string.gmatch(redis.call('GET', KEYS[1]) or '', '%d+') do
           local hit = tonumber(text)
           if hit > now then hit, ahead = now, true end
           if hit > now - per then hits[#hits + 1] = hit end
         end
         table.sort(hits)
         local allowed = 0
         if #hits < most then
           allowed = 1
           hits[#hits + 1] = now
         end
         if allowed == 1 or ahead then
           local texts = {}
           for place, hit in ipairs(hits) do texts[place] = string.format('%.0f', hit) end
           local kept = math.ceil(per / 1000) + tonumber(ARGV[4])
           redis.call('SET', KEYS[1], table.concat(texts, ','), 'PX', string.format('%.0f', kept))
         end
         return {allowed, #hits, hits[math.max(#hits - most, 0) + 1]}",
    )
});

static FORGET: LazyLock<Script> = LazyLock::new(|| Script::new("return {redis.call('DEL', KEYS[1])}"));

fn key(bucket: Bucket) -> String {
    format!("limits:{}", text(bucket))
}

/// Draws `want` calls, or one where the bucket is less than half full.
pub(super) async fn draw(
    redis: &Redis,
    bucket: Bucket,
    gcra: &Gcra,
    want: i64,
    now: Timestamp,
) -> Result<Draw, Away> {
    let args = [now.0, gcra.interval, gcra.horizon, want, SLACK, KEPT];
    match redis.script(&DRAW, &[key(bucket)], &args).await?.as_slice() {
        [tat, drawn] => Ok(Draw { tat: *tat, drawn: *drawn }),
        _ => Err(Away),
    }
}

/// Counts a call, if the window has room for it.
pub(super) async fn count(redis: &Redis, bucket: Bucket, log: &Log, now: Timestamp) -> Result<Outcome, Away> {
    let args = [now.0, log.per, log.most, SLACK];
    match redis.script(&COUNT, &[key(bucket)], &args).await?.as_slice() {
        [allowed, counted, first] => Ok(log.outcome(*allowed == 1, *counted, *first)),
        _ => Err(Away),
    }
}

/// Forgets a bucket.
pub(super) async fn forget(redis: &Redis, bucket: Bucket) -> Result<(), Away> {
    redis.script::<_, i64>(&FORGET, &[key(bucket)], &[]).await.map(drop)
}
