//! What a person calls the device behind one of their sessions. It helps them to tell their devices apart, and nothing is
//! decided by it. Called by the page and the endpoint of one's own sessions.

use super::{live, store};
use crate::events::{self, Event};
use crate::{Actor, Client, Domain, Person, error::Internal};
use vestibule_model::sessions::{Session, SessionForm};
use vestibule_model::values::DeviceName;
use vestibule_model::{Error, Result, SessionId};

/// Changes what the device of one session of the person who asks is called; the session as it is then. What is called so
/// already is not changed.
///
/// # Errors
/// [`Error::Invalid`] for a name that does not fit; [`Error::NotFound`] for a session that is somebody else's, over, or not
/// there at all.
pub async fn rename(
    domain: &Domain,
    person: &Person,
    session: SessionId,
    form: SessionForm,
    client: &Client,
) -> Result<Session> {
    if let Some(typed) = form.name {
        let name = typed.as_deref().map(DeviceName::parse).transpose();
        let name = name.map_err(|problem| Error::invalid("name", problem))?;
        set(domain, person, session, name.as_ref(), client).await?;
    }
    let sessions = live(domain, person.user, Some(person.session)).await?;
    sessions.into_iter().find(|one| one.id == session).ok_or(Error::NotFound)
}

async fn set(
    domain: &Domain,
    person: &Person,
    session: SessionId,
    name: Option<&DeviceName>,
    client: &Client,
) -> Result<()> {
    let user = person.user;
    let mut tx = domain.begin().await?;
    if super::alive(domain, &mut tx, session).await?.is_none_or(|found| found.user_id != user) {
        return Err(Error::NotFound);
    }
    if store::set_name(&mut tx, session, name).await? {
        let event = Event::DeviceNamed { user, session };
        events::emit(domain, &mut tx, &Actor::Person(person.clone()), client, event).await?;
    }
    tx.commit().await.internal()
}
