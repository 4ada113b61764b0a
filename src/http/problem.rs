//! What an error looks like over HTTP: its status, its headers and its RFC 9457 document. The only place that writes an
//! [`Error`] as HTTP (its status is [`Error::status`]); handlers return [`Refusal`], `arrival.rs` writes the answer
//! because only it knows the request's id.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use vestibule_model::error::Conflict;
use vestibule_model::{Error, FieldError, Problem, Timestamp};

/// What was blocked for how it was used (draft-ietf-httpapi-ratelimit-headers, problem types).
const ABNORMAL_USAGE: &str = "https://iana.org/assignments/http-problem-types#abnormal-usage-detected";

/// An error on its way out of a handler or a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Error);

/// What a handler answers with.
pub type Answer<T> = std::result::Result<T, Refusal>;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    /// The status alone; the document is written when the request's id is known.
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem document (RFC 9457). Clients branch on `code`; `title` is for people and may change.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Names the kind of problem: `urn:vestibule:problem:` and the code, or the address of one that is known everywhere.
    #[serde(rename = "type")]
    #[schema(example = "urn:vestibule:problem:invalid")]
    pub kind: String,
    /// The same for every problem of the kind.
    #[schema(example = "What was sent does not fit.")]
    pub title: &'static str,
    /// The HTTP status again.
    #[schema(example = 422)]
    pub status: u16,
    /// The stable name of the problem.
    #[schema(example = "invalid")]
    pub code: &'static str,
    /// The request's id, as in the header `X-Request-Id` and in the server's log.
    #[schema(example = "6c1f0a9be2d4-1f")]
    pub request_id: String,
    /// What is wrong with each field; present when `code` is `invalid`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// The permission that is lacking; present when `code` is `not_allowed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// The group that is asked for; present when `code` is `not_in_group`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// When the next attempt is heard; present when `code` is `too_many_attempts` or `rate_limited`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// The limits and quotas that refused, as in the header `RateLimit-Policy`; present when `code` is `rate_limited`
    /// or `quota_exceeded`.
    #[serde(rename = "violated-policies", skip_serializing_if = "Vec::is_empty")]
    pub violated_policies: Vec<String>,
    /// Why the account is banned, in an administrator's words; present when `code` is `banned`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the ban ends by itself; present when `code` is `banned` or `address_banned` and it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The quota that is spent; present when `code` is `quota_exceeded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<String>,
    /// When calls are taken again; present when `code` is `quota_exceeded` and they ever are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<Timestamp>,
    /// The id of the log entry that holds the cause; present when `code` is `internal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_id: Option<String>,
}

/// One field that does not fit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Where the field is in the body (JSON pointer, RFC 6901).
    #[schema(example = "/password")]
    pub pointer: String,
    /// What is wrong with it.
    #[schema(example = "too_short")]
    pub code: &'static str,
    /// Fewest characters, when it is too short.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 15)]
    pub min: Option<u32>,
    /// Most characters, when it is too long; most entries, when there are too many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// When it may be changed again, when it is too soon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl From<&FieldError> for FieldProblem {
    fn from(error: &FieldError) -> Self {
        let (min, max, until) = match error.problem {
            Problem::TooShort { min } => (Some(min), None, None),
            Problem::TooLong { max } | Problem::TooMany { max } => (None, Some(max), None),
            Problem::TooSoon { until } => (None, None, Some(until)),
            _ => (None, None, None),
        };
        Self { pointer: format!("/{}", error.field), code: error.problem.code(), min, max, until }
    }
}

/// The status of an error.
pub fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The title of every error: the same for each of its kind.
fn title(error: &Error) -> &'static str {
    match error {
        Error::Invalid { .. } => "What was sent does not fit.",
        Error::Malformed => "The request could not be read.",
        Error::UnsupportedMediaType => "This content type or encoding is not taken here.",
        Error::BodyTooLarge => "The body is larger than this endpoint takes.",
        Error::RequestTooLarge => "The address or the headers are too large.",
        Error::MethodNotAllowed => "This method does not exist here.",
        Error::RequestTimeout => "The request did not arrive in time.",
        Error::CrossSite => "Another site caused this request.",
        Error::TwoCredentials => "More than one credential came at once.",
        Error::SignInFirst => "A credential is needed.",
        Error::BadToken => "The credential is unknown, expired or revoked.",
        Error::KeyNotTaken => "API keys are not taken here.",
        Error::KeyReadOnly => "This API key may only read.",
        Error::KeyNetwork => "This API key may not be used from here.",
        Error::ProveAgain => "The password must be given again first.",
        Error::BadCredentials => {
            "E-mail and password do not belong together, or the address is not confirmed yet."
        }
        Error::WrongPassword => "The password is wrong.",
        Error::PasswordLocked => "After too many failures the password must be set anew.",
        Error::Unconfirmed => "The address of the account is not confirmed yet.",
        Error::AccountExpired => "The account has ended.",
        Error::Banned { .. } => "The account is banned.",
        Error::LinkDead => "The link is unknown, used or expired.",
        Error::FlowDead => "The sign-in at the provider is over, or was begun elsewhere.",
        Error::ProviderRefused { .. } => "The provider did not sign the person in.",
        Error::ProviderAway { .. } => "The provider cannot be reached.",
        Error::ProviderMisbehaved { .. } => "What the provider answered does not hold.",
        Error::WrongIdentity => "Who signed in at the provider is not who is signed in here.",
        Error::AddressNotAllowed => "Addresses of this domain may not sign up by this provider.",
        Error::NotAllowed { .. } => "A permission is lacking.",
        Error::NotInGroup { .. } => "The caller does not belong to the group that is asked for.",
        Error::NotFound => "There is no such thing.",
        Error::ChangedMeanwhile => "It was changed since it was read; nothing was done.",
        Error::Conflict { .. } => "This contradicts what is.",
        Error::RegistrationClosed => "Registration is closed.",
        Error::AddressBanned { .. } => "Requests from this network are not taken.",
        Error::TooManyAttempts { .. } => "Too many attempts in a row.",
        Error::QuotaExceeded { .. } => "What may be spent of a quota is spent.",
        Error::RateLimited { .. } => "Too many requests in a short time.",
        Error::Busy { .. } => "The server is busy; nothing was done.",
        Error::Unavailable => "The server cannot serve now; nothing was done.",
        Error::Internal { .. } => "Something failed inside.",
    }
}

/// The error that an answer of foreign make (a framework's plain text) stands for.
pub(crate) fn by_status(status: StatusCode, request_id: &str) -> Error {
    match status {
        StatusCode::UNAUTHORIZED => Error::SignInFirst,
        StatusCode::FORBIDDEN => Error::NotAllowed { permission: "".into() },
        StatusCode::NOT_FOUND => Error::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Error::MethodNotAllowed,
        StatusCode::REQUEST_TIMEOUT => Error::RequestTimeout,
        StatusCode::PAYLOAD_TOO_LARGE => Error::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::UnsupportedMediaType,
        StatusCode::URI_TOO_LONG | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Error::RequestTooLarge,
        StatusCode::SERVICE_UNAVAILABLE => Error::Unavailable,
        status if status.is_client_error() => Error::Malformed,
        _ => Error::Internal { id: request_id.to_owned() },
    }
}

/// The kind of problem an error is: ours, or where draft-ietf-httpapi-ratelimit-headers names one, that which every client
/// knows.
fn kind(error: &Error) -> String {
    match error {
        Error::RateLimited { .. } | Error::QuotaExceeded { .. } => QUOTA_EXCEEDED.to_owned(),
        Error::AddressBanned { automatic: true, .. } => ABNORMAL_USAGE.to_owned(),
        other => format!("urn:vestibule:problem:{}", other.code()),
    }
}

/// draft-ietf-httpapi-ratelimit-headers, 5.1.
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/// The document of an error.
fn document(error: &Error, request_id: &str) -> ProblemDocument {
    let mut document = ProblemDocument {
        kind: kind(error),
        title: title(error),
        status: error.status(),
        code: error.code(),
        request_id: request_id.to_owned(),
        errors: Vec::new(),
        permission: None,
        group: None,
        retry_at: None,
        violated_policies: Vec::new(),
        reason: None,
        until: None,
        quota: None,
        resets_at: None,
        log_id: None,
    };
    match error {
        Error::Invalid { fields } => document.errors = fields.iter().map(FieldProblem::from).collect(),
        Error::NotAllowed { permission } if !permission.is_empty() => {
            document.permission = Some(permission.to_string());
        }
        Error::NotInGroup { group } => document.group = Some(group.to_string()),
        Error::TooManyAttempts { retry_at } => document.retry_at = Some(*retry_at),
        Error::RateLimited { policy, retry_at } => {
            document.retry_at = Some(*retry_at);
            document.violated_policies = vec![policy.to_string()];
        }
        Error::Banned { reason, until } => {
            document.reason = Some(reason.clone());
            document.until = *until;
        }
        Error::QuotaExceeded { quota, resets_at } => {
            document.quota = Some(quota.to_string());
            document.resets_at = *resets_at;
            document.violated_policies = vec![quota.to_string()];
        }
        Error::AddressBanned { until, .. } => document.until = *until,
        Error::Internal { id } => document.log_id = Some(id.clone()),
        _ => {}
    }
    document
}

/// One document of every problem that an endpoint of the API answers with, the commonest of a status first.
pub(crate) fn examples() -> Vec<ProblemDocument> {
    let retry_at = Timestamp::from_seconds(1_795_411_099);
    let conflict = |what| Error::Conflict { what };
    let errors = [
        Error::Malformed,
        Error::TwoCredentials,
        Error::BadToken,
        Error::BadCredentials,
        Error::SignInFirst,
        Error::NotAllowed { permission: "accounts:view".into() },
        Error::NotInGroup { group: "staff".into() },
        Error::WrongPassword,
        Error::PasswordLocked,
        Error::AccountExpired,
        Error::Unconfirmed,
        Error::Banned { reason: "Spam in profiles".into(), until: Some(retry_at) },
        Error::ProveAgain,
        Error::KeyNotTaken,
        Error::KeyReadOnly,
        Error::KeyNetwork,
        Error::RegistrationClosed,
        Error::NotFound,
        Error::RequestTimeout,
        conflict(Conflict::LastAdmin),
        conflict(Conflict::OwnAccount),
        conflict(Conflict::EmailTaken),
        conflict(Conflict::AlreadyVerified),
        conflict(Conflict::KeyLimit),
        conflict(Conflict::GroupTaken),
        conflict(Conflict::IdentityTaken),
        conflict(Conflict::ProviderLinked),
        conflict(Conflict::LastWayIn),
        conflict(Conflict::QuotaTaken),
        conflict(Conflict::QuotaOfProgram),
        conflict(Conflict::BuiltInGroup),
        conflict(Conflict::FromSettings),
        conflict(Conflict::GroupInRule),
        conflict(Conflict::LocksSignIn),
        conflict(Conflict::NeverMet),
        Error::LinkDead,
        Error::FlowDead,
        Error::ChangedMeanwhile,
        Error::BodyTooLarge,
        Error::UnsupportedMediaType,
        Error::invalid("password", Problem::TooShort { min: 15 }),
        Error::RateLimited { policy: "api".into(), retry_at },
        Error::TooManyAttempts { retry_at },
        Error::QuotaExceeded { quota: "api".into(), resets_at: Some(retry_at) },
        Error::AddressBanned { until: Some(retry_at), automatic: true },
        Error::AddressBanned { until: Some(retry_at), automatic: false },
        Error::ProviderMisbehaved { label: "Example".into() },
        Error::Busy { retry_after_s: 2 },
        Error::Unavailable,
        Error::ProviderAway { label: "Example".into() },
        Error::Internal { id: "7f3a90c21b5e44d0".into() },
    ];
    errors.iter().map(|error| document(error, "6c1f0a9be2d4-1f")).collect()
}

/// The whole answer as problem+json.
pub(crate) fn as_json(error: &Error, request_id: &str, now: Timestamp) -> Response {
    let body = serde_json::to_vec(&document(error, request_id)).unwrap_or_default();
    let mut response = (status(error), body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    add_headers(response.headers_mut(), error, now);
    response
}

/// The headers an error brings along, in whatever form its text is shown: RFC 6750 3, RFC 9110 10.2.3.
pub(crate) fn add_headers(headers: &mut HeaderMap, error: &Error, now: Timestamp) {
    let challenge = match error {
        Error::SignInFirst | Error::BadCredentials => Some(r#"Bearer realm="vestibule""#),
        Error::BadToken => Some(r#"Bearer realm="vestibule", error="invalid_token""#),
        Error::NotAllowed { .. } | Error::NotInGroup { .. } | Error::KeyReadOnly => {
            Some(r#"Bearer realm="vestibule", error="insufficient_scope""#)
        }
        _ => None,
    };
    if let Some(challenge) = challenge {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(seconds) = retry_after(error, now) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Seconds after which trying again makes sense, at least 1.
fn retry_after(error: &Error, now: Timestamp) -> Option<u64> {
    match error {
        Error::TooManyAttempts { retry_at }
        | Error::RateLimited { retry_at, .. }
        | Error::QuotaExceeded { resets_at: Some(retry_at), .. }
        | Error::AddressBanned { until: Some(retry_at), automatic: true } => {
            let seconds = retry_at.since(now).as_micros().div_ceil(1_000_000).max(1);
            Some(u64::try_from(seconds).unwrap_or(u64::MAX))
        }
        Error::Busy { retry_after_s } => Some(u64::from(*retry_after_s).max(1)),
        Error::Unavailable => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_carries_code_id_and_pointers() {
        let error = Error::invalid("password", Problem::TooShort { min: 15 });
        let text = serde_json::to_value(document(&error, "r-1")).unwrap();
        assert_eq!(
            text,
            serde_json::json!({
                "type": "urn:vestibule:problem:invalid", "title": "What was sent does not fit.", "status": 422,
                "code": "invalid", "request_id": "r-1",
                "errors": [{"pointer": "/password", "code": "too_short", "min": 15}],
            })
        );
    }

    #[test]
    fn waiting_is_told_in_whole_seconds_and_never_zero() {
        let now = Timestamp::from_seconds(1_000);
        let locked = |micros| Error::TooManyAttempts { retry_at: Timestamp(now.0 + micros) };
        assert_eq!(retry_after(&locked(1_500_000), now), Some(2));
        assert_eq!(retry_after(&locked(1_000_001), now), Some(2));
        assert_eq!(retry_after(&locked(-5), now), Some(1));
        assert_eq!(retry_after(&Error::Busy { retry_after_s: 0 }, now), Some(1));
        assert_eq!(retry_after(&Error::NotFound, now), None);
    }

    #[test]
    fn a_refused_credential_is_challenged() {
        let mut headers = HeaderMap::new();
        add_headers(&mut headers, &Error::BadToken, Timestamp(0));
        assert_eq!(headers[WWW_AUTHENTICATE], r#"Bearer realm="vestibule", error="invalid_token""#);
    }
}
