//! The manifest: every address this program answers, and what it states about itself, as sorted text. `vestibule
//! endpoints` prints it and `docs/endpoints.txt` keeps it, so that a change shows who may newly do what. Also the check
//! at start that nothing lacks a policy and no policy lacks its endpoint.

use super::policy::{Endpoints, Family};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use vestibule_domain::endpoints::{Block, Policy, Proof, Who};

/// Why the endpoints of this program do not fit together; each line names one.
#[derive(Debug, thiserror::Error)]
#[error("the endpoints do not fit together:\n  {}", .0.join("\n  "))]
pub struct Misfits(pub Vec<String>);

/// The manifest of `endpoints`: method, address, who, tags, body limit, credential; sorted by address and method.
pub(crate) fn text(endpoints: &Endpoints) -> String {
    let mut rows = BTreeMap::new();
    for entry in &endpoints.entries {
        for method in &entry.methods {
            rows.insert((entry.path.as_str(), method.as_str()), (entry.policy, entry.family));
        }
    }
    let mut text = String::new();
    for ((path, method), (policy, family)) in rows {
        let (kib, credential) = (policy.body_limit / 1024, family.credential().name());
        let who = who(&policy, family);
        let tags = policy.tags().collect::<Vec<_>>().join(",");
        let _ = writeln!(text, "{method:<6} {path:<34} {who:<24} {tags:<10} {kib:>4} KiB  {credential}");
    }
    text
}

/// Notes addresses that stand there twice, permissions that nobody declares, and proofs that nobody could give.
pub(crate) fn check(endpoints: &Endpoints, permissions: &BTreeSet<&'static str>, misfits: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for entry in &endpoints.entries {
        for method in &entry.methods {
            if !seen.insert((entry.path.as_str(), method.as_str())) {
                misfits.push(format!("{method} {}: mounted twice", entry.path));
            }
        }
        if entry.policy.proof != Proof::Unasked && matches!(entry.policy.who, Who::Anyone | Who::Loopback) {
            misfits.push(format!("{}: asks for a proof, but not who it is", entry.path));
        }
        if let Who::Permitted(name) = entry.policy.who
            && !permissions.contains(name)
        {
            misfits.push(format!("{}: nobody declares the permission {name}", entry.path));
        }
    }
}

fn who(policy: &Policy, family: Family) -> String {
    let mut who = match policy.who {
        Who::Anyone => "anyone".to_owned(),
        Who::SignedIn => "signed in".to_owned(),
        Who::Permitted(name) => format!("may {name}"),
        Who::Loopback => "this machine".to_owned(),
    };
    if policy.proof != Proof::Unasked {
        who.push_str(", proven");
    }
    if policy.shared {
        who.push_str(", shared");
    }
    if family == Family::Api && matches!(policy.who, Who::SignedIn | Who::Permitted(_)) && policy.takes_keys()
    {
        who.push_str(", keys");
    }
    if policy.block == Block::Passes {
        who.push_str(", blocked too");
    }
    if policy.hidden {
        who.push_str(", hidden");
    }
    who
}
