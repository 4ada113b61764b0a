//! What a caller may still spend, as HTTP says it: `RateLimit-Policy` and `RateLimit`
//! (draft-ietf-httpapi-ratelimit-headers-11, lists of RFC 9651), on what is let through and on what is refused. Called by
//! the guard; what is counted and decided is the domain's. Handlers find [`Paid`] among the request's extensions.

use super::Refusal;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt::Write;
use std::sync::Arc;
use vestibule_domain::quotas::{Refused, Spent, Standing};

/// What a call spent; nothing where no quota with a limit counted it.
pub type Paid = Option<Arc<Spent>>;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// What is kept of a call that was let through.
pub(super) fn paid(spent: Spent) -> Paid {
    (!spent.standings.is_empty()).then(|| Arc::new(spent))
}

/// The answer, with how its caller stands.
pub(super) fn told(mut answer: Response, spent: Option<&Spent>) -> Response {
    if let Some(spent) = spent {
        add(answer.headers_mut(), &spent.standings);
    }
    answer
}

/// What is answered to a call that was not let through.
pub(super) fn refusal(refused: Refused) -> Response {
    let mut answer = Refusal(refused.error).into_response();
    if let Some(standing) = &refused.standing {
        add(answer.headers_mut(), std::slice::from_ref(standing));
    }
    answer
}

/// Names are small letters, digits and hyphens: nothing in them ends a string of RFC 9651.
fn add(headers: &mut HeaderMap, standings: &[Standing]) {
    let (mut policy, mut left) = (String::with_capacity(48), String::with_capacity(48));
    for standing in standings {
        let comma = if policy.is_empty() { "" } else { ", " };
        let _ = write!(policy, "{comma}\"{}\";q={}", standing.quota, standing.limit);
        let _ = write!(left, "{comma}\"{}\";r={}", standing.quota, standing.left);
        if standing.window_s > 0 {
            let _ = write!(policy, ";w={}", standing.window_s);
        }
        if standing.more_in_s > 0 {
            let _ = write!(left, ";t={}", standing.more_in_s);
        }
    }
    for (name, value) in [(POLICY, policy), (LEFT, left)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standings_are_lists_of_strings_with_parameters() {
        let day = Standing {
            quota: "api".into(),
            limit: 100_000,
            window_s: 86_400,
            left: 99_999,
            more_in_s: 40_213,
            shadow: false,
        };
        let ever = Standing { quota: "trial".into(), limit: 50, window_s: 0, left: 0, more_in_s: 0, shadow: false };
        let mut headers = HeaderMap::new();
        add(&mut headers, &[day, ever]);
        assert_eq!(headers[POLICY], r#""api";q=100000;w=86400, "trial";q=50"#);
        assert_eq!(headers[LEFT], r#""api";r=99999;t=40213, "trial";r=0"#);
    }
}
