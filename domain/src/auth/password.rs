//! Passwords: what is accepted, and argon2id, both behind a bounded queue. Called by `auth` and `accounts`. A password is never stored,
//! logged or kept longer than its hash takes.

use super::argon::Argon;
use super::blocklist::Blocklist;
use super::turns::Turns;
use crate::{Domain, error, metrics, random::Random, rules::PasswordRules};
use argon2::{Params, password_hash::phc::PasswordHash};
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;
use vestibule_model::auth::Strength;
use vestibule_model::values::password::MAX_BYTES;
use vestibule_model::{Problem, Result, Secret};
use zxcvbn::zxcvbn;

/// Characters that are looked at for guessability. Time grows with the square of it, and eight-fold where every sign that
/// can stand for a letter is among them: a hundred would cost a second of a processor, forty cost a tenth.
const LOOKED_AT: usize = 40;
/// Words about a person that are looked at.
const MOST_WORDS: usize = 64;

/// What a password turned out to be.
pub(super) enum Verdict {
    /// Not the one, or there is none.
    Wrong,
    /// The one; `outdated` when its hash was made at another cost than today's.
    Right {
        /// Whether it should be hashed anew.
        outdated: bool,
    },
}

/// Computes argon2id hashes, as many at once as there are cores (D12), and judges new passwords beside them on half as
/// many, so that whoever floods the meter keeps nobody from signing in.
pub(crate) struct Hasher {
    argon: Arc<Argon>,
    hashing: Turns,
    judging: Turns,
    blocklist: Arc<Blocklist>,
}

impl Hasher {
    pub(crate) fn new(rules: &PasswordRules, blocklist: Blocklist, pepper: [u8; 32]) -> Self {
        let params = Params::new(rules.memory_kib, rules.passes, 1, None).unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let parallel = if rules.parallel == 0 { cores } else { rules.parallel };
        Self {
            argon: Arc::new(Argon::new(pepper, params)),
            hashing: Turns::new(parallel, rules.queue),
            judging: Turns::new(parallel.div_ceil(2), rules.queue),
            blocklist: Arc::new(blocklist),
        }
    }

    /// How many passwords wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.hashing.waiting()
    }

    /// Hashes a password into a PHC string.
    ///
    /// # Errors
    /// [`Error::Busy`](vestibule_model::Error::Busy) when too many wait already.
    pub(crate) async fn hash(&self, password: &Secret, random: &dyn Random) -> Result<String> {
        let salt = salt(random);
        let argon = Arc::clone(&self.argon);
        let text = normalized(password);
        let hashed =
            metrics::hashing(self.hashing.run(move || argon.hash(text.expose().as_bytes(), &salt))).await?;
        hashed.map_err(|cause| error::hidden(&cause))
    }

    /// Compares a password with a PHC string. Without one the same work is done for nothing.
    ///
    /// # Errors
    /// [`Error::Busy`](vestibule_model::Error::Busy) when too many wait already.
    pub(super) async fn verify(
        &self,
        password: &Secret,
        phc: Option<&str>,
        random: &dyn Random,
    ) -> Result<Verdict> {
        let Some(phc) = phc else {
            self.hash(password, random).await?;
            return Ok(Verdict::Wrong);
        };
        let hash = PasswordHash::new(phc).map_err(|cause| error::hidden(&cause))?;
        let outdated = Params::try_from(&hash).is_ok_and(|params| {
            let today = self.argon.params();
            (params.m_cost(), params.t_cost(), params.p_cost())
                != (today.m_cost(), today.t_cost(), today.p_cost())
        });
        let argon = Arc::clone(&self.argon);
        let text = normalized(password);
        let right =
            metrics::hashing(self.hashing.run(move || argon.is_right(text.expose().as_bytes(), &hash)))
                .await?;
        Ok(if right.map_err(|cause| error::hidden(&cause))? {
            Verdict::Right { outdated }
        } else {
            Verdict::Wrong
        })
    }

    /// Whether `password` is the one that `phc` was made of.
    ///
    /// # Errors
    /// [`Error::Busy`](vestibule_model::Error::Busy) when too many wait already.
    pub(super) async fn matches(&self, password: &Secret, phc: &str, random: &dyn Random) -> Result<bool> {
        self.verify(password, Some(phc), random).await.map(|verdict| matches!(verdict, Verdict::Right { .. }))
    }
}

fn salt(random: &dyn Random) -> [u8; 16] {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    salt
}

/// NFC, the one transformation (NIST SP 800-63B-4 3.1.1.2): the same keys give the same password on every machine. What is
/// too long to be a password stays as it is, and is refused for that.
pub(crate) fn normalized(password: &Secret) -> Secret {
    if password.expose().len() > MAX_BYTES {
        return password.clone();
    }
    Secret::new(password.expose().nfc().collect::<String>())
}

/// Whether this site takes the password, and if not, the first rule it breaks. `about`: the person's own words.
///
/// # Errors
/// [`Error::Busy`](vestibule_model::Error::Busy) when too many wait to be judged already.
pub(crate) async fn check(domain: &Domain, password: &Secret, about: &[&str]) -> Result<Result<(), Problem>> {
    let rules = &domain.rules().passwords;
    let password = normalized(password);
    if let Err(problem) = rules.length.check(password.expose()) {
        return Ok(Err(problem));
    }
    let judge = Judge::of(domain, about);
    domain.hasher().judging.run(move || judge.judge(password.expose()).1).await
}

/// Everything a new password is held against but its length.
struct Judge {
    /// The words that a guesser who knows the person would try first.
    about: Vec<String>,
    blocklist: Arc<Blocklist>,
    min_score: u8,
}

impl Judge {
    fn of(domain: &Domain, about: &[&str]) -> Self {
        let blocklist = Arc::clone(&domain.hasher().blocklist);
        Self { about: own_words(domain, about), blocklist, min_score: domain.rules().passwords.min_score }
    }

    /// The score of a password, and what is wrong with it. The lists hold whatever score a site asks for.
    fn judge(&self, password: &str) -> (u8, Result<(), Problem>) {
        let score = score(password, &self.about);
        let verdict = match score {
            _ if is_personal(password, &self.about) => Err(Problem::TooPersonal),
            _ if self.blocklist.holds(password) => Err(Problem::TooCommon),
            score if score >= self.min_score => Ok(()),
            _ => Err(Problem::TooGuessable),
        };
        (score, verdict)
    }
}

/// How well a password would withstand guessing. `about`: the person's own words (name, address).
///
/// # Errors
/// [`Error::Busy`](vestibule_model::Error::Busy) when too many wait to be judged already.
pub async fn strength(domain: &Domain, password: &Secret, about: &[&str]) -> Result<Strength> {
    let rules = &domain.rules().passwords;
    if password.expose().len() > MAX_BYTES {
        return Ok(Strength { score: 0, problem: Some(Problem::TooLong { max: rules.length.max }) });
    }
    let password = normalized(password);
    let (length, judge) = (rules.length.check(password.expose()), Judge::of(domain, about));
    let judged = domain.hasher().judging.run(move || judge.judge(password.expose()));
    let (score, verdict) = judged.await?;
    Ok(Strength { score, problem: length.and(verdict).err() })
}

fn score(password: &str, about: &[String]) -> u8 {
    let start: String = password.chars().take(LOOKED_AT).collect();
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    zxcvbn(&start, &about).score().into()
}

/// The words that a guesser who knows the person would try first, in lower case, of at least four characters.
fn own_words(domain: &Domain, about: &[&str]) -> Vec<String> {
    let split =
        |text: &&str| text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect::<Vec<_>>();
    let mut words: Vec<String> = about.iter().chain([&domain.site_name()]).flat_map(split).collect();
    words.retain(|word| word.chars().count() >= 4);
    words.truncate(MOST_WORDS);
    words
}

/// Whether little is left of a password once the person's own words are taken out of it.
fn is_personal(password: &str, words: &[String]) -> bool {
    let whole = password.to_lowercase();
    let rest = words.iter().fold(whole.clone(), |rest, word| rest.replace(word.as_str(), ""));
    rest != whole && rest.chars().filter(|c| c.is_alphanumeric()).count() < 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{SeededRandom, SystemRandom};
    use std::sync::atomic::Ordering;

    /// A hasher of so much memory, under so much pepper.
    fn at(memory_kib: u32, pepper: u8) -> Hasher {
        let rules = PasswordRules { memory_kib, passes: 1, ..PasswordRules::default() };
        Hasher::new(&rules, Blocklist::default(), [pepper; 32])
    }

    fn cheap() -> Hasher {
        at(8, 7)
    }

    #[tokio::test]
    async fn a_hash_is_salted_peppered_and_says_its_cost() {
        let (hasher, random) = (cheap(), SeededRandom::new(1));
        let password = Secret::new("correct horse battery");
        let (one, two) =
            (hasher.hash(&password, &random).await.unwrap(), hasher.hash(&password, &random).await.unwrap());
        assert_ne!(one, two);
        assert!(one.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{one}");
        assert!(matches!(
            hasher.verify(&password, Some(&one), &random).await,
            Ok(Verdict::Right { outdated: false })
        ));
        let other = at(8, 8);
        assert!(matches!(other.verify(&password, Some(&one), &random).await, Ok(Verdict::Wrong)));
        let dearer = at(16, 7);
        assert!(matches!(
            dearer.verify(&password, Some(&one), &random).await,
            Ok(Verdict::Right { outdated: true })
        ));
    }

    #[tokio::test]
    async fn composed_and_decomposed_letters_are_the_same_password() {
        let hasher = cheap();
        let hash = hasher.hash(&Secret::new("Zu\u{308}rich am See ist schön"), &SystemRandom).await.unwrap();
        let typed = Secret::new("Zürich am See ist schön");
        assert!(matches!(hasher.verify(&typed, Some(&hash), &SystemRandom).await, Ok(Verdict::Right { .. })));
    }

    #[tokio::test]
    async fn c67_no_kind_of_account_is_refused_with_less_work_than_another() {
        let password = Secret::new("correct horse battery");
        let (hasher, wrong) = (at(64, 7), Secret::new("incorrect horse battery"));
        let todays = hasher.hash(&password, &SystemRandom).await.unwrap();
        let cheaper = at(16, 7).hash(&password, &SystemRandom).await.unwrap();
        let mut work = Vec::new();
        for phc in [None, Some(&*todays), Some(&*cheaper)] {
            let before = hasher.argon.written.load(Ordering::Relaxed);
            assert!(matches!(hasher.verify(&wrong, phc, &SystemRandom).await, Ok(Verdict::Wrong)));
            work.push(hasher.argon.written.load(Ordering::Relaxed) - before);
        }
        assert_eq!(work, [64; 3], "unknown or without a password, of today, of a cheaper time");
    }

    #[tokio::test]
    async fn c75_every_character_counts() {
        let hasher = cheap();
        let hash = hasher.hash(&Secret::new(format!("{}a", "x".repeat(200))), &SystemRandom).await.unwrap();
        let other = Secret::new(format!("{}b", "x".repeat(200)));
        assert!(matches!(hasher.verify(&other, Some(&hash), &SystemRandom).await, Ok(Verdict::Wrong)));
    }

    fn judged(password: &str, about: &[&str], min_score: u8) -> Result<(), Problem> {
        let about = about.iter().map(ToString::to_string).collect();
        Judge { about, blocklist: Arc::default(), min_score }.judge(password).1
    }

    #[test]
    fn what_attackers_try_first_is_refused() {
        for bad in ["aaaaaaaaaaaaaaaa", "1234567890123456", "qwertyuiopasdfgh", "abcabcabcabcabcabc"] {
            assert!(judged(bad, &[], 3).is_err(), "{bad}");
        }
        assert_eq!(judged("tangerine ladder quietly sings", &["lovelace"], 3), Ok(()));
    }

    #[test]
    fn the_lists_hold_though_a_site_asks_for_no_score() {
        assert_eq!(judged("passwordpassword", &[], 0), Err(Problem::TooCommon));
        assert_eq!(judged("lovelace-lovelace1", &["lovelace"], 0), Err(Problem::TooPersonal));
        assert_eq!(judged("aaaaaaaaaaaaaaab", &[], 0), Ok(()));
    }
}
