//! Profiles as forms and views: what a person says of themselves, who may see it, and what others get to see. Rules that
//! need data live in `domain::profiles`; fields that a project declares stand in `profiles/fields.rs`.

mod fields;

pub use fields::{FieldKind, FieldValue, MayEdit, MaySee, UserField};

use crate::values::{Bio, Language};
use crate::{Email, Name, Timestamp, Username};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// Most links of a profile.
pub const MOST_LINKS: u32 = 5;
/// Most bytes of a picture that is sent: 5 MiB.
pub const MOST_PICTURE_BYTES: usize = 5 * 1024 * 1024;
/// Width and height of a picture as it is kept, in pixels.
pub const PICTURE_SIDE: u32 = 256;

/// Who may see something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The person alone.
    Private,
    /// Whoever is signed in.
    SignedIn,
    /// Everyone.
    Public,
}

impl Visibility {
    /// All of them, the most open first.
    pub const ALL: [Self; 3] = [Self::Public, Self::SignedIn, Self::Private];

    /// The stable name, as on the wire and in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::SignedIn => "signed_in",
            Self::Public => "public",
        }
    }

    /// The one called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A part of a profile whose visibility its owner chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The profile as a whole: no part of it is seen by anyone who may not see this.
    Profile,
    /// The display name.
    Name,
    /// The picture.
    Avatar,
    /// What the person says of themselves.
    Bio,
    /// The links.
    Links,
    /// The e-mail address.
    Email,
    /// The language.
    Language,
    /// The time zone.
    TimeZone,
    /// Since when the account exists.
    Joined,
    /// Whether search engines may list what everyone sees: `public` lets them, anything else asks them not to.
    Search,
}

impl Part {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 10] = [
        Self::Profile,
        Self::Name,
        Self::Avatar,
        Self::Bio,
        Self::Links,
        Self::Email,
        Self::Language,
        Self::TimeZone,
        Self::Joined,
        Self::Search,
    ];

    /// The stable name, as on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Name => "name",
            Self::Avatar => "avatar",
            Self::Bio => "bio",
            Self::Links => "links",
            Self::Email => "email",
            Self::Language => "language",
            Self::TimeZone => "time_zone",
            Self::Joined => "joined",
            Self::Search => "search",
        }
    }

    /// The one called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// Who sees it unless its owner chose. The profile as a whole is as the `site` has it; within it, what was written to
    /// be read is open and the rest is not (GDPR Art. 25 (2)).
    pub const fn unless_chosen(self, site: Visibility) -> Visibility {
        match self {
            Self::Profile => site,
            Self::Name | Self::Avatar | Self::Bio | Self::Links | Self::Search => Visibility::Public,
            Self::Joined => Visibility::SignedIn,
            Self::Email | Self::Language | Self::TimeZone => Visibility::Private,
        }
    }
}

/// What a person says of themselves, as they see it (a part of `GET /me`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Profile {
    /// A few lines of plain text.
    pub bio: Option<Bio>,
    /// http and https addresses, in their owner's order.
    pub links: Vec<String>,
    /// The tag of the picture, if there is one: it changes with the picture. The picture is at `GET /me/avatar`.
    pub avatar: Option<String>,
    /// The language the person wants to be written to in (BCP 47).
    pub language: Option<Language>,
    /// The person's time zone (IANA).
    pub time_zone: Option<String>,
    /// Who may see what.
    pub visibility: BTreeMap<Part, Visibility>,
    /// The fields that this site declares, by name; those without a value are absent.
    pub fields: BTreeMap<String, FieldValue>,
    /// From when on the user name may be changed again; nothing when it was never changed.
    pub username_settled_until: Option<Timestamp>,
}

/// What others see of a person (`GET /profiles/{username}`, page `/u/{username}`). It is a type of its own: what its
/// viewer may not see is not there, and it has no room for anything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Public {
    /// The unique handle.
    pub username: Username,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The tag of the picture, at `GET /profiles/{username}/avatar`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// A few lines of plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<Bio>,
    /// http and https addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// The e-mail address, where its owner shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The language (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The time zone (IANA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Since when the account exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Timestamp>,
    /// The fields that this site declares, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldValue>,
    /// Whether search engines are asked to leave it out; said beside the document, not in it.
    #[serde(skip)]
    pub noindex: bool,
}

/// A change of one's own profile (`PATCH /me`): what is absent stays, `null` takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ProfileForm {
    /// The display name; it cannot be taken away.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>, max_length = 80))]
    pub name: Option<Option<String>>,
    /// The unique handle.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>, max_length = 32))]
    pub username: Option<Option<String>>,
    /// Plain text in lines.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>, max_length = 500))]
    pub bio: Option<Option<String>>,
    /// All links, in order.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<Vec<String>>, max_items = 5))]
    pub links: Option<Option<Vec<String>>>,
    /// A BCP 47 tag.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>))]
    pub language: Option<Option<String>>,
    /// An IANA name.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>))]
    pub time_zone: Option<Option<String>>,
    /// Who may see what; `null` leaves a part to the site's default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<Part, Visibility>))]
    pub visibility: BTreeMap<Part, Option<Visibility>>,
    /// Values of the fields that this site declares.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, FieldValue>))]
    pub fields: BTreeMap<String, Option<FieldValue>>,
}

/// Something that was sent, `null` among it; what was not sent is left to `default`.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_not_what_is_null() {
        let form: ProfileForm =
            serde_json::from_str(r#"{"bio":null,"name":"Ada","visibility":{"bio":null}}"#).unwrap();
        assert_eq!((form.bio, form.name, form.username), (Some(None), Some(Some("Ada".into())), None));
        assert_eq!(form.visibility, BTreeMap::from([(Part::Bio, None)]));
        for wrong in [r#"{"email":"a@b.example"}"#, r#"{"links":"x"}"#, r#"{"visibility":{"bio":"friends"}}"#]
        {
            assert!(serde_json::from_str::<ProfileForm>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_on_the_wire_are_those_of_the_code() {
        for part in Part::ALL {
            assert_eq!(serde_json::to_value(part).unwrap(), part.name());
            assert_eq!(Part::parse(part.name()), Some(part));
        }
        for one in Visibility::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.name());
            assert_eq!(Visibility::parse(one.name()), Some(one));
        }
        assert!(Visibility::Private < Visibility::SignedIn && Visibility::SignedIn < Visibility::Public);
    }

    #[test]
    fn the_address_is_never_shown_unless_its_owner_chose() {
        for site in Visibility::ALL {
            assert_eq!(Part::Email.unless_chosen(site), Visibility::Private);
            assert_eq!(Part::Profile.unless_chosen(site), site);
        }
    }
}
