//! Groups that the settings declare. They exist from the start on; what the settings say of one cannot be changed at run
//! time. Called when a domain is opened, and once by the server and by each command.

use super::change::{Wish, put, seen_in};
use super::{nearest, permissions_of, store};
use crate::events::{self, Event};
use crate::rules::{DeclaredGroup, Rules};
use crate::{Actor, Client, Domain, Extension, error::Internal};
use std::sync::Arc;
use vestibule_model::Name;
use vestibule_model::Result;
use vestibule_model::groups::{ADMIN, group_name};

/// What is wrong with the groups of the settings, a sentence each.
pub fn check(rules: &Rules, extensions: &[Arc<dyn Extension>]) -> Vec<String> {
    let known = permissions_of(extensions);
    let mut faults = Vec::new();
    for (name, declared) in &rules.groups {
        if group_name(name).is_err() {
            faults.push(format!(
                "groups.{name}: a group is called by 1 to 32 small letters, digits and single hyphens"
            ));
        }
        if declared.about.as_ref().is_some_and(|about| Name::parse(about).is_err()) {
            faults.push(format!("groups.{name}.about: expected 1 to 80 characters of one line"));
        }
        if name == ADMIN && declared.permissions.is_some() {
            faults.push(format!("groups.{name}.permissions: administrators hold every permission"));
        }
        for typed in declared.permissions.iter().flatten() {
            if known.iter().all(|permission| permission.name != typed) {
                let near = nearest(typed, known.iter().map(|permission| permission.name));
                let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                faults.push(format!("groups.{name}.permissions: there is no permission {typed}{hint}"));
            }
        }
    }
    faults
}

/// Makes the groups that the settings declare, and makes those that are there say what the settings say. Nothing is
/// written where all of it holds already.
///
/// # Errors
/// None but those of the database.
pub async fn declare(domain: &Domain) -> Result<()> {
    for (name, declared) in &domain.rules().groups {
        if !holds_already(domain, name, declared).await? {
            write(domain, name, declared).await?;
        }
    }
    Ok(())
}

async fn holds_already(domain: &Domain, name: &str, declared: &DeclaredGroup) -> Result<bool> {
    let by = Actor::Operator.allow()?;
    match super::show(domain, &by, name).await {
        Ok(group) => {
            let wish = Wish::of(declared).without_what_holds(&group);
            Ok(wish.about.is_none() && wish.permissions.is_none() && wish.lifetimes.is_empty())
        }
        Err(vestibule_model::Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn write(domain: &Domain, name: &str, declared: &DeclaredGroup) -> Result<()> {
    let (by, client) = (Actor::Operator, Client::local());
    let mut tx = domain.begin().await?;
    if store::insert(&mut tx, name, declared.about.as_deref().unwrap_or(name), domain.now()).await? {
        let event = Event::GroupCreated { group: name.to_owned() };
        events::emit(domain, &mut tx, &by, &client, event).await?;
    }
    super::hold(domain, &mut tx, name).await?;
    let before = seen_in(domain, &mut tx, name).await?;
    let wish = Wish::of(declared).without_what_holds(&before);
    for event in put(domain, &mut tx, &before, wish).await? {
        events::emit(domain, &mut tx, &by, &client, event).await?;
    }
    tx.commit().await.internal()
}

impl Wish {
    fn of(declared: &DeclaredGroup) -> Self {
        let lifetimes = declared.lifetimes.iter().map(|(kind, lifetime)| (*kind, Some(*lifetime)));
        Self {
            about: declared.about.clone(),
            permissions: declared.permissions.as_ref().map(|all| all.iter().cloned().collect()),
            lifetimes: lifetimes.collect(),
        }
    }
}
