//! SQL of bans of addresses. Called by [`super`] alone.

use super::{Held, New};
use crate::bans::network;
use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use ipnet::IpNet;
use vestibule_model::bans::{AddressBan, Ending, Reason};
use vestibule_model::values::BanId;
use vestibule_model::{Result, Timestamp, UserId};

/// Rows that are read at once where an address is looked for among all of them.
const BATCH: i64 = 500;

#[derive(sqlx::FromRow)]
struct Row {
    id: BanId,
    network: String,
    reason: Reason,
    author_id: Option<UserId>,
    automatic: i64,
    evidence: Option<String>,
    since: Timestamp,
    until: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    ending: Option<Ending>,
    lifted_by: Option<UserId>,
}

impl Row {
    fn view(self) -> AddressBan {
        AddressBan {
            id: self.id,
            network: self.network,
            reason: self.reason,
            author: self.author_id,
            automatic: self.automatic != 0,
            evidence: self.evidence.and_then(|text| serde_json::from_str(&text).ok()),
            since: self.since,
            until: self.until,
            ended_at: self.ended_at,
            ending: self.ending,
            lifted_by: self.lifted_by,
        }
    }
}

/// Which change the bans are of.
pub(super) async fn version(db: &Db) -> Result<String> {
    let row = sql!(db, fetch_optional as (String,), "select value from facts where name = 'bans_version'");
    Ok(row.await.internal()?.map(|(value,)| value).unwrap_or_default())
}

pub(super) async fn set_version(tx: &mut Tx, version: &str) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into facts (name, value) values ('bans_version', $1)
         on conflict (name) do update set value = excluded.value",
        version
    )
    .await
    .internal()?;
    Ok(())
}

/// Every network that is banned, those whose end has come and that were not yet written down as over included.
pub(super) async fn standing(db: &Db) -> Result<Vec<(IpNet, Held)>> {
    let rows = sql!(
        db,
        fetch_all as (String, Option<Timestamp>, i64),
        "select network, until, automatic from address_bans where ended_at is null"
    );
    let held = |(network, until, automatic): (String, Option<Timestamp>, i64)| {
        Some((network.parse().ok()?, Held { until, automatic: automatic != 0 }))
    };
    Ok(rows.await.internal()?.into_iter().filter_map(held).collect())
}

pub(super) async fn one(on: impl Into<On<'_>>, id: BanId) -> Result<Option<AddressBan>> {
    let on = on.into();
    let row = sql!(
        on,
        fetch_optional as Row,
        "select id, network, reason, author_id, automatic, evidence, since, until, ended_at, ending, lifted_by
         from address_bans where id = $1",
        id
    );
    Ok(row.await.internal()?.map(Row::view))
}

/// The ban of exactly this network that was not written down as over.
pub(super) async fn on_network(on: impl Into<On<'_>>, network: &str) -> Result<Option<AddressBan>> {
    let on = on.into();
    let row = sql!(
        on,
        fetch_optional as Row,
        "select id, network, reason, author_id, automatic, evidence, since, until, ended_at, ending, lifted_by
         from address_bans where network = $1 and ended_at is null",
        network
    );
    Ok(row.await.internal()?.map(Row::view))
}

/// Whether it was written; not where a ban of the same network stands.
pub(super) async fn insert(tx: &mut Tx, ban: &New, now: Timestamp) -> Result<bool> {
    let evidence = ban.evidence.as_ref().and_then(|evidence| serde_json::to_string(evidence).ok());
    let written = sql!(
        tx,
        execute,
        "insert into address_bans (id, network, reason, author_id, automatic, evidence, since, until)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (network) where ended_at is null do nothing",
        ban.id,
        ban.network.to_string(),
        &ban.reason,
        ban.author,
        i64::from(ban.evidence.is_some()),
        evidence,
        now,
        ban.until
    );
    Ok(written.await.internal()? > 0)
}

pub(super) async fn end_on(tx: &mut Tx, network: &str, ending: &str, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        execute,
        "update address_bans set ended_at = $3, ending = $2 where network = $1 and ended_at is null",
        network,
        ending,
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// Whether this call lifted it.
pub(super) async fn lift(tx: &mut Tx, id: BanId, lifter: Option<UserId>, now: Timestamp) -> Result<bool> {
    let written = sql!(
        tx,
        execute,
        "update address_bans set ended_at = $3, ending = 'lifted', lifted_by = $2
         where id = $1 and ended_at is null",
        id,
        lifter,
        now
    );
    Ok(written.await.internal()? > 0)
}

/// Whether this call wrote down that its end has come.
pub(super) async fn end_lapsed(tx: &mut Tx, id: BanId) -> Result<bool> {
    let ended = sql!(
        tx,
        execute,
        "update address_bans set ended_at = until, ending = 'lapsed' where id = $1 and ended_at is null",
        id
    );
    Ok(ended.await.internal()? > 0)
}

/// Networks whose bans have ended by themselves and were not yet written down as over, the first to end first.
pub(super) async fn lapsed(db: &Db, now: Timestamp) -> Result<Vec<String>> {
    let rows = sql!(
        db,
        fetch_all as (String,),
        "select network from address_bans where ended_at is null and until <= $1
         order by until, network limit 100",
        now
    );
    Ok(rows.await.internal()?.into_iter().map(|(network,)| network).collect())
}

/// Forgets automatic bans that were over before `horizon`.
pub(super) async fn delete_automatic(tx: &mut Tx, horizon: Timestamp) -> Result<u64> {
    sql!(tx, execute, "delete from address_bans where automatic = 1 and ended_at < $1", horizon)
        .await
        .internal()
}

/// What is looked for.
pub(super) struct Sought {
    pub(super) near: Option<IpNet>,
    pub(super) standing: bool,
    pub(super) automatic: Option<bool>,
    pub(super) now: Timestamp,
}

/// Bans, the newest first, before the one called `before`. Networks are compared here, a batch at a time, because the two
/// engines share no way to compare them.
pub(super) async fn list(db: &Db, sought: &Sought, before: BanId, most: i64) -> Result<Vec<AddressBan>> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let batch = if sought.near.is_some() { BATCH } else { i64::try_from(most).unwrap_or(i64::MAX) };
    let (mut found, mut before) = (Vec::new(), before);
    loop {
        let rows = rows(db, sought, before, batch).await?;
        let last = rows.last().map(|ban| ban.id);
        let whole = i64::try_from(rows.len()).is_ok_and(|count| count == batch);
        found.extend(rows.into_iter().filter(|ban| is_near(sought.near.as_ref(), &ban.network)));
        let Some(last) = last.filter(|_| whole && found.len() < most) else {
            found.truncate(most);
            return Ok(found);
        };
        before = last;
    }
}

fn is_near(near: Option<&IpNet>, banned: &str) -> bool {
    near.is_none_or(|near| banned.parse().is_ok_and(|banned| network::overlap(near, &banned)))
}

async fn rows(db: &Db, sought: &Sought, before: BanId, most: i64) -> Result<Vec<AddressBan>> {
    // 2 stands for both kinds.
    let automatic = sought.automatic.map_or(2, i64::from);
    let rows = if sought.standing {
        sql!(
            db,
            fetch_all as Row,
            "select id, network, reason, author_id, automatic, evidence, since, until, ended_at, ending, lifted_by
             from address_bans
             where ended_at is null and id < $1 and (until is null or until > $4) and ($2 = 2 or automatic = $2)
             order by id desc limit $3",
            before,
            automatic,
            most,
            sought.now
        )
        .await
    } else {
        sql!(
            db,
            fetch_all as Row,
            "select id, network, reason, author_id, automatic, evidence, since, until, ended_at, ending, lifted_by
             from address_bans where id < $1 and ($2 = 2 or automatic = $2) order by id desc limit $3",
            before,
            automatic,
            most
        )
        .await
    };
    Ok(rows.internal()?.into_iter().map(Row::view).collect())
}
