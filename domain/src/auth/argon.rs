//! argon2id over memory that is kept. Allocating 19 MiB for each hash leaves holes that an allocator cannot fill again:
//! after a few hundred sign-ins a process would hold twenty times what its hashes need. Called by `password.rs` alone.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{Error, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::sync::{Mutex, PoisonError};

/// argon2id at one cost, under a pepper.
pub(super) struct Argon {
    pepper: [u8; 32],
    params: Params,
    /// Memory that no hash uses now; as many pieces as hashes were ever computed at once.
    memory: Mutex<Vec<Vec<Block>>>,
    /// Blocks that were ever written, for tests of how much work an answer took.
    #[cfg(test)]
    pub(super) written: std::sync::atomic::AtomicU64,
}

impl Argon {
    pub(super) fn new(pepper: [u8; 32], params: Params) -> Self {
        Self {
            pepper,
            params,
            memory: Mutex::default(),
            #[cfg(test)]
            written: std::sync::atomic::AtomicU64::default(),
        }
    }

    /// The cost of hashes made today.
    pub(super) fn params(&self) -> &Params {
        &self.params
    }

    /// Hashes `password` into a PHC string.
    pub(super) fn hash(&self, password: &[u8], salt: &[u8]) -> Result<String> {
        let salt = Salt::new(salt)?;
        let hash = self.compute(&self.params, Version::V0x13, password, &salt, Params::DEFAULT_OUTPUT_LEN)?;
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params)?,
            salt: Some(salt),
            hash: Some(hash),
        };
        Ok(phc.to_string())
    }

    /// Whether `password` is the one of `phc`, compared in constant time; at whatever cost `phc` was made. A wrong guess at
    /// one that was cheaper than those of today costs what they do, so that its age is not told by time (C67).
    pub(super) fn is_right(&self, password: &[u8], phc: &PasswordHash) -> Result<bool> {
        let (Some(salt), Some(hash)) = (&phc.salt, &phc.hash) else { return Err(Error::PasswordInvalid) };
        if phc.algorithm != Algorithm::Argon2id.ident() {
            return Err(Error::Algorithm);
        }
        let version = phc.version.map(Version::try_from).transpose()?.unwrap_or_default();
        let params = Params::try_from(phc)?;
        let right = self.compute(&params, version, password, salt, hash.len())? == *hash;
        if !right {
            self.make_up_for(&params, password, salt)?;
        }
        Ok(right)
    }

    /// Does the work that a hash of today's cost takes and one of `spent` did not.
    fn make_up_for(&self, spent: &Params, password: &[u8], salt: &Salt) -> Result<()> {
        let work = |params: &Params| params.m_cost().saturating_mul(params.t_cost());
        let missing = work(&self.params).saturating_sub(work(spent)) / self.params.t_cost();
        if missing >= Params::MIN_M_COST {
            let params = Params::new(missing, self.params.t_cost(), 1, None)?;
            self.compute(&params, Version::V0x13, password, salt, Params::DEFAULT_OUTPUT_LEN)?;
        }
        Ok(())
    }

    fn compute(
        &self,
        params: &Params,
        version: Version,
        password: &[u8],
        salt: &[u8],
        length: usize,
    ) -> Result<Output> {
        let argon = Argon2::new_with_secret(&self.pepper, Algorithm::Argon2id, version, params.clone())?;
        let mut memory = self.memory().pop().unwrap_or_default();
        memory.resize(params.block_count(), Block::default());
        let mut out = [0; Output::MAX_LENGTH];
        let out = out.get_mut(..length).ok_or(Error::OutputSize)?;
        #[cfg(test)]
        self.written
            .fetch_add(u64::from(params.m_cost() * params.t_cost()), std::sync::atomic::Ordering::Relaxed);
        let done = argon.hash_password_into_with_memory(password, salt, out, &mut memory);
        if params.t_cost() == 1 {
            // Its first block is made of the password alone, so that it could be tried against guesses at no cost. Later
            // passes write over it: then what lies here spares a guesser one pass at most, and wiping it costs everyone
            // a tenth of a sign-in.
            memory.fill(Block::default());
        }
        self.memory().push(memory);
        done?;
        Output::new(out).map_err(Into::into)
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{PasswordHasher, PasswordVerifier};

    fn argon() -> Argon {
        Argon::new([7; 32], Params::new(16, 2, 1, None).unwrap())
    }

    #[test]
    fn hashes_are_those_of_the_crate() {
        let ours = argon();
        let crates =
            Argon2::new_with_secret(&ours.pepper, Algorithm::Argon2id, Version::V0x13, ours.params.clone())
                .unwrap();
        let phc = ours.hash(b"correct horse", b"sixteen of bytes").unwrap();
        let theirs = crates.hash_password_with_salt(b"correct horse", b"sixteen of bytes").unwrap();
        assert_eq!(phc, theirs.to_string());
        assert!(crates.verify_password(b"correct horse", phc.as_str()).is_ok());
        assert_eq!(ours.is_right(b"correct horse", &theirs), Ok(true));
        assert_eq!(ours.is_right(b"correct horsf", &theirs), Ok(false));
    }

    #[test]
    fn memory_is_used_again_and_wiped_where_one_pass_filled_it() {
        let ours = argon();
        let dear = Argon::new([7; 32], Params::new(64, 1, 1, None).unwrap())
            .hash(b"x", b"sixteen of bytes")
            .unwrap();
        let dear = PasswordHash::new(&dear).unwrap();
        for _ in 0..3 {
            ours.hash(b"y", b"sixteen of bytes").unwrap();
            assert_eq!(ours.is_right(b"x", &dear), Ok(true));
        }
        let kept = ours.memory();
        assert_eq!(kept.len(), 1);
        assert!(kept[0].iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
    }
}
