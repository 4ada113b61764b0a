//! Every address that the program answers, as the router was built: what rules match, and what is wrong with them. Filled
//! by `http/router.rs` once, read by REST, pages and the command line. Nothing on the way of a request looks here.

use super::{Policy, Proof, Who, rules};
use crate::groups::nearest;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use vestibule_model::endpoints::{Asks, EndpointView, Rule, RuleInForce, RuleOrigin, RuleTrouble};
use vestibule_model::links;

/// What an endpoint knows somebody by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization`.
    Bearer,
    /// The session cookie.
    Cookie,
    /// Nothing: everybody is a stranger to it.
    None,
}

impl Credential {
    /// `bearer`, `cookie` or `none`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Cookie => "cookie",
            Self::None => "none",
        }
    }
}

/// The tags by which limits and quotas concern an endpoint that states `policy`: its own, and `api` for all of the REST API.
pub fn counted_tags(policy: &Policy, credential: Credential) -> impl Iterator<Item = &'static str> + use<> {
    let api = (credential == Credential::Bearer).then_some("api");
    policy.tags().chain(api)
}

/// An address that the program answers.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The method.
    pub method: String,
    /// The address, as the router writes it: `/u/{username}`.
    pub path: String,
    /// What it states about itself.
    pub policy: Policy,
    /// What it knows somebody by.
    pub credential: Credential,
}

/// Pages and functions by which people sign in, or get back in, and what tells that the program lives.
const WAY_IN: [&str; 10] = [
    links::LOGIN,
    links::SETUP,
    links::FORGOT,
    links::RESET,
    "/fn/auth/sign-in",
    "/fn/auth/set-up",
    "/fn/auth/forgot",
    "/fn/auth/reset",
    "/healthz",
    "/readyz",
];

/// The same over REST, below whatever root it has.
const WAY_IN_BY_API: [&str; 2] = ["/auth/login", "/auth/refresh"];

impl Endpoint {
    fn has(&self, tag: &str) -> bool {
        self.policy.tags().any(|one| one == tag)
    }

    /// The tags by which limits and quotas concern it: its own, and `api` for all of the REST API.
    pub fn counted_tags(&self) -> impl Iterator<Item = &'static str> + use<> {
        counted_tags(&self.policy, self.credential)
    }

    fn is_way_in(&self) -> bool {
        let by_api = || WAY_IN_BY_API.iter().any(|end| self.path.ends_with(end));
        self.policy.who == Who::Anyone && (WAY_IN.contains(&self.path.as_str()) || by_api())
    }

    /// How it is shown, with the rules that hold for it.
    pub(super) fn view(&self, in_force: &rules::InForce) -> EndpointView {
        let rule = |tag: &'static str| {
            let standing = in_force.get(tag)?;
            Some(RuleInForce {
                tag: tag.to_owned(),
                rule: standing.rule.clone().into(),
                from: standing.from,
                tightens: self.is_tightened_by(&standing.rule),
            })
        };
        let (who, permission) = match self.policy.who {
            Who::Anyone => ("anyone", None),
            Who::SignedIn => ("signed_in", None),
            Who::Permitted(name) => ("permitted", Some(name.to_owned())),
            Who::Loopback => ("this_machine", None),
        };
        EndpointView {
            method: self.method.clone(),
            path: self.path.clone(),
            who: who.to_owned(),
            permission,
            tags: self.counted_tags().map(str::to_owned).collect(),
            body_limit: self.policy.body_limit,
            credential: self.credential.name().to_owned(),
            proven: self.policy.proof != Proof::Unasked,
            rules: self.policy.tags().filter_map(rule).collect(),
        }
    }

    fn is_tightened_by(&self, rule: &Rule) -> bool {
        match (&rule.asks, self.policy.who) {
            (Asks::SignedIn, Who::SignedIn | Who::Permitted(_)) => false,
            (Asks::Permission(asked), Who::Permitted(own)) => asked != own,
            _ => true,
        }
    }
}

/// Every address that the program answers, sorted by address and method.
#[derive(Clone, Debug, Default)]
pub struct Catalog(Vec<Endpoint>);

impl Catalog {
    /// A catalog of `endpoints`.
    pub fn new(mut endpoints: Vec<Endpoint>) -> Self {
        endpoints.sort_by(|one, other| (&one.path, &one.method).cmp(&(&other.path, &other.method)));
        Self(endpoints)
    }

    /// All of them.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.0
    }

    /// Every tag, sorted, and how many endpoints have it.
    pub fn tags(&self) -> BTreeMap<&'static str, usize> {
        let mut tags = BTreeMap::new();
        for tag in self.0.iter().flat_map(|endpoint| endpoint.policy.tags()) {
            *tags.entry(tag).or_default() += 1;
        }
        tags
    }

    /// The endpoint that answers `method` at `path`; of several whose address fits, the one with the fewest open parts, as
    /// the router chooses.
    pub fn find(&self, method: &str, path: &str) -> Option<&Endpoint> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let answers = |endpoint: &&Endpoint| {
            // A GET answers HEAD as well (RFC 9110 9.3.2).
            let asked = if method.eq_ignore_ascii_case("head") { "GET" } else { method };
            endpoint.method.eq_ignore_ascii_case(asked) && fits(&endpoint.path, path)
        };
        self.0.iter().filter(answers).min_by_key(|endpoint| endpoint.path.matches('{').count())
    }

    /// What is wrong with a rule of `tag`, and with which endpoint; nothing when nothing is.
    pub(super) fn trouble(
        &self,
        tag: &str,
        rule: &Rule,
        known: &Known,
    ) -> Option<(RuleTrouble, Option<String>)> {
        let mut theirs = self.0.iter().filter(|endpoint| endpoint.has(tag)).peekable();
        if theirs.peek().is_none() {
            return Some((
                RuleTrouble::MatchesNothing,
                nearest(tag, self.tags().into_keys()).map(str::to_owned),
            ));
        }
        let shown = |endpoint: &Endpoint| Some(format!("{} {}", endpoint.method, endpoint.path));
        if let Some(way_in) = theirs.clone().find(|endpoint| endpoint.is_way_in()) {
            return Some((RuleTrouble::LocksSignIn, shown(way_in)));
        }
        if let Some(blind) = theirs.find(|endpoint| endpoint.credential == Credential::None) {
            return Some((RuleTrouble::NeverMet, shown(blind)));
        }
        match &rule.asks {
            Asks::Permission(name) if !known.permissions.contains(name.as_str()) => {
                let near = nearest(name, known.permissions.iter().map(String::as_str));
                Some((RuleTrouble::UnknownPermission, near.map(str::to_owned)))
            }
            Asks::Group(name) if known.groups.as_ref().is_some_and(|groups| !groups.contains(name)) => {
                Some((RuleTrouble::UnknownGroup, None))
            }
            _ => None,
        }
    }
}

/// Whether the router would take `path` for `pattern`: a part in braces stands for any one part.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(name)) if part == name || (part.starts_with('{') && !name.is_empty()) => {}
            _ => return false,
        }
    }
}

/// What a rule may name.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Every permission.
    pub permissions: BTreeSet<String>,
    /// Every group; nothing where that cannot be known.
    pub groups: Option<BTreeSet<String>>,
}

/// A rule that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The tag it is of.
    pub tag: String,
    /// What is wrong with it.
    pub trouble: RuleTrouble,
    /// What it asks for.
    pub rule: Rule,
    /// The endpoint that it is about, or the name that may have been meant.
    pub hint: Option<String>,
    /// Where the rule comes from.
    pub from: RuleOrigin,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = if self.from == RuleOrigin::Settings { "endpoints.tags." } else { "the rule of the tag " };
        let named = match &self.rule.asks {
            Asks::SignedIn => "",
            Asks::Permission(name) | Asks::Group(name) => name,
        };
        write!(f, "{from}{}: ", self.tag)?;
        let hint = self.hint.as_deref();
        match self.trouble {
            RuleTrouble::MatchesNothing => f.write_str("no endpoint has this tag")?,
            RuleTrouble::LocksSignIn => {
                write!(f, "nobody could sign in any more: {}", hint.unwrap_or_default())?;
            }
            RuleTrouble::NeverMet => {
                write!(f, "{} knows no sign-in, so that nobody could ever use it", hint.unwrap_or_default())?;
            }
            RuleTrouble::UnknownPermission => write!(f, "there is no permission {named}")?,
            RuleTrouble::UnknownGroup => write!(f, "there is no group {named}")?,
        }
        match (self.trouble, hint) {
            (RuleTrouble::MatchesNothing | RuleTrouble::UnknownPermission, Some(near)) => {
                write!(f, "; did you mean {near}?")
            }
            _ => Ok(()),
        }
    }
}

/// What is wrong with `rules`.
pub fn faults(
    catalog: &Catalog,
    rules: &BTreeMap<String, Rule>,
    from: RuleOrigin,
    known: &Known,
) -> Vec<Fault> {
    let fault = |(tag, rule): (&String, &Rule)| {
        let (trouble, hint) = catalog.trouble(tag, rule, known)?;
        Some(Fault { tag: tag.clone(), trouble, rule: rule.clone(), hint, from })
    };
    rules.iter().filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(method: &str, path: &str, policy: Policy, credential: Credential) -> Endpoint {
        Endpoint { method: method.to_owned(), path: path.to_owned(), policy, credential }
    }

    fn catalog() -> Catalog {
        let (bearer, cookie) = (Credential::Bearer, Credential::Cookie);
        Catalog::new(vec![
            endpoint("GET", "/u/{name}", Policy::anyone("pages").tagged("profiles"), cookie),
            endpoint("GET", "/u/me", Policy::signed_in("profiles"), cookie),
            endpoint("POST", "/api/v1/auth/login", Policy::anyone("auth"), bearer),
            endpoint("GET", "/login", Policy::anyone("pages"), cookie),
            endpoint("GET", "/docs", Policy::anyone("docs"), Credential::None),
        ])
    }

    fn said(tag: &str, asks: Asks) -> String {
        let permissions = BTreeSet::from(["accounts:view".to_owned()]);
        let known = Known { permissions, groups: Some(BTreeSet::from(["staff".to_owned()])) };
        let rules = BTreeMap::from([(tag.to_owned(), Rule { asks })]);
        faults(&catalog(), &rules, RuleOrigin::Settings, &known).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_endpoint_of_an_address_is_the_one_that_the_router_takes() {
        let catalog = catalog();
        let path = |method: &str, path: &str| catalog.find(method, path).map(|found| found.path.clone());
        assert_eq!(path("GET", "/u/me").as_deref(), Some("/u/me"));
        assert_eq!(path("head", "/u/ada?x=1").as_deref(), Some("/u/{name}"));
        assert_eq!(path("POST", "/u/ada"), None);
        assert_eq!(path("GET", "/u/"), None);
        assert_eq!(path("GET", "/u/ada/more"), None);
    }

    #[test]
    fn a_rule_that_cannot_be_says_why() {
        assert_eq!(said("profiles", Asks::Group("staff".into())), "");
        for (tag, asks, words) in [
            ("profile", Asks::SignedIn, "no endpoint has this tag; did you mean profiles?"),
            ("auth", Asks::SignedIn, "nobody could sign in any more: POST /api/v1/auth/login"),
            ("pages", Asks::SignedIn, "nobody could sign in any more: GET /login"),
            ("docs", Asks::SignedIn, "GET /docs knows no sign-in, so that nobody could ever use it"),
            ("profiles", Asks::Group("stuff".into()), "there is no group stuff"),
            (
                "profiles",
                Asks::Permission("acounts:view".into()),
                "there is no permission acounts:view; did you mean accounts:view?",
            ),
        ] {
            assert_eq!(said(tag, asks), format!("endpoints.tags.{tag}: {words}"));
        }
    }
}
