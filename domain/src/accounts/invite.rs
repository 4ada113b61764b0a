//! Inviting: an account without a password, and a mail whose link sets one and confirms the address. Called by
//! `/admin/users/new`, REST and the command line.

use super::store::{self, NewUser};
use super::{Inserted, canonical, email_taken, insert_row, manage, profiles};
use crate::auth::{Purpose, links};
use crate::db::Tx;
use crate::events::{self, Event};
use crate::mail::{self, Message};
use crate::{Actor, Allowed, Client, Domain, error::Internal, groups};
use std::time::Duration;
use vestibule_model::accounts::{Account, Register};
use vestibule_model::error::Problems;
use vestibule_model::groups::{MEMBER, ManageAccounts};
use vestibule_model::people::NewPersonForm;
use vestibule_model::{Email, Error, Name, Problem, Result, Secret, UserId, Username, links as pages};

/// How long an invitation is good for. It can be sent again.
const LASTS: Duration = Duration::from_hours(7 * 24);

/// Makes an account for somebody, who chooses the password by the link of a mail that goes to them.
///
/// # Errors
/// [`Error::Invalid`] (a password and `verified` among what does not fit: nobody chooses for somebody who is invited),
/// [`Conflict::EmailTaken`](vestibule_model::error::Conflict::EmailTaken).
pub async fn invite(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    form: NewPersonForm,
    client: &Client,
) -> Result<Account> {
    let expires_at = form.expires_at;
    let (values, key) = checked(domain, form)?;
    let mut tx = domain.begin().await?;
    let row = NewUser {
        id: UserId(domain.new_id()),
        values: &values,
        key: &key,
        hash: None,
        verified_at: None,
        holds_name: true,
        now: domain.now(),
    };
    let user = match insert_row(domain, &mut tx, &row).await? {
        Inserted::Account(user) => user,
        Inserted::EmailKnown | Inserted::EmailReserved(_) => return Err(email_taken()),
        Inserted::UsernameTaken => return Err(Error::invalid("username", Problem::Taken)),
    };
    groups::enroll(domain, &mut tx, user, MEMBER).await?;
    events::emit(domain, &mut tx, by.by(), client, Event::Invited { user }).await?;
    if let Some(expires_at) = expires_at {
        store::set_expiry(&mut tx, user, Some(expires_at), domain.now()).await?;
        let event = Event::ExpirySet { user, expires_at: Some(expires_at) };
        events::emit(domain, &mut tx, by.by(), client, event).await?;
    }
    post(domain, &mut tx, (user, &values.email, &values.name), by.by()).await?;
    tx.commit().await.internal()?;
    manage::made(domain, user).await
}

fn checked(domain: &Domain, form: NewPersonForm) -> Result<(Register, String)> {
    let mut problems = Problems::default();
    if form.password.is_some() {
        problems.add("password", Problem::ReadOnly);
    }
    if form.verified {
        problems.add("verified", Problem::ReadOnly);
    }
    if form.expires_at.is_some_and(|end| end <= domain.now()) {
        problems.add("expires_at", Problem::Past);
    }
    let email = problems.take("email", Email::parse(&form.email));
    let key = email.as_ref().and_then(|email| problems.take("email", canonical(email)));
    let name = problems.take("name", Name::parse(&form.name));
    let username = form.username.as_deref().filter(|typed| !typed.trim().is_empty());
    let username = username.and_then(|typed| problems.take("username", Username::parse(typed)));
    let fields = profiles::as_given(domain, &mut problems, form.fields);
    problems.check()?;
    match (email, key, name) {
        (Some(email), Some(key), Some(name)) => {
            Ok((Register { email, password: Secret::new(""), name, username, fields }, key))
        }
        _ => Err(Error::Malformed),
    }
}

/// Mails the invitation as part of `tx`; the link of an earlier one dies.
async fn post(
    domain: &Domain,
    tx: &mut Tx,
    (user, email, name): (UserId, &Email, &Name),
    by: &Actor,
) -> Result<()> {
    let token = links::issue_for(domain, tx, Purpose::Reset, Some((user, email)), LASTS).await?;
    let (by, about) = match by {
        Actor::Person(person) => (Some(person.account.name.as_str().to_owned()), vec![person.user]),
        Actor::Anonymous | Actor::Operator => (None, Vec::new()),
    };
    let letter = mail::Outgoing {
        to: email,
        name: Some(name),
        message: Message::Invited { link: domain.link(pages::RESET, &token), by },
        useless_after: Some(domain.now().after(LASTS)),
        unsubscribe: None,
        owner: None,
        about: &about,
    };
    mail::post(domain, tx, letter).await
}
