//! Attempts at a password, counted per account. An attempt is reserved in a transaction of its own before its hash is
//! computed and given back when it was right: guesses in parallel cannot outrun the count (C23), nor can a rollback lose
//! it (C24). A loss of power may forget the last counts; waiting for the disk would halve the sign-ins a second. Names
//! without an account are counted alike.

use super::store::{self, Attempts};
use crate::{Domain, db::Tx, error::Internal, rules::AttemptRules};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::time::Duration;
use vestibule_model::{Error, Result, Timestamp, UserId};

/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// A count that was not touched for so long is forgotten, unless it reached the hard stop ([`AttemptRules::most`]).
const FORGOTTEN: Duration = Duration::from_hours(720);
/// A count of a name without an account that reached the hard stop: nobody can reset it, so that it ends by itself.
const UNKNOWN_FORGOTTEN: Duration = Duration::from_hours(8760);

/// Whose attempts are counted.
pub(super) struct Subject(String);

impl Subject {
    pub(super) fn account(user: UserId) -> Self {
        Self(format!("account:{user}"))
    }

    /// An account, as somebody who is signed in or a browser that its owner used before asks for it: a count of its own, so
    /// that no stranger shuts the owner out (security reference 2.2). Both counts together stay within what NIST allows.
    pub(super) fn known(user: UserId) -> Self {
        Self(format!("known:{user}"))
    }

    /// A name without an account, under a keyed hash: the table never tells what people typed.
    pub(super) fn unknown(domain: &Domain, name: &str) -> Self {
        let key = domain.master().derive::<32>("attempts");
        let hash = Sha256::new().chain_update(key).chain_update(name.as_bytes()).finalize();
        Self(format!("unknown:{}", URL_SAFE_NO_PAD.encode(hash)))
    }
}

/// What an attempt at `now` meets: the count with it in, and when the next one is heard; or why it is not heard.
fn decide(rules: &AttemptRules, so_far: Attempts, now: Timestamp) -> Result<Attempts> {
    let failures = u32::try_from(so_far.failures).unwrap_or(u32::MAX);
    if failures >= rules.most {
        return Err(Error::PasswordLocked);
    }
    if now < so_far.blocked_until {
        return Err(Error::TooManyAttempts { retry_at: so_far.blocked_until });
    }
    let failures = failures + 1;
    let wait = match failures.checked_sub(rules.free) {
        None | Some(0) => Duration::ZERO,
        Some(over) => Duration::from_secs(1 << over.min(20)).min(LONGEST_WAIT),
    };
    Ok(Attempts { failures: failures.into(), blocked_until: now.after(wait) })
}

/// Counts an attempt before it is made; the count with it in.
pub(super) async fn reserve(domain: &Domain, subject: &Subject) -> Result<u32> {
    let now = domain.now();
    let mut tx = domain.begin_light().await?;
    // Most people fail seldom, so that it is tried without a look whether they did.
    let mut so_far = Attempts { failures: 0, blocked_until: Timestamp(0) };
    loop {
        let next = decide(&domain.rules().attempts, so_far, now)?;
        if store::set_attempts(&mut tx, &subject.0, so_far, next, now).await? {
            tx.commit().await.internal()?;
            return Ok(u32::try_from(next.failures).unwrap_or(u32::MAX));
        }
        // Again and again: another attempt may be counted between the two statements.
        so_far = store::attempts(&mut tx, &subject.0).await?;
    }
}

/// Takes one attempt of `subject` back that was counted and not made. The wait it caused stays.
pub(super) async fn give_back(domain: &Domain, subject: &Subject) -> Result<()> {
    let mut tx = domain.begin_light().await?;
    store::uncount_attempt(&mut tx, &subject.0).await?;
    tx.commit().await.internal()
}

/// Forgets the failures of `subject` as part of `tx`.
pub(super) async fn clear(tx: &mut Tx, subject: &Subject) -> Result<()> {
    store::delete_attempts(tx, &subject.0).await
}

/// Forgets the failures of `subject` as part of `tx`; whether there were any.
pub(super) async fn forgive(tx: &mut Tx, subject: &Subject) -> Result<bool> {
    let before = store::attempts(tx, &subject.0).await?;
    store::delete_attempts(tx, &subject.0).await?;
    Ok(before.failures > 0)
}

/// Forgets the failures of `subject`.
pub(super) async fn clear_now(domain: &Domain, subject: &Subject) -> Result<()> {
    let mut tx = domain.begin_light().await?;
    clear(&mut tx, subject).await?;
    tx.commit().await.internal()
}

/// How many failures in a row `subject` has, and when the last one was.
pub(super) async fn of_subject(domain: &Domain, subject: &Subject) -> Result<(i64, Option<Timestamp>)> {
    let row = store::failures(domain.db(), &subject.0).await?;
    Ok(row.map_or((0, None), |(failures, last)| (failures, Some(last))))
}

/// Failures that are counted now, of everyone together.
#[cfg(feature = "testing")]
pub(crate) async fn counted(domain: &Domain) -> Result<i64> {
    store::sum_attempts(domain.db()).await
}

/// Forgets counts that nobody added to for a month; those at the hard stop only where there is no account, after a year.
pub(crate) async fn sweep(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    let most = domain.rules().attempts.most.into();
    let old = store::delete_old_attempts(tx, domain.now().before(FORGOTTEN), most).await?;
    let unknown = store::delete_unknown_attempts(tx, domain.now().before(UNKNOWN_FORGOTTEN)).await?;
    Ok(old + unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(failures: i64) -> Attempts {
        Attempts { failures, blocked_until: Timestamp(0) }
    }

    fn decide(so_far: Attempts, now: Timestamp) -> Result<Attempts> {
        super::decide(&AttemptRules::default(), so_far, now)
    }

    #[test]
    fn five_are_free_then_waits_double_up_to_a_quarter_of_an_hour() {
        let now = Timestamp::from_seconds(1_000);
        let wait = |failures| decide(after(failures), now).unwrap().blocked_until.since(now).as_secs();
        assert_eq!((0..=4).map(wait).collect::<Vec<_>>(), [0; 5]);
        assert_eq!((5..=9).map(wait).collect::<Vec<_>>(), [2, 4, 8, 16, 32]);
        assert_eq!(wait(20), 900);
        assert_eq!(wait(49), 900);
        assert_eq!(decide(after(50), now), Err(Error::PasswordLocked));
    }

    #[test]
    fn c27_a_wait_that_is_over_arms_the_next_longer_one() {
        let mut state = after(0);
        let mut now = Timestamp::from_seconds(1_000);
        let mut waits = Vec::new();
        for _ in 0..8 {
            state = decide(state, now).unwrap();
            waits.push(state.blocked_until.since(now).as_secs());
            if waits.last() != Some(&0) {
                assert_eq!(decide(state, now), Err(Error::TooManyAttempts { retry_at: state.blocked_until }));
            }
            now = state.blocked_until;
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 2, 4, 8]);
    }

    proptest! {
        #[test]
        fn no_number_makes_it_panic_or_forget(failures in any::<i64>(), until in any::<i64>(), now in any::<i64>()) {
            if let Ok(next) = decide(Attempts { failures, blocked_until: Timestamp(until) }, Timestamp(now)) {
                prop_assert!(next.failures == failures + 1 && (0..50).contains(&failures));
            }
        }
    }
}
