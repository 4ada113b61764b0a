//! `user set`: what a person says of themselves. Fields that the project declares are among it, those for administrators
//! alone too.

use super::pairs::{Pair, fields, pair};
use super::{find, manage, shown::Shown};
use crate::cli::{Failure, house::House};
use clap::Args;
use std::{collections::BTreeMap, fs::File, io::Read as _, path::PathBuf};
use vestibule_domain::profiles::{self, Picture};
use vestibule_domain::{Client, Domain};
use vestibule_model::error::Problems;
use vestibule_model::profiles::{MOST_PICTURE_BYTES, Part, ProfileForm, Visibility};
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
        value_parser = pair,
        help = "Who sees a part: profile=public, email=signed_in, bio=private; a blank leaves it to the site"
    )]
    visibility: Vec<Pair>,
    /// A field that this program declares: company=ACME; company= takes it away
    #[arg(long = "field", value_name = "FIELD=VALUE", value_parser = pair)]
    fields: Vec<Pair>,
    /// A picture: PNG, JPEG, WebP or GIF; its middle is cut to a square
    #[arg(long, value_name = "FILE")]
    avatar: Option<PathBuf>,
    /// Take the picture away
    #[arg(long, conflicts_with = "avatar")]
    remove_avatar: bool,
}

/// Changes one account's profile.
pub(super) fn set(house: &House, set: Set) -> Result<(), Failure> {
    let picture = picture(&set)?;
    let after = house.with_domain(|domain| async move {
        let account = find(&domain, &set.account).await?;
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

fn visibility(problems: &mut Problems, pairs: &[Pair]) -> BTreeMap<Part, Option<Visibility>> {
    let mut choices = BTreeMap::new();
    for (part, who) in pairs {
        let known = who.is_empty() || Visibility::parse(who).is_some();
        match Part::parse(part).filter(|_| known) {
            Some(part) => drop(choices.insert(part, Visibility::parse(who))),
            None => problems.add("visibility", Problem::NotOffered),
        }
    }
    choices
}

/// What is to become of the picture. No more of a file is read than a picture may have, and a byte by which it is refused.
fn picture(set: &Set) -> Result<Picture, Failure> {
    let Some(path) = &set.avatar else {
        return Ok(if set.remove_avatar { Picture::Removed } else { Picture::Kept });
    };
    let most = u64::try_from(MOST_PICTURE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|cause| Failure::Io(path.display().to_string(), cause))?;
    Ok(Picture::Sent(bytes))
}
