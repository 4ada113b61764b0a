//! What makes the trail a chain: HMAC-SHA256 (RFC 2104) under keys derived from the master secret. Whoever can write to the
//! database but does not know the secret can neither change a row, take one out, put one in nor reorder them unseen. Pure:
//! no database, no clock, no randomness.

use super::store::{Personal, Row};
use crate::secrets::Master;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of a seal.
pub(super) const SEAL: usize = 32;
/// Bytes of a salt.
pub(super) const SALT: usize = 16;

/// A seal, a commitment or a proof.
pub(super) type Seal = [u8; SEAL];

/// Seals rows. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sealer([u8; 32]);

/// Where the chain ends, and where what is kept of it begins.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Head {
    /// The place of the last row; 0 while there is none.
    pub(super) seq: i64,
    /// Its seal.
    pub(super) seal: Vec<u8>,
    /// The place of the last row that retention took away.
    pub(super) kept_after: i64,
    /// Its seal.
    pub(super) kept_after_seal: Vec<u8>,
    /// 1 once this was found changed from outside; it never becomes 0 again.
    pub(super) broken: i64,
    /// Proves the others.
    pub(super) proof: Vec<u8>,
}

/// One HMAC over named fields, each with its length, so that no two sets of fields read alike.
struct Fields(Hmac<Sha256>);

impl Fields {
    fn put(mut self, name: &str, value: &[u8]) -> Self {
        for part in [name.as_bytes(), value] {
            self.0.update(&(part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
        self
    }

    /// A field that is absent is not there at all, so that rows need no new seal when a column is added.
    fn put_some(self, name: &str, value: Option<impl AsRef<[u8]>>) -> Self {
        match value {
            Some(value) => self.put(name, value.as_ref()),
            None => self,
        }
    }

    fn done(self) -> Seal {
        self.0.finalize().into_bytes().into()
    }
}

impl Sealer {
    pub(crate) fn of(master: &Master) -> Self {
        Self(master.derive("audit-chain"))
    }

    fn fields(&self, purpose: &str) -> Fields {
        Fields(Hmac::new_from_slice(&self.0).expect("HMAC takes keys of every length"))
            .put("for", purpose.as_bytes())
    }

    /// What a row says about people, as a commitment: with the salt gone nobody, not even we, can try out what it was.
    pub(super) fn personal(&self, salt: &[u8], personal: &Personal) -> Seal {
        let id = |id: Option<uuid::Uuid>| id.map(uuid::Uuid::into_bytes);
        self.fields("personal")
            .put("salt", salt)
            .put_some("actor_id", id(personal.actor_id.map(|id| id.0)))
            .put_some("session_id", id(personal.session_id.map(|id| id.0)))
            .put_some("key_id", id(personal.key_id.map(|id| id.0)))
            .put_some("subject_id", id(personal.subject_id.map(|id| id.0)))
            .put("detail", personal.detail.as_bytes())
            .put_some("request_id", personal.request_id.as_ref())
            .put_some("address", personal.address.as_ref())
            .done()
    }

    /// The seal of the row at `seq`, which follows on the row sealed by `before`.
    pub(super) fn row(&self, before: &[u8], seq: i64, row: &Row, personal: &[u8]) -> Seal {
        self.fields("row")
            .put("before", before)
            .put("seq", &seq.to_be_bytes())
            .put("id", row.id.as_bytes())
            .put("at", &row.at.0.to_be_bytes())
            .put("actor", row.actor.as_bytes())
            .put("event", row.event.as_bytes())
            .put("personal", personal)
            .done()
    }

    /// The mark of a row whose person was erased: the commitment it was sealed with, and the proof that it was we who put
    /// what stands there now.
    pub(super) fn redaction(&self, seal: &[u8], committed: &[u8], now: &Seal) -> Vec<u8> {
        let proof =
            self.fields("redaction").put("seal", seal).put("committed", committed).put("now", now).done();
        [committed, &proof].concat()
    }

    /// Whether we put the mark and what stands there now.
    pub(super) fn is_ours(&self, seal: &[u8], mark: &[u8], now: &Seal) -> bool {
        mark.len() == 2 * SEAL && self.redaction(seal, &mark[..SEAL], now) == mark
    }

    /// A salt for a row whose person was erased; it hides nothing any more.
    pub(super) fn salt_after(&self, seal: &[u8]) -> Vec<u8> {
        self.fields("salt").put("seal", seal).done()[..SALT].to_vec()
    }

    /// Whether what stands in a row is what was sealed, or was put there when its person was erased.
    pub(super) fn fits(&self, before: &[u8], seq: i64, kept: &super::store::Kept) -> bool {
        let (Some(salt), Some(seal)) = (&kept.salt, &kept.seal) else { return false };
        let now = self.personal(salt, &kept.row.personal);
        let committed = match &kept.redacted {
            None => now.to_vec(),
            Some(mark) if self.is_ours(seal, mark, &now) => mark[..SEAL].to_vec(),
            Some(_) => return false,
        };
        self.row(before, seq, &kept.row, &committed)[..] == seal[..]
    }

    /// Proves where the chain ends.
    pub(super) fn head(&self, head: &Head) -> Vec<u8> {
        let proof = self
            .fields("head")
            .put("seq", &head.seq.to_be_bytes())
            .put("seal", &head.seal)
            .put("kept_after", &head.kept_after.to_be_bytes())
            .put("kept_after_seal", &head.kept_after_seal)
            .put("broken", &head.broken.to_be_bytes());
        proof.done().to_vec()
    }
}

impl Head {
    /// The head of a chain without rows.
    pub(super) fn empty() -> Self {
        let none = vec![0; SEAL];
        Self {
            seq: 0,
            seal: none.clone(),
            kept_after: 0,
            kept_after_seal: none,
            broken: 0,
            proof: Vec::new(),
        }
    }

    /// Whether nobody else wrote it.
    pub(super) fn holds(&self, sealer: &Sealer) -> bool {
        self.broken == 0 && sealer.head(self) == self.proof
    }

    /// The same head at another place, proven. One that did not hold stays marked, so that going on never heals it.
    pub(super) fn moved(&self, sealer: &Sealer, change: impl FnOnce(&mut Self)) -> Self {
        let mut moved = self.clone();
        moved.broken = i64::from(!self.holds(sealer));
        change(&mut moved);
        moved.proof = sealer.head(&moved);
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::Kept;
    use super::*;
    use vestibule_model::{Secret, Timestamp, UserId};

    fn sealer() -> Sealer {
        Sealer::of(&Master::new(&Secret::new("a")))
    }

    fn row() -> Row {
        let personal = Personal {
            actor_id: Some(UserId(uuid::Uuid::from_u128(7))),
            session_id: None,
            key_id: None,
            subject_id: None,
            detail: "{}".into(),
            request_id: Some("r".into()),
            address: None,
        };
        Row { id: uuid::Uuid::nil(), at: Timestamp(5), actor: "person".into(), event: "x".into(), personal }
    }

    fn kept(sealer: &Sealer) -> Kept {
        let salt = vec![1; SALT];
        let seal = sealer.row(&[0; SEAL], 1, &row(), &sealer.personal(&salt, &row().personal));
        Kept { row: row(), seq: Some(1), salt: Some(salt), seal: Some(seal.to_vec()), redacted: None }
    }

    #[test]
    fn every_part_of_a_row_is_sealed() {
        let sealer = sealer();
        assert!(sealer.fits(&[0; SEAL], 1, &kept(&sealer)));
        let changes: [fn(&mut Kept); 13] = [
            |kept| kept.row.id = uuid::Uuid::from_u128(1),
            |kept| kept.row.at = Timestamp(6),
            |kept| kept.row.actor = "operator".into(),
            |kept| kept.row.event = "y".into(),
            |kept| kept.row.personal.actor_id = None,
            |kept| kept.row.personal.subject_id = kept.row.personal.actor_id.take(),
            |kept| kept.row.personal.session_id = Some(vestibule_model::SessionId(uuid::Uuid::nil())),
            |kept| kept.row.personal.key_id = Some(vestibule_model::KeyId(uuid::Uuid::nil())),
            |kept| kept.row.personal.detail = "{ }".into(),
            |kept| kept.row.personal.request_id = None,
            |kept| kept.row.personal.address = kept.row.personal.request_id.take(),
            |kept| kept.salt = None,
            |kept| kept.redacted = Some(vec![0; 2 * SEAL]),
        ];
        for (place, change) in changes.into_iter().enumerate() {
            let mut forged = kept(&sealer);
            change(&mut forged);
            assert!(!sealer.fits(&[0; SEAL], 1, &forged), "change {place}");
        }
        assert!(!sealer.fits(&[1; SEAL], 1, &kept(&sealer)) && !sealer.fits(&[0; SEAL], 2, &kept(&sealer)));
        let other = Sealer::of(&Master::new(&Secret::new("b")));
        assert!(!other.fits(&[0; SEAL], 1, &kept(&sealer)), "another secret seals otherwise");
    }

    #[test]
    fn a_row_is_redacted_by_us_alone() {
        let sealer = sealer();
        let mut erased = kept(&sealer);
        let committed = sealer.personal(erased.salt.as_ref().unwrap(), &erased.row.personal);
        erased.row.personal.request_id = None;
        let salt = sealer.salt_after(erased.seal.as_ref().unwrap());
        let now = sealer.personal(&salt, &erased.row.personal);
        erased.redacted = Some(sealer.redaction(erased.seal.as_ref().unwrap(), &committed, &now));
        erased.salt = Some(salt);
        assert!(sealer.fits(&[0; SEAL], 1, &erased));
        erased.row.personal.detail = "{\"a\":1}".into();
        assert!(!sealer.fits(&[0; SEAL], 1, &erased));
    }

    #[test]
    fn a_head_that_was_touched_stays_broken() {
        let sealer = sealer();
        let head = Head::empty().moved(&sealer, |head| head.broken = 0);
        assert!(head.holds(&sealer));
        let mut touched = head.moved(&sealer, |head| head.seq = 4);
        touched.seq = 3;
        assert!(!touched.holds(&sealer));
        let gone_on = touched.moved(&sealer, |head| head.seq = 4);
        assert!(!gone_on.holds(&sealer) && !gone_on.moved(&sealer, |head| head.seq = 5).holds(&sealer));
    }
}
