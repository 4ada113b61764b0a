//! What a mail says, as a value: made by the areas, kept as JSON in the outbox, worded by `wording.rs` and the templates.
//! No sentence stands here, and nothing is sent.

use vestibule_model::{Timestamp, notices::Notice};

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Message {
    /// Confirm your address: a link.
    Verify {
        /// Where the button leads.
        link: String,
        /// The provider whose account opens this one as soon as that is done.
        #[serde(default)]
        provider: Option<String>,
    },
    /// You registered again, and have an account already.
    AlreadyRegistered {
        /// Sign-in page.
        login_link: String,
        /// Page that asks for a reset link.
        forgot_link: String,
    },
    /// You registered again before confirming: choose a password to finish.
    FinishRegistration {
        /// Where the button leads: sets a password and confirms the address.
        link: String,
    },
    /// Somebody made an account for you: choose a password.
    Invited {
        /// Where the button leads: sets a password and confirms the address.
        link: String,
        /// What whoever did so is called; nothing for the command line.
        by: Option<String>,
    },
    /// Your address is confirmed, and the account ready.
    Welcome {
        /// The account's page.
        account_link: String,
    },
    /// A link to set a new password.
    Reset {
        /// Where the button leads.
        link: String,
    },
    /// Your password was changed.
    PasswordChanged {
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// When it happened.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
        /// Whether the other sessions go on, as its owner chose.
        #[serde(default)]
        sessions_kept: bool,
    },
    /// Too many wrong passwords: sign-in by password is off until it is reset.
    PasswordLocked {
        /// Page that asks for a reset link.
        forgot_link: String,
    },
    /// A consumed refresh token came back: the session it belonged to was ended.
    TokenReused {
        /// Page that asks for a reset link.
        forgot_link: String,
        /// What the device of that session is called, where anybody said.
        #[serde(default)]
        device: Option<String>,
        /// When it happened.
        at: Timestamp,
    },
    /// An account elsewhere opens yours from now on.
    IdentityLinked {
        /// Whose account elsewhere.
        provider: String,
        /// Page of what guards one's own account.
        security_link: String,
        /// When it happened.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
    },
    /// An account elsewhere opens yours no longer.
    IdentityUnlinked {
        /// Whose account elsewhere.
        provider: String,
        /// Page of what guards one's own account.
        security_link: String,
        /// When it happened.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
    },
    /// An API key was made for your account, or given a new secret.
    KeyMade {
        /// How the key begins.
        key: String,
        /// Whether it was there before.
        rotated: bool,
        /// Page of one's own keys.
        keys_link: String,
        /// When it happened.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
    },
    /// An API key of yours is about to end.
    KeyExpiring {
        /// How the key begins.
        key: String,
        /// Page of one's own keys.
        keys_link: String,
        /// When it ends.
        at: Timestamp,
    },
    /// An API key of yours was found where others can read it, and revoked.
    KeyLeaked {
        /// How the key begins.
        key: String,
        /// Page of one's own keys.
        keys_link: String,
        /// When it happened.
        at: Timestamp,
    },
    /// Somebody signed in on a device that was not seen before.
    NewDevice {
        /// Page of one's own sessions.
        sessions_link: String,
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// Browser and system, as far as the program told.
        device: String,
        /// When it happened.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
    },
    /// To the new address: confirm that it is yours.
    EmailConfirm {
        /// Where the button leads.
        link: String,
    },
    /// To the new address, which belongs to somebody already.
    EmailKnown {
        /// Sign-in page.
        login_link: String,
        /// Page that asks for a reset link.
        forgot_link: String,
    },
    /// To the address that still holds: another one was asked for.
    EmailChangeAsked {
        /// The new address.
        email: String,
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// When it happened.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
    },
    /// To the former address: it was replaced, and here is the way back.
    EmailChanged {
        /// The new address.
        email: String,
        /// Where the button leads: takes the change back.
        undo_link: String,
        /// When it happened.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
    },
    /// To the former address: an operator replaced it.
    EmailReplaced {
        /// The new address.
        email: String,
        /// When it happened.
        at: Timestamp,
    },
    /// To the new address: it holds from now on.
    EmailNow {
        /// Page of one's own security.
        security_link: String,
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// When it happened.
        at: Timestamp,
    },
    /// To the former address: it holds again, and a new password is needed.
    EmailRestored {
        /// Where the button leads: sets a new password.
        link: String,
        /// Page that asks for another such link.
        forgot_link: String,
    },
    /// To the address that was taken back from its account.
    EmailTakenBack {
        /// When it happened.
        at: Timestamp,
    },
    /// Your profile was changed.
    ProfileUpdated {
        /// What was changed, in the words that people read beside it.
        fields: Vec<String>,
        /// The account's page.
        account_link: String,
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// When it happened.
        at: Timestamp,
    },
    /// A quota of yours is nearly spent.
    QuotaNear {
        /// The quota's name.
        quota: String,
        /// How much of it is spent, in percent.
        percent: u8,
        /// What may be spent, with its digits in groups.
        limit: String,
        /// When its window ends, if ever.
        until: Option<Timestamp>,
        /// The page that shows what was used.
        usage_link: String,
    },
    /// A quota of yours is spent.
    QuotaSpent {
        /// The quota's name.
        quota: String,
        /// What may be spent, with its digits in groups.
        limit: String,
        /// When its window ends, if ever.
        until: Option<Timestamp>,
        /// The page that shows what was used.
        usage_link: String,
    },
    /// Your account is about to end.
    AccountExpiring {
        /// When it ends.
        at: Timestamp,
    },
    /// Your account will be erased, unless you sign in before.
    DeletionAsked {
        /// Sign-in page.
        login_link: String,
        /// Until when signing in takes it back.
        until: Timestamp,
    },
    /// You signed in, so that your account stays.
    DeletionCancelled {
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// When it happened.
        at: Timestamp,
    },
    /// The people who run the site took your deletion back.
    DeletionTakenBack {
        /// Sign-in page.
        login_link: String,
        /// When it happened.
        at: Timestamp,
    },
    /// The copy of your data is ready.
    ExportReady {
        /// The page where it is; it asks for a sign-in.
        data_link: String,
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// Until when it can be taken.
        until: Timestamp,
    },
    /// Your account sleeps until you sign in.
    Deactivated {
        /// Sign-in page.
        login_link: String,
        /// When it happened.
        at: Timestamp,
    },
    /// Your account is active again.
    Reactivated {
        /// Page that asks for a reset link, in case it was somebody else.
        forgot_link: String,
        /// When it happened.
        at: Timestamp,
    },
    /// You are banned.
    Banned {
        /// Why, in an administrator's words.
        reason: String,
        /// When it ends by itself; nothing while somebody must lift it.
        until: Option<Timestamp>,
    },
    /// You are banned no more.
    Unbanned {
        /// Sign-in page.
        login_link: String,
    },
    /// Your account is gone.
    AccountDeleted,
    /// To administrators: somebody registered.
    AdminRegistration {
        /// The new account's address.
        email: String,
        /// When it happened.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
    },
    /// To administrators: a password was blocked after too many wrong ones.
    AdminBlock {
        /// The account's address.
        email: String,
        /// When it happened.
        at: Timestamp,
        /// From where the last attempt came, if known.
        address: Option<String>,
    },
    /// To administrators: there is one more.
    AdminGranted {
        /// The new administrator's address.
        email: String,
        /// Who did it.
        by: String,
        /// When it happened.
        at: Timestamp,
    },
    /// To administrators: there is one fewer.
    AdminWithdrawn {
        /// The former administrator's address.
        email: String,
        /// Who did it.
        by: String,
        /// When it happened.
        at: Timestamp,
    },
    /// To administrators: somebody was banned.
    AdminBanned {
        /// The banned person's address.
        email: String,
        /// Who did it.
        by: String,
        /// Why, as the person was told.
        reason: String,
        /// When it ends by itself; nothing while somebody must lift it.
        until: Option<Timestamp>,
        /// When it happened.
        at: Timestamp,
    },
    /// To administrators: an API key was found where others can read it.
    AdminKeyLeaked {
        /// The address of its owner.
        email: String,
        /// How the key begins.
        key: String,
        /// When it was reported.
        at: Timestamp,
        /// From where, if known.
        address: Option<String>,
    },
    /// To administrators: mail does not leave.
    AdminMailFailing {
        /// Letters that wait.
        waiting: i64,
        /// Letters that were given up.
        given_up: i64,
        /// The last failure's kind.
        failure: String,
        /// When it was noticed.
        at: Timestamp,
    },
    /// To administrators: the program blocked an address or account by itself.
    AdminAbuse {
        /// The network, or the account's id.
        who: String,
        /// What went wrong, counted.
        offences: String,
        /// When the block ends by itself.
        until: Timestamp,
        /// Page of the bans.
        bans_link: String,
    },
    /// Somebody wanted to see that mail arrives.
    Test {
        /// When it was written.
        at: Timestamp,
    },
}

impl Message {
    /// Its name: that of its templates, and the `kind` of its row in the outbox.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Verify { .. } => "verify",
            Self::AlreadyRegistered { .. } => "already_registered",
            Self::FinishRegistration { .. } => "finish_registration",
            Self::Invited { .. } => "invited",
            Self::Welcome { .. } => "welcome",
            Self::Reset { .. } => "reset",
            Self::PasswordChanged { .. } => "password_changed",
            Self::PasswordLocked { .. } => "password_locked",
            Self::TokenReused { .. } => "token_reused",
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityUnlinked { .. } => "identity_unlinked",
            Self::KeyMade { .. } => "key_made",
            Self::KeyExpiring { .. } => "key_expiring",
            Self::KeyLeaked { .. } => "key_leaked",
            Self::NewDevice { .. } => "new_device",
            Self::EmailConfirm { .. } => "email_confirm",
            Self::EmailKnown { .. } => "email_known",
            Self::EmailChangeAsked { .. } => "email_change_asked",
            Self::EmailChanged { .. } => "email_changed",
            Self::EmailReplaced { .. } => "email_replaced",
            Self::EmailNow { .. } => "email_now",
            Self::EmailRestored { .. } => "email_restored",
            Self::EmailTakenBack { .. } => "email_taken_back",
            Self::ProfileUpdated { .. } => "profile_updated",
            Self::QuotaNear { .. } => "quota_near",
            Self::QuotaSpent { .. } => "quota_spent",
            Self::AccountExpiring { .. } => "account_expiring",
            Self::DeletionAsked { .. } => "deletion_asked",
            Self::DeletionCancelled { .. } => "deletion_cancelled",
            Self::DeletionTakenBack { .. } => "deletion_taken_back",
            Self::ExportReady { .. } => "export_ready",
            Self::Deactivated { .. } => "deactivated",
            Self::Reactivated { .. } => "reactivated",
            Self::Banned { .. } => "banned",
            Self::Unbanned { .. } => "unbanned",
            Self::AccountDeleted => "account_deleted",
            Self::AdminRegistration { .. } => "admin_registration",
            Self::AdminBlock { .. } => "admin_block",
            Self::AdminGranted { .. } => "admin_granted",
            Self::AdminWithdrawn { .. } => "admin_withdrawn",
            Self::AdminBanned { .. } => "admin_banned",
            Self::AdminKeyLeaked { .. } => "admin_key_leaked",
            Self::AdminMailFailing { .. } => "admin_mail_failing",
            Self::AdminAbuse { .. } => "admin_abuse",
            Self::Test { .. } => "test",
        }
    }

    /// The notice it is, in the list of those that a person is shown and may choose among; nothing for mail that a person
    /// asked for or that goes to whoever holds an address, account or not.
    pub fn notice(&self) -> Option<Notice> {
        match self {
            Self::Verify { .. }
            | Self::AlreadyRegistered { .. }
            | Self::FinishRegistration { .. }
            | Self::Invited { .. }
            | Self::Reset { .. }
            | Self::EmailConfirm { .. }
            | Self::EmailKnown { .. }
            | Self::Test { .. } => None,
            Self::Welcome { .. } => Some(Notice::Welcome),
            Self::PasswordChanged { .. } => Some(Notice::PasswordChanged),
            Self::PasswordLocked { .. } => Some(Notice::PasswordBlocked),
            Self::TokenReused { .. } => Some(Notice::TokenReused),
            Self::IdentityLinked { .. } | Self::IdentityUnlinked { .. } => Some(Notice::Identity),
            Self::KeyMade { .. } => Some(Notice::KeyMade),
            Self::KeyExpiring { .. } => Some(Notice::KeyExpiring),
            Self::KeyLeaked { .. } => Some(Notice::KeyLeaked),
            Self::NewDevice { .. } => Some(Notice::NewDevice),
            Self::EmailChangeAsked { .. }
            | Self::EmailChanged { .. }
            | Self::EmailReplaced { .. }
            | Self::EmailNow { .. }
            | Self::EmailRestored { .. }
            | Self::EmailTakenBack { .. } => Some(Notice::EmailChanged),
            Self::ProfileUpdated { .. } => Some(Notice::ProfileUpdated),
            Self::QuotaNear { .. } | Self::QuotaSpent { .. } => Some(Notice::Quota),
            Self::AccountExpiring { .. } => Some(Notice::AccountExpiring),
            Self::ExportReady { .. } => Some(Notice::Export),
            Self::Deactivated { .. } | Self::Reactivated { .. } => Some(Notice::Deactivation),
            Self::Banned { .. } | Self::Unbanned { .. } => Some(Notice::Ban),
            Self::DeletionAsked { .. }
            | Self::DeletionCancelled { .. }
            | Self::DeletionTakenBack { .. }
            | Self::AccountDeleted => Some(Notice::Deletion),
            Self::AdminRegistration { .. } => Some(Notice::AdminRegistration),
            Self::AdminBlock { .. } => Some(Notice::AdminBlock),
            Self::AdminGranted { .. } | Self::AdminWithdrawn { .. } => Some(Notice::AdminRights),
            Self::AdminBanned { .. } => Some(Notice::AdminBan),
            Self::AdminKeyLeaked { .. } => Some(Notice::AdminKeyLeaked),
            Self::AdminMailFailing { .. } => Some(Notice::AdminMailFailing),
            Self::AdminAbuse { .. } => Some(Notice::AdminAbuse),
        }
    }
}
