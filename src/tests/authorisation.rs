//! Who may call what: every endpoint of the manifest against every kind of caller. An endpoint that is missing in the
//! table fails, and so does a row without an endpoint.

use super::app::{API, App, PASSWORD};
use super::browser::Browser;
use axum::body::Body;
use http::{Method, Request};
use std::collections::BTreeMap;
use vestibule::Vestibule;

/// Statuses for: nobody, a member, another member, an administrator. What passes the guard reaches a handler with an empty
/// body, so that 415, 422 and 303 mean "was let in".
#[rustfmt::skip]
const TABLE: &[(&str, &str, [u16; 4])] = &[
    ("GET",    "/",                              [200, 200, 200, 200]),
    ("GET",    "/.well-known/change-password",   [303, 303, 303, 303]),
    ("GET",    "/.well-known/jwks.json",         [200, 200, 200, 200]),
    ("GET",    "/.well-known/security.txt",      [200, 200, 200, 200]),
    ("GET",    "/account",                       [401, 200, 200, 200]),
    ("GET",    "/account/avatar",                [401, 404, 404, 404]),
    ("GET",    "/account/data",                  [401, 200, 200, 200]),
    ("GET",    "/account/email",                 [401, 200, 200, 200]),
    ("GET",    "/account/email/confirm",         [401, 200, 200, 200]),
    ("GET",    "/account/history.csv",           [401, 200, 200, 200]),
    ("GET",    "/account/history.json",          [401, 200, 200, 200]),
    ("GET",    "/account/identities",            [401, 200, 200, 200]),
    ("GET",    "/account/keys",                  [401, 200, 200, 200]),
    ("GET",    "/account/keys/new",              [401, 200, 200, 200]),
    ("GET",    "/account/keys/secret",           [401, 200, 200, 200]),
    ("GET",    "/account/keys/{id}",             [401, 404, 404, 404]),
    ("GET",    "/account/keys/{id}/edit",        [401, 404, 404, 404]),
    ("GET",    "/account/notifications",         [401, 200, 200, 200]),
    ("GET",    "/account/password",              [401, 200, 200, 200]),
    ("GET",    "/account/security",              [401, 200, 200, 200]),
    ("GET",    "/account/profile",               [401, 200, 200, 200]),
    ("GET",    "/account/sessions",              [401, 200, 200, 200]),
    ("GET",    "/account/usage",                 [401, 200, 200, 200]),
    ("GET",    "/admin",                         [401, 403, 403, 200]),
    ("GET",    "/admin/keys",                    [401, 403, 403, 200]),
    ("GET",    "/admin/abuse",                   [401, 403, 403, 200]),
    ("GET",    "/admin/bans",                    [401, 403, 403, 200]),
    ("GET",    "/admin/bans/{id}",               [401, 403, 403, 404]),
    ("GET",    "/admin/endpoints",               [401, 403, 403, 200]),
    ("GET",    "/admin/limits",                  [401, 403, 403, 200]),
    ("GET",    "/admin/limits/{name}",           [401, 403, 403, 404]),
    ("GET",    "/admin/groups",                  [401, 403, 403, 200]),
    ("GET",    "/admin/groups/{name}",           [401, 403, 403, 404]),
    ("GET",    "/admin/groups/{name}/review",    [401, 403, 403, 404]),
    ("GET",    "/admin/permissions",             [401, 403, 403, 200]),
    ("GET",    "/admin/providers",               [401, 403, 403, 200]),
    ("GET",    "/admin/quotas",                  [401, 403, 403, 200]),
    ("GET",    "/admin/quotas/{name}",           [401, 403, 403, 404]),
    ("GET",    "/admin/users",                   [401, 403, 403, 200]),
    ("GET",    "/admin/users.csv",               [401, 403, 403, 200]),
    ("GET",    "/admin/users/many",              [401, 403, 403, 200]),
    ("GET",    "/admin/users/new",               [401, 403, 403, 200]),
    ("GET",    "/admin/users/{id}",              [401, 403, 403, 404]),
    ("GET",    "/admin/users/{id}/ban",          [401, 403, 403, 404]),
    ("GET",    "/admin/users/{id}/edit",         [401, 403, 403, 404]),
    ("GET",    "/admin/audit",                   [401, 403, 403, 200]),
    ("GET",    "/admin/audit/{id}",              [401, 403, 403, 404]),
    ("GET",    "/admin/mail",                    [401, 403, 403, 200]),
    ("GET",    "/admin/mail/templates",          [401, 403, 403, 200]),
    ("GET",    "/admin/mail/templates/{name}",   [401, 403, 403, 404]),
    ("GET",    "/admin/mail/templates/{name}/html", [401, 403, 403, 404]),
    ("GET",    "/admin/settings",                [401, 403, 403, 200]),
    ("GET",    "/admin/system",                  [401, 403, 403, 200]),
    ("GET",    "/api/v1/outbox",                 [401, 403, 403, 200]),
    ("POST",   "/api/v1/outbox/{id}/cancel",     [401, 403, 403, 404]),
    ("POST",   "/api/v1/outbox/{id}/retry",      [401, 403, 403, 404]),
    ("POST",   "/fn/mail/cancel",                [401, 403, 403, 303]),
    ("POST",   "/fn/mail/retry",                 [401, 403, 403, 303]),
    ("POST",   "/fn/mail/sample",                [401, 403, 403, 303]),
    ("GET",    "/api/v1/audit",                  [401, 403, 403, 200]),
    ("GET",    "/api/v1/audit/chain",            [401, 403, 403, 200]),
    ("GET",    "/api/v1/audit/{id}",             [401, 403, 403, 404]),
    ("POST",   "/fn/audit/export",               [401, 403, 403, 400]),
    ("DELETE", "/api/v1/me/identities/{provider}", [401, 404, 404, 404]),
    ("GET",    "/api/v1/auth/providers",         [200, 200, 200, 200]),
    ("GET",    "/api/v1/me/identities",          [401, 200, 200, 200]),
    ("GET",    "/api/v1/providers",              [401, 403, 403, 200]),
    ("GET",    "/api/v1/users/{id}/identities",  [401, 403, 403, 404]),
    ("DELETE", "/api/v1/users/{id}/identities/{provider}", [401, 403, 403, 404]),
    ("POST",   "/api/v1/auth/providers/token",   [415, 415, 415, 415]),
    ("POST",   "/api/v1/auth/providers/{provider}/start", [415, 415, 415, 415]),
    ("POST",   "/api/v1/providers/{provider}/test", [401, 403, 403, 404]),
    ("POST",   "/auth/{provider}",               [404, 404, 404, 404]),
    ("GET",    "/auth/{provider}/callback",      [303, 303, 303, 303]),
    ("POST",   "/auth/{provider}/callback",      [303, 303, 303, 303]),
    ("GET",    "/auth/finish",                   [410, 410, 410, 410]),
    ("GET",    "/api/openapi.json",              [200, 200, 200, 200]),
    ("POST",   "/api/v1/auth/email/undo",        [415, 415, 415, 415]),
    ("POST",   "/api/v1/auth/login",             [415, 415, 415, 415]),
    ("POST",   "/api/v1/auth/logout",            [401, 204, 204, 204]),
    ("POST",   "/api/v1/auth/logout-all",        [401, 204, 204, 204]),
    ("POST",   "/api/v1/auth/password/forgot",   [415, 415, 415, 415]),
    ("POST",   "/api/v1/auth/password/reset",    [415, 415, 415, 415]),
    ("POST",   "/api/v1/auth/refresh",           [415, 415, 415, 415]),
    ("POST",   "/api/v1/auth/register",          [415, 415, 415, 415]),
    ("POST",   "/api/v1/auth/verify",            [415, 415, 415, 415]),
    ("POST",   "/api/v1/auth/verify/resend",     [415, 415, 415, 415]),
    ("GET",    "/api/v1/keys",                   [401, 403, 403, 200]),
    ("POST",   "/api/v1/keys/leaks",             [415, 415, 415, 415]),
    ("GET",    "/api/v1/limits",                 [401, 403, 403, 200]),
    ("DELETE", "/api/v1/limits/{name}",          [401, 403, 403, 404]),
    ("GET",    "/api/v1/limits/{name}",          [401, 403, 403, 404]),
    ("PUT",    "/api/v1/limits/{name}",          [401, 403, 403, 415]),
    ("POST",   "/api/v1/limits/{name}/reset",    [401, 403, 403, 415]),
    ("GET",    "/api/v1/endpoints",              [401, 403, 403, 200]),
    ("GET",    "/api/v1/endpoints/tags",         [401, 403, 403, 200]),
    ("DELETE", "/api/v1/endpoints/tags/{tag}",   [401, 403, 403, 404]),
    ("GET",    "/api/v1/endpoints/tags/{tag}",   [401, 403, 403, 404]),
    ("PUT",    "/api/v1/endpoints/tags/{tag}",   [401, 403, 403, 415]),
    ("GET",    "/api/v1/me/usage",               [401, 200, 200, 200]),
    ("GET",    "/api/v1/quotas",                 [401, 403, 403, 200]),
    ("POST",   "/api/v1/quotas",                 [401, 403, 403, 415]),
    ("POST",   "/api/v1/quotas/simulation",      [401, 403, 403, 415]),
    ("DELETE", "/api/v1/quotas/{name}",          [401, 403, 403, 404]),
    ("GET",    "/api/v1/quotas/{name}",          [401, 403, 403, 404]),
    ("PATCH",  "/api/v1/quotas/{name}",          [401, 403, 403, 415]),
    ("DELETE", "/api/v1/users/{id}/keys/{key}/quotas/{quota}", [401, 403, 403, 404]),
    ("PUT",    "/api/v1/users/{id}/keys/{key}/quotas/{quota}", [401, 403, 403, 415]),
    ("GET",    "/api/v1/users/{id}/quota-decision", [401, 403, 403, 422]),
    ("GET",    "/api/v1/users/{id}/quotas",      [401, 403, 403, 404]),
    ("DELETE", "/api/v1/users/{id}/quotas/{quota}", [401, 403, 403, 404]),
    ("PUT",    "/api/v1/users/{id}/quotas/{quota}", [401, 403, 403, 415]),
    ("GET",    "/api/v1/users/{id}/usage",       [401, 403, 403, 404]),
    ("DELETE", "/api/v1/users/{id}/usage/{quota}", [401, 403, 403, 404]),
    ("POST",   "/api/v1/users/{id}/usage/{quota}/grants", [401, 403, 403, 415]),
    ("GET",    "/api/v1/groups",                 [401, 403, 403, 200]),
    ("POST",   "/api/v1/groups",                 [401, 403, 403, 415]),
    ("DELETE", "/api/v1/groups/{name}",          [401, 403, 403, 404]),
    ("GET",    "/api/v1/groups/{name}",          [401, 403, 403, 404]),
    ("PATCH",  "/api/v1/groups/{name}",          [401, 403, 403, 415]),
    ("DELETE", "/api/v1/me",                     [401, 415, 415, 415]),
    ("GET",    "/api/v1/me",                     [401, 200, 200, 200]),
    ("POST",   "/api/v1/me/deactivate",          [401, 415, 415, 415]),
    ("POST",   "/api/v1/me/email",               [401, 415, 415, 415]),
    ("POST",   "/api/v1/me/email/confirm",       [401, 415, 415, 415]),
    ("GET",    "/api/v1/me/events",              [401, 200, 200, 200]),
    ("GET",    "/api/v1/me/events.csv",          [401, 200, 200, 200]),
    ("GET",    "/api/v1/me/export",              [401, 200, 200, 200]),
    ("GET",    "/api/v1/me/keys",                [401, 200, 200, 200]),
    ("POST",   "/api/v1/me/keys",                [401, 415, 415, 415]),
    ("DELETE", "/api/v1/me/keys/{id}",           [401, 404, 404, 404]),
    ("GET",    "/api/v1/me/keys/{id}",           [401, 404, 404, 404]),
    ("PATCH",  "/api/v1/me/keys/{id}",           [401, 415, 415, 415]),
    ("POST",   "/api/v1/me/keys/{id}/rotate",    [401, 415, 415, 415]),
    ("GET",    "/api/v1/me/exports",             [401, 200, 200, 200]),
    ("POST",   "/api/v1/me/exports",             [401, 202, 202, 202]),
    ("GET",    "/api/v1/me/exports/{id}",        [401, 404, 404, 404]),
    ("GET",    "/api/v1/me/notifications",       [401, 200, 200, 200]),
    ("PATCH",  "/api/v1/me/notifications",       [401, 415, 415, 415]),
    ("POST",   "/api/v1/me/prove",               [401, 415, 415, 415]),
    ("PATCH",  "/api/v1/me",                     [401, 415, 415, 415]),
    ("DELETE", "/api/v1/me/avatar",              [401, 204, 204, 204]),
    ("GET",    "/api/v1/me/avatar",              [401, 404, 404, 404]),
    ("PUT",    "/api/v1/me/avatar",              [401, 422, 422, 422]),
    ("POST",   "/api/v1/me/password",            [401, 415, 415, 415]),
    ("POST",   "/api/v1/me/prove",               [401, 415, 415, 415]),
    ("DELETE", "/api/v1/me/sessions",            [401, 204, 204, 204]),
    ("GET",    "/api/v1/me/sessions",            [401, 200, 200, 200]),
    ("DELETE", "/api/v1/me/sessions/{id}",       [401, 404, 404, 404]),
    ("PATCH",  "/api/v1/me/sessions/{id}",       [401, 415, 415, 415]),
    ("GET",    "/api/v1/permissions",            [401, 403, 403, 200]),
    ("GET",    "/api/v1/abuse",                  [401, 403, 403, 200]),
    ("GET",    "/api/v1/abuse/{subject}",        [401, 403, 403, 404]),
    ("DELETE", "/api/v1/abuse/{subject}",        [401, 403, 403, 404]),
    ("GET",    "/api/v1/bans",                   [401, 403, 403, 200]),
    ("POST",   "/api/v1/bans",                   [401, 403, 403, 415]),
    ("GET",    "/api/v1/bans/people",            [401, 403, 403, 200]),
    ("GET",    "/api/v1/bans/{id}",              [401, 403, 403, 404]),
    ("DELETE", "/api/v1/bans/{id}",              [401, 403, 403, 404]),
    ("GET",    "/api/v1/users",                  [401, 403, 403, 200]),
    ("POST",   "/api/v1/users",                  [401, 403, 403, 415]),
    ("DELETE", "/api/v1/users/{id}",             [401, 403, 403, 404]),
    ("GET",    "/api/v1/users/{id}",             [401, 403, 403, 404]),
    ("PATCH",  "/api/v1/users/{id}",             [401, 403, 403, 415]),
    ("DELETE", "/api/v1/users/{id}/ban",         [401, 403, 403, 404]),
    ("PUT",    "/api/v1/users/{id}/email",       [401, 403, 403, 415]),
    ("PUT",    "/api/v1/users/{id}/expiry",      [401, 403, 403, 415]),
    ("GET",    "/api/v1/users/{id}/notes",       [401, 403, 403, 404]),
    ("POST",   "/api/v1/users/{id}/notes",       [401, 403, 403, 415]),
    ("DELETE", "/api/v1/users/{id}/notes/{note}", [401, 403, 403, 404]),
    ("POST",   "/api/v1/users/{id}/password-reset", [401, 403, 403, 404]),
    ("DELETE", "/api/v1/users/{id}/sessions",    [401, 403, 403, 404]),
    ("GET",    "/api/v1/users/{id}/sessions",    [401, 403, 403, 404]),
    ("DELETE", "/api/v1/users/{id}/sessions/{session}", [401, 403, 403, 404]),
    ("POST",   "/api/v1/users/many",             [401, 403, 403, 415]),
    ("POST",   "/api/v1/users/{id}/verify",      [401, 403, 403, 404]),
    ("PUT",    "/api/v1/users/{id}/ban",         [401, 403, 403, 415]),
    ("GET",    "/api/v1/users/{id}/keys",        [401, 403, 403, 404]),
    ("DELETE", "/api/v1/users/{id}/keys/{key}",  [401, 403, 403, 404]),
    ("DELETE", "/api/v1/users/{id}/groups/{group}", [401, 403, 403, 404]),
    ("PUT",    "/api/v1/users/{id}/groups/{group}", [401, 403, 403, 404]),
    ("GET",    "/api/v1/users/{id}/rights",      [401, 403, 403, 404]),
    ("GET",    "/api/v1/statistics",             [401, 403, 403, 200]),
    ("GET",    "/api/v1/profiles/{username}",    [404, 404, 404, 404]),
    ("GET",    "/api/v1/profiles/{username}/avatar", [404, 404, 404, 404]),
    ("POST",   "/csp-report",                    [204, 204, 204, 204]),
    ("GET",    "/dev/mail",                      [404, 404, 404, 404]),
    ("GET",    "/dev/mail/{id}",                 [404, 404, 404, 404]),
    ("GET",    "/dev/mail/{id}/html",            [404, 404, 404, 404]),
    ("GET",    "/docs/api",                      [308, 308, 308, 308]),
    ("GET",    "/docs/api/",                     [200, 200, 200, 200]),
    ("GET",    "/docs/api/{file}",               [404, 404, 404, 404]),
    ("GET",    "/email/undo",                    [200, 200, 200, 200]),
    ("POST",   "/fn/accounts/change-email",      [401, 303, 303, 303]),
    ("POST",   "/fn/accounts/confirm-email",     [401, 303, 303, 303]),
    ("POST",   "/fn/accounts/deactivate",        [401, 303, 303, 303]),
    ("POST",   "/fn/accounts/dismiss",           [401, 303, 303, 303]),
    ("POST",   "/fn/accounts/create",            [401, 403, 403, 303]),
    ("POST",   "/fn/accounts/delete",            [401, 303, 303, 303]),
    ("POST",   "/fn/accounts/ask-export",        [401, 303, 303, 303]),
    ("POST",   "/fn/accounts/export-file",       [401, 303, 303, 303]),
    ("POST",   "/fn/accounts/do",                [401, 403, 403, 404]),
    ("POST",   "/fn/accounts/do-to-many",        [401, 403, 403, 303]),
    ("POST",   "/fn/accounts/end",               [401, 403, 403, 404]),
    ("POST",   "/fn/accounts/edit",              [401, 403, 403, 404]),
    ("POST",   "/fn/accounts/readdress",         [401, 403, 403, 404]),
    ("POST",   "/fn/accounts/remove-note",       [401, 403, 403, 404]),
    ("POST",   "/fn/accounts/write-note",        [401, 403, 403, 404]),
    ("POST",   "/fn/abuse/forgive",              [401, 403, 403, 303]),
    ("POST",   "/fn/bans/impose",                [401, 403, 403, 404]),
    ("POST",   "/fn/bans/lift",                  [401, 403, 403, 303]),
    ("POST",   "/fn/bans/network",               [401, 403, 403, 303]),
    ("POST",   "/fn/sessions/end-of",            [401, 403, 403, 404]),
    ("POST",   "/fn/accounts/export",            [401, 200, 200, 200]),
    ("POST",   "/fn/accounts/register",          [303, 303, 303, 303]),
    ("POST",   "/fn/accounts/resend",            [303, 303, 303, 303]),
    ("POST",   "/fn/accounts/undo-email",        [303, 303, 303, 303]),
    ("POST",   "/fn/accounts/verify",            [303, 303, 303, 303]),
    ("POST",   "/fn/auth/change-password",       [401, 303, 303, 303]),
    ("POST",   "/fn/auth/forgot",                [303, 303, 303, 303]),
    ("POST",   "/fn/auth/password-strength",     [200, 200, 200, 200]),
    ("POST",   "/fn/auth/prove",                 [401, 303, 303, 303]),
    ("POST",   "/fn/auth/reset",                 [303, 303, 303, 303]),
    ("POST",   "/fn/auth/set-up",                [404, 404, 404, 404]),
    ("POST",   "/fn/auth/sign-in",               [303, 303, 303, 303]),
    ("POST",   "/fn/auth/sign-out",              [303, 303, 303, 303]),
    ("POST",   "/fn/admin/keys/revoke",          [401, 403, 403, 303]),
    ("POST",   "/fn/admin/keys/switch",          [401, 403, 403, 303]),
    ("POST",   "/fn/social/connect",             [401, 303, 303, 303]),
    ("POST",   "/fn/social/finish",              [303, 303, 303, 303]),
    ("POST",   "/fn/social/give-up",             [303, 303, 303, 303]),
    ("POST",   "/fn/social/remove",              [401, 403, 403, 404]),
    ("POST",   "/fn/social/test",                [401, 403, 403, 303]),
    ("POST",   "/fn/social/unlink",              [401, 303, 303, 303]),
    ("POST",   "/fn/keys/make",                  [401, 303, 303, 303]),
    ("POST",   "/fn/keys/revoke",                [401, 303, 303, 303]),
    ("POST",   "/fn/keys/rotate",                [401, 303, 303, 303]),
    ("POST",   "/fn/keys/save",                  [401, 303, 303, 303]),
    ("POST",   "/fn/keys/switch",                [401, 303, 303, 303]),
    ("POST",   "/fn/limits/clear",               [401, 403, 403, 303]),
    ("POST",   "/fn/limits/reset",               [401, 403, 403, 303]),
    ("POST",   "/fn/limits/set",                 [401, 403, 403, 303]),
    ("POST",   "/fn/endpoints/clear-rule",       [401, 403, 403, 303]),
    ("POST",   "/fn/endpoints/set-rule",         [401, 403, 403, 303]),
    ("POST",   "/fn/quotas/clear",               [401, 403, 403, 303]),
    ("POST",   "/fn/quotas/grant",               [401, 403, 403, 303]),
    ("POST",   "/fn/quotas/make",                [401, 403, 403, 303]),
    ("POST",   "/fn/quotas/override",            [401, 403, 403, 303]),
    ("POST",   "/fn/quotas/reset",               [401, 403, 403, 303]),
    ("POST",   "/fn/quotas/restore",             [401, 403, 403, 303]),
    ("POST",   "/fn/quotas/set",                 [401, 403, 403, 303]),
    ("POST",   "/fn/groups/change",              [401, 403, 403, 303]),
    ("POST",   "/fn/groups/create",              [401, 403, 403, 303]),
    ("POST",   "/fn/groups/delete",              [401, 403, 403, 303]),
    ("POST",   "/fn/groups/join",                [401, 403, 403, 303]),
    ("POST",   "/fn/groups/leave",               [401, 403, 403, 303]),
    ("POST",   "/fn/notices/choose",             [401, 303, 303, 303]),
    ("POST",   "/fn/notices/unsubscribe",        [303, 303, 303, 303]),
    ("POST",   "/fn/profiles/avatar",            [401, 400, 400, 400]),
    ("POST",   "/fn/profiles/remove-avatar",     [401, 303, 303, 303]),
    ("POST",   "/fn/profiles/save",              [401, 303, 303, 303]),
    ("POST",   "/fn/sessions/end",               [401, 303, 303, 303]),
    ("POST",   "/fn/sessions/end-others",        [401, 303, 303, 303]),
    ("POST",   "/fn/sessions/name",              [401, 303, 303, 303]),
    ("GET",    "/forgot",                        [200, 200, 200, 200]),
    ("GET",    "/forgot/sent",                   [200, 200, 200, 200]),
    ("GET",    "/healthz",                       [200, 200, 200, 200]),
    ("GET",    "/login",                         [200, 303, 303, 303]),
    ("GET",    "/prove",                         [401, 200, 200, 200]),
    ("GET",    "/readyz",                        [200, 200, 200, 200]),
    ("GET",    "/register",                      [200, 303, 303, 303]),
    ("GET",    "/register/sent",                 [200, 200, 200, 200]),
    ("GET",    "/reset",                         [200, 200, 200, 200]),
    ("GET",    "/setup",                         [404, 404, 404, 404]),
    ("GET",    "/unsubscribe",                   [200, 200, 200, 200]),
    ("POST",   "/unsubscribe",                   [410, 410, 410, 410]),
    ("GET",    "/u/{username}",                  [404, 404, 404, 404]),
    ("GET",    "/u/{username}/avatar",           [404, 404, 404, 404]),
    ("GET",    "/verify",                        [200, 200, 200, 200]),
    ("GET",    "/verify/resend",                 [200, 200, 200, 200]),
    ("GET",    "/metrics",                       [404, 404, 404, 404]),
    ("GET",    "/version",                       [200, 200, 200, 200]),
];

const CALLERS: [Option<&str>; 4] =
    [None, Some("ada@example.org"), Some("bob@example.org"), Some("root@example.org")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_answers_every_caller_as_the_table_says() {
    let app = App::new().await;
    for email in CALLERS.into_iter().flatten() {
        app.account(email, email.starts_with("root")).await;
    }
    let manifest = Vestibule::builder().manifest(API).unwrap();
    let mut table: BTreeMap<_, _> =
        TABLE.iter().map(|(method, path, expected)| ((*path, *method), expected)).collect();
    let mut wrong = Vec::new();
    for line in manifest.lines() {
        let words = line.split_whitespace().collect::<Vec<_>>();
        let (method, path, credential) = (words[0], words[1], *words.last().unwrap());
        let Some(expected) = table.remove(&(path, method)) else {
            wrong.push(format!("{method} {path}: not in the table"));
            continue;
        };
        let mut seen = [0; 4];
        for (seen, caller) in seen.iter_mut().zip(CALLERS) {
            *seen = status(&app, method, path, credential, caller).await;
        }
        if seen != *expected {
            wrong.push(format!("{method} {path}: {seen:?} instead of {expected:?}"));
        }
    }
    wrong.extend(
        table.keys().map(|(path, method)| format!("{method} {path}: in the table, but not in the program")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Calls with a fresh sign-in, since some calls end it.
async fn status(app: &App, method: &str, path: &str, credential: &str, caller: Option<&str>) -> u16 {
    let mut request = Request::builder().method(method).uri(path.replace(['{', '}'], ""));
    let mut browser = Browser::on(app);
    match (credential, caller) {
        ("bearer", Some(email)) => {
            let token = app.tokens(email, PASSWORD).await.access;
            request = request.header("authorization", format!("Bearer {token}"));
        }
        ("cookie", Some(email)) => {
            browser.submit("/fn/auth/sign-in", &[("email", email), ("password", PASSWORD)]).await;
            assert!(browser.cookies.contains_key("session"), "{email} is signed in");
        }
        _ => {}
    }
    for (name, value) in &browser.cookies {
        request = request.header("cookie", format!("{name}={value}"));
    }
    if method == Method::POST.as_str() && credential == "cookie" {
        request = request.header("content-type", "application/x-www-form-urlencoded");
        request = request.header("sec-fetch-site", "same-origin");
    }
    app.raw(request.body(Body::empty()).unwrap()).await.status.as_u16()
}
