//! The providers of this site, as the settings and the program's extensions state them. Made when a domain is opened.

use super::http::Http;
use super::provider::{Outside, Provider};
use super::settle;
use crate::rules::{ProviderRules, SocialRules};
use crate::{Domain, Extension};
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_model::social::{ProviderFailure, ProviderView, provider_name};
use vestibule_model::{Error, Result};

/// A provider, and what the settings say of people who come from there.
pub(super) struct Entry {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) rules: ProviderRules,
}

/// All of them, by name.
pub(crate) struct Book {
    pub(super) entries: BTreeMap<String, Entry>,
    http: Http,
}

impl Entry {
    pub(super) fn enabled(&self) -> bool {
        self.rules.enabled.unwrap_or(true)
    }

    /// Whether strangers may sign up by it, where they may at all.
    pub(super) fn registration(&self) -> bool {
        self.rules.registration.unwrap_or(true)
    }

    /// Groups that somebody joins who signs up by it.
    pub(super) fn groups(&self) -> &[String] {
        self.rules.groups.as_deref().unwrap_or_default()
    }

    pub(super) fn keeps_tokens(&self) -> bool {
        self.rules.keep_tokens.unwrap_or(false)
    }

    /// Whether an address of this domain may sign up by it; without a domain: whether any may.
    pub(super) fn fits(&self, domain: Option<&str>) -> bool {
        let allowed = self.rules.allowed_domains.as_deref().unwrap_or_default();
        let same = |one: &String| domain.is_some_and(|domain| one.eq_ignore_ascii_case(domain));
        allowed.is_empty() || allowed.iter().any(same)
    }

    /// What people are told of a failure.
    pub(super) fn told(&self, failure: ProviderFailure) -> Error {
        let label = self.provider.label().to_owned().into();
        match failure {
            ProviderFailure::CodeRefused => Error::FlowDead,
            ProviderFailure::ClientRefused => Error::ProviderAway { label },
            failure if failure.is_away() => Error::ProviderAway { label },
            _ => Error::ProviderMisbehaved { label },
        }
    }

    pub(super) fn view(&self, domain: &Domain) -> ProviderView {
        ProviderView {
            name: self.provider.name().to_owned(),
            label: self.provider.label().to_owned(),
            registration: self.registration() && domain.rules().accounts.registration_open,
        }
    }
}

impl Book {
    /// Those that are stated.
    ///
    /// # Errors
    /// What does not fit, a line each.
    pub(crate) fn read(rules: &SocialRules, extensions: &[Arc<dyn Extension>]) -> Result<Self, Vec<String>> {
        let (mut entries, mut faults) = (BTreeMap::new(), Vec::new());
        for provider in extensions.iter().flat_map(|extension| extension.providers()) {
            let name = provider.name().to_owned();
            let rules = rules.providers.get(&name).cloned().unwrap_or_default();
            faults.extend(settle::faults(&name, &rules));
            if entries.insert(name.clone(), Entry { provider, rules }).is_some() {
                faults.push(format!("providers.{name}: two extensions bring one of this name"));
            }
        }
        for (name, rules) in &rules.providers {
            if entries.contains_key(name) {
                continue;
            }
            match settle::provider(name, rules) {
                Ok(provider) => {
                    entries.insert(name.clone(), Entry { provider, rules: rules.clone() });
                }
                Err(found) => faults.extend(found),
            }
        }
        faults.extend(shared_issuers(&entries));
        let http = Http::new(rules.timeout);
        if faults.is_empty() { Ok(Self { entries, http }) } else { Err(faults) }
    }

    /// The provider called `name`, where it is offered.
    pub(super) fn offered(&self, name: &str) -> Result<&Entry> {
        let known = provider_name(name).ok().and_then(|()| self.entries.get(name));
        known.filter(|entry| entry.enabled()).ok_or(Error::NotFound)
    }

    /// What people call the provider called `name`, be it one that is stated no longer.
    pub(crate) fn label(&self, name: &str) -> String {
        self.entries.get(name).map_or(name, |entry| entry.provider.label()).to_owned()
    }

    /// What providers may use of this site.
    pub(super) fn outside(&self, domain: &Domain) -> Outside<'_> {
        Outside { http: &self.http, now: domain.now() }
    }
}

/// Two under one issuer would take the people of one for those of the other.
fn shared_issuers(entries: &BTreeMap<String, Entry>) -> Vec<String> {
    let (mut seen, mut faults) = (BTreeMap::new(), Vec::new());
    for (name, entry) in entries.iter().filter(|(_, entry)| entry.enabled()) {
        let issuer = entry.provider.issuer();
        if let Some(first) = seen.insert(issuer, name) {
            faults.push(format!("providers.{name}.issuer: providers.{first} has the same one, {issuer}"));
        }
    }
    faults
}

/// What does not fit in the settings of providers; a line each.
pub fn faults(rules: &SocialRules, extensions: &[Arc<dyn Extension>]) -> Vec<String> {
    Book::read(rules, extensions).err().unwrap_or_default()
}
