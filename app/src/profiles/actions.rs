//! What the forms of `/account/profile` do: unpack, one domain call, `303`. The picture's form stands in
//! `src/http/avatars.rs`, because a file is no argument of a server function. No rule is decided here.
#![expect(clippy::too_many_arguments, reason = "one for each control of the form")]
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use super::fields;
use crate::server::{self, FnError, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::profiles;
use vestibule_model::profiles::{Part, ProfileForm, Visibility};
use vestibule_model::{Error, Result as Checked};

policy!(paths::actions::SAVE_PROFILE, Policy::signed_in("profiles"));

/// Changes the profile of the person who asks, unless it was changed since the form was shown.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "profiles/save")]
pub async fn save_profile(
    #[server(default)] tag: String,
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
    let kept = typed.kept(declared);
    let saved = match typed.form(declared) {
        Ok(form) => profiles::change(&site.domain, person, form, Some(&[tag]), &server::client()).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => form_done(&site, paths::PROFILE, Some(Notice::ProfileSaved)),
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
    /// The change that it asks for: the form shows everything, so that what is blank is to go.
    fn form(self, declared: &[vestibule_model::profiles::UserField]) -> Checked<ProfileForm> {
        let mut visibility = BTreeMap::new();
        for (part, who) in &self.visibility {
            let choice = (Part::parse(part), Visibility::parse(who));
            let (Some(part), Some(who)) = choice else { return Err(Error::Malformed) };
            visibility.insert(part, Some(who));
        }
        Ok(ProfileForm {
            name: Some(Some(self.name)),
            username: Some(Some(self.username)),
            bio: Some(Some(self.bio)),
            links: Some(Some(self.links)),
            language: Some(Some(self.language)),
            time_zone: Some(Some(self.time_zone)),
            visibility,
            fields: fields::read(declared, &self.fields)?,
        })
    }

    /// Everything under the names of its controls, to be shown again.
    fn kept(&self, declared: &[vestibule_model::profiles::UserField]) -> Vec<(String, String)> {
        let own = [
            ("name", &self.name),
            ("username", &self.username),
            ("bio", &self.bio),
            ("language", &self.language),
            ("time_zone", &self.time_zone),
        ];
        let mut kept: Vec<_> =
            own.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        let links = self.links.iter().enumerate();
        kept.extend(links.map(|(place, url)| (format!("links[{place}]"), url.clone())));
        kept.extend(self.visibility.iter().map(|(part, who)| (format!("visibility[{part}]"), who.clone())));
        kept.extend(fields::kept(declared, &self.fields).map(|(name, value)| (name, value.to_owned())));
        kept
    }
}
