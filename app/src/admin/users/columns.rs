//! Which columns the list of people shows: those that its address names, in an order that is always the same. Called by the
//! list alone.

use super::chip;
use crate::parts::{Details, Moment};
use leptos::prelude::*;
use vestibule_model::accounts::Account;
use vestibule_model::people::Sort;
use vestibule_model::{Error, Problem, Result, Timestamp};

/// A column that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Email,
    State,
    Groups,
    Made,
    LastSignIn,
    Confirmed,
    Ends,
    Id,
}

impl Shown {
    const ALL: [Self; 8] = [
        Self::Email,
        Self::State,
        Self::Groups,
        Self::Made,
        Self::LastSignIn,
        Self::Confirmed,
        Self::Ends,
        Self::Id,
    ];

    const USUAL: [Self; 5] = [Self::Email, Self::State, Self::Groups, Self::Made, Self::LastSignIn];

    /// As the list's address says it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::State => "status",
            Self::Groups => "groups",
            Self::Made => "created",
            Self::LastSignIn => "last_sign_in",
            Self::Confirmed => "confirmed",
            Self::Ends => "ends",
            Self::Id => "id",
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Email => "E-mail",
            Self::State => "State",
            Self::Groups => "Groups",
            Self::Made => "Made",
            Self::LastSignIn => "Last sign-in",
            Self::Confirmed => "Address confirmed",
            Self::Ends => "Ends",
            Self::Id => "Id",
        }
    }

    /// The orders it sorts by, up and down.
    pub(super) const fn sorts(self) -> Option<(Sort, Sort)> {
        match self {
            Self::Email => Some((Sort::Email, Sort::EmailBack)),
            Self::Made => Some((Sort::Oldest, Sort::Newest)),
            Self::LastSignIn => Some((Sort::SignedInLongAgo, Sort::SignedInLately)),
            Self::State | Self::Groups | Self::Confirmed | Self::Ends | Self::Id => None,
        }
    }

    /// The columns that the address names; the usual ones where it names none.
    ///
    /// # Errors
    /// [`Problem::NotOffered`] of `column`.
    pub(super) fn read(names: &[String]) -> Result<Vec<Self>> {
        if names.is_empty() {
            return Ok(Self::USUAL.to_vec());
        }
        if names.iter().any(|name| !Self::ALL.iter().any(|one| one.name() == name)) {
            return Err(Error::invalid("column", Problem::NotOffered));
        }
        Ok(Self::ALL.into_iter().filter(|one| names.iter().any(|name| name == one.name())).collect())
    }

    pub(super) fn cell(self, person: &Account) -> AnyView {
        let moment = |at: Option<Timestamp>, none: &'static str| match at {
            Some(at) => view! { <Moment at/> }.into_any(),
            None => none.into_any(),
        };
        match self {
            Self::Email => person.email.to_string().into_any(),
            Self::State => chip(person.status).into_any(),
            Self::Groups => person.groups.join(", ").into_any(),
            Self::Made => moment(Some(person.created_at), ""),
            Self::LastSignIn => moment(person.last_sign_in_at, "Never"),
            Self::Confirmed => moment(person.email_verified_at, "Not yet"),
            Self::Ends => moment(person.expires_at, "Never"),
            Self::Id => view! { <code>{person.id.to_string()}</code> }.into_any(),
        }
    }
}

/// The boxes that choose columns.
pub(super) fn chooser(shown: &[Shown]) -> impl IntoView + use<> {
    let boxes = Shown::ALL.map(|one| {
        let (id, checked) = (format!("column-{}", one.name()), shown.contains(&one));
        view! {
            <div class="check">
                <input type="checkbox" id=id.clone() name="column" value=one.name() checked=checked/>
                <label for=id>{one.label()}</label>
            </div>
        }
    });
    view! {
        <Details summary="Columns">
            <fieldset class="columns"><legend class="unseen">"Columns"</legend>{boxes.into_iter().collect_view()}</fieldset>
        </Details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_their_order_and_unknown_ones_are_told() {
        let read =
            |names: &[&str]| Shown::read(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&[]), Ok(Shown::USUAL.to_vec()));
        assert_eq!(read(&["id", "email", "id"]), Ok(vec![Shown::Email, Shown::Id]));
        assert_eq!(read(&["email", "password"]), Err(Error::invalid("column", Problem::NotOffered)));
    }
}
