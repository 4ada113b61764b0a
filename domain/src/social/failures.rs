//! What goes wrong at providers, and how much they are used: for administrators. Called by [`super`].

use super::book::Entry;
use super::flow::{callback_url, challenge, in_time};
use super::provider::Ask;
use super::store;
use crate::error::Internal;
use crate::{Allowed, Domain, secrets};
use std::time::Duration;
use vestibule_model::groups::ManageProviders;
use vestibule_model::social::{
    AdminProvider, AdminProviders, Check, CheckName, LastFailure, ProviderFailure, ProviderReport,
};
use vestibule_model::{Error, Result};

/// What is counted of.
const COUNTED: Duration = Duration::from_hours(30 * 24);
const HOUR: i64 = 3_600_000_000;

/// Writes down that a provider could not be used; what people are told of it. A code that was not taken is the journey's
/// trouble, and anybody can bring one.
pub(super) async fn note(domain: &Domain, entry: &Entry, failure: ProviderFailure) -> Error {
    let told = entry.told(failure);
    if failure == ProviderFailure::CodeRefused {
        return told;
    }
    let name = entry.provider.name();
    tracing::warn!(provider = name, failure = failure.name(), "a sign-in provider could not be used");
    match write(domain, name, failure).await {
        Ok(()) => told,
        Err(error) => error,
    }
}

async fn write(domain: &Domain, provider: &str, failure: ProviderFailure) -> Result<()> {
    let mut tx = domain.begin_light().await?;
    store::note_failure(&mut tx, provider, failure.name(), domain.now()).await?;
    tx.commit().await.internal()
}

pub(super) async fn all(domain: &Domain, _by: &Allowed<ManageProviders>) -> Result<AdminProviders> {
    let since = domain.now().before(COUNTED);
    let failures = store::failures(domain.db()).await?;
    let mut items = Vec::new();
    for (name, entry) in &domain.providers().entries {
        let failure = failures.iter().find(|(provider, _, at)| provider == name && *at >= since);
        let last_failure = failure.and_then(|(_, failure, at)| {
            ProviderFailure::named(failure).map(|failure| LastFailure { failure, at: *at })
        });
        let from = since.0.div_euclid(HOUR);
        let (ups, ins) = (format!("social_sign_up:{name}"), format!("social_sign_in:{name}"));
        items.push(AdminProvider {
            name: name.clone(),
            label: entry.provider.label().to_owned(),
            kind: entry.provider.kind(),
            issuer: entry.provider.issuer().to_owned(),
            enabled: entry.enabled(),
            registration: entry.registration(),
            allowed_domains: entry.rules.allowed_domains.clone().unwrap_or_default(),
            groups: entry.groups().to_vec(),
            keep_tokens: entry.keeps_tokens(),
            callback_url: callback_url(domain, name),
            identities: store::count(domain.db(), name).await?,
            sign_ups_30_days: store::counted(domain.db(), &ups, from).await?,
            sign_ins_30_days: store::counted(domain.db(), &ins, from).await?,
            last_failure,
        });
    }
    Ok(AdminProviders { items, next: None })
}

pub(super) async fn test(
    domain: &Domain,
    _by: &Allowed<ManageProviders>,
    provider: &str,
) -> Result<ProviderReport> {
    let entry = domain.providers().entries.get(provider).ok_or(Error::NotFound)?;
    let [state, nonce, verifier] = std::array::from_fn(|_| secrets::mint(domain.random()));
    let ask = Ask {
        redirect_uri: &callback_url(domain, provider),
        state: state.expose(),
        nonce: nonce.expose(),
        challenge: &challenge(verifier.expose()),
        prove: false,
    };
    let outside = domain.providers().outside(domain);
    let looking = async { Ok(entry.provider.check(outside, &ask).await) };
    let checks = in_time(domain, looking).await;
    let checks =
        checks.unwrap_or_else(|failure| vec![Check { name: CheckName::Discovery, failure: Some(failure) }]);
    let passed = checks.iter().all(|check| check.failure.is_none());
    Ok(ProviderReport { provider: provider.to_owned(), passed, checks })
}
