//! What happened to an account, in words for its owner. A kind of event that is not known here is told by its name, so that
//! nothing stays unsaid.

use super::day_and_time;
use vestibule_model::events::{By, EventGroup, OwnEvent};

/// What a person is told about `event`.
pub fn event_sentence(event: &OwnEvent) -> String {
    known(event).unwrap_or_else(|| by_name(&event.event))
}

fn known(event: &OwnEvent) -> Option<String> {
    let group = event.group.as_deref().unwrap_or("?");
    Some(match event.event.as_str() {
        "sign_in_failed" if event.by == By::You => "A wrong password was given to confirm something.".into(),
        "profile_updated" if !event.fields.is_empty() => {
            format!("The profile was changed: {}.", event.fields.join(", ").replace('_', " "))
        }
        "banned" => banned(event),
        "expiry_set" => match event.until {
            Some(end) => format!("The account was given an end: {}.", day_and_time(end)),
            None => "The account has no end any more.".to_owned(),
        },
        "deletion_asked" => {
            let due = event.until.map(|due| format!(" It is due on {}.", day_and_time(due)));
            format!("The deletion of the account was asked for.{}", due.unwrap_or_default())
        }
        "group_joined" => format!("The group “{group}” was joined."),
        "group_left" => format!("The group “{group}” was left."),
        name => fixed(name)?.to_owned(),
    })
}

fn banned(event: &OwnEvent) -> String {
    let until = event.until.map(|until| format!(" until {}", day_and_time(until))).unwrap_or_default();
    let reason = event.reason.as_deref().map(|reason| format!(" The reason given is: “{reason}”."));
    format!("The account was banned{until}.{}", reason.unwrap_or_default())
}

fn fixed(name: &str) -> Option<&'static str> {
    Some(match name {
        "set_up" => "The first administrator was made: this account.",
        "registered" => "The account was made.",
        "registered_again" => "Somebody asked for a new account with your address.",
        "account_created" => "The account was made for you.",
        "invited" => "The account was made for you, and you were invited to it.",
        "note_written" => "An administrator wrote a note about you.",
        "note_removed" => "A note about you was taken away.",
        "email_verified" => "The e-mail address was confirmed.",
        "verification_sent" => "A link to confirm the e-mail address was sent.",
        "signed_in" => "Signed in.",
        "identity_linked" => "An account elsewhere was connected, and opens this one.",
        "identity_unlinked" => "An account elsewhere was disconnected.",
        "account_claimed" => "The account was emptied and given to whoever holds its e-mail address.",
        "sign_in_failed" => "A sign-in failed: the password was wrong.",
        "password_locked" => "The password was blocked after too many wrong ones in a row.",
        "signed_out" => "Signed out.",
        "signed_out_everywhere" => "Signed out everywhere.",
        "session_ended" => "Another device was signed out.",
        "other_sessions_ended" => "Every other device was signed out.",
        "device_named" => "The name of a device was changed.",
        "password_changed" => "The password was changed.",
        "profile_updated" => "The profile was changed.",
        "username_changed" => "The user name was changed.",
        "avatar_changed" => "The picture was changed.",
        "refresh_reused" => "A program used credentials twice, and was signed out.",
        "reset_requested" => "A link to set a new password was sent.",
        "password_reset" => "A new password was set by a link from a mail.",
        "email_change_requested" => "Another e-mail address was asked for.",
        "email_changed" => "The e-mail address was changed.",
        "email_restored" => "The former e-mail address was restored.",
        "notices_chosen" => "It was chosen what is told by mail.",
        "proved" => "You confirmed again who you are.",
        "lifetimes_changed" => "It was changed how long sign-ins last.",
        "unbanned" => "The ban ended.",
        "limit_reset" => "An administrator forgot how often you had called.",
        "account_blocked" => "Too much went wrong: the account was blocked for a while.",
        "abuse_forgiven" => "What went wrong before was forgiven.",
        "key_created" => "An API key was made.",
        "key_changed" => "An API key was changed.",
        "key_rotated" => "An API key was given a new secret.",
        "key_revoked" => "An API key was revoked.",
        "keys_revoked" => "Every API key was revoked.",
        "key_leaked" => "An API key was found where others can read it, and revoked.",
        "key_expiry_told" => "A mail told that an API key ends soon.",
        "expiry_told" => "A mail told that the account ends soon.",
        "export_asked" => "A copy of all data was asked for.",
        "export_ready" => "A copy of all data was prepared.",
        "test_mail_sent" => "A mail with sample values was sent to try it out.",
        "data_exported" => "A copy of all data was taken.",
        "deactivated" => "The account was deactivated.",
        "reactivated" => "The account was made active again.",
        "nudge_dismissed" => "A reminder was put away.",
        "quota_overridden" => "It was changed how much may be used.",
        "quota_override_cleared" => "What may be used is as for everybody again.",
        "usage_granted" => "More was granted to use.",
        "usage_reset" => "What was used was counted anew.",
        "quota_blocked" => "Calls were blocked for a time, because a quota was spent.",
        "deletion_cancelled" => "Signing in took the deletion of the account back.",
        _ => return None,
    })
}

/// What a group of events is called where one is chosen.
pub const fn group_label(group: EventGroup) -> &'static str {
    match group {
        EventGroup::SignIns => "Sign-ins and devices",
        EventGroup::Security => "Password, address and keys",
        EventGroup::Profile => "Profile and notifications",
        EventGroup::Account => "Account and data",
        EventGroup::Administration => "By the people who run this site",
        EventGroup::Other => "Everything else",
    }
}

/// `key_made` as `Key made.`
fn by_name(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Who did it, where that was not the owner.
pub const fn doer(by: By) -> Option<&'static str> {
    match by {
        By::You | By::Anonymous => None,
        By::Person => Some("by an administrator"),
        By::Operator => Some("by the people who run this site"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::Timestamp;

    fn event(name: &str) -> OwnEvent {
        OwnEvent {
            id: String::new(),
            at: Timestamp(0),
            event: name.to_owned(),
            by: By::Anonymous,
            device: None,
            address: None,
            group: Some("premium".to_owned()),
            fields: vec!["name".to_owned(), "time_zone".to_owned()],
            reason: Some("Spam".to_owned()),
            until: Some(Timestamp::from_seconds(1_795_411_099)),
        }
    }

    #[test]
    fn every_kind_in_the_list_of_events_has_a_sentence_of_its_own() {
        let list = include_str!("../../../docs/src/audit.md");
        let rows = list.lines().filter(|line| line.starts_with("| `"));
        let names: Vec<_> =
            rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`')).collect();
        let names: Vec<_> = names.into_iter().filter(|name| name.len() > 2).collect();
        assert!(names.len() > 30, "{names:?}");
        // What is about no account, or about one that is gone, is in nobody's list.
        let nobodys = [
            "people_seeded",
            "group_lifetimes_changed",
            "group_created",
            "group_changed",
            "group_permissions_changed",
            "group_deleted",
            "address_banned",
            "address_unbanned",
            "endpoint_rule_set",
            "endpoint_rule_cleared",
            "quota_set",
            "quota_cleared",
            "limit_set",
            "limit_cleared",
            "account_deleted",
            "audit_exported",
            "audit_trimmed",
            "mail_retried",
            "mail_cancelled",
        ];
        let mut said = std::collections::BTreeSet::new();
        for name in names.into_iter().filter(|name| !nobodys.contains(name)) {
            let sentence = event_sentence(&event(name));
            assert!(said.insert(sentence.clone()), "said twice: {sentence}");
            assert!(known(&event(name)).is_some(), "{name} is told by its name alone");
            assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "{sentence}");
        }
    }

    #[test]
    fn what_is_known_of_an_event_is_in_its_sentence() {
        for (name, said) in [
            ("group_joined", "The group “premium” was joined."),
            ("profile_updated", "The profile was changed: name, time zone."),
            (
                "banned",
                "The account was banned until 23 November 2026, 05:18 UTC. The reason given is: “Spam”.",
            ),
            (
                "deletion_asked",
                "The deletion of the account was asked for. It is due on 23 November 2026, 05:18 UTC.",
            ),
            ("key_made", "Key made."),
        ] {
            assert_eq!(event_sentence(&event(name)), said);
        }
        assert_eq!(
            event_sentence(&OwnEvent { by: By::You, ..event("sign_in_failed") }),
            "A wrong password was given to confirm something."
        );
        assert_eq!(
            event_sentence(&OwnEvent { until: None, ..event("expiry_set") }),
            "The account has no end any more."
        );
    }
}
