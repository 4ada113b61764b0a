//! `user show`, and how an account looks on a terminal.

use super::{Named, find, view};
use crate::cli::lifetimes::{label, told as told_lifetime};
use crate::cli::{Failure, house::House, output};
use serde::Serialize;
use vestibule_domain::{Domain, profiles, sessions::lifetimes};
use vestibule_model::Timestamp;
use vestibule_model::accounts::Account;
use vestibule_model::bans::Ban;
use vestibule_model::profiles::Profile;
use vestibule_model::sessions::EffectiveLifetime;

/// An account and everything that is told beside it.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    account: Account,
    #[serde(flatten)]
    profile: Profile,
    lifetimes: Vec<EffectiveLifetime>,
}

impl Shown {
    /// What there is about the account called so.
    pub(super) async fn of(domain: &Domain, called: &str) -> Result<Self, Failure> {
        let account = find(domain, called).await?;
        let profile = profiles::show(domain, &view()?, account.id).await?;
        let lifetimes = lifetimes::of_person(domain, &view()?, account.id).await?;
        Ok(Self { account, profile, lifetimes })
    }

    /// All of it on a terminal.
    pub(super) fn told(&self) -> String {
        let lifetimes = self.lifetimes.iter().map(|one| (label(one.kind), told_lifetime(one)));
        let (account, profile) = (told(&self.account), told_profile(&self.profile));
        format!("{account}\n{profile}\n\nsign-ins last\n{}", output::record(lifetimes))
    }
}

/// Shows one account.
pub(super) fn show(house: &House, named: &Named) -> Result<(), Failure> {
    let shown = house.with_domain(|domain| async move { Shown::of(&domain, &named.account).await })?;
    house.output.data(&shown, Shown::told)
}

/// An account on a terminal.
pub(super) fn told(account: &Account) -> String {
    let or_never = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    output::record([
        ("id", account.id.to_string()),
        ("e-mail", account.email.as_str().to_owned()),
        ("name", account.name.as_str().to_owned()),
        ("user name", username(account)),
        ("groups", account.groups.join(", ")),
        ("status", account.status.name().to_owned()),
        ("banned", account.ban.as_ref().map_or_else(|| "no".to_owned(), banned)),
        ("confirmed", or_never(account.email_verified_at)),
        ("made", account.created_at.to_string()),
        ("last sign-in", or_never(account.last_sign_in_at)),
        ("ends", or_never(account.expires_at)),
        ("erased", or_never(account.deletion_due_at)),
    ])
}

fn told_profile(profile: &Profile) -> String {
    let text = |value: Option<String>| value.unwrap_or_default();
    let pairs = |pairs: Vec<String>| pairs.join(", ");
    output::record([
        ("bio", text(profile.bio.as_ref().map(|bio| bio.as_str().replace('\n', " ")))),
        ("links", profile.links.join(" ")),
        ("picture", text(profile.avatar.clone())),
        ("language", text(profile.language.as_ref().map(ToString::to_string))),
        ("time zone", text(profile.time_zone.clone())),
        (
            "seen by",
            pairs(
                profile
                    .visibility
                    .iter()
                    .map(|(part, who)| format!("{}={}", part.name(), who.name()))
                    .collect(),
            ),
        ),
        ("fields", pairs(profile.fields.iter().map(|(name, value)| format!("{name}={value}")).collect())),
    ])
}

fn banned(ban: &Ban) -> String {
    let until = ban.until.map_or_else(|| "until it is lifted".to_owned(), |until| format!("until {until}"));
    format!("since {}, {until}: {}", ban.since, ban.reason)
}

/// The user name, or nothing.
pub(super) fn username(account: &Account) -> String {
    account.username.as_ref().map_or("", |name| name.as_str()).to_owned()
}
