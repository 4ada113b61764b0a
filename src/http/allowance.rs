//! What was decided about a request by rate limits and quotas, on its way to handlers and into the headers of the answer.
//! The guard makes one [`Decision`] for a request; handlers and server functions find it as `Arc<Decision>` in the request's
//! extensions. What is decided lives in the domain.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt::Write;
use std::sync::Arc;
use vestibule_model::limits::{Decision, Headers, Standing};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");
const LEGACY: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
];

/// A decision on its way into the answer.
#[derive(Clone, Debug)]
pub(super) struct Telling {
    decision: Arc<Decision>,
    kind: Headers,
}

impl Telling {
    /// `None` where there is nothing to tell.
    pub(super) fn new(decision: &Arc<Decision>, kind: Headers) -> Option<Self> {
        let tells = kind != Headers::Off && decision.standings.iter().any(|one| !one.shadow);
        tells.then(|| Self { decision: Arc::clone(decision), kind })
    }

    /// Writes where the caller stands: an answer that was refused tells it as one that was given does.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let told = || self.decision.standings.iter().filter(|one| !one.shadow);
        if matches!(self.kind, Headers::Ietf | Headers::Both) {
            let [mut policies, mut left] = [(); 2].map(|()| String::with_capacity(64));
            for one in told() {
                write_one(&mut policies, &mut left, one);
            }
            put(headers, POLICY, policies);
            put(headers, LEFT, left);
        }
        // The older headers have room for one: the one that is nearest to its end.
        let nearest = told().min_by(|one, other| {
            let share =
                |one: &Standing| u128::from(one.left) * u128::from(u32::MAX) / u128::from(one.quota.max(1));
            share(one).cmp(&share(other))
        });
        if let (Headers::Legacy | Headers::Both, Some(one)) = (self.kind, nearest) {
            for (name, number) in LEGACY.into_iter().zip([one.quota, one.left, one.more_in_s]) {
                headers.insert(name, HeaderValue::from(number));
            }
        }
    }
}

/// A member of the two lists (draft-ietf-httpapi-ratelimit-headers 3 and 4; RFC 9651 3.1). Names hold no character that a
/// string must escape.
fn write_one(policies: &mut String, left: &mut String, one: &Standing) {
    for list in [&mut *policies, &mut *left] {
        if !list.is_empty() {
            list.push_str(", ");
        }
        let _ = write!(list, "\"{}\"", one.policy);
    }
    let _ = write!(policies, ";q={}", one.quota);
    if one.window_s > 0 {
        let _ = write!(policies, ";w={}", one.window_s);
    }
    let _ = write!(left, ";r={};t={}", one.left, one.more_in_s);
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(policy: &str, quota: u64, left: u64) -> Standing {
        Standing { policy: policy.into(), quota, window_s: 60, left, more_in_s: 7, shadow: false }
    }

    fn written(standings: Vec<Standing>, kind: Headers) -> String {
        let mut headers = HeaderMap::new();
        let decision = Arc::new(Decision { standings });
        if let Some(telling) = Telling::new(&decision, kind) {
            telling.write(&mut headers);
        }
        let line =
            |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
        headers.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn lists_are_written_as_the_draft_wants_them() {
        let both = vec![standing("api", 100, 42), Standing { window_s: 0, ..standing("ever", 5, 3) }];
        assert_eq!(
            written(both, Headers::Ietf),
            "ratelimit-policy: \"api\";q=100;w=60, \"ever\";q=5\nratelimit: \"api\";r=42;t=7, \"ever\";r=3;t=7"
        );
    }

    #[test]
    fn the_older_headers_tell_of_the_nearest_end() {
        let both = || vec![standing("api", 100, 42), standing("day", 1_000, 50)];
        assert_eq!(
            written(both(), Headers::Legacy),
            "x-ratelimit-limit: 1000\nx-ratelimit-remaining: 50\nx-ratelimit-reset: 7"
        );
        assert_eq!(written(both(), Headers::Both).lines().count(), 5);
        assert_eq!(written(both(), Headers::Off), "");
    }

    #[test]
    fn what_only_counts_is_not_told() {
        assert_eq!(written(vec![Standing { shadow: true, ..standing("api", 1, 0) }], Headers::Both), "");
    }
}
