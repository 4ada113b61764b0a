//! Every kind of mail: what makes it, whose mailbox it belongs to, and what it must say. In the order of the samples.

use super::acts::{Doing, Stage};

/// Whose mailbox a mail belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// The person it is about.
    Person,
    /// The other address of that person.
    New,
    /// An administrator.
    Root,
}

/// A kind of mail.
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) act: for<'a> fn(&'a Stage<'a>) -> Doing<'a>,
    pub(crate) to: To,
    /// `{who}` is the person's address.
    pub(crate) subject: &'static str,
    /// What its text part must say.
    pub(crate) words: &'static [&'static str],
    /// The page its reader is led to.
    pub(crate) link: &'static str,
}

const ADA: &str = "{who}";

pub(crate) const ROWS: &[Row] = &[
    Row {
        kind: "verify",
        act: |s| Box::pin(s.register()),
        to: To::Person,
        subject: "Confirm your e-mail address for Vestibule",
        words: &["created an account", "works once and for 24 hours"],
        link: "/verify?token=",
    },
    Row {
        kind: "already_registered",
        act: |s| Box::pin(s.register_known()),
        to: To::Person,
        subject: "You already have an account at Vestibule",
        words: &["There is one already", "nobody was told"],
        link: "/login",
    },
    Row {
        kind: "finish_registration",
        act: |s| Box::pin(s.register_twice()),
        to: To::Person,
        subject: "Finish creating your account at Vestibule",
        words: &["works once"],
        link: "/reset?token=",
    },
    Row {
        kind: "invited",
        act: |s| Box::pin(s.be_invited()),
        to: To::Person,
        subject: "You are invited to Vestibule",
        words: &["an account for you", "works once and for 7 days", "nobody can use it"],
        link: "/reset?token=",
    },
    Row {
        kind: "welcome",
        act: |s| Box::pin(s.verify()),
        to: To::Person,
        subject: "Welcome to Vestibule",
        words: &["Your e-mail address is confirmed"],
        link: "/account",
    },
    Row {
        kind: "reset",
        act: |s| Box::pin(s.forget()),
        to: To::Person,
        subject: "Set a new password for Vestibule",
        words: &["works once and for 30 minutes"],
        link: "/reset?token=",
    },
    Row {
        kind: "password_changed",
        act: |s| Box::pin(s.change_password()),
        to: To::Person,
        subject: "Your password for Vestibule was changed",
        words: &["192.0.2.7"],
        link: "/forgot",
    },
    Row {
        kind: "password_locked",
        act: |s| Box::pin(s.guess()),
        to: To::Person,
        subject: "Your password for Vestibule no longer works",
        words: &["given too many times in a row"],
        link: "/forgot",
    },
    Row {
        kind: "token_reused",
        act: |s| Box::pin(s.reuse_a_token()),
        to: To::Person,
        subject: "A session of your account at Vestibule was ended",
        words: &["had been used before", "two copies"],
        link: "/forgot",
    },
    Row {
        kind: "identity_linked",
        act: |s| {
            Box::pin(async move {
                s.link_identity().await;
            })
        },
        to: To::Person,
        subject: "Vouching was connected with your account at Vestibule",
        words: &["an account at Vouching", "Network address: 192.0.2.7", "can sign in here"],
        link: "/account/security",
    },
    Row {
        kind: "identity_unlinked",
        act: |s| Box::pin(s.unlink_identity()),
        to: To::Person,
        subject: "Vouching was disconnected from your account at Vestibule",
        words: &["no longer connected", "Network address: 192.0.2.7"],
        link: "/account/security",
    },
    Row {
        kind: "key_made",
        act: |s| {
            Box::pin(async move {
                s.make_key().await;
            })
        },
        to: To::Person,
        subject: "An API key was made for your account at Vestibule",
        words: &["Key: vst_", "Network address: 192.0.2.7", "act for you"],
        link: "/account/keys",
    },
    Row {
        kind: "key_expiring",
        act: |s| Box::pin(s.let_key_end()),
        to: To::Person,
        subject: "An API key of yours at Vestibule is about to end",
        words: &["is refused", "a new secret before that day"],
        link: "/account/keys",
    },
    Row {
        kind: "key_leaked",
        act: |s| Box::pin(s.leak_key()),
        to: To::Person,
        subject: "An API key of yours at Vestibule was found, and revoked",
        words: &["nobody can use it any more"],
        link: "/account/keys",
    },
    Row {
        kind: "new_device",
        act: |s| Box::pin(s.sign_in_elsewhere()),
        to: To::Person,
        subject: "New sign-in to your account at Vestibule",
        words: &["Device: Firefox on Windows", "Network address: 198.51.100.4"],
        link: "/account/sessions",
    },
    Row {
        kind: "email_confirm",
        act: |s| Box::pin(s.ask_address()),
        to: To::New,
        subject: "Confirm your new e-mail address for Vestibule",
        words: &["works once and for 1 hour"],
        link: "/account/email/confirm?token=",
    },
    Row {
        kind: "email_known",
        act: |s| Box::pin(s.want_known_address()),
        to: To::Person,
        subject: "This e-mail address is in use at Vestibule",
        words: &["belongs to an account there", "nothing was changed"],
        link: "/login",
    },
    Row {
        kind: "email_change_asked",
        act: |s| Box::pin(s.ask_address()),
        to: To::Person,
        subject: "A new e-mail address for your account at Vestibule?",
        words: &["new.{who}", "192.0.2.7"],
        link: "/forgot",
    },
    Row {
        kind: "email_changed",
        act: |s| Box::pin(s.change_address()),
        to: To::Person,
        subject: "The e-mail address of your account at Vestibule was changed",
        words: &["new.{who}", "192.0.2.7"],
        link: "/email/undo?token=",
    },
    Row {
        kind: "email_replaced",
        act: |s| Box::pin(s.replace_address()),
        to: To::Person,
        subject: "The e-mail address of your account at Vestibule was changed",
        words: &["the people who run Vestibule changed", "to new.{who}", "signed out everywhere"],
        link: "",
    },
    Row {
        kind: "email_now",
        act: |s| Box::pin(s.change_address()),
        to: To::New,
        subject: "This is now the e-mail address of your account at Vestibule",
        words: &["Sign in with it from now on", "All other sessions were ended"],
        link: "/account/security",
    },
    Row {
        kind: "email_restored",
        act: |s| Box::pin(s.take_address_back()),
        to: To::Person,
        subject: "Your e-mail address at Vestibule was restored",
        words: &["was taken back", "old password works no longer"],
        link: "/reset?token=",
    },
    Row {
        kind: "email_taken_back",
        act: |s| Box::pin(s.take_address_back()),
        to: To::New,
        subject: "This is no longer your e-mail address at Vestibule",
        words: &["took the change back", "has its former address again"],
        link: "",
    },
    Row {
        kind: "profile_updated",
        act: |s| Box::pin(s.change_profile()),
        to: To::Person,
        subject: "Your profile at Vestibule was changed",
        words: &["were changed: name, time zone."],
        link: "/account",
    },
    Row {
        kind: "quota_near",
        act: |s| Box::pin(s.spend(8)),
        to: To::Person,
        subject: "80 % of your quota at Vestibule is spent",
        words: &["80 % of what you may spend", "begins anew on"],
        link: "/account/usage",
    },
    Row {
        kind: "quota_spent",
        act: |s| Box::pin(s.spend(10)),
        to: To::Person,
        subject: "Your quota at Vestibule is spent",
        words: &["Everything you may spend", "it is 10 in all"],
        link: "/account/usage",
    },
    Row {
        kind: "account_expiring",
        act: |s| Box::pin(s.near_the_end()),
        to: To::Person,
        subject: "Your account at Vestibule is about to end",
        words: &["you cannot sign in"],
        link: "",
    },
    Row {
        kind: "deletion_asked",
        act: |s| {
            Box::pin(async move {
                s.ask_deletion().await;
            })
        },
        to: To::Person,
        subject: "Your account at Vestibule will be deleted",
        words: &["signed out everywhere", "sign in before that moment"],
        link: "/login",
    },
    Row {
        kind: "deletion_cancelled",
        act: |s| Box::pin(s.come_back()),
        to: To::Person,
        subject: "Your account at Vestibule stays",
        words: &["Somebody signed in", "took back the deletion"],
        link: "/forgot",
    },
    Row {
        kind: "deletion_taken_back",
        act: |s| Box::pin(s.take_deletion_back()),
        to: To::Person,
        subject: "Your account at Vestibule stays",
        words: &["the people who run Vestibule took back the deletion"],
        link: "/login",
    },
    Row {
        kind: "export_ready",
        act: |s| Box::pin(s.export()),
        to: To::Person,
        subject: "Your data from Vestibule is ready",
        words: &["You can take it until", "opens nothing by itself"],
        link: "/account/data",
    },
    Row {
        kind: "deactivated",
        act: |s| Box::pin(s.deactivate()),
        to: To::Person,
        subject: "Your account at Vestibule is deactivated",
        words: &["signed out everywhere", "Nothing is lost"],
        link: "/login",
    },
    Row {
        kind: "reactivated",
        act: |s| Box::pin(s.wake()),
        to: To::Person,
        subject: "Your account at Vestibule is active again",
        words: &["somebody signed in", "as it was before"],
        link: "/forgot",
    },
    Row {
        kind: "banned",
        act: |s| {
            Box::pin(async move {
                s.ban().await;
            })
        },
        to: To::Person,
        subject: "Your account at Vestibule is banned",
        words: &["Spam in profiles", "until they lift the ban"],
        link: "",
    },
    Row {
        kind: "unbanned",
        act: |s| Box::pin(s.unban()),
        to: To::Person,
        subject: "Your account at Vestibule is no longer banned",
        words: &["You can sign in again"],
        link: "/login",
    },
    Row {
        kind: "account_deleted",
        act: |s| Box::pin(s.delete()),
        to: To::Person,
        subject: "Your account at Vestibule was deleted",
        words: &["everything we knew about you was erased"],
        link: "",
    },
    Row {
        kind: "admin_registration",
        act: |s| Box::pin(s.register()),
        to: To::Root,
        subject: "New account at Vestibule",
        words: &[ADA, "192.0.2.7"],
        link: "",
    },
    Row {
        kind: "admin_block",
        act: |s| Box::pin(s.guess()),
        to: To::Root,
        subject: "A password was blocked at Vestibule",
        words: &[ADA, "198.51.100.4"],
        link: "",
    },
    Row {
        kind: "admin_granted",
        act: |s| {
            Box::pin(async move {
                s.appoint().await;
            })
        },
        to: To::Root,
        subject: "{who} is now an administrator of Vestibule",
        words: &[ADA, "somebody at the command line"],
        link: "",
    },
    Row {
        kind: "admin_withdrawn",
        act: |s| Box::pin(s.dismiss()),
        to: To::Root,
        subject: "{who} is no longer an administrator of Vestibule",
        words: &[ADA, "somebody at the command line"],
        link: "",
    },
    Row {
        kind: "admin_banned",
        act: |s| {
            Box::pin(async move {
                s.ban().await;
            })
        },
        to: To::Root,
        subject: "{who} was banned from Vestibule",
        words: &[
            "somebody at the command line banned the account {who}",
            "until the ban is lifted",
            "Spam in profiles",
        ],
        link: "",
    },
    Row {
        kind: "admin_key_leaked",
        act: |s| Box::pin(s.leak_key()),
        to: To::Root,
        subject: "An API key was found at Vestibule, and revoked",
        words: &[ADA, "vst_", "its owner was told"],
        link: "",
    },
    Row {
        kind: "admin_mail_failing",
        act: |s| Box::pin(s.fail_to_send()),
        to: To::Root,
        subject: "Vestibule has trouble sending mail",
        words: &["The last failure: unreachable", "vestibule doctor"],
        link: "",
    },
    Row {
        kind: "admin_abuse",
        act: |s| Box::pin(s.attack()),
        to: To::Root,
        subject: "198.51.100.4/32 was blocked at Vestibule",
        words: &["15 probes for weak programs", "at most once an hour"],
        link: "/admin/bans",
    },
    Row {
        kind: "test",
        act: |s| Box::pin(s.test_mail()),
        to: To::Person,
        subject: "Vestibule can send mail",
        words: &[],
        link: "",
    },
];
