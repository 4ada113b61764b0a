//! What a transaction carries for the trail until its commit: new rows, people who are erased, and counts. All of it is
//! written by the last statements of the transaction, under the lock of the chain's head; only the announcement comes after
//! (see [`crate::changes`]). Nothing else writes to the table, so that nobody ever waits for anything while holding that lock:
//! however many changes happen at once, they go one behind the other and never into each other's way.

use super::seal::{Head, SALT, SEAL, Sealer};
use super::store::{self, Personal, Row, chain};
use crate::db::Tx;
use std::borrow::Cow;
use std::collections::BTreeMap;
use vestibule_model::{Timestamp, UserId};

/// What waits for the commit.
#[derive(Default)]
pub(crate) struct Trail {
    sealer: Option<Sealer>,
    rows: Vec<(Row, [u8; SALT])>,
    erased: Vec<(UserId, UserId)>,
    counts: BTreeMap<(Cow<'static, str>, i64), i64>,
}

const HOUR: i64 = 3_600_000_000;

/// The hour of a moment, counted from 1970.
const fn hour_of(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR)
}

impl Trail {
    /// A row more.
    pub(super) fn note(&mut self, sealer: &Sealer, row: Row, salt: [u8; SALT]) {
        self.sealer.get_or_insert_with(|| sealer.clone());
        self.rows.push((row, salt));
    }

    /// One more of what is called `name`, in the hour of `at`.
    pub(crate) fn count(&mut self, name: impl Into<Cow<'static, str>>, at: Timestamp) {
        *self.counts.entry((name.into(), hour_of(at))).or_default() += 1;
    }

    /// A person becomes `pseudonym` in every row, those that wait among them.
    pub(super) fn erase(&mut self, sealer: &Sealer, user: UserId, pseudonym: UserId) {
        self.sealer.get_or_insert_with(|| sealer.clone());
        for (row, _) in &mut self.rows {
            if row.personal.is_of(user) {
                row.personal.erase(user, pseudonym);
            }
        }
        self.erased.push((user, pseudonym));
    }

    /// Writes everything. Called by the commit of `tx` alone.
    pub(crate) async fn write(self, tx: &mut Tx) -> sqlx::Result<()> {
        if let Some(sealer) = &self.sealer {
            // However many rows somebody has: nobody else waits meanwhile.
            for (user, pseudonym) in &self.erased {
                erase(tx, sealer, *user, *pseudonym).await?;
            }
            let head = chain::lock(tx).await?;
            let head = append(tx, sealer, head, &self.rows).await?;
            chain::save(tx, &head).await?;
            // What was written about them since.
            for (user, pseudonym) in &self.erased {
                erase(tx, sealer, *user, *pseudonym).await?;
            }
        }
        // In the order of their names: two that count the same things never wait for each other in turn.
        for ((name, hour), count) in self.counts {
            chain::count(tx, &name, hour, count).await?;
        }
        Ok(())
    }
}

/// Puts rows behind the one at `head`; where the chain ends then.
pub(super) async fn append(
    tx: &mut Tx,
    sealer: &Sealer,
    head: Head,
    rows: &[(Row, [u8; SALT])],
) -> sqlx::Result<Head> {
    let (mut seq, mut seal) = (head.seq, head.seal.clone());
    for (row, salt) in rows {
        seq += 1;
        seal = sealer.row(&seal, seq, row, &sealer.personal(salt, &row.personal)).to_vec();
        store::insert(tx, row, (seq, salt, &seal)).await?;
    }
    Ok(head.moved(sealer, |head| (head.seq, head.seal) = (seq, seal)))
}

/// Takes a person out of the rows that stand there. Rows that were changed do not fit their seal afterwards either.
async fn erase(tx: &mut Tx, sealer: &Sealer, user: UserId, pseudonym: UserId) -> sqlx::Result<()> {
    loop {
        // What was rewritten is the person's no more, so that every look finds others.
        let page = store::of_user(tx, user).await?;
        if page.is_empty() {
            return Ok(());
        }
        for mut kept in page {
            let before = kept.salt.as_ref().map(|salt| sealer.personal(salt, &kept.row.personal));
            kept.row.personal.erase(user, pseudonym);
            if let (Some(before), Some(seal)) = (before, &kept.seal) {
                let committed = match &kept.redacted {
                    Some(mark) if sealer.is_ours(seal, mark, &before) => mark[..SEAL].to_vec(),
                    _ => before.to_vec(),
                };
                let salt = sealer.salt_after(seal);
                let now = sealer.personal(&salt, &kept.row.personal);
                kept.redacted = Some(sealer.redaction(seal, &committed, &now));
                kept.salt = Some(salt);
            }
            store::rewrite(tx, &kept).await?;
        }
    }
}

impl Personal {
    /// Whether a person stands in it.
    fn is_of(&self, user: UserId) -> bool {
        self.subject_id == Some(user) || self.actor_id == Some(user)
    }

    /// Puts `pseudonym` in the place of `user`, and takes out what may tell of the person: details, and from where they
    /// acted, or somebody unknown did with their account. Where somebody else acted stays; it is not the person's.
    fn erase(&mut self, user: UserId, pseudonym: UserId) {
        if self.actor_id.is_none_or(|actor| actor == user) {
            (self.session_id, self.key_id) = (None, None);
            (self.request_id, self.address) = (None, None);
        }
        if let Some(left) = super::without_personal(&self.detail) {
            self.detail = left;
        }
        self.detail = self.detail.replace(&user.to_string(), &pseudonym.to_string());
        for id in [&mut self.actor_id, &mut self.subject_id] {
            if *id == Some(user) {
                *id = Some(pseudonym);
            }
        }
    }
}
