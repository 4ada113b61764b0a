//! Sessions as their owner sees them (`GET /me/sessions`, page `/account/sessions`), and how long sign-ins may last.
//! Rules live in `domain::sessions`.

use crate::profiles::given;
use crate::values::DeviceName;
use crate::{SessionId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::{fmt, time::Duration};

/// What kind of sign-in a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A browser, known by its cookie.
    Browser,
    /// A program, known by its tokens.
    Api,
}

/// One sign-in that is alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// What kind of sign-in it is.
    pub kind: SessionKind,
    /// Whether it is the session that asks.
    pub current: bool,
    /// Browser and system, as far as the program told: `Firefox on Linux`.
    pub device: String,
    /// What its owner calls the device.
    pub name: Option<DeviceName>,
    /// The address it was opened from, if known.
    pub address: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends however much it is used; nothing for one that may be used for ever.
    pub expires_at: Option<Timestamp>,
}

impl Session {
    /// What the device is called: by its owner, else by what the program told.
    pub fn called(&self) -> &str {
        self.name.as_ref().map_or(&self.device, DeviceName::as_str)
    }
}

/// A change of one's own session (`PATCH /me/sessions/{id}`): what is absent stays, `null` takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SessionForm {
    /// What to call the device: 1 to 64 characters of one line.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>, max_length = 64))]
    pub name: Option<Option<String>>,
}

/// How long something may last. Shorter sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifetime {
    /// So long.
    Span(Duration),
    /// It has no end of its own.
    Forever,
}

/// The shortest and the longest span that somebody may be given.
const SENSIBLE: std::ops::RangeInclusive<Duration> =
    Duration::from_mins(1)..=Duration::from_hours(24 * 3_650);

impl Lifetime {
    /// What was typed: `forever`, or a whole number of seconds, minutes, hours or days (`90s`, `15m`, `8h`, `30d`).
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed == "forever" {
            return Some(Self::Forever);
        }
        let (count, unit) = typed.split_at_checked(typed.len().checked_sub(1)?)?;
        let seconds: u64 = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        let count = count.bytes().all(|b| b.is_ascii_digit()).then(|| count.parse::<u64>().ok())??;
        count.checked_mul(seconds).map(|seconds| Self::Span(Duration::from_secs(seconds)))
    }

    /// Whether somebody may be given it: a minute to ten years, or for ever.
    pub fn is_sensible(self) -> bool {
        match self {
            Self::Span(span) => SENSIBLE.contains(&span),
            Self::Forever => true,
        }
    }

    /// When what began at `start` ends; never, for what lasts for ever.
    pub fn end(self, start: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Span(span) => Some(start.after(span)),
            Self::Forever => None,
        }
    }

    /// The span, unless it is for ever.
    pub fn span(self) -> Option<Duration> {
        match self {
            Self::Span(span) => Some(span),
            Self::Forever => None,
        }
    }
}

impl fmt::Display for Lifetime {
    /// `forever`, or the span in the largest unit that divides it: `90s`, `15m`, `8h`, `30d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u128, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
        let Self::Span(span) = self else { return f.write_str("forever") };
        let millis = span.as_millis();
        let (size, unit) =
            UNITS.into_iter().find(|(size, _)| millis.is_multiple_of(*size)).unwrap_or((1, "ms"));
        if millis == 0 { f.write_str("0s") } else { write!(f, "{}{unit}", millis / size) }
    }
}

impl Serialize for Lifetime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Lifetime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("expected a span such as \"30d\", or \"forever\""))
    }
}

/// What a lifetime is of. Each has a setting of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifetimeKind {
    /// A browser's session that is not used.
    Idle,
    /// A browser's session, however much it is used.
    Overall,
    /// Both, where the person chose to stay signed in.
    Remembered,
    /// A refresh token that is not used.
    RefreshIdle,
    /// A whole family of refresh tokens.
    RefreshOverall,
}

impl LifetimeKind {
    /// Every kind, in the order in which they are told.
    pub const ALL: [Self; 5] =
        [Self::Idle, Self::Overall, Self::Remembered, Self::RefreshIdle, Self::RefreshOverall];

    /// Its stable name: `refresh_idle`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Overall => "overall",
            Self::Remembered => "remembered",
            Self::RefreshIdle => "refresh_idle",
            Self::RefreshOverall => "refresh_overall",
        }
    }
}

/// Where a person's lifetime comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "by", content = "group", rename_all = "snake_case")]
pub enum LifetimeBy {
    /// The site's settings.
    Setting,
    /// The group of this name, to which the person belongs.
    Group(String),
    /// It was set for this person.
    Person,
}

/// How long a person's sign-ins of one kind last, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EffectiveLifetime {
    /// What it is of.
    pub kind: LifetimeKind,
    /// How long.
    pub lifetime: Lifetime,
    /// Why.
    #[serde(flatten)]
    pub by: LifetimeBy,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_read_as_they_are_typed_and_for_ever_is_longest() {
        let hours = |count| Lifetime::Span(Duration::from_hours(count));
        assert_eq!(
            [hours(8), hours(720), Lifetime::Forever].map(|one| one.to_string()),
            ["8h", "30d", "forever"]
        );
        assert!(hours(720) < Lifetime::Forever && hours(8) < hours(720));
        assert_eq!(Lifetime::Forever.end(Timestamp(1)), None);
    }

    #[test]
    fn what_is_told_is_read_back_and_nonsense_is_not() {
        for text in ["90s", "15m", "8h", "30d", "forever"] {
            assert_eq!(Lifetime::parse(text).map(|one| one.to_string()).as_deref(), Some(text));
        }
        for bad in
            ["", "8", "h", "8w", "-8h", "+8h", "1.5h", "8 h", "ever", "99999999999999999999d", "ü", "8ü"]
        {
            assert_eq!(Lifetime::parse(bad), None, "{bad}");
        }
        assert_eq!(Lifetime::parse("18446744073709551615d"), None, "no overflow");
    }

    #[test]
    fn nobody_is_given_no_time_at_all() {
        assert!(!Lifetime::Span(Duration::ZERO).is_sensible());
        assert!(!Lifetime::Span(Duration::MAX).is_sensible());
        assert!(Lifetime::Forever.is_sensible());
    }

    #[test]
    fn the_reason_is_told_beside_the_lifetime() {
        let told = EffectiveLifetime {
            kind: LifetimeKind::Remembered,
            lifetime: Lifetime::Forever,
            by: LifetimeBy::Group("premium".into()),
        };
        let wire = serde_json::to_string(&told).unwrap();
        assert_eq!(wire, r#"{"kind":"remembered","lifetime":"forever","by":"group","group":"premium"}"#);
    }
}
