//! The event spine: every change of state is announced here, inside its transaction. The audit row, what administrators are
//! told, an extension's hook and later the metrics hang on it, so that no change goes unseen.

use crate::sessions::lifetimes;
use crate::{Actor, Client, Domain, audit, db::Tx, metrics, notices};
use serde::Serialize;
use uuid::Uuid;
use vestibule_model::abuse::Evidence;
use vestibule_model::endpoints::Rule;
use vestibule_model::keys::Revoked;
use vestibule_model::limits::LimitForm;
use vestibule_model::quotas::{Allowance, Quota};
use vestibule_model::values::BanId;
use vestibule_model::{KeyId, Result, SessionId, Timestamp, UserId, Username};

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The first administrator was made by the printed link.
    SetUp {
        /// The administrator.
        user: UserId,
    },
    /// A person registered.
    Registered {
        /// The new account.
        user: UserId,
        /// By whose sign-in; nothing for a password.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
    },
    /// Somebody registered with an address that has an account.
    RegisteredAgain {
        /// The account that exists.
        user: UserId,
    },
    /// An operator or administrator made an account.
    AccountCreated {
        /// The new account.
        user: UserId,
    },
    /// An operator or administrator made an account and invited somebody to it.
    Invited {
        /// The new account.
        user: UserId,
    },
    /// People were made up, for development.
    PeopleSeeded {
        /// How many.
        count: u32,
    },
    /// A note on somebody was written.
    NoteWritten {
        /// Whom it is about.
        user: UserId,
    },
    /// A note on somebody was taken away.
    NoteRemoved {
        /// Whom it was about.
        user: UserId,
    },
    /// An address was confirmed.
    EmailVerified {
        /// The account.
        user: UserId,
    },
    /// A verification link was sent again.
    VerificationSent {
        /// The account.
        user: UserId,
    },
    /// Somebody signed in.
    SignedIn {
        /// The account.
        user: UserId,
        /// The new session.
        session: SessionId,
        /// By whose sign-in; nothing for a password.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
    },
    /// An account elsewhere opens an account from now on.
    IdentityLinked {
        /// The account.
        user: UserId,
        /// Whose account elsewhere.
        provider: String,
    },
    /// An account elsewhere opens an account no longer.
    IdentityUnlinked {
        /// The account.
        user: UserId,
        /// Whose account elsewhere.
        provider: String,
    },
    /// An account whose address nobody had confirmed was emptied, and is theirs for whom a provider vouched.
    AccountClaimed {
        /// The account.
        user: UserId,
        /// Which provider.
        provider: String,
    },
    /// A sign-in failed.
    SignInFailed {
        /// The account, where the address has one.
        user: Option<UserId>,
    },
    /// An account's password is refused until it is reset: too many failures in a row.
    PasswordLocked {
        /// The account.
        user: UserId,
    },
    /// A session ended by its owner's wish.
    SignedOut {
        /// The account.
        user: UserId,
        /// The session.
        session: SessionId,
    },
    /// All sessions of a person ended.
    SignedOutEverywhere {
        /// The account.
        user: UserId,
    },
    /// One of a person's sessions ended by their wish, or by an operator's or administrator's.
    SessionEnded {
        /// The account.
        user: UserId,
        /// The session that ended.
        session: SessionId,
    },
    /// All sessions of a person but the one that asked ended.
    OtherSessionsEnded {
        /// The account.
        user: UserId,
    },
    /// A device was given a name by its owner, another one, or none.
    DeviceNamed {
        /// The account.
        user: UserId,
        /// The session on that device. The name is not kept here.
        session: SessionId,
    },
    /// A person replaced their password by another one.
    PasswordChanged {
        /// The account.
        user: UserId,
    },
    /// A profile was changed.
    ProfileUpdated {
        /// The account.
        user: UserId,
        /// Names of what was changed, as in `PATCH /me`; never values.
        fields: Vec<String>,
    },
    /// A person goes by another user name, or by none.
    UsernameChanged {
        /// The account.
        user: UserId,
        /// The name before. It is not kept in the audit trail, which outlives the account.
        #[serde(skip)]
        from: Option<Username>,
        /// The name now.
        #[serde(skip)]
        to: Option<Username>,
    },
    /// A picture was set or taken away.
    AvatarChanged {
        /// The account.
        user: UserId,
        /// Whether there is none now.
        removed: bool,
    },
    /// A consumed refresh token came back; its whole family ended.
    RefreshReused {
        /// The account.
        user: UserId,
        /// The family.
        session: SessionId,
    },
    /// A reset link was asked for.
    ResetRequested {
        /// The account.
        user: UserId,
    },
    /// A new password was set by a reset link.
    PasswordReset {
        /// The account.
        user: UserId,
    },
    /// Another address was asked for.
    EmailChangeRequested {
        /// The account.
        user: UserId,
    },
    /// An account has another address.
    EmailChanged {
        /// The account.
        user: UserId,
    },
    /// A change of address was taken back.
    EmailRestored {
        /// The account.
        user: UserId,
    },
    /// A person chose what to be told of.
    NoticesChosen {
        /// The account.
        user: UserId,
        /// Notices that are sent from now on.
        on: Vec<String>,
        /// Notices that are not.
        off: Vec<String>,
    },
    /// An account was deleted.
    AccountDeleted {
        /// The account that was.
        user: UserId,
    },
    /// A person proved again who they are.
    Proved {
        /// The account.
        user: UserId,
        /// The session that goes on.
        session: SessionId,
        /// By whose sign-in, unless by the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
    },
    /// How long a person's sign-ins last was changed.
    LifetimesChanged {
        /// The account.
        user: UserId,
    },
    /// How long the sign-ins of a group's members last was changed.
    GroupLifetimesChanged {
        /// The group's name.
        group: String,
        /// What was set for them before.
        before: lifetimes::Set,
        /// What is set for them now.
        after: lifetimes::Set,
    },
    /// A person was banned, or their ban given another reason or end.
    Banned {
        /// The account.
        user: UserId,
        /// Why, as the person is told.
        reason: String,
        /// When it ends by itself.
        until: Option<Timestamp>,
    },
    /// A ban was lifted, or ended by itself.
    Unbanned {
        /// The account.
        user: UserId,
    },
    /// Requests from a network are not taken any more, or for another reason or time than before.
    AddressBanned {
        /// The ban.
        ban: BanId,
        /// The network in CIDR notation.
        network: String,
        /// Why, for administrators.
        reason: String,
        /// When it ends by itself.
        until: Option<Timestamp>,
        /// Whether the program did it by itself.
        automatic: bool,
    },
    /// Requests from a network are taken again.
    AddressUnbanned {
        /// The ban.
        ban: BanId,
        /// The network in CIDR notation.
        network: String,
        /// Whether its own end came.
        lapsed: bool,
    },
    /// The program refuses an account for a time, for what was done with it.
    AccountBlocked {
        /// The account.
        user: UserId,
        /// When it ends by itself.
        until: Timestamp,
        /// What it was done for.
        evidence: Evidence,
    },
    /// What an address or account did was forgotten, and what the program did about it undone.
    AbuseForgiven {
        /// The account, where it is one.
        user: Option<UserId>,
        /// The address or account.
        subject: String,
    },
    /// An account was given an end, another one, or none any more.
    ExpirySet {
        /// The account.
        user: UserId,
        /// When it ends.
        expires_at: Option<Timestamp>,
    },
    /// A person was told that their account is about to end.
    ExpiryTold {
        /// The account.
        user: UserId,
    },
    /// A copy of everything about a person was taken, by them or for them.
    DataExported {
        /// The account.
        user: UserId,
    },
    /// A person asked for a copy of everything about them, to be prepared in the background.
    ExportAsked {
        /// The account.
        user: UserId,
    },
    /// Such a copy was written, and can be taken.
    ExportReady {
        /// The account.
        user: UserId,
    },
    /// The deletion of an account was asked for.
    DeletionAsked {
        /// The account.
        user: UserId,
        /// When it will be erased.
        due_at: Timestamp,
    },
    /// A person signed in before their account was erased: it stays.
    DeletionCancelled {
        /// The account.
        user: UserId,
    },
    /// An API key was made.
    KeyCreated {
        /// Its owner.
        user: UserId,
        /// The key.
        key: KeyId,
        /// Permissions it may use while its owner holds them.
        scopes: Vec<String>,
        /// Whether it only reads.
        read_only: bool,
        /// When it ends.
        expires_at: Option<Timestamp>,
    },
    /// An API key was changed.
    KeyChanged {
        /// Its owner.
        user: UserId,
        /// The key.
        key: KeyId,
        /// What was changed: `name`, `networks`, `enabled`, `disabled`; never values.
        fields: Vec<String>,
    },
    /// An API key was given a new secret.
    KeyRotated {
        /// Its owner.
        user: UserId,
        /// The key.
        key: KeyId,
        /// Until when the secret before goes on holding.
        until: Timestamp,
        /// When the key ends.
        expires_at: Option<Timestamp>,
    },
    /// An API key was revoked.
    KeyRevoked {
        /// Its owner.
        user: UserId,
        /// The key.
        key: KeyId,
        /// Why.
        reason: Revoked,
    },
    /// Every API key of a person was revoked.
    KeysRevoked {
        /// Their owner.
        user: UserId,
        /// Why.
        reason: Revoked,
    },
    /// An API key was found where others can read it, and revoked.
    KeyLeaked {
        /// Its owner.
        user: UserId,
        /// The key.
        key: KeyId,
        /// How it begins, up to its secret. It is told by mail, and not kept.
        #[serde(skip)]
        begins_with: String,
    },
    /// A person was told that an API key is about to end.
    KeyExpiryTold {
        /// Its owner.
        user: UserId,
        /// The key.
        key: KeyId,
    },
    /// An account was put to sleep: nobody sees it, and nothing of it works.
    Deactivated {
        /// The account.
        user: UserId,
    },
    /// An account that slept is as it was before.
    Reactivated {
        /// The account.
        user: UserId,
    },
    /// A person does not want to be reminded of something any more.
    NudgeDismissed {
        /// The account.
        user: UserId,
        /// Of what.
        nudge: String,
    },
    /// Rows of the audit trail were taken out as a file.
    AuditExported,
    /// Rows of the audit trail went, because the site keeps them no longer.
    AuditTrimmed {
        /// The place in the chain of the last one that went.
        through: i64,
    },
    /// Mail is tried again now.
    MailRetried {
        /// The mail; nothing for all that were given up.
        mail: Option<Uuid>,
        /// Which mail it is.
        kind: Option<String>,
        /// How many.
        count: u64,
    },
    /// Somebody sent themselves a mail with sample values.
    TestMailSent {
        /// The account.
        user: UserId,
        /// Which mail it was.
        kind: String,
    },
    /// A mail was stopped before it was sent.
    MailCancelled {
        /// The mail.
        mail: Uuid,
        /// Which mail it is.
        kind: String,
    },
    /// A group was made.
    GroupCreated {
        /// The group's name.
        group: String,
    },
    /// A group was given other words.
    GroupChanged {
        /// The group's name.
        group: String,
        /// What it was for.
        before: String,
        /// What it is for.
        after: String,
    },
    /// The members of a group may do more, or less.
    GroupPermissionsChanged {
        /// The group's name.
        group: String,
        /// What they might do before.
        before: Vec<String>,
        /// What they may do now.
        after: Vec<String>,
    },
    /// A group was deleted.
    GroupDeleted {
        /// The group's name.
        group: String,
    },
    /// A person joined a group.
    GroupJoined {
        /// The account.
        user: UserId,
        /// The group's name.
        group: String,
    },
    /// A person left a group.
    GroupLeft {
        /// The account.
        user: UserId,
        /// The group's name.
        group: String,
    },
    /// The endpoints of a tag ask for something beyond what they ask for themselves, or for something else than before.
    EndpointRuleSet {
        /// The tag.
        tag: String,
        /// What was asked before.
        before: Option<Rule>,
        /// What is asked now.
        after: Rule,
    },
    /// The endpoints of a tag ask for nothing but what they ask for themselves.
    EndpointRuleCleared {
        /// The tag.
        tag: String,
        /// What was asked before.
        before: Rule,
    },
    /// A rate limit was set, or changed.
    LimitSet {
        /// Its name.
        limit: String,
        /// What was set before.
        before: Option<LimitForm>,
        /// What is set now.
        after: LimitForm,
    },
    /// What was set for a rate limit was taken back.
    LimitCleared {
        /// Its name.
        limit: String,
        /// What was set before.
        before: LimitForm,
    },
    /// What a rate limit had counted was forgotten.
    LimitReset {
        /// Its name.
        limit: String,
        /// Whose counts, if only those of one person.
        user: Option<UserId>,
        /// Whose counts, if only those of one address.
        address: Option<String>,
    },
    /// A quota was made or changed.
    QuotaSet {
        /// Its name.
        quota: String,
        /// What it said before.
        before: Option<Quota>,
        /// What it says.
        after: Quota,
    },
    /// A quota was deleted, or what was changed of one that the program states was taken back.
    QuotaCleared {
        /// Its name.
        quota: String,
        /// What it said.
        before: Quota,
    },
    /// Somebody, or one of their keys, may spend something else than a quota says.
    QuotaOverridden {
        /// The account.
        user: UserId,
        /// The key, where it is for that alone.
        key: Option<KeyId>,
        /// The quota.
        quota: String,
        /// What was said for them before.
        before: Option<Allowance>,
        /// What they may spend.
        after: Allowance,
        /// When that ends.
        expires_at: Option<Timestamp>,
        /// Why. It may name people, and is kept where the override is.
        #[serde(skip)]
        reason: String,
    },
    /// Somebody, or one of their keys, may spend what the quota says again.
    QuotaOverrideCleared {
        /// The account.
        user: UserId,
        /// The key.
        key: Option<KeyId>,
        /// The quota.
        quota: String,
    },
    /// Somebody was given units beside what they may spend.
    UsageGranted {
        /// The account.
        user: UserId,
        /// The key.
        key: Option<KeyId>,
        /// The quota.
        quota: String,
        /// How many.
        units: u64,
        /// Why. It may name people, and is not kept.
        #[serde(skip)]
        reason: String,
    },
    /// Somebody's count was begun anew.
    UsageReset {
        /// The account.
        user: UserId,
        /// The key.
        key: Option<KeyId>,
        /// The quota; nothing for all of them.
        quota: Option<String>,
    },
    /// Everything of somebody's is refused for a time, because they went on when their quota was spent.
    QuotaBlocked {
        /// The account; nothing for a group or an address.
        user: Option<UserId>,
        /// The quota.
        quota: String,
        /// Until when.
        until: Timestamp,
    },
}

impl Event {
    /// The stable name of this kind of event, as in the audit trail.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SetUp { .. } => "set_up",
            Self::Registered { .. } => "registered",
            Self::RegisteredAgain { .. } => "registered_again",
            Self::AccountCreated { .. } => "account_created",
            Self::Invited { .. } => "invited",
            Self::PeopleSeeded { .. } => "people_seeded",
            Self::NoteWritten { .. } => "note_written",
            Self::NoteRemoved { .. } => "note_removed",
            Self::EmailVerified { .. } => "email_verified",
            Self::VerificationSent { .. } => "verification_sent",
            Self::SignedIn { .. } => "signed_in",
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityUnlinked { .. } => "identity_unlinked",
            Self::AccountClaimed { .. } => "account_claimed",
            Self::SignInFailed { .. } => "sign_in_failed",
            Self::PasswordLocked { .. } => "password_locked",
            Self::SignedOut { .. } => "signed_out",
            Self::SignedOutEverywhere { .. } => "signed_out_everywhere",
            Self::SessionEnded { .. } => "session_ended",
            Self::OtherSessionsEnded { .. } => "other_sessions_ended",
            Self::DeviceNamed { .. } => "device_named",
            Self::PasswordChanged { .. } => "password_changed",
            Self::ProfileUpdated { .. } => "profile_updated",
            Self::UsernameChanged { .. } => "username_changed",
            Self::AvatarChanged { .. } => "avatar_changed",
            Self::RefreshReused { .. } => "refresh_reused",
            Self::ResetRequested { .. } => "reset_requested",
            Self::PasswordReset { .. } => "password_reset",
            Self::EmailChangeRequested { .. } => "email_change_requested",
            Self::EmailChanged { .. } => "email_changed",
            Self::EmailRestored { .. } => "email_restored",
            Self::NoticesChosen { .. } => "notices_chosen",
            Self::AccountDeleted { .. } => "account_deleted",
            Self::Proved { .. } => "proved",
            Self::LifetimesChanged { .. } => "lifetimes_changed",
            Self::GroupLifetimesChanged { .. } => "group_lifetimes_changed",
            Self::Banned { .. } => "banned",
            Self::Unbanned { .. } => "unbanned",
            Self::AddressBanned { .. } => "address_banned",
            Self::AddressUnbanned { .. } => "address_unbanned",
            Self::AccountBlocked { .. } => "account_blocked",
            Self::AbuseForgiven { .. } => "abuse_forgiven",
            Self::ExpirySet { .. } => "expiry_set",
            Self::ExpiryTold { .. } => "expiry_told",
            Self::DataExported { .. } => "data_exported",
            Self::ExportAsked { .. } => "export_asked",
            Self::ExportReady { .. } => "export_ready",
            Self::DeletionAsked { .. } => "deletion_asked",
            Self::DeletionCancelled { .. } => "deletion_cancelled",
            Self::KeyCreated { .. } => "key_created",
            Self::KeyChanged { .. } => "key_changed",
            Self::KeyRotated { .. } => "key_rotated",
            Self::KeyRevoked { .. } => "key_revoked",
            Self::KeysRevoked { .. } => "keys_revoked",
            Self::KeyLeaked { .. } => "key_leaked",
            Self::KeyExpiryTold { .. } => "key_expiry_told",
            Self::Deactivated { .. } => "deactivated",
            Self::Reactivated { .. } => "reactivated",
            Self::NudgeDismissed { .. } => "nudge_dismissed",
            Self::AuditExported => "audit_exported",
            Self::AuditTrimmed { .. } => "audit_trimmed",
            Self::MailRetried { .. } => "mail_retried",
            Self::TestMailSent { .. } => "test_mail_sent",
            Self::MailCancelled { .. } => "mail_cancelled",
            Self::GroupCreated { .. } => "group_created",
            Self::GroupChanged { .. } => "group_changed",
            Self::GroupPermissionsChanged { .. } => "group_permissions_changed",
            Self::GroupDeleted { .. } => "group_deleted",
            Self::GroupJoined { .. } => "group_joined",
            Self::GroupLeft { .. } => "group_left",
            Self::EndpointRuleSet { .. } => "endpoint_rule_set",
            Self::EndpointRuleCleared { .. } => "endpoint_rule_cleared",
            Self::LimitSet { .. } => "limit_set",
            Self::LimitCleared { .. } => "limit_cleared",
            Self::LimitReset { .. } => "limit_reset",
            Self::QuotaSet { .. } => "quota_set",
            Self::QuotaCleared { .. } => "quota_cleared",
            Self::QuotaOverridden { .. } => "quota_overridden",
            Self::QuotaOverrideCleared { .. } => "quota_override_cleared",
            Self::UsageGranted { .. } => "usage_granted",
            Self::UsageReset { .. } => "usage_reset",
            Self::QuotaBlocked { .. } => "quota_blocked",
        }
    }

    /// The account it is about, if any.
    pub fn subject(&self) -> Option<UserId> {
        match self {
            Self::SignInFailed { user }
            | Self::LimitReset { user, .. }
            | Self::QuotaBlocked { user, .. }
            | Self::AbuseForgiven { user, .. } => *user,
            Self::AuditExported
            | Self::AuditTrimmed { .. }
            | Self::MailRetried { .. }
            | Self::MailCancelled { .. }
            | Self::PeopleSeeded { .. }
            | Self::AddressBanned { .. }
            | Self::AddressUnbanned { .. }
            | Self::GroupLifetimesChanged { .. }
            | Self::GroupCreated { .. }
            | Self::GroupChanged { .. }
            | Self::GroupPermissionsChanged { .. }
            | Self::GroupDeleted { .. }
            | Self::EndpointRuleSet { .. }
            | Self::EndpointRuleCleared { .. }
            | Self::LimitSet { .. }
            | Self::LimitCleared { .. }
            | Self::QuotaSet { .. }
            | Self::QuotaCleared { .. } => None,
            Self::SetUp { user }
            | Self::Registered { user, .. }
            | Self::RegisteredAgain { user }
            | Self::AccountCreated { user }
            | Self::Invited { user }
            | Self::NoteWritten { user }
            | Self::NoteRemoved { user }
            | Self::EmailVerified { user }
            | Self::VerificationSent { user }
            | Self::SignedIn { user, .. }
            | Self::IdentityLinked { user, .. }
            | Self::IdentityUnlinked { user, .. }
            | Self::AccountClaimed { user, .. }
            | Self::PasswordLocked { user }
            | Self::SignedOut { user, .. }
            | Self::SignedOutEverywhere { user }
            | Self::SessionEnded { user, .. }
            | Self::OtherSessionsEnded { user }
            | Self::DeviceNamed { user, .. }
            | Self::PasswordChanged { user }
            | Self::ProfileUpdated { user, .. }
            | Self::UsernameChanged { user, .. }
            | Self::AvatarChanged { user, .. }
            | Self::RefreshReused { user, .. }
            | Self::ResetRequested { user }
            | Self::PasswordReset { user }
            | Self::AccountDeleted { user }
            | Self::Proved { user, .. }
            | Self::LifetimesChanged { user }
            | Self::Banned { user, .. }
            | Self::Unbanned { user }
            | Self::TestMailSent { user, .. }
            | Self::ExpirySet { user, .. }
            | Self::AccountBlocked { user, .. }
            | Self::ExpiryTold { user }
            | Self::DataExported { user }
            | Self::ExportAsked { user }
            | Self::ExportReady { user }
            | Self::DeletionAsked { user, .. }
            | Self::DeletionCancelled { user }
            | Self::Deactivated { user }
            | Self::Reactivated { user }
            | Self::NudgeDismissed { user, .. }
            | Self::EmailChangeRequested { user }
            | Self::EmailChanged { user }
            | Self::EmailRestored { user }
            | Self::NoticesChosen { user, .. }
            | Self::KeyCreated { user, .. }
            | Self::KeyChanged { user, .. }
            | Self::KeyRotated { user, .. }
            | Self::KeyRevoked { user, .. }
            | Self::KeysRevoked { user, .. }
            | Self::KeyLeaked { user, .. }
            | Self::KeyExpiryTold { user, .. }
            | Self::GroupJoined { user, .. }
            | Self::GroupLeft { user, .. }
            | Self::QuotaOverridden { user, .. }
            | Self::QuotaOverrideCleared { user, .. }
            | Self::UsageGranted { user, .. }
            | Self::UsageReset { user, .. } => Some(*user),
        }
    }
}

/// The values that an event changed, before and after, for administrators. Values that did not change are left out.
#[derive(Debug, Default)]
pub(crate) struct Changes(serde_json::Map<String, serde_json::Value>);

impl Changes {
    /// `field` was `before` and is `after`; null stands for nothing.
    pub(crate) fn of<V: Serialize + ?Sized>(
        mut self,
        field: impl Into<String>,
        before: &V,
        after: &V,
    ) -> Self {
        let value = |value: &V| serde_json::to_value(value).unwrap_or_default();
        let (before, after) = (value(before), value(after));
        if before != after {
            self.0.insert(field.into(), serde_json::json!({ "before": before, "after": after }));
        }
        self
    }

    /// All of them; nothing when there are none.
    pub(crate) fn told(self) -> Option<serde_json::Value> {
        (!self.0.is_empty()).then_some(serde_json::Value::Object(self.0))
    }
}

/// Announces `event` inside `tx`: notes its audit row and lets every extension take part.
pub(crate) async fn emit(
    domain: &Domain,
    tx: &mut Tx,
    by: &Actor,
    client: &Client,
    event: Event,
) -> Result<()> {
    emit_changes(domain, tx, by, client, event, Changes::default()).await
}

/// As [`emit`], with the values that were changed. They stand in the audit row for administrators alone, until the account
/// they are about is erased.
pub(crate) async fn emit_changes(
    domain: &Domain,
    tx: &mut Tx,
    by: &Actor,
    client: &Client,
    event: Event,
    changes: Changes,
) -> Result<()> {
    audit::record(domain, tx, by, client, &event, changes)?;
    let name = event.name();
    tx.after_commit(move || metrics::happened(name));
    notices::on(domain, tx, by, client, &event).await?;
    for extension in domain.extensions() {
        extension.on(&event, tx).await?;
    }
    Ok(())
}
