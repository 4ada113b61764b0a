//! `user set`: what a person says of themselves. Fields that the project declares are among it, those for administrators
//! alone too.

use super::{find, manage, shown::Shown};
use crate::cli::{Failure, house::House};
use clap::Args;
use std::collections::BTreeMap;
use vestibule_domain::profiles::{self, Picture};
use vestibule_domain::{Client, Domain};
use vestibule_model::error::Problems;
use vestibule_model::profiles::{FieldValue, Part, ProfileForm, Visibility};
use vestibule_model::{Error, Problem};

/// What to change. A blank takes away.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: user set ada --bio \"Writes programs.\" --link https://example.org --visibility profile=public"
)]
pub(crate) struct Set {
    /// E-mail address, user name or id
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// What the person is called
    #[arg(long)]
    name: Option<String>,
    /// A unique handle; the former one goes on leading to the person
    #[arg(long)]
    username: Option<String>,
    /// A few lines about the person
    #[arg(long)]
    bio: Option<String>,
    /// A link; once for each, all of them replace the former ones
    #[arg(long = "link", value_name = "URL")]
    links: Vec<String>,
    /// A BCP 47 tag: en-GB
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// An IANA name: Europe/London
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    #[arg(
        long,
        value_name = "PART=WHO",
        help = "Who sees a part: profile=public, email=signed_in, bio=private; a blank leaves it to the site"
    )]
    visibility: Vec<String>,
    /// A field that this program declares: company=ACME
    #[arg(long = "field", value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    /// Take the picture away
    #[arg(long)]
    remove_avatar: bool,
}

/// Changes one account's profile.
pub(super) fn set(house: &House, set: Set) -> Result<(), Failure> {
    let after = house.with_domain(|domain| async move {
        let account = find(&domain, &set.account).await?;
        let picture = if set.remove_avatar { Picture::Removed } else { Picture::Kept };
        let form = form(&domain, set)?;
        profiles::change_for(&domain, &manage()?, account.id, form, picture, &Client::local()).await?;
        Shown::of(&domain, &account.id.to_string()).await
    })?;
    house.output.say("profile changed");
    house.output.data(&after, Shown::told)
}

fn form(domain: &Domain, set: Set) -> Result<ProfileForm, Error> {
    let mut problems = Problems::default();
    let form = ProfileForm {
        name: set.name.map(Some),
        username: set.username.map(Some),
        bio: set.bio.map(Some),
        links: (!set.links.is_empty()).then_some(Some(set.links)),
        language: set.language.map(Some),
        time_zone: set.time_zone.map(Some),
        visibility: visibility(&mut problems, &set.visibility),
        fields: fields(domain, &mut problems, &set.fields),
    };
    problems.check().map(|()| form)
}

fn visibility(problems: &mut Problems, pairs: &[String]) -> BTreeMap<Part, Option<Visibility>> {
    let mut choices = BTreeMap::new();
    for pair in pairs {
        let (part, who) = pair.split_once('=').unwrap_or((pair, "?"));
        let known = who.is_empty() || Visibility::parse(who).is_some();
        match Part::parse(part).filter(|_| known) {
            Some(part) => drop(choices.insert(part, Visibility::parse(who))),
            None => problems.add("visibility", Problem::NotOffered),
        }
    }
    choices
}

fn fields(
    domain: &Domain,
    problems: &mut Problems,
    pairs: &[String],
) -> BTreeMap<String, Option<FieldValue>> {
    let mut values = BTreeMap::new();
    for pair in pairs {
        let (name, typed) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(field) = domain.user_fields().iter().find(|field| field.name == name) else {
            problems.add("fields", Problem::Unknown);
            continue;
        };
        let value = problems.take(format!("fields/{name}"), field.read(typed));
        values.insert(name.to_owned(), value.flatten());
    }
    values
}
