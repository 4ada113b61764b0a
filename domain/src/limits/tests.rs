//! Limits as a whole: that memory, SQL and Redis decide alike, that nothing passes beyond a limit however many come at once
//! on however many nodes, and what administrators do.

mod crowds;
mod manage;
mod same;

use super::{Bookmark, Caller, Counting};
use crate::testing::TestDomain;
use crate::{Domain, Options};
use std::net::IpAddr;
use vestibule_model::limits::{Decision, LimitForm};
use vestibule_model::{Error, Result};

/// A limit on the tag `x`.
fn limit(by: &str, most: u64, per: &str) -> LimitForm {
    LimitForm {
        tags: Some(vec!["x".into()]),
        by: Some(vec![by.into()]),
        most: Some(most),
        per: Some(per.into()),
        ..LimitForm::default()
    }
}

fn strict(most: u64, per: &str) -> LimitForm {
    LimitForm { strict: Some(true), ..limit("address", most, per) }
}

/// Options with one limit, called `x`.
fn with(form: LimitForm) -> impl Fn(&mut Options) {
    move |options| {
        options.rules.limits.named.insert("x".into(), form.clone());
        options.database_patience = std::time::Duration::from_mins(1);
    }
}

fn from(address: &str) -> Caller<'static> {
    Caller { address: address.parse::<IpAddr>().ok(), person: None }
}

/// A call to an endpoint of the tag `x`, as the guard makes it.
async fn call(domain: &Domain, caller: Caller<'_>) -> (Result<()>, Decision) {
    let bookmark = Bookmark::new(vec!["x"]);
    let Some(mut counting) = Counting::begin(domain, &bookmark) else { return (Ok(()), Decision::default()) };
    let mut outcome = match counting.try_early(domain, caller) {
        Some(outcome) => outcome,
        None => counting.early(domain, caller).await,
    };
    if outcome.is_ok() {
        outcome = match counting.try_late(domain, caller) {
            Some(outcome) => outcome,
            None => counting.late(domain, caller).await,
        };
    }
    (outcome, counting.into_decision())
}

async fn passes(t: &TestDomain, address: &str) -> bool {
    match call(&t.domain, from(address)).await.0 {
        Ok(()) => true,
        Err(Error::RateLimited { policy, retry_at }) => {
            assert!(policy == "x" && retry_at > t.now());
            false
        }
        Err(other) => panic!("{other:?}"),
    }
}
