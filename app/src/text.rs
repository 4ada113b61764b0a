//! Every sentence that says what went wrong or what was done, one for each code. Pages, the REST problem documents and the
//! command line all speak from here. A sentence is ours alone: nothing that a caller sent is ever part of one, and of what
//! others wrote only the reason of a ban, which an administrator gave for the person to read. Times are said as clocks show
//! them where the reader of the page lives, by their profile; outside of a page, and to strangers, in UTC.

mod events;
mod rights;

pub use events::{doer, event_sentence, group_label};
pub use rights::{reason_sentence, rule_words, trouble_sentence};

use crate::server;
use vestibule_model::accounts::AccountStatus;
use vestibule_model::error::Conflict;
use vestibule_model::{Error, Problem};

/// What a person is told about `error`.
pub fn sentence(error: &Error) -> String {
    let fixed = match error {
        Error::Invalid { .. } => "Some of what you entered needs another look.",
        Error::Malformed => "The request could not be understood. Go back and try again.",
        Error::UnsupportedMediaType => "The request came in a format this address does not take.",
        Error::BodyTooLarge => "That is more than this page takes. Shorten it and try again.",
        Error::RequestTooLarge => "The address or the headers of the request are too long.",
        Error::MethodNotAllowed => "This address cannot be used in that way.",
        Error::RequestTimeout => "The request took too long to arrive. Try again.",
        Error::CrossSite => {
            "This request came from another site and was stopped. Open our page and try again there."
        }
        Error::TwoCredentials => "Two credentials were sent at once. Send only one.",
        Error::SignInFirst => "Sign in to continue.",
        Error::BadToken => "Your sign-in is no longer valid. Sign in again.",
        Error::KeyNotTaken => "An API key is not taken here. Sign in instead.",
        Error::KeyReadOnly => "This API key may only read.",
        Error::KeyNetwork => "This API key may not be used from here.",
        Error::ProveAgain => "For your safety, enter your password again.",
        Error::BadCredentials => {
            "E-mail and password do not match a confirmed account. Check both and try again."
        }
        Error::WrongPassword => "That is not your current password.",
        Error::PasswordLocked => {
            "After too many attempts no password is taken any more. Choose a new one under “Forgot your password?”."
        }
        Error::Unconfirmed => {
            "Confirm your e-mail address first: the link is in your inbox, and can be sent again."
        }
        Error::AccountExpired => "This account has ended. The people who run this site can open it again.",
        Error::Banned { reason, until } => {
            let until = until.map(|until| format!(" until {}", moment(until))).unwrap_or_default();
            return format!("This account is banned{until}. The reason given is: “{reason}”.");
        }
        Error::LinkDead => "This link has expired or was used already.",
        Error::FlowDead => {
            "This sign-in took too long, was used already, or was begun in another browser. Begin again."
        }
        Error::ProviderRefused { label } => {
            return format!(
                "{label} did not sign you in. Nothing was changed; try again, or choose another way."
            );
        }
        Error::ProviderAway { label } => {
            return format!("{label} cannot be used at the moment. Try again later, or choose another way.");
        }
        Error::ProviderMisbehaved { label } => {
            return format!(
                "What {label} answered could not be trusted. Nothing was changed; choose another way."
            );
        }
        Error::WrongIdentity => "You signed in there as somebody whose account is not the one you use here.",
        Error::AddressNotAllowed => "Addresses like yours may not sign up in this way. Choose another one.",
        Error::NotAllowed { permission } => {
            return format!("You need the permission “{permission}” for this.");
        }
        Error::NotInGroup { .. } => "This is for the members of a group that you do not belong to.",
        Error::NotFound => "There is nothing at this address.",
        Error::ChangedMeanwhile => {
            "This was changed in another place while you were writing. Look at what you typed and save it again."
        }
        Error::Conflict { what } => conflict(*what),
        Error::RegistrationClosed => "This site is not taking new accounts at the moment.",
        Error::AddressBanned { until: None, .. } => "Requests from your network are not taken here.",
        Error::AddressBanned { until: Some(until), automatic: false } => {
            return format!("Requests from your network are not taken here until {}.", moment(*until));
        }
        Error::AddressBanned { until: Some(until), automatic: true } => {
            return format!(
                "Too much went wrong from your network. You can try again after {}.",
                clock(*until)
            );
        }
        Error::TooManyAttempts { retry_at } => {
            return format!("Too many attempts in a row. You can try again after {}.", clock(*retry_at));
        }
        Error::QuotaExceeded { resets_at: Some(at), .. } => {
            return format!("You have used all that you may for now. It begins anew on {}.", moment(*at));
        }
        Error::QuotaExceeded { resets_at: None, .. } => "You have used all that you may.",
        Error::RateLimited { retry_at, .. } => {
            return format!("Too many requests in a short time. You can go on after {}.", clock(*retry_at));
        }
        Error::Busy { retry_after_s } => {
            return format!("There is a lot going on right now. Try again in {}.", seconds(*retry_after_s));
        }
        Error::Unavailable => {
            "The service is not available right now. Nothing was changed; try again in a moment."
        }
        Error::Internal { .. } => {
            "Something went wrong on our side. Try again; if it stays, tell us the reference below."
        }
    };
    fixed.to_owned()
}

fn conflict(what: Conflict) -> &'static str {
    match what {
        Conflict::EmailTaken => "This e-mail address belongs to another account.",
        Conflict::LastAdmin => "This is the last administrator. Make another one first.",
        Conflict::OwnAddress => "This would shut you out yourself: it is where you ask from.",
        Conflict::OwnAccount => "You cannot do this to your own account.",
        Conflict::AlreadyVerified => "This e-mail address is confirmed already.",
        Conflict::IdentityTaken => {
            "This account is connected with somebody else here. Sign in with it, or use another one."
        }
        Conflict::ProviderLinked => {
            "You are connected with another account of this provider. Disconnect that first."
        }
        Conflict::LastWayIn => {
            "This is your only way to sign in. Set a password or connect another account first."
        }
        Conflict::GroupTaken => "There is a group of this name already.",
        Conflict::QuotaTaken => "There is a quota of this name already.",
        Conflict::QuotaOfProgram => "This quota belongs to the program. It can be switched off, not deleted.",
        Conflict::KeyLimit => "You have as many API keys as you may. Revoke one first.",
        Conflict::ExportWaiting => "This copy is not ready yet. A mail tells you when it is.",
        Conflict::BuiltInGroup => "This group belongs to the product and stays as it is.",
        Conflict::FromSettings => "The settings of this site say so. Change it there.",
        Conflict::GroupInRule => "Endpoints or quotas name this group. Change those first.",
        Conflict::LocksSignIn => {
            "Some of these endpoints are the way in. With this rule nobody could sign in any more."
        }
        Conflict::NeverMet => {
            "Some of these endpoints know no sign-in, so that nobody could ever meet this rule."
        }
        Conflict::MailDone => "This mail was sent, is being sent right now, or is of no more use.",
    }
}

/// What a person is told beside a field with `problem`.
pub fn field_sentence(problem: &Problem) -> String {
    let fixed = match problem {
        Problem::Required => "Fill this in.",
        Problem::TooShort { min } => return format!("Use at least {min} characters."),
        Problem::TooLong { max } => return format!("Use at most {max} characters."),
        Problem::Malformed => "This is not in the right form.",
        Problem::ForbiddenCharacter => "This contains a character that is not allowed here.",
        Problem::Taken => "This is taken already.",
        Problem::Reserved => "This name is reserved. Choose another one.",
        Problem::TooCommon => "This password is on the lists that attackers try first. Choose another one.",
        Problem::TooGuessable => "This password is easy to guess. Add a few unrelated words.",
        Problem::TooPersonal => "This password is too close to your name, your address or this site's name.",
        Problem::UsedBefore => "You used this password before. Choose a new one.",
        Problem::TooMany { max } => return format!("Use at most {max} of them."),
        Problem::NotOffered => "Choose one of the list.",
        Problem::TooSoon { until } => {
            return format!("You changed this lately. You can change it again on {}.", day(*until));
        }
        Problem::ReadOnly => "Only administrators can change this.",
        Problem::NotAPicture => "This is not a picture of a kind we can read. Use JPEG, PNG, WebP or GIF.",
        Problem::PictureTooLarge => "This picture is too large. Use one of at most 5 MiB and 25 megapixels.",
        Problem::Unchanged => "This is what holds already.",
        Problem::AlwaysOn => "This is for your safety and cannot be switched off.",
        Problem::Past => "This moment is over already. Choose a later one.",
        Problem::Unknown => "There is no such field here.",
        Problem::WrongType => "This has the wrong type.",
    };
    fixed.to_owned()
}

/// The sentence beside the field called `field`: where the field says more than the problem, it is told.
pub fn field_sentence_for(field: &str, problem: &Problem) -> String {
    let fixed = match (field, problem) {
        ("email", Problem::Required) => "Enter your e-mail address.",
        ("email", Problem::Unchanged) => "This is your address already.",
        ("email", Problem::Malformed) => "Enter an e-mail address like name@example.org.",
        ("password", Problem::Required) => "Enter your password.",
        ("current_password", Problem::Required) => "Enter the password you use now.",
        ("new_password", Problem::Required) => "Enter the password you want to use from now on.",
        ("from" | "to", Problem::Malformed) => "Write the day as year, month and day: 2026-11-23.",
        ("name", Problem::Required) => "Enter your name.",
        ("confirm", Problem::Required) => "Type which account is to be deleted.",
        ("confirm", Problem::Malformed) => {
            "This is neither the e-mail address nor the user name of this account."
        }
        ("begins_with", Problem::Malformed) => {
            "Type how the key begins, and never all of it: addresses are kept in logs."
        }
        ("key_name", Problem::Required) => "Give the key a name.",
        ("network", Problem::Required) => "Enter an address or a network.",
        ("network" | "address", Problem::Malformed) => {
            "Write an address or a network, as 192.0.2.7, 198.51.100.0/24 or 2001:db8::/32."
        }
        ("network", Problem::Reserved) => {
            "This machine, trusted proxies and networks that are never banned cannot be banned."
        }
        ("reason", Problem::Required) => "Say why.",
        ("networks", Problem::Malformed) => {
            "Write one address or network a line, as 192.0.2.7, 198.51.100.0/24 or 2001:db8::/32."
        }
        ("scopes", Problem::NotOffered) => "You do not have one of these permissions any more.",
        ("until", Problem::Required) => "Choose a day.",
        ("until", Problem::Past) => "Choose a later day.",
        ("until", Problem::NotOffered) => "Choose a day of the next ten years.",
        ("confirm_name", Problem::Required | Problem::Malformed) => "This is not the name of the group.",
        ("person", Problem::Required) => "Say who.",
        ("person", Problem::NotOffered) => "Nobody is called that.",
        ("idle" | "overall" | "remembered" | "refresh_idle" | "refresh_overall", Problem::Malformed) => {
            "Use a span such as 8h or 30d, from a minute to ten years, or forever."
        }
        ("permission", Problem::NotOffered) => "Nobody declares a permission of this name.",
        ("group", Problem::NotOffered) => "There is no group of this name.",
        ("avatar", Problem::Required) => "Choose a picture first.",
        ("username", Problem::Malformed) => {
            "Use letters, digits and single “-”, “_” or “.”; begin with a letter and end with a letter or digit."
        }
        ("username", Problem::Taken) => "This user name is taken.",
        _ => return field_sentence(problem),
    };
    fixed.to_owned()
}

/// What was done, told once on the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The quota is made.
    QuotaMade,
    /// The quota was changed.
    QuotaSaved,
    /// The quota is gone, or as the program states it.
    QuotaCleared,
    /// Something else holds for somebody.
    QuotaOverridden,
    /// What the quota says holds for somebody again.
    QuotaRestored,
    /// Somebody was given units.
    UsageGranted,
    /// Somebody's count was begun anew.
    UsageReset,
    /// The address is confirmed.
    Verified,
    /// The address is confirmed, and somebody else holds the wished user name by now.
    VerifiedWithoutName,
    /// A verification link is on its way, if there is an account that waits for one.
    LinkSent,
    /// The password was set and every session ended.
    PasswordSet,
    /// The password was set, the address confirmed by it, and somebody else holds the wished user name by now.
    PasswordSetWithoutName,
    /// The password was replaced, and every other session ended.
    PasswordChanged,
    /// The password was replaced, and other sessions go on.
    PasswordChangedHere,
    /// Another address was asked for.
    EmailAsked,
    /// Another address holds.
    EmailChanged,
    /// The former address holds again.
    EmailRestored,
    /// What is told by mail was chosen.
    NoticesSaved,
    /// A kind of mail was stopped.
    Unsubscribed,
    /// An account elsewhere is connected.
    IdentityLinked,
    /// It was connected before.
    IdentityKnown,
    /// An account elsewhere is connected no longer.
    IdentityUnlinked,
    /// One of the other sessions ended.
    SessionEnded,
    /// The device of one session has another name, or none.
    DeviceNamed,
    /// Every other session ended.
    OtherSessionsEnded,
    /// An API key was changed.
    KeySaved,
    /// An API key is taken again.
    KeyEnabled,
    /// An API key is switched off.
    KeyDisabled,
    /// An API key is over for good.
    KeyRevoked,
    /// The profile was changed.
    ProfileSaved,
    /// The picture was set.
    AvatarSet,
    /// The picture was taken away.
    AvatarRemoved,
    /// The first administrator was made and is signed in.
    SetUp,
    /// Somebody was invited.
    PersonInvited,
    /// Somebody's account was changed.
    PersonSaved,
    /// What was asked for somebody was done.
    PersonDone,
    /// A mail to somebody is on its way.
    PersonMailed,
    /// Somebody was banned.
    PersonBanned,
    /// Somebody's account is gone.
    PersonDeleted,
    /// A note was written.
    NoteWritten,
    /// A note was taken away.
    NoteRemoved,
    /// The session ended.
    SignedOut,
    /// A group was made.
    GroupMade,
    /// A group was changed.
    GroupSaved,
    /// A group was deleted.
    GroupDeleted,
    /// Somebody was put into a group.
    GroupJoined,
    /// Somebody was taken out of a group.
    GroupLeft,
    /// The rule of a tag was set.
    RuleSet,
    /// An address or network was banned.
    NetworkBanned,
    /// A ban of an address or network was lifted.
    NetworkUnbanned,
    /// What an address or account did was forgotten.
    Forgiven,
    /// The rule of a tag was taken back.
    RuleCleared,
    /// A rate limit was set.
    LimitSet,
    /// What was set for a rate limit was taken back.
    LimitCleared,
    /// What a rate limit counted was forgotten.
    LimitReset,
    /// The account is gone.
    AccountDeleted,
    /// The account will be erased, unless its owner signs in before.
    DeletionAsked,
    /// Signing in took the deletion back.
    DeletionCancelled,
    /// The account sleeps, and everybody is signed out.
    Deactivated,
    /// Signing in woke the account.
    Reactivated,
    /// A copy of one's data was asked for.
    ExportAsked,
    /// A reminder is not shown any more.
    NudgeDismissed,
    /// Mail is tried again.
    MailRetried,
    /// A mail was stopped.
    MailCancelled,
    /// A mail with sample values is on its way to who asked.
    SampleSent,
}

/// What a person is told about `notice`.
pub const fn notice_sentence(notice: Notice) -> &'static str {
    match notice {
        Notice::Verified => "Your e-mail address is confirmed. You can sign in now.",
        Notice::VerifiedWithoutName => {
            "Your e-mail address is confirmed. You can sign in now. Somebody else took the user name you wished for meanwhile, so your account has none."
        }
        Notice::LinkSent => "If an account is waiting for it, a new link is on its way to that address.",
        Notice::PasswordSet => {
            "Your new password is set, and you were signed out everywhere. Sign in with it now."
        }
        Notice::PasswordSetWithoutName => {
            "Your new password is set. Sign in with it now. Somebody else took the user name you wished for meanwhile, so your account has none."
        }
        Notice::PasswordChanged => {
            "Your new password is set. You stay signed in here and were signed out everywhere else."
        }
        Notice::PasswordChangedHere => {
            "Your new password is set. Devices and programs that were signed in stay signed in."
        }
        Notice::EmailAsked => "If that address is free, a link to confirm it is on its way there.",
        Notice::EmailChanged => {
            "Your new e-mail address holds. You stay signed in here and were signed out everywhere else."
        }
        Notice::EmailRestored => {
            "Your e-mail address is restored, and everybody is signed out. We sent you a link to choose a new password."
        }
        Notice::NoticesSaved => "Your choice is saved.",
        Notice::Unsubscribed => "You get no more mails like that one.",
        Notice::IdentityLinked => "The account is connected. You can sign in with it from now on.",
        Notice::IdentityKnown => "That account was connected already.",
        Notice::IdentityUnlinked => "The account is connected no longer. It does not open this one any more.",
        Notice::SessionEnded => "That device is signed out.",
        Notice::DeviceNamed => "The name of that device is saved.",
        Notice::OtherSessionsEnded => "Every other device is signed out.",
        Notice::KeySaved => "The key is changed.",
        Notice::KeyEnabled => "The key is on again.",
        Notice::KeyDisabled => "The key is off. Switch it on again whenever you like.",
        Notice::KeyRevoked => "The key is revoked. Nobody can use it any more.",
        Notice::ProfileSaved => "Your profile is saved.",
        Notice::AvatarSet => "This is your picture now.",
        Notice::AvatarRemoved => "Your picture is gone.",
        Notice::SetUp => "Welcome. You are the first administrator, and you are signed in.",
        Notice::PersonInvited => "The account is made, and an invitation is on its way.",
        Notice::PersonSaved => "The account is changed.",
        Notice::PersonDone => "It is done.",
        Notice::PersonMailed => "The mail is on its way.",
        Notice::PersonBanned => "The person is banned, and every session of theirs has ended.",
        Notice::PersonDeleted => "The account is gone.",
        Notice::NoteWritten => "The note is kept.",
        Notice::NoteRemoved => "The note is gone.",
        Notice::SignedOut => "You are signed out.",
        Notice::GroupMade => "The group is made. Nobody belongs to it yet.",
        Notice::GroupSaved => "The group is changed. It holds from the next request on.",
        Notice::GroupDeleted => "The group is deleted. What its members had by it ended.",
        Notice::GroupJoined => "They belong to the group now.",
        Notice::GroupLeft => "They do not belong to the group any more.",
        Notice::QuotaMade => "The quota is made, and holds from the next request on.",
        Notice::QuotaSaved => "The quota holds as it is now from the next request on.",
        Notice::QuotaCleared => "The quota is gone, or as the program states it.",
        Notice::QuotaOverridden => "This holds for them from the next request on.",
        Notice::QuotaRestored => "What the quota says holds for them again.",
        Notice::UsageGranted => "They may spend so much more until the window ends.",
        Notice::UsageReset => "Their count begins anew.",
        Notice::RuleSet => "The rule holds from the next request on.",
        Notice::NetworkBanned => "The ban holds from the next request on.",
        Notice::Forgiven => "It is forgotten, and what was done about it is undone.",
        Notice::NetworkUnbanned => "The ban is lifted.",
        Notice::RuleCleared => "The rule is taken back.",
        Notice::LimitSet => "The limit holds from the next request on.",
        Notice::LimitCleared => "What was set for the limit is taken back.",
        Notice::LimitReset => "What was counted is forgotten.",
        Notice::AccountDeleted => "Your account is deleted. We sent you a last mail to confirm it.",
        Notice::DeletionAsked => {
            "Your account will be deleted, and you are signed out everywhere. Our mail says until when signing in takes it back."
        }
        Notice::Deactivated => {
            "Your account is deactivated, and you are signed out everywhere. Sign in whenever you want it back."
        }
        Notice::Reactivated => "Welcome back. Your account is active again, as it was before.",
        Notice::ExportAsked => "We are preparing your copy. A mail tells you when it is ready.",
        Notice::NudgeDismissed => "You will not be reminded of that any more.",
        Notice::DeletionCancelled => {
            "Welcome back. Your account will not be deleted: signing in took that back."
        }
        Notice::MailRetried => "It is tried again in a moment.",
        Notice::MailCancelled => "That mail will not be sent.",
        Notice::SampleSent => "It is on its way to your address.",
    }
}

/// The state of an account in a word, for administrators.
pub const fn status_word(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "Active",
        AccountStatus::Unconfirmed => "Unconfirmed",
        AccountStatus::Deactivated => "Asleep",
        AccountStatus::Ended => "Ended",
        AccountStatus::Leaving => "Leaving",
        AccountStatus::Banned => "Banned",
    }
}

/// How good a password is that is taken, by zxcvbn's score.
pub const fn strength_sentence(score: u8) -> &'static str {
    match score {
        0..=2 => "Good enough.",
        3 => "Hard to guess.",
        _ => "Very hard to guess.",
    }
}

/// `2026-11-23 05:18:19 UTC`: the exact moment, wherever the reader lives.
pub fn moment(at: vestibule_model::Timestamp) -> String {
    let whole = vestibule_model::Timestamp::from_seconds(at.seconds()).to_string();
    whole.replace('T', " ").replace('Z', " UTC")
}

/// `23 November 2026`, where the reader lives.
pub fn day(at: vestibule_model::Timestamp) -> String {
    server::zone().day(at)
}

/// `23 November 2026, 06:18` where the reader lives, `23 November 2026, 05:18 UTC` for one who chose no time zone.
pub fn day_and_time(at: vestibule_model::Timestamp) -> String {
    server::zone().day_and_time(at)
}

/// `14 days`, `1 day`, `36 hours`, `30 minutes`
pub fn span(span: std::time::Duration) -> String {
    let (count, unit) = match span.as_secs() / 60 {
        minutes if minutes >= 60 * 24 && minutes.is_multiple_of(60 * 24) => (minutes / (60 * 24), "day"),
        minutes if minutes >= 60 => (minutes / 60, "hour"),
        minutes => (minutes.max(1), "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// `06:18` where the reader lives, else `05:18 UTC`; rounded up, so that it is not too soon then.
fn clock(at: vestibule_model::Timestamp) -> String {
    server::zone().clock(vestibule_model::Timestamp::from_seconds(at.seconds().saturating_add(59)))
}

fn seconds(count: u32) -> String {
    match count {
        0 | 1 => "a second".to_owned(),
        2..=119 => format!("{count} seconds"),
        _ => format!("{} minutes", count.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::{FieldError, Timestamp};

    fn errors() -> Vec<Error> {
        let at = Timestamp::from_seconds(1_795_411_099);
        let fields = vec![FieldError { field: "<script>".into(), problem: Problem::Required }];
        let conflicts = [
            Conflict::EmailTaken,
            Conflict::LastAdmin,
            Conflict::OwnAccount,
            Conflict::OwnAddress,
            Conflict::IdentityTaken,
            Conflict::ProviderLinked,
            Conflict::LastWayIn,
            Conflict::AlreadyVerified,
            Conflict::GroupTaken,
            Conflict::BuiltInGroup,
            Conflict::ExportWaiting,
            Conflict::FromSettings,
            Conflict::GroupInRule,
            Conflict::LocksSignIn,
            Conflict::NeverMet,
            Conflict::MailDone,
        ];
        let mut all = vec![
            Error::Invalid { fields },
            Error::Malformed,
            Error::UnsupportedMediaType,
            Error::BodyTooLarge,
            Error::RequestTooLarge,
            Error::MethodNotAllowed,
            Error::RequestTimeout,
            Error::CrossSite,
            Error::TwoCredentials,
            Error::SignInFirst,
            Error::BadToken,
            Error::ProveAgain,
            Error::BadCredentials,
            Error::WrongPassword,
            Error::PasswordLocked,
            Error::AccountExpired,
            Error::Unconfirmed,
            Error::Banned { reason: "Spam".into(), until: Some(at) },
            Error::Banned { reason: "Spam".into(), until: None },
            Error::LinkDead,
            Error::FlowDead,
            Error::ProviderRefused { label: "Example".into() },
            Error::ProviderAway { label: "Example".into() },
            Error::ProviderMisbehaved { label: "Example".into() },
            Error::WrongIdentity,
            Error::AddressNotAllowed,
            Error::NotAllowed { permission: "accounts:view".into() },
            Error::NotInGroup { group: "staff".into() },
            Error::NotFound,
            Error::ChangedMeanwhile,
            Error::RegistrationClosed,
            Error::AddressBanned { until: None, automatic: false },
            Error::AddressBanned { until: Some(at), automatic: false },
            Error::AddressBanned { until: Some(at), automatic: true },
            Error::TooManyAttempts { retry_at: at },
            Error::RateLimited { policy: "sign_in".into(), retry_at: at },
            Error::Busy { retry_after_s: 3 },
            Error::Unavailable,
            Error::Internal { id: "7f3a".into() },
        ];
        all.extend(conflicts.map(|what| Error::Conflict { what }));
        all
    }

    fn problems() -> [Problem; 22] {
        [
            Problem::Required,
            Problem::TooShort { min: 15 },
            Problem::TooLong { max: 256 },
            Problem::Malformed,
            Problem::ForbiddenCharacter,
            Problem::Taken,
            Problem::Reserved,
            Problem::TooCommon,
            Problem::TooGuessable,
            Problem::TooPersonal,
            Problem::UsedBefore,
            Problem::TooMany { max: 5 },
            Problem::NotOffered,
            Problem::TooSoon { until: Timestamp::from_seconds(1_795_411_099) },
            Problem::ReadOnly,
            Problem::NotAPicture,
            Problem::PictureTooLarge,
            Problem::Unchanged,
            Problem::AlwaysOn,
            Problem::Past,
            Problem::Unknown,
            Problem::WrongType,
        ]
    }

    #[test]
    fn every_code_has_one_whole_sentence_of_its_own() {
        let mut said = std::collections::BTreeSet::new();
        let fields =
            ["email", "name", "username", "password", "current_password", "new_password", "anything"];
        let beside = problems().into_iter().flat_map(|p| fields.map(|field| field_sentence_for(field, &p)));
        for text in errors().iter().map(sentence).chain(problems().iter().map(field_sentence)) {
            assert!(said.insert(text.clone()), "said twice: {text}");
        }
        for text in said.into_iter().chain(beside) {
            assert!(text.ends_with('.') && text.starts_with(char::is_uppercase) && text.len() > 12, "{text}");
            assert!(!text.contains(['<', '>', '{', '}']), "{text}");
        }
    }

    #[test]
    fn numbers_are_told_in_words_of_people() {
        let at = Timestamp::from_seconds(1_795_411_099);
        assert_eq!(
            sentence(&Error::TooManyAttempts { retry_at: at }),
            "Too many attempts in a row. You can try again after 05:19 UTC."
        );
        assert_eq!(
            sentence(&Error::Busy { retry_after_s: 1 }),
            "There is a lot going on right now. Try again in a second."
        );
        assert_eq!(
            sentence(&Error::Busy { retry_after_s: 200 }),
            "There is a lot going on right now. Try again in 4 minutes."
        );
        assert_eq!(moment(at), "2026-11-23 05:18:19 UTC");
        assert_eq!(day_and_time(at), "23 November 2026, 05:18 UTC");
        let spans = [14 * 24 * 60, 24 * 60, 36 * 60, 90, 30]
            .map(|minutes| span(std::time::Duration::from_mins(minutes)));
        assert_eq!(spans, ["14 days", "1 day", "36 hours", "1 hour", "30 minutes"]);
    }
}
