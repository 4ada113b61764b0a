//! People for development: as many as are wanted, with names as people have them, in every state. Called by `vestibule user
//! seed` and by tests that need a crowd in the database. They cannot sign in: none has a password.

use super::store::{self, NewUser};
use super::{canonical, terms};
use crate::events::{self, Event};
use crate::{Allowed, Client, Domain, bans, error::Internal, groups};
use std::time::Duration;
use vestibule_model::accounts::Register;
use vestibule_model::bans::{NewBan, Reason};
use vestibule_model::groups::{MEMBER, ManageAccounts};
use vestibule_model::{Email, Error, Name, Problem, Result, Secret, Timestamp, UserId, Username};

const FIRST: [&str; 24] = [
    "Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Niklaus", "Frances", "Tony", "Shafi",
    "Ken", "Zoë", "José", "Łukasz", "Søren", "Ngọc", "Aïsha", "Yuki", "Ming", "Olena", "Kwame", "Priya",
    "Mateo",
];
const LAST: [&str; 24] = [
    "Lovelace",
    "Hopper",
    "Turing",
    "Dijkstra",
    "Liskov",
    "Knuth",
    "Perlman",
    "Wirth",
    "Allen",
    "Hoare",
    "Goldwasser",
    "Thompson",
    "O’Brien",
    "Núñez",
    "Kowalski",
    "Ødegaard",
    "Nguyễn",
    "Diallo",
    "Tanaka",
    "Li",
    "Shevchenko",
    "Mensah",
    "Patel",
    "García",
];

/// Most people of one call.
pub const MOST_SEEDED: u32 = 1_000_000;

/// People who are written in one transaction.
const BATCH: u32 = 1_000;

/// Makes `count` people without passwords, made over the last two years: of a hundred, eighty are active, ten wait for
/// their address to be confirmed, five are banned, three have ended and two leave. `told` hears how many there are so far.
///
/// # Errors
/// [`Error::Invalid`] of `count`.
pub async fn seed(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    count: u32,
    mut told: impl FnMut(u32),
) -> Result<()> {
    if !(1..=MOST_SEEDED).contains(&count) {
        return Err(Error::invalid("count", Problem::TooMany { max: MOST_SEEDED }));
    }
    let run = domain.new_id().simple().to_string();
    let run = run.get(20..).unwrap_or_default();
    for begin in (0..count).step_by(BATCH as usize) {
        let mut tx = domain.begin().await?;
        let end = count.min(begin + BATCH);
        for number in begin..end {
            one(domain, &mut tx, run, (number, count)).await?;
        }
        if end == count {
            let event = Event::PeopleSeeded { count };
            events::emit(domain, &mut tx, by.by(), &Client::local(), event).await?;
        }
        tx.commit().await.internal()?;
        told(end);
    }
    Ok(())
}

async fn one(domain: &Domain, tx: &mut crate::db::Tx, run: &str, (number, count): (u32, u32)) -> Result<()> {
    let mut chance = [0; 6];
    domain.random().fill(&mut chance);
    let pick = |list: &[&'static str], at: usize| list[usize::from(chance[at]) % list.len()];
    let (first, last) = (pick(&FIRST, 0), pick(&LAST, 1));
    let plain = |word: &str| terms::folded(word).replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let handle = format!("{}{number}{run}", plain(first));
    let malformed = |_| Error::Malformed;
    let values = Register {
        email: Email::parse(&format!("{}.{}.{number}.{run}@example.org", plain(first), plain(last)))
            .map_err(malformed)?,
        password: Secret::new(""),
        name: Name::parse(&format!("{first} {last}")).map_err(malformed)?,
        username: (number % 3 == 0).then(|| Username::parse(&handle).ok()).flatten(),
        fields: std::collections::BTreeMap::new(),
    };
    // From two years ago until now, in order.
    let now = domain.now();
    let ago = Duration::from_hours(2 * 365 * 24).as_secs() * u64::from(count - number - 1) / u64::from(count);
    let made = before(now, Duration::from_secs(ago));
    let state = number % 100;
    let verified_at = (!(80..90).contains(&state)).then_some(made);
    let key = canonical(&values.email).map_err(malformed)?;
    let user = UserId(domain.id_of(made));
    let row = NewUser {
        id: user,
        values: &values,
        key: &key,
        hash: None,
        verified_at,
        holds_name: true,
        now: made,
    };
    if !store::insert(tx, &row).await? {
        return Err(super::email_taken());
    }
    terms::write_new(tx, user, (&values.email, &values.name, values.username.as_ref())).await?;
    groups::enroll(domain, tx, user, MEMBER).await?;
    if chance[2] < 200 {
        let days = u64::from(chance[3]);
        store::set_seen(tx, user, before(now, Duration::from_hours(days * 24)).max(made)).await?;
    }
    match state {
        90..95 => {
            let reason = Reason::parse("Spam in profiles").map_err(malformed)?;
            let until = (state % 2 == 0).then(|| now.after(Duration::from_hours(7 * 24)));
            bans::seed(tx, domain.new_id(), user, &NewBan { reason, until, note: None }, now).await
        }
        95..98 => {
            store::set_expiry(tx, user, Some(before(now, Duration::from_hours(1))), now).await.map(drop)
        }
        98.. => {
            store::set_deletion(tx, user, Some(now.after(Duration::from_hours(30 * 24))), now).await.map(drop)
        }
        _ => Ok(()),
    }
}

fn before(at: Timestamp, span: Duration) -> Timestamp {
    Timestamp(at.0 - i64::try_from(span.as_micros()).unwrap_or(0))
}
