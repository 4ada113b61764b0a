//! What is done with whom a provider vouches for: looks up what matters, asks [`super::decide`] and does what it says, in one
//! transaction. Of many at once who bring one identity, one makes the account and the others are signed in to it. Called by
//! [`super::flow`] and [`super::native`].

use super::book::Entry;
use super::decide::{Address, Becomes, Facts, Holder, decide};
use super::flow::Journey;
use super::provider::Vouched;
use super::{Back, Came, link, pending, store};
use crate::accounts::{self, Arrived, Newcomer};
use crate::auth::{self, Entered, NewSession};
use crate::db::Tx;
use crate::error::Internal;
use crate::events::{self, Event};
use crate::sessions::{self, Kind};
use crate::{Actor, Client, Domain, Person};
use vestibule_model::social::Purpose;
use vestibule_model::{Email, Error, Name, Result, Secret, UserId};

/// How often it is looked again when somebody else was first.
const TRIES: usize = 3;

/// The address that a provider tells, as this site reads one.
pub(super) struct Told {
    pub(super) email: Email,
    pub(super) key: String,
}

impl Told {
    pub(super) fn of(vouched: &Vouched) -> Option<Self> {
        let key = accounts::key_of(vouched.email.as_deref()?).ok()?;
        let email = Email::parse(vouched.email.as_deref()?).ok()?;
        Some(Self { email, key })
    }

    pub(super) fn domain(&self) -> Option<&str> {
        self.key.rsplit_once('@').map(|(_, domain)| domain)
    }
}

/// Comes back to a browser.
pub(super) async fn arrive(
    domain: &Domain,
    entry: &Entry,
    journey: &Journey,
    vouched: &Vouched,
    back: Back<'_>,
    client: &Client,
) -> Result<Came> {
    let purpose = journey.purpose.unwrap_or_default();
    for _ in 0..TRIES {
        let mut tx = domain.begin().await?;
        let facts = facts(domain, &mut tx, entry, (purpose, journey.by), vouched).await?;
        let came = match decide(&facts) {
            Becomes::Refuse(error) => return Err(error),
            Becomes::Wait(needs) => {
                let pending = pending::keep(domain, &mut tx, entry, journey, vouched, needs).await?;
                Some(Came::Finish { pending })
            }
            Becomes::LinkedAlready | Becomes::Link(_) => {
                let by = signed_in(journey, back)?;
                let already = matches!(decide(&facts), Becomes::LinkedAlready);
                let done = already || link::link(domain, &mut tx, entry, by, vouched, client).await?;
                let label = entry.provider.label().to_owned();
                done.then(|| Came::Linked { label, already, next: journey.next.clone() })
            }
            Becomes::Proved => {
                Some(prove(domain, &mut tx, entry, journey, signed_in(journey, back)?, client).await?)
            }
            becomes => {
                let kind = Kind::Browser { remember: journey.remember };
                let entering = Entering { kind: &kind, device: back.device, client };
                enter(domain, &mut tx, entry, vouched, &becomes, &entering).await?.and_then(
                    |(entered, new)| {
                        let session = browser_session(entered, journey.remember)?;
                        let provider = entry.provider.name().to_owned();
                        Some(Came::SignedIn { session, next: journey.next.clone(), provider, new })
                    },
                )
            }
        };
        if let Some(came) = came {
            tx.commit().await.internal()?;
            return Ok(came);
        }
    }
    Err(Error::Unavailable)
}

fn signed_in<'a>(journey: &Journey, back: Back<'a>) -> Result<&'a Person> {
    back.by.filter(|by| Some(by.user) == journey.by).ok_or(Error::SignInFirst)
}

/// How somebody comes in.
pub(super) struct Entering<'a> {
    pub(super) kind: &'a Kind,
    pub(super) device: Option<&'a Secret>,
    pub(super) client: &'a Client,
}

/// Signs in whom a provider vouches for, as part of `tx`, after making their account where there is none; whether it is new.
/// Nothing when somebody else changed what was looked at: it must be looked at again.
pub(super) async fn enter(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    vouched: &Vouched,
    becomes: &Becomes,
    entering: &Entering<'_>,
) -> Result<Option<(Entered, bool)>> {
    let Some((user, new)) = become_known(domain, tx, entry, vouched, becomes, entering.client).await? else {
        return Ok(None);
    };
    let name = entry.provider.name();
    let Entering { kind, device, client } = *entering;
    let entered = auth::enter(domain, tx, (user, name), kind, device, client).await?;
    tx.trail().count(format!("social_sign_in:{name}"), domain.now());
    Ok(Some((entered, new)))
}

/// The account that is opened, as part of `tx`, and whether it is new.
pub(super) async fn become_known(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    vouched: &Vouched,
    becomes: &Becomes,
    client: &Client,
) -> Result<Option<(UserId, bool)>> {
    match becomes {
        Becomes::SignIn(user) => {
            accounts::hold(tx, *user).await?;
            let known = link::used(domain, tx, entry, *user, vouched).await?;
            Ok(known.then_some((*user, false)))
        }
        Becomes::SignUp | Becomes::Claim(_) => {
            let told = Told::of(vouched).ok_or(Error::FlowDead)?;
            let newcomer = Newcomer {
                name: called(vouched, &told.email),
                email: told.email,
                username: None,
                fields: std::collections::BTreeMap::new(),
            };
            make(domain, tx, entry, vouched, (newcomer, &told.key), becomes, client).await
        }
        _ => Ok(None),
    }
}

/// Makes an account of a newcomer, or empties the one that somebody made with their address, and links it.
pub(super) async fn make(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    vouched: &Vouched,
    (newcomer, key): (Newcomer, &str),
    becomes: &Becomes,
    client: &Client,
) -> Result<Option<(UserId, bool)>> {
    let name = entry.provider.name();
    let arrived = match becomes {
        Becomes::Claim(user) => accounts::claim(domain, tx, *user, (&newcomer, key), name, client).await?,
        _ => accounts::join(domain, tx, (&newcomer, key), true, (name, entry.groups()), client).await?,
    };
    let Arrived::As(user) = arrived else { return Ok(None) };
    let linked = link::insert(domain, tx, entry, user, vouched, false).await?;
    if !linked {
        return Ok(None);
    }
    // Whoever reads the mailbox learns that somebody vouched for its address.
    link::tell_linked(domain, tx, entry, user, client).await?;
    let event = Event::IdentityLinked { user, provider: name.to_owned() };
    events::emit(domain, tx, &Actor::Anonymous, client, event).await?;
    tx.trail().count(format!("social_sign_up:{name}"), domain.now());
    Ok(Some((user, true)))
}

/// What somebody is called: as the provider says, or else as their address does.
pub(super) fn called(vouched: &Vouched, email: &Email) -> Name {
    let said = vouched.name.as_deref().and_then(|name| Name::parse(name).ok());
    let local = || email.as_str().split('@').next().and_then(|local| Name::parse(local).ok());
    said.or_else(local).unwrap_or_else(|| Name::parse("New member").expect("it is a name"))
}

async fn prove(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    journey: &Journey,
    by: &Person,
    client: &Client,
) -> Result<Came> {
    accounts::hold(tx, by.user).await?;
    let proved = sessions::proved(domain, tx, by).await?.ok_or(Error::BadToken)?;
    let provider = Some(entry.provider.name().to_owned());
    let event = Event::Proved { user: by.user, session: by.session, provider };
    events::emit(domain, tx, &Actor::Person(by.clone()), client, event).await?;
    let session = auth::renewed(proved);
    Ok(Came::Proved { session, next: journey.next.clone() })
}

/// What a browser is given.
pub(super) fn browser_session(entered: Entered, remembered: bool) -> Option<NewSession> {
    Some(NewSession {
        secret: entered.opened.secret?,
        expires_at: entered.opened.expires_at,
        remembered,
        deletion_cancelled: entered.back.deletion_cancelled,
        reactivated: entered.back.reactivated,
        device: Some(entered.device),
    })
}

/// Everything that matters, as `tx` sees it.
pub(super) async fn facts(
    domain: &Domain,
    tx: &mut Tx,
    entry: &Entry,
    (purpose, by): (Purpose, Option<UserId>),
    vouched: &Vouched,
) -> Result<Facts> {
    let (issuer, name) = (entry.provider.issuer(), entry.provider.name());
    let has_another = match by {
        Some(by) => store::of_person(&mut *tx, by).await?.iter().any(|one| one.provider == name),
        None => false,
    };
    let told = Told::of(vouched);
    let address = match &told {
        None => Address::None,
        Some(_) if vouched.email_verified => Address::Vouched,
        Some(_) => Address::Told,
    };
    let holder = match &told {
        Some(told) if address == Address::Vouched => holder(domain, tx, &told.key).await?,
        _ => Holder::Nobody,
    };
    // Last: whoever makes the account meanwhile makes the identity with it.
    let opens = store::opens(&mut *tx, issuer, &vouched.subject).await?;
    let vouched_domain = told.as_ref().filter(|_| address == Address::Vouched).and_then(Told::domain);
    let rules = &domain.rules().accounts;
    Ok(Facts {
        purpose,
        by,
        opens,
        has_another,
        address,
        holder,
        must_confirm: rules.verification_required,
        registration: rules.registration_open && entry.registration(),
        domain_fits: entry.fits(vouched_domain),
        asks_more: accounts::asks_more(domain),
    })
}

async fn holder(domain: &Domain, tx: &mut Tx, key: &str) -> Result<Holder> {
    Ok(match accounts::holder_of(domain, tx, key).await? {
        accounts::Holder::Nobody => Holder::Nobody,
        accounts::Holder::Confirmed => Holder::Confirmed,
        accounts::Holder::Unconfirmed(user) => Holder::Unconfirmed(user),
    })
}
