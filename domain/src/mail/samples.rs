//! One message of every kind, with the values of an ordinary day: what `mail preview` shows, what a site's own templates are
//! held against, and what the snapshots are made of.

use super::{Message, letter::Letterhead, store::Claimed, wording, wording::Page};
use std::time::Duration;
use uuid::Uuid;
use vestibule_model::Timestamp;
use vestibule_model::quotas::grouped;

/// 2026-11-23T05:41:00Z.
const AT: Timestamp = Timestamp::from_seconds(1_795_412_460);

/// One of each kind.
#[expect(clippy::too_many_lines, reason = "a list, one entry for each kind of mail")]
pub(super) fn all() -> Vec<Message> {
    let (at, address) = (AT, Some("192.0.2.7".to_owned()));
    let page = |path: &str| format!("https://example.org{path}");
    let link =
        |path: &str| format!("https://example.org{path}?token=NmtCc1h0U2VjcmV0VG9rZW4tZm9yLXRlc3Rz_-AbCdE");
    let (login_link, forgot_link) = (page("/login"), page("/forgot"));
    let (login_page, forgot_page) = (login_link.clone(), forgot_link.clone());
    let email = "ada.new@example.org".to_owned();
    let person = "grace@example.org".to_owned();
    let by = "root@example.org".to_owned();
    let key = "vst_02JqPvFwXk4mT8sYbNcR7d".to_owned();
    vec![
        Message::Verify { link: link("/verify"), provider: None },
        Message::AlreadyRegistered { login_link: login_link.clone(), forgot_link: forgot_link.clone() },
        Message::FinishRegistration { link: link("/reset") },
        Message::Invited { link: link("/reset"), by: Some("Grace Hopper".to_owned()) },
        Message::Welcome { account_link: page("/account") },
        Message::Reset { link: link("/reset") },
        Message::PasswordChanged {
            forgot_link: forgot_link.clone(),
            at,
            address: address.clone(),
            sessions_kept: false,
        },
        Message::PasswordLocked { forgot_link: forgot_link.clone() },
        Message::TokenReused { forgot_link: forgot_link.clone(), device: Some("Work laptop".to_owned()), at },
        Message::IdentityLinked {
            provider: "Example".to_owned(),
            security_link: page("/account/security"),
            at,
            address: address.clone(),
        },
        Message::IdentityUnlinked {
            provider: "Example".to_owned(),
            security_link: page("/account/security"),
            at,
            address: address.clone(),
        },
        Message::KeyMade {
            key: key.clone(),
            rotated: false,
            keys_link: page("/account/keys"),
            at,
            address: address.clone(),
        },
        Message::KeyExpiring { key: key.clone(), keys_link: page("/account/keys"), at },
        Message::KeyLeaked { key: key.clone(), keys_link: page("/account/keys"), at },
        Message::NewDevice {
            sessions_link: page("/account/sessions"),
            forgot_link: forgot_link.clone(),
            device: "Firefox on Linux".to_owned(),
            at,
            address: address.clone(),
        },
        Message::EmailConfirm { link: link("/account/email/confirm") },
        Message::EmailKnown { login_link, forgot_link: forgot_link.clone() },
        Message::EmailChangeAsked {
            email: email.clone(),
            forgot_link: forgot_link.clone(),
            at,
            address: address.clone(),
        },
        Message::EmailChanged {
            email: email.clone(),
            undo_link: link("/email/undo"),
            at,
            address: address.clone(),
        },
        Message::EmailReplaced { email, at },
        Message::EmailNow { security_link: page("/account/security"), forgot_link: forgot_link.clone(), at },
        Message::EmailRestored { link: link("/reset"), forgot_link },
        Message::EmailTakenBack { at },
        Message::ProfileUpdated {
            fields: ["name", "time zone", "who sees your profile"].map(str::to_owned).to_vec(),
            account_link: page("/account"),
            forgot_link: forgot_page.clone(),
            at,
        },
        Message::QuotaNear {
            quota: "daily".to_owned(),
            percent: 80,
            limit: grouped(100_000),
            until: Some(at),
            usage_link: page("/account/usage"),
        },
        Message::QuotaSpent {
            quota: "daily".to_owned(),
            limit: grouped(100_000),
            until: Some(at),
            usage_link: page("/account/usage"),
        },
        Message::AccountExpiring { at },
        Message::DeletionAsked { login_link: login_page, until: at },
        Message::DeletionCancelled { forgot_link: forgot_page, at },
        Message::DeletionTakenBack { login_link: page("/login"), at },
        Message::ExportReady { data_link: page("/account/data"), forgot_link: page("/forgot"), until: at },
        Message::Deactivated { login_link: page("/login"), at },
        Message::Reactivated { forgot_link: page("/forgot"), at },
        Message::Banned { reason: "Spam in profiles".to_owned(), until: Some(at) },
        Message::Unbanned { login_link: page("/login") },
        Message::AccountDeleted,
        Message::AdminRegistration { email: person.clone(), at, address: address.clone() },
        Message::AdminBlock { email: person.clone(), at, address: address.clone() },
        Message::AdminGranted { email: person.clone(), by: by.clone(), at },
        Message::AdminWithdrawn { email: person.clone(), by: by.clone(), at },
        Message::AdminBanned {
            email: person.clone(),
            by,
            reason: "Spam in profiles".to_owned(),
            until: None,
            at,
        },
        Message::AdminKeyLeaked { email: person, key, at, address },
        Message::AdminMailFailing { waiting: 12, given_up: 1, failure: "unreachable".to_owned(), at },
        Message::AdminAbuse {
            who: "203.0.113.7/32".to_owned(),
            offences: "38 wrong passwords, 4 probes for weak programs".to_owned(),
            until: at,
            bans_link: page("/admin/bans"),
        },
        Message::Test { at },
    ]
}

/// The row of a sample in the outbox, to somebody called `name`.
pub(super) fn row(name: Option<&str>) -> Claimed {
    Claimed {
        id: Uuid::nil(),
        recipient: "ada@example.org".to_owned(),
        name: name.map(str::to_owned),
        message: String::new(),
        attempts: 1,
        created_at: AT,
        useless_after: Some(AT.after(Duration::from_hours(24))),
        time_zone: None,
    }
}

/// How the sample `message` is filled, by the site of `head`. What can be switched off has its way out.
pub(super) fn filled(head: &Letterhead, message: &Message, name: Option<&str>) -> Page {
    let optional = message.notice().is_some_and(|notice| !notice.is_security());
    let unsubscribe = optional.then(|| "https://example.org/unsubscribe?token=c2FtcGxl".to_owned());
    wording::page(head, &row(name), message, unsubscribe)
}

/// The page of the sample called `kind`.
pub(super) fn page(kind: &str) -> Page {
    let message = all().into_iter().find(|message| message.kind() == kind);
    let message = message.expect("every kind has a sample; a test looks");
    let unsubscribe = Some("https://example.org/unsubscribe?token=c2FtcGxl".to_owned());
    wording::page(&Letterhead::sample(), &row(Some("Ada")), &message, unsubscribe)
}
