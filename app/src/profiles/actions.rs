//! What the forms of `/account/profile` do: unpack, one domain call, `303`. The picture's form stands in
//! `src/http/avatars.rs`, because a file is no argument of a server function. No rule is decided here.
#![expect(clippy::too_many_arguments, reason = "one for each control of the form")]
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use super::card::ProfileCard;
use super::fields;
use crate::server::{self, FnError, form_done, form_done_at, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::profiles;
use vestibule_model::profiles::{Part, ProfileForm, UserField, Visibility};
use vestibule_model::{Error, Result as Checked};

policy!(paths::actions::SAVE_PROFILE, Policy::signed_in("profiles"));

/// Changes what one card of the page shows of the person who asks, and nothing else, unless the account was changed since the
/// page was shown.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "profiles/save")]
pub async fn save_profile(
    #[server(default)] tag: String,
    #[server(default)] card: String,
    #[server(default)] name: String,
    #[server(default)] username: String,
    #[server(default)] bio: String,
    #[server(default)] links: Vec<String>,
    #[server(default)] language: String,
    #[server(default)] time_zone: String,
    #[server(default)] visibility: BTreeMap<String, String>,
    #[server(default)] fields: BTreeMap<String, String>,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let typed = Typed { name, username, bio, links, language, time_zone, visibility, fields };
    let declared = site.domain.user_fields();
    let Some(card) = ProfileCard::parse(&card) else {
        return form_failed(&site, paths::PROFILE, Error::Malformed, &[]);
    };
    let kept = typed.kept(card, declared);
    let saved = match typed.form(card, declared) {
        Ok(form) => profiles::change(&site.domain, person, form, Some(&[tag]), &server::client()).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => form_done_at(&site, (paths::PROFILE, card.name()), Notice::ProfileSaved),
        Err(error) => {
            let kept: Vec<_> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            form_failed(&site, paths::PROFILE, error, &kept)
        }
    }
}

policy!(paths::actions::REMOVE_AVATAR, Policy::signed_in("profiles"));

/// Takes the picture of the person who asks away.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "profiles/remove-avatar")]
pub async fn remove_avatar() -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match profiles::remove_avatar(&site.domain, actor.person()?, &server::client()).await {
        Ok(()) => form_done(&site, paths::PROFILE, Some(Notice::AvatarRemoved)),
        Err(error) => form_failed(&site, paths::PROFILE, error, &[]),
    }
}

/// What a person typed into the form.
struct Typed {
    name: String,
    username: String,
    bio: String,
    links: Vec<String>,
    language: String,
    time_zone: String,
    visibility: BTreeMap<String, String>,
    fields: BTreeMap<String, String>,
}

impl Typed {
    /// The change that it asks for: a card shows all of its own, so that what is blank there is to go.
    fn form(self, card: ProfileCard, declared: &[UserField]) -> Checked<ProfileForm> {
        let none = ProfileForm::default();
        Ok(match card {
            ProfileCard::About => ProfileForm {
                name: Some(Some(self.name)),
                username: Some(Some(self.username)),
                bio: Some(Some(self.bio)),
                ..none
            },
            ProfileCard::Links => ProfileForm { links: Some(Some(self.links)), ..none },
            ProfileCard::More => ProfileForm { fields: fields::read(declared, &self.fields)?, ..none },
            ProfileCard::Places => ProfileForm {
                language: Some(Some(self.language)),
                time_zone: Some(Some(self.time_zone)),
                ..none
            },
            ProfileCard::Seen => ProfileForm { visibility: seen(&self.visibility)?, ..none },
        })
    }

    /// What the card holds under the names of its controls, to be shown again, and which card it was.
    fn kept(&self, card: ProfileCard, declared: &[UserField]) -> Vec<(String, String)> {
        let one = |name: &str, value: &String| (name.to_owned(), value.clone());
        let mut kept = vec![(ProfileCard::FIELD.to_owned(), card.name().to_owned())];
        match card {
            ProfileCard::About => {
                kept.extend([
                    one("name", &self.name),
                    one("username", &self.username),
                    one("bio", &self.bio),
                ]);
            }
            ProfileCard::Links => {
                let links = self.links.iter().enumerate();
                kept.extend(links.map(|(place, url)| (format!("links[{place}]"), url.clone())));
            }
            ProfileCard::More => {
                let fields = fields::kept(declared, &self.fields);
                kept.extend(fields.map(|(name, value)| (name, value.to_owned())));
            }
            ProfileCard::Places => {
                kept.extend([one("language", &self.language), one("time_zone", &self.time_zone)]);
            }
            ProfileCard::Seen => {
                let choices = self.visibility.iter();
                kept.extend(choices.map(|(part, who)| (format!("visibility[{part}]"), who.clone())));
            }
        }
        kept
    }
}

/// Who may see what, as it was chosen.
fn seen(chosen: &BTreeMap<String, String>) -> Checked<BTreeMap<Part, Option<Visibility>>> {
    let choice = |(part, who): (&String, &String)| {
        let choice = (Part::parse(part), Visibility::parse(who));
        let (Some(part), Some(who)) = choice else { return Err(Error::Malformed) };
        Ok((part, Some(who)))
    };
    chosen.iter().map(choice).collect()
}
