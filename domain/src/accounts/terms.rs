//! By which words a person is found: those of their name, user name and address, as folded text. Pure, but for keeping them
//! in the transaction that changes any of these. Called by the parts of [`super`] that write a name or an address, and when
//! a database is opened whose people have none yet.

use super::{canonical, store};
use crate::db::{Db, Tx};
use crate::error::Internal;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use vestibule_model::{Email, Name, Result, UserId, Username};

/// Counted up when people are to be found by other words than before: they are written anew once.
const EDITION: &str = "1";

/// Most words that are kept of one person.
pub(super) const MOST: usize = 16;

/// Most bytes of a word.
const LONGEST: usize = 80;

/// People whose words are written at once.
const BATCH: i64 = 500;

/// What a list is ordered by, and what is searched, in small letters without accents: `Zoë` and `ZOE` are one (Unicode UAX 15).
pub(super) fn folded(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    let mut kept = String::new();
    for c in plain.filter(|c| !c.is_control()) {
        if kept.len() + c.len_utf8() > LONGEST {
            break;
        }
        kept.push(c);
    }
    kept
}

/// The words of a person, each once.
pub(super) fn of(email: &Email, key: &str, name: &Name, username: Option<&Username>) -> Vec<String> {
    let (local, host) = key.rsplit_once('@').unwrap_or((key, ""));
    let mut words = vec![folded(key), folded(email.as_str()), local.to_owned(), host.to_owned()];
    words.extend(username.map(|name| folded(name.as_str())));
    for word in name.as_str().split_whitespace() {
        words.push(folded(word));
        words.extend(pieces(word));
    }
    words.extend(pieces(local));
    words.extend(username.into_iter().flat_map(|name| pieces(name.as_str())));
    let mut terms: Vec<String> = Vec::with_capacity(MOST);
    for word in words {
        let word = folded(&word);
        if !word.is_empty() && terms.len() < MOST && !terms.contains(&word) {
            terms.push(word);
        }
    }
    terms
}

fn pieces(word: &str) -> Vec<String> {
    word.split(|c: char| !c.is_alphanumeric()).map(folded).collect()
}

/// Writes the words of `user` anew as part of `tx`, after their name, user name or address was written.
pub(super) async fn renew(tx: &mut Tx, user: UserId) -> Result<()> {
    let Some(found) = store::named(tx, user).await? else { return Ok(()) };
    store::delete_terms(tx, user).await?;
    write(tx, &found).await
}

pub(super) async fn write(tx: &mut Tx, person: &store::Named) -> Result<()> {
    let terms = of(&person.email, &person.email_canonical, &person.name, person.username.as_ref());
    store::insert_terms(tx, person.id, &terms).await?;
    store::set_name_key(tx, person.id, &folded(person.name.as_str())).await
}

/// Writes the words of a new person as part of `tx`.
pub(super) async fn write_new(
    tx: &mut Tx,
    user: UserId,
    (email, name, username): (&Email, &Name, Option<&Username>),
) -> Result<()> {
    let Ok(key) = canonical(email) else { return Ok(()) };
    let person = store::Named {
        id: user,
        email: email.clone(),
        email_canonical: key,
        name: name.clone(),
        username: username.cloned(),
    };
    write(tx, &person).await
}

/// Writes the words of everybody, unless they are there. Two programs that do so at once write the same.
///
/// # Errors
/// Those of the database.
pub(crate) async fn fill(db: &Db) -> Result<()> {
    if store::edition(db).await?.as_deref() == Some(EDITION) {
        return Ok(());
    }
    let mut after = UserId(uuid::Uuid::nil());
    loop {
        let mut tx = db.begin().await.internal()?;
        let people = store::named_after(&mut tx, after, BATCH).await?;
        let Some(last) = people.last() else { break };
        after = last.id;
        for person in &people {
            // As whoever changes the person does it, and from what they are called by then.
            super::hold(&mut tx, person.id).await?;
            renew(&mut tx, person.id).await?;
        }
        tx.commit().await.internal()?;
    }
    let mut tx = db.begin().await.internal()?;
    store::set_edition(&mut tx, EDITION).await?;
    tx.commit().await.internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(email: &str, name: &str, username: Option<&str>) -> Vec<String> {
        let email = Email::parse(email).unwrap();
        let username = username.map(|name| Username::parse(name).unwrap());
        of(&email, &canonical(&email).unwrap(), &Name::parse(name).unwrap(), username.as_ref())
    }

    #[test]
    fn a_person_is_found_by_every_word_of_theirs() {
        let words =
            words("Zoë.Q+x@Bücher.example".replace('ë', "e").as_str(), "Zoë O’Brien-Núñez", Some("zoe_b"));
        for word in [
            "zoe.q+x@bucher.example",
            "zoe.q+x@xn--bcher-kva.example",
            "zoe.q+x",
            "zoe",
            "o’brien-nunez",
            "brien",
            "nunez",
            "zoe_b",
        ] {
            assert!(words.iter().any(|one| one == word), "{word}: {words:?}");
        }
        assert!(words.len() <= MOST);
        let mut once = words.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), words.len());
    }

    #[test]
    fn folding_forgets_case_accents_and_length() {
        assert_eq!(folded("ZOË Ångström ﬁ"), "zoe angstrom fi");
        assert_eq!(folded("李小龍"), "李小龍");
        assert!(folded(&"ä".repeat(500)).len() <= LONGEST);
        assert_eq!(folded("a\0b"), "ab");
    }
}
