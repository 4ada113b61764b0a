//! Endpoint policies: who may call what, and how it is counted, stated by every route, page and server function.
//! Routes state theirs through the builder in `src/http/router.rs`, server functions through [`FnPolicy`] beside
//! `#[server]`, pages in their route set; the server refuses to start when one is missing.

mod catalog;
mod explain;
mod rules;
mod store;

pub use catalog::{Catalog, Credential, Endpoint, Fault, Known, counted_tags, faults};
pub use explain::explain;
pub(crate) use rules::{Book, asks_for_group, reload};
pub use rules::{
    all, by_settings, check, clear, faults_of_settings, page, page_of_tags, set, show, tags,
    troubles_of_run_time,
};

use std::borrow::Cow;

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everyone.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever holds the permission of this name.
    Permitted(&'static str),
    /// A caller on the machine itself (developers' pages).
    Loopback,
}

/// What an endpoint states about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Who may call it.
    pub who: Who,
    /// The area it belongs to: the first of its tags. A rule tightens all endpoints of a tag at once.
    pub tag: &'static str,
    /// Its other tags.
    more: [Option<&'static str>; MORE_TAGS],
    /// Most bytes of a body.
    pub body_limit: usize,
    /// Whether the password must have been given a short while ago.
    pub proof: Proof,
    /// Whether one rendering of this page serves every stranger (see [`shared`](Self::shared)).
    pub shared: bool,
    /// Whether API keys are taken, where the endpoint says so itself (see [`takes_keys`](Self::takes_keys)).
    pub keys: Option<bool>,
    /// Whether whoever may not call it is told that there is nothing (see [`hidden`](Self::hidden)).
    pub hidden: bool,
    /// Whether this page shows frames of this site.
    pub frames: bool,
    /// What it is to a person whose account is blocked for a time.
    pub block: Block,
    /// Units that a call spends of quotas; 0 where it spends from none (see [`free`](Self::free)).
    pub cost: u32,
}

/// Most tags of a policy beside the first.
const MORE_TAGS: usize = 3;

/// Whether an endpoint asks for a recent proof of the password (setting `sessions.proof`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Being signed in is enough.
    Unasked,
    /// Whoever proved too long ago is asked again. A browser is led to the page `/prove`, and from there to the address
    /// that was asked for.
    Recent,
    /// As [`Recent`](Self::Recent), but the browser goes on at this page: that of the form which was sent, or of the
    /// link which was followed.
    RecentFor(&'static str),
}

/// What an endpoint is to a person whose account the program blocked for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Closed until the block ends, unless anyone may call it.
    Holds,
    /// Open, too (see [`Policy::while_blocked`]).
    Passes,
}

/// Most bytes of a body unless a policy says otherwise.
pub const BODY_LIMIT: usize = 64 * 1024;

impl Policy {
    const fn new(who: Who, tag: &'static str) -> Self {
        Self {
            who,
            tag,
            more: [None; MORE_TAGS],
            body_limit: BODY_LIMIT,
            proof: Proof::Unasked,
            shared: false,
            hidden: false,
            keys: None,
            frames: false,
            block: Block::Holds,
            cost: 1,
        }
    }

    /// Everyone may call it.
    pub const fn anyone(tag: &'static str) -> Self {
        Self::new(Who::Anyone, tag)
    }

    /// Whoever is signed in may call it.
    pub const fn signed_in(tag: &'static str) -> Self {
        Self::new(Who::SignedIn, tag)
    }

    /// Whoever holds the permission called `permission` may call it.
    pub const fn permitted(permission: &'static str, tag: &'static str) -> Self {
        Self::new(Who::Permitted(permission), tag)
    }

    /// Only a caller on the machine itself.
    pub const fn loopback(tag: &'static str) -> Self {
        Self::new(Who::Loopback, tag)
    }

    /// Asks for a recent proof of the password: for pages and REST endpoints that an open browser, or a found token,
    /// must not be enough for.
    #[must_use]
    pub const fn proven(mut self) -> Self {
        self.proof = Proof::Recent;
        self
    }

    /// As [`proven`](Self::proven), for what a form or a link on the page at `page` leads to. What was typed into the
    /// form, but for passwords, stands there again once the proof was given.
    #[must_use]
    pub const fn proven_for(mut self, page: &'static str) -> Self {
        self.proof = Proof::RecentFor(page);
        self
    }

    /// One rendering of this page serves every stranger for up to a minute: it must depend on nothing but its path for
    /// callers without a cookie who ask without a query.
    #[must_use]
    pub const fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// API keys are taken where being signed in is enough: for what a key may do for its owner whatever its scopes.
    #[must_use]
    pub const fn keys(mut self) -> Self {
        self.keys = Some(true);
        self
    }

    /// API keys are refused, whatever their scopes: for what concerns keys and the safety of accounts.
    #[must_use]
    pub const fn no_keys(mut self) -> Self {
        self.keys = Some(false);
        self
    }

    /// Whether API keys are taken. Unless the endpoint says otherwise: where a permission decides, because a key has it or
    /// not, and where anyone may; never where a recent proof of the password is asked for, which no key can give.
    pub const fn takes_keys(&self) -> bool {
        let fitting = match (self.keys, self.who) {
            (Some(taken), _) => taken,
            (None, Who::Anyone | Who::Permitted(_)) => true,
            (None, Who::SignedIn | Who::Loopback) => false,
        };
        fitting && matches!(self.proof, Proof::Unasked)
    }

    /// Gives it one more tag.
    ///
    /// # Panics
    /// For a fifth one; where the policy is a constant, that does not compile.
    #[must_use]
    pub const fn tagged(mut self, tag: &'static str) -> Self {
        let mut place = 0;
        while place < MORE_TAGS {
            if self.more[place].is_none() {
                self.more[place] = Some(tag);
                return self;
            }
            place += 1;
        }
        panic!("a policy has at most four tags");
    }

    /// Its tags, the area's first.
    pub fn tags(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.tag).chain(self.more.into_iter().flatten())
    }

    /// Its existence is private: whoever may not call it gets the answer that an address has where nothing is.
    #[must_use]
    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// This page shows frames of this site, each in a sandbox.
    #[must_use]
    pub const fn framing(mut self) -> Self {
        self.frames = true;
        self
    }

    /// Open to a person whose account is blocked for a time, too: for what ends what somebody else may do in their name. What
    /// anyone may call is always.
    #[must_use]
    pub const fn while_blocked(mut self) -> Self {
        self.block = Block::Passes;
        self
    }

    /// Whether a block of the caller's account keeps the call out. What a stranger may is not worth refusing.
    pub const fn is_kept_from_blocked(&self) -> bool {
        matches!((self.block, self.who), (Block::Holds, Who::SignedIn | Who::Permitted(_)))
    }

    /// Calls spend from no quota: for what must work when nothing is left, and for looking at what is left.
    #[must_use]
    pub const fn free(mut self) -> Self {
        self.cost = 0;
        self
    }

    /// A call spends `units` of every quota that counts it. Where the cost is known late, the most it may be: the handler
    /// says the true one with `quotas::settle`.
    #[must_use]
    pub const fn costs(mut self, units: u32) -> Self {
        self.cost = units;
        self
    }

    /// Takes bodies of up to `bytes`.
    #[must_use]
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }
}

/// The policy of a server function, collected from every crate of the program.
#[derive(Clone, Copy, Debug)]
pub struct FnPolicy {
    /// The address it is served at, beginning with `/fn/`.
    pub path: &'static str,
    /// What it states.
    pub policy: Policy,
}

inventory::collect!(FnPolicy);

/// Every server function's policy.
pub fn fn_policies() -> impl Iterator<Item = &'static FnPolicy> {
    inventory::iter::<FnPolicy>.into_iter()
}

/// The policy of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePolicy {
    /// The page's address as the router writes it (`/u/:name`).
    pub path: Cow<'static, str>,
    /// What it states.
    pub policy: Policy,
}

impl PagePolicy {
    /// The page at `path` states `policy`.
    pub const fn new(path: &'static str, policy: Policy) -> Self {
        Self { path: Cow::Borrowed(path), policy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_has_the_tags_it_was_given_in_their_order() {
        const POLICY: Policy = Policy::anyone("pages").tagged("profiles").tagged("public");
        assert_eq!(POLICY.tags().collect::<Vec<_>>(), ["pages", "profiles", "public"]);
        assert_eq!(Policy::anyone("pages").tags().count(), 1);
    }
}
