//! Notices: what the site tells people and administrators by mail without being asked, as one list that says of each for
//! whom it is, whether it can be switched off and what holds until somebody chooses. Pages, REST, command line and
//! `domain::notices` all read this list; who chose what lives in `domain::notices`.

use crate::{Error, Problem, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that is told by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// The address is confirmed.
    Welcome,
    /// The profile was changed.
    ProfileUpdated,
    /// The password was changed.
    PasswordChanged,
    /// The password was blocked after too many wrong ones.
    PasswordBlocked,
    /// Another address was asked for, taken or taken back.
    EmailChanged,
    /// A sign-in on a device that was not seen before.
    NewDevice,
    /// A consumed refresh token came back.
    TokenReused,
    /// An account elsewhere was connected or disconnected.
    Identity,
    /// An API key was made, or given a new secret.
    KeyMade,
    /// An API key is about to end.
    KeyExpiring,
    /// An API key was found where others can read it.
    KeyLeaked,
    /// A quota is nearly spent, or spent.
    Quota,
    /// The account is about to end.
    AccountExpiring,
    /// A ban was imposed, changed, lifted or ended by itself.
    Ban,
    /// A copy of one's data was prepared.
    Export,
    /// The account was put to sleep, or woken.
    Deactivation,
    /// Deletion was asked for, taken back or done.
    Deletion,
    /// Somebody registered.
    AdminRegistration,
    /// A password was blocked.
    AdminBlock,
    /// Somebody became an administrator, or is none any more.
    AdminRights,
    /// Somebody was banned.
    AdminBan,
    /// An API key was found where others can read it.
    AdminKeyLeaked,
    /// Mail does not leave.
    AdminMailFailing,
    /// The program blocked an address or account by itself.
    AdminAbuse,
}

/// For whom a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The person whose account it is about.
    Person,
    /// Every administrator.
    Administrators,
}

/// Whether a notice can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// Never: whoever took an account over would switch it off first.
    Security,
    /// By its reader; it is sent until then.
    On,
}

/// What the list says about a notice.
struct Row(Notice, &'static str, Audience, Choice, &'static str);

/// The list.
const LIST: &[Row] = &[
    Row(
        Notice::Welcome,
        "welcome",
        Audience::Person,
        Choice::On,
        "A welcome, once your address is confirmed.",
    ),
    Row(Notice::ProfileUpdated, "profile_updated", Audience::Person, Choice::On, "Your profile was changed."),
    Row(
        Notice::PasswordChanged,
        "password_changed",
        Audience::Person,
        Choice::Security,
        "Your password was changed.",
    ),
    Row(
        Notice::PasswordBlocked,
        "password_blocked",
        Audience::Person,
        Choice::Security,
        "Your password was blocked after too many wrong ones.",
    ),
    Row(
        Notice::EmailChanged,
        "email_changed",
        Audience::Person,
        Choice::Security,
        "Your e-mail address is to be changed, or was.",
    ),
    Row(
        Notice::NewDevice,
        "new_device",
        Audience::Person,
        Choice::Security,
        "A sign-in on a device that was not seen before.",
    ),
    Row(
        Notice::TokenReused,
        "token_reused",
        Audience::Person,
        Choice::Security,
        "The credentials of an application were used twice.",
    ),
    Row(
        Notice::Identity,
        "identity",
        Audience::Person,
        Choice::Security,
        "An account elsewhere was connected with yours, or disconnected.",
    ),
    Row(
        Notice::KeyMade,
        "key_made",
        Audience::Person,
        Choice::Security,
        "An API key was made for your account, or given a new secret.",
    ),
    Row(Notice::KeyExpiring, "key_expiring", Audience::Person, Choice::On, "An API key is about to end."),
    Row(
        Notice::KeyLeaked,
        "key_leaked",
        Audience::Person,
        Choice::Security,
        "An API key of yours was found where others can read it, and revoked.",
    ),
    Row(Notice::Quota, "quota", Audience::Person, Choice::On, "A quota of yours is spent, or 80 % of it."),
    Row(
        Notice::AccountExpiring,
        "account_expiring",
        Audience::Person,
        Choice::Security,
        "Your account is about to end.",
    ),
    Row(Notice::Ban, "ban", Audience::Person, Choice::Security, "Your account was banned, or is no longer."),
    Row(
        Notice::Export,
        "export",
        Audience::Person,
        Choice::Security,
        "A copy of your data that was asked for is ready.",
    ),
    Row(
        Notice::Deactivation,
        "deactivation",
        Audience::Person,
        Choice::Security,
        "Your account was deactivated, or is active again.",
    ),
    Row(
        Notice::Deletion,
        "deletion",
        Audience::Person,
        Choice::Security,
        "Your account is to be deleted, stays after all, or was deleted.",
    ),
    Row(
        Notice::AdminRegistration,
        "admin_registration",
        Audience::Administrators,
        Choice::On,
        "Somebody registered.",
    ),
    Row(
        Notice::AdminBlock,
        "admin_block",
        Audience::Administrators,
        Choice::On,
        "A password was blocked after too many wrong ones.",
    ),
    Row(
        Notice::AdminRights,
        "admin_rights",
        Audience::Administrators,
        Choice::On,
        "Somebody became an administrator, or is none any more.",
    ),
    Row(Notice::AdminBan, "admin_ban", Audience::Administrators, Choice::On, "Somebody was banned."),
    Row(
        Notice::AdminKeyLeaked,
        "admin_key_leaked",
        Audience::Administrators,
        Choice::On,
        "An API key was found where others can read it.",
    ),
    Row(
        Notice::AdminMailFailing,
        "admin_mail_failing",
        Audience::Administrators,
        Choice::On,
        "Mail does not leave.",
    ),
    Row(
        Notice::AdminAbuse,
        "admin_abuse",
        Audience::Administrators,
        Choice::On,
        "An address or account was blocked for a time, for what was done with it.",
    ),
];

impl Notice {
    /// Every notice, those for people first, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        LIST.iter().map(|row| row.0)
    }

    /// The notice called `name`.
    pub fn named(name: &str) -> Option<Self> {
        LIST.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    fn row(self) -> &'static Row {
        LIST.iter().find(|row| row.0 == self).expect("every notice is in the list; a test looks")
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// For whom it is.
    pub fn audience(self) -> Audience {
        self.row().2
    }

    /// Whether it is about the safety of an account, and so cannot be switched off.
    pub fn is_security(self) -> bool {
        self.row().3 == Choice::Security
    }

    /// What it tells, in a sentence for its reader.
    pub fn about(self) -> &'static str {
        self.row().4
    }
}

/// A notice and whether a person gets it (`GET /me/notifications`, page `/account/notifications`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NoticeChoice {
    /// The notice's stable name.
    #[cfg_attr(feature = "utoipa", schema(example = "welcome"))]
    pub name: String,
    /// What it tells.
    #[cfg_attr(feature = "utoipa", schema(example = "A welcome, once your address is confirmed."))]
    pub about: String,
    /// For whom it is.
    pub audience: Audience,
    /// Whether it is about the safety of the account, and so cannot be switched off.
    pub security: bool,
    /// Whether the person gets it.
    pub on: bool,
}

/// What is to be told and what not (`PATCH /me/notifications`); what is not named stays as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NoticesForm {
    /// Names of notices that are sent from now on.
    #[serde(default)]
    pub on: Vec<String>,
    /// Names of notices that are not.
    #[serde(default)]
    pub off: Vec<String>,
}

impl NoticesForm {
    /// Each named notice, and whether it is wanted.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `off` when a notice stands in both.
    pub fn wanted(self) -> Result<BTreeMap<String, bool>> {
        let mut wanted: BTreeMap<_, _> = self.on.into_iter().map(|name| (name, true)).collect();
        for name in self.off {
            if wanted.insert(name, false) == Some(true) {
                return Err(Error::invalid("off", Problem::Malformed));
            }
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_notice_is_on_or_off_and_never_both() {
        let form = |on: &[&str], off: &[&str]| NoticesForm {
            on: on.iter().map(ToString::to_string).collect(),
            off: off.iter().map(ToString::to_string).collect(),
        };
        let wanted = form(&["a"], &["b", "b"]).wanted().unwrap();
        assert_eq!(wanted, BTreeMap::from([("a".to_owned(), true), ("b".to_owned(), false)]));
        assert_eq!(form(&["a"], &["a"]).wanted(), Err(Error::invalid("off", Problem::Malformed)));
    }

    #[test]
    fn every_notice_is_in_the_list_once() {
        let names: BTreeSet<_> = Notice::all().map(Notice::name).collect();
        assert_eq!(names.len(), LIST.len());
        for notice in Notice::all() {
            assert_eq!(Notice::named(notice.name()), Some(notice));
            assert!(notice.about().ends_with('.'));
            // Administrators can always leave their office; nothing is forced upon them.
            assert!(notice.audience() == Audience::Person || !notice.is_security());
        }
        // The last variant is in it, and with it all before: they are listed in the order of their declaration.
        assert!(Notice::all().is_sorted() && Notice::all().last() == Some(Notice::AdminAbuse));
    }
}
