//! Who asks, and the proof of what they may do. Made by `http/actor.rs` for requests and by the CLI; asked for by every
//! domain function that needs a right. It never reads a cookie, a header or a database.

use crate::accounts::Own;
use std::{borrow::Cow, collections::BTreeSet, marker::PhantomData, net::IpAddr, sync::Arc};
use vestibule_model::groups::{ADMIN, Permission};
use vestibule_model::{Error, KeyId, Result, SessionId, Timestamp, UserId};

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The caller's address; nothing for the command line.
    pub address: Option<IpAddr>,
    /// The `User-Agent`, cut to 256 characters.
    pub user_agent: Option<String>,
    /// The request's id, as in the log and in the answer.
    pub request_id: Option<String>,
}

impl Client {
    /// The command line of the machine itself.
    pub fn local() -> Self {
        Self { address: None, user_agent: None, request_id: None }
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Nobody in particular.
    Anonymous,
    /// A person with a live session.
    Person(Person),
    /// Whoever can run the program on the data itself: the command line. Holds every permission.
    Operator,
}

/// By what a person proved who they are in this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The session cookie of a browser.
    Cookie,
    /// A signed access token.
    AccessToken,
    /// An API key.
    Key,
}

/// The API key that speaks for a person, and what it may.
#[derive(Debug, PartialEq, Eq)]
pub struct KeyGrant {
    /// The key.
    pub id: KeyId,
    /// The permissions it may use, as far as its owner holds them.
    pub scopes: BTreeSet<String>,
    /// Whether it only reads.
    pub read_only: bool,
}

/// A person with a live session, or whoever holds their API key.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub user: UserId,
    /// The session that speaks; for an API key its id, which no session has.
    pub session: SessionId,
    /// The API key that speaks in place of a session.
    pub key: Option<Arc<KeyGrant>>,
    /// The kind of proof.
    pub via: Via,
    /// When the password was last given in this session.
    pub proved_at: Timestamp,
    /// Whether it is a browser that stays signed in for ever, so that its cookie must be renewed from time to time.
    pub endless: bool,
    /// The account, as its owner sees it.
    pub account: Arc<Own>,
    /// The groups the person belongs to, sorted.
    pub groups: Arc<BTreeSet<String>>,
    /// The permissions that follow from the groups, sorted.
    pub permissions: Arc<BTreeSet<String>>,
}

impl Person {
    /// Whether the person belongs to the administrators. A key never stands for one, whatever its scopes.
    pub fn is_admin(&self) -> bool {
        self.key.is_none() && self.groups.contains(ADMIN)
    }

    /// Whether the permission called `name` may be used: the person has it, and the key that speaks for them may use it.
    fn holds(&self, name: &str) -> bool {
        let owner = self.groups.contains(ADMIN) || self.permissions.contains(name);
        owner && self.key.as_ref().is_none_or(|key| key.scopes.contains(name))
    }
}

impl Actor {
    /// The proof that this actor has `P`.
    ///
    /// # Errors
    /// [`Error::SignInFirst`] for nobody, [`Error::NotAllowed`] for a person without it.
    pub fn allow<P: Permission>(&self) -> Result<Allowed<P>> {
        if self.holds(P::NAME) {
            return Ok(Allowed { by: self.clone(), permission: PhantomData });
        }
        match self {
            Self::Anonymous => Err(Error::SignInFirst),
            _ => Err(Error::NotAllowed { permission: Cow::Borrowed(P::NAME) }),
        }
    }

    /// Whether this actor has the permission called `name`.
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Person(person) => person.holds(name),
            Self::Operator => true,
        }
    }

    /// The person who asks.
    ///
    /// # Errors
    /// [`Error::SignInFirst`] for anyone else.
    pub fn person(&self) -> Result<&Person> {
        match self {
            Self::Person(person) => Ok(person),
            Self::Anonymous | Self::Operator => Err(Error::SignInFirst),
        }
    }
}

/// Proof that an actor has the permission `P`. It has no constructor but [`Actor::allow`], so a forgotten check does not
/// compile.
#[derive(Clone, Debug)]
pub struct Allowed<P: Permission> {
    by: Actor,
    permission: PhantomData<P>,
}

impl<P: Permission> Allowed<P> {
    /// The actor who holds it, for the audit trail.
    pub fn by(&self) -> &Actor {
        &self.by
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::accounts::Me;
    use vestibule_model::groups::{ManageAccounts, ViewAccounts};

    fn person(groups: &[&str], permissions: &[&str]) -> Actor {
        by_key(groups, permissions, None)
    }

    fn by_key(groups: &[&str], permissions: &[&str], scopes: Option<&[&str]>) -> Actor {
        let grant = |scopes: &[&str]| KeyGrant {
            id: KeyId(uuid::Uuid::nil()),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            read_only: false,
        };
        let account = Me {
            id: UserId(uuid::Uuid::nil()),
            email: vestibule_model::Email::parse("ada@example.org").unwrap(),
            email_verified_at: None,
            name: vestibule_model::Name::parse("Ada").unwrap(),
            username: None,
            groups: Vec::new(),
            permissions: Vec::new(),
            created_at: Timestamp(0),
            password_changed_at: None,
            expires_at: None,
            profile: vestibule_model::profiles::Profile::default(),
        };
        Actor::Person(Person {
            user: UserId(uuid::Uuid::nil()),
            session: SessionId(uuid::Uuid::nil()),
            key: scopes.map(|scopes| Arc::new(grant(scopes))),
            via: Via::Cookie,
            proved_at: Timestamp(0),
            endless: false,
            account: Arc::new(Own::new(account)),
            groups: Arc::new(groups.iter().map(ToString::to_string).collect()),
            permissions: Arc::new(permissions.iter().map(ToString::to_string).collect()),
        })
    }

    #[test]
    fn only_who_holds_a_permission_gets_its_proof() {
        assert_eq!(Actor::Anonymous.allow::<ViewAccounts>().err(), Some(Error::SignInFirst));
        let viewer = person(&["member"], &["accounts:view"]);
        assert!(viewer.allow::<ViewAccounts>().is_ok());
        assert_eq!(
            viewer.allow::<ManageAccounts>().err(),
            Some(Error::NotAllowed { permission: "accounts:manage".into() })
        );
        assert!(person(&["admin"], &[]).allow::<ManageAccounts>().is_ok());
        assert!(Actor::Operator.allow::<ManageAccounts>().is_ok());
    }

    #[test]
    fn a_key_may_what_its_scopes_name_and_its_owner_holds() {
        let rights =
            |owner: Actor| [owner.holds("accounts:view"), owner.holds("accounts:manage"), owner.holds(ADMIN)];
        assert_eq!(rights(by_key(&["admin"], &[], Some(&["accounts:view"]))), [true, false, false]);
        assert_eq!(rights(by_key(&["admin"], &[], Some(&[]))), [false, false, false]);
        let both = Some(&["accounts:view", "accounts:manage"][..]);
        assert_eq!(rights(by_key(&["member"], &["accounts:view"], both)), [true, false, false]);
        assert_eq!(rights(by_key(&["member"], &[], both)), [false, false, false]);
        let Actor::Person(key) = by_key(&["admin"], &[], both) else { panic!("a person") };
        assert!(!key.is_admin(), "no key makes an administrator");
    }
}
