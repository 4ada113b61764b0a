//! What becomes of whom a provider vouches for: pure. An identity is known by issuer and subject; an address is only ever a
//! reason to make an account, or to ask, and never one to open an account that is there (security reference 2.12; C01, C02).
//! Called by [`super::flow`] alone.

use vestibule_model::error::Conflict;
use vestibule_model::social::{Needs, Purpose};
use vestibule_model::{Error, UserId};

/// The address that the provider tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// None that can be one.
    None,
    /// One that nobody vouches for.
    Told,
    /// One that the provider vouches for.
    Vouched,
}

/// Whose the address is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// Nobody's.
    Nobody,
    /// An account's whose owner confirmed it, or whose it was until a moment ago.
    Confirmed,
    /// An account's, and nobody ever confirmed it.
    Unconfirmed(UserId),
}

/// Everything that matters.
#[expect(clippy::struct_excessive_bools, reason = "what matters is so or not; a test goes through all of it")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) purpose: Purpose,
    /// Who began the journey; nobody to sign in.
    pub(super) by: Option<UserId>,
    /// Whose account the identity opens.
    pub(super) opens: Option<UserId>,
    /// Whether another account of this provider opens theirs.
    pub(super) has_another: bool,
    pub(super) address: Address,
    pub(super) holder: Holder,
    /// Whether accounts are none before their address is confirmed.
    pub(super) must_confirm: bool,
    /// Whether strangers may sign up at all, and by this provider.
    pub(super) registration: bool,
    /// Whether addresses of that domain may sign up by it; always, where the provider names no domains.
    pub(super) domain_fits: bool,
    /// Whether an account needs something that no provider tells.
    pub(super) asks_more: bool,
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Becomes {
    /// They are signed in.
    SignIn(UserId),
    /// An account is made for them.
    SignUp,
    /// An account that somebody made with their address is emptied, and theirs.
    Claim(UserId),
    /// They must do something first.
    Wait(Needs),
    /// The identity opens their account from now on.
    Link(UserId),
    /// It did before.
    LinkedAlready,
    /// They are who is signed in.
    Proved,
    /// Nothing.
    Refuse(Error),
}

/// What becomes of it.
pub(super) fn decide(facts: &Facts) -> Becomes {
    match (facts.purpose, facts.by) {
        (Purpose::SignIn, _) => facts.opens.map_or_else(|| stranger(facts), Becomes::SignIn),
        (Purpose::Link, Some(by)) => link(facts, by),
        (Purpose::Prove, Some(by)) if facts.opens == Some(by) => Becomes::Proved,
        (Purpose::Prove, Some(_)) => Becomes::Refuse(Error::WrongIdentity),
        (Purpose::Link | Purpose::Prove, None) => Becomes::Refuse(Error::SignInFirst),
    }
}

fn link(facts: &Facts, by: UserId) -> Becomes {
    match facts.opens {
        Some(owner) if owner == by => Becomes::LinkedAlready,
        Some(_) => Becomes::Refuse(Error::Conflict { what: Conflict::IdentityTaken }),
        None if facts.has_another => Becomes::Refuse(Error::Conflict { what: Conflict::ProviderLinked }),
        None => Becomes::Link(by),
    }
}

fn stranger(facts: &Facts) -> Becomes {
    match (facts.address, facts.holder) {
        // Whoever has the account shows that it is theirs as they always do.
        (Address::Vouched, Holder::Confirmed) => Becomes::Wait(Needs::Conflict),
        // Where accounts work before they are confirmed, somebody may be using this one.
        (Address::Vouched, Holder::Unconfirmed(_)) if !facts.must_confirm => Becomes::Wait(Needs::Conflict),
        _ if !facts.registration => Becomes::Refuse(Error::RegistrationClosed),
        _ if !facts.domain_fits => Becomes::Refuse(Error::AddressNotAllowed),
        (Address::Vouched, Holder::Unconfirmed(_) | Holder::Nobody) if facts.asks_more => {
            Becomes::Wait(Needs::Fields)
        }
        (Address::Vouched, Holder::Unconfirmed(user)) => Becomes::Claim(user),
        (Address::Vouched, Holder::Nobody) => Becomes::SignUp,
        (Address::None | Address::Told, _) => Becomes::Wait(Needs::Address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const ADA: UserId = UserId(Uuid::from_u128(1));
    const EVE: UserId = UserId(Uuid::from_u128(2));

    fn facts() -> Facts {
        Facts {
            purpose: Purpose::SignIn,
            by: None,
            opens: None,
            has_another: false,
            address: Address::Vouched,
            holder: Holder::Nobody,
            must_confirm: true,
            registration: true,
            domain_fits: true,
            asks_more: false,
        }
    }

    fn refused(what: Conflict) -> Becomes {
        Becomes::Refuse(Error::Conflict { what })
    }

    #[test]
    fn whoever_is_known_is_signed_in_whatever_the_address_says() {
        for address in [Address::None, Address::Told, Address::Vouched] {
            for holder in [Holder::Nobody, Holder::Confirmed, Holder::Unconfirmed(EVE)] {
                let known = Facts {
                    opens: Some(ADA),
                    address,
                    holder,
                    registration: false,
                    domain_fits: false,
                    ..facts()
                };
                assert_eq!(decide(&known), Becomes::SignIn(ADA));
            }
        }
    }

    #[test]
    fn a_stranger_is_signed_up_asked_or_refused() {
        assert_eq!(decide(&facts()), Becomes::SignUp);
        assert_eq!(decide(&Facts { asks_more: true, ..facts() }), Becomes::Wait(Needs::Fields));
        assert_eq!(decide(&Facts { address: Address::Told, ..facts() }), Becomes::Wait(Needs::Address));
        assert_eq!(decide(&Facts { address: Address::None, ..facts() }), Becomes::Wait(Needs::Address));
        let closed = Facts { registration: false, ..facts() };
        assert_eq!(decide(&closed), Becomes::Refuse(Error::RegistrationClosed));
        let elsewhere = Facts { domain_fits: false, ..facts() };
        assert_eq!(decide(&elsewhere), Becomes::Refuse(Error::AddressNotAllowed));
    }

    #[test]
    fn c01_an_account_that_is_there_is_never_opened_by_its_address() {
        let there = Facts { holder: Holder::Confirmed, ..facts() };
        assert_eq!(decide(&there), Becomes::Wait(Needs::Conflict));
        let unconfirmed = Facts { holder: Holder::Unconfirmed(EVE), ..facts() };
        assert_eq!(decide(&unconfirmed), Becomes::Claim(EVE), "emptied first");
        assert_eq!(
            decide(&Facts { asks_more: true, ..unconfirmed }),
            Becomes::Wait(Needs::Fields),
            "whoever has it then must say what everybody must"
        );
        let in_use = Facts { must_confirm: false, ..unconfirmed };
        assert_eq!(decide(&in_use), Becomes::Wait(Needs::Conflict));
        let told = Facts { address: Address::Told, ..unconfirmed };
        assert_eq!(decide(&told), Becomes::Wait(Needs::Address));
    }

    #[test]
    fn linking_is_for_who_is_signed_in_and_takes_nothing_from_others() {
        let link = Facts { purpose: Purpose::Link, by: Some(ADA), ..facts() };
        assert_eq!(decide(&link), Becomes::Link(ADA));
        assert_eq!(decide(&Facts { opens: Some(ADA), ..link }), Becomes::LinkedAlready);
        assert_eq!(decide(&Facts { opens: Some(EVE), ..link }), refused(Conflict::IdentityTaken));
        assert_eq!(decide(&Facts { has_another: true, ..link }), refused(Conflict::ProviderLinked));
        assert_eq!(decide(&Facts { by: None, ..link }), Becomes::Refuse(Error::SignInFirst));
    }

    #[test]
    fn a_proof_is_good_by_their_own_identity_alone() {
        let prove = Facts { purpose: Purpose::Prove, by: Some(ADA), ..facts() };
        assert_eq!(decide(&prove), Becomes::Refuse(Error::WrongIdentity));
        assert_eq!(decide(&Facts { opens: Some(EVE), ..prove }), Becomes::Refuse(Error::WrongIdentity));
        assert_eq!(decide(&Facts { opens: Some(ADA), ..prove }), Becomes::Proved);
    }

    proptest! {
        /// Whatever else holds: an account is opened by its own identity alone, emptied only when nobody ever confirmed it,
        /// and only for an address that the provider vouches for.
        #[test]
        fn no_account_is_opened_by_an_address(
            purpose in prop::sample::select(vec![Purpose::SignIn, Purpose::Link, Purpose::Prove]),
            by in prop::option::of(prop::sample::select(vec![ADA, EVE])),
            opens in prop::option::of(prop::sample::select(vec![ADA, EVE])),
            address in prop::sample::select(vec![Address::None, Address::Told, Address::Vouched]),
            holder in prop::sample::select(vec![Holder::Nobody, Holder::Confirmed, Holder::Unconfirmed(EVE)]),
            flags in any::<[bool; 5]>(),
        ) {
            let [has_another, must_confirm, registration, domain_fits, asks_more] = flags;
            let facts = Facts {
                purpose, by, opens, has_another, address, holder, must_confirm, registration, domain_fits, asks_more,
            };
            match decide(&facts) {
                Becomes::SignIn(user) => prop_assert_eq!(Some(user), opens),
                Becomes::Claim(user) => {
                    prop_assert_eq!(holder, Holder::Unconfirmed(user));
                    prop_assert!(opens.is_none() && must_confirm && registration && address == Address::Vouched);
                }
                Becomes::SignUp => prop_assert!(holder == Holder::Nobody && address == Address::Vouched && registration),
                Becomes::Link(user) => prop_assert!(Some(user) == by && opens.is_none()),
                Becomes::LinkedAlready | Becomes::Proved => prop_assert!(by.is_some() && opens == by),
                Becomes::Wait(_) => prop_assert!(opens.is_none() && purpose == Purpose::SignIn),
                Becomes::Refuse(_) => {}
            }
        }
    }
}
