//! The chain as a whole: its beginning in a database of before there was one, the look whether anybody touched it, and what
//! retention takes away. Called when a domain is opened, by `audit verify`, the page and the hourly job.

use super::seal::{Head, SALT, SEAL, Sealer};
use super::store::{Kept, chain};
use crate::db::Db;
use crate::error::Internal;
use crate::events::{self, Event};
use crate::{Actor, Allowed, Client, Domain, groups, random::Random};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::time::Duration;
use uuid::Uuid;
use vestibule_model::audit::{Fault, FaultKind, Verdict};
use vestibule_model::groups::{ADMIN, ViewAudit};
use vestibule_model::{Error, Problem, Result, Timestamp};

/// Most faults of a verdict.
const MOST_FAULTS: usize = 100;

/// Seals what a database holds from before there was a chain, once; a database whose chain lost its head is given one that
/// is marked as broken. Two processes that open it at once do it once.
pub(crate) async fn begin(db: &Db, sealer: &Sealer, random: &dyn Random) -> sqlx::Result<()> {
    if chain::head(db).await?.is_some() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    let mut head = match chain::last(&mut tx).await? {
        None => Head::empty().moved(sealer, |head| head.broken = 0),
        Some((seq, seal)) => Head::empty().moved(sealer, |head| (head.seq, head.seal) = (seq, seal)),
    };
    if !chain::begin(&mut tx, &head).await? {
        return Ok(());
    }
    if head.seq == 0 {
        let (mut seq, mut seal) = (0, head.seal.clone());
        let mut place = (Timestamp(i64::MIN), Uuid::nil());
        loop {
            let page = chain::unsealed(&mut tx, place.0, place.1).await?;
            let Some(last) = page.last() else { break };
            place = (last.row.at, last.row.id);
            for kept in page {
                let mut salt = [0; SALT];
                random.fill(&mut salt);
                seq += 1;
                seal =
                    sealer.row(&seal, seq, &kept.row, &sealer.personal(&salt, &kept.row.personal)).to_vec();
                chain::seal(&mut tx, kept.row.id, seq, &salt, &seal).await?;
            }
        }
        if seq > 0 {
            // Right once, after the upgrade that brought the chain; at any other time somebody took the chain away.
            tracing::warn!(rows = seq, "the audit trail had no chain: its rows were taken for genuine");
        }
        head = head.moved(sealer, |head| (head.seq, head.seal) = (seq, seal));
        chain::save(&mut tx, &head).await?;
    }
    tx.commit().await
}

/// A place of the chain that somebody wrote down, to be held against the chain later: `4711:<seal>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    seq: i64,
    seal: String,
}

impl std::str::FromStr for Noted {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let malformed = || Error::invalid("expect", Problem::Malformed);
        let (seq, seal) = text.trim().split_once(':').ok_or_else(malformed)?;
        let seq = seq.parse().ok().filter(|seq| *seq >= 0).ok_or_else(malformed)?;
        let whole = URL_SAFE_NO_PAD.decode(seal).is_ok_and(|bytes| bytes.len() == SEAL);
        if whole { Ok(Self { seq, seal: seal.to_owned() }) } else { Err(malformed()) }
    }
}

/// Looks at every row of the chain: whether one was changed, is missing, was put in or stands elsewhere, and whether the
/// chain still ends where it should. `expected` is a head noted earlier: with it a cut-off end is found that leaves no other
/// trace. Rows that are written meanwhile are looked at or not, and are no fault. However long the chain is, a thousand rows
/// are held in memory.
///
/// # Errors
/// None but those of the database.
pub async fn verify(domain: &Domain, by: &Allowed<ViewAudit>, expected: Option<&Noted>) -> Result<Verdict> {
    let _ = by;
    loop {
        if let Some(verdict) = look(domain, expected).await? {
            return Ok(verdict);
        }
    }
}

/// Where the chain ends, and whether the note of that was touched; cheap, for a page.
///
/// # Errors
/// None but those of the database.
pub async fn state(domain: &Domain, by: &Allowed<ViewAudit>) -> Result<Verdict> {
    let _ = by;
    let head = chain::head(domain.db()).await.internal()?;
    let mut look = Look::begin(domain, head.as_ref(), None);
    look.verdict.rows = head.map_or(0, |head| head.seq - head.kept_after);
    Ok(look.verdict)
}

/// One walk; nothing when retention took rows away before it began.
async fn look(domain: &Domain, expected: Option<&Noted>) -> Result<Option<Verdict>> {
    let db = domain.db();
    let Some(head) = chain::head(db).await.internal()? else {
        return Ok(Some(Look::begin(domain, None, expected).verdict));
    };
    let mut look = Look::begin(domain, Some(&head), expected);
    while look.seq < head.seq {
        let page = chain::behind(db, look.seq).await.internal()?;
        if page.is_empty() {
            break;
        }
        for kept in page.iter().filter(|kept| kept.seq.is_some_and(|seq| seq <= head.seq)) {
            look.at(kept);
        }
        look.seq = page.iter().filter_map(|kept| kept.seq).max().unwrap_or(head.seq);
    }
    let end = chain::end(db).await.internal()?;
    let Some(now) = chain::head(db).await.internal()? else { return Ok(Some(look.verdict)) };
    if now.kept_after != head.kept_after {
        return Ok(None);
    }
    look.finish(&head);
    if end > now.seq {
        look.fault(FaultKind::Added, Some(now.seq + 1), None);
    }
    for (id,) in chain::outside(db, now.kept_after).await.internal()? {
        look.fault(FaultKind::Added, None, Some(id));
    }
    Ok(Some(look.verdict))
}

/// A walk along the chain.
struct Look<'a> {
    sealer: &'a Sealer,
    expected: Option<&'a Noted>,
    verdict: Verdict,
    /// Up to which place rows were read.
    seq: i64,
    /// The last row that was seen.
    last: i64,
    /// Its seal; nothing where that row is missing.
    seal: Option<Vec<u8>>,
}

impl<'a> Look<'a> {
    fn begin(domain: &'a Domain, head: Option<&Head>, expected: Option<&'a Noted>) -> Self {
        let sealer = domain.sealer();
        let (seq, seal) =
            head.map_or((0, Vec::new()), |head| (head.kept_after, head.kept_after_seal.clone()));
        let words = head.map_or_else(|| "0:".to_owned(), |head| note(head.seq, &head.seal));
        let verdict =
            Verdict { rows: 0, kept_after: seq, head: words, faults: Vec::new(), more_faults: false };
        let mut look = Self { sealer, expected, verdict, seq, last: seq, seal: Some(seal) };
        if !head.is_some_and(|head| head.holds(sealer)) {
            look.fault(FaultKind::Head, None, None);
        }
        if let (Some(head), Some(noted)) = (head, expected) {
            let before = noted.seq < head.kept_after;
            let at_start =
                noted.seq == head.kept_after && noted.seal != URL_SAFE_NO_PAD.encode(&head.kept_after_seal);
            if noted.seq > head.seq || before || at_start {
                look.fault(FaultKind::Unexpected, Some(noted.seq), None);
            }
        }
        look
    }

    fn at(&mut self, kept: &Kept) {
        let Some(seq) = kept.seq else { return };
        self.verdict.rows += 1;
        if seq != self.last + 1 {
            self.fault(FaultKind::Missing, Some(self.last + 1), None);
            self.seal = None;
        }
        // Behind a gap the seal of the row before is not known, so that this row vouches for those after it alone.
        if self.seal.as_ref().is_some_and(|before| !self.sealer.fits(before, seq, kept)) {
            self.fault(FaultKind::Changed, Some(seq), Some(kept.row.id));
        }
        if let Some(noted) = self.expected.filter(|noted| noted.seq == seq)
            && kept.seal.as_ref().is_none_or(|seal| URL_SAFE_NO_PAD.encode(seal) != noted.seal)
        {
            self.fault(FaultKind::Unexpected, Some(seq), Some(kept.row.id));
        }
        (self.last, self.seal) = (seq, kept.seal.clone());
    }

    fn finish(&mut self, head: &Head) {
        if self.last != head.seq {
            self.fault(FaultKind::Missing, Some(self.last + 1), None);
        } else if self.seal.as_ref() != Some(&head.seal) {
            self.fault(FaultKind::Head, Some(head.seq), None);
        }
    }

    fn fault(&mut self, kind: FaultKind, seq: Option<i64>, id: Option<Uuid>) {
        if self.verdict.faults.len() >= MOST_FAULTS {
            self.verdict.more_faults = true;
            return;
        }
        self.verdict.faults.push(Fault { kind, seq, id: id.map(|id| id.to_string()) });
    }
}

fn note(seq: i64, seal: &[u8]) -> String {
    format!("{seq}:{}", URL_SAFE_NO_PAD.encode(seal))
}

/// Takes away rows that are older than the site keeps them, the oldest first; how many. What follows on them still holds: the
/// chain remembers the seal of the last one that went. A row that somebody touched stays, and so does all behind it, so that
/// [`verify`] goes on finding it.
///
/// # Errors
/// None but those of the database.
pub async fn retain(domain: &Domain) -> Result<u64> {
    let days = domain.rules().audit.keep_days;
    if days == 0 {
        return Ok(0);
    }
    let kept_from = domain.now().before(Duration::from_hours(24 * u64::from(days)));
    let mut gone = 0;
    loop {
        let Some(head) = chain::head(domain.db()).await.internal()? else { return Ok(gone) };
        let old = chain::behind(domain.db(), head.kept_after).await.internal()?;
        let Some((through, seal)) = old_enough(domain.sealer(), &head, &old, kept_from) else {
            return Ok(gone);
        };
        let mut tx = domain.begin().await?;
        // Erasures rewrite rows, and hold this group as well: the two never wait for each other in turn.
        groups::hold(domain, &mut tx, ADMIN).await?;
        let event = Event::AuditTrimmed { through };
        events::emit(domain, &mut tx, &Actor::Anonymous, &Client::local(), event).await?;
        // Last, since nobody waits for anything while they hold the end of the chain.
        let now = chain::lock(&mut tx).await.internal()?;
        if now.kept_after != head.kept_after {
            continue;
        }
        let moved = now.moved(domain.sealer(), |head| {
            (head.kept_after, head.kept_after_seal) = (through, seal);
        });
        gone += chain::remove(&mut tx, through).await.internal()?;
        chain::save(&mut tx, &moved).await.internal()?;
        tx.commit().await.internal()?;
    }
}

/// The place and the seal of the last row that is to go, if one is.
fn old_enough(sealer: &Sealer, head: &Head, rows: &[Kept], kept_from: Timestamp) -> Option<(i64, Vec<u8>)> {
    let mut last = (head.kept_after, head.kept_after_seal.clone());
    for kept in rows.iter().take_while(|kept| kept.row.at < kept_from) {
        let seq = last.0 + 1;
        let whole = kept.seq == Some(seq) && sealer.fits(&last.1, seq, kept);
        let Some(seal) = kept.seal.clone().filter(|_| whole) else {
            tracing::error!(seq, "a row of the audit trail was touched: it stays, and so do those behind it");
            break;
        };
        last = (seq, seal);
    }
    (last.0 > head.kept_after).then_some(last)
}
