//! What holds of a provider: what the settings say of it, above what is known beforehand. Called when a domain is opened,
//! where everything that does not fit is told at once.

use super::apple::SignedSecret;
use super::http::host_of;
use super::oauth2::OAuth2;
use super::oidc::Oidc;
use super::presets::{self, Preset};
use super::provider::Provider;
use crate::rules::ProviderRules;
use std::collections::BTreeSet;
use std::sync::Arc;
use vestibule_model::social::{ProviderKind, provider_name};
use vestibule_model::{Secret, groups::group_name};

/// By what this site is known at a provider.
pub(super) enum Credential {
    /// By nothing but its name, and the proof that comes with every code (RFC 7636).
    None,
    /// By a secret.
    Secret(Secret),
    /// By a statement that is signed when it is needed.
    Signed(SignedSecret),
}

/// A provider as it is used.
pub(super) struct Settled {
    pub(super) name: String,
    pub(super) label: String,
    /// What is known of it, with what the settings say in its place.
    pub(super) preset: Preset,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) credential: Credential,
    pub(super) scopes: Vec<String>,
    /// Hosts that may be called.
    pub(super) hosts: BTreeSet<String>,
}

/// The provider that `rules` state under `name`; what does not fit, as lines that name the settings.
pub(super) fn provider(name: &str, rules: &ProviderRules) -> Result<Arc<dyn Provider>, Vec<String>> {
    let settled = settle(name, rules)?;
    Ok(match settled.preset.kind {
        ProviderKind::OAuth2 => Arc::new(OAuth2::new(settled)),
        ProviderKind::Oidc | ProviderKind::Own => Arc::new(Oidc::new(settled)),
    })
}

/// What does not fit whoever makes the provider.
pub(super) fn faults(name: &str, rules: &ProviderRules) -> Vec<String> {
    let mut faults = Vec::new();
    let mut tell = |key: &str, problem: &str| {
        let key = if key.is_empty() { String::new() } else { format!(".{key}") };
        faults.push(format!("providers.{name}{key}: {problem}"));
    };
    if provider_name(name).is_err() {
        tell("", "a provider's name is 1 to 30 small letters, digits and hyphens, and none of ours");
    }
    for group in rules.groups.iter().flatten() {
        if group_name(group).is_err() || group == vestibule_model::groups::ADMIN {
            tell("groups", "nobody becomes an administrator, or a member of what is no group, by signing up");
        }
    }
    faults
}

fn settle(name: &str, rules: &ProviderRules) -> Result<Settled, Vec<String>> {
    let mut faults = faults(name, rules);
    let mut tell = |key: &str, problem: &str| faults.push(format!("providers.{name}.{key}: {problem}"));
    let preset = match &rules.preset {
        Some(wanted) => presets::named(wanted).cloned().or_else(|| {
            let all = presets::names().collect::<Vec<_>>().join(", ");
            tell("preset", &format!("there is none of this name; there are {all}"));
            None
        }),
        None => presets::named(name).cloned().or_else(|| Some(Preset::plain(name))),
    };
    let Some(mut preset) = preset else { return Err(faults) };
    // Subjects are kept under the issuer: those of another server must not be kept under the name of a known one.
    let known = preset.clone();
    let moved = |said: &Option<String>, known: &Option<String>| {
        said.as_deref().is_some_and(|said| host_of(said) != known.as_deref().and_then(host_of))
    };
    let moved = moved(&rules.auth_url, &known.auth_url)
        || moved(&rules.token_url, &known.token_url)
        || moved(&rules.userinfo_url, &known.userinfo_url);
    if preset.kind == ProviderKind::OAuth2 && moved && rules.issuer.is_none() {
        tell("issuer", "must be set where its addresses are: it says whose people they are");
    }
    match (rules.trust_email, preset.email_verified.as_str()) {
        (Some(false), _) => "never".clone_into(&mut preset.email_verified),
        (Some(true), "never") if preset.kind == ProviderKind::OAuth2 => {
            tell("trust_email", "it never says whether an address is confirmed");
        }
        (Some(true), "never") => preset.email_verified = presets::email_verified(),
        _ => {}
    }
    for (said, known) in [
        (&rules.auth_url, &mut preset.auth_url),
        (&rules.token_url, &mut preset.token_url),
        (&rules.userinfo_url, &mut preset.userinfo_url),
        (&rules.emails_url, &mut preset.emails_url),
    ] {
        *known = said.clone().or(known.take());
    }
    let issuer = issuer(rules, &preset).unwrap_or_else(|(key, problem)| {
        tell(key, &problem);
        String::new()
    });
    let client_id = rules.client_id.clone().unwrap_or_else(|| {
        tell("client_id", "must be set");
        String::new()
    });
    let credential = credential(rules, &preset, &client_id, &issuer).unwrap_or_else(|(key, problem)| {
        tell(key, problem);
        Credential::None
    });
    if !faults.is_empty() {
        return Err(faults);
    }
    let hosts = hosts(&issuer, &preset, rules);
    let label = rules.label.clone().unwrap_or_else(|| preset.label.clone());
    let scopes = rules.scopes.clone().unwrap_or_else(|| preset.scopes.clone());
    Ok(Settled { name: name.to_owned(), label, preset, issuer, client_id, credential, scopes, hosts })
}

fn issuer(rules: &ProviderRules, preset: &Preset) -> Result<String, (&'static str, String)> {
    let like = |hint: &Option<String>| hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    let issuer = match (&rules.issuer, &preset.issuer) {
        (Some(said), _) => said.clone(),
        (None, Some(known)) if known.contains("{tenant}") => {
            let Some(tenant) = &rules.tenant else {
                return Err(("tenant", format!("must be set{}", like(&preset.tenant_hint))));
            };
            // The issuers that answer for every directory are none: their tokens name others.
            if ["common", "organizations", "consumers"].contains(&tenant.as_str()) {
                return Err(("tenant", format!("must be one directory's{}", like(&preset.tenant_hint))));
            }
            known.replace("{tenant}", tenant)
        }
        (None, Some(known)) => known.clone(),
        (None, None) => return Err(("issuer", format!("must be set{}", like(&preset.issuer_hint)))),
    };
    match host_of(&issuer) {
        Some(_) => Ok(issuer),
        None => Err(("issuer", "expected https://; http is for this machine only".to_owned())),
    }
}

fn credential(
    rules: &ProviderRules,
    preset: &Preset,
    client_id: &str,
    issuer: &str,
) -> Result<Credential, (&'static str, &'static str)> {
    if preset.signed_secret && rules.client_secret.is_none() {
        let (Some(team), Some(key_id), Some(key)) = (&rules.team, &rules.key_id, &rules.private_key) else {
            return Err(("private_key", "team, key_id and private_key must be set"));
        };
        let signed = SignedSecret::new(team, key_id, key, client_id, issuer);
        return signed
            .map(Credential::Signed)
            .ok_or(("private_key", "expected an EC key (P-256) as PEM, PKCS#8"));
    }
    match (&rules.client_secret, preset.pkce) {
        (Some(secret), _) => Ok(Credential::Secret(secret.clone())),
        (None, true) => Ok(Credential::None),
        (None, false) => Err(("client_secret", "must be set")),
    }
}

fn hosts(issuer: &str, preset: &Preset, rules: &ProviderRules) -> BTreeSet<String> {
    let addresses = [&preset.auth_url, &preset.token_url, &preset.userinfo_url, &preset.emails_url];
    let addresses = addresses.into_iter().flatten().map(String::as_str).chain([issuer]);
    let named = preset.hosts.iter().chain(rules.hosts.iter().flatten()).map(|host| host.to_ascii_lowercase());
    addresses.filter_map(host_of).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> ProviderRules {
        ProviderRules {
            client_id: Some("site".into()),
            client_secret: Some("s".into()),
            ..ProviderRules::default()
        }
    }

    fn told(name: &str, rules: &ProviderRules) -> String {
        settle(name, rules).err().unwrap_or_default().join("\n")
    }

    #[test]
    fn three_settings_make_a_button() {
        let settled =
            settle("work", &ProviderRules { issuer: Some("https://id.example.org".into()), ..rules() });
        let settled = settled.unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!((settled.label.as_str(), settled.issuer.as_str()), ("work", "https://id.example.org"));
        assert_eq!(settled.hosts, BTreeSet::from(["id.example.org".to_owned()]));
    }

    #[test]
    fn a_preset_is_taken_by_its_name_and_what_is_said_stands_above_it() {
        let google = settle("google", &rules()).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(
            (google.label.as_str(), google.issuer.as_str()),
            ("Google", "https://accounts.google.com")
        );
        assert!(google.hosts.contains("oauth2.googleapis.com"));
        let own = ProviderRules {
            preset: Some("github".into()),
            label: Some("Our GitHub".into()),
            issuer: Some("https://git.example.org/login/oauth".into()),
            userinfo_url: Some("https://git.example.org/api/v3/user".into()),
            ..rules()
        };
        let placeless = ProviderRules { issuer: None, ..own.clone() };
        assert!(told("git", &placeless).starts_with("providers.git.issuer: must be set where its addresses"));
        let near = ProviderRules {
            userinfo_url: Some("https://api.github.com/user?v=2".into()),
            preset: Some("github".into()),
            ..rules()
        };
        assert_eq!(told("git", &near), "", "on the host that is known");
        let own = settle("git", &own).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(own.label, "Our GitHub");
        assert_eq!(own.preset.userinfo_url.as_deref(), Some("https://git.example.org/api/v3/user"));
        assert!(own.hosts.contains("git.example.org"));
    }

    #[test]
    fn a_site_says_whether_it_trusts_in_addresses() {
        let verified = |name: &str, trust_email| {
            let issuer = Some("https://id.example.org".to_owned());
            let settled = settle(name, &ProviderRules { issuer, trust_email, ..rules() });
            settled.map(|settled| settled.preset.email_verified).map_err(|faults| faults.join("\n"))
        };
        for known in ["work", "google"] {
            assert_eq!(verified(known, None).as_deref(), Ok("/email_verified"));
            assert_eq!(verified(known, Some(true)).as_deref(), Ok("/email_verified"));
            assert_eq!(verified(known, Some(false)).as_deref(), Ok("never"));
        }
        for careless in ["authelia", "authentik"] {
            assert_eq!(verified(careless, None).as_deref(), Ok("never"));
            assert_eq!(verified(careless, Some(true)).as_deref(), Ok("/email_verified"));
        }
        assert_eq!(verified("microsoft", Some(true)).as_deref(), Ok("/xms_edov"));
        assert!(verified("facebook", Some(true)).unwrap_err().starts_with("providers.facebook.trust_email"));
    }

    #[test]
    fn what_does_not_fit_is_told_with_the_setting_it_is_about() {
        assert_eq!(told("google", &ProviderRules::default()), "providers.google.client_id: must be set");
        assert!(told("work", &rules()).starts_with("providers.work.issuer: must be set"));
        assert!(
            told("microsoft", &rules()).starts_with("providers.microsoft.tenant: must be set; the directory")
        );
        let common = ProviderRules { tenant: Some("common".into()), ..rules() };
        assert!(
            told("microsoft", &common).starts_with("providers.microsoft.tenant: must be one directory's")
        );
        let unknown = ProviderRules { preset: Some("gogle".into()), ..rules() };
        assert!(told("x1", &unknown).contains("preset: there is none of this name; there are apple, auth0"));
        let plain = ProviderRules { issuer: Some("http://id.example.org".into()), ..rules() };
        assert!(told("work", &plain).contains("http is for this machine only"));
        let admin = ProviderRules { groups: Some(vec!["admin".into()]), ..rules() };
        assert!(
            told("google", &admin).starts_with("providers.google.groups: nobody becomes an administrator")
        );
        assert!(told("finish", &rules()).contains("none of ours"));
        let apple = ProviderRules { client_secret: None, ..rules() };
        assert!(told("apple", &apple).ends_with("team, key_id and private_key must be set"));
    }
}
