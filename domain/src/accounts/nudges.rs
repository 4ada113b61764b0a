//! What a person is reminded of on the overview of their account. What must be done is reminded of until it is done; what is
//! only advised can be put away, which is remembered. Called by the page `/account` alone.

use super::store;
use crate::events::{self, Event};
use crate::{Actor, Client, Domain, Person, error::Internal, profiles};
use vestibule_model::{Error, Result, UserId};

/// Something left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nudge {
    /// The address is not confirmed.
    ConfirmEmail,
    /// A field that the site demands holds nothing.
    FillIn {
        /// The field's name.
        field: &'static str,
        /// What the field is called.
        label: &'static str,
    },
    /// There is no user name.
    ChooseUsername,
    /// There is no picture.
    AddPicture,
}

impl Nudge {
    /// Those that can be put away.
    const ADVICE: [Self; 2] = [Self::ChooseUsername, Self::AddPicture];

    /// Its stable name; nothing for what must be done. It says of what kind the fact is: should what is only advised be
    /// demanded one day, that has no such name and comes back.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::ConfirmEmail | Self::FillIn { .. } => None,
            Self::ChooseUsername => Some("username_missing"),
            Self::AddPicture => Some("picture_missing"),
        }
    }
}

/// What is left for the person who asks, in the order of weight, without what they put away.
///
/// # Errors
/// None but those of the database; where there is nothing to put away, it is not asked.
pub async fn nudges(domain: &Domain, person: &Person) -> Result<Vec<Nudge>> {
    let me = &person.account;
    let fields =
        profiles::unfinished(domain, me).map(|field| Nudge::FillIn { field: field.name, label: field.label });
    let email = me.email_verified_at.is_none().then_some(Nudge::ConfirmEmail);
    let username = me.username.is_none().then_some(Nudge::ChooseUsername);
    let picture = me.profile.avatar.is_none().then_some(Nudge::AddPicture);
    let mut left: Vec<_> = email.into_iter().chain(fields).chain(username).chain(picture).collect();
    if left.iter().any(|nudge| nudge.name().is_some()) {
        let dismissed = store::dismissed(domain.db(), person.user).await?;
        left.retain(|nudge| nudge.name().is_none_or(|name| !dismissed.iter().any(|(one, _)| one == name)));
    }
    Ok(left)
}

/// Puts a piece of advice away for the person who asks; once more changes nothing.
///
/// # Errors
/// [`Error::NotFound`] where `name` is none, or must be done.
pub async fn dismiss_nudge(domain: &Domain, person: &Person, name: &str, client: &Client) -> Result<()> {
    let nudge = Nudge::ADVICE.into_iter().filter_map(Nudge::name).find(|known| *known == name);
    let nudge = nudge.ok_or(Error::NotFound)?;
    let mut tx = domain.begin().await?;
    if store::dismiss(&mut tx, person.user, nudge, domain.now()).await? {
        let event = Event::NudgeDismissed { user: person.user, nudge: nudge.to_owned() };
        events::emit(domain, &mut tx, &Actor::Person(person.clone()), client, event).await?;
    }
    tx.commit().await.internal()
}

/// What a person put away and when, for their own eyes.
pub(super) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let rows = store::dismissed(domain.db(), user).await?;
    Ok(rows
        .into_iter()
        .map(|(nudge, at)| serde_json::json!({ "nudge": nudge, "dismissed_at": at }))
        .collect())
}
