//! The id of a request: in its answer, in the audit trail and in every line that is logged while it is answered. Made by
//! `arrival.rs`; read by `logging.rs`.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The header that carries a request's id, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that says which trace a request is a part of (W3C Trace Context).
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Most characters of an id.
const MOST: usize = 64;

tokio::task_local! {
    /// The request that is being answered.
    static PRESENT: RequestId;
}

/// A plain word of at most 64 characters: letters, digits, `-`, `_` and `.`. It needs no escaping anywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    text: [u8; MOST],
    length: usize,
}

impl RequestId {
    /// The caller's own id when it is a plain word of 8 to 64 characters; else the trace that the request is a part of, as
    /// `traceparent` tells it (W3C Trace Context 3.2); else a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        let mut given = headers.get_all(REQUEST_ID).iter().map(HeaderValue::as_bytes);
        match (given.next(), given.next()) {
            (Some(id), None) if (8..=MOST).contains(&id.len()) && id.iter().copied().all(plain) => {
                Self::word(id)
            }
            _ => trace(headers).map_or_else(Self::new, Self::word),
        }
    }

    /// Unique, not secret: a number of this process (seeded by the operating system) and a counter, in hexadecimal.
    fn new() -> Self {
        static PROCESS: LazyLock<u64> =
            LazyLock::new(|| std::collections::hash_map::RandomState::new().build_hasher().finish());
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mut id = Self { text: [0; MOST], length: 0 };
        id.push_hex(*PROCESS >> 16, 12);
        id.push(b'-');
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        id.push_hex(count, (u64::BITS - count.leading_zeros()).div_ceil(4).max(1));
        id
    }

    fn word(word: &[u8]) -> Self {
        let mut id = Self { text: [0; MOST], length: 0 };
        for byte in word {
            id.push(*byte);
        }
        id
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.text.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn push_hex(&mut self, number: u64, digits: u32) {
        for digit in (0..digits).rev() {
            let value = usize::try_from((number >> (4 * digit)) & 15).unwrap_or_default();
            self.push(b"0123456789abcdef"[value]);
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.text[..self.length]).unwrap_or_default()
    }

    /// The id as it stands in the answer's header.
    pub fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_bytes(&self.text[..self.length]).ok()
    }

    /// Runs `work` as a part of answering this request.
    pub fn during<T>(self, work: impl FnOnce() -> T) -> T {
        PRESENT.sync_scope(self, work)
    }

    /// The request that is being answered here; nothing outside of one.
    pub fn present() -> Option<Self> {
        PRESENT.try_get().ok()
    }
}

/// The 32 hexadecimal digits of the trace in `traceparent`; nothing where there is none, or none that can be.
fn trace(headers: &HeaderMap) -> Option<&[u8]> {
    let mut given = headers.get_all(TRACEPARENT).iter().map(HeaderValue::as_bytes);
    let (Some(text), None) = (given.next(), given.next()) else { return None };
    let hex = |part: &[u8]| part.iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b));
    let parts = text.split(|b| *b == b'-').collect::<Vec<_>>();
    let [version, trace, parent, flags, ..] = parts.as_slice() else { return None };
    // Later versions may say more behind the flags; version ff is none.
    let fits = [version.len(), trace.len(), parent.len(), flags.len()] == [2, 32, 16, 2]
        && parts.iter().take(4).all(|part| hex(part))
        && *version != b"ff"
        && (*version != b"00" || parts.len() == 4)
        && [trace, parent].iter().all(|id| id.iter().any(|b| *b != b'0'));
    fits.then_some(*trace)
}

impl std::fmt::Debug for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_over_only_when_it_is_a_plain_word() {
        let taken = |id: &'static str| {
            let headers: HeaderMap = [(REQUEST_ID, HeaderValue::from_static(id))].into_iter().collect();
            RequestId::of(&headers).as_str() == id
        };
        assert!(taken("abc-123_4.5"));
        assert!(taken("0123456789012345678901234567890123456789012345678901234567890123"));
        for bad in [
            "",
            "short",
            "has space in it",
            "<script>alert</script>",
            "percent%0d%0a",
            "01234567890123456789012345678901234567890123456789012345678901234",
        ] {
            assert!(!taken(bad), "{bad}");
        }
    }

    #[test]
    fn a_request_without_an_id_takes_that_of_its_trace() {
        let id = |pairs: &[(HeaderName, &'static str)]| {
            let pairs = pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            RequestId::of(&pairs.collect()).as_str().to_owned()
        };
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(id(&[(TRACEPARENT, good)]), "0af7651916cd43dd8448eb211c80319c");
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more";
        assert_eq!(id(&[(TRACEPARENT, later)]), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(id(&[(TRACEPARENT, good), (REQUEST_ID, "proxy-1234")]), "proxy-1234");
        for bad in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_ne!(id(&[(TRACEPARENT, bad)]), "0af7651916cd43dd8448eb211c80319c", "{bad}");
        }
    }

    #[test]
    fn a_new_id_is_a_number_of_the_process_and_a_count() {
        let (one, other) = (RequestId::new(), RequestId::new());
        assert_ne!(one, other);
        let (process, count) = one.as_str().split_once('-').unwrap();
        assert_eq!(process.len(), 12);
        assert!(other.as_str().starts_with(process));
        assert_eq!(u64::from_str_radix(count, 16).map(|count| format!("{count:x}")).as_deref(), Ok(count));
        assert_eq!(one.header().unwrap(), one.as_str());
    }

    #[test]
    fn work_knows_the_request_it_belongs_to() {
        let id = RequestId::new();
        assert_eq!(id.during(RequestId::present), Some(id));
        assert_eq!(RequestId::present(), None);
    }
}
