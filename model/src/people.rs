//! People as administrators look for them and work on them: what is asked of the list, forms and views. Rules that need data
//! live in `domain::accounts`.

use crate::accounts::{Account, AccountStatus};
use crate::bans::BanForm;
use crate::error::Problems;
use crate::groups::{BanAccounts, ManageAccounts, ManageGroups, Permission};
use crate::profiles::{FieldValue, Profile};
use crate::values::NoteId;
use crate::{Problem, Result, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How a list of people is ordered; `-` means the greatest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub enum Sort {
    /// The newest account first.
    #[serde(rename = "-created")]
    Newest,
    /// The oldest account first.
    #[serde(rename = "created")]
    Oldest,
    /// By name, from a to z.
    #[serde(rename = "name")]
    Name,
    /// By name, from z to a.
    #[serde(rename = "-name")]
    NameBack,
    /// By address, from a to z.
    #[serde(rename = "email")]
    Email,
    /// By address, from z to a.
    #[serde(rename = "-email")]
    EmailBack,
    /// Who signed in last comes first.
    #[serde(rename = "-last_sign_in")]
    SignedInLately,
    /// Who never signed in, or not for the longest time, comes first.
    #[serde(rename = "last_sign_in")]
    SignedInLongAgo,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 8] = [
        Self::Newest,
        Self::Oldest,
        Self::Name,
        Self::NameBack,
        Self::Email,
        Self::EmailBack,
        Self::SignedInLately,
        Self::SignedInLongAgo,
    ];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newest => "-created",
            Self::Oldest => "created",
            Self::Name => "name",
            Self::NameBack => "-name",
            Self::Email => "email",
            Self::EmailBack => "-email",
            Self::SignedInLately => "-last_sign_in",
            Self::SignedInLongAgo => "last_sign_in",
        }
    }

    /// The one called `name`.
    ///
    /// # Errors
    /// [`Problem::NotOffered`].
    pub fn parse(name: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|sort| sort.name() == name).ok_or(Problem::NotOffered)
    }
}

/// What is asked of the list of people (`GET /users`, page `/admin/users`, `vestibule user list`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "utoipa", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct PeopleQuery {
    /// Beginnings of words of a name, user name or address, or a whole id; all of them must fit. `is:banned` and `group:pro`
    /// narrow it as `status` and `group` do.
    #[cfg_attr(feature = "utoipa", param(max_length = 200, example = "ada is:banned"))]
    pub search: Option<String>,
    /// Only people whose account is in this state.
    pub status: Option<AccountStatus>,
    /// Only people who belong to this group.
    #[cfg_attr(feature = "utoipa", param(example = "member"))]
    pub group: Option<String>,
    /// In which order. Where it is absent: the newest first, and by the word that was found where words are searched and
    /// nothing else narrows the list.
    #[cfg_attr(feature = "utoipa", param(inline, example = "-created"))]
    pub sort: Option<Sort>,
}

/// Most characters of a search.
const LONGEST_SEARCH: usize = 200;

/// Most words of a search.
pub const MOST_WORDS: usize = 4;

/// What a search box says, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// A whole id.
    pub id: Option<UserId>,
    /// Words, as they were typed.
    pub words: Vec<String>,
    /// Of `is:`.
    pub status: Option<AccountStatus>,
    /// Of `group:`.
    pub group: Option<String>,
}

impl Search {
    /// Takes a search apart.
    ///
    /// # Errors
    /// [`Problem::TooLong`], [`Problem::TooMany`] words, [`Problem::NotOffered`] for a state that there is not.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.chars().count() > LONGEST_SEARCH {
            return Err(Problem::TooLong { max: 200 });
        }
        let mut search = Self::default();
        for word in text.split_whitespace() {
            if let Some(state) = word.strip_prefix("is:") {
                search.status = Some(AccountStatus::parse(state)?);
            } else if let Some(group) = word.strip_prefix("group:") {
                search.group = Some(group.to_owned());
            } else if let (Ok(id), None) = (word.parse(), search.id) {
                search.id = Some(id);
            } else if search.words.len() < MOST_WORDS {
                search.words.push(word.to_owned());
            } else {
                return Err(Problem::TooMany { max: 4 });
            }
        }
        Ok(search)
    }
}

/// A person whole, as administrators see them (`GET /users/{id}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PersonView {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    /// What the person says of themselves.
    #[serde(flatten)]
    pub profile: Profile,
}

/// A person to be given an account (`POST /users`). Without a password it is an invitation: a mail brings a link that sets
/// one and confirms the address.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NewPersonForm {
    /// Their address.
    #[cfg_attr(feature = "utoipa", schema(format = Email, max_length = 254, example = "ada@example.org"))]
    pub email: String,
    /// What they are called.
    #[cfg_attr(feature = "utoipa", schema(max_length = 80, example = "Ada Lovelace"))]
    pub name: String,
    /// A unique handle.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(max_length = 32, example = "ada"))]
    pub username: Option<String>,
    /// A password; without one the person is invited to choose it.
    #[serde(default)]
    pub password: Option<crate::Secret>,
    /// Whether the address counts as confirmed; only with a password.
    #[serde(default)]
    pub verified: bool,
    /// When the account ends, if it does.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Values of the fields that this site declares.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldValue>,
}

/// Another address for somebody (`PUT /users/{id}/email`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ReaddressForm {
    /// The new address.
    #[cfg_attr(feature = "utoipa", schema(format = Email, max_length = 254, example = "ada.new@example.org"))]
    pub email: String,
    /// Whether it counts as confirmed; else a mail to it brings a link that confirms it.
    #[serde(default)]
    pub verified: bool,
}

/// What an administrator remarks of somebody: 1 to 2,000 characters of plain text, lines among it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String, max_length = 2000))]
pub struct Remark(String);

/// Most characters of a [`Remark`].
pub const LONGEST_REMARK: u32 = 2_000;

impl Remark {
    /// Parses what was typed; white space around it is dropped, and line ends become `\n`.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::TooLong`] or [`Problem::ForbiddenCharacter`].
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let text = typed.trim().replace("\r\n", "\n");
        if text.is_empty() {
            return Err(Problem::Required);
        }
        if text.chars().count() > LONGEST_REMARK as usize {
            return Err(Problem::TooLong { max: LONGEST_REMARK });
        }
        let forbidden = |c: char| {
            (c.is_control() && c != '\n') || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        if text.chars().any(forbidden) { Err(Problem::ForbiddenCharacter) } else { Ok(Self(text)) }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Remark {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|problem| problem.code())
    }
}

impl From<Remark> for String {
    fn from(remark: Remark) -> Self {
        remark.0
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A note on somebody to be kept (`POST /users/{id}/notes`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NoteForm {
    /// What is remarked.
    #[cfg_attr(
        feature = "utoipa",
        schema(max_length = 2000, example = "Asked by phone for another address.")
    )]
    pub text: String,
}

/// A note on somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// Who wrote it; nothing for the command line, or once that account is gone.
    pub author: Option<UserId>,
    /// What that person is called.
    pub author_name: Option<crate::Name>,
    /// When it was written.
    pub written_at: Timestamp,
    /// What it says.
    pub text: Remark,
}

/// A mail to somebody, as administrators see it beside the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct LetterTo {
    /// What kind of mail it is.
    pub kind: String,
    /// The address it goes to.
    pub recipient: String,
    /// `queued`, `sent`, `expired` or `dead`.
    pub status: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was sent or dropped.
    pub finished_at: Option<Timestamp>,
}

/// What became of one of many people of whom something was asked at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The person.
    pub user: UserId,
    /// Why it was not done; nothing where it was.
    pub error: Option<crate::Error>,
}

/// Something that can be done to many people at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "String")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub enum DeedKind {
    /// Bans them.
    Ban,
    /// Lifts their bans.
    Unban,
    /// Counts their addresses as confirmed.
    Verify,
    /// Ends their sessions.
    SignOut,
    /// Puts them into a group.
    Join,
    /// Takes them out of a group.
    Leave,
    /// Erases their accounts for good.
    Delete,
}

/// By way of a text, so that what is none is told as the problem of its field, as everywhere.
impl TryFrom<String> for DeedKind {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::named(&text).ok_or("unknown variant `…`, expected what can be done to many")
    }
}

impl DeedKind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] =
        [Self::Ban, Self::Unban, Self::Verify, Self::SignOut, Self::Join, Self::Leave, Self::Delete];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ban => "ban",
            Self::Unban => "unban",
            Self::Verify => "verify",
            Self::SignOut => "sign_out",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Delete => "delete",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The permission it takes, beside that to see people.
    pub const fn permission(self) -> &'static str {
        match self {
            Self::Ban | Self::Unban => BanAccounts::NAME,
            Self::Verify | Self::SignOut | Self::Delete => ManageAccounts::NAME,
            Self::Join | Self::Leave => ManageGroups::NAME,
        }
    }
}

/// What is to be done to whom (`POST /users/many`, `vestibule user many`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ManyForm {
    /// What is to be done.
    #[serde(rename = "do")]
    pub deed: DeedKind,
    /// To whom: 1 to 100 ids; a repeated one counts once.
    #[cfg_attr(feature = "utoipa", schema(value_type = Vec<String>, min_items = 1, max_items = 100))]
    pub users: Vec<UserId>,
    /// Why, in words that they are shown; for `ban`.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(max_length = 300))]
    pub reason: Option<String>,
    /// When the ban ends by itself; for `ban`. Without it, when somebody lifts it.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Which group; for `join` and `leave`.
    #[serde(default)]
    pub group: Option<String>,
}

/// A [`ManyForm`] whose every field fits what is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Bans them.
    Ban(BanForm),
    /// Lifts their bans.
    Unban,
    /// Counts their addresses as confirmed.
    Verify,
    /// Ends their sessions.
    SignOut,
    /// Puts them into the group of this name.
    Join(String),
    /// Takes them out of the group of this name.
    Leave(String),
    /// Erases their accounts.
    Delete,
}

impl ManyForm {
    /// What is to be done, and to whom, each once and in one order for everybody.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with each field that is missing, does not fit, or means nothing here.
    pub fn parse(self, now: Timestamp) -> Result<(Deed, BTreeSet<UserId>)> {
        let mut problems = Problems::default();
        let users = self.users.into_iter().collect::<BTreeSet<_>>();
        if users.is_empty() {
            problems.add("users", Problem::Required);
        } else if users.len() > MOST_AT_ONCE {
            problems.add("users", Problem::TooMany { max: 100 });
        }
        let kind = self.deed;
        let given =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let (reason, group) = (given(self.reason), given(self.group));
        let (bans, groups) = (kind == DeedKind::Ban, matches!(kind, DeedKind::Join | DeedKind::Leave));
        let strange = [("reason", reason.is_some() && !bans), ("until", self.until.is_some() && !bans)];
        for (field, _) in
            strange.into_iter().chain([("group", group.is_some() && !groups)]).filter(|(_, is)| *is)
        {
            problems.add(field, Problem::Unknown);
        }
        if groups && group.is_none() {
            problems.add("group", Problem::Required);
        }
        let ban = BanForm { reason: reason.unwrap_or_default(), until: self.until, note: None };
        if bans {
            problems.take_from(ban.clone().parse(now))?;
        }
        problems.check()?;
        let group = group.unwrap_or_default();
        let deed = match kind {
            DeedKind::Ban => Deed::Ban(ban),
            DeedKind::Unban => Deed::Unban,
            DeedKind::Verify => Deed::Verify,
            DeedKind::SignOut => Deed::SignOut,
            DeedKind::Join => Deed::Join(group),
            DeedKind::Leave => Deed::Leave(group),
            DeedKind::Delete => Deed::Delete,
        };
        Ok((deed, users))
    }
}

/// Most people of whom something is asked at once.
pub const MOST_AT_ONCE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_written_as_it_is_called() {
        for sort in Sort::ALL {
            assert_eq!(serde_json::to_value(sort).unwrap(), sort.name());
            assert_eq!(Sort::parse(sort.name()), Ok(sort));
        }
        assert_eq!(Sort::parse("password_hash"), Err(Problem::NotOffered));
    }

    #[test]
    fn a_search_is_taken_apart() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let search = Search::parse(&format!(" Ada is:banned  {id} group:pro love ")).unwrap();
        assert_eq!(search.words, ["Ada", "love"]);
        assert_eq!(search.status, Some(AccountStatus::Banned));
        assert_eq!((search.group.as_deref(), search.id), (Some("pro"), Some(id.parse().unwrap())));
        assert_eq!(Search::parse(""), Ok(Search::default()));
        assert_eq!(Search::parse("is:gone"), Err(Problem::NotOffered));
        assert_eq!(Search::parse("a b c d e"), Err(Problem::TooMany { max: 4 }));
        assert_eq!(Search::parse(&"a".repeat(201)), Err(Problem::TooLong { max: 200 }));
    }

    #[test]
    fn a_remark_is_plain_text() {
        assert_eq!(Remark::parse(" a\r\nb ").unwrap().as_str(), "a\nb");
        assert_eq!(Remark::parse(" \n"), Err(Problem::Required));
        assert_eq!(Remark::parse(&"a".repeat(2_001)), Err(Problem::TooLong { max: 2_000 }));
        for bad in ["a\0b", "a\u{202e}b", "a\tb", "a\rb"] {
            assert_eq!(Remark::parse(bad), Err(Problem::ForbiddenCharacter), "{bad:?}");
        }
    }
}
