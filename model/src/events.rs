//! What happened to one's own account, for its owner's eyes (`GET /me/events`, page `/account/security`). Rows are written by
//! `domain::audit`; in words they are told by `vestibule_app::text`.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// What a kind of event is about, to look for some among one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventGroup {
    /// Sign-ins, sign-outs and devices.
    SignIns,
    /// Passwords, addresses and what guards them.
    Security,
    /// The profile, and what is told by mail.
    Profile,
    /// The account as a whole, and copies of its data.
    Account,
    /// What the people who run the site did: bans, groups, ends, lifetimes.
    Administration,
    /// Everything else.
    Other,
}

impl EventGroup {
    /// Every group, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::SignIns, Self::Security, Self::Profile, Self::Account, Self::Administration, Self::Other];

    /// Its stable name: `sign_ins`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIns => "sign_ins",
            Self::Security => "security",
            Self::Profile => "profile",
            Self::Account => "account",
            Self::Administration => "administration",
            Self::Other => "other",
        }
    }

    /// The one called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// Names of the kinds of event in it; nothing for what is left over.
    pub const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::SignIns => &[
                "signed_in",
                "sign_in_failed",
                "signed_out",
                "signed_out_everywhere",
                "session_ended",
                "other_sessions_ended",
                "device_named",
                "refresh_reused",
                "proved",
                "identity_linked",
                "identity_unlinked",
            ],
            Self::Security => &[
                "password_locked",
                "password_changed",
                "reset_requested",
                "password_reset",
                "email_verified",
                "verification_sent",
                "registered_again",
                "email_change_requested",
                "email_changed",
                "email_restored",
                "key_created",
                "key_changed",
                "key_rotated",
                "key_revoked",
                "keys_revoked",
                "key_leaked",
                "key_expiry_told",
                "account_blocked",
            ],
            Self::Profile => &[
                "profile_updated",
                "username_changed",
                "avatar_changed",
                "notices_chosen",
                "nudge_dismissed",
            ],
            Self::Account => &[
                "set_up",
                "registered",
                "account_claimed",
                "account_created",
                "data_exported",
                "export_asked",
                "export_ready",
                "deletion_asked",
                "deletion_cancelled",
                "deactivated",
                "reactivated",
                "account_deleted",
                "expiry_told",
            ],
            Self::Administration => &[
                "banned",
                "unbanned",
                "abuse_forgiven",
                "expiry_set",
                "lifetimes_changed",
                "group_joined",
                "group_left",
            ],
            Self::Other => &[],
        }
    }
}

/// Who did something, as far as the owner of the account is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The owner of the account, or whoever was signed in as them.
    You,
    /// Somebody who was not signed in: at a sign-in, or by a link from a mail.
    Anonymous,
    /// Another person: an administrator.
    Person,
    /// Whoever runs the site, at the command line.
    Operator,
}

/// Something that happened to one's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct OwnEvent {
    /// Its id, a UUID.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// The name of its kind, as in the audit trail: `signed_in`, `password_changed`. New ones may come at any time.
    pub event: String,
    /// Who did it.
    pub by: By,
    /// What its owner calls the device it was done with, else browser and system, where that is still known: for a month
    /// after the sign-in ended.
    pub device: Option<String>,
    /// The network address it was done from; nothing when somebody else did it.
    pub address: Option<String>,
    /// The group it is about.
    pub group: Option<String>,
    /// Names of the parts that were changed.
    pub fields: Vec<String>,
    /// The reason that was given.
    pub reason: Option<String>,
    /// Until when it holds, or when it comes.
    pub until: Option<Timestamp>,
}

/// A page of what happened, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct OwnEvents {
    /// What happened.
    pub items: Vec<OwnEvent>,
    /// What `after` says for the next, older page; null on the last one.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::EventGroup;
    use std::collections::BTreeSet;

    #[test]
    fn no_kind_of_event_is_in_two_groups() {
        let all: Vec<_> = EventGroup::ALL.into_iter().flat_map(EventGroup::kinds).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for group in EventGroup::ALL {
            assert_eq!(EventGroup::parse(group.name()), Some(group));
            assert_eq!(serde_json::to_value(group).unwrap(), group.name());
        }
        assert_eq!(EventGroup::parse("Sign_Ins"), None);
    }
}
