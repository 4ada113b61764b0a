//! The address of every page, once. Pages, links, redirects and policies read them from here; those that a mail or the
//! terminal links to come from `vestibule_model::links`.

use std::fmt::Write as _;
use vestibule_model::groups::group_name;
use vestibule_model::limits;
use vestibule_model::links::PROFILES;
pub use vestibule_model::links::{
    ACCOUNT, ADMIN_BANS, DATA, EMAIL_CONFIRM, EMAIL_UNDO, FORGOT, KEYS, LOGIN, RESET, SECURITY, SESSIONS,
    SETUP, UNSUBSCRIBE, USAGE, VERIFY,
};
use vestibule_model::listing::LONGEST_CURSOR;
use vestibule_model::quotas::quota_name;
use vestibule_model::social::provider_name;
use vestibule_model::{KeyId, UserId, Username};

/// What this is, sign in, sign up, state of the service.
pub const HOME: &str = "/";
/// Makes an account.
pub const REGISTER: &str = "/register";
/// Look into your inbox.
pub const REGISTER_SENT: &str = "/register/sent";
/// Sends the verification link again.
pub const VERIFY_RESEND: &str = "/verify/resend";
/// Look into your inbox for the reset link.
pub const FORGOT_SENT: &str = "/forgot/sent";
/// The signed-in person's profile.
pub const PROFILE: &str = "/account/profile";
/// The signed-in person's picture, outside Leptos.
pub const OWN_AVATAR: &str = "/account/avatar";
/// What somebody shows of themselves, as the router writes it.
pub const PUBLIC_PROFILE: &str = "/u/:username";
/// Another password for the signed-in person.
pub const PASSWORD: &str = "/account/password";
/// Another address for the signed-in person.
pub const EMAIL: &str = "/account/email";
/// What happened to the signed-in person's account, as a file for tables; outside Leptos.
pub const HISTORY_CSV: &str = "/account/history.csv";
/// The same as a file for programs; outside Leptos.
pub const HISTORY_JSON: &str = "/account/history.json";
/// What the signed-in person is told by mail.
pub const NOTIFICATIONS: &str = "/account/notifications";
/// Makes an API key.
pub const KEY_NEW: &str = "/account/keys/new";
/// A new API key, shown this once.
pub const KEY_SECRET: &str = "/account/keys/secret";
/// One of the signed-in person's API keys, as the router writes it.
pub const KEY: &str = "/account/keys/:id";
/// Changes it, as the router writes it.
pub const KEY_EDIT: &str = "/account/keys/:id/edit";
/// Below it the ways to providers and back, outside Leptos.
pub const PROVIDERS: &str = "/auth";
/// What a sign-in at a provider still needs.
pub const FINISH: &str = "/auth/finish";
/// The accounts elsewhere that open the signed-in person's account.
pub const IDENTITIES: &str = "/account/identities";
/// Asks the signed-in person for the password again.
pub const PROVE: &str = "/prove";
/// The administrators' house: numbers at a glance.
pub const ADMIN: &str = "/admin";
/// The API keys of everyone.
pub const ADMIN_KEYS: &str = "/admin/keys";
/// Groups, for those who manage them.
pub const ADMIN_GROUPS: &str = "/admin/groups";
/// One group, as the router writes it.
pub const ADMIN_GROUP: &str = "/admin/groups/:name";
/// What a change of a group would do, as the router writes it.
pub const ADMIN_GROUP_REVIEW: &str = "/admin/groups/:name/review";
/// Which group holds which permission.
pub const ADMIN_PERMISSIONS: &str = "/admin/permissions";
/// Endpoints and the rules of their tags.
pub const ADMIN_ENDPOINTS: &str = "/admin/endpoints";
/// Quotas, for those who manage them.
pub const ADMIN_QUOTAS: &str = "/admin/quotas";
/// One quota, as the router writes it.
pub const ADMIN_QUOTA: &str = "/admin/quotas/:name";
/// Rate limits.
pub const ADMIN_LIMITS: &str = "/admin/limits";
/// One rate limit, as the router writes it.
pub const ADMIN_LIMIT: &str = "/admin/limits/:name";
/// Providers that people sign in with.
pub const ADMIN_PROVIDERS: &str = "/admin/providers";
/// People, for administrators.
pub const ADMIN_USERS: &str = "/admin/users";
/// An account for somebody.
pub const ADMIN_NEW_USER: &str = "/admin/users/new";
/// Something for many people at once: asked once more, and what became of it.
pub const ADMIN_MANY_USERS: &str = "/admin/users/many";
/// The list of people as a file, outside Leptos.
pub const ADMIN_USERS_CSV: &str = "/admin/users.csv";
/// A person, as the router writes it.
pub const ADMIN_USER: &str = "/admin/users/:id";
/// What can be changed of a person, as the router writes it.
pub const ADMIN_USER_EDIT: &str = "/admin/users/:id/edit";
/// Banning a person, as the router writes it.
pub const ADMIN_USER_BAN: &str = "/admin/users/:id/ban";
/// One ban of an address or network, as the router writes it.
pub const ADMIN_BAN: &str = "/admin/bans/:id";
/// Who offended, and what was done about it.
pub const ADMIN_ABUSE: &str = "/admin/abuse";
/// The outbox.
pub const ADMIN_MAIL: &str = "/admin/mail";
/// Every mail as its reader would see it.
pub const ADMIN_TEMPLATES: &str = "/admin/mail/templates";
/// One of them, as the router writes it.
pub const ADMIN_TEMPLATE: &str = "/admin/mail/templates/:name";
/// Every setting and where it came from.
pub const ADMIN_SETTINGS: &str = "/admin/settings";
/// What runs, and what would keep it from working.
pub const ADMIN_SYSTEM: &str = "/admin/system";
/// The audit trail.
pub const ADMIN_AUDIT: &str = "/admin/audit";
/// One row of it, as the router writes it.
pub const ADMIN_AUDIT_ROW: &str = "/admin/audit/:id";
/// Mail that was written in development.
pub const DEV_MAIL: &str = "/dev/mail";
/// One such mail, as the router writes it.
pub const DEV_LETTER: &str = "/dev/mail/:id";

/// Documentation of the REST API, outside Leptos.
pub const API_DOCS: &str = "/docs/api";
/// The OpenAPI document, outside Leptos.
pub const OPENAPI: &str = "/api/openapi.json";

/// Where the forms go: the server functions' addresses.
pub mod actions {
    /// Makes a quota.
    pub const MAKE_QUOTA: &str = "/fn/quotas/make";
    /// Changes a quota.
    pub const SET_QUOTA: &str = "/fn/quotas/set";
    /// Deletes a quota, or takes back what was changed of one.
    pub const CLEAR_QUOTA: &str = "/fn/quotas/clear";
    /// Says what somebody may spend.
    pub const OVERRIDE_QUOTA: &str = "/fn/quotas/override";
    /// Takes back what was said for somebody.
    pub const RESTORE_QUOTA: &str = "/fn/quotas/restore";
    /// Gives somebody units.
    pub const GRANT_USAGE: &str = "/fn/quotas/grant";
    /// Begins somebody's count anew.
    pub const RESET_USAGE: &str = "/fn/quotas/reset";
    /// Makes an account of a sign-in at a provider that needed something more.
    pub const FINISH_SIGN_IN: &str = "/fn/social/finish";
    /// Gives a sign-in at a provider that waits up.
    pub const GIVE_UP_SIGN_IN: &str = "/fn/social/give-up";
    /// Connects an account elsewhere that waits with one's own.
    pub const CONNECT_IDENTITY: &str = "/fn/social/connect";
    /// Takes an account elsewhere off one's own.
    pub const UNLINK_IDENTITY: &str = "/fn/social/unlink";
    /// Takes an account elsewhere off somebody's.
    pub const REMOVE_IDENTITY: &str = "/fn/social/remove";
    /// Tries a provider.
    pub const TEST_PROVIDER: &str = "/fn/social/test";
    /// Makes an account.
    pub const REGISTER: &str = "/fn/accounts/register";
    /// Confirms an address.
    pub const VERIFY: &str = "/fn/accounts/verify";
    /// Sends the verification link again.
    pub const RESEND: &str = "/fn/accounts/resend";
    /// Signs in.
    pub const SIGN_IN: &str = "/fn/auth/sign-in";
    /// Signs out.
    pub const SIGN_OUT: &str = "/fn/auth/sign-out";
    /// Sends a reset link.
    pub const FORGOT: &str = "/fn/auth/forgot";
    /// Sets a new password.
    pub const RESET: &str = "/fn/auth/reset";
    /// Makes the first administrator.
    pub const SET_UP: &str = "/fn/auth/set-up";
    /// How well a password would withstand guessing; asked by the password field.
    pub const PASSWORD_STRENGTH: &str = "/fn/auth/password-strength";
    /// Replaces one's own password.
    pub const CHANGE_PASSWORD: &str = "/fn/auth/change-password";
    /// Asks for another address.
    pub const CHANGE_EMAIL: &str = "/fn/accounts/change-email";
    /// Confirms the other address.
    pub const CONFIRM_EMAIL: &str = "/fn/accounts/confirm-email";
    /// Takes a change of address back.
    pub const UNDO_EMAIL: &str = "/fn/accounts/undo-email";
    /// Chooses what to be told by mail.
    pub const CHOOSE_NOTICES: &str = "/fn/notices/choose";
    /// Stops a kind of mail by the link in one.
    pub const UNSUBSCRIBE: &str = "/fn/notices/unsubscribe";
    /// Changes one's own profile.
    pub const SAVE_PROFILE: &str = "/fn/profiles/save";
    /// Sets one's own picture, outside Leptos.
    pub const SET_AVATAR: &str = "/fn/profiles/avatar";
    /// Takes one's own picture away.
    pub const REMOVE_AVATAR: &str = "/fn/profiles/remove-avatar";
    /// Ends one of one's own sessions.
    pub const END_SESSION: &str = "/fn/sessions/end";
    /// Gives the device of one of one's own sessions a name.
    pub const NAME_SESSION: &str = "/fn/sessions/name";
    /// Ends all of one's own sessions but this one.
    pub const END_OTHER_SESSIONS: &str = "/fn/sessions/end-others";
    /// Makes an API key.
    pub const MAKE_KEY: &str = "/fn/keys/make";
    /// Gives an API key another name and other networks.
    pub const SAVE_KEY: &str = "/fn/keys/save";
    /// Gives an API key a new secret.
    pub const ROTATE_KEY: &str = "/fn/keys/rotate";
    /// Switches an API key on or off.
    pub const SWITCH_KEY: &str = "/fn/keys/switch";
    /// Revokes an API key.
    pub const REVOKE_KEY: &str = "/fn/keys/revoke";
    /// Revokes an API key of somebody.
    pub const ADMIN_REVOKE_KEY: &str = "/fn/admin/keys/revoke";
    /// Switches an API key of somebody on or off.
    pub const ADMIN_SWITCH_KEY: &str = "/fn/admin/keys/switch";
    /// Makes a group.
    pub const CREATE_GROUP: &str = "/fn/groups/create";
    /// Changes a group.
    pub const CHANGE_GROUP: &str = "/fn/groups/change";
    /// Deletes a group.
    pub const DELETE_GROUP: &str = "/fn/groups/delete";
    /// Puts somebody into a group.
    pub const JOIN_GROUP: &str = "/fn/groups/join";
    /// Takes somebody out of a group.
    pub const LEAVE_GROUP: &str = "/fn/groups/leave";
    /// Sets what the endpoints of a tag ask for.
    pub const SET_RULE: &str = "/fn/endpoints/set-rule";
    /// Takes that back.
    pub const CLEAR_RULE: &str = "/fn/endpoints/clear-rule";
    /// Sets a rate limit.
    pub const SET_LIMIT: &str = "/fn/limits/set";
    /// Takes that back.
    pub const CLEAR_LIMIT: &str = "/fn/limits/clear";
    /// Forgets what a rate limit counted.
    pub const RESET_LIMIT: &str = "/fn/limits/reset";
    /// Gives the password again.
    pub const PROVE: &str = "/fn/auth/prove";
    /// A copy of everything about oneself, as a file; outside Leptos.
    pub const EXPORT: &str = "/fn/accounts/export";
    /// Asks for a copy of everything about oneself, to be prepared in the background.
    pub const ASK_EXPORT: &str = "/fn/accounts/ask-export";
    /// Such a copy, once it is there; outside Leptos.
    pub const EXPORT_FILE: &str = "/fn/accounts/export-file";
    /// Puts a reminder on the overview away.
    pub const DISMISS_NUDGE: &str = "/fn/accounts/dismiss";
    /// Deactivates one's own account.
    pub const DEACTIVATE: &str = "/fn/accounts/deactivate";
    /// Makes an account for somebody, or invites them.
    pub const CREATE_PERSON: &str = "/fn/accounts/create";
    /// Changes what an account of somebody says.
    pub const EDIT_PERSON: &str = "/fn/accounts/edit";
    /// Gives somebody another address.
    pub const READDRESS_PERSON: &str = "/fn/accounts/readdress";
    /// Does to somebody what takes one button.
    pub const DO_TO_PERSON: &str = "/fn/accounts/do";
    /// Does the same to many.
    pub const DO_TO_MANY: &str = "/fn/accounts/do-to-many";
    /// Writes a note on somebody.
    pub const WRITE_NOTE: &str = "/fn/accounts/write-note";
    /// Takes a note away.
    pub const REMOVE_NOTE: &str = "/fn/accounts/remove-note";
    /// Ends a session of somebody.
    pub const END_SESSION_OF: &str = "/fn/sessions/end-of";
    /// Sets when somebody's account ends.
    pub const END_PERSON: &str = "/fn/accounts/end";
    /// Bans somebody.
    pub const BAN: &str = "/fn/bans/impose";
    /// Bans an address or network.
    pub const BAN_NETWORK: &str = "/fn/bans/network";
    /// Lifts such a ban.
    pub const LIFT_BAN: &str = "/fn/bans/lift";
    /// Forgets what an address or account did.
    pub const FORGIVE: &str = "/fn/abuse/forgive";
    /// Tries mail again.
    pub const RETRY_MAIL: &str = "/fn/mail/retry";
    /// Stops a mail.
    pub const CANCEL_MAIL: &str = "/fn/mail/cancel";
    /// Sends a mail with sample values to oneself.
    pub const SEND_SAMPLE: &str = "/fn/mail/sample";
    /// The audit trail as a file, outside Leptos.
    pub const EXPORT_AUDIT: &str = "/fn/audit/export";
    /// Asks for the deletion of one's own account.
    pub const DELETE_ACCOUNT: &str = "/fn/accounts/delete";
}

/// Where the button of the provider called `name` leads, outside Leptos; of what can be none, nowhere of ours.
pub fn provider(name: &str) -> String {
    let name = if provider_name(name).is_ok() { name } else { "" };
    format!("{PROVIDERS}/{name}")
}

/// One of the signed-in person's API keys.
pub fn key_of(key: KeyId) -> String {
    format!("{KEYS}/{key}")
}

/// The page that changes one of the signed-in person's API keys.
pub fn key_edit(key: KeyId) -> String {
    format!("{KEYS}/{key}/edit")
}

/// The page of the quota called `name`; of what can be no quota, the list.
pub fn admin_quota(name: &str) -> String {
    let name = if quota_name(name).is_ok() { name } else { "" };
    format!("{ADMIN_QUOTAS}/{name}").trim_end_matches('/').to_owned()
}

/// The page of the group called `name`; of what can be no group, the list.
pub fn admin_group(name: &str) -> String {
    let name = if group_name(name).is_ok() { name } else { "" };
    format!("{ADMIN_GROUPS}/{name}").trim_end_matches('/').to_owned()
}

/// Where a change of the group called `name` is looked at once more.
pub fn admin_group_review(name: &str) -> String {
    format!("{}/review", admin_group(name))
}

/// A ban of an address or network.
pub fn admin_ban(id: impl std::fmt::Display) -> String {
    format!("{ADMIN_BANS}/{id}")
}

/// The page of the rate limit called `name`; of what can be none, the list.
pub fn admin_limit(name: &str) -> String {
    let name = if limits::check_name(name).is_ok() { name } else { "" };
    format!("{ADMIN_LIMITS}/{name}").trim_end_matches('/').to_owned()
}

/// A person, for administrators.
pub fn admin_user(id: UserId) -> String {
    format!("{ADMIN_USERS}/{id}")
}

/// Where a person is changed by administrators.
pub fn admin_user_edit(id: UserId) -> String {
    format!("{}/edit", admin_user(id))
}

/// Where a person is banned.
pub fn admin_user_ban(id: UserId) -> String {
    format!("{}/ban", admin_user(id))
}

/// The profile of the person called `username`, which holds nothing that an address could misread.
pub fn profile_of(username: &Username) -> String {
    format!("{PROFILES}/{username}")
}

/// The picture with this tag of the person called `username`.
pub fn avatar_of(username: &Username, tag: &str) -> String {
    with_query(&format!("{PROFILES}/{username}/avatar"), "v", tag)
}

/// The signed-in person's picture with this tag.
pub fn own_avatar(tag: &str) -> String {
    with_query(OWN_AVATAR, "v", tag)
}

/// `path` with every one of `pairs` whose value is not empty in its query, percent-encoded; values longer than any of
/// ours are left out.
pub fn with_queries(path: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(path.to_owned(), |address, (name, value)| with_query(&address, name, value))
}

/// Most bytes of a value in a query: more than a token or a page of ours has.
const LONGEST: usize = 512;

/// `path?name=value`, or `path&name=value` where it has a query, the value percent-encoded; the bare path when the value is
/// empty or longer than any of ours, so that nobody can make an answer's headers grow. A `cursor` may be as long as lists
/// give them out.
pub fn with_query(path: &str, name: &str, value: &str) -> String {
    let longest = if name == "cursor" { LONGEST_CURSOR } else { LONGEST };
    if value.is_empty() || value.len() > longest {
        return path.to_owned();
    }
    let sign = if path.contains('?') { '&' } else { '?' };
    let mut address = format!("{path}{sign}{name}=");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            address.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// Where to go after signing in, as `next` asks for it; the account page when it asks for anything but a page of this
/// site: a path that begins with one `/`, has no `\` and no control character, and is not one of our actions
/// (CVE-2021-23435, CVE-2023-49438, CVE-2025-6023, CVE-2026-40295).
pub fn next_page(next: &str) -> &str {
    if stays_here(next) { next } else { ACCOUNT }
}

fn stays_here(next: &str) -> bool {
    let mut characters = next.chars();
    let path = next.split(['?', '#']).next().unwrap_or_default();
    next.len() <= LONGEST
        && characters.next() == Some('/')
        && !matches!(characters.next(), Some('/' | '\\'))
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !path.contains("//")
        && !path.split('/').any(is_dots)
        && !["/fn/", "/api/", "/login", "/prove"]
            .iter()
            .any(|start| path.to_ascii_lowercase().starts_with(start))
}

/// `.` and `..`, in every spelling that a browser resolves as such (URL Standard, "double-dot URL path segment").
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vestibule_model::listing::Cursor;

    #[test]
    fn c64_next_never_leaves_the_site() {
        let beginnings = [
            "//",
            "///",
            "/////",
            "/\\",
            "\\/",
            "\\\\",
            "/\t/",
            "/\n/",
            "/\r/",
            "\t//",
            " //",
            "/ /",
            "http://",
            "https://",
            "HTTPS://",
            "http:/",
            "http:",
            "https:\\\\",
            "javascript:",
            "JaVaScRiPt:",
            "data:text/html,",
            "vbscript:",
            "@",
            "/..//",
            "/.//",
            "/%2e//",
            "/%2E%2e//",
            "/a/..//",
            "/a/%2e%2e//",
            "/a/../..//",
            "/\u{0}/",
            "/\u{7f}/",
            "/\u{a0}/",
            "/\u{2028}/",
            "/\u{ff0f}",
            "\u{ff0f}\u{ff0f}",
            "/\u{5c}",
            "file:///",
            "ftp://",
            "?//",
            "#//",
            "",
        ];
        let ends = [
            "evil.example",
            "evil.example/a?b=c#d",
            "evil.example:80",
            "a@evil.example",
            "localhost.evil.example",
            "[::1]",
            "%2f%2fevil.example",
            "1.1.1.1",
        ];
        for next in beginnings.iter().flat_map(|start| ends.iter().map(move |end| format!("{start}{end}"))) {
            assert_eq!(next_page(&next), ACCOUNT, "{next:?}");
        }
        for next in [
            "",
            "/fn/auth/sign-out",
            "/FN/x",
            "/api/v1/me",
            "/login",
            "/a\\b",
            "/a//b",
            "/a/../b",
            "/%2e%2e/b",
            "/é",
        ] {
            assert_eq!(next_page(next), ACCOUNT, "{next:?}");
        }
        assert_eq!(next_page(&format!("/{}", "a".repeat(512))), ACCOUNT);
        assert_eq!(with_query("/reset", "token", &"a".repeat(513)), "/reset");
        for next in
            ["/", "/account", "/a/b?c=d&e=//f#g", "/u/ada.lovelace", "/a%20b", "/search?q=http://x.example"]
        {
            assert_eq!(next_page(next), next);
        }
    }

    #[test]
    fn a_query_of_many_values_leaves_out_the_empty_ones() {
        assert_eq!(with_queries("/a", &[]), "/a");
        assert_eq!(with_queries("/a", &[("b", ""), ("c", "1 &"), ("d", "é")]), "/a?c=1%20%26&d=%C3%A9");
    }

    #[test]
    fn a_place_in_a_list_is_never_left_out() {
        let longest = "a".repeat(LONGEST_CURSOR);
        assert!(Cursor::parse(&longest).is_ok());
        let next = with_queries("/admin/users", &[("search", "ada"), ("cursor", &longest)]);
        assert_eq!(next, format!("/admin/users?search=ada&cursor={longest}"));
        assert_eq!(with_query("/admin/users", "cursor", &format!("{longest}a")), "/admin/users");
    }

    proptest! {
        #[test]
        fn c64_whatever_next_says_the_page_is_a_plain_local_path(next in "[/\\\\a-z.%:@?#\\t\\n\\r 2efEF\u{0}-\u{ff}]{0,24}") {
            let page = next_page(&next);
            prop_assert!(page.starts_with('/'));
            prop_assert!(!page[1..].starts_with(['/', '\\']));
            prop_assert!(page.bytes().all(|b| b.is_ascii_graphic() && b != b'\\'));
        }

        #[test]
        fn a_query_value_cannot_break_out(value in ".{0,40}") {
            let address = with_query("/login", "next", &value);
            prop_assert!(address.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>&#\\".contains(&b)));
            prop_assert!(address.matches('?').count() <= 1);
        }
    }
}
